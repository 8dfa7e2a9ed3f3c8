/* sock_relay: what it moves, on which sockets, and how its directions end. test_relay_end.c has what ends it early. */
#include "relay.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void check_both_ended(const struct bridge *r, int64_t a_to_b, int64_t b_to_a)
{
    CHECK_ERR(r->result, 0);
    CHECK_EQ(r->counts.a_to_b, a_to_b);
    CHECK_EQ(r->counts.b_to_a, b_to_a);
    CHECK_EQ(r->counts.a_lost, 0);
    CHECK_EQ(r->counts.b_lost, 0);
    CHECK_EQ(r->counts.a_ended, 1);
    CHECK_EQ(r->counts.b_ended, 1);
    CHECK_EQ(r->counts.failed, 0);
    CHECK_EQ(r->counts.reserved[0], 0);
    CHECK_EQ(r->counts.reserved[1], 0);
}

static void test_arguments(void)
{
    struct bridge r;
    struct sock_relay_counts counts;
    sock_t other[2];
    bridge_open(&r, tcp_pair, unix_pair);
    CHECK_REFUSED(sock_relay(r.a, r.a, SOCK_FOREVER, NULL), -EINVAL, "b");
    CHECK_REFUSED(sock_relay(r.a, r.b, -1, NULL), -EINVAL, "idle_ns");
    memset(&counts, 0xaa, sizeof counts);
    CHECK_REFUSED(sock_relay(0, r.b, SOCK_FOREVER, &counts), -EBADF, "a");
    CHECK_EQ(counts.a_to_b + counts.b_to_a + counts.a_lost + counts.b_lost + (uint64_t)counts.failed, 0);
    CHECK_REFUSED(sock_relay(r.a, -5, SOCK_FOREVER, NULL), -EBADF, "b");
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_REFUSED(sock_relay(token, r.b, SOCK_FOREVER, NULL), -ENOTSOCK, "a");
    CHECK_REFUSED(sock_relay(r.a, token, SOCK_FOREVER, NULL), -ENOTSOCK, "b");
    CHECK_OK(sock_close(token));
    const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_socketpair(AF_UNIX, types[i], 0, other));
        CHECK_REFUSED(sock_relay(other[0], r.b, SOCK_FOREVER, NULL), -EINVAL, "a");
        CHECK_REFUSED(sock_relay(r.a, other[0], SOCK_FOREVER, NULL), -EINVAL, "b");
        close_pair(other);
    }
    CHECK_OK(sock_setblocking(r.b, 0));
    CHECK_REFUSED(sock_relay(r.a, r.b, SOCK_FOREVER, NULL), -EINVAL, "b");
    CHECK_REFUSED(sock_relay(r.b, r.a, SOCK_FOREVER, NULL), -EINVAL, "a");
    bridge_close(&r);
    CHECK_REFUSED(sock_relay(r.a, r.b, SOCK_FOREVER, NULL), -EBADF, "a");
}

/* A listener and a socket without a connection cannot be read: the failure names the side. */
static void test_not_connected(void)
{
    const int families[] = {AF_INET, AF_UNIX};
    for (int listening = 0; listening < 2; listening++)
        for (int i = 0; i < 2; i++) {
            sock_t pair[2];
            struct sock_relay_counts counts;
            struct sock_addr at;
            sock_t s = CHECK_OK(sock_socket(families[i], SOCK_STREAM, 0));
            CHECK_OK(families[i] == AF_UNIX ? sock_addr_unix(NULL, 0, &at) : sock_addr_ip("127.0.0.1", 0, &at));
            CHECK_OK(sock_bind(s, &at));
            if (listening)
                CHECK_OK(sock_listen(s, 1));
            unix_pair(pair);
            int code = families[i] == AF_UNIX ? -EINVAL : -ENOTCONN;
            CHECK_REFUSED(sock_relay(s, pair[0], SEC(10), &counts), code, "a");
            CHECK_EQ(counts.failed, s);
            CHECK_REFUSED(sock_relay(pair[0], s, SEC(10), &counts), code, "b");
            CHECK_EQ(counts.failed, s);
            CHECK_OK(sock_close(s));
            close_pair(pair);
        }
}

