/* Waits: round trips between two threads, and the CPU use of a sleeping receive. */
#include "bench.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { LEN = 64, BLOCK = 25, PAIRS = 1500 };

static char data[LEN];
static sock_t ours[2];
static int theirs[2];

/* The other end in both cases: the C library's calls. */
static void *echo(void *fd)
{
    char room[LEN];
    for (;;) {
        ssize_t n = recv(*(int *)fd, room, LEN, 0);
        if (n <= 0)
            return NULL;
        NEED(send(*(int *)fd, room, (size_t)n, 0) == n);
    }
}

static pthread_t echoes[2];

static int echoes_on(cpu_set_t *processors)
{
    for (int i = 0; i < 2; i++)
        if (pthread_setaffinity_np(echoes[i], sizeof *processors, processors) != 0)
            return 0;
    return 1;
}

static void trip_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_send(ours[0], data, LEN, 0) == LEN && sock_recv(ours[0], data, LEN, 0) == LEN);
}

static void trip_libc(int n)
{
    for (int i = 0; i < n; i++)
        NEED(send(theirs[0], data, LEN, 0) == LEN && recv(theirs[0], data, LEN, 0) == LEN);
}

static void trip_wait(int n)
{
    for (int i = 0; i < n; i++) {
        NEED(sock_send(ours[0], data, LEN, 0) == LEN && sock_wait(ours[0], SOCK_READ, SOCK_FOREVER) == 1);
        NEED(sock_recv(ours[0], data, LEN, 0) == LEN);
    }
}

/* The least that a receive can cost which others can end: a wait on two descriptors before it. */
static int wake;

static void trip_floor(int n)
{
    for (int i = 0; i < n; i++) {
        struct pollfd at[2] = {{theirs[0], POLLIN, 0}, {wake, POLLIN, 0}};
        NEED(bare_send(theirs[0], data, LEN, 0) == LEN);
        NEED(bare_call6(SYS_ppoll, (long)at, 2, 0, 0, 8, 0) == 1);
        NEED(bare_recv(theirs[0], data, LEN, MSG_DONTWAIT) == LEN);
    }
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* CPU time of this thread per round trip: less affected by other load than elapsed time. */
static double cpu_of(void (*run)(int), int n)
{
    double begin = cpu_ns();
    run(n);
    return (cpu_ns() - begin) / n;
}

int main(void)
{
    int fds[2];
    NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, ours) == 0);
    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, theirs) == 0);
    NEED((fds[0] = sock_fileno(ours[1])) >= 0);
    fds[1] = theirs[1];
    for (int i = 0; i < 2; i++)
        NEED(pthread_create(&echoes[i], NULL, echo, &fds[i]) == 0);
    NEED((wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) >= 0);
    struct way a = {trip_sock, NULL, NULL}, b = {trip_libc, NULL, NULL};
    struct way waiting = {trip_wait, NULL, NULL}, floor = {trip_floor, NULL, NULL};
    figure_ratio("noise: round trip AF_UNIX, C library against itself", duel(b, b, BLOCK, PAIRS), "-");
    figure_ratio("round trip AF_UNIX, receives wait", duel(a, b, BLOCK, PAIRS), "-");
    /* Both sides on one processor: where the kernel puts them would count for more than the wait does. */
    cpu_set_t before, here;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    NEED(sched_getaffinity(0, sizeof before, &before) == 0 && echoes_on(&here) && sched_setaffinity(0, sizeof here, &here) == 0);
    figure_ratio("noise: on one processor, C library against itself", duel(b, b, BLOCK, PAIRS), "-");
    figure_ratio("floor: on one processor, a bare ppoll(2) before the receive", duel(floor, b, BLOCK, PAIRS), "-");
    figure_ratio("round trip on one processor, blocking", duel(a, b, BLOCK, PAIRS), "<= 1.05");
    figure_ratio("sock_wait and sock_recv on one processor, blocking", duel(waiting, b, BLOCK, PAIRS), "-");
    NEED(sock_settimeout(ours[0], 10000000000) == 0);
    figure_ratio("round trip on one processor, 10 s timeout", duel(a, b, BLOCK, PAIRS), "<= 1.10");
    NEED(sock_settimeout(ours[0], SOCK_FOREVER) == 0);
    NEED(echoes_on(&before) && sched_setaffinity(0, sizeof before, &before) == 0);
    double cpu[2][40];
    for (int i = 0; i < 40; i++) {
        cpu[0][i] = cpu_of(trip_sock, 500);
        cpu[1][i] = cpu_of(trip_libc, 500);
    }
    figure("round trip AF_UNIX, CPU time of the waiting side", quantile(cpu[0], 40, 0.5), "ns",
           quantile(cpu[1], 40, 0.5), "-");

    /* One second without data. */
    NEED(sock_settimeout(ours[0], 1000000000) == 0);
    double begin = cpu_ns();
    NEED(sock_recv(ours[0], data, LEN, 0) == SOCK_ETIMEDOUT);
    figure("CPU used by a receive that waits for a second", (cpu_ns() - begin) / 1e9 * 100, "%", -1, "<= 1");
    return 0;
}
