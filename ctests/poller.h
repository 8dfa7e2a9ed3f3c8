/* What the tests of pollers share. */
#ifndef SOCK_TEST_POLLER_H
#define SOCK_TEST_POLLER_H

#include "check.h"

/* The only event that there is, or that comes. */
static inline struct sock_event one_event(sock_poller_t p)
{
    struct sock_event e[2];
    CHECK_EQ(sock_poller_wait(p, e, 2, SEC(10)), 1);
    return e[0];
}

static inline void no_event(sock_poller_t p)
{
    struct sock_event e = {0};
    int64_t n = sock_poller_wait(p, &e, 1, 0);
    if (n != 0)
        FAIL("%lld: handle %lld, data %llu, events %d, code %d", (long long)n, (long long)e.handle,
             (unsigned long long)e.data, e.events, e.code);
}

/* The last event of a handle, and then none. */
static inline void last_event(sock_poller_t p, sock_t s, uint64_t data)
{
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, s);
    CHECK_EQ(e.code, SOCK_ECLOSED);
    CHECK_EQ(e.data, data);
    CHECK_EQ(e.events, 0);
    CHECK_EQ(e.count, 0);
    no_event(p);
    CHECK_ERR(sock_poller_add(p, s, SOCK_POLL_IN, 0), -EBADF);
    CHECK_ERR(sock_poller_modify(p, s, SOCK_POLL_IN, 0), -EBADF);
    CHECK_ERR(sock_poller_remove(p, s), -EBADF);
}

/* Receives and throws away. */
static inline void take(sock_t s, size_t count)
{
    char byte;
    for (size_t i = 0; i < count; i++)
        CHECK_EQ(sock_recv(s, &byte, 1, 0), 1);
}

#endif
