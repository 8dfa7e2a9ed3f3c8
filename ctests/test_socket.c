/* Creating sockets, their family, type and protocol, adopting, duplicating and detaching descriptors, and the
 * calls that make one system call. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static sock_t make(int family, int type)
{
    return CHECK_OK(sock_socket(family, type, 0));
}

static struct sock_addr ip(const char *host, int port)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip(host, port, &addr));
    return addr;
}

static struct sock_addr local_name(sock_t s)
{
    struct sock_addr addr;
    CHECK_OK(sock_getsockname(s, &addr));
    return addr;
}

static void check_labels(sock_t s, int family, int type, int proto)
{
    CHECK_EQ(sock_family(s), family);
    CHECK_EQ(sock_type(s), type);
    CHECK_EQ(sock_proto(s), proto);
}

/* The newest descriptor of the process, found without asking libsock. */
static int newest_fd(void)
{
    int free_fd = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
    CHECK_SYS(close(free_fd));
    CHECK_GT(free_fd, 0);
    return free_fd - 1;
}

static bool is_nonblocking(int fd)
{
    return CHECK_SYS(fcntl(fd, F_GETFL)) & O_NONBLOCK;
}

static bool is_cloexec(int fd)
{
    return CHECK_SYS(fcntl(fd, F_GETFD)) & FD_CLOEXEC;
}

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

/* O_NONBLOCK -------------------------------------------------------------------------------------- */

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

/* Connections ------------------------------------------------------------------------------------- */

/* One connection over any family: R50, R51, R61, R62, R63, R143. */
static void connect_over(int type, const struct sock_addr *bind_to, bool show)
{
    int before = open_fds();
    int family = sock_addr_family(bind_to);
    char data[8];
    struct sock_addr bound, peer, name;
    sock_t server = make(family, type);
    CHECK_OK(sock_bind(server, bind_to));
    CHECK_OK(sock_listen(server, SOCK_BACKLOG_DEFAULT));
    bound = local_name(server);
    sock_t client = make(family, type);
    if (show) {
        CHECK_OK(sock_fileno(server));
        CHECK_OK(sock_fileno(client));
    }
    CHECK_ERR(sock_getpeername(client, &peer), -ENOTCONN);
    CHECK_EQ(sock_connect(client, &bound), 0);
    sock_t connection = CHECK_OK(sock_accept(server, &peer));

    check_labels(connection, family, type, 0);
    CHECK_EQ(sock_get_inheritable(connection), 0);
    CHECK_EQ(sock_gettimeout(connection), SOCK_FOREVER);
    CHECK_OK(sock_getpeername(client, &name));
    CHECK_EQ(sock_addr_equal(&name, &bound), 1);
    name = local_name(client);
    CHECK_EQ(sock_addr_equal(&name, &peer), 1);
    CHECK_OK(sock_getpeername(connection, &name));
    CHECK_EQ(sock_addr_equal(&name, &peer), 1);

    CHECK_EQ(sock_send(client, "ping", 4, 0), 4);
    CHECK_EQ(sock_recv(connection, data, sizeof data, 0), 4);
    CHECK_EQ(sock_send(connection, "pong", 4, 0), 4);
    CHECK_EQ(sock_recv(client, data, sizeof data, 0), 4);
    CHECK_MEM(data, "pong", 4);
    CHECK_OK(sock_close(connection));
    CHECK_EQ(sock_recv(client, data, sizeof data, 0), 0);
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
    CHECK_EQ(open_fds(), before);
}

static void test_tcp(void)
{
    struct sock_addr addr = ip("127.0.0.1", 0);
    connect_over(SOCK_STREAM, &addr, false);
    connect_over(SOCK_STREAM, &addr, true);
}

static void test_tcp6(void)
{
    sock_t probe = sock_socket(AF_INET6, SOCK_STREAM, 0);
    struct sock_addr addr = ip("::1", 0);
    if (probe < 0 || sock_bind(probe, &addr) < 0)
        SKIP("this machine has no ::1");
    CHECK_OK(sock_close(probe));
    connect_over(SOCK_STREAM, &addr, false);
    connect_over(SOCK_STREAM, &addr, true);
}

