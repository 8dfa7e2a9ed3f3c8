/* The sniffer of the Python documentation, for Linux: prints one line for every packet on an interface. Needs
 * root or CAP_NET_RAW.
 *
 *     sniffer [INTERFACE [COUNT]]     default: all interfaces, for ever
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
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

static const char *protocol_name(int protocol, char *text, size_t cap)
{
    switch (protocol) {
    case IPPROTO_ICMP: return "ICMP";
    case IPPROTO_IGMP: return "IGMP";
    case IPPROTO_TCP: return "TCP";
    case IPPROTO_UDP: return "UDP";
    case IPPROTO_ICMPV6: return "ICMPv6";
    }
    snprintf(text, cap, "protocol %d", protocol);
    return text;
}

/* TCP and UDP begin with the two ports, in network order. */
static int has_ports(int protocol, size_t left)
{
    return (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) && left >= 4;
}

static void print_ip(int family, const void *from, const void *to, int protocol, const unsigned char *body,
                     size_t left)
{
    char host[INET6_ADDRSTRLEN], other[32];
    const void *ends[] = {from, to};
    for (int i = 0; i < 2; i++) {
        printf("%s%s", i ? " > " : "", inet_ntop(family, ends[i], host, sizeof host));
        if (has_ports(protocol, left))
            printf(" port %d", body[2 * i] << 8 | body[2 * i + 1]);
    }
    printf(", %s", protocol_name(protocol, other, sizeof other));
}

/* The packet after the link-layer header, which SOCK_DGRAM omits. */
static void print_packet(int64_t protocol, const unsigned char *data, size_t len)
{
    struct ip ip;
    struct ip6_hdr ip6;
    if (protocol == ETH_P_IP && len >= sizeof ip) {
        memcpy(&ip, data, sizeof ip);
        size_t head = ip.ip_hl * 4u;
        print_ip(AF_INET, &ip.ip_src, &ip.ip_dst, ip.ip_p, data + head, head < len ? len - head : 0);
    } else if (protocol == ETH_P_IPV6 && len >= sizeof ip6) {
        memcpy(&ip6, data, sizeof ip6);
        print_ip(AF_INET6, &ip6.ip6_src, &ip6.ip6_dst, ip6.ip6_nxt, data + sizeof ip6, len - sizeof ip6);
    } else if (protocol == ETH_P_ARP) {
        printf("ARP");
    } else {
        printf("protocol 0x%04" PRIx64, (uint64_t)protocol);
    }
}

static const char *direction(int64_t type)
{
    return type == PACKET_OUTGOING ? "out" : type == PACKET_OTHERHOST ? "other's" : "in";
}

int main(int argc, char **argv)
{
    static unsigned char data[65536];
    const char *interface = argc > 1 ? argv[1] : "";
    long count = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
    struct sock_addr addr;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    check("address", sock_addr_packet(interface, ETH_P_ALL, 0, 0, NULL, 0, &addr));
    sock_t s = check("socket", sock_socket(AF_PACKET, SOCK_DGRAM, 0));
    check("bind", sock_bind(s, &addr));
    if (*interface) /* also packets between other machines */
        check("promiscuous", sock_set_promiscuous(s, interface, 1));
    printf("listening on %s\n", *interface ? interface : "all interfaces");

    for (; count != 0; count--) {
        char name[IF_NAMESIZE];
        int64_t protocol, type, len = check("recvfrom", sock_recvfrom(s, data, sizeof data, 0, &addr));
        check("packet",
              sock_addr_get_packet(&addr, name, sizeof name, NULL, &protocol, &type, NULL, NULL, 0, NULL));
        printf("%s %s: ", name, direction(type));
        print_packet(protocol, data, (size_t)len);
        printf(", %" PRId64 " bytes\n", len);
    }
    check("close", sock_close(s));
    return 0;
}
