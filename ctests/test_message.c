/* Messages: pieces, addresses, waits, truncation, and descriptors on their way between processes. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FDS = 253 };

static const char *why(void)
{
    static char text[256];
    CHECK_OK(sock_last_error(NULL, text, sizeof text));
    return text;
}

#define CHECK_REFUSED(call, code, field)                       \
    do {                                                       \
        CHECK_ERR(call, code);                                 \
        CHECK_EQ(strncmp(why(), field ": ", sizeof field), 0); \
    } while (0)

static void pair(int type, sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, type, 0, out));
}

static void close_pair(const sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* A connected pair over TCP. */
static void tcp_pair(sock_t out[2])
{
    struct sock_addr addr;
    sock_t listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    CHECK_OK(sock_bind(listener, &addr));
    CHECK_OK(sock_listen(listener, 1));
    CHECK_OK(sock_getsockname(listener, &addr));
    out[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(out[0], &addr));
    out[1] = CHECK_OK(sock_accept(listener, NULL));
    CHECK_OK(sock_close(listener));
}

static sock_t udp(struct sock_addr *addr)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, addr));
    CHECK_OK(sock_bind(s, addr));
    CHECK_OK(sock_getsockname(s, addr));
    return s;
}

/* A message of one piece. */
struct simple {
    struct sock_msg msg;
    struct sock_iovec iov;
    _Alignas(size_t) unsigned char control[2048];
};

static struct sock_msg *simple(struct simple *m, const void *base, size_t len, size_t control_cap)
{
    memset(&m->msg, 0, sizeof m->msg);
    m->iov = (struct sock_iovec){(void *)(uintptr_t)base, len};
    m->msg.iov = &m->iov;
    m->msg.iov_count = 1;
    m->msg.control = m->control;
    m->msg.control_cap = control_cap;
    return &m->msg;
}

static void make_fds(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fds[i] = (int)CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static void close_fds(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_SYS(close(fds[i]));
}

/* R94, R101, R103: pieces go out and are filled in order; empty ones are none. */
static void r94_gather_and_scatter(void)
{
    sock_t s[2];
    struct sock_iovec out[] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}, {"g", 1}};
    struct sock_msg msg = {.iov = out, .iov_count = 4};
    pair(SOCK_STREAM, s);
    CHECK_EQ(sock_sendmsg(s[0], &msg, 0), 7);
    char a[1], b[3], c[9];
    memset(c, '.', sizeof c);
    struct sock_iovec in[] = {{a, 1}, {b, 3}, {NULL, 0}, {c, 9}};
    struct sock_msg got = {.iov = in, .iov_count = 4, .flags = -1, .control_len = 99};
    CHECK_EQ(sock_recvmsg(s[1], &got, 0), 7);
    CHECK_MEM(a, "a", 1);
    CHECK_MEM(b, "bcd", 3);
    CHECK_MEM(c, "efg......", 9);
    CHECK_EQ(got.len, 7);
    CHECK_EQ(got.true_len, 7);
    CHECK_EQ(got.control_len, 0);
    CHECK_EQ(got.flags, 0);
    CHECK(got.iov == in);
    /* Nothing: a stream takes nothing, a datagram is sent empty (R94, R103). */
    struct sock_msg nothing = {0};
    CHECK_EQ(sock_sendmsg(s[0], &nothing, 0), 0);
    close_pair(s);
    pair(SOCK_DGRAM, s);
    CHECK_EQ(sock_sendmsg(s[0], &nothing, 0), 0);
    CHECK_EQ(sock_recvmsg(s[1], &got, 0), 0);
    CHECK_EQ(sock_send(s[0], "lost", 4, 0), 4);
    CHECK_EQ(sock_recvmsg(s[1], &nothing, 0), 0);
    CHECK_EQ(nothing.flags & MSG_TRUNC, MSG_TRUNC);
    close_pair(s);
}

