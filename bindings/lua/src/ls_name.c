/* LuaSocket's names: bind, connect, accept, listen, and the addresses of a socket. */
#include "luasocket.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#define MAX_ADDRESSES 32

/* Looks up host and port; returns how many addresses, or a code. Lookups have no limit, as in
 * LuaSocket. */
static int64_t look_up(lua_State *L, const char *host, const char *port, const struct ls *o, int flags,
                       struct sock_addr *out)
{
    struct sock_addrinfo_options opt = {0};
    opt.size = sizeof(opt);
    opt.family = o->family;
    opt.type = o->transport == TCP ? SOCK_STREAM : SOCK_DGRAM;
    opt.flags = flags;
    opt.timeout_ns = SOCK_FOREVER;
    sock_addrinfo_list_t list;
    struct thread *thread = enter(L);
    list = sock_getaddrinfo(host, port, &opt);
    int64_t n = 0;
    if (list > 0) {
        struct sock_addrinfo info;
        for (; n < MAX_ADDRESSES && sock_addrinfo_list_at(list, n, &info) == 0; n++)
            out[n] = info.address;
        (void)sock_close(list);
    }
    leave(L, thread);
    return list < 0 ? list : n;
}

/* Makes the object's socket fit an address. */
static int64_t socket_for(struct ls *o, const struct sock_addr *address)
{
    if (o->s != 0 && o->family == sock_addr_family(address))
        return 0;
    ls_close(o);
    return ls_create(o, sock_addr_family(address));
}

static int64_t bind_to(lua_State *L, struct ls *o, const char *host, const char *port)
{
    struct sock_addr addresses[MAX_ADDRESSES];
    if (host != NULL && strcmp(host, "*") == 0)
        host = NULL;
    int64_t n = look_up(L, host, port, o, AI_PASSIVE, addresses), code = n < 0 ? n : -EADDRNOTAVAIL;
    for (int64_t i = 0; i < n; i++) {
        code = socket_for(o, &addresses[i]);
        if (code == 0)
            code = sock_bind(o->s, &addresses[i]);
        if (code == 0)
            break;
    }
    return code;
}

/* bind(host, port): "*" is every address */
int ls_bind(lua_State *L)
{
    struct ls *o = ls_check(L, MASTER);
    const char *host = luaL_checkstring(L, 2), *port = luaL_checkstring(L, 3);
    return ls_done(L, o, bind_to(L, o, host, port));
}

int ls_setsockname(lua_State *L)
{
    struct ls *o = ls_check(L, UNCONNECTED);
    const char *host = luaL_checkstring(L, 2), *port = luaL_checkstring(L, 3);
    return ls_done(L, o, bind_to(L, o, host, port));
}

/* One attempt within the object's timeouts. The socket waits in timeout mode, which also covers a full
 * backlog of AF_UNIX, and is in non-blocking mode again afterwards. */
static int64_t connect_to(lua_State *L, struct ls *o, const struct sock_addr *address)
{
    int64_t start = ls_start(o), code = sock_connect(o->s, address);
    if ((code != -EINPROGRESS && code != -EAGAIN) || ls_is_zero(o))
        return code;
    sock_t s = o->s;
    (void)sock_settimeout(s, ls_left(o, start));
    struct thread *thread = enter(L);
    code = sock_connect(s, address);
    (void)sock_settimeout(s, 0);
    leave(L, thread);
    return code;
}

static int64_t connect_by_name(lua_State *L, struct ls *o, const char *host, const char *port)
{
    struct sock_addr addresses[MAX_ADDRESSES];
    int64_t n = look_up(L, host, port, o, 0, addresses), code = n < 0 ? n : SOCK_EAI_NONAME;
    for (int64_t i = 0; i < n; i++) {
        code = socket_for(o, &addresses[i]);
        if (code == 0)
            code = connect_to(L, o, &addresses[i]);
        if (code == 0 || ls_is_zero(o))
            break;
    }
    return code;
}

/* Without a socket yet, and with time: all addresses of the name by RFC 8305, under one limit. */
static int64_t connect_anew(lua_State *L, struct ls *o, const char *host, const char *port, int family,
                            const struct sock_addr *source)
{
    struct sock_connect_options opt = {0};
    opt.size = sizeof(opt);
    int64_t left = ls_left(o, sock_now());
    opt.timeout_ns = left == 0 ? 1 : left; /* 0 would be the default */
    opt.family = family;
    opt.source = source;
    struct thread *thread = enter(L);
    sock_t s = sock_create_connection(host, port, &opt);
    if (s > 0) {
        (void)ls_own(o, s);
        o->family = sock_family(s);
    }
    leave(L, thread);
    return s < 0 ? s : 0;
}

/* connect(host, port): the object becomes a client, also if the attempt goes on. */
int ls_connect(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    const char *host = luaL_checkstring(L, 2), *port = luaL_checkstring(L, 3);
    int64_t code;
    if (o->s == 0 && o->family == AF_UNSPEC && !ls_is_zero(o))
        code = connect_anew(L, o, host, port, AF_UNSPEC, NULL);
    else
        code = connect_by_name(L, o, host, port);
    ls_set_role(L, 1, CLIENT);
    return ls_done(L, o, code);
}

