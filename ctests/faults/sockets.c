/* Sockets: making, naming, adopting, and the life of a connection. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "scenario.h"

static bool blocks(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

static long send_limit_us(int fd)
{
    struct timeval limit = {0, 0};
    socklen_t len = sizeof limit;
    getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, &len);
    return limit.tv_sec * 1000000 + limit.tv_usec;
}

static void tcp_life(void)
{
    sock_t listener, client, server;
    struct sock_addr at;
    char byte = 'x';
    DO(sock_addr_ip("127.0.0.1", 0, &at));
    OPEN(listener, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_bind(listener, &at));
    DO(sock_listen(listener, 8));
    DO(sock_getsockname(listener, &at));
    OPEN(client, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_connect(client, &at));
    OPEN(server, sock_accept(listener, &at));
    DO(sock_getpeername(client, &at));
    DO(sock_send(client, &byte, 1, 0));
    byte = 0;
    DO(sock_recv(server, &byte, 1, 0));
    HOLDS(byte == 'x');
    DO(sock_shutdown(client, SHUT_WR));
    EXPECT(sock_recv(server, &byte, 1, 0), 0);
}

static void unix_life(void)
{
    sock_t listener, client, server;
    struct sock_addr at;
    DO(sock_addr_unix(NULL, 0, &at));
    OPEN(listener, sock_socket(AF_UNIX, SOCK_SEQPACKET, 0));
    DO(sock_bind(listener, &at));
    DO(sock_listen(listener, 8));
    DO(sock_getsockname(listener, &at));
    OPEN(client, sock_socket(AF_UNIX, SOCK_SEQPACKET, 0));
    DO(sock_connect(client, &at));
    OPEN(server, sock_accept(listener, NULL));
}

static void pairs_and_copies(void)
{
    sock_t pair[2], copy;
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    OPEN(copy, sock_dup(pair[0]));
    DO(sock_fileno(pair[0]));
    DO(sock_get_inheritable(pair[0]));
    DO(sock_set_inheritable(pair[0], 1));
    DO(sock_set_inheritable(pair[0], 0));
    DO(sock_setblocking(copy, 0));
    DO(sock_setblocking(copy, 1));
    DO(sock_send_pollable(copy, 0));
    DO(sock_wait(copy, SOCK_WRITE, 1000000000));
    DO(sock_send(copy, "x", 1, 0));
}

static void adopting(void)
{
    sock_t s;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), back;
    region_begin();
    s = sock_from_fd(fd, -1, -1, -1);
    region_end();
    if (s < 0)
        keep_fd(fd); /* a failed adoption leaves the descriptor to the caller */
    else
        keep(s);
    if (!call_ended(s, 0, false, "sock_from_fd"))
        return;
    HOLDS(sock_family(s) == AF_INET && sock_type(s) == SOCK_DGRAM);
    region_begin();
    back = sock_detach(s);
    region_end();
    if (back >= 0) {
        forget(s);
        keep_fd(back);
    }
    if (!call_ended(back, 0, false, "sock_detach"))
        return;
    HOLDS(back == fd && blocks(back));
}

static void seen_by_the_program(void)
{
    sock_t listener, client, server;
    struct sock_addr at;
    DO(sock_addr_ip("127.0.0.1", 0, &at));
    OPEN(listener, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_bind(listener, &at));
    DO(sock_listen(listener, 8));
    DO(sock_getsockname(listener, &at));
    DO(sock_fileno(listener));
    OPEN(client, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_fileno(client));
    DO(sock_connect(client, &at));
    OPEN(server, sock_accept(listener, NULL));
    HOLDS(blocks(sock_peek_fileno(listener)) && blocks(sock_peek_fileno(client)));
    HOLDS(send_limit_us(sock_peek_fileno(client)) == 0); /* connect uses it for a moment */
}

/* More handles than a table begins with. */
static void many_handles(void)
{
    sock_t s;
    for (int i = 0; i < 300; i++)
        OPEN(s, i % 2 ? sock_cancel_new() : sock_socket(AF_UNIX, SOCK_DGRAM, 0));
}

static void multipath(void)
{
    sock_t s;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_MPTCP);
    if (fd >= 0)
        close(fd);
    OPEN(s, sock_socket_mptcp(AF_INET));
    DO(sock_mptcp_state(s));
}

const struct scenario socket_scenarios[] = {
    {"tcp_life", tcp_life},
    {"unix_life", unix_life},
    {"pairs_and_copies", pairs_and_copies},
    {"adopting", adopting},
    {"seen_by_the_program", seen_by_the_program},
    {"many_handles", many_handles},
    {"multipath", multipath},
    {NULL, NULL},
};
