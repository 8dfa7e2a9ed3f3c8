/* Messages: data in pieces, with an address and control messages. */
#include "binding.h"

#include <errno.h>

#define PIECES 1024

/* The pieces of an array of buffers, or NULL with a code */
static struct sock_iovec *pieces(napi_env env, napi_value array, uint32_t *count)
{
    *count = array_length(env, array);
    struct sock_iovec *v = calloc(*count ? *count : 1, sizeof *v);
    for (uint32_t i = 0; v && i < *count; i++)
        v[i].base = bytes(env, element(env, array, i), &v[i].len);
    return v;
}

/* (box, buffers, control, flags, address) */
static napi_value send_message(napi_env env, napi_callback_info info)
{
    ARGUMENTS(5);
    struct sock_addr room;
    struct sock_msg msg = {0};
    uint32_t count;
    struct sock_iovec *v = pieces(env, a[1], &count);
    if (!v)
        return number(env, -ENOMEM);
    msg.addr = (struct sock_addr *)address(env, a[4], &room);
    msg.iov = v;
    msg.iov_count = count;
    msg.control = bytes(env, a[2], &msg.control_len);
    int64_t sent = sock_sendmsg(handle_of(env, a[0]), &msg, (int)integer(env, a[3]));
    free(v);
    return number(env, (double)sent);
}

/* (box, buffers, control, flags): out has the sender, and [length, true length, flags, length of control] */
static napi_value recv_message(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    struct out *out = room_of(env)->out;
    struct sock_msg msg = {0};
    uint32_t count;
    struct sock_iovec *v = pieces(env, a[1], &count);
    if (!v)
        return number(env, -ENOMEM);
    msg.addr = &out->address;
    msg.iov = v;
    msg.iov_count = count;
    msg.control = bytes(env, a[2], &msg.control_cap);
    int64_t got = sock_recvmsg(handle_of(env, a[0]), &msg, (int)integer(env, a[3]));
    free(v);
    if (got >= 0) {
        out->number[0] = (double)msg.len;
        out->number[1] = (double)msg.true_len;
        out->number[2] = msg.flags;
        out->number[3] = (double)msg.control_len;
    }
    return number(env, (double)got);
}

/* (kinds, descriptors) */
static napi_value control_space(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, (double)sock_control_space(integer(env, a[0]), integer(env, a[1])));
}

/* (control, length used, kind, arguments ...): the new length, or a code */
static napi_value control_put(napi_env env, napi_callback_info info)
{
    ARGUMENTS(6);
    size_t cap, length = (size_t)integer(env, a[1]);
    void *control = bytes(env, a[0], &cap);
    int code = -EINVAL;
    switch (integer(env, a[2])) {
    case 0: { /* descriptors */
        int fds[253];
        uint32_t n = array_length(env, a[3]);
        if (n > 253)
            break;
        for (uint32_t i = 0; i < n; i++)
            fds[i] = (int)integer(env, element(env, a[3], i));
        code = sock_control_put_fds(control, cap, &length, fds, n);
        break;
    }
    case SOCK_CONTROL_CREDENTIALS:
        code = sock_control_put_credentials(control, cap, &length, integer(env, a[3]), integer(env, a[4]),
                                            integer(env, a[5]));
        break;
    case SOCK_CONTROL_PKTINFO: {
        struct sock_addr room;
        code = sock_control_put_pktinfo(control, cap, &length, address(env, a[3], &room), integer(env, a[4]));
        break;
    }
    case SOCK_CONTROL_TTL:
        code = sock_control_put_ttl(control, cap, &length, (int)integer(env, a[3]), integer(env, a[4]));
        break;
    case SOCK_CONTROL_TOS:
        code = sock_control_put_tos(control, cap, &length, (int)integer(env, a[3]), integer(env, a[4]));
        break;
    case SOCK_CONTROL_GRO:
        code = sock_control_put_gso_size(control, cap, &length, integer(env, a[3]));
        break;
    case -1: { /* any other: level, type, data */
        size_t n;
        void *data = bytes(env, a[5], &n);
        code = sock_control_put(control, cap, &length, (int)integer(env, a[3]), (int)integer(env, a[4]), data, n);
        break;
    }
    }
    return number(env, code < 0 ? code : (double)length);
}

