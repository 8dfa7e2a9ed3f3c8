/* Batches of plain datagrams: sock_sendmany and sock_recvmany. */
#include "batch.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <sys/un.h>

static void batch_of(int family, size_t n)
{
    sock_t s[2];
    struct sock_addr name;
    udp_pair(family, s);
    need_room(s);
    CHECK_OK(sock_getsockname(s[0], &name));
    to_send(n, 100);
    to_fill(n, 200);
    CHECK_EQ(sock_sendmany(s[0], outgoing, n, 0), (int64_t)n);
    receive_all(s[1], incoming, n);
    for (size_t i = 0; i < n; i++) {
        CHECK_EQ(outgoing[i].count, 100);
        CHECK_EQ(outgoing[i].flags, 0);
        CHECK_EQ(incoming[i].count, 100);
        CHECK_EQ(incoming[i].len, 200);
        CHECK_EQ(incoming[i].segment, 0);
        CHECK_EQ(incoming[i].flags, 0);
        CHECK_EQ(incoming[i].control_len, 0);
        CHECK_EQ(sock_addr_equal(&incoming[i].addr, &name), 1);
        CHECK_MEM(incoming[i].buf, outgoing[i].buf, 100);
    }
    free_batches();
    close_both(s);
}

static void test_sizes(void)
{
    static const size_t sizes[] = {1, 2, 63, 64, 65, 128, 1024, 1025, 1500};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        batch_of(AF_INET, sizes[i]);
        batch_of(AF_INET6, sizes[i]);
    }
}

static void test_none(void)
{
    sock_t s[2];
    udp_pair(AF_INET, s);
    CHECK_EQ(sock_sendmany(s[0], NULL, 0, 0), 0);
    CHECK_EQ(sock_recvmany(s[1], NULL, 0, 0), 0); /* does not wait */
    CHECK_EQ(sock_sendmany(s[0], outgoing, 0, 0), 0);
    close_both(s);
    CHECK_ERR(sock_sendmany(s[0], NULL, 0, 0), -EBADF);
    CHECK_ERR(sock_recvmany(s[1], NULL, 0, 0), -EBADF);
    CHECK_ERR(sock_recvmany(s[1], to_fill(1, 10), 1, 0), -EBADF);
    CHECK_ERR(sock_sendmany(s[0], to_send(1, 10), 1, 0), -EBADF);
    CHECK_ERR(sock_setgro(s[0], 1), -EBADF);
    free_batches();
}

