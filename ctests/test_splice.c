/* sock_splice, sock_splice_to_fd, sock_splice_from_fd: what they move, counts, modes, limits. */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int new_file(void)
{
    FILE *made = tmpfile();
    CHECK(made);
    int fd = CHECK_SYS(dup(fileno(made)));
    fclose(made);
    return fd;
}

/* Checks bytes of a file: those that were sent from `first` on. */
static void check_file(int fd, int64_t at, int64_t first, int64_t len)
{
    static char data[64 * KIB];
    for (int64_t done = 0; done < len;) {
        ssize_t n = CHECK_SYS(pread(fd, data, len - done < (int64_t)sizeof data ? (size_t)(len - done) : sizeof data,
                                    at + done));
        CHECK_GT(n, 0);
        for (ssize_t i = 0; i < n; i++)
            if (data[i] != byte_at(first + done + i))
                FAIL("byte %lld is wrong", (long long)(done + i));
        done += n;
    }
}

static void test_arguments(void)
{
    struct bridge r;
    sock_t other[2];
    int ends[2], file = new_file();
    int64_t taken = 99, given = 99;
    CHECK_SYS(pipe(ends));
    bridge_open(&r, tcp_pair, unix_pair);
    CHECK_REFUSED(sock_splice(r.a, r.b, 0, &taken, &given), -EINVAL, "count");
    CHECK_EQ(taken + given, 0);
    CHECK_REFUSED(sock_splice(r.a, r.b, -2, NULL, NULL), -EINVAL, "count");
    CHECK_REFUSED(sock_splice(r.a, r.a, 1, NULL, NULL), -EINVAL, "to");
    CHECK_REFUSED(sock_splice(0, r.b, 1, NULL, NULL), -EBADF, "from");
    CHECK_REFUSED(sock_splice(r.a, -3, 1, NULL, NULL), -EBADF, "to");
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, other));
    CHECK_REFUSED(sock_splice(other[0], r.b, 1, NULL, NULL), -EINVAL, "from");
    CHECK_REFUSED(sock_splice(r.a, other[0], 1, NULL, NULL), -EINVAL, "to");
    CHECK_REFUSED(sock_splice_to_fd(other[0], file, 0, 1, NULL, NULL), -EINVAL, "from");
    CHECK_REFUSED(sock_splice_from_fd(file, 0, other[0], 1, NULL), -EINVAL, "to");
    close_pair(other);
    CHECK_REFUSED(sock_splice_to_fd(r.a, file, 0, 0, &taken, &given), -EINVAL, "count");
    CHECK_REFUSED(sock_splice_to_fd(r.a, file, -2, 1, NULL, NULL), -EINVAL, "offset");
    CHECK_REFUSED(sock_splice_to_fd(r.a, ends[1], 5, 1, NULL, NULL), -ESPIPE, "offset");
    CHECK_REFUSED(sock_splice_to_fd(r.a, -1, 0, 1, NULL, NULL), -EBADF, "fd");
    CHECK_ERR(sock_splice_to_fd(r.a, 9999, 0, 1, NULL, NULL), -EBADF);
    int raw = CHECK_OK(sock_fileno(r.left));
    CHECK_REFUSED(sock_splice_to_fd(r.a, raw, 0, 1, NULL, NULL), -EINVAL, "fd");
    CHECK_REFUSED(sock_splice_from_fd(raw, 0, r.b, 1, NULL), -EINVAL, "fd");
    CHECK_REFUSED(sock_splice_from_fd(-1, 0, r.b, 1, NULL), -EBADF, "fd");
    CHECK_REFUSED(sock_splice_from_fd(file, -2, r.b, 1, NULL), -EINVAL, "offset");
    CHECK_REFUSED(sock_splice_from_fd(ends[0], 5, r.b, 1, NULL), -ESPIPE, "offset");
    CHECK_REFUSED(sock_splice_from_fd(file, 0, r.b, 0, NULL), -EINVAL, "count");
    bridge_close(&r);
    close(ends[0]), close(ends[1]), close(file);
}

