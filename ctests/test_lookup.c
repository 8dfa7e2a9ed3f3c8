/* Names: src/ffi/lookup.rs. The resolver is a DNS server of ours in a namespace (dns.h). */
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "dns.h"

static const struct dns_name names[] = {
    {.name = "plain.test", .a = "192.0.2.1", .aaaa = "2001:db8::1"},
    {.name = "hang.test", .a_ms = DNS_NEVER, .aaaa_ms = DNS_NEVER},
    {.name = "slow.test", .a = "192.0.2.2", .a_ms = 300, .aaaa_ms = 300},
    {.name = "fail.test", .rcode = DNS_SERVFAIL},
    {.name = "empty.test"},
    {.name = "many.test", .more = 100},
    {.name = "xn--bcher-kva.test", .a = "192.0.2.3"},
    {.name = "5.2.0.192.in-addr.arpa", .rcode = DNS_NXDOMAIN},
};

static void start(void)
{
    dns_start(names, sizeof names / sizeof *names);
}

#define CHECK_NAMED(code, name) CHECK_STR(sock_err_name(code), name)

static void set_hang(int hang)
{
    __atomic_store_n(&dns.hang, hang, __ATOMIC_SEQ_CST);
}

static const char *text(const struct sock_addr *addr)
{
    static char buf[400];
    CHECK_OK(sock_addr_format(addr, buf, sizeof buf));
    return buf;
}

static struct sock_lookup_counts counts(void)
{
    struct sock_lookup_counts c;
    CHECK_OK(sock_lookup_stats(&c));
    return c;
}

/* Waits until the pool is without work. */
static void wait_idle(double ms)
{
    int64_t end = now_ns() + MS(ms * test_scale());
    while (counts().running + counts().queued > 0 && now_ns() < end)
        sleep_ms(5);
    CHECK_EQ(counts().running + counts().queued, 0);
}

/* Before anything is looked up ---------------------------------------------------------------------- */

static void test_numbers_need_no_lookup(void)
{
    struct sock_addr a;
    CHECK_OK(sock_resolve("192.0.2.1", "80", 0, 0, &a));
    CHECK_STR(text(&a), "192.0.2.1:80");
    CHECK_OK(sock_resolve("2001:db8::1", NULL, AF_INET6, 0, &a));
    CHECK_STR(text(&a), "[2001:db8::1]:0");
    CHECK_OK(sock_resolve("fe80::1%lo", "1", 0, 0, &a));
    CHECK_STR(text(&a), "[fe80::1%lo]:1");
    /* R154: "" is the wildcard, "<broadcast>" the broadcast address of IPv4. */
    CHECK_OK(sock_resolve("", "5", 0, 0, &a));
    CHECK_STR(text(&a), "0.0.0.0:5");
    CHECK_OK(sock_resolve(NULL, "5", AF_INET6, 0, &a));
    CHECK_STR(text(&a), "[::]:5");
    CHECK_OK(sock_resolve("<broadcast>", "", 0, 0, &a));
    CHECK_STR(text(&a), "255.255.255.255:0");
    CHECK_NAMED(sock_resolve("<broadcast>", "", AF_INET6, 0, &a), "EAI_ADDRFAMILY");
    CHECK_NAMED(sock_resolve("127.0.0.1", "", AF_INET6, 0, &a), "EAI_ADDRFAMILY");
    CHECK_NAMED(sock_resolve("127.0.0.1", "", AF_UNIX, 0, &a), "EAI_FAMILY");
    /* Ports, R163: refused, never cut. */
    CHECK_ERR(sock_resolve("127.0.0.1", "65536", 0, 0, &a), -EINVAL);
    CHECK_ERR(sock_resolve("127.0.0.1", "-1", 0, 0, &a), -EINVAL);
    CHECK_ERR(sock_resolve("127.0.0.1", "80", 0, -1, NULL), -EFAULT);
    CHECK_ERR(sock_resolve("no.such.test", "80", 0, -1, &a), -EINVAL);
    /* A name, and no time for it. */
    CHECK_ERR(sock_resolve("plain.test", "80", 0, 0, &a), SOCK_ETIMEDOUT);
    CHECK_EQ(counts().threads, 0);
    CHECK_EQ(counts().total, 0);
}

