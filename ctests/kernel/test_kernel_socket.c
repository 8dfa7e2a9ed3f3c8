/* socket(7), sentence by sentence: libsock in blocking mode beside the system's own calls. */
#include "kernel.h"

#include <netinet/tcp.h>
#include <sys/uio.h>

static void put(int peer, const char *text)
{
    CHECK_EQ(send(peer, text, strlen(text), MSG_NOSIGNAL), (long long)strlen(text));
}

static void done(struct side *k, end e, int peer)
{
    shut(k, e);
    CHECK_SYS(close(peer));
}

/* SO_RCVLOWAT "Specify the minimum number of bytes in the buffer until the socket layer will pass the data ... to the
 * user on receiving". "SO_SNDLOWAT is not changeable on Linux (setsockopt(2) fails with the error ENOPROTOOPT)." */
static void low_water(struct side *k, end e, int peer)
{
    struct later later;
    get_int(k, e, SOL_SOCKET, SO_SNDLOWAT);
    set_int(k, e, SOL_SOCKET, SO_SNDLOWAT, 2);
    get_int(k, e, SOL_SOCKET, SO_RCVLOWAT);
    set_int(k, e, SOL_SOCKET, SO_RCVLOWAT, 6);
    get_int(k, e, SOL_SOCKET, SO_RCVLOWAT);
    /* Fewer have come: the call waits for the others. */
    k->patience = 2000;
    put(peer, "123");
    later_send(&later, 40, peer, "456789", 0);
    do_recv(k, e, 16, 0);
    TOOK(k, 0, 1000);
    later_done(&later);
    put(peer, "123");
    later_send(&later, 40, peer, "456789", 0);
    do_recvmsg(k, e, 16, 0, 0);
    TOOK(k, 0, 1000);
    later_done(&later);
    /* Enough have come, or no more are asked for. */
    put(peer, "123456789");
    do_recv(k, e, 3, 0);
    do_recvfrom(k, e, 16, 0);
    put(peer, "12");
    do_recv(k, e, 2, 0);
    put(peer, "12");
    do_recv(k, e, 1, MSG_PEEK);
    /* What does not wait takes what there is. */
    do_recv(k, e, 16, MSG_DONTWAIT);
    make_nonblocking(k, e, true);
    put(peer, "12");
    do_recv(k, e, 16, 0);
    make_nonblocking(k, e, false);
    /* The end, and a limit, come before that. */
    set_span(k, e, SO_RCVTIMEO, 0, 50000);
    put(peer, "12");
    do_recv(k, e, 16, 0);
    TOOK(k, 50, 1000);
    do_recv(k, e, 16, 0);
    TOOK(k, 50, 1000);
    set_span(k, e, SO_RCVTIMEO, 0, 0);
    put(peer, "12");
    k->patience = 100;
    do_recv(k, e, 16, 0);
    put(peer, "12");
    do_recv(k, e, 16, MSG_PEEK);
    CHECK_SYS(shutdown(peer, SHUT_WR));
    do_recv(k, e, 16, 0);
    do_recv(k, e, 16, 0);
}

SCENARIO(low_water_tcp)
{
    int peer;
    end e = make_tcp(k, &peer);
    low_water(k, e, peer);
    done(k, e, peer);
}

SCENARIO(low_water_unix)
{
    int peer;
    end e = make_pair(k, SOCK_STREAM, &peer);
    low_water(k, e, peer);
    done(k, e, peer);
}

SCENARIO(low_water_datagrams)
{
    int peer;
    end e = make_udp(k, &peer);
    set_int(k, e, SOL_SOCKET, SO_RCVLOWAT, 6);
    put(peer, "12");
    do_recv(k, e, 16, 0);
    do_recv(k, e, 16, 0);
    done(k, e, peer);
    e = make_pair(k, SOCK_SEQPACKET, &peer);
    set_int(k, e, SOL_SOCKET, SO_RCVLOWAT, 6);
    put(peer, "12");
    do_recv(k, e, 16, 0);
    done(k, e, peer);
}