/* R95: more than IOV_MAX pieces are -EMSGSIZE, and nothing is split. */
static void r95_at_most_1024_pieces(void)
{
    sock_t s[2];
    static char bytes[1025], got[2000];
    static struct sock_iovec iov[1025];
    for (size_t i = 0; i < 1025; i++) {
        bytes[i] = (char)i;
        iov[i] = (struct sock_iovec){&bytes[i], 1};
    }
    pair(SOCK_DGRAM, s);
    struct sock_msg msg = {.iov = iov, .iov_count = 1025};
    CHECK_REFUSED(sock_sendmsg(s[0], &msg, 0), -EMSGSIZE, "iov_count");
    CHECK_REFUSED(sock_recvmsg(s[0], &msg, MSG_DONTWAIT), -EMSGSIZE, "iov_count");
    msg.iov_count = SIZE_MAX;
    CHECK_REFUSED(sock_sendmsg(s[0], &msg, 0), -EMSGSIZE, "iov_count");
    msg.iov_count = 1024;
    CHECK_EQ(sock_sendmsg(s[0], &msg, 0), 1024);
    CHECK_EQ(sock_recv(s[1], got, sizeof got, 0), 1024);
    CHECK_MEM(got, bytes, 1024);
    close_pair(s);
}

/* R96, R104: no address, the empty one and a given one; the sender comes back, a connected TCP has none. */
static void r96_r104_addresses(void)
{
    struct sock_addr here, there, from, none = {0};
    sock_t a = udp(&here), b = udp(&there), s[2];
    struct simple m;
    char byte;
    simple(&m, "x", 1, 0);
    CHECK_ERR(sock_sendmsg(a, &m.msg, 0), -EDESTADDRREQ);
    m.msg.addr = &none;
    CHECK_ERR(sock_sendmsg(a, &m.msg, 0), -EDESTADDRREQ);
    m.msg.addr = &there;
    CHECK_EQ(sock_sendmsg(a, &m.msg, 0), 1);
    memset(&from, 0x5a, sizeof from);
    simple(&m, &byte, 1, 0)->addr = &from;
    CHECK_EQ(sock_recvmsg(b, &m.msg, 0), 1);
    CHECK_EQ(sock_addr_equal(&from, &here), 1);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
    tcp_pair(s);
    CHECK_EQ(sock_send(s[0], "x", 1, 0), 1);
    memset(&from, 0x5a, sizeof from);
    CHECK_EQ(sock_recvmsg(s[1], &m.msg, 0), 1);
    CHECK_EQ(from.len, 0);
    CHECK_EQ(from.native[0], 0);
    close_pair(s);
    pair(SOCK_DGRAM, s);
    CHECK_EQ(sock_send(s[0], "x", 1, 0), 1);
    CHECK_EQ(sock_recvmsg(s[1], &m.msg, 0), 1);
    CHECK_EQ(from.len, 0);
    close_pair(s);
}

