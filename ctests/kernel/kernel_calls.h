/* The calls of a scenario (kernel.h): each makes the system's call or libsock's, and notes the answer. */
#ifndef SOCK_KERNEL_CALLS_H
#define SOCK_KERNEL_CALLS_H

#include "kernel.h"

static inline end adopt(const struct side *k, int fd)
{
    return k->kind == RAW ? fd : (end)CHECK_OK(sock_from_fd(fd, -1, -1, -1));
}

static inline end make(struct side *k, int family, int type, int proto)
{
    if (k->kind == OWN)
        return CHECK_OK(sock_socket(family, type, proto));
    return adopt(k, (int)CHECK_SYS(socket(family, type | SOCK_CLOEXEC, proto)));
}

/* A connected pair of AF_UNIX: the socket under test, and its peer. */
static inline end make_pair(struct side *k, int type, int *peer)
{
    int fds[2];
    CHECK_SYS(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds));
    *peer = fds[1];
    if (k->kind != OWN)
        return adopt(k, fds[0]);
    /* A pair of libsock's, of which the second becomes the plain peer. */
    sock_t ends[2];
    CHECK_SYS(close(fds[0]));
    CHECK_SYS(close(fds[1]));
    CHECK_OK(sock_socketpair(AF_UNIX, type, 0, ends));
    *peer = (int)CHECK_OK(sock_detach(ends[1]));
    return ends[0];
}

/* A TCP connection that the socket under test has made. */
static inline end make_tcp(struct side *k, int *peer)
{
    int at = listener();
    struct sock_addr name = own_name(at);
    end e = make(k, AF_INET, SOCK_STREAM, 0);
    CHECK_EQ(EITHER(k, connect((int)e, native(&name), name.len), sock_connect(e, &name)), 0);
    *peer = (int)CHECK_SYS(accept4(at, NULL, NULL, SOCK_CLOEXEC));
    CHECK_SYS(close(at));
    return e;
}

/* Two UDP sockets that are connected to each other. */
static inline end make_udp(struct side *k, int *peer)
{
    *peer = udp_peer();
    struct sock_addr there = own_name(*peer), here = ip_at("127.0.0.1", 0);
    end e = make(k, AF_INET, SOCK_DGRAM, 0);
    CHECK_EQ(EITHER(k, bind((int)e, native(&here), here.len), sock_bind(e, &here)), 0);
    CHECK_EQ(EITHER(k, connect((int)e, native(&there), there.len), sock_connect(e, &there)), 0);
    here = own_name(k->kind == RAW ? (int)e : (int)CHECK_OK(sock_peek_fileno(e)));
    CHECK_SYS(connect(*peer, native(&here), here.len));
    return e;
}

/* The number of the descriptor, for calls that libsock does not have. */
static inline int number_of(const struct side *k, end e)
{
    return k->kind == RAW ? (int)e : (int)CHECK_OK(sock_peek_fileno(e));
}

static inline void shut(struct side *k, end e)
{
    CHECK_EQ(EITHER(k, close((int)e), sock_close(e)), 0);
}

static inline void make_nonblocking(struct side *k, end e, bool on)
{
    if (k->kind != RAW)
        CHECK_OK(sock_settimeout(e, on ? 0 : SOCK_FOREVER));
    else
        CHECK_SYS(fcntl((int)e, F_SETFL, on ? O_NONBLOCK : 0));
}

static inline int64_t do_bind(struct side *k, end e, struct sock_addr a)
{
    return said(k, "bind", EITHER(k, bind((int)e, native(&a), a.len), sock_bind(e, &a)));
}

static inline int64_t do_listen(struct side *k, end e, int backlog)
{
    return said(k, "listen", EITHER(k, listen((int)e, backlog), sock_listen(e, backlog)));
}

static inline int64_t do_connect(struct side *k, end e, struct sock_addr a)
{
    return said(k, "connect", EITHER(k, connect((int)e, native(&a), a.len), sock_connect(e, &a)));
}

static inline int64_t do_shutdown(struct side *k, end e, int how)
{
    return said(k, "shutdown", EITHER(k, shutdown((int)e, how), sock_shutdown(e, how)));
}

