/* Addresses: constructors, getters, text forms, native forms, and misuse. */
#include "check.h"
#include "untouched.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The text form of an address, in a buffer that the next call reuses. */
static const char *text_of(const struct sock_addr *addr)
{
    static char text[512];
    CHECK_LT(CHECK_OK(sock_addr_format(addr, text, sizeof text)), sizeof text);
    return text;
}

static void layout_is_fixed(void)
{
    CHECK_EQ(sizeof(struct sock_addr), 136);
    CHECK_EQ(offsetof(struct sock_addr, len), 0);
    CHECK_EQ(offsetof(struct sock_addr, zero), 4);
    CHECK_EQ(offsetof(struct sock_addr, native), 8);
    CHECK_EQ(sizeof(struct sockaddr_storage), sizeof((struct sock_addr *)0)->native);
}

/* The native form is a whole sockaddr_in with its padding zeroed. */
static void ipv4_is_a_sockaddr_in(void)
{
    struct sock_addr addr = untouched();
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));
    struct sockaddr_in in;
    memset(&in, 0, sizeof in);
    in.sin_family = AF_INET;
    in.sin_port = htons(80);
    inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
    CHECK_EQ(addr.len, sizeof in);
    CHECK_EQ(addr.zero, 0);
    CHECK_MEM(addr.native, &in, sizeof in);
    for (size_t i = 2; i < 16; i++)
        CHECK_EQ(addr.native[i], 0);

    char host[INET6_ADDRSTRLEN];
    int64_t port = -1, flowinfo = -1, scope_id = -1;
    CHECK_EQ(sock_addr_get_ip(&addr, host, sizeof host, &port, &flowinfo, &scope_id), 9);
    CHECK_STR(host, "192.0.2.1");
    CHECK_EQ(port, 80);
    CHECK_EQ(flowinfo, 0);
    CHECK_EQ(scope_id, 0);
    CHECK_EQ(sock_addr_family(&addr), AF_INET);
    CHECK_STR(text_of(&addr), "192.0.2.1:80");
}

/* R154: NULL and "" are the wildcard address, "<broadcast>" the broadcast address; numeric hosts need no
 * lookup. */
static void special_hosts(void)
{
    struct sock_addr addr, out;
    CHECK_OK(sock_addr_ip(NULL, 0, &addr));
    CHECK_STR(text_of(&addr), "0.0.0.0:0");
    CHECK_OK(sock_addr_ip("", 65535, &addr));
    CHECK_STR(text_of(&addr), "0.0.0.0:65535");
    CHECK_OK(sock_addr_ip("<broadcast>", 9, &addr));
    CHECK_STR(text_of(&addr), "255.255.255.255:9");
    CHECK_OK(sock_addr_ip6(NULL, 1, 0, 0, &addr));
    CHECK_STR(text_of(&addr), "[::]:1");
    CHECK_OK(sock_addr_ip6("", 1, 0, 0, &addr));
    CHECK_STR(text_of(&addr), "[::]:1");
    CHECK_NOTHING_OUT(sock_addr_ip6("<broadcast>", 1, 0, 0, &out), -EINVAL, "host");
    CHECK_NOTHING_OUT(sock_addr_ip6("192.0.2.1", 1, 0, 0, &out), -EINVAL, "host");
    static const char *const no_host[] = {"localhost", "[::1]", "127.1", "0x7f.1", "2130706433", "010.0.0.1",
                                          " 1.2.3.4", "1.2.3.4%1", "::1%", "<any>", "::g", "1.2.3.4:80"};
    for (size_t i = 0; i < sizeof no_host / sizeof *no_host; i++)
        CHECK_NOTHING_OUT(sock_addr_ip(no_host[i], 80, &out), -EINVAL, "host");
}

