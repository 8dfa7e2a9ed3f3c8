/* The interrupt hook, which a thread runs when a signal interrupted its wait: the part of Python's rule for
 * EINTR (R45, PEP 475) that is left to the language. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A thread that waits on a handle with a hook, and the behaviour of its hook. */
struct waiter {
    struct thread thread;
    sock_t s;
    int (*hook)(struct waiter *);
    bool accepts;
    int runs;        /* atomic: number of hook runs */
    int answer;      /* result of the hook */
    sock_t other;    /* argument of the hook */
    int64_t from_hook;
    int64_t result, began, at;
};

static void on_signal(int number)
{
    (void)number;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
}

static int run_hook(void *arg)
{
    struct waiter *w = arg;
    __atomic_add_fetch(&w->runs, 1, __ATOMIC_ACQ_REL);
    return w->hook ? w->hook(w) : w->answer;
}

static void wait_with_hook(void *arg)
{
    struct waiter *w = arg;
    char byte;
    CHECK_ERR(sock_set_interrupt(run_hook, w), 0);
    w->began = now_ns();
    w->result = w->accepts ? sock_accept(w->s, NULL) : sock_recv(w->s, &byte, 1, 0);
    w->at = now_ns();
}

/* Starts it, and returns when it blocks. */
static void start(struct waiter *w, void (*run)(void *))
{
    catch_signals();
    thread_start(&w->thread, run, w);
    thread_wait_blocked(&w->thread);
}

static void interrupt(struct waiter *w)
{
    CHECK_EQ(pthread_kill(w->thread.id, SIGUSR1), 0);
}

/* Sends signals until the hook has run `times` times: a signal that arrives just outside the wait does not
 * run it. */
static void interrupt_until(struct waiter *w, int times)
{
    while (__atomic_load_n(&w->runs, __ATOMIC_ACQUIRE) < times && !thread_ended(&w->thread)) {
        interrupt(w);
        sleep_ms(1);
    }
}

static struct waiter pair(sock_t *peer)
{
    sock_t out[2];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
    *peer = out[1];
    return (struct waiter){.s = out[0]};
}

static void test_negative_result_ends_the_call(void)
{
    static const int answers[] = {-1, -EINTR, SOCK_ECANCELED, -31000, INT32_MIN};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        sock_t peer;
        struct waiter w = pair(&peer);
        w.answer = answers[i];
        start(&w, wait_with_hook);
        interrupt_until(&w, 1);
        thread_join_within(&w.thread, 2000);
        CHECK_EQ(w.result, answers[i]);
        CHECK_EQ(w.runs, 1);
        /* The handle is unchanged. */
        CHECK_EQ(sock_send(peer, "x", 1, 0), 1);
        char byte;
        CHECK_EQ(sock_recv(w.s, &byte, 1, 0), 1);
        CHECK_ERR(sock_close(w.s), 0);
        CHECK_ERR(sock_close(peer), 0);
    }
}

static void test_other_results_continue_the_wait(void)
{
    for (int answer = 0; answer < 2; answer++) {
        sock_t peer;
        struct waiter w = pair(&peer);
        w.answer = answer;
        start(&w, wait_with_hook);
        interrupt_until(&w, 5);
        thread_wait_blocked(&w.thread);
        CHECK_EQ(sock_send(peer, "x", 1, 0), 1);
        thread_join_within(&w.thread, 2000);
        CHECK_EQ(w.result, 1);
        CHECK_ERR(sock_close(w.s), 0);
        CHECK_ERR(sock_close(peer), 0);
    }
}

/* R40, R45: the timeout keeps running while signals arrive and while the hook runs. */
static int slow_hook(struct waiter *w)
{
    (void)w;
    sleep_ms(20);
    return 0;
}

