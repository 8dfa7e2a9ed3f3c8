/* LuaSocket's options, by name. */
#include "luasocket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { STREAMS = 1 << TCP, DATAGRAMS = 1 << UDP, LOCALS = 1 << UNIX_STREAM | 1 << UNIX_DGRAM };
enum form { BOOLEAN, INTEGER, LINGER, ERROR_TEXT, INTERFACE, GROUP, GROUP6 };

static const struct option {
    const char *name;
    enum form form;
    int level, option;
    int set, get; /* the transports for which LuaSocket has it */
} options[] = {
    {"keepalive", BOOLEAN, SOL_SOCKET, SO_KEEPALIVE, STREAMS | LOCALS, STREAMS},
    {"reuseaddr", BOOLEAN, SOL_SOCKET, SO_REUSEADDR, STREAMS | DATAGRAMS | LOCALS, STREAMS | DATAGRAMS},
    {"reuseport", BOOLEAN, SOL_SOCKET, SO_REUSEPORT, STREAMS | DATAGRAMS, STREAMS | DATAGRAMS},
    {"linger", LINGER, SOL_SOCKET, SO_LINGER, STREAMS | LOCALS, STREAMS},
    {"error", ERROR_TEXT, SOL_SOCKET, SO_ERROR, 0, STREAMS | DATAGRAMS},
    {"recv-buffer-size", INTEGER, SOL_SOCKET, SO_RCVBUF, STREAMS | DATAGRAMS, STREAMS | DATAGRAMS},
    {"send-buffer-size", INTEGER, SOL_SOCKET, SO_SNDBUF, STREAMS | DATAGRAMS, STREAMS | DATAGRAMS},
    {"tcp-nodelay", BOOLEAN, IPPROTO_TCP, TCP_NODELAY, STREAMS, STREAMS},
    {"tcp-keepidle", INTEGER, IPPROTO_TCP, TCP_KEEPIDLE, STREAMS, STREAMS},
    {"tcp-keepcnt", INTEGER, IPPROTO_TCP, TCP_KEEPCNT, STREAMS, STREAMS},
    {"tcp-keepintvl", INTEGER, IPPROTO_TCP, TCP_KEEPINTVL, STREAMS, STREAMS},
    {"tcp-defer-accept", INTEGER, IPPROTO_TCP, TCP_DEFER_ACCEPT, STREAMS, 0},
    {"tcp-fastopen", INTEGER, IPPROTO_TCP, TCP_FASTOPEN, STREAMS, 0},
    {"tcp-fastopen-connect", INTEGER, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, STREAMS, 0},
    {"dontroute", BOOLEAN, SOL_SOCKET, SO_DONTROUTE, DATAGRAMS, DATAGRAMS},
    {"broadcast", BOOLEAN, SOL_SOCKET, SO_BROADCAST, DATAGRAMS, DATAGRAMS},
    {"ip-multicast-if", INTERFACE, IPPROTO_IP, IP_MULTICAST_IF, DATAGRAMS, DATAGRAMS},
    {"ip-multicast-ttl", INTEGER, IPPROTO_IP, IP_MULTICAST_TTL, DATAGRAMS, 0},
    {"ip-multicast-loop", BOOLEAN, IPPROTO_IP, IP_MULTICAST_LOOP, DATAGRAMS, DATAGRAMS},
    {"ip-add-membership", GROUP, IPPROTO_IP, IP_ADD_MEMBERSHIP, DATAGRAMS, 0},
    {"ip-drop-membership", GROUP, IPPROTO_IP, IP_DROP_MEMBERSHIP, DATAGRAMS, 0},
    {"ipv6-unicast-hops", INTEGER, IPPROTO_IPV6, IPV6_UNICAST_HOPS, DATAGRAMS, DATAGRAMS},
    {"ipv6-multicast-hops", INTEGER, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, DATAGRAMS, DATAGRAMS},
    {"ipv6-multicast-loop", BOOLEAN, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, DATAGRAMS, DATAGRAMS},
    {"ipv6-add-membership", GROUP6, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, DATAGRAMS, 0},
    {"ipv6-drop-membership", GROUP6, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, DATAGRAMS, 0},
    {"ipv6-v6only", BOOLEAN, IPPROTO_IPV6, IPV6_V6ONLY, STREAMS | DATAGRAMS, DATAGRAMS},
};

static const struct option *find(lua_State *L, const struct ls *o, bool set)
{
    const char *name = luaL_checkstring(L, 2);
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (strcmp(options[i].name, name) == 0 && (set ? options[i].set : options[i].get) & 1 << o->transport)
            return &options[i];
    luaL_argerror(L, 2, lua_pushfstring(L, "unsupported option `%s'", name));
    return NULL;
}

