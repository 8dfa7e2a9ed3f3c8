/* Shared by the tests of messages: connected pairs, and a message with one buffer. */
#ifndef SOCK_MESSAGE_TEST_H
#define SOCK_MESSAGE_TEST_H

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void pair(int type, sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, type, 0, out));
}

static inline void close_pair(const sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* A connected pair over TCP. */
static inline void tcp_pair(sock_t out[2])
{
    struct sock_addr addr;
    sock_t listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    CHECK_OK(sock_bind(listener, &addr));
    CHECK_OK(sock_listen(listener, 1));
    CHECK_OK(sock_getsockname(listener, &addr));
    out[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(out[0], &addr));
    out[1] = CHECK_OK(sock_accept(listener, NULL));
    CHECK_OK(sock_close(listener));
}

static inline sock_t udp(struct sock_addr *addr)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, addr));
    CHECK_OK(sock_bind(s, addr));
    CHECK_OK(sock_getsockname(s, addr));
    return s;
}

/* A message with one buffer. */
struct simple {
    struct sock_msg msg;
    struct sock_iovec iov;
    _Alignas(size_t) unsigned char control[2048];
};

static inline struct sock_msg *simple(struct simple *m, const void *base, size_t len, size_t control_cap)
{
    memset(&m->msg, 0, sizeof m->msg);
    m->iov = (struct sock_iovec){(void *)(uintptr_t)base, len};
    m->msg.iov = &m->iov;
    m->msg.iov_count = 1;
    m->msg.control = m->control;
    m->msg.control_cap = control_cap;
    return &m->msg;
}

static inline void make_fds(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fds[i] = (int)CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static inline void close_fds(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_SYS(close(fds[i]));
}

#endif
