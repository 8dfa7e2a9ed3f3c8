/* AF_PACKET: frames of the loopback interface, with and without their header. Needs CAP_NET_RAW. */
#include "family.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sched.h>
#include <unistd.h>

/* ARPHRD_LOOPBACK of linux/if_arp.h, which conflicts with net/if.h. */
#define LOOPBACK_TYPE 772

/* An unused protocol: IEEE 802.1, local experimental. */
#define EXPERIMENTAL 0x88b5

static sock_t packet(int type)
{
    static bool own;
    if (!own && unshare(CLONE_NEWNET) == 0 && system("ip link set lo up") != 0)
        SKIP("ip(8) cannot bring up an interface");
    own = true;
    if (!if_nametoindex("lo"))
        SKIP("there is no interface lo");
    return family_socket(AF_PACKET, type, 0, "AF_PACKET");
}

static sock_t bound(int type, int64_t protocol)
{
    struct sock_addr addr;
    sock_t s = packet(type);
    CHECK_OK(sock_addr_packet("lo", protocol, 0, 0, NULL, 0, &addr));
    CHECK_OK(sock_bind(s, &addr));
    CHECK_OK(sock_settimeout(s, SEC(20)));
    return s;
}

static sock_t silent(void)
{
    sock_t s = bound(SOCK_RAW, EXPERIMENTAL);
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    return s;
}

/* The address of a bound socket: interface, protocol and hardware type. */
static void test_names(void)
{
    sock_t s = bound(SOCK_RAW, ETH_P_ALL);
    struct sock_addr name;
    CHECK_OK(sock_getsockname(s, &name));
    check_round_trip(&name);
    CHECK_EQ(name.len, sizeof(struct sockaddr_ll));
    CHECK_STR(text_of(&name), "packet:lo:0x3:0:772:00:00:00:00:00:00");
    char interface[IFNAMSIZ];
    int64_t index = -1, protocol = -1, hatype = -1;
    size_t len = 0;
    CHECK_EQ(sock_addr_get_packet(&name, interface, sizeof interface, &index, &protocol, NULL, &hatype, NULL, 0, &len),
             2);
    CHECK_STR(interface, "lo");
    CHECK_EQ(index, if_nametoindex("lo"));
    CHECK_EQ(protocol, ETH_P_ALL);
    CHECK_EQ(hatype, LOOPBACK_TYPE);
    CHECK_EQ(len, 6);
    CHECK_OK(sock_close(s));
}

/* SOCK_RAW: the whole frame, as in the sniffer of Python's documentation. */
static void test_sniffed_datagram(void)
{
    sock_t s = bound(SOCK_RAW, ETH_P_IP), udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    struct sock_addr to, from;
    int64_t port = -1, protocol = -1, type = -1;
    unsigned char frame[2048];
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &to));
    CHECK_OK(sock_bind(udp, &to));
    CHECK_OK(sock_getsockname(udp, &to));
    CHECK_OK(sock_addr_get_ip(&to, NULL, 0, &port, NULL, NULL));
    CHECK_EQ(sock_sendto(udp, "sniff me", 8, 0, &to), 8);
    int64_t got;
    const unsigned char *ip = frame + sizeof(struct ether_header), *header = ip + 20, *data = header + 8;
    do /* until it is this datagram */
        got = CHECK_OK(sock_recvfrom(s, frame, sizeof frame, 0, &from));
    while (got < 14 + 20 + 8 + 8 || ip[9] != IPPROTO_UDP || (header[2] << 8 | header[3]) != port);
    CHECK_EQ(got, 14 + 20 + 8 + 8);
    CHECK_EQ(frame[12] << 8 | frame[13], ETHERTYPE_IP);
    CHECK_EQ(ip[0], 0x45);
    CHECK_MEM(data, "sniff me", 8);
    check_round_trip(&from);
    CHECK_EQ(sock_addr_get_packet(&from, NULL, 0, NULL, &protocol, &type, NULL, NULL, 0, NULL), 2);
    CHECK_EQ(protocol, ETHERTYPE_IP);
    CHECK(type == PACKET_HOST || type == PACKET_OUTGOING);
    CHECK_OK(sock_close(udp));
    CHECK_OK(sock_close(s));
}