/* Sets a property if a sock_control_get function has found something. */
static void found(napi_env env, napi_value object, const char *name, int get(const void *, size_t, int64_t *),
                  const void *control, size_t length)
{
    int64_t value;
    if (get(control, length, &value) == 1)
        set(env, object, name, number(env, (double)value));
}

/* (control, length): an object of what is in it; the descriptors are then the caller's */
static napi_value control_get(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    size_t cap, length = (size_t)integer(env, a[1]);
    void *control = bytes(env, a[0], &cap);
    if (length > cap)
        length = cap;
    napi_value result, list, part;
    napi_create_object(env, &result);

    int fds[253], pidfd;
    int64_t n = sock_control_take_fds(control, length, fds, 253);
    napi_create_array(env, &list);
    for (int64_t i = 0; i < n; i++)
        napi_set_element(env, list, (uint32_t)i, number(env, fds[i]));
    set(env, result, "fds", list);
    if (sock_control_take_pidfd(control, length, &pidfd) == 1)
        set(env, result, "pidfd", number(env, pidfd));
    sock_control_close_fds(control, length);

    int64_t one, two, three;
    if (sock_control_get_credentials(control, length, &one, &two, &three) == 1) {
        napi_create_object(env, &part);
        set(env, part, "pid", number(env, (double)one));
        set(env, part, "uid", number(env, (double)two));
        set(env, part, "gid", number(env, (double)three));
        set(env, result, "credentials", part);
    }
    if (sock_control_get_timestamp(control, length, &one, &two) == 1) {
        napi_value stamp;
        napi_create_object(env, &part);
        napi_create_bigint_int64(env, one, &stamp);
        set(env, part, "software", stamp);
        napi_create_bigint_int64(env, two, &stamp);
        set(env, part, "hardware", stamp);
        set(env, result, "timestamp", part);
    }
    struct sock_addr to, local;
    if (sock_control_get_pktinfo(control, length, &to, &local, &one) == 1) {
        napi_create_object(env, &part);
        set(env, part, "to", address_bytes(env, &to));
        set(env, part, "local", address_bytes(env, &local));
        set(env, part, "interface", number(env, (double)one));
        set(env, result, "packetInfo", part);
    }
    found(env, result, "ttl", sock_control_get_ttl, control, length);
    found(env, result, "tos", sock_control_get_tos, control, length);
    found(env, result, "drops", sock_control_get_drops, control, length);
    found(env, result, "segment", sock_control_get_gro_size, control, length);
    struct sock_control_error error;
    if (sock_control_get_error(control, length, &error) == 1) {
        napi_create_object(env, &part);
        set(env, part, "errno", number(env, error.error));
        set(env, part, "origin", number(env, error.origin));
        set(env, part, "type", number(env, error.type));
        set(env, part, "code", number(env, error.code));
        set(env, part, "info", number(env, (double)error.info));
        set(env, part, "data", number(env, (double)error.data));
        set(env, part, "offender", address_bytes(env, &error.offender));
        set(env, result, "error", part);
    }

    /* All of them as they are, for those of other types */
    size_t pos = 0;
    struct sock_control_item item;
    napi_create_array(env, &list);
    for (uint32_t i = 0; sock_control_next(control, length, &pos, &item) == 1; i++) {
        napi_value data;
        napi_create_object(env, &part);
        set(env, part, "level", number(env, item.level));
        set(env, part, "type", number(env, item.type));
        napi_create_buffer_copy(env, item.len, item.data, NULL, &data);
        set(env, part, "data", data);
        napi_set_element(env, list, i, part);
    }
    set(env, result, "items", list);
    return result;
}

/* (box, buffers, op, iv, associated length, flags) */
static napi_value send_alg(napi_env env, napi_callback_info info)
{
    ARGUMENTS(6);
    uint32_t count;
    size_t iv_length;
    void *iv = bytes(env, a[3], &iv_length);
    struct sock_iovec *v = pieces(env, a[1], &count);
    if (!v)
        return number(env, -ENOMEM);
    int64_t sent = sock_sendmsg_alg(handle_of(env, a[0]), v, count, integer(env, a[2]), iv, iv_length,
                                    integer(env, a[4]), (int)integer(env, a[5]));
    free(v);
    return number(env, (double)sent);
}

const struct entry message_entries[] = {
    {"sendMessage", send_message}, {"recvMessage", recv_message}, {"controlSpace", control_space},
    {"controlPut", control_put},   {"controlGet", control_get},   {"sendAlg", send_alg},
    {NULL, NULL},
};
