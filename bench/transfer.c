/* send and recv of 64 bytes compared with the C library, on the same kernel sockets. */
#include "bench.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { LEN = 64, BLOCK = 25 };

static char data[LEN], room[LEN];
static sock_t ends[2];
static int fds[2]; /* descriptors of the same sockets */

static void open_pair(int family)
{
    struct sock_addr at;
    if (family == AF_UNIX) {
        NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    } else {
        sock_t listener = sock_socket(AF_INET, SOCK_STREAM, 0);
        NEED(sock_addr_ip("127.0.0.1", 0, &at) == 0 && sock_bind(listener, &at) == 0);
        NEED(sock_listen(listener, 1) == 0 && sock_getsockname(listener, &at) == 0);
        NEED((ends[0] = sock_socket(AF_INET, SOCK_STREAM, 0)) > 0 && sock_connect(ends[0], &at) == 0);
        NEED((ends[1] = sock_accept(listener, NULL)) > 0);
        /* Disables Nagle's algorithm, so that every receive finds its data. */
        int on = 1;
        for (int i = 0; i < 2; i++)
            NEED(sock_setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        NEED(sock_close(listener) == 0);
    }
    for (int i = 0; i < 2; i++)
        NEED((fds[i] = sock_fileno(ends[i])) >= 0);
}

static void close_pair(void)
{
    for (int i = 0; i < 2; i++)
        NEED(sock_close(ends[i]) == 0);
}

#define BLOCK_OF(name, call)          \
    static void name(int n)           \
    {                                 \
        for (int i = 0; i < n; i++)   \
            NEED((call) == LEN);      \
    }

BLOCK_OF(send_sock, sock_send(ends[0], data, LEN, 0))
BLOCK_OF(send_libc, send(fds[0], data, LEN, 0))
BLOCK_OF(send_bare, bare_send(fds[0], data, LEN, 0))
BLOCK_OF(recv_sock, sock_recv(ends[1], room, LEN, 0))
BLOCK_OF(recv_libc, recv(fds[1], room, LEN, 0))
BLOCK_OF(recv_bare, bare_recv(fds[1], room, LEN, 0))
/* In the loop itself, without a function that returns: no library is so. */
BLOCK_OF(send_inlined, bare_call6(SYS_sendto, fds[0], (long)data, LEN, 0, 0, 0))
BLOCK_OF(recv_inlined, bare_call6(SYS_recvfrom, fds[1], (long)room, LEN, 0, 0, 0))

static void both(const char *kind, const char *config, const char *goal)
{
    struct way ours = {send_sock, NULL, recv_libc}, theirs = {send_libc, NULL, recv_libc};
    int pairs = strcmp(kind, "TCP") == 0 ? 6000 : 15000;
    char name[100];
    snprintf(name, sizeof name, "send %s 64 B, %s", kind, config);
    figure_ratio(name, duel(ours, theirs, BLOCK, pairs), goal);
    ours = (struct way){recv_sock, send_bare, NULL}, theirs = (struct way){recv_libc, send_bare, NULL};
    snprintf(name, sizeof name, "recv %s 64 B, %s", kind, config);
    figure_ratio(name, duel(ours, theirs, BLOCK, pairs), goal);
}

/* The noise of the measurement (two equal things), and the floor for any library: the bare system call. */
static void noise_and_floor(const char *kind, const char *config)
{
    struct way raw = {send_libc, NULL, recv_libc}, bare = {send_bare, NULL, recv_libc};
    struct way inlined = {send_inlined, NULL, recv_libc};
    int pairs = strcmp(kind, "TCP") == 0 ? 6000 : 15000;
    char name[100];
    snprintf(name, sizeof name, "noise: send %s, C library against itself, %s", kind, config);
    figure_ratio(name, duel(raw, raw, BLOCK, pairs), "-");
    snprintf(name, sizeof name, "floor: send %s, no library at all, %s", kind, config);
    figure_ratio(name, duel(bare, raw, BLOCK, pairs), "-");
    snprintf(name, sizeof name, "inlined floor: send %s, no function either, %s", kind, config);
    figure_ratio(name, duel(inlined, raw, BLOCK, pairs), "-");
    raw = (struct way){recv_libc, send_bare, NULL}, bare = (struct way){recv_bare, send_bare, NULL};
    inlined.run = recv_inlined, inlined.before = send_bare, inlined.after = NULL;
    snprintf(name, sizeof name, "floor: recv %s, no library at all, %s", kind, config);
    figure_ratio(name, duel(bare, raw, BLOCK, pairs), "-");
    snprintf(name, sizeof name, "inlined floor: recv %s, no function either, %s", kind, config);
    figure_ratio(name, duel(inlined, raw, BLOCK, pairs), "-");
}

/* The other thread's turn: from now on the handles count as shared. */
static void use_both(void)
{
    for (int i = 0; i < 2; i++)
        NEED(sock_send(ends[i], data, LEN, 0) == LEN && sock_recv(ends[1 - i], room, LEN, 0) == LEN);
}

static void configurations(int family, const char *kind, const char *single_goal, const char *threaded_goal)
{
    /* A process that has had a second thread never counts as single-threaded again, so this comes last. */
    static int threaded;
    if (!threaded_goal) {
        open_pair(family);
        noise_and_floor(kind, "one thread");
        both(kind, "one thread", single_goal);
        for (int i = 0; i < 2; i++)
            NEED(sock_settimeout(ends[i], 10000000000) == 0);
        both(kind, "one thread, 10 s timeout", single_goal);
        close_pair();
        return;
    }
    open_pair(family);
    if (!threaded++)
        second_thread(NULL);
    noise_and_floor(kind, "two threads");
    both(kind, "two threads, own handle", threaded_goal);
    second_thread(use_both);
    both(kind, "two threads, shared handle", threaded_goal);
    close_pair();
}

/* Cost of a whole call of libsock over a bare system call: receives at the end of a stream. */
static void recv_end_sock(int n)
{
    for (int i = 0; i < n; i++)
        NEED(sock_recv(ends[1], room, LEN, 0) == 0);
}

static void recv_end_bare(int n)
{
    for (int i = 0; i < n; i++)
        NEED(bare_recv(fds[1], room, LEN, MSG_DONTWAIT) == 0);
}

static void overhead(void)
{
    open_pair(AF_UNIX);
    NEED(sock_shutdown(ends[0], SHUT_WR) == 0);
    struct way ours = {recv_end_sock, NULL, NULL}, theirs = {recv_end_bare, NULL, NULL};
    struct duel d = duel(ours, theirs, BLOCK, 30000);
    figure("recv over a bare system call (pin, checks, unpin)", d.more, "ns", -1, "-");
    close_pair();
}

int main(void)
{
    overhead();
    configurations(AF_UNIX, "AF_UNIX", "<= 1.03", NULL);
    configurations(AF_INET, "TCP", "<= 1.02", NULL);
    configurations(AF_UNIX, "AF_UNIX", NULL, "<= 0.95");
    configurations(AF_INET, "TCP", NULL, "<= 0.98");
    return 0;
}
