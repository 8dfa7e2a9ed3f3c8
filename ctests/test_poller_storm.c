/* A storm of signals on threads that wait on pollers: no wait ends early or late, no event is lost. */
#include "connected.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "poller.h"

enum { WAITERS = 3, SIGNALS = 20000 };

static _Atomic long handled;

static void count_signal(int sig)
{
    (void)sig;
    atomic_fetch_add(&handled, 1);
}

/* Without SA_RESTART: every signal interrupts the system call that it meets. */
static void prepare(void)
{
    struct sigaction action = {.sa_handler = count_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    atomic_store(&handled, 0);
}

static _Atomic int stop;

struct waiter {
    struct thread thread;
    sock_poller_t p;
    long limits, events, wakes, ticks, closed;
};

/* Signals the waiters in turn, until `more` says that it is enough. */
static long storm(struct waiter *w, long least, int (*more)(void *), void *arg)
{
    long sent = 0;
    while (sent < least || more(arg)) {
        int result = pthread_kill(w[sent % WAITERS].thread.id, SIGUSR1);
        CHECK(result == 0 || result == ESRCH); /* one that has ended */
        if (++sent % 16 == 0) /* or the kernel would never let a waiter sleep */
            sleep_ms(1);
    }
    return sent;
}

static int until(void *arg)
{
    return now_ns() < *(int64_t *)arg;
}

/* Waits with a limit, on a poller on which nothing happens. */
static void wait_limits(void *arg)
{
    struct waiter *w = arg;
    static const int64_t limits[] = {1, 250000, MS(3), MS(40)};
    for (size_t i = 0; !atomic_load(&stop); i++) {
        struct sock_event e;
        int64_t limit = limits[i % 4], start = now_ns();
        CHECK_EQ(sock_poller_wait(w->p, &e, 1, limit), 0);
        int64_t took = now_ns() - start;
        CHECK_GE(took, limit);
        CHECK_TIME(took, 0, limit / MS(1) + 100);
        w->limits++;
    }
}

static void test_signals_neither_end_nor_extend_a_limit(void)
{
    struct waiter w[WAITERS] = {0};
    prepare();
    atomic_store(&stop, 0);
    sock_poller_t p = CHECK_OK(sock_poller_new());
    for (int i = 0; i < WAITERS; i++) {
        w[i].p = p; /* one poller for all */
        thread_start(&w[i].thread, wait_limits, &w[i]);
    }
    int64_t end = now_ns() + MS(300);
    long sent = storm(w, SIGNALS / test_slowness(), until, &end);
    atomic_store(&stop, 1);
    for (int i = 0; i < WAITERS; i++) {
        thread_join(&w[i].thread);
        CHECK_GE(w[i].limits, 8); /* each limit twice */
    }
    CHECK_GE(handled, sent / 20); /* signals that come together are one */
    CHECK_OK(sock_close(p));
}

/* One wait that is interrupted all the time ends in time all the same: each interruption must take off what has passed. */
static void wait_one_limit(void *arg)
{
    struct waiter *w = arg;
    struct sock_event e;
    int64_t start = now_ns();
    CHECK_EQ(sock_poller_wait(w->p, &e, 1, MS(200)), 0);
    CHECK_TIME(now_ns() - start, 200, 300);
    atomic_fetch_add(&stop, 1);
}

static int waiters_are_left(void *arg)
{
    return atomic_load(&stop) < WAITERS && until(arg);
}

static void test_a_wait_under_a_storm_ends_in_time(void)
{
    struct waiter w[WAITERS] = {0};
    prepare();
    atomic_store(&stop, 0);
    sock_poller_t p = CHECK_OK(sock_poller_new());
    for (int i = 0; i < WAITERS; i++) {
        w[i].p = p;
        thread_start(&w[i].thread, wait_one_limit, &w[i]);
    }
    int64_t end = now_ns() + SEC(20);
    storm(w, 0, waiters_are_left, &end);
    for (int i = 0; i < WAITERS; i++)
        thread_join(&w[i].thread);
    CHECK_GT(handled, 50);
    CHECK_OK(sock_close(p));
}

/* What comes while signals do: bytes, wakes, a periodic timer, closes. */
static void take_all(void *arg)
{
    struct waiter *w = arg;
    for (;;) {
        struct sock_event e[4];
        int64_t n = sock_poller_wait(w->p, e, 4, MS(20));
        if (n == SOCK_ECLOSED || n == -EBADF)
            return;
        CHECK_GE(n, 0);
        for (int64_t i = 0; i < n; i++) {
            if (e[i].code == SOCK_ECLOSED)
                w->closed++;
            else if (e[i].events == SOCK_POLL_WAKE)
                w->wakes++;
            else if (e[i].events == SOCK_POLL_TIMER)
                w->ticks += (long)e[i].count;
            else {
                char byte;
                CHECK_EQ(e[i].events, SOCK_POLL_IN);
                CHECK_EQ(sock_recv(e[i].handle, &byte, 1, 0), 1);
                w->events++;
                /* Only now may another thread have it. */
                CHECK_ERR(sock_poller_modify(w->p, e[i].handle, SOCK_POLL_IN | SOCK_POLL_ONESHOT, 1), 0);
            }
        }
    }
}

static void add_up(struct waiter *all, const struct waiter *one)
{
    all->events += one->events;
    all->wakes += one->wakes;
    all->ticks += one->ticks;
    all->closed += one->closed;
}

static void test_no_event_is_lost_in_a_storm(void)
{
    struct waiter w[WAITERS] = {0};
    struct waiter all = {0};
    sock_t pair[2];
    long bytes = 0, wakes = 0, closes = 0;
    int in_time = 0;
    prepare();
    sock_poller_t p = CHECK_OK(sock_poller_new());
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_ONESHOT, 1), 0);
    for (int i = 0; i < WAITERS; i++) {
        w[i].p = p;
        thread_start(&w[i].thread, take_all, &w[i]);
    }
    int64_t start = now_ns();
    sock_t timer = CHECK_OK(sock_poller_timer(p, MS(1), MS(1), 2));
    for (long i = 0; i < SIGNALS / test_slowness(); i++) {
        CHECK_EQ(pthread_kill(w[i % WAITERS].thread.id, SIGUSR1), 0);
        if (i % 16 == 0) {
            send_text(pair[1], "x");
            bytes++;
        } else if (i % 16 == 5) {
            CHECK_ERR(sock_poller_wake(p), 0);
            wakes++;
        } else if (i % 16 == 10) {
            sock_t other[2];
            unix_pair(other);
            CHECK_ERR(sock_poller_add(p, other[0], SOCK_POLL_IN | SOCK_POLL_ONESHOT, 3), 0);
            CHECK_OK(sock_close(other[0]));
            CHECK_OK(sock_close(other[1]));
            closes++;
        } else if (i % 16 == 15)
            sleep_ms(1);
    }
    for (int64_t end = now_ns() + SEC(20); now_ns() < end;) {
        all = (struct waiter){0};
        for (int i = 0; i < WAITERS; i++)
            add_up(&all, &w[i]);
        /* A period that is lost is never made up for. */
        in_time = all.ticks + 20 >= (now_ns() - start) / MS(1);
        if (in_time && all.events == bytes && all.wakes == wakes && all.closed == closes)
            break;
        sleep_ms(5);
    }
    sleep_ms(20); /* for what would come twice */
    CHECK_OK(sock_close(timer));
    int64_t ran = now_ns() - start;
    CHECK_OK(sock_close(p));
    all = (struct waiter){0};
    for (int i = 0; i < WAITERS; i++) {
        thread_join(&w[i].thread);
        add_up(&all, &w[i]);
    }
    CHECK_EQ(all.events, bytes);
    CHECK_EQ(all.wakes, wakes);
    CHECK_EQ(all.closed, closes);
    CHECK(in_time);
    CHECK_LE(all.ticks, ran / MS(1));
    CHECK_GT(handled, bytes);
    close_pair(pair);
}

TEST_MAIN(test_signals_neither_end_nor_extend_a_limit, test_a_wait_under_a_storm_ends_in_time,
          test_no_event_is_lost_in_a_storm)
