/* tcp(7), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

static void put(int peer, const char *text, int flags)
{
    CHECK_EQ(send(peer, text, strlen(text), flags | MSG_NOSIGNAL), (long long)strlen(text));
}

static void done(struct side *k, end e, int peer)
{
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* "urgent data ... can be received only when the MSG_OOB flag is set for recv(2) or recvmsg(2)". "It is possible to
 * peek at out-of-band data using the recv(2) MSG_PEEK flag." "Note that a read never reads across the urgent mark." */
SCENARIO(urgent)
{
    int peer;
    end e = make_tcp(k, &peer);
    do_recv(k, e, 4, MSG_OOB);
    put(peer, "before!", MSG_OOB);
    put(peer, "after", 0);
    await(k, e, POLLPRI);
    do_recv(k, e, 4, MSG_OOB | MSG_PEEK);
    do_recv(k, e, 3, 0);
    do_recvmsg(k, e, 4, MSG_OOB, 64);
    do_recv(k, e, 4, MSG_OOB);
    do_recv(k, e, 32, 0);
    do_recv(k, e, 32, 0);
    do_recv(k, e, 32, MSG_DONTWAIT);
    send_text(k, e, "urgent", MSG_OOB);
    char data[16];
    settle();
    note(k, "\npeer: %zd", recv(peer, data, sizeof data, MSG_OOB));
    settle();
    note(k, "\npeer: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    done(k, e, peer);
}

/* "if the other end sends newer out-of-band data the older urgent data is inserted as normal data into the stream". */
SCENARIO(urgent_twice)
{
    int peer;
    end e = make_tcp(k, &peer);
    put(peer, "1", MSG_OOB);
    put(peer, "2", MSG_OOB);
    await(k, e, POLLPRI);
    do_recv(k, e, 4, MSG_OOB);
    do_recv(k, e, 4, MSG_OOB);
    do_recv(k, e, 4, MSG_DONTWAIT);
    done(k, e, peer);
}

/* "When the SO_OOBINLINE socket option is enabled, urgent data is put into the normal data stream". MSG_WAITALL goes on
 * behind the mark. */
SCENARIO(urgent_inline)
{
    int peer;
    for (int all = 0; all < 2; all++) {
        end e = make_tcp(k, &peer);
        set_int(k, e, SOL_SOCKET, SO_OOBINLINE, 1);
        put(peer, "before!", MSG_OOB);
        put(peer, "after", 0);
        await(k, e, POLLPRI);
        do_recv(k, e, 4, MSG_OOB);
        do_recv(k, e, 12, all ? MSG_WAITALL : 0);
        do_recv(k, e, 32, MSG_DONTWAIT);
        do_recv(k, e, 32, MSG_DONTWAIT);
        done(k, e, peer);
    }
}

SCENARIO(wait_for_all_past_the_mark)
{
    int peer;
    end e = make_tcp(k, &peer);
    put(peer, "before!", MSG_OOB);
    put(peer, "after", 0);
    await(k, e, POLLPRI);
    do_recv(k, e, 11, MSG_WAITALL);
    do_recv(k, e, 4, MSG_DONTWAIT);
    do_recv(k, e, 4, MSG_OOB);
    done(k, e, peer);
}

/* A low-water mark and the urgent mark: bytes before it come although they are fewer. */
SCENARIO(low_water_at_the_mark)
{
    int peer;
    end e = make_tcp(k, &peer);
    set_int(k, e, SOL_SOCKET, SO_RCVLOWAT, 6);
    put(peer, "12!", MSG_OOB);
    await(k, e, POLLPRI);
    do_recv(k, e, 32, 0);
    done(k, e, peer);
}

/* MSG_TRUNC "causes the received bytes of data to be discarded, rather than passed back in a caller-supplied buffer";
 * "also ... when used in conjunction with MSG_OOB". */
SCENARIO(discards)
{
    int peer;
    struct later later;
    end e = make_tcp(k, &peer);
    put(peer, "1234567890", 0);
    char room[8] = {0};
    note(k, "\ndiscarded: %lld", (long long)EITHER(k, recv((int)e, room, 4, MSG_TRUNC),
                                                   sock_recv(e, room, 4, MSG_TRUNC)));
    note_bytes(k, room, sizeof room);
    do_recv(k, e, 3, 0);
    k->patience = 2000;
    later_send(&later, 30, peer, "abc", 0);
    note(k, "\ndiscarded: %lld",
         (long long)EITHER(k, recv((int)e, room, 6, MSG_TRUNC | MSG_WAITALL),
                           sock_recv(e, room, 6, MSG_TRUNC | MSG_WAITALL)));
    later_done(&later);
    note_bytes(k, room, sizeof room);
    put(peer, "!", MSG_OOB);
    await(k, e, POLLPRI);
    note(k, "\ndiscarded: %lld", (long long)EITHER(k, recv((int)e, room, 4, MSG_TRUNC | MSG_OOB),
                                                   sock_recv(e, room, 4, MSG_TRUNC | MSG_OOB)));
    note_bytes(k, room, sizeof room);
    do_recv(k, e, 4, MSG_OOB);
    done(k, e, peer);
}

/* "Data cannot be transmitted on listening or not yet connected sockets." */
SCENARIO(not_connected)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    for (int i = 0; i < 2; i++) {
        send_text(k, e, "data", 0);
        do_recv(k, e, 4, 0);
        do_recv(k, e, 4, MSG_OOB);
        do_shutdown(k, e, SHUT_WR);
        peer_name(k, e);
        do_listen(k, e, 1);
    }
    name(k, e);
    shut(k, e);
}

