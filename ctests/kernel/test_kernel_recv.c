/* recv(2), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <linux/errqueue.h>
#include <netinet/tcp.h>

/* The sockets that most sentences hold for, each with a peer that is connected to it. */
enum { TCP, UDP, UNIX_STREAM, UNIX_DGRAM, UNIX_SEQPACKET, SOCKETS };

static end connected(struct side *k, int socket, int *peer)
{
    switch (socket) {
    case TCP:
        return make_tcp(k, peer);
    case UDP:
        return make_udp(k, peer);
    case UNIX_STREAM:
        return make_pair(k, SOCK_STREAM, peer);
    case UNIX_DGRAM:
        return make_pair(k, SOCK_DGRAM, peer);
    default:
        return make_pair(k, SOCK_SEQPACKET, peer);
    }
}

#define EACH(socket) for (int socket = 0; socket < SOCKETS; socket++)

static void put(int peer, const char *text)
{
    CHECK_EQ(send(peer, text, strlen(text), MSG_NOSIGNAL), (long long)strlen(text));
}

static void done(struct side *k, end e, int peer)
{
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* "All three calls return the length of the message". "If a message is too long to fit in the supplied buffer, excess
 * bytes may be discarded depending on the type of socket". */
SCENARIO(lengths)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        put(peer, "a long message");
        do_recv(k, e, 4, 0);
        do_recv(k, e, 32, MSG_DONTWAIT);
        put(peer, "a long message");
        do_recvfrom(k, e, 4, 0);
        do_recvfrom(k, e, 32, MSG_DONTWAIT);
        put(peer, "a long message");
        do_recvmsg(k, e, 4, 0, 64);
        do_recvmsg(k, e, 32, MSG_DONTWAIT, 64);
        done(k, e, peer);
    }
}

/* "If no messages are available at the socket, the receive calls wait for a message to arrive, unless the socket is
 * nonblocking". "The receive calls normally return any data available, up to the requested amount". */
SCENARIO(waits)
{
    EACH(socket) {
        int peer;
        struct later later;
        end e = connected(k, socket, &peer);
        do_recv(k, e, 32, 0);
        do_recv(k, e, 32, MSG_DONTWAIT);
        do_recvmsg(k, e, 32, 0, 0);
        make_nonblocking(k, e, true);
        do_recvfrom(k, e, 32, 0);
        make_nonblocking(k, e, false);
        k->patience = 2000;
        later_send(&later, 30, peer, "late", 0);
        do_recv(k, e, 32, 0);
        TOOK(k, 0, 1000);
        later_done(&later);
        k->patience = 100;
        done(k, e, peer);
    }
}

/* Length 0: "The value 0 may also be returned if the requested number of bytes to receive from a stream socket was
 * 0." Where nothing has come, the kernel's blocking call waits all the same, and SO_RCVTIMEO ends it. A datagram is
 * consumed. */
SCENARIO(length_zero)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        do_recv(k, e, 0, 0);
        do_recv(k, e, 0, MSG_DONTWAIT);
        set_span(k, e, SO_RCVTIMEO, 0, 50000);
        k->patience = 2000;
        do_recv(k, e, 0, 0);
        do_recvmsg(k, e, 0, 0, 0);
        do_recv(k, e, 4, 0);
        TOOK(k, 50, 1000);
        do_recv(k, e, 0, 0);
        put(peer, "data");
        do_recv(k, e, 0, MSG_PEEK);
        do_recv(k, e, 0, MSG_WAITALL);
        do_recv(k, e, 0, 0);
        do_recv(k, e, 8, MSG_DONTWAIT);
        k->patience = 100;
        CHECK_SYS(shutdown(peer, SHUT_WR));
        set_span(k, e, SO_RCVTIMEO, 0, 0);
        do_recv(k, e, 0, 0);
        done(k, e, peer);
    }
}

/* "When a stream socket peer has performed an orderly shutdown, the return value will be 0". "Datagram sockets ...
 * permit zero-length datagrams. When such a datagram is received, the return value is 0." */
