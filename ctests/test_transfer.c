/* Sending and receiving: what is returned when, in each mode, as the kernel's blocking calls do it. */
#include "check.h"
#include "refused.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { MEGABYTE = 1 << 20 };

static void make_pair(int type, sock_t pair[2])
{
    CHECK_OK(sock_socketpair(AF_UNIX, type, 0, pair));
}

static void make_tcp(sock_t pair[2])
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    sock_t server = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(server, &addr));
    CHECK_OK(sock_listen(server, 1));
    CHECK_OK(sock_getsockname(server, &addr));
    pair[0] = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(pair[0], &addr));
    pair[1] = CHECK_OK(sock_accept(server, NULL));
    CHECK_OK(sock_close(server));
}

static sock_t make_udp(struct sock_addr *name)
{
    return udp_socket(AF_INET, name);
}

static void close_pair(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

/* Makes both ends seen: the calls then work without the descriptor's O_NONBLOCK. */
static void show(sock_t pair[2])
{
    CHECK_OK(sock_fileno(pair[0]));
    CHECK_OK(sock_fileno(pair[1]));
}

/* Bytes of which each place differs from its neighbours and from the same place a turn earlier. */
static char *pattern(size_t len)
{
    char *data = malloc(len);
    CHECK(data != NULL);
    for (size_t i = 0; i < len; i++)
        data[i] = (char)(i * 31 + i / 251);
    return data;
}

/* Buffers that do not grow: TCP's would, whenever it finds the time, and let more through. */
static void fix_buffers(sock_t pair[2])
{
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_setsockopt_int(pair[i], SOL_SOCKET, SO_SNDBUF, 65536));
        CHECK_OK(sock_setsockopt_int(pair[i], SOL_SOCKET, SO_RCVBUF, 65536));
    }
}

/* Sends until nothing more fits. What TCP acknowledges late (40 ms and more) makes room again. */
static void fill(sock_t s)
{
    static const char block[4096];
    int enough = sock_family(s) == AF_UNIX ? 1 : 120;
    for (int quiet = 0; quiet < enough; quiet++) {
        while (sock_send(s, block, sizeof block, MSG_DONTWAIT) > 0 || sock_send(s, block, 1, MSG_DONTWAIT) > 0)
            quiet = 0;
        sleep_ms(1);
    }
}

/* A send on a full socket ends with this code. TCP that finds room late takes some bytes instead: then the
 * socket is filled anew. Gives how long the send took. */
#define FULL_TRIES 20
#define CHECK_FULL(s, call, code)                                       \
    __extension__({                                                     \
        int64_t result_ = 1, began_ = 0, ended_ = 0;                    \
        for (int try_ = 0; try_ < FULL_TRIES && result_ >= 0; try_++) { \
            fill(s);                                                    \
            began_ = now_ns();                                          \
            result_ = (call);                                           \
            ended_ = now_ns();                                          \
        }                                                               \
        CHECK_ERR(result_, code);                                       \
        ended_ - began_;                                                \
    })

/* A call in another thread: started, and looked at when it has blocked or ended. */
struct call {
    struct thread thread;
    sock_t s;
    char *data;
    size_t len;
    int flags;
    int64_t result;
    size_t sent;
};

static void receive(void *arg)
{
    struct call *c = arg;
    c->result = sock_recv(c->s, c->data, c->len, c->flags);
}

static void transmit(void *arg)
{
    struct call *c = arg;
    c->result = sock_send(c->s, c->data, c->len, c->flags);
}

static void transmit_all(void *arg)
{
    struct call *c = arg;
    c->result = sock_sendall(c->s, c->data, c->len, c->flags, &c->sent);
}

static void start(struct call *c, void (*run)(void *), sock_t s, char *data, size_t len, int flags)
{
    *c = (struct call){.s = s, .data = data, .len = len, .flags = flags};
    thread_start(&c->thread, run, c);
}

/* Short, empty, cut ------------------------------------------------------------------------------- */

/* R74, R82 */
static void test_stream_receive(void)
{
    sock_t pair[2];
    char data[16] = "";
    make_pair(SOCK_STREAM, pair);
    CHECK_EQ(sock_send(pair[0], "0123456789", 10, 0), 10);
    CHECK_EQ(sock_recv(pair[1], data, 4, MSG_PEEK), 4);
    CHECK_EQ(sock_recv(pair[1], data, 4, 0), 4);
    CHECK_MEM(data, "0123", 4);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 6);
    CHECK_MEM(data, "456789", 6);
    CHECK_OK(sock_close(pair[0]));
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 0);
    CHECK_OK(sock_close(pair[1]));
}

