/* Prints network changes on this machine: a line for each link, address and route added or removed.
 *
 *     netlink_routes [SECONDS]     default: runs for ever
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock.h"

/* Returns the result, or exits with an error message. */
static int64_t check(const char *what, int64_t result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

/* Finds one attribute after the message's own struct of `size` bytes; returns its data, or NULL. */
static const void *attribute(const struct nlmsghdr *message, size_t size, int type)
{
    const struct rtattr *a = (const void *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(size));
    int left = (int)NLMSG_PAYLOAD(message, size);
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == type)
            return RTA_DATA(a);
    return NULL;
}

/* Prints "192.0.2.0/24"; the default route has no address. */
static void print_net(int family, const void *bytes, int bits)
{
    char text[INET6_ADDRSTRLEN];
    if (bytes && inet_ntop(family, bytes, text, sizeof text))
        printf("%s/%d", text, bits);
    else
        printf("default");
}

static const char *interface(unsigned index, char *name)
{
    return if_indextoname(index, name) ? name : "?";
}

static void print_link(const struct nlmsghdr *message, const char *what)
{
    const struct ifinfomsg *link = NLMSG_DATA(message);
    const char *name = attribute(message, sizeof *link, IFLA_IFNAME);
    printf("link %s %s %s\n", name ? name : "?", what, link->ifi_flags & IFF_UP ? "up" : "down");
}

static void print_address(const struct nlmsghdr *message, const char *what)
{
    const struct ifaddrmsg *at = NLMSG_DATA(message);
    char name[IF_NAMESIZE];
    printf("address ");
    print_net(at->ifa_family, attribute(message, sizeof *at, IFA_ADDRESS), at->ifa_prefixlen);
    printf(" %s on %s\n", what, interface(at->ifa_index, name));
}

static void print_route(const struct nlmsghdr *message, const char *what)
{
    const struct rtmsg *route = NLMSG_DATA(message);
    char via[INET6_ADDRSTRLEN], name[IF_NAMESIZE];
    const void *gateway = attribute(message, sizeof *route, RTA_GATEWAY);
    const unsigned *index = attribute(message, sizeof *route, RTA_OIF);
    printf("route ");
    print_net(route->rtm_family, attribute(message, sizeof *route, RTA_DST), route->rtm_dst_len);
    printf(" %s", what);
    if (gateway && inet_ntop(route->rtm_family, gateway, via, sizeof via))
        printf(" via %s", via);
    if (index)
        printf(" on %s", interface(*index, name));
    printf("\n");
}

static void print_message(const struct nlmsghdr *message)
{
    switch (message->nlmsg_type) {
    case RTM_NEWLINK: print_link(message, "is"); break;
    case RTM_DELLINK: print_link(message, "has gone"); break;
    case RTM_NEWADDR: print_address(message, "is"); break;
    case RTM_DELADDR: print_address(message, "has gone"); break;
    case RTM_NEWROUTE: print_route(message, "is"); break;
    case RTM_DELROUTE: print_route(message, "has gone"); break;
    }
}

int main(int argc, char **argv)
{
    static _Alignas(struct nlmsghdr) char data[65536];
    struct sock_addr addr;
    int64_t len, groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                          RTMGRP_IPV6_ROUTE;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    check("address", sock_addr_netlink(0, groups, &addr));
    sock_t s = check("socket", sock_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    check("bind", sock_bind(s, &addr));
    if (argc > 1) { /* one deadline for everything, however many changes arrive */
        int64_t end = sock_now() + strtol(argv[1], NULL, 10) * INT64_C(1000000000);
        check("setdeadline", sock_setdeadline(s, SOCK_READ, end));
    }
    printf("listening\n");

    while ((len = sock_recv(s, data, sizeof data, 0)) >= 0) {
        const struct nlmsghdr *message = (const void *)data;
        for (unsigned left = (unsigned)len; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
            print_message(message);
    }
    if (len != SOCK_ETIMEDOUT)
        check("recv", len);
    check("close", sock_close(s));
    return 0;
}