/* "EPIPE: The other end closed the socket unexpectedly or a read is executed on a shut down socket." */
SCENARIO(half_closed)
{
    int peer;
    end e = make_tcp(k, &peer);
    do_shutdown(k, e, SHUT_WR);
    send_text(k, e, "data", 0);
    put(peer, "still", 0);
    do_recv(k, e, 8, 0);
    do_shutdown(k, e, SHUT_WR);
    do_shutdown(k, e, 7);
    CHECK_SYS(close(peer));
    do_recv(k, e, 8, 0);
    do_shutdown(k, e, SHUT_RDWR);
    shut(k, e);
}

/* TCP_DEFER_ACCEPT "Allow a listener to be awakened only when data arrives on the socket." */
SCENARIO(deferred)
{
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    set_int(k, e, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_listen(k, e, 4);
    struct sock_addr at = own_name(number_of(k, e));
    int client = (int)CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    CHECK_SYS(connect(client, native(&at), at.len));
    do_accept(k, e);
    struct later later;
    k->patience = 2000;
    later_send(&later, 30, client, "hello", 0);
    end taken = do_accept(k, e);
    later_done(&later);
    do_recv(k, taken, 8, MSG_DONTWAIT);
    shut(k, taken);
    done(k, e, client);
}

/* TCP_FASTOPEN_CONNECT: "If a cookie is not available ..., connect(2) behaves as usual". */
SCENARIO(fast_open_connect)
{
    int at = listener();
    for (int i = 0; i < 2; i++) {
        end e = make(k, AF_INET, SOCK_STREAM, 0);
        set_int(k, e, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
        do_connect(k, e, own_name(at));
        send_text(k, e, "hello", 0);
        int peer = (int)CHECK_SYS(accept4(at, NULL, NULL, SOCK_CLOEXEC));
        put(peer, "answer", 0);
        do_recv(k, e, 8, 0);
        do_connect(k, e, own_name(at));
        done(k, e, peer);
    }
    CHECK_SYS(close(at));
}

/* TCP_USER_TIMEOUT, TCP_MAXSEG and their like are what getsockopt says they are; TCP_CORK holds partial frames back,
 * and TCP_NODELAY "forces an explicit flush of pending output". */
SCENARIO(options)
{
    static const int options[] = {TCP_USER_TIMEOUT, TCP_MAXSEG, TCP_NODELAY, TCP_CORK, TCP_KEEPCNT, TCP_KEEPIDLE,
                                  TCP_KEEPINTVL, TCP_SYNCNT, TCP_LINGER2, TCP_QUICKACK, TCP_WINDOW_CLAMP};
    static const int values[] = {1000, 600, 1, 0, 3, 60, 5, 2, 10, 1, 4096};
    int peer;
    char data[16];
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        set_int(k, e, IPPROTO_TCP, options[i], values[i]);
        if (options[i] != TCP_MAXSEG)
            get_int(k, e, IPPROTO_TCP, options[i]);
        set_int(k, e, IPPROTO_TCP, options[i], -1);
    }
    shut(k, e);
    e = make_tcp(k, &peer);
    set_int(k, e, IPPROTO_TCP, TCP_CORK, 1);
    send_text(k, e, "held ", 0);
    settle();
    note(k, "\nat once: %zd", recv(peer, data, sizeof data, MSG_DONTWAIT));
    send_text(k, e, "back", 0);
    set_int(k, e, IPPROTO_TCP, TCP_CORK, 0);
    note(k, "\nthen: %zd", recv(peer, data, sizeof data, 0));
    done(k, e, peer);
}

/* A connection under way, refused, that somebody asks for with poll(2), SO_ERROR, getpeername and shutdown. */
SCENARIO(states)
{
    struct sock_addr nobody = nobody_at(SOCK_STREAM);
    int at = listener();
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    do_shutdown(k, e, SHUT_RDWR);
    do_connect(k, e, nobody);
    do_shutdown(k, e, SHUT_RDWR);
    do_connect(k, e, own_name(at));
    do_shutdown(k, e, SHUT_RDWR);
    peer_name(k, e);
    do_connect(k, e, own_name(at));
    do_listen(k, e, 1);
    shut(k, e);
    e = make(k, AF_INET, SOCK_STREAM, 0);
    do_connect(k, e, nobody);
    name(k, e);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    do_connect(k, e, own_name(at));
    name(k, e);
    do_bind(k, e, ip_at("127.0.0.1", 0));
    shut(k, e);
    CHECK_SYS(close(at));
}

/* "SIOCATMARK Returns true ... if the inbound data stream is at the urgent mark." SIOCINQ, SIOCOUTQ. */
SCENARIO(ioctls)
{
    int peer, value = 7;
    end e = make_tcp(k, &peer);
    put(peer, "ab!", MSG_OOB);
    await(k, e, POLLPRI);
    int fd = number_of(k, e);
    for (int i = 0; i < 2; i++) {
        CHECK_SYS(ioctl(fd, SIOCATMARK, &value));
        note(k, "\nat mark: %d", value);
        CHECK_SYS(ioctl(fd, SIOCINQ, &value));
        note(k, "\nunread: %d", value);
        do_recv(k, e, 8, 0);
    }
    done(k, e, peer);
}

TEST_MAIN(test_urgent, test_urgent_twice, test_urgent_inline, test_wait_for_all_past_the_mark,
          test_low_water_at_the_mark, test_discards, test_not_connected, test_half_closed, test_deferred,
          test_fast_open_connect, test_options, test_states, test_ioctls)
