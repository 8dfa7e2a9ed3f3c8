/* Segments: data that the kernel cuts into datagrams and joins again, and what happens where it cannot. */
#include "batch.h"

#include <net/if.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE 136
#endif

static bool has_segments(void)
{
    int fd = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), size;
    socklen_t len = sizeof size;
    bool has = getsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, &len) == 0;
    CHECK_SYS(close(fd));
    return has;
}

static void need_segments(void)
{
    if (!has_segments())
        SKIP("this kernel has no UDP_SEGMENT");
}

/* One entry of `len` bytes, cut into `segment`; the receiver gets plain datagrams. Loopback drops what does
 * not fit the receive buffer, so the two take turns where the datagrams are many. */
static void cut(sock_t s[2], size_t len, uint32_t segment, int flags)
{
    size_t n = len <= segment || segment == 0 ? 1 : (len + segment - 1) / segment;
    to_send(1, len);
    outgoing[0].segment = segment;
    to_fill(n, segment == 0 || len < segment ? len + 1 : segment + 1);
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    CHECK_EQ(outgoing[0].count, len);
    CHECK_EQ(outgoing[0].flags, flags);
    CHECK_EQ(outgoing[0].len, len);
    CHECK_EQ(outgoing[0].segment, segment);
    receive_all(s[1], incoming, n);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t expected = n == 1 ? len : i + 1 < n ? segment : len - (n - 1) * segment;
        CHECK_EQ(incoming[i].count, expected);
        CHECK_MEM(incoming[i].buf, (char *)outgoing[0].buf + at, expected);
        at += expected;
    }
    CHECK_EQ(at, len);
    CHECK_ERR(sock_recvmany(s[1], incoming, 1, MSG_DONTWAIT), -EAGAIN);
    free_batches();
}

/* Sizes that divide and do not, more than 64 segments, more than 64 KiB. */
static const struct {
    size_t len;
    uint32_t segment;
} cuts[] = {{10, 0},      {10, 10},     {10, 11},       {10, 9},      {11, 10},        {0, 10},         {6400, 100},
            {6401, 100},  {6399, 100},  {6500, 100},    {12800, 100}, {20001, 100},    {65000, 1000},   {65507, 1200},
            {100000, 1200}, {200000, 1472}, {150000, 9000}, {130000, 32000}, {130000, 40000}, {70, 1},       {1000, 1}};

static void cut_all(sock_t s[2], bool kernel)
{
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        bool whole = cuts[i].segment == 0 || cuts[i].len <= cuts[i].segment;
        bool too_large = cuts[i].segment == 40000; /* two of them are more than one packet */
        cut(s, cuts[i].len, cuts[i].segment, whole || (kernel && !too_large) ? 0 : SOCK_BATCH_PLAIN);
    }
}

static void test_every_cut(void)
{
    need_segments();
    static const int families[] = {AF_INET, AF_INET6};
    for (int i = 0; i < 2; i++) {
        sock_t s[2];
        udp_pair(families[i], s);
        need_room(s);
        cut_all(s, true);
        close_both(s);
    }
}

static void test_a_segment_out_of_range(void)
{
    sock_t s[2];
    udp_pair(AF_INET, s);
    to_send(1, 10);
    outgoing[0].segment = 65536;
    CHECK_REFUSED(sock_sendmany(s[0], outgoing, 1, 0), -EINVAL, "v[0].segment");
    outgoing[0].segment = 65535;
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    free_batches();
    close_both(s);
}

/* What arrives together: `segment` says where to cut. */
static void test_joined(void)
{
    need_segments();
    sock_t s[2];
    udp_pair(AF_INET, s);
    CHECK_OK(sock_setgro(s[1], 1));
    to_send(4, 50001);
    for (int i = 0; i < 4; i++)
        outgoing[i].segment = 1200;
    outgoing[3].segment = 0;
    outgoing[3].len = 700;
    CHECK_EQ(sock_sendmany(s[0], outgoing, 4, 0), 4);
    to_fill(8, 65535);
    size_t entry = 0, at = 0, datagrams = 0;
    while (entry < 4) {
        int64_t n = CHECK_OK(sock_recvmany(s[1], incoming, 8, 0));
        for (int64_t i = 0; i < n; i++) {
            CHECK_EQ(incoming[i].flags, 0);
            CHECK_EQ(incoming[i].control_len, 0);
            if (incoming[i].count > 1200)
                CHECK_EQ(incoming[i].segment, 1200);
            else
                CHECK_EQ(incoming[i].segment, 0);
            CHECK_LE(at + incoming[i].count, outgoing[entry].len);
            CHECK_MEM(incoming[i].buf, (char *)outgoing[entry].buf + at, incoming[i].count);
            at += incoming[i].count;
            datagrams += incoming[i].segment ? (incoming[i].count + 1199) / 1200 : 1;
            if (at == outgoing[entry].len) {
                at = 0;
                entry++;
            }
        }
    }
    CHECK_EQ(datagrams, 3 * 42 + 1);
    free_batches();
    close_both(s);
}

