/* Control messages as the running kernel reads and writes them. */
#include "message.h"

#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

/* linux/net_tstamp.h, linux/errqueue.h, asm-generic/socket.h, linux/udp.h */
enum {
    TX_SOFTWARE = 1 << 1, RX_SOFTWARE = 1 << 3, SOFTWARE = 1 << 4, OPT_ID = 1 << 7, TX_SCHED = 1 << 8,
    OPT_TSONLY = 1 << 11, TSTAMP_SND = 0, TSTAMP_SCHED = 1, ORIGIN_ICMP = 2, ORIGIN_ICMP6 = 3,
    PASSPIDFD = 76, GSO = 103, GRO = 104,
};

/* A datagram socket of a family, bound to the loopback address. */
static sock_t bound(int family, struct sock_addr *addr)
{
    sock_t s = sock_socket(family, SOCK_DGRAM, 0);
    if (s == -EAFNOSUPPORT)
        SKIP("this system has no family %d", family);
    CHECK_OK(s);
    CHECK_OK(sock_addr_ip(family == AF_INET ? "127.0.0.1" : "::1", 0, addr));
    int64_t done = sock_bind(s, addr);
    if (done == -EADDRNOTAVAIL) {
        sock_close(s);
        SKIP("this system has no loopback address of family %d", family);
    }
    CHECK_OK(done);
    CHECK_OK(sock_getsockname(s, addr));
    return s;
}

static void option(sock_t s, int level, int name, int value)
{
    int64_t done = sock_setsockopt_int(s, level, name, value);
    if (done == -ENOPROTOOPT)
        SKIP("this kernel has no option %d of level %d", name, level);
    CHECK_OK(done);
}

static int64_t real_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *text_of(const struct sock_addr *addr)
{
    static char text[512];
    CHECK_OK(sock_addr_format(addr, text, sizeof text));
    return text;
}

/* R115: with SO_PASSCRED each receive has the sender's ids; a process may send its own. */
static void r115_credentials(void)
{
    sock_t s[2];
    struct simple m;
    char byte;
    int64_t pid = 0, uid = -1, gid = -1;
    pair(SOCK_DGRAM, s);
    CHECK_OK(sock_setsockopt_int(s[1], SOL_SOCKET, SO_PASSCRED, 1));
    for (int named = 0; named < 2; named++) {
        simple(&m, "x", 1, sizeof m.control);
        if (named)
            CHECK_OK(sock_control_put_credentials(m.control, sizeof m.control, &m.msg.control_len, getpid(), getuid(),
                                                  getgid()));
        CHECK_EQ(sock_sendmsg(s[0], &m.msg, 0), 1);
        simple(&m, &byte, 1, (size_t)sock_control_space(SOCK_CONTROL_CREDENTIALS, 0));
        CHECK_EQ(sock_recvmsg(s[1], &m.msg, 0), 1);
        CHECK_EQ(m.msg.flags, 0);
        CHECK_EQ(sock_control_get_credentials(m.control, m.msg.control_len, &pid, &uid, &gid), 1);
        CHECK_EQ(pid, getpid());
        CHECK_EQ(uid, getuid());
        CHECK_EQ(gid, getgid());
    }
    /* Without room they are truncated, and MSG_CTRUNC is set. */
    CHECK_EQ(sock_send(s[0], "x", 1, 0), 1);
    CHECK_EQ(sock_recvmsg(s[1], simple(&m, &byte, 1, 0), 0), 1);
    CHECK_EQ(m.msg.flags, MSG_CTRUNC);
    CHECK_EQ(m.msg.control_len, 0);
    CHECK_EQ(sock_control_get_credentials(m.control, m.msg.control_len, &pid, &uid, &gid), 0);
    close_pair(s);
}