SCENARIO(ends)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        CHECK_EQ(send(peer, "", 0, MSG_NOSIGNAL), 0);
        put(peer, "last");
        if (socket != TCP && socket != UNIX_STREAM)
            do_recvmsg(k, e, 8, 0, 0);
        do_recv(k, e, 8, 0);
        CHECK_SYS(shutdown(peer, SHUT_WR));
        do_recv(k, e, 8, socket == UDP ? MSG_DONTWAIT : 0);
        do_recv(k, e, 8, MSG_DONTWAIT);
        CHECK_SYS(close(peer));
        do_recv(k, e, 8, MSG_DONTWAIT);
        do_recvmsg(k, e, 8, MSG_DONTWAIT, 0);
        shut(k, e);
    }
}

/* A socket whose own receiving half is shut down: the kernel's blocking calls end, also for datagrams, and what asks
 * for errors or urgent data is answered as ever. */
SCENARIO(shut_down)
{
    static const int flags[] = {0, MSG_PEEK, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_WAITALL,
                                MSG_ERRQUEUE | MSG_DONTWAIT, MSG_OOB | MSG_PEEK};
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        put(peer, "before");
        do_shutdown(k, e, SHUT_RD);
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
            do_recv(k, e, 3, flags[i]);
            do_recvmsg(k, e, 3, flags[i], 64);
        }
        if (socket == TCP || socket == UDP)
            put(peer, "after");
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            do_recvfrom(k, e, 16, flags[i]);
        do_recv(k, e, 0, 0);
        done(k, e, peer);
    }
}

static void shuts_later(void *arg)
{
    sleep_ms(40);
    CHECK_SYS(shutdown(*(int *)arg, SHUT_RD));
}

SCENARIO(shut_down_while_waiting)
{
    EACH(socket) {
        int peer;
        struct thread other;
        end e = connected(k, socket, &peer);
        int fd = number_of(k, e);
        k->patience = 2000;
        thread_start(&other, shuts_later, &fd);
        do_recv(k, e, 8, 0);
        thread_join_within(&other, 2000);
        do_recv(k, e, 8, 0);
        done(k, e, peer);
    }
}

/* MSG_PEEK "causes the receive operation to return data from the beginning of the receive queue without removing that
 * data from the queue." */
SCENARIO(peeks)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        put(peer, "one");
        put(peer, "two");
        do_recv(k, e, 2, MSG_PEEK);
        do_recvfrom(k, e, 16, MSG_PEEK);
        do_recvmsg(k, e, 16, MSG_PEEK, 0);
        do_recv(k, e, 16, 0);
        do_recv(k, e, 16, MSG_PEEK | MSG_DONTWAIT);
        do_recv(k, e, 16, MSG_DONTWAIT);
        done(k, e, peer);
    }
}

/* MSG_TRUNC: "return the real length of the packet or datagram, even when it was longer than the passed buffer"; "For
 * use with Internet stream sockets, see tcp(7)." */
SCENARIO(true_length)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        put(peer, "a long message");
        if (socket != TCP) {
            do_recv(k, e, 4, MSG_TRUNC | MSG_PEEK);
            do_recvmsg(k, e, 4, MSG_TRUNC, 0);
            do_recv(k, e, 4, MSG_TRUNC | MSG_DONTWAIT);
        }
        done(k, e, peer);
    }
}

/* MSG_WAITALL "requests that the operation block until the full request is satisfied. However, the call may still
 * return less data than requested if a signal is caught, an error or disconnect occurs". "This flag has no effect for
 * datagram sockets." */
SCENARIO(wait_for_all)
{
    EACH(socket) {
        int peer;
        struct later later;
        end e = connected(k, socket, &peer);
        k->patience = 3000;
        put(peer, "12345");
        later_send(&later, 30, peer, "67890", 0);
        do_recv(k, e, 10, MSG_WAITALL);
        later_done(&later);
        do_recv(k, e, 16, MSG_DONTWAIT);
        put(peer, "123");
        do_recv(k, e, 16, MSG_WAITALL | MSG_DONTWAIT);
        put(peer, "123");
        later_send(&later, 30, peer, "45", 0);
        do_recvmsg(k, e, 5, MSG_WAITALL, 0);
        later_done(&later);
        do_recv(k, e, 16, MSG_DONTWAIT);
        k->patience = 100;
        put(peer, "123");
        do_recv(k, e, 16, MSG_WAITALL);
        put(peer, "123");
        set_span(k, e, SO_RCVTIMEO, 0, 50000);
        k->patience = 2000;
        do_recv(k, e, 16, MSG_WAITALL);
        do_recv(k, e, 16, MSG_WAITALL);
        TOOK(k, 50, 1000);
        put(peer, "123");
        do_recv(k, e, 16, MSG_WAITALL | MSG_PEEK);
        CHECK_SYS(shutdown(peer, SHUT_WR));
        do_recvmsg(k, e, 16, MSG_WAITALL, 0);
        k->patience = 100;
        done(k, e, peer);
    }
}

