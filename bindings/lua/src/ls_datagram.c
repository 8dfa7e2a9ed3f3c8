/* LuaSocket's datagrams: udp and unix.dgram. */
#include "luasocket.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

static int64_t send_datagram(lua_State *L, struct ls *o, const char *data, size_t len, const struct sock_addr *to)
{
    int64_t start = ls_start(o);
    for (;;) {
        int64_t sent = to == NULL ? sock_send(o->s, data, len, 0) : sock_sendto(o->s, data, len, 0, to);
        if (sent != -EAGAIN)
            return sent;
        int64_t code = ls_wait_for_room(L, o, to != NULL, start);
        if (code < 0)
            return code;
    }
}

static int sent_or_error(lua_State *L, const struct ls *o, int64_t sent)
{
    if (sent < 0)
        return ls_fail(L, o, sent);
    push_int(L, sent);
    return 1;
}

/* send(data): to the peer */
int ls_send_datagram(lua_State *L)
{
    struct ls *o = ls_check_role(L, CONNECTED);
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    return sent_or_error(L, o, send_datagram(L, o, data, len, NULL));
}

/* A numeric host and port, as sendto wants them. The socket is made for the first of them. */
static int64_t numeric(lua_State *L, struct ls *o, struct sock_addr *to)
{
    struct sock_addrinfo_options opt = {0};
    struct sock_addrinfo found[3];
    opt.size = sizeof(opt);
    opt.family = o->family;
    opt.type = SOCK_DGRAM;
    opt.flags = AI_NUMERICHOST | AI_NUMERICSERV;
    int64_t n = sock_addrinfo_numeric(luaL_checkstring(L, 3), luaL_checkstring(L, 4), &opt, found, 3);
    if (n <= 0)
        return n < 0 ? n : SOCK_EAI_NONAME;
    *to = found[0].address;
    return o->family == AF_UNSPEC && o->s == 0 ? ls_create(o, found[0].family) : 0;
}

/* sendto(data, host, port), or of AF_UNIX sendto(data, path) */
int ls_sendto(lua_State *L)
{
    struct ls *o = ls_check_role(L, UNCONNECTED);
    size_t len, path_len;
    const char *data = luaL_checklstring(L, 2, &len);
    struct sock_addr to;
    int64_t code;
    if (o->transport == UDP) {
        code = numeric(L, o, &to);
    } else {
        const char *path = luaL_checklstring(L, 3, &path_len);
        code = sock_addr_unix(path, path_len, &to);
    }
    return sent_or_error(L, o, code < 0 ? code : send_datagram(L, o, data, len, &to));
}

static int64_t receive(lua_State *L, struct ls *o, char *data, size_t len, struct sock_addr *from)
{
    int64_t start = ls_start(o);
    for (;;) {
        int64_t got = from == NULL ? sock_recv(o->s, data, len, 0) : sock_recvfrom(o->s, data, len, 0, from);
        if (got != -EAGAIN)
            return got;
        int64_t code = ls_wait(L, o, SOCK_READ, start);
        if (code < 0)
            return code;
    }
}

static size_t wanted(lua_State *L)
{
    double n = luaL_optnumber(L, 2, BUFFER);
    luaL_argcheck(L, n >= 0 && n <= 1 << 30, 2, "invalid size");
    return (size_t)n;
}

/* An object that was closed, or never used, receives nothing: LuaSocket returns "". */
static bool no_socket(lua_State *L, const struct ls *o)
{
    if (o->s != 0)
        return false;
    lua_pushliteral(L, "");
    return true;
}

/* receive([size]) */
int ls_receive_datagram(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    size_t len = wanted(L);
    char room[BUFFER];
    if (no_socket(L, o))
        return 1;
    char *data = MEMORY(L, len, room);
    int64_t got = receive(L, o, data, len, NULL);
    if (got < 0)
        return ls_fail(L, o, got);
    lua_pushlstring(L, data, (size_t)got);
    return 1;
}

/* receivefrom([size]): the datagram, and the host and port, or the path, of its sender */
int ls_receivefrom(lua_State *L)
{
    struct ls *o = ls_check_role(L, UNCONNECTED);
    size_t len = wanted(L);
    char room[BUFFER], host[1025], port[32];
    char *data = MEMORY(L, len, room);
    struct sock_addr from;
    int64_t got = receive(L, o, data, len, &from), n = 0;
    if (got < 0)
        return ls_fail(L, o, got);
    lua_pushlstring(L, data, (size_t)got);
    if (o->transport == UNIX_DGRAM) {
        n = sock_addr_get_unix(&from, host, sizeof(host));
        lua_pushlstring(L, host, n > 0 ? (size_t)n : 0);
        return 2;
    }
    n = sock_getnameinfo(&from, NI_NUMERICHOST | NI_NUMERICSERV, host, sizeof(host), port, sizeof(port), SOCK_FOREVER);
    if (n < 0)
        return ls_fail(L, o, n);
    lua_pushstring(L, host);
    lua_pushstring(L, port);
    push_int(L, (int64_t)lua_tonumber(L, -1));
    lua_remove(L, -2);
    return 3;
}
