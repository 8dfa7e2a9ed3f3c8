/* LuaSocket's core over libsock: classes, timeouts, errors. libsock/luasocket.lua puts it where
 * LuaSocket's own Lua files look for it. */
#include "luasocket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Classes ------------------------------------------------------------------------------------------ */

static const struct class {
    enum transport transport;
    enum role role;
    const char *name;
} classes[] = {
    {TCP, MASTER, "tcp{master}"},
    {TCP, CLIENT, "tcp{client}"},
    {TCP, SERVER, "tcp{server}"},
    {UDP, UNCONNECTED, "udp{unconnected}"},
    {UDP, CONNECTED, "udp{connected}"},
    {UNIX_STREAM, MASTER, "unixstream{master}"},
    {UNIX_STREAM, CLIENT, "unixstream{client}"},
    {UNIX_STREAM, SERVER, "unixstream{server}"},
    {UNIX_DGRAM, UNCONNECTED, "unixdgram{unconnected}"},
    {UNIX_DGRAM, CONNECTED, "unixdgram{connected}"},
};
#define CLASSES (int)(sizeof(classes) / sizeof(*classes))

enum { ALL_CLASSES = 1, TRANSPORT, LS_UPVALUES = TRANSPORT };

static int class_of(enum transport transport, enum role role)
{
    for (int i = 0; i < CLASSES; i++)
        if (classes[i].transport == transport && (classes[i].role == role || role == ANY))
            return i;
    return 0;
}

const char ls_tag = 0;

/* The object of a method, which must have the role. */
struct ls *ls_check(lua_State *L, enum role role)
{
    enum transport transport = (enum transport)lua_tointeger(L, lua_upvalueindex(TRANSPORT));
    struct ls *o = to_ls(L, 1);
    if (o == NULL || o->transport != transport || (role != ANY && o->role != role)) {
        const char *name = classes[class_of(transport, role)].name;
        if (role == ANY)
            lua_pushlstring(L, name, (size_t)(strchr(name, '{') - name)), lua_pushliteral(L, "{any}"),
                lua_concat(L, 2);
        else
            lua_pushstring(L, name);
        luaL_argerror(L, 1, lua_pushfstring(L, "%s expected", lua_tostring(L, -1)));
    }
    return o;
}

void ls_set_role(lua_State *L, int at, enum role role)
{
    struct ls *o = lua_touserdata(L, at);
    o->role = role;
    lua_rawgeti(L, lua_upvalueindex(ALL_CLASSES), class_of(o->transport, role) + 1);
    lua_setmetatable(L, at < 0 ? at - 1 : at);
}

struct ls *ls_new(lua_State *L, enum transport transport, enum role role, int family)
{
    struct ls *o = lua_newuserdata(L, sizeof(*o));
    memset(o, 0, sizeof(*o));
    o->tag = &ls_tag;
    o->transport = transport;
    o->family = family;
    o->block = o->total = -1;
    o->birthday = sock_now();
    ls_set_role(L, -1, role);
    return o;
}

int64_t ls_own(struct ls *o, sock_t s)
{
    if (s < 0)
        return s;
    o->s = s;
    return sock_settimeout(s, 0);
}

