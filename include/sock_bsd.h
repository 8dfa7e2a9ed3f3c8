/* sock_bsd.h: the BSD socket calls on top of libsock, for existing code.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Opt-in: sock.h does not include this file, and the library contains none of it. Each function is
 * inline, takes the arguments of the BSD call that it is named after, and only renames: it returns
 * -1 and sets errno where sock.h returns a negative code. To port a program, put sock_bsd_ before
 * its socket calls, declare its sockets as sock_t, compare them with 0 (a handle is never 0, and a
 * failed one is -1), and include this file after the system's headers.
 *
 * A handle is not a descriptor: use sock_bsd_fileno() for select(2), poll(2), fcntl(2) and similar
 * calls, and sock_bsd_close(), sock_bsd_read() and sock_bsd_write() for close(2), read(2) and
 * write(2). A closed handle stays EBADF, and closing wakes the threads that wait on it (with
 * EBADF). Deadlines, timeouts, cancel tokens and everything else in sock.h work on these handles
 * too; errno is then ETIMEDOUT for SOCK_ETIMEDOUT and ECANCELED for SOCK_ECANCELED.
 *
 * C99 and C++11. Addresses are native ones: `struct sockaddr *` with its length.
 */
#ifndef SOCK_BSD_H
#define SOCK_BSD_H

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Converts a result of sock.h to the system's; errno is already set. */
static inline int sock_bsd_int(int64_t result)
{
    return result < 0 ? -1 : (int)result;
}

static inline ssize_t sock_bsd_size(int64_t result)
{
    return result < 0 ? -1 : (ssize_t)result;
}

static inline sock_t sock_bsd_handle(sock_t result)
{
    return result < 0 ? -1 : result;
}

/* Copies an address to the caller as accept(2) does: truncated to *len, which gets its length. */
static inline int sock_bsd_put(const struct sock_addr *from, struct sockaddr *addr, socklen_t *len)
{
    int64_t needed = sock_addr_native(from, addr, *len);
    if (needed < 0)
        return -1;
    *len = (socklen_t)needed;
    return 0;
}

/* Checks that an address can be received: without a length, there must be no address either. */
static inline int sock_bsd_place(const struct sockaddr *addr, const socklen_t *len)
{
    if (addr && !len) {
        errno = EFAULT;
        return -1;
    }
    return 0;
}

static inline sock_t sock_bsd_socket(int family, int type, int proto)
{
    return sock_bsd_handle(sock_socket(family, type, proto));
}

static inline int sock_bsd_socketpair(int family, int type, int proto, sock_t out[2])
{
    return sock_bsd_int(sock_socketpair(family, type, proto, out));
}

static inline int sock_bsd_bind(sock_t s, const struct sockaddr *addr, socklen_t len)
{
    struct sock_addr to;
    return sock_addr_from_native(addr, len, &to) < 0 ? -1 : sock_bsd_int(sock_bind(s, &to));
}

static inline int sock_bsd_connect(sock_t s, const struct sockaddr *addr, socklen_t len)
{
    struct sock_addr to;
    return sock_addr_from_native(addr, len, &to) < 0 ? -1 : sock_bsd_int(sock_connect(s, &to));
}

static inline int sock_bsd_listen(sock_t s, int backlog)
{
    return sock_bsd_int(sock_listen(s, backlog));
}

/* `addr` and `len` may be NULL. */
static inline sock_t sock_bsd_accept(sock_t s, struct sockaddr *addr, socklen_t *len)
{
    struct sock_addr peer;
    sock_t accepted;
    if (sock_bsd_place(addr, len) < 0)
        return -1;
    accepted = sock_accept(s, &peer);
    if (accepted < 0)
        return -1;
    if (addr)
        (void)sock_bsd_put(&peer, addr, len);
    return accepted;
}

static inline ssize_t sock_bsd_send(sock_t s, const void *buf, size_t len, int flags)
{
    return sock_bsd_size(sock_send(s, buf, len, flags));
}

static inline ssize_t sock_bsd_recv(sock_t s, void *buf, size_t len, int flags)
{
    return sock_bsd_size(sock_recv(s, buf, len, flags));
}

/* `addr` may be NULL: sends to the connected peer. */
static inline ssize_t sock_bsd_sendto(sock_t s, const void *buf, size_t len, int flags,
                                      const struct sockaddr *addr, socklen_t addrlen)
{
    struct sock_addr to;
    if (!addr)
        return sock_bsd_size(sock_send(s, buf, len, flags));
    if (sock_addr_from_native(addr, addrlen, &to) < 0)
        return -1;
    return sock_bsd_size(sock_sendto(s, buf, len, flags, &to));
}