static void test_numeric_lists(void)
{
    start();
    int64_t asked = counts().total;
    struct sock_addrinfo ai;
    sock_list_t list = CHECK_OK(sock_getaddrinfo("::1", "443", NULL));
    CHECK_EQ(sock_list_count(list), 3); /* R165: one for each type */
    CHECK_OK(sock_list_at(list, 1, &ai));
    CHECK_EQ(ai.family, AF_INET6);
    CHECK_EQ(ai.type, SOCK_DGRAM);
    CHECK_EQ(ai.proto, IPPROTO_UDP);
    CHECK_STR(text(&ai.address), "[::1]:443");
    CHECK_ERR(sock_list_at(list, 3, &ai), -EINVAL);
    CHECK_ERR(sock_list_at(list, -1, &ai), -EINVAL);
    CHECK_ERR(sock_list_at(list, 0, NULL), -EFAULT);
    CHECK_EQ(sock_list_canonname(list, 0, NULL, 0), 0);
    CHECK_EQ(sock_list_alias_count(list), 0);
    /* A list is no socket and no operation. */
    CHECK_ERR(sock_recv(list, &ai, 1, 0), -ENOTSOCK);
    CHECK_ERR(sock_fileno(list), -ENOTSOCK);
    CHECK_ERR(sock_lookup_step(list), -ENOTSOCK);
    CHECK_OK(sock_close(list));
    CHECK_ERR(sock_list_count(list), -EBADF);

    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM, .flags = AI_CANONNAME};
    char name[64];
    list = CHECK_OK(sock_getaddrinfo("192.0.2.1", NULL, &opt));
    CHECK_EQ(sock_list_count(list), 1);
    CHECK_EQ(sock_list_canonname(list, 0, name, sizeof name), 9); /* R166 */
    CHECK_STR(name, "192.0.2.1");
    CHECK_OK(sock_close(list));

    CHECK_NAMED(sock_getaddrinfo(NULL, NULL, NULL), "EAI_NONAME"); /* R164 */
    CHECK_NAMED(sock_getaddrinfo("", "80", NULL), "EAI_NONAME");
    CHECK_EQ(counts().total, asked);
    CHECK_ERR(sock_getaddrinfo("::1", "70000", NULL), -EINVAL);
    opt.family = AF_INET6;
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_ADDRFAMILY");
    opt.family = 77;
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_FAMILY");
    opt.family = 0, opt.type = 99;
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_SOCKTYPE");
    opt.type = 0, opt.flags = 1 << 20;
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_BADFLAGS");
    opt.flags = 0, opt.timeout_ns = -1;
    CHECK_ERR(sock_getaddrinfo("192.0.2.1", NULL, &opt), -EINVAL);
}

/* The same answers without a list, and none where it takes one. */
static void test_numeric_answers_in_an_array(void)
{
    start();
    int64_t asked = counts().total;
    struct sock_addrinfo found[4];
    memset(found, 0xff, sizeof found);
    CHECK_EQ(sock_addrinfo_numeric("::1", "443", NULL, found, 2), 3); /* R165 */
    CHECK_EQ(found[0].type, SOCK_STREAM);
    CHECK_EQ(found[1].proto, IPPROTO_UDP);
    CHECK_EQ(found[1].zero, 0);
    CHECK_STR(text(&found[1].address), "[::1]:443");
    CHECK_EQ(found[2].family, -1); /* beyond the room */
    CHECK_EQ(sock_addrinfo_numeric("::1", "443", NULL, NULL, 0), 3);
    CHECK_ERR(sock_addrinfo_numeric("::1", "443", NULL, NULL, 1), -EFAULT);

    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_DGRAM};
    CHECK_EQ(sock_addrinfo_numeric("192.0.2.1", NULL, &opt, found, 4), 1);
    CHECK_STR(text(&found[0].address), "192.0.2.1:0");
    opt.flags = AI_CANONNAME;
    CHECK_EQ(sock_addrinfo_numeric("192.0.2.1", NULL, &opt, found, 4), 0);
    CHECK_EQ(sock_addrinfo_numeric("localhost", "80", NULL, found, 4), 0);
    CHECK_EQ(sock_addrinfo_numeric("::1", "http", NULL, found, 4), 0);
    CHECK_EQ(sock_addrinfo_numeric(NULL, "80", NULL, found, 4), 0);
    CHECK_EQ(sock_addrinfo_numeric("", "80", NULL, found, 4), 0);
    CHECK_ERR(sock_addrinfo_numeric("::1", "70000", NULL, found, 4), -EINVAL);
    opt.flags = 0, opt.family = AF_INET6;
    CHECK_NAMED(sock_addrinfo_numeric("192.0.2.1", NULL, &opt, found, 4), "EAI_ADDRFAMILY");
    opt.family = 77;
    CHECK_NAMED(sock_addrinfo_numeric("192.0.2.1", NULL, &opt, found, 4), "EAI_FAMILY");
    CHECK_EQ(counts().total, asked);
}

