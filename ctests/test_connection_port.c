/* Connections and their own ports and descriptors: connections to oneself, a fixed source port, and attempts that
 * hold what others need. In a namespace (namespace.h), with a resolver of our own (dns.h). */
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>

#include "dns.h"

static const struct dns_name names[] = {
    {.name = "two.test", .a = "127.7.0.1 127.8.0.1"}, /* one that hangs, and a server */
    {.name = "self.test", .a = "127.0.0.1 127.0.0.2"},
};

static struct sock_attempt attempts[16];
static size_t count;

static struct sock_connect_options options(int64_t timeout)
{
    memset(attempts, 0, sizeof attempts);
    return (struct sock_connect_options){.size = sizeof(struct sock_connect_options),
                                         .timeout_ns = timeout,
                                         .attempts = attempts,
                                         .attempts_cap = 16,
                                         .attempts_count = &count};
}

/* A listener on 127.8.0.1, its port as text; on the same port of 127.7.0.1 one whose queue is full: attempts to it
 * hang. */
static sock_t full, fillers[4];

static sock_t serve(char port[8])
{
    struct sock_addr at;
    int64_t number;
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.8.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_listen(s, 4));
    CHECK_OK(sock_getsockname(s, &at));
    CHECK_OK(sock_addr_get_ip(&at, NULL, 0, &number, NULL, NULL));
    snprintf(port, 8, "%d", (int)number);
    CHECK_OK(sock_addr_ip("127.7.0.1", number, &at));
    full = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(full, &at));
    CHECK_OK(sock_listen(full, 0));
    for (int i = 0; i < 4; i++) {
        fillers[i] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        CHECK_ERR(sock_connect(fillers[i], &at), -EINPROGRESS);
        sleep_ms(2);
    }
    return s;
}

static void stop(sock_t server)
{
    CHECK_OK(sock_close(server));
    CHECK_OK(sock_close(full));
    for (int i = 0; i < 4; i++)
        CHECK_OK(sock_close(fillers[i]));
}

static void port_range(const char *range)
{
    if (!namespace_write("/proc/sys/net/ipv4/ip_local_port_range", range))
        SKIP("the port range cannot be set");
}

/* The kernel may choose the very port that is dialed as the source, and the connection is then one to itself. A dial
 * is refused instead, goes on to other addresses, and leaves nothing in the way of a server. */
static void test_no_connection_to_oneself(void)
{
    struct sock_connect_options o = options(SEC(2));
    dns_start(names, sizeof names / sizeof *names);
    port_range("40000 40001");
    for (int i = 0; i < 8; i++) {
        char port[8];
        snprintf(port, sizeof port, "%d", 40000 + i % 2);
        CHECK_ERR(sock_create_connection(i % 4 < 2 ? "127.0.0.1" : "localhost", port, &o), -ECONNREFUSED);
        /* No connection is left that would keep a server from the port. */
        struct sock_addr at;
        CHECK_OK(sock_addr_ip("127.0.0.1", 40000 + i % 2, &at));
        sock_t server = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_OK(sock_bind(server, &at));
        CHECK_OK(sock_close(server));
    }
    /* The next address has a server; the first may be reached from its own port only. */
    struct sock_addr at;
    CHECK_OK(sock_addr_ip("127.0.0.2", 40000, &at));
    sock_t server = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(server, &at));
    CHECK_OK(sock_listen(server, 8));
    o.family = AF_INET;
    for (int i = 0; i < 2; i++) {
        sock_t s = CHECK_OK(sock_create_connection("self.test", "40000", &o));
        struct sock_addr peer;
        CHECK_OK(sock_getpeername(s, &peer));
        CHECK_EQ(sock_addr_equal(&peer, &at), 1);
        CHECK_EQ(count, 2);
        CHECK_ERR(attempts[0].code, -ECONNREFUSED);
        CHECK_OK(sock_set_linger(s, 1, 0));
        CHECK_OK(sock_close(s));
    }
    CHECK_OK(sock_close(server));
    port_range("32768 60999");
}

/* Who binds the socket to the very port has asked for it. */
static void test_oneself_from_a_chosen_port(void)
{
    struct sock_connect_options o = options(SEC(2));
    struct sock_addr source, peer;
    CHECK_OK(sock_addr_ip("127.0.0.1", 40007, &source));
    o.source = &source;
    sock_t s = CHECK_OK(sock_create_connection("127.0.0.1", "40007", &o));
    CHECK_OK(sock_getpeername(s, &peer));
    CHECK_EQ(sock_addr_equal(&peer, &source), 1);
    CHECK_OK(sock_set_linger(s, 1, 0));
    CHECK_OK(sock_close(s));
}

