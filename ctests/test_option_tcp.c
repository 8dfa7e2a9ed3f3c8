/* TCP options: connection information, user timeout, congestion control, MPTCP. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tcp.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

struct link {
    sock_t listener, client, server;
};

static struct link connected(const char *host, sock_t listener, sock_t client)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip(host, 0, &addr));
    CHECK_OK(listener);
    CHECK_OK(client);
    CHECK_OK(sock_bind(listener, &addr));
    CHECK_OK(sock_listen(listener, 4));
    CHECK_OK(sock_getsockname(listener, &addr));
    CHECK_OK(sock_connect(client, &addr));
    return (struct link){listener, client, CHECK_OK(sock_accept(listener, NULL))};
}

static struct link tcp_link(void)
{
    return connected("127.0.0.1", sock_socket(AF_INET, SOCK_STREAM, 0), sock_socket(AF_INET, SOCK_STREAM, 0));
}

static void close_link(const struct link *l)
{
    CHECK_OK(sock_close(l->server));
    CHECK_OK(sock_close(l->client));
    CHECK_OK(sock_close(l->listener));
}

static void test_user_timeout(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_EQ(sock_get_user_timeout(s), 0);
    CHECK_OK(sock_set_user_timeout(s, MS(1500)));
    int raw = 0;
    CHECK_OK(sock_getsockopt_int(s, IPPROTO_TCP, TCP_USER_TIMEOUT, &raw));
    CHECK_EQ(raw, 1500);
    CHECK_EQ(sock_get_user_timeout(s), MS(1500));
    CHECK_OK(sock_set_user_timeout(s, 2147483647 * MS(1)));
    CHECK_EQ(sock_get_user_timeout(s), 2147483647 * MS(1));
    CHECK_REFUSED(sock_set_user_timeout(s, 2147483648 * MS(1)), -EINVAL, "span");
    CHECK_REFUSED(sock_set_user_timeout(s, MS(1) + 1), -EINVAL, "span");
    CHECK_REFUSED(sock_set_user_timeout(s, -MS(1)), -EINVAL, "span");
    CHECK_REFUSED(sock_set_user_timeout(s, SOCK_FOREVER), -EINVAL, "span");
    CHECK_EQ(sock_get_user_timeout(s), 2147483647 * MS(1));
    CHECK_OK(sock_set_user_timeout(s, 0));
    CHECK_EQ(sock_get_user_timeout(s), 0);
    CHECK_OK(sock_close(s));
    sock_t u = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_LT(sock_set_user_timeout(u, 0), 0);
    CHECK_LT(sock_get_user_timeout(u), 0);
    CHECK_OK(sock_close(u));
}

static void test_congestion_control(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    char name[16] = "", again[16] = "";
    int64_t len = CHECK_OK(sock_get_congestion(s, name, sizeof name));
    CHECK_EQ(len, strlen(name));
    CHECK_EQ(sock_get_congestion(s, NULL, 0), len);
    CHECK_OK(sock_set_congestion(s, "reno"));
    CHECK_EQ(sock_get_congestion(s, again, sizeof again), 4);
    CHECK_STR(again, "reno");
    CHECK_OK(sock_set_congestion(s, name));
    CHECK_REFUSED(sock_set_congestion(s, "none-such"), -ENOENT, "name");
    /* The kernel would truncate this name to "cubic" and a NUL if it were not too long. */
    CHECK_REFUSED(sock_set_congestion(s, "cubic-cubic-cubi"), -ENOENT, "name");
    CHECK_REFUSED(sock_set_congestion(s, ""), -ENOENT, "name");
    CHECK_ERR(sock_set_congestion(s, NULL), -EFAULT);
    CHECK_EQ(sock_get_congestion(s, again, sizeof again), len);
    CHECK_OK(sock_close(s));
    sock_t u = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_LT(sock_get_congestion(u, again, sizeof again), 0);
    CHECK_LT(sock_set_congestion(u, "reno"), 0);
    CHECK_OK(sock_close(u));
}

