/* Servers: sock_create_server, sock_create_servers and socket activation. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "namespace.h"

static char port_text[8];

static const char *port_of(sock_t s)
{
    struct sock_addr a;
    int64_t port;
    CHECK_OK(sock_getsockname(s, &a));
    CHECK_OK(sock_addr_get_ip(&a, NULL, 0, &port, NULL, NULL));
    snprintf(port_text, sizeof port_text, "%d", (int)port);
    return port_text;
}

static int option(sock_t s, int level, int name)
{
    int value = -1;
    CHECK_OK(sock_getsockopt_int(s, level, name, &value));
    return value;
}

static void check_serves(sock_t server, const char *host)
{
    sock_t s = CHECK_OK(sock_create_connection(host, port_of(server), NULL));
    sock_t peer = CHECK_OK(sock_accept(server, NULL));
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(s));
}

static void test_a_server_in_one_line(void)
{
    sock_t s = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    CHECK_EQ(option(s, SOL_SOCKET, SO_REUSEADDR), 1); /* R189 */
    CHECK_EQ(option(s, SOL_SOCKET, SO_ACCEPTCONN), 1);
    CHECK_EQ(option(s, SOL_SOCKET, SO_REUSEPORT), 0);
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
    check_serves(s, "127.0.0.1");
    /* R192: the code of bind, and the address in the error text. */
    char port[8], text[200];
    snprintf(port, sizeof port, "%s", port_of(s));
    wait_once();
    int fds = open_fds();
    CHECK_ERR(sock_create_server("127.0.0.1", port, NULL), -EADDRINUSE);
    CHECK_OK(sock_last_error(NULL, text, sizeof text));
    CHECK(strstr(text, "127.0.0.1:") && strstr(text, port));
    CHECK_ERR(sock_create_server("192.0.2.1", "0", NULL), -EADDRNOTAVAIL);
    CHECK_ERR(sock_create_server("127.0.0.1", "65536", NULL), -EINVAL);
    CHECK_EQ(open_fds(), fds);
    CHECK_OK(sock_close(s));
    s = CHECK_OK(sock_create_server(NULL, "0", NULL)); /* the wildcard */
    check_serves(s, "127.0.0.1");
    CHECK_OK(sock_close(s));
    s = CHECK_OK(sock_create_server("localhost", "0", NULL));
    check_serves(s, "127.0.0.1");
    CHECK_OK(sock_close(s));
}

static void test_reuse_port(void)
{
    struct sock_server_options opt = {.size = sizeof opt, .reuse_port = 1};
    sock_t a = CHECK_OK(sock_create_server("127.0.0.1", "0", &opt));
    sock_t b = CHECK_OK(sock_create_server("127.0.0.1", port_of(a), &opt));
    CHECK_EQ(option(b, SOL_SOCKET, SO_REUSEPORT), 1);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
    opt.family = AF_UNIX;
    CHECK_ERR(sock_create_server("@x", NULL, &opt), -EINVAL); /* R190 */
}

static void test_both_families(void)
{
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_INET6};
    if (!sock_has_dualstack_ipv6())
        SKIP("no IPv6"); /* R193 */
    sock_t s = CHECK_OK(sock_create_server("", "0", &opt));
    CHECK_EQ(option(s, IPPROTO_IPV6, IPV6_V6ONLY), 1); /* R191 */
    check_serves(s, "::1");
    CHECK_ERR(sock_create_connection("127.0.0.1", port_of(s), NULL), -ECONNREFUSED);
    CHECK_OK(sock_close(s));
    opt.dualstack = 1;
    s = CHECK_OK(sock_create_server("", "0", &opt));
    CHECK_EQ(option(s, IPPROTO_IPV6, IPV6_V6ONLY), 0);
    check_serves(s, "::1");
    check_serves(s, "127.0.0.1");
    CHECK_OK(sock_close(s));
    opt.family = AF_INET;
    CHECK_ERR(sock_create_server("", "0", &opt), -EINVAL);
}

