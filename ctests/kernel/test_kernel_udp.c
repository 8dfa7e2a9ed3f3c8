/* udp(7), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>

static void put(int peer, const char *text)
{
    CHECK_EQ(send(peer, text, strlen(text), MSG_NOSIGNAL), (long long)strlen(text));
}

static void done(struct side *k, end e, int peer)
{
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* "When a UDP socket is created, its local and remote addresses are unspecified. Datagrams can be sent immediately using
 * sendto(2)". "the socket layer will automatically assign a free local port". */
SCENARIO(unbound)
{
    int peer = udp_peer();
    char data[16];
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    name(k, e);
    peer_name(k, e);
    send_text(k, e, "to whom?", 0);
    do_sendto(k, e, "hello", 0, own_name(peer));
    note(k, "\narrived: %zd", recv(peer, data, sizeof data, 0));
    name(k, e);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_connect(k, e, own_name(peer));
    name(k, e);
    done(k, e, peer);
}

/* "All receive operations return only one packet. ... when it is bigger, the packet is truncated and the MSG_TRUNC flag
 * is set. MSG_WAITALL is not supported." */
SCENARIO(one_packet)
{
    int peer;
    end e = make_udp(k, &peer);
    put(peer, "first");
    put(peer, "second");
    put(peer, "");
    put(peer, "a long one");
    do_recv(k, e, 32, MSG_WAITALL);
    do_recvfrom(k, e, 32, 0);
    do_recvfrom(k, e, 32, 0);
    do_recvmsg(k, e, 4, 0, 0);
    do_recv(k, e, 32, MSG_DONTWAIT);
    put(peer, "a long one");
    do_recvmsg(k, e, 4, MSG_TRUNC | MSG_PEEK, 0);
    do_recv(k, e, 4, MSG_TRUNC);
    put(peer, "");
    do_recv(k, e, 0, 0);
    do_recv(k, e, 32, MSG_DONTWAIT);
    done(k, e, peer);
}

/* "When the MSG_DONTROUTE flag is set on sending, the destination address must refer to a local interface address". */
SCENARIO(not_routed)
{
    int peer;
    end e = make_udp(k, &peer);
    send_text(k, e, "local", MSG_DONTROUTE);
    set_int(k, e, SOL_SOCKET, SO_DONTROUTE, 1);
    send_text(k, e, "local", 0);
    done(k, e, peer);
}

/* "All fatal errors will be passed to the user as an error return even when the socket is not connected ... You may get
 * an error for an earlier packet that was sent on the same socket." */
SCENARIO(errors)
{
    struct sock_addr nobody = nobody_at(SOCK_DGRAM);
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    do_sendto(k, e, "unconnected", 0, nobody);
    do_sendto(k, e, "unconnected", 0, nobody);
    do_recv(k, e, 8, MSG_DONTWAIT);
    do_connect(k, e, nobody);
    send_text(k, e, "connected", 0);
    expect_error(k, e);
    send_text(k, e, "connected", 0);
    send_text(k, e, "connected", 0);
    expect_error(k, e);
    do_recvmsg(k, e, 8, 0, 0);
    do_recv(k, e, 8, MSG_DONTWAIT);
    send_text(k, e, "connected", 0);
    expect_error(k, e);
    do_sendmsg(k, e, "connected", 2, 0, NULL, NULL, 0);
    send_text(k, e, "connected", 0);
    expect_error(k, e);
    do_recv(k, e, 8, MSG_PEEK);
    do_recv(k, e, 8, 0);
    shut(k, e);
}

/* A receive that waits ends with the error of a packet that another thread has sent. */
static void sends_later(void *arg)
{
    sleep_ms(30);
    CHECK_EQ(send(*(int *)arg, "x", 1, 0), 1);
}

SCENARIO(error_while_waiting)
{
    struct thread sender;
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    do_connect(k, e, nobody_at(SOCK_DGRAM));
    int fd = number_of(k, e);
    k->patience = 2000;
    thread_start(&sender, sends_later, &fd);
    int64_t result = do_recv(k, e, 8, 0);
    thread_join_within(&sender, 2000);
    /* A call that the watch ended, though the error has arrived, is a difference; without the error it is not. */
    if (result == -EINTR && !has_error(k, e, 0))
        k->lost = true;
    shut(k, e);
}

/* "When the IP_RECVERR option is enabled, all errors are stored in the socket error queue, and can be received by
 * recvmsg(2) with the MSG_ERRQUEUE flag set." */
