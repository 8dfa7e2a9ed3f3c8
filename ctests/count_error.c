/* Cost of an error path: no allocation and no system call. */
#include "count.h"
#include "sock.h"

#include <errno.h>

static void predicate(long n)
{
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_is_closed(SOCK_ECLOSED));
}

static void refusal(long n)
{
    char byte;
    for (long i = 0; i < n; i++)
        COUNT_NEED(sock_strerror_copy(-EPIPE, &byte, 1) > 0);
}

COUNT_MAIN(COUNT_CASES({"predicate", predicate}, {"refusal", refusal}),
           COUNT_LIMITS({"predicate", "syscalls", "==", 0, NULL}, {"predicate", "locked", "==", 0, NULL},
                        {"refusal", "syscalls", "==", 0, NULL}, {"refusal", "locked", "==", 0, NULL}))
