/* Connections to reachable and unreachable addresses in a namespace (namespace.h), with our own resolver
 * (dns.h). */
#include <netinet/in.h>
#include <poll.h>

#include "dns.h"

static const struct dns_name names[] = {
    {.name = "live.test", .a = "127.0.0.1"},
    {.name = "dead-first.test", .a = "127.0.0.1", .aaaa = "2001:db8:9::2"},
    {.name = "rejected-first.test", .a = "127.0.0.1", .aaaa = "2001:db8:8::1"},
    {.name = "all-dead.test", .a = "10.9.9.2 10.9.9.3", .aaaa = "2001:db8:9::2 2001:db8:9::3"},
    {.name = "refused.test", .a = "127.0.0.9 127.0.0.8", .aaaa = "2001:db8:1::3"},
    {.name = "a-slow.test", .a = "127.0.0.1", .aaaa = "2001:db8:1::1", .a_ms = 1500},
    {.name = "aaaa-slow.test", .a = "127.0.0.1", .aaaa = "2001:db8:1::1", .aaaa_ms = 1500},
    {.name = "aaaa-late.test", .a = "127.0.0.1", .aaaa = "2001:db8:1::1", .aaaa_ms = 20},
    {.name = "both.test", .a = "127.0.0.1", .aaaa = "2001:db8:1::1"},
    {.name = "hang.test", .a_ms = DNS_NEVER, .aaaa_ms = DNS_NEVER},
    {.name = "many.test", .more = 100},
    {.name = "half.test", .a = "127.0.0.1", .aaaa_ms = DNS_NEVER},
};

static void start(void)
{
    dns_start(names, sizeof names / sizeof *names);
}

/* A listener on the wildcard address of both families, so that only the addresses decide; its port as
 * text. */
struct server {
    sock_t s;
    char port[8];
};

static struct server serve(const char *host, int backlog)
{
    struct server server;
    struct sock_addr a;
    int64_t port;
    bool six = strchr(host, ':') != NULL;
    server.s = CHECK_OK(sock_socket(six ? AF_INET6 : AF_INET, SOCK_STREAM, 0));
    if (six)
        CHECK_OK(sock_setsockopt_int(server.s, IPPROTO_IPV6, IPV6_V6ONLY, 0));
    CHECK_OK(sock_bind_host(server.s, host, "0"));
    CHECK_OK(sock_listen(server.s, backlog));
    CHECK_OK(sock_getsockname(server.s, &a));
    CHECK_OK(sock_addr_get_ip(&a, NULL, 0, &port, NULL, NULL));
    snprintf(server.port, sizeof server.port, "%d", (int)port);
    return server;
}

static const char *text(const struct sock_addr *addr)
{
    static char buf[400];
    CHECK_OK(sock_addr_format(addr, buf, sizeof buf));
    return buf;
}

static bool to_host(const struct sock_attempt *attempt, const char *host)
{
    char found[64];
    return sock_addr_get_ip(&attempt->address, found, sizeof found, NULL, NULL, NULL) > 0 && !strcmp(found, host);
}

static struct sock_attempt attempts[128];
static size_t attempts_count;

static struct sock_connect_options options(int64_t timeout)
{
    memset(attempts, 0, sizeof attempts);
    attempts_count = 0;
    return (struct sock_connect_options){.size = sizeof(struct sock_connect_options),
                                         .timeout_ns = timeout,
                                         .attempts = attempts,
                                         .attempts_cap = 128,
                                         .attempts_count = &attempts_count};
}

/* Lookup threads may hold resolver sockets a little longer. */
static void check_fds(int before)
{
    struct sock_lookup_stats c = {.size = sizeof c};
    for (int i = 0; i < 400; i++) {
        CHECK_OK(sock_lookup_stats(&c));
        if (open_fds() == before)
            return;
        sleep_ms(5);
    }
    CHECK_EQ(open_fds(), before);
}

