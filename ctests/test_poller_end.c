/* The end of what a poller holds: one last event, and nothing after it. */
#include "connected.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poller.h"

static void test_a_close_is_the_last_event(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new()), q = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1), 0);
    CHECK_ERR(sock_poller_add(q, pair[0], SOCK_POLL_IN, 2), 0);
    send_text(pair[1], "x");
    CHECK_OK(sock_close(pair[0])); /* nobody waits */
    last_event(p, pair[0], 1);
    last_event(q, pair[0], 2);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
    CHECK_OK(sock_close(q));
}

static void test_of_a_spent_one_shot_too(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_OUT | SOCK_POLL_ONESHOT, 1), 0);
    CHECK_EQ(one_event(p).events, SOCK_POLL_OUT);
    no_event(p);
    CHECK_OK(sock_close(pair[0]));
    last_event(p, pair[0], 1);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
}

static void test_of_a_detached_handle_too(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_OUT, 1), 0);
    int fd = CHECK_OK(sock_detach(pair[0]));
    last_event(p, pair[0], 1);
    send_text(pair[1], "x");
    no_event(p);
    /* Again as another handle. */
    sock_t again = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
    CHECK_ERR(sock_poller_add(p, again, SOCK_POLL_IN, 2), 0);
    CHECK_EQ(one_event(p).data, 2);
    CHECK_OK(sock_close(again));
    last_event(p, again, 2);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
}

static void test_with_duplicates_alive(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    int hold[2];
    unix_pair(pair);
    CHECK_SYS(pipe(hold));
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN | SOCK_POLL_OUT, 1), 0);
    int copy = CHECK_SYS(dup(CHECK_OK(sock_fileno(pair[0]))));
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(hold[1]);
        _exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
    }
    CHECK_EQ(one_event(p).events, SOCK_POLL_OUT);
    CHECK_OK(sock_close(pair[0]));
    send_text(pair[1], "x"); /* the duplicates are readable and writable */
    last_event(p, pair[0], 1);
    for (int i = 0; i < 1000; i++)
        no_event(p);
    int64_t cpu = cpu_ns();
    struct sock_event e;
    CHECK_EQ(sock_poller_wait(p, &e, 1, MS(100)), 0);
    CHECK_LT(cpu_ns() - cpu, MS(50)); /* a dead entry would keep the wait busy */
    CHECK_SYS(close(copy));
    close(hold[0]), close(hold[1]);
    child_join(child);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(p));
}

struct waiter {
    struct thread thread;
    sock_poller_t p;
    struct sock_event e;
    int64_t n;
};

static void wait_here(void *arg)
{
    struct waiter *w = arg;
    w->n = sock_poller_wait(w->p, &w->e, 1, SOCK_FOREVER);
}

static void wait_start(struct waiter *w, sock_poller_t p)
{
    w->p = p;
    thread_start(&w->thread, wait_here, w);
    thread_wait_blocked(&w->thread);
}

static void test_wakes_a_wait(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    struct waiter w[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1), 0);
    CHECK_ERR(sock_poller_add(p, pair[1], SOCK_POLL_IN, 2), 0);
    wait_start(&w[0], p);
    wait_start(&w[1], p);
    close_pair(pair); /* two events for two waits */
    for (int i = 0; i < 2; i++) {
        thread_join_within(&w[i].thread, 1000);
        CHECK_EQ(w[i].n, 1);
        if (w[i].e.code == 0)
            CHECK_EQ(w[i].e.events & SOCK_POLL_HUP, SOCK_POLL_HUP); /* the other end went first */
        else
            CHECK_EQ(w[i].e.code, SOCK_ECLOSED);
    }
    CHECK_OK(sock_close(p));
}

