/* Waits on Windows: timeouts and deadlines end calls in time, and a close or a token in another thread wakes them. */
#include "wake.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

static sock_t listener_at(struct sock_addr *at)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, at));
    CHECK_OK(sock_bind(s, at));
    CHECK_OK(sock_listen(s, SOCK_BACKLOG_DEFAULT));
    CHECK_OK(sock_getsockname(s, at));
    return s;
}

static void tcp_pair(sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_INET, SOCK_STREAM, 0, out));
}

static sock_t udp(void)
{
    struct sock_addr at;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    return s;
}

static void test_timeout_of_a_receive(void)
{
    sock_t pair[2];
    char byte;
    tcp_pair(pair);
    for (int ms = 1; ms <= 300; ms *= 7) {
        int64_t start = now_ns();
        CHECK_OK(sock_settimeout(pair[0], MS(ms)));
        CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, ms, ms + 30);
    }
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), -EAGAIN);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void test_timeout_of_a_send(void)
{
    static char block[1 << 20];
    sock_t pair[2];
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(200)));
    int64_t start = now_ns();
    size_t sent = 0;
    int64_t result = 0;
    for (int i = 0; i < 64 && result == 0; i++)
        result = sock_sendall(pair[0], block, sizeof block, 0, &sent);
    CHECK_ERR(result, SOCK_ETIMEDOUT);
    CHECK(now_ns() - start >= MS(200));
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void test_timeout_of_an_accept(void)
{
    struct sock_addr at;
    sock_t s = listener_at(&at);
    CHECK_OK(sock_settimeout(s, MS(50)));
    int64_t start = now_ns();
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 50, 80);
    CHECK_OK(sock_close(s));
}

static void test_deadline_ends_calls_before_they_try(void)
{
    sock_t pair[2];
    char byte;
    tcp_pair(pair);
    CHECK_OK(sock_sendall(pair[1], "x", 1, 0, NULL));
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() - 1));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, SOCK_FOREVER));
    CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 1);
    int64_t start = now_ns();
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() + MS(60)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 60, 90);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

struct waiting {
    sock_t s;
    char call; /* r: recv, f: recvfrom, a: accept, w: sendall, c: connect */
    struct sock_addr to;
    int64_t result, ended;
};

static void wait_in_call(void *arg)
{
    struct waiting *w = arg;
    static char block[1 << 20];
    char byte;
    switch (w->call) {
    case 'r': w->result = sock_recv(w->s, &byte, 1, 0); break;
    case 'f': w->result = sock_recvfrom(w->s, &byte, 1, 0, NULL); break;
    case 'a': w->result = sock_accept(w->s, NULL); break;
    case 'c': w->result = sock_connect(w->s, &w->to); break;
    default:
        for (int i = 0; i < 64 && (w->result = sock_sendall(w->s, block, sizeof block, 0, NULL)) == 0; i++)
            ;
    }
    w->ended = now_ns();
}

/* Wakes a thread in a call, checks its result, and returns how soon it came. */
static int64_t woken(sock_t s, char call, char by)
{
    struct waiting w = {.s = s, .call = call};
    struct thread thread;
    sock_t token = 0;
    if (by == 't') {
        token = CHECK_OK(sock_cancel_new());
        CHECK_OK(sock_setcancel(s, token));
    }
    thread_start(&thread, wait_in_call, &w);
    sleep_ms(100);
    CHECK(!thread_ended(&thread));
    int64_t start = now_ns();
    switch (by) {
    case 'c': CHECK_OK(sock_close(s)); break;
    case 't': CHECK_OK(sock_cancel_fire(token)); break;
    default: CHECK_OK(sock_setdeadline(s, SOCK_READ | SOCK_WRITE, sock_now()));
    }
    thread_join_within(&thread, 1000);
    CHECK_ERR(w.result, by == 'c' ? SOCK_ECLOSED : by == 't' ? SOCK_ECANCELED : SOCK_ETIMEDOUT);
    if (by != 'c')
        CHECK_OK(sock_close(s));
    if (token)
        CHECK_OK(sock_close(token));
    return w.ended - start;
}

