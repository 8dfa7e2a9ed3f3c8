/* Binding, connecting, accepting, shutting down and closing. */
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

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

TEST_MAIN(test_tcp, test_tcp6, test_unix_path, test_unix_abstract, test_unix_autobind, test_udp,
          test_nonblocking_connect, test_unanswered_connect, test_mode_of_accepted_sockets,
          test_accept_without_listen, test_bind_and_listen, test_shutdown, test_close,
          test_close_returns_the_kernels_error)
