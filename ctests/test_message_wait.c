/* Messages that wait: limits, MSG_WAITALL, and streams that send everything. */
#include "message.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

struct call {
    sock_t s;
    int flags;
    struct simple m;
    char *buf;
    size_t len;
    int64_t result;
};

static void receive(void *arg)
{
    struct call *c = arg;
    c->result = sock_recvmsg(c->s, simple(&c->m, c->buf, c->len, 256), c->flags);
}

static void send_message(void *arg)
{
    struct call *c = arg;
    c->result = sock_sendmsg(c->s, simple(&c->m, c->buf, c->len, 0), c->flags);
}

static void on_signal(int number)
{
    (void)number;
}

/* R117: timeouts, deadlines, cancel, close, signals and non-blocking mode, as in sock_recv. */
static void r117_receive_waits_as_recv(void)
{
    sock_t s[2];
    char got[8];
    struct call c = {.buf = got, .len = sizeof got};
    struct thread t;
    pair(SOCK_STREAM, s);
    c.s = s[0];
    CHECK_OK(sock_settimeout(s[0], MS(30)));
    int64_t begin = now_ns();
    receive(&c);
    CHECK_ERR(c.result, SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - begin, 30, 200);
    CHECK_OK(sock_settimeout(s[0], 0));
    receive(&c);
    CHECK_ERR(c.result, -EAGAIN);
    CHECK_OK(sock_settimeout(s[0], SOCK_FOREVER));
    c.flags = MSG_DONTWAIT;
    receive(&c);
    CHECK_ERR(c.result, -EAGAIN);
    c.flags = MSG_ERRQUEUE;
    receive(&c);
    CHECK(c.result == -EAGAIN || c.result == -EOPNOTSUPP);
    c.flags = 0;

    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_OK(sock_setdeadline(s[0], SOCK_READ, sock_now()));
    thread_join_within(&t, 1000);
    CHECK_ERR(c.result, SOCK_ETIMEDOUT);
    CHECK_OK(sock_setdeadline(s[0], SOCK_READ, SOCK_FOREVER));

    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(s[0], token));
    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_OK(sock_cancel_fire(token));
    thread_join_within(&t, 1000);
    CHECK_ERR(c.result, SOCK_ECANCELED);
    CHECK_OK(sock_setcancel(s[0], 0));
    CHECK_OK(sock_close(token));

    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    pthread_kill(t.id, SIGUSR1);
    sleep_ms(20);
    CHECK(!thread_ended(&t));
    CHECK_EQ(sock_send(s[1], "abc", 3, 0), 3);
    thread_join_within(&t, 1000);
    CHECK_EQ(c.result, 3);
    CHECK_EQ(c.m.msg.len, 3);

    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_OK(sock_close(s[0]));
    thread_join_within(&t, 1000);
    CHECK_ERR(c.result, SOCK_ECLOSED);
    CHECK_OK(sock_close(s[1]));
}

/* R117: a send that has to wait; bytes sent before the end count, and later sends continue the stream. */
static void r117_send_waits_as_send(void)
{
    sock_t s[2];
    enum { LEN = 4 << 20 };
    char *data = malloc(LEN);
    memset(data, 'x', LEN);
    struct call c = {.buf = data, .len = LEN};
    struct thread t;
    pair(SOCK_STREAM, s);
    c.s = s[0];
    thread_start(&t, send_message, &c);
    thread_wait_blocked(&t);
    CHECK_OK(sock_setdeadline(s[0], SOCK_WRITE, sock_now()));
    thread_join_within(&t, 1000);
    CHECK_GT(c.result, 0);
    CHECK_LT(c.result, LEN);
    CHECK_OK(sock_setdeadline(s[0], SOCK_WRITE, SOCK_FOREVER));
    CHECK_OK(sock_settimeout(s[0], MS(30)));
    int64_t begin = now_ns();
    send_message(&c);
    CHECK_ERR(c.result, SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - begin, 30, 200);
    c.flags = MSG_DONTWAIT;
    send_message(&c);
    CHECK_ERR(c.result, -EAGAIN);
    close_pair(s);
    send_message(&c);
    CHECK_ERR(c.result, -EBADF);
    free(data);
}

