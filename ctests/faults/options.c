/* Options, and the families that every kernel has. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>

#include "scenario.h"

static void common_options(void)
{
    sock_t s;
    int64_t idle, interval, span;
    int count, value;
    char name[64];
    OPEN(s, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_set_buffer(s, SOCK_READ, 20000));
    DO(sock_get_buffer(s, SOCK_READ));
    DO(sock_set_linger(s, 1, 0));
    DO(sock_get_linger(s, &span));
    DO(sock_set_keepalive(s, 1, 60000000000, 10000000000, 3));
    DO(sock_get_keepalive(s, &idle, &interval, &count));
    DO(sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, 1));
    DO(sock_getsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, &value));
    DO(sock_get_device(s, name, sizeof name));
    size_t len = sizeof value;
    DO(sock_setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
    DO(sock_getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &value, &len));
    uint64_t wide;
    DO(sock_setsockopt_u64(s, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000));
    DO(sock_getsockopt_u64(s, SOL_SOCKET, SO_MAX_PACING_RATE, &wide));
}

static void tcp_options(void)
{
    sock_t s;
    struct sock_tcp_info info = {.size = sizeof info};
    char name[64];
    OPEN(s, sock_create_connection("127.0.0.1", echo_port, NULL));
    DO(sock_set_user_timeout(s, 1000000000));
    DO(sock_get_user_timeout(s));
    DO(sock_get_congestion(s, name, sizeof name));
    DO(sock_set_congestion(s, name));
    DO(sock_get_tcp_info(s, &info));
}

static void groups(void)
{
    sock_t s;
    struct sock_addr group;
    OPEN(s, sock_socket(AF_INET, SOCK_DGRAM, 0));
    DO(sock_addr_ip("239.1.2.3", 0, &group));
    DO(sock_join_group(s, &group, NULL, "lo", 0));
    DO(sock_leave_group(s, &group, NULL, "lo", 0));
}

static void peers(void)
{
    sock_t pair[2];
    int64_t pid, uid, gid;
    int fd;
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    DO(sock_peer_cred(pair[0], &pid, &uid, &gid));
    TRY(fd, sock_peer_pidfd(pair[0]));
    keep_fd(fd);
}

static void netlink(void)
{
    sock_t s;
    struct sock_addr at;
    OPEN(s, sock_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    DO(sock_addr_netlink(0, 0, &at));
    DO(sock_bind(s, &at));
    DO(sock_getsockname(s, &at));
}

static void modes(void)
{
    sock_t s;
    OPEN(s, sock_socket(AF_INET, SOCK_STREAM, 0));
    DO(sock_fileno(s));
    DO(sock_settimeout(s, 1000000));
    DO(sock_gettimeout(s));
    DO(sock_setblocking(s, 0));
    DO(sock_getblocking(s));
    HOLDS(fcntl(sock_peek_fileno(s), F_GETFL) & O_NONBLOCK);
    DO(sock_setblocking(s, 1));
    HOLDS(!(fcntl(sock_peek_fileno(s), F_GETFL) & O_NONBLOCK));
}

const struct scenario option_scenarios[] = {
    {"common_options", common_options},
    {"tcp_options", tcp_options},
    {"groups", groups},
    {"peers", peers},
    {"netlink", netlink},
    {"modes", modes},
    {NULL, NULL},
};
