/* Creating and adopting sockets. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Creation ---------------------------------------------------------------------------------------- */

/* R1, R2, R5 */
static void test_defaults(void)
{
    int before = open_fds();
    sock_t s = CHECK_OK(sock_socket(-1, -1, -1));
    check_labels(s, AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
    CHECK_EQ(sock_getblocking(s), 1);
    CHECK_EQ(sock_get_inheritable(s), 0);
    CHECK_EQ(open_fds(), before + 1);
    int number = 0;
    CHECK_OK(sock_getsockopt_int(s, SOL_SOCKET, SO_DOMAIN, &number));
    CHECK_EQ(number, AF_INET);
    CHECK_OK(sock_close(s));
    CHECK_EQ(open_fds(), before);
}

/* R3, R4 */
static void test_type_flags(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
    check_labels(s, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_EQ(sock_gettimeout(s), 0);
    CHECK_EQ(sock_getblocking(s), 0);
    CHECK(is_cloexec(CHECK_OK(sock_fileno(s))));
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_setdefaulttimeout(SEC(9)));
    s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_EQ(sock_gettimeout(s), 0);
    CHECK_OK(sock_close(s));
}

/* R7 */
static void test_refused_by_the_kernel(void)
{
    int before = open_fds();
    CHECK_ERR(sock_socket(250, SOCK_STREAM, 0), -EAFNOSUPPORT);
    CHECK_ERR(sock_socket(AF_INET, 77, 0), -EINVAL);
    CHECK_ERR(sock_socket(AF_INET, SOCK_STREAM, 250), -EPROTONOSUPPORT);
    CHECK_ERR(sock_socket(AF_UNIX, SOCK_RDM, 0), -ESOCKTNOSUPPORT);
    CHECK_ERR(sock_socket(-2, SOCK_STREAM, 0), -EAFNOSUPPORT);
    CHECK_EQ(open_fds(), before);
}

/* R19 */
static void test_socketpair(void)
{
    const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < 3; i++) {
        sock_t pair[2] = {0, 0};
        char data[8];
        CHECK_EQ(sock_socketpair(-1, types[i], -1, pair), 0);
        for (int end = 0; end < 2; end++) {
            check_labels(pair[end], AF_UNIX, types[i], 0);
            CHECK_EQ(sock_gettimeout(pair[end]), SOCK_FOREVER);
            CHECK_EQ(sock_get_inheritable(pair[end]), 0);
            CHECK_EQ(sock_send(pair[end], "hello", 5, 0), 5);
            CHECK_EQ(sock_recv(pair[1 - end], data, sizeof data, 0), 5);
            CHECK_MEM(data, "hello", 5);
        }
        CHECK_OK(sock_close(pair[0]));
        CHECK_OK(sock_close(pair[1]));
    }
    sock_t pair[2] = {11, 12};
    int before = open_fds();
    CHECK_ERR(sock_socketpair(AF_INET, SOCK_STREAM, 0, pair), -EOPNOTSUPP);
    CHECK(pair[0] == 11 && pair[1] == 12);
    CHECK_EQ(open_fds(), before);

    CHECK_OK(sock_setdefaulttimeout(SEC(3)));
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_EQ(sock_gettimeout(pair[0]), SEC(3));
    CHECK_EQ(sock_gettimeout(pair[1]), SEC(3));
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    CHECK_EQ(sock_gettimeout(pair[0]), 0);
    CHECK_EQ(sock_gettimeout(pair[1]), 0);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* Adoption ---------------------------------------------------------------------------------------- */

/* R10, R11: family by SO_DOMAIN, type by SO_TYPE, protocol by SO_PROTOCOL. */
static void test_detection(void)
{
    static const int kinds[][4] = {
        {AF_INET, SOCK_STREAM, 0, IPPROTO_TCP},     {AF_INET, SOCK_DGRAM, 0, IPPROTO_UDP},
        {AF_INET6, SOCK_STREAM, 0, IPPROTO_TCP},    {AF_UNIX, SOCK_STREAM, 0, 0},
        {AF_UNIX, SOCK_SEQPACKET, 0, 0},            {AF_UNIX, SOCK_DGRAM, 0, 0},
        {AF_NETLINK, SOCK_RAW, 0 /* ROUTE */, 0},   {AF_NETLINK, SOCK_DGRAM, 15 /* KOBJECT_UEVENT */, 15},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = socket(kinds[i][0], kinds[i][1], kinds[i][2]);
        if (fd < 0 && errno == EAFNOSUPPORT)
            continue; /* a kernel without the family; AF_INET and AF_UNIX always exist */
        CHECK_SYS(fd);
        sock_t s = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
        check_labels(s, kinds[i][0], kinds[i][1], kinds[i][3]);
        CHECK_EQ(sock_fileno(s), fd);
        CHECK_OK(sock_close(s));
        CHECK(!fd_is_open(fd));
    }
}

/* R12, R13: family, type and protocol are only labels; number and inheritable flag are kept. */
static void test_given_labels_and_flags_kept(void)
{
    int fd = CHECK_SYS(socket(AF_INET, SOCK_DGRAM, 0));
    CHECK(!is_cloexec(fd));
    sock_t s = CHECK_OK(sock_from_fd(fd, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 99));
    check_labels(s, AF_UNIX, SOCK_SEQPACKET, 99);
    CHECK_EQ(sock_get_inheritable(s), 1);
    CHECK_EQ(sock_fileno(s), fd);
    CHECK_EQ(sock_detach(s), fd);
    s = CHECK_OK(sock_from_fd(fd, -1, SOCK_STREAM, -1));
    check_labels(s, AF_INET, SOCK_STREAM, IPPROTO_UDP);
    CHECK_OK(sock_close(s));
}

/* R9, R14: on failure the caller keeps the descriptor, unchanged. */
static void test_failed_adoption_changes_nothing(void)
{
    CHECK_ERR(sock_from_fd(-1, -1, -1, -1), -EBADF);
    CHECK_ERR(sock_from_fd(-7, AF_INET, SOCK_STREAM, 0), -EBADF);
    int closed = CHECK_SYS(dup(0));
    CHECK_SYS(close(closed));
    CHECK_ERR(sock_from_fd(closed, -1, -1, -1), -EBADF);
    CHECK_ERR(sock_from_fd(closed, AF_INET, SOCK_STREAM, 0), -EBADF);

    CHECK_OK(sock_setdefaulttimeout(SEC(1)));
    int pipes[2];
    CHECK_SYS(pipe(pipes));
    int before = open_fds();
    for (int labelled = 0; labelled < 2; labelled++) {
        int family = labelled ? AF_INET : -1;
        CHECK_ERR(sock_from_fd(pipes[0], family, labelled ? SOCK_STREAM : -1, labelled ? 0 : -1), -ENOTSOCK);
        CHECK(fd_is_open(pipes[0]));
        CHECK(!is_nonblocking(pipes[0]));
        CHECK(!is_cloexec(pipes[0]));
    }
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_EQ(open_fds(), before);
    CHECK_SYS(close(pipes[0]));
    CHECK_SYS(close(pipes[1]));
}

/* R6 as libsock implements it: the mode comes from the default timeout; O_NONBLOCK is not touched, and the
 * handle waits by itself whether the flag is on or off. */
static void test_adopted_flag_is_left_alone(void)
{
    for (int flag = 0; flag < 2; flag++) {
        int fds[2];
        char byte;
        CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | (flag ? SOCK_NONBLOCK : 0), 0, fds));
        sock_t s = CHECK_OK(sock_from_fd(fds[0], -1, -1, -1));
        CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
        CHECK_EQ(is_nonblocking(fds[0]), flag);

        CHECK_OK(sock_setdeadline(s, SOCK_READ, sock_now() + MS(30)));
        int64_t start = now_ns();
        CHECK_ERR(sock_recv(s, &byte, 1, 0), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 29, 200);
        CHECK_EQ(is_nonblocking(fds[0]), flag);
        CHECK_EQ(sock_fileno(s), fds[0]);
        CHECK_EQ(is_nonblocking(fds[0]), flag);

        /* settimeout switches it, because the descriptor is exposed. */
        CHECK_OK(sock_settimeout(s, SEC(1)));
        CHECK(is_nonblocking(fds[0]));
        CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
        CHECK(!is_nonblocking(fds[0]));
        CHECK_OK(sock_close(s));
        CHECK_SYS(close(fds[1]));

        CHECK_OK(sock_setdefaulttimeout(MS(30)));
        CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | (flag ? SOCK_NONBLOCK : 0), 0, fds));
        s = CHECK_OK(sock_from_fd(fds[0], -1, -1, -1));
        CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
        CHECK_EQ(sock_gettimeout(s), MS(30));
        CHECK_EQ(is_nonblocking(fds[0]), flag);
        start = now_ns();
        CHECK_ERR(sock_recv(s, &byte, 1, 0), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 30, 200);
        CHECK_EQ(is_nonblocking(fds[0]), flag);
        CHECK_OK(sock_close(s));
        CHECK_SYS(close(fds[1]));
    }
}