static void test_options_tell_their_size(void)
{
    struct {
        struct sock_addrinfo_options known;
        int64_t later;
    } opt = {.known = {.size = sizeof opt, .type = SOCK_DGRAM}};
    sock_list_t list = CHECK_OK(sock_getaddrinfo("::1", NULL, &opt.known));
    CHECK_EQ(sock_list_count(list), 1);
    CHECK_OK(sock_close(list));
    opt.later = 1;
    CHECK_ERR(sock_getaddrinfo("::1", NULL, &opt.known), -E2BIG);
    opt.known.size = 0;
    CHECK_ERR(sock_getaddrinfo("::1", NULL, &opt.known), -EINVAL);
    opt.known.size = offsetof(struct sock_addrinfo_options, type); /* an older caller: any type */
    list = CHECK_OK(sock_getaddrinfo("::1", NULL, &opt.known));
    CHECK_EQ(sock_list_count(list), 3);
    CHECK_OK(sock_close(list));
}

static void test_numeric_names(void)
{
    struct sock_addr a;
    char host[NI_MAXHOST], service[NI_MAXSERV];
    int both = NI_NUMERICHOST | NI_NUMERICSERV;
    CHECK_OK(sock_addr_parse("[fe80::1%lo]:80", &a));
    CHECK_OK(sock_getnameinfo(&a, both, host, sizeof host, service, sizeof service, 0));
    CHECK_STR(host, "fe80::1%lo"); /* R170 */
    CHECK_STR(service, "80");
    CHECK_OK(sock_getnameinfo(&a, both, NULL, 0, service, sizeof service, 0));
    CHECK_NAMED(sock_getnameinfo(&a, both, host, 4, service, sizeof service, 0), "EAI_OVERFLOW");
    CHECK_NAMED(sock_getnameinfo(&a, 1 << 20, host, sizeof host, NULL, 0, 0), "EAI_BADFLAGS");
    a.zero = 1; /* R169: what is no address is refused */
    CHECK_ERR(sock_getnameinfo(&a, both, host, sizeof host, NULL, 0, 0), -EINVAL);
    a.zero = 0;
    CHECK_ERR(sock_getnameinfo(NULL, both, host, sizeof host, NULL, 0, 0), -EFAULT);
    CHECK_ERR(sock_getnameinfo(&a, both, NULL, 9, NULL, 0, 0), -EFAULT);
    CHECK_EQ(counts().total, 0);
}

/* With the resolver --------------------------------------------------------------------------------- */

