/* sock_sendfile: rules R121 to R132 as libsock implements them, limits, positions, SIGPIPE and cost. */
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIB = 1 << 20 };

/* Byte i of every test file. */
static char byte_at(int64_t i)
{
    return (char)(i * 7 + i / 251);
}

/* A temporary file of `size` bytes, at position 0. */
static int make_file(int64_t size)
{
    FILE *made = tmpfile();
    CHECK(made);
    int fd = CHECK_SYS(dup(fileno(made)));
    fclose(made);
    char block[65536];
    for (int64_t done = 0; done < size;) {
        int64_t len = size - done < (int64_t)sizeof block ? size - done : (int64_t)sizeof block;
        for (int64_t i = 0; i < len; i++)
            block[i] = byte_at(done + i);
        CHECK_EQ(write(fd, block, (size_t)len), len);
        done += len;
    }
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static int64_t position(int fd)
{
    return lseek(fd, 0, SEEK_CUR);
}

/* A peer that receives `most` bytes (-1: until the end), checks them, and stops. */
struct reader {
    sock_t s;
    int64_t from, most, got;
    struct thread thread;
};

static void read_all(void *arg)
{
    struct reader *r = arg;
    static __thread char buf[1 << 18];
    while (r->most < 0 || r->got < r->most) {
        size_t want = r->most < 0 || r->most - r->got > (int64_t)sizeof buf ? sizeof buf : (size_t)(r->most - r->got);
        int64_t n = CHECK_OK(sock_recv(r->s, buf, want, 0));
        if (n == 0)
            break;
        for (int64_t i = 0; r->from >= 0 && i < n; i++)
            if (buf[i] != byte_at(r->from + r->got + i))
                FAIL("byte %lld is wrong", (long long)(r->got + i));
        r->got += n;
    }
}

static void reader_start(struct reader *r, sock_t s, int64_t from, int64_t most)
{
    *r = (struct reader){.s = s, .from = from, .most = most};
    thread_start(&r->thread, read_all, r);
}

/* After the sender has finished: the total number of bytes received. */
static int64_t arrived(struct reader *r, sock_t sender)
{
    CHECK_OK(sock_shutdown(sender, SHUT_WR));
    thread_join(&r->thread);
    r->most = -1;
    read_all(r);
    return r->got;
}

/* R121, R122, R132 and every other invalid argument. */
static void test_arguments_r121_r122_r132(void)
{
    sock_t pair[2], other[2];
    int file = make_file(100);
    int64_t sent = 99;
    unix_pair(pair);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, 0, &sent), -EINVAL); /* R121 */
    CHECK_EQ(sent, 0);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -2, NULL), -EINVAL);
    CHECK_ERR(sock_sendfile(pair[0], file, -1, 10, NULL), -EINVAL); /* R132 */
    CHECK_ERR(sock_sendfile(pair[0], file, INT64_MAX, 10, NULL), -EINVAL);
    CHECK_ERR(sock_sendfile(pair[0], -1, 0, 10, NULL), -EBADF);
    CHECK_ERR(sock_sendfile(pair[0], 9999, 0, 10, NULL), -EBADF);
    CHECK_ERR(sock_sendfile(0, file, 0, 10, NULL), -EBADF);
    CHECK_ERR(sock_sendfile(-7, file, 0, 10, &sent), -EBADF);
    int directory = CHECK_SYS(open("/", O_RDONLY | O_DIRECTORY));
    CHECK_ERR(sock_sendfile(pair[0], directory, 0, 10, NULL), -EISDIR);
    int write_only = CHECK_SYS(open("/dev/null", O_WRONLY));
    CHECK_ERR(sock_sendfile(pair[0], write_only, 0, 10, NULL), -EBADF);
    const int types[] = {SOCK_DGRAM, SOCK_SEQPACKET}; /* R122 */
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_socketpair(AF_UNIX, types[i], 0, other));
        CHECK_ERR(sock_sendfile(other[0], file, 0, -1, NULL), -EINVAL);
        close_pair(other);
    }
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_sendfile(token, file, 0, 10, NULL), -ENOTSOCK);
    CHECK_OK(sock_close(token));
    CHECK_EQ(position(file), 0);
    close_pair(pair);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, 10, NULL), -EBADF);
    close(directory);
    close(write_only);
    close(file);
}

