/* Multicast groups: joining and leaving by name, by index and by zone, from any source or a single one. */
#include "check.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sock_addr ip(const char *host, int64_t port)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip(host, port, &addr));
    return addr;
}

static int64_t loopback(void)
{
    unsigned index = if_nametoindex("lo");
    if (index == 0)
        SKIP("there is no interface lo");
    return index;
}

/* A receiver on a group's port, and a sender on an interface. */
struct group {
    sock_t receiver, sender;
    struct sock_addr to;
};

static struct group open_group(const char *host, const char *any, int index)
{
    bool v6 = strchr(host, ':') != NULL;
    int family = v6 ? AF_INET6 : AF_INET;
    struct group g = {CHECK_OK(sock_socket(family, SOCK_DGRAM, 0)), CHECK_OK(sock_socket(family, SOCK_DGRAM, 0)),
                      ip(any, 0)};
    CHECK_OK(sock_bind(g.receiver, &g.to));
    CHECK_OK(sock_getsockname(g.receiver, &g.to));
    int64_t port;
    CHECK_OK(sock_addr_get_ip(&g.to, NULL, 0, &port, NULL, NULL));
    g.to = ip(host, port);
    if (v6) {
        CHECK_OK(sock_setsockopt_int(g.sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, index));
    } else {
        struct ip_mreqn via = {.imr_ifindex = index};
        CHECK_OK(sock_setsockopt(g.sender, IPPROTO_IP, IP_MULTICAST_IF, &via, sizeof via));
        CHECK_OK(sock_setsockopt_int(g.receiver, IPPROTO_IP, IP_MULTICAST_ALL, 0));
        struct sock_addr from = ip("127.0.0.1", 0);
        CHECK_OK(sock_bind(g.sender, &from));
    }
    CHECK_OK(sock_settimeout(g.receiver, MS(200)));
    return g;
}

static bool delivers(const struct group *g)
{
    char byte = 'm';
    CHECK_EQ(sock_sendto(g->sender, &byte, 1, 0, &g->to), 1);
    int64_t got = sock_recv(g->receiver, &byte, 1, 0);
    if (got == SOCK_ETIMEDOUT)
        return false;
    CHECK_EQ(got, 1);
    return true;
}

static void close_group(const struct group *g)
{
    CHECK_OK(sock_close(g->receiver));
    CHECK_OK(sock_close(g->sender));
}

static void test_every_way_to_name_the_interface(void)
{
    int64_t lo = loopback();
    struct group g = open_group("239.83.1.2", "0.0.0.0", (int)lo);
    const struct {
        const char *name;
        int64_t index;
    } ways[] = {{"lo", 0}, {NULL, lo}, {"", lo}, {"lo", lo}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        CHECK(!delivers(&g));
        CHECK_OK(sock_join_group(g.receiver, &g.to, NULL, ways[i].name, ways[i].index));
        CHECK_ERR(sock_join_group(g.receiver, &g.to, NULL, "lo", 0), -EADDRINUSE);
        CHECK(delivers(&g));
        CHECK_OK(sock_leave_group(g.receiver, &g.to, NULL, ways[i].name, ways[i].index));
        CHECK_ERR(sock_leave_group(g.receiver, &g.to, NULL, "lo", 0), -EADDRNOTAVAIL);
    }
    close_group(&g);
}

static void test_one_source(void)
{
    struct group g = open_group("232.83.1.2", "0.0.0.0", (int)loopback());
    struct sock_addr other = ip("127.0.0.9", 0), right = ip("127.0.0.1", 0);
    CHECK_OK(sock_join_group(g.receiver, &g.to, &other, "lo", 0));
    CHECK(!delivers(&g));
    CHECK_OK(sock_join_group(g.receiver, &g.to, &right, "lo", 0));
    CHECK(delivers(&g));
    CHECK_OK(sock_leave_group(g.receiver, &g.to, &right, "lo", 0));
    CHECK(!delivers(&g));
    CHECK_ERR(sock_leave_group(g.receiver, &g.to, &right, "lo", 0), -EADDRNOTAVAIL);
    CHECK_OK(sock_leave_group(g.receiver, &g.to, &other, "lo", 0));
    close_group(&g);
}

/* An interface other than lo that can send to link-local groups: IPv6 on lo delivers none. */
static int link_local(char name[IF_NAMESIZE])
{
    struct ifaddrs *list;
    CHECK_SYS(getifaddrs(&list));
    int index = 0;
    for (struct ifaddrs *i = list; i && !index; i = i->ifa_next) {
        const struct sockaddr_in6 *in6 = (const void *)i->ifa_addr;
        unsigned wanted = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
        if (in6 && in6->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) &&
            (i->ifa_flags & wanted) == wanted) {
            index = (int)if_nametoindex(i->ifa_name);
            snprintf(name, IF_NAMESIZE, "%s", i->ifa_name);
        }
    }
    freeifaddrs(list);
    return index;
}

