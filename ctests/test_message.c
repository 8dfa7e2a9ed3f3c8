/* Messages: buffers, addresses, truncation, flags, and invalid arguments. */
#include "message.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

/* R94, R101, R103: buffers are sent and filled in order; empty ones are skipped. */
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
    /* No data: a stream sends nothing, a datagram socket an empty datagram (R94, R103). */
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

/* R95: more than IOV_MAX buffers fail with -EMSGSIZE, and the message is not split. */
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

/* R96, R104: no address, an empty one and a given one; the sender's address is returned, except on connected
 * TCP. */
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

/* Invalid arguments; nothing is written. */
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
    /* The kernel refuses pointers to unmapped memory; the data is still there afterwards. */
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

/* MSG_TRUNC returns the true length and never exposes a byte that was not received. */
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
    /* On TCP the bytes are discarded and not written. */
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

/* R116: the flags are the kernel's, without those that libsock added. */
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

/* The kernel refuses malformed control data, and too much of it. */
static void errors_of_the_kernel(void)
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

/* A program writes headers through `struct cmsghdr`, in which musl leaves padding behind the length; the kernel reads
 * both as one number. */
static void padding_of_headers(void)
{
    sock_t s[2];
    union {
        struct cmsghdr header;
        unsigned char bytes[2 * CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 255, sizeof control);
    pair(SOCK_DGRAM, s);
    int fd = CHECK_SYS(dup(0));
    struct msghdr walk = {.msg_control = control.bytes, .msg_controllen = sizeof control};
    struct cmsghdr *at = CMSG_FIRSTHDR(&walk);
    for (int i = 0; i < 2; i++) {
        at->cmsg_len = CMSG_LEN(sizeof fd);
        at->cmsg_level = SOL_SOCKET;
        at->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(at), &fd, sizeof fd);
        at = (struct cmsghdr *)(void *)(control.bytes + CMSG_SPACE(sizeof fd));
    }
    struct sock_control_item item;
    size_t pos = 0;
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(sock_control_next(control.bytes, sizeof control, &pos, &item), 1);
        CHECK_EQ(item.len, (long long)sizeof fd);
        CHECK_EQ(item.truncated, 0);
    }
    struct sock_iovec iov = {"x", 1};
    struct sock_msg msg = {.iov = &iov, .iov_count = 1, .control = control.bytes, .control_len = sizeof control};
    CHECK_EQ(sock_sendmsg(s[0], &msg, 0), 1);
    struct sock_datagram v[3] = {
        {.buf = "y", .len = 1},
        {.buf = "y", .len = 1, .control = control.bytes, .control_len = sizeof control},
        {.buf = "y", .len = 1, .control = control.bytes, .control_len = sizeof control},
    };
    CHECK_EQ(sock_sendmany(s[0], v, 3, 0), 3);
    for (int i = 0; i < 4; i++) {
        int got[2];
        char byte;
        size_t count = 2;
        CHECK_EQ(sock_recv_fds(s[1], &byte, 1, got, 2, &count, 0, NULL, NULL), 1);
        CHECK_EQ(count, i == 1 ? 0 : 2);
        for (size_t k = 0; k < count; k++)
            CHECK_SYS(close(got[k]));
    }
    CHECK_SYS(close(fd));
    close_pair(s);
}

TEST_MAIN(r94_gather_and_scatter, r95_at_most_1024_pieces, r96_r104_addresses, misuse_is_refused_by_name,
          true_length_of_a_datagram, r116_flags_are_raw, errors_of_the_kernel, padding_of_headers)