/* R158: fields out of range are refused with the field's name; they never wrap. */
static void fields_out_of_range(void)
{
    static const int64_t ports[] = {-1, 65536, 70000, INT64_C(1) << 16, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
    struct sock_addr out;
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        CHECK_NOTHING_OUT(sock_addr_ip("192.0.2.1", ports[i], &out), -EINVAL, "port");
        CHECK_NOTHING_OUT(sock_addr_ip6("::1", ports[i], 0, 0, &out), -EINVAL, "port");
    }
    CHECK_ERR(sock_addr_ip(NULL, 70000, &out), -EINVAL);
    CHECK_STR(why(), "port: 70000 is not within 0 to 65535");
    static const int64_t flows[] = {-1, 0x100000, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof flows / sizeof *flows; i++)
        CHECK_NOTHING_OUT(sock_addr_ip6("::1", 80, flows[i], 0, &out), -EINVAL, "flowinfo");
    static const int64_t scopes[] = {-1, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++)
        CHECK_NOTHING_OUT(sock_addr_ip6("::1", 80, 0, scopes[i], &out), -EINVAL, "scope_id");
    CHECK_NOTHING_OUT(sock_addr_ip("fe80::1%4294967296", 80, &out), -EINVAL, "host");
}

/* R159: four fields; only the scope carries the zone. */
static void ipv6_is_a_sockaddr_in6(void)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip6("fe80::1", 80, 0xfffff, 4294967295, &addr));
    struct sockaddr_in6 in6;
    memset(&in6, 0, sizeof in6);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(80);
    in6.sin6_flowinfo = htonl(0xfffff);
    in6.sin6_scope_id = 4294967295U;
    inet_pton(AF_INET6, "fe80::1", &in6.sin6_addr);
    CHECK_EQ(addr.len, sizeof in6);
    CHECK_MEM(addr.native, &in6, sizeof in6);
    CHECK_EQ(sock_addr_family(&addr), AF_INET6);
    CHECK_STR(text_of(&addr), "[fe80::1%4294967295]:80?flowinfo=1048575");

    char host[INET6_ADDRSTRLEN];
    int64_t port = -1, flowinfo = -1, scope_id = -1;
    CHECK_EQ(sock_addr_get_ip(&addr, host, sizeof host, &port, &flowinfo, &scope_id), 7);
    CHECK_STR(host, "fe80::1");
    CHECK_EQ(port, 80);
    CHECK_EQ(flowinfo, 0xfffff);
    CHECK_EQ(scope_id, 4294967295);
    CHECK_EQ(sock_addr_get_ip(&addr, NULL, 0, NULL, NULL, NULL), 7);
    memset(host, 'x', sizeof host);
    CHECK_EQ(sock_addr_get_ip(&addr, host, 4, NULL, NULL, &scope_id), 7);
    CHECK_MEM(host, "fe8\0x", 5);
}

/* R156: a zone in the host is kept; a scope passed as well must be the same. */
static void zones(void)
{
    unsigned lo = if_nametoindex("lo");
    if (lo == 0)
        SKIP("there is no interface lo");
    struct sock_addr addr, same, out;
    int64_t scope_id = -1;
    CHECK_OK(sock_addr_ip("fe80::1%lo", 80, &addr));
    CHECK_OK(sock_addr_get_ip(&addr, NULL, 0, NULL, NULL, &scope_id));
    CHECK_EQ(scope_id, lo);
    CHECK_STR(text_of(&addr), "[fe80::1%lo]:80");
    CHECK_OK(sock_addr_parse("[fe80::1%lo]:80", &same));
    CHECK_EQ(sock_addr_equal(&addr, &same), 1);
    CHECK_OK(sock_addr_ip6("fe80::1%lo", 80, 0, 0, &same));
    CHECK_EQ(sock_addr_equal(&addr, &same), 1);
    CHECK_OK(sock_addr_ip6("fe80::1%lo", 80, 0, lo, &same));
    CHECK_EQ(sock_addr_equal(&addr, &same), 1);
    CHECK_OK(sock_addr_ip6("fe80::1", 80, 0, lo, &same));
    CHECK_EQ(sock_addr_equal(&addr, &same), 1);
    CHECK_NOTHING_OUT(sock_addr_ip6("fe80::1%lo", 80, 0, (int64_t)lo + 1, &out), -EINVAL, "scope_id");
    CHECK_NOTHING_OUT(sock_addr_ip("fe80::1%no-such-if", 80, &out), -ENODEV, "host");
    CHECK_NOTHING_OUT(sock_addr_ip("fe80::1%a-name-that-is-too-long-for-any", 80, &out), -ENODEV, "host");
    CHECK_NOTHING_OUT(sock_addr_parse("[fe80::1%no-such-if]:80", &out), -ENODEV, "host");
    CHECK_NOTHING_OUT(sock_addr_ip("2001:db8::1%lo", 80, &out), -EINVAL, "host");
    CHECK_OK(sock_addr_ip("2001:db8::1%7", 80, &addr));
    CHECK_STR(text_of(&addr), "[2001:db8::1%7]:80");
}

