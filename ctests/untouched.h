/* Checks that a failed call writes no output. */
#ifndef SOCK_UNTOUCHED_H
#define SOCK_UNTOUCHED_H

#include "check.h"

#include <string.h>

/* An address filled with a pattern, to detect any write. */
static inline struct sock_addr untouched(void)
{
    struct sock_addr addr;
    memset(&addr, 0x5a, sizeof addr);
    return addr;
}

#define CHECK_UNTOUCHED(addr)                                    \
    do {                                                         \
        struct sock_addr expected_ = untouched();                \
        CHECK_MEM(&(addr), &expected_, sizeof expected_);        \
    } while (0)

/* Checks that a call with the output `out` is refused and writes nothing. */
#define CHECK_NOTHING_OUT(call, code, field)                     \
    do {                                                         \
        out = untouched();                                       \
        CHECK_REFUSED(call, code, field);                        \
        CHECK_UNTOUCHED(out);                                    \
    } while (0)

#endif
