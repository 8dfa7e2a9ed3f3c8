/* sock_wait: readiness without a transfer, and what ends the wait. */
#include "transfer.h"

#include <errno.h>
#include <signal.h>

struct waiting {
    sock_t s;
    int direction, result;
    int64_t timeout, took;
};

static void waits(void *arg)
{
    struct waiting *c = arg;
    int64_t begin = now_ns();
    c->result = sock_wait(c->s, c->direction, c->timeout);
    c->took = now_ns() - begin;
}

/* Looks once, whatever the mode, and takes nothing. */
static void test_looks_once(void)
{
    static const int64_t modes[] = {0, MS(1), SOCK_FOREVER};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        sock_t pair[2];
        char byte;
        make_tcp(pair);
        CHECK_OK(sock_settimeout(pair[0], modes[i]));
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, 0), 0);
        CHECK_EQ(sock_wait(pair[0], SOCK_WRITE, 0), 1);
        CHECK_EQ(sock_send(pair[1], "x", 1, 0), 1);
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, SEC(20)), 1);
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, 0), 1);
        CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 1);
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, 0), 0);
        fill(pair[0]);
        CHECK_EQ(sock_wait(pair[0], SOCK_WRITE, 0), 0);
        CHECK_OK(sock_shutdown(pair[1], SHUT_WR));
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, SEC(20)), 1);
        CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 0);
        close_pair(pair);
    }
}

/* The timeout is that of the call: neither the mode nor SO_RCVTIMEO changes it. */
static void test_timeout_of_the_call(void)
{
    sock_t pair[2];
    struct timeval limit = {0, 1000};
    make_pair(SOCK_STREAM, pair);
    for (int kind = 0; kind < 3; kind++) {
        if (kind == 2)
            CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
        CHECK_OK(sock_settimeout(pair[0], kind == 0 ? 0 : kind == 1 ? MS(1) : SOCK_FOREVER));
        int64_t begin = now_ns();
        CHECK_EQ(sock_wait(pair[0], SOCK_READ, MS(60)), 0);
        CHECK_TIME(now_ns() - begin, 60, 500);
    }
    int64_t begin = now_ns();
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() + MS(30)));
    CHECK_ERR(sock_wait(pair[0], SOCK_READ, SEC(20)), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - begin, 30, 500);
    /* One that has passed ends the call before it looks, in its direction only. */
    CHECK_EQ(sock_send(pair[1], "x", 1, 0), 1);
    CHECK_ERR(sock_wait(pair[0], SOCK_READ, 0), SOCK_ETIMEDOUT);
    CHECK_EQ(sock_wait(pair[0], SOCK_WRITE, 0), 1);
    close_pair(pair);
}

/* An error ends the wait and stays where it is: the next call reports it. */
static void test_leaves_the_error(void)
{
    struct sock_addr to, own;
    char byte;
    sock_t udp = make_udp(&to), other = make_udp(&own);
    CHECK_OK(sock_close(udp));
    CHECK_OK(sock_connect(other, &to));
    CHECK_EQ(sock_send(other, "x", 1, 0), 1);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sock_wait(other, SOCK_READ, SEC(20)), 1);
    CHECK_ERR(sock_recv(other, &byte, 1, MSG_DONTWAIT), -ECONNREFUSED);
    CHECK_EQ(sock_wait(other, SOCK_READ, 0), 0);
    CHECK_OK(sock_close(other));
}

enum ending { CLOSE, CANCEL, DEADLINE };

static void test_what_ends_a_wait(void)
{
    static const int codes[] = {SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT};
    for (int i = 0; i < 6; i++) {
        sock_t pair[2];
        struct thread t;
        enum ending how = i % 3;
        struct waiting c = {.direction = i < 3 ? SOCK_READ : SOCK_WRITE, .timeout = i % 2 ? SOCK_FOREVER : SEC(60)};
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        make_pair(SOCK_STREAM, pair);
        fill(pair[0]);
        CHECK_OK(sock_setcancel(pair[0], token));
        CHECK_OK(sock_settimeout(pair[0], 0));
        c.s = pair[0];
        thread_start(&t, waits, &c);
        thread_wait_blocked(&t);
        if (how == CLOSE)
            CHECK_OK(sock_close(pair[0]));
        else if (how == CANCEL)
            CHECK_OK(sock_cancel_fire(token));
        else
            CHECK_OK(sock_setdeadline(pair[0], c.direction, 0));
        thread_join_within(&t, 5000);
        CHECK_ERR(c.result, codes[how]);
        if (how == CANCEL)
            CHECK_ERR(sock_wait(pair[0], c.direction, 0), SOCK_ECANCELED);
        if (how != CLOSE)
            CHECK_OK(sock_close(pair[0]));
        CHECK_OK(sock_close(pair[1]));
        CHECK_OK(sock_close(token));
    }
}

static void nothing(int signal)
{
    (void)signal;
}

static int hook(void *count)
{
    return ++*(int *)count == 2 ? -4711 : 0;
}

static void waits_with_hook(void *arg)
{
    int count = 0;
    CHECK_OK(sock_set_interrupt(hook, &count));
    waits(arg);
    CHECK_EQ(count, 2);
}

/* A signal runs the hook, whose code ends the wait. */
static void test_interrupted(void)
{
    sock_t pair[2];
    struct thread t;
    struct waiting c = {.direction = SOCK_READ, .timeout = SEC(60)};
    signal(SIGUSR1, nothing);
    make_pair(SOCK_STREAM, pair);
    c.s = pair[0];
    thread_start(&t, waits_with_hook, &c);
    for (int i = 0; i < 2; i++) {
        thread_wait_blocked(&t);
        CHECK(!thread_ended(&t));
        CHECK_EQ(pthread_kill(t.id, SIGUSR1), 0);
    }
    thread_join_within(&t, 5000);
    CHECK_EQ(c.result, -4711);
    close_pair(pair);
}

static void test_arguments(void)
{
    sock_t pair[2];
    make_pair(SOCK_STREAM, pair);
    for (int direction = 0; direction < 5; direction += direction == 0 ? 3 : 1)
        CHECK_REFUSED(sock_wait(pair[0], direction, 0), -EINVAL, "direction");
    CHECK_REFUSED(sock_wait(pair[0], SOCK_READ, -1), -EINVAL, "timeout_ns");
    close_pair(pair);
    CHECK_ERR(sock_wait(pair[0], SOCK_READ, 0), -EBADF);
}

TEST_MAIN(test_looks_once, test_timeout_of_the_call, test_leaves_the_error, test_what_ends_a_wait, test_interrupted,
          test_arguments)