/* R75, R76: in C the kernel's meaning; never a byte past len. */
static void test_datagram_cut(void)
{
    sock_t pair[2];
    char data[8], guarded[8];
    make_pair(SOCK_DGRAM, pair);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(sock_send(pair[0], "0123456789", 10, 0), 10);
    memset(data, '#', sizeof data);
    memset(guarded, '#', sizeof guarded);
    CHECK_EQ(sock_recv(pair[1], data, 4, 0), 4);
    CHECK_MEM(data, "0123####", 8);
    CHECK_EQ(sock_recv(pair[1], data, 4, MSG_TRUNC), 10);
    CHECK_MEM(data, "0123####", 8);
    CHECK_EQ(sock_recvfrom(pair[1], guarded, 2, MSG_TRUNC | MSG_PEEK, NULL), 10);
    CHECK_MEM(guarded, "01######", 8);
    CHECK_EQ(sock_recv(pair[1], NULL, 0, MSG_TRUNC), 10);
    CHECK_ERR(sock_recv(pair[1], data, 4, MSG_DONTWAIT), -EAGAIN);
    close_pair(pair);

    /* On TCP the flag discards: the count is told, the buffer left alone. */
    make_tcp(pair);
    memset(data, '#', sizeof data);
    CHECK_EQ(sock_send(pair[0], "0123456789", 10, 0), 10);
    CHECK_EQ(sock_recv(pair[1], data, 6, MSG_TRUNC | MSG_WAITALL), 6);
    CHECK_MEM(data, "########", 8);
    CHECK_EQ(sock_recv(pair[1], data, 4, 0), 4);
    CHECK_MEM(data, "6789####", 8);
    close_pair(pair);
}

/* R78, R79: the sender, or none. */
static void test_recvfrom_tells_the_sender(void)
{
    struct sock_addr a_name, b_name, from;
    sock_t pair[2], a = make_udp(&a_name), b = make_udp(&b_name);
    char data[8] = "";
    CHECK_EQ(sock_sendto(a, "hi", 2, 0, &b_name), 2);
    memset(&from, 0xff, sizeof from);
    CHECK_EQ(sock_recvfrom(b, data, sizeof data, 0, &from), 2);
    CHECK_EQ(sock_addr_equal(&from, &a_name), 1);
    CHECK_EQ(from.zero, 0);
    struct sock_addr before = from;
    CHECK_ERR(sock_recvfrom(b, data, sizeof data, MSG_DONTWAIT, &from), -EAGAIN);
    CHECK_MEM(&from, &before, sizeof from);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));

    make_tcp(pair);
    CHECK_EQ(sock_send(pair[0], "hi", 2, 0), 2);
    CHECK_EQ(sock_recvfrom(pair[1], data, sizeof data, 0, &from), 2);
    CHECK_EQ(from.len, 0);
    close_pair(pair);
    make_pair(SOCK_DGRAM, pair);
    CHECK_EQ(sock_send(pair[0], "hi", 2, 0), 2);
    CHECK_EQ(sock_recvfrom(pair[1], data, sizeof data, 0, &from), 2);
    CHECK_EQ(from.len, 0);
    close_pair(pair);
}

/* R91 */
static void test_sendto_on_what_is_connected(void)
{
    struct sock_addr a_name, b_name, c_name;
    sock_t pair[2], a = make_udp(&a_name), b = make_udp(&b_name), c = make_udp(&c_name);
    char data[8] = "";
    CHECK_OK(sock_connect(a, &b_name));
    CHECK_EQ(sock_sendto(a, "over", 4, 0, &c_name), 4);
    CHECK_EQ(sock_recv(c, data, sizeof data, 0), 4);
    CHECK_EQ(sock_sendto(a, "peer", 4, 0, NULL), 4);
    CHECK_EQ(sock_recv(b, data, sizeof data, 0), 4);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));

    make_tcp(pair);
    CHECK_EQ(sock_sendto(pair[0], "tcp", 3, 0, &c_name), 3);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 3);
    close_pair(pair);
    make_pair(SOCK_STREAM, pair);
    struct sock_addr unnamed;
    CHECK_OK(sock_addr_parse("unix:@nobody", &unnamed));
    CHECK_ERR(sock_sendto(pair[0], "x", 1, 0, &unnamed), -EISCONN);
    close_pair(pair);
    CHECK_OK(sock_close(c));
}