/* AF_UNIX: a path with its NUL, an abstract name of exact length, no name. */
static void unix_names(void)
{
    struct sock_addr addr, out;
    struct sockaddr_un un;
    char name[128], back[128];
    const size_t head = offsetof(struct sockaddr_un, sun_path);

    CHECK_OK(sock_addr_unix("/run/x", 6, &addr));
    CHECK_EQ(addr.len, head + 7);
    memcpy(&un, addr.native, addr.len);
    CHECK_EQ(un.sun_family, AF_UNIX);
    CHECK_STR(un.sun_path, "/run/x");
    CHECK_EQ(sock_addr_get_unix(&addr, back, sizeof back), 6);
    CHECK_STR(back, "/run/x");

    CHECK_OK(sock_addr_unix(NULL, 0, &addr));
    CHECK_EQ(addr.len, head);
    CHECK_STR(text_of(&addr), "unix:");
    CHECK_EQ(sock_addr_get_unix(&addr, back, sizeof back), 0);

    memset(name, 'n', sizeof name);
    CHECK_OK(sock_addr_unix(name, 107, &addr));
    CHECK_EQ(addr.len, sizeof un);
    CHECK_NOTHING_OUT(sock_addr_unix(name, 108, &out), -ENAMETOOLONG, "path");
    CHECK_NOTHING_OUT(sock_addr_unix(name, sizeof name, &out), -ENAMETOOLONG, "path");
    CHECK_NOTHING_OUT(sock_addr_unix("a\0b", 3, &out), -EINVAL, "path");
    CHECK_NOTHING_OUT(sock_addr_unix("a", 2, &out), -EINVAL, "path");

    name[0] = 0;
    name[50] = 0;
    CHECK_OK(sock_addr_unix(name, 108, &addr));
    CHECK_EQ(addr.len, sizeof un);
    memset(back, 'x', sizeof back);
    CHECK_EQ(sock_addr_get_unix(&addr, back, sizeof back), 108);
    CHECK_MEM(back, name, 108);
    CHECK_EQ(back[108], 0);
    CHECK_EQ(back[109], 'x');
    memset(back, 'x', sizeof back);
    CHECK_EQ(sock_addr_get_unix(&addr, back, 3), 108);
    CHECK_MEM(back, "\0nnx", 4);
    CHECK_EQ(sock_addr_get_unix(&addr, NULL, 0), 108);
    CHECK_NOTHING_OUT(sock_addr_unix(name, 109, &out), -ENAMETOOLONG, "path");
    CHECK_OK(sock_addr_unix("\0a\0b", 4, &addr));
    CHECK_EQ(addr.len, head + 4);
    CHECK_STR(text_of(&addr), "unix:@a%00b");
    CHECK_OK(sock_addr_unix("@a", 2, &addr));
    CHECK_STR(text_of(&addr), "unix:%40a");
}

