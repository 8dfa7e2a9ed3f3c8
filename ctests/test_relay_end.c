/* sock_relay: what ends it early. Close, cancel tokens, limits, failures of either side; exact counts; fork. */
#include "relay.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A relay with its first direction stuck: the right end does not read. */
static void stuck_start(struct bridge *r, struct feed *feed)
{
    bridge_start(r);
    feed_start(feed, r->left, 64 * MIB, 256 * KIB);
    thread_wait_blocked(&feed->thread);
    thread_wait_blocked(&r->thread);
}

/* After its end: what was counted has arrived, and nothing else; the rest is in the socket, or was lost. */
static void check_exact(struct bridge *r, struct feed *feed, bool b_lives)
{
    int64_t left_in_socket = 0;
    if (b_lives) {
        CHECK_OK(sock_shutdown(r->b, SHUT_WR));
        CHECK_OK(sock_close(r->b));
    }
    CHECK_EQ(receive_all(r->right), r->counts.a_to_b);
    CHECK_GT(r->counts.a_to_b, 0);
    CHECK_LE(r->counts.a_lost, MIB);
    CHECK_EQ(r->counts.b_to_a, 0);
    CHECK_EQ(r->counts.b_lost, 0);
    CHECK_EQ(r->counts.a_ended, 0);
    /* The feed goes on into the socket that nobody relays any more. */
    static char data[256 * KIB];
    for (int64_t n; r->counts.a_to_b + r->counts.a_lost + (uint64_t)left_in_socket < 64 * (uint64_t)MIB;) {
        n = CHECK_OK(sock_recv(r->a, data, sizeof data, 0));
        int64_t before = (int64_t)(r->counts.a_to_b + r->counts.a_lost) + left_in_socket;
        for (int64_t i = 0; i < n; i++)
            if (data[i] != byte_at(before + i))
                FAIL("byte %lld is wrong", (long long)(before + i));
        CHECK_GT(n, 0);
        left_in_socket += n;
    }
    CHECK_EQ(sock_recv(r->a, data, sizeof data, 0), 0);
    thread_join(&feed->thread);
    CHECK_OK(sock_close(r->left));
    CHECK_OK(sock_close(r->right));
    CHECK_OK(sock_close(r->a));
}

static make_pair *const kinds[] = {tcp_pair, unix_pair};

/* A token of either side, a deadline of either side and direction, a timeout. */
static void test_limits_are_exact(void)
{
    /* Enough for the feed to begin, where instructions are slow. */
    double span = 400 * (test_slowness() < 10 ? test_slowness() : 10);
    for (int way = 0; way < 6; way++)
        for (int kind = 0; kind < 2; kind++) {
            struct bridge r;
            struct feed feed;
            bridge_open(&r, kinds[kind], kinds[way % 2]);
            sock_t side = way % 2 ? r.a : r.b;
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            if (way < 2)
                CHECK_OK(sock_setcancel(side, token));
            if (way >= 4)
                CHECK_OK(sock_settimeout(side, MS(span)));
            int64_t start = now_ns();
            if (way >= 4) {
                bridge_start(&r);
                feed_start(&feed, r.left, 64 * MIB, 256 * KIB);
            } else {
                stuck_start(&r, &feed);
            }
            if (way < 2)
                CHECK_OK(sock_cancel_fire(token));
            else if (way < 4)
                CHECK_OK(sock_setdeadline(side, kind ? SOCK_READ : SOCK_WRITE, sock_now()));
            thread_join_within(&r.thread, way < 4 ? 20 : 2 * span);
            CHECK_ERR(r.result, way < 2 ? SOCK_ECANCELED : SOCK_ETIMEDOUT);
            CHECK_EQ(r.counts.failed, side);
            if (way >= 4)
                CHECK_TIME(now_ns() - start, span, 2 * span);
            CHECK_OK(sock_setcancel(side, 0));
            CHECK_OK(sock_setdeadline(side, SOCK_READ | SOCK_WRITE, SOCK_FOREVER));
            CHECK_OK(sock_settimeout(side, SOCK_FOREVER));
            CHECK_OK(sock_close(token));
            check_exact(&r, &feed, true);
        }
}

