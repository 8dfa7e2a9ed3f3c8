/* fork: handles work in the child, whatever other threads were doing, and nothing that the child does affects
 * the parent. */
#include "check.h"
#include "connected.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How to create a child: with the fork handlers of the C library, or without. */
static pid_t by_fork(void)
{
    return fork();
}

static pid_t by_clone(void)
{
    const char *run = getenv("SOCK_TEST_MODE");
    if (run && strncmp(run, "portable", 8) == 0)
        return fork(); /* the portable backend does not notice a child that runs no fork handlers */
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static pid_t (*const makers[])(void) = {by_fork, by_clone};

/* In a child created with the handlers: its process id. */
static pid_t by_handlers;

/* Runs a function in a child created this way. */
static pid_t child_by(pid_t (*maker)(void), void (*run)(void *), void *arg)
{
    fflush(NULL);
    pid_t pid = CHECK_SYS(maker());
    if (pid == 0) {
        by_handlers = maker == by_fork ? getpid() : 0;
        test_timeout(30);
        run(arg);
        _exit(0);
    }
    return pid;
}

struct waiter {
    struct thread thread;
    sock_t s;
    int flags;
    int64_t result, returned, cpu;
};

static void wait_here(void *arg)
{
    struct waiter *w = arg;
    char data[16];
    w->result = sock_recv(w->s, data, sizeof data, w->flags);
    w->returned = now_ns();
    w->cpu = thread_cpu_ns();
}

static void start_waiting(struct waiter *w, sock_t s)
{
    *w = (struct waiter){.s = s};
    thread_start(&w->thread, wait_here, w);
    thread_wait_blocked(&w->thread);
}

/* A call that returned at once used too little CPU to have spun. */
static void check_no_spin(const struct waiter *w)
{
    CHECK_TIME(w->cpu, 0, 10);
}

/* The number of event descriptors of this process: those of libsock's waits and tokens. */
static int event_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof target - 1) > 0 && strstr(target, "eventfd"))
            count++;
    }
    return count;
}

/* Blocked threads ----------------------------------------------------------------------------------- */

struct scene {
    sock_t busy[2], idle[2];
    sock_cancel_t token;
};

static void use_and_close(void *arg)
{
    struct scene *s = arg;
    char data[16];
    if (getpid() == by_handlers)
        CHECK_EQ(event_fds(), 0); /* closed at fork; without the handlers, by the first call that needs it */
    /* Sends and receives on the handle on which a thread of the parent waits. */
    CHECK_EQ(sock_send(s->idle[0], "child", 5, 0), 5);
    CHECK_EQ(sock_recv(s->idle[1], data, sizeof data, 0), 5);
    CHECK_OK(sock_settimeout(s->busy[0], MS(10)));
    CHECK_ERR(sock_recv(s->busy[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(s->busy[0], SOCK_FOREVER));
    CHECK_OK(sock_close(CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0))));

    /* Closes at once, although a thread of the parent is inside a call. */
    int64_t start = now_ns();
    CHECK_EQ(sock_close(s->busy[0]), 0);
    CHECK_EQ(sock_close(s->busy[1]), 0);
    CHECK_ERR(sock_close(s->busy[0]), -EBADF);
    CHECK_EQ(sock_close(s->token), 0);
    CHECK_EQ(close(CHECK_OK(sock_detach(s->idle[0]))), 0);
    CHECK_EQ(sock_close(s->idle[1]), 0);
    CHECK_TIME(now_ns() - start, 0, 50);
}

static void test_while_threads_are_blocked(void)
{
    for (size_t maker = 0; maker < 2; maker++)
        for (int seen = 0; seen < 2; seen++) {
            struct scene s;
            struct waiter w[4];
            tcp_pair(s.busy);
            unix_pair(s.idle);
            s.token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(s.busy[0], s.token));
            if (seen)
                CHECK_OK(sock_fileno(s.busy[0]));
            for (int i = 0; i < 4; i++)
                start_waiting(&w[i], s.busy[0]);
            child_join(child_by(makers[maker], use_and_close, &s));

            /* The parent is unaffected: its threads still wait, and data and a close wake them. */
            sleep_ms(20);
            for (int i = 0; i < 4; i++)
                CHECK(!thread_ended(&w[i].thread));
            CHECK_EQ(sock_send(s.busy[1], "x", 1, 0), 1);
            int ended = 0;
            for (int64_t end = now_ns() + SEC(2); !ended && now_ns() < end; sleep_ms(1))
                for (int i = 0; i < 4; i++)
                    ended += thread_ended(&w[i].thread) && w[i].result == 1;
            CHECK_EQ(ended, 1);
            int64_t start = now_ns();
            CHECK_EQ(sock_close(s.busy[0]), 0);
            for (int i = 0; i < 4; i++) {
                thread_join_within(&w[i].thread, 500);
                check_no_spin(&w[i]);
                if (w[i].result != 1) {
                    CHECK_ERR(w[i].result, SOCK_ECLOSED);
                    CHECK_TIME(w[i].returned - start, 0, 20);
                }
            }
            CHECK_OK(sock_close(s.busy[1]));
            CHECK_OK(sock_close(s.token));
            close_pair(s.idle);
        }
}

