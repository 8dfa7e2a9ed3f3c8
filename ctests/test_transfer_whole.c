/* Long transfers: large sends, sendall, MSG_WAITALL, and errors after part of the data. */
#include "transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Whole buffers ----------------------------------------------------------------------------------- */

/* In blocking mode a stream sends everything; with a timeout, as much as fits at once (R83). */
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
    /* Non-blocking: sends until the socket is full, with the count. The counted bytes arrive. */
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

/* R84: one limit for the whole, even if every part makes progress in time. */
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

/* A limit after some bytes: returns the count; the next call returns the code, or continues. */
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

static void test_waitall_tries_once_in_nonblocking_mode(void)
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
    /* A datagram is complete however short it is. */
    make_pair(SOCK_DGRAM, pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL), 4);
    close_pair(pair);
    make_pair(SOCK_SEQPACKET, pair);
    CHECK_EQ(sock_send(pair[0], "abcd", 4, 0), 4);
    CHECK_EQ(sock_recv(pair[1], data, 12, MSG_WAITALL), 4);
    close_pair(pair);
}

/* An error after some bytes: returns the count first, the error in the next call. */
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

    /* The same for a send: the peer closes while the rest waits. */
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

/* A call that never has to wait has a timeout as well. Bytes that came with a descriptor end one receive. */
static void test_a_timeout_ends_what_never_waits(void)
{
    enum { PIECES = 50 };
    sock_t pair[2], sink[2];
    char bytes[PIECES];
    size_t received = 0;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    for (int i = 0; i < PIECES; i++)
        CHECK_EQ(sock_send_fds(pair[0], "x", 1, &(int){0}, 1, 0, NULL), 1);
    CHECK_OK(sock_settimeout(pair[1], 1));
    CHECK_ERR(sock_recv_exact(pair[1], bytes, PIECES, 0, &received), SOCK_ETIMEDOUT);
    CHECK_GT(received, 0);
    CHECK_LT(received, PIECES);
    /* The same where two sockets are joined. */
    int64_t moved = 0, left = PIECES - (int64_t)received;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, sink));
    CHECK_ERR(sock_splice(pair[1], sink[0], left, NULL, &moved), SOCK_ETIMEDOUT);
    CHECK_LT(moved, left);
    /* What was not taken is still there. */
    CHECK_OK(sock_settimeout(pair[1], SEC(5)));
    CHECK_EQ(sock_splice(pair[1], sink[0], left - moved, NULL, NULL), left - moved);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(sock_close(pair[i]));
        CHECK_OK(sock_close(sink[i]));
    }
}

TEST_MAIN(test_large_sends, test_sendall, test_sendall_has_one_limit, test_waitall_waits_for_all,
          test_waitall_ends_at_eof, test_waitall_ended_by_a_limit,
          test_waitall_tries_once_in_nonblocking_mode, test_error_after_progress_is_kept,
          test_a_timeout_ends_what_never_waits)
