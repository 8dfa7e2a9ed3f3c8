/* Transfers: bytes to and from a socket. Buffers go with an offset, so that a call can go on where the last ended. */
#include "binding.h"

static char *slice(napi_env env, napi_value buffer, napi_value offset, size_t *length)
{
    char *data = bytes(env, buffer, length);
    size_t skip = (size_t)integer(env, offset);
    if (skip > *length)
        skip = *length;
    *length -= skip;
    return data ? data + skip : NULL;
}

/* (box, buffer, offset, flags) */
static napi_value do_send(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length;
    char *data = slice(env, a[1], a[2], &length);
    return number(env, (double)sock_send(handle_of(env, a[0]), data, length, (int)integer(env, a[3])));
}

static napi_value do_recv(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length;
    char *data = slice(env, a[1], a[2], &length);
    return number(env, (double)sock_recv(handle_of(env, a[0]), data, length, (int)integer(env, a[3])));
}

/* (box, buffer, offset, flags): a code; out.number[0] is the count */
static napi_value recv_exact(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length, count = 0;
    char *data = slice(env, a[1], a[2], &length);
    int code = sock_recv_exact(handle_of(env, a[0]), data, length, (int)integer(env, a[3]), &count);
    room_of(env)->out->number[0] = (double)count;
    return number(env, code);
}

static napi_value send_all(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    size_t length, count = 0;
    char *data = slice(env, a[1], a[2], &length);
    int code = sock_sendall(handle_of(env, a[0]), data, length, (int)integer(env, a[3]), &count);
    room_of(env)->out->number[0] = (double)count;
    return number(env, code);
}

/* (box, buffer, flags, address) */
static napi_value send_to(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    struct sock_addr room;
    size_t length;
    void *data = bytes(env, a[1], &length);
    const struct sock_addr *to = address(env, a[3], &room);
    return number(env, (double)sock_sendto(handle_of(env, a[0]), data, length, (int)integer(env, a[2]), to));
}

/* (box, buffer, flags): the sender goes to out.address */
static napi_value recv_from(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    size_t length;
    void *data = bytes(env, a[1], &length);
    struct sock_addr *from = &room_of(env)->out->address;
    return number(env, (double)sock_recvfrom(handle_of(env, a[0]), data, length, (int)integer(env, a[2]), from));
}

/* (box, addressed) */
static napi_value send_pollable(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    return number(env, sock_send_pollable(handle_of(env, a[0]), (int)integer(env, a[1])));
}

/* (fd, offset, box, count): a code; out.number[0] is the count */
static napi_value splice_from_fd(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    int64_t sent = 0;
    int64_t code = sock_splice_from_fd((int)integer(env, a[0]), integer(env, a[1]), handle_of(env, a[2]),
                                       integer(env, a[3]), &sent);
    room_of(env)->out->number[0] = (double)sent;
    return number(env, (double)code);
}

const struct entry transfer_entries[] = {
    {"send", do_send},
    {"recv", do_recv},
    {"recvExact", recv_exact},
    {"sendAll", send_all},
    {"sendTo", send_to},
    {"recvFrom", recv_from},
    {"sendPollable", send_pollable},
    {"spliceFromFd", splice_from_fd},
    {NULL, NULL},
};
