/* Name resolution. The resolver is our own DNS server in a namespace (dns.h). */
#include <netdb.h>
#include <netinet/in.h>

#include "lookup.h"

/* Without a lookup ----------------------------------------------------------------------------------- */

static void test_numbers_need_no_lookup(void)
{
    struct sock_addr a;
    CHECK_OK(sock_resolve("192.0.2.1", "80", 0, 0, &a));
    CHECK_STR(text(&a), "192.0.2.1:80");
    CHECK_OK(sock_resolve("2001:db8::1", NULL, AF_INET6, 0, &a));
    CHECK_STR(text(&a), "[2001:db8::1]:0");
    CHECK_OK(sock_resolve("fe80::1%lo", "1", 0, 0, &a));
    CHECK_STR(text(&a), "[fe80::1%lo]:1");
    /* R154: "" is the wildcard address, "<broadcast>" the broadcast address of IPv4. */
    CHECK_OK(sock_resolve("", "5", 0, 0, &a));
    CHECK_STR(text(&a), "0.0.0.0:5");
    CHECK_OK(sock_resolve(NULL, "5", AF_INET6, 0, &a));
    CHECK_STR(text(&a), "[::]:5");
    CHECK_OK(sock_resolve("<broadcast>", "", 0, 0, &a));
    CHECK_STR(text(&a), "255.255.255.255:0");
    CHECK_NAMED(sock_resolve("<broadcast>", "", AF_INET6, 0, &a), "EAI_ADDRFAMILY");
    CHECK_NAMED(sock_resolve("127.0.0.1", "", AF_INET6, 0, &a), "EAI_ADDRFAMILY");
    CHECK_NAMED(sock_resolve("127.0.0.1", "", AF_UNIX, 0, &a), "EAI_FAMILY");
    /* R163: ports are refused, never truncated. */
    CHECK_ERR(sock_resolve("127.0.0.1", "65536", 0, 0, &a), -EINVAL);
    CHECK_ERR(sock_resolve("127.0.0.1", "-1", 0, 0, &a), -EINVAL);
    CHECK_ERR(sock_resolve("127.0.0.1", "80", 0, -1, NULL), -EFAULT);
    CHECK_ERR(sock_resolve("no.such.test", "80", 0, -1, &a), -EINVAL);
    /* A name, with no time to look it up. */
    CHECK_ERR(sock_resolve("plain.test", "80", 0, 0, &a), SOCK_ETIMEDOUT);
    CHECK_EQ(counts().threads, 0);
    CHECK_EQ(counts().total, 0);
}

static void test_numeric_lists(void)
{
    start();
    int64_t asked = counts().total;
    struct sock_addrinfo ai;
    sock_addrinfo_list_t list = CHECK_OK(sock_getaddrinfo("::1", "443", NULL));
    CHECK_EQ(sock_addrinfo_list_count(list), 3); /* R165: one entry for each type */
    CHECK_OK(sock_addrinfo_list_at(list, 1, &ai));
    CHECK_EQ(ai.family, AF_INET6);
    CHECK_EQ(ai.type, SOCK_DGRAM);
    CHECK_EQ(ai.proto, IPPROTO_UDP);
    CHECK_STR(text(&ai.address), "[::1]:443");
    CHECK_ERR(sock_addrinfo_list_at(list, 3, &ai), -EINVAL);
    CHECK_ERR(sock_addrinfo_list_at(list, -1, &ai), -EINVAL);
    CHECK_ERR(sock_addrinfo_list_at(list, 0, NULL), -EFAULT);
    CHECK_EQ(sock_addrinfo_list_canonname(list, 0, NULL, 0), 0);
    CHECK_EQ(sock_addrinfo_list_alias_count(list), 0);
    /* A list is neither a socket nor an operation. */
    CHECK_ERR(sock_recv(list, &ai, 1, 0), -ENOTSOCK);
    CHECK_ERR(sock_fileno(list), -ENOTSOCK);
    CHECK_ERR(sock_getaddrinfo_step(list), -ENOTSOCK);
    CHECK_OK(sock_close(list));
    CHECK_ERR(sock_addrinfo_list_count(list), -EBADF);

    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM, .flags = AI_CANONNAME};
    char name[64];
    list = CHECK_OK(sock_getaddrinfo("192.0.2.1", NULL, &opt));
    CHECK_EQ(sock_addrinfo_list_count(list), 1);
    CHECK_EQ(sock_addrinfo_list_canonname(list, 0, name, sizeof name), 9); /* R166 */
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
#ifdef __GLIBC__ /* musl takes any type where there is no service */
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_SOCKTYPE");
#endif
    opt.type = 0, opt.flags = 1 << 20;
    CHECK_NAMED(sock_getaddrinfo("192.0.2.1", NULL, &opt), "EAI_BADFLAGS");
    opt.flags = 0, opt.timeout_ns = -1;
    CHECK_ERR(sock_getaddrinfo("192.0.2.1", NULL, &opt), -EINVAL);
}

/* The same results in an array; nothing that needs a list is accepted. */
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
    CHECK_EQ(found[2].family, -1); /* more than the array holds */
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

static void test_options_have_versions(void)
{
    struct {
        struct sock_addrinfo_options known;
        int64_t later;
    } opt = {.known = {.size = sizeof opt, .type = SOCK_DGRAM}};
    sock_addrinfo_list_t list = CHECK_OK(sock_getaddrinfo("::1", NULL, &opt.known));
    CHECK_EQ(sock_addrinfo_list_count(list), 1);
    CHECK_OK(sock_close(list));
    opt.later = 1;
    CHECK_ERR(sock_getaddrinfo("::1", NULL, &opt.known), -E2BIG);
    opt.known.size = 0;
    CHECK_ERR(sock_getaddrinfo("::1", NULL, &opt.known), -EINVAL);
    opt.known.size = offsetof(struct sock_addrinfo_options, type); /* an older caller: any type */
    list = CHECK_OK(sock_getaddrinfo("::1", NULL, &opt.known));
    CHECK_EQ(sock_addrinfo_list_count(list), 3);
    CHECK_OK(sock_close(list));
}

