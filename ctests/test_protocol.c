/* The protocols of AF_INET beyond TCP and UDP: SCTP, DCCP, UDP-Lite, MPTCP, and raw sockets with a header of
 * the kernel's and of the program's own making. */
#include "family.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif
#ifndef SOCK_DCCP
#define SOCK_DCCP 6
#endif

/* linux/dccp.h and linux/sctp.h do not go with the C library's headers everywhere. */
enum {
    SOL_OF_DCCP = 269,
    DCCP_SOCKOPT_SERVICE = 2,
    SCTP_NODELAY = 3,
    SCTP_EVENTS = 11,
    SCTP_SNDRCV = 1,
    UDPLITE_SEND_CSCOV = 10,
    UDPLITE_RECV_CSCOV = 11
};

static const char *const loopbacks[] = {"127.0.0.1", "::1"};
static const int families[] = {AF_INET, AF_INET6};

static int protocol_type, protocol_number; /* of the sockets that the waking tests open */

/* A bound socket on a loopback address; 0 where this machine has no such address. */
static sock_t bound(int i, int type, int protocol, const char *name, struct sock_addr *addr)
{
    sock_t s = family_socket(families[i], type, protocol, name);
    if (protocol == IPPROTO_DCCP)
        CHECK_OK(sock_setsockopt_int(s, SOL_OF_DCCP, DCCP_SOCKOPT_SERVICE, 42));
    CHECK_OK(i == 0 ? sock_addr_ip(loopbacks[i], 0, addr) : sock_addr_ip6(loopbacks[i], 0, 0, 0, addr));
    int code = sock_bind(s, addr);
    if (code == -EADDRNOTAVAIL && i == 1) {
        CHECK_OK(sock_close(s));
        return 0;
    }
    CHECK_OK(code);
    CHECK_OK(sock_getsockname(s, addr));
    return s;
}

/* One connection of a protocol that has them. */
static void connection_of(int i, int type, int protocol, const char *name)
{
    struct sock_addr to, peer, own;
    char got[64];
    sock_t l = bound(i, type, protocol, name, &to);
    if (!l)
        return;
    CHECK_OK(sock_listen(l, 4));
    sock_t c = family_socket(families[i], type, protocol, name);
    if (protocol == IPPROTO_DCCP)
        CHECK_OK(sock_setsockopt_int(c, SOL_OF_DCCP, DCCP_SOCKOPT_SERVICE, 42));
    CHECK_EQ(sock_proto(c), protocol);
    CHECK_OK(sock_settimeout(c, SEC(60)));
    CHECK_OK(sock_settimeout(l, SEC(60)));
    CHECK_OK(sock_connect(c, &to));
    sock_t a = CHECK_OK(sock_accept(l, &peer));
    CHECK_OK(sock_settimeout(a, SEC(60)));
    check_round_trip(&peer);
    CHECK_EQ(sock_proto(a), protocol);
    CHECK_OK(sock_getsockname(c, &own));
    int64_t own_port = -1, peer_port = -2;
    CHECK_OK(sock_addr_get_ip(&own, NULL, 0, &own_port, NULL, NULL));
    CHECK_OK(sock_addr_get_ip(&peer, NULL, 0, &peer_port, NULL, NULL));
    CHECK_EQ(own_port, peer_port);
    CHECK_EQ(sock_send(c, "there", 5, 0), 5);
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 5);
    CHECK_MEM(got, "there", 5);
    CHECK_EQ(sock_send(a, "and back", 8, 0), 8);
    CHECK_EQ(sock_recv(c, got, sizeof got, 0), 8);
    CHECK_MEM(got, "and back", 8);
    CHECK_OK(sock_close(a));
    CHECK_EQ(sock_recv(c, got, sizeof got, 0), 0);
    CHECK_OK(sock_close(c));
    CHECK_OK(sock_close(l));
}

static sock_t listener(void)
{
    struct sock_addr addr;
    sock_t s = bound(0, protocol_type, protocol_number, "protocol", &addr);
    CHECK_OK(sock_listen(s, 4));
    return s;
}

static void check_accept_wakes(int type, int protocol)
{
    protocol_type = type;
    protocol_number = protocol;
    check_wakes_of(listener, true);
}

/* RFC 9260. CPython: test_sendmsg and recvmsg on SCTP. */
static void test_sctp_stream(void)
{
    for (int i = 0; i < 2; i++)
        connection_of(i, SOCK_STREAM, IPPROTO_SCTP, "IPPROTO_SCTP");
    sock_t s = family_socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP, "IPPROTO_SCTP");
    int value = -1;
    CHECK_OK(sock_setsockopt_int(s, IPPROTO_SCTP, SCTP_NODELAY, 1));
    CHECK_OK(sock_getsockopt_int(s, IPPROTO_SCTP, SCTP_NODELAY, &value));
    CHECK_EQ(value, 1);
    check_foreign_addresses(s, true, false);
    CHECK_OK(sock_close(s));
    check_accept_wakes(SOCK_STREAM, IPPROTO_SCTP);
}