static void test_every_address_of_a_name(void)
{
    sock_t all[8];
    wait_once();
    int fds = open_fds();
    int64_t count = CHECK_OK(sock_create_servers(NULL, "0", NULL, all, 8));
    CHECK_GE(count, 1);
    char port[8];
    snprintf(port, sizeof port, "%s", port_of(all[0]));
    for (int i = 0; i < count; i++) {
        CHECK_STR(port_of(all[i]), port);
        check_serves(all[i], sock_family(all[i]) == AF_INET ? "127.0.0.1" : "::1");
    }
    /* A port that is in use on one address is used on none. */
    int before = open_fds();
    CHECK_ERR(sock_create_servers(NULL, port, NULL, all, 8), -EADDRINUSE);
    CHECK_EQ(open_fds(), before);
    for (int i = 0; i < count; i++)
        CHECK_OK(sock_close(all[i]));
    if (count > 1)
        CHECK_ERR(sock_create_servers(NULL, "0", NULL, all, 1), -ENOBUFS);
    CHECK_ERR(sock_create_servers(NULL, "0", NULL, NULL, 8), -EFAULT);
    CHECK_EQ(open_fds(), fds);
}

static int occupy(int family, int port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int s = (int)CHECK_SYS(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)), on = 1;
    if (family == AF_INET6)
        CHECK_SYS(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
    CHECK_SYS(family == AF_INET6 ? bind(s, (struct sockaddr *)&v6, sizeof v6)
                                 : bind(s, (struct sockaddr *)&v4, sizeof v4));
    CHECK_SYS(listen(s, 1));
    return s;
}

/* The port that the kernel chooses for the first address may be taken at the second: then another is chosen. Of 48
 * ports each family has a third. */
static void test_a_free_port_is_free_at_every_address(void)
{
    enum { FIRST = 40000, PORTS = 48 };
    sock_t all[8];
    int taken[PORTS], n = 0;
    namespace_enter();
    wait_once();
    FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "we");
    if (!range || fprintf(range, "%d %d", FIRST, FIRST + PORTS - 1) < 0 || fclose(range) != 0)
        SKIP("the range of ports cannot be set here");
    for (int i = 0; i < PORTS; i++)
        if (i / 2 % 3 != 2) /* the kernel looks at every other port first */
            taken[n++] = occupy(i / 2 % 3 == 0 ? AF_INET : AF_INET6, FIRST + i);
    int fds = open_fds();
    for (int round = 0; round < 30; round++) {
        int64_t count = CHECK_OK(sock_create_servers(NULL, "0", NULL, all, 8));
        CHECK_EQ(count, 2);
        for (int i = 0; i < count; i++)
            CHECK_OK(sock_close(all[i]));
    }
    CHECK_EQ(open_fds(), fds);
    /* Where there is none, it does not choose for ever. */
    for (int i = 0; i < PORTS; i++)
        if (i / 2 % 3 == 2)
            taken[n++] = occupy(AF_INET6, FIRST + i);
    CHECK_ERR(sock_create_servers(NULL, "0", NULL, all, 8), -EADDRINUSE);
    while (n > 0)
        CHECK_SYS(close(taken[--n]));
}

static void test_unix_paths(void)
{
    char dir[] = "/tmp/sock-server-XXXXXX", path[64];
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/s", dir);
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_UNIX, .file_mode = 0640};
    struct stat st;
    mode_t mask = umask(0);
    sock_t s = sock_create_server(path, NULL, &opt);
    umask(077);
    CHECK_OK(s);
    CHECK_SYS(stat(path, &st));
    CHECK_EQ(st.st_mode & 07777, 0640);
    CHECK(S_ISSOCK(st.st_mode));
    CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
    /* A server listens: the path is not stale. */
    opt.remove_stale = 1;
    CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
    CHECK_OK(sock_close(s));
    /* No server listens: the path is removed only on request; file_mode applies regardless of the umask. */
    opt.remove_stale = 0;
    CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
    opt.remove_stale = 1;
    s = sock_create_server(path, NULL, &opt);
    umask(mask);
    CHECK_OK(s);
    CHECK_SYS(stat(path, &st));
    CHECK_EQ(st.st_mode & 07777, 0640);
    CHECK_OK(sock_close(s));
    CHECK_SYS(unlink(path));
    /* A file that is not a socket is never removed. */
    CHECK_SYS(close((int)CHECK_SYS(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600))));
    CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
    CHECK_SYS(unlink(path));
    CHECK_SYS(rmdir(dir));

    opt = (struct sock_server_options){.size = sizeof opt, .family = AF_UNIX};
    char name[64];
    snprintf(name, sizeof name, "@sock-test-%d", (int)getpid());
    s = CHECK_OK(sock_create_server(name, NULL, &opt));
    CHECK_ERR(sock_create_server(name, NULL, &opt), -EADDRINUSE);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_create_server(name, "80", &opt), -EINVAL);
    opt.file_mode = 010000;
    CHECK_ERR(sock_create_server(name, NULL, &opt), -EINVAL);
    opt.family = AF_INET, opt.file_mode = 0600;
    CHECK_ERR(sock_create_server("127.0.0.1", "0", &opt), -EINVAL);
}