/* As test_tcp_info_has_versions: a newer program's counts are filled as far as the library knows them, an older
 * one's never past its end. */
static void test_counts_have_versions(void)
{
    struct {
        struct sock_lookup_stats stats;
        unsigned char more[64];
    } newer;
    CHECK_EQ(sizeof newer.stats, 64);
    memset(&newer, 0x5a, sizeof newer);
    newer.stats.size = sizeof newer;
    CHECK_OK(sock_lookup_stats(&newer.stats));
    CHECK_EQ(newer.stats.size, sizeof newer.stats);
    CHECK_LE(newer.stats.threads, 32);
    CHECK_LE(newer.stats.abandoned_total, newer.stats.total);
    for (size_t i = 0; i < sizeof newer.more; i++)
        CHECK_EQ(newer.more[i], 0x5a);
    memset(&newer, 0x5a, sizeof newer);
    for (size_t size = 0; size < sizeof newer.stats; size += 9) {
        newer.stats.size = size;
        CHECK_REFUSED(sock_lookup_stats(&newer.stats), -EINVAL, "out");
        CHECK_EQ(newer.stats.size, size);
        CHECK_EQ(newer.stats.threads, 0x5a5a5a5a5a5a5a5a);
    }
    CHECK_ERR(sock_lookup_stats(NULL), -EFAULT);
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
    a.zero = 1; /* R169: an invalid address is refused */
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
    CHECK_OK(sock_resolve("plain.test", "http", AF_INET6, SEC(5), &a)); /* R162: a service name */
    CHECK_STR(text(&a), "[2001:db8::1]:80");
    CHECK_OK(sock_resolve("localhost", NULL, AF_INET, SEC(5), &a));
    CHECK_STR(text(&a), "127.0.0.1:0");
    CHECK_OK(sock_gethostbyname("", 0, &a)); /* R171: the special hosts, without a lookup */
    CHECK_STR(text(&a), "0.0.0.0:0");
    CHECK_NAMED(sock_gethostbyname("::1", 0, &a), "EAI_ADDRFAMILY");
    CHECK_OK(sock_gethostbyname("plain.test", SEC(5), &a));
    CHECK_STR(text(&a), "192.0.2.1:0");
    /* R167: each failure has its own code. */
    CHECK_NAMED(sock_resolve("gone.test", "80", 0, SEC(5), &a), "EAI_NONAME");
    CHECK_NAMED(sock_resolve("empty.test", "80", 0, SEC(5), &a), "EAI_NODATA");
    int code = sock_resolve("fail.test", "80", 0, SEC(5), &a);
    CHECK_NAMED(code, "EAI_AGAIN");
    CHECK_EQ(sock_is_resolver(code) && sock_is_temporary(code), 1);
    CHECK_NAMED(sock_resolve("plain.test", "no-such-service", 0, SEC(5), &a), "EAI_SERVICE");

    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM, .timeout_ns = SEC(5)};
    sock_addrinfo_list_t list = CHECK_OK(sock_getaddrinfo("many.test", "80", &opt));
    CHECK_EQ(sock_addrinfo_list_count(list), 100); /* truncated, and repeated over TCP */
    CHECK_OK(sock_close(list));
    opt.flags = AI_CANONNAME;
    char name[64];
    list = CHECK_OK(sock_getaddrinfo("short", "80", &opt));
    CHECK_OK(sock_addrinfo_list_canonname(list, 0, name, sizeof name));
    CHECK_STR(name, "full.host.test");
    CHECK_OK(sock_close(list));
}

/* R153, R160: encoded by UTS 46; ASCII names are sent unchanged. */
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
    sock_addrinfo_list_t list = CHECK_OK(sock_gethostbyname_ex("short", SEC(5))); /* R172 */
    CHECK_OK(sock_addrinfo_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "full.host.test");
    CHECK_EQ(sock_addrinfo_list_alias_count(list), 1);
    CHECK_OK(sock_addrinfo_list_alias(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "short");
    CHECK_ERR(sock_addrinfo_list_alias(list, 1, buf, sizeof buf), -EINVAL);
    struct sock_addrinfo ai;
    CHECK_OK(sock_addrinfo_list_at(list, 0, &ai));
    CHECK_STR(text(&ai.address), "192.0.2.9:0");
    CHECK_OK(sock_close(list));
    CHECK_NAMED(sock_gethostbyname_ex("gone.test", SEC(5)), "EAI_NONAME");
    list = CHECK_OK(sock_gethostbyname_ex("192.0.2.5", SEC(5)));
    CHECK_OK(sock_addrinfo_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "192.0.2.5");
    CHECK_OK(sock_close(list));

    list = CHECK_OK(sock_gethostbyaddr("192.0.2.9", SEC(5))); /* R173 */
    CHECK_OK(sock_addrinfo_list_canonname(list, 0, buf, sizeof buf));
    CHECK_STR(buf, "full.host.test");
    CHECK_OK(sock_close(list));
    CHECK_NAMED(sock_gethostbyaddr("192.0.2.5", SEC(5)), "HOST_NOT_FOUND"); /* R174: its own code */

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

TEST_MAIN(test_numbers_need_no_lookup, test_numeric_names, test_options_have_versions, test_counts_have_versions, test_answers,
          test_numeric_lists, test_numeric_answers_in_an_array, test_international_names,
          test_the_older_calls, test_a_released_resolver_leaves_nothing)