/* A close of either side ends the call at once, whether it waits for data or for room. */
static void test_close(void)
{
    for (int seen = 0; seen < 2; seen++)
        for (int kind = 0; kind < 4; kind++) {
            struct bridge r;
            struct feed feed;
            bridge_open(&r, kinds[kind / 2], kinds[kind % 2]);
            if (seen)
                CHECK_OK(sock_fileno(r.a));
            stuck_start(&r, &feed);
            sock_t b = r.b;
            CHECK_OK(sock_close(b));
            thread_join_within(&r.thread, 20);
            CHECK_ERR(r.result, SOCK_ECLOSED);
            CHECK_EQ(r.counts.failed, b);
            check_exact(&r, &feed, false);
            for (int side = 0; side < 2; side++) {
                bridge_open(&r, kinds[kind / 2], kinds[kind % 2]);
                bridge_start(&r);
                thread_wait_blocked(&r.thread);
                sock_t closed = side ? r.a : r.b;
                CHECK_OK(sock_close(closed));
                thread_join_within(&r.thread, 20);
                CHECK_ERR(r.result, SOCK_ECLOSED);
                CHECK_EQ(r.counts.failed, closed);
                CHECK_OK(sock_close(side ? r.b : r.a));
                CHECK_OK(sock_close(r.left));
                CHECK_OK(sock_close(r.right));
            }
        }
}

/* A relay between fast peers hardly ever waits, and ends all the same. */
static void drink(void *arg)
{
    static char data[256 * KIB];
    while (sock_recv(*(sock_t *)arg, data, sizeof data, 0) > 0)
        ;
}

static void pour(void *arg)
{
    static char data[256 * KIB];
    while (sock_send(*(sock_t *)arg, data, sizeof data, 0) > 0)
        ;
}

static void test_close_while_busy(void)
{
    for (int round = 0; round < 4; round++) {
        struct bridge r;
        struct thread in, out;
        bridge_open(&r, kinds[round % 2], kinds[round / 2]);
        if (round == 3)
            CHECK_OK(sock_setdeadline(r.b, SOCK_READ | SOCK_WRITE, sock_now() + MS(100)));
        thread_start(&in, pour, &r.left);
        thread_start(&out, drink, &r.right);
        bridge_start(&r);
        sleep_ms(100);
        int64_t start = now_ns();
        if (round != 3)
            CHECK_OK(sock_close(round == 0 ? r.a : r.b));
        thread_join_within(&r.thread, 20);
        CHECK_TIME(now_ns() - start, 0, 20);
        CHECK_ERR(r.result, round == 3 ? SOCK_ETIMEDOUT : SOCK_ECLOSED);
        CHECK_GT(r.counts.a_to_b, 0);
        sock_close(r.a);
        sock_close(r.b);
        thread_join(&in);
        thread_join(&out);
        CHECK_OK(sock_close(r.left));
        CHECK_OK(sock_close(r.right));
    }
}

static void test_idle_limit(void)
{
    struct bridge r;
    char buf[8];
    bridge_open(&r, tcp_pair, unix_pair);
    r.idle = MS(200);
    int64_t start = now_ns();
    bridge_start(&r);
    for (int i = 0; i < 5; i++) { /* longer than the limit, but never silent for so long */
        sleep_ms(80);
        send_text(i % 2 ? r.left : r.right, "x");
        CHECK_EQ(sock_recv(i % 2 ? r.right : r.left, buf, sizeof buf, 0), 1);
    }
    thread_join(&r.thread);
    CHECK_TIME(now_ns() - start, 600, 800);
    CHECK_ERR(r.result, SOCK_ETIMEDOUT);
    CHECK_EQ(r.counts.failed, 0);
    CHECK_EQ(r.counts.a_to_b, 2);
    CHECK_EQ(r.counts.b_to_a, 3);
    /* Limits of 0 and of a nanosecond: what is there goes, then it ends. */
    for (int idle = 0; idle < 2; idle++) {
        send_text(r.left, "abc");
        sleep_ms(20);
        r.idle = idle;
        bridge_run(&r);
        CHECK_REFUSED(r.result, SOCK_ETIMEDOUT, "idle_ns");
        CHECK_EQ(r.counts.a_to_b, 3);
        CHECK_EQ(sock_recv(r.right, buf, sizeof buf, 0), 3);
    }
    bridge_close(&r);
}

