/* sock_send_zerocopy and sock_zerocopy_done: tickets, ranges, what is copied after all, limits, the error queue. */
#include "namespace.h"
#include "relay.h"

#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

static char data[256 * KIB];

static void fill_data(void)
{
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = byte_at((int64_t)i);
}

/* Takes ranges until `last` has come: each ticket once. How many were copied. */
static int64_t collect(sock_t s, uint64_t last)
{
    uint64_t seen = 0;
    int64_t copied = 0;
    static bool known[100000];
    memset(known, 0, sizeof known);
    while (seen < last) {
        struct sock_zerocopy_range v[3];
        memset(v, 0xaa, sizeof v);
        int64_t n = CHECK_OK(sock_zerocopy_done(s, v, 3));
        CHECK_GT(n, 0);
        for (int64_t i = 0; i < n; i++) {
            CHECK_GE(v[i].first, 1);
            CHECK_LE(v[i].first, v[i].last);
            CHECK_LE(v[i].last, last);
            CHECK_EQ(v[i].reserved, 0);
            CHECK(v[i].copied == 0 || v[i].copied == 1);
            for (uint64_t t = v[i].first; t <= v[i].last; t++) {
                CHECK(!known[t]);
                known[t] = true;
            }
            seen += v[i].last - v[i].first + 1;
            copied += v[i].copied ? (int64_t)(v[i].last - v[i].first + 1) : 0;
        }
    }
    return copied;
}

static void test_arguments(void)
{
    sock_t pair[2];
    uint64_t ticket = 77;
    struct sock_zerocopy_range v[1];
    tcp_pair(pair);
    CHECK_REFUSED(sock_send_zerocopy(pair[0], NULL, 1, 0, &ticket), -EFAULT, "buf");
    CHECK_REFUSED(sock_send_zerocopy(pair[0], data, 1, 0, NULL), -EFAULT, "ticket");
    CHECK_REFUSED(sock_zerocopy_done(pair[0], NULL, 1), -EFAULT, "out");
    CHECK_REFUSED(sock_zerocopy_done(pair[0], v, 0), -EINVAL, "cap");
    CHECK_REFUSED(sock_zerocopy_done(pair[0], NULL, 0), -EINVAL, "cap");
    CHECK_EQ(sock_zerocopy_done(pair[0], v, 1), 0); /* nothing is outstanding: no wait */
    CHECK_EQ(sock_send_zerocopy(pair[0], NULL, 0, 0, &ticket), 0);
    CHECK_EQ(ticket, 0);
    ticket = 77;
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(pair[0]));
    CHECK_ERR(sock_send_zerocopy(pair[0], data, 1, 0, &ticket), -EBADF);
    CHECK_ERR(sock_zerocopy_done(pair[0], v, 1), -EBADF);
    CHECK_EQ(ticket, 77);
}

/* The bytes arrive; tickets count from 1; loopback copies, and says so. A new handle in the same slot begins anew. */
static void test_loopback(void)
{
    fill_data();
    for (int round = 0; round < 3; round++) {
        sock_t pair[2];
        uint64_t ticket = 0, last = 0;
        tcp_pair(pair);
        for (int i = 0; i < 20; i++) {
            int64_t sent = 0;
            while (sent < 100000) {
                int64_t n = sock_send_zerocopy(pair[0], data + sent, 100000 - (size_t)sent, MSG_DONTWAIT, &ticket);
                if (n == -EAGAIN) {
                    static char sink[65536];
                    CHECK_OK(sock_recv(pair[1], sink, sizeof sink, 0));
                    continue;
                }
                CHECK_GT(n, 0);
                CHECK_EQ(ticket, ++last);
                sent += n;
            }
        }
        CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
        static char sink[65536];
        while (CHECK_OK(sock_recv(pair[1], sink, sizeof sink, 0)) > 0)
            ;
        CHECK_EQ(collect(pair[0], last), last);
        struct sock_zerocopy_range v[1];
        CHECK_EQ(sock_zerocopy_done(pair[0], v, 1), 0);
        close_pair(pair);
    }
}

static void test_bytes_arrive(void)
{
    sock_t pair[2];
    uint64_t ticket;
    static char got[64 * KIB];
    fill_data();
    tcp_pair(pair);
    int64_t n = CHECK_OK(sock_send_zerocopy(pair[0], data, sizeof got, 0, &ticket));
    CHECK_OK(sock_recv_exact(pair[1], got, (size_t)n, 0, NULL));
    CHECK_MEM(got, data, (size_t)n);
    CHECK_EQ(collect(pair[0], ticket), 1);
    close_pair(pair);
}

/* Where there is no such thing, the data is copied at once, with ticket 0. */
static void test_other_sockets(void)
{
    sock_t pair[2];
    char buf[4];
    struct sock_zerocopy_range v[1];
    const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 3; i++) {
        uint64_t ticket = 77;
        CHECK_OK(sock_socketpair(AF_UNIX, types[i], 0, pair));
        CHECK_EQ(sock_send_zerocopy(pair[0], "abc", 3, 0, &ticket), 3);
        CHECK_EQ(ticket, 0);
        CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 3);
        /* They have no error queue: nothing is taken of what has come, nor at the end. */
        CHECK_EQ(sock_send(pair[1], "def", 3, 0), 3);
        CHECK_EQ(sock_zerocopy_done(pair[0], v, 1), 0);
        CHECK_EQ(sock_recv(pair[0], buf, sizeof buf, 0), 3);
        CHECK_OK(sock_close(pair[1]));
        CHECK_EQ(sock_zerocopy_done(pair[0], v, 1), 0);
        CHECK_OK(sock_close(pair[0]));
    }
}

