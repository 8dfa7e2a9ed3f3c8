/* sock_bsd.h: a program of the BSD calls, ported by renaming. */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sock_bsd.h"

/* The call fails as the system call does: -1 and this errno. */
#define CHECK_ERRNO(call, expected)       \
    do {                                  \
        errno = 0;                        \
        CHECK_EQ(call, -1);               \
        CHECK_EQ(errno, expected);        \
    } while (0)

/* The textbook echo server, with sock_bsd_ before each call. */
static void serve(void *listener)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    sock_t c = sock_bsd_accept(*(sock_t *)listener, (struct sockaddr *)&peer, &len);
    if (c < 0)
        FAIL("accept: %s", strerror(errno));
    CHECK_EQ(len, sizeof peer);
    CHECK_EQ(peer.sin_family, AF_INET);
    CHECK_EQ(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    char buf[16];
    ssize_t n;
    while ((n = sock_bsd_read(c, buf, sizeof buf)) > 0)
        for (ssize_t done = 0; done < n;) {
            ssize_t w = sock_bsd_write(c, buf + done, (size_t)(n - done));
            if (w < 0)
                FAIL("write: %s", strerror(errno));
            done += w;
        }
    CHECK_EQ(n, 0);
    CHECK_EQ(sock_bsd_close(c), 0);
}