/* A mark that somebody else has set: through the descriptor's number, or before the descriptor was adopted. */
SCENARIO(low_water_by_others)
{
    int peer, six = 6;
    struct later later;
    end e = make_tcp(k, &peer);
    if (k->kind != RAW)
        CHECK_OK(sock_fileno(e));
    CHECK_SYS(setsockopt(number_of(k, e), SOL_SOCKET, SO_RCVLOWAT, &six, sizeof six));
    k->patience = 2000;
    /* The first receive of all waits anyway. */
    put(peer, "123");
    later_send(&later, 40, peer, "456789", 0);
    do_recv(k, e, 16, MSG_WAITALL | MSG_PEEK | MSG_DONTWAIT);
    later_done(&later);
    do_recv(k, e, 16, 0);
    done(k, e, peer);
}

/* SO_RCVTIMEO and SO_SNDTIMEO: "-1 is returned with errno set to EAGAIN". "If the timeout is set to zero (the
 * default), then the operation will never timeout." */
SCENARIO(limits)
{
    static const struct {
        long seconds, microseconds;
        bool at_once;
    } spans[] = {{0, 40000, false}, {-1, 0, true}, {-5, 999999, true}, {0, 1, false}, {0, 1000000, false},
                 {0, -1, false}, {0, 0, false}};
    int peer;
    for (int kind = 0; kind < 4; kind++) {
        end e = kind == 0   ? make_tcp(k, &peer)
                : kind == 1 ? make_udp(k, &peer)
                            : make_pair(k, kind == 2 ? SOCK_STREAM : SOCK_DGRAM, &peer);
        for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
            set_span(k, e, SO_RCVTIMEO, spans[i].seconds, spans[i].microseconds);
            set_span(k, e, SO_SNDTIMEO, spans[i].seconds, spans[i].microseconds);
            do_recv(k, e, 8, 0);
            if (spans[i].at_once)
                TOOK(k, 0, 20);
            struct timeval back = {7, 7};
            socklen_t len = sizeof back;
            CHECK_SYS(getsockopt(number_of(k, e), SOL_SOCKET, SO_RCVTIMEO, &back, &len));
            note(k, "\nkept: %ld %ld", (long)back.tv_sec, (long)back.tv_usec);
        }
        done(k, e, peer);
    }
}

/* "if ... data has been sent or received, the return value of that function will be the amount of data transferred" */
SCENARIO(limit_after_part)
{
    int peer;
    end e = make_tcp(k, &peer);
    set_span(k, e, SO_RCVTIMEO, 0, 50000);
    k->patience = 2000;
    put(peer, "123");
    do_recv(k, e, 8, MSG_WAITALL);
    TOOK(k, 50, 1000);
    do_recv(k, e, 8, MSG_WAITALL);
    TOOK(k, 50, 1000);
    set_span(k, e, SO_RCVTIMEO, -1, 0);
    put(peer, "123");
    do_recv(k, e, 8, MSG_WAITALL);
    do_recv(k, e, 8, 0);
    done(k, e, peer);
}

/* The limit is the socket's: set through the descriptor's number, or a duplicate of the handle. */
SCENARIO(limit_by_others)
{
    const struct timeval span = {0, 50000}, none = {0, 0};
    int peer;
    end e = make_pair(k, SOCK_STREAM, &peer);
    k->patience = 1000;
    if (k->kind != RAW)
        CHECK_OK(sock_fileno(e));
    CHECK_SYS(setsockopt(number_of(k, e), SOL_SOCKET, SO_RCVTIMEO, &span, sizeof span));
    do_recv(k, e, 8, 0);
    TOOK(k, 50, 700);
    do_recv(k, e, 8, 0);
    TOOK(k, 50, 700);
    k->patience = 100;
    CHECK_SYS(setsockopt(number_of(k, e), SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none));
    do_recv(k, e, 8, 0);
    done(k, e, peer);

    e = make_pair(k, SOCK_STREAM, &peer);
    end twin = k->kind == RAW ? dup((int)e) : sock_dup(e);
    k->patience = 1000;
    set_span(k, e, SO_RCVTIMEO, 0, 50000);
    do_recv(k, twin, 8, 0);
    TOOK(k, 50, 700);
    set_span(k, twin, SO_RCVTIMEO, 0, 100000);
    do_recv(k, e, 8, 0);
    TOOK(k, 100, 700);
    k->patience = 100;
    set_span(k, twin, SO_RCVTIMEO, 0, 0);
    do_recv(k, e, 8, 0);
    shut(k, twin);
    done(k, e, peer);
}

