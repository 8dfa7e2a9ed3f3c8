/* Cancel tokens as objects. test_wake_cancel covers every call that they end. */
#include "check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    sock_t a, b;
};

static struct pair pair(void)
{
    sock_t out[2];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
    return (struct pair){out[0], out[1]};
}

static void close_pair(struct pair p)
{
    CHECK_ERR(sock_close(p.a), 0);
    CHECK_ERR(sock_close(p.b), 0);
}

struct receiver {
    struct thread thread;
    sock_t s;
    int64_t result, at;
};

static void receive(void *arg)
{
    struct receiver *r = arg;
    char byte;
    r->result = sock_recv(r->s, &byte, 1, 0);
    r->at = now_ns();
}

static void start(struct receiver *r, sock_t s)
{
    r->s = s;
    thread_start(&r->thread, receive, r);
    thread_wait_blocked(&r->thread);
}

/* One token ends the calls of many sockets and many threads, including several on one socket. */
static void test_one_token_for_many(void)
{
    enum { SOCKETS = 8, EACH = 2 };
    struct pair pairs[SOCKETS];
    struct receiver receivers[SOCKETS * EACH];
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    for (int i = 0; i < SOCKETS; i++) {
        pairs[i] = pair();
        CHECK_ERR(sock_setcancel(pairs[i].a, token), 0);
    }
    for (int i = 0; i < SOCKETS * EACH; i++)
        start(&receivers[i], pairs[i % SOCKETS].a);
    int64_t fired_at = now_ns();
    CHECK_ERR(sock_cancel_fire(token), 0);
    for (int i = 0; i < SOCKETS * EACH; i++) {
        thread_join_within(&receivers[i].thread, 2000);
        CHECK_ERR(receivers[i].result, SOCK_ECANCELED);
        CHECK_TIME(receivers[i].at - fired_at, 0, 20);
    }
    for (int i = 0; i < SOCKETS; i++)
        close_pair(pairs[i]);
    CHECK_ERR(sock_close(token), 0);
}

