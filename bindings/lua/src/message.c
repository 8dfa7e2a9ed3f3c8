/* Messages with an address and control data, and descriptors for another process. */
#include "binding.h"

#include <sys/socket.h>
#include <unistd.h>

#define MAX_FDS 253
#define CONTROL 8192

/* The array of descriptors at `at`, numbers or files of io; returns how many. */
static size_t get_fds(lua_State *L, int at, int fds[MAX_FDS])
{
    luaL_checktype(L, at, LUA_TTABLE);
    size_t n = lua_rawlen(L, at);
    luaL_argcheck(L, n <= MAX_FDS, at, "at most 253 descriptors");
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, at, (int)i + 1);
        fds[i] = check_fd(L, lua_gettop(L));
        lua_pop(L, 1);
    }
    return n;
}

static void push_fds(lua_State *L, const int *fds, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        push_int(L, fds[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* send_fds(data, fds [, flags [, address]]): descriptors, which stay open, with the first byte */
static int send_fds(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len;
    const char *data = luaL_checklstring(L, 2, &len);
    int fds[MAX_FDS];
    size_t n = get_fds(L, 3, fds);
    int flags = opt_flags(L, 4);
    struct sock_addr to = {0};
    int code = lua_isnoneornil(L, 5) ? 0 : get_address(L, 5, &to);
    if (code < 0)
        return fail(L, code);
    int64_t result;
    WAITING(L, result, sock_send_fds(s, data, len, fds, n, flags, &to));
    return count(L, result);
}

/* recv_fds(size [, max [, flags]]): data, descriptors (the caller's to close), MSG_* flags, sender */
static int recv_fds(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len = check_size(L, 2), n = 0;
    int64_t cap = opt_int(L, 3, MAX_FDS);
    luaL_argcheck(L, cap >= 0 && cap <= MAX_FDS, 3, "at most 253 descriptors");
    int flags = opt_flags(L, 4), fds[MAX_FDS], got_flags;
    char room[ROOM];
    void *data = MEMORY(L, len, room);
    struct sock_addr from;
    int64_t result;
    WAITING(L, result, sock_recv_fds(s, data, len, fds, (size_t)cap, &n, flags, &from, &got_flags));
    if (result < 0)
        return fail(L, result);
    if (result == 0 && n == 0 && len > 0 && sock_type(s) == SOCK_STREAM) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushlstring(L, data, (size_t)result < len ? (size_t)result : len);
    push_fds(L, fds, n);
    push_int(L, got_flags);
    push_address(L, &from);
    return 4;
}

/* close_fd(fd): closes a received descriptor. */
static int close_fd(lua_State *L)
{
    int fd = check_number_of_c(L, 1);
    lua_pushboolean(L, close(fd) == 0);
    return 1;
}

const luaL_Reg message_functions[] = {{"close_fd", close_fd}, {NULL, NULL}};

/* Control messages to send: the fields of the table at `at`. Returns 0 or a code. */
static int put_control(lua_State *L, int at, char *control, size_t *len)
{
    int code = 0;
    if (field(L, at, "fds")) {
        int fds[MAX_FDS];
        size_t n = get_fds(L, lua_gettop(L), fds);
        code = sock_control_put_fds(control, CONTROL, len, fds, n);
        lua_pop(L, 1);
    }
    if (code == 0 && field(L, at, "credentials")) {
        int table = lua_gettop(L);
        code = sock_control_put_credentials(control, CONTROL, len, int_field(L, table, "pid", 0),
                                            int_field(L, table, "uid", 0), int_field(L, table, "gid", 0));
        lua_pop(L, 1);
    }
    if (code == 0 && field(L, at, "from")) {
        struct sock_addr from;
        code = get_address(L, lua_gettop(L), &from);
        if (code == 0)
            code = sock_control_put_pktinfo(control, CONTROL, len, &from, int_field(L, at, "ifindex", 0));
        lua_pop(L, 1);
    }
    int family = (int)int_field(L, at, "family", AF_INET);
    int64_t ttl = int_field(L, at, "ttl", -1), tos = int_field(L, at, "tos", -1);
    int64_t segment = int_field(L, at, "segment", -1);
    if (code == 0 && ttl != -1)
        code = sock_control_put_ttl(control, CONTROL, len, family, ttl);
    if (code == 0 && tos != -1)
        code = sock_control_put_tos(control, CONTROL, len, family, tos);
    if (code == 0 && segment != -1)
        code = sock_control_put_gso_size(control, CONTROL, len, segment);
    if (code == 0 && field(L, at, "control")) { /* any others: {level, type, data} */
        int list = lua_gettop(L);
        for (int i = 1; code == 0; i++, lua_pop(L, 1)) {
            lua_rawgeti(L, list, i);
            if (lua_isnil(L, -1))
                break;
            int item = lua_gettop(L);
            luaL_checktype(L, item, LUA_TTABLE);
            int level = (int)int_field(L, item, "level", 0), type = (int)int_field(L, item, "type", 0);
            size_t size = 0;
            const char *data = field(L, item, "data") ? luaL_checklstring(L, -1, &size) : "";
            code = sock_control_put(control, CONTROL, len, level, type, data, size);
            lua_settop(L, item);
        }
        lua_settop(L, list - 1);
    }
    return code;
}

/* sendmsg(message): `data` (a string, or an array of strings), and, if wanted, `address`, `flags`,
 * `fds`, `credentials` {pid, uid, gid}, `from` and `ifindex`, `ttl`, `tos` (with `family`),
 * `segment`, `control` (an array of {level, type, data}). Returns the number of bytes taken. */
static int send_message(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    char control[CONTROL];
    size_t control_len = 0;
    struct sock_addr to = {0};
    int code = put_control(L, 2, control, &control_len);
    if (code == 0 && field(L, 2, "address"))
        code = get_address(L, lua_gettop(L), &to);
    if (code < 0)
        return fail(L, code);
    int flags = (int)int_field(L, 2, "flags", 0);
    struct sock_iovec *iov, one = {NULL, 0};
    size_t n = 1;
    lua_getfield(L, 2, "data");
    if (lua_istable(L, -1)) {
        int list = lua_gettop(L);
        n = lua_rawlen(L, list);
        luaL_argcheck(L, n <= 1024, 2, "at most 1024 pieces of data");
        iov = lua_newuserdata(L, (n + 1) * sizeof(*iov));
        for (size_t i = 0; i < n; i++) {
            lua_rawgeti(L, list, (int)i + 1);
            luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2, "pieces of data must be strings");
            iov[i].base = (void *)lua_tolstring(L, -1, &iov[i].len); /* the table keeps it */
            lua_pop(L, 1);
        }
    } else {
        one.base = (void *)luaL_optlstring(L, -1, "", &one.len);
        iov = &one;
    }
    struct sock_msg message = {0};
    message.addr = &to;
    message.iov = iov;
    message.iov_count = n;
    message.control = control;
    message.control_len = control_len;
    int64_t result;
    WAITING(L, result, sock_sendmsg(s, &message, flags));
    return count(L, result);
}

static void set_int(lua_State *L, const char *name, int64_t value)
{
    push_int(L, value);
    lua_setfield(L, -2, name);
}

/* Adds what the control data says to the table on top. */
static void get_control(lua_State *L, char *control, size_t len)
{
    int64_t one, other, third;
    int fds[MAX_FDS], pidfd;
    struct sock_addr to, local;
    struct sock_control_error error;
    int64_t n = sock_control_take_fds(control, len, fds, MAX_FDS);
    if (n > 0) {
        push_fds(L, fds, (size_t)n);
        lua_setfield(L, -2, "fds");
    }
    if (sock_control_take_pidfd(control, len, &pidfd) == 1)
        set_int(L, "pidfd", pidfd);
    if (sock_control_get_credentials(control, len, &one, &other, &third) == 1) {
        lua_createtable(L, 0, 3);
        set_int(L, "pid", one);
        set_int(L, "uid", other);
        set_int(L, "gid", third);
        lua_setfield(L, -2, "credentials");
    }
    if (sock_control_get_timestamp(control, len, &one, &other) == 1) {
        set_int(L, "timestamp_ns", one);
        set_int(L, "hardware_timestamp_ns", other);
    }
    if (sock_control_get_pktinfo(control, len, &to, &local, &one) == 1) {
        push_address(L, &to);
        lua_setfield(L, -2, "to");
        push_address(L, &local);
        lua_setfield(L, -2, "local_address");
        set_int(L, "ifindex", one);
    }
    if (sock_control_get_ttl(control, len, &one) == 1)
        set_int(L, "ttl", one);
    if (sock_control_get_tos(control, len, &one) == 1)
        set_int(L, "tos", one);
    if (sock_control_get_drops(control, len, &one) == 1)
        set_int(L, "drops", one);
    if (sock_control_get_gro_size(control, len, &one) == 1)
        set_int(L, "segment", one);
    if (sock_control_get_error(control, len, &error) == 1) {
        fail(L, error.error);
        lua_remove(L, -2);
        set_int(L, "origin", error.origin);
        set_int(L, "icmp_type", error.type);
        set_int(L, "icmp_code", error.code);
        set_int(L, "info", error.info);
        set_int(L, "data", error.data);
        push_address(L, &error.offender);
        lua_setfield(L, -2, "offender");
        lua_setfield(L, -2, "error");
    }
    /* All of them, as they came. */
    lua_newtable(L);
    size_t pos = 0;
    struct sock_control_item item;
    for (int i = 1; sock_control_next(control, len, &pos, &item) == 1; i++) {
        lua_createtable(L, 0, 3);
        set_int(L, "level", item.level);
        set_int(L, "type", item.type);
        lua_pushlstring(L, item.data, item.len);
        lua_setfield(L, -2, "data");
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "control");
    (void)sock_control_close_fds(control, len);
}

/* recvmsg(size [, flags]): a table of `data`, `address`, `flags` (MSG_*), `length`, `control`, and
 * what came of: `fds` and `pidfd` (the caller's to close), `credentials`, `timestamp_ns`, `to`,
 * `local_address`, `ifindex`, `ttl`, `tos`, `drops`, `segment`, `error`. */
static int recv_message(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len = check_size(L, 2);
    int flags = opt_flags(L, 3);
    char room[ROOM], control[CONTROL];
    void *data = MEMORY(L, len, room);
    struct sock_iovec iov = {data, len};
    struct sock_addr from = {0};
    struct sock_msg message = {0};
    message.addr = &from;
    message.iov = &iov;
    message.iov_count = 1;
    message.control = control;
    message.control_cap = sizeof(control);
    int64_t result;
    WAITING(L, result, sock_recvmsg(s, &message, flags));
    if (result < 0)
        return fail(L, result);
    lua_createtable(L, 0, 6);
    get_control(L, control, message.control_len);
    lua_pushlstring(L, data, message.len);
    lua_setfield(L, -2, "data");
    push_address(L, &from);
    lua_setfield(L, -2, "address");
    set_int(L, "flags", message.flags);
    set_int(L, "length", (int64_t)message.true_len);
    return 1;
}

const luaL_Reg message_methods[] = {
    {"send_fds", send_fds},    {"recv_fds", recv_fds}, {"sendmsg", send_message},
    {"recvmsg", recv_message}, {NULL, NULL},
};