/* A reset of one side is reported with its side, and not handed on as an end. */
static void test_reset(void)
{
    for (int side = 0; side < 2; side++) {
        struct bridge r;
        char buf[8];
        bridge_open(&r, tcp_pair, tcp_pair);
        bridge_start(&r);
        sock_t *broken = side ? &r.right : &r.left;
        sock_t other = side ? r.left : r.right;
        send_text(*broken, "last");
        CHECK_OK(sock_recv_exact(other, buf, 4, 0, NULL));
        thread_wait_blocked(&r.thread);
        CHECK_OK(sock_set_linger(*broken, 1, 0));
        CHECK_OK(sock_close(*broken));
        thread_join_within(&r.thread, 20);
        CHECK_ERR(r.result, -ECONNRESET);
        CHECK_EQ(r.counts.failed, side ? r.b : r.a);
        CHECK_EQ(r.counts.a_to_b, side ? 0 : 4);
        CHECK_EQ(r.counts.b_to_a, side ? 4 : 0);
        CHECK_EQ(r.counts.a_ended + r.counts.b_ended, 0);
        CHECK_ERR(sock_recv(other, buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
        CHECK_OK(sock_close(other));
        CHECK_OK(sock_close(r.a));
        CHECK_OK(sock_close(r.b));
    }
}

/* Reset after its half has ended: nothing is read from the side any more, and the failure is seen all the same. */
static void test_reset_of_an_ended_side(void)
{
    struct bridge r;
    bridge_open(&r, tcp_pair, tcp_pair);
    bridge_start(&r);
    CHECK_OK(sock_shutdown(r.left, SHUT_WR));
    sleep_ms(20);
    CHECK(!thread_ended(&r.thread));
    CHECK_OK(sock_set_linger(r.left, 1, 0));
    CHECK_OK(sock_close(r.left));
    thread_join_within(&r.thread, 20);
    CHECK_ERR(r.result, -EPIPE); /* the kernel's code for a reset after the end */
    CHECK_EQ(r.counts.failed, r.a);
    CHECK_EQ(r.counts.a_ended, 1);
    CHECK_OK(sock_close(r.right));
    CHECK_OK(sock_close(r.a));
    CHECK_OK(sock_close(r.b));
}

/* A side that takes nothing any more: what it has said still arrives, then the call fails; no signal. */
static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static void test_target_that_takes_nothing(void)
{
    struct sigaction ours = {.sa_handler = on_signal}, before;
    CHECK_SYS(sigaction(SIGPIPE, &ours, &before));
    for (int seen = 0; seen < 2; seen++) {
        struct bridge r;
        char buf[8];
        bridge_open(&r, tcp_pair, unix_pair);
        if (seen)
            CHECK_OK(sock_fileno(r.b));
        CHECK_OK(sock_shutdown(r.right, SHUT_RD));
        send_text(r.left, "unwanted");
        bridge_start(&r);
        sleep_ms(20);
        CHECK(!thread_ended(&r.thread));
        send_text(r.right, "answ");
        CHECK_OK(sock_recv_exact(r.left, buf, 4, 0, NULL));
        CHECK_OK(sock_shutdown(r.right, SHUT_WR));
        thread_join_within(&r.thread, 50);
        CHECK_ERR(r.result, -EPIPE);
        CHECK_EQ(r.counts.failed, r.b);
        CHECK_EQ(r.counts.a_to_b, 0);
        CHECK_EQ(r.counts.a_lost, 8);
        CHECK_EQ(r.counts.b_to_a, 4);
        CHECK_EQ(r.counts.b_lost, 0);
        CHECK_EQ(r.counts.a_ended + r.counts.b_ended, 0);
        bridge_close(&r);
    }
    CHECK_EQ(signals, 0);
    CHECK_SYS(sigaction(SIGPIPE, &before, NULL));
}

/* The hook runs in the relay; it can end it, close a side, and fork. */
static int hook_code;
static struct bridge *hooked;

static int hook(void *arg)
{
    (void)arg;
    if (hook_code == 1)
        CHECK_OK(sock_close(hooked->a));
    if (hook_code == 2) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        child_join(child);
    }
    return hook_code < 0 ? hook_code : 0;
}

static void run_with_hook(void *arg)
{
    CHECK_OK(sock_set_interrupt(hook, NULL));
    bridge_run(arg);
}

static void test_interrupt_hook(void)
{
    struct sigaction ours = {.sa_handler = on_signal}, before;
    CHECK_SYS(sigaction(SIGUSR1, &ours, &before));
    for (int code = -7; code <= 2; code = code == -7 ? 1 : code + 1) {
        struct bridge r;
        char buf[4];
        bridge_open(&r, tcp_pair, unix_pair);
        hooked = &r;
        hook_code = code;
        thread_start(&r.thread, run_with_hook, &r);
        thread_wait_blocked(&r.thread);
        pthread_kill(r.thread.id, SIGUSR1);
        if (code == 2) {
            sleep_ms(50);
            send_text(r.left, "on");
            CHECK_OK(sock_recv_exact(r.right, buf, 2, 0, NULL));
            CHECK_OK(sock_shutdown(r.left, SHUT_WR));
            CHECK_OK(sock_shutdown(r.right, SHUT_WR));
        }
        thread_join_within(&r.thread, 50);
        CHECK_ERR(r.result, code == 1 ? SOCK_ECLOSED : code == 2 ? 0 : -7);
        if (code != 1)
            CHECK_OK(sock_close(r.a));
        CHECK_OK(sock_close(r.left));
        CHECK_OK(sock_close(r.b));
        CHECK_OK(sock_close(r.right));
    }
    CHECK_SYS(sigaction(SIGUSR1, &before, NULL));
}

/* Pipes of the process. */
static int fifos(void)
{
    int count = 0;
    struct stat about;
    for (int fd = 0; fd < 200; fd++)
        count += fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode);
    return count;
}