/* An entry at fault ends the batch before it; nothing of it and those behind it is written. */
static void test_an_entry_at_fault(void)
{
    static const struct {
        const char *field;
        int code;
        struct sock_datagram entry;
    } faults[] = {
        {"buf", -EFAULT, {.buf = NULL, .len = 1}},
        {"len", -EINVAL, {.buf = &outgoing, .len = SIZE_MAX}},
        {"control", -EFAULT, {.control_len = 1}},
        {"control_len", -EINVAL, {.control = &outgoing, .control_len = (size_t)1 << 31}},
        {"segment", -EINVAL, {.segment = 65536}},
        {"segment", -EINVAL, {.segment = UINT32_MAX}},
        {"len", -EINVAL, {.addr = {.len = 129}}},
        {"zero", -EINVAL, {.addr = {.zero = 1}}},
    };
    sock_t s[2];
    udp_pair(AF_INET, s);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        for (size_t at = 0; at < 3; at++) {
            to_send(4, 10);
            struct sock_datagram good = outgoing[at];
            outgoing[at] = faults[i].entry;
            outgoing[at].count = outgoing[3].count = 77;
            outgoing[at].flags = outgoing[3].flags = 77;
            int64_t sent = sock_sendmany(s[0], outgoing, 4, 0);
            if (at == 0) {
                CHECK_ERR(sent, faults[i].code);
                CHECK(strstr(why(), faults[i].field) != NULL);
            } else {
                CHECK_EQ(sent, (int64_t)at);
            }
            CHECK_EQ(outgoing[at].count, 77);
            CHECK_EQ(outgoing[at].flags, 77);
            CHECK_EQ(outgoing[3].count, 77);
            CHECK_EQ(outgoing[3].flags, 77);
            outgoing[at] = good;
            to_fill(4, 20);
            if (at > 0)
                CHECK_EQ(sock_recvmany(s[1], incoming, 4, 0), (int64_t)at);
            CHECK_ERR(sock_recvmany(s[1], incoming, 4, MSG_DONTWAIT), -EAGAIN);
            free_batches();
        }
    }
    /* The kernel refuses one: a datagram that is too long, a family that does not fit. */
    for (int foreign = 0; foreign < 2; foreign++) {
        for (size_t at = 0; at < 3; at++) {
            static char large[70000];
            to_send(4, 10);
            struct sock_datagram good = outgoing[at];
            outgoing[at] = (struct sock_datagram){.buf = large, .len = foreign ? 10 : sizeof large};
            if (foreign)
                CHECK_OK(sock_addr_unix("/nowhere/at/all", 15, &outgoing[at].addr));
            int64_t sent = sock_sendmany(s[0], outgoing, 4, 0);
            if (at == 0)
                CHECK_ERR(sent, foreign ? -EAFNOSUPPORT : -EMSGSIZE);
            else
                CHECK_EQ(sent, (int64_t)at);
            CHECK_ERR(sock_sendmany(s[0], outgoing + at, 4 - at, 0), foreign ? -EAFNOSUPPORT : -EMSGSIZE);
            /* The error belongs to the entry: others go. */
            CHECK_EQ(sock_sendmany(s[0], outgoing + at + 1, 3 - at, 0), (int64_t)(3 - at));
            outgoing[at] = good;
            to_fill(4, 20);
            receive_all(s[1], incoming, 3);
            free_batches();
        }
    }
    /* Receiving. */
    to_send(4, 10);
    to_fill(4, 20);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 4, 0), 4);
    struct sock_datagram good = incoming[2];
    incoming[2].buf = NULL;
    CHECK_EQ(sock_recvmany(s[1], incoming, 4, 0), 2);
    CHECK_REFUSED(sock_recvmany(s[1], incoming + 2, 2, 0), -EFAULT, "v[0].buf");
    incoming[2] = good;
    CHECK_EQ(sock_recvmany(s[1], incoming + 2, 2, 0), 2);
    CHECK_MEM(incoming[3].buf, outgoing[3].buf, 10);
    CHECK_REFUSED(sock_sendmany(s[0], NULL, 1, 0), -EFAULT, "v");
    CHECK_REFUSED(sock_recvmany(s[0], NULL, 1, 0), -EFAULT, "v");
    CHECK_REFUSED(sock_sendmany(s[0], outgoing, SIZE_MAX / 2, 0), -EINVAL, "v");
    free_batches();
    close_both(s);
}

/* The true length of a datagram that was longer than its room, on all families. */
static void truncated(sock_t s[2])
{
    to_send(3, 300);
    to_fill(4, 100);
    incoming[0].len = 300;
    CHECK_EQ(sock_sendmany(s[0], outgoing, 3, 0), 3);
    incoming[2].len = 0;
    receive_all(s[1], incoming, 3);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(incoming[i].count, 300);
        CHECK_EQ(incoming[i].flags & ~MSG_EOR, i ? MSG_TRUNC : 0);
        CHECK_MEM(incoming[i].buf, outgoing[i].buf, incoming[i].len > 100 ? 100 : incoming[i].len);
    }
    free_batches();
}

static void test_the_true_length(void)
{
    sock_t s[2];
    udp_pair(AF_INET, s);
    truncated(s);
    close_both(s);
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    truncated(s);
    close_both(s);
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    truncated(s);
    close_both(s);
}

static void test_datagrams_of_no_bytes(void)
{
    for (int family = 0; family < 2; family++) {
        sock_t s[2];
        if (family)
            udp_pair(AF_INET, s);
        else
            CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
        to_send(3, 5);
        outgoing[1].len = 0;
        outgoing[1].segment = 100;
        to_fill(3, 10);
        CHECK_EQ(sock_sendmany(s[0], outgoing, 3, 0), 3);
        receive_all(s[1], incoming, 3);
        CHECK_EQ(incoming[0].count, 5);
        CHECK_EQ(incoming[1].count, 0);
        CHECK_EQ(incoming[2].count, 5);
        CHECK_EQ(outgoing[1].count, 0);
        CHECK_EQ(outgoing[1].flags, 0);
        free_batches();
        close_both(s);
    }
}

