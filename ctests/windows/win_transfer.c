/* Streams, messages, pollers and names on Windows. */
#include "wake.h"

#include <sys/socket.h>
#include <windows.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void tcp_pair(sock_t out[2])
{
    CHECK_OK(sock_socketpair(AF_INET, SOCK_STREAM, 0, out));
}

static void close_pair(sock_t pair[2])
{
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static sock_t udp(struct sock_addr *at)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, at));
    CHECK_OK(sock_bind(s, at));
    CHECK_OK(sock_getsockname(s, at));
    CHECK_OK(sock_settimeout(s, SEC(5)));
    return s;
}

static void test_buffered_streams(void)
{
    sock_t pair[2];
    char line[64];
    tcp_pair(pair);
    sock_stream_t out = CHECK_OK(sock_stream_new(pair[0], 0)), in = CHECK_OK(sock_stream_new(pair[1], 0));
    CHECK_OK(sock_stream_write(out, "first\nsecond\nrest", 17, NULL));
    CHECK_OK(sock_stream_flush(out));
    CHECK_EQ(sock_stream_readline(in, line, sizeof line), 6);
    CHECK_MEM(line, "first\n", 6);
    CHECK_EQ(sock_stream_readline(in, line, sizeof line), 7);
    size_t got = 0;
    CHECK_OK(sock_stream_read_exact(in, line, 4, &got));
    CHECK_MEM(line, "rest", 4);
    CHECK_OK(sock_settimeout(pair[1], MS(50)));
    CHECK_ERR(sock_stream_readline(in, line, sizeof line), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(in));
    CHECK_OK(sock_close(out));
    close_pair(pair);
}

static void test_waitall_and_peek(void)
{
    sock_t pair[2];
    char data[16];
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[1], SEC(5)));
    CHECK_OK(sock_sendall(pair[0], "hello", 5, 0, NULL));
    CHECK_EQ(sock_recv(pair[1], data, 2, MSG_PEEK), 2);
    CHECK_EQ(sock_recv(pair[1], data, 5, MSG_WAITALL), 5);
    CHECK_MEM(data, "hello", 5);
    CHECK_OK(sock_sendall(pair[0], "ab", 2, 0, NULL));
    CHECK_OK(sock_shutdown(pair[0], SD_SEND));
    CHECK_EQ(sock_recv(pair[1], data, 10, MSG_WAITALL), 2);
    CHECK_EQ(sock_recv(pair[1], data, 10, 0), 0);
    close_pair(pair);
}

static void test_large_transfers(void)
{
    enum { SIZE = 8 << 20 };
    sock_t pair[2];
    char *out = malloc(SIZE), *in = malloc(1 << 16);
    CHECK(out && in);
    for (int i = 0; i < SIZE; i++)
        out[i] = (char)(i * 7 + i / 251);
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], 0));
    size_t sent = 0, received = 0;
    while (received < SIZE) {
        if (sent < SIZE) {
            int64_t count = sock_send(pair[0], out + sent, SIZE - sent < 65536 ? SIZE - sent : 65536, 0);
            if (count > 0)
                sent += (size_t)count;
            else
                CHECK_ERR(count, -EAGAIN);
        }
        if (sent > received) {
            int64_t count = CHECK_OK(sock_recv(pair[1], in, 1 << 16, 0));
            CHECK_MEM(in, out + received, (size_t)count);
            received += (size_t)count;
        }
    }
    free(out);
    free(in);
    close_pair(pair);
}

static void test_datagrams(void)
{
    struct sock_addr a, b, from;
    sock_t first = udp(&a), second = udp(&b);
    char data[64];
    CHECK_EQ(sock_sendto(first, "hello", 5, 0, &b), 5);
    CHECK_EQ(sock_recvfrom(second, data, sizeof data, 0, &from), 5);
    CHECK(sock_addr_equal(&from, &a));
    /* One that is longer than the buffer is cut, as on every system. */
    CHECK_EQ(sock_sendto(first, "0123456789", 10, 0, &b), 10);
    CHECK_EQ(sock_recv(second, data, 4, 0), 4);
    CHECK_MEM(data, "0123", 4);
    CHECK_EQ(sock_sendto(first, "", 0, 0, &b), 0);
    CHECK_EQ(sock_recv(second, data, 4, 0), 0);
    CHECK_OK(sock_close(first));
    CHECK_OK(sock_close(second));
}