static sock_t sctp_receiver(void)
{
    struct sock_addr addr;
    sock_t s = bound(0, SOCK_SEQPACKET, IPPROTO_SCTP, "IPPROTO_SCTP", &addr);
    CHECK_OK(sock_listen(s, 4));
    return s;
}

/* R116: messages without connections of the program's own; each is a record, whose end is told. */
static void test_sctp_seqpacket(void)
{
    struct sock_addr to, own, from;
    char got[64];
    sock_t server = bound(0, SOCK_SEQPACKET, IPPROTO_SCTP, "IPPROTO_SCTP", &to);
    sock_t client = bound(0, SOCK_SEQPACKET, IPPROTO_SCTP, "IPPROTO_SCTP", &own);
    CHECK_OK(sock_listen(server, 4));
    CHECK_OK(sock_settimeout(server, SEC(60)));
    CHECK_OK(sock_settimeout(client, SEC(60)));
    CHECK_EQ(sock_sendto(client, "first", 5, 0, &to), 5);
    CHECK_EQ(sock_sendto(client, "second", 6, 0, &to), 6);
    struct sock_iovec piece = {got, sizeof got};
    struct sock_msg message = {.iov = &piece, .iov_count = 1, .addr = &from};
    CHECK_EQ(sock_recvmsg(server, &message, 0), 5);
    CHECK_EQ(message.flags & MSG_EOR, MSG_EOR);
    CHECK_EQ(sock_addr_equal(&from, &own), 1);
    /* Cut, and the rest of the record comes with the next receive. */
    piece.len = 3;
    CHECK_EQ(sock_recvmsg(server, &message, 0), 3);
    CHECK_EQ(message.flags & MSG_EOR, 0);
    CHECK_EQ(sock_recvmsg(server, &message, 0), 3);
    CHECK_EQ(message.flags & MSG_EOR, MSG_EOR);
    CHECK_MEM(got, "ond", 3);
    CHECK_EQ(sock_sendto(server, "back", 4, 0, &from), 4);
    CHECK_EQ(sock_recv(client, got, sizeof got, 0), 4);
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
    check_wakes(sctp_receiver);
}

/* RFC 4340: connections of datagrams. */
static void test_dccp(void)
{
    for (int i = 0; i < 2; i++)
        connection_of(i, SOCK_DCCP, IPPROTO_DCCP, "IPPROTO_DCCP");
    sock_t s = family_socket(AF_INET, SOCK_DCCP, IPPROTO_DCCP, "IPPROTO_DCCP");
    check_foreign_addresses(s, true, false);
    CHECK_OK(sock_close(s));
    check_accept_wakes(SOCK_DCCP, IPPROTO_DCCP);
}

static sock_t udplite(void)
{
    struct sock_addr addr;
    return bound(0, SOCK_DGRAM, IPPROTO_UDPLITE, "IPPROTO_UDPLITE", &addr);
}

/* RFC 3828: UDP whose checksum covers a part. CPython: the UDPLITE tests. */
static void test_udplite(void)
{
    for (int i = 0; i < 2; i++) {
        struct sock_addr to, own, from;
        char got[64];
        int covered = -1;
        sock_t a = bound(i, SOCK_DGRAM, IPPROTO_UDPLITE, "IPPROTO_UDPLITE", &own);
        if (!a)
            continue;
        sock_t b = bound(i, SOCK_DGRAM, IPPROTO_UDPLITE, "IPPROTO_UDPLITE", &to);
        CHECK_OK(sock_setsockopt_int(a, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 16));
        CHECK_OK(sock_getsockopt_int(a, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, &covered));
        CHECK_EQ(covered, 16);
        CHECK_OK(sock_setsockopt_int(b, IPPROTO_UDPLITE, UDPLITE_RECV_CSCOV, 16));
        CHECK_OK(sock_settimeout(b, SEC(20)));
        CHECK_EQ(sock_sendto(a, "partly covered by its checksum", 30, 0, &to), 30);
        CHECK_EQ(sock_recvfrom(b, got, sizeof got, 0, &from), 30);
        CHECK_MEM(got, "partly covered", 14);
        CHECK_EQ(sock_addr_equal(&from, &own), 1);
        /* Less covered than the receiver wants: dropped. */
        CHECK_OK(sock_setsockopt_int(a, IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, 8));
        CHECK_EQ(sock_sendto(a, "too little", 10, 0, &to), 10);
        CHECK_OK(sock_settimeout(b, MS(50)));
        CHECK_ERR(sock_recv(b, got, sizeof got, 0), SOCK_ETIMEDOUT);
        CHECK_OK(sock_close(a));
        CHECK_OK(sock_close(b));
    }
    check_wakes(udplite);
}

/* RFC 8684. */
static void test_mptcp(void)
{
    sock_t s = sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
    if (s == -ENOPROTOOPT)
        SKIP("net.mptcp.enabled is 0");
    if (s == -EPROTONOSUPPORT || s == -EINVAL)
        SKIP("this kernel has no IPPROTO_MPTCP: %s", sock_strerror(s));
    CHECK_OK(s);
    CHECK_OK(sock_close(s));
    for (int i = 0; i < 2; i++)
        connection_of(i, SOCK_STREAM, IPPROTO_MPTCP, "IPPROTO_MPTCP");
    check_accept_wakes(SOCK_STREAM, IPPROTO_MPTCP);
}