/* SO_ERROR: "Get and clear the pending socket error." It is also what the next call says. */
SCENARIO(pending_error)
{
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    struct sock_addr nobody = nobody_at(SOCK_DGRAM);
    do_connect(k, e, nobody);
    send_text(k, e, "data", 0);
    expect_error(k, e);
    get_int(k, e, SOL_SOCKET, SO_ERROR);
    get_int(k, e, SOL_SOCKET, SO_ERROR);
    send_text(k, e, "data", 0);
    expect_error(k, e);
    do_recv(k, e, 8, 0);
    do_recv(k, e, 8, MSG_DONTWAIT);
    for (int i = 0; i < 2; i++) {
        send_text(k, e, "data", 0);
        expect_error(k, e);
        send_text(k, e, "data", 0);
    }
    shut(k, e);
}

/* SO_PEEK_OFF: the example of socket(7), word for word. */
SCENARIO(peek_offset)
{
    int peer;
    for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
        end e = make_pair(k, type, &peer);
        put(peer, "aabbccddeeff");
        set_int(k, e, SOL_SOCKET, SO_PEEK_OFF, 4);
        do_recv(k, e, 2, MSG_PEEK);
        do_recvmsg(k, e, 2, MSG_PEEK, 0);
        do_recv(k, e, 2, 0);
        do_recv(k, e, 2, MSG_PEEK | MSG_DONTWAIT);
        get_int(k, e, SOL_SOCKET, SO_PEEK_OFF);
        set_int(k, e, SOL_SOCKET, SO_PEEK_OFF, -1);
        do_recv(k, e, 16, MSG_PEEK | MSG_DONTWAIT);
        done(k, e, peer);
    }
}

/* Peeks at an offset wait for what comes behind it. */
static void peek_offset_waits(struct side *k)
{
    int peer;
    struct later later;
    end e = make_pair(k, SOCK_STREAM, &peer);
    set_int(k, e, SOL_SOCKET, SO_PEEK_OFF, 0);
    put(peer, "aabb");
    do_recv(k, e, 4, MSG_PEEK);
    do_recv(k, e, 4, MSG_PEEK);
    k->patience = 2000;
    later_send(&later, 40, peer, "cc", 0);
    do_recv(k, e, 4, MSG_PEEK);
    later_done(&later);
    get_int(k, e, SOL_SOCKET, SO_PEEK_OFF);
    do_recv(k, e, 16, 0);
    done(k, e, peer);
}

/* On older kernels, 6.1 among them, a blocking peek at an offset that had to wait begins again at the front. */
static bool waiting_peeks_keep_their_offset(void)
{
    int pair[2], offset = 0;
    char data[4];
    struct later later;
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
    CHECK_SYS(setsockopt(pair[0], SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset));
    put(pair[1], "aabb");
    CHECK_EQ(recv(pair[0], data, 4, MSG_PEEK), 4);
    later_send(&later, 100, pair[1], "cc", 0);
    ssize_t count = recv(pair[0], data, 4, MSG_PEEK);
    later_done(&later);
    CHECK_SYS(close(pair[0]));
    CHECK_SYS(close(pair[1]));
    return count == 2;
}

static void test_peek_offset_waits(void)
{
    if (waiting_peeks_keep_their_offset())
        SAME(peek_offset_waits);
    else
        SKIP("a waiting peek of this kernel forgets its offset");
}

/* With MSG_WAITALL they go on from peek to peek. (The kernel's peeks at AF_UNIX never wait for all.) */
static void test_peek_offset_waits_for_all(void)
{
    sock_t pair[2];
    struct later later;
    char data[8] = "";
    int offset = 7;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int peer = (int)CHECK_OK(sock_detach(pair[1]));
    CHECK_OK(sock_setsockopt_int(pair[0], SOL_SOCKET, SO_PEEK_OFF, 2));
    put(peer, "aabb");
    later_send(&later, 40, peer, "cc", 0);
    CHECK_EQ(sock_recv(pair[0], data, 4, MSG_PEEK | MSG_WAITALL), 4);
    later_done(&later);
    CHECK_MEM(data, "bbcc", 4);
    CHECK_OK(sock_getsockopt_int(pair[0], SOL_SOCKET, SO_PEEK_OFF, &offset));
    CHECK_EQ(offset, 6);
    CHECK_OK(sock_close(pair[0]));
    CHECK_SYS(close(peer));
}