static void test_answers(void)
{
    start();
    struct sock_addr a;
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(5), &a));
    CHECK_STR(text(&a), "192.0.2.1:80");
    CHECK_OK(sock_resolve("plain.test", "http", AF_INET6, SEC(5), &a)); /* R162: a service by name */
    CHECK_STR(text(&a), "[2001:db8::1]:80");
    CHECK_OK(sock_resolve("localhost", NULL, AF_INET, SEC(5), &a));
    CHECK_STR(text(&a), "127.0.0.1:0");
    CHECK_OK(sock_gethostbyname("", 0, &a)); /* R171: the specials, without a lookup */
    CHECK_STR(text(&a), "0.0.0.0:0");
    CHECK_NAMED(sock_gethostbyname("::1", 0, &a), "EAI_ADDRFAMILY");
    CHECK_OK(sock_gethostbyname("plain.test", SEC(5), &a));
    CHECK_STR(text(&a), "192.0.2.1:0");
    /* R167: each failure by its name. */
    CHECK_NAMED(sock_resolve("gone.test", "80", 0, SEC(5), &a), "EAI_NONAME");
    CHECK_NAMED(sock_resolve("empty.test", "80", 0, SEC(5), &a), "EAI_NODATA");
    int code = sock_resolve("fail.test", "80", 0, SEC(5), &a);
    CHECK_NAMED(code, "EAI_AGAIN");
    CHECK_EQ(sock_is_resolver(code) && sock_is_temporary(code), 1);
    CHECK_NAMED(sock_resolve("plain.test", "no-such-service", 0, SEC(5), &a), "EAI_SERVICE");

    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM, .timeout_ns = SEC(5)};
    sock_list_t list = CHECK_OK(sock_getaddrinfo("many.test", "80", &opt));
    CHECK_EQ(sock_list_count(list), 100); /* truncated, and asked for again over TCP */
    CHECK_OK(sock_close(list));
    opt.flags = AI_CANONNAME;
    char name[64];
    list = CHECK_OK(sock_getaddrinfo("short", "80", &opt));
    CHECK_OK(sock_list_canonname(list, 0, name, sizeof name));
    CHECK_STR(name, "full.host.test");
    CHECK_OK(sock_close(list));
}

/* R153, R160: by UTS 46; ASCII is asked for as it is. */
static void test_international_names(void)
{
    start();
    struct sock_addr a;
    int code = sock_resolve("B\303\274cher.test", "1", AF_INET, SEC(5), &a); /* R153 */
    if (code == -EINVAL)
        SKIP("libsock was built without international names");
    CHECK_OK(code);
    CHECK_STR(text(&a), "192.0.2.3:1");
}

static void test_the_older_calls(void)
{
    start();
    char buf[256];
    sock_list_t list = CHECK_OK(sock_gethostbyname_ex("short", SEC(5))); /* R172 */
    CHECK_OK(sock_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "full.host.test");
    CHECK_EQ(sock_list_alias_count(list), 1);
    CHECK_OK(sock_list_alias(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "short");
    CHECK_ERR(sock_list_alias(list, 1, buf, sizeof buf), -EINVAL);
    struct sock_addrinfo ai;
    CHECK_OK(sock_list_at(list, 0, &ai));
    CHECK_STR(text(&ai.address), "192.0.2.9:0");
    CHECK_OK(sock_close(list));
    CHECK_NAMED(sock_gethostbyname_ex("gone.test", SEC(5)), "EAI_NONAME");
    list = CHECK_OK(sock_gethostbyname_ex("192.0.2.5", SEC(5)));
    CHECK_OK(sock_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "192.0.2.5");
    CHECK_OK(sock_close(list));

    list = CHECK_OK(sock_gethostbyaddr("192.0.2.9", SEC(5))); /* R173 */
    CHECK_OK(sock_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "full.host.test");
    CHECK_OK(sock_close(list));
    CHECK_NAMED(sock_gethostbyaddr("192.0.2.5", SEC(5)), "HOST_NOT_FOUND"); /* R174: the call's own code */

    CHECK_EQ(sock_getfqdn("  short ", SEC(5), buf, sizeof buf), 14); /* R176 */
    CHECK_STR(buf, "full.host.test");
    CHECK_OK(sock_getfqdn("gone.test", SEC(5), buf, sizeof buf));
    CHECK_STR(buf, "gone.test");
    CHECK_GT(sock_getfqdn(NULL, SEC(5), buf, sizeof buf), 0);

    struct sock_addr a;
    CHECK_OK(sock_addr_ip("192.0.2.5", 80, &a));
    CHECK_NAMED(sock_getnameinfo(&a, NI_NAMEREQD, buf, sizeof buf, NULL, 0, SEC(5)), "EAI_NONAME");
    CHECK_OK(sock_addr_ip("192.0.2.9", 80, &a));
    CHECK_OK(sock_getnameinfo(&a, 0, buf, sizeof buf, NULL, 0, SEC(5)));
    CHECK_STR(buf, "full.host.test");
}

/* R168: the lookup has a limit. */
static void test_a_hang_ends_at_the_deadline(void)
{
    start();
    struct sock_addr a;
    int64_t left = counts().abandoned_total;
    int64_t began = now_ns();
    CHECK_ERR(sock_resolve("hang.test", "80", 0, MS(200), &a), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 220);
    struct sock_addrinfo_options opt = {.size = sizeof opt, .deadline_ns = sock_now() + MS(150)};
    began = now_ns();
    CHECK_ERR(sock_getaddrinfo("hang.test", "80", &opt), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 145, 170);
    CHECK_OK(sock_setdefaulttimeout(MS(100)));
    began = now_ns();
    sock_list_t list = sock_getaddrinfo("hang.test", "80", NULL);
    CHECK_OK(sock_setdefaulttimeout(SOCK_FOREVER));
    CHECK_ERR(list, SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 100, 120);
    /* A lookup that a busy machine had not begun yet is taken back instead. */
    left = counts().abandoned_total - left;
    CHECK_GE(left, 1);
    CHECK_LE(left, 3);
}

struct lookup {
    sock_cancel_t cancel;
    sock_list_t result;
    int64_t ended;
};

static void look_up(void *arg)
{
    struct lookup *l = arg;
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = SEC(60), .cancel = l->cancel};
    l->result = sock_getaddrinfo("hang.test", "80", &opt);
    l->ended = now_ns();
}

