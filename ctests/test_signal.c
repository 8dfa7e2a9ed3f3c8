/* Signals and cancellation: SIGPIPE never arrives, the program's signal settings do not change, a signal
 * storm does not extend a limit, and no call is a cancellation point. */
#include "check.h"
#include "connected.h"
#include "refused.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static sock_t unix_listener(struct sock_addr *name, int backlog)
{
    struct sock_addr unnamed;
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_unix(NULL, 0, &unnamed));
    CHECK_OK(sock_bind(s, &unnamed));
    CHECK_OK(sock_listen(s, backlog));
    CHECK_OK(sock_getsockname(s, name));
    return s;
}

static void fill(sock_t s)
{
    static const char block[65536];
    while (sock_send(s, block, sizeof block, MSG_DONTWAIT) > 0 || sock_send(s, block, 1, MSG_DONTWAIT) > 0)
        ;
}

static void close_late(void *arg)
{
    sleep_ms(20);
    CHECK_OK(sock_close(*(sock_t *)arg));
}

/* SIGPIPE: R92 ------------------------------------------------------------------------------------ */

/* Every way to send to a peer that has closed. */
static void send_in_every_way(sock_t s)
{
    static char block[1 << 20];
    size_t len = sock_type(s) == SOCK_STREAM ? sizeof block : 4096;
    const struct sock_iovec piece = {block, len};
    const struct sock_msg message = {.iov = &piece, .iov_count = 1};
    int file = CHECK_SYS(open("include/sock.h", O_RDONLY | O_CLOEXEC));
    const int64_t modes[] = {SOCK_FOREVER, SEC(5), 0};
    for (size_t mode = 0; mode < 3; mode++) {
        CHECK_OK(sock_settimeout(s, modes[mode]));
        for (int flags = 0; flags <= MSG_DONTWAIT; flags += MSG_DONTWAIT) {
            CHECK_ERR(sock_send(s, "x", 1, flags), -EPIPE);
            CHECK_ERR(sock_send(s, block, len, flags), -EPIPE);
            CHECK_ERR(sock_sendto(s, "x", 1, flags, NULL), -EPIPE);
            CHECK_ERR(sock_sendall(s, block, len, flags, NULL), -EPIPE);
            CHECK_ERR(sock_sendmsg(s, &message, flags), -EPIPE);
            CHECK_ERR(sock_send_fds(s, "x", 1, NULL, 0, flags, NULL), -EPIPE);
        }
        if (sock_type(s) != SOCK_STREAM)
            continue;
        if (modes[mode] != 0)
            CHECK_ERR(sock_sendfile(s, file, 0, -1, NULL), -EPIPE);
        sock_stream_t stream = CHECK_OK(sock_stream_new(s, 0));
        CHECK_OK(sock_stream_write(stream, "x", 1, NULL));
        CHECK_ERR(sock_stream_flush(stream), -EPIPE);
        CHECK_ERR(sock_close(stream), -EPIPE);
        FILE *stdio = sock_fdopen(s, "w");
        CHECK(stdio != NULL);
        fputs("x", stdio);
        CHECK_EQ(fflush(stdio), EOF);
        fclose(stdio);
    }
    CHECK_SYS(close(file));
}

static void without_sigpipe(void *arg)
{
    (void)arg;
    /* The default disposition: a signal that arrives ends the process. */
    struct sigaction standard = {.sa_handler = SIG_DFL};
    CHECK_SYS(sigaction(SIGPIPE, &standard, NULL));
    const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_STREAM};
    for (int kind = 0; kind < 3; kind++)
        for (int seen = 0; seen < 2; seen++) {
            sock_t pair[2];
            if (kind == 2)
                tcp_pair(pair);
            else
                CHECK_OK(sock_socketpair(AF_UNIX, types[kind], 0, pair));
            if (seen)
                CHECK_OK(sock_fileno(pair[0]));
            CHECK_OK(sock_close(pair[1]));
            if (kind == 2) {
                CHECK_EQ(sock_send(pair[0], "x", 1, 0), 1); /* answered with a reset */
                sleep_ms(10);
            }
            send_in_every_way(pair[0]);
            CHECK_OK(sock_close(pair[0]));
        }

    /* The peer closes while the call waits. */
    for (int all = 0; all < 2; all++) {
        static char block[1 << 20];
        sock_t pair[2];
        struct thread closer;
        unix_pair(pair);
        fill(pair[0]);
        thread_start(&closer, close_late, &pair[1]);
        int64_t result = all ? sock_sendall(pair[0], block, sizeof block, 0, NULL)
                             : sock_send(pair[0], block, sizeof block, 0);
        thread_join(&closer);
        CHECK(result == -EPIPE || result == -ECONNRESET);
        CHECK_OK(sock_close(pair[0]));
    }

    /* No signal is pending behind a mask either. */
    sigset_t pipe_alone, waiting;
    CHECK_SYS(sigemptyset(&pipe_alone));
    CHECK_SYS(sigaddset(&pipe_alone, SIGPIPE));
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &pipe_alone, NULL), 0);
    sock_t pair[2];
    unix_pair(pair);
    CHECK_OK(sock_close(pair[1]));
    send_in_every_way(pair[0]);
    CHECK_SYS(sigpending(&waiting));
    CHECK_EQ(sigismember(&waiting, SIGPIPE), 0);

    /* A pending signal of the program stays pending. */
    CHECK_EQ(raise(SIGPIPE), 0);
    send_in_every_way(pair[0]);
    CHECK_SYS(sigpending(&waiting));
    CHECK_EQ(sigismember(&waiting, SIGPIPE), 1);
    CHECK_OK(sock_close(pair[0]));
}

