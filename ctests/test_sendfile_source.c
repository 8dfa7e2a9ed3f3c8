/* sock_sendfile: what the file may be, and how far a count may reach. */
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What came is this. */
static void check_arrived(sock_t s, const void *data, size_t len)
{
    char got[64];
    CHECK_OK(sock_settimeout(s, 0));
    if (len == 0)
        CHECK_ERR(sock_recv(s, got, sizeof got, 0), -EAGAIN);
    else
        CHECK_EQ(sock_recv(s, got, sizeof got, 0), len);
    CHECK_MEM(got, data, len);
}

/* A count that reaches beyond INT64_MAX means all that there is. */
static void test_count_beyond_every_file(void)
{
    static const struct {
        int64_t offset, count, sent;
    } cases[] = {{1, INT64_MAX, 4}, {4, INT64_MAX - 3, 1}, {5, INT64_MAX, 0}, {0, INT64_MAX, 5}};
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs("12345", file) >= 0 && fflush(file) == 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sock_t pair[2];
        int64_t sent = -1;
        unix_pair(pair);
        CHECK_EQ(sock_sendfile(pair[0], fileno(file), cases[i].offset, cases[i].count, &sent), cases[i].sent);
        CHECK_EQ(sent, cases[i].sent);
        check_arrived(pair[1], "12345" + 5 - cases[i].sent, (size_t)cases[i].sent);
        close_pair(pair);
    }
    sock_t pair[2];
    unix_pair(pair);
    CHECK_REFUSED(sock_sendfile(pair[0], fileno(file), INT64_MAX, 1, NULL), -EINVAL, "offset");
    close_pair(pair);
    CHECK_EQ(fclose(file), 0);
}

/* An eventfd is read from as read(2) does: 8 bytes at a time, and it waits for more. */
static void test_eventfd(void)
{
    static const int64_t counts[] = {8, -1, 16};
    for (int i = 0; i < 3; i++) {
        const uint64_t value = 5;
        sock_t pair[2];
        int64_t sent = -1;
        int fd = (int)CHECK_SYS(eventfd(5, EFD_CLOEXEC));
        unix_pair(pair);
        CHECK_OK(sock_settimeout(pair[0], MS(50)));
        CHECK_ERR(sock_sendfile(pair[0], fd, 0, counts[i], &sent), i == 0 ? 8 : SOCK_ETIMEDOUT);
        CHECK_EQ(sent, 8);
        check_arrived(pair[1], &value, sizeof value);
        CHECK_ERR(sock_sendfile(pair[0], fd, 1, 8, &sent), -ESPIPE);
        close_pair(pair);
        CHECK_SYS(close(fd));
    }
}

/* What cannot be read is refused at once, as by read(2). */
static void test_epoll(void)
{
    sock_t pair[2];
    int64_t sent = -1;
    int fd = (int)CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
    unix_pair(pair);
    CHECK_ERR(sock_sendfile(pair[0], fd, 0, -1, &sent), -EINVAL);
    CHECK_ERR(sock_sendfile(pair[0], fd, 0, 8, &sent), -EINVAL);
    CHECK_EQ(sent, 0);
    close_pair(pair);
    CHECK_SYS(close(fd));
}

/* A sandbox that knows no splice and no sendfile: the bytes go through memory. */
static void sandboxed(void *arg)
{
    struct sock_filter refuse[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_splice, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendfile, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof refuse / sizeof *refuse, refuse};
    (void)arg;
    CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return;
    sock_t pair[2];
    int pipes[2];
    int64_t sent = -1;
    unix_pair(pair);
    CHECK_SYS(pipe2(pipes, O_CLOEXEC));
    CHECK_EQ(write(pipes[1], "by pipe", 7), 7);
    CHECK_EQ(sock_sendfile(pair[0], pipes[0], 0, 7, &sent), 7);
    CHECK_EQ(sent, 7);
    check_arrived(pair[1], "by pipe", 7);
    CHECK_EQ(write(pipes[1], "again", 5), 5);
    CHECK_SYS(close(pipes[1]));
    CHECK_EQ(sock_sendfile(pair[0], pipes[0], 0, -1, &sent), 5);
    check_arrived(pair[1], "again", 5);
    FILE *file = tmpfile();
    CHECK(file != NULL && fputs("by file", file) >= 0 && fflush(file) == 0);
    CHECK_EQ(sock_sendfile(pair[0], fileno(file), 3, -1, &sent), 4);
    check_arrived(pair[1], "file", 4);
    CHECK_EQ(fclose(file), 0);
    CHECK_SYS(close(pipes[0]));
    close_pair(pair);
}

static void test_no_splice(void)
{
    child_join(child_start(sandboxed, NULL));
}

TEST_MAIN(test_count_beyond_every_file, test_eventfd, test_epoll, test_no_splice)