static void test_the_pollers_end_wakes_all(void)
{
    enum { WAITS = 6 };
    struct waiter w[WAITS];
    int before = open_fds();
    sock_poller_t p = CHECK_OK(sock_poller_new());
    sock_t pair[2];
    unix_pair(pair);
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1), 0);
    sock_t timer = CHECK_OK(sock_poller_timer(p, SEC(1000), 0, 0));
    for (int i = 0; i < WAITS; i++)
        wait_start(&w[i], p);
    CHECK_OK(sock_close(p));
    for (int i = 0; i < WAITS; i++) {
        thread_join_within(&w[i].thread, 1000);
        CHECK_ERR(w[i].n, SOCK_ECLOSED);
    }
    CHECK_ERR(sock_close(p), -EBADF);
    CHECK_ERR(sock_close(timer), -EBADF); /* timers belong to their poller */
    CHECK_ERR(sock_poller_remove(p, pair[0]), -EBADF);
    /* What it held is untouched, and another one can hold it. */
    p = CHECK_OK(sock_poller_new());
    CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_OUT, 2), 0);
    CHECK_EQ(one_event(p).data, 2);
    close_pair(pair);
    last_event(p, pair[0], 2);
    CHECK_OK(sock_close(p));
    CHECK_EQ(open_fds(), before);
}

static int close_it(void *arg)
{
    return sock_close(*(sock_poller_t *)arg);
}

static void interrupt(int sig)
{
    (void)sig;
}

static void hooked(void *arg)
{
    struct waiter *w = arg;
    CHECK_ERR(sock_set_interrupt(close_it, &w->p), 0);
    w->n = sock_poller_wait(w->p, &w->e, 1, SOCK_FOREVER);
}

static void test_closed_by_the_hook_of_a_wait(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    struct waiter w = {.p = CHECK_OK(sock_poller_new())};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    thread_start(&w.thread, hooked, &w);
    thread_wait_blocked(&w.thread);
    pthread_kill(w.thread.id, SIGUSR1);
    thread_join_within(&w.thread, 1000);
    CHECK_ERR(w.n, SOCK_ECLOSED);
    CHECK_ERR(sock_close(w.p), -EBADF);
}

/* Races ---------------------------------------------------------------------------------------- */

/* Each registration, and each change of one, has a number of its own as data. After the call that ended a number has
 * returned, the thread that made it looks at the arrays of all waits: where the number is not now, it must never be
 * written. */
enum { WAITERS = 4, CHANGERS = 4, CAP = 8, NUMBERS = 1 << 22 };

static struct {
    sock_poller_t p;
    _Atomic uint64_t next;
    struct sock_event out[WAITERS][CAP];
    _Atomic unsigned char absent[NUMBERS]; /* bit: the array of this wait was without it at its end */
    _Atomic long closes, closed, late, ready, rounds;
    long limit;
} race;

static uint64_t look(struct sock_event *e)
{
    return *(volatile uint64_t *)&e->data;
}

static void race_wait(void *arg)
{
    int me = (int)(uintptr_t)arg;
    struct sock_event *e = race.out[me];
    for (;;) {
        for (int i = 0; i < CAP; i++)
            *(volatile uint64_t *)&e[i].data = 0;
        int64_t n = sock_poller_wait(race.p, e, CAP, SOCK_FOREVER);
        if (n < 0) {
            CHECK_ERR(n, SOCK_ECLOSED);
            return;
        }
        for (int64_t i = 0; i < n; i++) {
            if (e[i].code == SOCK_ECLOSED) {
                atomic_fetch_add(&race.closed, 1);
                continue;
            }
            if (atomic_load(&race.absent[e[i].data % NUMBERS]) >> me & 1)
                atomic_fetch_add(&race.late, 1);
            atomic_fetch_add(&race.ready, 1);
        }
    }
}

static uint64_t number(void)
{
    return atomic_fetch_add(&race.next, 1) + 1;
}

static void gone(uint64_t n)
{
    unsigned char absent = 0;
    for (int w = 0; w < WAITERS; w++) {
        bool there = false;
        for (int i = 0; i < CAP; i++)
            there |= look(&race.out[w][i]) == n;
        absent |= (unsigned char)(!there << w);
    }
    atomic_store(&race.absent[n % NUMBERS], absent);
}