/* Several attempts from one source port are under way at once, and the socket is as any other afterwards. */
static void test_one_port_for_several_addresses(void)
{
    static const int64_t staggers[] = {0, MS(20), -1};
    char port[8];
    sock_t server = serve(port);
    dns_start(names, sizeof names / sizeof *names);
    for (int i = 0; i < 3; i++) {
        struct sock_connect_options o = options(SEC(5));
        struct sock_addr source, local;
        int reuse = 7;
        CHECK_OK(sock_addr_ip("0.0.0.0", 40010 + i, &source));
        o.source = &source;
        o.stagger_ns = staggers[i];
        o.family = AF_INET;
        if (staggers[i] < 0)
            o.attempt_timeout_ns = MS(100);
        sock_t s = CHECK_OK(sock_create_connection("two.test", port, &o));
        CHECK_EQ(count, 2);
        CHECK_EQ(attempts[1].phase, SOCK_PHASE_CONNECTED);
        int64_t number;
        CHECK_OK(sock_getsockname(s, &local));
        CHECK_OK(sock_addr_get_ip(&local, NULL, 0, &number, NULL, NULL));
        CHECK_EQ(number, 40010 + i);
        CHECK_OK(sock_getsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, &reuse));
        CHECK_EQ(reuse, 0);
        CHECK_OK(sock_set_linger(s, 1, 0));
        CHECK_OK(sock_close(s));
    }
    stop(server);
}

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, (int)(ms * test_scale())) == 1;
}

/* An attempt that found no descriptor is made again when another one has ended. */
static void test_held_up_by_another_attempt(void)
{
    char port[8];
    int taken[2048], takes = 0, before = 0;
    struct rlimit old, few;
    dns_start(names, sizeof names / sizeof *names);
    sock_t server = serve(port);
    struct sock_connect_options o = {.size = sizeof o, .timeout_ns = SEC(20), .attempt_timeout_ns = MS(600),
                                     .stagger_ns = MS(200), .family = AF_INET};
    before = open_fds();
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &old));
    few = old;
    few.rlim_cur = 1024;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &few));
    sock_op_t op = CHECK_OK(sock_create_connection_start("two.test", port, &o));
    int fd = (int)CHECK_OK(sock_fileno(op));
    while (sock_create_connection_attempts(op, NULL, 0) < 1) {
        CHECK(readable(fd, 2000));
        CHECK_EQ(sock_create_connection_step(op), 0);
    }
    /* The first attempt hangs. The second one, when its time has come, finds no descriptor. */
    while ((taken[takes] = dup(0)) >= 0)
        CHECK_LT(++takes, 2047);
    while (sock_create_connection_attempts(op, NULL, 0) < 2) {
        CHECK(readable(fd, 2000));
        CHECK_EQ(sock_create_connection_step(op), 0);
    }
    CHECK_EQ(sock_create_connection_attempts(op, attempts, 16), 2);
    CHECK_ERR(attempts[0].code, 0);
    CHECK_ERR(attempts[1].code, -EMFILE);
    CHECK_EQ(attempts[1].phase, SOCK_PHASE_SOCKET);
    /* The first one ends, and leaves it its descriptor. */
    sock_t s = 0;
    while (s == 0) {
        CHECK(readable(fd, 2000));
        s = sock_create_connection_step(op);
    }
    CHECK_OK(s);
    CHECK_EQ(sock_create_connection_attempts(op, attempts, 16), 3);
    CHECK_ERR(attempts[0].code, SOCK_ETIMEDOUT);
    CHECK_EQ(sock_addr_equal(&attempts[1].address, &attempts[2].address), 1);
    CHECK_EQ(attempts[2].phase, SOCK_PHASE_CONNECTED);
    while (takes > 0)
        CHECK_SYS(close(taken[--takes]));
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
    for (int i = 0; i < 100 && open_fds() > before; i++)
        sleep_ms(10); /* the resolver's thread has a socket for a moment longer */
    CHECK_EQ(open_fds(), before);
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &old));
    stop(server);
}

/* The kernel knows that the socket of a dial is connected. */
static void test_connected_for_the_kernel(void)
{
    char port[8];
    struct sock_addr at;
    sock_t server = serve(port);
    struct sock_connect_options o = options(SEC(5));
    sock_t s = CHECK_OK(sock_create_connection("127.8.0.1", port, &o));
    CHECK_OK(sock_getsockname(server, &at));
    CHECK_ERR(sock_connect(s, &at), -EISCONN);
    CHECK_OK(sock_close(s));
    stop(server);
}

TEST_MAIN(test_no_connection_to_oneself, test_oneself_from_a_chosen_port, test_one_port_for_several_addresses,
          test_connected_for_the_kernel, test_held_up_by_another_attempt,
          test_a_released_resolver_leaves_nothing)
