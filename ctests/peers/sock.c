/* libsock. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <sock.h>

#include "peer.h"

static sock_t handle(void *socket)
{
    return (sock_t)(intptr_t)socket;
}

static void start(void)
{
}

static void *adopt(int fd)
{
    return (void *)(intptr_t)sock_from_fd(fd, -1, -1, -1);
}

static long own_send(void *s, const void *buf, size_t len)
{
    return sock_send(handle(s), buf, len, 0);
}

static long own_recv(void *s, void *buf, size_t len)
{
    return sock_recv(handle(s), buf, len, 0);
}

static void own_close(void *s)
{
    sock_close(handle(s));
}

static int dial(const char *host, uint16_t port, int limit_ms)
{
    struct sock_connect_options options = {.size = sizeof options, .timeout_ns = limit_ms * INT64_C(1000000)};
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    return sock_create_connection(host, service, &options) < 0 ? -1 : 0;
}

static sock_cancel_t token;
static int wait_ms;

static void *fire(void *unused)
{
    struct timespec t = {wait_ms / 1000, wait_ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
    sock_cancel_fire(token);
    return unused;
}

static int dial_cancel(const char *host, uint16_t port, int limit_ms)
{
    struct sock_connect_options options = {.size = sizeof options, .cancel = token = sock_cancel_new()};
    pthread_t thread;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    wait_ms = limit_ms;
    pthread_create(&thread, NULL, fire, NULL);
    return sock_create_connection(host, service, &options) < 0 ? -1 : 0;
}

static int dial_async(const char *host, uint16_t port, int limit_ms)
{
    struct sock_connect_options options = {.size = sizeof options, .timeout_ns = limit_ms * INT64_C(1000000)};
    char service[8];
    sock_t s = 0;
    snprintf(service, sizeof service, "%u", port);
    sock_op_t op = sock_create_connection_start(host, service, &options);
    struct pollfd ready = {.fd = sock_fileno(op), .events = POLLIN};
    while (op > 0 && s == 0)
        if (poll(&ready, 1, -1) > 0)
            s = sock_create_connection_step(op);
    return s > 0 ? 0 : -1;
}

static int netlink(void)
{
    struct sock_addr own;
    sock_t s = sock_socket(AF_NETLINK, SOCK_RAW, 0);
    return sock_addr_netlink(0, 0, &own) < 0 ? -1 : sock_bind(s, &own);
}

const struct peer peer = {
    .name = "libsock",
    .start = start,
    .adopt = adopt,
    .send = own_send,
    .recv = own_recv,
    .close = own_close,
    .dial = dial,
    .dial_cancel = dial_cancel,
    .dial_async = dial_async,
    .netlink = netlink,
};