/* R81: an error that came meanwhile is told once. */
static void test_pending_error_is_told_once(void)
{
    struct sock_addr a_name;
    int family = refusing_family();
    struct sock_addr gone = nobody(family);
    sock_t a = udp_socket(family, &a_name);
    char data[8] = "";
    CHECK_OK(sock_connect(a, &gone));
    CHECK_OK(sock_settimeout(a, SEC(2)));
    CHECK_EQ(sock_send(a, "x", 1, 0), 1);
    CHECK_ERR(sock_recv(a, data, sizeof data, 0), -ECONNREFUSED);
    CHECK_OK(sock_settimeout(a, MS(20)));
    CHECK_ERR(sock_recv(a, data, sizeof data, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(a));
}

static void test_message_too_long(void)
{
    struct sock_addr a_name;
    sock_t a = make_udp(&a_name);
    char *data = pattern(70000);
    CHECK_ERR(sock_sendto(a, data, 70000, 0, &a_name), -EMSGSIZE);
    free(data);
    CHECK_OK(sock_close(a));
}

/* Whole buffers ----------------------------------------------------------------------------------- */

/* In blocking mode a stream takes all; with a timeout what fits at once (R83). */
static void test_large_sends(void)
{
    for (int i = 0; i < 4; i++) {
        sock_t pair[2];
        struct call reader;
        char *data = pattern(16 * MEGABYTE), *copy = malloc(16 * MEGABYTE);
        CHECK(copy != NULL);
        if (i % 2)
            make_tcp(pair);
        else
            make_pair(SOCK_STREAM, pair);
        fix_buffers(pair);
        if (i / 2)
            show(pair);
        start(&reader, receive, pair[1], copy, 16 * MEGABYTE, MSG_WAITALL);
        CHECK_EQ(sock_send(pair[0], data, 16 * MEGABYTE, 0), 16 * MEGABYTE);
        thread_join_within(&reader.thread, 10000);
        CHECK_EQ(reader.result, 16 * MEGABYTE);
        CHECK_MEM(copy, data, 16 * MEGABYTE);

        CHECK_OK(sock_settimeout(pair[0], SEC(5)));
        int64_t took = sock_send(pair[0], data, 16 * MEGABYTE, 0);
        CHECK_GT(took, 0);
        CHECK_LT(took, 16 * MEGABYTE);
        CHECK_OK(sock_settimeout(pair[0], MS(40)));
        int64_t waited = CHECK_FULL(pair[0], sock_send(pair[0], data, 16 * MEGABYTE, 0), SOCK_ETIMEDOUT);
        CHECK_TIME(waited, 40, 200);
        CHECK_OK(sock_settimeout(pair[0], 0));
        CHECK_FULL(pair[0], sock_send(pair[0], data, 16 * MEGABYTE, 0), -EAGAIN);
        CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
        CHECK_FULL(pair[0], sock_send(pair[0], data, 16 * MEGABYTE, MSG_DONTWAIT), -EAGAIN);
        close_pair(pair);
        free(data);
        free(copy);
    }
}

/* R84, R86, R87, R89 */
static void test_sendall(void)
{
    sock_t pair[2];
    struct call reader;
    size_t sent = 1;
    char *data = pattern(4 * MEGABYTE), *copy = malloc(4 * MEGABYTE);
    CHECK(copy != NULL);
    make_tcp(pair);
    const int64_t modes[] = {SOCK_FOREVER, SEC(20)};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_settimeout(pair[0], modes[i]));
        start(&reader, receive, pair[1], copy, 4 * MEGABYTE, MSG_WAITALL);
        CHECK_EQ(sock_sendall(pair[0], data, 4 * MEGABYTE, 0, &sent), 0);
        CHECK_EQ(sent, 4 * MEGABYTE);
        thread_join_within(&reader.thread, 10000);
        CHECK_EQ(reader.result, 4 * MEGABYTE);
        CHECK_MEM(copy, data, 4 * MEGABYTE);
    }
    /* Non-blocking: until it is full, with the count. What was counted arrives. */
    char *big = pattern(64 * MEGABYTE);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_sendall(pair[0], big, 64 * MEGABYTE, 0, &sent), -EAGAIN);
    CHECK_GT(sent, 0);
    CHECK_LT(sent, 64 * MEGABYTE);
    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
    size_t arrived = 0;
    int64_t count;
    while ((count = CHECK_OK(sock_recv(pair[1], copy, MEGABYTE, 0))) > 0) {
        CHECK_MEM(copy, big + arrived, (size_t)count);
        arrived += (size_t)count;
    }
    CHECK_EQ(arrived, sent);
    CHECK_ERR(sock_sendall(pair[0], data, 1, 0, &sent), -EPIPE);
    CHECK_EQ(sent, 0);
    close_pair(pair);
    free(big);
    free(data);
    free(copy);
}