static void test_a_connection_in_one_line(void)
{
    struct server server = serve("127.0.0.1", 5);
    sock_t s = CHECK_OK(sock_create_connection("127.0.0.1", server.port, NULL));
    CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_EQ(sock_type(s), SOCK_STREAM);
    sock_t peer = CHECK_OK(sock_accept(server.s, NULL));
    char c = 0;
    CHECK_EQ(sock_send(s, "x", 1, 0), 1);
    CHECK_EQ(sock_recv(peer, &c, 1, 0), 1);
    CHECK_EQ(c, 'x');
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(s));

    CHECK_OK(sock_setdefaulttimeout(SEC(3))); /* R185: limits the call; the socket inherits it */
    s = sock_create_connection("127.0.0.1", server.port, NULL);
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_OK(s);
    CHECK_EQ(sock_gettimeout(s), SEC(3));
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(server.s));

    CHECK_ERR(sock_create_connection("127.0.0.1", server.port, NULL), -ECONNREFUSED);
    CHECK_ERR(sock_create_connection("127.0.0.1", "65536", NULL), -EINVAL);
    struct sock_connect_options opt = options(-1); /* R188: an invalid argument ends it at once */
    CHECK_ERR(sock_create_connection("127.0.0.1", "1", &opt), -EINVAL);
    opt = options(0), opt.deadline_ns = 1;
    CHECK_ERR(sock_create_connection("127.0.0.1", "1", &opt), SOCK_ETIMEDOUT);
    opt = options(0), opt.attempts = NULL;
    CHECK_ERR(sock_create_connection("127.0.0.1", "1", &opt), -EFAULT);
    opt = options(0), opt.attempt_timeout_ns = -1;
    CHECK_ERR(sock_create_connection("127.0.0.1", "1", &opt), -EINVAL);
    opt = options(0), opt.cancel = 12345;
    CHECK_ERR(sock_create_connection("127.0.0.1", "1", &opt), -EBADF);
    CHECK_STR(sock_err_name(sock_create_connection("", "80", NULL)), "EAI_NONAME"); /* R164 */
    CHECK_STR(sock_err_name(sock_create_connection(NULL, NULL, NULL)), "EAI_NONAME");
}

static void test_a_dead_address_costs_a_quarter_of_a_second(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    struct sock_connect_options opt = options(SEC(5));
    int64_t began = now_ns();
    sock_t s = CHECK_OK(sock_create_connection("dead-first.test", server.port, &opt));
    CHECK_TIME(now_ns() - began, 240, 300);
    CHECK_EQ(attempts_count, 2);
    CHECK(to_host(&attempts[0], "2001:db8:9::2"));
    CHECK_EQ(attempts[0].phase, SOCK_PHASE_CONNECT);
    CHECK_ERR(attempts[0].code, SOCK_ECANCELED); /* still pending until the other had won */
    CHECK_EQ(attempts[1].phase, SOCK_PHASE_CONNECTED);
    CHECK_EQ(attempts[1].code, 0);
    CHECK_GE(attempts[0].end_ns, attempts[1].start_ns);
    CHECK_GE(attempts[1].start_ns - attempts[0].start_ns, MS(250));
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(server.s));
}

static void test_a_failure_starts_the_next_at_once(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    struct sock_connect_options opt = options(SEC(5));
    int64_t began = now_ns();
    sock_t s = CHECK_OK(sock_create_connection("rejected-first.test", server.port, &opt));
    CHECK_TIME(now_ns() - began, 0, 100);
    CHECK_EQ(attempts_count, 2);
    CHECK_ERR(attempts[0].code, -EHOSTUNREACH);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(server.s));
}

