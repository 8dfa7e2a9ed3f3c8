/* IP protocols other than TCP and UDP: SCTP, DCCP, UDP-Lite, MPTCP, and raw sockets with a header made by the
 * kernel or the program. */
#include "family.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
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

/* linux/dccp.h and linux/sctp.h conflict with the C library's headers on some systems. */
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

static int protocol_type, protocol_number; /* type and protocol of the sockets in the wake-up tests */

/* A socket bound to a loopback address; 0 if this machine lacks the address. */
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

/* One connection, for protocols that have connections. */
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

/* RFC 9260. CPython: test_sendmsg and recvmsg over SCTP. */
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

/* R116: messages without explicit connections; each is a record, and MSG_EOR marks its end. */
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
    /* Truncated: the rest of the record comes with the next receive. */
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

/* RFC 4340: datagrams over a connection. */
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

/* RFC 3828: UDP with a partial checksum. CPython: the UDPLITE tests. */
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
        /* Covers less than the receiver requires: dropped. */
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

/* A protocol number for experiments (RFC 3692); no other program uses it. */
enum { EXPERIMENT = 253 };

static sock_t raw(int protocol)
{
    return family_socket(AF_INET, SOCK_RAW, protocol, "SOCK_RAW");
}

static void to_loopback(struct sock_addr *to)
{
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, to));
}

/* Received data begins with the IP header, even if the program made it. */
static void check_receives(sock_t s, const char *data, int ttl)
{
    unsigned char packet[256];
    struct sock_addr from;
    CHECK_OK(sock_settimeout(s, SEC(20)));
    CHECK_EQ(sock_recvfrom(s, packet, sizeof packet, 0, &from), 20 + strlen(data));
    CHECK_EQ(packet[0], 0x45);
    CHECK_EQ(packet[8], ttl);
    CHECK_EQ(packet[9], EXPERIMENT);
    CHECK_MEM(packet + 20, data, strlen(data));
    CHECK_STR(text_of(&from), "127.0.0.1:0");
}

/* The kernel makes the header. */
static void test_raw(void)
{
    sock_t receiver = raw(EXPERIMENT), sender = raw(EXPERIMENT);
    struct sock_addr to;
    int on = -1;
    CHECK_OK(sock_getsockopt_int(sender, IPPROTO_IP, IP_HDRINCL, &on));
    CHECK_EQ(on, 0);
    to_loopback(&to);
    CHECK_OK(sock_setsockopt_int(sender, IPPROTO_IP, IP_TTL, 7));
    CHECK_EQ(sock_sendto(sender, "raw", 3, 0, &to), 3);
    check_receives(receiver, "raw", 7);
    check_foreign_addresses(sender, true, true);
    CHECK_OK(sock_close(sender));
    CHECK_OK(sock_close(receiver));
}

/* IP_HDRINCL: the program makes the header; IPPROTO_RAW implies it, and receives nothing. */
static void test_raw_with_own_header(void)
{
    struct {
        struct iphdr ip;
        char data[8];
    } packet;
    memset(&packet, 0, sizeof packet);
    packet.ip.version = 4;
    packet.ip.ihl = 5;
    packet.ip.tot_len = htons(sizeof packet);
    packet.ip.ttl = 9;
    packet.ip.protocol = EXPERIMENT;
    packet.ip.saddr = packet.ip.daddr = htonl(INADDR_LOOPBACK);
    memcpy(packet.data, "of mine.", 8);
    sock_t receiver = raw(EXPERIMENT), sender = raw(IPPROTO_RAW);
    struct sock_addr to;
    int on = -1;
    to_loopback(&to);
    CHECK_OK(sock_getsockopt_int(sender, IPPROTO_IP, IP_HDRINCL, &on));
    CHECK_EQ(on, 1);
    CHECK_EQ(sock_sendto(sender, &packet, sizeof packet, 0, &to), sizeof packet);
    check_receives(receiver, "of mine.", 9);
    CHECK_OK(sock_close(sender));

    CHECK_OK(sock_setsockopt_int(receiver, IPPROTO_IP, IP_HDRINCL, 1));
    memcpy(packet.data, "the same", 8);
    CHECK_EQ(sock_sendto(receiver, &packet, sizeof packet, 0, &to), sizeof packet);
    check_receives(receiver, "the same", 9); /* raw sockets receive their own packets */
    CHECK_OK(sock_close(receiver));
}

static sock_t raw_receiver(void)
{
    return raw(EXPERIMENT);
}

static void test_raw_wakes(void) { check_wakes(raw_receiver); }

TEST_MAIN(test_sctp_stream, test_sctp_seqpacket, test_dccp, test_udplite, test_mptcp, test_raw,
          test_raw_with_own_header, test_raw_wakes)