/* MSG_WAITALL fills all buffers, however the bytes arrive; the end of the stream ends it. */
static void wait_all_fills_every_buffer(void)
{
    for (int tcp = 0; tcp < 2; tcp++) {
        sock_t s[2];
        char a[5], b[1], d[14];
        struct sock_iovec iov[] = {{a, 5}, {NULL, 0}, {b, 1}, {d, 14}};
        struct sock_msg msg = {.iov = iov, .iov_count = 4};
        tcp ? tcp_pair(s) : pair(SOCK_STREAM, s);
        pid_t child = fork();
        if (child == 0) {
            for (int i = 0; i < 20; i += 2) {
                char two[] = {(char)('a' + i), (char)('a' + i + 1)};
                sleep_ms(2);
                if (sock_send(s[1], two, 2, 0) != 2)
                    _exit(1);
            }
            _exit(0);
        }
        CHECK_EQ(sock_recvmsg(s[0], &msg, MSG_WAITALL), 20);
        CHECK_EQ(msg.len, 20);
        CHECK_MEM(a, "abcde", 5);
        CHECK_MEM(b, "f", 1);
        CHECK_MEM(d, "ghijklmnopqrst", 14);
        child_join(child);
        /* A peek waits for all of it and removes nothing. */
        CHECK_EQ(sock_send(s[1], "0123456789abcdefghijk", 21, 0), 21);
        CHECK_EQ(sock_recvmsg(s[0], &msg, MSG_WAITALL | MSG_PEEK), 20);
        CHECK_EQ(sock_recvmsg(s[0], &msg, MSG_WAITALL), 20);
        CHECK_OK(sock_shutdown(s[1], SHUT_WR));
        memset(d, '.', sizeof d);
        CHECK_EQ(sock_recvmsg(s[0], &msg, MSG_WAITALL), 1);
        CHECK_EQ(a[0], 'k');
        CHECK_EQ(sock_recvmsg(s[0], &msg, MSG_WAITALL), 0);
        close_pair(s);
    }
}

/* The same bytes and descriptors received by the kernel's own blocking recvmsg, to define what MSG_WAITALL
 * means. */
