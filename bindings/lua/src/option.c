/* Socket options. */
#include "binding.h"

/* setsockopt(level, name, value): a number, a boolean, a string of bytes, or nil and a length */
static int set_option(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int level = check_number_of_c(L, 2), name = check_number_of_c(L, 3);
    size_t len = 0;
    switch (lua_type(L, 4)) {
    case LUA_TBOOLEAN:
        return done(L, sock_setsockopt_int(s, level, name, lua_toboolean(L, 4)));
    case LUA_TNUMBER:
        return done(L, sock_setsockopt_int(s, level, name, check_number_of_c(L, 4)));
    case LUA_TNIL:
        len = check_size(L, 5);
        return done(L, sock_setsockopt(s, level, name, NULL, len));
    default: {
        const char *value = luaL_checklstring(L, 4, &len);
        return done(L, sock_setsockopt(s, level, name, value, len));
    }
    }
}

/* getsockopt(level, name [, size]): a number, or with `size` a string of at most so many bytes */
static int get_option(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int level = check_number_of_c(L, 2), name = check_number_of_c(L, 3), value = 0;
    if (lua_isnoneornil(L, 4)) {
        int code = sock_getsockopt_int(s, level, name, &value);
        if (code < 0)
            return fail(L, code);
        push_int(L, value);
        return 1;
    }
    size_t len = check_size(L, 4);
    char room[ROOM];
    size_t cap = len;
    void *bytes = MEMORY(L, len, room);
    int code = sock_getsockopt(s, level, name, bytes, &len);
    if (code < 0)
        return fail(L, code);
    lua_pushlstring(L, bytes, len < cap ? len : cap);
    return 1;
}

/* set_keepalive(on [, {idle =, interval =, count =}]): times in seconds */
static int set_keepalive(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_keepalive(s, lua_toboolean(L, 2), time_field(L, 3, "idle", 0),
                                      time_field(L, 3, "interval", 0), (int)int_field(L, 3, "count", 0)));
}

/* get_keepalive(): on, idle, interval, count */
static int get_keepalive(lua_State *L)
{
    int64_t idle, interval;
    int probes;
    int on = sock_get_keepalive(check_socket(L, 1), &idle, &interval, &probes);
    if (on < 0)
        return fail(L, on);
    lua_pushboolean(L, on);
    push_time(L, idle);
    push_time(L, interval);
    push_int(L, probes);
    return 4;
}

/* set_linger([seconds]): nil turns it off, 0 resets the connection on close. */
static int set_linger(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int on = !lua_isnoneornil(L, 2);
    return done(L, sock_set_linger(s, on, on ? opt_time(L, 2) : 0));
}

static int get_linger(lua_State *L)
{
    int64_t span;
    int on = sock_get_linger(check_socket(L, 1), &span);
    if (on < 0)
        return fail(L, on);
    lua_pushboolean(L, on);
    push_time(L, span);
    return 2;
}

/* set_buffer(direction, bytes): the size as the kernel counts it */
static int set_buffer(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int direction = opt_direction(L, 2);
    return count(L, sock_set_buffer(s, direction, check_int(L, 3)));
}

static int get_buffer(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return count(L, sock_get_buffer(s, opt_direction(L, 2)));
}

static int set_device(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_device(s, check_text(L, 2)));
}

static int get_device(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    PUSH_TEXT(L, sock_get_device(s, buf, cap));
    return 1;
}

/* join_group(group [, {source =, device =, index =}]), and leave_group: addresses as text */
static int group(lua_State *L, int (*call)(sock_t, const struct sock_addr *, const struct sock_addr *,
                                           const char *, int64_t))
{
    sock_t s = check_socket(L, 1);
    struct sock_addr address, source;
    bool has_source = false;
    int code = get_address(L, 2, &address);
    if (code == 0 && field(L, 3, "source")) {
        has_source = true;
        code = get_address(L, lua_gettop(L), &source);
    }
    if (code < 0)
        return fail(L, code);
    const char *device = field(L, 3, "device") ? check_text(L, lua_gettop(L)) : NULL;
    return done(L, call(s, &address, has_source ? &source : NULL, device, int_field(L, 3, "index", 0)));
}