static void test_the_timeout_keeps_running(void)
{
    for (int with_hook = 0; with_hook < 2; with_hook++) {
        sock_t peer;
        struct waiter w = pair(&peer);
        w.hook = with_hook ? slow_hook : NULL;
        CHECK_ERR(sock_settimeout(w.s, MS(300)), 0);
        catch_signals();
        /* Not start(): detecting that it blocks could take longer than the timeout. */
        thread_start(&w.thread, wait_with_hook, &w);
        while (!thread_ended(&w.thread)) {
            interrupt(&w);
            sleep_ms(5);
        }
        thread_join(&w.thread);
        CHECK_ERR(w.result, SOCK_ETIMEDOUT);
        CHECK_TIME(w.at - w.began, 300, 360);
        CHECK_GE(w.runs, 3);
        CHECK_ERR(sock_close(w.s), 0);
        CHECK_ERR(sock_close(peer), 0);
    }
}

/* A deadline that passes while the hook runs ends the call afterwards. */
static int deadline_hook(struct waiter *w)
{
    w->from_hook = sock_setdeadline(w->s, SOCK_READ, sock_now());
    return 0;
}

static int cancel_hook(struct waiter *w)
{
    w->from_hook = sock_setcancel(w->s, w->other) == 0 ? sock_close(w->other) : -1;
    return 0;
}

static void test_the_hook_ends_its_own_call(void)
{
    sock_t peer;
    struct waiter w = pair(&peer);
    w.hook = deadline_hook;
    start(&w, wait_with_hook);
    interrupt_until(&w, 1);
    thread_join_within(&w.thread, 2000);
    CHECK_ERR(w.from_hook, 0);
    CHECK_ERR(w.result, SOCK_ETIMEDOUT);
    CHECK_ERR(sock_setdeadline(w.s, SOCK_READ, SOCK_FOREVER), 0);

    w.hook = cancel_hook;
    w.runs = 0;
    w.other = CHECK_OK(sock_cancel_new());
    start(&w, wait_with_hook);
    interrupt_until(&w, 1);
    thread_join_within(&w.thread, 2000);
    CHECK_ERR(w.from_hook, 0);
    CHECK_ERR(w.result, SOCK_ECANCELED);
    CHECK_ERR(sock_close(w.s), 0);
    CHECK_ERR(sock_close(peer), 0);
}

/* The hook closes the handle on which its thread waits: the close returns 0 at once, the call returns
 * SOCK_ECLOSED, and only then is the descriptor closed, once: the port is free. */
static int close_hook(struct waiter *w)
{
    if (w->from_hook == 77)
        w->from_hook = sock_close(w->s);
    else
        CHECK_ERR(sock_close(w->s), -EBADF);
    return w->answer;
}

/* At a loopback address of this process: a port that is free again stays free for the next listener. */
static sock_t listener(struct sock_addr *name)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    char host[32];
    snprintf(host, sizeof host, "127.%d.%d.2", 1 + getpid() / 250 % 250, 1 + getpid() % 250);
    if (name->len == 0)
        CHECK_ERR(sock_addr_ip(host, 0, name), 0);
    CHECK_ERR(sock_bind(s, name), 0);
    CHECK_ERR(sock_getsockname(s, name), 0);
    CHECK_ERR(sock_listen(s, 5), 0);
    return s;
}

static void test_the_hook_closes_the_handle(void)
{
    for (int round = 0; round < 50; round++) {
        struct sock_addr name = {0};
        int fds = open_fds();
        struct waiter w = {.s = listener(&name), .accepts = true, .hook = close_hook, .from_hook = 77,
                           .answer = round % 2 ? -4711 : 0};
        int fd = sock_fileno(w.s);
        start(&w, wait_with_hook);
        interrupt_until(&w, 1);
        thread_join_within(&w.thread, 2000);
        CHECK_ERR(w.from_hook, 0);
        CHECK_EQ(w.result, round % 2 ? -4711 : SOCK_ECLOSED);
        CHECK(!fd_is_open(fd));
        CHECK_EQ(open_fds(), fds);
        CHECK_ERR(sock_close(w.s), -EBADF);
        CHECK_ERR(sock_close(listener(&name)), 0);
    }
}