/* Wake-ups ---------------------------------------------------------------------------------------- */

static void close_soon(void *arg)
{
    sleep_ms(30);
    CHECK_OK(sock_close(*(sock_t *)arg));
}

/* Waits in this thread, which has waited before; another thread's close wakes it. */
static void wake_myself(void *arg)
{
    for (int i = 0; i < 5; i++) {
        sock_t twin = CHECK_OK(sock_dup(*(sock_t *)arg));
        struct thread closer;
        char byte;
        thread_start(&closer, close_soon, &twin);
        CHECK_ERR(sock_recv(twin, &byte, 1, 0), SOCK_ECLOSED);
        thread_join(&closer);
    }
}

/* The descriptors that wake threads are not shared: no process takes the other's wake-up. */
static void test_wake_ups_are_not_shared(void)
{
    for (size_t maker = 0; maker < 2; maker++) {
        sock_t pair[2];
        char byte;
        unix_pair(pair);
        CHECK_OK(sock_settimeout(pair[0], MS(2)));
        CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT); /* creates this thread's descriptor */
        CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
        CHECK_GT(event_fds(), 0);
        pid_t child = child_by(makers[maker], wake_myself, &pair[0]);
        int64_t cpu = thread_cpu_ns();
        wake_myself(&pair[0]);
        CHECK_TIME(thread_cpu_ns() - cpu, 0, 20);
        child_join(child);
        close_pair(pair);
    }
}

/* Tokens ------------------------------------------------------------------------------------------ */

struct tokens {
    sock_t pair[2];
    sock_cancel_t fired, fresh, parents;
    int to_parent[2], to_child[2];
};

static void use_tokens(void *arg)
{
    struct tokens *t = arg;
    char byte = 'x';
    struct waiter w;
    CHECK_OK(sock_setcancel(t->pair[0], t->fired));
    CHECK_ERR(sock_recv(t->pair[0], &byte, 1, 0), SOCK_ECANCELED); /* fired before the fork: fired here too */

    /* A token created before the fork works here, also on a waiting call. */
    CHECK_OK(sock_setcancel(t->pair[0], t->fresh));
    start_waiting(&w, t->pair[0]);
    CHECK_OK(sock_cancel_fire(t->fresh));
    thread_join_within(&w.thread, 500);
    CHECK_ERR(w.result, SOCK_ECANCELED);

    /* A token that the parent fires now is fired only there. */
    CHECK_EQ(write(t->to_parent[1], &byte, 1), 1);
    CHECK_EQ(read(t->to_child[0], &byte, 1), 1);
    CHECK_OK(sock_setcancel(t->pair[0], t->parents));
    CHECK_OK(sock_settimeout(t->pair[0], MS(10)));
    CHECK_ERR(sock_recv(t->pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(t->fresh));
    CHECK_OK(sock_close(t->parents));
    CHECK_OK(sock_close(t->fired));
}

static void test_tokens(void)
{
    for (size_t maker = 0; maker < 2; maker++) {
        struct tokens t;
        struct waiter w;
        char byte = 'x';
        unix_pair(t.pair);
        t.fired = CHECK_OK(sock_cancel_new());
        t.fresh = CHECK_OK(sock_cancel_new());
        t.parents = CHECK_OK(sock_cancel_new());
        CHECK_SYS(pipe(t.to_parent));
        CHECK_SYS(pipe(t.to_child));
        CHECK_OK(sock_cancel_fire(t.fired));
        CHECK_OK(sock_setcancel(t.pair[1], t.fresh));
        start_waiting(&w, t.pair[1]); /* its token fires in the child */

        pid_t child = child_by(makers[maker], use_tokens, &t);
        CHECK_EQ(read(t.to_parent[0], &byte, 1), 1);
        CHECK_OK(sock_cancel_fire(t.parents));
        CHECK_EQ(write(t.to_child[1], &byte, 1), 1);
        child_join(child);
        sleep_ms(50);
        CHECK(!thread_ended(&w.thread));
        int64_t start = now_ns();
        CHECK_OK(sock_cancel_fire(t.fresh));
        thread_join_within(&w.thread, 500);
        CHECK_ERR(w.result, SOCK_ECANCELED);
        CHECK_TIME(w.returned - start, 0, 20);
        check_no_spin(&w);
        close_pair(t.pair);
        CHECK_OK(sock_close(t.fired));
        CHECK_OK(sock_close(t.fresh));
        CHECK_OK(sock_close(t.parents));
        for (int i = 0; i < 2; i++) {
            close(t.to_parent[i]);
            close(t.to_child[i]);
        }
    }
}

/* The very first thing the child does is fire or close a token on which the parent waits. */
static void fire_at_once(void *arg)
{
    CHECK_OK(sock_cancel_fire(*(sock_cancel_t *)arg));
}

static void close_at_once(void *arg)
{
    CHECK_OK(sock_close(*(sock_cancel_t *)arg));
}

static void test_token_is_the_childs_first_call(void)
{
    void (*const acts[])(void *) = {fire_at_once, close_at_once};
    for (size_t maker = 0; maker < 2; maker++)
        for (size_t act = 0; act < 2; act++) {
            sock_t pair[2];
            struct waiter w;
            unix_pair(pair);
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(pair[0], token));
            start_waiting(&w, pair[0]);
            child_join(child_by(makers[maker], acts[act], &token));
            sleep_ms(100);
            CHECK(!thread_ended(&w.thread));
            send_text(pair[1], "x");
            thread_join_within(&w.thread, 500);
            CHECK_EQ(w.result, 1);
            check_no_spin(&w);
            CHECK_OK(sock_close(token));
            close_pair(pair);
        }
}

