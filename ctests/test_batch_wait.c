/* Batches that wait: limits, close, cancel, signals, non-blocking mode. */
#include "batch.h"

#include <signal.h>
#include <sys/un.h>
#include <unistd.h>

struct call {
    sock_t s;
    size_t n;
    int64_t result, returned_at;
};

static void receive(void *arg)
{
    struct call *c = arg;
    c->result = sock_recvmany(c->s, incoming, c->n, 0);
    c->returned_at = now_ns();
}

static void transmit(void *arg)
{
    struct call *c = arg;
    c->result = sock_sendmany(c->s, outgoing, c->n, 0);
    c->returned_at = now_ns();
}

static void unix_pair(sock_t s[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
}

/* The limits of a receive that finds nothing. */
static void test_a_receive_that_waits(void)
{
    sock_t s[2];
    udp_pair(AF_INET, s);
    to_fill(8, 20);
    to_send(8, 10);
    CHECK_OK(sock_settimeout(s[1], MS(30)));
    int64_t begin = now_ns();
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, 0), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - begin, 30, 200);
    CHECK_OK(sock_settimeout(s[1], 0));
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, 0), -EAGAIN);
    CHECK_OK(sock_settimeout(s[1], SOCK_FOREVER));
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, MSG_DONTWAIT), -EAGAIN);
    begin = now_ns();
    CHECK_OK(sock_setdeadline(s[1], SOCK_READ, sock_now() + MS(30)));
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, 0), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - begin, 30, 200);
    /* A deadline that has passed ends the call before it looks. */
    CHECK_EQ(sock_sendmany(s[0], outgoing, 2, 0), 2);
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_setdeadline(s[1], SOCK_READ, SOCK_FOREVER));
    /* What is there is taken at once, whatever the limit. */
    CHECK_OK(sock_settimeout(s[1], SEC(60)));
    begin = now_ns();
    CHECK_EQ(sock_recvmany(s[1], incoming, 8, 0), 2);
    CHECK_TIME(now_ns() - begin, 0, 1000);
    /* SO_RCVTIMEO, as in every call. */
    struct timeval limit = {0, 30000};
    CHECK_OK(sock_settimeout(s[1], SOCK_FOREVER));
    CHECK_OK(sock_setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    begin = now_ns();
    CHECK_ERR(sock_recvmany(s[1], incoming, 8, 0), -EAGAIN);
    CHECK_TIME(now_ns() - begin, 30, 200);
    free_batches();
    close_both(s);
}

/* The first datagram ends the wait. */
static void test_the_first_ends_the_wait(void)
{
    sock_t s[2];
    struct call c = {.n = 8};
    struct thread t;
    udp_pair(AF_INET, s);
    to_fill(8, 20);
    to_send(1, 10);
    c.s = s[1];
    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    thread_join_within(&t, 5000);
    CHECK_EQ(c.result, 1);
    CHECK_EQ(incoming[0].count, 10);
    free_batches();
    close_both(s);
}

/* After SHUT_RD a blocked receive ends with 0. */
static void test_shutdown(void)
{
    sock_t s[2];
    struct call c = {.n = 8};
    struct thread t;
    unix_pair(s);
    to_fill(8, 20);
    c.s = s[1];
    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_OK(sock_shutdown(s[1], SHUT_RD));
    thread_join_within(&t, 5000);
    CHECK_EQ(c.result, 0);
    free_batches();
    close_both(s);
}

enum ending { CLOSE, CANCEL, DEADLINE };

static const int64_t codes[] = {SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT};

static void end(sock_t s, sock_cancel_t token, enum ending how)
{
    if (how == CLOSE)
        CHECK_OK(sock_close(s));
    else if (how == CANCEL)
        CHECK_OK(sock_cancel_fire(token));
    else
        CHECK_OK(sock_setdeadline(s, SOCK_READ | SOCK_WRITE, 0));
}

static void test_a_blocked_receive_ends(void)
{
    for (int how = CLOSE; how <= DEADLINE; how++) {
        sock_t s[2];
        struct call c = {.n = 8};
        struct thread t;
        udp_pair(AF_INET, s);
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_OK(sock_setcancel(s[1], token));
        to_fill(8, 20);
        c.s = s[1];
        thread_start(&t, receive, &c);
        thread_wait_blocked(&t);
        int64_t ended_at = now_ns();
        end(s[1], token, how);
        thread_join_within(&t, 5000);
        CHECK_ERR(c.result, codes[how]);
        CHECK_TIME(c.returned_at - ended_at, 0, 100);
        CHECK_OK(sock_close(s[0]));
        if (how != CLOSE)
            CHECK_OK(sock_close(s[1]));
        CHECK_OK(sock_close(token));
        free_batches();
    }
}