static void test_cancel_ends_a_hang_at_once(void)
{
    start();
    struct lookup l = {.cancel = CHECK_OK(sock_cancel_new())};
    struct thread t;
    thread_start(&t, look_up, &l);
    thread_wait_blocked(&t);
    int64_t fired = now_ns();
    CHECK_OK(sock_cancel_fire(l.cancel));
    thread_join_within(&t, 1000);
    CHECK_ERR(l.result, SOCK_ECANCELED);
    CHECK_TIME(l.ended - fired, 0, 20);
    look_up(&l); /* a token that has fired ends a call before it tries */
    CHECK_ERR(l.result, SOCK_ECANCELED);
    CHECK_OK(sock_close(l.cancel));
}

/* As event loops do it ------------------------------------------------------------------------------ */

static bool readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, (int)(ms * (ms > 0 ? test_scale() : 1))) == 1;
}

static void test_a_lookup_as_an_operation(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .type = SOCK_STREAM};
    sock_op_t op = CHECK_OK(sock_lookup_start("slow.test", "80", &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    int64_t began = now_ns();
    int steps = 0;
    sock_list_t list = 0;
    while (list == 0) {
        CHECK(readable(fd, 2000));
        list = sock_lookup_step(op);
        steps++;
    }
    CHECK_OK(list);
    CHECK_TIME(now_ns() - began, 250, 400);
    CHECK_LE(steps, 2); /* the first, and the one with the answer: nothing spins */
    CHECK_EQ(sock_list_count(list), 1);
    CHECK_ERR(sock_lookup_step(op), -EINVAL);
    CHECK_ERR(sock_connect_step(op), -ENOTSOCK);
    CHECK_ERR(sock_send(op, "x", 1, 0), -ENOTSOCK);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_lookup_step(op), -EBADF);

    /* A number is there at the first step. */
    op = CHECK_OK(sock_lookup_start("192.0.2.1", "80", &opt));
    CHECK(readable((int)sock_fileno(op), 0));
    list = CHECK_OK(sock_lookup_step(op));
    CHECK_GT(list, 0);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
}

