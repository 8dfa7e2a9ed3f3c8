/* Messages: pieces, control data, descriptors. */
#include <fcntl.h>
#include <unistd.h>

#include "scenario.h"

static void pieces(void)
{
    sock_t pair[2];
    char a[4], b[4];
    struct sock_iovec out[2] = {{"abcd", 4}, {"efgh", 4}}, in[2] = {{a, 4}, {b, 4}};
    struct sock_msg send = {.iov = out, .iov_count = 2}, recv = {.iov = in, .iov_count = 2};
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    EXPECT(sock_sendmsg(pair[0], &send, 0), 8);
    EXPECT(sock_recvmsg(pair[1], &recv, 0), 8);
    HOLDS(memcmp(b, "efgh", 4) == 0);
    DO(sock_settimeout(pair[1], 5000000));
    EXPECT(sock_recvmsg(pair[1], &recv, 0), SOCK_ETIMEDOUT);
}

/* More pieces than fit on a stack. */
static void many_pieces(void)
{
    sock_t pair[2];
    static char bytes[600];
    struct sock_iovec out[600];
    for (int i = 0; i < 600; i++)
        out[i] = (struct sock_iovec){&bytes[i], 1};
    struct sock_msg send = {.iov = out, .iov_count = 600};
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    EXPECT(sock_sendmsg(pair[0], &send, 0), 600);
}

static void descriptors(void)
{
    sock_t pair[2];
    int ends[2], got[4] = {-1, -1, -1, -1}, flags;
    size_t count = 0;
    char byte;
    HOLDS(pipe2(ends, O_CLOEXEC) == 0);
    keep_fd(ends[0]);
    keep_fd(ends[1]);
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    EXPECT(sock_send_fds(pair[0], "x", 1, ends, 2, 0, NULL), 1);
    region_begin();
    int64_t len = sock_recv_fds(pair[1], &byte, 1, got, 4, &count, 0, NULL, &flags);
    region_end();
    for (size_t i = 0; len >= 0 && i < count; i++)
        keep_fd(got[i]);
    if (!call_ended(len, 1, true, "sock_recv_fds"))
        return;
    HOLDS(count == 2);
}

static void control_data(void)
{
    sock_t one, other;
    struct sock_addr at, to;
    char control[256], buf[8];
    int64_t index;
    struct sock_iovec iov = {buf, sizeof buf};
    struct sock_msg m = {.iov = &iov, .iov_count = 1, .control = control, .control_cap = sizeof control, .addr = &to};
    DO(sock_addr_ip("127.0.0.1", 0, &at));
    OPEN(one, sock_socket(AF_INET, SOCK_DGRAM, 0));
    DO(sock_bind(one, &at));
    DO(sock_setsockopt_int(one, IPPROTO_IP, IP_PKTINFO, 1));
    DO(sock_getsockname(one, &at));
    OPEN(other, sock_socket(AF_INET, SOCK_DGRAM, 0));
    DO(sock_sendto(other, "hello", 5, 0, &at));
    EXPECT(sock_recvmsg(one, &m, 0), 5);
    DO(sock_control_get_pktinfo(control, m.control_len, &to, NULL, &index));
}

const struct scenario message_scenarios[] = {
    {"pieces", pieces},
    {"many_pieces", many_pieces},
    {"descriptors", descriptors},
    {"control_data", control_data},
    {NULL, NULL},
};
