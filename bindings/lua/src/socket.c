/* The BSD calls on a socket, its mode, deadlines and cancel tokens. */
#include "binding.h"

/* socket([family [, type [, protocol]]]): by default a TCP socket. */
static int make(lua_State *L)
{
    int family = (int)opt_int(L, 1, -1), type = (int)opt_int(L, 2, -1), proto = (int)opt_int(L, 3, -1);
    struct object *object = new_object(L, SOCKET);
    return opened(L, object, sock_socket(family, type, proto));
}

/* socketpair([family [, type [, protocol]]]): two connected sockets; AF_UNIX by default. */
static int pair(lua_State *L)
{
    int family = (int)opt_int(L, 1, -1), type = (int)opt_int(L, 2, -1), proto = (int)opt_int(L, 3, -1);
    struct object *one = new_object(L, SOCKET), *other = new_object(L, SOCKET);
    sock_t handles[2];
    int code = sock_socketpair(family, type, proto, handles);
    one->closed = other->closed = code < 0;
    if (code < 0)
        return fail(L, code);
    one->handle = handles[0];
    other->handle = handles[1];
    return 2;
}

/* from_fd(fd [, family [, type [, protocol]]]): takes over an open descriptor. */
static int from_fd(lua_State *L)
{
    int fd = check_number_of_c(L, 1);
    int family = (int)opt_int(L, 2, -1), type = (int)opt_int(L, 3, -1), proto = (int)opt_int(L, 4, -1);
    struct object *object = new_object(L, SOCKET);
    return opened(L, object, sock_from_fd(fd, family, type, proto));
}

static int socket_mptcp(lua_State *L)
{
    int family = check_number_of_c(L, 1);
    struct object *object = new_object(L, SOCKET);
    return opened(L, object, sock_socket_mptcp(family));
}

static int set_default_timeout(lua_State *L)
{
    return done(L, sock_setdefaulttimeout(opt_time(L, 1)));
}

static int get_default_timeout(lua_State *L)
{
    push_time(L, sock_getdefaulttimeout());
    return 1;
}

/* now(): seconds on the clock of all deadlines. */
static int now(lua_State *L)
{
    push_time(L, sock_now());
    return 1;
}

const luaL_Reg socket_functions[] = {
    {"socket", make},
    {"socketpair", pair},
    {"from_fd", from_fd},
    {"adopt", adopt},
    {"socket_mptcp", socket_mptcp},
    {"setdefaulttimeout", set_default_timeout},
    {"getdefaulttimeout", get_default_timeout},
    {"now", now},
    {NULL, NULL},
};

static int duplicate(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    struct object *object = new_object(L, SOCKET);
    return opened(L, object, sock_dup(s));
}

/* detach(): the descriptor, which is then the caller's. */
static int detach(lua_State *L)
{
    struct object *object = check_object(L, 1, SOCKET);
    int64_t fd;
    WAITING(L, fd, sock_detach(object->handle));
    if (fd >= 0)
        object->closed = true;
    return count(L, fd);
}

static int get_fileno(lua_State *L)
{
    return count(L, sock_fileno(check_socket(L, 1)));
}

static int get_family(lua_State *L)
{
    return count(L, sock_family(check_socket(L, 1)));
}

static int get_type(lua_State *L)
{
    return count(L, sock_type(check_socket(L, 1)));
}

static int get_proto(lua_State *L)
{
    return count(L, sock_proto(check_socket(L, 1)));
}

/* bind(address), or bind(host, port) */
static int do_bind(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    char port[32];
    int code;
    if (lua_isnoneornil(L, 3)) {
        struct sock_addr address;
        code = get_address(L, 2, &address);
        return done(L, code < 0 ? code : sock_bind(s, &address));
    }
    WAITING(L, code, sock_bind_host(s, opt_text(L, 2), opt_port(L, 3, port)));
    return done(L, code);
}

static int do_listen(lua_State *L)
{
    return done(L, sock_listen(check_socket(L, 1), (int)opt_int(L, 2, SOCK_BACKLOG_DEFAULT)));
}

