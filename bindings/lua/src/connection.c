/* From a name to a connected or listening socket in one call. */
#include "binding.h"

#define MAX_ATTEMPTS 64
#define MAX_SERVERS 64

static const char *phase_name(int phase)
{
    switch (phase) {
    case SOCK_PHASE_LOOKUP:
        return "lookup";
    case SOCK_PHASE_SOCKET:
        return "socket";
    case SOCK_PHASE_BIND:
        return "bind";
    case SOCK_PHASE_CONNECT:
        return "connect";
    default:
        return "connected";
    }
}

/* Appends {address, phase, code, name, start, seconds} for each attempt to the array on top. */
static void push_attempts(lua_State *L, const struct sock_attempt *attempts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct sock_attempt *attempt = &attempts[i];
        lua_createtable(L, 0, 6);
        push_address(L, &attempt->address);
        lua_setfield(L, -2, "address");
        lua_pushstring(L, phase_name(attempt->phase));
        lua_setfield(L, -2, "phase");
        push_int(L, attempt->code);
        lua_setfield(L, -2, "code");
        lua_pushstring(L, sock_err_name(attempt->code));
        lua_setfield(L, -2, "name");
        push_time(L, attempt->start_ns);
        lua_setfield(L, -2, "start");
        push_time(L, attempt->end_ns == 0 ? 0 : attempt->end_ns - attempt->start_ns);
        lua_setfield(L, -2, "seconds");
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static sock_cancel_t cancel_field(lua_State *L, int at)
{
    if (!field(L, at, "cancel"))
        return 0;
    sock_cancel_t token = check_handle(L, lua_gettop(L), TOKEN);
    lua_pop(L, 1);
    return token;
}

/* Reads the options; `source` receives the local address. Returns 0 or a code. */
static int connect_options(lua_State *L, int at, struct sock_connect_options *opt,
                           struct sock_addr *source)
{
    memset(opt, 0, sizeof(*opt));
    opt->size = sizeof(*opt);
    opt->timeout_ns = time_field(L, at, "timeout", 0);
    opt->deadline_ns = time_field(L, at, "deadline", 0);
    opt->attempt_timeout_ns = time_field(L, at, "attempt_timeout", 0);
    opt->resolution_delay_ns = time_field(L, at, "resolution_delay", 0);
    opt->stagger_ns = time_field(L, at, "stagger", 0);
    opt->family = (int)int_field(L, at, "family", 0);
    opt->fast_open = bool_field(L, at, "fast_open");
    opt->cancel = cancel_field(L, at);
    if (!field(L, at, "source"))
        return 0;
    int code = get_address(L, lua_gettop(L), source);
    lua_pop(L, 1);
    opt->source = source;
    return code;
}

/* create_connection(host, port [, options]): a connected socket. Options, in seconds: timeout of the
 * whole call, deadline, attempt_timeout, resolution_delay, stagger (negative: one attempt after the
 * other). Further: cancel, source, family, fast_open; attempts, an array that receives
 * {address, phase, code, name, start, seconds} of each attempt. An error has `attempts`. */
static int create_connection(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_connect_options opt;
    struct sock_addr source;
    struct sock_attempt attempts[MAX_ATTEMPTS];
    size_t n = 0;
    lua_settop(L, 3);
    int code = connect_options(L, 3, &opt, &source);
    if (code < 0)
        return fail(L, code);
    opt.attempts = attempts;
    opt.attempts_cap = MAX_ATTEMPTS;
    opt.attempts_count = &n;
    struct object *object = new_object(L, SOCKET);
    struct thread *thread = enter(L);
    sock_t s = sock_create_connection(host, port, &opt);
    if (s > 0)
        object->handle = s;
    leave(L, thread);
    n = n < MAX_ATTEMPTS ? n : MAX_ATTEMPTS;
    if (s < 0)
        opened(L, object, s);
    if (field(L, 3, "attempts")) {
        push_attempts(L, attempts, n);
        lua_pop(L, 1);
    }
    if (s > 0)
        return 1;
    lua_createtable(L, (int)n, 0);
    push_attempts(L, attempts, n);
    lua_setfield(L, -2, "attempts");
    return 2;
}

/* create_connection_start(host, port [, options]): an operation. step() returns false while it
 * lasts, then the socket or nil and the error; attempts() is what it has tried. */
static int create_connection_start(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_connect_options opt;
    struct sock_addr source;
    int code = connect_options(L, 3, &opt, &source);
    if (code < 0)
        return fail(L, code);
    struct object *object = new_object(L, OPERATION);
    return opened(L, object, sock_create_connection_start(host, port, &opt));
}

static int connection_step(lua_State *L)
{
    sock_op_t op = check_handle(L, 1, OPERATION);
    struct object *object = new_object(L, SOCKET);
    sock_t s = sock_create_connection_step(op);
    if (s == 0) {
        object->closed = true;
        lua_pushboolean(L, 0);
        return 1;
    }
    return opened(L, object, s);
}

static int connection_attempts(lua_State *L)
{
    struct sock_attempt attempts[MAX_ATTEMPTS];
    sock_op_t op = check_handle(L, 1, OPERATION);
    int64_t n = sock_create_connection_attempts(op, attempts, MAX_ATTEMPTS);
    if (n < 0)
        return fail(L, n);
    lua_createtable(L, (int)n, 0);
    push_attempts(L, attempts, n < MAX_ATTEMPTS ? (size_t)n : MAX_ATTEMPTS);
    return 1;
}

/* Servers */

static struct sock_server_options server_options(lua_State *L, int at)
{
    struct sock_server_options opt = {0};
    opt.size = sizeof(opt);
    opt.family = (int)int_field(L, at, "family", 0);
    opt.backlog = (int)int_field(L, at, "backlog", 0);
    opt.reuse_port = bool_field(L, at, "reuse_port");
    opt.dualstack = bool_field(L, at, "dualstack");
    opt.remove_stale = bool_field(L, at, "remove_stale");
    opt.file_mode = (int)int_field(L, at, "file_mode", 0);
    opt.timeout_ns = time_field(L, at, "timeout", 0);
    opt.deadline_ns = time_field(L, at, "deadline", 0);
    opt.cancel = cancel_field(L, at);
    return opt;
}

/* create_server(host, port [, options]): a listening socket. Options: family, backlog, reuse_port,
 * dualstack, remove_stale, file_mode, timeout, deadline, cancel. With AF_UNIX, host is the path. */
static int create_server(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_server_options opt = server_options(L, 3);
    struct object *object = new_object(L, SOCKET);
    struct thread *thread = enter(L);
    sock_t s = sock_create_server(host, port, &opt);
    if (s > 0)
        object->handle = s;
    leave(L, thread);
    return opened(L, object, s);
}

/* create_servers(host, port [, options]): an array, one for each address of the host */
static int create_servers(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_server_options opt = server_options(L, 3);
    sock_t servers[MAX_SERVERS];
    /* The objects first: memory could run out while the handles have no owner. */
    struct object *objects[MAX_SERVERS];
    lua_createtable(L, MAX_SERVERS, 0);
    for (int i = 0; i < MAX_SERVERS; i++) {
        objects[i] = new_object(L, SOCKET);
        objects[i]->closed = true;
        lua_rawseti(L, -2, i + 1);
    }
    struct thread *thread = enter(L);
    int64_t n = sock_create_servers(host, port, &opt, servers, MAX_SERVERS);
    for (int64_t i = 0; i < n; i++) {
        objects[i]->handle = servers[i];
        objects[i]->closed = false;
    }
    leave(L, thread);
    if (n < 0)
        return fail(L, n);
    for (int i = (int)n; i < MAX_SERVERS; i++) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int activation_count(lua_State *L)
{
    return count(L, sock_activation_count());
}

/* activation_name(index), activation_take(index): index counts from 1. */
static int activation_name(lua_State *L)
{
    int64_t index = check_int(L, 1) - 1;
    PUSH_TEXT(L, sock_activation_name(index, buf, cap));
    return 1;
}

static int activation_take(lua_State *L)
{
    int64_t index = check_int(L, 1) - 1;
    struct object *object = new_object(L, SOCKET);
    return opened(L, object, sock_activation_take(index));
}

const luaL_Reg connection_functions[] = {
    {"create_connection", create_connection},
    {"create_connection_start", create_connection_start},
    {"create_server", create_server},
    {"create_servers", create_servers},
    {"activation_count", activation_count},
    {"activation_name", activation_name},
    {"activation_take", activation_take},
    {NULL, NULL},
};

/* Operations: lookups and connections in progress. Pollers hold them; step() never waits. */

static int op_fileno(lua_State *L)
{
    return count(L, sock_fileno(check_handle(L, 1, OPERATION)));
}

static int op_deadline(lua_State *L)
{
    sock_op_t op = check_handle(L, 1, OPERATION);
    return done(L, sock_setdeadline(op, SOCK_READ, opt_time(L, 2)));
}

LOCAL int lookup_step(lua_State *L); /* lookup.c */

static int op_cancel(lua_State *L)
{
    sock_op_t op = check_handle(L, 1, OPERATION);
    struct object *token = opt_object(L, 2, TOKEN);
    return done(L, sock_setcancel(op, token == NULL ? 0 : token->handle));
}

const luaL_Reg operation_methods[] = {
    {"close", object_close},           {"handle", object_handle}, {"fileno", op_fileno},
    {"setdeadline", op_deadline},      {"setcancel", op_cancel},  {"step_connection", connection_step},
    {"step_lookup", lookup_step},          {"attempts", connection_attempts}, {NULL, NULL},
};