static void test_all_dead_is_one_error_at_the_deadline(void)
{
    start();
    int fds = open_fds();
    struct sock_connect_options opt = options(MS(1200));
    int64_t began = now_ns();
    CHECK_ERR(sock_create_connection("all-dead.test", "80", &opt), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 1200, 1220);
    CHECK_EQ(attempts_count, 4);
    CHECK(to_host(&attempts[0], "2001:db8:9::2")); /* the families alternate */
    CHECK(to_host(&attempts[1], "10.9.9.2"));
    CHECK(to_host(&attempts[2], "2001:db8:9::3"));
    CHECK(to_host(&attempts[3], "10.9.9.3"));
    for (int i = 0; i < 4; i++) {
        CHECK_ERR(attempts[i].code, SOCK_ETIMEDOUT);
        CHECK_EQ(attempts[i].phase, SOCK_PHASE_CONNECT);
        CHECK_GT(attempts[i].end_ns, attempts[i].start_ns);
    }
    CHECK_GE(attempts[3].start_ns - attempts[0].start_ns, MS(750));
    CHECK_LE(attempts[3].start_ns - attempts[0].start_ns, MS(850 * test_scale()));
    check_fds(fds);
}

/* R187: one error code, and a report of all attempts. */
static void test_code_of_the_furthest_attempt(void)
{
    start();
    struct sock_connect_options opt = options(SEC(5));
    CHECK_ERR(sock_create_connection("refused.test", "1", &opt), -ECONNREFUSED);
    CHECK_EQ(attempts_count, 3);
    opt = options(SEC(5));
    CHECK_ERR(sock_create_connection("many.test", "1", &opt), -ENETUNREACH);
    CHECK_GE(attempts_count, 100);
    opt = options(SEC(5));
    CHECK_STR(sock_err_name(sock_create_connection("gone.test", "1", &opt)), "EAI_NONAME");
    CHECK_EQ(attempts_count, 2);
    CHECK_EQ(attempts[0].phase, SOCK_PHASE_LOOKUP);
    opt = options(SEC(5)), opt.attempts_cap = 1;
    CHECK_ERR(sock_create_connection("refused.test", "1", &opt), -ECONNREFUSED);
    CHECK_EQ(attempts_count, 3);
    CHECK_EQ(attempts[1].phase, 0); /* no more than the array holds */
}

static void test_one_family_is_enough(void)
{
    start();
    struct server server = serve("::", 8);
    struct sock_connect_options opt = options(SEC(5));
    struct sock_addr peer;
    int64_t began = now_ns();
    sock_t s = CHECK_OK(sock_create_connection("a-slow.test", server.port, &opt)); /* IPv6 at once */
    CHECK_TIME(now_ns() - began, 0, 100);
    CHECK_OK(sock_getpeername(s, &peer));
    CHECK_EQ(sock_addr_family(&peer), AF_INET6);
    CHECK_OK(sock_close(s));

    opt = options(SEC(5)), began = now_ns();
    s = CHECK_OK(sock_create_connection("aaaa-slow.test", server.port, &opt)); /* IPv4 waits 50 ms */
    CHECK_TIME(now_ns() - began, 50, 150);
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_OK(sock_close(s));

    opt = options(SEC(5)), opt.resolution_delay_ns = SEC(1), began = now_ns();
    s = CHECK_OK(sock_create_connection("aaaa-late.test", server.port, &opt)); /* IPv6 in time */
    CHECK_TIME(now_ns() - began, 20, 120);
    CHECK_EQ(sock_family(s), AF_INET6);
    CHECK_OK(sock_close(s));

    opt = options(SEC(5)), opt.resolution_delay_ns = -1, began = now_ns();
    s = CHECK_OK(sock_create_connection("aaaa-slow.test", server.port, &opt));
    CHECK_TIME(now_ns() - began, 0, 45);
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_OK(sock_close(s));

    opt = options(SEC(5)), opt.family = AF_INET;
    s = CHECK_OK(sock_create_connection("both.test", server.port, &opt));
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_OK(sock_close(s));

    opt = options(MS(300)), began = now_ns(); /* an address that refuses, and a lookup that hangs */
    CHECK_ERR(sock_create_connection("half.test", "1", &opt), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 300, 320);
    CHECK_EQ(attempts_count, 2);
    CHECK_ERR(attempts[0].code, -ECONNREFUSED);
    CHECK_EQ(attempts[1].phase, SOCK_PHASE_LOOKUP);
    CHECK_OK(sock_close(server.s));
}

