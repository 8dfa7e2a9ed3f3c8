/* System calls for the life of a connection: socket, connect, accept, close, close. TCP takes one more,
 * because connecting takes a moment. On sockets whose descriptors were exposed, connect is bounded by SO_SNDTIMEO (3
 * calls more) and accept goes through io_uring (1 more, but no ppoll is needed: this connect waits in the kernel).
 * Where io_uring is refused, an accept costs up to 5 calls more, and these two limits do not hold. */
#include "count.h"
#include "sock.h"

#include <sys/socket.h>
#include <unistd.h>

static sock_t listener;
static struct sock_addr at;

static void listen_on(int family)
{
    char host[32];
    /* Each process uses its own address, so that closed connections of the previous one do not interfere. */
    snprintf(host, sizeof host, "127.0.%d.%d", 1 + getpid() / 250 % 250, 1 + getpid() % 250);
    COUNT_NEED((listener = sock_socket(family, SOCK_STREAM, 0)) > 0);
    COUNT_NEED((family == AF_UNIX ? sock_addr_unix(NULL, 0, &at) : sock_addr_ip(host, 0, &at)) == 0);
    COUNT_NEED(sock_bind(listener, &at) == 0 && sock_listen(listener, 1) == 0);
    COUNT_NEED(sock_getsockname(listener, &at) == 0);
}

static void cycle(int family, int seen, long n)
{
    listen_on(family);
    if (seen)
        COUNT_NEED(sock_fileno(listener) >= 0);
    for (long i = 0; i < n; i++) {
        sock_t client = sock_socket(family, SOCK_STREAM, 0);
        if (seen)
            COUNT_NEED(sock_fileno(client) >= 0);
        COUNT_NEED(sock_connect(client, &at) == 0);
        sock_t server = sock_accept(listener, NULL);
        COUNT_NEED(server > 0 && sock_close(client) == 0 && sock_close(server) == 0);
    }
}

static void tcp(long n)
{
    cycle(AF_INET, 0, n);
}

static void local(long n)
{
    cycle(AF_UNIX, 0, n);
}

static void tcp_seen(long n)
{
    cycle(AF_INET, 1, n);
}

static void local_seen(long n)
{
    cycle(AF_UNIX, 1, n);
}

static void open_and_close(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_close(sock_socket(AF_INET, SOCK_DGRAM, 0)) == 0);
}

static void pair(long n)
{
    sock_t ends[2];
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && sock_close(ends[0]) == 0 &&
                   sock_close(ends[1]) == 0);
}

COUNT_MAIN(COUNT_CASES({"tcp", tcp}, {"unix", local}, {"tcp_seen", tcp_seen}, {"unix_seen", local_seen},
                       {"open_close", open_and_close}, {"socketpair", pair}),
           COUNT_LIMITS({"tcp", "syscalls", "==", 6, NULL}, {"unix", "syscalls", "==", 5, NULL},
                        {"tcp_seen", "syscalls", "<=", 10, NULL}, {"unix_seen", "syscalls", "<=", 10, NULL},
                        {"open_close", "syscalls", "==", 2, NULL}, {"socketpair", "syscalls", "==", 3, NULL}))
