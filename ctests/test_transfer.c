/* Sending and receiving: results in each mode, equal to those of the kernel's blocking calls. */
#include "transfer.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Short, empty and truncated data --------------------------------------------------------------------- */

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

/* R75, R76: the kernel's meaning; never a byte past len. */
static void test_truncated_datagram(void)
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

    /* On TCP the flag discards data: the count is returned, the buffer not written. */
    make_tcp(pair);
    memset(data, '#', sizeof data);
    CHECK_EQ(sock_send(pair[0], "0123456789", 10, 0), 10);
    CHECK_EQ(sock_recv(pair[1], data, 6, MSG_TRUNC | MSG_WAITALL), 6);
    CHECK_MEM(data, "########", 8);
    CHECK_EQ(sock_recv(pair[1], data, 4, 0), 4);
    CHECK_MEM(data, "6789####", 8);
    close_pair(pair);
}

/* R78, R79: the sender's address, or none. */
static void test_recvfrom_returns_the_sender(void)
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
static void test_sendto_on_a_connected_socket(void)
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

/* R81: an error that arrived earlier is returned once. */
static void test_pending_error_is_returned_once(void)
{
    struct sock_addr a_name;
    int family = refusing_family();
    struct sock_addr gone = closed_port(family);
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

/* Flags that never wait ----------------------------------------------------------------------------- */

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

/* MSG_ERRQUEUE: EAGAIN when the queue is empty; with IP_RECVERR the refused datagram, with its address. */
static void test_errqueue_never_waits(void)
{
    struct sock_addr a_name, from;
    int family = refusing_family();
    struct sock_addr gone = closed_port(family);
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

static void test_unknown_flags_reach_the_kernel(void)
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

/* The kernel's own time limits ------------------------------------------------------------------------ */

/* SO_RCVTIMEO and SO_SNDTIMEO: only in blocking mode, and with -EAGAIN. */
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

            /* A socket with its own timeout obeys that, shorter or longer. */
            CHECK_OK(sock_settimeout(pair[0], MS(20)));
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_OK(sock_settimeout(pair[0], MS(120)));
            began = now_ns();
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - began, 120, 300);

            /* 0 removes the limit: a deadline ends the call. */
            CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
            CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none));
            began = now_ns();
            CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now() + MS(90)));
            CHECK_ERR(sock_recv(pair[0], data, sizeof data, 0), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - began, 90, 300);
            close_pair(pair);
        }
}

/* An adopted descriptor keeps its limits; duplicates and accepted connections inherit them. */
static void test_kernel_timeouts_are_inherited(void)
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

/* Where a try and poll disagree ----------------------------------------------------------------------- */

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

/* After SHUT_RD the kernel's blocking receive of a datagram returns 0; its non-blocking one never does. */
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
    CHECK_EQ(sock_recv(a, data, sizeof data, MSG_PEEK), 4); /* it has arrived: a busy kernel takes a moment */
    CHECK_OK(sock_shutdown(a, SHUT_RD));
    CHECK_EQ(sock_recv(a, data, sizeof data, 0), 4); /* data that had arrived is received */
    CHECK_EQ(sock_recv(a, data, sizeof data, 0), 0);
    CHECK_EQ(sock_recvfrom(a, data, sizeof data, 0, NULL), 0);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* R68, R69: a receive of length 0 waits like any other, and consumes a datagram. */
static void test_receive_of_length_0(void)
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

/* Polling before trying is an internal matter: after a receive that had to wait, everything works as
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
        case 1: /* data is ready */
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
        case 6: /* a past deadline fails although data is ready */
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

/* Many messages of every size between two threads: nothing is lost, duplicated or reordered. */
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

/* sock_send_pollable answers as poll(2) does once a send has met a full queue. */
static void test_pollable_as_poll_answers(void)
{
    static const struct {
        int family, type, proto;
        bool connected, addressed;
    } cases[] = {{AF_UNIX, SOCK_STREAM, 0, true, false},
                 {AF_UNIX, SOCK_SEQPACKET, 0, true, false},
                 {AF_UNIX, SOCK_DGRAM, 0, true, false},
                 {AF_UNIX, SOCK_DGRAM, 0, false, true},
                 {AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK, true, false},
                 {AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int family = cases[i].family, type = cases[i].type;
        struct sock_addr to;
        sock_t pair[2];
        if (type == SOCK_DGRAM || family == AF_NETLINK) {
            for (int j = 0; j < 2; j++)
                pair[j] = CHECK_OK(sock_socket(family, type, cases[i].proto));
            CHECK_OK(family == AF_UNIX ? sock_addr_unix(NULL, 0, &to) : sock_addr_netlink(0, 0, &to));
            CHECK_OK(sock_bind(pair[1], &to)); /* the kernel chooses the name */
            CHECK_OK(sock_getsockname(pair[1], &to));
            if (cases[i].connected)
                CHECK_OK(sock_connect(pair[0], &to));
        } else {
            CHECK_OK(sock_socketpair(family, type, 0, pair));
        }
        int64_t result;
        do
            result = sock_sendto(pair[0], "some data", 9, MSG_DONTWAIT, cases[i].addressed ? &to : NULL);
        while (result > 0);
        CHECK_ERR(result, -EAGAIN);
        struct pollfd look = {.fd = (int)CHECK_OK(sock_fileno(pair[0])), .events = POLLOUT};
        int ready = (int)CHECK_SYS(poll(&look, 1, 0));
        printf("# family %d, type %d, %s: poll(2) reports %s\n", family, type,
               cases[i].addressed ? "addressed" : "connected", ready ? "ready, wrongly" : "not ready");
        CHECK_EQ(sock_send_pollable(pair[0], cases[i].addressed), !ready);
        close_pair(pair);
    }
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_EQ(sock_send_pollable(s, 1), 1);
    CHECK_OK(sock_close(s));
}

TEST_MAIN(test_stream_receive, test_truncated_datagram, test_recvfrom_returns_the_sender,
          test_sendto_on_a_connected_socket, test_pending_error_is_returned_once, test_message_too_long,
          test_dontwait_tries_once, test_errqueue_never_waits, test_oob, test_unknown_flags_reach_the_kernel,
          test_kernel_timeouts, test_kernel_timeouts_are_inherited, test_receive_after_shutdown,
          test_receive_of_length_0, test_poll_first_is_invisible, test_a_long_conversation,
          test_pollable_as_poll_answers)