/* The connection, or the code; `e` of it only where it is positive or, of a raw one, not negative. */
static inline end do_accept(struct side *k, end e)
{
    struct sock_addr from = {0};
    socklen_t len = sizeof from.native;
    end new = EITHER(k, accept4((int)e, (struct sockaddr *)from.native, &len, SOCK_CLOEXEC),
                     sock_accept(e, &from));
    said(k, "accept", new < 0 ? new : 0);
    if (k->kind == RAW)
        from.len = len;
    if (new >= 0)
        note_address(k, &from);
    return new;
}

static inline void name(struct side *k, end e)
{
    struct sock_addr a = {0};
    socklen_t len = sizeof a.native;
    int64_t result =
        EITHER(k, getsockname((int)e, (struct sockaddr *)a.native, &len), sock_getsockname(e, &a));
    if (k->kind == RAW)
        a.len = len;
    if (said(k, "getsockname", result) == 0)
        note_address(k, &a);
}

static inline void peer_name(struct side *k, end e)
{
    struct sock_addr a = {0};
    socklen_t len = sizeof a.native;
    int64_t result =
        EITHER(k, getpeername((int)e, (struct sockaddr *)a.native, &len), sock_getpeername(e, &a));
    if (k->kind == RAW)
        a.len = len;
    if (said(k, "getpeername", result) == 0)
        note_address(k, &a);
}

/* Options ---------------------------------------------------------------------------------------- */

static inline int64_t set_bytes(struct side *k, end e, int level, int option, const void *value, size_t len)
{
    char what[40];
    snprintf(what, sizeof what, "setsockopt %d %d", level, option);
    return said(k, what, EITHER(k, setsockopt((int)e, level, option, value, (socklen_t)len),
                                sock_setsockopt(e, level, option, value, len)));
}

static inline int64_t set_int(struct side *k, end e, int level, int option, int value)
{
    return set_bytes(k, e, level, option, &value, sizeof value);
}

static inline int64_t set_span(struct side *k, end e, int option, long seconds, long microseconds)
{
    const struct timeval span = {seconds, microseconds};
    return set_bytes(k, e, SOL_SOCKET, option, &span, sizeof span);
}

static inline void get_int(struct side *k, end e, int level, int option)
{
    int value = 0;
    socklen_t len = sizeof value;
    char what[40];
    snprintf(what, sizeof what, "getsockopt %d %d", level, option);
    if (said(k, what, EITHER(k, getsockopt((int)e, level, option, &value, &len),
                             sock_getsockopt_int(e, level, option, &value))) == 0)
        note(k, " %d", value);
}

/* Sending and receiving ------------------------------------------------------------------------------ */

static inline int64_t do_send(struct side *k, end e, const void *data, size_t len, int flags)
{
    return said(k, "send",
                EITHER(k, send((int)e, data, len, flags | MSG_NOSIGNAL), sock_send(e, data, len, flags)));
}

static inline int64_t send_text(struct side *k, end e, const char *text, int flags)
{
    return do_send(k, e, text, strlen(text), flags);
}

static inline int64_t do_sendto(struct side *k, end e, const char *text, int flags, struct sock_addr to)
{
    return said(k, "sendto",
                EITHER(k, sendto((int)e, text, strlen(text), flags | MSG_NOSIGNAL, native(&to), to.len),
                       sock_sendto(e, text, strlen(text), flags, &to)));
}

/* A text in `pieces` parts, with control data; `to` may be NULL. */
static inline int64_t do_sendmsg(struct side *k, end e, const char *text, size_t pieces, int flags,
                                 struct sock_addr *to, void *control, size_t control_len)
{
    struct iovec iov[8];
    size_t len = strlen(text), at = 0;
    CHECK_LE(pieces, 8);
    for (size_t i = 0; i < pieces; i++) {
        size_t part = i + 1 == pieces ? len - at : len / pieces;
        iov[i] = (struct iovec){(void *)(uintptr_t)(text + at), part};
        at += part;
    }
    struct msghdr raw = {.msg_iov = iov, .msg_iovlen = pieces, .msg_control = control,
                         .msg_controllen = control_len};
    struct sock_msg own = {.addr = to, .iov = (const struct sock_iovec *)iov, .iov_count = pieces,
                           .control = control, .control_len = control_len};
    if (to) {
        raw.msg_name = to->native;
        raw.msg_namelen = to->len;
    }
    return said(k, "sendmsg",
                EITHER(k, sendmsg((int)e, &raw, flags | MSG_NOSIGNAL), sock_sendmsg(e, &own, flags)));
}