static void test_unix_path(void)
{
    char directory[] = P_tmpdir "/sock-test-XXXXXX", path[64];
    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/listen", directory);
    struct sock_addr addr;
    CHECK_OK(sock_addr_unix(path, strlen(path), &addr));
    connect_over(SOCK_STREAM, &addr, false);
    CHECK_SYS(unlink(path));
    connect_over(SOCK_SEQPACKET, &addr, true);

    /* The path remains, as with the kernel; a second bind fails on it. */
    struct stat about;
    CHECK_SYS(stat(path, &about));
    CHECK(S_ISSOCK(about.st_mode));
    sock_t s = make(AF_UNIX, SOCK_STREAM);
    CHECK_ERR(sock_bind(s, &addr), -EADDRINUSE);
    CHECK_ERR(sock_connect(s, &addr), -ECONNREFUSED);
    CHECK_SYS(unlink(path));
    CHECK_ERR(sock_connect(s, &addr), -ENOENT);
    CHECK_OK(sock_close(s));
    CHECK_SYS(rmdir(directory));
}

static void test_unix_abstract(void)
{
    char name[32];
    struct sock_addr addr;
    int len = snprintf(name, sizeof name, "%csock-test%c%d", 0, 0, (int)getpid());
    CHECK_OK(sock_addr_unix(name, (size_t)len, &addr));
    connect_over(SOCK_STREAM, &addr, false);
    connect_over(SOCK_SEQPACKET, &addr, true);
}

/* An empty path makes the kernel choose a free abstract name of five digits. */
static void test_unix_autobind(void)
{
    struct sock_addr unnamed, addr;
    char name[110];
    CHECK_OK(sock_addr_unix(NULL, 0, &unnamed));
    connect_over(SOCK_STREAM, &unnamed, false);
    sock_t a = make(AF_UNIX, SOCK_DGRAM), b = make(AF_UNIX, SOCK_DGRAM);
    addr = local_name(a);
    CHECK_EQ(sock_addr_get_unix(&addr, NULL, 0), 0); /* no name yet */
    CHECK_OK(sock_bind(a, &unnamed));
    CHECK_OK(sock_bind(b, &unnamed));
    addr = local_name(a);
    CHECK_EQ(sock_addr_get_unix(&addr, name, sizeof name), 6);
    CHECK_EQ(name[0], 0);
    CHECK_EQ(strspn(name + 1, "0123456789abcdef"), 5);
    struct sock_addr other = local_name(b);
    CHECK_EQ(sock_addr_equal(&addr, &other), 0);
    CHECK_EQ(sock_sendto(b, "hi", 2, 0, &addr), 2);
    struct sock_addr from;
    CHECK_EQ(sock_recvfrom(a, name, sizeof name, 0, &from), 2);
    CHECK_EQ(sock_addr_equal(&from, &other), 1);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void test_udp(void)
{
    struct sock_addr any = ip("127.0.0.1", 0), from, name;
    sock_t a = make(AF_INET, SOCK_DGRAM), b = make(AF_INET, SOCK_DGRAM);
    char data[8];
    CHECK_OK(sock_bind(a, &any));
    CHECK_OK(sock_bind(b, &any));
    struct sock_addr a_name = local_name(a), b_name = local_name(b);
    CHECK_EQ(sock_sendto(a, "one", 3, 0, &b_name), 3);
    CHECK_EQ(sock_recvfrom(b, data, sizeof data, 0, &from), 3);
    CHECK_EQ(sock_addr_equal(&from, &a_name), 1);
    CHECK_ERR(sock_send(b, "two", 3, 0), -EDESTADDRREQ);
    CHECK_EQ(sock_connect(b, &a_name), 0);
    CHECK_OK(sock_getpeername(b, &name));
    CHECK_EQ(sock_addr_equal(&name, &a_name), 1);
    CHECK_EQ(sock_send(b, "two", 3, 0), 3);
    CHECK_EQ(sock_recv(a, data, sizeof data, 0), 3);

    /* AF_UNSPEC removes the peer again. */
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    CHECK_OK(sock_addr_from_native(&none, sizeof none, &name));
    CHECK_EQ(sock_connect(b, &name), 0);
    CHECK_ERR(sock_getpeername(b, &name), -ENOTCONN);
    CHECK_ERR(sock_listen(a, 1), -EOPNOTSUPP); /* R135 */
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* R55, R59: in non-blocking mode EINPROGRESS, EALREADY, 0 once, then EISCONN. */
static void test_nonblocking_connect(void)
{
    struct sock_addr addr = ip("127.0.0.1", 0);
    sock_t server = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_bind(server, &addr));
    CHECK_OK(sock_listen(server, 1));
    addr = local_name(server);
    sock_t client = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_settimeout(client, 0));
    CHECK_ERR(sock_connect(client, &addr), -EINPROGRESS);
    sock_t connection = CHECK_OK(sock_accept(server, NULL));
    CHECK_EQ(sock_connect(client, &addr), 0);
    CHECK_ERR(sock_connect(client, &addr), -EISCONN);
    CHECK_OK(sock_settimeout(client, SEC(1)));
    CHECK_ERR(sock_connect(client, &addr), -EISCONN);
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(connection));
    CHECK_OK(sock_close(server));

    const int64_t modes[] = {SOCK_FOREVER, SEC(5)};
    for (size_t mode = 0; mode < 2; mode++)
        for (int show = 0; show < 2; show++) {
            client = make(AF_INET, SOCK_STREAM);
            CHECK_OK(sock_settimeout(client, modes[mode]));
            if (show)
                CHECK_OK(sock_fileno(client));
            CHECK_ERR(sock_connect(client, &addr), -ECONNREFUSED);
            CHECK_OK(sock_close(client));
        }
    CHECK_ERR(sock_connect(client, &addr), -EBADF); /* R58 */
}