/* Fields of the table of an option: an IPv4 address, "*" is any; or NULL if it is none. */
static const char *text_field(lua_State *L, const char *name)
{
    lua_getfield(L, 3, name);
    if (!lua_isstring(L, -1))
        luaL_argerror(L, 3, lua_pushfstring(L, "string '%s' field expected", name));
    return lua_tostring(L, -1);
}

static void inet_field(lua_State *L, const char *name, bool star, struct in_addr *out)
{
    const char *text = text_field(L, name);
    out->s_addr = htonl(INADDR_ANY);
    if (!(star && strcmp(text, "*") == 0) && sock_inet_aton(text, out, sizeof(*out)) < 0)
        luaL_argerror(L, 3, lua_pushfstring(L, "invalid '%s' ip address", name));
}

static int set_form(lua_State *L, const struct ls *o, const struct option *option)
{
    union {
        int number;
        struct linger linger;
        struct in_addr address;
        struct ip_mreq group;
        struct ipv6_mreq group6;
    } value;
    size_t len = sizeof(value.number);
    memset(&value, 0, sizeof(value));
    if (option->form >= LINGER && option->form != INTERFACE)
        luaL_checktype(L, 3, LUA_TTABLE);
    switch (option->form) {
    case BOOLEAN:
        luaL_checktype(L, 3, LUA_TBOOLEAN);
        value.number = lua_toboolean(L, 3);
        break;
    case INTEGER:
        value.number = (int)lua_tonumber(L, 3);
        break;
    case LINGER:
        lua_getfield(L, 3, "on");
        luaL_argcheck(L, lua_isboolean(L, -1), 3, "boolean 'on' field expected");
        lua_getfield(L, 3, "timeout");
        luaL_argcheck(L, lua_isnumber(L, -1), 3, "number 'timeout' field expected");
        value.linger.l_onoff = lua_toboolean(L, -2);
        value.linger.l_linger = (int)lua_tonumber(L, -1);
        len = sizeof(value.linger);
        break;
    case INTERFACE: {
        const char *address = luaL_checkstring(L, 3);
        if (strcmp(address, "*") != 0 && sock_inet_aton(address, &value.address, sizeof(value.address)) < 0)
            return luaL_argerror(L, 3, "ip expected");
        len = sizeof(value.address);
        break;
    }
    case GROUP:
        inet_field(L, "multiaddr", false, &value.group.imr_multiaddr);
        inet_field(L, "interface", true, &value.group.imr_interface);
        len = sizeof(value.group);
        break;
    case GROUP6:
        if (sock_inet_pton(AF_INET6, text_field(L, "multiaddr"), &value.group6.ipv6mr_multiaddr, 16) < 0)
            return luaL_argerror(L, 3, "invalid 'multiaddr' ip address");
        lua_getfield(L, 3, "interface");
        luaL_argcheck(L, lua_isnil(L, -1) || lua_isnumber(L, -1), 3, "number 'interface' field expected");
        value.group6.ipv6mr_interface = (unsigned)lua_tonumber(L, -1);
        len = sizeof(value.group6);
        break;
    case ERROR_TEXT:
        break; /* no transport can set it */
    }
    if (sock_setsockopt(o->s, option->level, option->option, &value, len) < 0) {
        lua_pushnil(L);
        lua_pushliteral(L, "setsockopt failed");
        return 2;
    }
    push_int(L, 1);
    return 1;
}

/* setoption(name, value): 1, or nil and the error */
int ls_setoption(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    return set_form(L, o, find(L, o, true));
}

/* getoption(name) */
int ls_getoption(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    const struct option *option = find(L, o, false);
    union {
        int number;
        struct linger linger;
        struct in_addr address;
    } value;
    size_t len = sizeof(value);
    memset(&value, 0, sizeof(value));
    if (sock_getsockopt(o->s, option->level, option->option, &value, &len) < 0) {
        lua_pushnil(L);
        lua_pushliteral(L, "getsockopt failed");
        return 2;
    }
    switch (option->form) {
    case BOOLEAN:
        lua_pushboolean(L, value.number);
        return 1;
    case LINGER:
        lua_createtable(L, 0, 2);
        lua_pushboolean(L, value.linger.l_onoff);
        lua_setfield(L, -2, "on");
        push_int(L, value.linger.l_linger);
        lua_setfield(L, -2, "timeout");
        return 1;
    case ERROR_TEXT:
        if (value.number == 0)
            lua_pushnil(L);
        else
            lua_pushstring(L, ls_text(o, -value.number));
        return 1;
    case INTERFACE: {
        char text[16];
        (void)sock_inet_ntoa(&value.address, sizeof(value.address), text, sizeof(text));
        lua_pushstring(L, text);
        return 1;
    }
    default:
        push_int(L, value.number);
        return 1;
    }
}