/* SOCK_DGRAM: the kernel adds and removes the header, using the address. */
static void test_frames_between_sockets(void)
{
    sock_t receiver = bound(SOCK_DGRAM, EXPERIMENTAL), sender = packet(SOCK_DGRAM);
    struct sock_addr to, from;
    const unsigned char unused[6] = {2, 0, 0x5e, 0x10, 0, 1}, nothing[6] = {0};
    unsigned char got[64], hwaddr[32];
    size_t len = 0;
    int64_t protocol = -1;
    CHECK_OK(sock_addr_packet("lo", EXPERIMENTAL, 0, 0, unused, sizeof unused, &to));
    CHECK_EQ(sock_sendto(sender, "payload", 7, 0, &to), 7);
    CHECK_EQ(sock_recvfrom(receiver, got, sizeof got, 0, &from), 7);
    CHECK_MEM(got, "payload", 7);
    check_round_trip(&from);
    CHECK_OK(sock_addr_get_packet(&from, NULL, 0, NULL, &protocol, NULL, NULL, hwaddr, sizeof hwaddr, &len));
    CHECK_EQ(protocol, EXPERIMENTAL);
    CHECK_EQ(len, 6);
    CHECK_MEM(hwaddr, nothing, 6); /* the address of loopback itself */
    CHECK_OK(sock_close(sender));
    CHECK_OK(sock_close(receiver));
}

/* The number of sockets and other users that set lo to promiscuous mode, as ip(8) reports it. */
static int promiscuity(void)
{
    char line[1024];
    int count = -1;
    FILE *ip = popen("ip -d link show dev lo", "re");
    CHECK(ip != NULL);
    while (fgets(line, sizeof line, ip)) {
        const char *at = strstr(line, "promiscuity ");
        if (at)
            count = atoi(at + 12);
    }
    pclose(ip);
    return count;
}

static void test_promiscuous(void)
{
    sock_t s = packet(SOCK_RAW);
    CHECK_EQ(promiscuity(), 0);
    CHECK_OK(sock_set_promiscuous(s, "lo", 1));
    CHECK_EQ(promiscuity(), 1);
    CHECK_OK(sock_set_promiscuous(s, "lo", 1)); /* counted for the socket, once per interface */
    CHECK_EQ(promiscuity(), 1);
    CHECK_OK(sock_set_promiscuous(s, "lo", 0));
    CHECK_EQ(promiscuity(), 1);
    CHECK_OK(sock_set_promiscuous(s, "lo", 0));
    CHECK_EQ(promiscuity(), 0);
    CHECK_ERR(sock_set_promiscuous(s, "2147483647", 1), -ENODEV);
    CHECK_REFUSED(sock_set_promiscuous(s, "no-such-if", 1), -ENODEV, "interface");
    CHECK_OK(sock_set_promiscuous(s, "lo", 1));
    CHECK_OK(sock_close(s)); /* removes it */
    CHECK_EQ(promiscuity(), 0);
    sock_t udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_LT(sock_set_promiscuous(udp, "lo", 1), 0);
    CHECK_OK(sock_close(udp));
}

static void test_refusals(void)
{
    sock_t s = packet(SOCK_RAW);
    struct sock_addr addr;
    check_foreign_addresses(s, false, true);
    CHECK_OK(sock_addr_packet("2147483647", 3, 0, 0, NULL, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -ENODEV);
    CHECK_OK(sock_close(s));
}

static void test_wakes(void) { check_wakes(silent); }

TEST_MAIN(test_names, test_sniffed_datagram, test_frames_between_sockets, test_promiscuous, test_refusals,
          test_wakes)