/* A listener with a full backlog does not answer on loopback: the SYN is dropped. */
static sock_t deaf_listener(struct sock_addr *addr, sock_t fill[3])
{
    *addr = ip("127.0.0.1", 0);
    sock_t server = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_bind(server, addr));
    CHECK_OK(sock_listen(server, 0));
    *addr = local_name(server);
    for (int i = 0; i < 3; i++) {
        fill[i] = make(AF_INET, SOCK_STREAM);
        CHECK_OK(sock_settimeout(fill[i], 0));
        CHECK_ERR(sock_connect(fill[i], addr), -EINPROGRESS);
    }
    return server;
}

/* R56, R57; and SO_SNDTIMEO, which ends a blocking connect as in the kernel. */
static void test_unanswered_connect(void)
{
    struct sock_addr addr;
    sock_t fill[3], server = deaf_listener(&addr, fill), client = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_settimeout(client, MS(50)));
    int64_t start = now_ns();
    CHECK_ERR(sock_connect(client, &addr), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 50, 200);
    CHECK_ERR(sock_connect(client, &addr), -EALREADY);
    CHECK_OK(sock_settimeout(client, 0));
    CHECK_ERR(sock_connect(client, &addr), -EALREADY);
    CHECK_OK(sock_close(client));

    struct timeval limit = {.tv_usec = 50000};
    client = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
    start = now_ns();
    CHECK_ERR(sock_connect(client, &addr), -EINPROGRESS);
    CHECK_TIME(now_ns() - start, 50, 200);
    CHECK_OK(sock_close(client));
    for (int i = 0; i < 3; i++)
        CHECK_OK(sock_close(fill[i]));
    CHECK_OK(sock_close(server));
}

/* R63: the default timeout, otherwise blocking, whatever the mode of the listener. */
static void test_mode_of_accepted_sockets(void)
{
    const int64_t listeners[] = {SOCK_FOREVER, SEC(2), 0}, defaults[] = {SOCK_FOREVER, SEC(3), 0};
    struct sock_addr unnamed, addr;
    CHECK_OK(sock_addr_unix(NULL, 0, &unnamed));
    sock_t server = make(AF_UNIX, SOCK_STREAM);
    CHECK_OK(sock_bind(server, &unnamed));
    CHECK_OK(sock_listen(server, 5));
    addr = local_name(server);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            sock_t client = make(AF_UNIX, SOCK_STREAM);
            CHECK_EQ(sock_connect(client, &addr), 0);
            CHECK_OK(sock_settimeout(server, listeners[i]));
            CHECK_OK(sock_setdefaulttimeout(defaults[j]));
            sock_t connection = sock_accept(server, NULL);
            CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
            CHECK_OK(connection);
            CHECK_EQ(sock_gettimeout(connection), defaults[j]);
            CHECK_EQ(is_nonblocking(CHECK_OK(sock_fileno(connection))), defaults[j] != SOCK_FOREVER);
            CHECK_OK(sock_close(connection));
            CHECK_OK(sock_close(client));
        }
    CHECK_OK(sock_close(server));
}

/* R65: at once, in every mode. */
static void test_accept_without_listen(void)
{
    const int64_t modes[] = {SOCK_FOREVER, SEC(5), 0};
    for (size_t i = 0; i < 3; i++) {
        struct sock_addr peer, before;
        memset(&peer, 0x5a, sizeof peer);
        before = peer;
        sock_t tcp = make(AF_INET, SOCK_STREAM), udp = make(AF_INET, SOCK_DGRAM), local = make(AF_UNIX, SOCK_STREAM);
        CHECK_OK(sock_settimeout(tcp, modes[i]));
        CHECK_OK(sock_settimeout(udp, modes[i]));
        CHECK_OK(sock_settimeout(local, modes[i]));
        CHECK_ERR(sock_accept(tcp, &peer), -EINVAL);
        CHECK_ERR(sock_accept(udp, &peer), -EOPNOTSUPP);
        CHECK_ERR(sock_accept(local, &peer), -EINVAL);
        CHECK_MEM(&peer, &before, sizeof peer);
        CHECK_OK(sock_close(tcp));
        CHECK_OK(sock_close(udp));
        CHECK_OK(sock_close(local));
    }
}