/* A rival server that takes the path over between two calls of sock_create_server. The library calls connect(2),
 * bind(2) and listen(2) by name, so these functions of the program run in place of the C library's. */
static struct rival {
    enum { AFTER_NOTHING, AFTER_PROBE, AFTER_BIND, BEFORE_LISTEN } when;
    const char *path, *target; /* with a target, a symbolic link takes the path over */
    int fd, failed;
} rival;

int bind_to(int fd, const struct sockaddr *to, socklen_t len) __asm__("bind");
int connect_to(int fd, const struct sockaddr *to, socklen_t len) __asm__("connect");
int listen_with(int fd, int backlog) __asm__("listen");

static void rival_takes_over(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    rival.when = AFTER_NOTHING;
    memcpy(at.sun_path, rival.path, strlen(rival.path));
    rival.failed |= unlink(rival.path);
    if (rival.target) {
        rival.failed |= symlink(rival.target, rival.path);
        return;
    }
    rival.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rival.failed |= (int)syscall(SYS_bind, rival.fd, &at, sizeof at) | (int)syscall(SYS_listen, rival.fd, 5);
}

int bind_to(int fd, const struct sockaddr *to, socklen_t len)
{
    int result = (int)syscall(SYS_bind, fd, to, len);
    if (result == 0 && rival.when == AFTER_BIND)
        rival_takes_over();
    return result;
}

int connect_to(int fd, const struct sockaddr *to, socklen_t len)
{
    int result = (int)syscall(SYS_connect, fd, to, len), error = errno;
    if (result == -1 && error == ECONNREFUSED && rival.when == AFTER_PROBE)
        rival_takes_over();
    errno = error;
    return result;
}

int listen_with(int fd, int backlog)
{
    if (rival.when != BEFORE_LISTEN)
        return (int)syscall(SYS_listen, fd, backlog);
    rival_takes_over();
    errno = EADDRINUSE;
    return -1;
}

/* A socket file is removed, and its mode changed, only while it is the file that was bound or probed. */
static void test_files_of_a_newer_server_are_left_alone(void)
{
    char dir[] = "/tmp/sock-server-XXXXXX", path[64], other[64];
    struct stat st;
    CHECK(mkdtemp(dir) != NULL);
    snprintf(path, sizeof path, "%s/s", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_UNIX, .remove_stale = 1};
    wait_once();
    int fds = open_fds();
    for (int when = AFTER_PROBE; when <= BEFORE_LISTEN; when += BEFORE_LISTEN - AFTER_PROBE) {
        CHECK_OK(sock_close(CHECK_OK(sock_create_server(path, NULL, &opt)))); /* leaves a stale file */
        rival = (struct rival){.when = when, .path = path, .fd = -1};
        CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
        CHECK_EQ(rival.when, AFTER_NOTHING); /* it did take over */
        CHECK_EQ(rival.failed, 0);
        struct sock_addr at;
        CHECK_OK(sock_addr_unix(path, strlen(path), &at));
        sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        CHECK_ERR(sock_connect(s, &at), 0); /* and is still reached */
        CHECK_OK(sock_close(s));
        CHECK_SYS(close(rival.fd));
        CHECK_SYS(unlink(path));
    }
    /* A symbolic link in its place: what it points to keeps its mode, and the link stays. */
    CHECK_SYS(close((int)CHECK_SYS(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600))));
    rival = (struct rival){.when = AFTER_BIND, .path = path, .target = other};
    opt.file_mode = 0666;
    CHECK_ERR(sock_create_server(path, NULL, &opt), -EADDRINUSE);
    CHECK_EQ(rival.when + rival.failed, 0);
    CHECK_SYS(stat(other, &st));
    CHECK_EQ(st.st_mode & 07777, 0600);
    CHECK_SYS(lstat(path, &st));
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(open_fds(), fds);
    CHECK_SYS(unlink(path));
    CHECK_SYS(unlink(other));
    CHECK_SYS(rmdir(dir));
}

