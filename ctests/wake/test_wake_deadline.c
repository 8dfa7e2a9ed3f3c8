/* A blocked call returns SOCK_ETIMEDOUT when another thread sets a deadline: every call, every kind of
 * socket. The code differs from the kernel's ETIMEDOUT (R43). */
#include "wake.h"

/* In turn: a time long past, the current time, and a time in the future. */
static int64_t end(struct scene *c, int round)
{
    int direction = c->call >= SEND || c->call == CONNECT ? SOCK_WRITE : SOCK_READ;
    int64_t now = sock_now(), at = round % 3 == 0 ? 0 : round % 3 == 1 ? now : now + MS(3);
    CHECK_ERR(sock_setdeadline(c->s, direction, at), 0);
    return at > now ? at : now;
}

static const struct ending ending = {.code = SOCK_ETIMEDOUT, .next = SOCK_ETIMEDOUT, .end = end};

WAKE_MAIN