static void text_round_trips(void)
{
    static const char *const texts[] = {
        "192.0.2.1:80", "[2001:db8::1]:443", "[::ffff:192.0.2.1]:80", "[::1]:80?flowinfo=5", "[fe80::1%999999999]:0",
        "unix:", "unix:/run/x", "unix:relative", "unix:@name", "unix:@", "unix:@a%00b", "unix:%40x", "unix:50%25 %7f%ff",
        "unspec:", "af0:", "af2:", "af44:00ff", "af65535:0123456789abcdef"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sock_addr addr = untouched();
        CHECK_OK(sock_addr_parse(texts[i], &addr));
        CHECK_STR(text_of(&addr), texts[i]);
    }
    struct sock_addr out;
    CHECK_NOTHING_OUT(sock_addr_parse("192.0.2.1", &out), -EINVAL, "port");
    CHECK_NOTHING_OUT(sock_addr_parse("192.0.2.1:65536", &out), -EINVAL, "port");
    CHECK_NOTHING_OUT(sock_addr_parse("[::1]:80?flowinfo=1048576", &out), -EINVAL, "flowinfo");
    CHECK_NOTHING_OUT(sock_addr_parse("localhost:80", &out), -EINVAL, "host");
    CHECK_NOTHING_OUT(sock_addr_parse("<broadcast>:80", &out), -EINVAL, "host");
    CHECK_NOTHING_OUT(sock_addr_parse("unix:a%00b", &out), -EINVAL, "path");
    CHECK_NOTHING_OUT(sock_addr_parse("unix:%4", &out), -EINVAL, "path");
    CHECK_NOTHING_OUT(sock_addr_parse("af65536:", &out), -EINVAL, "family");
    CHECK_NOTHING_OUT(sock_addr_parse("af2:xy", &out), -EINVAL, "text");
    CHECK_NOTHING_OUT(sock_addr_parse("", &out), -EINVAL, "port");
}

/* Text output follows the rules of snprintf. */
static void short_buffers(void)
{
    struct sock_addr addr;
    char text[16];
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));
    CHECK_EQ(sock_addr_format(&addr, NULL, 0), 12);
    memset(text, 'x', sizeof text);
    CHECK_EQ(sock_addr_format(&addr, text, 1), 12);
    CHECK_MEM(text, "\0x", 2);
    CHECK_EQ(sock_addr_format(&addr, text, 12), 12);
    CHECK_MEM(text, "192.0.2.1:8\0x", 13);
    CHECK_EQ(sock_addr_format(&addr, text, 13), 12);
    CHECK_STR(text, "192.0.2.1:80");
}

/* Whether libsock knows the fields of a family, and so its padding. */
static bool freed_of_padding(int family)
{
    static const int known[] = {AF_UNIX, AF_INET,      AF_INET6, AF_NETLINK, AF_PACKET, AF_CAN,
                                AF_TIPC, AF_BLUETOOTH, AF_ALG,   AF_VSOCK,   42 /* AF_QIPCRTR */};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == family)
            return true;
    return false;
}

