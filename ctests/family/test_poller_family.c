/* Pollers and sockets of every family: a registration, its events, and its end while a duplicate is alive. */
#include "family.h"

#include <poll.h>
#include <unistd.h>

#include "../poller.h"

static void held(int family, int type, int protocol, const char *name)
{
    sock_t s = family_socket(family, type, protocol, name);
    sock_poller_t p = CHECK_OK(sock_poller_new());
    struct sock_event e[4];
    int copy = CHECK_SYS(dup(CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_poller_add(p, s, SOCK_POLL_IN | SOCK_POLL_OUT, 1), 0);
    CHECK_ERR(sock_poller_add(p, s, SOCK_POLL_IN, 1), -EEXIST);
    /* What a new socket is ready for differs from family to family; poll(2) knows. */
    struct pollfd known = {.fd = copy, .events = POLLIN | POLLOUT};
    int ready = CHECK_SYS(poll(&known, 1, 0));
    CHECK_EQ(sock_poller_wait(p, e, 4, 0), ready);
    if (ready) {
        CHECK_EQ(e[0].handle, s);
        CHECK_EQ(e[0].data, 1);
        CHECK_EQ(e[0].code, 0);
        CHECK_EQ(!(e[0].events & SOCK_POLL_IN), !(known.revents & POLLIN));
        CHECK_EQ(!(e[0].events & SOCK_POLL_OUT), !(known.revents & POLLOUT));
    }
    CHECK_ERR(sock_poller_modify(p, s, SOCK_POLL_OUT, 2), 0);
    CHECK_EQ(sock_poller_wait(p, e, 4, 0), (known.revents & ~POLLIN) != 0);
    CHECK_ERR(sock_poller_remove(p, s), 0);
    no_event(p);
    CHECK_ERR(sock_poller_add(p, s, SOCK_POLL_IN | SOCK_POLL_OUT, 3), 0);
    CHECK_OK(sock_close(s));
    last_event(p, s, 3);
    no_event(p);
    CHECK_SYS(close(copy));
    CHECK_OK(sock_close(p));
}

#define HELD(name, family, type, protocol)                                            \
    static void test_##name(void)                                                     \
    {                                                                                 \
        held(family, type, protocol, "socket of this family, type and protocol");     \
    }

HELD(unix, AF_UNIX, SOCK_STREAM, 0)
HELD(unix_datagrams, AF_UNIX, SOCK_DGRAM, 0)
HELD(tcp, AF_INET, SOCK_STREAM, 0)
HELD(tcp_over_ipv6, AF_INET6, SOCK_STREAM, 0)
HELD(udp, AF_INET, SOCK_DGRAM, 0)
HELD(udp_lite, AF_INET, SOCK_DGRAM, 136)
HELD(mptcp, AF_INET, SOCK_STREAM, 262)
HELD(sctp, AF_INET, SOCK_STREAM, 132)
HELD(sctp_messages, AF_INET, SOCK_SEQPACKET, 132)
HELD(dccp, AF_INET, 6, 33)
HELD(raw, AF_INET, SOCK_RAW, 1)
HELD(netlink, 16, SOCK_RAW, 0)
HELD(packet, 17, SOCK_DGRAM, 0)
HELD(can_raw, 29, SOCK_RAW, 1)
HELD(can_bcm, 29, SOCK_DGRAM, 2)
HELD(can_isotp, 29, SOCK_DGRAM, 6)
HELD(alg, 38, SOCK_SEQPACKET, 0)
HELD(tipc, 30, SOCK_STREAM, 0)
HELD(tipc_datagrams, 30, SOCK_RDM, 0)
HELD(vsock, 40, SOCK_STREAM, 0)
HELD(rds, 21, SOCK_SEQPACKET, 0)
HELD(qipcrtr, 42, SOCK_DGRAM, 0)
HELD(bluetooth, 31, SOCK_SEQPACKET, 0)

TEST_MAIN(test_unix, test_unix_datagrams, test_tcp, test_tcp_over_ipv6, test_udp, test_udp_lite, test_mptcp, test_sctp,
          test_sctp_messages, test_dccp, test_raw, test_netlink, test_packet, test_can_raw, test_can_bcm, test_can_isotp,
          test_alg, test_tipc, test_tipc_datagrams, test_vsock, test_rds, test_qipcrtr, test_bluetooth)