/* With a caller's control data, the size of segments is in both places. A short buffer keeps the true length. */
static void test_joined_with_control(void)
{
    need_segments();
    sock_t s[2];
    static _Alignas(size_t) unsigned char control[128];
    udp_pair(AF_INET, s);
    CHECK_OK(sock_setgro(s[1], 1));
    CHECK_OK(sock_setsockopt_int(s[1], IPPROTO_IP, IP_PKTINFO, 1));
    for (int room = 0; room < 3; room++) {
        to_send(1, 5000);
        outgoing[0].segment = 1000;
        to_fill(1, room == 2 ? 100 : 8000);
        incoming[0].control = control;
        incoming[0].control_len = room == 0 ? sizeof control : 0;
        CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
        CHECK_EQ(sock_recvmany(s[1], incoming, 1, 0), 1);
        CHECK_EQ(incoming[0].count, 5000);
        CHECK_EQ(incoming[0].segment, 1000);
        CHECK_EQ(incoming[0].flags, (room ? MSG_CTRUNC : 0) | (room == 2 ? MSG_TRUNC : 0));
        int64_t size = 0, ifindex = 0;
        struct sock_addr to;
        if (room == 0) {
            CHECK_EQ(sock_control_get_gro_size(control, incoming[0].control_len, &size), 1);
            CHECK_EQ(size, 1000);
            CHECK_EQ(sock_control_get_pktinfo(control, incoming[0].control_len, &to, NULL, &ifindex), 1);
        }
        free_batches();
    }
    close_both(s);
}

/* The caller's control data goes with every datagram of an entry, whoever cuts. */
static void control_with_segments(sock_t s[2], int flags)
{
    enum { N = 100, SIZE = 100 };
    static _Alignas(size_t) unsigned char control[64], got[N][64];
    size_t used = 0;
    CHECK_OK(sock_setsockopt_int(s[1], IPPROTO_IP, IP_RECVTOS, 1));
    CHECK_OK(sock_control_put_tos(control, sizeof control, &used, AF_INET, 2));
    to_send(1, N * SIZE);
    outgoing[0].segment = SIZE;
    outgoing[0].control = control;
    outgoing[0].control_len = used;
    to_fill(N, SIZE);
    for (int i = 0; i < N; i++) {
        incoming[i].control = got[i];
        incoming[i].control_len = sizeof got[i];
    }
    CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
    CHECK_EQ(outgoing[0].flags, flags);
    receive_all(s[1], incoming, N);
    for (int i = 0; i < N; i++) {
        int64_t tos = -1;
        CHECK_EQ(sock_control_get_tos(got[i], incoming[i].control_len, &tos), 1);
        CHECK_EQ(tos, 2);
    }
    free_batches();
}

static void test_control_with_segments(void)
{
    need_segments();
    sock_t s[2];
    udp_pair(AF_INET, s);
    control_with_segments(s, 0);
    close_both(s);
}

/* Many entries with control data of their own: more than libsock's room for copies holds at once. */
static void test_much_control_data(void)
{
    need_segments();
    enum { N = 40, CONTROL = 400 };
    sock_t s[2];
    udp_pair(AF_INET, s);
    unsigned char *control = (unsigned char *)memory(N * CONTROL + 8000);
    to_send(N, 30);
    for (int i = 0; i < N; i++) {
        outgoing[i].segment = 10;
        outgoing[i].control = control + (size_t)i * CONTROL;
        size_t cap = i == 20 ? 7000 : CONTROL, *used = &outgoing[i].control_len;
        if (i == 20)
            outgoing[i].control = control + N * CONTROL; /* does not fit at all */
        while (sock_control_put_tos(outgoing[i].control, cap, used, AF_INET, 1) == 0)
            ;
    }
    CHECK_EQ(sock_sendmany(s[0], outgoing, N, 0), N);
    to_fill(3 * N, 20);
    receive_all(s[1], incoming, 3 * N);
    for (int i = 0; i < 3 * N; i++) {
        CHECK_EQ(incoming[i].count, 10);
        CHECK_MEM(incoming[i].buf, (char *)outgoing[i / 3].buf + i % 3 * 10, 10);
    }
    for (int i = 0; i < N; i++)
        CHECK_EQ(outgoing[i].flags, 0);
    free(control);
    free_batches();
    close_both(s);
}

/* EINVAL: a socket that sends no checksums has no segments. The socket goes plain, and tries again later. */
static void test_a_socket_that_refuses(void)
{
    need_segments();
    sock_t s[2];
    udp_pair(AF_INET, s);
    need_room(s);
    CHECK_OK(sock_setsockopt_int(s[0], SOL_SOCKET, SO_NO_CHECK, 1));
    cut_all(s, false);
    control_with_segments(s, SOCK_BATCH_PLAIN);
    CHECK_OK(sock_setsockopt_int(s[0], SOL_SOCKET, SO_NO_CHECK, 0));
    int plain = 0;
    for (; plain < 1000; plain++) {
        to_send(1, 20);
        outgoing[0].segment = 10;
        CHECK_EQ(sock_sendmany(s[0], outgoing, 1, 0), 1);
        if (outgoing[0].flags == 0)
            break;
    }
    CHECK_GT(plain, 0);
    CHECK_LE(plain, 64);
    free_batches();
    close_both(s);
}

