/* Sockets: making, binding, connecting, accepting, closing. */
#include "binding.h"

#include <errno.h>

/* The event loop waits, so a handle never does. */
static napi_value non_blocking(napi_env env, sock_t handle)
{
    if (handle > 0)
        sock_settimeout(handle, 0);
    return box_new(env, handle);
}

static napi_value open_socket(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    return non_blocking(env, sock_socket((int)integer(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2])));
}

static napi_value pair(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    sock_t out[2];
    int code = sock_socketpair((int)integer(env, a[0]), (int)integer(env, a[1]), (int)integer(env, a[2]), out);
    if (code < 0)
        return number(env, code);
    napi_value result;
    napi_create_array_with_length(env, 2, &result);
    for (uint32_t i = 0; i < 2; i++)
        napi_set_element(env, result, i, non_blocking(env, out[i]));
    return result;
}

static napi_value from_fd(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return non_blocking(env, sock_from_fd((int)integer(env, a[0]), -1, -1, -1));
}

/* (handle): takes over the handle that another thread has released */
static napi_value adopt(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_t handle = integer(env, a[0]);
    int code = sock_settimeout(handle, 0);
    return code < 0 ? number(env, code) : box_new(env, handle);
}

static napi_value release(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct box *box = box_of(env, a[0]);
    return number(env, box && box->handle > 0 ? (double)box_take(box) : -EBADF);
}

static napi_value detach(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct box *box = box_of(env, a[0]);
    return number(env, box && box->handle > 0 ? sock_detach(box_take(box)) : -EBADF);
}

static napi_value duplicate(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return non_blocking(env, sock_dup(handle_of(env, a[0])));
}

static napi_value close_box(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct box *box = box_of(env, a[0]);
    return number(env, box ? box_close(box) : -EBADF);
}

/* (box): the handle's number */
static napi_value handle(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, (double)handle_of(env, a[0]));
}

/* Numbers of a socket, by the same names as in sock.h */
#define NUMBER(name, call)                                                                                             \
    static napi_value name(napi_env env, napi_callback_info info)                                                      \
    {                                                                                                                  \
        ARGUMENTS(1);                                                                                                  \
        return number(env, call(handle_of(env, a[0])));                                                                \
    }
NUMBER(file_number, sock_fileno)
NUMBER(family, sock_family)
NUMBER(type, sock_type)
NUMBER(proto, sock_proto)
NUMBER(get_inheritable, sock_get_inheritable)

static napi_value set_inheritable(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_set_inheritable(handle_of(env, a[0]), (int)integer(env, a[1])));
}

static napi_value bind_address(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    struct sock_addr room;
    return number(env, sock_bind(handle_of(env, a[0]), address(env, a[1], &room)));
}

static napi_value start_listening(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_listen(handle_of(env, a[0]), (int)integer(env, a[1])));
}

static napi_value accept_one(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return non_blocking(env, sock_accept(handle_of(env, a[0]), &room_of(env)->out->address));
}

static napi_value connect_address(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    struct sock_addr room;
    return number(env, sock_connect(handle_of(env, a[0]), address(env, a[1], &room)));
}

static napi_value shut(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_shutdown(handle_of(env, a[0]), (int)integer(env, a[1])));
}

static napi_value name_of(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, sock_getsockname(handle_of(env, a[0]), &room_of(env)->out->address));
}

static napi_value peer_of(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, sock_getpeername(handle_of(env, a[0]), &room_of(env)->out->address));
}

/* (box, direction, time in ns) */
static napi_value set_deadline(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    return number(env, sock_setdeadline(handle_of(env, a[0]), (int)integer(env, a[1]), integer(env, a[2])));
}

static napi_value token_new(napi_env env, napi_callback_info info)
{
    (void)info;
    return box_new(env, sock_cancel_new());
}

static napi_value token_fire(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, sock_cancel_fire(handle_of(env, a[0])));
}

static napi_value set_cancel(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_setcancel(handle_of(env, a[0]), handle_of(env, a[1])));
}

/* (host, port, options): a listening socket; the host is numeric, NULL or a path, so nothing is looked up */
static napi_value create_server(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    struct sock_server_options options = {
        .size = sizeof options,
        .family = (int32_t)property(env, a[2], "family"),
        .backlog = (int32_t)property(env, a[2], "backlog"),
        .reuse_port = (int32_t)property(env, a[2], "reusePort"),
        .dualstack = (int32_t)property(env, a[2], "dualstack"),
        .remove_stale = (int32_t)property(env, a[2], "removeStale"),
        .file_mode = (int32_t)property(env, a[2], "fileMode"),
    };
    char *host = text(env, a[0]), *port = text(env, a[1]);
    sock_t s = sock_create_server(host, port, &options);
    free(host);
    free(port);
    return non_blocking(env, s);
}

const struct entry socket_entries[] = {
    {"socket", open_socket},
    {"socketpair", pair},
    {"fromFd", from_fd},
    {"adopt", adopt},
    {"release", release},
    {"detach", detach},
    {"dup", duplicate},
    {"close", close_box},
    {"handle", handle},
    {"fileno", file_number},
    {"family", family},
    {"type", type},
    {"proto", proto},
    {"getInheritable", get_inheritable},
    {"setInheritable", set_inheritable},
    {"bind", bind_address},
    {"listen", start_listening},
    {"accept", accept_one},
    {"connect", connect_address},
    {"shutdown", shut},
    {"getsockname", name_of},
    {"getpeername", peer_of},
    {"setDeadline", set_deadline},
    {"cancelNew", token_new},
    {"cancelFire", token_fire},
    {"setCancel", set_cancel},
    {"createServer", create_server},
    {NULL, NULL},
};
