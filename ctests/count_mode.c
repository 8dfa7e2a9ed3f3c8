/* Setting and reading timeouts and deadlines takes no system call on a socket whose descriptor was never
 * exposed. On an exposed one, O_NONBLOCK follows the mode: one call if the flag changes, none otherwise. */
#include "count.h"
#include "sock.h"

#include <sys/socket.h>

static const int64_t SECOND = 1000000000;

static sock_t new_socket(void)
{
    sock_t s = sock_socket(AF_INET, SOCK_STREAM, 0);
    COUNT_NEED(s > 0);
    return s;
}

static void settimeout(long n)
{
    sock_t s = new_socket();
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_settimeout(s, i % 2 ? SOCK_FOREVER : i % SECOND) == 0 && sock_gettimeout(s) >= 0);
}

static void settimeout_seen(long n)
{
    sock_t s = new_socket();
    COUNT_NEED(sock_fileno(s) >= 0);
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_settimeout(s, i % 2 ? SECOND : SOCK_FOREVER) == 0);
}

static void settimeout_seen_same(long n)
{
    sock_t s = new_socket();
    COUNT_NEED(sock_fileno(s) >= 0);
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_settimeout(s, SECOND + i) == 0);
}

static void setdeadline(long n)
{
    sock_t s = new_socket();
    int64_t far = sock_now() + 1000 * SECOND;
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_setdeadline(s, SOCK_READ | SOCK_WRITE, i % 2 ? SOCK_FOREVER : far + i) == 0);
}

/* A past deadline ends a call before it tries; reading the clock takes a system call on few machines. */
static void past(long n)
{
    sock_t s = new_socket();
    char byte;
    COUNT_NEED(sock_setdeadline(s, SOCK_READ, 0) == 0);
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_recv(s, &byte, 1, 0) == SOCK_ETIMEDOUT);
}

static void clock_alone(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_now() > 0);
}

COUNT_MAIN(COUNT_CASES({"settimeout", settimeout}, {"settimeout_seen", settimeout_seen},
                       {"settimeout_seen_same", settimeout_seen_same}, {"setdeadline", setdeadline}, {"past", past}, {"now", clock_alone}),
           COUNT_LIMITS({"settimeout", "syscalls", "==", 0, NULL}, {"settimeout_seen", "syscalls", "==", 1, NULL},
                        {"settimeout_seen_same", "syscalls", "==", 0, NULL}, {"setdeadline", "syscalls", "==", 0, NULL},
                        {"past", "syscalls", "==", 0, "now"}))