/* The number alone does not expose a descriptor: O_NONBLOCK stays under libsock's control, in every mode. */
static void test_peek_does_not_expose(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    int fd = (int)CHECK_OK(sock_peek_fileno(s));
    CHECK(is_nonblocking(fd));
    CHECK_OK(sock_settimeout(s, SEC(1)));
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    CHECK(is_nonblocking(fd));
    CHECK_EQ(sock_fileno(s), fd);
    CHECK(!is_nonblocking(fd));
    CHECK_EQ(sock_peek_fileno(s), fd);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_peek_fileno(s), -EBADF);
}

/* An adopted listener and connector without O_NONBLOCK wait by themselves and leave it off. */
static void test_adopted_accept_and_connect(void)
{
    int listener = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CHECK_SYS(bind(listener, (struct sockaddr *)&any, sizeof any));
    CHECK_SYS(listen(listener, 5));
    sock_t server = CHECK_OK(sock_from_fd(listener, -1, -1, -1));
    struct sock_addr addr = local_name(server);

    CHECK_OK(sock_setdeadline(server, SOCK_READ, sock_now() + MS(20)));
    CHECK_ERR(sock_accept(server, NULL), SOCK_ETIMEDOUT);
    CHECK(!is_nonblocking(listener));
    CHECK_OK(sock_setdeadline(server, SOCK_READ, SOCK_FOREVER));

    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    sock_t client = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
    CHECK_EQ(sock_connect(client, &addr), 0);
    CHECK(!is_nonblocking(fd));
    sock_t connection = CHECK_OK(sock_accept(server, NULL));
    CHECK(!is_nonblocking(listener));
    CHECK_OK(sock_close(connection));
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
}