static size_t kernel_wait_all(int fd, size_t len, size_t *fds)
{
    char buf[64], control[256];
    struct iovec iov = {buf, len};
    struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = CHECK_SYS(recvmsg(fd, &h, MSG_WAITALL));
    *fds = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            *fds += (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    sock_control_close_fds(control, h.msg_controllen);
    return (size_t)n;
}

static void wait_all_ends_like_the_kernels(void)
{
    static const char plan[] = "3f3.3.2f4f3.e"; /* lengths, each with or without a descriptor */
    wait_once();
    int before = open_fds();
    for (int first_wait = 0; first_wait < 2; first_wait++) {
        sock_t s[2], raw[2];
        int fd;
        make_fds(&fd, 1);
        pair(SOCK_STREAM, s);
        pair(SOCK_STREAM, raw);
        int raw_fd = (int)CHECK_OK(sock_fileno(raw[1]));
        struct call c = {.s = s[1], .flags = MSG_WAITALL, .buf = (char[64]){0}, .len = 9};
        struct thread t;
        if (first_wait) {
            /* The first receive begins before anything is sent. */
            thread_start(&t, receive, &c);
            thread_wait_blocked(&t);
        }
        for (const char *step = plan; *step != 'e'; step += 2) {
            CHECK_EQ(sock_send_fds(s[0], "xxxxxxxx", (size_t)(*step - '0'), &fd, step[1] == 'f', 0, NULL), *step - '0');
            CHECK_EQ(sock_send_fds(raw[0], "xxxxxxxx", (size_t)(*step - '0'), &fd, step[1] == 'f', 0, NULL), *step - '0');
            if (first_wait)
                sleep_ms(5);
        }
        CHECK_OK(sock_shutdown(s[0], SHUT_WR));
        CHECK_OK(sock_shutdown(raw[0], SHUT_WR));
        for (int i = 0, more = 1; more; i++) {
            size_t wanted_fds, wanted = kernel_wait_all(raw_fd, 9, &wanted_fds);
            if (i > 0 || !first_wait)
                receive(&c);
            else
                thread_join_within(&t, 1000);
            CHECK_EQ(c.result, wanted);
            int got[4];
            CHECK_EQ(sock_control_take_fds(c.m.control, c.m.msg.control_len, got, 4), wanted_fds);
            close_fds(got, wanted_fds);
            more = wanted > 0;
        }
        CHECK_SYS(close(fd));
        close_pair(s);
        close_pair(raw);
    }
    CHECK_EQ(open_fds(), before);
}

/* With SO_PASSCRED the bytes of one process form one message, never joined with those of another. */
static void wait_all_never_mixes_writers(void)
{
    sock_t s[2];
    int64_t pid;
    char got[16];
    struct call c = {.flags = MSG_WAITALL, .buf = got, .len = 8};
    struct thread t;
    pair(SOCK_STREAM, s);
    CHECK_OK(sock_setsockopt_int(s[1], SOL_SOCKET, SO_PASSCRED, 1));
    c.s = s[1];
    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_EQ(sock_send(s[0], "abc", 3, 0), 3);
    sleep_ms(5);
    CHECK_EQ(sock_send(s[0], "de", 2, 0), 2);
    sleep_ms(5);
    CHECK_EQ(sock_send(s[0], "fgh", 3, 0), 3);
    thread_join_within(&t, 1000);
    CHECK_EQ(c.result, 8);
    CHECK_MEM(got, "abcdefgh", 8);
    CHECK_EQ(sock_control_get_credentials(c.m.control, c.m.msg.control_len, &pid, NULL, NULL), 1);
    CHECK_EQ(pid, getpid());

    thread_start(&t, receive, &c);
    thread_wait_blocked(&t);
    CHECK_EQ(sock_send(s[0], "abc", 3, 0), 3);
    sleep_ms(5);
    CHECK(!thread_ended(&t));
    pid_t child = fork();
    if (child == 0)
        _exit(sock_send(s[0], "de", 2, 0) == 2 ? 0 : 1);
    child_join(child);
    thread_join_within(&t, 1000);
    CHECK_EQ(c.result, 3);
    CHECK_EQ(sock_control_get_credentials(c.m.control, c.m.msg.control_len, &pid, NULL, NULL), 1);
    CHECK_EQ(pid, getpid());
    c.flags = 0;
    receive(&c);
    CHECK_EQ(c.result, 2);
    CHECK_EQ(sock_control_get_credentials(c.m.control, c.m.msg.control_len, &pid, NULL, NULL), 1);
    CHECK_EQ(pid, child);
    close_pair(s);
}

struct drain {
    sock_t s;
    size_t total, fds, messages, mixed;
};

static void drain(void *arg)
{
    struct drain *d = arg;
    char *buf = malloc(100000);
    struct simple m;
    for (;;) {
        int64_t n = sock_recvmsg(d->s, simple(&m, buf, 100000, 256), 0);
        if (n <= 0)
            break;
        for (int64_t i = 0; i < n; i++)
            d->mixed += (unsigned char)buf[i] != (unsigned char)((d->total + (size_t)i) * 7 / 1000);
        d->total += (size_t)n;
        d->messages += 1;
        d->fds += (size_t)sock_control_close_fds(m.control, m.msg.control_len);
        int64_t uid;
        if (sock_control_get_credentials(m.control, m.msg.control_len, NULL, &uid, NULL) != 1 || uid != getuid())
            d->mixed += 1;
    }
    free(buf);
}

/* A blocking stream sends all buffers; the descriptors are sent once, the credentials with every part. */
static void blocking_stream_sends_all_and_descriptors_once(void)
{
    enum { LEN = 3000000, PIECES = 7 };
    wait_once();
    int before = open_fds(), fds[3];
    sock_t s[2];
    unsigned char *data = malloc(LEN);
    for (size_t i = 0; i < LEN; i++)
        data[i] = (unsigned char)(i * 7 / 1000);
    struct sock_iovec iov[PIECES];
    for (size_t i = 0; i < PIECES; i++)
        iov[i] = (struct sock_iovec){data + LEN / PIECES * i, i < PIECES - 1 ? LEN / PIECES : LEN - LEN / PIECES * i};
    make_fds(fds, 3);
    pair(SOCK_STREAM, s);
    CHECK_OK(sock_setsockopt_int(s[1], SOL_SOCKET, SO_PASSCRED, 1));
    struct simple m;
    simple(&m, NULL, 0, sizeof m.control);
    m.msg.iov = iov, m.msg.iov_count = PIECES;
    CHECK_OK(sock_control_put_fds(m.control, sizeof m.control, &m.msg.control_len, fds, 3));
    CHECK_OK(sock_control_put_credentials(m.control, sizeof m.control, &m.msg.control_len, getpid(), getuid(), getgid()));
    struct drain d = {.s = s[1]};
    struct thread t;
    thread_start(&t, drain, &d);
    CHECK_EQ(sock_sendmsg(s[0], &m.msg, 0), LEN);
    CHECK_OK(sock_shutdown(s[0], SHUT_WR));
    thread_join(&t);
    CHECK_EQ(d.total, LEN);
    CHECK_EQ(d.mixed, 0);
    CHECK_EQ(d.fds, 3);
    CHECK_GT(d.messages, 5);
    close_pair(s);
    close_fds(fds, 3);
    free(data);
    CHECK_EQ(open_fds(), before);
}

/* With a timeout a stream sends what fits at once; if it sends any bytes, it has sent the descriptors. */
static void timeout_stream_sends_what_fits(void)
{
    enum { LEN = 4 << 20 };
    int before = open_fds(), fd, got;
    sock_t s[2];
    char *data = calloc(1, LEN);
    make_fds(&fd, 1);
    pair(SOCK_STREAM, s);
    CHECK_OK(sock_settimeout(s[0], SEC(10)));
    int64_t sent = CHECK_OK(sock_send_fds(s[0], data, LEN, &fd, 1, 0, NULL));
    CHECK_GT(sent, 0);
    CHECK_LT(sent, LEN);
    size_t n;
    CHECK_GT(sock_recv_fds(s[1], data, LEN, &got, 1, &n, 0, NULL, NULL), 0);
    CHECK_EQ(n, 1);
    CHECK_SYS(close(got));
    CHECK_SYS(close(fd));
    close_pair(s);
    free(data);
    CHECK_EQ(open_fds(), before);
}

TEST_MAIN(r117_receive_waits_as_recv, r117_send_waits_as_send, wait_all_fills_every_buffer,
          wait_all_ends_like_the_kernels, wait_all_never_mixes_writers,
          blocking_stream_sends_all_and_descriptors_once, timeout_stream_sends_what_fits)