static void test_ipv6_delivers(void)
{
    char name[IF_NAMESIZE], host[64];
    int index = link_local(name);
    if (index == 0)
        SKIP("no interface with multicast and a link-local address is up");
    snprintf(host, sizeof host, "ff02::8301%%%d", index);
    struct group g = open_group(host, "::", index);
    CHECK(!delivers(&g));
    CHECK_OK(sock_join_group(g.receiver, &g.to, NULL, NULL, 0));
    CHECK(delivers(&g));
    CHECK_OK(sock_leave_group(g.receiver, &g.to, NULL, name, 0));
    CHECK_OK(sock_close(g.receiver));
    CHECK_OK(sock_close(g.sender));
}

/* The zone of the group's address selects the interface as well as the other two forms. */
static void test_ipv6_and_its_zone(void)
{
    if (!sock_has_dualstack_ipv6())
        SKIP("IPv6 is off");
    int64_t lo = loopback();
    sock_t s = CHECK_OK(sock_socket(AF_INET6, SOCK_DGRAM, 0));
    struct sock_addr group = ip("ff02::8301%lo", 0), source = ip("::1", 0);
    CHECK_OK(sock_join_group(s, &group, NULL, NULL, 0));
    CHECK_ERR(sock_join_group(s, &group, NULL, "lo", lo), -EADDRINUSE);
    CHECK_OK(sock_leave_group(s, &group, NULL, "lo", 0));
    CHECK_ERR(sock_leave_group(s, &group, NULL, NULL, lo), -EADDRNOTAVAIL);
    CHECK_OK(sock_join_group(s, &group, &source, NULL, 0));
    CHECK_OK(sock_leave_group(s, &group, &source, NULL, lo));
    CHECK_REFUSED(sock_join_group(s, &group, NULL, NULL, lo + 1), -EINVAL, "index");
    /* A dual-stack socket joins IPv4 groups too. */
    CHECK_OK(sock_setsockopt_int(s, IPPROTO_IPV6, IPV6_V6ONLY, 0));
    struct sock_addr v4 = ip("239.83.1.3", 0);
    CHECK_OK(sock_join_group(s, &v4, NULL, "lo", 0));
    CHECK_OK(sock_leave_group(s, &v4, NULL, "lo", 0));
    CHECK_OK(sock_close(s));
}

static void test_refusals(void)
{
    int64_t lo = loopback();
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    struct sock_addr group = ip("239.83.1.2", 0), single = ip("192.0.2.1", 0), v6 = ip("::1", 0), name;
    CHECK_OK(sock_addr_unix("/x", 2, &name));
    CHECK_REFUSED(sock_join_group(s, &single, NULL, "lo", 0), -EINVAL, "group");
    CHECK_REFUSED(sock_join_group(s, &v6, NULL, "lo", 0), -EINVAL, "group");
    CHECK_REFUSED(sock_join_group(s, &group, &v6, "lo", 0), -EINVAL, "source");
    CHECK_ERR(sock_join_group(s, &name, NULL, "lo", 0), -EAFNOSUPPORT);
    CHECK_ERR(sock_join_group(s, &group, &name, "lo", 0), -EAFNOSUPPORT);
    CHECK_REFUSED(sock_join_group(s, &group, NULL, "none-such", 0), -ENODEV, "device");
    CHECK_REFUSED(sock_join_group(s, &group, NULL, "a-name-much-longer-than-any-interface", 0), -ENODEV,
                  "device");
    CHECK_REFUSED(sock_join_group(s, &group, NULL, "lo", lo + 1), -EINVAL, "index");
    CHECK_REFUSED(sock_join_group(s, &group, NULL, NULL, -1), -EINVAL, "index");
    CHECK_REFUSED(sock_join_group(s, &group, NULL, NULL, (int64_t)1 << 32), -EINVAL, "index");
    CHECK_ERR(sock_join_group(s, &group, NULL, NULL, 2147483647), -ENODEV);
    CHECK_ERR(sock_join_group(s, NULL, NULL, "lo", 0), -EFAULT);
    CHECK_ERR(sock_leave_group(s, NULL, NULL, "lo", 0), -EFAULT);
    struct sock_addr broken = group;
    broken.len = 129;
    CHECK_ERR(sock_join_group(s, &broken, NULL, "lo", 0), -EINVAL);
    CHECK_ERR(sock_leave_group(s, &group, NULL, "lo", 0), -EADDRNOTAVAIL);
    CHECK_OK(sock_close(s));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_ERR(sock_join_group(s, &group, NULL, "lo", 0), -EBADF);
    CHECK_ERR(sock_leave_group(0, &group, NULL, "lo", 0), -EBADF);
    CHECK_ERR(sock_join_group(token, &group, NULL, "lo", 0), -ENOTSOCK);
    CHECK_OK(sock_close(token));
}

TEST_MAIN(test_every_way_to_name_the_interface, test_one_source, test_ipv6_and_its_zone,
          test_ipv6_delivers, test_refusals)