/* Inside calls and hooks -------------------------------------------------------------------------- */

static void on_signal(int number)
{
    (void)number;
}

struct hooked {
    sock_t s;
    int forks;
    pid_t child;
    bool in_child;
};

static int fork_in_hook(void *arg)
{
    struct hooked *h = arg;
    if (h->forks++ > 0)
        return 0;
    fflush(NULL);
    h->child = fork();
    h->in_child = h->child == 0;
    if (h->in_child)
        test_timeout(30);
    return h->child < 0 ? -EIO : 0;
}

static void interrupt_me(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    struct itimerspec soon = {.it_value = {0, 30000000}};
    struct sigaction action = {.sa_handler = on_signal};
    timer_t timer;
    CHECK_SYS(sigaction(SIGUSR2, &action, NULL));
    CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer));
    CHECK_SYS(timer_settime(timer, 0, &soon, NULL));
}

/* The hook of a waiting call forks: both processes continue the call, with the same limit. */
static void test_in_a_hook(void)
{
    sock_t pair[2];
    char data[8];
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(200)));
    struct hooked h = {.s = pair[0]};
    CHECK_OK(sock_set_interrupt(fork_in_hook, &h));
    interrupt_me();
    int64_t start = now_ns(), result = sock_recv(pair[0], data, sizeof data, 0), took = now_ns() - start;
    CHECK_GT(h.forks, 0);
    CHECK_ERR(result, SOCK_ETIMEDOUT);
    CHECK_TIME(took, 200, 300);
    if (h.in_child) {
        CHECK_EQ(sock_send(pair[0], "child", 5, 0), 5);
        CHECK_EQ(sock_close(pair[0]), 0);
        CHECK_EQ(sock_close(pair[1]), 0);
        _exit(0);
    }
    child_join(h.child);
    CHECK_OK(sock_set_interrupt(NULL, NULL));
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 5);
    close_pair(pair);
}

static int close_in_child(void *arg)
{
    struct hooked *h = arg;
    int answer = fork_in_hook(arg);
    if (h->in_child && h->forks == 1) {
        int64_t start = now_ns();
        CHECK_EQ(sock_close(h->s), 0); /* handed over to the call that is running */
        CHECK_TIME(now_ns() - start, 0, 50);
        CHECK_ERR(sock_send(h->s, "x", 1, 0), -EBADF);
    }
    return answer;
}

/* The hook closes the handle of its own call: in the child that ends the call; the parent is unaffected. */
static void test_close_in_the_hook_of_a_child(void)
{
    sock_t pair[2];
    char data[8];
    unix_pair(pair);
    struct hooked h = {.s = pair[0]};
    CHECK_OK(sock_settimeout(pair[0], MS(300)));
    CHECK_OK(sock_set_interrupt(close_in_child, &h));
    interrupt_me();
    int before = open_fds();
    int64_t result = sock_recv(pair[0], data, sizeof data, 0);
    if (h.in_child) {
        CHECK_ERR(result, SOCK_ECLOSED);
        CHECK_LE(open_fds(), before); /* closed by the call as it returned */
        CHECK_EQ(sock_close(pair[1]), 0);
        _exit(0);
    }
    CHECK_ERR(result, SOCK_ETIMEDOUT);
    child_join(h.child);
    CHECK_OK(sock_set_interrupt(NULL, NULL));
    send_text(pair[1], "alive");
    CHECK_EQ(sock_recv(pair[0], data, sizeof data, 0), 5);
    close_pair(pair);
}