static void test_names_as_an_operation(void)
{
    struct sock_addr addr;
    char host[1025], service[32];
    start();
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));

    /* Numbers are there at the first step, and only once. */
    sock_op_t op = CHECK_OK(sock_nameinfo_start(&addr, NI_NUMERICHOST | NI_NUMERICSERV, SOCK_FOREVER));
    CHECK(readable((int)sock_fileno(op), 0));
    CHECK_EQ(sock_nameinfo_step(op, host, sizeof host, service, sizeof service), 1);
    CHECK_STR(host, "192.0.2.1");
    CHECK_STR(service, "80");
    CHECK_ERR(sock_nameinfo_step(op, host, sizeof host, service, sizeof service), -EINVAL);
    CHECK_ERR(sock_lookup_step(op), -ENOTSOCK);
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_nameinfo_step(op, NULL, 0, NULL, 0), -EBADF);

    /* A resolver that hangs: the limit makes it readable, and nothing was written. */
    strcpy(host, "as before");
    int64_t began = now_ns();
    set_hang(1);
    op = CHECK_OK(sock_nameinfo_start(&addr, NI_NAMEREQD, MS(150)));
    int fd = (int)CHECK_OK(sock_fileno(op));
    CHECK_EQ(sock_nameinfo_step(op, host, sizeof host, service, sizeof service), 0);
    CHECK(!readable(fd, 0));
    CHECK(readable(fd, 1000));
    CHECK_TIME(now_ns() - began, 150, 250);
    CHECK_ERR(sock_nameinfo_step(op, host, sizeof host, service, sizeof service), SOCK_ETIMEDOUT);
    CHECK_STR(host, "as before");
    CHECK_OK(sock_close(op));
    set_hang(0);

    /* What is no name server's business comes from a worker all the same. */
    CHECK_OK(sock_addr_ip("127.0.0.1", 80, &addr));
    op = CHECK_OK(sock_nameinfo_start(&addr, NI_NUMERICSERV, SOCK_FOREVER));
    fd = (int)CHECK_OK(sock_fileno(op));
    int result = 0;
    for (int steps = 0; result == 0 && steps < 5; steps++) {
        CHECK(readable(fd, 5000));
        result = sock_nameinfo_step(op, host, sizeof host, NULL, 0);
    }
    CHECK_EQ(result, 1);
    CHECK_GT(strlen(host), 0);
    CHECK_OK(sock_close(op));

    /* A short buffer, NULL, what is no address. */
    op = CHECK_OK(sock_nameinfo_start(&addr, NI_NUMERICHOST | NI_NUMERICSERV, SOCK_FOREVER));
    CHECK_ERR(sock_nameinfo_step(op, NULL, 5, NULL, 0), -EFAULT);
    CHECK_STR(sock_err_name(sock_nameinfo_step(op, host, 3, NULL, 0)), "EAI_OVERFLOW");
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_nameinfo_start(NULL, 0, SOCK_FOREVER), -EFAULT);
    CHECK_ERR(sock_nameinfo_start(&addr, 0, -1), -EINVAL);
    addr.zero = 1;
    CHECK_ERR(sock_nameinfo_start(&addr, 0, SOCK_FOREVER), -EINVAL);
}

static void test_limits_make_an_operation_readable(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .timeout_ns = MS(150)};
    sock_op_t op = CHECK_OK(sock_lookup_start("hang.test", "80", &opt));
    int fd = (int)CHECK_OK(sock_fileno(op));
    CHECK(readable(fd, 0));
    CHECK_EQ(sock_lookup_step(op), 0);
    CHECK(!readable(fd, 0));
    int64_t began = now_ns();
    CHECK(readable(fd, 1000)); /* the deadline */
    CHECK_TIME(now_ns() - began, 100, 170);
    CHECK_ERR(sock_lookup_step(op), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(op));

    /* A deadline and a token that come later. */
    opt.timeout_ns = SOCK_FOREVER;
    op = CHECK_OK(sock_lookup_start("hang.test", "80", &opt));
    fd = (int)CHECK_OK(sock_fileno(op));
    CHECK_EQ(sock_lookup_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_setdeadline(op, SOCK_READ, sock_now() + MS(50)));
    CHECK(readable(fd, 0));
    CHECK_EQ(sock_lookup_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_setdeadline(op, SOCK_READ, SOCK_FOREVER));
    CHECK_EQ(sock_lookup_step(op), 0);
    sock_cancel_t c = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(op, c));
    CHECK_EQ(sock_lookup_step(op), 0);
    CHECK(!readable(fd, 0));
    CHECK_OK(sock_cancel_fire(c));
    CHECK(readable(fd, 0));
    CHECK_ERR(sock_lookup_step(op), SOCK_ECANCELED);
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(c));

    /* A token that is closed has fired first. */
    c = CHECK_OK(sock_cancel_new());
    opt.cancel = c;
    op = CHECK_OK(sock_lookup_start("hang.test", "80", &opt));
    CHECK_EQ(sock_lookup_step(op), 0);
    CHECK_OK(sock_close(c));
    CHECK(readable((int)sock_fileno(op), 0));
    CHECK_OK(sock_close(op));
    CHECK_ERR(sock_lookup_start("hang.test", "80", &opt), -EBADF);
}