/* R123, R125, R126, R130: offset and count, and the file position afterwards. */
static void test_offset_and_count_r125_r126_r130(void)
{
    static const struct {
        int64_t size, before, offset, count, expected;
    } cases[] = {
        {1000, 0, 0, -1, 1000},  {1000, 500, 0, -1, 1000}, {1000, 0, 300, -1, 700},  {1000, 900, 300, 200, 200},
        {1000, 0, 0, 5000, 1000}, {1000, 7, 1000, -1, 0},  {1000, 7, 4000, 10, 0},   {0, 0, 0, -1, 0},
        {1000, 7, 999, 1, 1},    {9 * MIB, 5, 3, 8 * MIB, 8 * MIB},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sock_t pair[2];
        struct reader r;
        int64_t sent = 99;
        int file = make_file(cases[i].size);
        CHECK_EQ(lseek(file, cases[i].before, SEEK_SET), cases[i].before);
        tcp_pair(pair);
        reader_start(&r, pair[1], cases[i].offset, -1);
        CHECK_EQ(sock_sendfile(pair[0], file, cases[i].offset, cases[i].count, &sent), cases[i].expected);
        CHECK_EQ(sent, cases[i].expected);
        CHECK_EQ(position(file), cases[i].expected ? cases[i].offset + cases[i].expected : cases[i].before);
        CHECK_EQ(arrived(&r, pair[0]), cases[i].expected);
        close_pair(pair);
        close(file);
    }
}

/* R124: refused in non-blocking mode, except for an empty file. */
static void test_nonblocking_r124(void)
{
    sock_t pair[2];
    int64_t sent = 99;
    int file = make_file(100), empty = make_file(0);
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, &sent), -EINVAL);
    CHECK_EQ(sent, 0);
    CHECK_EQ(sock_sendfile(pair[0], empty, 0, -1, &sent), 0);
    close_pair(pair);
    close(file);
    close(empty);
}

/* R128: a non-blocking descriptor in blocking mode: waits and continues. */
static void test_adopted_nonblocking_r128(void)
{
    sock_t pair[2];
    struct reader r;
    int file = make_file(8 * MIB), fds[2];
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
    pair[0] = CHECK_OK(sock_from_fd(fds[0], -1, -1, -1));
    pair[1] = CHECK_OK(sock_from_fd(fds[1], -1, -1, -1));
    reader_start(&r, pair[1], 0, -1);
    CHECK_EQ(sock_sendfile(pair[0], file, 0, -1, NULL), 8 * MIB);
    CHECK_EQ(arrived(&r, pair[0]), 8 * MIB);
    close_pair(pair);
    close(file);
}

/* Exposed and blocking: O_NONBLOCK is off before and after, and a stopped reader does not block the call for
 * ever. */
static void test_seen_and_blocking(void)
{
    sock_t pair[2];
    struct reader r;
    int64_t sent = 0;
    int file = make_file(16 * MIB);
    tcp_pair(pair);
    int fd = (int)CHECK_OK(sock_fileno(pair[0]));
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    reader_start(&r, pair[1], 0, MIB);
    int64_t start = now_ns();
    CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now() + MS(100)));
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, &sent), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 100, 150);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    CHECK_EQ(position(file), sent);
    CHECK_EQ(arrived(&r, pair[0]), sent);
    close_pair(pair);
    close(file);
}