/* In a child: descriptors from 3 up are those that a service manager passes. */
static void activated(void *arg)
{
    (void)arg;
    char text[32], name[64];
    /* Create the listeners with high numbers first, then move them to 3 and 4. */
    sock_t tcp = CHECK_OK(sock_create_server("127.0.0.1", "0", NULL));
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_UNIX};
    snprintf(name, sizeof name, "@sock-activated-%d", (int)getpid());
    sock_t local = CHECK_OK(sock_create_server(name, NULL, &opt));
    int high[2] = {(int)CHECK_SYS(fcntl((int)sock_fileno(tcp), F_DUPFD, 100)),
                   (int)CHECK_SYS(fcntl((int)sock_fileno(local), F_DUPFD, 100))};
    CHECK_OK(sock_close(tcp));
    CHECK_OK(sock_close(local));
    CHECK_SYS(dup2(high[0], 3));
    CHECK_SYS(dup2(high[1], 4));
    int file = (int)CHECK_SYS(open("/dev/null", O_RDONLY));
    if (file != 5) {
        CHECK_SYS(dup2(file, 5));
        close(file);
    }
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_FDS", "3", 1);
    setenv("LISTEN_PID", "1", 1);
    CHECK_EQ(sock_activation_count(), 0); /* for another process */
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDNAMES", "web:", 1);
    CHECK_EQ(sock_activation_count(), 3);
    CHECK_OK(sock_activation_name(0, name, sizeof name));
    CHECK_STR(name, "web");
    CHECK_OK(sock_activation_name(1, name, sizeof name));
    CHECK_STR(name, "unknown");
    sock_t a = CHECK_OK(sock_activation_take(0));
    CHECK_EQ(sock_family(a), AF_INET);
    CHECK_EQ(sock_get_inheritable(a), 0);
    CHECK_ERR(sock_activation_take(0), -EALREADY);
    sock_t b = CHECK_OK(sock_activation_take(1));
    CHECK_EQ(sock_family(b), AF_UNIX);
    CHECK_ERR(sock_activation_take(2), -ENOTSOCK);
    CHECK_EQ(CHECK_SYS(fcntl(5, F_GETFD)), 0); /* stays as it is: not close-on-exec */
    CHECK_ERR(sock_activation_take(3), -EINVAL);
    CHECK_ERR(sock_activation_name(-1, name, sizeof name), -EINVAL);
    check_serves(a, "127.0.0.1");
    CHECK_OK(sock_close(a));
    CHECK_ERR(sock_activation_take(0), -EALREADY); /* the number now belongs to another socket */
    CHECK_OK(sock_close(b));
    setenv("LISTEN_FDS", "x", 1);
    CHECK_ERR(sock_activation_count(), -EINVAL);
}

static void test_sockets_of_the_service_manager(void)
{
    CHECK_EQ(sock_activation_count(), 0);
    CHECK_ERR(sock_activation_take(0), -EINVAL);
    child_join(child_start(activated, NULL));
}

TEST_MAIN(test_a_server_in_one_line, test_reuse_port, test_both_families, test_every_address_of_a_name,
          test_unix_paths, test_files_of_a_newer_server_are_left_alone,
          test_sockets_of_the_service_manager, test_a_free_port_is_free_at_every_address)
