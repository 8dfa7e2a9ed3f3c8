/* Exact cost of sending and receiving. When data is ready: one system call, no locked instruction and at most 44
 * (send) and 46 (receive) instructions more than the bare system call, also with a timeout, in a threaded process, and
 * on a handle used by several threads. A receive that waits takes at most 2.15 system calls on average, sock_wait one. */
#include "bare.h"
#include "count.h"
#include "sock.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LEN = 64 };
static const int64_t TEN_SECONDS = 10000000000;

static char data[LEN], room[LEN];
static sock_t ends[2];
static int fds[2]; /* descriptors of the same sockets: uncounted calls bypass libsock */

static void open_pair(void)
{
    COUNT_NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    for (int i = 0; i < 2; i++)
        COUNT_NEED((fds[i] = sock_fileno(ends[i])) >= 0);
}

static void with_timeout(void)
{
    for (int i = 0; i < 2; i++)
        COUNT_NEED(sock_settimeout(ends[i], TEN_SECONDS) == 0);
}

/* A second thread stays alive, asleep; with `use` it has used both handles once. */
static pthread_barrier_t ready;

static void *second(void *use)
{
    if (use)
        for (int i = 0; i < 2; i++)
            COUNT_NEED(sock_send(ends[i], data, LEN, 0) == LEN && sock_recv(ends[1 - i], room, LEN, 0) == LEN);
    pthread_barrier_wait(&ready);
    for (;;)
        pause();
}

static void start_second(void *use)
{
    pthread_t thread;
    COUNT_NEED(pthread_barrier_init(&ready, NULL, 2) == 0);
    COUNT_NEED(pthread_create(&thread, NULL, second, use) == 0);
    pthread_barrier_wait(&ready);
}

static void threaded(void)
{
    start_second(NULL);
}

static void shared(void)
{
    start_second(&ready);
}

static void plain(void)
{
}

/* A round is a send and a receive; at most one of the two goes through libsock. */
#define ROUND(name, prepare, send, recv)                  \
    static void name(long n)                              \
    {                                                     \
        open_pair();                                      \
        prepare();                                        \
        for (long i = 0; i < n; i++)                      \
            COUNT_NEED((send) == LEN && (recv) == LEN);   \
    }

#define BARE_SEND bare_send(fds[0], data, LEN, 0)
#define BARE_RECV bare_recv(fds[1], room, LEN, 0)
#define SEND sock_send(ends[0], data, LEN, 0)
#define RECV sock_recv(ends[1], room, LEN, 0)

ROUND(bare, plain, BARE_SEND, BARE_RECV)
ROUND(libc_send, plain, send(fds[0], data, LEN, 0), BARE_RECV)
ROUND(libc_recv, plain, BARE_SEND, recv(fds[1], room, LEN, 0))
ROUND(libc_send_threaded, threaded, send(fds[0], data, LEN, 0), BARE_RECV)
ROUND(libc_recv_threaded, threaded, BARE_SEND, recv(fds[1], room, LEN, 0))
ROUND(send_ready, plain, SEND, BARE_RECV)
ROUND(recv_ready, plain, BARE_SEND, RECV)
ROUND(send_timeout, with_timeout, SEND, BARE_RECV)
ROUND(recv_timeout, with_timeout, BARE_SEND, RECV)
ROUND(send_threaded, threaded, SEND, BARE_RECV)
ROUND(recv_threaded, threaded, BARE_SEND, RECV)
ROUND(send_shared, shared, SEND, BARE_RECV)
ROUND(recv_shared, shared, BARE_SEND, RECV)
ROUND(sendto_ready, plain, sock_sendto(ends[0], data, LEN, 0, NULL), BARE_RECV)
ROUND(sendall_ready, plain, sock_sendall(ends[0], data, LEN, 0, NULL) == 0 ? LEN : 0, BARE_RECV)

static struct sock_addr from;
ROUND(recvfrom_ready, plain, BARE_SEND, sock_recvfrom(ends[1], room, LEN, 0, &from))

/* Datagrams with addresses. */
static struct sock_addr at;

static void open_udp(void)
{
    COUNT_NEED(sock_addr_ip("127.0.0.1", 0, &at) == 0);
    for (int i = 0; i < 2; i++)
        COUNT_NEED((ends[i] = sock_socket(AF_INET, SOCK_DGRAM, 0)) > 0 && sock_bind(ends[i], &at) == 0 &&
                   (fds[i] = sock_fileno(ends[i])) >= 0);
    COUNT_NEED(sock_getsockname(ends[1], &at) == 0);
}

static long bare_sendto(void)
{
    return bare_call6(SYS_sendto, fds[0], (long)data, LEN, 0, (long)at.native, at.len);
}

static long bare_recvfrom(void)
{
    unsigned len = sizeof from.native;
    return bare_call6(SYS_recvfrom, fds[1], (long)room, LEN, 0, (long)from.native, (long)&len);
}

#define UDP_ROUND(name, send, recv)                       \
    static void name(long n)                              \
    {                                                     \
        open_udp();                                       \
        for (long i = 0; i < n; i++)                      \
            COUNT_NEED((send) == LEN && (recv) == LEN);   \
    }