SCENARIO(error_queue)
{
    struct sock_addr nobody = nobody_at(SOCK_DGRAM);
    for (int connected = 0; connected < 2; connected++) {
        end e = make(k, AF_INET, SOCK_DGRAM, 0);
        set_int(k, e, IPPROTO_IP, IP_RECVERR, 1);
        do_recvmsg(k, e, 16, MSG_ERRQUEUE, 256);
        if (connected)
            do_connect(k, e, nobody);
        do_sendto(k, e, "lost", 0, nobody);
        expect_error(k, e);
        do_recvmsg(k, e, 16, 0, 256);
        do_recvmsg(k, e, 16, MSG_ERRQUEUE, 256);
        do_recvmsg(k, e, 16, MSG_ERRQUEUE, 256);
        do_sendto(k, e, "lost", 0, nobody);
        expect_error(k, e);
        do_recvmsg(k, e, 16, MSG_ERRQUEUE, 8);
        do_recv(k, e, 16, 0);
        do_sendto(k, e, "lost", 0, nobody);
        expect_error(k, e);
        do_recv(k, e, 2, MSG_ERRQUEUE);
        do_recv(k, e, 2, MSG_ERRQUEUE | MSG_DONTWAIT);
        shut(k, e);
    }
}

/* UDP_CORK: "all data output on this socket is accumulated into a single datagram". */
SCENARIO(corked)
{
    int peer;
    char data[32];
    end e = make_udp(k, &peer);
    set_int(k, e, IPPROTO_UDP, UDP_CORK, 1);
    send_text(k, e, "one ", 0);
    do_sendmsg(k, e, "two", 2, 0, NULL, NULL, 0);
    settle();
    note(k, "\nat once: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    set_int(k, e, IPPROTO_UDP, UDP_CORK, 0);
    settle();
    note(k, "\nthen: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    done(k, e, peer);
}

/* "return EMSGSIZE when a UDP packet write exceeds it": the most that a packet may have, and beyond. */
SCENARIO(sizes)
{
    int peer;
    char *data = calloc(1, 70000);
    CHECK(data != NULL);
    end e = make_udp(k, &peer);
    set_int(k, e, SOL_SOCKET, SO_RCVBUF, 1 << 20);
    for (size_t len = 65506; len < 65510; len++)
        do_send(k, e, data, len, 0);
    do_send(k, e, data, 70000, MSG_MORE);
    do_send(k, e, data, 40000, MSG_MORE);
    do_send(k, e, data, 40000, 0);
    do_send(k, e, data, 10, 0);
    done(k, e, peer);
    free(data);
}

/* "FIONREAD (SIOCINQ) Returns the size of the next pending datagram". */
SCENARIO(pending_size)
{
    int peer, value = 7;
    end e = make_udp(k, &peer);
    put(peer, "first");
    put(peer, "second one");
    settle();
    CHECK_SYS(ioctl(number_of(k, e), FIONREAD, &value));
    note(k, "\nnext: %d", value);
    do_recv(k, e, 2, MSG_PEEK);
    do_recv(k, e, 2, 0);
    CHECK_SYS(ioctl(number_of(k, e), FIONREAD, &value));
    note(k, "\nnext: %d", value);
    done(k, e, peer);
}

/* IPv4 through an IPv6 socket, where IPV6_V6ONLY is off and where it is on. */
SCENARIO(both_families)
{
    int peer = udp_peer();
    struct sock_addr to = own_name(peer);
    char data[16];
    for (int only = 0; only < 2; only++) {
        end e = make(k, AF_INET6, SOCK_DGRAM, 0);
        set_int(k, e, IPPROTO_IPV6, IPV6_V6ONLY, only);
        if (!only) {
            do_sendto(k, e, "by IPv4", 0, to);
            note(k, "\narrived: %zd", recv(peer, data, sizeof data, 0));
            do_connect(k, e, to);
            peer_name(k, e);
            send_text(k, e, "by IPv4", 0);
            note(k, "\narrived: %zd", recv(peer, data, sizeof data, 0));
        } else
            do_sendto(k, e, "by IPv4", 0, to);
        shut(k, e);
    }
    CHECK_SYS(close(peer));
}

TEST_MAIN(test_unbound, test_one_packet, test_not_routed, test_errors, test_error_while_waiting,
          test_error_queue, test_corked, test_sizes, test_pending_size, test_both_families)
