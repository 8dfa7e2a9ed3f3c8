/* AF_QIPCRTR on one node: ports, messages, announcements of the router. */
#include "family.h"

#include <linux/qrtr.h>

#define FAMILY_QIPCRTR 42

static sock_t qipcrtr(void)
{
    return family_socket(FAMILY_QIPCRTR, SOCK_DGRAM, 0, "AF_QIPCRTR");
}

static void test_names(void)
{
    sock_t s = qipcrtr(), t = qipcrtr();
    struct sock_addr name, other;
    int64_t node = -1, port = -1, other_port = -1;
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_EQ(name.len, 12);
    check_round_trip(&name);
    CHECK_OK(sock_addr_get_qipcrtr(&name, &node, &port));
    CHECK_GT(node, 0);
    /* The kernel chooses a port at the first message or bind. */
    CHECK_OK(sock_addr_qipcrtr(node, 0, &name));
    CHECK_OK(sock_bind(s, &name));
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_OK(sock_addr_get_qipcrtr(&name, NULL, &port));
    CHECK_GT(port, 0);
    CHECK_OK(sock_addr_qipcrtr(node, 0, &other));
    CHECK_OK(sock_bind(t, &other));
    CHECK_OK(sock_getsockname(t, &other));
    CHECK_OK(sock_addr_get_qipcrtr(&other, NULL, &other_port));
    CHECK_NE(port, other_port);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(t));
}

static void test_messages(void)
{
    sock_t a = qipcrtr(), b = qipcrtr();
    struct sock_addr to, from, own;
    int64_t node = -1;
    char got[16];
    CHECK_OK(sock_getsockname(b, &to));
    CHECK_OK(sock_addr_get_qipcrtr(&to, &node, NULL));
    CHECK_OK(sock_addr_qipcrtr(node, 0, &to));
    CHECK_OK(sock_bind(b, &to));
    CHECK_OK(sock_getsockname(b, &to));
    CHECK_EQ(sock_sendto(a, "node-local", 10, 0, &to), 10);
    CHECK_OK(sock_settimeout(b, SEC(60)));
    CHECK_EQ(sock_recvfrom(b, got, sizeof got, 0, &from), 10);
    CHECK_MEM(got, "node-local", 10);
    CHECK_EQ(from.len, 12);
    CHECK_OK(sock_getsockname(a, &own));
    CHECK_EQ(sock_addr_equal(&from, &own), 1);
    CHECK_OK(sock_connect(b, &from));
    CHECK_EQ(sock_send(b, "back", 4, 0), 4);
    CHECK_OK(sock_settimeout(a, SEC(60)));
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 4);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void test_refusals(void)
{
    sock_t s = qipcrtr();
    struct sock_addr addr, name;
    int64_t node = -1;
    check_foreign_addresses(s, true, true);
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_OK(sock_addr_get_qipcrtr(&name, &node, NULL));
    CHECK_OK(sock_addr_qipcrtr(node + 1, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EINVAL); /* another node */
    CHECK_OK(sock_addr_qipcrtr(node, 0x3fff, &addr));
    CHECK_ERR(sock_sendto(s, "x", 1, 0, &addr), -ENODEV); /* a port without a socket */
    CHECK_OK(sock_close(s));
}

/* Only a socket with a port waits. */
static sock_t bound(void)
{
    sock_t s = qipcrtr();
    struct sock_addr name;
    CHECK_OK(sock_getsockname(s, &name));
    CHECK_OK(sock_bind(s, &name));
    return s;
}

static void test_wakes(void) { check_wakes(bound); }

TEST_MAIN(test_names, test_messages, test_refusals, test_wakes)
