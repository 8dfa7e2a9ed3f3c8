/* send(2), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <linux/net_tstamp.h>
#include <netinet/tcp.h>

/* Notes what comes to a peer. */
static void arrives(struct side *k, int peer)
{
    char data[64];
    struct pollfd p = {.fd = peer, .events = POLLIN};
    ssize_t count = poll(&p, 1, (int)(500 * test_scale())) == 1 ? recv(peer, data, sizeof data, 0) : -1;
    note(k, "\narrived: %zd", count);
    if (count > 0)
        note_bytes(k, data, (size_t)count);
}

/* "The send() call may be used only when the socket is in a connected state": ENOTCONN, EDESTADDRREQ, EPIPE. */
SCENARIO(not_connected)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    for (int i = 0; i < 3; i++)
        for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
            end e = make(k, families[i], type, 0);
            send_text(k, e, "data", 0);
            send_text(k, e, "", 0);
            do_sendmsg(k, e, "data", 2, 0, NULL, NULL, 0);
            shut(k, e);
        }
    end e = make(k, AF_UNIX, SOCK_SEQPACKET, 0);
    send_text(k, e, "data", 0);
    shut(k, e);
}

/* "If sendto() is used on a connection-mode socket, the arguments dest_addr and addrlen are ignored (and the error
 * EISCONN may be returned ...), and the error ENOTCONN is returned when the socket was not actually connected." */
SCENARIO(addressed_streams)
{
    int peer;
    struct sock_addr elsewhere = ip_at("127.0.0.1", 9), path = path_of("nothing");
    end e = make_tcp(k, &peer);
    do_sendto(k, e, "tcp", 0, elsewhere);
    do_sendmsg(k, e, "tcp", 1, 0, &elsewhere, NULL, 0);
    shut(k, e);
    CHECK_SYS(close(peer));
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
        if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
            continue;
        e = make_pair(k, type, &peer);
        do_sendto(k, e, "pair", 0, path);
        do_sendmsg(k, e, "pair", 1, 0, &path, NULL, 0);
        shut(k, e);
        CHECK_SYS(close(peer));
        e = make(k, AF_UNIX, type, 0);
        do_sendto(k, e, "alone", 0, path);
        shut(k, e);
    }
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_sendto(k, e, "alone", 0, elsewhere);
    shut(k, e);
}

/* "Otherwise, the address of the target is given by dest_addr", also on a connected datagram socket. */
SCENARIO(addressed_datagrams)
{
    int peer, other = udp_peer();
    char data[16];
    struct sock_addr to = own_name(other);
    end e = make_udp(k, &peer);
    do_sendto(k, e, "other", 0, to);
    settle();
    CHECK_EQ(recv(other, data, sizeof data, MSG_DONTWAIT), 5);
    do_sendmsg(k, e, "other again", 3, 0, &to, NULL, 0);
    settle();
    CHECK_EQ(recv(other, data, sizeof data, MSG_DONTWAIT), 11);
    send_text(k, e, "peer", 0);
    settle();
    CHECK_EQ(recv(peer, data, sizeof data, MSG_DONTWAIT), 4);
    shut(k, e);
    CHECK_SYS(close(peer));
    CHECK_SYS(close(other));
}

/* "If the message is too long to pass atomically through the underlying protocol, the error EMSGSIZE is returned". */
SCENARIO(too_long)
{
    int peer;
    char *data = calloc(1, 65536);
    CHECK(data != NULL);
    end e = make_udp(k, &peer);
    do_send(k, e, data, 65508, 0);
    do_send(k, e, data, 65507, 0);
    shut(k, e);
    CHECK_SYS(close(peer));
    for (int type = SOCK_DGRAM; type <= SOCK_SEQPACKET; type++) {
        if (type != SOCK_DGRAM && type != SOCK_SEQPACKET)
            continue;
        e = make_pair(k, type, &peer);
        set_int(k, e, SOL_SOCKET, SO_SNDBUF, 4096);
        do_send(k, e, data, 65536, 0);
        do_send(k, e, data, 8192 - 32, 0);
        shut(k, e);
        CHECK_SYS(close(peer));
    }
    free(data);
}

