/* Timeouts and blocking mode, by the rules of Python's socket module; each test names its rules. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct pair {
    sock_t a, b;
};

static struct pair pair(int type)
{
    sock_t out[2];
    CHECK_ERR(sock_socketpair(AF_UNIX, type, 0, out), 0);
    return (struct pair){out[0], out[1]};
}

static void close_pair(struct pair p)
{
    CHECK_ERR(sock_close(p.a), 0);
    CHECK_ERR(sock_close(p.b), 0);
}

static sock_t tcp_listener(struct sock_addr *name, int backlog)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_addr_ip("127.0.0.1", 0, name), 0);
    CHECK_ERR(sock_bind(s, name), 0);
    CHECK_ERR(sock_getsockname(s, name), 0);
    CHECK_ERR(sock_listen(s, backlog), 0);
    return s;
}

static bool nonblock(sock_t s)
{
    return CHECK_SYS(fcntl((int)CHECK_OK(sock_fileno(s)), F_GETFL)) & O_NONBLOCK;
}

/* R27, R33: SOCK_FOREVER is blocking mode, 0 is non-blocking mode, anything between is a timeout; O_NONBLOCK
 * of an exposed descriptor follows. */
static void test_modes(void)
{
    struct pair p = pair(SOCK_STREAM);
    CHECK_EQ(sock_gettimeout(p.a), SOCK_FOREVER);
    CHECK_EQ(sock_getblocking(p.a), 1);
    CHECK(!nonblock(p.a));
    CHECK_ERR(sock_settimeout(p.a, 0), 0);
    CHECK_EQ(sock_gettimeout(p.a), 0);
    CHECK_EQ(sock_getblocking(p.a), 0);
    CHECK(nonblock(p.a));
    CHECK_ERR(sock_settimeout(p.a, 1), 0);
    CHECK_EQ(sock_gettimeout(p.a), 1);
    CHECK_EQ(sock_getblocking(p.a), 1);
    CHECK(nonblock(p.a));
    CHECK_ERR(sock_setblocking(p.a, 7), 0);
    CHECK_EQ(sock_gettimeout(p.a), SOCK_FOREVER);
    CHECK(!nonblock(p.a));
    CHECK_ERR(sock_setblocking(p.a, 0), 0);
    CHECK_EQ(sock_gettimeout(p.a), 0);
    /* R29, R34: refused without a change. */
    CHECK_ERR(sock_settimeout(p.a, -1), -EINVAL);
    CHECK_ERR(sock_settimeout(p.a, INT64_MIN), -EINVAL);
    CHECK_EQ(sock_gettimeout(p.a), 0);
    CHECK(nonblock(p.a));
    close_pair(p);
}

/* R5, R17, R38, R63: the default timeout applies to sockets created later, accepted ones too. */
static void test_default_timeout(void)
{
    struct pair before = pair(SOCK_STREAM);
    struct sock_addr name;
    CHECK_EQ(sock_getdefaulttimeout(), SOCK_FOREVER);
    CHECK_ERR(sock_setdefaulttimeout(-1), -EINVAL);
    CHECK_EQ(sock_getdefaulttimeout(), SOCK_FOREVER);
    CHECK_ERR(sock_setdefaulttimeout(SEC(3)), 0);
    struct pair p = pair(SOCK_STREAM);
    CHECK_EQ(sock_gettimeout(p.a), SEC(3));
    CHECK_EQ(sock_gettimeout(before.a), SOCK_FOREVER);
    /* R4: the flag takes precedence. */
    sock_t flagged = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    CHECK_EQ(sock_gettimeout(flagged), 0);

    for (int i = 0; i < 2; i++) { /* with and without a default: the listener's own timeout does not count */
        int64_t wanted = i ? SOCK_FOREVER : SEC(3);
        CHECK_ERR(sock_setdefaulttimeout(wanted), 0);
        sock_t listener = tcp_listener(&name, 5), client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_settimeout(listener, SEC(8)), 0);
        CHECK_ERR(sock_connect(client, &name), 0);
        sock_t accepted = CHECK_OK(sock_accept(listener, NULL));
        CHECK_EQ(sock_gettimeout(accepted), wanted);
        CHECK_EQ(nonblock(accepted), !i);
        CHECK_ERR(sock_close(accepted), 0);
        CHECK_ERR(sock_close(client), 0);
        CHECK_ERR(sock_close(listener), 0);
    }
    CHECK_ERR(sock_close(flagged), 0);
    close_pair(p);
    close_pair(before);
}