/* `addr` and `addrlen` may be NULL. */
static inline ssize_t sock_bsd_recvfrom(sock_t s, void *buf, size_t len, int flags, struct sockaddr *addr,
                                        socklen_t *addrlen)
{
    struct sock_addr from;
    int64_t count;
    if (sock_bsd_place(addr, addrlen) < 0)
        return -1;
    count = sock_recvfrom(s, buf, len, flags, &from);
    if (count < 0)
        return -1;
    if (addr)
        (void)sock_bsd_put(&from, addr, addrlen);
    return (ssize_t)count;
}

/* Received descriptors are close-on-exec, as with MSG_CMSG_CLOEXEC. */
static inline ssize_t sock_bsd_sendmsg(sock_t s, const struct msghdr *msg, int flags)
{
    struct sock_addr to;
    struct sock_msg out;
    memset(&out, 0, sizeof out);
    if (!msg) {
        errno = EFAULT;
        return -1;
    }
    if (msg->msg_name) {
        if (sock_addr_from_native(msg->msg_name, msg->msg_namelen, &to) < 0)
            return -1;
        out.addr = &to;
    }
    out.iov = (const struct sock_iovec *)(const void *)msg->msg_iov;
    out.iov_count = (size_t)msg->msg_iovlen;
    out.control = msg->msg_control;
    out.control_len = (size_t)msg->msg_controllen;
    return sock_bsd_size(sock_sendmsg(s, &out, flags));
}

static inline ssize_t sock_bsd_recvmsg(sock_t s, struct msghdr *msg, int flags)
{
    struct sock_addr from;
    struct sock_msg in;
    int64_t count;
    memset(&in, 0, sizeof in);
    if (!msg) {
        errno = EFAULT;
        return -1;
    }
    in.addr = msg->msg_name ? &from : NULL;
    in.iov = (const struct sock_iovec *)(const void *)msg->msg_iov;
    in.iov_count = (size_t)msg->msg_iovlen;
    in.control = msg->msg_control;
    in.control_cap = (size_t)msg->msg_controllen;
    count = sock_recvmsg(s, &in, flags);
    if (count < 0)
        return -1;
    if (msg->msg_name)
        (void)sock_bsd_put(&from, (struct sockaddr *)msg->msg_name, &msg->msg_namelen);
    msg->msg_controllen = (socklen_t)in.control_len;
    msg->msg_flags = in.flags;
    return (ssize_t)count;
}

/* read(2) and write(2) of a socket. */
static inline ssize_t sock_bsd_read(sock_t s, void *buf, size_t len)
{
    return sock_bsd_recv(s, buf, len, 0);
}

static inline ssize_t sock_bsd_write(sock_t s, const void *buf, size_t len)
{
    return sock_bsd_send(s, buf, len, 0);
}

static inline int sock_bsd_shutdown(sock_t s, int how)
{
    return sock_bsd_int(sock_shutdown(s, how));
}

static inline int sock_bsd_close(sock_t s)
{
    return sock_bsd_int(sock_close(s));
}

static inline sock_t sock_bsd_dup(sock_t s)
{
    return sock_bsd_handle(sock_dup(s));
}

/* Returns the descriptor, which the handle still owns: for poll(2), fcntl(2) and similar calls. */
static inline int sock_bsd_fileno(sock_t s)
{
    return sock_bsd_int(sock_fileno(s));
}

static inline int sock_bsd_getsockname(sock_t s, struct sockaddr *addr, socklen_t *len)
{
    struct sock_addr own;
    if (!addr || !len) {
        errno = EFAULT;
        return -1;
    }
    return sock_getsockname(s, &own) < 0 ? -1 : sock_bsd_put(&own, addr, len);
}

static inline int sock_bsd_getpeername(sock_t s, struct sockaddr *addr, socklen_t *len)
{
    struct sock_addr peer;
    if (!addr || !len) {
        errno = EFAULT;
        return -1;
    }
    return sock_getpeername(s, &peer) < 0 ? -1 : sock_bsd_put(&peer, addr, len);
}

static inline int sock_bsd_setsockopt(sock_t s, int level, int name, const void *value, socklen_t len)
{
    return sock_bsd_int(sock_setsockopt(s, level, name, value, len));
}

static inline int sock_bsd_getsockopt(sock_t s, int level, int name, void *value, socklen_t *len)
{
    size_t room;
    if (!len) {
        errno = EFAULT;
        return -1;
    }
    room = *len;
    if (sock_getsockopt(s, level, name, value, &room) < 0)
        return -1;
    *len = (socklen_t)room;
    return 0;
}

#ifdef __cplusplus
}
#endif

#endif
