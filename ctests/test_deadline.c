/* Deadlines: points in time, one per direction, that end waiting calls and calls that have not yet tried.
 * test_wake_deadline covers every call that they end. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

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

/* A listener with a pending connection. */
static sock_t listener_with_one(struct sock_addr *name, sock_t *client)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_addr_ip("127.0.0.1", 0, name), 0);
    CHECK_ERR(sock_bind(s, name), 0);
    CHECK_ERR(sock_getsockname(s, name), 0);
    CHECK_ERR(sock_listen(s, 5), 0);
    *client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_connect(*client, name), 0);
    return s;
}

/* Makes every call once; each must return `code`. Data, buffer space and a connection are ready. */
static void check_every_call(struct pair p, sock_t listener, const struct sock_addr *name, int64_t read_code,
                             int64_t write_code)
{
    char buf[8];
    struct sock_addr from;
    size_t sent = 77;
    sock_t fresh = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_setdeadline(fresh, SOCK_WRITE, write_code ? 0 : SOCK_FOREVER), 0);
    int64_t began = now_ns();
    CHECK_ERR(sock_recv(p.a, buf, sizeof buf, MSG_PEEK), read_code ? read_code : 5);
    CHECK_ERR(sock_recv(p.a, buf, 2, MSG_WAITALL | MSG_PEEK), read_code ? read_code : 2);
    CHECK_ERR(sock_recv(p.a, buf, 1, MSG_DONTWAIT | MSG_PEEK), read_code ? read_code : 1);
    CHECK_ERR(sock_recvfrom(p.a, buf, sizeof buf, MSG_PEEK, &from), read_code ? read_code : 5);
    CHECK_ERR(sock_send(p.a, "x", 1, 0), write_code ? write_code : 1);
    CHECK_ERR(sock_send(p.a, NULL, 0, 0), write_code);
    CHECK_ERR(sock_sendto(p.a, "x", 1, MSG_DONTWAIT, NULL), write_code ? write_code : 1);
    CHECK_ERR(sock_sendall(p.a, "x", 1, 0, &sent), write_code);
    CHECK_EQ(sent, write_code ? 0 : 1);
    CHECK_ERR(sock_connect(fresh, name), write_code);
    sock_t connection = sock_accept(listener, NULL);
    if (read_code)
        CHECK_ERR(connection, read_code);
    else
        CHECK_ERR(sock_close(CHECK_OK(connection)), 0);
    CHECK_TIME(now_ns() - began, 0, 100);
    CHECK_ERR(sock_close(fresh), 0);
}

/* A past deadline fails every call before it tries, in every mode, although everything is ready. Once it is
 * cleared, everything is still there, and nothing was sent. */
static void test_past_deadline(void)
{
    static const int64_t modes[] = {0, SEC(9), SOCK_FOREVER};
    struct pair p = pair();
    struct sock_addr name;
    sock_t client, listener = listener_with_one(&name, &client);
    char buf[16];
    CHECK_EQ(sock_send(p.b, "ready", 5, 0), 5);
    for (size_t i = 0; i < 3; i++) {
        CHECK_ERR(sock_settimeout(p.a, modes[i]), 0);
        for (int past = 0; past < 3; past++) {
            int64_t at = past == 0 ? 0 : past == 1 ? 1 : sock_now();
            CHECK_ERR(sock_setdeadline(p.a, SOCK_READ | SOCK_WRITE, at), 0);
            CHECK_ERR(sock_setdeadline(listener, SOCK_READ, at), 0);
            check_every_call(p, listener, &name, SOCK_ETIMEDOUT, SOCK_ETIMEDOUT);
        }
        CHECK_ERR(sock_recv(p.b, buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
    }
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ | SOCK_WRITE, SOCK_FOREVER), 0);
    CHECK_ERR(sock_setdeadline(listener, SOCK_READ, INT64_MAX), 0); /* also clears */
    check_every_call(p, listener, &name, 0, 0);
    CHECK_EQ(sock_recv(p.b, buf, sizeof buf, 0), 3);
    close_pair(p);
    CHECK_ERR(sock_close(client), 0);
    CHECK_ERR(sock_close(listener), 0);
}