/* Both directions at once, in every pair of kinds and in pieces of several sizes. */
static void test_both_directions(void)
{
    static make_pair *const kinds[] = {tcp_pair, unix_pair};
    const size_t pieces[] = {1, 700, 5000, 256 * KIB};
    sock_t pair[2];
    char byte;
    /* From its first wait on, this thread has a descriptor of its own. */
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    close_pair(pair);
    int fds = open_fds();
    for (int kind = 0; kind < 4; kind++)
        for (int i = 0; i < 4; i++) {
            struct bridge r;
            struct feed there, back;
            int64_t len = i == 0 ? 500 : 2 * MIB / (int64_t)test_slowness();
            bridge_open(&r, kinds[kind / 2], kinds[kind % 2]);
            bridge_start(&r);
            feed_start(&there, r.left, len, pieces[i]);
            feed_start(&back, r.right, len / 2, pieces[i]);
            CHECK_EQ(receive_all(r.right), len);
            CHECK_EQ(receive_all(r.left), len / 2);
            thread_join(&there.thread);
            thread_join(&back.thread);
            thread_join(&r.thread);
            check_both_ended(&r, len, len / 2);
            bridge_close(&r);
            CHECK_EQ(open_fds(), fds);
        }
}

/* The end of one direction is handed on, and the other goes on for long afterwards. */
static void test_half_close(void)
{
    for (int side = 0; side < 2; side++) {
        struct bridge r;
        char buf[8];
        bridge_open(&r, tcp_pair, tcp_pair);
        sock_t first = side ? r.right : r.left, second = side ? r.left : r.right;
        bridge_start(&r);
        send_text(first, "request");
        CHECK_OK(sock_shutdown(first, SHUT_WR));
        CHECK_OK(sock_recv_exact(second, buf, 7, 0, NULL));
        CHECK_MEM(buf, "request", 7);
        CHECK_EQ(sock_recv(second, buf, sizeof buf, 0), 0);
        sleep_ms(20);
        CHECK(!thread_ended(&r.thread));
        send_text(second, "answ");
        CHECK_OK(sock_recv_exact(first, buf, 4, 0, NULL));
        CHECK_MEM(buf, "answ", 4);
        CHECK_OK(sock_close(second));
        CHECK_EQ(sock_recv(first, buf, sizeof buf, 0), 0);
        thread_join_within(&r.thread, 50);
        CHECK_ERR(r.result, 0);
        CHECK_EQ(r.counts.a_to_b, side ? 4 : 7);
        CHECK_EQ(r.counts.b_to_a, side ? 7 : 4);
        CHECK_OK(sock_close(first));
        CHECK_OK(sock_close(r.a));
        CHECK_OK(sock_close(r.b));
    }
}

/* A receiver that stops: the relay takes little more than buffers hold, sleeps, and loses nothing. */
static void test_slow_receiver(void)
{
    struct bridge r;
    struct feed feed;
    bridge_open(&r, tcp_pair, unix_pair);
    int64_t len = 32 * MIB;
    bridge_start(&r);
    feed_start(&feed, r.left, len, 256 * KIB);
    thread_wait_blocked(&r.thread);
    thread_wait_blocked(&feed.thread);
    int64_t cpu = cpu_ns();
    sleep_ms(100);
    CHECK_TIME(cpu_ns() - cpu, 0, 20);
    CHECK_LT(feed.at, len);
    CHECK_EQ(receive_all(r.right), len);
    CHECK_OK(sock_shutdown(r.right, SHUT_WR));
    thread_join(&feed.thread);
    thread_join(&r.thread);
    check_both_ended(&r, len, 0);
    bridge_close(&r);
}

/* Urgent data stops splice(2) for ever; the relay passes it by. */
static void test_urgent_data(void)
{
    struct bridge r;
    char buf[8] = "";
    bridge_open(&r, tcp_pair, tcp_pair);
    bridge_start(&r);
    send_text(r.left, "ab");
    CHECK_OK(sock_recv_exact(r.right, buf, 2, 0, NULL));
    CHECK_EQ(sock_send(r.left, "!", 1, MSG_OOB), 1);
    sleep_ms(20);
    send_text(r.left, "cd");
    CHECK_OK(sock_recv_exact(r.right, buf, 2, 0, NULL));
    CHECK_STR(buf, "cd");
    int64_t cpu = cpu_ns();
    sleep_ms(100);
    CHECK_TIME(cpu_ns() - cpu, 0, 20);
    CHECK_OK(sock_shutdown(r.left, SHUT_WR));
    CHECK_OK(sock_shutdown(r.right, SHUT_WR));
    thread_join_within(&r.thread, 50);
    check_both_ended(&r, 4, 0);
    bridge_close(&r);
}