/* socket.connect(host, port [, local host [, local port [, family]]]) */
int ls_global_connect(lua_State *L)
{
    static const char *const names[] = {"unspec", "inet", "inet6", NULL};
    static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
    const char *host = luaL_checkstring(L, 1), *port = luaL_checkstring(L, 2);
    const char *local = luaL_optstring(L, 3, NULL), *local_port = luaL_optstring(L, 4, "0");
    int family = families[luaL_checkoption(L, 5, "unspec", names)];
    struct ls *o = ls_new(L, TCP, CLIENT, family);
    struct sock_addr source;
    int64_t code = 0;
    if (local != NULL) {
        int resolved;
        const char *from = strcmp(local, "*") == 0 ? NULL : local;
        WAITING(L, resolved, sock_resolve(from, local_port, family, SOCK_FOREVER, &source));
        code = resolved;
        if (code == 0 && family == AF_UNSPEC)
            family = sock_addr_family(&source);
    }
    if (code == 0)
        code = connect_anew(L, o, host, port, family, local == NULL ? NULL : &source);
    return code < 0 ? ls_fail(L, o, code) : 1;
}

/* udp: setpeername(host, port), or setpeername("*") to have no peer again */
int ls_setpeername(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    const char *host = luaL_checkstring(L, 2);
    if (strcmp(host, "*") == 0) {
        struct sock_addr none;
        if (sock_addr_from_native(&(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr), &none) == 0)
            (void)sock_connect(o->s, &none);
        ls_set_role(L, 1, UNCONNECTED);
        return ls_done(L, o, 0);
    }
    const char *port = luaL_checkstring(L, 3);
    int64_t code = connect_by_name(L, o, host, port);
    if (code == 0)
        ls_set_role(L, 1, CONNECTED);
    return ls_done(L, o, code);
}

int ls_listen(lua_State *L)
{
    struct ls *o = ls_check(L, MASTER);
    int code = sock_listen(o->s, (int)luaL_optnumber(L, 2, 32));
    if (code == 0)
        ls_set_role(L, 1, SERVER);
    return ls_done(L, o, code);
}

int ls_accept(lua_State *L)
{
    struct ls *o = ls_check(L, SERVER);
    int64_t start = ls_start(o);
    struct ls *client = ls_new(L, o->transport, CLIENT, o->family);
    for (;;) {
        int64_t code = ls_own(client, sock_accept(o->s, NULL));
        if (code >= 0)
            return 1;
        if (code == -EAGAIN)
            code = ls_wait(L, o, SOCK_READ, start);
        if (code < 0 && code != -ECONNABORTED)
            return ls_fail(L, o, code);
    }
}

/* shutdown([which]): "receive", "send" or "both" */
int ls_shutdown(lua_State *L)
{
    static const char *const names[] = {"receive", "send", "both", NULL};
    struct ls *o = ls_check(L, CLIENT);
    (void)sock_shutdown(o->s, luaL_checkoption(L, 2, "both", names)); /* SHUT_RD is 0 */
    return ls_done(L, o, 0);
}

static int push_family(lua_State *L, const struct ls *o, const char *inet)
{
    lua_pushstring(L, o->family == AF_INET6 ? "inet6" : o->family == AF_UNSPEC ? "unspec" : inet);
    return 1;
}

int ls_getfamily(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    lua_pushstring(L, o->family == AF_INET6 ? "inet6" : "inet4");
    return 1;
}

/* getsockname() and getpeername(): host, port, family. The port of getsockname is a string in
 * LuaSocket, and that of getpeername a number. */
static int name(lua_State *L, struct ls *o, int (*get)(sock_t, struct sock_addr *), bool text)
{
    struct sock_addr address;
    char host[1025], port[32];
    int code = get(o->s, &address);
    if (code == 0)
        code = sock_getnameinfo(&address, NI_NUMERICHOST | NI_NUMERICSERV, host, sizeof(host), port, sizeof(port),
                                SOCK_FOREVER);
    if (code < 0) {
        lua_pushnil(L);
        lua_pushstring(L, code == -EBADF ? sock_strerror(code) : ls_text(o, code));
        return 2;
    }
    lua_pushstring(L, host);
    lua_pushstring(L, port);
    if (!text) {
        push_int(L, (int64_t)lua_tonumber(L, -1));
        lua_remove(L, -2);
    }
    return 2 + push_family(L, o, "inet");
}

int ls_getsockname(lua_State *L)
{
    return name(L, ls_check(L, ANY), sock_getsockname, true);
}

int ls_getpeername(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    return name(L, o->transport == UDP ? ls_check(L, CONNECTED) : o, sock_getpeername, false);
}

/* AF_UNIX: names are paths, or abstract with a leading NUL, which LuaSocket lacks. */

static int64_t unix_address(lua_State *L, int at, struct sock_addr *out)
{
    size_t len;
    const char *path = luaL_checklstring(L, at, &len);
    return sock_addr_unix(path, len, out);
}

int ls_unix_bind(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    o = ls_check(L, o->transport == UNIX_STREAM ? MASTER : UNCONNECTED);
    struct sock_addr address;
    int64_t code = unix_address(L, 2, &address);
    return ls_done(L, o, code < 0 ? code : sock_bind(o->s, &address));
}

int ls_unix_connect(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    bool stream = o->transport == UNIX_STREAM;
    o = ls_check(L, stream ? MASTER : ANY);
    struct sock_addr address;
    int64_t code = unix_address(L, 2, &address);
    if (code == 0)
        code = connect_to(L, o, &address);
    if (code == 0)
        ls_set_role(L, 1, stream ? CLIENT : CONNECTED);
    return ls_done(L, o, code);
}

int ls_unix_getsockname(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    struct sock_addr address;
    char path[110];
    int64_t len = sock_getsockname(o->s, &address);
    if (len == 0)
        len = sock_addr_get_unix(&address, path, sizeof(path));
    if (len < 0)
        return ls_fail(L, o, len);
    lua_pushlstring(L, path, (size_t)len);
    return 1;
}
