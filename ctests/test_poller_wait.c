/* Waiting on a poller: limits, wakes, timers, threads, hooks, fork. */
#include "connected.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poller.h"

static void test_a_limit_is_never_early(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    struct sock_event e;
    static const int64_t limits[] = {1, 1000, 300000, 1500000, 20000000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int64_t start = now_ns();
        CHECK_EQ(sock_poller_wait(p, &e, 1, limits[i]), 0);
        CHECK_GE(now_ns() - start, limits[i]);
    }
    int64_t start = now_ns();
    CHECK_EQ(sock_poller_wait(p, &e, 1, MS(50)), 0);
    CHECK_TIME(now_ns() - start, 50, 80);
    CHECK_OK(sock_close(p));
}

static void is_wake(struct sock_event e)
{
    CHECK_EQ(e.events, SOCK_POLL_WAKE);
    CHECK_EQ(e.handle, 0);
    CHECK_EQ(e.data, 0);
    CHECK_EQ(e.code, 0);
    CHECK_EQ(e.count, 0);
}

static void test_wakes_are_counted(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    for (int i = 0; i < 1000; i++)
        CHECK_ERR(sock_poller_wake(p), 0);
    for (int i = 0; i < 1000; i++)
        is_wake(one_event(p));
    no_event(p);
    CHECK_OK(sock_close(p));
}

struct waits {
    struct thread thread;
    sock_poller_t p;
    long wakes, others;
};

static void count_waits(void *arg)
{
    struct waits *w = arg;
    struct sock_event e[4];
    for (;;) {
        int64_t n = sock_poller_wait(w->p, e, 4, SOCK_FOREVER);
        if (n == SOCK_ECLOSED || n == -EBADF) /* closed during the wait, or before it */
            return;
        CHECK_GT(n, 0);
        int wakes = 0;
        for (int64_t i = 0; i < n; i++) {
            if (e[i].events == SOCK_POLL_WAKE)
                wakes++;
            else
                w->others++;
        }
        CHECK_LE(wakes, 1); /* one wake ends one wait */
        w->wakes += wakes;
    }
}

static sock_poller_t to_wake;
static _Atomic long by_signal; /* signals that come together are one */

static void wake_handler(int sig)
{
    (void)sig;
    int before = errno;
    if (sock_poller_wake(to_wake) != 0 || errno != before)
        _exit(9);
    atomic_fetch_add(&by_signal, 1);
}

/* Wakes from threads and signal handlers, and the library's own, for handles that are closed and timers that begin. */
static void test_no_wake_is_lost(void)
{
    enum { WAITS = 4, WAKES = 5000 };
    struct waits w[WAITS] = {0};
    struct sigaction action = {.sa_handler = wake_handler, .sa_flags = SA_RESTART};
    CHECK_SYS(sigaction(SIGUSR2, &action, NULL));
    sock_poller_t p = to_wake = CHECK_OK(sock_poller_new());
    for (int i = 0; i < WAITS; i++) {
        w[i].p = p;
        thread_start(&w[i].thread, count_waits, &w[i]);
    }
    long wakes = 0, closes = 0, timers = 0;
    for (long i = 0; i < WAKES / test_slowness(); i++) {
        if (i % 4 == 0)
            CHECK_SYS(raise(SIGUSR2));
        else if (i % 4 == 1)
            CHECK_EQ(pthread_kill(w[i % WAITS].thread.id, SIGUSR2), 0);
        else {
            CHECK_ERR(sock_poller_wake(p), 0);
            wakes++;
        }
        if (i % 8 == 0) {
            sock_t pair[2];
            unix_pair(pair);
            CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_ONESHOT, 1), 0);
            CHECK_OK(sock_close(pair[0]));
            CHECK_OK(sock_close(pair[1]));
            closes++;
        }
        if (i % 64 == 0) {
            CHECK_OK(sock_poller_timer(p, 0, 0, 1));
            timers++;
        }
    }
    long got = 0, others = 0;
    for (int64_t end = now_ns() + SEC(20); now_ns() < end && (got < wakes + by_signal || others < closes + timers);) {
        sleep_ms(5);
        got = others = 0;
        for (int i = 0; i < WAITS; i++)
            got += w[i].wakes, others += w[i].others;
    }
    sleep_ms(20);
    CHECK_OK(sock_close(p));
    got = others = 0;
    for (int i = 0; i < WAITS; i++) {
        thread_join(&w[i].thread);
        got += w[i].wakes, others += w[i].others;
    }
    CHECK_GE(by_signal, WAKES / test_slowness() / 4);
    CHECK_EQ(got, wakes + by_signal);
    CHECK_EQ(others, closes + timers);
}