/* Receives what follows the first 1000 bytes. */
static void drain_rest(void *arg)
{
    struct bridge *r = arg;
    static char data[64 * KIB];
    int64_t at = 1000, n;
    while ((n = CHECK_OK(sock_recv(r->right, data, sizeof data, 0))) > 0)
        for (int64_t end = at + n, first = at; at < end; at++)
            if (data[at - first] != byte_at(at))
                FAIL("byte %lld is wrong", (long long)at);
    CHECK_EQ(at, MIB + 77);
}

/* Exactly so much, the rest stays; and all to the end. Also where the socket's number was given out. */
static void test_socket_to_socket(void)
{
    static make_pair *const kinds[] = {tcp_pair, unix_pair};
    for (int kind = 0; kind < 8; kind++) {
        struct bridge r;
        struct feed feed;
        char buf[1];
        int64_t taken, given, len = MIB + 77;
        bridge_open(&r, kinds[kind / 2 % 2], kinds[kind % 2]);
        if (kind >= 4)
            CHECK_OK(sock_fileno(kind == 4 ? r.a : r.b));
        feed_start(&feed, r.left, len, 50000);
        static char first[1000];
        CHECK_EQ(sock_splice(r.a, r.b, 1000, &taken, &given), 1000);
        CHECK_EQ(taken, 1000);
        CHECK_EQ(given, 1000);
        CHECK_OK(sock_recv_exact(r.right, first, sizeof first, 0, NULL));
        CHECK_ERR(sock_recv(r.right, buf, 1, MSG_DONTWAIT), -EAGAIN);
        struct thread t;
        thread_start(&t, drain_rest, &r);
        CHECK_EQ(sock_splice(r.a, r.b, -1, &taken, &given), len - 1000);
        CHECK_EQ(taken, len - 1000);
        CHECK_EQ(sock_splice(r.a, r.b, -1, &taken, &given), 0);
        CHECK_OK(sock_shutdown(r.b, SHUT_WR));
        thread_join(&t);
        thread_join(&feed.thread);
        bridge_close(&r);
    }
}

/* Nothing that is taken is lost in non-blocking mode: what does not go stays in the socket. */
static void test_nonblocking(void)
{
    for (int side = 0; side < 2; side++) {
        struct bridge r;
        struct feed feed;
        int64_t taken, given, total = 0, n;
        bridge_open(&r, tcp_pair, unix_pair);
        CHECK_OK(sock_setblocking(side ? r.a : r.b, 0));
        CHECK_ERR(sock_splice(r.a, r.b, -1, &taken, &given), -EAGAIN);
        CHECK_EQ(taken + given, 0);
        feed_start(&feed, r.left, 8 * MIB, 100000);
        for (bool ended = false; !ended;) {
            n = sock_splice(r.a, r.b, -1, &taken, &given);
            CHECK_EQ(taken, given);
            if (n == -EAGAIN) {
                int waiting = 0;
                static char data[256 * KIB];
                while ((n = sock_recv(r.right, data, sizeof data, MSG_DONTWAIT)) > 0) {
                    for (int64_t i = 0; i < n; i++)
                        if (data[i] != byte_at(total + i))
                            FAIL("byte %lld is wrong", (long long)(total + i));
                    total += n;
                    waiting++;
                }
                if (!waiting)
                    sleep_ms(1);
            } else {
                CHECK_GE(n, 0);
                CHECK_EQ(given, n);
                ended = n == 0;
            }
        }
        CHECK_OK(sock_shutdown(r.b, SHUT_WR));
        static char rest[256 * KIB];
        while ((n = CHECK_OK(sock_recv(r.right, rest, sizeof rest, 0))) > 0)
            total += n;
        CHECK_EQ(total, 8 * MIB);
        thread_join(&feed.thread);
        bridge_close(&r);
    }
}

/* The shorter timeout, SO_RCVTIMEO, both deadlines, both tokens, a close of either side. */
static void splice_until_code(void *arg)
{
    struct bridge *r = arg;
    int64_t taken = -1, given = -1;
    r->result = (int)sock_splice(r->a, r->b, -1, &taken, &given);
    r->counts.a_to_b = (uint64_t)given;
    r->counts.a_lost = (uint64_t)(taken - given);
}