static void race_change(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg + 1;
    static const int flags[] = {0, SOCK_POLL_EDGE, SOCK_POLL_ONESHOT};
    while (atomic_fetch_add(&race.rounds, 1) < race.limit) {
        sock_t pair[2];
        CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        uint64_t n = number();
        CHECK_ERR(sock_poller_add(race.p, pair[0], SOCK_POLL_OUT | flags[rand_r(&seed) % 3], n), 0);
        if (rand_r(&seed) % 3 == 0) {
            uint64_t m = number();
            CHECK_ERR(sock_poller_modify(race.p, pair[0], SOCK_POLL_OUT | flags[rand_r(&seed) % 3], m), 0);
            n = m; /* a wait that began earlier may still report the old one */
        }
        if (rand_r(&seed) % 3 == 0) {
            CHECK_ERR(sock_poller_remove(race.p, pair[0]), 0);
            gone(n);
            n = number();
            CHECK_ERR(sock_poller_add(race.p, pair[0], SOCK_POLL_OUT, n), 0);
        }
        if (rand_r(&seed) % 2) {
            CHECK_ERR(sock_poller_remove(race.p, pair[0]), 0);
            gone(n);
            CHECK_ERR(sock_close(pair[0]), 0);
        } else {
            atomic_fetch_add(&race.closes, 1);
            CHECK_ERR(sock_close(pair[0]), 0);
            gone(n); /* the kernel's events of it have ended; its last event may come later */
        }
        CHECK_ERR(sock_close(pair[1]), 0);
    }
}

static void test_no_event_after_the_end(void)
{
    const char *rounds = getenv("SOCK_TEST_RACES");
    struct thread waiters[WAITERS], changers[CHANGERS];
    test_timeout(600);
    race.limit = rounds ? atol(rounds) : (long)(100000 / test_slowness());
    CHECK_LT(race.limit * 3, NUMBERS);
    race.p = CHECK_OK(sock_poller_new());
    int before = open_fds();
    for (int i = 0; i < WAITERS; i++)
        thread_start(&waiters[i], race_wait, (void *)(uintptr_t)i);
    for (int i = 0; i < CHANGERS; i++)
        thread_start(&changers[i], race_change, (void *)(uintptr_t)i);
    for (int i = 0; i < CHANGERS; i++)
        thread_join(&changers[i]);
    int64_t end = now_ns() + SEC(20);
    while (atomic_load(&race.closed) < atomic_load(&race.closes) && now_ns() < end)
        sleep_ms(1);
    CHECK_EQ(race.closed, race.closes); /* none lost */
    CHECK_EQ(race.late, 0);
    CHECK_GT(race.ready, 0);
    sleep_ms(20);
    CHECK_EQ(race.closed, race.closes); /* none twice */
    CHECK_OK(sock_close(race.p));
    for (int i = 0; i < WAITERS; i++)
        thread_join(&waiters[i]);
    CHECK_EQ(open_fds(), before - 2);
}

static _Atomic int racing;

static void race_close(void *arg)
{
    sock_t s = *(sock_t *)arg;
    atomic_fetch_add(&racing, 1);
    while (atomic_load(&racing) < 2)
        ;
    CHECK_ERR(sock_close(s), 0);
}

static void test_a_remove_that_races_with_a_close(void)
{
    sock_poller_t p = CHECK_OK(sock_poller_new());
    for (int i = 0; i < 2000 / test_slowness(); i++) {
        sock_t pair[2];
        struct thread t;
        struct sock_event e[2];
        unix_pair(pair);
        CHECK_ERR(sock_poller_add(p, pair[0], SOCK_POLL_OUT, 1), 0);
        atomic_store(&racing, 0);
        thread_start(&t, race_close, &pair[0]);
        atomic_fetch_add(&racing, 1);
        while (atomic_load(&racing) < 2)
            ;
        int r = sock_poller_remove(p, pair[0]);
        CHECK(r == 0 || r == -EBADF || r == -ENOENT);
        thread_join(&t);
        int64_t n = sock_poller_wait(p, e, 2, 0);
        CHECK_EQ(n, r != 0);
        if (n == 1)
            CHECK_EQ(e[0].code, SOCK_ECLOSED);
        CHECK_OK(sock_close(pair[1]));
    }
    CHECK_OK(sock_close(p));
}

TEST_MAIN(test_a_close_is_the_last_event, test_of_a_spent_one_shot_too, test_of_a_detached_handle_too,
          test_with_duplicates_alive, test_wakes_a_wait, test_the_pollers_end_wakes_all,
          test_closed_by_the_hook_of_a_wait, test_no_event_after_the_end,
          test_a_remove_that_races_with_a_close)