static void test_messages_in_pieces(void)
{
    struct sock_addr a, b, from;
    sock_t first = udp(&a), second = udp(&b);
    char x[] = "hello, ", y[] = "world", in1[4], in2[16];
    struct sock_iovec out[] = {{x, 7}, {y, 5}}, in[] = {{in1, 4}, {in2, 16}};
    struct sock_msg send = {.addr = &b, .iov = out, .iov_count = 2};
    CHECK_EQ(sock_sendmsg(first, &send, 0), 12);
    struct sock_msg receive = {.addr = &from, .iov = in, .iov_count = 2};
    CHECK_EQ(sock_recvmsg(second, &receive, 0), 12);
    CHECK_MEM(in1, "hell", 4);
    CHECK_MEM(in2, "o, world", 8);
    CHECK(sock_addr_equal(&from, &a));
    CHECK_EQ(sock_sendmsg(first, &send, 0), 12);
    receive.iov_count = 1;
    CHECK_EQ(sock_recvmsg(second, &receive, 0), 4);
    CHECK(receive.flags & 0x100); /* MSG_TRUNC */
    CHECK_OK(sock_close(first));
    CHECK_OK(sock_close(second));
}

/* IP_PKTINFO in the layout of Windows. */
static void test_arrival_of_a_datagram(void)
{
    struct sock_addr a, b;
    sock_t first = udp(&a), second = udp(&b);
    char data[16], control[128];
    struct sock_iovec in[] = {{data, sizeof data}};
    CHECK_OK(sock_setsockopt_int(second, IPPROTO_IP, IP_PKTINFO, 1));
    CHECK_EQ(sock_sendto(first, "hello", 5, 0, &b), 5);
    struct sock_msg receive = {.iov = in, .iov_count = 1, .control = control, .control_cap = sizeof control};
    CHECK_EQ(sock_recvmsg(second, &receive, 0), 5);
    CHECK(receive.control_len > 0);
    struct sock_addr to, local;
    int64_t ifindex = 0;
    CHECK_OK(sock_control_get_pktinfo(control, receive.control_len, &to, &local, &ifindex));
    char text[80];
    CHECK_OK(sock_addr_format(&to, text, sizeof text));
    CHECK(strncmp(text, "127.0.0.1:", 10) == 0);
    CHECK_OK(sock_close(first));
    CHECK_OK(sock_close(second));
}

static void test_poller(void)
{
    sock_t pair[2], poller = CHECK_OK(sock_poller_new());
    struct sock_event events[4];
    tcp_pair(pair);
    CHECK_OK(sock_poller_add(poller, pair[0], SOCK_POLL_IN, 7));
    int64_t start = now_ns();
    CHECK_EQ(sock_poller_wait(poller, events, 4, MS(50)), 0);
    CHECK_TIME(now_ns() - start, 50, 80);
    CHECK_OK(sock_sendall(pair[1], "x", 1, 0, NULL));
    CHECK_EQ(sock_poller_wait(poller, events, 4, SEC(5)), 1);
    CHECK_EQ(events[0].data, 7);
    CHECK(events[0].events & SOCK_POLL_IN);
    CHECK_OK(sock_poller_wake(poller));
    CHECK(sock_poller_wait(poller, events, 4, SEC(5)) >= 1);
    char byte;
    CHECK_EQ(sock_recv(pair[0], &byte, 1, 0), 1);
    CHECK_EQ(sock_poller_wait(poller, events, 4, 0), 0);
    /* A closed handle has its last event. */
    CHECK_OK(sock_close(pair[0]));
    CHECK_EQ(sock_poller_wait(poller, events, 4, SEC(5)), 1);
    CHECK_OK(sock_close(pair[1]));
    CHECK_OK(sock_close(poller));
}

struct sleeper {
    sock_t poller;
    int64_t result, ended;
};

static void sleep_in_poller(void *arg)
{
    struct sleeper *sleeper = arg;
    struct sock_event event;
    sleeper->result = sock_poller_wait(sleeper->poller, &event, 1, SOCK_FOREVER);
    sleeper->ended = now_ns();
}

/* Wakes a wait on a poller, or closes the poller. */
static int64_t poller_woken(bool closes)
{
    struct sleeper sleeper = {.poller = CHECK_OK(sock_poller_new())};
    struct thread thread;
    thread_start(&thread, sleep_in_poller, &sleeper);
    sleep_ms(100);
    int64_t start = now_ns();
    CHECK_OK(closes ? sock_close(sleeper.poller) : sock_poller_wake(sleeper.poller));
    thread_join_within(&thread, 1000);
    if (closes) {
        CHECK_ERR(sleeper.result, SOCK_ECLOSED);
    } else {
        CHECK_EQ(sleeper.result, 1);
        CHECK_OK(sock_close(sleeper.poller));
    }
    return sleeper.ended - start;
}