/* A fired token ends calls before they try; ready data stays in the socket. */
static void test_fails_before_trying(void)
{
    struct pair p = pair();
    struct sock_addr name, from;
    char buf[8];
    size_t sent = 77;
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    sock_t listener = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0)), client = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(sock_addr_unix(NULL, 0, &name), 0);
    CHECK_ERR(sock_bind(listener, &name), 0);
    CHECK_ERR(sock_getsockname(listener, &name), 0);
    CHECK_ERR(sock_listen(listener, 5), 0);
    CHECK_ERR(sock_connect(client, &name), 0);
    CHECK_EQ(sock_send(p.b, "ready", 5, 0), 5);
    CHECK_ERR(sock_setcancel(p.a, token), 0);
    CHECK_ERR(sock_setcancel(listener, token), 0);
    CHECK_ERR(sock_cancel_fire(token), 0);

    for (int mode = 0; mode < 3; mode++) { /* includes non-blocking mode */
        CHECK_ERR(sock_settimeout(p.a, mode == 0 ? 0 : mode == 1 ? SEC(9) : SOCK_FOREVER), 0);
        CHECK_ERR(sock_recv(p.a, buf, sizeof buf, 0), SOCK_ECANCELED);
        CHECK_ERR(sock_recv(p.a, buf, sizeof buf, MSG_PEEK | MSG_DONTWAIT), SOCK_ECANCELED);
        CHECK_ERR(sock_recvfrom(p.a, buf, sizeof buf, 0, &from), SOCK_ECANCELED);
        CHECK_ERR(sock_send(p.a, "x", 1, 0), SOCK_ECANCELED);
        CHECK_ERR(sock_sendto(p.a, "x", 1, 0, NULL), SOCK_ECANCELED);
        CHECK_ERR(sock_sendall(p.a, "x", 1, 0, &sent), SOCK_ECANCELED);
        CHECK_EQ(sent, 0);
        CHECK_ERR(sock_connect(p.a, &name), SOCK_ECANCELED);
        CHECK_ERR(sock_accept(listener, NULL), SOCK_ECANCELED);
    }
    /* Calls that cannot wait are not affected. */
    CHECK_ERR(sock_getsockname(p.a, &name), 0);
    CHECK_ERR(sock_settimeout(p.a, SOCK_FOREVER), 0);

    /* After detaching, everything is still there. */
    CHECK_ERR(sock_setcancel(p.a, 0), 0);
    CHECK_ERR(sock_setcancel(listener, 0), 0);
    CHECK_EQ(sock_recv(p.a, buf, sizeof buf, 0), 5);
    CHECK_MEM(buf, "ready", 5);
    CHECK_ERR(sock_recv(p.b, buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
    CHECK_ERR(sock_close(CHECK_OK(sock_accept(listener, NULL))), 0);
    CHECK_ERR(sock_close(listener), 0);
    CHECK_ERR(sock_close(client), 0);
    close_pair(p);
    CHECK_ERR(sock_close(token), 0);
}

/* Closing a token fires it first: every waiter sees this, however soon the token is gone. */
static void test_closing_fires(void)
{
    for (int i = 0; i < 50; i++) {
        struct pair p = pair();
        struct receiver r;
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_ERR(sock_setcancel(p.a, token), 0);
        start(&r, p.a);
        int64_t closed_at = now_ns();
        CHECK_ERR(sock_close(token), 0);
        thread_join_within(&r.thread, 2000);
        CHECK_ERR(r.result, SOCK_ECANCELED);
        CHECK_TIME(r.at - closed_at, 0, 20);
        close_pair(p);
    }
}

/* The same for a waiting call that never saw the token before: it is attached and closed at once. */
static void test_closing_fires_for_calls_that_began_before_it_was_attached(void)
{
    for (int i = 0; i < 20; i++) {
        struct pair p = pair();
        struct receiver r;
        start(&r, p.a);
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_ERR(sock_setcancel(p.a, token), 0);
        CHECK_ERR(sock_close(token), 0);
        thread_join_within(&r.thread, 2000);
        CHECK_ERR(r.result, SOCK_ECANCELED);
        close_pair(p);
    }
}

/* Calls that begin after the token was closed ignore it. */
static void test_a_closed_token_is_ignored(void)
{
    struct pair p = pair();
    struct receiver r;
    char byte;
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_setcancel(p.a, token), 0);
    CHECK_ERR(sock_cancel_fire(token), 0);
    CHECK_ERR(sock_recv(p.a, &byte, 1, 0), SOCK_ECANCELED);
    CHECK_ERR(sock_close(token), 0);
    CHECK_EQ(sock_send(p.a, "x", 1, 0), 1);
    CHECK_EQ(sock_recv(p.b, &byte, 1, 0), 1);

    /* Waiting calls too. A token created later is a different one, even if it reuses the slot. */
    start(&r, p.a);
    sock_cancel_t other = CHECK_OK(sock_cancel_new());
    CHECK_NE(other, token);
    CHECK_ERR(sock_cancel_fire(other), 0);
    thread_wait_blocked(&r.thread);
    CHECK_EQ(sock_send(p.b, "y", 1, 0), 1);
    thread_join_within(&r.thread, 2000);
    CHECK_EQ(r.result, 1);
    CHECK_ERR(sock_close(other), 0);
    close_pair(p);
}

