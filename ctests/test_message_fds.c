/* Passing descriptors: truncation, limits, errors; none is ever left open. */
#include "message.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { MOST_FDS = 253 };

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

/* The number of descriptors that the kernel delivers into a buffer of this size. */
static size_t fit(size_t cap)
{
    size_t fds = cap < CMSG_LEN(0) ? 0 : (cap - CMSG_LEN(0)) / sizeof(int);
    return fds > MOST_FDS ? MOST_FDS : fds;
}

/* R105, R106, R107: 253 descriptors received into every shorter control buffer; none stays open. */
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
        /* R106: room for a header and less than one descriptor yields no item. */
        struct sock_control_item item;
        size_t pos = 0;
        CHECK_EQ(sock_control_next(in.control, in.msg.control_len, &pos, &item), fit(cap) > 0);
    }
    close_fds(fds, MOST_FDS);
    close_pair(s);
}

/* R107, R112: the same through sock_recv_fds: descriptors that do not fit are closed and reported. */
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

/* R107: a message with descriptors leaves none of them open when something fails. */
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
    wait_once();
    int before = open_fds();

    /* With a full descriptor table fewer arrive, and MSG_CTRUNC is set. */
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
    /* Invalid arguments are found before the kernel is called. */
    CHECK_EQ(sock_send_fds(s[0], "x", 1, fds, MOST_FDS, 0, NULL), 1);
    CHECK_REFUSED(sock_recv_fds(s[1], NULL, 1, got, MOST_FDS, &n, 0, NULL, NULL), -EFAULT, "buf");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, NULL, 1, &n, 0, NULL, NULL), -EFAULT, "fds");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, got, SIZE_MAX, &n, 0, NULL, NULL), -EINVAL, "fds");
    CHECK_REFUSED(sock_recv_fds(s[1], &byte, 1, got, MOST_FDS, NULL, 0, NULL, NULL), -EFAULT, "n");
    CHECK_EQ(open_fds(), before);
    /* Unwritable memory: the kernel closes the descriptors again. */
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
    /* Limits that end a receive, and a connection closed with descriptors in transit. */
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

/* R111, R112: an empty list works; flags and address are respected; other control messages are discarded. */
static void r111_r112_flags_and_address_are_respected(void)
{
    wait_once();
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
    /* Each peek receives duplicates. */
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(sock_recv_fds(s[1], buf, 8, got, 4, &n, i < 2 ? MSG_PEEK : 0, NULL, NULL), 3);
        CHECK_EQ(n, 1);
        CHECK(same_file(got[0], fd));
        CHECK_SYS(close(got[0]));
    }
    CHECK_ERR(sock_recv_fds(s[1], buf, 8, got, 4, &n, MSG_DONTWAIT, NULL, NULL), -EAGAIN);
    /* Credentials and a pidfd, which sock_recv_fds discards. */
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
    /* A full queue to which the socket is not connected: both the flag and the timeout are respected. */
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

/* R113, R114: no data, too many descriptors, and numbers that are not descriptors. */
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
    /* The kernel returns the same for control data built by hand. */
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
    /* Only AF_UNIX carries descriptors: elsewhere the kernel would drop them silently. */
    tcp_pair(s);
    CHECK_REFUSED(sock_send_fds(s[0], "x", 1, (int[]){STDERR_FILENO}, 1, 0, NULL), -EOPNOTSUPP, "fds");
    CHECK_EQ(sock_send_fds(s[0], "x", 1, NULL, 0, 0, NULL), 1);
    close_pair(s);
}

TEST_MAIN(r109_r110_descriptors_arrive_close_on_exec, r106_every_truncation_of_253_descriptors,
          r112_recv_fds_of_every_capacity, r107_errors_leave_no_descriptor,
          r111_r112_flags_and_address_are_respected, r113_r114_limits_of_send_fds)
