/* Socket options. Times are nanoseconds here, milliseconds in lib/. */
#include "binding.h"

#include <errno.h>

/* (box, level, name, number) */
static napi_value set_int(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    return number(env, sock_setsockopt_int(handle_of(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2]),
                                           (int)integer(env, a[3])));
}

/* (box, level, name): a code; out.number[0] is the value */
static napi_value get_int(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    int value = 0;
    int code = sock_getsockopt_int(handle_of(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2]), &value);
    room_of(env)->out->number[0] = value;
    return number(env, code);
}

static napi_value set_bytes(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length;
    void *value = bytes(env, a[3], &length);
    return number(env, sock_setsockopt(handle_of(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2]),
                                       value ? value : "", length));
}

/* (box, level, name, buffer): a code; out.number[0] is the length */
static napi_value get_bytes(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length;
    void *value = bytes(env, a[3], &length);
    int code = sock_getsockopt(handle_of(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2]), value, &length);
    room_of(env)->out->number[0] = (double)length;
    return number(env, code);
}

/* (box, on, idle, interval, count) */
static napi_value set_keepalive(napi_env env, napi_callback_info info)
{
    ARGUMENTS(5);
    return number(env, sock_set_keepalive(handle_of(env, a[0]), (int)integer(env, a[1]), integer(env, a[2]),
                                          integer(env, a[3]), (int)integer(env, a[4])));
}

/* (box): 1, 0 or a code; out.number has idle, interval and count */
static napi_value get_keepalive(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    int64_t idle = 0, interval = 0;
    int count = 0;
    int on = sock_get_keepalive(handle_of(env, a[0]), &idle, &interval, &count);
    double *out = room_of(env)->out->number;
    out[0] = (double)idle;
    out[1] = (double)interval;
    out[2] = count;
    return number(env, on);
}

static napi_value set_linger(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    return number(env, sock_set_linger(handle_of(env, a[0]), (int)integer(env, a[1]), integer(env, a[2])));
}

static napi_value get_linger(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    int64_t span = 0;
    int on = sock_get_linger(handle_of(env, a[0]), &span);
    room_of(env)->out->number[0] = (double)span;
    return number(env, on);
}

static napi_value set_buffer(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    return number(env, (double)sock_set_buffer(handle_of(env, a[0]), (int)integer(env, a[1]), integer(env, a[2])));
}

static napi_value get_buffer(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, (double)sock_get_buffer(handle_of(env, a[0]), (int)integer(env, a[1])));
}

/* Options that are names */
#define NAME(word, set_call, get_call)                                                                                 \
    static napi_value set_##word(napi_env env, napi_callback_info info)                                                \
    {                                                                                                                  \
        ARGUMENTS(2);                                                                                                  \
        char *name = text(env, a[1]);                                                                                  \
        int code = set_call(handle_of(env, a[0]), name);                                                               \
        free(name);                                                                                                    \
        return number(env, code);                                                                                      \
    }                                                                                                                  \
    static napi_value get_##word(napi_env env, napi_callback_info info)                                                \
    {                                                                                                                  \
        ARGUMENTS(1);                                                                                                  \
        char name[64];                                                                                                 \
        int64_t n = get_call(handle_of(env, a[0]), name, sizeof name);                                                 \
        return n < 0 ? number(env, (double)n) : string(env, name, NAPI_AUTO_LENGTH);                                   \
    }
NAME(device, sock_set_device, sock_get_device)
NAME(congestion, sock_set_congestion, sock_get_congestion)

/* (box, join, group, source, device) */
static napi_value group(napi_env env, napi_callback_info info)
{
    ARGUMENTS(5);
    struct sock_addr one, other;
    const struct sock_addr *to = address(env, a[2], &one), *from = address(env, a[3], &other);
    char *device = text(env, a[4]);
    sock_t s = handle_of(env, a[0]);
    int code = integer(env, a[1]) ? sock_join_group(s, to, from, device, 0) : sock_leave_group(s, to, from, device, 0);
    free(device);
    return number(env, code);
}