/* accept(): the connection and the address of its other end */
static int do_accept(lua_State *L)
{
    sock_t s = check_socket(L, 1), connection;
    struct sock_addr peer;
    struct object *object = new_object(L, SOCKET);
    struct thread *thread = enter(L);
    connection = sock_accept(s, &peer);
    if (connection > 0)
        object->handle = connection; /* before leave(), which can raise an error */
    leave(L, thread);
    if (connection < 0)
        return opened(L, object, connection);
    push_address(L, &peer);
    return 2;
}

/* connect(address), or connect(host, port) */
static int do_connect(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    char port[32];
    int code;
    if (lua_isnoneornil(L, 3)) {
        struct sock_addr address;
        code = get_address(L, 2, &address);
        if (code == 0)
            WAITING(L, code, sock_connect(s, &address));
    } else {
        const char *host = opt_text(L, 2), *service = opt_port(L, 3, port);
        WAITING(L, code, sock_connect_host(s, host, service));
    }
    return done(L, code);
}

/* shutdown([direction]): "read", "write" or "both" */
static int do_shutdown(lua_State *L)
{
    return done(L, sock_shutdown(check_socket(L, 1), opt_direction(L, 2) - 1)); /* SHUT_RD is 0 */
}

static int address_of(lua_State *L, int (*get)(sock_t, struct sock_addr *))
{
    struct sock_addr address;
    int code = get(check_socket(L, 1), &address);
    if (code < 0)
        return fail(L, code);
    push_address(L, &address);
    return 1;
}

static int get_sockname(lua_State *L)
{
    return address_of(L, sock_getsockname);
}

static int get_peername(lua_State *L)
{
    return address_of(L, sock_getpeername);
}

static int get_inheritable(lua_State *L)
{
    return flag(L, sock_get_inheritable(check_socket(L, 1)));
}

static int set_inheritable(lua_State *L)
{
    return done(L, sock_set_inheritable(check_socket(L, 1), lua_toboolean(L, 2)));
}

/* settimeout([seconds]): nil waits for ever, 0 never waits. */
static int set_timeout(lua_State *L)
{
    return done(L, sock_settimeout(check_socket(L, 1), opt_time(L, 2)));
}

static int get_timeout(lua_State *L)
{
    int64_t ns = sock_gettimeout(check_socket(L, 1));
    if (ns < 0)
        return fail(L, ns);
    push_time(L, ns);
    return 1;
}

/* setdeadline([when [, direction]]): a time on the clock of now(); nil clears it. */
static int set_deadline(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    /* A deadline before the clock began has passed, too. */
    int64_t at = lua_isnumber(L, 2) && lua_tonumber(L, 2) < 0 ? 0 : opt_time(L, 2);
    return done(L, sock_setdeadline(s, opt_direction(L, 3), at));
}

/* setcancel([token]): nil detaches it. The socket keeps nothing alive: keep the token. */
static int set_cancel(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    struct object *token = opt_object(L, 2, TOKEN);
    return done(L, sock_setcancel(s, token == NULL ? 0 : token->handle));
}

const luaL_Reg socket_methods[] = {
    {"close", object_close},
    {"handle", object_handle},
    {"dup", duplicate},
    {"detach", detach},
    {"fileno", get_fileno},
    {"family", get_family},
    {"type", get_type},
    {"proto", get_proto},
    {"bind", do_bind},
    {"listen", do_listen},
    {"accept", do_accept},
    {"connect", do_connect},
    {"shutdown", do_shutdown},
    {"getsockname", get_sockname},
    {"getpeername", get_peername},
    {"get_inheritable", get_inheritable},
    {"set_inheritable", set_inheritable},
    {"settimeout", set_timeout},
    {"gettimeout", get_timeout},
    {"setdeadline", set_deadline},
    {"setcancel", set_cancel},
    {NULL, NULL},
};

/* Cancel tokens */

static int cancel_new(lua_State *L)
{
    struct object *object = new_object(L, TOKEN);
    return opened(L, object, sock_cancel_new());
}

static int fire(lua_State *L)
{
    return done(L, sock_cancel_fire(check_handle(L, 1, TOKEN)));
}

const luaL_Reg token_functions[] = {{"token", cancel_new}, {NULL, NULL}};

const luaL_Reg token_methods[] = {
    {"close", object_close}, {"handle", object_handle}, {"fire", fire}, {NULL, NULL},
};