/* Each entry has its own destination; the connected peer where there is none. */
static void test_destinations(void)
{
    struct sock_addr names[3];
    sock_t to[3], from = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    to_send(9, 10);
    to_fill(3, 20);
    for (int i = 0; i < 3; i++)
        to[i] = udp_socket(AF_INET, &names[i]);
    CHECK_OK(sock_connect(from, &names[0]));
    for (int i = 0; i < 9; i++)
        if (i % 3)
            outgoing[i].addr = names[i % 3];
    CHECK_EQ(sock_sendmany(from, outgoing, 9, 0), 9);
    for (int i = 0; i < 3; i++) {
        receive_all(to[i], incoming, 3);
        for (int j = 0; j < 3; j++)
            CHECK_MEM(incoming[j].buf, outgoing[3 * j + i].buf, 10);
        CHECK_OK(sock_close(to[i]));
    }
    free_batches();
    CHECK_OK(sock_close(from));

    sock_t loose = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_ERR(sock_sendmany(loose, to_send(1, 10), 1, 0), -EDESTADDRREQ);
    CHECK_OK(sock_close(loose));
    free_batches();
}

/* Other families, from a socket to a second one by address. */
static void between(const char *name, int family, int type, int proto, const void *native, socklen_t native_len)
{
    struct sock_addr to, from_name;
    sock_t s[2];
    for (int i = 0; i < 2; i++) {
        s[i] = sock_socket(family, type, proto);
        if (s[i] < 0) {
            printf("# no %s: %s\n", name, sock_strerror(s[i]));
            if (i)
                CHECK_OK(sock_close(s[0]));
            return;
        }
        CHECK_OK(sock_addr_from_native(native, native_len, &to));
        CHECK_OK(sock_bind(s[i], &to));
        CHECK_OK(sock_settimeout(s[i], SEC(10)));
    }
    CHECK_OK(sock_getsockname(s[0], &from_name));
    CHECK_OK(sock_getsockname(s[1], &to));
    to_send(10, 100);
    to_fill(11, 60);
    for (int i = 0; i < 10; i++) {
        outgoing[i].addr = to;
        outgoing[i].len = i == 9 ? 50 : 100;
    }
    outgoing[8].segment = 50;
    CHECK_EQ(sock_sendmany(s[0], outgoing, 10, 0), 10);
    CHECK_EQ(outgoing[8].flags, SOCK_BATCH_PLAIN);
    receive_all(s[1], incoming, 11);
    for (int i = 0; i < 11; i++) {
        /* QIPCRTR reports no true length, also with MSG_TRUNC among the flags of the call. */
        CHECK_EQ(incoming[i].count, i >= 8 ? 50 : family == 42 ? 60 : 100);
        CHECK_EQ(incoming[i].flags & MSG_TRUNC, i < 8 ? MSG_TRUNC : 0);
        const char *bytes = outgoing[i < 8 ? i : i < 10 ? 8 : 9].buf;
        CHECK_MEM(incoming[i].buf, i == 9 ? bytes + 50 : bytes, 50);
        CHECK_EQ(sock_addr_equal(&incoming[i].addr, &from_name), 1);
    }
    printf("# %s\n", name);
    free_batches();
    close_both(s);
}

static void test_other_families(void)
{
    struct sockaddr_nl netlink = {.nl_family = AF_NETLINK};
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_un unnamed = {.sun_family = AF_UNIX};
    struct {
        uint16_t family, pad;
        uint32_t node, port;
    } qipcrtr = {42, 0, 1, 0};
    between("AF_NETLINK", AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK, &netlink, sizeof netlink);
    between("AF_UNIX", AF_UNIX, SOCK_DGRAM, 0, &unnamed, sizeof(sa_family_t));
    between("AF_RDS", 21, SOCK_SEQPACKET, 0, &any, sizeof any);
    between("AF_QIPCRTR", 42, SOCK_DGRAM, 0, &qipcrtr, sizeof qipcrtr);
}