/* SO_LINGER: with no time to linger a close resets the connection. */
SCENARIO(linger)
{
    int peer;
    const struct linger none = {1, 0};
    end e = make_tcp(k, &peer);
    set_bytes(k, e, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    send_text(k, e, "data", 0);
    shut(k, e);
    char byte;
    struct pollfd p = {.fd = peer, .events = POLLIN};
    CHECK_EQ(poll(&p, 1, 1000), 1);
    ssize_t count = recv(peer, &byte, 1, 0);
    note(k, "\npeer: %zd %s", count, count < 0 ? strerror(errno) : "");
    CHECK_SYS(close(peer));
}

/* SO_REUSEADDR, SO_REUSEPORT, and bind without them: EADDRINUSE. */
SCENARIO(reuse)
{
    for (int kind = 0; kind < 3; kind++) {
        end one = make(k, AF_INET, SOCK_STREAM, 0), two = make(k, AF_INET, SOCK_STREAM, 0);
        for (int i = 0; i < 2 && kind; i++)
            set_int(k, i ? two : one, SOL_SOCKET, kind == 1 ? SO_REUSEADDR : SO_REUSEPORT, 1);
        do_bind(k, one, ip_at("127.0.0.1", 0));
        do_bind(k, two, own_name(number_of(k, one)));
        do_listen(k, one, 1);
        do_listen(k, two, 1);
        do_bind(k, one, ip_at("127.0.0.1", 0));
        shut(k, one);
        shut(k, two);
    }
}

/* Options that change what a receive brings, and those that say what a socket is. */
SCENARIO(other_options)
{
    static const int read_only[] = {SO_ACCEPTCONN, SO_DOMAIN, SO_TYPE, SO_PROTOCOL, SO_ERROR};
    int peer;
    end e = make_udp(k, &peer);
    set_int(k, e, SOL_SOCKET, SO_TIMESTAMP, 1);
    set_int(k, e, SOL_SOCKET, SO_RXQ_OVFL, 1);
    put(peer, "stamped");
    do_recvmsg(k, e, 16, 0, 256);
    set_int(k, e, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    put(peer, "stamped");
    do_recvmsg(k, e, 16, 0, 8);
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        get_int(k, e, SOL_SOCKET, read_only[i]);
        set_int(k, e, SOL_SOCKET, read_only[i], 1);
    }
    set_int(k, e, SOL_SOCKET, 9999, 1);
    get_int(k, e, 9999, 1);
    done(k, e, peer);
}

/* "In addition, the standard I/O operations like write(2), writev(2), sendfile(2), read(2), and readv(2) can be used",
 * on the number of the descriptor, and between libsock's own calls. */
SCENARIO(standard_calls)
{
    int peer;
    char data[8];
    end e = make_tcp(k, &peer);
    int fd = k->kind == RAW ? (int)e : (int)CHECK_OK(sock_fileno(e));
    put(peer, "12345678");
    do_recv(k, e, 2, 0);
    note(k, "\nread: %zd", read(fd, data, 2));
    struct iovec iov = {data, 2};
    note(k, "\nreadv: %zd", readv(fd, &iov, 1));
    do_recv(k, e, 8, 0);
    CHECK_EQ(pread(fd, data, 1, 1), -1);
    note(k, "\npread: %d", errno);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), -1);
    note(k, "\nlseek: %d", errno);
    note(k, "\nflags: %#x", (unsigned)fcntl(fd, F_GETFL) & O_NONBLOCK);
    done(k, e, peer);
}

TEST_MAIN(test_low_water_tcp, test_low_water_unix, test_low_water_datagrams, test_low_water_by_others,
          test_limits, test_limit_after_part, test_limit_by_others, test_pending_error, test_peek_offset,
          test_peek_offset_waits, test_peek_offset_waits_for_all, test_linger, test_reuse, test_other_options, test_standard_calls)