/* R39: libsock tries first, so ready data is received even with a timeout of one nanosecond. */
static void test_tries_first(void)
{
    struct pair p = pair(SOCK_STREAM);
    char byte;
    CHECK_ERR(sock_settimeout(p.a, 1), 0);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
        CHECK_EQ(sock_send(p.a, "y", 1, 0), 1);
        CHECK_EQ(sock_recv(p.b, &byte, 1, 0), 1);
        CHECK_EQ(sock_recv(p.a, &byte, 1, 0), 1);
    }
    close_pair(p);
}

static void on_signal(int number)
{
    (void)number;
}

/* R40, R43, R45: the timeout starts with the first wait, and signals do not restart it; the code has a text
 * and a name, and differs from the kernel's. */
static void test_ends_in_time(void)
{
    struct pair p = pair(SOCK_STREAM);
    struct sigaction action = {.sa_handler = on_signal}, before;
    char byte, text[64];
    int code = 0;
    CHECK_SYS(sigaction(SIGVTALRM, &action, &before));
    for (int with_signals = 0; with_signals < 2; with_signals++) {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGVTALRM};
        struct itimerspec spec = {{0, 20000000}, {0, 20000000}};
        CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer));
        if (with_signals)
            CHECK_SYS(timer_settime(timer, 0, &spec, NULL));
        CHECK_ERR(sock_settimeout(p.a, MS(200)), 0);
        int64_t began = now_ns();
        CHECK_ERR(sock_recv(p.a, &byte, 1, 0), SOCK_ETIMEDOUT);
        int64_t took = now_ns() - began;
        timer_delete(timer);
        CHECK_TIME(took, 200, 220);
    }
    CHECK_SYS(sigaction(SIGVTALRM, &before, NULL));
    CHECK_NE(SOCK_ETIMEDOUT, -ETIMEDOUT);
    CHECK_STR(sock_strerror(SOCK_ETIMEDOUT), "timed out");
    CHECK_STR(sock_err_name(SOCK_ETIMEDOUT), "SOCK_ETIMEDOUT");
    CHECK_EQ(sock_is_timeout(SOCK_ETIMEDOUT), 1);
    CHECK_EQ(sock_is_timeout(-ETIMEDOUT), 1);
    CHECK_OK(sock_last_error(&code, text, sizeof text));
    CHECK_ERR(code, SOCK_ETIMEDOUT);
    CHECK_STR(text, "timed out");
    CHECK_EQ(errno, ETIMEDOUT);
    close_pair(p);
}

struct receiver {
    struct thread thread;
    sock_t s;
    int64_t result, began, at;
};

static void receive(void *arg)
{
    struct receiver *r = arg;
    char byte;
    r->began = now_ns();
    r->result = sock_recv(r->s, &byte, 1, 0);
    r->at = now_ns();
}

/* R44: if another thread takes the data first, the wait continues with the same timeout. */
static void test_data_taken_by_another_thread(void)
{
    struct pair p = pair(SOCK_STREAM);
    struct receiver r[4];
    int64_t bytes = 0;
    CHECK_ERR(sock_settimeout(p.a, MS(300)), 0);
    for (int i = 0; i < 4; i++) {
        r[i].s = p.a;
        thread_start(&r[i].thread, receive, &r[i]);
        thread_wait_blocked(&r[i].thread);
    }
    CHECK_EQ(sock_send(p.b, "x", 1, 0), 1); /* wakes all of them */
    for (int i = 0; i < 4; i++) {
        thread_join_within(&r[i].thread, 2000);
        if (r[i].result == 1) {
            bytes++;
        } else {
            CHECK_ERR(r[i].result, SOCK_ETIMEDOUT);
            CHECK_TIME(r[i].at - r[i].began, 300, 340);
        }
    }
    CHECK_EQ(bytes, 1);
    close_pair(p);
}