static void read_slowly(void *arg)
{
    struct call *c = arg;
    while (sock_recv(c->s, c->data, 65536, 0) > 0)
        sleep_ms(10);
}

/* R84: one limit for the whole, though every part makes progress in time. */
static void test_sendall_has_one_limit(void)
{
    sock_t pair[2];
    struct call reader;
    size_t sent = 0;
    char *data = pattern(64 * MEGABYTE), *copy = malloc(65536);
    CHECK(copy != NULL);
    make_pair(SOCK_STREAM, pair);
    start(&reader, read_slowly, pair[1], copy, 65536, 0);
    CHECK_OK(sock_settimeout(pair[0], MS(200)));
    int64_t began = now_ns();
    CHECK_ERR(sock_sendall(pair[0], data, 64 * MEGABYTE, 0, &sent), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - began, 200, 400);
    CHECK_GT(sent, 65536);
    CHECK_LT(sent, 64 * MEGABYTE);
    CHECK_OK(sock_close(pair[0]));
    thread_join_within(&reader.thread, 5000);
    CHECK_OK(sock_close(pair[1]));
    free(data);
    free(copy);
}

/* MSG_WAITALL ------------------------------------------------------------------------------------- */

static void test_waitall_waits_for_all(void)
{
    const int64_t modes[] = {SOCK_FOREVER, SEC(20)};
    for (int mode = 0; mode < 2; mode++)
        for (int peek = 0; peek < 2; peek++)
            for (int tcp = 0; tcp < 2; tcp++) {
                sock_t pair[2];
                struct call reader;
                char data[12] = "";
                if (tcp)
                    make_tcp(pair);
                else
                    make_pair(SOCK_STREAM, pair);
                CHECK_OK(sock_settimeout(pair[1], modes[mode]));
                start(&reader, receive, pair[1], data, 12, MSG_WAITALL | (peek ? MSG_PEEK : 0));
                for (int part = 0; part < 3; part++) {
                    thread_wait_blocked(&reader.thread);
                    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
                }
                thread_join_within(&reader.thread, 2000);
                CHECK_EQ(reader.result, 12);
                CHECK_MEM(data, "abcdabcdabcd", 12);
                if (peek) {
                    memset(data, 0, sizeof data);
                    CHECK_EQ(sock_recv(pair[1], data, 12, 0), 12);
                    CHECK_MEM(data, "abcdabcdabcd", 12);
                }
                CHECK_ERR(sock_recv(pair[1], data, 12, MSG_DONTWAIT), -EAGAIN);
                close_pair(pair);
            }
}

static void test_waitall_ends_at_eof(void)
{
    for (int peek = 0; peek < 2; peek++)
        for (int tcp = 0; tcp < 2; tcp++)
            for (int before = 0; before < 2; before++) {
                sock_t pair[2];
                struct call reader;
                char data[12] = "";
                if (tcp)
                    make_tcp(pair);
                else
                    make_pair(SOCK_STREAM, pair);
                CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
                if (before)
                    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
                start(&reader, receive, pair[1], data, 12, MSG_WAITALL | (peek ? MSG_PEEK : 0));
                if (!before) {
                    thread_wait_blocked(&reader.thread);
                    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
                }
                thread_join_within(&reader.thread, 2000);
                CHECK_EQ(reader.result, 4);
                CHECK_MEM(data, "abcd", 4);
                close_pair(pair);
            }
}

/* A limit that comes after some bytes: the count; the next call tells, or goes on. */
static void test_waitall_ended_by_a_limit(void)
{
    for (int kind = 0; kind < 3; kind++)
        for (int peek = 0; peek < 2; peek++) {
            sock_t pair[2];
            char data[12] = "";
            int flags = MSG_WAITALL | (peek ? MSG_PEEK : 0);
            int64_t code = SOCK_ETIMEDOUT;
            make_pair(SOCK_STREAM, pair);
            CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
            if (kind == 0) {
                CHECK_OK(sock_settimeout(pair[1], MS(40)));
            } else if (kind == 1) {
                CHECK_OK(sock_setdeadline(pair[1], SOCK_READ, sock_now() + MS(40)));
            } else {
                struct timeval limit = {.tv_usec = 40000};
                CHECK_OK(sock_setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
                code = -EAGAIN;
            }
            int64_t began = now_ns();
            CHECK_EQ(sock_recv(pair[1], data, 12, flags), 4);
            CHECK_TIME(now_ns() - began, 39, 200);
            CHECK_MEM(data, "abcd", 4);
            if (peek && kind != 1)
                CHECK_EQ(sock_recv(pair[1], data, 12, 0), 4);
            CHECK_ERR(sock_recv(pair[1], data, 12, flags), code);
            CHECK_OK(sock_setdeadline(pair[1], SOCK_READ, SOCK_FOREVER));
            close_pair(pair);
        }
}

static void test_waitall_tries_once_where_nothing_waits(void)
{
    sock_t pair[2];
    char data[12];
    make_pair(SOCK_STREAM, pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL | MSG_DONTWAIT), 4);
    CHECK_ERR(sock_recv(pair[1], data, 12, MSG_WAITALL | MSG_DONTWAIT), -EAGAIN);
    CHECK_OK(sock_settimeout(pair[1], 0));
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL), 4);
    CHECK_ERR(sock_recv(pair[1], data, 12, MSG_WAITALL), -EAGAIN);
    close_pair(pair);
    /* A datagram is whole however short it is. */
    make_pair(SOCK_DGRAM, pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL), 4);
    close_pair(pair);
    make_pair(SOCK_SEQPACKET, pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL), 4);
    close_pair(pair);
}