static void test_sigpipe_never_arrives(void)
{
    child_join(child_start(without_sigpipe, NULL));
}

/* Dispositions and masks -------------------------------------------------------------------------- */

struct signals {
    struct sigaction actions[NSIG];
    sigset_t mask;
};

static void look(struct signals *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 1; i < NSIG; i++)
        sigaction(i, NULL, &s->actions[i]);
    CHECK_EQ(pthread_sigmask(SIG_SETMASK, NULL, &s->mask), 0);
}

static void test_signal_settings_do_not_change(void)
{
    struct signals before, after;
    sock_t pair[2];
    char data[8] = "";
    look(&before);
    unix_pair(pair);
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_settimeout(pair[0], MS(5)));
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ECANCELED);
    CHECK_OK(sock_setcancel(pair[0], 0));
    CHECK_OK(sock_close(pair[1]));
    send_in_every_way(pair[0]);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(token));
    look(&after);
    for (int i = 1; i < NSIG; i++) {
        CHECK_EQ((intptr_t)after.actions[i].sa_handler, (intptr_t)before.actions[i].sa_handler);
        CHECK_EQ(after.actions[i].sa_flags, before.actions[i].sa_flags);
        CHECK_EQ(sigismember(&after.mask, i), sigismember(&before.mask, i));
    }
}

/* Signal storms ------------------------------------------------------------------------------------ */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals = signals + 1;
}

struct storm {
    timer_t timer;
    struct sigaction before;
};

/* Sends the calling thread a signal every millisecond. */
static void storm_begins(struct storm *storm)
{
    struct sigaction action = {.sa_handler = count_signal}; /* without SA_RESTART */
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
    struct itimerspec each = {{0, 1000000}, {0, 1000000}};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    signals = 0;
    CHECK_SYS(sigaction(SIGUSR1, &action, &storm->before));
    CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &storm->timer));
    CHECK_SYS(timer_settime(storm->timer, 0, &each, NULL));
}

static void storm_ends(struct storm *storm)
{
    CHECK_SYS(timer_delete(storm->timer));
    CHECK_SYS(sigaction(SIGUSR1, &storm->before, NULL));
}

/* A call that has to wait 400 ms, during a storm: R40. */
static void in_storm(int64_t (*call)(sock_t), sock_t s, int64_t code)
{
    struct storm storm;
    storm_begins(&storm);
    int64_t start = now_ns(), result = call(s), took = now_ns() - start;
    storm_ends(&storm);
    CHECK_ERR(result, code);
    CHECK_TIME(took, 400, 420);
    CHECK_GT(signals, in_valgrind() ? 5 : 200 / test_scale());
}

static struct sock_addr full;

static int64_t receives(sock_t s)
{
    char byte;
    return sock_recv(s, &byte, 1, 0);
}

static int64_t peeks_all(sock_t s)
{
    char bytes[8];
    return sock_recv(s, bytes, sizeof bytes, MSG_WAITALL | MSG_PEEK);
}

static int64_t sends(sock_t s)
{
    static const char block[1 << 20];
    return sock_send(s, block, sizeof block, 0);
}

static int64_t sends_all(sock_t s)
{
    static const char block[1 << 20];
    return sock_sendall(s, block, sizeof block, 0, NULL);
}

static int64_t accepts(sock_t s)
{
    return sock_accept(s, NULL);
}

static int64_t connects(sock_t s)
{
    return sock_connect(s, &full);
}

static void test_a_storm_extends_no_limit(void)
{
    sock_t pair[2], clients[2], server = unix_listener(&full, 0);
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(400)));
    in_storm(receives, pair[0], SOCK_ETIMEDOUT);
    send_text(pair[1], "abcd");
    in_storm(peeks_all, pair[0], 4);
    fill(pair[0]);
    in_storm(sends, pair[0], SOCK_ETIMEDOUT);
    in_storm(sends_all, pair[0], SOCK_ETIMEDOUT);
    close_pair(pair);

    CHECK_OK(sock_settimeout(server, MS(400)));
    in_storm(accepts, server, SOCK_ETIMEDOUT);
    for (int i = 0; i < 2; i++) {
        clients[i] = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_OK(sock_settimeout(clients[i], MS(400)));
    }
    CHECK_OK(sock_connect(clients[0], &full));
    in_storm(connects, clients[1], SOCK_ETIMEDOUT); /* the wait without an event to poll for */
    close_pair(clients);
    CHECK_OK(sock_close(server));
}

