/* A call that is ended after some bytes were transferred: a stream send and a receive with MSG_WAITALL return
 * the count, and the next call the code; sock_sendall returns the code, with an exact `sent`. The peer
 * receives exactly the bytes counted. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CLOSE, CANCEL, DEADLINE, ENDINGS };
enum { TCP, STREAM, KINDS };
enum { SEND, SENDTO, SENDALL, CALLS };
enum { LEN = 2 << 20, ROUNDS = 5 };

static const int64_t codes[ENDINGS] = {SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT};
static const int64_t next_codes[ENDINGS] = {-EBADF, SOCK_ECANCELED, SOCK_ETIMEDOUT};

static unsigned char *data;

static void make_data(void)
{
    if (!data)
        data = malloc(LEN);
    for (size_t i = 0; i < LEN; i++)
        data[i] = (unsigned char)(i * 2654435761u >> 24);
}

static void connected(int kind, sock_t out[2])
{
    struct sock_addr name;
    if (kind == STREAM) {
        CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, out), 0);
        return;
    }
    sock_t listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_addr_ip("127.0.0.1", 0, &name), 0);
    CHECK_ERR(sock_bind(listener, &name), 0);
    CHECK_ERR(sock_getsockname(listener, &name), 0);
    CHECK_ERR(sock_listen(listener, 1), 0);
    out[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_setsockopt_int(out[0], SOL_SOCKET, SO_SNDBUF, 65536), 0);
    CHECK_ERR(sock_connect(out[0], &name), 0);
    out[1] = CHECK_OK(sock_accept(listener, NULL));
    CHECK_ERR(sock_close(listener), 0);
}

struct job {
    struct thread thread;
    int call;
    sock_t s;
    int64_t result, at;
    size_t sent;
};

static void call(void *arg)
{
    struct job *j = arg;
    switch (j->call) {
    case SEND: j->result = sock_send(j->s, data, LEN, 0); break;
    case SENDTO: j->result = sock_sendto(j->s, data, LEN, 0, NULL); break;
    default: j->result = sock_sendall(j->s, data, LEN, 0, &j->sent); break;
    }
    j->at = now_ns();
}

static void end(sock_t s, int ending, int direction, sock_cancel_t token)
{
    switch (ending) {
    case CLOSE: CHECK_ERR(sock_close(s), 0); break;
    case CANCEL: CHECK_ERR(sock_cancel_fire(token), 0); break;
    default: CHECK_ERR(sock_setdeadline(s, direction, sock_now()), 0);
    }
}

/* The peer receives `count` bytes of the data, and then either nothing more or the end of the stream. */
static void check_received(sock_t peer, size_t count, bool closed)
{
    unsigned char *got = malloc(LEN);
    size_t total = 0;
    CHECK_ERR(sock_settimeout(peer, SEC(5)), 0);
    while (total < count)
        total += (size_t)CHECK_OK(sock_recv(peer, got + total, count - total, 0));
    CHECK_MEM(got, data, count);
    if (closed)
        CHECK_EQ(sock_recv(peer, got, 1, 0), 0);
    sleep_ms(5);
    if (!closed)
        CHECK_ERR(sock_recv(peer, got, 1, MSG_DONTWAIT), -EAGAIN);
    free(got);
}

static void send_ended(int kind, int which, int ending, int64_t timeout)
{
    sock_t p[2];
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    connected(kind, p);
    CHECK_ERR(sock_setcancel(p[0], token), 0);
    CHECK_ERR(sock_settimeout(p[0], timeout), 0);
    struct job j = {.call = which, .s = p[0], .sent = 77};
    thread_start(&j.thread, call, &j);
    thread_wait_blocked(&j.thread);
    int64_t ended_at = now_ns();
    end(p[0], ending, SOCK_WRITE, token);
    thread_join_within(&j.thread, 2000);
    CHECK_TIME(j.at - ended_at, 0, 20);
    size_t moved = which == SENDALL ? j.sent : (size_t)j.result;
    if (which == SENDALL)
        CHECK_ERR(j.result, codes[ending]);
    CHECK_GT(moved, 1000);
    CHECK_LT(moved, LEN);
    call(&j); /* the next call returns the code and sends nothing */
    CHECK_ERR(j.result, next_codes[ending]);
    if (which == SENDALL)
        CHECK_EQ(j.sent, 0);
    check_received(p[1], moved, ending == CLOSE);
    if (ending != CLOSE)
        CHECK_ERR(sock_close(p[0]), 0);
    CHECK_ERR(sock_close(p[1]), 0);
    CHECK_ERR(sock_close(token), 0);
}

static void every_ending(int kind, int which, int64_t timeout)
{
    make_data();
    for (int ending = 0; ending < ENDINGS; ending++)
        for (int round = 0; round < ROUNDS; round++)
            send_ended(kind, which, ending, timeout);
}

static void test_send(void)
{
    every_ending(TCP, SEND, SOCK_FOREVER);
    every_ending(STREAM, SEND, SOCK_FOREVER);
}

static void test_sendto(void)
{
    every_ending(TCP, SENDTO, SOCK_FOREVER);
    every_ending(STREAM, SENDTO, SOCK_FOREVER);
}