/* R133, R134, R135 */
static void test_bind_and_listen(void)
{
    struct sock_addr addr = ip("127.0.0.1", 0), name;
    int64_t port = 0;
    sock_t s = make(AF_INET, SOCK_STREAM);
    CHECK_OK(sock_bind(s, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EINVAL);
    name = local_name(s);
    CHECK_OK(sock_addr_get_ip(&name, NULL, 0, &port, NULL, NULL));
    CHECK_GT(port, 0);
    CHECK_OK(sock_listen(s, -5)); /* 0 */
    CHECK_OK(sock_listen(s, INT32_MAX));
    CHECK_OK(sock_listen(s, SOCK_BACKLOG_DEFAULT));
    CHECK_EQ(SOCK_BACKLOG_DEFAULT, 128);
    CHECK(SOMAXCONN >= SOCK_BACKLOG_DEFAULT);
    sock_t other = make(AF_INET, SOCK_STREAM);
    CHECK_ERR(sock_bind(other, &name), -EADDRINUSE);
    struct sock_addr foreign = ip("192.0.2.1", 0), v6 = ip("::1", 0);
    CHECK_ERR(sock_bind(other, &foreign), -EADDRNOTAVAIL);
    CHECK_ERR(sock_bind(other, &v6), -EAFNOSUPPORT);
    CHECK_OK(sock_listen(other, 1));
    name = local_name(other);
    char host[46];
    CHECK_EQ(sock_addr_get_ip(&name, host, sizeof host, &port, NULL, NULL), 7);
    CHECK_STR(host, "0.0.0.0");
    CHECK_GT(port, 0);
    CHECK_OK(sock_close(other));
    CHECK_OK(sock_close(s));
}

/* R136 */
static void test_shutdown(void)
{
    sock_t pair[2];
    char data[8];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_EQ(sock_send(pair[0], "last", 4, 0), 4);
    CHECK_EQ(sock_shutdown(pair[0], SHUT_WR), 0);
    CHECK_ERR(sock_send(pair[0], "x", 1, 0), -EPIPE);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 0);
    CHECK_EQ(sock_send(pair[1], "back", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[0], data, sizeof data, 0), 4);
    CHECK_ERR(sock_shutdown(pair[0], 3), -EINVAL);
    CHECK_ERR(sock_shutdown(pair[0], -1), -EINVAL);
    CHECK_EQ(sock_shutdown(pair[0], SHUT_RDWR), 0);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
    sock_t s = make(AF_INET, SOCK_STREAM);
    CHECK_ERR(sock_shutdown(s, SHUT_RDWR), -ENOTCONN);
    CHECK_OK(sock_close(s));
}

/* R137, R141: the handle is invalid at once, for every call. */
static void test_close(void)
{
    int before = open_fds();
    sock_t s = make(AF_INET, SOCK_STREAM);
    CHECK_EQ(sock_close(s), 0);
    CHECK_EQ(open_fds(), before);
    CHECK_ERR(sock_close(s), -EBADF);
    CHECK_ERR(sock_recv(s, NULL, 0, 0), -EBADF);
    CHECK_ERR(sock_gettimeout(s), -EBADF);
    CHECK_ERR(sock_family(s), -EBADF);
}

/* Returns the kernel's error from close: here for a descriptor that the program closed. */
static void test_close_returns_the_kernels_error(void)
{
    if (in_valgrind())
        SKIP("valgrind reports the program's double close");
    sock_t s = make(AF_INET, SOCK_STREAM);
    CHECK_SYS(close(CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_close(s), -EBADF);
    CHECK_ERR(sock_fileno(s), -EBADF);
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

TEST_MAIN(test_defaults, test_type_flags, test_refused_by_the_kernel, test_socketpair, test_detection,
          test_given_labels_and_flags_kept, test_failed_adoption_changes_nothing,
          test_adopted_flag_is_left_alone, test_peek_does_not_expose, test_adopted_accept_and_connect,
          test_the_flag_is_the_users, test_detach, test_dup, test_inheritable, test_tcp, test_tcp6,
          test_unix_path, test_unix_abstract, test_unix_autobind, test_udp, test_nonblocking_connect,
          test_unanswered_connect, test_mode_of_accepted_sockets, test_accept_without_listen,
          test_bind_and_listen, test_shutdown, test_close, test_close_returns_the_kernels_error,
          test_what_only_windows_has)
