/* AF_RDS: reliable datagrams over loopback. Its addresses are AF_INET addresses. */
#include "family.h"

#include <netinet/in.h>

static sock_t rds(void)
{
    return family_socket(AF_RDS, SOCK_SEQPACKET, 0, "AF_RDS");
}

static sock_t bound(void)
{
    struct sock_addr addr;
    sock_t s = rds();
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    CHECK_OK(sock_bind(s, &addr));
    return s;
}

static void test_names(void)
{
    sock_t s = bound();
    struct sock_addr name;
    int64_t port = -1;
    char host[INET6_ADDRSTRLEN];
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(sock_addr_family(&name), AF_INET); /* the family in the address is AF_INET */
    check_round_trip(&name);
    CHECK_OK(sock_addr_get_ip(&name, host, sizeof host, &port, NULL, NULL));
    CHECK_STR(host, "127.0.0.1");
    CHECK_GT(port, 0);
    CHECK_OK(sock_close(s));
}

/* RDSTest: between two bound sockets. */
static void test_messages(void)
{
    sock_t a = bound(), b = bound();
    struct sock_addr to, from, own;
    char got[16];
    CHECK_OK(sock_getsockname(a, &own));
    CHECK_OK(sock_getsockname(b, &to));
    CHECK_OK(sock_settimeout(a, SEC(60)));
    CHECK_OK(sock_settimeout(b, SEC(60)));
    CHECK_EQ(sock_sendto(a, "reliable", 8, 0, &to), 8);
    CHECK_EQ(sock_recvfrom(b, got, sizeof got, 0, &from), 8);
    CHECK_MEM(got, "reliable", 8);
    CHECK_EQ(sock_addr_equal(&from, &own), 1);
    /* To the connected peer. */
    CHECK_OK(sock_connect(b, &from));
    CHECK_EQ(sock_send(b, "back", 4, 0), 4);
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 4);
    CHECK_MEM(got, "back", 4);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void test_refusals(void)
{
    sock_t s = rds();
    struct sock_addr addr;
    check_foreign_addresses(s, true, false);
    CHECK_OK(sock_addr_ip("192.0.2.1", 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EADDRNOTAVAIL);
    CHECK_OK(sock_addr_ip("127.0.0.1", 1, &addr));
    CHECK_ERR(sock_sendto(s, "x", 1, 0, &addr), -ENOTCONN); /* not bound */
    CHECK_OK(sock_close(s));
    s = bound();
    CHECK_OK(sock_addr_parse("vsock:1:1", &addr));
    CHECK_REFUSED(sock_sendto(s, "x", 1, 0, &addr), -EAFNOSUPPORT, "addr");
    CHECK_OK(sock_close(s));
}

static void test_wakes(void) { check_wakes(bound); }

TEST_MAIN(test_names, test_messages, test_refusals, test_wakes)