/* A blocked send ends with what went by then; the code is that of the next call. Nothing went: the code. */
static void test_a_blocked_send_ends(void)
{
    for (int how = CLOSE; how <= DEADLINE; how++)
        for (int full = 0; full < 2; full++) {
            sock_t s[2];
            struct call c = {.n = 1000};
            struct thread t;
            unix_pair(s);
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(s[0], token));
            to_send(1000, 10);
            if (full)
                CHECK_GT(sock_sendmany(s[0], outgoing, 1000, MSG_DONTWAIT), 0);
            c.s = s[0];
            thread_start(&t, transmit, &c);
            thread_wait_blocked(&t);
            end(s[0], token, how);
            thread_join_within(&t, 5000);
            if (full) {
                CHECK_ERR(c.result, codes[how]);
            } else {
                CHECK_GT(c.result, 0);
                CHECK_LT(c.result, 1000);
                CHECK_ERR(sock_sendmany(s[0], outgoing, 1, 0), how == CLOSE ? -EBADF : codes[how]);
                to_fill(1000, 20);
                receive_all(s[1], incoming, (size_t)c.result);
                CHECK_ERR(sock_recvmany(s[1], incoming, 1, MSG_DONTWAIT), -EAGAIN);
            }
            CHECK_OK(sock_close(s[1]));
            if (how != CLOSE)
                CHECK_OK(sock_close(s[0]));
            CHECK_OK(sock_close(token));
            free_batches();
        }
}

/* Blocking mode sends all; a timeout ends with what went. The parts of an entry are counted exactly. */
static void test_a_send_that_waits(void)
{
    sock_t s[2];
    struct call c = {.n = 1000};
    struct thread t;
    unix_pair(s);
    to_send(1000, 10);
    to_fill(1000, 20);
    c.s = s[0];
    thread_start(&t, transmit, &c);
    receive_all(s[1], incoming, 1000);
    thread_join_within(&t, 10000);
    CHECK_EQ(c.result, 1000);
    for (size_t i = 0; i < 1000; i++)
        CHECK_MEM(incoming[i].buf, outgoing[i].buf, 10);

    CHECK_OK(sock_settimeout(s[0], MS(30)));
    int64_t begin = now_ns();
    int64_t sent = CHECK_OK(sock_sendmany(s[0], outgoing, 1000, 0));
    CHECK_TIME(now_ns() - begin, 30, 300);
    CHECK_GT(sent, 0);
    CHECK_LT(sent, 1000);
    CHECK_ERR(sock_sendmany(s[0], outgoing, 1000, 0), SOCK_ETIMEDOUT);
    receive_all(s[1], incoming, (size_t)sent);
    free_batches();

    /* One entry of many datagrams, of which only some fit. */
    to_send(2, 10000);
    outgoing[0].segment = outgoing[1].segment = 10;
    to_fill(1000, 20);
    outgoing[1].count = 77;
    for (int mode = 0; mode < 2; mode++) {
        CHECK_OK(sock_settimeout(s[0], mode ? 0 : MS(30)));
        CHECK_EQ(sock_sendmany(s[0], outgoing, 2, 0), 1);
        CHECK_EQ(outgoing[0].count, (size_t)sent * 10);
        CHECK_EQ(outgoing[0].flags, SOCK_BATCH_PLAIN);
        CHECK_EQ(outgoing[1].count, 77);
        CHECK_ERR(sock_sendmany(s[0], outgoing, 2, 0), mode ? -EAGAIN : SOCK_ETIMEDOUT);
        receive_all(s[1], incoming, (size_t)sent);
    }
    free_batches();
    close_both(s);
}

/* An AF_UNIX receiver that the sender is not connected to: no event says that there is room. */
static void test_a_silent_receiver(void)
{
    struct sock_addr name;
    struct call c = {.n = 300};
    struct thread t;
    sock_t from = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0)), to = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_unix(NULL, 0, &name));
    CHECK_OK(sock_bind(to, &name));
    CHECK_OK(sock_getsockname(to, &name));
    to_send(300, 10);
    to_fill(300, 20);
    for (int i = 0; i < 300; i++)
        outgoing[i].addr = name;
    c.s = from;
    int64_t cpu = cpu_ns();
    thread_start(&t, transmit, &c);
    thread_wait_blocked(&t);
    sleep_ms(100);
    CHECK_TIME(cpu_ns() - cpu, 0, 60);
    receive_all(to, incoming, 300);
    thread_join_within(&t, 10000);
    CHECK_EQ(c.result, 300);
    CHECK_OK(sock_close(from));
    CHECK_OK(sock_close(to));
    free_batches();
}

static void on_signal(int number)
{
    (void)number;
}

/* Signals neither end nor extend a wait. */
static void test_signals(void)
{
    sock_t s[2];
    struct call c = {.n = 8};
    struct thread t;
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    udp_pair(AF_INET, s);
    to_fill(8, 20);
    c.s = s[1];
    CHECK_OK(sock_settimeout(s[1], MS(200)));
    int64_t begin = now_ns();
    thread_start(&t, receive, &c);
    while (!thread_ended(&t)) {
        pthread_kill(t.id, SIGUSR1);
        sleep_ms(5);
    }
    thread_join(&t);
    CHECK_ERR(c.result, SOCK_ETIMEDOUT);
    CHECK_TIME(c.returned_at - begin, 200, 500);
    free_batches();
    close_both(s);
}

TEST_MAIN(test_a_receive_that_waits, test_the_first_ends_the_wait, test_shutdown, test_a_blocked_receive_ends,
          test_a_blocked_send_ends, test_a_send_that_waits, test_a_silent_receiver, test_signals)