static void test_sequential_attempts(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    struct sock_connect_options opt = options(SEC(5)); /* R184: one attempt at a time */
    opt.stagger_ns = -1, opt.attempt_timeout_ns = MS(400);
    int64_t began = now_ns();
    sock_t s = CHECK_OK(sock_create_connection("dead-first.test", server.port, &opt));
    CHECK_TIME(now_ns() - began, 400, 480);
    CHECK_EQ(attempts_count, 2);
    CHECK_ERR(attempts[0].code, SOCK_ETIMEDOUT);
    CHECK_GE(attempts[1].start_ns, attempts[0].end_ns);
    CHECK_OK(sock_close(s));
    opt = options(MS(700)), opt.stagger_ns = -1, opt.attempt_timeout_ns = MS(200), began = now_ns();
    CHECK_ERR(sock_create_connection("all-dead.test", "1", &opt), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 700, 720); /* R185: one deadline; Python: one per address */
    CHECK_EQ(attempts_count, 4);
    CHECK_OK(sock_close(server.s));
}

struct drain {
    sock_t listener;
    double after_ms;
};

static void accept_late(void *arg)
{
    struct drain *drain = arg;
    sleep_ms(drain->after_ms);
    for (int i = 0; i < 8; i++) {
        sock_settimeout(drain->listener, SEC(3));
        sock_t s = sock_accept(drain->listener, NULL);
        if (s < 0)
            return;
        sock_close(s);
    }
}

static void test_a_slow_network_still_connects(void)
{
    start();
    /* A full backlog drops a SYN; the kernel sends it again after a second. */
    struct server server = serve("127.0.0.1", 0);
    sock_t fill[4];
    int filled = 0;
    struct sock_connect_options opt = options(MS(200));
    for (; filled < 4; filled++) {
        fill[filled] = sock_create_connection("127.0.0.1", server.port, &opt);
        if (fill[filled] < 0)
            break;
    }
    CHECK_LT(filled, 4);
    struct drain drain = {server.s, 700};
    struct thread t;
    thread_start(&t, accept_late, &drain);
    opt = options(SEC(10));
    int64_t began = now_ns();
    sock_t s = CHECK_OK(sock_create_connection("127.0.0.1", server.port, &opt));
    CHECK_TIME(now_ns() - began, 900, 3500);
    CHECK_OK(sock_close(s));
    while (filled > 0)
        CHECK_OK(sock_close(fill[--filled]));
    thread_join(&t);
    CHECK_OK(sock_close(server.s));
}

static void test_the_source_address(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    struct sock_addr source, found;
    struct sock_connect_options opt = options(SEC(5));
    CHECK_OK(sock_addr_ip("127.0.0.77", 0, &source));
    opt.source = &source;
    sock_t s = CHECK_OK(sock_create_connection("both.test", server.port, &opt));
    CHECK_OK(sock_getsockname(s, &found));
    CHECK(strncmp(text(&found), "127.0.0.77:", 11) == 0);
    CHECK_EQ(attempts_count, 2); /* R186: an address of the other family counts as a failed attempt */
    CHECK_EQ(attempts[0].phase, SOCK_PHASE_BIND);
    CHECK_LT(attempts[0].code, 0);
    CHECK_OK(sock_close(s));
    source.zero = 1;
    CHECK_ERR(sock_create_connection("both.test", server.port, &opt), -EINVAL);
    CHECK_OK(sock_close(server.s));
}

static void test_fast_open(void)
{
    struct server server = serve("127.0.0.1", 5);
    struct sock_connect_options opt = options(SEC(5));
    opt.fast_open = 1;
    sock_t s = CHECK_OK(sock_create_connection("127.0.0.1", server.port, &opt));
    int on = 0;
    CHECK_OK(sock_getsockopt_int(s, IPPROTO_TCP, 30 /* TCP_FASTOPEN_CONNECT */, &on));
    CHECK_EQ(on, 1);
    CHECK_EQ(sock_send(s, "x", 1, 0), 1);
    sock_t peer = CHECK_OK(sock_accept(server.s, NULL));
    CHECK_OK(sock_close(peer));
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(server.s));
}

/* In an event loop ---------------------------------------------------------------------------------- */

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, (int)(ms * (ms > 0 ? test_scale() : 1))) == 1;
}

