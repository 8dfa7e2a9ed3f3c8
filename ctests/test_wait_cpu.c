/* A wait uses less than 1 % CPU, also when poll always reports the descriptor as ready, or cannot tell; and
 * each such wait ends at once, or soon, when the call can succeed. */
#include "check.h"
#include "refused.h"

#include <stdio.h>
#include <string.h>

enum { WATCH_MS = 1000 };

struct waiter {
    struct thread thread;
    int64_t (*call)(struct waiter *w);
    sock_t s;
    struct sock_addr to;
    int64_t result, cpu, returned;
};

static void run(void *arg)
{
    struct waiter *w = arg;
    int64_t cpu = thread_cpu_ns();
    w->result = w->call(w);
    w->returned = now_ns();
    w->cpu = thread_cpu_ns() - cpu;
}

/* Observes a waiting call for a second, then calls `go`, which lets it succeed. */
static void idle(const char *what, struct waiter *w, int64_t (*call)(struct waiter *), void (*go)(sock_t), sock_t with,
                 int64_t expected, double within_ms)
{
    w->call = call;
    thread_start(&w->thread, run, w);
    sleep_ms(WATCH_MS);
    CHECK(!thread_ended(&w->thread));
    int64_t start = now_ns();
    go(with);
    thread_join_within(&w->thread, 1000);
    CHECK_ERR(w->result, expected);
    CHECK_TIME(w->returned - start, 0, within_ms);
    double percent = (double)w->cpu / MS(WATCH_MS) * 100, limit = test_scale(); /* 1 % of a plain run */
    printf("# %s: %.3f %% CPU\n", what, percent);
    if (percent >= limit)
        FAIL("%s: %.3f %% CPU while waiting, the limit is %g %%", what, percent, limit);
}

static int64_t receive(struct waiter *w)
{
    char data[16];
    return sock_recv(w->s, data, sizeof data, 0);
}

static int64_t receive_all(struct waiter *w)
{
    char data[8];
    return sock_recv(w->s, data, sizeof data, MSG_WAITALL | MSG_PEEK);
}

static int64_t accept_one(struct waiter *w)
{
    sock_t s = sock_accept(w->s, NULL);
    return s > 0 ? sock_close(s) : s;
}

static int64_t connect_to(struct waiter *w)
{
    return sock_connect(w->s, &w->to);
}

static int64_t send_to(struct waiter *w)
{
    return sock_sendto(w->s, "more", 4, 0, &w->to);
}

static int64_t send_all(struct waiter *w)
{
    return sock_sendall(w->s, "more", 4, 0, NULL);
}

static void go_send(sock_t s)
{
    CHECK_EQ(sock_send(s, "data", 4, 0), 4);
}

static void go_receive(sock_t s)
{
    static char data[1 << 20];
    CHECK_GT(sock_recv(s, data, sizeof data, 0), 0);
}

static void go_accept(sock_t s)
{
    CHECK_OK(sock_close(CHECK_OK(sock_accept(s, NULL))));
}

static struct sock_addr name_of(sock_t s)
{
    struct sock_addr name;
    CHECK_OK(sock_getsockname(s, &name));
    return name;
}

static void bind_unnamed(sock_t s)
{
    struct sock_addr unnamed;
    CHECK_OK(sock_addr_unix(NULL, 0, &unnamed));
    CHECK_OK(sock_bind(s, &unnamed));
}

static void fill(sock_t s, const struct sock_addr *to)
{
    static const char block[4096];
    while (sock_sendto(s, block, sizeof block, MSG_DONTWAIT, to) > 0)
        ;
    while (sock_sendto(s, block, 1, MSG_DONTWAIT, to) > 0)
        ;
}