UDP_ROUND(bare_udp, bare_sendto(), bare_recvfrom())
UDP_ROUND(sendto_udp, sock_sendto(ends[0], data, LEN, 0, &at), bare_recvfrom())
UDP_ROUND(recvfrom_udp, bare_sendto(), sock_recvfrom(ends[1], room, LEN, 0, &from))

/* A slow peer: every receive has to wait. */
static void *slow_peer(void *arg)
{
    struct timespec span = {0, 100000};
    (void)arg;
    for (;;) {
        COUNT_NEED(bare_recv(fds[1], room, LEN, 0) == LEN);
        nanosleep(&span, NULL);
        COUNT_NEED(bare_send(fds[1], room, LEN, 0) == LEN);
    }
}

static void start_peer(void)
{
    pthread_t thread;
    COUNT_NEED(pthread_create(&thread, NULL, slow_peer, NULL) == 0);
}

static void start_peer_with_timeout(void)
{
    COUNT_NEED(sock_settimeout(ends[0], TEN_SECONDS) == 0);
    start_peer();
}

/* Round trips: the base includes the peer's three calls and our send, and receives in one call. */
ROUND(bare_trip, start_peer, BARE_SEND, bare_recv(fds[0], data, LEN, 0))
ROUND(trip, start_peer, BARE_SEND, sock_recv(ends[0], data, LEN, 0))
ROUND(trip_timeout, start_peer_with_timeout, BARE_SEND, sock_recv(ends[0], data, LEN, 0))

/* Waits that block, without a transfer: one system call, as poll(2) itself. */
static int bare_wait(void)
{
    struct pollfd at = {fds[0], POLLIN, 0};
    return (int)bare_call6(SYS_ppoll, (long)&at, 1, 0, 0, 8, 0);
}

#define TAKEN(ready) ((ready) == 1 ? bare_recv(fds[0], data, LEN, 0) : -1)

ROUND(bare_wait_trip, start_peer, BARE_SEND, TAKEN(bare_wait()))
ROUND(wait_trip, start_peer, BARE_SEND, TAKEN(sock_wait(ends[0], SOCK_READ, SOCK_FOREVER)))
ROUND(wait_trip_timeout, start_peer, BARE_SEND, TAKEN(sock_wait(ends[0], SOCK_READ, TEN_SECONDS)))

#define READY(name, most) \
    {name, "syscalls", "==", 0, "bare"}, {name, "instructions", "<=", most, "bare"}, {name, "locked", "==", 0, NULL}

COUNT_MAIN(
    COUNT_CASES({"bare", bare}, {"libc_send", libc_send}, {"libc_recv", libc_recv},
                {"libc_send_threaded", libc_send_threaded}, {"libc_recv_threaded", libc_recv_threaded},
                {"send", send_ready}, {"recv", recv_ready}, {"send_timeout", send_timeout},
                {"recv_timeout", recv_timeout}, {"send_threaded", send_threaded}, {"recv_threaded", recv_threaded},
                {"send_shared", send_shared}, {"recv_shared", recv_shared}, {"sendto", sendto_ready},
                {"recvfrom", recvfrom_ready}, {"sendall", sendall_ready}, {"bare_udp", bare_udp},
                {"sendto_udp", sendto_udp}, {"recvfrom_udp", recvfrom_udp}, {"bare_trip", bare_trip}, {"trip", trip},
                {"trip_timeout", trip_timeout}, {"bare_wait", bare_wait_trip}, {"wait", wait_trip},
                {"wait_timeout", wait_trip_timeout}),
    COUNT_LIMITS({"bare", "syscalls", "==", 2, NULL}, READY("send", 44), READY("recv", 46), READY("send_timeout", 44),
                 READY("recv_timeout", 46), READY("send_threaded", 44), READY("recv_threaded", 46), READY("send_shared", 42),
                 READY("recv_shared", 44), {"sendto", "syscalls", "==", 0, "bare"}, {"sendto", "locked", "==", 0, NULL},
                 {"recvfrom", "syscalls", "==", 0, "bare"}, {"recvfrom", "locked", "==", 0, NULL},
                 {"sendto", "instructions", "<=", 47, "bare"}, {"recvfrom", "instructions", "<=", 118, "bare"},
                 {"sendto_udp", "syscalls", "==", 0, "bare_udp"}, {"sendto_udp", "instructions", "<=", 85, "bare_udp"},
                 {"recvfrom_udp", "syscalls", "==", 0, "bare_udp"},
                 {"recvfrom_udp", "instructions", "<=", 117, "bare_udp"},
                 {"sendall", "syscalls", "==", 0, "bare"}, {"sendall", "locked", "==", 0, NULL},
                 /* One call is in the base: two in eight receives, three in the ninth. A busy machine lets a wait last
                    longer than 100 ms now and then, which costs one more. */
                 {"trip", "syscalls", "<=", 1.15, "bare_trip"}, {"trip_timeout", "syscalls", "<=", 1.15, "bare_trip"},
                 {"wait", "syscalls", "<=", 0.05, "bare_wait"}, {"wait_timeout", "syscalls", "<=", 0.05, "bare_wait"}))