/* A waiting call obeys tokens that are attached, replaced and detached meanwhile. */
static void test_attached_while_a_call_waits(void)
{
    struct pair p = pair();
    struct receiver r;
    sock_cancel_t first = CHECK_OK(sock_cancel_new()), second = CHECK_OK(sock_cancel_new());
    start(&r, p.a);
    CHECK_ERR(sock_setcancel(p.a, first), 0);
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_setcancel(p.a, second), 0);
    CHECK_ERR(sock_cancel_fire(first), 0); /* no longer attached to this socket */
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_setcancel(p.a, 0), 0);
    CHECK_ERR(sock_cancel_fire(second), 0); /* nor this one */
    thread_wait_blocked(&r.thread);
    int64_t at = now_ns();
    CHECK_ERR(sock_setcancel(p.a, first), 0); /* fired long ago */
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ECANCELED);
    CHECK_TIME(r.at - at, 0, 20);
    close_pair(p);
    CHECK_ERR(sock_close(first), 0);
    CHECK_ERR(sock_close(second), 0);
}

/* A token that is detached just before it fires ends nothing. */
static void test_detached_in_time(void)
{
    for (int i = 0; i < 100; i++) {
        struct pair p = pair();
        struct receiver r;
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_ERR(sock_setcancel(p.a, token), 0);
        r.s = p.a;
        thread_start(&r.thread, receive, &r);
        sleep_ms(i % 2 ? 0.3 : 0);
        CHECK_ERR(sock_setcancel(p.a, 0), 0);
        if (i % 4 < 2)
            CHECK_ERR(sock_cancel_fire(token), 0);
        else
            CHECK_ERR(sock_close(token), 0);
        CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
        thread_join_within(&r.thread, 2000);
        CHECK_EQ(r.result, 1);
        if (i % 4 < 2)
            CHECK_ERR(sock_close(token), 0);
        close_pair(p);
    }
}

/* Firing twice, and handles that cannot be fired or attached. */
static void test_misuse(void)
{
    struct pair p = pair();
    sock_cancel_t token = CHECK_OK(sock_cancel_new()), closed = CHECK_OK(sock_cancel_new());
    char byte;
    CHECK_ERR(sock_close(closed), 0);
    CHECK_ERR(sock_cancel_fire(closed), -EBADF);
    CHECK_ERR(sock_cancel_fire(0), -EBADF);
    CHECK_ERR(sock_cancel_fire(-1), -EBADF);
    CHECK_ERR(sock_cancel_fire(INT64_MAX), -EBADF);
    CHECK_ERR(sock_cancel_fire(INT64_MIN), -EBADF);
    CHECK_ERR(sock_cancel_fire(p.a), -ENOTSOCK);
    CHECK_ERR(sock_setcancel(p.a, closed), -EBADF);
    CHECK_ERR(sock_setcancel(p.a, -1), -EBADF);
    CHECK_ERR(sock_setcancel(p.a, p.b), -ENOTSOCK);
    CHECK_ERR(sock_setcancel(token, token), -ENOTSOCK);
    CHECK_ERR(sock_setcancel(0, token), -EBADF);
    CHECK_ERR(sock_recv(token, &byte, 1, 0), -ENOTSOCK);
    CHECK_ERR(sock_fileno(token), -ENOTSOCK);

    /* A failed call changes nothing: no token is attached, and an attached one stays. */
    CHECK_EQ(sock_send(p.a, "x", 1, 0), 1);
    CHECK_ERR(sock_setcancel(p.a, token), 0);
    CHECK_ERR(sock_setcancel(p.a, closed), -EBADF);
    CHECK_ERR(sock_cancel_fire(token), 0);
    CHECK_ERR(sock_cancel_fire(token), 0);
    CHECK_ERR(sock_send(p.a, "x", 1, 0), SOCK_ECANCELED);
    CHECK_ERR(sock_close(token), 0);
    CHECK_ERR(sock_close(token), -EBADF);
    CHECK_STR(sock_err_name(SOCK_ECANCELED), "SOCK_ECANCELED");
    CHECK_EQ(sock_is_canceled(SOCK_ECANCELED), 1);
    CHECK_EQ(sock_is_timeout(SOCK_ECANCELED), 0);
    close_pair(p);
}

static sock_cancel_t in_handler;
static int64_t handler_result;
static int handler_errno;