static void close_both(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void test_plain_waits(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct waiter w = {.s = pair[0]};
    idle("recv", &w, receive, go_send, pair[1], 4, 20);
    fill(pair[0], NULL);
    idle("sendall", &w, send_all, go_receive, pair[1], 0, 20);
    close_both(pair);

    sock_t server = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    bind_unnamed(server);
    CHECK_OK(sock_listen(server, 1));
    struct waiter c = {.s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0)), .to = name_of(server)};
    w.s = server;
    w.call = accept_one;
    thread_start(&w.thread, run, &w);
    sleep_ms(WATCH_MS);
    CHECK_EQ(connect_to(&c), 0);
    thread_join_within(&w.thread, 1000);
    CHECK_EQ(w.result, 0);
    printf("# accept: %.3f %% CPU\n", (double)w.cpu / MS(WATCH_MS) * 100);
    CHECK_LT(w.cpu, (double)MS(WATCH_MS) / 100 * test_scale());
    CHECK_OK(sock_close(c.s));
    CHECK_OK(sock_close(server));
}

/* Always readable, but without enough data: waits for an event. */
static void test_peek_that_waits_for_all(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(sock_send(pair[1], "half", 4, 0), 4);
    struct waiter w = {.s = pair[0]};
    idle("recv, MSG_PEEK with MSG_WAITALL", &w, receive_all, go_send, pair[1], 8, 20);
    close_both(pair);
}

/* Poll reports it as writable: it looks at the sender's buffer, not at the receiver's queue. */
static void test_full_datagram_peer(void)
{
    for (int connected = 0; connected < 2; connected++) {
        sock_t from = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0)), to = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
        bind_unnamed(to);
        struct waiter w = {.s = from, .to = name_of(to)};
        if (connected)
            CHECK_OK(sock_connect(from, &w.to));
        fill(from, &w.to);
        idle(connected ? "sendto, AF_UNIX datagram, connected" : "sendto, AF_UNIX datagram, unconnected", &w, send_to,
             go_receive, to, 4, 40);
        CHECK_OK(sock_close(from));
        CHECK_OK(sock_close(to));
    }
}

static void test_unread_error(void)
{
    int family = refusing_family();
    struct waiter w = {.s = falsely_ready(family)};
    struct sock_addr name, to = name_of(w.s);
    sock_t peer = udp_socket(family, &name);
    CHECK_OK(sock_connect(peer, &to));
    idle("recv, UDP with an unread error", &w, receive, go_send, peer, 4, 20);
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(w.s));
}

static void test_full_backlog(void)
{
    const int types[] = {SOCK_STREAM, SOCK_SEQPACKET};
    for (int i = 0; i < 2; i++) {
        sock_t server = CHECK_OK(sock_socket(AF_UNIX, types[i], 0)), first = CHECK_OK(sock_socket(AF_UNIX, types[i], 0));
        bind_unnamed(server);
        CHECK_OK(sock_listen(server, 0));
        struct waiter w = {.s = CHECK_OK(sock_socket(AF_UNIX, types[i], 0)), .to = name_of(server)};
        CHECK_OK(sock_connect(first, &w.to));
        idle(i ? "connect, AF_UNIX seqpacket" : "connect, AF_UNIX stream", &w, connect_to, go_accept, server, 0, 40);
        CHECK_OK(sock_close(first));
        CHECK_OK(sock_close(w.s));
        CHECK_OK(sock_close(server));
    }
}

/* Spurious readiness must not hide an event: data that arrives before each wait, many times. */
static void test_events_are_never_missed(void)
{
    int family = refusing_family();
    sock_t s = falsely_ready(family);
    struct sock_addr name, to = name_of(s);
    sock_t peer = udp_socket(family, &name);
    CHECK_OK(sock_connect(peer, &to));
    CHECK_OK(sock_settimeout(s, SEC(5)));
    int64_t start = now_ns();
    for (int i = 0; i < 300; i++) {
        struct waiter w = {.s = s, .call = receive};
        thread_start(&w.thread, run, &w);
        if (i % 3)
            sleep_ms(0.3 * (i % 3));
        go_send(peer);
        thread_join(&w.thread);
        CHECK_EQ(w.result, 4);
    }
    CHECK_TIME(now_ns() - start, 0, 3000);
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_plain_waits, test_peek_that_waits_for_all, test_full_datagram_peer, test_unread_error,
          test_full_backlog, test_events_are_never_missed)