/* A sender whose peer goes away. */
static void pour(void *arg)
{
    static char data[256 * KIB];
    while (sock_send(*(sock_t *)arg, data, sizeof data, 0) > 0)
        ;
}

static void test_limits(void)
{
    for (int way = 0; way < 8; way++)
        for (int full = 0; full < 2; full++) {
            struct bridge r;
            struct thread feed;
            bridge_open(&r, tcp_pair, tcp_pair);
            sock_t side = way % 2 ? r.a : r.b, a = r.a, b = r.b;
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            if (way < 2)
                CHECK_OK(sock_settimeout(side, MS(200)));
            CHECK_OK(sock_setcancel(side, token));
            int64_t start = now_ns();
            thread_start(&r.thread, splice_until_code, &r);
            if (full)
                thread_start(&feed, pour, &r.left);
            if (way >= 2)
                thread_wait_blocked(&r.thread);
            if (way / 2 == 1)
                CHECK_OK(sock_setdeadline(side, side == a ? SOCK_READ : SOCK_WRITE, sock_now()));
            else if (way / 2 == 2)
                CHECK_OK(sock_cancel_fire(token));
            else if (way / 2 == 3)
                CHECK_OK(sock_close(side));
            thread_join_within(&r.thread, way < 2 ? 400 : 20);
            if (way < 2)
                CHECK_TIME(now_ns() - start, 200, 400);
            const int codes[] = {SOCK_ETIMEDOUT, SOCK_ETIMEDOUT, SOCK_ECANCELED, SOCK_ECLOSED};
            CHECK_ERR(r.result, codes[way / 2]);
            CHECK_EQ(r.counts.a_to_b > 0, full);
            CHECK_LE(r.counts.a_lost, full ? MIB : 0);
            if (way / 2 != 3 || side != a)
                CHECK_OK(sock_close(a));
            if (way / 2 != 3 || side != b)
                CHECK_OK(sock_close(b));
            static char data[256 * KIB];
            int64_t n, got = 0;
            while ((n = sock_recv(r.right, data, sizeof data, 0)) > 0)
                got += n;
            CHECK_EQ(got, r.counts.a_to_b);
            if (full)
                thread_join(&feed);
            CHECK_OK(sock_close(token));
            CHECK_OK(sock_close(r.left));
            CHECK_OK(sock_close(r.right));
        }
}

static void test_receive_limit_of_the_kernel(void)
{
    struct bridge r;
    struct timeval span = {.tv_usec = 100000};
    int64_t start = now_ns();
    bridge_open(&r, tcp_pair, tcp_pair);
    CHECK_OK(sock_setsockopt(r.a, SOL_SOCKET, SO_RCVTIMEO, &span, sizeof span));
    CHECK_ERR(sock_splice(r.a, r.b, -1, NULL, NULL), -EAGAIN);
    CHECK_TIME(now_ns() - start, 100, 150);
    bridge_close(&r);
}

