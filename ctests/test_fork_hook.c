/* Forks inside calls and interrupt hooks, and in a process with a thread that is inside a hook. */
#include "forks.h"

#include <errno.h>
#include <sys/wait.h>
#include <time.h>

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

TEST_MAIN(test_in_a_hook, test_close_in_the_hook_of_a_child, test_while_a_thread_is_in_a_hook)