/* What a caller can do wrong; nothing is written then. */
static void misuse_is_refused_by_name(void)
{
    sock_t s[2];
    char byte = 'x';
    pair(SOCK_STREAM, s);
    CHECK_EQ(sock_send(s[0], "y", 1, 0), 1);
    struct sock_addr from, bad = {.len = 1};
    memset(&from, 0x5a, sizeof from);
    struct sock_iovec iov = {&byte, 1}, null = {NULL, 1}, huge[2] = {{&byte, PTRDIFF_MAX}, {&byte, 1}};
    const struct sock_msg good = {.addr = &from, .iov = &iov, .iov_count = 1, .control_len = 7, .len = 8, .true_len = 9,
                                  .flags = 10};
    struct {
        struct sock_msg msg;
        int code;
        const char *field;
        int which; /* 1 send, 2 receive, 3 both */
    } cases[] = {
        {good, -EINVAL, "zero", 3},    {good, -EFAULT, "iov", 3},         {good, -EFAULT, "iov[0].base", 3},
        {good, -EINVAL, "iov[1].len", 3}, {good, -EINVAL, "control_cap", 2}, {good, -EINVAL, "control_len", 1},
        {good, -EFAULT, "control", 2}, {good, -EFAULT, "control", 1},     {good, -EINVAL, "len", 1},
    };
    cases[0].msg.zero = 1;
    cases[1].msg.iov = NULL;
    cases[2].msg.iov = &null;
    cases[3].msg.iov = huge, cases[3].msg.iov_count = 2;
    cases[4].msg.control_cap = (size_t)INT_MAX + 1;
    cases[5].msg.control_len = SIZE_MAX;
    cases[6].msg.control_cap = 8;
    cases[8].msg.addr = &bad;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sock_msg msg = cases[i].msg;
        if (cases[i].which & 1) {
            if (i != 8)
                msg.addr = NULL;
            CHECK_ERR(sock_sendmsg(s[1], &msg, 0), cases[i].code);
            CHECK_EQ(strncmp(why(), cases[i].field, strlen(cases[i].field)), 0);
            msg.addr = cases[i].msg.addr;
        }
        if (cases[i].which & 2) {
            CHECK_ERR(sock_recvmsg(s[1], &msg, 0), cases[i].code);
            CHECK_EQ(strncmp(why(), cases[i].field, strlen(cases[i].field)), 0);
        }
        CHECK_MEM(&msg, &cases[i].msg, sizeof msg);
    }
    CHECK_REFUSED(sock_sendmsg(s[0], NULL, 0), -EFAULT, "msg");
    CHECK_REFUSED(sock_recvmsg(s[0], NULL, 0), -EFAULT, "msg");
    struct sock_msg msg = good;
    CHECK_ERR(sock_recvmsg(s[0], &msg, MSG_DONTWAIT), -EAGAIN);
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_recvmsg(token, &msg, 0), -ENOTSOCK);
    msg.addr = NULL, msg.control_len = 0;
    CHECK_ERR(sock_sendmsg(token, &msg, 0), -ENOTSOCK);
    CHECK_OK(sock_close(token));
    static const sock_t no_handle[] = {0, -1, INT64_MIN, INT64_MAX, 12345};
    for (size_t i = 0; i < sizeof no_handle / sizeof *no_handle; i++) {
        CHECK_ERR(sock_recvmsg(no_handle[i], &msg, 0), -EBADF);
        CHECK_ERR(sock_sendmsg(no_handle[i], &msg, 0), -EBADF);
    }
    /* Pointers into nowhere are the kernel's to refuse; the byte is still there after that. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *wall = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(wall != MAP_FAILED);
    iov.base = wall;
    if (!in_valgrind()) {
        CHECK_ERR(sock_sendmsg(s[1], &msg, 0), -EFAULT);
        CHECK_ERR(sock_recvmsg(s[1], &msg, 0), -EFAULT);
    }
    CHECK_EQ(msg.flags, 10);
    CHECK_EQ(from.len, 0x5a5a5a5a);
    iov.base = &byte;
    CHECK_EQ(sock_recvmsg(s[1], &msg, 0), 1);
    CHECK_EQ(byte, 'y');
    munmap(wall, page);
    close_pair(s);
    CHECK_ERR(sock_recvmsg(s[1], &msg, 0), -EBADF);
}

/* MSG_TRUNC gives the true length and never shows a byte that was not received. */
static void true_length_of_a_datagram(void)
{
    struct sock_addr addr;
    sock_t s[2], a = udp(&addr);
    char big[100], got[20];
    struct simple m;
    memset(big, 'D', sizeof big);
    for (int flags = 0; flags <= MSG_TRUNC; flags += MSG_TRUNC) {
        for (size_t room = 0; room <= 10; room += 5) {
            CHECK_EQ(sock_sendto(a, big, sizeof big, 0, &addr), 100);
            memset(got, '.', sizeof got);
            struct sock_iovec iov[2] = {{got, room / 2}, {got + 10, room - room / 2}};
            struct sock_msg msg = {.iov = iov, .iov_count = 2};
            CHECK_EQ(sock_recvmsg(a, &msg, flags), flags ? 100 : room);
            CHECK_EQ(msg.true_len, flags ? 100 : room);
            CHECK_EQ(msg.len, room);
            CHECK_EQ(msg.flags, MSG_TRUNC);
            for (size_t i = 0; i < sizeof got; i++)
                CHECK_EQ(got[i], i < room / 2 || (i >= 10 && i < 10 + room - room / 2) ? 'D' : '.');
        }
    }
    CHECK_OK(sock_close(a));
    /* On TCP the bytes are thrown away, and none is written. */
    tcp_pair(s);
    CHECK_EQ(sock_send(s[0], "abcdef", 6, 0), 6);
    memset(got, '.', sizeof got);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, got, 4, 0), MSG_TRUNC), 4);
    CHECK_EQ(m.msg.len, 0);
    CHECK_EQ(m.msg.true_len, 4);
    CHECK_MEM(got, "....", 4);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, got, 4, 0), 0), 2);
    CHECK_MEM(got, "ef..", 4);
    close_pair(s);
    pair(SOCK_STREAM, s);
    CHECK_EQ(sock_send(s[0], "abcdef", 6, 0), 6);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, got, 4, 0), MSG_TRUNC), 4);
    CHECK_EQ(m.msg.len, 4);
    CHECK_MEM(got, "abcd", 4);
    close_pair(s);
}