/* R127 (one deadline for all) and R130: if the reader stops, it ends in time, with count and position. */
static void test_stopped_reader_r127_r130(void)
{
    for (int by_deadline = 0; by_deadline < 2; by_deadline++) {
        sock_t pair[2];
        struct reader r;
        int64_t sent = 0;
        int file = make_file(0);
        CHECK_SYS(ftruncate(file, (off_t)1 << 30));
        tcp_pair(pair);
        int64_t start = now_ns();
        if (by_deadline)
            CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now() + MS(200)));
        else
            CHECK_OK(sock_settimeout(pair[0], MS(200)));
        reader_start(&r, pair[1], -1, 5 * MIB);
        CHECK_ERR(sock_sendfile(pair[0], file, 1000, -1, &sent), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 200, by_deadline ? 240 : 400);
        CHECK_GT(sent, 5 * MIB);
        CHECK_LT(sent, 1 << 30);
        CHECK_EQ(position(file), 1000 + sent);
        CHECK_EQ(arrived(&r, pair[0]), sent);
        close_pair(pair);
        close(file);
    }
}

/* R127: a slow reader does not extend the timeout. */
static void drip(void *arg)
{
    char buf[65536];
    while (sock_recv(*(sock_t *)arg, buf, sizeof buf, 0) > 0)
        sleep_ms(20);
}

static void test_total_timeout_r127(void)
{
    sock_t pair[2];
    struct thread t;
    int64_t sent = 0;
    int file = make_file(64 * MIB);
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(150)));
    int64_t start = now_ns();
    thread_start(&t, drip, &pair[1]);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, &sent), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 150, 200);
    CHECK_EQ(position(file), sent);
    CHECK_OK(sock_close(pair[0]));
    thread_join(&t);
    CHECK_OK(sock_close(pair[1]));
    close(file);
}

/* Pipes are sent by the kernel too: unsent data stays in the pipe. */
struct writer {
    int fd;
    int64_t size;
    double pause_ms;
};

static void fill_pipe(void *arg)
{
    struct writer *w = arg;
    char block[5000];
    for (int64_t done = 0; done < w->size;) {
        int64_t len = w->size - done < (int64_t)sizeof block ? w->size - done : (int64_t)sizeof block;
        for (int64_t i = 0; i < len; i++)
            block[i] = byte_at(done + i);
        for (int64_t put = 0; put < len;)
            put += CHECK_SYS(write(w->fd, block + put, (size_t)(len - put)));
        done += len;
        if (w->pause_ms > 0)
            sleep_ms(w->pause_ms);
    }
    close(w->fd);
}

static void test_pipe_r123(void)
{
    sock_t pair[2];
    struct reader r;
    struct thread t;
    int ends[2];
    int64_t sent = 0;
    tcp_pair(pair);
    CHECK_SYS(pipe(ends));
    CHECK_ERR(sock_sendfile(pair[0], ends[0], 1, -1, &sent), -ESPIPE);
    reader_start(&r, pair[1], 0, -1);
    struct writer w = {ends[1], 100000, 0.5};
    thread_start(&t, fill_pipe, &w);
    CHECK_EQ(sock_sendfile(pair[0], ends[0], 0, 30001, &sent), 30001);
    CHECK_EQ(sock_sendfile(pair[0], ends[0], 0, -1, &sent), 69999);
    CHECK_EQ(sent, 69999);
    thread_join(&t);
    CHECK_EQ(arrived(&r, pair[0]), 100000);
    close_pair(pair);
    close(ends[0]);
}

static void test_pipe_keeps_what_did_not_go(void)
{
    sock_t pair[2];
    struct thread t;
    struct reader r;
    int ends[2];
    int64_t sent = 0, more = 0;
    unix_pair(pair);
    CHECK_SYS(pipe(ends));
    struct writer w = {ends[1], 4 * MIB, 0};
    thread_start(&t, fill_pipe, &w);
    CHECK_OK(sock_settimeout(pair[0], MS(50)));
    CHECK_ERR(sock_sendfile(pair[0], ends[0], 0, -1, &sent), SOCK_ETIMEDOUT);
    CHECK_GT(sent, 0);
    CHECK_OK(sock_settimeout(pair[0], SEC(60)));
    reader_start(&r, pair[1], 0, -1);
    CHECK_EQ(sock_sendfile(pair[0], ends[0], 0, -1, &more), 4 * MIB - sent);
    thread_join(&t);
    CHECK_EQ(arrived(&r, pair[0]), 4 * MIB);
    close_pair(pair);
    close(ends[0]);
}