/* EIO: UDP-Lite has no segments, as a device without checksums or a route through IPsec. */
static void test_a_protocol_that_refuses(void)
{
    struct sock_addr name;
    sock_t s[2];
    s[1] = sock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    if (s[1] < 0)
        SKIP("this kernel has no UDP-Lite: %s", sock_strerror(s[1]));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &name));
    CHECK_OK(sock_bind(s[1], &name));
    CHECK_OK(sock_getsockname(s[1], &name));
    s[0] = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE));
    CHECK_OK(sock_connect(s[0], &name));
    widen(s[1]);
    need_room(s);
    cut_all(s, false);
    close_both(s);
}

/* A refusal in the middle of a batch: all arrives, in order, and only what went plain is marked. */
static void test_a_refusal_in_the_middle(void)
{
    need_segments();
    for (int mode = 0; mode < 2; mode++) {
        sock_t s[2];
        udp_pair(AF_INET, s);
        CHECK_OK(sock_settimeout(s[0], mode ? 0 : SOCK_FOREVER));
        CHECK_OK(sock_setsockopt_int(s[0], SOL_SOCKET, SO_NO_CHECK, 1));
        to_send(5, 100);
        outgoing[2].segment = 30;
        outgoing[4].segment = 50;
        to_fill(9, 200);
        CHECK_EQ(sock_sendmany(s[0], outgoing, 5, 0), 5);
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(outgoing[i].flags, i == 2 || i == 4 ? SOCK_BATCH_PLAIN : 0);
            CHECK_EQ(outgoing[i].count, 100);
        }
        receive_all(s[1], incoming, 9);
        static const size_t lengths[] = {100, 100, 30, 30, 30, 10, 100, 50, 50};
        for (int i = 0; i < 9; i++)
            CHECK_EQ(incoming[i].count, lengths[i]);
        free_batches();
        close_both(s);
    }
}

static void test_gro_where_there_is_none(void)
{
    sock_t s[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    CHECK_ERR(sock_setgro(s[0], 1), -EOPNOTSUPP);
    close_both(s);
    sock_t tcp = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_ERR(sock_setgro(tcp, 1), -ENOPROTOOPT);
    CHECK_OK(sock_close(tcp));
    need_segments();
    sock_t udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    int on = -1;
    for (int i = 0; i < 4; i++) {
        CHECK_OK(sock_setgro(udp, i));
        CHECK_OK(sock_getsockopt_int(udp, SOL_UDP, UDP_GRO, &on));
        CHECK_EQ(on, i != 0);
    }
    CHECK_OK(sock_close(udp));
}

/* A segment that is larger than the path: the kernel says EMSGSIZE or EINVAL, and fragments datagrams. Only
 * that entry goes plain, if it says EMSGSIZE. Runs last: the program cannot leave its namespace again. */
static void test_a_path_that_refuses(void)
{
    need_segments();
    struct ifreq request = {.ifr_name = "lo"};
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0)
        SKIP("no privilege for namespaces");
    int fd = (int)CHECK_SYS(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    request.ifr_mtu = 1500;
    if (ioctl(fd, SIOCSIFMTU, &request) != 0)
        SKIP("the loopback interface cannot be changed");
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    CHECK_SYS(ioctl(fd, SIOCSIFFLAGS, &request));
    CHECK_SYS(close(fd));
    sock_t s[2];
    udp_pair(AF_INET, s);
    cut(s, 10000, 1400, 0);
    cut(s, 10000, 2000, SOCK_BATCH_PLAIN);
    cut(s, 10001, 3000, SOCK_BATCH_PLAIN);
    close_both(s);
    /* Where datagrams are not fragmented, the code is that of the datagram. */
    udp_pair(AF_INET, s);
    CHECK_OK(sock_setsockopt_int(s[0], IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO));
    to_send(2, 10000);
    outgoing[0].segment = 1400;
    outgoing[1].segment = 2000;
    CHECK_EQ(sock_sendmany(s[0], outgoing, 2, 0), 1);
    CHECK_ERR(sock_sendmany(s[0], outgoing + 1, 1, 0), -EMSGSIZE);
    outgoing[1].segment = 1200;
    CHECK_EQ(sock_sendmany(s[0], outgoing + 1, 1, 0), 1);
    CHECK_EQ(outgoing[1].flags, 0); /* this size is not refused */
    free_batches();
    close_both(s);
}

TEST_MAIN(test_every_cut, test_a_segment_out_of_range, test_joined, test_joined_with_control,
          test_control_with_segments, test_much_control_data, test_a_socket_that_refuses,
          test_a_protocol_that_refuses, test_a_refusal_in_the_middle, test_gro_where_there_is_none,
          test_a_path_that_refuses)