/* R47: nothing waits in non-blocking mode. MSG_DONTWAIT does the same for one call. */
static void test_nonblocking(void)
{
    struct pair p = pair(SOCK_STREAM);
    struct sock_addr name;
    sock_t listener = tcp_listener(&name, 5), s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    static char data[1 << 20];
    char byte;
    CHECK_ERR(sock_recv(p.a, &byte, 1, MSG_DONTWAIT), -EAGAIN);
    CHECK_ERR(sock_settimeout(p.a, 0), 0);
    CHECK_ERR(sock_settimeout(listener, 0), 0);
    CHECK_ERR(sock_recv(p.a, &byte, 1, 0), -EAGAIN);
    CHECK_ERR(sock_recvfrom(p.a, &byte, 1, MSG_WAITALL, NULL), -EAGAIN);
    CHECK_ERR(sock_accept(listener, NULL), -EAGAIN);
    while (sock_send(p.a, data, sizeof data, 0) > 0)
        ;
    CHECK_ERR(sock_send(p.a, data, 1, 0), -EAGAIN);
    CHECK_EQ(sock_is_temporary(-EAGAIN), 1);

    /* R55: in progress, in progress, done once, then connected. */
    CHECK_ERR(sock_settimeout(s, 0), 0);
    CHECK_ERR(sock_connect(s, &name), -EINPROGRESS);
    struct pollfd done = {.fd = (int)sock_fileno(s), .events = POLLOUT};
    CHECK_EQ(poll(&done, 1, 2000), 1);
    CHECK_ERR(sock_connect(s, &name), 0);
    CHECK_ERR(sock_connect(s, &name), -EISCONN);
    CHECK_ERR(sock_close(s), 0);
    CHECK_ERR(sock_close(listener), 0);
    close_pair(p);
}

/* R49: a running wait keeps the timeout it started with. */
static void test_settimeout_does_not_change_a_running_wait(void)
{
    struct pair p = pair(SOCK_STREAM);
    struct receiver r = {.s = p.a};
    CHECK_ERR(sock_settimeout(p.a, MS(200)), 0);
    thread_start(&r.thread, receive, &r);
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_settimeout(p.a, SOCK_FOREVER), 0); /* longer */
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ETIMEDOUT);
    CHECK_TIME(r.at - r.began, 200, 220);

    thread_start(&r.thread, receive, &r);
    thread_wait_blocked(&r.thread);
    CHECK_ERR(sock_settimeout(p.a, 0), 0); /* shorter */
    sleep_ms(50);
    CHECK(!thread_ended(&r.thread));
    CHECK_EQ(sock_send(p.b, "x", 1, 0), 1);
    thread_join_within(&r.thread, 2000);
    CHECK_EQ(r.result, 1);
    close_pair(p);
}

/* A full backlog, so that no connect succeeds. */
static sock_t deaf_listener(int family, struct sock_addr *name, sock_t *filler)
{
    sock_t s = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
    CHECK_ERR(family == AF_INET ? sock_addr_ip("127.0.0.1", 0, name) : sock_addr_unix(NULL, 0, name), 0);
    CHECK_ERR(sock_bind(s, name), 0);
    CHECK_ERR(sock_getsockname(s, name), 0);
    CHECK_ERR(sock_listen(s, 0), 0);
    *filler = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
    CHECK_ERR(sock_connect(*filler, name), 0);
    struct pollfd arrived = {.fd = (int)sock_fileno(s), .events = POLLIN};
    CHECK_EQ(poll(&arrived, 1, 1000), 1);
    return s;
}

/* R52, R57: a connect that timed out continues in the kernel, which reports that; the handle works once it
 * completes. R53, where CPython fails at once: AF_UNIX respects the timeout on a full backlog. */
