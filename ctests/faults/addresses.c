/* Addresses of other families, whose interfaces are looked up; refusals, which are explained by a sentence; and
 * what a message says. A refusal stays the same when there is no memory for its sentence. */
#include <errno.h>
#include <stdio.h>

#include "scenario.h"

static void family_addresses(void)
{
    struct sock_addr at;
    char name[64];
    int64_t index, a, b, c, d;
    uint64_t id;
    size_t len;
    DO(sock_addr_packet("lo", 3, 0, 1, NULL, 0, &at));
    DO(sock_addr_get_packet(&at, name, sizeof name, &index, &a, &b, &c, NULL, 0, &len));
    DO(sock_addr_can("lo", &at));
    DO(sock_addr_get_can(&at, name, sizeof name, &index));
    DO(sock_addr_isotp("lo", 1, 2, &at));
    DO(sock_addr_get_isotp(&at, name, sizeof name, &index, &a, &b));
    DO(sock_addr_j1939("lo", 1, 2, 3, &at));
    DO(sock_addr_get_j1939(&at, name, sizeof name, &index, &id, &a, &b));
    DO(sock_addr_ip6("fe80::1%lo", 80, 0, 0, &at));
    DO(sock_addr_get_ip(&at, name, sizeof name, &a, &b, &d));
}

static void refused_addresses(void)
{
    struct sock_addr at, ip;
    char text[64];
    int64_t a, b, c, d, e;
    DO(sock_addr_ip("1.2.3.4", 1, &ip));
    EXPECT(sock_addr_ip("not an address", 1, &at), -EINVAL);
    EXPECT(sock_addr_ip6("::1", -1, 0, 0, &at), -EINVAL);
    EXPECT(sock_addr_netlink(-1, 0, &at), -EINVAL);
    EXPECT(sock_addr_tipc(-1, 0, 0, 0, 0, &at), -EINVAL);
    EXPECT(sock_addr_l2cap("no device", 1, 0, 0, &at), -EINVAL);
    EXPECT(sock_addr_rfcomm("no device", 1, &at), -EINVAL);
    EXPECT(sock_addr_sco("no device", &at), -EINVAL);
    EXPECT(sock_addr_hci(-2, 0, &at), -EINVAL);
    EXPECT(sock_addr_vsock(-5, 0, 0, &at), -EINVAL);
    EXPECT(sock_addr_qipcrtr(-1, 0, &at), -EINVAL);
    EXPECT(sock_addr_alg("a type that is too long", "x", 0, 0, &at), -ENAMETOOLONG);
    EXPECT(sock_addr_get_tipc(&ip, &a, &b, &c, &d, &e), -EAFNOSUPPORT);
    EXPECT(sock_addr_get_rfcomm(&ip, text, sizeof text, &a), -EAFNOSUPPORT);
    EXPECT(sock_addr_get_vsock(&ip, &a, &b, &c), -EAFNOSUPPORT);
    EXPECT(sock_inet_pton(AF_INET, "1.2.3", text, sizeof text), -EINVAL);
    EXPECT(sock_inet_aton("256.1.1.1", text, sizeof text), -EINVAL);
    EXPECT(sock_inet_ntop(99, text, 4, text, sizeof text), -EAFNOSUPPORT);
    EXPECT(sock_htonl(-1), -EINVAL);
    EXPECT(sock_addr_unix("a\0b", 3, &at), -EINVAL);
}

static void refused_arguments(void)
{
    sock_t s;
    char control[64], byte;
    size_t len = 0;
    int value;
    OPEN(s, sock_socket(AF_INET, SOCK_DGRAM, 0));
    EXPECT(sock_listen(s, 1), -EOPNOTSUPP);
    EXPECT(sock_sendfile(s, 0, 0, -1, NULL), -EINVAL);
    EXPECT(sock_stream_new(s, 0), -EINVAL);
    EXPECT(sock_getsockopt_int(s, SOL_SOCKET, 9999, &value), -ENOPROTOOPT);
    EXPECT(sock_settimeout(s, -1), -EINVAL);
    EXPECT(sock_setdefaulttimeout(-2), -EINVAL);
    EXPECT(sock_set_linger(s, 1, -1), -EINVAL);
    EXPECT(sock_setcancel(s, s), -ENOTSOCK);
    EXPECT(sock_send(s, NULL, 1, 0), -EFAULT);
    EXPECT(sock_send(s, "x", 1, 0), -EDESTADDRREQ);
    EXPECT(sock_control_put(control, 8, &len, 1, 1, &byte, 1), -ENOBUFS);
    EXPECT(sock_control_put_ttl(control, sizeof control, &len, 99, 1), -EAFNOSUPPORT);
    EXPECT(sock_control_put_gso_size(control, sizeof control, &len, 0), -EINVAL);
    EXPECT(sock_resolve("127.0.0.1", "70000", 0, 0, NULL), -EFAULT);
    EXPECT(sock_strerror_copy(-22, NULL, 4), -EFAULT);
}

static void defaults(void)
{
    sock_t s;
    sock_setdefaulttimeout(SOCK_FOREVER); /* what a run before left */
    EXPECT(sock_getdefaulttimeout(), SOCK_FOREVER);
    DO(sock_setdefaulttimeout(1000000));
    OPEN(s, sock_socket(AF_INET, SOCK_STREAM, 0));
    EXPECT(sock_gettimeout(s), 1000000);
    DO(sock_setdefaulttimeout(SOCK_FOREVER));
    DO(sock_has_ipv6());
    DO(sock_has_dualstack_ipv6());
}

const struct scenario address_scenarios[] = {
    {"family_addresses", family_addresses},
    {"refused_addresses", refused_addresses},
    {"refused_arguments", refused_arguments},
    {"defaults", defaults},
    {NULL, NULL},
};