/* MSG_ERRQUEUE "specifies that queued errors should be received from the socket error queue", and never waits;
 * MSG_OOB "requests receipt of out-of-band data". Neither is there. (Sockets that know no such thing refuse the flag,
 * or ignore it: the kernel's call then waits for data, and libsock's does not.) */
SCENARIO(nothing_special)
{
    EACH(socket) {
        int peer;
        end e = connected(k, socket, &peer);
        for (int data = 0; data < 2; data++) {
            if (socket == TCP || socket == UDP) {
                do_recv(k, e, 8, MSG_ERRQUEUE);
                do_recvmsg(k, e, 8, MSG_ERRQUEUE, 64);
            }
            if (socket != UDP)
                do_recv(k, e, 8, MSG_OOB);
            put(peer, "data");
        }
        do_recv(k, e, 8, MSG_ERRQUEUE | MSG_DONTWAIT);
        do_recvmsg(k, e, 8, MSG_OOB | MSG_DONTWAIT, 64);
        do_recv(k, e, 8, MSG_DONTWAIT);
        done(k, e, peer);
    }
}

/* "ENOTCONN: The socket is associated with a connection-oriented protocol and has not been connected". */
SCENARIO(not_connected)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    for (int i = 0; i < 3; i++)
        for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
            end e = make(k, families[i], type, 0);
            do_recv(k, e, 4, 0);
            do_recv(k, e, 0, 0);
            do_recv(k, e, 4, MSG_DONTWAIT);
            do_recvmsg(k, e, 4, MSG_PEEK, 0);
            shut(k, e);
        }
    end e = make(k, AF_UNIX, SOCK_SEQPACKET, 0);
    do_recv(k, e, 4, 0);
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_listen(k, e, 1);
    do_recv(k, e, 4, 0);
    do_recv(k, e, 4, MSG_DONTWAIT);
    send_text(k, e, "data", 0);
    shut(k, e);
}

/* A receive on a connection that is under way waits for it, as the kernel's does. */
SCENARIO(connecting)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    int at = listener();
    for (int i = 0; i < 2; i++) {
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        make_nonblocking(k, e, true);
        do_connect(k, e, i ? nobody : own_name(at));
        make_nonblocking(k, e, false);
        do_recv(k, e, 8, 0);
        do_recv(k, e, 8, MSG_DONTWAIT);
        shut(k, e);
    }
    CHECK_SYS(close(at));
}

/* ECONNRESET and its like are said once. */
SCENARIO(reset)
{
    for (int i = 0; i < 2; i++) {
        int peer;
        const struct linger none = {1, 0};
        end e = i ? make_pair(k, SOCK_STREAM, &peer) : make_tcp(k, &peer);
        if (i)
            send_text(k, e, "unread", 0);
        else
            CHECK_SYS(setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none));
        put(peer, "data");
        CHECK_SYS(close(peer));
        do_recv(k, e, 2, 0);
        do_recv(k, e, 8, 0);
        do_recv(k, e, 8, 0);
        get_int(k, e, SOL_SOCKET, SO_ERROR);
        shut(k, e);
    }
}

/* An error in the middle of MSG_WAITALL: what has come counts, the error is said by the next call. */
SCENARIO(reset_after_part)
{
    int peer;
    end e = make_tcp(k, &peer);
    const struct linger none = {1, 0};
    CHECK_SYS(setsockopt(peer, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    put(peer, "123");
    k->patience = 50;
    do_recv(k, e, 8, MSG_WAITALL);
    CHECK_SYS(close(peer));
    do_recv(k, e, 8, MSG_WAITALL);
    do_recv(k, e, 8, MSG_WAITALL);
    shut(k, e);
}

TEST_MAIN(test_lengths, test_waits, test_length_zero, test_ends, test_shut_down, test_shut_down_while_waiting,
          test_peeks, test_true_length, test_wait_for_all, test_nothing_special, test_not_connected,
          test_connecting, test_reset, test_reset_after_part)