static void test_a_dial_as_an_operation(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    int fds = open_fds();
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = SEC(5)};
    sock_op_t op = CHECK_OK(sock_create_connection_start("dead-first.test", server.port, &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    int64_t began = now_ns();
    int steps = 0;
    sock_t s = 0;
    while (s == 0) {
        CHECK(readable(fd, 2000));
        s = sock_create_connection_step(op);
        steps++;
    }
    CHECK_OK(s);
    CHECK_TIME(now_ns() - began, 240, 300);
    CHECK_LE(steps, 6);
    CHECK_EQ(sock_create_connection_attempts(op, NULL, 0), 2);
    CHECK_EQ(sock_create_connection_attempts(op, attempts, 128), 2);
    CHECK_EQ(attempts[1].phase, SOCK_PHASE_CONNECTED);
    CHECK_ERR(sock_create_connection_attempts(op, NULL, 1), -EFAULT);
    CHECK_ERR(sock_create_connection_attempts(s, attempts, 1), -ENOTSOCK);
    CHECK_ERR(sock_create_connection_step(op), -EINVAL);
    CHECK_ERR(sock_getaddrinfo_step(op), -ENOTSOCK);
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_create_connection_step(op), -EBADF);
    CHECK_OK(sock_close(s));
    opt = options(SEC(1));
    CHECK_ERR(sock_create_connection_start("127.0.0.1", "1", &opt), -EINVAL);
    check_fds(fds);
    CHECK_OK(sock_close(server.s));
}

static void in_child(void *arg)
{
    sock_op_t op = *(sock_op_t *)arg;
    CHECK_ERR(sock_create_connection_step(op), -ESTALE);
    CHECK_ERR(sock_create_connection_attempts(op, NULL, 0), -ESTALE);
    CHECK_OK(sock_close(op));
}

static void test_fork_leaves_a_dial_to_the_parent(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = SEC(5)};
    sock_op_t op = CHECK_OK(sock_create_connection_start("dead-first.test", server.port, &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    CHECK_EQ(sock_create_connection_step(op), 0);
    sleep_ms(50);
    CHECK_EQ(sock_create_connection_step(op), 0); /* the attempt on the dead address is under way */
    child_join(child_start(in_child, &op));
    sock_t s = 0;
    while (s == 0) {
        CHECK(readable(fd, 2000));
        s = sock_create_connection_step(op);
    }
    CHECK_OK(s);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(server.s));
}

static void test_ending_at_every_moment_leaks_nothing(void)
{
    start();
    struct server server = serve("127.0.0.1", 64);
    struct sock_lookup_stats before = {.size = sizeof before}, after = {.size = sizeof after};
    static const char *const hosts[] = {"dead-first.test", "all-dead.test", "refused.test", "both.test"};
    int fds = open_fds();
    CHECK_OK(sock_lookup_stats(&before));
    for (int events = 0; events < 6; events++) {
        for (int how = 0; how < 12; how++) {
            sock_cancel_t c = CHECK_OK(sock_cancel_new());
            struct sock_connect_options opt = {
                .size = sizeof opt, .timeout_ns = SEC(5), .stagger_ns = MS(5), .cancel = c};
            sock_op_t op = CHECK_OK(sock_create_connection_start(hosts[how % 4], server.port, &opt));
            int fd = (int)CHECK_OK(sock_fileno(op));
            sock_t s = 0;
            for (int i = 0; i < events && s == 0; i++)
                if (readable(fd, 30))
                    s = sock_create_connection_step(op);
            if (s > 0)
                CHECK_OK(sock_close(s));
            if (how / 4 == 1)
                CHECK_OK(sock_cancel_fire(c));
            if (how / 4 == 2)
                CHECK_OK(sock_setdeadline(op, SOCK_READ, 0));
            if (how / 4 >= 1 && s == 0) {
                CHECK(readable(fd, 0));
                CHECK_ERR(sock_create_connection_step(op), how / 4 == 1 ? SOCK_ECANCELED : SOCK_ETIMEDOUT);
            }
            CHECK_OK(sock_close(op));
            CHECK_OK(sock_close(c));
        }
    }
    check_fds(fds);
    CHECK_OK(sock_lookup_stats(&after));
    CHECK_LE(after.threads, 16);
    CHECK_OK(sock_close(server.s));
}

