/* The C functions that the Go package calls: they combine functions of sock.h, so that one call from Go
 * replaces several, and pass no pointers to Go pointers. */
#ifndef LIBSOCK_GO_BRIDGE_H
#define LIBSOCK_GO_BRIDGE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sock.h>

/* Copies the sentence of sock_last_error after a failure, on the thread of the call. */
static inline int64_t bridge_explain(int64_t result, char *sentence)
{
    if (result < 0)
        sock_last_error(NULL, sentence, 256);
    return result;
}

/* Byte pointers are `unsigned char *` here, not `void *`: cgo then knows from the type that the memory holds
 * no Go pointers, and omits its run-time check. */

static inline int64_t bridge_recv(sock_t s, unsigned char *buf, size_t len, int flags)
{
    return sock_recv(s, buf, len, flags);
}

static inline int64_t bridge_send(sock_t s, const unsigned char *buf, size_t len, int flags)
{
    return sock_send(s, buf, len, flags);
}

static inline int64_t bridge_recvfrom(sock_t s, unsigned char *buf, size_t len, int flags,
                                      struct sock_addr *from)
{
    return sock_recvfrom(s, buf, len, flags, from);
}

static inline int64_t bridge_sendto(sock_t s, const unsigned char *buf, size_t len, int flags,
                                    const struct sock_addr *to)
{
    return sock_sendto(s, buf, len, flags, to);
}

