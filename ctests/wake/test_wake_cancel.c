/* A blocked call returns SOCK_ECANCELED when another thread fires its cancel token: every call, every
 * kind of socket. */
#include "wake.h"

#include <stdlib.h>

static sock_cancel_t token;

static void close_last(void)
{
    sock_close(token);
}

/* A token fires only once, so each round has its own. In some rounds it is attached while the call waits, or
 * has already fired. */
static void prepare(struct scene *c)
{
    if (token > 0)
        CHECK_ERR(sock_close(token), 0);
    else
        atexit(close_last);
    token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_setcancel(c->s, token), 0);
}

static int64_t end(struct scene *c, int round)
{
    if (round % 4 == 3)
        CHECK_ERR(sock_setcancel(c->s, 0), 0);
    int64_t at = now_ns();
    CHECK_ERR(sock_cancel_fire(token), 0);
    if (round % 4 == 3)
        CHECK_ERR(sock_setcancel(c->s, token), 0);
    return at;
}

static const struct ending ending = {
    .code = SOCK_ECANCELED, .next = SOCK_ECANCELED, .prepare = prepare, .end = end};

WAKE_MAIN