/* R116: the flags are the kernel's, without what libsock added. */
static void r116_flags_are_raw(void)
{
    sock_t s[2];
    struct simple m;
    char got[4];
    pair(SOCK_SEQPACKET, s);
    CHECK_EQ(sock_sendmsg(s[0], simple(&m, "abc", 3, 0), MSG_EOR), 3);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, got, 4, 64), 0), 3);
    CHECK_EQ(m.msg.flags & ~MSG_EOR, 0);
    CHECK_EQ(sock_sendmsg(s[0], simple(&m, "abc", 3, 0), 0), 3);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, got, 4, 64), MSG_CMSG_CLOEXEC), 3);
    CHECK_EQ(m.msg.flags, MSG_CMSG_CLOEXEC);
    close_pair(s);
}

/* Waits --------------------------------------------------------------------------------------------- */

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

/* R117: timeouts, deadlines, cancel, close, signals and the non-blocking mode, as in recv. */
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

/* R117: a send that has to wait; what went before the end counts, and the stream goes on until all is queued. */
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

/* MSG_WAITALL fills all pieces, however the bytes come; the end of the stream ends it. */
static void wait_all_fills_every_piece(void)
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
        /* A peek looks for all of it, and takes nothing. */
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

/* The same bytes and descriptors, received by the kernel's own blocking recvmsg: what MSG_WAITALL means. */
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

static void wait_all_ends_where_the_kernels_does(void)
{
    static const char plan[] = "3f3.3.2f4f3.e"; /* lengths, each with a descriptor or without */
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
            /* The first receive begins before anything was sent. */
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

/* With SO_PASSCRED the bytes of one process are one message, and those of another are not glued to them. */
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

/* A blocking stream takes all pieces; the descriptors go once, the credentials with every part. */
static void blocking_stream_sends_all_and_descriptors_once(void)
{
    enum { LEN = 3000000, PIECES = 7 };
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

/* With a timeout a stream takes what fits at once, and a send that took something has sent the descriptors. */
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

/* Descriptors --------------------------------------------------------------------------------------- */

static bool same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* R109, R110: received descriptors are close-on-exec; several items of one send arrive as one. */
static void r109_r110_descriptors_arrive_close_on_exec(void)
{
    int before = open_fds(), fds[4], got[8], ends[2];
    sock_t s[2];
    struct simple m;
    char byte;
    CHECK_SYS(pipe2(ends, O_CLOEXEC));
    make_fds(fds, 2);
    fds[2] = ends[0], fds[3] = ends[1];
    pair(SOCK_STREAM, s);
    simple(&m, "x", 1, sizeof m.control);
    CHECK_OK(sock_control_put_fds(m.control, sizeof m.control, &m.msg.control_len, fds, 1));
    CHECK_OK(sock_control_put_fds(m.control, sizeof m.control, &m.msg.control_len, fds + 1, 3));
    CHECK_EQ(sock_sendmsg(s[0], &m.msg, 0), 1);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, &byte, 1, sizeof m.control), 0), 1);
    CHECK_EQ(m.msg.flags, 0);
    CHECK_EQ(m.msg.control_len, CMSG_SPACE(4 * sizeof(int)));
    CHECK_EQ(sock_control_take_fds(m.control, m.msg.control_len, got, 8), 4);
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(CHECK_SYS(fcntl(got[i], F_GETFD)), FD_CLOEXEC);
        CHECK(same_file(got[i], fds[i]));
    }
    CHECK_EQ(sock_control_close_fds(m.control, m.msg.control_len), 0);
    close_fds(got, 4);
    close_fds(fds, 4);
    close_pair(s);
    CHECK_EQ(open_fds(), before);
}

