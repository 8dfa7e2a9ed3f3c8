/* The peer process: credentials, and a pidfd. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_credentials(void)
{
    sock_t pair[2];
    int64_t pid = -1, uid = -1, gid = -1;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(sock_peer_cred(pair[0], &pid, &uid, &gid));
    CHECK_EQ(pid, getpid());
    CHECK_EQ(uid, geteuid());
    CHECK_EQ(gid, getegid());
    CHECK_OK(sock_peer_cred(pair[0], NULL, NULL, NULL));
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void test_without_a_peer(void)
{
    int64_t pid = -7;
    sock_t alone = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    sock_t tcp = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_peer_cred(alone, &pid, NULL, NULL), -ENOTCONN);
    CHECK_ERR(sock_peer_cred(tcp, &pid, NULL, NULL), -EOPNOTSUPP);
    CHECK_EQ(pid, -7);
    int code = sock_peer_pidfd(alone);
    if (code != -ENOPROTOOPT) {
        CHECK_ERR(code, -ENOTCONN);
        CHECK_ERR(sock_peer_pidfd(tcp), -EOPNOTSUPP);
    }
    CHECK_OK(sock_close(alone));
    CHECK_OK(sock_close(tcp));
}

/* A child that connects and waits for a byte or the end of the stream. */
static void visit(void *arg)
{
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(s, arg));
    char byte;
    (void)sock_recv(s, &byte, 1, 0);
    CHECK_OK(sock_close(s));
}

/* Running, a zombie, gone: only the last is -ESRCH, on every kernel. */
static void test_process_of_the_peer(void)
{
    struct sock_addr addr;
    sock_t l = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_unix(NULL, 0, &addr));
    CHECK_OK(sock_bind(l, &addr));
    CHECK_OK(sock_listen(l, 1));
    CHECK_OK(sock_getsockname(l, &addr));
    pid_t child = child_start(visit, &addr);
    sock_t s = CHECK_OK(sock_accept(l, NULL));
    int64_t pid = 0;
    CHECK_OK(sock_peer_cred(s, &pid, NULL, NULL));
    CHECK_EQ(pid, child);

    int fd = sock_peer_pidfd(s);
    if (fd == -ENOPROTOOPT) {
        CHECK_OK(sock_send(s, "x", 1, 0));
        child_join(child);
        SKIP("this kernel has no SO_PEERPIDFD (Linux 6.5)");
    }
    CHECK_GE(fd, 0);
    CHECK_EQ(CHECK_SYS(fcntl(fd, F_GETFD)) & FD_CLOEXEC, FD_CLOEXEC);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    CHECK_EQ(poll(&ready, 1, 0), 0);
    int before = open_fds();

    CHECK_OK(sock_send(s, "x", 1, 0));
    siginfo_t info;
    CHECK_SYS(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
    int zombie = sock_peer_pidfd(s);
    CHECK_GE(zombie, 0);
    ready.fd = zombie;
    CHECK_EQ(poll(&ready, 1, 0), 1);
    close(zombie);

    child_join(child);
    CHECK_ERR(sock_peer_pidfd(s), -ESRCH);
    CHECK_OK(sock_peer_cred(s, &pid, NULL, NULL));
    CHECK_EQ(pid, child);
    CHECK_EQ(open_fds(), before);
    close(fd);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(l));
}

static void test_wrong_handles(void)
{
    sock_t closed = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_close(closed));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    const sock_t dead[] = {0, -1, closed, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
        CHECK_ERR(sock_peer_cred(dead[i], NULL, NULL, NULL), -EBADF);
        CHECK_ERR(sock_peer_pidfd(dead[i]), -EBADF);
    }
    CHECK_ERR(sock_peer_cred(token, NULL, NULL, NULL), -ENOTSOCK);
    CHECK_ERR(sock_peer_pidfd(token), -ENOTSOCK);
    CHECK_OK(sock_close(token));
}

TEST_MAIN(test_credentials, test_without_a_peer, test_process_of_the_peer, test_wrong_handles)