/* Into a file: at a position, which stays; at the file's own, which moves; appended; and the full disk. */
static void test_to_file(void)
{
    for (int seen = 0; seen < 2; seen++)
        for (int kind = 0; kind < 2; kind++) {
            sock_t pair[2];
            struct feed feed;
            int64_t taken, given;
            int file = new_file();
            (kind ? unix_pair : tcp_pair)(pair);
            if (seen)
                CHECK_OK(sock_fileno(pair[1]));
            feed_start(&feed, pair[0], MIB, 30000);
            CHECK_EQ(sock_splice_to_fd(pair[1], file, 10, 5000, &taken, &given), 5000);
            CHECK_EQ(taken, 5000);
            CHECK_EQ(given, 5000);
            CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
            check_file(file, 10, 0, 5000);
            CHECK_SYS(lseek(file, 5010, SEEK_SET));
            CHECK_EQ(sock_splice_to_fd(pair[1], file, -1, 100000, NULL, NULL), 100000);
            CHECK_EQ(lseek(file, 0, SEEK_CUR), 105010);
            CHECK_SYS(fcntl(file, F_SETFL, O_APPEND));
            CHECK_EQ(sock_splice_to_fd(pair[1], file, -1, -1, NULL, NULL), MIB - 105000);
            CHECK_EQ(lseek(file, 0, SEEK_END), MIB + 10);
            check_file(file, 10, 0, MIB);
            CHECK_EQ(sock_splice_to_fd(pair[1], file, -1, -1, NULL, NULL), 0);
            thread_join(&feed.thread);
            close_pair(pair);
            close(file);
            /* In non-blocking mode what is there. */
            (kind ? unix_pair : tcp_pair)(pair);
            CHECK_OK(sock_setblocking(pair[1], 0));
            file = new_file();
            CHECK_ERR(sock_splice_to_fd(pair[1], file, 0, -1, &taken, &given), -EAGAIN);
            send_text(pair[0], "now");
            sleep_ms(10);
            CHECK_EQ(sock_splice_to_fd(pair[1], file, 0, -1, &taken, &given), 3);
            CHECK_EQ(taken, 3);
            close(file);
            CHECK_OK(sock_setblocking(pair[1], 1));
            int full = CHECK_SYS(open("/dev/full", O_WRONLY));
            send_text(pair[0], "lost");
            CHECK_ERR(sock_splice_to_fd(pair[1], full, -1, 4, &taken, &given), -ENOSPC);
            CHECK_EQ(taken, 4);
            CHECK_EQ(given, 0);
            close(full);
            char kept[8];
            int read_only = CHECK_SYS(open("/dev/null", O_RDONLY));
            send_text(pair[0], "kept");
            CHECK_REFUSED(sock_splice_to_fd(pair[1], read_only, -1, 4, &taken, &given), -EBADF, "fd");
            CHECK_EQ(taken, 0);
            CHECK_EQ(sock_recv(pair[1], kept, sizeof kept, 0), 4);
            close(read_only);
            close_pair(pair);
        }
}

struct pipe_reader {
    int fd;
    int64_t got;
    struct thread thread;
};

static void read_pipe(void *arg)
{
    struct pipe_reader *p = arg;
    static char data[64 * KIB];
    for (ssize_t n; (n = read(p->fd, data, sizeof data)) > 0; p->got += n)
        for (ssize_t i = 0; i < n; i++)
            if (data[i] != byte_at(p->got + i))
                FAIL("byte %lld is wrong", (long long)(p->got + i));
}