int64_t ls_create(struct ls *o, int family)
{
    bool stream = o->transport == TCP || o->transport == UNIX_STREAM;
    int64_t code = ls_own(o, sock_socket(family, stream ? SOCK_STREAM : SOCK_DGRAM, 0));
    if (code < 0)
        return code;
    o->family = family;
    if (family == AF_INET6) /* as LuaSocket: IPv4 has sockets of its own */
        (void)sock_setsockopt_int(o->s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return 0;
}

void ls_close(struct ls *o)
{
    if (o->s != 0)
        (void)sock_close(o->s);
    o->s = 0;
    free(o->buffer);
    o->buffer = NULL;
    o->first = o->last = 0;
}

/* Errors ------------------------------------------------------------------------------------------- */

/* LuaSocket's texts, which programs compare with. */
const char *ls_text(const struct ls *o, int64_t code)
{
    bool datagram = o != NULL && (o->transport == UDP || o->transport == UNIX_DGRAM);
    switch (code) {
    case -EBADF:
    case -EPIPE:
    case SOCK_ECLOSED:
        return datagram ? "refused" : "closed";
    case -ECONNABORTED:
    case -ECONNRESET:
        return "closed";
    case SOCK_ECANCELED:
        return "canceled";
    case SOCK_ETIMEDOUT:
    case -ETIMEDOUT:
    case -EINPROGRESS:
    case -EAGAIN:
        return "timeout";
    case -EADDRINUSE:
        return "address already in use";
    case -EISCONN:
        return "already connected";
    case -EACCES:
        return "permission denied";
    case -ECONNREFUSED:
        return "connection refused";
    case -ENAMETOOLONG:
        return "path too long";
    case SOCK_HOST_NOT_FOUND:
        return "host not found";
    case SOCK_EAI_AGAIN:
        return "temporary failure in name resolution";
    case SOCK_EAI_BADFLAGS:
        return "invalid value for ai_flags";
    case SOCK_EAI_FAIL:
        return "non-recoverable failure in name resolution";
    case SOCK_EAI_FAMILY:
        return "ai_family not supported";
    case SOCK_EAI_MEMORY:
        return "memory allocation failure";
    case SOCK_EAI_NONAME:
        return "host or service not provided, or not known";
    case SOCK_EAI_OVERFLOW:
        return "argument buffer overflow";
    case SOCK_EAI_SERVICE:
        return "service not supported for socket type";
    case SOCK_EAI_SOCKTYPE:
        return "ai_socktype not supported";
    default:
        return sock_strerror(code);
    }
}

int ls_fail(lua_State *L, const struct ls *o, int64_t code)
{
    lua_pushnil(L);
    lua_pushstring(L, ls_text(o, code));
    return 2;
}

int ls_done(lua_State *L, const struct ls *o, int64_t code)
{
    if (code < 0)
        return ls_fail(L, o, code);
    push_int(L, 1);
    return 1;
}

/* Timeouts ----------------------------------------------------------------------------------------- */

bool ls_debug;

int64_t ls_start(const struct ls *o)
{
    return o->block < 0 && o->total < 0 && !ls_debug ? 0 : sock_now();
}

/* As in LuaSocket, both timeouts count from the beginning of the operation. */
int64_t ls_left(const struct ls *o, int64_t start)
{
    double limit = o->block;
    if (limit < 0 || (o->total >= 0 && o->total < limit))
        limit = o->total;
    if (limit < 0 || limit > 4e9)
        return SOCK_FOREVER;
    int64_t left = (int64_t)(limit * 1e9) - (sock_now() - start);
    return left > 0 ? left : 0;
}

int64_t ls_wait(lua_State *L, const struct ls *o, int direction, int64_t start)
{
    if (ls_is_zero(o))
        return SOCK_ETIMEDOUT;
    int64_t ready;
    WAITING(L, ready, sock_wait(o->s, direction, ls_left(o, start)));
    return ready == 0 ? SOCK_ETIMEDOUT : ready;
}

int64_t ls_wait_for_room(lua_State *L, const struct ls *o, bool addressed, int64_t start)
{
    if (ls_is_zero(o))
        return SOCK_ETIMEDOUT;
    if (sock_send_pollable(o->s, addressed) != 0)
        return ls_wait(L, o, SOCK_WRITE, start);
    /* The queue is the receiver's, and the kernel does not report room in it: pause and try again. */
    int64_t left = ls_left(o, start), pause = 2000000, code;
    if (left == 0)
        return SOCK_ETIMEDOUT;
    WAITING(L, code, sock_wait(o->s, SOCK_READ, left < pause ? left : pause));
    if (code == 1) { /* there is something to read: that does not pause */
        struct timespec time = {0, left < pause ? left : pause};
        nanosleep(&time, NULL);
    }
    return code < 0 ? code : 0;
}

/* Methods of every class --------------------------------------------------------------------------- */

static int meth_close(lua_State *L)
{
    ls_close(ls_check(L, ANY));
    push_int(L, 1);
    return 1;
}

static int meth_tostring(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    lua_pushfstring(L, "%s: %p", classes[class_of(o->transport, o->role)].name, (void *)o);
    return 1;
}

static int meth_getfd(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    int fd = o->s == 0 ? -1 : sock_fileno(o->s);
    push_int(L, fd < 0 ? -1 : fd);
    return 1;
}

/* setfd(fd): gives up the present descriptor, which stays open for the caller of getfd(), and takes
 * over another; -1 is none. LuaSec moves a connection with these two. */
static int meth_setfd(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    int64_t fd = (int64_t)luaL_checknumber(L, 2);
    if (o->s != 0)
        (void)sock_detach(o->s);
    o->s = 0;
    if (fd >= 0 && fd <= INT32_MAX)
        (void)ls_own(o, sock_from_fd((int)fd, -1, -1, -1));
    return 0;
}

static int meth_settimeout(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    double limit = luaL_optnumber(L, 2, -1);
    switch (*luaL_optstring(L, 3, "b")) {
    case 'b':
        o->block = limit;
        break;
    case 'r':
    case 't':
        o->total = limit;
        break;
    default:
        return luaL_argerror(L, 3, "invalid timeout mode");
    }
    push_int(L, 1);
    return 1;
}

static int meth_gettimeout(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    lua_pushnumber(L, o->block);
    lua_pushnumber(L, o->total);
    return 2;
}

/* What LuaSocket lacks: setdeadline([when [, direction]]), setcancel([token]) and handle(), as on
 * libsock's own sockets. An object that has no socket yet cannot have them. */
static int meth_setdeadline(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    return ls_done(L, o, sock_setdeadline(o->s, opt_direction(L, 3), opt_time(L, 2)));
}

static int meth_setcancel(lua_State *L)
{
    struct ls *o = ls_check(L, ANY);
    sock_cancel_t token = 0;
    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TUSERDATA);
        lua_getfield(L, 2, "handle");
        lua_pushvalue(L, 2);
        lua_call(L, 1, 1);
        token = (sock_cancel_t)luaL_checknumber(L, -1);
    }
    return ls_done(L, o, sock_setcancel(o->s, token));
}