/* Each direction has its own. */
static void test_directions(void)
{
    struct pair p = pair();
    struct sock_addr name;
    sock_t client, listener = listener_with_one(&name, &client);
    CHECK_EQ(sock_send(p.b, "ready", 5, 0), 5);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, 0), 0);
    CHECK_ERR(sock_setdeadline(listener, SOCK_READ, 0), 0);
    check_every_call(p, listener, &name, SOCK_ETIMEDOUT, 0);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_WRITE, 0), 0);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, SOCK_FOREVER), 0);
    CHECK_ERR(sock_setdeadline(listener, SOCK_READ, SOCK_FOREVER), 0);
    CHECK_ERR(sock_setdeadline(listener, SOCK_WRITE, 0), 0); /* accept reads */
    check_every_call(p, listener, &name, 0, SOCK_ETIMEDOUT);
    /* Calls that do neither have no deadline. */
    CHECK_ERR(sock_getsockname(p.a, &name), 0);
    CHECK_ERR(sock_shutdown(p.a, SHUT_WR), 0);
    close_pair(p);
    CHECK_ERR(sock_close(client), 0);
    CHECK_ERR(sock_close(listener), 0);
}

/* A deadline that passes between calls fails the next call, even if data has arrived. */
static void test_passes_between_calls(void)
{
    struct pair p = pair();
    char buf[8];
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, sock_now() + MS(10)), 0);
    CHECK_EQ(sock_send(p.b, "early", 5, 0), 5);
    CHECK_EQ(sock_recv(p.a, buf, 2, 0), 2); /* in time */
    sleep_ms(15);
    CHECK_EQ(sock_send(p.b, "late", 4, 0), 4);
    CHECK_ERR(sock_recv(p.a, buf, sizeof buf, 0), SOCK_ETIMEDOUT);
    CHECK_EQ(sock_send(p.a, "x", 1, 0), 1);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, sock_now() + SEC(60)), 0); /* moved */
    CHECK_EQ(sock_recv(p.a, buf, sizeof buf, 0), 7);
    close_pair(p);
}

/* Timeout or deadline, whichever comes first, ends a call. */
static void test_the_earliest_wins(void)
{
    static const struct {
        double timeout_ms, deadline_ms, end_ms;
    } cases[] = {{30, 90, 30}, {90, 30, 30}, {40, 40, 40}, {-1, 30, 30}, {30, -1, 30}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair p = pair();
        char byte;
        int64_t timeout = cases[i].timeout_ms < 0 ? SOCK_FOREVER : MS(cases[i].timeout_ms);
        CHECK_ERR(sock_settimeout(p.a, timeout), 0);
        int64_t began = sock_now();
        int64_t at = cases[i].deadline_ms < 0 ? SOCK_FOREVER : began + MS(cases[i].deadline_ms);
        CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, at), 0);
        CHECK_ERR(sock_recv(p.a, &byte, 1, 0), SOCK_ETIMEDOUT);
        CHECK_TIME(sock_now() - began, cases[i].end_ms, cases[i].end_ms + 20);
        close_pair(p);
    }
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
    r->at = sock_now();
}

/* A waiting call obeys a deadline that is moved forwards, moved back and removed. */
static void test_moved_while_a_call_waits(void)
{
    struct pair p = pair();
    struct receiver r = {.s = p.a};
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, sock_now() + SEC(60)), 0);
    thread_start(&r.thread, receive, &r);
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, sock_now() + MS(300)), 0);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_WRITE, 0), 0); /* the other direction does not matter */
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, SOCK_FOREVER), 0);
    sleep_ms(350);
    CHECK(!thread_ended(&r.thread));
    int64_t at = sock_now() + MS(20);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, at), 0);
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ETIMEDOUT);
    CHECK_TIME(r.at - at, 0, 20);
    close_pair(p);
}

/* A duplicate and an accepted connection start without deadlines. */
static void test_not_inherited(void)
{
    struct pair p = pair();
    struct sock_addr name;
    sock_t client, listener = listener_with_one(&name, &client);
    char byte;
    CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, 0), 0);
    sock_t twin = CHECK_OK(sock_dup(p.a));
    CHECK_EQ(sock_recv(twin, &byte, 1, 0), 1);
    CHECK_ERR(sock_setdeadline(listener, SOCK_READ | SOCK_WRITE, sock_now() + MS(20)), 0);
    sock_t connection = CHECK_OK(sock_accept(listener, NULL));
    sleep_ms(25);
    CHECK_EQ(sock_send(client, "y", 1, 0), 1);
    CHECK_EQ(sock_recv(connection, &byte, 1, 0), 1);
    CHECK_ERR(sock_close(connection), 0);
    CHECK_ERR(sock_close(listener), 0);
    CHECK_ERR(sock_close(client), 0);
    CHECK_ERR(sock_close(twin), 0);
    close_pair(p);
}