/* How many descriptors the kernel delivers into so much room. */
static size_t fit(size_t cap)
{
    size_t fds = cap < CMSG_LEN(0) ? 0 : (cap - CMSG_LEN(0)) / sizeof(int);
    return fds > MOST_FDS ? MOST_FDS : fds;
}

/* R105, R106, R107: 253 descriptors into every shorter control buffer; none is left open. */
static void r106_every_truncation_of_253_descriptors(void)
{
    static int fds[MOST_FDS], got[MOST_FDS + 1];
    sock_t s[2];
    struct simple out, in;
    char byte;
    test_timeout(300);
    fds_at_least(1024);
    make_fds(fds, MOST_FDS);
    pair(SOCK_STREAM, s);
    int before = open_fds();
    simple(&out, "x", 1, 0);
    CHECK_OK(sock_control_put_fds(out.control, sizeof out.control, &out.msg.control_len, fds, MOST_FDS));
    size_t all = CMSG_SPACE(MOST_FDS * sizeof(int));
    for (size_t cap = 0; cap <= all; cap++) {
        CHECK_EQ(sock_sendmsg(s[0], &out.msg, 0), 1);
        memset(in.control, 0xee, sizeof in.control);
        CHECK_EQ(sock_recvmsg(s[1], simple(&in, &byte, 1, cap), 0), 1);
        CHECK_EQ(in.msg.flags, fit(cap) < MOST_FDS ? MSG_CTRUNC : 0);
        CHECK_LE(in.msg.control_len, cap);
        CHECK_EQ(open_fds(), before + (int)fit(cap));
        size_t take = cap % 3 == 0 ? fit(cap) / 2 : cap % 3 == 1 ? MOST_FDS : 0;
        size_t taken = take < fit(cap) ? take : fit(cap);
        CHECK_EQ(sock_control_take_fds(in.control, in.msg.control_len, got, take), taken);
        CHECK_EQ(sock_control_close_fds(in.control, in.msg.control_len), fit(cap) - taken);
        for (size_t i = cap; i < sizeof in.control; i++)
            CHECK_EQ(in.control[i], 0xee);
        close_fds(got, taken);
        CHECK_EQ(open_fds(), before);
        /* R106: room for a header and less than a descriptor gives no item at all. */
        struct sock_control_item item;
        size_t pos = 0;
        CHECK_EQ(sock_control_next(in.control, in.msg.control_len, &pos, &item), fit(cap) > 0);
    }
    close_fds(fds, MOST_FDS);
    close_pair(s);
}

/* R107, R112: the same through sock_recv_fds: what does not fit is closed and told. */
static void r112_recv_fds_of_every_capacity(void)
{
    static int fds[MOST_FDS], got[300];
    sock_t s[2];
    char byte;
    test_timeout(300);
    fds_at_least(1024);
    make_fds(fds, MOST_FDS);
    pair(SOCK_STREAM, s);
    for (int passcred = 0; passcred < 2; passcred++) {
        CHECK_OK(sock_setsockopt_int(s[1], SOL_SOCKET, SO_PASSCRED, passcred));
        int before = open_fds();
        for (size_t cap = 0; cap <= MOST_FDS + 1; cap += in_valgrind() ? 23 : 1) {
            size_t n = 999;
            int flags = -1;
            CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
            memset(got, 0xee, sizeof got);
            CHECK_EQ(sock_recv_fds(s[1], &byte, 1, got, cap, &n, 0, NULL, &flags), 1);
            CHECK_EQ(n, cap < MOST_FDS ? cap : MOST_FDS);
            CHECK_EQ(flags, cap < MOST_FDS ? MSG_CTRUNC : 0);
            CHECK_EQ(got[n], (int)0xeeeeeeee);
            CHECK_EQ(open_fds(), before + (int)n);
            close_fds(got, n);
        }
        CHECK_EQ(open_fds(), before);
    }
    close_fds(fds, MOST_FDS);
    close_pair(s);
}

