/* Forks at any moment, while threads create, close, wait and look up. */
#include "forks.h"

#include <errno.h>
#include <poll.h>

enum { HAMMERS = 4, KINDS = 5 };

static struct hammer {
    struct thread thread;
    int kind;
    sock_t pair[2];
} hammers[HAMMERS * KINDS];
static int stop; /* atomic */

static bool stopped(void)
{
    return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static void hammer(void *arg)
{
    struct hammer *h = arg;
    char data[64];
    while (!stopped())
        switch (h->kind) {
        case 0: /* data is ready */
            CHECK_EQ(sock_send(h->pair[0], "ping", 4, 0), 4);
            CHECK_EQ(sock_recv(h->pair[1], data, 4, MSG_WAITALL), 4);
            break;
        case 1: /* handles are created and closed */
        {
            sock_t s = CHECK_OK(sock_dup(h->pair[0]));
            CHECK_OK(sock_settimeout(s, MS(1)));
            CHECK_OK(sock_close(s));
            break;
        }
        case 2: /* waits that time out */
            CHECK_OK(sock_setdeadline(h->pair[0], SOCK_READ, sock_now() + MS(1)));
            CHECK_ERR(sock_recv(h->pair[0], data, 1, 0), SOCK_ETIMEDOUT);
            break;
        case 3: /* tokens */
        {
            sock_cancel_t c = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(h->pair[0], c));
            CHECK_OK(sock_cancel_fire(c));
            CHECK_ERR(sock_recv(h->pair[0], data, 1, 0), SOCK_ECANCELED);
            CHECK_OK(sock_close(c));
            break;
        }
        default: /* modes and options, under the handle's lock */
            CHECK_OK(sock_fileno(h->pair[0]));
            CHECK_OK(sock_settimeout(h->pair[0], SEC(1)));
            CHECK_OK(sock_settimeout(h->pair[0], SOCK_FOREVER));
            CHECK_OK(sock_setsockopt_int(h->pair[0], SOL_SOCKET, SO_PRIORITY, 1));
            break;
        }
}

/* The child has no other threads: every handle works and closes, and new ones can be created. */
static void use_everything(void *arg)
{
    (void)arg;
    char data[64];
    CHECK_EQ(event_fds(), 0);
    sock_t pair[2];
    unix_pair(pair);
    for (int i = 0; i < HAMMERS * KINDS; i++) {
        struct hammer *h = &hammers[i];
        CHECK_OK(sock_setcancel(h->pair[0], 0));
        CHECK_OK(sock_setdeadline(h->pair[0], SOCK_READ, SOCK_FOREVER));
        CHECK_OK(sock_settimeout(h->pair[0], SEC(5)));
        if (h->kind != 2) { /* nobody receives at this end in the parent */
            CHECK_EQ(sock_send(h->pair[1], "x", 1, 0), 1);
            CHECK_EQ(sock_recv(h->pair[0], data, 1, 0), 1);
        }
        CHECK_EQ(sock_close(h->pair[0]), 0);
        CHECK_EQ(sock_close(h->pair[1]), 0);
    }
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], data, 1, 0), SOCK_ETIMEDOUT);
    close_pair(pair);
}

/* Without the handlers: the first call releases locks held by other threads. */
static void take_their_locks(void *arg)
{
    (void)arg;
    char data[8];
    for (int i = 0; i < HAMMERS * KINDS; i++)
        CHECK_OK(sock_settimeout(hammers[i].pair[0], SEC(5)));
    for (int i = 0; i < HAMMERS * KINDS; i++) {
        struct hammer *h = &hammers[i];
        if (h->kind != 0) {
            CHECK_EQ(sock_send(h->pair[1], "x", 1, 0), 1);
            CHECK_EQ(sock_recv(h->pair[0], data, 1, 0), 1);
        }
        CHECK_EQ(sock_close(h->pair[0]), 0);
        CHECK_EQ(sock_close(h->pair[1]), 0);
    }
}

/* Forks for three seconds, at least ten times, while threads run the work in `kinds`. */
static void storm(pid_t (*maker)(void), void (*run)(void *), const int *kinds, size_t count)
{
    int before = open_fds();
    __atomic_store_n(&stop, 0, __ATOMIC_RELEASE);
    for (int i = 0; i < HAMMERS * KINDS; i++) {
        hammers[i].kind = kinds[(size_t)i % count];
        unix_pair(hammers[i].pair);
    }
    for (int i = 0; i < HAMMERS * KINDS; i++)
        thread_start(&hammers[i].thread, hammer, &hammers[i]);
    int64_t end = now_ns() + SEC(3);
    for (int i = 0; i < 10 || (now_ns() < end && i < 1000); i++)
        child_join(child_by(maker, run, NULL));
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < HAMMERS * KINDS; i++) {
        thread_join_within(&hammers[i].thread, 5000);
        close_pair(hammers[i].pair);
    }
    CHECK_EQ(open_fds(), before);
}

static void test_forks_under_load(void)
{
    storm(by_fork, use_everything, (const int[]){0, 1, 2, 3, 4}, 5);
}

/* The threads do not allocate here: without its handlers the C library's own locks stay as they were. */
static void test_forks_under_load_without_handlers(void)
{
    storm(by_clone, take_their_locks, (const int[]){0, 4}, 2);
}

TEST_MAIN(test_forks_under_load, test_forks_under_load_without_handlers)
