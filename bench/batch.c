/* Batches of UDP datagrams over loopback, in one thread that sends and receives: compared with sendto and
 * recvfrom of one datagram each, with raw sendmmsg and recvmmsg, and with a raw loop of UDP_SEGMENT and UDP_GRO.
 * A block is 64 datagrams. */
#include "bench.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

enum { N = 64, MOST = 65536, PAIRS = 2000 };

static size_t size; /* of a datagram */
static char data[N * 1200], room[N * 1200], joined[MOST];
static sock_t ends[4]; /* sender, receiver; sender, receiver with UDP_GRO */
static int fds[4];
static struct sockaddr_in to;

static void open_pairs(void)
{
    for (int i = 0; i < 4; i += 2) {
        struct sock_addr name;
        NEED(sock_addr_ip("127.0.0.1", 0, &name) == 0);
        for (int j = i; j < i + 2; j++) {
            NEED((ends[j] = sock_socket(AF_INET, SOCK_DGRAM, 0)) > 0 && (fds[j] = sock_fileno(ends[j])) >= 0);
            NEED(sock_setsockopt_int(ends[j], SOL_SOCKET, SO_RCVBUF, 8 << 20) == 0);
        }
        NEED(sock_bind(ends[i + 1], &name) == 0 && sock_getsockname(ends[i + 1], &name) == 0);
        NEED(sock_connect(ends[i], &name) == 0);
        if (i == 0)
            memcpy(&to, name.native, sizeof to);
    }
    NEED(sock_setgro(ends[3], 1) == 0);
}

/* A block of n datagrams: n is a multiple of N. */

static void single(int n)
{
    struct sockaddr_in from;
    for (int i = 0; i < n; i++) {
        socklen_t len = sizeof from;
        NEED(sendto(fds[0], data, size, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) == (ssize_t)size);
        NEED(recvfrom(fds[1], room, size, 0, (struct sockaddr *)&from, &len) == (ssize_t)size);
    }
}

static struct mmsghdr sent[N], got[N];
static struct iovec from[N], into[N];
static struct sockaddr_storage names[N];

static void raw_batch(int n)
{
    for (int i = 0; i < n; i += N) {
        for (int j = 0; j < N; j++) {
            from[j] = (struct iovec){data + (size_t)j * size, size};
            sent[j].msg_hdr = (struct msghdr){.msg_iov = &from[j], .msg_iovlen = 1};
            into[j] = (struct iovec){room + (size_t)j * size, size};
            got[j].msg_hdr = (struct msghdr){.msg_name = &names[j], .msg_namelen = sizeof names[j],
                                             .msg_iov = &into[j], .msg_iovlen = 1};
        }
        NEED(sendmmsg(fds[0], sent, N, MSG_NOSIGNAL) == N);
        NEED(recvmmsg(fds[1], got, N, MSG_DONTWAIT, NULL) == N);
    }
}

static struct sock_datagram out[N], in[N];

static void batch(int n)
{
    for (int i = 0; i < n; i += N) {
        for (int j = 0; j < N; j++) {
            out[j] = (struct sock_datagram){.buf = data + (size_t)j * size, .len = size};
            in[j].buf = room + (size_t)j * size;
            in[j].len = size;
        }
        NEED(sock_sendmany(ends[0], out, N, 0) == N);
        NEED(sock_recvmany(ends[1], in, N, 0) == N);
    }
}

/* What is sent at once: at most 64 segments and 64 KiB. */
static size_t at_once(size_t left)
{
    size_t most = 65000 / size * size;
    return left < most ? left : most;
}

/* A hand-written loop: one sendmsg with UDP_SEGMENT and one recvmsg with UDP_GRO for each part. */
static void raw_segments(int n)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    for (int i = 0; i < n; i += N)
        for (size_t left = N * size, part; left > 0; left -= part) {
            part = at_once(left);
            struct iovec piece = {data, part};
            struct msghdr m = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
                               .msg_controllen = CMSG_SPACE(sizeof(uint16_t))};
            uint16_t segment = (uint16_t)size;
            control.head = (struct cmsghdr){CMSG_LEN(sizeof segment), SOL_UDP, UDP_SEGMENT};
            memcpy(CMSG_DATA(&control.head), &segment, sizeof segment);
            NEED(sendmsg(fds[2], &m, MSG_NOSIGNAL) == (ssize_t)part);
        }
    for (size_t left = (size_t)n * size; left > 0;) {
        struct sockaddr_storage name;
        struct iovec piece = {joined, MOST};
        struct msghdr m = {.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &piece, .msg_iovlen = 1,
                           .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t count = recvmsg(fds[3], &m, 0);
        int segment = 0;
        NEED(count > 0 && (size_t)count <= left);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        if (c && c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
            memcpy(&segment, CMSG_DATA(c), sizeof segment);
        NEED(segment == (int)size || (size_t)count == size);
        left -= (size_t)count;
    }
}

static void segments(int n)
{
    for (int i = 0; i < n; i += N) {
        struct sock_datagram one = {.buf = data, .len = N * size, .segment = (uint32_t)size};
        NEED(sock_sendmany(ends[2], &one, 1, 0) == 1 && one.flags == 0);
    }
    for (size_t left = (size_t)n * size; left > 0;) {
        struct sock_datagram one = {.buf = joined, .len = MOST};
        NEED(sock_recvmany(ends[3], &one, 1, 0) == 1);
        NEED(one.segment == size || one.count == size);
        left -= one.count;
    }
}

static void rows(size_t bytes, const char *goal)
{
    char name[100];
    size = bytes;
    struct way raw = {raw_batch, NULL, NULL}, ours = {batch, NULL, NULL}, one = {single, NULL, NULL};
    struct way raw_gso = {raw_segments, NULL, NULL}, gso = {segments, NULL, NULL};
    snprintf(name, sizeof name, "noise: UDP %zu B, sendmmsg + recvmmsg against itself", bytes);
    figure_ratio(name, duel(raw, raw, N, PAIRS), "-");
    snprintf(name, sizeof name, "UDP %zu B, batches of 64 without segments, against sendmmsg + recvmmsg", bytes);
    figure_ratio(name, duel(ours, raw, N, PAIRS), "<= 1.03");
    snprintf(name, sizeof name, "noise: UDP %zu B, raw segments against themselves", bytes);
    figure_ratio(name, duel(raw_gso, raw_gso, N, PAIRS), "-");
    snprintf(name, sizeof name, "UDP %zu B, batches of 64 with segments, against raw GSO + GRO", bytes);
    figure_ratio(name, duel(gso, raw_gso, N, PAIRS), "<= 1.031"); /* at least 0.97 of its rate */
    snprintf(name, sizeof name, "UDP %zu B, batches of 64 with segments, against sendto + recvfrom", bytes);
    figure_ratio(name, duel(gso, one, N, PAIRS), goal);
    snprintf(name, sizeof name, "floor: UDP %zu B, raw GSO + GRO against sendto + recvfrom", bytes);
    figure_ratio(name, duel(raw_gso, one, N, PAIRS), "-");
}

int main(void)
{
    open_pairs();
    rows(1200, "<= 0.1"); /* 10 times as fast */
    rows(64, "<= 0.04");  /* 25 times */
    return 0;
}
