/* Connected stream sockets for tests. */
#ifndef SOCK_CONNECTED_H
#define SOCK_CONNECTED_H

#include "check.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* A TCP connection over loopback: [0] from connect, [1] from accept. */
static inline void tcp_pair(sock_t out[2])
{
    struct sock_addr at;
    sock_t listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(listener, &at));
    CHECK_OK(sock_listen(listener, SOCK_BACKLOG_DEFAULT));
    CHECK_OK(sock_getsockname(listener, &at));
    out[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(out[0], &at));
    out[1] = CHECK_OK(sock_accept(listener, NULL));
    CHECK_OK(sock_close(listener));
}

/* An AF_UNIX pair, which buffers little and delivers at once. */
static inline void unix_pair(sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, out));
}

static inline void close_pair(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static inline void send_text(sock_t s, const char *text)
{
    CHECK_OK(sock_sendall(s, text, strlen(text), 0, NULL));
}

#endif