struct slow_hook {
    struct thread thread;
    sock_t s;
    int inside; /* atomic */
    int leave;  /* atomic */
    int64_t result;
};

static int stay(void *arg)
{
    struct slow_hook *h = arg;
    __atomic_store_n(&h->inside, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&h->leave, __ATOMIC_ACQUIRE))
        sleep_ms(1);
    return 0;
}

static void receive_hooked(void *arg)
{
    struct slow_hook *h = arg;
    char byte;
    CHECK_OK(sock_set_interrupt(stay, h));
    h->result = sock_recv(h->s, &byte, 1, 0);
    CHECK_OK(sock_set_interrupt(NULL, NULL));
}

static void close_one(void *arg)
{
    struct slow_hook *h = arg;
    int64_t start = now_ns();
    CHECK_EQ(sock_close(h->s), 0);
    CHECK_TIME(now_ns() - start, 0, 50);
}

static void find_it_closed(void *arg)
{
    struct slow_hook *h = arg;
    CHECK_ERR(sock_send(h->s, "x", 1, 0), -EBADF);
    CHECK_ERR(sock_close(h->s), -EBADF);
}

static void close_it(void *arg)
{
    CHECK_EQ(sock_close(*(sock_t *)arg), 0);
}

/* Another thread is inside the hook of its call: the child's close does not wait for it. Then the parent
 * begins to close, and forks meanwhile: in the child the handle is gone, and its descriptor too. */
static void test_while_a_thread_is_in_a_hook(void)
{
    for (size_t maker = 0; maker < 2; maker++) {
        sock_t pair[2];
        struct thread closer;
        char byte;
        unix_pair(pair);
        struct sigaction action = {.sa_handler = on_signal};
        CHECK_SYS(sigaction(SIGUSR2, &action, NULL));
        struct slow_hook h = {.s = pair[0]};
        thread_start(&h.thread, receive_hooked, &h);
        thread_wait_blocked(&h.thread);
        while (!__atomic_load_n(&h.inside, __ATOMIC_ACQUIRE)) {
            CHECK_EQ(pthread_kill(h.thread.id, SIGUSR2), 0);
            sleep_ms(2);
        }
        child_join(child_by(makers[maker], close_one, &h));

        thread_start(&closer, close_it, &pair[0]);
        sleep_ms(30); /* of the 100 ms that it waits */
        child_join(child_by(makers[maker], find_it_closed, &h));
        thread_join_within(&closer, 500);
        pid_t child = child_by(makers[maker], find_it_closed, &h); /* handed over by now */
        child_join(child);
        __atomic_store_n(&h.leave, 1, __ATOMIC_RELEASE);
        thread_join_within(&h.thread, 500);
        CHECK_ERR(h.result, SOCK_ECLOSED);
        CHECK_EQ(sock_recv(pair[1], &byte, 1, 0), 0); /* no child has kept it open */
        CHECK_OK(sock_close(pair[1]));
    }
}

/* Forks under load --------------------------------------------------------------------------------- */

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

/* Generations ------------------------------------------------------------------------------------- */

static void grandchild(void *arg)
{
    sock_t *pair = arg;
    char data[8];
    CHECK_EQ(sock_send(pair[0], "grand", 5, 0), 5);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 5);
    close_pair(pair);
}

static void child_with_child(void *arg)
{
    sock_t *pair = arg;
    struct waiter w;
    start_waiting(&w, pair[0]);
    child_join(child_start(grandchild, pair));
    int64_t start = now_ns();
    CHECK_OK(sock_close(pair[0]));
    thread_join_within(&w.thread, 500);
    CHECK_ERR(w.result, SOCK_ECLOSED);
    CHECK_TIME(w.returned - start, 0, 20);
}

static void test_grandchildren(void)
{
    sock_t pair[2];
    char data[8];
    unix_pair(pair);
    child_join(child_start(child_with_child, pair));
    send_text(pair[0], "mine");
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 4);
    close_pair(pair);
}

/* Handles created after the fork belong to one process each, though their numbers may be equal. */
static void make_and_close(void *arg)
{
    sock_t last = *(sock_t *)arg, s;
    for (int i = 0; i < 100; i++) {
        s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_NE(s, last);
        CHECK_OK(sock_close(s));
    }
}

static void test_new_handles_are_separate(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    pid_t child = child_start(make_and_close, &s);
    make_and_close(&s);
    child_join(child);
    CHECK_EQ(sock_type(s), SOCK_STREAM);
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_while_threads_are_blocked, test_wake_ups_are_not_shared, test_tokens,
          test_token_is_the_childs_first_call, test_in_a_hook, test_close_in_the_hook_of_a_child,
          test_while_a_thread_is_in_a_hook, test_forks_under_load, test_forks_under_load_without_handlers,
          test_grandchildren, test_new_handles_are_separate)