/* R107: what fails around a message with descriptors leaves none of them open. */
static void r107_errors_leave_no_descriptor(void)
{
    static int fds[MOST_FDS], got[MOST_FDS];
    sock_t s[2];
    char byte;
    size_t n = 999;
    struct simple m;
    fds_at_least(1024);
    make_fds(fds, MOST_FDS);
    pair(SOCK_STREAM, s);
    int before = open_fds();

    /* No room in the table of descriptors: fewer arrive, MSG_CTRUNC tells. */
    struct rlimit limit, low;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    low = limit;
    for (int room = 0; room <= 20; room += 5) {
        int used = 0;
        while (fd_is_open(used))
            used++;
        low.rlim_cur = (rlim_t)(used + room);
        CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
        if (setrlimit(RLIMIT_NOFILE, &low) == 0 && !in_valgrind()) {
            int flags;
            CHECK_EQ(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, &n, 0, NULL, &flags), 1);
            setrlimit(RLIMIT_NOFILE, &limit);
            CHECK_LE(n, room);
            CHECK_EQ(flags, MSG_CTRUNC);
        } else {
            setrlimit(RLIMIT_NOFILE, &limit);
            CHECK_EQ(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, &n, 0, NULL, NULL), 1);
        }
        close_fds(got, n);
        CHECK_EQ(open_fds(), before);
    }
    /* Bad arguments are found before the kernel is asked. */
    CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
    CHECK_REFUSED(sock_recv_fds(s[1], NULL, 1, got, MOST_FDS, &n, 0, NULL, NULL), -EFAULT, "buf");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, NULL, 1, &n, 0, NULL, NULL), -EFAULT, "fds");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, got, SIZE_MAX, &n, 0, NULL, NULL), -EINVAL, "fds");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, NULL, 0, NULL, NULL), -EFAULT, "n");
    CHECK_EQ(open_fds(), before);
    /* Memory that cannot be written: the kernel takes back what it had made. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *wall = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(wall != MAP_FAILED);
    CHECK_SYS(mprotect(wall + page, page, PROT_READ));
    if (!in_valgrind()) {
        CHECK_ERR(sock_recv_fds(s[1], wall + page, 1, got, MOST_FDS, &n, 0, NULL, NULL), -EFAULT);
        CHECK_EQ(open_fds(), before);
    }
    CHECK_EQ(sock_recv_fds(s[1], &byte, 1, got, 1, &n, MSG_DONTWAIT, NULL, NULL), 1);
    close_fds(got, n);
    CHECK_EQ(open_fds(), before);
    if (!in_valgrind()) {
        CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
        simple(&m, &byte, 1, 512);
        m.msg.control = wall + page - 20;
        int64_t answer = sock_recvmsg(s[1], &m.msg, 0);
        if (answer >= 0)
            sock_control_close_fds(wall + page - 20, m.msg.control_len < 20 ? m.msg.control_len : 20);
        CHECK_EQ(open_fds(), before);
    }
    munmap(wall, 2 * page);
    /* Limits that end a receive, and a connection that is gone with descriptors under way. */
    CHECK_OK(sock_settimeout(s[1], MS(10)));
    while (sock_recv_fds(s[1], &byte, 1, got, 0, &n, 0, NULL, NULL) > 0)
        ;
    n = 999;
    CHECK_ERR(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, &n, 0, NULL, NULL), SOCK_ETIMEDOUT);
    CHECK_EQ(n, 999);
    CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
    close_pair(s);
    CHECK_ERR(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, &n, 0, NULL, NULL), -EBADF);
    CHECK_EQ(open_fds(), before - 2);
    close_fds(fds, MOST_FDS);
}