static void count_fifos(void *arg)
{
    CHECK_ERR(sock_close(0), -EBADF); /* the first call settles a child that no handler has seen */
    CHECK_EQ(fifos(), *(int *)arg);
}

/* A child that another thread forks has neither the pipes of a relay nor a part in it. */
static void test_fork(void)
{
    struct bridge r;
    struct feed feed;
    int before = fifos();
    bridge_open(&r, tcp_pair, tcp_pair);
    stuck_start(&r, &feed);
    CHECK_GT(fifos(), before);
    child_join(child_start(count_fifos, &before));
    CHECK_EQ(receive_all(r.right), 64 * MIB);
    CHECK_OK(sock_shutdown(r.right, SHUT_WR));
    thread_join(&feed.thread);
    thread_join(&r.thread);
    CHECK_ERR(r.result, 0);
    CHECK_EQ(r.counts.a_to_b, 64 * MIB);
    CHECK_EQ(fifos(), before);
    bridge_close(&r);
}

/* Messages in the error queue keep poll ready for ever; the relay does not spin, and does not take them. */
static void test_error_queue(void)
{
    struct bridge r;
    char buf[64];
    int stamps = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY;
    bridge_open(&r, tcp_pair, tcp_pair);
    CHECK_OK(sock_setsockopt_int(r.b, SOL_SOCKET, SO_TIMESTAMPING, stamps));
    bridge_start(&r);
    send_text(r.left, "stamp");
    CHECK_OK(sock_recv_exact(r.right, buf, 5, 0, NULL));
    sleep_ms(20);
    int64_t cpu = cpu_ns();
    sleep_ms(200);
    CHECK_TIME(cpu_ns() - cpu, 0, 20);
    send_text(r.right, "back");
    CHECK_OK(sock_recv_exact(r.left, buf, 4, 0, NULL));
    CHECK_OK(sock_shutdown(r.right, SHUT_WR));
    sleep_ms(20); /* now only failures of b are waited for */
    cpu = cpu_ns();
    sleep_ms(200);
    CHECK_TIME(cpu_ns() - cpu, 0, 20);
    CHECK_OK(sock_shutdown(r.left, SHUT_WR));
    thread_join_within(&r.thread, 50);
    CHECK_ERR(r.result, 0);
    struct sock_msg msg = {0};
    char control[256];
    msg.control = control, msg.control_cap = sizeof control;
    CHECK_OK(sock_recvmsg(r.b, &msg, MSG_ERRQUEUE));
    CHECK_GT(msg.control_len, 0);
    bridge_close(&r);
}

TEST_MAIN(test_limits_are_exact, test_close, test_close_while_busy, test_idle_limit, test_reset,
          test_reset_of_an_ended_side, test_target_that_takes_nothing, test_interrupt_hook, test_fork,
          test_error_queue)