static inline int64_t do_recv(struct side *k, end e, size_t len, int flags)
{
    char data[65536] = {0};
    CHECK_LE(len, sizeof data);
    int64_t count = said(k, "recv", EITHER(k, recv((int)e, data, len, flags), sock_recv(e, data, len, flags)));
    if (count > 0)
        note_bytes(k, data, (size_t)count < len ? (size_t)count : len);
    return count;
}

static inline int64_t do_recvfrom(struct side *k, end e, size_t len, int flags)
{
    char data[65536] = {0};
    struct sock_addr from = {0};
    socklen_t from_len = sizeof from.native;
    CHECK_LE(len, sizeof data);
    int64_t count = EITHER(k, recvfrom((int)e, data, len, flags, (struct sockaddr *)from.native, &from_len),
                           sock_recvfrom(e, data, len, flags, &from));
    if (k->kind == RAW)
        from.len = from_len;
    said(k, "recvfrom", count);
    if (count >= 0) {
        note_bytes(k, data, (size_t)count < len ? (size_t)count : len);
        note_address(k, &from);
    }
    return count;
}

/* Control messages: level, type and length; of descriptors whether they are close-on-exec, and they are closed. */
static inline void note_control(struct side *k, void *control, size_t len)
{
    struct msghdr header = {.msg_control = control, .msg_controllen = len};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        size_t data = c->cmsg_len - CMSG_LEN(0);
        note(k, " [%d %d %zu]", c->cmsg_level, c->cmsg_type, data);
        for (size_t i = 0; c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && i + 4 <= data; i += 4) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i, sizeof fd);
            note(k, " %s", fcntl(fd, F_GETFD) & FD_CLOEXEC ? "close-on-exec" : "inherited");
            CHECK_SYS(close(fd));
        }
    }
}

/* A message into two pieces, the first of half the length; `control_cap` up to 1024. */
static inline int64_t do_recvmsg(struct side *k, end e, size_t len, int flags, size_t control_cap)
{
    char data[65536] = {0};
    _Alignas(size_t) char control[1024];
    struct sock_addr from = {0};
    struct iovec iov[2] = {{data, len / 2}, {data + len / 2, len - len / 2}};
    struct msghdr raw = {.msg_name = from.native, .msg_namelen = sizeof from.native, .msg_iov = iov,
                         .msg_iovlen = 2, .msg_control = control, .msg_controllen = control_cap};
    struct sock_msg own = {.addr = &from, .iov = (const struct sock_iovec *)iov, .iov_count = 2,
                           .control = control, .control_cap = control_cap};
    CHECK_LE(len, sizeof data);
    CHECK_LE(control_cap, sizeof control);
    int64_t count = EITHER(k, recvmsg((int)e, &raw, flags | MSG_CMSG_CLOEXEC), sock_recvmsg(e, &own, flags));
    said(k, "recvmsg", count);
    if (count < 0)
        return count;
    if (k->kind == RAW) {
        from.len = raw.msg_namelen;
        own.flags = raw.msg_flags & ~MSG_CMSG_CLOEXEC;
        own.control_len = raw.msg_controllen;
    }
    note_bytes(k, data, (size_t)count < len ? (size_t)count : len);
    note_address(k, &from);
    note(k, " flags %#x", (unsigned)own.flags);
    note_control(k, control, own.control_len);
    return count;
}

/* The error that a peer has caused is there; poll(2) leaves it. */
static inline bool has_error(const struct side *k, end e, int ms)
{
    struct pollfd p = {.fd = number_of(k, e)};
    return poll(&p, 1, ms) == 1 && p.revents & POLLERR;
}

/* Waits for an ICMP error, which the kernel may drop. */
static inline void expect_error(struct side *k, end e)
{
    if (!has_error(k, e, k->lost ? 0 : (int)(1000 * test_scale())))
        k->lost = true;
}

/* poll(2), of the number: what a program would wait for. */
static inline void await(struct side *k, end e, short events)
{
    struct pollfd p = {.fd = number_of(k, e), .events = events};
    settle();
    int ready = poll(&p, 1, (int)(1000 * test_scale()));
    note(k, "\npoll %#x: %d %#x", (unsigned)events, ready, (unsigned)p.revents);
}

#endif