static void test_misuse(void)
{
    struct pair p = pair();
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    char text[128];
    static const int directions[] = {0, 4, 7, -1, INT32_MAX, INT32_MIN};
    CHECK_EQ(SOCK_READ, 1);
    CHECK_EQ(SOCK_WRITE, 2);
    for (size_t i = 0; i < sizeof directions / sizeof *directions; i++)
        CHECK_ERR(sock_setdeadline(p.a, directions[i], 0), -EINVAL);
    CHECK_OK(sock_last_error(NULL, text, sizeof text));
    CHECK(strstr(text, "direction"));
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, -1), -EINVAL);
    CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, INT64_MIN), -EINVAL);
    CHECK_OK(sock_last_error(NULL, text, sizeof text));
    CHECK(strstr(text, "at_ns"));
    CHECK_ERR(sock_setdeadline(0, SOCK_READ, 0), -EBADF);
    CHECK_ERR(sock_setdeadline(-7, SOCK_READ, 0), -EBADF);
    CHECK_ERR(sock_setdeadline(token, SOCK_READ, 0), -ENOTSOCK);
    /* None of these calls has set anything. */
    CHECK_EQ(sock_send(p.a, "x", 1, 0), 1);
    CHECK_EQ(sock_recv(p.b, text, 1, 0), 1);
    CHECK_ERR(sock_close(token), 0);
    close_pair(p);
}

/* SOCK_FOREVER is 2^62, exact in a double; larger values mean the same. */
static void test_for_ever(void)
{
    static const int64_t evers[] = {SOCK_FOREVER, SOCK_FOREVER + 1, INT64_MAX};
    CHECK_EQ(SOCK_FOREVER, (int64_t)1 << 62);
    CHECK_EQ((int64_t)(double)SOCK_FOREVER, SOCK_FOREVER);
    for (size_t i = 0; i < 3; i++) {
        struct pair p = pair();
        struct receiver r = {.s = p.a};
        CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, evers[i]), 0);
        CHECK_ERR(sock_settimeout(p.a, evers[i]), 0);
        CHECK_EQ(sock_gettimeout(p.a), SOCK_FOREVER);
        thread_start(&r.thread, receive, &r);
        thread_wait_blocked(&r.thread);
        CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
        thread_join_within(&r.thread, 2000);
        CHECK_EQ(r.result, 1);
        /* R42: years ahead works the same, and so does one nanosecond less than SOCK_FOREVER. */
        CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, SOCK_FOREVER - 1), 0);
        CHECK_ERR(sock_settimeout(p.a, SEC(9e9)), 0);
        thread_start(&r.thread, receive, &r);
        thread_wait_blocked(&r.thread);
        CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
        thread_join_within(&r.thread, 2000);
        CHECK_EQ(r.result, 1);
        close_pair(p);
    }
}

/* R41, where CPython rounds up to milliseconds: a wait never ends early, not by a nanosecond, and a short one
 * stays short. 10,000 waits of 1 ns to 130 us, half with deadlines, half with timeouts. */
static void test_never_early(void)
{
    enum { WAITS = 10000 };
    struct pair p = pair();
    char byte;
    int64_t late = 0;
    int waits = in_valgrind() ? WAITS / 20 : WAITS;
    for (int i = 0; i < waits; i++) {
        int64_t span = 1 + (int64_t)i * 7919 % 130000, end, now;
        if (i & 1) {
            end = sock_now() + span;
            CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, end), 0);
            CHECK_ERR(sock_recv(p.a, &byte, 1, 0), SOCK_ETIMEDOUT);
            now = sock_now();
            CHECK_ERR(sock_setdeadline(p.a, SOCK_READ, SOCK_FOREVER), 0);
        } else {
            CHECK_ERR(sock_settimeout(p.a, span), 0);
            end = sock_now() + span;
            CHECK_ERR(sock_recv(p.a, &byte, 1, 0), SOCK_ETIMEDOUT);
            now = sock_now();
            CHECK_ERR(sock_settimeout(p.a, SOCK_FOREVER), 0);
        }
        if (now < end)
            FAIL("wait %d of %lld ns ended %lld ns early", i, (long long)span, (long long)(end - now));
        late += now - end;
    }
    printf("# %d waits ended %.1f us late on average\n", waits, (double)late / waits / 1e3);
    CHECK_LT((double)late / waits, 1e6 * test_scale());
    close_pair(p);
}

TEST_MAIN(test_past_deadline, test_directions, test_passes_between_calls, test_the_earliest_wins,
          test_moved_while_a_call_waits, test_not_inherited, test_misuse, test_for_ever, test_never_early)