static void test_poller_wakes(void)
{
    CHECK_WAKES(poller_woken(false));
    CHECK_WAKES(poller_woken(true));
}

static void test_options(void)
{
    sock_t pair[2];
    int64_t span;
    tcp_pair(pair);
    CHECK_OK(sock_set_linger(pair[0], 1, SEC(3)));
    CHECK_EQ(sock_get_linger(pair[0], &span), 1);
    CHECK_EQ(span, SEC(3));
    CHECK_OK(sock_set_linger(pair[0], 0, 0));
    CHECK_OK(sock_setsockopt_int(pair[0], IPPROTO_TCP, TCP_NODELAY, 1));
    int value = 99;
    CHECK_OK(sock_getsockopt_int(pair[0], IPPROTO_TCP, TCP_NODELAY, &value));
    CHECK_EQ(value, 1);
    CHECK_OK(sock_getsockopt_int(pair[0], SOL_SOCKET, SO_TYPE, &value));
    CHECK_EQ(value, SOCK_STREAM);
    CHECK_OK(sock_getsockopt_int(pair[0], SOL_SOCKET, SO_ERROR, &value));
    CHECK_EQ(value, 0);
    close_pair(pair);
}

/* SO_RCVTIMEO, milliseconds on Windows, ends a call in blocking mode with EAGAIN. */
static void test_receive_limit_of_the_system(void)
{
    sock_t pair[2];
    char byte;
    DWORD ms = 120;
    tcp_pair(pair);
    CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &ms, sizeof ms));
    int64_t start = now_ns();
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), -EAGAIN);
    CHECK_TIME(now_ns() - start, 120, 160);
    close_pair(pair);
}

static void test_adopted_socket(void)
{
    SOCKET native = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(native != INVALID_SOCKET);
    sock_t s = CHECK_OK(sock_from_fd((int)native, -1, -1, -1));
    CHECK_EQ(sock_family(s), AF_INET);
    CHECK_EQ(sock_type(s), SOCK_DGRAM);
    CHECK_EQ(sock_fileno(s), (int)native);
    struct sock_addr at;
    char byte;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &at));
    CHECK_OK(sock_bind(s, &at));
    CHECK_OK(sock_settimeout(s, MS(30)));
    CHECK_ERR(sock_recv(s, &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(s));
    CHECK(!fd_is_open((int)native));
}

static void test_interfaces(void)
{
    struct sock_interface list[32];
    int64_t count = CHECK_OK(sock_if_nameindex(list, 32));
    CHECK(count >= 1);
    char name[300];
    CHECK_OK(sock_if_indextoname(list[0].index, name, sizeof name));
    CHECK_STR(name, list[0].name);
    CHECK_EQ(sock_if_nametoindex(name), list[0].index);
    static struct sock_interface_addr addresses[64];
    count = CHECK_OK(sock_getifaddrs(addresses, 64));
    CHECK(count >= 1);
    bool loopback = false;
    for (int64_t i = 0; i < count && i < 64; i++) {
        char text[100];
        if (sock_addr_format(&addresses[i].address, text, sizeof text) > 0)
            loopback |= strncmp(text, "127.0.0.1:", 10) == 0;
    }
    CHECK(loopback);
}

static void test_names(void)
{
    char name[300];
    CHECK(sock_gethostname(name, sizeof name) > 0);
    CHECK_EQ(sock_getservbyname("http", "tcp"), 80);
    CHECK_EQ(sock_getprotobyname("tcp"), 6);
    CHECK_OK(sock_getservbyport(80, "tcp", name, sizeof name));
    CHECK_STR(name, "http");
    struct sock_addr at;
    char host[300], service[64];
    CHECK_OK(sock_addr_ip("127.0.0.1", 80, &at));
    CHECK_OK(sock_getnameinfo(&at, NI_NUMERICHOST | NI_NUMERICSERV, host, sizeof host, service, sizeof service,
                              SEC(10)));
    CHECK_STR(host, "127.0.0.1");
    CHECK_STR(service, "80");
    CHECK_ERR(sock_resolve("127.0.0.1", "no-such-service", AF_INET, SEC(10), &at), SOCK_EAI_SERVICE);
}

TEST_MAIN(test_buffered_streams, test_waitall_and_peek, test_large_transfers, test_datagrams,
          test_messages_in_pieces, test_arrival_of_a_datagram, test_poller, test_poller_wakes, test_options,
          test_receive_limit_of_the_system, test_adopted_socket, test_interfaces, test_names)
