/* Scenes: a call that blocks on a kind of socket.
 *
 * Which calls can block on which kind (+), and what the others return at once:
 *
 *               accept      connect     recv  recvfrom  send  sendto  sendall
 *   TCP           +           +           +      +        +      +       +
 *   UDP       EOPNOTSUPP      0           +      +        S      S       S
 *   UNIX stream   +           +           +      +        +      +       +
 *   UNIX dgram EOPNOTSUPP     0           +      +        +      +       +
 *   UNIX seqpacket+           +           +      +        +      +       +
 *   NETLINK   EOPNOTSUPP      0           +      +        +      +       +
 *   PACKET    EOPNOTSUPP  EOPNOTSUPP      +      +        S      S       S
 *
 * recvmsg behaves like recvfrom, sendmsg like sendto. S: only behind a slow queue (slow_network.h). How the
 * other calls are made to block: accept, recv and recvfrom by silence; connect by a listener with a full
 * backlog (which drops the SYN on TCP); sends by a full buffer or a full receiver, so full that the blocked
 * call transfers no byte. sendto passes an address except on UNIX stream, which refuses one.
 */
#ifndef SOCK_SCENE_H
#define SOCK_SCENE_H

#include "check.h"
#include "slow_network.h"

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

enum kind { TCP, UDP, STREAM, DGRAM, SEQPACKET, NETLINK, PACKET, KINDS };
enum call { ACCEPT, CONNECT, RECV, RECVFROM, RECVMSG, SEND, SENDTO, SENDMSG, SENDALL, CALLS };

static const char *const call_names[CALLS] = {"accept",  "connect", "recv",    "recvfrom", "recvmsg",
                                               "send",    "sendto",  "sendmsg", "sendall"};

/* An Ethernet type for local experiments (IEEE 802): no protocol receives it. */
#define SCENE_ETHERTYPE 0x88b5

static const struct {
    const char *name;
    int family, type, proto;
} kinds[KINDS] = {
    [TCP] = {"TCP", AF_INET, SOCK_STREAM, 0},
    [UDP] = {"UDP", AF_INET, SOCK_DGRAM, 0},
    [STREAM] = {"UNIX stream", AF_UNIX, SOCK_STREAM, 0},
    [DGRAM] = {"UNIX dgram", AF_UNIX, SOCK_DGRAM, 0},
    [SEQPACKET] = {"UNIX seqpacket", AF_UNIX, SOCK_SEQPACKET, 0},
    [NETLINK] = {"NETLINK", AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK},
    [PACKET] = {"PACKET", AF_PACKET, SOCK_DGRAM, 0}, /* receives nothing */
};

struct scene {
    enum kind kind;
    enum call call;
    bool seen;         /* the descriptor number was exposed, or came from outside */
    int64_t timeout;   /* SOCK_FOREVER, or the timeout in timeout mode */
    sock_t s;          /* the socket on which the call blocks */
    sock_t others[2];  /* the other sockets that make it block; 0 for none */
    struct sock_addr to;
    int entered;       /* atomic: the thread is about to call */
    int64_t result;
    size_t sent;       /* output of sendall */
    int64_t returned_at;
    int64_t queued; /* queued_ns() of the thread, just before returned_at */
};

static inline bool can_block(enum kind kind, enum call call)
{
    bool connects = kind == TCP || kind == STREAM || kind == SEQPACKET;
    return connects || (call != ACCEPT && call != CONNECT);
}

/* Whether the call takes a destination address. */
static inline bool is_addressed(const struct scene *c)
{
    return (c->call == SENDTO || c->call == SENDMSG) && c->kind != STREAM;
}

static inline bool needs_slow_network(enum kind kind, enum call call)
{
    return kind == PACKET || (kind == UDP && call >= SEND);
}

/* A socket of a kind. Exposed sockets of families without a constructor are created by sock_from_fd(). */
static inline sock_t scene_socket(enum kind kind, bool seen)
{
    int family = kinds[kind].family, type = kinds[kind].type, proto = kinds[kind].proto;
    if (seen && (kind == NETLINK || kind == PACKET)) {
        int fd = (int)CHECK_SYS(socket(family, type | SOCK_CLOEXEC, proto));
        return CHECK_OK(sock_from_fd(fd, -1, -1, -1));
    }
    sock_t s = CHECK_OK(sock_socket(family, type, proto));
    if (seen)
        CHECK_OK(sock_fileno(s));
    return s;
}