/* Every field that the system header knows has the kernel's value. */
static void test_tcp_info_matches_the_kernel(void)
{
    struct link l = tcp_link();
    char block[10000] = {0};
    CHECK_OK(sock_sendall(l.client, block, sizeof block, 0, NULL));
    for (size_t got = 0; got < sizeof block;)
        got += (size_t)CHECK_OK(sock_recv(l.server, block, sizeof block, 0));
    struct sock_tcp_info info = {.size = sizeof info};
    struct tcp_info raw;
    size_t len;
    /* The connection is idle, but delayed acknowledgements may still arrive between the two calls. */
    for (int i = 0; i < 20; i++) {
        sleep_ms(10);
        len = sizeof raw;
        memset(&raw, 0, sizeof raw);
        CHECK_OK(sock_get_tcp_info(l.client, &info));
        CHECK_OK(sock_getsockopt(l.client, IPPROTO_TCP, TCP_INFO, &raw, &len));
        if (raw.tcpi_bytes_acked > sizeof block && info.segs_in == raw.tcpi_segs_in)
            break;
    }
    CHECK_EQ(info.size, sizeof info);
    CHECK_EQ(len, sizeof raw);
    CHECK_EQ(info.state, 1);
#define SAME(field) CHECK_EQ(info.field, raw.tcpi_##field)
#define TIMES(field, unit) CHECK_EQ(info.field##_ns, (int64_t)raw.tcpi_##field * (unit))
    SAME(state), SAME(ca_state), SAME(retransmits), SAME(probes), SAME(backoff), SAME(options);
    SAME(snd_wscale), SAME(rcv_wscale), SAME(delivery_rate_app_limited), SAME(fastopen_client_fail);
    SAME(snd_mss), SAME(rcv_mss), SAME(unacked), SAME(sacked), SAME(lost), SAME(retrans), SAME(fackets);
    SAME(pmtu), SAME(rcv_ssthresh), SAME(snd_ssthresh), SAME(snd_cwnd), SAME(advmss), SAME(reordering);
    SAME(rcv_space), SAME(total_retrans), SAME(bytes_acked), SAME(bytes_received), SAME(segs_out);
    SAME(segs_in), SAME(notsent_bytes), SAME(data_segs_in), SAME(data_segs_out), SAME(delivery_rate);
    SAME(delivered), SAME(delivered_ce), SAME(bytes_sent), SAME(bytes_retrans), SAME(dsack_dups);
    SAME(reord_seen), SAME(rcv_ooopack), SAME(snd_wnd), SAME(pacing_rate);
    TIMES(rto, 1000), TIMES(ato, 1000), TIMES(rtt, 1000), TIMES(rttvar, 1000), TIMES(min_rtt, 1000);
    TIMES(rcv_rtt, 1000);
    CHECK_EQ(info.busy_ns, (int64_t)raw.tcpi_busy_time * 1000);
    CHECK_EQ(info.rwnd_limited_ns, (int64_t)raw.tcpi_rwnd_limited * 1000);
    CHECK_EQ(info.sndbuf_limited_ns, (int64_t)raw.tcpi_sndbuf_limited * 1000);
    CHECK_EQ(info.max_pacing_rate, raw.tcpi_max_pacing_rate == UINT64_MAX ? INT64_MAX
                                                                         : (int64_t)raw.tcpi_max_pacing_rate);
    /* A few milliseconds may pass between the calls. */
    CHECK_GE((int64_t)raw.tcpi_last_data_sent * 1000000, info.last_data_sent_ns);
    CHECK_GE((int64_t)raw.tcpi_last_ack_recv * 1000000, info.last_ack_recv_ns);
    CHECK_EQ(info.bytes_sent, sizeof block);
    CHECK_GT(info.rtt_ns, 0);
    struct sock_tcp_info other = {.size = sizeof other};
    CHECK_OK(sock_get_tcp_info(l.server, &other));
    CHECK_EQ(other.bytes_received, sizeof block);
    CHECK_EQ(other.bytes_sent, 0);
    close_link(&l);
}

/* The struct begins with its size: for a newer program it is filled as far as the library knows it, for an
 * older one never past its end. */
static void test_tcp_info_has_versions(void)
{
    struct link l = tcp_link();
    struct {
        struct sock_tcp_info info;
        unsigned char more[64];
    } newer;
    memset(&newer, 0x5a, sizeof newer);
    newer.info.size = sizeof newer;
    CHECK_OK(sock_get_tcp_info(l.client, &newer.info));
    CHECK_EQ(newer.info.size, sizeof newer.info);
    for (size_t i = 0; i < sizeof newer.more; i++)
        CHECK_EQ(newer.more[i], 0x5a);
    CHECK_EQ(sizeof(struct sock_tcp_info), 480);
    memset(&newer, 0x5a, sizeof newer);
    for (uint32_t size = 0; size < 480; size += 37) {
        newer.info.size = size;
        CHECK_REFUSED(sock_get_tcp_info(l.client, &newer.info), -EINVAL, "info");
        CHECK_EQ(newer.info.size, size);
        CHECK_EQ(newer.info.state, 0x5a5a5a5a);
    }
    CHECK_ERR(sock_get_tcp_info(l.client, NULL), -EFAULT);
    newer.info.size = sizeof newer.info;
    sock_t u = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_LT(sock_get_tcp_info(u, &newer.info), 0);
    CHECK_EQ(newer.info.state, 0x5a5a5a5a);
    CHECK_OK(sock_close(u));
    struct sock_tcp_info listening = {.size = sizeof listening};
    CHECK_OK(sock_get_tcp_info(l.listener, &listening));
    CHECK_EQ(listening.state, 10);
    CHECK_EQ(listening.sacked, 4);
    close_link(&l);
}