/* Timers ---------------------------------------------------------------------------------------- */

static void test_a_timer_once(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t at_once = CHECK_OK(sock_poller_timer(p, 0, 0, 3));
    struct sock_event e = one_event(p);
    CHECK_EQ(e.handle, at_once);
    CHECK_EQ(e.events, SOCK_POLL_TIMER);
    CHECK_EQ(e.data, 3);
    CHECK_EQ(e.code, 0);
    CHECK_EQ(e.count, 1);
    no_event(p);
    CHECK_OK(sock_close(at_once));
    int64_t start = now_ns();
    sock_t later = CHECK_OK(sock_poller_timer(p, MS(30), 0, 4));
    no_event(p);
    CHECK_EQ(one_event(p).handle, later);
    CHECK_TIME(now_ns() - start, 30, 60);
    CHECK_OK(sock_close(later));
    sock_t never = CHECK_OK(sock_poller_timer(p, SOCK_FOREVER, 1, 5));
    no_event(p);
    CHECK_OK(sock_close(never));
    CHECK_ERR(sock_close(never), -EBADF);
    no_event(p);
    CHECK_OK(sock_close(p));
}

static void test_a_periodic_timer_counts_what_was_missed(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    int64_t start = now_ns();
    sock_t t = CHECK_OK(sock_poller_timer(p, MS(10), MS(10), 1));
    uint64_t count = 0;
    for (int i = 0; i < 5; i++) {
        struct sock_event e = one_event(p);
        CHECK_GE(e.count, 1);
        count += e.count;
        CHECK_GE(now_ns() - start, (int64_t)count * MS(10)); /* never early */
    }
    sleep_ms(100);
    struct sock_event e = one_event(p);
    int64_t passed = now_ns() - start;
    count += e.count;
    CHECK_GE(e.count, 9);
    CHECK_LE((int64_t)count, passed / MS(10));
    CHECK_OK(sock_close(t));
    struct sock_event none;
    CHECK_EQ(sock_poller_wait(p, &none, 1, MS(30)), 0); /* no event of the close, none after it */
    CHECK_OK(sock_close(p));
}

static void test_timers_come_in_order(void)
{
    enum { TIMERS = 50 };
    sock_t t[TIMERS];
    sock_poller_t p = CHECK_OK(sock_poller_new());
    int64_t base = now_ns() + MS(50);
    for (int i = 0; i < TIMERS; i++) {
        int at = i * 37 % TIMERS;
        t[i] = CHECK_OK(sock_poller_timer(p, base + at * MS(5) - now_ns(), 0, (uint64_t)at));
    }
    for (int i = 0; i < TIMERS; i++)
        if (i * 37 % TIMERS % 2)
            CHECK_OK(sock_close(t[i]));
    sleep_ms(50 + TIMERS * 5);
    struct sock_event e;
    for (int i = 0; i < TIMERS; i += 2) { /* little room: the others stay due */
        CHECK_EQ(sock_poller_wait(p, &e, 1, SEC(1)), 1);
        CHECK_EQ(e.data, i);
    }
    no_event(p);
    CHECK_OK(sock_close(p)); /* closes those that are open */
    for (int i = 0; i < TIMERS; i++)
        CHECK_ERR(sock_close(t[i]), -EBADF);
}

struct one {
    struct thread thread;
    sock_poller_t p;
    struct sock_event e;
    int64_t n, at;
};

static void wait_one(void *arg)
{
    struct one *w = arg;
    w->n = sock_poller_wait(w->p, &w->e, 1, SOCK_FOREVER);
    w->at = now_ns();
}