/* An error after some bytes: the count first, the error with the next call. */
static void test_error_after_progress_is_kept(void)
{
    sock_t pair[2];
    struct call reader;
    char data[12] = "";
    make_tcp(pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    start(&reader, receive, pair[1], data, 12, MSG_WAITALL);
    thread_wait_blocked(&reader.thread);
    struct linger reset = {.l_onoff = 1};
    CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset));
    CHECK_OK(sock_close(pair[0]));
    thread_join_within(&reader.thread, 2000);
    CHECK_EQ(reader.result, 4);
    CHECK_MEM(data, "abcd", 4);
    CHECK_ERR(sock_recv(pair[1], data, 12, 0), -ECONNRESET);
    CHECK_EQ(sock_recv(pair[1], data, 12, 0), 0); /* once */
    CHECK_OK(sock_close(pair[1]));

    /* The same of a send: the peer closes while the rest waits. */
    struct call writer;
    char *big = pattern(64 * MEGABYTE);
    make_pair(SOCK_STREAM, pair);
    start(&writer, transmit, pair[0], big, 64 * MEGABYTE, 0);
    thread_wait_blocked(&writer.thread);
    CHECK_OK(sock_close(pair[1]));
    thread_join_within(&writer.thread, 2000);
    CHECK_GT(writer.result, 0);
    CHECK_LT(writer.result, 64 * MEGABYTE);
    int64_t next = sock_send(pair[0], big, 1, 0);
    CHECK(next == -EPIPE || next == -ECONNRESET);
    CHECK_ERR(sock_send(pair[0], big, 1, 0), -EPIPE);
    CHECK_OK(sock_close(pair[0]));

    make_pair(SOCK_STREAM, pair);
    start(&writer, transmit_all, pair[0], big, 64 * MEGABYTE, 0);
    thread_wait_blocked(&writer.thread);
    CHECK_OK(sock_close(pair[1]));
    thread_join_within(&writer.thread, 2000);
    CHECK(writer.result == -EPIPE || writer.result == -ECONNRESET);
    CHECK_GT(writer.sent, 0);
    CHECK_LT(writer.sent, 64 * MEGABYTE);
    CHECK_OK(sock_close(pair[0]));
    free(big);
}

/* Flags that never wait --------------------------------------------------------------------------- */

static void test_dontwait_tries_once(void)
{
    for (int i = 0; i < 6; i++) {
        sock_t pair[2];
        char data[8] = "";
        if (i % 3 == 2)
            make_tcp(pair);
        else
            make_pair(i % 3 ? SOCK_DGRAM : SOCK_STREAM, pair);
        fix_buffers(pair);
        if (i / 3)
            show(pair);
        int64_t began = now_ns();
        CHECK_ERR(sock_recv(pair[0], data, sizeof data, MSG_DONTWAIT), -EAGAIN);
        CHECK_ERR(sock_recvfrom(pair[0], data, sizeof data, MSG_DONTWAIT, NULL), -EAGAIN);
        CHECK_TIME(now_ns() - began, 0, 1000);
        CHECK_TIME(CHECK_FULL(pair[0], sock_send(pair[0], data, sizeof data, MSG_DONTWAIT), -EAGAIN), 0, 1000);
        CHECK_TIME(CHECK_FULL(pair[0], sock_sendto(pair[0], data, sizeof data, MSG_DONTWAIT, NULL), -EAGAIN), 0, 1000);
        CHECK_TIME(CHECK_FULL(pair[0], sock_sendall(pair[0], data, sizeof data, MSG_DONTWAIT, NULL), -EAGAIN), 0, 1000);
        close_pair(pair);
    }
}