struct dial {
    sock_cancel_t cancel;
    sock_t s;
    const char *host;
    int64_t result, ended;
};

static void dial(void *arg)
{
    struct dial *d = arg;
    struct sock_connect_options opt = {.size = sizeof opt, .timeout_ns = SEC(60), .cancel = d->cancel};
    d->result = sock_create_connection(d->host, "80", &opt);
    d->ended = now_ns();
}

static void test_cancel_ends_a_dial_at_once(void)
{
    start();
    static const char *const hosts[] = {"hang.test", "all-dead.test", "10.9.9.2"};
    int fds = open_fds();
    for (int i = 0; i < 3; i++) {
        struct dial d = {.cancel = CHECK_OK(sock_cancel_new()), .host = hosts[i]};
        struct thread t;
        thread_start(&t, dial, &d);
        sleep_ms(100);
        int64_t fired = now_ns();
        CHECK_OK(sock_cancel_fire(d.cancel));
        thread_join_within(&t, 1000);
        CHECK_ERR(d.result, SOCK_ECANCELED);
        CHECK_TIME(d.ended - fired, 0, 20);
        CHECK_OK(sock_close(d.cancel));
    }
    CHECK_LE(open_fds(), fds + 4); /* resolver sockets that still hang */
}

/* On existing sockets ------------------------------------------------------------------------------- */

static void connect_hanging(void *arg)
{
    struct dial *d = arg;
    d->result = sock_connect_host(d->s, d->host, "80");
    d->ended = now_ns();
}

static void test_connect_and_bind_by_name(void)
{
    start();
    struct server server = serve("127.0.0.1", 5);
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind_host(s, "live.test", "0"));
    CHECK_OK(sock_settimeout(s, SEC(5)));
    CHECK_OK(sock_connect_host(s, "live.test", server.port));
    CHECK_OK(sock_close(s));

    s = CHECK_OK(sock_socket(AF_INET6, SOCK_STREAM, 0));
    CHECK_STR(sock_err_name(sock_connect_host(s, "127.0.0.1", "80")), "EAI_ADDRFAMILY");
    CHECK_STR(sock_err_name(sock_connect_host(s, "gone.test", "80")), "EAI_NONAME");
    CHECK_ERR(sock_connect_host(s, "gone.test", "70000"), -EINVAL);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_connect_host(s, "127.0.0.1", "80"), -EBADF);

    /* One timeout for the lookup and the connection. */
    s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_settimeout(s, MS(200)));
    int64_t began = now_ns();
    CHECK_ERR(sock_connect_host(s, "hang.test", "80"), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 220);
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    /* A close wakes a call that waits for a lookup. */
    struct dial d = {.s = s, .host = "hang.test"};
    struct thread t;
    thread_start(&t, connect_hanging, &d);
    thread_wait_blocked(&t);
    CHECK_OK(sock_close(s));
    thread_join_within(&t, 1000);
    CHECK_ERR(d.result, SOCK_ECLOSED);

    s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(sock_connect_host(s, "live.test", "80"), -EAFNOSUPPORT);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(server.s));
}

TEST_MAIN(test_a_connection_in_one_line, test_fast_open, test_a_dead_address_costs_a_quarter_of_a_second,
          test_a_failure_starts_the_next_at_once, test_all_dead_is_one_error_at_the_deadline,
          test_code_of_the_furthest_attempt, test_sequential_attempts, test_the_source_address,
          test_a_dial_as_an_operation, test_fork_leaves_a_dial_to_the_parent,
          test_ending_at_every_moment_leaks_nothing, test_a_slow_network_still_connects,
          test_one_family_is_enough, test_connect_and_bind_by_name, test_cancel_ends_a_dial_at_once,
          test_a_released_resolver_leaves_nothing)