static void test_sendall(void)
{
    every_ending(TCP, SENDALL, SOCK_FOREVER);
    every_ending(STREAM, SENDALL, SOCK_FOREVER);
}

static void test_sendall_in_timeout_mode(void)
{
    every_ending(TCP, SENDALL, SEC(60));
    every_ending(STREAM, SENDALL, SEC(60));
}

/* In timeout mode a send that sent some bytes does not wait for the rest: it returns their count. */
static void test_send_in_timeout_mode_is_partial(void)
{
    make_data();
    for (int kind = 0; kind < KINDS; kind++) {
        sock_t p[2];
        connected(kind, p);
        CHECK_ERR(sock_settimeout(p[0], SEC(60)), 0);
        int64_t began = now_ns(), n = sock_send(p[0], data, LEN, 0);
        CHECK_TIME(now_ns() - began, 0, 1000);
        CHECK_GT(n, 0);
        CHECK_LT(n, LEN);
        check_received(p[1], (size_t)n, false);
        CHECK_ERR(sock_close(p[0]), 0);
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* R84, R86: one timeout for a whole sendall, however steadily the peer receives; the count is returned. */
struct sipper {
    struct thread thread;
    sock_t s;
    int stop; /* atomic */
    size_t took;
};

static void sip(void *arg)
{
    struct sipper *p = arg;
    static char buf[20000];
    while (!__atomic_load_n(&p->stop, __ATOMIC_ACQUIRE)) {
        int64_t n = sock_recv(p->s, buf, sizeof buf, MSG_DONTWAIT);
        p->took += n > 0 ? (size_t)n : 0;
        sleep_ms(10);
    }
}

static void test_one_clock_for_all_of_a_sendall(void)
{
    sock_t p[2];
    size_t sent = 77;
    make_data();
    connected(STREAM, p);
    CHECK_ERR(sock_settimeout(p[0], MS(200)), 0);
    struct sipper sipper = {.s = p[1]};
    int64_t began = now_ns();
    thread_start(&sipper.thread, sip, &sipper);
    CHECK_ERR(sock_sendall(p[0], data, LEN, 0, &sent), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 240);
    __atomic_store_n(&sipper.stop, 1, __ATOMIC_RELEASE);
    thread_join(&sipper.thread);
    CHECK_GT(sipper.took, 20000);
    CHECK_ERR(sock_close(p[0]), 0);
    char *rest = malloc(LEN);
    int64_t n;
    while ((n = sock_recv(p[1], rest, LEN, 0)) > 0)
        sipper.took += (size_t)n;
    free(rest);
    CHECK_EQ(sipper.took, sent);
    CHECK_ERR(sock_close(p[1]), 0);
}

/* R87: in non-blocking mode a sendall sends as much as fits and fails with -EAGAIN, with the count. */
static void test_sendall_in_nonblocking_mode(void)
{
    make_data();
    for (int kind = 0; kind < KINDS; kind++) {
        sock_t p[2];
        size_t sent = 77;
        connected(kind, p);
        CHECK_ERR(sock_settimeout(p[0], 0), 0);
        CHECK_ERR(sock_sendall(p[0], data, LEN, 0, &sent), -EAGAIN);
        CHECK_GT(sent, 0);
        CHECK_LT(sent, LEN);
        check_received(p[1], sent, false);
        CHECK_ERR(sock_close(p[0]), 0);
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* MSG_WAITALL: returns the bytes received so far. */
static void receive_all(void *arg)
{
    struct job *j = arg;
    static char buf[64];
    j->result = sock_recv(j->s, buf, sizeof buf, MSG_WAITALL);
    j->at = now_ns();
}

static void test_waitall(void)
{
    make_data();
    for (int i = 0; i < KINDS * ENDINGS * ROUNDS; i++) {
        int kind = i % KINDS, ending = i / KINDS % ENDINGS;
        sock_t p[2];
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        connected(kind, p);
        CHECK_ERR(sock_setcancel(p[0], token), 0);
        struct job j = {.s = p[0]};
        CHECK_EQ(sock_send(p[1], data, 10, 0), 10);
        thread_start(&j.thread, receive_all, &j);
        thread_wait_blocked(&j.thread);
        CHECK_EQ(sock_send(p[1], data, 7, 0), 7);
        thread_wait_blocked(&j.thread);
        int64_t ended_at = now_ns();
        end(p[0], ending, SOCK_READ, token);
        thread_join_within(&j.thread, 2000);
        CHECK_EQ(j.result, 17);
        CHECK_TIME(j.at - ended_at, 0, 20);
        receive_all(&j);
        CHECK_ERR(j.result, next_codes[ending]);
        if (ending != CLOSE)
            CHECK_ERR(sock_close(p[0]), 0);
        CHECK_ERR(sock_close(p[1]), 0);
        CHECK_ERR(sock_close(token), 0);
    }
    free(data);
    data = NULL;
}

TEST_MAIN(test_send, test_sendto, test_sendall, test_sendall_in_timeout_mode,
          test_send_in_timeout_mode_is_partial, test_one_clock_for_all_of_a_sendall,
          test_sendall_in_nonblocking_mode, test_waitall)