/* (box): a code; out.number has pid, uid and gid */
static napi_value peer_cred(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    int64_t pid = 0, uid = 0, gid = 0;
    int code = sock_peer_cred(handle_of(env, a[0]), &pid, &uid, &gid);
    double *out = room_of(env)->out->number;
    out[0] = (double)pid;
    out[1] = (double)uid;
    out[2] = (double)gid;
    return number(env, code);
}

static napi_value peer_pidfd(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, sock_peer_pidfd(handle_of(env, a[0])));
}

static napi_value set_user_timeout(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_set_user_timeout(handle_of(env, a[0]), integer(env, a[1])));
}

static napi_value get_user_timeout(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, (double)sock_get_user_timeout(handle_of(env, a[0])));
}

/* (box): state and the 64-bit fields, in the order of struct sock_tcp_info */
static napi_value tcp_info(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_tcp_info tcp = {.size = sizeof tcp};
    int code = sock_get_tcp_info(handle_of(env, a[0]), &tcp);
    if (code < 0)
        return number(env, code);
    napi_value result;
    napi_create_array(env, &result);
    napi_set_element(env, result, 0, number(env, tcp.state));
    const int64_t *field = &tcp.ca_state;
    for (uint32_t i = 0; i < (sizeof tcp - offsetof(struct sock_tcp_info, ca_state)) / sizeof *field; i++)
        napi_set_element(env, result, i + 1, number(env, (double)field[i]));
    return result;
}

static napi_value mptcp_state(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, sock_mptcp_state(handle_of(env, a[0])));
}

static napi_value socket_mptcp(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_t s = sock_socket_mptcp((int)integer(env, a[0]));
    if (s > 0)
        sock_settimeout(s, 0);
    return box_new(env, s);
}

/* (box, interface, on) */
static napi_value set_promiscuous(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    char *name = text(env, a[1]);
    int code = sock_set_promiscuous(handle_of(env, a[0]), name, (int)integer(env, a[2]));
    free(name);
    return number(env, code);
}

/* (box, [id, mask, id, mask ...]) */
static napi_value set_can_filters(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    uint32_t n = array_length(env, a[1]) / 2;
    struct sock_can_filter *v = calloc(n ? n : 1, sizeof *v);
    if (!v)
        return number(env, -ENOMEM);
    for (uint32_t i = 0; i < n; i++) {
        v[i].id = (uint32_t)integer(env, element(env, a[1], 2 * i));
        v[i].mask = (uint32_t)integer(env, element(env, a[1], 2 * i + 1));
    }
    int code = sock_set_can_filters(handle_of(env, a[0]), v, n);
    free(v);
    return number(env, code);
}

static napi_value set_can_errors(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_set_can_errors(handle_of(env, a[0]), integer(env, a[1])));
}

static napi_value set_alg_key(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    size_t length;
    void *key = bytes(env, a[1], &length);
    return number(env, sock_set_alg_key(handle_of(env, a[0]), key, length));
}

static napi_value set_alg_tag_size(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_set_alg_tag_size(handle_of(env, a[0]), integer(env, a[1])));
}

const struct entry option_entries[] = {
    {"setInt", set_int},
    {"getInt", get_int},
    {"setBytes", set_bytes},
    {"getBytes", get_bytes},
    {"setKeepAlive", set_keepalive},
    {"getKeepAlive", get_keepalive},
    {"setLinger", set_linger},
    {"getLinger", get_linger},
    {"setBuffer", set_buffer},
    {"getBuffer", get_buffer},
    {"setDevice", set_device},
    {"getDevice", get_device},
    {"setCongestion", set_congestion},
    {"getCongestion", get_congestion},
    {"group", group},
    {"peerCred", peer_cred},
    {"peerPidfd", peer_pidfd},
    {"setUserTimeout", set_user_timeout},
    {"getUserTimeout", get_user_timeout},
    {"tcpInfo", tcp_info},
    {"mptcpState", mptcp_state},
    {"socketMptcp", socket_mptcp},
    {"setPromiscuous", set_promiscuous},
    {"setCanFilters", set_can_filters},
    {"setCanErrors", set_can_errors},
    {"setAlgKey", set_alg_key},
    {"setAlgTagSize", set_alg_tag_size},
    {NULL, NULL},
};