static sock_t listen_on_loopback(struct sockaddr_in *addr)
{
    socklen_t len = sizeof *addr;
    int on = 1, got = 0;
    memset(addr, 0, sizeof *addr);
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sock_t s = sock_bsd_socket(AF_INET, SOCK_STREAM, 0);
    CHECK_GT(s, 0);
    CHECK_EQ(sock_bsd_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    socklen_t size = sizeof got;
    CHECK_EQ(sock_bsd_getsockopt(s, SOL_SOCKET, SO_REUSEADDR, &got, &size), 0);
    CHECK_EQ(got, 1);
    CHECK_EQ(size, sizeof got);
    CHECK_EQ(sock_bsd_bind(s, (const struct sockaddr *)addr, sizeof *addr), 0);
    CHECK_EQ(sock_bsd_listen(s, 5), 0);
    CHECK_EQ(sock_bsd_getsockname(s, (struct sockaddr *)addr, &len), 0);
    CHECK_EQ(len, sizeof *addr);
    CHECK_NE(addr->sin_port, 0);
    return s;
}

static void test_echo_pair(void)
{
    static const char message[] = "This is the message. It will be repeated.";
    struct sockaddr_in addr, peer;
    sock_t listener = listen_on_loopback(&addr);
    struct thread server;
    thread_start(&server, serve, &listener);
    sock_t s = sock_bsd_socket(AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(sock_bsd_connect(s, (const struct sockaddr *)&addr, sizeof addr), 0);
    socklen_t len = sizeof peer;
    CHECK_EQ(sock_bsd_getpeername(s, (struct sockaddr *)&peer, &len), 0);
    CHECK_MEM(&peer, &addr, sizeof peer);
    CHECK_EQ(sock_bsd_send(s, message, sizeof message, 0), sizeof message);
    CHECK_EQ(sock_bsd_shutdown(s, SHUT_WR), 0);
    char back[sizeof message];
    size_t got = 0;
    ssize_t n;
    while ((n = sock_bsd_recv(s, back + got, sizeof back - got, 0)) > 0)
        got += (size_t)n;
    CHECK_EQ(n, 0);
    CHECK_EQ(got, sizeof message);
    CHECK_STR(back, message);
    CHECK_EQ(sock_bsd_close(s), 0);
    thread_join_within(&server, 1000);
    CHECK_EQ(sock_bsd_close(listener), 0);
}

static void test_datagrams(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET}, from;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sock_t one = sock_bsd_socket(AF_INET, SOCK_DGRAM, 0), two = sock_bsd_socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(sock_bsd_bind(one, (struct sockaddr *)&a, sizeof a), 0);
    CHECK_EQ(sock_bsd_bind(two, (struct sockaddr *)&a, sizeof a), 0);
    socklen_t len = sizeof a;
    CHECK_EQ(sock_bsd_getsockname(one, (struct sockaddr *)&a, &len), 0);
    CHECK_EQ(sock_bsd_sendto(two, "hi", 2, 0, (struct sockaddr *)&a, sizeof a), 2);
    char buf[8];
    len = 4; /* too short: truncated, with the true length returned */
    memset(&from, 0, sizeof from);
    CHECK_EQ(sock_bsd_recvfrom(one, buf, sizeof buf, 0, (struct sockaddr *)&from, &len), 2);
    CHECK_EQ(len, sizeof from);
    CHECK_NE(from.sin_port, 0);
    CHECK_EQ(from.sin_addr.s_addr, 0);
    CHECK_EQ(sock_bsd_connect(two, (struct sockaddr *)&a, sizeof a), 0);
    CHECK_EQ(sock_bsd_sendto(two, "ho", 2, 0, NULL, 0), 2);
    CHECK_EQ(sock_bsd_recvfrom(one, buf, sizeof buf, 0, NULL, NULL), 2);
    CHECK_EQ(sock_bsd_close(one), 0);
    CHECK_EQ(sock_bsd_close(two), 0);
}

static void test_pair_dup_and_descriptor(void)
{
    sock_t pair[2];
    CHECK_EQ(sock_bsd_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    sock_t copy = sock_bsd_dup(pair[0]);
    CHECK_GT(copy, 0);
    CHECK_EQ(sock_bsd_write(copy, "x", 1), 1);
    CHECK_EQ(write(sock_bsd_fileno(pair[0]), "y", 1), 1);
    char two[2];
    CHECK_EQ(sock_bsd_recv(pair[1], two, 2, MSG_WAITALL), 2);
    CHECK_MEM(two, "xy", 2);
    struct sockaddr_un name;
    socklen_t len = sizeof name;
    CHECK_EQ(sock_bsd_getsockname(pair[0], (struct sockaddr *)&name, &len), 0);
    CHECK_EQ(len, sizeof(sa_family_t));
    CHECK_EQ(sock_bsd_close(copy), 0);
    CHECK_EQ(sock_bsd_close(pair[0]), 0);
    CHECK_EQ(sock_bsd_read(pair[1], two, 2), 0);
    CHECK_EQ(sock_bsd_close(pair[1]), 0);
}

/* A descriptor in control data built with the system's macros, in both directions. */
static void test_messages(void)
{
    sock_t pair[2];
    CHECK_EQ(sock_bsd_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    int pipe_fds[2], fd = -1;
    CHECK_SYS(pipe(pipe_fds));
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec out[2] = {{.iov_base = "ab", .iov_len = 2}, {.iov_base = "cde", .iov_len = 3}};
    struct msghdr msg = {.msg_iov = out, .msg_iovlen = 2, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *item = CMSG_FIRSTHDR(&msg);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(item), &pipe_fds[1], sizeof fd);
    CHECK_EQ(sock_bsd_sendmsg(pair[0], &msg, 0), 5);

    char first[3], second[8];
    struct sockaddr_un from;
    struct iovec in[2] = {{.iov_base = first, .iov_len = 3}, {.iov_base = second, .iov_len = 8}};
    memset(control, 0, sizeof control);
    msg = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2,
                          .msg_control = control, .msg_controllen = sizeof control};
    CHECK_EQ(sock_bsd_recvmsg(pair[1], &msg, 0), 5);
    CHECK_MEM(first, "abc", 3);
    CHECK_MEM(second, "de", 2);
    CHECK_EQ(msg.msg_flags & ~MSG_CMSG_CLOEXEC, 0);
    CHECK_LE(msg.msg_namelen, sizeof(sa_family_t)); /* the sender has no address */
    item = CMSG_FIRSTHDR(&msg);
    CHECK(item && item->cmsg_type == SCM_RIGHTS && item->cmsg_len == CMSG_LEN(sizeof fd));
    memcpy(&fd, CMSG_DATA(item), sizeof fd);
    CHECK_EQ(CHECK_SYS(fcntl(fd, F_GETFD)), FD_CLOEXEC);
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_EQ(read(pipe_fds[0], first, 3), 1);
    CHECK_EQ(sock_bsd_sendmsg(pair[0], &(struct msghdr){.msg_iov = out, .msg_iovlen = 2}, 0), 5);
    msg = (struct msghdr){.msg_iov = in, .msg_iovlen = 1};
    CHECK_EQ(sock_bsd_recvmsg(pair[1], &msg, 0), 3);
    CHECK_EQ(msg.msg_flags & MSG_TRUNC, MSG_TRUNC);
    CHECK_ERRNO(sock_bsd_sendmsg(pair[0], NULL, 0), EFAULT);
    CHECK_ERRNO(sock_bsd_recvmsg(pair[0], NULL, 0), EFAULT);
    msg = (struct msghdr){.msg_name = &from, .msg_namelen = 1, .msg_iov = out, .msg_iovlen = 1};
    CHECK_ERRNO(sock_bsd_sendmsg(pair[0], &msg, 0), EINVAL);
    close(fd);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    CHECK_EQ(sock_bsd_close(pair[0]), 0);
    CHECK_EQ(sock_bsd_close(pair[1]), 0);
    CHECK_ERRNO(sock_bsd_recvmsg(pair[0], &msg, 0), EBADF);
}

static void test_errors_are_errno(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof addr;
    char byte = 'x';
    CHECK_ERRNO(sock_bsd_socket(-2, SOCK_STREAM, 0), EAFNOSUPPORT);
    sock_t s = sock_bsd_socket(AF_INET, SOCK_STREAM, 0);
    CHECK_ERRNO(sock_bsd_getpeername(s, (struct sockaddr *)&addr, &len), ENOTCONN);
    CHECK_ERRNO(sock_bsd_recv(s, &byte, 1, 0), ENOTCONN);
    CHECK_ERRNO(sock_bsd_send(s, &byte, 1, 0), EPIPE);
    CHECK_ERRNO(sock_bsd_bind(s, (struct sockaddr *)&addr, 1), EINVAL);
    CHECK_ERRNO(sock_bsd_bind(s, NULL, sizeof addr), EFAULT);
    CHECK_ERRNO(sock_bsd_connect(s, (struct sockaddr *)&addr, 129), EINVAL);
    CHECK_ERRNO(sock_bsd_getsockname(s, NULL, &len), EFAULT);
    CHECK_ERRNO(sock_bsd_getsockname(s, (struct sockaddr *)&addr, NULL), EFAULT);
    CHECK_ERRNO(sock_bsd_accept(s, (struct sockaddr *)&addr, NULL), EFAULT);
    CHECK_ERRNO(sock_bsd_accept(s, NULL, NULL), EINVAL);
    CHECK_ERRNO(sock_bsd_recvfrom(s, &byte, 1, 0, (struct sockaddr *)&addr, NULL), EFAULT);
    CHECK_ERRNO(sock_bsd_getsockopt(s, SOL_SOCKET, SO_TYPE, &addr, NULL), EFAULT);
    CHECK_ERRNO(sock_bsd_setsockopt(s, SOL_SOCKET, 9999, &addr, 4), ENOPROTOOPT);
    CHECK_ERRNO(sock_bsd_shutdown(s, SHUT_RD), ENOTCONN);
    CHECK_EQ(sock_bsd_close(s), 0);
    CHECK_ERRNO(sock_bsd_close(s), EBADF);
    CHECK_ERRNO(sock_bsd_listen(s, 1), EBADF);
    CHECK_ERRNO(sock_bsd_dup(s), EBADF);
    CHECK_ERRNO(sock_bsd_fileno(s), EBADF);
    CHECK_ERRNO(sock_bsd_sendto(s, &byte, 1, 0, NULL, 0), EBADF);
    CHECK_ERRNO(sock_bsd_socketpair(AF_INET, SOCK_STREAM, 0, (sock_t[2]){0, 0}), EOPNOTSUPP);
}

/* The additions of sock.h work on these handles and set errno too. */
static void test_limits_have_an_errno(void)
{
    sock_t pair[2];
    char byte;
    CHECK_EQ(sock_bsd_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_OK(sock_settimeout(pair[0], MS(5)));
    CHECK_ERRNO(sock_bsd_read(pair[0], &byte, 1), ETIMEDOUT);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERRNO(sock_bsd_read(pair[0], &byte, 1), EAGAIN);
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERRNO(sock_bsd_read(pair[0], &byte, 1), ECANCELED);
    CHECK_EQ(sock_bsd_close(token), 0);
    CHECK_EQ(sock_bsd_close(pair[0]), 0);
    CHECK_EQ(sock_bsd_close(pair[1]), 0);
}

TEST_MAIN(test_echo_pair, test_datagrams, test_pair_dup_and_descriptor, test_messages, test_errors_are_errno,
          test_limits_have_an_errno)