/* The call waits for a source without data, under the same limit, and a close ends the wait. */
static void send_from(void *arg)
{
    const int64_t *a = arg;
    int64_t sent = 99;
    CHECK_ERR(sock_sendfile(a[0], (int)a[1], 0, -1, &sent), SOCK_ECLOSED);
    CHECK_EQ(sent, 0);
}

static void test_silent_source(void)
{
    int pipe_ends[2], socket_ends[2];
    CHECK_SYS(pipe(pipe_ends));
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM, 0, socket_ends));
    for (int i = 0; i < 2; i++) {
        int source = i ? socket_ends[0] : pipe_ends[0];
        sock_t pair[2];
        struct thread t;
        int64_t start = now_ns();
        tcp_pair(pair);
        CHECK_OK(sock_settimeout(pair[0], MS(50)));
        CHECK_ERR(sock_sendfile(pair[0], source, 0, -1, NULL), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 50, 100);
        CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
        int64_t args[2] = {pair[0], source};
        thread_start(&t, send_from, args);
        thread_wait_blocked(&t);
        CHECK_OK(sock_close(pair[0]));
        thread_join_within(&t, 20);
        CHECK_OK(sock_close(pair[1]));
    }
    /* Data from a socket is copied through memory. */
    sock_t pair[2];
    struct reader r;
    struct thread t;
    struct writer w = {socket_ends[1], 300000, 0};
    tcp_pair(pair);
    reader_start(&r, pair[1], 0, -1);
    thread_start(&t, fill_pipe, &w);
    CHECK_EQ(sock_sendfile(pair[0], socket_ends[0], 0, 100001, NULL), 100001);
    CHECK_EQ(sock_sendfile(pair[0], socket_ends[0], 0, -1, NULL), 199999);
    thread_join(&t);
    CHECK_EQ(arrived(&r, pair[0]), 300000);
    close_pair(pair);
    close(socket_ends[0]);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

/* R129, R131: on a file system without sendfile(2), data is copied through memory, with the same results. */
static void refuse_sendfile(int number)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendfile, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)number),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void send_through_memory(void *arg)
{
    refuse_sendfile(*(int *)arg);
    sock_t pair[2];
    struct reader r;
    int64_t sent = 0;
    int file = make_file(3 * MIB);
    CHECK_SYS(lseek(file, 77, SEEK_SET));
    tcp_pair(pair);
    if (*(int *)arg == EIO) {
        CHECK_ERR(sock_sendfile(pair[0], file, 5, -1, &sent), -EIO);
        CHECK_EQ(position(file), 77); /* R130: nothing was sent */
        return;
    }
    /* The reader stops after one MiB: count and position are exact (R130), and sending continues from
     * there. */
    reader_start(&r, pair[1], 5, MIB);
    CHECK_OK(sock_setsockopt_int(pair[0], SOL_SOCKET, SO_SNDBUF, 65536));
    CHECK_OK(sock_settimeout(pair[0], MS(100)));
    int64_t n = sock_sendfile(pair[0], file, 5, -1, &sent); /* R125: an absolute position here too */
    if (n >= 0) /* all of it fit into the buffers */
        CHECK_EQ(n, 3 * MIB - 5);
    else
        CHECK_ERR(n, SOCK_ETIMEDOUT);
    CHECK_GE(sent, MIB);
    CHECK_EQ(position(file), 5 + sent);
    CHECK_EQ(arrived(&r, pair[0]), sent);
    close_pair(pair);
    close(file);
}