/* Others wait on the same handle: all of them return, and the last one closes it. */
static void test_the_hook_closes_a_handle_that_others_use(void)
{
    enum { OTHERS = 4 };
    for (int round = 0; round < 20; round++) {
        struct sock_addr name = {0};
        struct waiter w = {.s = listener(&name), .accepts = true, .hook = close_hook, .from_hook = 77};
        struct waiter others[OTHERS];
        int fd = sock_fileno(w.s);
        for (int i = 0; i < OTHERS; i++) {
            others[i] = (struct waiter){.s = w.s, .accepts = true};
            start(&others[i], wait_with_hook);
        }
        start(&w, wait_with_hook);
        interrupt_until(&w, 1);
        thread_join_within(&w.thread, 2000);
        CHECK_ERR(w.from_hook, 0);
        CHECK_ERR(w.result, SOCK_ECLOSED);
        for (int i = 0; i < OTHERS; i++) {
            thread_join_within(&others[i].thread, 2000);
            CHECK_ERR(others[i].result, SOCK_ECLOSED);
        }
        CHECK(!fd_is_open(fd));
        CHECK_ERR(sock_close(listener(&name)), 0);
    }
}

/* In a hook, detach returns -EDEADLK on the same handle and changes nothing, not even O_NONBLOCK, which it
 * normally clears on a descriptor that was never exposed. On another handle it works. */
static int detach_hook(struct waiter *w)
{
    w->from_hook = sock_detach(w->s);
    return 0;
}

static int lowest_free_fd(void)
{
    int fd = (int)CHECK_SYS(dup(STDOUT_FILENO));
    close(fd);
    return fd;
}

static void test_detach_in_a_hook(void)
{
    int fd = lowest_free_fd();
    sock_t peer;
    struct waiter w = pair(&peer);
    w.hook = detach_hook;
    int flags = fcntl(fd, F_GETFL);
    CHECK(flags & O_NONBLOCK); /* the descriptor of w.s, not exposed */
    start(&w, wait_with_hook);
    interrupt_until(&w, 2);
    CHECK_ERR(w.from_hook, -EDEADLK);
    CHECK_EQ(fcntl(fd, F_GETFL), flags);
    CHECK_EQ(sock_send(peer, "x", 1, 0), 1);
    thread_join_within(&w.thread, 2000);
    CHECK_EQ(w.result, 1);
    CHECK_EQ(sock_detach(w.s), fd);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    close(fd);
    CHECK_ERR(sock_close(peer), 0);
}

/* The hook uses other handles: waits on them, opens and closes them. */
static int busy_hook(struct waiter *w)
{
    sock_t out[2];
    char buf[4];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, out), 0);
    CHECK_ERR(sock_settimeout(out[0], MS(2)), 0);
    CHECK_ERR(sock_recv(out[0], buf, sizeof buf, 0), SOCK_ETIMEDOUT);
    CHECK_EQ(sock_send(out[1], "abc", 3, 0), 3);
    CHECK_EQ(sock_recv(out[0], buf, sizeof buf, 0), 3);
    int fd = sock_fileno(out[1]);
    CHECK_EQ(sock_detach(out[1]), fd);
    close(fd);
    CHECK_ERR(sock_close(out[0]), 0);
    CHECK_EQ(sock_send(w->s, "y", 1, 0), 1); /* and the same handle, in the other direction */
    return 0;
}

static void test_the_hook_uses_libsock(void)
{
    sock_t peer;
    char byte;
    struct waiter w = pair(&peer);
    w.hook = busy_hook;
    start(&w, wait_with_hook);
    interrupt_until(&w, 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sock_recv(peer, &byte, 1, 0), 1);
    CHECK_EQ(sock_send(peer, "x", 1, 0), 1);
    thread_join_within(&w.thread, 2000);
    CHECK_EQ(w.result, 1);
    CHECK_ERR(sock_close(w.s), 0);
    CHECK_ERR(sock_close(peer), 0);
}