/* MSG_ERRQUEUE: EAGAIN when it is empty; with IP_RECVERR the refused datagram, by its address. */
static void test_errqueue_never_waits(void)
{
    struct sock_addr a_name, from;
    int family = refusing_family();
    struct sock_addr gone = nobody(family);
    sock_t a = udp_socket(family, &a_name);
    char data[8] = "";
    if (family == AF_INET)
        CHECK_OK(sock_setsockopt_int(a, IPPROTO_IP, IP_RECVERR, 1));
    else
        CHECK_OK(sock_setsockopt_int(a, IPPROTO_IPV6, IPV6_RECVERR, 1));
    CHECK_ERR(sock_recv(a, data, sizeof data, MSG_ERRQUEUE), -EAGAIN);
    CHECK_ERR(sock_recvfrom(a, data, sizeof data, MSG_ERRQUEUE, &from), -EAGAIN);
    CHECK_EQ(sock_sendto(a, "refuse", 6, 0, &gone), 6);
    CHECK_OK(sock_settimeout(a, SEC(2)));
    CHECK_ERR(sock_recv(a, data, sizeof data, 0), -ECONNREFUSED);
    CHECK_EQ(sock_recvfrom(a, data, sizeof data, MSG_ERRQUEUE, &from), 6);
    CHECK_MEM(data, "refuse", 6);
    CHECK_EQ(sock_addr_equal(&from, &gone), 1);
    CHECK_ERR(sock_recv(a, data, sizeof data, MSG_ERRQUEUE), -EAGAIN);
    CHECK_OK(sock_close(a));
}

static void test_oob(void)
{
    sock_t pair[2];
    char data[8] = "";
    make_tcp(pair);
    CHECK_ERR(sock_recv(pair[1], data, 1, MSG_OOB), -EINVAL);
    CHECK_EQ(sock_send(pair[0], "abc", 3, 0), 3);
    CHECK_EQ(sock_send(pair[0], "!", 1, MSG_OOB), 1);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 3);
    CHECK_EQ(sock_recv(pair[1], data, 1, MSG_OOB), 1);
    CHECK_EQ(data[0], '!');
    CHECK_ERR(sock_recv(pair[1], data, 1, MSG_OOB), -EINVAL);
    close_pair(pair);
}

static void test_unknown_flags_are_the_kernels(void)
{
    sock_t pair[2];
    char data[8] = "";
    make_tcp(pair);
    CHECK_EQ(sock_send(pair[0], "x", 1, MSG_MORE), 1);
    CHECK_EQ(sock_send(pair[0], "y", 1, MSG_NOSIGNAL | MSG_EOR), 1);
    CHECK_EQ(sock_recv(pair[1], data, 2, MSG_WAITALL | MSG_CMSG_CLOEXEC), 2);
    close_pair(pair);
    make_pair(SOCK_DGRAM, pair);
    CHECK_ERR(sock_send(pair[0], "x", 1, MSG_OOB), -EOPNOTSUPP);
    CHECK_ERR(sock_recv(pair[0], data, 1, MSG_OOB), -EOPNOTSUPP);
    close_pair(pair);
}

/* The kernel's own limits ------------------------------------------------------------------------- */

/* SO_RCVTIMEO and SO_SNDTIMEO: in blocking mode alone, and with -EAGAIN. */
static void test_kernel_timeouts(void)
{
    struct timeval limit = {.tv_usec = 50000}, none = {0, 0};
    for (int seen = 0; seen < 2; seen++)
        for (int type = 0; type < 2; type++) {
            sock_t pair[2];
            char data[4096] = "";
            make_pair(type ? SOCK_DGRAM : SOCK_STREAM, pair);
            if (seen)
                show(pair);
            CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
            CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
            int64_t began = now_ns();
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), -EAGAIN);
            CHECK_TIME(now_ns() - began, 50, 200);
            fill(pair[0]);
            began = now_ns();
            CHECK_ERR(sock_send(pair[0], data, sizeof data, 0), -EAGAIN);
            CHECK_TIME(now_ns() - began, 50, 200);
            began = now_ns();
            size_t sent = 7;
            CHECK_ERR(sock_sendall(pair[0], data, sizeof data, 0, &sent), -EAGAIN);
            CHECK_TIME(now_ns() - began, 50, 200);
            CHECK_EQ(sent, 0);

            /* With a timeout of its own the socket obeys that one, shorter or longer. */
            CHECK_OK(sock_settimeout(pair[0], MS(20)));
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_OK(sock_settimeout(pair[0], MS(120)));
            began = now_ns();
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - began, 120, 300);

            /* 0 takes the limit away: a deadline ends it. */
            CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
            CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none));
            CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() + MS(90)));
            began = now_ns();
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - began, 89, 300);
            close_pair(pair);
        }
}