static uint16_t checksum(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static struct icmphdr echo_request(uint16_t id)
{
    struct icmphdr echo;
    memset(&echo, 0, sizeof echo);
    echo.type = ICMP_ECHO;
    echo.un.echo.id = htons(id);
    echo.un.echo.sequence = htons(1);
    echo.checksum = checksum(&echo, sizeof echo);
    return echo;
}

/* Whether this machine answers what is sent to its loopback address, asked with raw descriptors: it may be
 * told not to (net.ipv4.icmp_echo_ignore_all), and a filter may be in the way. */
static void needs_echo(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0)
        SKIP("SOCK_RAW needs a privilege that this test has not: %s", strerror(errno));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct icmphdr echo = echo_request(0x1111);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    unsigned char packet[256];
    bool answered = false;
    CHECK_SYS(sendto(fd, &echo, sizeof echo, 0, (struct sockaddr *)&to, sizeof to));
    while (!answered && poll(&ready, 1, (int)(2000 * test_scale())) == 1) {
        ssize_t got = recv(fd, packet, sizeof packet, 0);
        answered = got >= 28 && packet[20] == ICMP_ECHOREPLY;
    }
    close(fd);
    if (!answered)
        SKIP("this machine answers no echo request to its loopback address");
}

/* Sends a request until it is answered: the kernel limits how many answers it gives in a second, to all. */
static void check_echo(sock_t sender, sock_t receiver, const void *request, size_t len, uint16_t id)
{
    unsigned char packet[256];
    struct sock_addr to, from;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &to));
    CHECK_OK(sock_settimeout(receiver, SEC(1)));
    for (int tries = 20; tries > 0; tries--) {
        int64_t got;
        CHECK_EQ(sock_sendto(sender, request, len, 0, &to), len);
        while ((got = sock_recvfrom(receiver, packet, sizeof packet, 0, &from)) > 0) {
            const struct icmphdr *echo = (const struct icmphdr *)(const void *)(packet + 20);
            if (got < 28 || echo->type != ICMP_ECHOREPLY || echo->un.echo.id != htons(id))
                continue;
            CHECK_EQ(packet[0], 0x45); /* received with its IP header */
            CHECK_STR(text_of(&from), "127.0.0.1:0");
            return;
        }
        CHECK_ERR(got, SOCK_ETIMEDOUT);
    }
    FAIL("no answer to 20 echo requests");
}

/* Raw ICMP: the kernel makes the header. */
static void test_raw_icmp(void)
{
    sock_t s = family_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, "SOCK_RAW");
    check_foreign_addresses(s, true, true);
    CHECK_OK(sock_close(s));
    needs_echo();
    s = CHECK_OK(sock_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    struct icmphdr echo = echo_request(0x1234);
    check_echo(s, s, &echo, sizeof echo, 0x1234);
    CHECK_OK(sock_close(s));
}

/* IP_HDRINCL: the program makes it; IPPROTO_RAW has it on from the start, and receives nothing. */
static void test_raw_with_own_header(void)
{
    struct {
        struct iphdr ip;
        struct icmphdr echo;
    } packet;
    memset(&packet, 0, sizeof packet);
    packet.ip.version = 4;
    packet.ip.ihl = 5;
    packet.ip.tot_len = htons(sizeof packet);
    packet.ip.ttl = 64;
    packet.ip.protocol = IPPROTO_ICMP;
    packet.ip.saddr = packet.ip.daddr = htonl(INADDR_LOOPBACK);
    packet.echo = echo_request(0x4321);
    needs_echo();
    sock_t receiver = family_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, "SOCK_RAW");
    sock_t sender = family_socket(AF_INET, SOCK_RAW, IPPROTO_RAW, "SOCK_RAW");
    int on = -1;
    CHECK_OK(sock_getsockopt_int(sender, IPPROTO_IP, IP_HDRINCL, &on));
    CHECK_EQ(on, 1);
    check_echo(sender, receiver, &packet, sizeof packet, 0x4321);
    CHECK_OK(sock_close(sender));

    packet.echo = echo_request(0x4322);
    CHECK_OK(sock_getsockopt_int(receiver, IPPROTO_IP, IP_HDRINCL, &on));
    CHECK_EQ(on, 0);
    CHECK_OK(sock_setsockopt_int(receiver, IPPROTO_IP, IP_HDRINCL, 1));
    check_echo(receiver, receiver, &packet, sizeof packet, 0x4322);
    CHECK_OK(sock_close(receiver));
}

static sock_t raw_receiver(void)
{
    return family_socket(AF_INET, SOCK_RAW, 253 /* for experiments: RFC 3692 */, "SOCK_RAW");
}

static void test_raw_wakes(void) { check_wakes(raw_receiver); }

TEST_MAIN(test_sctp_stream, test_sctp_seqpacket, test_dccp, test_udplite, test_mptcp, test_raw_icmp,
          test_raw_with_own_header, test_raw_wakes)