/* Waits inside hooks inside waits, up to and beyond the 8 that a thread's record holds. Each level can be
 * ended by a close, a token or data, from the innermost outwards. */
enum { LEVELS = 12 };

struct tower {
    struct thread thread;
    sock_t s[LEVELS], peer[LEVELS];
    int level; /* atomic: number of waits begun */
    int64_t result[LEVELS];
};

static int climb(void *arg)
{
    struct tower *t = arg;
    int level = __atomic_fetch_add(&t->level, 1, __ATOMIC_ACQ_REL);
    char byte;
    if (level < LEVELS)
        t->result[level] = sock_recv(t->s[level], &byte, 1, 0);
    return 0;
}

static void climb_from_the_ground(void *arg)
{
    CHECK_ERR(sock_set_interrupt(climb, arg), 0);
    climb(arg);
}

static void test_nested_waits(void)
{
    struct tower t = {.level = 0};
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    catch_signals();
    for (int i = 0; i < LEVELS; i++) {
        struct waiter w = pair(&t.peer[i]);
        t.s[i] = w.s;
        t.result[i] = 77;
    }
    thread_start(&t.thread, climb_from_the_ground, &t);
    for (int level = 1; level < LEVELS; level++) {
        /* A second signal that is on its way when the first has been seen would begin another wait: so the next
         * one is sent only when this one must have been lost, between the thread's last look and its sleep. */
        while (__atomic_load_n(&t.level, __ATOMIC_ACQUIRE) <= level) {
            thread_wait_blocked(&t.thread);
            CHECK_EQ(pthread_kill(t.thread.id, SIGUSR1), 0);
            for (int i = 0; i < 1000 && __atomic_load_n(&t.level, __ATOMIC_ACQUIRE) <= level; i++)
                sleep_ms(1);
        }
    }
    thread_wait_blocked(&t.thread);
    CHECK_EQ(t.level, LEVELS);
    /* An outer wait cannot return before the inner ones have: only the state counts, not when it changed. */
    CHECK_ERR(sock_setdeadline(t.s[1], SOCK_READ, 0), 0);
    CHECK_ERR(sock_setcancel(t.s[10], token), 0);
    for (int i = LEVELS; i-- > 0;) {
        int64_t ended_at = now_ns();
        switch (i % 4) {
        case 0: CHECK_ERR(sock_close(t.s[i]), 0); break;
        case 1: CHECK_ERR(sock_setdeadline(t.s[i], SOCK_READ, sock_now()), 0); break;
        case 2: CHECK_ERR(sock_cancel_fire(token), 0); CHECK_ERR(sock_setcancel(t.s[i], token), 0); break;
        default: CHECK_EQ(sock_send(t.peer[i], "x", 1, 0), 1);
        }
        while (__atomic_load_n(&t.result[i], __ATOMIC_ACQUIRE) == 77)
            sleep_ms(0.1);
        CHECK_TIME(now_ns() - ended_at, 0, 25);
        CHECK_ERR(t.result[i], i % 4 == 0 ? SOCK_ECLOSED : i % 4 == 1 ? SOCK_ETIMEDOUT : i % 4 == 2 ? SOCK_ECANCELED : 1);
    }
    thread_join_within(&t.thread, 2000);
    for (int i = 0; i < LEVELS; i++) {
        CHECK_ERR(sock_close(t.s[i]), i % 4 ? 0 : -EBADF);
        CHECK_ERR(sock_close(t.peer[i]), 0);
    }
    CHECK_ERR(sock_close(token), 0);
}

static void wait_without_hook(void *arg)
{
    struct waiter *w = arg;
    char byte;
    w->result = sock_recv(w->s, &byte, 1, 0);
}