/* "When the message does not fit into the send buffer of the socket, send() normally blocks"; nonblocking, and with
 * MSG_DONTWAIT, "it would fail with the error EAGAIN". */
static void fill(int fd)
{
    static const char block[4096];
    for (size_t len = sizeof block; len; len /= 2)
        while (send(fd, block, len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
            ;
}

SCENARIO(full)
{
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
        if (type == SOCK_RAW || type == SOCK_RDM)
            continue;
        int peer;
        end e = make_pair(k, type, &peer);
        set_int(k, e, SOL_SOCKET, SO_SNDBUF, 4096);
        fill(number_of(k, e));
        send_text(k, e, "data", 0);
        send_text(k, e, "data", MSG_DONTWAIT);
        do_sendmsg(k, e, "data", 2, MSG_DONTWAIT, NULL, NULL, 0);
        make_nonblocking(k, e, true);
        send_text(k, e, "data", 0);
        make_nonblocking(k, e, false);
        k->patience = 2000;
        set_span(k, e, SO_SNDTIMEO, 0, 50000);
        send_text(k, e, "data", 0);
        TOOK(k, 50, 1000);
        set_span(k, e, SO_SNDTIMEO, -1, 0);
        send_text(k, e, "data", 0);
        do_sendmsg(k, e, "data", 2, 0, NULL, NULL, 0);
        k->patience = 100;
        set_span(k, e, SO_SNDTIMEO, 0, 0);
        send_text(k, e, "data", 0);
        shut(k, e);
        CHECK_SYS(close(peer));
    }
}

/* SO_SNDTIMEO of socket(7): "if ... data has been sent ..., the return value of that function will be the amount of
 * data transferred". */
SCENARIO(limit_after_part)
{
    int peer;
    char *data = calloc(1, 1 << 20);
    CHECK(data != NULL);
    end e = make_pair(k, SOCK_STREAM, &peer);
    set_int(k, e, SOL_SOCKET, SO_SNDBUF, 4096);
    set_span(k, e, SO_SNDTIMEO, 0, 50000);
    k->patience = 2000;
    int64_t sent = EITHER(k, send((int)e, data, 1 << 20, MSG_NOSIGNAL), sock_send(e, data, 1 << 20, 0));
    TOOK(k, 50, 1000);
    note(k, "\npart: %d", sent > 0 && sent < 1 << 20);
    send_text(k, e, "data", 0);
    TOOK(k, 50, 1000);
    shut(k, e);
    CHECK_SYS(close(peer));
    free(data);
}

/* "EPIPE: The local end has been shut down on a connection oriented socket." Also the other end. ECONNRESET. */
SCENARIO(broken)
{
    int peer;
    for (int i = 0; i < 4; i++) {
        end e = i % 2 ? make_tcp(k, &peer) : make_pair(k, SOCK_STREAM, &peer);
        if (i / 2)
            do_shutdown(k, e, SHUT_WR);
        else {
            CHECK_EQ(send(peer, "unread", 6, 0), 6);
            CHECK_SYS(shutdown(peer, SHUT_RDWR));
        }
        send_text(k, e, "data", 0);
        do_sendmsg(k, e, "data", 2, 0, NULL, NULL, 0);
        CHECK_SYS(close(peer));
        send_text(k, e, "data", 0);
        send_text(k, e, "data", 0);
        get_int(k, e, SOL_SOCKET, SO_ERROR);
        shut(k, e);
    }
    for (int type = SOCK_DGRAM; type <= SOCK_SEQPACKET; type++) {
        if (type == SOCK_RAW || type == SOCK_RDM)
            continue;
        end e = make_pair(k, type, &peer);
        CHECK_SYS(close(peer));
        send_text(k, e, "data", 0);
        send_text(k, e, "data", 0);
        shut(k, e);
        e = make_pair(k, type, &peer);
        do_shutdown(k, e, SHUT_WR);
        send_text(k, e, "data", 0);
        shut(k, e);
        CHECK_SYS(close(peer));
    }
}

/* MSG_EOR "Terminates a record (when this notion is supported, as for sockets of type SOCK_SEQPACKET)." */
SCENARIO(end_of_record)
{
    int peer;
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
        if (type == SOCK_RAW || type == SOCK_RDM)
            continue;
        end e = make_pair(k, type, &peer);
        send_text(k, e, "one", MSG_EOR);
        CHECK_EQ(send(peer, "two", 3, MSG_EOR), 3);
        do_recvmsg(k, e, 8, 0, 0);
        shut(k, e);
        CHECK_SYS(close(peer));
    }
}