static void native_round_trips(void)
{
    struct sock_addr addr, again, out;
    struct sockaddr_storage storage;
    unsigned char bytes[130];

    struct sockaddr_in in;
    memset(&in, 0xee, sizeof in);
    in.sin_family = AF_INET;
    in.sin_port = htons(80);
    inet_pton(AF_INET, "192.0.2.1", &in.sin_addr);
    CHECK_OK(sock_addr_from_native(&in, sizeof in, &addr));
    CHECK_STR(text_of(&addr), "192.0.2.1:80");
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &again));
    CHECK_MEM(&addr, &again, sizeof addr);
    memset(&storage, 0xee, sizeof storage);
    memcpy(&storage, &in, sizeof in);
    CHECK_OK(sock_addr_from_native(&storage, sizeof storage, &addr));
    CHECK_MEM(&addr, &again, sizeof addr);

    struct sockaddr_un un;
    memset(&un, 'p', sizeof un);
    un.sun_family = AF_UNIX;
    strcpy(un.sun_path, "/run/x");
    CHECK_OK(sock_addr_from_native(&un, sizeof un, &addr));
    CHECK_OK(sock_addr_unix("/run/x", 6, &again));
    CHECK_MEM(&addr, &again, sizeof addr);
    CHECK_OK(sock_addr_from_native(&un, offsetof(struct sockaddr_un, sun_path) + 3, &addr));
    CHECK_STR(text_of(&addr), "unix:/ru");
    memset(un.sun_path, 'p', sizeof un.sun_path);
    CHECK_OK(sock_addr_from_native(&un, sizeof un, &addr));
    CHECK_EQ(addr.len, sizeof un);
    CHECK_EQ(strncmp(text_of(&addr), "af1:7070", 8), 0);
    CHECK_EQ(sock_addr_get_unix(&addr, bytes, sizeof bytes), 108);

    /* Empty, AF_UNSPEC, short and unknown native addresses come back unchanged. */
    CHECK_OK(sock_addr_from_native(NULL, 0, &addr));
    CHECK_EQ(addr.len, 0);
    CHECK_STR(text_of(&addr), "unspec:");
    CHECK_EQ(sock_addr_family(&addr), AF_UNSPEC);
    CHECK_EQ(sock_addr_native(&addr, bytes, sizeof bytes), 0);
    for (int family = 0; family < 50; family++) {
        for (size_t len = 2; len <= 128; len++) {
            memset(bytes, 0x81, sizeof bytes);
            sa_family_t number = (sa_family_t)family;
            memcpy(bytes, &number, sizeof number);
            CHECK_OK(sock_addr_from_native(bytes, len, &addr));
            CHECK_EQ(sock_addr_family(&addr), family);
            memset(&storage, 0, sizeof storage);
            CHECK_EQ(sock_addr_native(&addr, &storage, sizeof storage), addr.len);
            if (!freed_of_padding(family)) {
                CHECK_EQ(addr.len, len);
                CHECK_MEM(&storage, bytes, len);
            }
            CHECK_OK(sock_addr_from_native(&storage, addr.len, &again));
            CHECK_MEM(&addr, &again, sizeof addr);
            CHECK_OK(sock_addr_parse(text_of(&addr), &again));
            CHECK_MEM(&addr, &again, sizeof addr);
        }
    }
    CHECK_NOTHING_OUT(sock_addr_from_native(bytes, 1, &out), -EINVAL, "len");
    CHECK_NOTHING_OUT(sock_addr_from_native(bytes, 129, &out), -EINVAL, "len");
    CHECK_NOTHING_OUT(sock_addr_from_native(bytes, SIZE_MAX, &out), -EINVAL, "sockaddr");

    /* A short buffer is filled as far as it goes, and the length reports the size needed. */
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));
    memset(bytes, 'x', sizeof bytes);
    CHECK_EQ(sock_addr_native(&addr, bytes, 4), 16);
    CHECK_MEM(bytes, addr.native, 4);
    CHECK_EQ(bytes[4], 'x');
    CHECK_EQ(sock_addr_native(&addr, NULL, 0), 16);
    /* Input and output may overlap. */
    again = addr;
    CHECK_OK(sock_addr_from_native(again.native, again.len, &again));
    CHECK_MEM(&again, &addr, sizeof addr);
}

/* R79: the kernel can write into the whole native storage, and the result is a valid address. */
static void addresses_of_the_kernel(void)
{
    int fd = CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));
    struct sock_addr addr;
    CHECK_OK(sock_addr_unix(NULL, 0, &addr));
    CHECK_EQ(bind(fd, (struct sockaddr *)addr.native, addr.len), 0);
    memset(&addr, 0, sizeof addr);
    socklen_t len = sizeof addr.native;
    CHECK_EQ(getsockname(fd, (struct sockaddr *)addr.native, &len), 0);
    addr.len = len;
    close(fd);
    /* Autobind: a NUL and five hexadecimal digits. */
    char name[109];
    CHECK_EQ(sock_addr_get_unix(&addr, name, sizeof name), 6);
    CHECK_EQ(name[0], 0);
    CHECK_EQ(strspn(name + 1, "0123456789abcdef"), 5);
    CHECK_EQ(strncmp(text_of(&addr), "unix:@", 6), 0);

    fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    CHECK_EQ(bind(fd, (struct sockaddr *)addr.native, addr.len), 0);
    len = sizeof addr.native;
    CHECK_EQ(getsockname(fd, (struct sockaddr *)addr.native, &len), 0);
    close(fd);
    int64_t port = 0;
    CHECK_EQ(sock_addr_get_ip(&addr, NULL, 0, &port, NULL, NULL), 9);
    CHECK_GT(port, 0);
    struct sock_addr same;
    CHECK_OK(sock_addr_ip("127.0.0.1", port, &same));
    CHECK_EQ(sock_addr_equal(&addr, &same), 1);
}

