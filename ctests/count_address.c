/* Constructing, formatting and parsing addresses takes no system call. */
#include "count.h"
#include "sock.h"

static struct sock_addr at;

static void ip(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_addr_ip(i % 2 ? "192.0.2.1" : "2001:db8::1", i & 0xffff, &at) == 0);
}

static void refused(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_addr_ip("localhost", 80, &at) < 0);
}

static void resolve(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_resolve(i % 2 ? "192.0.2.1" : "2001:db8::1", "80", 0, 0, &at) == 0);
}

static void text(long n)
{
    char buf[400];
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_addr_parse(i % 2 ? "[::1]:80" : "unix:@name", &at) == 0 &&
                   sock_addr_format(&at, buf, sizeof buf) > 0);
}

COUNT_MAIN(COUNT_CASES({"ip", ip}, {"refused", refused}, {"resolve", resolve}, {"text", text}),
           COUNT_LIMITS({"ip", "syscalls", "==", 0, NULL}, {"ip", "locked", "==", 0, NULL},
                        {"resolve", "syscalls", "==", 0, NULL}, {"resolve", "locked", "==", 0, NULL},
                        {"refused", "syscalls", "==", 0, NULL}, {"text", "syscalls", "==", 0, NULL}))