/* Threads that sleep already, some of them by a later timer, learn of one that is earlier. */
static void test_an_earlier_timer_wakes_a_wait_in_time(void)
{
    struct one w[3];
    sock_poller_t p = CHECK_OK(sock_poller_new());
    CHECK_OK(sock_poller_timer(p, SEC(3600), 0, 9));
    for (int i = 0; i < 3; i++) {
        w[i].p = p;
        thread_start(&w[i].thread, wait_one, &w[i]);
        thread_wait_blocked(&w[i].thread);
    }
    for (int i = 0; i < 3; i++) {
        int64_t start = now_ns();
        CHECK_OK(sock_poller_timer(p, MS(20), 0, (uint64_t)i));
        int got = -1;
        while (got < 0) {
            sleep_ms(1);
            CHECK_LT(now_ns() - start, SEC(10));
            for (int j = 0; j < 3; j++)
                if (w[j].p != 0 && thread_ended(&w[j].thread))
                    got = j;
        }
        thread_join(&w[got].thread);
        CHECK_EQ(w[got].n, 1);
        CHECK_EQ(w[got].e.data, i);
        CHECK_TIME(w[got].at - start, 20, 60);
        w[got].p = 0;
    }
    CHECK_OK(sock_close(p));
}

/* Hooks ----------------------------------------------------------------------------------------- */

static int answer_of_hook, hooks;

static int hook(void *arg)
{
    (void)arg;
    hooks++;
    return answer_of_hook;
}

static void nothing(int sig)
{
    (void)sig;
}

static void hooked(void *arg)
{
    struct one *w = arg;
    CHECK_ERR(sock_set_interrupt(hook, NULL), 0);
    int64_t start = now_ns();
    w->n = sock_poller_wait(w->p, &w->e, 1, MS(100));
    w->at = now_ns() - start;
}

static void test_a_hook_ends_the_wait(void)
{
    struct one w = {.p = CHECK_OK(sock_poller_new())};
    struct sigaction action = {.sa_handler = nothing};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    for (int ends = 0; ends < 2; ends++) {
        answer_of_hook = ends ? -ECHILD : 0;
        hooks = 0;
        thread_start(&w.thread, hooked, &w);
        thread_wait_blocked(&w.thread);
        CHECK_EQ(pthread_kill(w.thread.id, SIGUSR1), 0);
        thread_join_within(&w.thread, 1000);
        CHECK_EQ(hooks, 1);
        CHECK_EQ(w.n, ends ? -ECHILD : 0);
        if (!ends)
            CHECK_TIME(w.at, 100, 150); /* a signal neither ends nor extends a wait */
    }
    CHECK_OK(sock_close(w.p));
}

/* Fork ------------------------------------------------------------------------------------------ */

struct family {
    sock_poller_t p;
    sock_t pair[2], listener, shot;
    sock_cancel_t c;
    sock_t timer;
};

static void in_child(void *arg)
{
    struct family *f = arg;
    struct sock_event e[8];
    no_event(f->p); /* the parent's wake is not ours */
    send_text(f->pair[1], "x");
    CHECK_EQ(one_event(f->p).data, 1);
    take(f->pair[0], 1);
    no_event(f->p);
    CHECK_ERR(sock_poller_wake(f->p), 0);
    is_wake(one_event(f->p));
    CHECK_ERR(sock_cancel_fire(f->c), 0);
    CHECK_EQ(one_event(f->p).data, 2);
    CHECK_ERR(sock_poller_modify(f->p, f->pair[0], SOCK_POLL_OUT, 3), 0);
    CHECK_EQ(sock_poller_wait(f->p, e, 8, 0), 2);
    CHECK_ERR(sock_poller_remove(f->p, f->pair[0]), 0);
    CHECK_OK(sock_close(f->c));
    last_event(f->p, f->c, 2);
    CHECK_OK(sock_close(f->listener));
    last_event(f->p, f->listener, 4);
    CHECK_ERR(sock_poller_modify(f->p, f->shot, SOCK_POLL_OUT, 5), 0);
    CHECK_EQ(one_event(f->p).data, 5);
    CHECK_ERR(sock_poller_remove(f->p, f->shot), 0);
    CHECK_EQ(one_event(f->p).handle, f->timer); /* it runs here too */
    CHECK_OK(sock_close(f->p));
}