/* R111, R112: an empty list works; flags and address are obeyed; other control messages are dropped. */
static void r111_r112_flags_and_address_are_obeyed(void)
{
    int before = open_fds(), fd, got[4], flags = -1;
    size_t n = 999;
    sock_t s[2];
    char buf[8];
    make_fds(&fd, 1);
    pair(SOCK_STREAM, s);
    CHECK_ERR(sock_recv_fds(s[1], buf, 8, got, 4, &n, MSG_DONTWAIT, NULL, NULL), -EAGAIN);
    CHECK_EQ(sock_send_fds(s[0], "ab", 2, NULL, 0, 0, NULL), 2);
    CHECK_EQ(sock_recv_fds(s[1], buf, 8, NULL, 0, &n, 0, NULL, &flags), 2);
    CHECK_EQ(n, 0);
    CHECK_EQ(flags, 0);
    CHECK_EQ(sock_send_fds(s[0], "abc", 3, &fd, 1, 0, NULL), 3);
    /* A peek has duplicates each time. */
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(sock_recv_fds(s[1], buf, 8, got, 4, &n, i < 2 ? MSG_PEEK : 0, NULL, NULL), 3);
        CHECK_EQ(n, 1);
        CHECK(same_file(got[0], fd));
        CHECK_SYS(close(got[0]));
    }
    CHECK_ERR(sock_recv_fds(s[1], buf, 8, got, 4, &n, MSG_DONTWAIT, NULL, NULL), -EAGAIN);
    /* Credentials and a pidfd that nobody asked sock_recv_fds for. */
    CHECK_OK(sock_setsockopt_int(s[1], SOL_SOCKET, SO_PASSCRED, 1));
    sock_setsockopt_int(s[1], SOL_SOCKET, 76 /* SO_PASSPIDFD */, 1);
    CHECK_EQ(sock_send_fds(s[0], "abc", 3, &fd, 1, 0, NULL), 3);
    CHECK_EQ(sock_recv_fds(s[1], buf, 8, got, 1, &n, 0, NULL, &flags), 3);
    CHECK_EQ(n, 1);
    CHECK_EQ(flags, 0);
    CHECK_SYS(close(got[0]));
    CHECK_EQ(open_fds(), before + 3);
    close_pair(s);

    struct sock_addr there, here, from;
    CHECK_OK(sock_addr_unix("\0libsock message a", 18, &here));
    CHECK_OK(sock_addr_unix("\0libsock message b", 18, &there));
    pair(SOCK_DGRAM, s);
    close_pair(s);
    s[0] = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
    s[1] = CHECK_OK(sock_socket(AF_UNIX, SOCK_DGRAM, 0));
    CHECK_OK(sock_bind(s[0], &here));
    CHECK_OK(sock_bind(s[1], &there));
    CHECK_ERR(sock_send_fds(s[0], "x", 1, &fd, 1, 0, NULL), -ENOTCONN);
    CHECK_EQ(sock_send_fds(s[0], "x", 1, &fd, 1, 0, &there), 1);
    CHECK_EQ(sock_recv_fds(s[1], buf, 8, got, 4, &n, 0, &from, NULL), 1);
    CHECK_EQ(n, 1);
    CHECK_EQ(sock_addr_equal(&from, &here), 1);
    CHECK_SYS(close(got[0]));
    /* A full queue that we are not connected to: the flag is obeyed, and so is the timeout. */
    int64_t last;
    while ((last = sock_send_fds(s[0], "x", 1, NULL, 0, MSG_DONTWAIT, &there)) == 1)
        ;
    CHECK_ERR(last, -EAGAIN);
    CHECK_OK(sock_settimeout(s[0], MS(20)));
    CHECK_ERR(sock_send_fds(s[0], "x", 1, &fd, 1, 0, &there), SOCK_ETIMEDOUT);
    struct sock_addr bad = {.len = 129};
    CHECK_REFUSED(sock_send_fds(s[0], "x", 1, &fd, 1, 0, &bad), -EINVAL, "len");
    close_pair(s);
    CHECK_SYS(close(fd));
    CHECK_EQ(open_fds(), before);
}