/* R15, R204, R205: ioctl, share and fromshare are Windows' alone. */
static void test_what_only_windows_has(void)
{
    sock_t s = make(AF_INET, SOCK_STREAM);
    char room[8];
    CHECK_ERR(sock_ioctl(s, 1, NULL, 0, room, sizeof room), -EOPNOTSUPP);
    CHECK_ERR(sock_ioctl(s, 1, NULL, 1, NULL, 0), -EFAULT);
    CHECK_ERR(sock_ioctl(0, 1, NULL, 0, NULL, 0), -EBADF);
    CHECK_ERR(sock_share(s, 1, room, sizeof room), -EOPNOTSUPP);
    CHECK_REFUSED(sock_share(s, -1, NULL, 0), -EINVAL, "process");
    CHECK_ERR(sock_share(s, 1, NULL, 1), -EFAULT);
    CHECK_ERR(sock_share(0, 1, NULL, 0), -EBADF);
    CHECK_ERR(sock_fromshare(room, sizeof room), -EOPNOTSUPP);
    CHECK_ERR(sock_fromshare(NULL, 0), -EOPNOTSUPP);
    CHECK_ERR(sock_fromshare(NULL, 1), -EFAULT);
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_defaults, test_type_flags, test_refused_by_the_kernel, test_socketpair,
          test_detection, test_given_labels_and_flags_kept, test_failed_adoption_changes_nothing,
          test_adopted_flag_is_left_alone, test_peek_does_not_expose,
          test_adopted_accept_and_connect, test_what_only_windows_has)