/* The pool ------------------------------------------------------------------------------------------ */

enum { THREADS = 64, LOOKUPS = 10000 };

struct crowd {
    int left;
    int wrong;
    int64_t latest, late;
};

static void look_up_many(void *arg)
{
    struct crowd *crowd = arg;
    struct sock_addr a;
    while (__atomic_fetch_sub(&crowd->left, 1, __ATOMIC_SEQ_CST) > 0) {
        int64_t began = now_ns();
        int code = sock_resolve("plain.test", "80", 0, MS(20), &a);
        int64_t over = now_ns() - began - MS(20);
        if (code != SOCK_ETIMEDOUT || over < 0)
            __atomic_add_fetch(&crowd->wrong, 1, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&crowd->late, over, __ATOMIC_SEQ_CST);
        int64_t latest = __atomic_load_n(&crowd->latest, __ATOMIC_SEQ_CST);
        while (over > latest && !__atomic_compare_exchange_n(&crowd->latest, &latest, over, 0,
                                                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            ;
    }
}

static int threads_of_process(void)
{
    char line[256];
    int count = -1;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        sscanf(line, "Threads: %d", &count);
    if (f)
        fclose(f);
    return count;
}

static void test_ten_thousand_lookups_of_a_hanging_resolver(void)
{
    start();
    wait_idle(30000);
    set_hang(1);
    int fds = open_fds(), threads = threads_of_process() - (int)counts().threads;
    static struct thread t[THREADS];
    struct crowd crowd = {.left = LOOKUPS};
    for (int i = 0; i < THREADS; i++)
        thread_start(&t[i], look_up_many, &crowd);
    int most = 0, queued = 0;
    while (__atomic_load_n(&crowd.left, __ATOMIC_SEQ_CST) > 0) {
        int now = threads_of_process();
        most = now > most ? now : most;
        queued = counts().queued > queued ? (int)counts().queued : queued;
        sleep_ms(10);
    }
    for (int i = 0; i < THREADS; i++)
        thread_join(&t[i]);
    CHECK_EQ(crowd.wrong, 0);
    /* All at their deadlines, as far as so many threads get a turn. */
    CHECK_TIME(crowd.late / LOOKUPS, 0, 20);
    CHECK_TIME(crowd.latest, 0, 2000);
    CHECK_LE(most, threads + THREADS + 32);
    CHECK_LE(queued, THREADS); /* who leaves takes the lookup along */
    CHECK_EQ(counts().queued, 0);
    CHECK_LE(counts().running, 32);
    CHECK_EQ(counts().abandoned, counts().running);
    CHECK_LE(open_fds(), fds + 32 * 2); /* the sockets of the hanging resolvers */
    /* The resolver is back: so is the service, when the C library has given up. */
    set_hang(0);
    struct sock_addr a;
    int code = SOCK_ETIMEDOUT;
    for (int i = 0; i < 30 && code == SOCK_ETIMEDOUT; i++)
        code = sock_resolve("plain.test", "80", AF_INET, SEC(1), &a);
    CHECK_OK(code);
    wait_idle(30000);
    CHECK_EQ(counts().abandoned, 0);
    CHECK_LE(counts().threads, 16);
    CHECK_EQ(open_fds(), fds);
}

static void no_signal_reaches(int signal)
{
    (void)signal;
}

static void test_workers_block_signals_and_end(void)
{
    start();
    struct sock_addr a;
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(5), &a));
    signal(SIGUSR1, no_signal_reaches);
    int seen = 0;
    char path[64], line[256];
    for (int tid = getpid(); tid < getpid() + 4000; tid++) {
        unsigned long long blocked = 0;
        bool worker = false;
        snprintf(path, sizeof path, "/proc/self/task/%d/status", tid);
        FILE *f = fopen(path, "re");
        while (f && fgets(line, sizeof line, f)) {
            worker |= strncmp(line, "Name:\tsock-lookup", 17) == 0;
            sscanf(line, "SigBlk: %llx", &blocked);
        }
        if (f)
            fclose(f);
        if (worker) {
            seen++;
            CHECK(blocked >> (SIGUSR1 - 1) & 1);
            CHECK(blocked >> (SIGTERM - 1) & 1);
        }
    }
    CHECK_GE(seen, 1);
    int64_t end = now_ns() + SEC(10 * test_scale());
    while (counts().threads > 0 && now_ns() < end)
        sleep_ms(20);
    CHECK_EQ(counts().threads, 0);
}