static void equality(void)
{
    struct sock_addr a, b;
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &a));
    b = a;
    CHECK_EQ(sock_addr_equal(&a, &a), 1);
    b.native[1] = 1;
    CHECK_EQ(sock_addr_equal(&a, &b), 1);
    b = a;
    b.native[15] = 1;
    CHECK_EQ(sock_addr_equal(&a, &b), 1);
    CHECK_OK(sock_addr_ip("192.0.2.1", 81, &b));
    CHECK_EQ(sock_addr_equal(&a, &b), 0);
    CHECK_OK(sock_addr_ip("::ffff:192.0.2.1", 80, &b));
    CHECK_EQ(sock_addr_equal(&a, &b), 0);
    CHECK_OK(sock_addr_parse("unspec:", &b));
    CHECK_EQ(sock_addr_equal(&a, &b), 0);
    CHECK_EQ(sock_addr_equal(&b, &b), 1);
}

/* Every function that takes an address refuses an invalid one. */
static void invalid_values(void)
{
    struct sock_addr good, bad;
    char buf[512];
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &good));
    for (int i = 0; i < 4; i++) {
        static const uint32_t lens[] = {1, 129, UINT32_MAX, 16};
        bad = good;
        bad.len = lens[i];
        bad.zero = i == 3;
        const char *field = i == 3 ? "zero: " : "len: ";
#define CHECK_FOREIGN(call)                                            \
    do {                                                               \
        memset(buf, 'x', sizeof buf);                                  \
        CHECK_ERR(call, -EINVAL);                                      \
        CHECK_EQ(strncmp(why(), field, strlen(field)), 0);             \
        for (size_t at = 0; at < sizeof buf; at++)                     \
            CHECK_EQ(buf[at], 'x');                                    \
    } while (0)
        CHECK_FOREIGN(sock_addr_format(&bad, buf, sizeof buf));
        CHECK_FOREIGN(sock_addr_family(&bad));
        CHECK_FOREIGN(sock_addr_native(&bad, buf, sizeof buf));
        CHECK_FOREIGN(sock_addr_get_unix(&bad, buf, sizeof buf));
        CHECK_FOREIGN(sock_addr_get_ip(&bad, buf, sizeof buf, NULL, NULL, NULL));
        CHECK_FOREIGN(sock_addr_equal(&bad, &good));
        CHECK_FOREIGN(sock_addr_equal(&good, &bad));
    }
    struct sock_addr path;
    int64_t port = -7;
    CHECK_OK(sock_addr_unix("/run/x", 6, &path));
    CHECK_ERR(sock_addr_get_ip(&path, buf, sizeof buf, &port, NULL, NULL), -EAFNOSUPPORT);
    CHECK_ERR(sock_addr_get_unix(&good, buf, sizeof buf), -EAFNOSUPPORT);
    good.len = 15;
    CHECK_ERR(sock_addr_get_ip(&good, buf, sizeof buf, &port, NULL, NULL), -EINVAL);
    CHECK_EQ(port, -7);
}