static void test_through_memory_r129_r131(void)
{
    if (in_valgrind())
        SKIP("valgrind makes system calls of its own, which a filter would refuse");
    int numbers[] = {EINVAL, ENOSYS, EOPNOTSUPP, EIO};
    for (int i = 0; i < 4; i++) {
        pid_t child = child_start(send_through_memory, &numbers[i]);
        child_join(child);
    }
}

/* A broken connection: an error code, the exact count, and never a signal. */
static volatile sig_atomic_t pipe_signals;

static void on_sigpipe(int number)
{
    (void)number;
    pipe_signals++;
}

static void test_no_sigpipe_r92(void)
{
    sock_t pair[2];
    int file = make_file(1000), ends[2];
    int64_t sent = 99;
    struct sigaction ours = {.sa_handler = on_sigpipe}, before;
    sigset_t pipe_only, mask, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    CHECK_SYS(sigaction(SIGPIPE, &ours, &before));
    unix_pair(pair);
    CHECK_OK(sock_close(pair[1]));
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, &sent), -EPIPE);
    CHECK_EQ(sent, 0);
    CHECK_EQ(position(file), 0);
    CHECK_SYS(pipe(ends));
    CHECK_EQ(write(ends[1], "x", 1), 1);
    CHECK_ERR(sock_sendfile(pair[0], ends[0], 0, 1, NULL), -EPIPE);
    CHECK_EQ(pipe_signals, 0);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGPIPE));
    /* A signal that the program itself holds pending stays pending: it is neither consumed nor joined by
     * ours. */
    pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, NULL), -EPIPE);
    sigpending(&pending);
    CHECK(!sigismember(&pending, SIGPIPE));
    raise(SIGPIPE);
    CHECK_ERR(sock_sendfile(pair[0], file, 0, -1, NULL), -EPIPE);
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGPIPE));
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(sigismember(&mask, SIGPIPE));
    pthread_sigmask(SIG_UNBLOCK, &pipe_only, NULL);
    CHECK_EQ(pipe_signals, 1);
    CHECK_SYS(sigaction(SIGPIPE, &before, NULL));
    CHECK_OK(sock_close(pair[0]));
    close(ends[0]);
    close(ends[1]);
    close(file);
}

/* Ends with the code of a close or of a token. */
static void send_in_vain(void *arg)
{
    const int64_t *a = arg;
    int64_t sent = 0;
    CHECK_ERR(sock_sendfile(a[0], (int)a[1], 0, -1, &sent), a[2]);
    CHECK_GT(sent, 0);
    CHECK_EQ(position((int)a[1]), sent);
}

static void test_close_and_cancel(void)
{
    int file = make_file(64 * MIB);
    for (int seen = 0; seen < 2; seen++)
        for (int cancel = 0; cancel < 2; cancel++) {
            sock_t pair[2];
            struct thread t;
            tcp_pair(pair);
            if (seen)
                CHECK_OK(sock_fileno(pair[0]));
            sock_cancel_t token = CHECK_OK(sock_cancel_new());
            CHECK_OK(sock_setcancel(pair[0], token));
            int64_t args[] = {pair[0], file, cancel ? SOCK_ECANCELED : SOCK_ECLOSED};
            CHECK_SYS(lseek(file, 0, SEEK_SET));
            thread_start(&t, send_in_vain, args);
            thread_wait_blocked(&t);
            CHECK_OK(cancel ? sock_cancel_fire(token) : sock_close(pair[0]));
            thread_join_within(&t, 20);
            if (cancel)
                CHECK_OK(sock_close(pair[0]));
            CHECK_OK(sock_close(pair[1]));
            CHECK_OK(sock_close(token));
        }
    close(file);
}

