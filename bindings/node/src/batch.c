/* Batches: many datagrams in one call. */
#include "binding.h"

#include <errno.h>

/* (box, items, flags, results): items are [data, address, segment, control]; for each that went, `results` (a
 * Float64Array) receives the bytes and flags */
static napi_value send_many(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    uint32_t n = array_length(env, a[1]);
    struct sock_datagram *v = calloc(n ? n : 1, sizeof *v);
    double *results = NULL;
    napi_get_typedarray_info(env, a[3], NULL, NULL, (void **)&results, NULL, NULL);
    if (!v)
        return number(env, -ENOMEM);
    for (uint32_t i = 0; i < n; i++) {
        napi_value item = element(env, a[1], i);
        v[i].buf = bytes(env, element(env, item, 0), &v[i].len);
        address(env, element(env, item, 1), &v[i].addr);
        int64_t segment = integer(env, element(env, item, 2));
        v[i].segment = segment < 0 || segment > UINT32_MAX ? UINT32_MAX : (uint32_t)segment;
        v[i].control = bytes(env, element(env, item, 3), &v[i].control_len);
    }
    int64_t sent = sock_sendmany(handle_of(env, a[0]), v, n, (int)integer(env, a[2]));
    for (int64_t i = 0; results && i < sent; i++) {
        results[2 * i] = (double)v[i].count;
        results[2 * i + 1] = v[i].flags;
    }
    free(v);
    return number(env, (double)sent);
}

/* (box, buffers, flags, control room): an array of [length, flags, segment, address, control], or a code */
static napi_value recv_many(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    uint32_t n = array_length(env, a[1]);
    size_t room = (size_t)integer(env, a[3]);
    struct sock_datagram *v = calloc(n ? n : 1, sizeof *v);
    char *control = room ? calloc(n ? n : 1, room) : NULL;
    if (!v || (room && !control)) {
        free(control);
        free(v);
        return number(env, -ENOMEM);
    }
    for (uint32_t i = 0; i < n; i++) {
        v[i].buf = bytes(env, element(env, a[1], i), &v[i].len);
        v[i].control = room ? control + i * room : NULL;
        v[i].control_len = room;
    }
    int64_t got = sock_recvmany(handle_of(env, a[0]), v, n, (int)integer(env, a[2]));
    napi_value result;
    if (got < 0) {
        result = number(env, (double)got);
    } else {
        napi_create_array_with_length(env, (size_t)got, &result);
        for (int64_t i = 0; i < got; i++) {
            napi_value item, copy;
            napi_create_array_with_length(env, 5, &item);
            napi_set_element(env, item, 0, number(env, (double)v[i].count));
            napi_set_element(env, item, 1, number(env, v[i].flags));
            napi_set_element(env, item, 2, number(env, v[i].segment));
            napi_set_element(env, item, 3, address_bytes(env, &v[i].addr));
            if (room && napi_create_buffer_copy(env, v[i].control_len, v[i].control, NULL, &copy) == napi_ok)
                napi_set_element(env, item, 4, copy);
            else if (room)
                sock_control_close_fds(v[i].control, v[i].control_len);
            napi_set_element(env, result, (uint32_t)i, item);
        }
    }
    free(control);
    free(v);
    return result;
}

static napi_value set_gro(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_setgro(handle_of(env, a[0]), (int)integer(env, a[1])));
}

const struct entry batch_entries[] = {
    {"sendMany", send_many}, {"recvMany", recv_many}, {"setGro", set_gro}, {NULL, NULL},
};