/* Through memory: where descriptions are shared, where there is no splice(2) and where no pipe can be had. */
static void relay_three_mib(bool seen, bool full)
{
    for (int kind = 0; kind < 2; kind++) {
        struct bridge r;
        struct feed there, back;
        bridge_open(&r, kind ? unix_pair : tcp_pair, kind ? tcp_pair : unix_pair);
        if (seen)
            CHECK_OK(sock_fileno(kind ? r.a : r.b));
        struct rlimit limit;
        CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
        if (full) { /* no descriptor is left for a pipe, or to wake a wait */
            int next = CHECK_SYS(dup(0));
            close(next);
            CHECK_SYS(setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t)next, limit.rlim_max}));
        }
        bridge_start(&r);
        feed_start(&there, r.left, 3 * MIB, 100000);
        feed_start(&back, r.right, MIB, 100000);
        CHECK_EQ(receive_all(r.right), 3 * MIB);
        CHECK_EQ(receive_all(r.left), MIB);
        thread_join(&there.thread);
        thread_join(&back.thread);
        thread_join(&r.thread);
        CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
        check_both_ended(&r, 3 * MIB, MIB);
        bridge_close(&r);
    }
}

static void test_shared_descriptions(void)
{
    relay_three_mib(true, false);
}

static void test_no_descriptor_left(void)
{
    relay_three_mib(false, true);
}

static void relay_without(void *arg)
{
    refuse_call(SYS_splice, *(int *)arg);
    relay_three_mib(false, false);
}

static void test_no_splice(void)
{
    if (in_valgrind())
        SKIP("valgrind makes system calls of its own, which a filter would refuse");
    int numbers[] = {EINVAL, ENOSYS, EOPNOTSUPP, EPERM};
    for (int i = 0; i < 4; i++)
        child_join(child_start(relay_without, &numbers[i]));
}

/* The number of a socket is given out while the relay runs: what is in its pipe still arrives, in order. */
static void test_number_given_out_midway(void)
{
    struct bridge r;
    struct feed feed;
    bridge_open(&r, tcp_pair, tcp_pair);
    int64_t len = 32 * MIB;
    bridge_start(&r);
    feed_start(&feed, r.left, len, 256 * KIB);
    thread_wait_blocked(&r.thread);
    CHECK_OK(sock_fileno(r.b));
    CHECK_EQ(receive_all(r.right), len);
    CHECK_OK(sock_fileno(r.a));
    CHECK_OK(sock_shutdown(r.right, SHUT_WR));
    thread_join(&feed.thread);
    thread_join(&r.thread);
    check_both_ended(&r, len, 0);
    bridge_close(&r);
}

static int pipe_signals;

static void count_signal(int number)
{
    (void)number;
    pipe_signals++;
}

/* Its own SIGPIPE is taken away, and one that somebody sends to the thread meanwhile arrives after the call. */
static void test_a_signal_of_somebody_else_is_kept(void)
{
    struct sigaction action = {.sa_handler = count_signal}, before;
    struct bridge r;
    for (int sent = 0; sent < 2; sent++) {
        pipe_signals = 0;
        CHECK_SYS(sigaction(SIGPIPE, &action, &before));
        bridge_open(&r, unix_pair, unix_pair);
        bridge_start(&r);
        thread_wait_blocked(&r.thread);
        if (sent)
            CHECK_EQ(pthread_kill(r.thread.id, SIGPIPE), 0);
        CHECK_OK(sock_shutdown(r.right, SHUT_RD)); /* what the relay sends there fails */
        CHECK_OK(sock_sendall(r.left, "x", 1, 0, NULL));
        CHECK_OK(sock_shutdown(r.left, SHUT_WR));
        CHECK_OK(sock_shutdown(r.right, SHUT_WR));
        thread_join(&r.thread);
        CHECK_ERR(r.result, -EPIPE);
        CHECK_EQ(pipe_signals, sent);
        CHECK_SYS(sigaction(SIGPIPE, &before, NULL));
        bridge_close(&r);
    }
}

TEST_MAIN(test_arguments, test_not_connected, test_both_directions, test_half_close, test_slow_receiver,
          test_urgent_data, test_shared_descriptions, test_no_descriptor_left, test_no_splice,
          test_number_given_out_midway, test_a_signal_of_somebody_else_is_kept)