static sock_t multipath(int family)
{
    sock_t s = sock_socket(family, SOCK_STREAM, IPPROTO_MPTCP);
    if (s == -EPROTONOSUPPORT || s == -ENOPROTOOPT || s == -EINVAL)
        SKIP("this kernel has no MPTCP, or it is off: %s", sock_strerror(s));
    return CHECK_OK(s);
}

static void check_states(struct link l, int client, int server)
{
    char byte = 'x';
    CHECK_OK(sock_sendall(l.client, &byte, 1, 0, NULL));
    CHECK_EQ(sock_recv(l.server, &byte, 1, 0), 1);
    CHECK_OK(sock_sendall(l.server, &byte, 1, 0, NULL));
    CHECK_EQ(sock_recv(l.client, &byte, 1, 0), 1);
    CHECK_EQ(sock_mptcp_state(l.client), client);
    CHECK_EQ(sock_mptcp_state(l.server), server);
    struct sock_tcp_info info = {.size = sizeof info};
    CHECK_OK(sock_get_tcp_info(l.client, &info));
    CHECK_EQ(info.state, 1);
    close_link(&l);
}

/* On IPv4 and IPv6, which differ once a connection has fallen back. */
static void test_mptcp_and_its_fallback(void)
{
    static const struct {
        int family;
        const char *host;
    } kinds[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "::1"}};
    for (size_t i = 0; i < 2; i++) {
        int family = kinds[i].family;
        const char *host = kinds[i].host;
        sock_t fresh = multipath(family);
        CHECK_EQ(sock_mptcp_state(fresh), SOCK_MPTCP_ASKED);
        CHECK_OK(sock_close(fresh));
        check_states(connected(host, multipath(family), sock_socket_mptcp(family)), SOCK_MPTCP_ACTIVE,
                     SOCK_MPTCP_ACTIVE);
        /* R61: the accepted handle has the protocol of its listener; the kernel reports TCP. */
        check_states(connected(host, multipath(family), sock_socket(family, SOCK_STREAM, 0)), SOCK_MPTCP_NONE,
                     SOCK_MPTCP_FALLBACK);
        check_states(connected(host, sock_socket(family, SOCK_STREAM, 0), multipath(family)),
                     SOCK_MPTCP_FALLBACK, SOCK_MPTCP_NONE);
    }
}

static void without_mptcp(void *arg)
{
    (void)arg;
    CHECK_SYS(unshare(CLONE_NEWNET));
    int fd = (int)CHECK_SYS(open("/proc/sys/net/mptcp/enabled", O_WRONLY | O_CLOEXEC));
    CHECK_EQ(CHECK_SYS(write(fd, "0", 1)), 1);
    close(fd);
    CHECK_ERR(sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), -ENOPROTOOPT);
    sock_t s = CHECK_OK(sock_socket_mptcp(AF_INET));
    CHECK_EQ(sock_proto(s), IPPROTO_TCP);
    CHECK_EQ(sock_mptcp_state(s), SOCK_MPTCP_NONE);
    CHECK_OK(sock_close(s));
}

/* With MPTCP switched off the helper returns a TCP socket, the plain call its error. */
static void test_mptcp_switched_off(void)
{
    sock_t s = multipath(AF_INET);
    CHECK_OK(sock_close(s));
    pid_t probe = (pid_t)CHECK_SYS(fork());
    if (probe == 0)
        _exit(unshare(CLONE_NEWNET) != 0 || access("/proc/sys/net/mptcp/enabled", W_OK) != 0);
    int status = 0;
    CHECK_SYS(waitpid(probe, &status, 0));
    if (status != 0)
        SKIP("cannot create a network namespace, or no net.mptcp.enabled");
    child_join(child_start(without_mptcp, NULL));
    CHECK_ERR(sock_socket_mptcp(-2), -EAFNOSUPPORT);
}

static void refuse_handle(sock_t s, int code)
{
    struct sock_tcp_info info = {.size = sizeof info};
    char text[16];
    CHECK_ERR(sock_set_user_timeout(s, 0), code);
    CHECK_ERR(sock_get_user_timeout(s), code);
    CHECK_ERR(sock_set_congestion(s, "reno"), code);
    CHECK_ERR(sock_get_congestion(s, text, sizeof text), code);
    CHECK_ERR(sock_get_tcp_info(s, &info), code);
    CHECK_ERR(sock_mptcp_state(s), code);
}

static void test_wrong_handles(void)
{
    sock_t closed = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_close(closed));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    const sock_t dead[] = {0, -1, closed, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++)
        refuse_handle(dead[i], -EBADF);
    refuse_handle(token, -ENOTSOCK);
    CHECK_OK(sock_close(token));
}

TEST_MAIN(test_user_timeout, test_congestion_control, test_tcp_info_matches_the_kernel,
          test_tcp_info_has_versions, test_mptcp_and_its_fallback, test_mptcp_switched_off,
          test_wrong_handles)