static void answer_late(void *arg)
{
    sleep_ms(60);
    send_text(*(sock_t *)arg, "late");
}

/* R45 */
static void test_signals_do_not_end_a_wait(void)
{
    sock_t pair[2];
    struct storm storm;
    struct thread late;
    char data[8];
    unix_pair(pair);
    storm_begins(&storm);
    int64_t start = now_ns();
    thread_start(&late, answer_late, &pair[1]);
    int64_t count = sock_recv(pair[0], data, 4, MSG_WAITALL), took = now_ns() - start;
    storm_ends(&storm);
    CHECK_EQ(count, 4);
    CHECK_TIME(took, 60, 200);
    CHECK_GT(signals, in_valgrind() ? 1 : 20 / test_scale());
    thread_join(&late);
    close_pair(pair);
}

/* Cancellation ------------------------------------------------------------------------------------ */

struct canceled {
    int64_t (*call)(sock_t);
    sock_t s;
    int64_t result;
    int entered, left; /* atomic */
};

static void *call_and_look(void *arg)
{
    struct canceled *c = arg;
    __atomic_store_n(&c->entered, 1, __ATOMIC_RELEASE);
    c->result = c->call(c->s);
    __atomic_store_n(&c->left, 1, __ATOMIC_RELEASE);
    pthread_testcancel();
    return NULL;
}

/* Cancels a thread in its call: the call continues, and the thread ends at its own next cancellation
 * point. */
static void cancel_in(int64_t (*call)(sock_t), sock_t s, void (*end)(sock_t), sock_t other, int64_t expected)
{
    struct canceled c = {.call = call, .s = s};
    pthread_t thread;
    void *result = NULL;
    CHECK_EQ(pthread_create(&thread, NULL, call_and_look, &c), 0);
    while (!__atomic_load_n(&c.entered, __ATOMIC_ACQUIRE))
        sleep_ms(1);
    sleep_ms(10);
    CHECK_EQ(pthread_cancel(thread), 0);
    sleep_ms(30);
    CHECK_EQ(__atomic_load_n(&c.left, __ATOMIC_ACQUIRE), 0);
    end(other);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(c.left, 1);
    CHECK_ERR(c.result, expected);
    CHECK(result == PTHREAD_CANCELED);
}

static void end_by_byte(sock_t other)
{
    send_text(other, "x");
}

static void end_by_close(sock_t other)
{
    CHECK_OK(sock_close(other));
}

static int64_t receives_hook_points(sock_t s);

static void cancel_everywhere(void *arg)
{
    (void)arg;
    sock_t pair[2], clients[2], server = unix_listener(&full, 0);
    unix_pair(pair);
    cancel_in(receives, pair[0], end_by_byte, pair[1], 1);
    cancel_in(receives_hook_points, pair[0], end_by_byte, pair[1], 1);
    cancel_in(receives, pair[0], end_by_close, pair[0], SOCK_ECLOSED);
    CHECK_OK(sock_close(pair[1]));
    tcp_pair(pair);
    cancel_in(peeks_all, pair[0], end_by_close, pair[0], SOCK_ECLOSED);
    CHECK_OK(sock_close(pair[1]));
    for (int all = 0; all < 2; all++) {
        unix_pair(pair);
        fill(pair[0]);
        cancel_in(all ? sends_all : sends, pair[0], end_by_close, pair[0], SOCK_ECLOSED);
        CHECK_OK(sock_close(pair[1]));
    }

    for (int i = 0; i < 2; i++)
        clients[i] = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(clients[0], &full));
    cancel_in(connects, clients[1], end_by_close, clients[1], SOCK_ECLOSED);
    CHECK_OK(sock_close(clients[0]));
    CHECK_OK(sock_close(CHECK_OK(sock_accept(server, NULL))));
    cancel_in(accepts, server, end_by_close, server, SOCK_ECLOSED);
}

/* A hook with cancellation points inside: it runs in a call, so they have no effect. */
static int points(void *arg)
{
    (void)arg;
    sleep_ms(1);
    pthread_testcancel();
    return 0;
}

static int64_t receives_hook_points(sock_t s)
{
    struct storm storm;
    CHECK_OK(sock_set_interrupt(points, NULL));
    storm_begins(&storm);
    int64_t result = receives(s);
    storm_ends(&storm);
    CHECK_GT(signals, 0);
    return result;
}