/* Completions that nobody takes: poll reports them for ever. A receive does not spin, and does not fail. */
static void receive_one(void *arg)
{
    char buf[1];
    CHECK_EQ(sock_recv(*(sock_t *)arg, buf, 1, 0), 1);
}

static void test_other_waits(void)
{
    sock_t pair[2];
    struct thread t;
    uint64_t ticket;
    static char got[1000];
    tcp_pair(pair);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(sock_send_zerocopy(pair[0], data, sizeof got, 0, &ticket), sizeof got);
    for (int i = 0; i < 10; i++)
        CHECK_OK(sock_recv_exact(pair[1], got, sizeof got, 0, NULL));
    sleep_ms(20);
    int64_t cpu = cpu_ns();
    thread_start(&t, receive_one, &pair[0]);
    sleep_ms(200);
    CHECK(!thread_ended(&t));
    CHECK_TIME(cpu_ns() - cpu, 0, 20);
    send_text(pair[1], "x");
    thread_join_within(&t, 20);
    CHECK_EQ(collect(pair[0], 10), 10);
    close_pair(pair);
}

/* Sends until the peer's window is full: these tickets stay outstanding. The last of them. */
static uint64_t fill_window(sock_t s)
{
    uint64_t ticket, last = 0;
    int64_t n;
    while ((n = sock_send_zerocopy(s, data, sizeof data, MSG_DONTWAIT, &ticket)) > 0)
        last = ticket;
    CHECK(n == -EAGAIN || n == -ENOBUFS);
    return last;
}

static void wait_for_ranges(void *arg)
{
    int64_t *a = arg;
    struct sock_zerocopy_range v[4];
    int64_t n;
    while ((n = sock_zerocopy_done(a[0], v, 4)) > 0)
        ;
    a[1] = n;
}

static void test_limits(void)
{
    for (int way = 0; way < 4; way++) {
        sock_t pair[2];
        struct thread t;
        tcp_pair(pair);
        CHECK_GT(fill_window(pair[0]), 0);
        int64_t arg[2] = {pair[0]};
        sock_cancel_t token = CHECK_OK(sock_cancel_new());
        CHECK_OK(sock_setcancel(pair[0], token));
        if (way == 3)
            CHECK_OK(sock_settimeout(pair[0], MS(200)));
        int64_t start = now_ns();
        thread_start(&t, wait_for_ranges, arg);
        if (way != 3)
            thread_wait_blocked(&t);
        if (way == 0)
            CHECK_OK(sock_close(pair[0])); /* with completions outstanding */
        else if (way == 1)
            CHECK_OK(sock_cancel_fire(token));
        else if (way == 2)
            CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now()));
        thread_join_within(&t, way == 3 ? 300 : 20);
        if (way == 3)
            CHECK_TIME(now_ns() - start, 200, 300);
        const int codes[] = {SOCK_ECLOSED, SOCK_ECANCELED, SOCK_ETIMEDOUT, SOCK_ETIMEDOUT};
        CHECK_ERR(arg[1], codes[way]);
        if (way)
            CHECK_OK(sock_close(pair[0]));
        CHECK_OK(sock_close(pair[1]));
        CHECK_OK(sock_close(token));
    }
    /* In non-blocking mode: what has come, then -EAGAIN. */
    sock_t pair[2];
    int64_t arg[2];
    tcp_pair(pair);
    uint64_t last = fill_window(pair[0]);
    arg[0] = pair[0];
    CHECK_OK(sock_setblocking(pair[0], 0));
    wait_for_ranges(arg);
    CHECK_ERR(arg[1], -EAGAIN);
    CHECK_GT(last, 0);
    close_pair(pair);
}

/* Many more sends than the kernel has memory for completions: nobody takes them, and the sends go on. */
static void send_many(void *arg)
{
    sock_t s = *(sock_t *)arg;
    uint64_t ticket = 0;
    for (uint64_t i = 1; i <= 20000; i++) {
        CHECK_EQ(sock_send_zerocopy(s, data, 10, 0, &ticket), 10);
        CHECK_EQ(ticket, i);
    }
}

static void test_back_pressure(void)
{
    sock_t pair[2];
    struct thread t;
    static char got[200000];
    tcp_pair(pair);
    CHECK_OK(sock_setsockopt_int(pair[0], IPPROTO_TCP, 1 /* TCP_NODELAY */, 1));
    thread_start(&t, send_many, &pair[0]);
    CHECK_OK(sock_recv_exact(pair[1], got, sizeof got, 0, NULL));
    thread_join(&t);
    collect(pair[0], 20000);
    close_pair(pair);
}

/* A device that gathers, on a link where nobody answers: the datagrams wait for an address and are dropped after three
 * seconds, and nothing was copied. */
static void test_without_a_copy(void)
{
    namespace_enter();
    struct sock_addr to;
    uint64_t ticket;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip("10.9.9.77", 9, &to));
    CHECK_OK(sock_connect(s, &to));
    CHECK_OK(sock_settimeout(s, SEC(20)));
    for (uint64_t i = 1; i <= 20; i++) {
        CHECK_EQ(sock_send_zerocopy(s, data, 1400, 0, &ticket), 1400);
        CHECK_EQ(ticket, i);
    }
    CHECK_EQ(collect(s, 20), 0);
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_arguments, test_loopback, test_bytes_arrive, test_other_sockets, test_other_waits, test_limits,
          test_back_pressure, test_without_a_copy)