static int64_t woken_stream(char call, char by)
{
    sock_t pair[2];
    tcp_pair(pair);
    int64_t ns = woken(pair[0], call, by);
    CHECK_OK(sock_close(pair[1]));
    return ns;
}

static void wakes(char by)
{
    struct sock_addr at;
    CHECK_WAKES(woken_stream('r', by));
    CHECK_WAKES(woken_stream('w', by));
    CHECK_WAKES(woken(udp(), 'f', by));
    CHECK_WAKES(woken(listener_at(&at), 'a', by));
}

static void test_close_wakes_tcp_udp_and_listener(void)
{
    wakes('c');
}

static void test_cancel_wakes_tcp_udp_and_listener(void)
{
    wakes('t');
}

static void test_deadline_wakes_tcp_udp_and_listener(void)
{
    wakes('d');
}

static void test_a_fired_token_ends_calls_before_they_try(void)
{
    sock_t pair[2], token = CHECK_OK(sock_cancel_new());
    char byte;
    tcp_pair(pair);
    CHECK_OK(sock_sendall(pair[1], "x", 1, 0, NULL));
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ECANCELED);
    CHECK_OK(sock_setcancel(pair[0], 0));
    CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 1);
    CHECK_OK(sock_close(token));
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* Eight threads wait on one handle, and one close wakes them all. Returns how soon the last one came. */
static int64_t eight_woken(void)
{
    enum { THREADS = 8 };
    struct waiting w[THREADS];
    struct thread threads[THREADS];
    sock_t s = udp();
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct waiting){.s = s, .call = 'f'};
        thread_start(&threads[i], wait_in_call, &w[i]);
    }
    sleep_ms(200);
    int64_t start = now_ns(), last = 0;
    CHECK_OK(sock_close(s));
    for (int i = 0; i < THREADS; i++) {
        thread_join_within(&threads[i], 1000);
        CHECK_ERR(w[i].result, SOCK_ECLOSED);
        last = w[i].ended - start > last ? w[i].ended - start : last;
    }
    CHECK_ERR(sock_close(s), -EBADF);
    return last;
}

static void test_close_wakes_eight_threads_on_one_handle(void)
{
    CHECK_WAKES(eight_woken());
}

/* Eight threads receive what one sends: each datagram reaches one of them. */
struct receiver {
    sock_t s;
    int count;
};

static void receive_all(void *arg)
{
    struct receiver *r = arg;
    char byte;
    while (sock_recv(r->s, &byte, 1, 0) == 1 && byte != 'e')
        r->count++;
}

static void test_eight_threads_receive_on_one_handle(void)
{
    enum { THREADS = 8, BYTES = 4000 };
    struct receiver r[THREADS];
    struct thread threads[THREADS];
    sock_t pair[2];
    int total = 0;
    tcp_pair(pair);
    for (int i = 0; i < THREADS; i++) {
        r[i] = (struct receiver){.s = pair[0]};
        thread_start(&threads[i], receive_all, &r[i]);
    }
    for (int i = 0; i < BYTES; i++)
        CHECK_OK(sock_sendall(pair[1], "x", 1, 0, NULL));
    CHECK_OK(sock_sendall(pair[1], "eeeeeeee", THREADS, 0, NULL));
    for (int i = 0; i < THREADS; i++) {
        thread_join_within(&threads[i], 20000);
        total += r[i].count;
    }
    CHECK_EQ(total, BYTES);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* A wait costs no CPU. */
static void test_a_wait_sleeps(void)
{
    sock_t pair[2];
    char byte;
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(1000)));
    int64_t cpu = thread_cpu_ns();
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_TIME(thread_cpu_ns() - cpu, 0, 50);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

TEST_MAIN(test_timeout_of_a_receive, test_timeout_of_a_send, test_timeout_of_an_accept,
          test_deadline_ends_calls_before_they_try, test_close_wakes_tcp_udp_and_listener,
          test_cancel_wakes_tcp_udp_and_listener, test_deadline_wakes_tcp_udp_and_listener,
          test_a_fired_token_ends_calls_before_they_try, test_close_wakes_eight_threads_on_one_handle,
          test_eight_threads_receive_on_one_handle, test_a_wait_sleeps)