static void on_signal(int number)
{
    (void)number;
    errno = 4711;
    handler_result = sock_cancel_fire(in_handler);
    handler_errno = errno;
}

/* Firing in a signal handler leaves errno and the thread's last error unchanged, even if it fails. */
static void test_fired_in_a_signal_handler(void)
{
    struct sigaction action = {.sa_handler = on_signal}, before;
    struct pair p = pair();
    struct receiver r;
    char text[128], text_after[128];
    int code = 0;
    CHECK_SYS(sigaction(SIGUSR1, &action, &before));
    CHECK_ERR(sock_send(-5, "x", 1, 0), -EBADF);
    CHECK_OK(sock_last_error(&code, text, sizeof text));

    in_handler = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_setcancel(p.a, in_handler), 0);
    start(&r, p.a);
    for (int i = 0; i < 2; i++) {
        CHECK_SYS(raise(SIGUSR1));
        CHECK_ERR(handler_result, 0);
        CHECK_EQ(handler_errno, 4711);
    }
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ECANCELED);
    CHECK_ERR(sock_close(in_handler), 0);
    CHECK_SYS(raise(SIGUSR1));
    CHECK_ERR(handler_result, -EBADF);
    CHECK_EQ(handler_errno, 4711);
    CHECK_OK(sock_last_error(&code, text_after, sizeof text_after));
    CHECK_ERR(code, -EBADF);
    CHECK_STR(text_after, text);

    /* In the waiting thread itself. */
    in_handler = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_setcancel(p.a, in_handler), 0);
    start(&r, p.a);
    CHECK_EQ(pthread_kill(r.thread.id, SIGUSR1), 0);
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ECANCELED);
    CHECK_ERR(handler_result, 0);
    CHECK_ERR(sock_close(in_handler), 0);
    CHECK_SYS(sigaction(SIGUSR1, &before, NULL));
    close_pair(p);
}

struct storm {
    sock_cancel_t token;
    int stop;
};

static void fire_again_and_again(void *arg)
{
    struct storm *storm = arg;
    while (!__atomic_load_n(&storm->stop, __ATOMIC_ACQUIRE)) {
        int64_t result = sock_cancel_fire(__atomic_load_n(&storm->token, __ATOMIC_ACQUIRE));
        if (result != 0)
            CHECK_ERR(result, -EBADF);
    }
}

/* Some threads fire a token while others close it and create it again: the result is 0 or EBADF, and no other
 * token or descriptor is ever hit. */
static void test_fire_against_close(void)
{
    struct storm storm = {.token = CHECK_OK(sock_cancel_new())};
    struct thread threads[3];
    int fds = open_fds();
    for (int i = 0; i < 3; i++)
        thread_start(&threads[i], fire_again_and_again, &storm);
    for (int64_t end = now_ns() + MS(500); now_ns() < end;) {
        CHECK_ERR(sock_close(storm.token), 0);
        struct pair p = pair(); /* takes the descriptor's number */
        CHECK_ERR(sock_setcancel(p.a, 0), 0);
        __atomic_store_n(&storm.token, CHECK_OK(sock_cancel_new()), __ATOMIC_RELEASE);
        CHECK_EQ(sock_send(p.a, "x", 1, 0), 1);
        char buf[16];
        CHECK_EQ(sock_recv(p.b, buf, sizeof buf, 0), 1);
        CHECK_ERR(sock_recv(p.a, buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
        close_pair(p);
    }
    __atomic_store_n(&storm.stop, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < 3; i++)
        thread_join(&threads[i]);
    CHECK_EQ(open_fds(), fds);
    CHECK_ERR(sock_close(storm.token), 0);
}

TEST_MAIN(test_one_token_for_many, test_fails_before_trying, test_closing_fires,
          test_closing_fires_for_calls_that_began_before_it_was_attached, test_a_closed_token_is_ignored,
          test_attached_while_a_call_waits, test_detached_in_time, test_misuse,
          test_fired_in_a_signal_handler, test_fire_against_close)