static int meth_handle(lua_State *L)
{
    push_int(L, ls_check(L, ANY)->s);
    return 1;
}

static const luaL_Reg common[] = {
    {"close", meth_close},           {"dirty", ls_dirty},           {"getfd", meth_getfd},
    {"setfd", meth_setfd},           {"settimeout", meth_settimeout}, {"gettimeout", meth_gettimeout},
    {"setoption", ls_setoption},     {"getoption", ls_getoption},   {"setdeadline", meth_setdeadline},
    {"setcancel", meth_setcancel},   {"handle", meth_handle},       {NULL, NULL},
};
static const luaL_Reg stream[] = {
    {"send", ls_send},         {"receive", ls_receive},   {"accept", ls_accept},
    {"listen", ls_listen},     {"shutdown", ls_shutdown}, {"getstats", ls_getstats},
    {"setstats", ls_setstats}, {NULL, NULL},
};
static const luaL_Reg datagram[] = {
    {"send", ls_send_datagram},
    {"receive", ls_receive_datagram},
    {"sendto", ls_sendto},
    {"receivefrom", ls_receivefrom},
    {NULL, NULL},
};
static const luaL_Reg tcp_names[] = {
    {"bind", ls_bind},
    {"setsockname", ls_bind},
    {"connect", ls_connect},
    {"setpeername", ls_connect},
    {"getsockname", ls_getsockname},
    {"getpeername", ls_getpeername},
    {"getfamily", ls_getfamily},
    {NULL, NULL},
};
static const luaL_Reg udp_names[] = {
    {"setsockname", ls_setsockname}, {"setpeername", ls_setpeername}, {"getsockname", ls_getsockname},
    {"getpeername", ls_getpeername}, {"getfamily", ls_getfamily},     {NULL, NULL},
};
static const luaL_Reg unix_names[] = {
    {"bind", ls_unix_bind},           {"setsockname", ls_unix_bind},
    {"connect", ls_unix_connect},     {"setpeername", ls_unix_connect},
    {"getsockname", ls_unix_getsockname}, {NULL, NULL},
};
static const luaL_Reg metamethods[] = {
    {"__gc", meth_close}, {"__close", meth_close}, {"__tostring", meth_tostring}, {NULL, NULL},
};