static void in_child(void *arg)
{
    sock_op_t op = *(sock_op_t *)arg;
    struct sock_addr a;
    CHECK_ERR(sock_lookup_step(op), -ESTALE);
    CHECK_EQ(counts().threads, 0);
    CHECK_OK(sock_resolve("plain.test", "80", AF_INET, SEC(5), &a));
    CHECK_OK(sock_close(op));
}

static void test_fork(void)
{
    start();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .timeout_ns = SEC(5)};
    int asked = __atomic_load_n(&dns.asked, __ATOMIC_SEQ_CST);
    sock_op_t op = CHECK_OK(sock_lookup_start("slow.test", "80", &opt));
    CHECK_EQ(sock_lookup_step(op), 0);
    /* At its beginning a lookup holds locks of the C library, for which a fork waits 50 ms and no longer:
     * on a machine that is busy this may not be enough. */
    while (__atomic_load_n(&dns.asked, __ATOMIC_SEQ_CST) == asked)
        sleep_ms(1);
    child_join(child_start(in_child, &op));
    CHECK(readable((int)sock_fileno(op), 2000));
    sock_list_t list = CHECK_OK(sock_lookup_step(op));
    CHECK_GT(list, 0);
    CHECK_OK(sock_close(list));
    CHECK_OK(sock_close(op));
}


static void test_closing_at_every_moment_leaks_nothing(void)
{
    start();
    wait_idle(30000);
    int fds = open_fds();
    struct sock_addrinfo_options opt = {.size = sizeof opt, .family = AF_INET, .timeout_ns = SEC(5)};
    for (int events = 0; events < 4; events++) {
        for (int round = 0; round < 25; round++) {
            sock_cancel_t c = CHECK_OK(sock_cancel_new());
            opt.cancel = c;
            sock_op_t op = CHECK_OK(sock_lookup_start("plain.test", "80", &opt));
            sock_list_t list = 0;
            for (int i = 0; i < events && list == 0; i++) {
                CHECK(readable((int)sock_fileno(op), 2000));
                list = sock_lookup_step(op);
            }
            if (list > 0)
                CHECK_OK(sock_close(list));
            if (round % 2)
                CHECK_OK(sock_cancel_fire(c));
            if (round % 3 == 0 && list == 0)
                sock_lookup_step(op);
            CHECK_OK(sock_close(op));
            CHECK_OK(sock_close(c));
        }
    }
    wait_idle(5000);
    CHECK_EQ(open_fds(), fds);
    CHECK_EQ(counts().abandoned, 0);
}

TEST_MAIN(test_numbers_need_no_lookup, test_numeric_names, test_options_tell_their_size, test_answers,
          test_numeric_lists, test_numeric_answers_in_an_array, test_international_names, test_the_older_calls,
          test_a_lookup_as_an_operation, test_names_as_an_operation,
          test_closing_at_every_moment_leaks_nothing, test_fork, test_workers_block_signals_and_end,
          test_limits_make_an_operation_readable, test_a_hang_ends_at_the_deadline,
          test_cancel_ends_a_hang_at_once, test_ten_thousand_lookups_of_a_hanging_resolver,
          test_a_released_resolver_leaves_nothing)