static void pidfd_of_the_sender(void)
{
    int before = open_fds(), fd = -1, other = -1;
    sock_t s[2];
    struct simple m;
    char byte;
    pair(SOCK_DGRAM, s);
    if (sock_setsockopt_int(s[1], SOL_SOCKET, PASSPIDFD, 1) == -ENOPROTOOPT) {
        close_pair(s);
        SKIP("this kernel has no SO_PASSPIDFD (Linux 6.5)");
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(sock_send(s[0], "x", 1, 0), 1);
        simple(&m, &byte, 1, (size_t)sock_control_space(SOCK_CONTROL_PIDFD, 0));
        CHECK_EQ(sock_recvmsg(s[1], &m.msg, 0), 1);
        CHECK_EQ(m.msg.flags, 0);
        if (i == 0)
            CHECK_EQ(sock_control_take_pidfd(m.control, m.msg.control_len, &fd), 1);
        CHECK_EQ(sock_control_take_fds(m.control, m.msg.control_len, &other, 1), 0);
        CHECK_EQ(sock_control_close_fds(m.control, m.msg.control_len), i);
    }
    CHECK_EQ(CHECK_SYS(fcntl(fd, F_GETFD)), FD_CLOEXEC);
    /* The pidfd is that of this running process: nothing to read, and signal 0 succeeds. */
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    CHECK_EQ(poll(&ended, 1, 0), 0);
    if (!in_valgrind()) /* valgrind does not know the call */
        CHECK_SYS(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    CHECK_SYS(close(fd));
    close_pair(s);
    CHECK_EQ(open_fds(), before);
}

/* SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING of received packets. */
static void receive_time_stamps(void)
{
    static const struct {
        int name, value;
        int64_t grain;
    } kinds[] = {{SO_TIMESTAMP, 1, 1000}, {SO_TIMESTAMPNS, 1, 1}, {SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE, 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct sock_addr addr;
        struct simple m;
        char byte;
        int64_t software = 0, hardware = -1;
        sock_t s = bound(AF_INET, &addr);
        CHECK_OK(sock_setsockopt_int(s, SOL_SOCKET, kinds[i].name, kinds[i].value));
        /* The kernel enables time stamps after a short delay. */
        for (int tries = 0; tries < 2000 && software == 0; tries++) {
            int64_t begin = real_ns();
            CHECK_EQ(sock_sendto(s, "x", 1, 0, &addr), 1);
            simple(&m, &byte, 1, (size_t)sock_control_space(SOCK_CONTROL_TIMESTAMP, 0));
            CHECK_EQ(sock_recvmsg(s, &m.msg, 0), 1);
            CHECK_EQ(m.msg.flags, 0);
            if (sock_control_get_timestamp(m.control, m.msg.control_len, &software, &hardware) == 1) {
                CHECK_GE(software + kinds[i].grain, begin);
                CHECK_LE(software, real_ns());
                CHECK_EQ(hardware, 0);
            } else {
                sleep_ms(1);
            }
        }
        CHECK_GT(software, 0);
        CHECK_EQ(sock_control_get_transmit(m.control, m.msg.control_len, NULL, NULL), 0);
        CHECK_OK(sock_close(s));
    }
}

/* SO_TIMESTAMPING of sent packets: from the error queue, with stage and packet number. */
static void transmit_time_stamps(void)
{
    struct sock_addr here, there;
    struct simple m;
    char byte;
    sock_t a = bound(AF_INET, &here), b = bound(AF_INET, &there);
    CHECK_OK(sock_setsockopt_int(a, SOL_SOCKET, SO_TIMESTAMPING, SOFTWARE | OPT_ID | OPT_TSONLY));
    CHECK_ERR(sock_recvmsg(a, simple(&m, &byte, 1, 512), MSG_ERRQUEUE), -EAGAIN);
    int64_t begin = real_ns();
    for (int packet = 0; packet < 3; packet++) {
        simple(&m, "x", 1, 0)->addr = &there;
        CHECK_OK(sock_control_put_timestamping(m.control, sizeof m.control, &m.msg.control_len, TX_SOFTWARE | TX_SCHED));
        CHECK_EQ(sock_sendmsg(a, &m.msg, 0), 1);
    }
    int seen[2][3] = {{0}};
    for (int i = 0; i < 6; i++) {
        struct pollfd ready = {.fd = (int)CHECK_OK(sock_fileno(a))};
        CHECK_EQ(poll(&ready, 1, 5000), 1);
        simple(&m, &byte, 1, (size_t)sock_control_space(SOCK_CONTROL_TIMESTAMP | SOCK_CONTROL_ERROR, 0));
        CHECK_OK(sock_recvmsg(a, &m.msg, MSG_ERRQUEUE));
        CHECK_EQ(m.msg.flags, MSG_ERRQUEUE);
        int64_t software, stage = -1, id = -1;
        struct sock_control_error error;
        CHECK_EQ(sock_control_get_timestamp(m.control, m.msg.control_len, &software, NULL), 1);
        CHECK_GE(software, begin);
        CHECK_LE(software, real_ns());
        CHECK_EQ(sock_control_get_transmit(m.control, m.msg.control_len, &stage, &id), 1);
        CHECK_EQ(sock_control_get_error(m.control, m.msg.control_len, &error), 1);
        CHECK_ERR(error.error, -ENOMSG);
        CHECK_EQ(error.info, stage);
        CHECK_EQ(error.data, id);
        CHECK(stage == TSTAMP_SND || stage == TSTAMP_SCHED);
        CHECK(id >= 0 && id < 3);
        seen[stage][id]++;
    }
    for (int i = 0; i < 6; i++)
        CHECK_EQ(seen[i / 3][i % 3], 1);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void packet_info(int family)
{
    struct sock_addr here, there, to, local, from, source;
    struct simple m;
    char byte, host[INET6_ADDRSTRLEN];
    int64_t ifindex = -1, port = -1, again = -1;
    sock_t a = bound(family, &here), b = bound(family, &there);
    option(b, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
    /* Sent from a chosen address, which the receiver sees as the sender's: 127.0.0.9 is local as well. */
    sock_t any = CHECK_OK(sock_socket(family, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip(family == AF_INET ? "127.0.0.9" : "::1", 0, &source));
    simple(&m, "x", 1, 0)->addr = &there;
    CHECK_OK(sock_control_put_pktinfo(m.control, sizeof m.control, &m.msg.control_len, &source, 0));
    CHECK_EQ(sock_sendmsg(any, &m.msg, 0), 1);
    simple(&m, &byte, 1, (size_t)sock_control_space(SOCK_CONTROL_PKTINFO, 0))->addr = &from;
    CHECK_EQ(sock_recvmsg(b, &m.msg, 0), 1);
    CHECK_EQ(sock_control_get_pktinfo(m.control, m.msg.control_len, &to, &local, &ifindex), 1);
    const char *loopback = family == AF_INET ? "127.0.0.1" : "::1";
    CHECK_OK(sock_addr_get_ip(&to, host, sizeof host, &port, NULL, NULL));
    CHECK_STR(host, loopback);
    CHECK_EQ(port, 0);
    CHECK_OK(sock_addr_get_ip(&local, host, sizeof host, NULL, NULL, NULL));
    CHECK_STR(host, loopback);
    CHECK_EQ(ifindex, 1);
    CHECK_OK(sock_addr_get_ip(&from, host, sizeof host, NULL, NULL, NULL));
    CHECK_STR(host, family == AF_INET ? "127.0.0.9" : "::1");
    /* Sent through a chosen interface; the kernel refuses one that does not exist. */
    CHECK_OK(sock_addr_ip(family == AF_INET ? "0.0.0.0" : "::", 0, &source));
    for (int64_t index = 1; index < 1 << 30; index += (1 << 30) - 2) {
        simple(&m, "x", 1, 0)->addr = &there;
        CHECK_OK(sock_control_put_pktinfo(m.control, sizeof m.control, &m.msg.control_len, &source, index));
        if (index == 1)
            CHECK_EQ(sock_sendmsg(any, &m.msg, 0), 1);
        else
            CHECK_LT(sock_sendmsg(any, &m.msg, 0), 0);
    }
    simple(&m, &byte, 1, 512);
    CHECK_EQ(sock_recvmsg(b, &m.msg, 0), 1);
    CHECK_EQ(sock_control_get_pktinfo(m.control, m.msg.control_len, NULL, NULL, &again), 1);
    CHECK_EQ(again, 1);
    CHECK_OK(sock_close(any));
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void packet_info_v4(void)
{
    packet_info(AF_INET);
}

static void packet_info_v6(void)
{
    packet_info(AF_INET6);
}

/* TTL or hop limit, and TOS or traffic class, set on one packet and received with it. */
static void ttl_and_tos(int family)
{
    struct sock_addr here;
    struct simple m;
    char byte;
    int64_t ttl = -1, tos = -1;
    bool v4 = family == AF_INET;
    int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    sock_t s = bound(family, &here);
    option(s, level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
    option(s, level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
    size_t room = (size_t)sock_control_space(SOCK_CONTROL_TTL | SOCK_CONTROL_TOS, 0);
    static const int values[][2] = {{1, 0}, {7, 0x2e << 2}, {255, 0x20}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        simple(&m, "x", 1, 0)->addr = &here;
        CHECK_OK(sock_control_put_ttl(m.control, sizeof m.control, &m.msg.control_len, family, values[i][0]));
        CHECK_OK(sock_control_put_tos(m.control, sizeof m.control, &m.msg.control_len, family, values[i][1]));
        CHECK_EQ(sock_sendmsg(s, &m.msg, 0), 1);
        CHECK_EQ(sock_recvmsg(s, simple(&m, &byte, 1, room), 0), 1);
        CHECK_EQ(m.msg.flags, 0);
        CHECK_EQ(sock_control_get_ttl(m.control, m.msg.control_len, &ttl), 1);
        CHECK_EQ(ttl, values[i][0]);
        CHECK_EQ(sock_control_get_tos(m.control, m.msg.control_len, &tos), 1);
        CHECK_EQ(tos, values[i][1]);
    }
    CHECK_OK(sock_close(s));
}

static void ttl_and_tos_v4(void)
{
    ttl_and_tos(AF_INET);
}

static void ttl_and_tos_v6(void)
{
    ttl_and_tos(AF_INET6);
}

/* Whether the system answers a datagram to a closed port, tested without libsock: firewalls and ICMP limits
 * may prevent it. */
static bool refuses_datagrams(const struct sock_addr *closed)
{
    int fd = (int)CHECK_SYS(socket(sock_addr_family(closed), SOCK_DGRAM | SOCK_CLOEXEC, 0)), error = 0;
    socklen_t len = sizeof error;
    CHECK_SYS(connect(fd, (const struct sockaddr *)closed->native, closed->len));
    CHECK_SYS(send(fd, "x", 1, 0));
    struct pollfd ready = {.fd = fd};
    poll(&ready, 1, 1000);
    CHECK_SYS(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
    close(fd);
    return error == ECONNREFUSED;
}

/* A closed port: the error, who reported it, the packet's destination, and the packet itself. */
static void error_queue(int family)
{
    struct sock_addr here, closed, to;
    struct simple m;
    char got[16];
    bool v4 = family == AF_INET;
    sock_t s = bound(family, &here), gone = bound(family, &closed);
    option(s, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, 1);
    CHECK_OK(sock_close(gone));
    if (!refuses_datagrams(&closed)) {
        sock_close(s);
        SKIP("this system does not answer datagrams to a closed port of family %d", family);
    }
    CHECK_EQ(sock_sendto(s, "hello", 5, 0, &closed), 5);
    struct pollfd ready = {.fd = (int)CHECK_OK(sock_fileno(s))};
    CHECK_EQ(poll(&ready, 1, 5000), 1);
    CHECK(ready.revents & POLLERR);
    simple(&m, got, sizeof got, (size_t)sock_control_space(SOCK_CONTROL_ERROR, 0))->addr = &to;
    CHECK_EQ(sock_recvmsg(s, &m.msg, MSG_ERRQUEUE), 5);
    CHECK_EQ(m.msg.flags, MSG_ERRQUEUE);
    CHECK_MEM(got, "hello", 5);
    CHECK_EQ(sock_addr_equal(&to, &closed), 1);
    struct sock_control_error error;
    CHECK_EQ(sock_control_get_error(m.control, m.msg.control_len, &error), 1);
    CHECK_ERR(error.error, -ECONNREFUSED);
    CHECK_EQ(error.origin, v4 ? ORIGIN_ICMP : ORIGIN_ICMP6);
    CHECK_EQ(error.type, v4 ? 3 : 1); /* destination unreachable */
    CHECK_EQ(error.code, v4 ? 3 : 4); /* port unreachable */
    CHECK_STR(text_of(&error.offender), v4 ? "127.0.0.1:0" : "[::1]:0");
    CHECK_EQ(sock_control_get_transmit(m.control, m.msg.control_len, NULL, NULL), 0);
    CHECK_ERR(sock_recvmsg(s, &m.msg, MSG_ERRQUEUE), -EAGAIN);
    CHECK_OK(sock_close(s));
}

static void error_queue_v4(void)
{
    error_queue(AF_INET);
}

static void error_queue_v6(void)
{
    error_queue(AF_INET6);
}

/* SO_RXQ_OVFL counts dropped packets exactly. */
static void lost_packets(void)
{
    enum { SENT = 200 };
    struct sock_addr here;
    struct simple m;
    static char data[1000];
    int64_t drops = 0, got = 0, n;
    sock_t s = bound(AF_INET, &here);
    option(s, SOL_SOCKET, SO_RXQ_OVFL, 1);
    CHECK_OK(sock_setsockopt_int(s, SOL_SOCKET, SO_RCVBUF, 8000));
    for (int i = 0; i < SENT; i++)
        CHECK_EQ(sock_sendto(s, data, sizeof data, 0, &here), sizeof data);
    size_t room = (size_t)sock_control_space(SOCK_CONTROL_DROPS, 0);
    while ((n = sock_recvmsg(s, simple(&m, data, sizeof data, room), MSG_DONTWAIT)) > 0)
        got++;
    CHECK_ERR(n, -EAGAIN);
    /* Packets that arrived before the first loss do not report it. */
    CHECK_EQ(sock_sendto(s, data, 1, 0, &here), 1);
    CHECK_EQ(sock_recvmsg(s, simple(&m, data, sizeof data, room), 0), 1);
    CHECK_EQ(sock_control_get_drops(m.control, m.msg.control_len, &drops), 1);
    CHECK_GT(drops, 0);
    CHECK_EQ(drops, SENT - got);
    CHECK_OK(sock_close(s));
}

/* UDP_SEGMENT splits a sent buffer; UDP_GRO returns it in one piece, with the segment size. */
static void segmentation_offload(void)
{
    enum { SIZE = 1200, COUNT = 10, REST = 300, LEN = SIZE * (COUNT - 1) + REST };
    struct sock_addr here, there;
    struct simple m;
    static char data[LEN], got[65536];
    int64_t total = 0, size, joined = 0;
    for (int i = 0; i < LEN; i++)
        data[i] = (char)(i * 31);
    sock_t a = bound(AF_INET, &here), b = bound(AF_INET, &there);
    option(b, SOL_UDP, GRO, 1);
    simple(&m, data, LEN, 0)->addr = &there;
    CHECK_OK(sock_control_put_gso_size(m.control, sizeof m.control, &m.msg.control_len, SIZE));
    CHECK_EQ(sock_sendmsg(a, &m.msg, 0), LEN);
    while (total < LEN) {
        simple(&m, got + total, sizeof got - (size_t)total, (size_t)sock_control_space(SOCK_CONTROL_GRO, 0));
        int64_t n = CHECK_OK(sock_recvmsg(b, &m.msg, 0));
        if (sock_control_get_gro_size(m.control, m.msg.control_len, &size) == 1) {
            CHECK_EQ(size, SIZE);
            CHECK_GT(n, SIZE);
            joined++;
        }
        total += n;
    }
    CHECK_EQ(total, LEN);
    CHECK_GT(joined, 0);
    CHECK_MEM(got, data, LEN);
    /* Without UDP_GRO they arrive separately. */
    option(b, SOL_UDP, GRO, 0);
    simple(&m, data, LEN, 0)->addr = &there;
    CHECK_OK(sock_control_put_gso_size(m.control, sizeof m.control, &m.msg.control_len, SIZE));
    CHECK_EQ(sock_sendmsg(a, &m.msg, 0), LEN);
    for (int i = 0; i < COUNT; i++)
        CHECK_EQ(sock_recv(b, got, sizeof got, 0), i < COUNT - 1 ? SIZE : REST);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* Several kinds at once fit into the size that sock_control_space returns. */
static void everything_at_once(void)
{
    struct sock_addr here;
    struct simple m;
    char byte;
    int64_t n;
    sock_t s = bound(AF_INET, &here);
    option(s, IPPROTO_IP, IP_PKTINFO, 1);
    option(s, IPPROTO_IP, IP_RECVTTL, 1);
    option(s, IPPROTO_IP, IP_RECVTOS, 1);
    option(s, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    option(s, SOL_SOCKET, SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE);
    int kinds = SOCK_CONTROL_PKTINFO | SOCK_CONTROL_TTL | SOCK_CONTROL_TOS | SOCK_CONTROL_TIMESTAMP;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(sock_sendto(s, "x", 1, 0, &here), 1);
        CHECK_EQ(sock_recvmsg(s, simple(&m, &byte, 1, (size_t)sock_control_space(kinds, 0)), 0), 1);
        CHECK_EQ(m.msg.flags, 0);
        CHECK_EQ(sock_control_get_ttl(m.control, m.msg.control_len, &n), 1);
        CHECK_EQ(n, 64);
        CHECK_EQ(sock_control_get_tos(m.control, m.msg.control_len, &n), 1);
        CHECK_EQ(n, 0);
        CHECK_EQ(sock_control_get_pktinfo(m.control, m.msg.control_len, NULL, NULL, &n), 1);
    }
    CHECK_OK(sock_close(s));
}

TEST_MAIN(r115_credentials, pidfd_of_the_sender, receive_time_stamps, transmit_time_stamps, packet_info_v4,
          packet_info_v6, ttl_and_tos_v4, ttl_and_tos_v6, error_queue_v4, error_queue_v6, lost_packets,
          segmentation_offload, everything_at_once)
