/* Proves the counting tools on operations with known costs. */
#include "count.h"

#include <sys/syscall.h>
#include <unistd.h>

static volatile long sink;

static void one_call(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(syscall(SYS_getppid) > 0);
}

static void two_calls(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(syscall(SYS_getppid) > 0 && syscall(SYS_getuid) >= 0);
}

static void plain_loop(long n)
{
    for (long i = 0; i < n; i++)
        sink = i;
}

static void locked_loop(long n)
{
    for (long i = 0; i < n; i++) {
        sink = i;
        __atomic_fetch_add(&sink, 1, __ATOMIC_SEQ_CST);
        __atomic_exchange_n(&sink, 1, __ATOMIC_SEQ_CST);
    }
}

COUNT_MAIN(COUNT_CASES({"one_call", one_call}, {"two_calls", two_calls}, {"plain_loop", plain_loop},
                       {"locked_loop", locked_loop}),
           COUNT_LIMITS({"one_call", "syscalls", "==", 1, NULL}, {"two_calls", "syscalls", "==", 2, NULL},
                        {"two_calls", "syscalls", "==", 1, "one_call"}, {"plain_loop", "syscalls", "==", 0, NULL},
                        {"plain_loop", "instructions", "<=", 8, NULL}, {"plain_loop", "locked", "==", 0, NULL},
                        {"locked_loop", "locked", "==", 2, NULL}, {"locked_loop", "instructions", "<=", 5, "plain_loop"}))