static void test_connect_times_out(void)
{
    struct sock_addr name;
    sock_t filler, listener = deaf_listener(AF_INET, &name, &filler), s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_settimeout(s, MS(100)), 0);
    int64_t began = now_ns();
    CHECK_ERR(sock_connect(s, &name), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 100, 120);
    CHECK_ERR(sock_connect(s, &name), -EALREADY);
    CHECK_ERR(sock_settimeout(s, 0), 0);
    CHECK_ERR(sock_connect(s, &name), -EALREADY);
    CHECK_ERR(sock_close(CHECK_OK(sock_accept(listener, NULL))), 0); /* makes room */
    CHECK_ERR(sock_settimeout(s, SOCK_FOREVER), 0);
    CHECK_ERR(sock_connect(s, &name), 0); /* waits for the attempt in progress */
    CHECK_ERR(sock_close(s), 0);
    CHECK_ERR(sock_close(filler), 0);
    CHECK_ERR(sock_close(listener), 0);

    listener = deaf_listener(AF_UNIX, &name, &filler);
    s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(sock_settimeout(s, MS(100)), 0);
    began = now_ns();
    CHECK_ERR(sock_connect(s, &name), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 100, 120);
    CHECK_ERR(sock_settimeout(s, 0), 0);
    CHECK_ERR(sock_connect(s, &name), -EAGAIN);
    CHECK_ERR(sock_close(s), 0);
    CHECK_ERR(sock_close(filler), 0);
    CHECK_ERR(sock_close(listener), 0);
}

/* R59: the actual error. */
static void test_refused(void)
{
    struct sock_addr name;
    sock_t gone = tcp_listener(&name, 1), s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_close(gone), 0);
    CHECK_ERR(sock_settimeout(s, SEC(5)), 0);
    CHECK_ERR(sock_connect(s, &name), -ECONNREFUSED);
    CHECK_ERR(sock_close(s), 0);
}

/* The address of a port where nobody listens, in a family for which this system reports that to a plain UDP
 * socket: some kernels send no ICMP in one of them. */
static struct sock_addr closed_port(void)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    struct sock_addr name;
    for (int i = 0; i < 2; i++) {
        char byte, native[128];
        CHECK_ERR(sock_addr_ip(hosts[i], 0, &name), 0);
        sock_t s = CHECK_OK(sock_socket(sock_addr_family(&name), SOCK_DGRAM, 0));
        int64_t bound = sock_bind(s, &name);
        if (bound == 0)
            CHECK_ERR(sock_getsockname(s, &name), 0);
        CHECK_ERR(sock_close(s), 0);
        if (bound != 0)
            continue;
        int raw = (int)CHECK_SYS(socket(sock_addr_family(&name), SOCK_DGRAM | SOCK_CLOEXEC, 0));
        socklen_t len = (socklen_t)CHECK_OK(sock_addr_native(&name, native, sizeof native));
        struct pollfd error = {.fd = raw, .events = POLLIN};
        CHECK_SYS(connect(raw, (struct sockaddr *)(void *)native, len));
        CHECK_EQ(send(raw, "x", 1, 0), 1);
        bool reported = poll(&error, 1, 300) == 1 && recv(raw, &byte, 1, MSG_DONTWAIT) == -1 && errno == ECONNREFUSED;
        close(raw);
        if (reported)
            return name;
    }
    SKIP("this system reports no closed ports to UDP sockets");
}

/* R81: a pending error is returned once, also to a receive that waits. */
static void test_pending_error_is_returned_once(void)
{
    struct sock_addr name = closed_port();
    char byte;
    sock_t s = CHECK_OK(sock_socket(sock_addr_family(&name), SOCK_DGRAM, 0));
    CHECK_ERR(sock_settimeout(s, MS(50)), 0);
    CHECK_ERR(sock_connect(s, &name), 0);
    CHECK_EQ(sock_send(s, "x", 1, 0), 1);
    CHECK_ERR(sock_recv(s, &byte, 1, 0), -ECONNREFUSED);
    CHECK_ERR(sock_recv(s, &byte, 1, 0), SOCK_ETIMEDOUT);
    struct receiver r = {.s = s};
    CHECK_ERR(sock_settimeout(s, SEC(5)), 0);
    thread_start(&r.thread, receive, &r);
    thread_wait_blocked(&r.thread);
    CHECK_EQ(sock_send(s, "x", 1, 0), 1);
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, -ECONNREFUSED);
    CHECK_ERR(sock_close(s), 0);
}

TEST_MAIN(test_modes, test_default_timeout, test_tries_first, test_ends_in_time,
          test_data_taken_by_another_thread, test_nonblocking, test_settimeout_does_not_change_a_running_wait,
          test_connect_times_out, test_refused, test_pending_error_is_returned_once)