/* Functions ---------------------------------------------------------------------------------------- */

/* A master object; with AF_UNSPEC it gets its socket with its first address. */
static int create(lua_State *L, enum transport transport, int family)
{
    bool stream_like = transport == TCP || transport == UNIX_STREAM;
    struct ls *o = ls_new(L, transport, stream_like ? MASTER : UNCONNECTED, family);
    int64_t code = family == AF_UNSPEC ? 0 : ls_create(o, family);
    return code < 0 ? ls_fail(L, o, code) : 1;
}

static int tcp(lua_State *L)
{
    return create(L, TCP, AF_UNSPEC);
}
static int tcp4(lua_State *L)
{
    return create(L, TCP, AF_INET);
}
static int tcp6(lua_State *L)
{
    return create(L, TCP, AF_INET6);
}
static int udp(lua_State *L)
{
    return create(L, UDP, AF_UNSPEC);
}
static int udp4(lua_State *L)
{
    return create(L, UDP, AF_INET);
}
static int udp6(lua_State *L)
{
    return create(L, UDP, AF_INET6);
}
static int unix_stream(lua_State *L)
{
    return create(L, UNIX_STREAM, AF_UNIX);
}
static int unix_dgram(lua_State *L)
{
    return create(L, UNIX_DGRAM, AF_UNIX);
}

/* text(code): LuaSocket's text of an error of libsock */
static int text(lua_State *L)
{
    lua_pushstring(L, ls_text(NULL, check_int(L, 1)));
    return 1;
}

static const luaL_Reg functions[] = {
    {"tcp", tcp},       {"tcp4", tcp4},         {"tcp6", tcp6},     {"udp", udp},
    {"udp4", udp4},     {"udp6", udp6},         {"stream", unix_stream}, {"dgram", unix_dgram},
    {"text", text},
    {"connect", ls_global_connect}, {"select", ls_select}, {"sleep", ls_sleep}, {"gettime", ls_gettime},
    {NULL, NULL},
};

/* Adds functions to the table on top, with the upvalues of class `class` (from 0). */
static void add(lua_State *L, const luaL_Reg *list, int all, int class)
{
    lua_pushvalue(L, all);
    lua_pushinteger(L, classes[class].transport);
    set_functions(L, list, LS_UPVALUES);
}

/* Pushes a table of the functions of both of LuaSocket's C modules, socket.core and socket.unix. */
void open_luasocket(lua_State *L)
{
    ls_debug = getenv("LUASOCKET_DEBUG") != NULL;
    lua_createtable(L, CLASSES, 0);
    int all = lua_gettop(L);
    for (int i = 0; i < CLASSES; i++) {
        lua_newtable(L);
        lua_rawseti(L, all, i + 1);
    }
    for (int i = 0; i < CLASSES; i++) {
        lua_rawgeti(L, all, i + 1);
        add(L, metamethods, all, i);
        lua_newtable(L);
        lua_pushstring(L, classes[i].name);
        lua_setfield(L, -2, "class");
        add(L, common, all, i);
        bool is_stream = classes[i].transport == TCP || classes[i].transport == UNIX_STREAM;
        add(L, is_stream ? stream : datagram, all, i);
        add(L, classes[i].transport == TCP ? tcp_names : classes[i].transport == UDP ? udp_names : unix_names, all, i);
        lua_setfield(L, -2, "__index");
        lua_pop(L, 1);
    }
    lua_newtable(L);
    add(L, functions, all, 0);
    lua_pushboolean(L, ls_debug);
    lua_setfield(L, -2, "debug");
    push_int(L, sysconf(_SC_OPEN_MAX)); /* select() has no limit of its own */
    lua_setfield(L, -2, "setsize");
    lua_remove(L, all);
}