/* Any free address of a kind. */
static inline struct sock_addr scene_any(enum kind kind)
{
    struct sock_addr any;
    struct sockaddr_nl netlink = {.nl_family = AF_NETLINK};
    struct sockaddr_ll packet = {
        .sll_family = AF_PACKET, .sll_protocol = htons(SCENE_ETHERTYPE), .sll_ifindex = LOOPBACK, .sll_halen = 6};
    if (kind == NETLINK)
        CHECK_OK(sock_addr_from_native(&netlink, sizeof netlink, &any));
    else if (kind == PACKET)
        CHECK_OK(sock_addr_from_native(&packet, sizeof packet, &any));
    else if (kinds[kind].family == AF_INET)
        CHECK_OK(sock_addr_ip("127.0.0.1", 0, &any));
    else
        CHECK_OK(sock_addr_unix(NULL, 0, &any));
    return any;
}

/* Binds a new socket to any free address and returns it. */
static inline struct sock_addr scene_name(enum kind kind, sock_t s)
{
    struct sock_addr name = scene_any(kind);
    CHECK_OK(sock_bind(s, &name));
    CHECK_OK(sock_getsockname(s, &name));
    return name;
}

/* Two connected sockets: s and others[0]. Small buffers where the test fills them. */
static inline void scene_pair(struct scene *c)
{
    sock_t listener = CHECK_OK(sock_socket(kinds[c->kind].family, kinds[c->kind].type, 0));
    c->to = scene_name(c->kind, listener);
    CHECK_OK(sock_setsockopt_int(listener, SOL_SOCKET, SO_RCVBUF, 4096));
    CHECK_OK(sock_listen(listener, 1));
    c->s = scene_socket(c->kind, c->seen);
    CHECK_OK(sock_setsockopt_int(c->s, SOL_SOCKET, SO_SNDBUF, 4608));
    CHECK_OK(sock_connect(c->s, &c->to));
    c->others[0] = CHECK_OK(sock_accept(listener, NULL));
    CHECK_OK(sock_close(listener));
}

static inline int64_t scene_try_send(struct scene *c, size_t len)
{
    static const char data[4096];
    const struct sock_addr *to = is_addressed(c) ? &c->to : NULL;
    return sock_sendto(c->s, data, len, MSG_DONTWAIT, to);
}

/* Whether a TCP socket has sent what is not acknowledged yet. An emulator may not say. */
static inline bool scene_in_flight(const struct scene *c)
{
    struct tcp_info info = {.tcpi_unacked = 0};
    size_t len = sizeof info;
    return c->kind == TCP && sock_getsockopt(c->s, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_unacked > 0;
}

/* Sends until not one more byte fits. TCP finds room late: when the other end has acknowledged, which it puts off for
 * up to 200 ms unless it is asked to be quick, or its buffer has grown. */
static inline void scene_fill(struct scene *c)
{
    static const size_t lengths[] = {1400, 64, 1};
    int quiet = 0, full = 0; /* for how many looks: nothing fits and nothing is on its way; nothing fits */
    while (quiet < (c->kind == TCP ? 3 : 1) && full < 100) {
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            int64_t n;
            while ((n = scene_try_send(c, lengths[i])) > 0)
                quiet = full = -1;
            CHECK_ERR(n, -EAGAIN);
        }
        full++;
        quiet = scene_in_flight(c) ? 0 : quiet + 1;
        if (c->kind == TCP) {
            CHECK_OK(sock_setsockopt_int(c->others[0], IPPROTO_TCP, TCP_QUICKACK, 1));
            sleep_ms(1);
        }
    }
}

/* A listener with a full backlog. */
static inline void scene_full_listener(struct scene *c)
{
    c->others[0] = CHECK_OK(sock_socket(kinds[c->kind].family, kinds[c->kind].type, 0));
    c->to = scene_name(c->kind, c->others[0]);
    CHECK_OK(sock_listen(c->others[0], 0));
    c->others[1] = CHECK_OK(sock_socket(kinds[c->kind].family, kinds[c->kind].type, 0));
    CHECK_OK(sock_connect(c->others[1], &c->to));
    struct pollfd arrived = {.fd = sock_fileno(c->others[0]), .events = POLLIN};
    CHECK_EQ(poll(&arrived, 1, 1000), 1);
}