/* R45: without a hook signals end no call; a hook applies only to its own thread. */
static void test_a_hook_applies_to_its_thread(void)
{
    sock_t peer, other_peer;
    struct waiter with = pair(&peer), without = pair(&other_peer);
    with.answer = -4711;
    start(&with, wait_with_hook);
    start(&without, wait_without_hook);
    for (int i = 0; i < 20; i++) {
        interrupt(&without);
        sleep_ms(1);
    }
    thread_wait_blocked(&without.thread);
    CHECK_EQ(with.runs, 0);
    CHECK_EQ(sock_send(other_peer, "x", 1, 0), 1);
    thread_join_within(&without.thread, 2000);
    CHECK_EQ(without.result, 1);
    interrupt_until(&with, 1);
    thread_join_within(&with.thread, 2000);
    CHECK_EQ(with.result, -4711);

    /* A thread that reuses the record of an ended thread does not inherit its hook. */
    start(&without, wait_without_hook);
    interrupt(&without);
    thread_wait_blocked(&without.thread);
    CHECK_EQ(sock_send(other_peer, "x", 1, 0), 1);
    thread_join_within(&without.thread, 2000);
    CHECK_EQ(without.result, 1);
    CHECK_EQ(with.runs, 1);
    CHECK_ERR(sock_close(with.s), 0);
    CHECK_ERR(sock_close(peer), 0);
    CHECK_ERR(sock_close(without.s), 0);
    CHECK_ERR(sock_close(other_peer), 0);
}

/* A removed hook does not run again, even if it removes itself. */
static int remove_hook(struct waiter *w)
{
    w->from_hook = sock_set_interrupt(NULL, NULL);
    return 0;
}

static void test_removed(void)
{
    sock_t peer;
    struct waiter w = pair(&peer);
    w.hook = remove_hook;
    start(&w, wait_with_hook);
    interrupt_until(&w, 1);
    for (int i = 0; i < 10; i++) {
        interrupt(&w);
        sleep_ms(1);
    }
    thread_wait_blocked(&w.thread);
    CHECK_EQ(sock_send(peer, "x", 1, 0), 1);
    thread_join_within(&w.thread, 2000);
    CHECK_EQ(w.result, 1);
    CHECK_EQ(w.runs, 1);
    CHECK_ERR(w.from_hook, 0);
    CHECK_ERR(sock_close(w.s), 0);
    CHECK_ERR(sock_close(peer), 0);
}

/* Every kind of wait runs it, connect and sends too. A send that already moved some bytes returns their
 * count. */
static void send_with_hook(void *arg)
{
    static const char data[1 << 20];
    struct waiter *w = arg;
    CHECK_ERR(sock_set_interrupt(run_hook, w), 0);
    w->result = sock_send(w->s, data, sizeof data, 0);
    w->from_hook = sock_sendall(w->s, data, sizeof data, 0, NULL);
}

static void test_a_send_that_moved_some_returns_that(void)
{
    sock_t peer;
    struct waiter w = pair(&peer);
    w.answer = -4711;
    start(&w, send_with_hook);
    interrupt_until(&w, 1);
    interrupt_until(&w, 2);
    thread_join_within(&w.thread, 2000);
    CHECK_GT(w.result, 0);
    CHECK_LT(w.result, 1 << 20);
    CHECK_EQ(w.from_hook, -4711);
    CHECK_ERR(sock_close(w.s), 0);
    CHECK_ERR(sock_close(peer), 0);
}

TEST_MAIN(test_negative_result_ends_the_call, test_other_results_continue_the_wait,
          test_the_timeout_keeps_running, test_the_hook_ends_its_own_call, test_the_hook_closes_the_handle,
          test_the_hook_closes_a_handle_that_others_use, test_detach_in_a_hook, test_the_hook_uses_libsock,
          test_nested_waits, test_a_hook_applies_to_its_thread, test_removed,
          test_a_send_that_moved_some_returns_that)