static void test_streams_are_refused(void)
{
    sock_t s[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CHECK_REFUSED(sock_sendmany(s[0], to_send(1, 10), 1, 0), -EINVAL, "s");
    CHECK_REFUSED(sock_recvmany(s[0], to_fill(1, 10), 1, 0), -EINVAL, "s");
    free_batches();
    close_both(s);
}

/* AF_UNIX: a receiver that is full, cut data, descriptors. */
static void test_unix(void)
{
    sock_t s[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    CHECK_OK(sock_settimeout(s[0], 0));
    to_send(1000, 10);
    int64_t sent = CHECK_OK(sock_sendmany(s[0], outgoing, 1000, 0));
    CHECK_GT(sent, 0);
    CHECK_LT(sent, 1000);
    CHECK_ERR(sock_sendmany(s[0], outgoing, 1000, 0), -EAGAIN);
    to_fill(1000, 20);
    receive_all(s[1], incoming, (size_t)sent);
    CHECK_ERR(sock_recvmany(s[1], incoming, 1, MSG_DONTWAIT), -EAGAIN);
    free_batches();

    to_send(1, 25);
    outgoing[0].segment = 10;
    to_fill(4, 20);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    CHECK_EQ(outgoing[0].count, 25);
    CHECK_EQ(outgoing[0].flags, SOCK_BATCH_PLAIN);
    receive_all(s[1], incoming, 3);
    CHECK_EQ(incoming[0].count, 10);
    CHECK_EQ(incoming[1].count, 10);
    CHECK_EQ(incoming[2].count, 5);
    CHECK_MEM(incoming[2].buf, (char *)outgoing[0].buf + 20, 5);
    CHECK_EQ(incoming[0].segment, 0);

    /* Descriptors go with the first datagram of an entry, and arrive close-on-exec. */
    unsigned char control[64], got[2][64];
    size_t used = 0;
    int fd = (int)CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC)), taken[4];
    CHECK_OK(sock_control_put_fds(control, sizeof control, &used, &fd, 1));
    outgoing[0].control = control;
    outgoing[0].control_len = used;
    for (int i = 0; i < 2; i++) {
        incoming[i].control = got[i];
        incoming[i].control_len = sizeof got[i];
    }
    int before = open_fds();
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    receive_all(s[1], incoming, 3);
    CHECK_EQ(open_fds(), before + 1);
    CHECK_EQ(incoming[0].flags, 0);
    CHECK_EQ(incoming[1].control_len, 0);
    CHECK_EQ(sock_control_take_fds(got[0], incoming[0].control_len, taken, 4), 1);
    CHECK_EQ(fcntl(taken[0], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    CHECK_SYS(close(taken[0]));
    CHECK_SYS(close(fd));
    free_batches();
    close_both(s);
}

/* The end of a connection is one entry, not all of them. */
static void test_the_end_of_a_connection(void)
{
    sock_t s[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    to_send(3, 10);
    to_fill(8, 20);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 3, 0), 3);
    CHECK_OK(sock_shutdown(s[0], SHUT_WR));
    CHECK_EQ(sock_recvmany(s[1], incoming, 8, 0), 4);
    CHECK_EQ(incoming[2].count, 10);
    CHECK_EQ(incoming[3].count, 0);
    CHECK_EQ(sock_recvmany(s[1], incoming, 8, 0), 1);
    CHECK_EQ(incoming[0].count, 0);
    CHECK_ERR(sock_sendmany(s[0], outgoing, 3, 0), -EPIPE); /* and no SIGPIPE */
    free_batches();
    close_both(s);
}

/* ICMP: a refused datagram is reported by the receive that meets it, or by the next send, once. */
static void test_icmp_errors(void)
{
    int family = refusing_family();
    struct sock_addr gone = closed_port(family);
    sock_t s = CHECK_OK(sock_socket(family, SOCK_DGRAM, 0));
    CHECK_OK(sock_connect(s, &gone));
    CHECK_OK(sock_settimeout(s, SEC(10)));
    to_send(200, 10);
    to_fill(4, 20);
    CHECK_EQ(sock_sendmany(s, outgoing, 1, 0), 1);
    CHECK_ERR(sock_recvmany(s, incoming, 4, 0), -ECONNREFUSED);
    CHECK_ERR(sock_recvmany(s, incoming, 4, MSG_DONTWAIT), -EAGAIN);
    CHECK_EQ(sock_sendmany(s, outgoing, 1, 0), 1);
    CHECK_ERR(sock_sendmany(s, outgoing, 4, 0), -ECONNREFUSED);
    /* In the middle the error is of the socket, not of an entry. sendmmsg(2) drops it, or a later call reports
     * it: no datagram is lost or sent twice. */
    size_t done = 0;
    for (int calls = 0; done < 200 && calls < 1000; calls++) {
        int64_t sent = sock_sendmany(s, outgoing + done, 200 - done, 0);
        CHECK(sent > 0 || sent == -ECONNREFUSED);
        done += sent > 0 ? (size_t)sent : 0;
    }
    CHECK_EQ(done, 200);
    free_batches();
    CHECK_OK(sock_close(s));
}

/* More control data than the kernel takes. */
static void test_enobufs(void)
{
    sock_t s[2];
    size_t room = 1 << 20, used = 0;
    unsigned char *control = (unsigned char *)memory(room);
    udp_pair(AF_INET, s);
    CHECK_OK(sock_control_put(control, room, &used, IPPROTO_IP, IP_TOS, control, room - 64));
    for (int segment = 0; segment < 2; segment++) {
        to_send(3, 10);
        outgoing[1].control = control;
        outgoing[1].control_len = used;
        outgoing[1].segment = segment ? 5 : 0;
        CHECK_EQ(sock_sendmany(s[0], outgoing, 3, 0), 1);
        CHECK_ERR(sock_sendmany(s[0], outgoing + 1, 2, 0), -ENOBUFS);
        CHECK_EQ(sock_sendmany(s[0], outgoing + 2, 1, 0), 1);
        free_batches();
    }
    free(control);
    close_both(s);
}

/* ECN and packet info for each datagram, by the helpers for control messages. */
static void control_of(int family)
{
    enum { N = 4 };
    sock_t s[2];
    bool v6 = family == AF_INET6;
    static _Alignas(size_t) unsigned char sent[N][128], got[N][256];
    udp_pair(family, s);
    CHECK_OK(sock_setsockopt_int(s[1], v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1));
    CHECK_OK(sock_setsockopt_int(s[1], v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1));
    to_send(N, 10);
    to_fill(N, 20);
    for (size_t i = 0; i < N; i++) {
        outgoing[i].control = sent[i];
        CHECK_OK(sock_control_put_tos(sent[i], sizeof sent[i], &outgoing[i].control_len, family, (int)i));
        incoming[i].control = got[i];
        incoming[i].control_len = sizeof got[i];
    }
    CHECK_EQ(sock_sendmany(s[0], outgoing, N, 0), N);
    receive_all(s[1], incoming, N);
    for (size_t i = 0; i < N; i++) {
        int64_t tos = -1, ifindex = 0;
        struct sock_addr to;
        CHECK_EQ(incoming[i].flags, 0);
        CHECK_GT(incoming[i].control_len, 0);
        CHECK_EQ(sock_control_get_tos(got[i], incoming[i].control_len, &tos), 1);
        CHECK_EQ(tos & IPTOS_ECN_MASK, i);
        CHECK_EQ(sock_control_get_pktinfo(got[i], incoming[i].control_len, &to, NULL, &ifindex), 1);
        CHECK_GT(ifindex, 0);
        CHECK_EQ(sock_addr_family(&to), family);
    }
    /* Without room the kernel says so, also when libsock's own room for segment sizes would have held it. */
    to_fill(N, 20);
    CHECK_EQ(sock_sendmany(s[0], outgoing, N, 0), N);
    receive_all(s[1], incoming, N);
    for (size_t i = 0; i < N; i++) {
        CHECK_EQ(incoming[i].flags, MSG_CTRUNC);
        CHECK_EQ(incoming[i].control_len, 0);
    }
    free_batches();
    close_both(s);
}

static void test_control_per_datagram(void)
{
    control_of(AF_INET);
    control_of(AF_INET6);
}

/* A peek looks at one datagram and leaves it. */
static void test_peek(void)
{
    sock_t s[2];
    udp_pair(AF_INET, s);
    to_send(3, 10);
    to_fill(4, 20);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 3, 0), 3);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(sock_recvmany(s[1], incoming, 4, MSG_PEEK), 1);
    CHECK_MEM(incoming[0].buf, outgoing[0].buf, 10);
    receive_all(s[1], incoming, 3);
    CHECK_ERR(sock_recvmany(s[1], incoming, 4, MSG_DONTWAIT), -EAGAIN);
    CHECK_ERR(sock_recvmany(s[1], incoming, 4, MSG_ERRQUEUE), -EAGAIN); /* never waits */
    free_batches();
    close_both(s);
}

TEST_MAIN(test_sizes, test_none, test_an_entry_at_fault, test_the_true_length, test_datagrams_of_no_bytes,
          test_destinations, test_other_families, test_streams_are_refused, test_unix, test_the_end_of_a_connection, test_icmp_errors,
          test_enobufs, test_control_per_datagram, test_peek)