/* An adopted descriptor brings its limits along, a duplicate and a connection inherit them. */
static void test_kernel_timeouts_come_along(void)
{
    struct timeval limit = {.tv_usec = 50000};
    struct sock_addr addr;
    char data[8] = "";
    int fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_SYS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    sock_t server = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    CHECK_OK(sock_bind(server, &addr));
    CHECK_OK(sock_listen(server, 1));
    CHECK_OK(sock_getsockname(server, &addr));
    int64_t began = now_ns();
    CHECK_ERR(sock_accept(server, NULL), -EAGAIN);
    CHECK_TIME(now_ns() - began, 50, 200);

    sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(client, &addr));
    sock_t connection = CHECK_OK(sock_accept(server, NULL)), twin = CHECK_OK(sock_dup(connection));
    began = now_ns();
    CHECK_ERR(sock_recv(connection, data, sizeof data, 0), -EAGAIN);
    CHECK_ERR(sock_recv(twin, data, sizeof data, 0), -EAGAIN);
    CHECK_TIME(now_ns() - began, 100, 300);
    CHECK_OK(sock_close(twin));
    CHECK_OK(sock_close(connection));
    CHECK_OK(sock_close(client));
    CHECK_OK(sock_close(server));
}

/* Where trying and polling disagree --------------------------------------------------------------- */

static void shut_and_receive(int type, bool before)
{
    sock_t pair[2];
    struct call reader;
    char data[8] = "";
    make_pair(type, pair);
    if (before)
        CHECK_OK(sock_shutdown(pair[1], SHUT_RD));
    start(&reader, receive, pair[1], data, sizeof data, 0);
    if (!before) {
        thread_wait_blocked(&reader.thread);
        CHECK_OK(sock_shutdown(pair[1], SHUT_RD));
    }
    thread_join_within(&reader.thread, 2000);
    CHECK_EQ(reader.result, 0);
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 0);
    close_pair(pair);
}

