/* The C library's socket calls. */
#include <linux/netlink.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "peer.h"

static int number(void *socket)
{
    return (int)(intptr_t)socket - 1;
}

static void start(void)
{
}

static void *adopt(int fd)
{
    return (void *)(intptr_t)(fd + 1);
}

static long raw_send(void *s, const void *buf, size_t len)
{
    return send(number(s), buf, len, 0);
}

static long raw_recv(void *s, void *buf, size_t len)
{
    return recv(number(s), buf, len, 0);
}

static void raw_close(void *s)
{
    close(number(s));
}

/* The loop of getaddrinfo(3)'s manual page; SO_SNDTIMEO limits connect(2). */
static int dial(const char *host, uint16_t port, int limit_ms)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *at;
    struct timeval limit = {limit_ms / 1000, limit_ms % 1000 * 1000};
    char service[8];
    int s = -1;
    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(host, service, &hints, &list) != 0)
        return -1;
    for (at = list; at; at = at->ai_next) {
        s = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(s, at->ai_addr, at->ai_addrlen) == 0)
            break;
        close(s);
        s = -1;
    }
    freeaddrinfo(list);
    return s < 0 ? -1 : 0;
}

static int netlink(void)
{
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return bind(s, (struct sockaddr *)&own, sizeof own);
}

const struct peer peer = {
    .name = "C library",
    .start = start,
    .adopt = adopt,
    .send = raw_send,
    .recv = raw_recv,
    .close = raw_close,
    .dial = dial,
    .netlink = netlink,
};