/* A socket whose receiver, or the queue on the way there, is full. */
static inline void scene_full_receiver(struct scene *c)
{
    c->s = scene_socket(c->kind, c->seen);
    if (c->kind == UDP || c->kind == PACKET)
        CHECK_OK(sock_setsockopt_int(c->s, SOL_SOCKET, SO_SNDBUF, 4608));
    if (c->kind == PACKET) {
        c->to = scene_any(PACKET); /* no receiver: closing an AF_PACKET socket takes 10 ms */
        if (!is_addressed(c))
            CHECK_OK(sock_bind(c->s, &c->to));
    } else {
        c->others[0] = scene_socket(c->kind, false);
        c->to = scene_name(c->kind, c->others[0]);
        CHECK_OK(sock_setsockopt_int(c->others[0], SOL_SOCKET, SO_RCVBUF, 4096));
        if (!is_addressed(c))
            CHECK_OK(sock_connect(c->s, &c->to));
    }
    scene_fill(c);
}

/* Sets up the scene for kind, call, seen and timeout. */
static inline void scene_open(struct scene *c)
{
    bool connects = can_block(c->kind, ACCEPT);
    c->others[0] = c->others[1] = 0;
    c->entered = 0;
    c->result = c->returned_at = 0;
    c->sent = 77;
    switch (c->call) {
    case ACCEPT:
        c->s = scene_socket(c->kind, c->seen);
        c->to = scene_name(c->kind, c->s);
        CHECK_OK(sock_listen(c->s, 5));
        break;
    case CONNECT:
        scene_full_listener(c);
        c->s = scene_socket(c->kind, c->seen);
        break;
    case RECV:
    case RECVFROM:
    case RECVMSG:
        if (connects) {
            scene_pair(c);
        } else {
            c->s = scene_socket(c->kind, c->seen);
            if (c->kind != PACKET)
                c->to = scene_name(c->kind, c->s);
        }
        break;
    default:
        if (connects) {
            scene_pair(c);
            scene_fill(c);
        } else {
            scene_full_receiver(c);
        }
    }
    CHECK_OK(sock_settimeout(c->s, c->timeout));
}

/* Closes everything but s; `s_open` says whether s is still open. */
static inline void scene_close(struct scene *c, bool s_open)
{
    for (int i = 0; i < 2; i++)
        if (c->others[i] > 0)
            CHECK_OK(sock_close(c->others[i]));
    if (s_open)
        CHECK_OK(sock_close(c->s));
}

/* How long a thread of this process was ready to run and had no processor; 0 if the kernel does not count. */
static inline int64_t queued_ns(pid_t tid)
{
    char path[64];
    long long queued = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/schedstat", (int)tid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%*d %lld", &queued) != 1)
        queued = 0;
    if (file)
        fclose(file);
    return queued;
}

/* Makes the blocking call. For thread_start(). */
static inline void scene_call(void *arg)
{
    struct scene *c = arg;
    struct sock_addr from;
    char buf[64] = {0};
    struct sock_iovec iov = {buf, sizeof buf};
    struct sock_msg msg = {.addr = &from, .iov = &iov, .iov_count = 1};
    __atomic_store_n(&c->entered, 1, __ATOMIC_RELEASE);
    switch (c->call) {
    case ACCEPT: c->result = sock_accept(c->s, &from); break;
    case CONNECT: c->result = sock_connect(c->s, &c->to); break;
    case RECV: c->result = sock_recv(c->s, buf, sizeof buf, 0); break;
    case RECVFROM: c->result = sock_recvfrom(c->s, buf, sizeof buf, 0, &from); break;
    case RECVMSG: c->result = sock_recvmsg(c->s, &msg, 0); break;
    case SEND: c->result = sock_send(c->s, buf, sizeof buf, 0); break;
    case SENDTO: c->result = sock_sendto(c->s, buf, sizeof buf, 0, c->kind == STREAM ? NULL : &c->to); break;
    case SENDMSG:
        msg.addr = is_addressed(c) ? &c->to : NULL;
        c->result = sock_sendmsg(c->s, &msg, 0);
        break;
    default: c->result = sock_sendall(c->s, buf, sizeof buf, 0, &c->sent); break;
    }
    c->queued = queued_ns(gettid());
    c->returned_at = now_ns();
}

/* Describes the scene, for reports. */
static inline const char *scene_title(const struct scene *c, char *buf, size_t cap)
{
    snprintf(buf, cap, "%s on %s, %s mode, %s", call_names[c->call], kinds[c->kind].name,
             c->timeout == SOCK_FOREVER ? "blocking" : "timeout", c->seen ? "seen" : "unseen");
    return buf;
}

#endif
