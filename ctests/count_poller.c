/* System calls of pollers. */
#include "count.h"

#include <sys/socket.h>

#include "sock.h"

static sock_poller_t p;
static sock_t pair[2];

static void begin(void)
{
    p = sock_poller_new();
    COUNT_NEED(p > 0);
    COUNT_NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
}

static void add_remove(long n)
{
    begin();
    for (long i = 0; i < n; i++) {
        COUNT_NEED(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1) == 0);
        COUNT_NEED(sock_poller_remove(p, pair[0]) == 0);
    }
}

static void modify(long n)
{
    begin();
    COUNT_NEED(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1) == 0);
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_poller_modify(p, pair[0], SOCK_POLL_IN, (uint64_t)i) == 0);
}

static void open_close(long n)
{
    begin();
    for (long i = 0; i < n; i++) {
        sock_t s = sock_socket(AF_UNIX, SOCK_STREAM, 0);
        COUNT_NEED(s > 0 && sock_close(s) == 0);
    }
}

static void open_add_close(long n)
{
    struct sock_event e;
    begin();
    for (long i = 0; i < n; i++) {
        sock_t s = sock_socket(AF_UNIX, SOCK_STREAM, 0);
        COUNT_NEED(s > 0);
        COUNT_NEED(sock_poller_add(p, s, SOCK_POLL_IN, 1) == 0);
        COUNT_NEED(sock_close(s) == 0);
    }
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_poller_wait(p, &e, 1, 0) == 1 && e.code == SOCK_ECLOSED);
}

static void wait_ready(long n)
{
    struct sock_event e[64];
    begin();
    COUNT_NEED(sock_poller_add(p, pair[0], SOCK_POLL_OUT, 1) == 0);
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_poller_wait(p, e, 64, SOCK_FOREVER) == 1);
}

static void wake(long n)
{
    begin();
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_poller_wake(p) == 0);
}

static void later_timer(long n)
{
    begin();
    COUNT_NEED(sock_poller_timer(p, 1000000000, 0, 0) > 0);
    for (long i = 0; i < n; i++) {
        sock_t t = sock_poller_timer(p, 2000000000, 0, 0);
        COUNT_NEED(t > 0 && sock_close(t) == 0);
    }
}

COUNT_MAIN(COUNT_CASES({"add_remove", add_remove}, {"modify", modify}, {"open_close", open_close},
                       {"open_add_close", open_add_close}, {"wait_ready", wait_ready}, {"wake", wake},
                       {"later_timer", later_timer}),
           COUNT_LIMITS({"add_remove", "syscalls", "==", 2, NULL}, {"modify", "syscalls", "==", 1, NULL},
                        {"wait_ready", "syscalls", "==", 1, NULL}, {"wake", "syscalls", "==", 1, NULL},
                        {"later_timer", "syscalls", "==", 0, NULL},
                        /* one to add, and one more to close; the last events take none, as there is room for no others */
                        {"open_add_close", "syscalls", "<=", 2.01, "open_close"}))