/* A duplicate of a descriptor, close-on-exec. */
static inline int bridge_dup(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

/* A pipe for spliced data, close-on-exec. */
static inline int bridge_pipe(int *ends)
{
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}

static inline void bridge_close_pipe(int *ends)
{
    close(ends[0]);
    close(ends[1]);
}

/* Makes room for 1 MiB in a pipe, if this user may have so much, and returns how much there is. */
static inline int bridge_pipe_room(int fd)
{
    fcntl(fd, F_SETPIPE_SZ, 1 << 20);
    int room = fcntl(fd, F_GETPIPE_SZ);
    return room > 0 ? room : 4096;
}

/* What Go needs to know about an open socket. */
struct bridge_socket {
    struct sock_addr local;
    struct sock_addr peer;
    int64_t handle;
    int32_t fd;
    int32_t family;
    int32_t type;
    int32_t proto;
    int32_t pollable[2]; /* sock_send_pollable for a send without and with an address */
};

/* Flags of bridge_ready: set TCP_NODELAY; fill in `peer`; fill in `local`. */
enum { BRIDGE_NODELAY = 1, BRIDGE_PEER = 2, BRIDGE_LOCAL = 4 };

/* Puts a socket into non-blocking mode, as Go's poller requires, and describes it in `out`. The number is for the
 * poller only, which changes nothing about the descriptor: the program has not seen it yet.
 * `keepalive`: nanoseconds, 0 for none. Errors of the options are ignored: not every socket has them. */
static inline int64_t bridge_ready(sock_t s, int flags, int64_t keepalive, struct bridge_socket *out)
{
    int result = sock_settimeout(s, 0);
    if (result < 0)
        return result;
    if ((out->fd = sock_peek_fileno(s)) < 0)
        return out->fd;
    out->handle = s;
    out->family = sock_family(s);
    out->type = sock_type(s);
    out->proto = sock_proto(s);
    for (int addressed = 0; addressed < 2; addressed++)
        out->pollable[addressed] = sock_send_pollable(s, addressed);
    if (flags & BRIDGE_NODELAY)
        sock_setsockopt_int(s, IPPROTO_TCP, TCP_NODELAY, 1);
    if (keepalive > 0)
        sock_set_keepalive(s, 1, keepalive, keepalive, 0);
    if ((flags & BRIDGE_LOCAL) && sock_getsockname(s, &out->local) < 0)
        memset(&out->local, 0, sizeof out->local);
    if ((flags & BRIDGE_PEER) && sock_getpeername(s, &out->peer) < 0)
        memset(&out->peer, 0, sizeof out->peer);
    return 0;
}

static inline int64_t bridge_accept(sock_t listener, int flags, int64_t keepalive, struct bridge_socket *out)
{
    sock_t s = sock_accept(listener, &out->peer);
    if (s < 0)
        return s;
    int64_t result = bridge_ready(s, flags & ~BRIDGE_PEER, keepalive, out);
    if (result < 0) {
        sock_close(s);
        return result;
    }
    return s;
}

/* The result of a connect in progress: 0, its error, or -EAGAIN if it is not known yet. A second connect(2)
 * would start again in some families. */
static inline int64_t bridge_connected(sock_t s)
{
    struct pollfd look = {.fd = sock_peek_fileno(s), .events = POLLOUT};
    int error = 0;
    if (look.fd < 0)
        return look.fd;
    if (poll(&look, 1, 0) <= 0)
        return -EAGAIN;
    int64_t result = sock_getsockopt_int(s, SOL_SOCKET, SO_ERROR, &error);
    if (result < 0)
        return result;
    if (error != 0 && error != EISCONN)
        return -error;
    return look.revents & POLLOUT ? 0 : -EAGAIN;
}

/* A descriptor for Go's poller that is readable when a step of the operation is due. A duplicate, because the
 * operation owns its descriptor and os.File closes the one that it has. */
static inline int bridge_operation_fd(sock_op_t op)
{
    int fd = sock_fileno(op);
    if (fd < 0)
        return fd;
    int copy = bridge_dup(fd);
    if (copy < 0)
        return copy;
    fcntl(copy, F_SETFL, fcntl(copy, F_GETFL) | O_NONBLOCK);
    return copy;
}

/* The options of a dial. It contains the source address, because cgo forbids a pointer to it. */
struct bridge_dial {
    int64_t timeout;
    int64_t attempt_timeout;
    int64_t resolution_delay;
    int64_t stagger;
    struct sock_addr source;
    int32_t has_source;
    int32_t family;
    int32_t fast_open;
};

static inline int64_t bridge_connect_start(const char *host, const char *port, const struct bridge_dial *how,
                                           char *sentence)
{
    struct sock_connect_options opt;
    memset(&opt, 0, sizeof opt);
    opt.size = sizeof opt;
    opt.timeout_ns = how->timeout;
    opt.attempt_timeout_ns = how->attempt_timeout;
    opt.resolution_delay_ns = how->resolution_delay;
    opt.stagger_ns = how->stagger;
    opt.source = how->has_source ? &how->source : NULL;
    opt.family = how->family;
    opt.fast_open = how->fast_open;
    return bridge_explain(sock_create_connection_start(host, port, &opt), sentence);
}

static inline int64_t bridge_lookup_start(const char *host, const char *port, int family, int type, int proto,
                                          int flags, int64_t timeout, char *sentence)
{
    struct sock_addrinfo_options opt;
    memset(&opt, 0, sizeof opt);
    opt.size = sizeof opt;
    opt.family = family;
    opt.type = type;
    opt.proto = proto;
    opt.flags = flags;
    opt.timeout_ns = timeout;
    return bridge_explain(sock_getaddrinfo_start(host, port, &opt), sentence);
}

static inline int64_t bridge_create_server(const char *host, const char *port, int family, int backlog,
                                           int reuse_port, int dualstack, int remove_stale, int file_mode,
                                           char *sentence)
{
    struct sock_server_options opt;
    memset(&opt, 0, sizeof opt);
    opt.size = sizeof opt;
    opt.family = family;
    opt.backlog = backlog;
    opt.reuse_port = reuse_port;
    opt.dualstack = dualstack;
    opt.remove_stale = remove_stale;
    opt.file_mode = file_mode;
    return bridge_explain(sock_create_server(host, port, &opt), sentence);
}

/* A message without pointers, which are separate arguments. The caller pins `pieces` and their targets. */
struct bridge_message {
    struct sock_addr addr;
    uint64_t len;
    uint64_t true_len;
    uint64_t control_len;
    int32_t flags;
    int32_t has_addr;
};

static inline int64_t bridge_sendmsg(sock_t s, const struct sock_iovec *pieces, size_t count,
                                     const unsigned char *control, size_t control_len,
                                     struct bridge_message *m, int flags)
{
    struct sock_msg msg;
    memset(&msg, 0, sizeof msg);
    msg.addr = m->has_addr ? &m->addr : NULL;
    msg.iov = pieces;
    msg.iov_count = count;
    msg.control = (void *)control;
    msg.control_len = control_len;
    return sock_sendmsg(s, &msg, flags);
}

static inline int64_t bridge_recvmsg(sock_t s, const struct sock_iovec *pieces, size_t count,
                                     unsigned char *control, size_t control_cap, struct bridge_message *m,
                                     int flags)
{
    struct sock_msg msg;
    memset(&msg, 0, sizeof msg);
    msg.addr = &m->addr;
    msg.iov = pieces;
    msg.iov_count = count;
    msg.control = control;
    msg.control_cap = control_cap;
    int64_t result = sock_recvmsg(s, &msg, flags);
    if (result >= 0) {
        m->len = msg.len;
        m->true_len = msg.true_len;
        m->control_len = msg.control_len;
        m->flags = msg.flags;
    }
    return result;
}

/* As sock_control_next, but `zero` holds the offset of the data, because Go memory must not hold a pointer
 * into itself that C has written. */
static inline int bridge_control_next(const unsigned char *control, size_t len, size_t *pos,
                                      struct sock_control_item *out)
{
    struct sock_control_item item;
    int result = sock_control_next(control, len, pos, &item);
    if (result == 1) {
        *out = item;
        out->zero = (uint32_t)((const unsigned char *)item.data - control);
        out->data = NULL;
    }
    return result;
}

static inline int64_t bridge_take_fds(unsigned char *control, size_t len, int *fds, size_t cap)
{
    return sock_control_take_fds(control, len, fds, cap);
}

/* The functions for control messages, with byte pointers. */
#define BRIDGE_GET(name, type)                                                                     \
    static inline int bridge_get_##name(const unsigned char *control, size_t len, type *out)       \
    {                                                                                              \
        return sock_control_get_##name(control, len, out);                                         \
    }
BRIDGE_GET(ttl, int64_t)
BRIDGE_GET(tos, int64_t)
BRIDGE_GET(drops, int64_t)
BRIDGE_GET(gro_size, int64_t)
BRIDGE_GET(error, struct sock_control_error)

static inline int bridge_get_credentials(const unsigned char *control, size_t len, int64_t *pid, int64_t *uid,
                                         int64_t *gid)
{
    return sock_control_get_credentials(control, len, pid, uid, gid);
}

static inline int bridge_get_timestamp(const unsigned char *control, size_t len, int64_t *software,
                                       int64_t *hardware)
{
    return sock_control_get_timestamp(control, len, software, hardware);
}

static inline int bridge_get_pktinfo(const unsigned char *control, size_t len, struct sock_addr *to,
                                     struct sock_addr *local, int64_t *ifindex)
{
    return sock_control_get_pktinfo(control, len, to, local, ifindex);
}

static inline int bridge_take_pidfd(unsigned char *control, size_t len, int *fd)
{
    return sock_control_take_pidfd(control, len, fd);
}

static inline int64_t bridge_close_fds(unsigned char *control, size_t len)
{
    return sock_control_close_fds(control, len);
}

/* Each of the following functions calls its namesake in sock.h and copies the sentence of an error. */
static inline int64_t bridge_from_native(const unsigned char *sockaddr, size_t len, struct sock_addr *out,
                                         char *sentence)
{
    return bridge_explain(sock_addr_from_native(sockaddr, len, out), sentence);
}

static inline int64_t bridge_addr_unix(const unsigned char *path, size_t len, struct sock_addr *out,
                                       char *sentence)
{
    return bridge_explain(sock_addr_unix(path, len, out), sentence);
}

static inline int64_t bridge_addr_parse(const char *text, struct sock_addr *out, char *sentence)
{
    return bridge_explain(sock_addr_parse(text, out), sentence);
}

static inline int64_t bridge_control_space(int64_t kinds, int64_t fds, char *sentence)
{
    return bridge_explain(sock_control_space(kinds, fds), sentence);
}

static inline int64_t bridge_put(unsigned char *control, size_t cap, size_t *len, int level, int type,
                                 const unsigned char *data, size_t data_len, char *sentence)
{
    return bridge_explain(sock_control_put(control, cap, len, level, type, data, data_len), sentence);
}

static inline int64_t bridge_put_fds(unsigned char *control, size_t cap, size_t *len, const int *fds,
                                     size_t n, char *sentence)
{
    return bridge_explain(sock_control_put_fds(control, cap, len, fds, n), sentence);
}

static inline int64_t bridge_put_credentials(unsigned char *control, size_t cap, size_t *len, int64_t pid,
                                             int64_t uid, int64_t gid, char *sentence)
{
    return bridge_explain(sock_control_put_credentials(control, cap, len, pid, uid, gid), sentence);
}

static inline int64_t bridge_put_pktinfo(unsigned char *control, size_t cap, size_t *len,
                                         const struct sock_addr *from, int64_t index, char *sentence)
{
    return bridge_explain(sock_control_put_pktinfo(control, cap, len, from, index), sentence);
}

static inline int64_t bridge_put_ttl(unsigned char *control, size_t cap, size_t *len, int family, int64_t ttl,
                                     char *sentence)
{
    return bridge_explain(sock_control_put_ttl(control, cap, len, family, ttl), sentence);
}

static inline int64_t bridge_put_tos(unsigned char *control, size_t cap, size_t *len, int family, int64_t tos,
                                     char *sentence)
{
    return bridge_explain(sock_control_put_tos(control, cap, len, family, tos), sentence);
}

static inline int64_t bridge_put_gso_size(unsigned char *control, size_t cap, size_t *len, int64_t size,
                                          char *sentence)
{
    return bridge_explain(sock_control_put_gso_size(control, cap, len, size), sentence);
}

static inline int64_t bridge_setsockopt(sock_t s, int level, int name, const unsigned char *value, size_t len,
                                        char *sentence)
{
    return bridge_explain(sock_setsockopt(s, level, name, value, len), sentence);
}

static inline int64_t bridge_getsockopt(sock_t s, int level, int name, unsigned char *value, size_t *len,
                                        char *sentence)
{
    return bridge_explain(sock_getsockopt(s, level, name, value, len), sentence);
}

static inline int64_t bridge_setsockopt_int(sock_t s, int level, int name, int value, char *sentence)
{
    return bridge_explain(sock_setsockopt_int(s, level, name, value), sentence);
}

static inline int64_t bridge_getsockopt_int(sock_t s, int level, int name, int *value, char *sentence)
{
    return bridge_explain(sock_getsockopt_int(s, level, name, value), sentence);
}

static inline int64_t bridge_set_keepalive(sock_t s, int on, int64_t idle, int64_t interval, int count,
                                           char *sentence)
{
    return bridge_explain(sock_set_keepalive(s, on, idle, interval, count), sentence);
}

static inline int64_t bridge_get_keepalive(sock_t s, int64_t *idle, int64_t *interval, int *count, char *sentence)
{
    return bridge_explain(sock_get_keepalive(s, idle, interval, count), sentence);
}

static inline int64_t bridge_set_linger(sock_t s, int on, int64_t span, char *sentence)
{
    return bridge_explain(sock_set_linger(s, on, span), sentence);
}

static inline int64_t bridge_set_buffer(sock_t s, int direction, int64_t bytes, char *sentence)
{
    return bridge_explain(sock_set_buffer(s, direction, bytes), sentence);
}

static inline int64_t bridge_get_buffer(sock_t s, int direction, char *sentence)
{
    return bridge_explain(sock_get_buffer(s, direction), sentence);
}

static inline int64_t bridge_set_device(sock_t s, const char *name, char *sentence)
{
    return bridge_explain(sock_set_device(s, name), sentence);
}

static inline int64_t bridge_set_congestion(sock_t s, const char *name, char *sentence)
{
    return bridge_explain(sock_set_congestion(s, name), sentence);
}

static inline int64_t bridge_set_user_timeout(sock_t s, int64_t span, char *sentence)
{
    return bridge_explain(sock_set_user_timeout(s, span), sentence);
}

static inline int64_t bridge_get_user_timeout(sock_t s, char *sentence)
{
    return bridge_explain(sock_get_user_timeout(s), sentence);
}

static inline int64_t bridge_join_group(sock_t s, const struct sock_addr *group,
                                        const struct sock_addr *source, const char *device, char *sentence)
{
    return bridge_explain(sock_join_group(s, group, source, device, 0), sentence);
}

static inline int64_t bridge_leave_group(sock_t s, const struct sock_addr *group,
                                         const struct sock_addr *source, const char *device, char *sentence)
{
    return bridge_explain(sock_leave_group(s, group, source, device, 0), sentence);
}

static inline int64_t bridge_peer_cred(sock_t s, int64_t *pid, int64_t *uid, int64_t *gid, char *sentence)
{
    return bridge_explain(sock_peer_cred(s, pid, uid, gid), sentence);
}

static inline int64_t bridge_mptcp_state(sock_t s, char *sentence)
{
    return bridge_explain(sock_mptcp_state(s), sentence);
}

static inline int64_t bridge_get_tcp_info(sock_t s, struct sock_tcp_info *info, char *sentence)
{
    return bridge_explain(sock_get_tcp_info(s, info), sentence);
}

static inline int64_t bridge_nameinfo_start(const struct sock_addr *addr, int flags, int64_t timeout,
                                            char *sentence)
{
    return bridge_explain(sock_getnameinfo_start(addr, flags, timeout), sentence);
}

#endif