/* The kernel's blocking receive of a datagram gives 0 after SHUT_RD; its non-blocking one never. */
static void test_receive_after_shutdown(void)
{
    for (int before = 0; before < 2; before++) {
        shut_and_receive(SOCK_STREAM, before);
        shut_and_receive(SOCK_DGRAM, before);
        shut_and_receive(SOCK_SEQPACKET, before);
    }
    struct sock_addr a_name, b_name;
    sock_t a = make_udp(&a_name), b = make_udp(&b_name);
    char data[8] = "";
    CHECK_OK(sock_connect(a, &b_name));
    CHECK_OK(sock_connect(b, &a_name));
    CHECK_EQ(sock_send(b, "left", 4, 0), 4);
    CHECK_EQ(sock_recv(a, data, sizeof data, MSG_PEEK), 4); /* it has come: a busy kernel takes a moment */
    CHECK_OK(sock_shutdown(a, SHUT_RD));
    CHECK_EQ(sock_recv(a, data, sizeof data, 0), 4); /* what had come is received */
    CHECK_EQ(sock_recv(a, data, sizeof data, 0), 0);
    CHECK_EQ(sock_recvfrom(a, data, sizeof data, 0, NULL), 0);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* R68, R69: a receive of length 0 waits like any other, and takes a datagram. */
static void test_receive_of_nothing(void)
{
    for (int type = 0; type < 2; type++) {
        sock_t pair[2];
        struct call reader;
        make_pair(type ? SOCK_DGRAM : SOCK_STREAM, pair);
        start(&reader, receive, pair[1], NULL, 0, 0);
        thread_wait_blocked(&reader.thread);
        CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
        thread_join_within(&reader.thread, 2000);
        CHECK_EQ(reader.result, 0);
        char data[8] = "";
        CHECK_EQ(sock_recv(pair[1], data, sizeof data, MSG_DONTWAIT), type ? -EAGAIN : 4);
        close_pair(pair);
    }
}

/* Waiting before trying is an inner matter: after a receive that had to wait, everything answers as
 * before. */
static void test_poll_first_is_invisible(void)
{
    sock_t pair[2];
    struct call reader;
    char data[8] = "";
    make_tcp(pair);
    for (int turn = 0; turn < 30; turn++) {
        if (turn % 10 == 0) {
            start(&reader, receive, pair[1], data, sizeof data, 0);
            thread_wait_blocked(&reader.thread);
            CHECK_EQ(sock_send(pair[0], "wait", 4, 0), 4);
            thread_join_within(&reader.thread, 2000);
            CHECK_EQ(reader.result, 4);
        }
        switch (turn % 10) {
        case 1: /* data that is there */
            CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
            CHECK_EQ(sock_recv(pair[1], data, sizeof data, MSG_PEEK), 4);
            CHECK_EQ(sock_recv(pair[1], data, 2, 0), 2);
            CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 2);
            break;
        case 2: CHECK_ERR(sock_recv(pair[1], data, sizeof data, MSG_DONTWAIT), -EAGAIN); break;
        case 3: /* a time limit */
            CHECK_OK(sock_settimeout(pair[1], MS(5)));
            CHECK_ERR(sock_recv(pair[1], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_OK(sock_settimeout(pair[1], SOCK_FOREVER));
            break;
        case 4: CHECK_ERR(sock_recv(pair[1], data, 1, MSG_OOB), -EINVAL); break;
        case 5: /* a mode that never waits */
            CHECK_OK(sock_settimeout(pair[1], 0));
            CHECK_ERR(sock_recv(pair[1], data, sizeof data, 0), -EAGAIN);
            CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
            CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 4);
            CHECK_OK(sock_settimeout(pair[1], SOCK_FOREVER));
            break;
        case 6: /* a deadline in the past fails although data is there */
            CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
            CHECK_OK(sock_setdeadline(pair[1], SOCK_READ, 0));
            CHECK_ERR(sock_recv(pair[1], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_OK(sock_setdeadline(pair[1], SOCK_READ, SOCK_FOREVER));
            CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 4);
            break;
        case 7: CHECK_ERR(sock_recv(pair[1], data, 1, MSG_ERRQUEUE), -EAGAIN); break;
        default: break;
        }
    }
    /* The end of the stream, and an error. */
    start(&reader, receive, pair[1], data, sizeof data, 0);
    thread_wait_blocked(&reader.thread);
    CHECK_EQ(sock_send(pair[0], "wait", 4, 0), 4);
    thread_join_within(&reader.thread, 2000);
    CHECK_OK(sock_close(pair[0]));
    CHECK_EQ(sock_recv(pair[1], data, sizeof data, 0), 0);
    CHECK_EQ(sock_send(pair[1], "x", 1, 0), 1);
    sleep_ms(5);
    CHECK_ERR(sock_send(pair[1], "x", 1, 0), -EPIPE);
    CHECK_OK(sock_close(pair[1]));
}

/* Many messages of every size between two threads: nothing is lost, doubled or out of order. */
static void test_a_long_conversation(void)
{
    for (int kind = 0; kind < 3; kind++) {
        sock_t pair[2];
        struct call writer;
        size_t total = (size_t)(in_valgrind() ? 2 : 32) * MEGABYTE, seen = 0;
        char *data = pattern(total), *copy = malloc(65536);
        CHECK(copy != NULL);
        if (kind == 0)
            make_tcp(pair);
        else
            make_pair(SOCK_STREAM, pair);
        if (kind == 2) {
            CHECK_OK(sock_settimeout(pair[0], SEC(20)));
            CHECK_OK(sock_settimeout(pair[1], SEC(20)));
        }
        start(&writer, transmit_all, pair[0], data, total, 0);
        for (size_t size = 1; seen < total; size = size * 7 % 65537) {
            int64_t count = CHECK_OK(sock_recv(pair[1], copy, size % 65536 + 1, size % 3 ? 0 : MSG_WAITALL));
            CHECK_GT(count, 0);
            CHECK_MEM(copy, data + seen, (size_t)count);
            seen += (size_t)count;
            if (total - seen < 65536)
                size = 1;
        }
        thread_join_within(&writer.thread, 2000);
        CHECK_EQ(writer.result, 0);
        CHECK_EQ(writer.sent, total);
        close_pair(pair);
        free(data);
        free(copy);
    }
}

TEST_MAIN(test_stream_receive, test_datagram_cut, test_recvfrom_tells_the_sender, test_sendto_on_what_is_connected,
          test_pending_error_is_told_once, test_message_too_long, test_large_sends, test_sendall,
          test_sendall_has_one_limit, test_waitall_waits_for_all, test_waitall_ends_at_eof,
          test_waitall_ended_by_a_limit, test_waitall_tries_once_where_nothing_waits,
          test_error_after_progress_is_kept, test_dontwait_tries_once, test_errqueue_never_waits, test_oob,
          test_unknown_flags_are_the_kernels, test_kernel_timeouts, test_kernel_timeouts_come_along,
          test_receive_after_shutdown, test_receive_of_nothing, test_poll_first_is_invisible,
          test_a_long_conversation)