/* One GiB, sparse, over TCP, under a deadline. */
static void test_gibibyte(void)
{
    sock_t pair[2];
    struct reader r;
    int64_t sent = 0, size = (int64_t)1 << 30;
    if (in_valgrind())
        SKIP("too slow under valgrind");
    int file = make_file(0);
    CHECK_SYS(ftruncate(file, size));
    tcp_pair(pair);
    CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now() + SEC(100)));
    /* The thread's wake-up descriptor is made by its first wait, whatever that waits for. */
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], &(char){0}, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
    reader_start(&r, pair[1], -1, -1);
    getppid(); /* marks for the test that counts */
    int64_t n = sock_sendfile(pair[0], file, 0, size, &sent);
    getppid();
    CHECK_EQ(n, size);
    CHECK_EQ(sent, size);
    CHECK_EQ(position(file), size);
    CHECK_EQ(arrived(&r, pair[0]), size);
    close_pair(pair);
    close(file);
}

/* It costs as much as a raw non-blocking loop (a try and a poll for each EAGAIN) plus at most 4 calls. A wait that
 * lasts longer than 100 ms costs a second poll and a look at the thread's own descriptor. */
static void test_calls_of_a_gibibyte(void)
{
    char self[4096], log[32], line[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (in_valgrind() || system("strace -o /dev/null true >/dev/null 2>&1") != 0)
        SKIP("strace does not work here");
    CHECK_GT(len, 0);
    self[len] = 0;
    FILE *calls = tmpfile();
    CHECK(calls);
    snprintf(log, sizeof log, "/dev/fd/%d", fileno(calls));
    pid_t child = CHECK_SYS(fork());
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* needs ptrace itself */
        execlp("strace", "strace", "-f", "-qq", "-o", log, self, "test_gibibyte", (char *)NULL);
        _exit(127);
    }
    int status = 0;
    CHECK_EQ(waitpid(child, &status, 0), child);
    if (status != 0)
        FAIL("strace and the test under it ended with %#x", (unsigned)status);
    rewind(calls);
    long sender = 0, tries = 0, full = 0, polls = 0, long_waits = 0, others = 0;
    while (fgets(line, sizeof line, calls)) {
        char *call;
        long tid = strtol(line, &call, 10);
        call += strspn(call, " ");
        bool resumed = strncmp(call, "<...", 4) == 0;
        if (!resumed && strncmp(call, "getppid(", 8) == 0) {
            if (sender)
                break;
            sender = tid;
        } else if (sender == tid) {
            bool is_try = strncmp(call + (resumed ? 5 : 0), "sendfile", 8) == 0;
            full += is_try && strstr(call, "= -1 EAGAIN") != NULL;
            tries += is_try && !resumed;
            /* poll(2), or ppoll(2) where a processor has only that. */
            const char *name = call + (resumed ? 5 : 0);
            bool is_poll = strncmp(name, "poll", 4) == 0 || strncmp(name, "ppoll", 5) == 0;
            polls += !resumed && is_poll;
            long_waits += is_poll && strstr(call, "= 0 (Timeout)") != NULL;
            others += !resumed && !is_try && !is_poll;
        }
    }
    fclose(calls);
    printf("# one GiB: %ld sendfile, %ld of them EAGAIN, %ld poll, %ld of long waits, %ld others\n", tries, full, polls,
           long_waits, others);
    CHECK_GT(tries, full);
    CHECK_EQ(polls, full + long_waits);
    CHECK_LE(others, 4 + long_waits);
}

TEST_MAIN(test_arguments_r121_r122_r132, test_offset_and_count_r125_r126_r130, test_nonblocking_r124,
          test_adopted_nonblocking_r128, test_seen_and_blocking, test_stopped_reader_r127_r130,
          test_total_timeout_r127, test_pipe_r123, test_pipe_keeps_what_did_not_go, test_silent_source,
          test_through_memory_r129_r131, test_no_sigpipe_r92, test_close_and_cancel, test_gibibyte,
          test_calls_of_a_gibibyte)
