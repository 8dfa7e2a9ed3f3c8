/* APR. */
#include <apr_general.h>
#include <apr_network_io.h>
#include <apr_portable.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include "peer.h"

static apr_pool_t *pool;

static void start(void)
{
    apr_initialize();
    apr_pool_create(&pool, NULL);
}

static void *adopt(int fd)
{
    apr_socket_t *s = NULL;
    apr_os_sock_put(&s, &fd, pool);
    apr_socket_timeout_set(s, -1);
    return s;
}

static long own_send(void *s, const void *buf, size_t len)
{
    apr_size_t n = len;
    return apr_socket_send(s, buf, &n) == APR_SUCCESS ? (long)n : -1;
}

static long own_recv(void *s, void *buf, size_t len)
{
    apr_size_t n = len;
    return apr_socket_recv(s, buf, &n) == APR_SUCCESS ? (long)n : -1;
}

static void own_close(void *s)
{
    apr_socket_close(s);
}

static int dial(const char *host, uint16_t port, int limit_ms)
{
    apr_sockaddr_t *at;
    if (apr_sockaddr_info_get(&at, host, APR_UNSPEC, port, 0, pool) != APR_SUCCESS)
        return -1;
    for (; at; at = at->next) {
        apr_socket_t *s;
        if (apr_socket_create(&s, at->family, SOCK_STREAM, APR_PROTO_TCP, pool) != APR_SUCCESS)
            continue;
        apr_socket_timeout_set(s, limit_ms * APR_TIME_C(1000));
        if (apr_socket_connect(s, at) == APR_SUCCESS)
            return 0;
        apr_socket_close(s);
    }
    return -1;
}

/* A socket it creates; an address of another family than IP and AF_UNIX it has no call for. */
const struct peer peer = {
    .name = "APR",
    .start = start,
    .adopt = adopt,
    .send = own_send,
    .recv = own_recv,
    .close = own_close,
    .dial = dial,
};
