/* A blocked call returns SOCK_ECLOSED when another thread closes the handle: every call, every kind of
 * socket. CPython leaves such a thread blocked, and its descriptor number is reused meanwhile (R139). */
#include "wake.h"

static int64_t end(struct scene *c, int round)
{
    (void)round;
    int64_t at = now_ns();
    CHECK_ERR(sock_close(c->s), 0);
    return at;
}

static const struct ending ending = {.code = SOCK_ECLOSED, .next = -EBADF, .closes = true, .end = end};

WAKE_MAIN