static void test_cancellation_waits_until_the_call_has_returned(void)
{
    child_join(child_start(cancel_everywhere, NULL));
}

static int points_passed; /* atomic */

/* Makes every call with a cancellation pending: at the first cancellation point the thread would end. */
static void *with_cancellation_pending(void *arg)
{
    sock_t pair[2];
    struct sock_addr name;
    char data[16] = "";
    int state, fds[2] = {-1, -1};
    size_t count = 0;
    /* The test's own cancellation points come first. */
    sock_t server = unix_listener(&name, 1), ready = falsely_ready(*(int *)arg);
    int file = open("include/sock.h", O_RDONLY | O_CLOEXEC), raw = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
    CHECK_EQ(pthread_cancel(pthread_self()), 0);
    CHECK_EQ(pthread_setcancelstate(state, NULL), 0);

    sock_t client = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(client, &name));
    sock_t connection = CHECK_OK(sock_accept(server, NULL));
    CHECK_OK(sock_close(CHECK_OK(sock_dup(client))));
    CHECK_OK(sock_close(CHECK_OK(sock_from_fd(raw, -1, -1, -1))));
    CHECK_ERR(sock_from_fd(file, -1, -1, -1), -ENOTSOCK);
    CHECK_ERR(sock_socket(AF_UNIX, 99, 0), -EINVAL);
    CHECK_ERR(sock_socketpair(AF_INET, SOCK_STREAM, 0, pair), -EOPNOTSUPP);
    CHECK_OK(sock_settimeout(ready, MS(100)));
    CHECK_ERR(sock_recv(ready, data, sizeof data, 0), SOCK_ETIMEDOUT); /* waits with epoll */
    CHECK_OK(sock_close(ready));
    CHECK_ERR(sock_accept(client, NULL), -EINVAL);
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(5)));
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
    CHECK_EQ(sock_send(pair[1], "x", 1, 0), 1);
    CHECK_EQ(sock_recv(pair[0], data, sizeof data, 0), 1);
    CHECK_OK(sock_send_fds(pair[1], "x", 1, &file, 1, 0, NULL));
    CHECK_EQ(sock_recv_fds(pair[0], data, 8, fds, 2, &count, 0, NULL, NULL), 1);
    CHECK_EQ(count, 1);
    CHECK_EQ(sock_sendfile(pair[1], file, 0, 10, NULL), 10);
    CHECK_OK(sock_recv_exact(pair[0], data, 10, 0, NULL));
    sock_stream_t stream = CHECK_OK(sock_stream_new(pair[0], 0));
    CHECK_OK(sock_stream_write(stream, "x", 1, NULL));
    CHECK_OK(sock_close(stream));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERR(sock_recv(pair[0], data, 1, 0), SOCK_ECANCELED);
    CHECK_OK(sock_close(token));
    int inner = CHECK_OK(sock_detach(pair[1]));
    CHECK_OK(sock_close(CHECK_OK(sock_from_fd(inner, -1, -1, -1))));
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(connection));
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
    __atomic_store_n(&points_passed, 1, __ATOMIC_RELEASE);
    pthread_testcancel();
    return NULL;
}

static void call_with_cancellation_pending(void *arg)
{
    pthread_t thread;
    void *result = NULL;
    CHECK_EQ(pthread_create(&thread, NULL, with_cancellation_pending, arg), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK_EQ(points_passed, 1);
    CHECK(result == PTHREAD_CANCELED);
}

static void test_no_call_is_a_cancellation_point(void)
{
    int family = refusing_family();
    child_join(child_start(call_with_cancellation_pending, &family));
}

/* A thread that ends with a cancellation pending releases its wake-up descriptor. */
static void *wait_and_end(void *arg)
{
    sock_t s = *(sock_t *)arg;
    char byte;
    CHECK_ERR(sock_recv(s, &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_EQ(pthread_cancel(pthread_self()), 0);
    return arg;
}

static void end_with_cancellation_pending(void *arg)
{
    (void)arg;
    sock_t pair[2];
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(2)));
    int before = open_fds();
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        CHECK_EQ(pthread_create(&thread, NULL, wait_and_end, &pair[0]), 0);
        CHECK_EQ(pthread_join(thread, NULL), 0);
    }
    CHECK_EQ(open_fds(), before);
    close_pair(pair);
}

static void test_a_canceled_thread_ends_cleanly(void)
{
    child_join(child_start(end_with_cancellation_pending, NULL));
}

TEST_MAIN(test_sigpipe_never_arrives, test_signal_settings_do_not_change, test_a_storm_extends_no_limit,
          test_signals_do_not_end_a_wait, test_cancellation_waits_until_the_call_has_returned,
          test_no_call_is_a_cancellation_point, test_a_canceled_thread_ends_cleanly)
