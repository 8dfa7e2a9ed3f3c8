/* AF_NETLINK: a request for the kernel's interfaces, multicast groups, messages between processes. */
#include "family.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

static sock_t bound(int64_t pid, int64_t groups)
{
    struct sock_addr addr;
    sock_t s = family_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "AF_NETLINK");
    CHECK_OK(sock_addr_netlink(pid, groups, &addr));
    CHECK_OK(sock_bind(s, &addr));
    return s;
}

static sock_t listener(void)
{
    return bound(0, RTMGRP_LINK);
}

static void test_names(void)
{
    sock_t s = bound(0, 0);
    struct sock_addr name;
    int64_t pid = -1, groups = -1;
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(name.len, 12);
    check_round_trip(&name);
    CHECK_OK(sock_addr_get_netlink(&name, &pid, &groups));
    CHECK_GT(pid, 0); /* chosen by the kernel */
    CHECK_EQ(groups, 0);
    CHECK_OK(sock_close(s));

    /* A port id of 32 bits stays unchanged. */
    s = bound(0xfffffff0, RTMGRP_LINK | RTMGRP_NOTIFY);
    CHECK_STR(name_text(s), "netlink:4294967280:0x3");
    sock_t other = family_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "AF_NETLINK");
    CHECK_OK(sock_addr_netlink(0xfffffff0, 0, &name));
    CHECK_ERR(sock_bind(other, &name), -EADDRINUSE);
    CHECK_OK(sock_close(other));
    CHECK_OK(sock_close(s));
}

/* RTM_GETLINK: the response comes from the kernel, whose port id is 0. */
static void test_interfaces_of_the_kernel(void)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info;
    } request = {.head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_seq = 7,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    static _Alignas(struct nlmsghdr) char answer[1 << 16];
    sock_t s = bound(0, 0);
    struct sock_addr kernel, from;
    CHECK_OK(sock_addr_netlink(0, 0, &kernel));
    CHECK_EQ(sock_sendto(s, &request, sizeof request, 0, &kernel), sizeof request);
    CHECK_OK(sock_settimeout(s, SEC(20)));
    int links = 0, unnamed = 0;
    for (bool done = false; !done;) {
        int64_t got = CHECK_OK(sock_recvfrom(s, answer, sizeof answer, 0, &from));
        CHECK_STR(text_of(&from), "netlink:0");
        int left = (int)got;
        for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)answer; NLMSG_OK(h, (unsigned)left);
             h = NLMSG_NEXT(h, left)) {
            CHECK_EQ(h->nlmsg_seq, 7);
            done |= h->nlmsg_type == NLMSG_DONE;
            if (h->nlmsg_type != RTM_NEWLINK)
                continue;
            char name[IF_NAMESIZE];
            unnamed += if_indextoname((unsigned)((struct ifinfomsg *)NLMSG_DATA(h))->ifi_index, name) == NULL;
            links++;
        }
    }
    CHECK_EQ(unnamed, 0);
    CHECK_GE(links, 1);
    CHECK_OK(sock_close(s));
}

/* Joins groups by address and by option; the event names the new interface. In its own network namespace,
 * where no other events occur. */
static void test_groups(void)
{
    if (unshare(CLONE_NEWNET) != 0)
        SKIP("no privilege to create a network namespace: %s", strerror(errno));
    sock_t by_address = listener(), by_option = bound(0, 0);
    const sock_t both[] = {by_address, by_option};
    CHECK_OK(sock_setsockopt_int(by_option, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK));
    if (system("ip link set lo up") != 0)
        SKIP("ip(8) cannot change an interface here");
    for (size_t i = 0; i < 2; i++) {
        static _Alignas(struct nlmsghdr) char event[1 << 16];
        struct sock_addr from;
        int64_t groups = -1;
        CHECK_OK(sock_settimeout(both[i], SEC(20)));
        CHECK_GT(sock_recvfrom(both[i], event, sizeof event, 0, &from), 0);
        const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)event;
        CHECK_EQ(h->nlmsg_type, RTM_NEWLINK);
        CHECK_EQ(((const struct ifinfomsg *)NLMSG_DATA(h))->ifi_index, 1);
        CHECK_OK(sock_addr_get_netlink(&from, NULL, &groups));
        CHECK_EQ(groups, RTMGRP_LINK); /* the group that delivered it */
    }
    CHECK_OK(sock_close(by_address));
    CHECK_OK(sock_close(by_option));
}

/* NETLINK_USERSOCK: from one process to another. */
static void test_between_processes(void)
{
    struct sock_addr addr, from;
    char got[8];
    sock_t s = family_socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK, "NETLINK_USERSOCK");
    sock_t t = family_socket(AF_NETLINK, SOCK_DGRAM, NETLINK_USERSOCK, "NETLINK_USERSOCK");
    CHECK_OK(sock_addr_netlink(0, 0, &addr));
    CHECK_OK(sock_bind(s, &addr));
    CHECK_OK(sock_bind(t, &addr));
    CHECK_OK(sock_getsockname(t, &addr));
    int64_t sent = sock_sendto(s, "port", 4, 0, &addr);
    if (sent == -EPERM)
        SKIP("netlink messages between processes need a privilege");
    CHECK_EQ(sent, 4);
    CHECK_OK(sock_settimeout(t, SEC(20)));
    CHECK_EQ(sock_recvfrom(t, got, sizeof got, 0, &from), 4);
    CHECK_MEM(got, "port", 4);
    CHECK_OK(sock_getsockname(s, &addr));
    CHECK_EQ(sock_addr_equal(&from, &addr), 1);
    CHECK_OK(sock_addr_netlink(0x7ffffff1, 0, &addr));
    CHECK_ERR(sock_sendto(s, "port", 4, 0, &addr), -ECONNREFUSED); /* no socket has this port id */
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(t));
}

static void test_refusals(void)
{
    sock_t s = family_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "AF_NETLINK");
    check_foreign_addresses(s, true, true);
    CHECK_OK(sock_close(s));
    CHECK_ERR(sock_socket(AF_NETLINK, SOCK_RAW, 99), -EPROTONOSUPPORT);
}

static void test_wakes(void) { check_wakes(listener); }

TEST_MAIN(test_names, test_interfaces_of_the_kernel, test_between_processes, test_refusals, test_wakes,
          test_groups)