/* R113, R114: no byte, too many, and what is no descriptor. */
static void r113_r114_limits_of_send_fds(void)
{
    static int fds[MOST_FDS + 1], got[MOST_FDS + 1];
    sock_t s[2];
    size_t n;
    char byte;
    struct simple m;
    for (size_t i = 0; i < MOST_FDS + 1; i++)
        fds[i] = STDERR_FILENO;
    pair(SOCK_STREAM, s);
    CHECK_REFUSED(sock_send_fds(s[0], NULL, 0, fds, 1, 0, NULL), -EINVAL, "len");
    CHECK_EQ(sock_send_fds(s[0], NULL, 0, NULL, 0, 0, NULL), 0);
    CHECK_REFUSED(sock_send_fds(s[0], "x", 1, fds, MOST_FDS + 1, 0, NULL), -EINVAL, "n");
    CHECK_REFUSED(sock_send_fds(s[0], "x", 1, NULL, 1, 0, NULL), -EFAULT, "fds");
    CHECK_REFUSED(sock_send_fds(s[0], NULL, 1, fds, 1, 0, NULL), -EFAULT, "buf");
    CHECK_REFUSED(sock_send_fds(s[0], "x", 1, fds, SIZE_MAX, 0, NULL), -EINVAL, "fds");
    /* The kernel says the same of control data that was put by hand. */
    simple(&m, "x", 1, 0);
    CHECK_OK(sock_control_put_fds(m.control, sizeof m.control, &m.msg.control_len, fds, MOST_FDS + 1));
    CHECK_ERR(sock_sendmsg(s[0], &m.msg, 0), -EINVAL);
    fds[3] = -1;
    CHECK_ERR(sock_send_fds(s[0], "x", 1, fds, 5, 0, NULL), -EBADF);
    fds[3] = 1 << 20;
    CHECK_ERR(sock_send_fds(s[0], "x", 1, fds, 5, 0, NULL), -EBADF);
    CHECK_ERR(sock_recv(s[1], &byte, 1, MSG_DONTWAIT), -EAGAIN);
    CHECK_ERR(sock_send_fds(0, "x", 1, fds, 1, 0, NULL), -EBADF);
    CHECK_ERR(sock_send_fds(0, NULL, 0, fds, 1, 0, NULL), -EBADF);
    close_pair(s);
    /* A datagram needs no data. */
    pair(SOCK_DGRAM, s);
    CHECK_EQ(sock_send_fds(s[0], NULL, 0, fds, 1, 0, NULL), 0);
    CHECK_EQ(sock_recv_fds(s[1], NULL, 0, got, 1, &n, 0, NULL, NULL), 0);
    CHECK_EQ(n, 1);
    CHECK_SYS(close(got[0]));
    close_pair(s);
    /* Only AF_UNIX carries descriptors. */
    tcp_pair(s);
    CHECK_ERR(sock_send_fds(s[0], "x", 1, (int[]){STDERR_FILENO}, 1, 0, NULL), -EINVAL);
    close_pair(s);
}

/* Control data that is too much, or no control data, is the kernel's to refuse. */
static void what_the_kernel_refuses(void)
{
    sock_t s[2];
    struct simple m;
    pair(SOCK_STREAM, s);
    simple(&m, "x", 1, 0);
    memset(m.control, 0, sizeof m.control);
    m.msg.control_len = 24;
    CHECK_ERR(sock_sendmsg(s[0], &m.msg, 0), -EINVAL);
    size_t len = 64 << 20;
    void *huge = calloc(1, len);
    m.msg.control = huge;
    m.msg.control_len = len;
    CHECK_ERR(sock_sendmsg(s[0], &m.msg, 0), -ENOBUFS);
    free(huge);
    close_pair(s);
}

TEST_MAIN(r94_gather_and_scatter, r95_at_most_1024_pieces, r96_r104_addresses, misuse_is_refused_by_name,
          true_length_of_a_datagram, r116_flags_are_raw, r117_receive_waits_as_recv, r117_send_waits_as_send,
          wait_all_fills_every_piece, wait_all_ends_where_the_kernels_does, wait_all_never_mixes_writers,
          blocking_stream_sends_all_and_descriptors_once, timeout_stream_sends_what_fits,
          r109_r110_descriptors_arrive_close_on_exec, r106_every_truncation_of_253_descriptors,
          r112_recv_fds_of_every_capacity, r107_errors_leave_no_descriptor,
          r111_r112_flags_and_address_are_obeyed, r113_r114_limits_of_send_fds, what_the_kernel_refuses)