static int join_group(lua_State *L)
{
    return group(L, sock_join_group);
}

static int leave_group(lua_State *L)
{
    return group(L, sock_leave_group);
}

/* peer_cred(): pid, uid and gid of the process at the other end */
static int peer_cred(lua_State *L)
{
    int64_t pid, uid, gid;
    int code = sock_peer_cred(check_socket(L, 1), &pid, &uid, &gid);
    if (code < 0)
        return fail(L, code);
    push_int(L, pid);
    push_int(L, uid);
    push_int(L, gid);
    return 3;
}

static int peer_pidfd(lua_State *L)
{
    return count(L, sock_peer_pidfd(check_socket(L, 1)));
}

static int set_user_timeout(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_user_timeout(s, time_or(L, 2, 0)));
}

static int get_user_timeout(lua_State *L)
{
    int64_t span = sock_get_user_timeout(check_socket(L, 1));
    if (span < 0)
        return fail(L, span);
    push_time(L, span);
    return 1;
}

static int set_congestion(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_congestion(s, check_text(L, 2)));
}

static int get_congestion(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    PUSH_TEXT(L, sock_get_congestion(s, buf, cap));
    return 1;
}

static int mptcp_state(lua_State *L)
{
    return count(L, sock_mptcp_state(check_socket(L, 1)));
}

/* tcp_info(): the fields of `struct sock_tcp_info` that a program asks for most; times in seconds */
static int tcp_info(lua_State *L)
{
    struct sock_tcp_info info = {0};
    info.size = sizeof(info);
    int code = sock_get_tcp_info(check_socket(L, 1), &info);
    if (code < 0)
        return fail(L, code);
    const struct {
        const char *name;
        int64_t value;
        bool time;
    } all[] = {
        {"state", info.state, false},
        {"rtt", info.rtt_ns, true},
        {"rttvar", info.rttvar_ns, true},
        {"min_rtt", info.min_rtt_ns, true},
        {"rto", info.rto_ns, true},
        {"retransmits", info.retransmits, false},
        {"total_retrans", info.total_retrans, false},
        {"unacked", info.unacked, false},
        {"lost", info.lost, false},
        {"snd_mss", info.snd_mss, false},
        {"rcv_mss", info.rcv_mss, false},
        {"pmtu", info.pmtu, false},
        {"snd_cwnd", info.snd_cwnd, false},
        {"snd_ssthresh", info.snd_ssthresh, false},
        {"bytes_sent", info.bytes_sent, false},
        {"bytes_acked", info.bytes_acked, false},
        {"bytes_received", info.bytes_received, false},
        {"bytes_retrans", info.bytes_retrans, false},
        {"notsent_bytes", info.notsent_bytes, false},
        {"delivery_rate", info.delivery_rate, false},
        {"last_data_sent", info.last_data_sent_ns, true},
        {"last_data_recv", info.last_data_recv_ns, true},
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (all[i].value == -1)
            continue; /* The kernel does not provide it. */
        if (all[i].time)
            lua_pushnumber(L, (lua_Number)((double)all[i].value / 1e9));
        else
            push_int(L, all[i].value);
        lua_setfield(L, -2, all[i].name);
    }
    return 1;
}

const luaL_Reg option_methods[] = {
    {"setsockopt", set_option},
    {"getsockopt", get_option},
    {"set_keepalive", set_keepalive},
    {"get_keepalive", get_keepalive},
    {"set_linger", set_linger},
    {"get_linger", get_linger},
    {"set_buffer", set_buffer},
    {"get_buffer", get_buffer},
    {"set_device", set_device},
    {"get_device", get_device},
    {"join_group", join_group},
    {"leave_group", leave_group},
    {"peer_cred", peer_cred},
    {"peer_pidfd", peer_pidfd},
    {"set_user_timeout", set_user_timeout},
    {"get_user_timeout", get_user_timeout},
    {"set_congestion", set_congestion},
    {"get_congestion", get_congestion},
    {"mptcp_state", mptcp_state},
    {"tcp_info", tcp_info},
    {NULL, NULL},
};
