/* A socket whose number the program sees: O_NONBLOCK, sock_dup, sock_detach, the inheritable flag. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int show_by_fileno(sock_t s)
{
    return CHECK_OK(sock_fileno(s));
}

static int show_by_dup(sock_t s)
{
    int fd = newest_fd();
    CHECK_OK(sock_close(CHECK_OK(sock_dup(s))));
    return fd;
}

static int show_by_inheritable(sock_t s)
{
    int fd = newest_fd();
    CHECK_OK(sock_set_inheritable(s, 1));
    return fd;
}

/* Internally it is on; the first call that exposes the descriptor sets the flag to match the mode; from then
 * on settimeout switches it. */
static void test_the_flag_is_the_users(void)
{
    static int (*const shows[])(sock_t) = {show_by_fileno, show_by_dup, show_by_inheritable};
    const int64_t modes[] = {SOCK_FOREVER, SEC(5), 0};
    for (size_t show = 0; show < 3; show++)
        for (size_t mode = 0; mode < 3; mode++) {
            sock_t s = make(AF_UNIX, SOCK_STREAM);
            int fd = newest_fd();
            CHECK(is_nonblocking(fd));
            CHECK_OK(sock_settimeout(s, modes[mode]));
            CHECK(is_nonblocking(fd));
            CHECK_OK(sock_set_inheritable(s, 0)); /* does not expose the descriptor */
            CHECK(is_nonblocking(fd));

            CHECK_EQ(shows[show](s), fd);
            CHECK_EQ(is_nonblocking(fd), modes[mode] != SOCK_FOREVER);
            for (size_t next = 0; next < 3; next++) {
                CHECK_OK(sock_settimeout(s, modes[next]));
                CHECK_EQ(is_nonblocking(fd), modes[next] != SOCK_FOREVER);
            }
            CHECK_OK(sock_close(s));
        }
}

/* R140 */
static void test_detach(void)
{
    const int64_t modes[] = {SOCK_FOREVER, SEC(5), 0};
    for (size_t mode = 0; mode < 3; mode++) {
        sock_t pair[2];
        char data[4];
        CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        CHECK_OK(sock_settimeout(pair[0], modes[mode]));
        int fd = CHECK_OK(sock_detach(pair[0]));
        CHECK_EQ(is_nonblocking(fd), modes[mode] != SOCK_FOREVER);
        CHECK(is_cloexec(fd));
        CHECK_ERR(sock_detach(pair[0]), -EBADF);
        CHECK_ERR(sock_close(pair[0]), -EBADF);
        CHECK_ERR(sock_fileno(pair[0]), -EBADF);
        CHECK_EQ(sock_send(pair[1], "abc", 3, 0), 3);
        CHECK_EQ(CHECK_SYS(read(fd, data, sizeof data)), 3);
        CHECK_OK(sock_close(pair[1]));
        CHECK_SYS(close(fd));
    }
}

/* R17 */
static void test_dup(void)
{
    wait_once();
    int before = open_fds();
    sock_t pair[2];
    char data[8];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    CHECK_OK(sock_settimeout(pair[0], SEC(7)));
    CHECK_OK(sock_set_inheritable(pair[0], 1));
    sock_t twin = CHECK_OK(sock_dup(pair[0]));
    CHECK_NE(twin, pair[0]);
    CHECK_NE(sock_fileno(twin), sock_fileno(pair[0]));
    check_labels(twin, AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK_EQ(sock_gettimeout(twin), SEC(7));
    CHECK_EQ(sock_get_inheritable(twin), 0);

    /* R36: each keeps its own timeout; the flag they share disturbs neither. */
    CHECK_OK(sock_settimeout(twin, SOCK_FOREVER));
    CHECK_EQ(sock_gettimeout(pair[0]), SEC(7));
    CHECK_OK(sock_settimeout(pair[0], MS(20)));
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_settimeout(twin, 0));
    CHECK_ERR(sock_recv(twin, data, sizeof data, 0), -EAGAIN);
    CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);

    CHECK_OK(sock_close(pair[0]));
    CHECK_EQ(sock_send(pair[1], "still", 5, 0), 5);
    CHECK_EQ(sock_recv(twin, data, sizeof data, 0), 5);
    CHECK_ERR(sock_dup(pair[0]), -EBADF); /* R18 */
    CHECK_OK(sock_close(twin));
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 0);
    CHECK_OK(sock_close(pair[1]));
    CHECK_EQ(open_fds(), before);
}

/* R2, R25 */
static void test_inheritable(void)
{
    sock_t s = make(AF_INET, SOCK_STREAM);
    int fd = newest_fd();
    CHECK(is_cloexec(fd));
    CHECK_EQ(sock_get_inheritable(s), 0);
    CHECK_OK(sock_set_inheritable(s, 77));
    CHECK_EQ(sock_get_inheritable(s), 1);
    CHECK(!is_cloexec(fd));
    CHECK_OK(sock_set_inheritable(s, 0));
    CHECK_EQ(sock_get_inheritable(s), 0);
    CHECK(is_cloexec(fd));
    CHECK_SYS(fcntl(fd, F_SETFD, 0)); /* reads the descriptor, not a stored value */
    CHECK_EQ(sock_get_inheritable(s), 1);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_get_inheritable(s), -EBADF);
    CHECK_ERR(sock_set_inheritable(s, 1), -EBADF);
}

TEST_MAIN(test_the_flag_is_the_users, test_detach, test_dup, test_inheritable)
