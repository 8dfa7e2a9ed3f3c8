/* Shared by the tests of address families: skips families that the kernel lacks, and checks that errors name
 * the field at fault and that blocked calls wake up as on any other socket. */
#ifndef SOCK_FAMILY_H
#define SOCK_FAMILY_H

#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

/* A socket of a family; skips the test if the kernel lacks the family. */
static inline sock_t family_socket(int family, int type, int protocol, const char *name)
{
    sock_t s = sock_socket(family, type, protocol);
    if (s == -EAFNOSUPPORT || s == -EPROTONOSUPPORT || s == -ESOCKTNOSUPPORT || s == -EINVAL)
        SKIP("this kernel has no %s: %s", name, sock_strerror(s));
    if (s == -EPERM || s == -EACCES)
        SKIP("%s needs a privilege that this process lacks: %s", name, sock_strerror(s));
    return CHECK_OK(s);
}

/* The text form of an address. The buffer is used again by the fourth call after this one. */
static inline const char *text_of(const struct sock_addr *addr)
{
    static char texts[4][512];
    static int turn;
    char *text = texts[turn++ % 4];
    CHECK_LT(CHECK_OK(sock_addr_format(addr, text, sizeof *texts)), sizeof *texts);
    return text;
}

static inline const char *name_text(sock_t s)
{
    struct sock_addr name;
    CHECK_OK(sock_getsockname(s, &name));
    return text_of(&name);
}

/* The address survives conversion to text and to its native form. */
static inline void check_round_trip(const struct sock_addr *addr)
{
    struct sock_addr again;
    CHECK_OK(sock_addr_parse(text_of(addr), &again));
    CHECK_EQ(again.len, addr->len);
    CHECK_MEM(again.native, addr->native, sizeof again.native);
    CHECK_OK(sock_addr_from_native(addr->native, addr->len, &again));
    CHECK_MEM(&again, addr, sizeof again);
    CHECK_EQ(sock_addr_equal(addr, &again), 1);
}

/* bind, connect and sendto refuse an address of another family with a clear error, and leave `s` 
 * unchanged. */
static inline void check_foreign_addresses(sock_t s, bool connects, bool sends)
{
    static const char *const foreign[] = {"192.0.2.1:80", "[2001:db8::1]:80", "unix:/nowhere/at/all", "netlink:0",
                                          "vsock:1:1",    "can:",             "tipc:name:1000:1"};
    int own = sock_family(s);
    for (size_t i = 0; i < COUNT_OF(foreign); i++) {
        struct sock_addr addr;
        CHECK_OK(sock_addr_parse(foreign[i], &addr));
        int family = sock_addr_family(&addr);
        if (family == own || (own == 21 /* AF_RDS */ && (family == AF_INET || family == AF_INET6)) ||
            (own == AF_INET6 && family == AF_INET))
            continue;
        CHECK_REFUSED(sock_bind(s, &addr), -EAFNOSUPPORT, "addr");
        CHECK(strstr(why(), "of family AF_") != NULL);
        if (connects)
            CHECK_REFUSED(sock_connect(s, &addr), -EAFNOSUPPORT, "addr");
        if (sends)
            CHECK_REFUSED(sock_sendto(s, "x", 1, 0, &addr), -EAFNOSUPPORT, "addr");
    }
}

/* A blocked receive returns within 20 ms when the socket is closed, its token fires or its deadline is set to
 * the past. A busy machine may delay some of the rounds. */

enum { WAKE_ROUNDS = 5, WAKE_MS = 20, WAKE_LATE_MS = 500 };

struct blocked {
    sock_t s;
    bool accepts;
    int64_t result, returned_at, cpu;
};

static inline void block(void *arg)
{
    struct blocked *b = arg;
    static __thread char bytes[4096];
    int64_t before = thread_cpu_ns();
    b->result = b->accepts ? sock_accept(b->s, NULL) : sock_recv(b->s, bytes, sizeof bytes, 0);
    b->cpu = thread_cpu_ns() - before;
    b->returned_at = now_ns();
}

static inline void check_ended(const char *how, sock_t (*open_one)(void), bool accepts, int ending)
{
    int in_time = 0;
    int64_t longest = 0;
    for (int round = 0; round < WAKE_ROUNDS; round++) {
        struct blocked b = {.s = open_one(), .accepts = accepts};
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_OK(sock_setcancel(b.s, token));
        if (round % 2) /* also when the handle itself has the limit */
            CHECK_OK(sock_settimeout(b.s, SEC(600)));
        struct thread t;
        thread_start(&t, block, &b);
        thread_wait_blocked(&t);
        int64_t ended_at = now_ns();
        switch (ending) {
        case 0: CHECK_OK(sock_close(b.s)); break;
        case 1: CHECK_OK(sock_cancel_fire(token)); break;
        default: CHECK_OK(sock_setdeadline(b.s, SOCK_READ, 0)); break;
        }
        thread_join_within(&t, 10000);
        CHECK_ERR(b.result, ending == 0 ? SOCK_ECLOSED : ending == 1 ? SOCK_ECANCELED : SOCK_ETIMEDOUT);
        if (ending != 0)
            CHECK_OK(sock_close(b.s));
        CHECK_OK(sock_close(token));
        int64_t took = b.returned_at - ended_at;
        longest = took > longest ? took : longest;
        in_time += took <= MS(WAKE_MS * test_scale());
    }
    printf("# %s: %d of %d rounds within %.0f ms, the longest %.2f ms\n", how, in_time, WAKE_ROUNDS,
           WAKE_MS * test_scale(), (double)longest / 1e6);
    CHECK_GT(in_time, WAKE_ROUNDS / 2);
    CHECK_TIME(longest, 0, WAKE_LATE_MS);
}

/* Closes the sockets that `open_one` makes. */
static inline void check_wakes_of(sock_t (*open_one)(void), bool accepts)
{
    check_ended("close", open_one, accepts, 0);
    check_ended("cancel", open_one, accepts, 1);
    check_ended("deadline", open_one, accepts, 2);
}

static inline void check_wakes(sock_t (*open_one)(void))
{
    check_wakes_of(open_one, false);
}

/* A receive that waits for half a second uses almost no CPU: less than a fiftieth of the time, including
 * occasional wake-ups. A spinning receive would use all of it. */
static inline void check_waits_idle(sock_t (*open_one)(void))
{
    struct blocked b = {.s = open_one()};
    struct thread t;
    CHECK_OK(sock_settimeout(b.s, MS(500)));
    thread_start(&t, block, &b);
    thread_join(&t);
    CHECK_ERR(b.result, SOCK_ETIMEDOUT);
    printf("# waiting 500 ms took %.2f ms of the processor\n", (double)b.cpu / 1e6);
    CHECK_TIME(b.cpu, 0, 10);
    CHECK_OK(sock_close(b.s));
}

#endif