/* Flags that a socket has no use for: "EOPNOTSUPP: Some bit in the flags argument is inappropriate for the socket
 * type", or they are ignored. */
SCENARIO(flags)
{
    static const int bits[] = {MSG_CONFIRM, MSG_DONTROUTE, MSG_EOR, MSG_OOB, MSG_PEEK, MSG_WAITALL, MSG_TRUNC,
                               MSG_CTRUNC, MSG_ERRQUEUE, MSG_ZEROCOPY};
    int peer;
    for (int kind = 0; kind < 5; kind++) {
        end e = kind == 0   ? make_tcp(k, &peer)
                : kind == 1 ? make_udp(k, &peer)
                            : make_pair(k, kind == 2 ? SOCK_STREAM : kind == 3 ? SOCK_DGRAM : SOCK_SEQPACKET, &peer);
        for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
            send_text(k, e, "x", bits[i]);
        char data[32];
        settle();
        ssize_t count = recv(peer, data, sizeof data, MSG_DONTWAIT);
        note(k, "\narrived: %d", (int)count);
        shut(k, e);
        CHECK_SYS(close(peer));
    }
}

/* MSG_MORE: "package all of the data sent in calls with this flag set into a single datagram". */
SCENARIO(more_to_come)
{
    int peer;
    char data[16];
    end e = make_udp(k, &peer);
    send_text(k, e, "one ", MSG_MORE);
    do_sendmsg(k, e, "two ", 2, MSG_MORE, NULL, NULL, 0);
    settle();
    CHECK_EQ(recv(peer, data, sizeof data, MSG_DONTWAIT), -1);
    send_text(k, e, "three", 0);
    settle();
    ssize_t count = recv(peer, data, sizeof data, MSG_DONTWAIT);
    note(k, "\narrived: %zd", count);
    shut(k, e);
    CHECK_SYS(close(peer));
    e = make_tcp(k, &peer);
    send_text(k, e, "one ", MSG_MORE);
    settle();
    note(k, "\nat once: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    send_text(k, e, "two", 0);
    settle();
    note(k, "\nthen: %zd", recv(peer, data, sizeof data, MSG_WAITALL | MSG_DONTWAIT));
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* MSG_FASTOPEN: "It blocks until the data is buffered and the handshake has completed." "On errors, it sets the same
 * errno as connect(2) if the handshake fails." */
SCENARIO(fast_open)
{
    for (int message = 0; message < 2; message++) {
        int at = listener();
        struct sock_addr to = own_name(at), nobody = nobody_at(SOCK_STREAM);
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        if (message)
            do_sendmsg(k, e, "hello", 2, MSG_FASTOPEN, &to, NULL, 0);
        else
            do_sendto(k, e, "hello", MSG_FASTOPEN, to);
        peer_name(k, e);
        int peer = (int)CHECK_SYS(accept4(at, NULL, NULL, SOCK_CLOEXEC));
        arrives(k, peer);
        do_sendto(k, e, "again", MSG_FASTOPEN, to);
        do_connect(k, e, to);
        shut(k, e);
        CHECK_SYS(close(peer));
        e = make(k, AF_INET, SOCK_STREAM, 0);
        if (message)
            do_sendmsg(k, e, "hello", 2, MSG_FASTOPEN, &nobody, NULL, 0);
        else
            do_sendto(k, e, "hello", MSG_FASTOPEN, nobody);
        do_sendto(k, e, "hello", MSG_FASTOPEN, to);
        shut(k, e);
        e = make(k, AF_INET, SOCK_STREAM, 0);
        send_text(k, e, "hello", MSG_FASTOPEN);
        shut(k, e);
        CHECK_SYS(close(at));
    }
}

/* "For a non-blocking socket ... If the cookie is not available locally, it returns EINPROGRESS". */
SCENARIO(fast_open_nonblocking)
{
    int at = listener();
    struct sock_addr to = own_name(at);
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    make_nonblocking(k, e, true);
    do_sendto(k, e, "hello", MSG_FASTOPEN, to);
    await(k, e, POLLOUT);
    send_text(k, e, "hello", 0);
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_sendto(k, e, "hello", MSG_FASTOPEN | MSG_DONTWAIT, to);
    await(k, e, POLLOUT);
    do_connect(k, e, to);
    send_text(k, e, "hello", 0);
    shut(k, e);
    CHECK_SYS(close(at));
}

/* A send on a connection that is under way waits for it, as the kernel's does. */
SCENARIO(connecting)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    int at = listener();
    for (int i = 0; i < 2; i++) {
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        make_nonblocking(k, e, true);
        do_connect(k, e, i ? nobody : own_name(at));
        make_nonblocking(k, e, false);
        send_text(k, e, "data", 0);
        send_text(k, e, "data", 0);
        get_int(k, e, SOL_SOCKET, SO_ERROR);
        shut(k, e);
    }
    CHECK_SYS(close(at));
}

/* "The msg_iov and msg_iovlen fields specify scatter-gather locations". Control data that the kernel refuses: the
 * refusal of the data is not one of the address. */
SCENARIO(messages)
{
    int peer;
    end e = make_udp(k, &peer);
    do_sendmsg(k, e, "", 0, 0, NULL, NULL, 0);
    do_sendmsg(k, e, "eight parts", 8, 0, NULL, NULL, 0);
    shut(k, e);
    CHECK_SYS(close(peer));
    peer = udp_peer();
    for (int family = 0; family < 2; family++) {
        struct sock_addr to = own_name(peer);
        union {
            char bytes[CMSG_SPACE(sizeof(int))];
            size_t align;
        } control;
        struct msghdr header = {.msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
        memset(&control, 0, sizeof control);
        struct cmsghdr *c = CMSG_FIRSTHDR(&header);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_TTL, .cmsg_len = CMSG_LEN(sizeof(int))};
        e = make(k, family ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
        do_sendmsg(k, e, "ttl 0", 1, 0, &to, control.bytes, sizeof control.bytes);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = 9999;
        do_sendmsg(k, e, "unknown", 1, 0, &to, control.bytes, sizeof control.bytes);
        c->cmsg_len = 1;
        do_sendmsg(k, e, "too short", 1, 0, &to, control.bytes, sizeof control.bytes);
        shut(k, e);
    }
    CHECK_SYS(close(peer));
}

/* "EACCES: (For UDP sockets) An attempt was made to send to a network/broadcast address as though it was a unicast
 * address." And other addresses that lead nowhere. */
SCENARIO(destinations)
{
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    do_sendto(k, e, "data", 0, ip_at("127.255.255.255", 9));
    do_sendto(k, e, "data", 0, ip_at("127.0.0.1", 0));
    do_sendto(k, e, "data", 0, of_family(AF_UNSPEC, 16));
    do_sendto(k, e, "data", 0, of_family(AF_INET, 8));
    do_sendto(k, e, "data", 0, of_family(AF_UNIX, 16));
    shut(k, e);
    e = make(k, AF_UNIX, SOCK_DGRAM, 0);
    do_sendto(k, e, "data", 0, path_of("nothing"));
    do_sendto(k, e, "data", 0, name_of("\0nothing", 8));
    do_sendto(k, e, "data", 0, of_family(AF_UNIX, 2));
    do_sendto(k, e, "data", 0, path_of("."));
    shut(k, e);
    e = make(k, AF_INET6, SOCK_DGRAM, 0);
    set_int(k, e, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    do_sendto(k, e, "data", 0, of_family(AF_INET6, 20));
    do_sendto(k, e, "data", 0, ip_at("::1", 0));
    shut(k, e);
}

TEST_MAIN(test_not_connected, test_addressed_streams, test_addressed_datagrams, test_too_long, test_full,
          test_limit_after_part, test_broken, test_end_of_record, test_flags, test_more_to_come, test_fast_open,
          test_fast_open_nonblocking, test_connecting, test_messages, test_destinations)