static void null_pointers(void)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("192.0.2.1", 80, &addr));
    CHECK_ERR(sock_addr_ip("192.0.2.1", 80, NULL), -EFAULT);
    CHECK_ERR(sock_addr_ip6("::1", 80, 0, 0, NULL), -EFAULT);
    CHECK_ERR(sock_addr_unix("x", 1, NULL), -EFAULT);
    CHECK_ERR(sock_addr_unix(NULL, 1, &addr), -EFAULT);
    CHECK_ERR(sock_addr_parse("192.0.2.1:80", NULL), -EFAULT);
    CHECK_ERR(sock_addr_parse(NULL, &addr), -EFAULT);
    CHECK_ERR(sock_addr_from_native(addr.native, addr.len, NULL), -EFAULT);
    CHECK_ERR(sock_addr_from_native(NULL, 16, &addr), -EFAULT);
    CHECK_ERR(sock_addr_format(NULL, NULL, 0), -EFAULT);
    CHECK_ERR(sock_addr_format(&addr, NULL, 1), -EFAULT);
    CHECK_ERR(sock_addr_native(NULL, NULL, 0), -EFAULT);
    CHECK_ERR(sock_addr_native(&addr, NULL, 1), -EFAULT);
    CHECK_ERR(sock_addr_family(NULL), -EFAULT);
    CHECK_ERR(sock_addr_get_ip(NULL, NULL, 0, NULL, NULL, NULL), -EFAULT);
    int64_t port = -7;
    CHECK_ERR(sock_addr_get_ip(&addr, NULL, 1, &port, NULL, NULL), -EFAULT);
    CHECK_EQ(port, -7);
    CHECK_ERR(sock_addr_get_unix(NULL, NULL, 0), -EFAULT);
    CHECK_OK(sock_addr_unix("x", 1, &addr));
    CHECK_ERR(sock_addr_get_unix(&addr, NULL, 1), -EFAULT);
    CHECK_ERR(sock_addr_equal(NULL, &addr), -EFAULT);
    CHECK_ERR(sock_addr_equal(&addr, NULL), -EFAULT);
    CHECK_STR(text_of(&addr), "unix:x");
}

/* The C library agrees on which hosts are numeric and how they are formatted. */
static void hosts_match_the_c_library(void)
{
    static const char letters[] = "0123456789abcdefAF:.::..25%g ";
    unsigned seed = 1;
    int accepted = 0;
    for (int round = 0; round < 200000; round++) {
        unsigned char bytes[16], pton[16];
        char host[64], written[INET6_ADDRSTRLEN];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = rand_r(&seed) % 3 ? 0 : (unsigned char)rand_r(&seed);
        if (round % 8 == 0)
            bytes[10] = bytes[11] = 0xff;
        int family = round % 4 ? AF_INET6 : AF_INET;
        inet_ntop(family, bytes, host, sizeof host);
        size_t len = strlen(host);
        for (int change = round % 3; change > 0; change--)
            host[rand_r(&seed) % len] = letters[rand_r(&seed) % (sizeof letters - 1)];
        if (strchr(host, '%'))
            continue; /* zones have their own test */
        struct sock_addr addr;
        int got = sock_addr_ip(host, 80, &addr);
        family = inet_pton(AF_INET, host, pton) == 1 ? AF_INET : inet_pton(AF_INET6, host, pton) == 1 ? AF_INET6 : 0;
        if ((got == 0) != (family != 0))
            FAIL("\"%s\": sock_addr_ip returns %d, inet_pton family %d", host, got, family);
        if (family == 0)
            continue;
        accepted++;
        CHECK_EQ(sock_addr_family(&addr), family);
        const unsigned char *native = (const unsigned char *)addr.native;
        CHECK_MEM(native + (family == AF_INET ? 4 : 8), pton, family == AF_INET ? 4 : 16);
        CHECK_OK(sock_addr_get_ip(&addr, written, sizeof written, NULL, NULL, NULL));
#ifdef __GLIBC__
        char expected[INET6_ADDRSTRLEN];
        CHECK_STR(written, inet_ntop(family, pton, expected, sizeof expected));
#endif
    }
    CHECK_GT(accepted, 70000);
}

TEST_MAIN(layout_is_fixed, ipv4_is_a_sockaddr_in, special_hosts, fields_out_of_range, ipv6_is_a_sockaddr_in6,
          zones, unix_names, text_round_trips, short_buffers, native_round_trips,
          addresses_of_the_kernel, equality, invalid_values, null_pointers,
          hosts_match_the_c_library)