static void test_a_child_has_the_registrations_and_leaves_the_parents_alone(void)
{
    struct family f;
    sock_t more[2];
    int before = open_fds();
    f.p = CHECK_OK(sock_poller_new());
    unix_pair(f.pair);
    unix_pair(more);
    f.shot = more[0];
    f.c = CHECK_OK(sock_cancel_new());
    f.listener = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_ERR(sock_poller_add(f.p, f.pair[0], SOCK_POLL_IN, 1), 0);
    CHECK_ERR(sock_poller_add(f.p, f.c, SOCK_POLL_IN, 2), 0);
    CHECK_ERR(sock_poller_add(f.p, f.listener, SOCK_POLL_IN, 4), 0);
    CHECK_ERR(sock_poller_add(f.p, f.shot, SOCK_POLL_OUT | SOCK_POLL_ONESHOT, 5), 0);
    CHECK_EQ(one_event(f.p).data, 5); /* spent, and stays so in the child */
    f.timer = CHECK_OK(sock_poller_timer(f.p, MS(1000), 0, 6));
    CHECK_ERR(sock_poller_wake(f.p), 0);
    child_join(child_start(in_child, &f));
    struct sock_event e[3];
    CHECK_EQ(sock_poller_wait(f.p, e, 3, 0), 2); /* the wake, and the timer, for which the child has waited */
    is_wake(e[e[0].handle != 0]);
    CHECK_EQ(e[e[0].handle == 0].handle, f.timer);
    CHECK_EQ(e[e[0].handle == 0].count, 1);
    no_event(f.p);
    send_text(f.pair[1], "x");
    CHECK_EQ(one_event(f.p).data, 1);
    take(f.pair[0], 1);
    CHECK_ERR(sock_cancel_fire(f.c), 0);
    CHECK_EQ(one_event(f.p).data, 2);
    CHECK_OK(sock_close(f.c));
    last_event(f.p, f.c, 2);
    CHECK_OK(sock_close(f.listener));
    last_event(f.p, f.listener, 4);
    close_pair(f.pair);
    close_pair(more);
    CHECK_OK(sock_close(f.p));
    CHECK_EQ(open_fds(), before);
}

static void wait_in_child(void *arg)
{
    struct family *f = arg;
    send_text(f->pair[1], "x");
    CHECK_EQ(one_event(f->p).data, 1);
    take(f->pair[0], 1);
    CHECK_OK(sock_close(f->p));
}

static _Atomic int stop;

static void churn(void *arg)
{
    sock_poller_t p = *(sock_poller_t *)arg;
    while (!atomic_load(&stop)) {
        sock_t pair[2];
        unix_pair(pair);
        CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 7), 0);
        CHECK_OK(sock_close(pair[1]));
        CHECK_ERR(sock_poller_remove(p, pair[0]), 0);
        CHECK_OK(sock_close(pair[0]));
    }
}

static void test_fork_while_threads_wait_and_change(void)
{
    struct waits w[2] = {0};
    struct thread changer;
    struct family f;
    sock_poller_t busy = CHECK_OK(sock_poller_new());
    f.p = CHECK_OK(sock_poller_new());
    unix_pair(f.pair);
    CHECK_ERR(sock_poller_add(f.p, f.pair[0], SOCK_POLL_IN, 1), 0);
    for (int i = 0; i < 2; i++) {
        w[i].p = busy;
        thread_start(&w[i].thread, count_waits, &w[i]);
    }
    thread_start(&changer, churn, &busy);
    for (int i = 0; i < 50 / test_slowness() + 1; i++)
        child_join(child_start(wait_in_child, &f));
    atomic_store(&stop, 1);
    thread_join(&changer);
    CHECK_OK(sock_close(busy));
    for (int i = 0; i < 2; i++)
        thread_join(&w[i].thread);
    no_event(f.p);
    close_pair(f.pair);
    CHECK_OK(sock_close(f.p));
}

TEST_MAIN(test_a_limit_is_never_early, test_wakes_are_counted, test_no_wake_is_lost, test_a_timer_once,
          test_a_periodic_timer_counts_what_was_missed, test_timers_come_in_order,
          test_an_earlier_timer_wakes_a_wait_in_time, test_a_hook_ends_the_wait,
          test_a_child_has_the_registrations_and_leaves_the_parents_alone,
          test_fork_while_threads_wait_and_change)