/* Into a pipe, blocking or not: nothing is lost when the pipe is full, whatever ends the call. */
static void test_to_pipe(void)
{
    for (int seen = 0; seen < 2; seen++)
        for (int kind = 0; kind < 2; kind++) {
            sock_t pair[2];
            struct feed feed;
            struct pipe_reader p = {0};
            int ends[2];
            int64_t taken, given, total;
            CHECK_SYS(pipe(ends));
            (kind ? unix_pair : tcp_pair)(pair);
            if (seen)
                CHECK_OK(sock_fileno(pair[1]));
            feed_start(&feed, pair[0], 4 * MIB, 30000);
            CHECK_OK(sock_settimeout(pair[1], MS(100)));
            int64_t start = now_ns();
            CHECK_ERR(sock_splice_to_fd(pair[1], ends[1], -1, -1, &taken, &given), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 100, 150);
            CHECK_GT(given, 0);
            CHECK_LE(taken - given, seen ? 4096 : 0);
            int waiting = 0;
            CHECK_SYS(ioctl(ends[0], FIONREAD, &waiting));
            CHECK_EQ(waiting, given);
            total = given;
            if (taken == given) { /* then it can go on */
                p.fd = ends[0];
                thread_start(&p.thread, read_pipe, &p);
                CHECK_OK(sock_setblocking(pair[1], 1));
                CHECK_EQ(sock_splice_to_fd(pair[1], ends[1], 0, -1, &taken, &given), 4 * MIB - total);
                close(ends[1]);
                thread_join(&p.thread);
                CHECK_EQ(p.got, 4 * MIB);
                thread_join(&feed.thread);
            } else {
                close(ends[1]);
                CHECK_OK(sock_setblocking(pair[1], 1));
                static char data[256 * KIB];
                while (sock_recv(pair[1], data, sizeof data, 0) > 0)
                    ;
                thread_join(&feed.thread);
            }
            close(ends[0]);
            close_pair(pair);
        }
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static void test_pipe_without_reader(void)
{
    struct sigaction ours = {.sa_handler = on_signal}, before;
    sock_t pair[2];
    int ends[2];
    CHECK_SYS(sigaction(SIGPIPE, &ours, &before));
    CHECK_SYS(pipe(ends));
    unix_pair(pair);
    close(ends[0]);
    send_text(pair[0], "gone");
    CHECK_ERR(sock_splice_to_fd(pair[1], ends[1], -1, -1, NULL, NULL), -EPIPE);
    CHECK_OK(sock_close(pair[0]));
    int file = new_file();
    CHECK_EQ(write(file, "gone", 4), 4);
    CHECK_ERR(sock_splice_from_fd(file, 0, pair[1], -1, NULL), -EPIPE);
    CHECK_EQ(signals, 0);
    CHECK_SYS(sigaction(SIGPIPE, &before, NULL));
    CHECK_OK(sock_close(pair[1]));
    close(ends[1]), close(file);
}

/* From a file and a pipe, in every mode: the position stays, or moves by what has gone. */
static void test_from_fd(void)
{
    for (int seen = 0; seen < 2; seen++) {
        sock_t pair[2];
        int64_t sent, total = 0, got = 0, n;
        int file = new_file(), ends[2];
        static char data[256 * KIB];
        for (int64_t i = 0; i < 3 * MIB; i += (int64_t)sizeof data) {
            for (size_t j = 0; j < sizeof data; j++)
                data[j] = byte_at(i + (int64_t)j);
            CHECK_EQ(write(file, data, sizeof data), (ssize_t)sizeof data);
        }
        tcp_pair(pair);
        if (seen)
            CHECK_OK(sock_fileno(pair[0]));
        CHECK_SYS(lseek(file, 7, SEEK_SET));
        CHECK_EQ(sock_splice_from_fd(file, 0, pair[0], 7, &sent), 7);
        CHECK_EQ(sent, 7);
        CHECK_EQ(lseek(file, 0, SEEK_CUR), 7);
        CHECK_OK(sock_setblocking(pair[0], 0));
        total = 7;
        for (;;) {
            n = sock_splice_from_fd(file, -1, pair[0], -1, &sent);
            if (n == 0)
                break;
            if (n > 0) {
                CHECK_EQ(n, sent);
                total += n;
                CHECK_EQ(lseek(file, 0, SEEK_CUR), total);
                continue;
            }
            CHECK_ERR(n, -EAGAIN);
            CHECK_EQ(sent, 0);
            while ((n = sock_recv(pair[1], data, sizeof data, MSG_DONTWAIT)) > 0) {
                for (int64_t i = 0; i < n; i++)
                    if (data[i] != byte_at(got + i))
                        FAIL("byte %lld is wrong", (long long)(got + i));
                got += n;
            }
        }
        CHECK_EQ(total, 3 * MIB);
        CHECK_SYS(pipe(ends));
        CHECK_ERR(sock_splice_from_fd(ends[0], -1, pair[0], -1, &sent), -EAGAIN);
        while (sock_recv(pair[1], data, sizeof data, MSG_DONTWAIT) > 0)
            ;
        CHECK_EQ(write(ends[1], "pipe", 4), 4);
        CHECK_EQ(sock_splice_from_fd(ends[0], -1, pair[0], -1, &sent), 4);
        close(ends[1]);
        CHECK_EQ(sock_splice_from_fd(ends[0], 0, pair[0], -1, &sent), 0);
        close(ends[0]), close(file);
        close_pair(pair);
    }
}

TEST_MAIN(test_arguments, test_socket_to_socket, test_nonblocking, test_limits,
          test_receive_limit_of_the_kernel, test_to_file, test_to_pipe, test_pipe_without_reader, test_from_fd)
