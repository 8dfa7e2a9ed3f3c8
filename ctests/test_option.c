/* Options of all sockets: the three raw forms, keepalive, linger, buffers, device, and misuse. */
#include "check.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

static int int_option(sock_t s, int level, int name)
{
    int value = -1;
    CHECK_OK(sock_getsockopt_int(s, level, name, &value));
    return value;
}

/* R144, R145: an int, bytes, and NULL with a length reach the kernel unchanged. */
static void test_three_forms_of_setting(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, 1));
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_REUSEADDR), 1);
    int off = 0;
    CHECK_OK(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &off, sizeof off));
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_REUSEADDR), 0);
    /* R145: the kernel refuses bytes that are too short. */
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &off, 3), -EINVAL);
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &off, 0), -EINVAL);
    /* R144: NULL with a length is passed on: the kernel checks the pointer. */
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, sizeof off), -EFAULT);
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, 0), -EINVAL);
#if SIZE_MAX > UINT32_MAX
    CHECK_REFUSED(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, (size_t)1 << 40), -EINVAL, "len");
#endif
    /* A use of NULL: a name of length 0 removes the binding to a device. */
    CHECK_OK(sock_setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, NULL, 0));
    CHECK_OK(sock_close(s));
}

/* R146: shorter results of the kernel are accepted; R148: of a struct, the first four bytes. */
static void test_reading_an_int(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
    CHECK_EQ(int_option(s, IPPROTO_IP, IP_TTL) > 0, 1);
    /* R146: IP_MULTICAST_TTL may be set as one byte, but reads as an int. */
    unsigned char one = 1;
    sock_t u = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_setsockopt(u, IPPROTO_IP, IP_MULTICAST_TTL, &one, sizeof one));
    CHECK_EQ(int_option(u, IPPROTO_IP, IP_MULTICAST_TTL), 1);
    /* R148 */
    struct linger on = {.l_onoff = 1, .l_linger = 7};
    CHECK_OK(sock_setsockopt(s, SOL_SOCKET, SO_LINGER, &on, sizeof on));
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_LINGER), 1);
    CHECK_ERR(sock_getsockopt_int(s, SOL_SOCKET, SO_TYPE, NULL), -EFAULT);
    int untouched = 99;
    CHECK_ERR(sock_getsockopt_int(s, SOL_SOCKET, 9999, &untouched), -ENOPROTOOPT);
    CHECK_EQ(untouched, 99);
    CHECK_OK(sock_close(s));
    CHECK_OK(sock_close(u));
}

/* R147: bytes, cut to the length that the kernel wrote; C accepts any length. */
static void test_reading_bytes(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    struct linger got;
    size_t len = sizeof got;
    CHECK_OK(sock_setsockopt(s, SOL_SOCKET, SO_LINGER, &(struct linger){1, 7}, sizeof got));
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_LINGER, &got, &len));
    CHECK_EQ(len, sizeof got);
    CHECK_EQ(got.l_linger, 7);
    char room[4096];
    memset(room, 0x5a, sizeof room);
    len = sizeof room;
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_TYPE, room, &len));
    CHECK_EQ(len, sizeof(int));
    CHECK_EQ(room[sizeof(int)], 0x5a);
    len = 1;
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_TYPE, room, &len));
    CHECK_EQ(len, 1);
    CHECK_ERR(sock_getsockopt(s, SOL_SOCKET, SO_TYPE, NULL, &len), -EFAULT);
    CHECK_ERR(sock_getsockopt(s, SOL_SOCKET, SO_TYPE, room, NULL), -EFAULT);
    CHECK_OK(sock_close(s));
}

/* R149: a 64-bit option has the bytes form; Python's binding accepts only an int. */
static void test_vsock_has_64_bits(void)
{
    sock_t s = sock_socket(AF_VSOCK, SOCK_STREAM, 0);
    if (s < 0)
        SKIP("AF_VSOCK: %s", sock_strerror(s));
    uint64_t size = 128 * 1024, got = 0;
    size_t len = sizeof got;
    int code = sock_setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof size);
    if (code == 0) {
        CHECK_OK(sock_getsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &got, &len));
        CHECK_EQ(len, sizeof got);
        CHECK_EQ(got, size);
        CHECK_ERR(sock_setsockopt(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, 4), -EINVAL);
    }
    CHECK_OK(sock_close(s));
    if (code < 0)
        SKIP("AF_VSOCK without a transport: %s", sock_strerror(code));
}

/* The helpers set the kernel's own values, in its seconds. */
static void test_keepalive(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    int64_t idle = -1, interval = -1;
    int count = -1;
    CHECK_EQ(sock_get_keepalive(s, NULL, NULL, NULL), 0);
    CHECK_OK(sock_set_keepalive(s, 1, SEC(60), SEC(5), 4));
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_KEEPALIVE), 1);
    CHECK_EQ(int_option(s, IPPROTO_TCP, TCP_KEEPIDLE), 60);
    CHECK_EQ(int_option(s, IPPROTO_TCP, TCP_KEEPINTVL), 5);
    CHECK_EQ(int_option(s, IPPROTO_TCP, TCP_KEEPCNT), 4);
    CHECK_EQ(sock_get_keepalive(s, &idle, &interval, &count), 1);
    CHECK_EQ(idle, SEC(60));
    CHECK_EQ(interval, SEC(5));
    CHECK_EQ(count, 4);
    /* 0 leaves a value unchanged; the limits are the kernel's. */
    CHECK_OK(sock_set_keepalive(s, 0, 0, SEC(32767), 127));
    CHECK_EQ(sock_get_keepalive(s, &idle, &interval, NULL), 0);
    CHECK_EQ(idle, SEC(60));
    CHECK_EQ(interval, SEC(32767));
    CHECK_OK(sock_close(s));
}

/* Values that the kernel would round or refuse are refused by name, and nothing is set. */
static void test_keepalive_refuses(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_set_keepalive(s, 1, SEC(60), SEC(5), 4));
    CHECK_REFUSED(sock_set_keepalive(s, 0, MS(1500), SEC(9), 9), -EINVAL, "idle");
    CHECK_REFUSED(sock_set_keepalive(s, 0, 1, SEC(9), 9), -EINVAL, "idle");
    CHECK_REFUSED(sock_set_keepalive(s, 0, -1, SEC(9), 9), -EINVAL, "idle");
    CHECK_REFUSED(sock_set_keepalive(s, 0, SOCK_FOREVER, SEC(9), 9), -EINVAL, "idle");
    CHECK_REFUSED(sock_set_keepalive(s, 0, SEC(9), SEC(32768), 9), -EINVAL, "interval");
    CHECK_REFUSED(sock_set_keepalive(s, 0, SEC(9), SEC(9), 128), -EINVAL, "count");
    CHECK_REFUSED(sock_set_keepalive(s, 0, SEC(9), SEC(9), -1), -EINVAL, "count");
    int64_t idle = 0;
    CHECK_EQ(sock_get_keepalive(s, &idle, NULL, NULL), 1);
    CHECK_EQ(idle, SEC(60));
    CHECK_OK(sock_close(s));

    sock_t u = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_OK(sock_set_keepalive(u, 1, 0, 0, 0));
    CHECK_EQ(sock_get_keepalive(u, NULL, NULL, NULL), 1);
    idle = 99;
    CHECK_LT(sock_get_keepalive(u, &idle, NULL, NULL), 0);
    CHECK_EQ(idle, 99);
    CHECK_LT(sock_set_keepalive(u, 1, SEC(1), 0, 0), 0);
    CHECK_OK(sock_close(u));
}

static void test_linger(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    int64_t span = -1;
    CHECK_EQ(sock_get_linger(s, &span), 0);
    CHECK_EQ(span, 0);
    CHECK_OK(sock_set_linger(s, 1, SEC(30)));
    CHECK_EQ(sock_get_linger(s, &span), 1);
    CHECK_EQ(span, SEC(30));
    struct linger raw;
    size_t len = sizeof raw;
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_LINGER, &raw, &len));
    CHECK_EQ(raw.l_onoff, 1);
    CHECK_EQ(raw.l_linger, 30);
    CHECK_OK(sock_set_linger(s, 1, SOCK_FOREVER));
    CHECK_EQ(sock_get_linger(s, &span), 1);
    CHECK_EQ(span, SOCK_FOREVER);
    CHECK_REFUSED(sock_set_linger(s, 1, MS(500)), -EINVAL, "span");
    CHECK_REFUSED(sock_set_linger(s, 1, -1), -EINVAL, "span");
    CHECK_REFUSED(sock_set_linger(s, 1, SEC(2147483648.0)), -EINVAL, "span");
    CHECK_OK(sock_set_linger(s, 0, 0));
    CHECK_EQ(sock_get_linger(s, NULL), 0);
    CHECK_OK(sock_close(s));
}

/* On with a linger time of 0: closing resets the connection, so the peer gets an error, not an end of
 * file. */
static void test_linger_of_0_resets(void)
{
    struct sock_addr addr;
    CHECK_OK(sock_addr_ip("127.0.0.1", 0, &addr));
    sock_t l = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_bind(l, &addr));
    CHECK_OK(sock_listen(l, 1));
    CHECK_OK(sock_getsockname(l, &addr));
    sock_t c = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_connect(c, &addr));
    sock_t a = CHECK_OK(sock_accept(l, NULL));
    CHECK_OK(sock_set_linger(c, 1, 0));
    CHECK_OK(sock_close(c));
    char byte;
    CHECK_ERR(sock_recv(a, &byte, 1, 0), -ECONNRESET);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(l));
}

/* Returns the kernel's own size: doubled, or cut at its limit. */
static void test_buffer_sizes(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_EQ(sock_set_buffer(s, SOCK_READ, 40000), 80000);
    CHECK_EQ(sock_get_buffer(s, SOCK_READ), 80000);
    CHECK_EQ(int_option(s, SOL_SOCKET, SO_RCVBUF), 80000);
    CHECK_EQ(sock_set_buffer(s, SOCK_WRITE, 30000), 60000);
    CHECK_EQ(sock_get_buffer(s, SOCK_WRITE), 60000);
    CHECK_EQ(sock_get_buffer(s, SOCK_READ), 80000);
    int64_t most = CHECK_OK(sock_set_buffer(s, SOCK_READ, 2147483647));
    CHECK_GE(most, 80000);
    CHECK_EQ(most, sock_get_buffer(s, SOCK_READ));
    CHECK_GT(CHECK_OK(sock_set_buffer(s, SOCK_READ, 0)), 0);
    CHECK_REFUSED(sock_set_buffer(s, SOCK_READ, -1), -EINVAL, "bytes");
    CHECK_REFUSED(sock_set_buffer(s, SOCK_READ, 2147483648), -EINVAL, "bytes");
    CHECK_REFUSED(sock_set_buffer(s, SOCK_READ | SOCK_WRITE, 1), -EINVAL, "direction");
    CHECK_REFUSED(sock_get_buffer(s, 0), -EINVAL, "direction");
    CHECK_OK(sock_close(s));
}

static void test_device(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    char name[16] = "?";
    CHECK_EQ(sock_get_device(s, name, sizeof name), 0);
    CHECK_STR(name, "");
    CHECK_OK(sock_set_device(s, "lo"));
    CHECK_EQ(sock_get_device(s, NULL, 0), 2);
    CHECK_EQ(sock_get_device(s, name, 2), 2);
    CHECK_STR(name, "l");
    CHECK_EQ(sock_get_device(s, name, sizeof name), 2);
    CHECK_STR(name, "lo");
    CHECK_ERR(sock_set_device(s, "none-such"), -ENODEV);
    /* The kernel would truncate the name to 15 letters, and might find another interface. */
    CHECK_REFUSED(sock_set_device(s, "a-name-of-16-let"), -ENODEV, "name");
    CHECK_ERR(sock_set_device(s, NULL), -EFAULT);
    CHECK_EQ(sock_get_device(s, name, sizeof name), 2);
    int code = sock_set_device(s, "");
    if (code != 0)
        CHECK_ERR(code, -EPERM); /* only root may remove the binding */
    else
        CHECK_EQ(sock_get_device(s, name, sizeof name), 0);
    CHECK_OK(sock_close(s));
}

/* A receive time limit set as a socket option still ends a wait in blocking mode. */
static void test_receive_limit_is_kept(void)
{
    sock_t pair[2];
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct timeval limit = {.tv_usec = 50000};
    CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    int64_t start = now_ns();
    char byte;
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), -EAGAIN);
    CHECK_TIME(now_ns() - start, 50, 100);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

static void refuse_handle(sock_t s, int code)
{
    int number;
    size_t len = sizeof number;
    char text[8];
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)), code);
    CHECK_ERR(sock_setsockopt(s, SOL_SOCKET, SO_REUSEADDR, NULL, 4), code);
    CHECK_ERR(sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, 1), code);
    CHECK_ERR(sock_getsockopt(s, SOL_SOCKET, SO_TYPE, &number, &len), code);
    CHECK_ERR(sock_getsockopt_int(s, SOL_SOCKET, SO_TYPE, &number), code);
    CHECK_ERR(sock_set_keepalive(s, 1, 0, 0, 0), code);
    CHECK_ERR(sock_get_keepalive(s, NULL, NULL, NULL), code);
    CHECK_ERR(sock_set_linger(s, 0, 0), code);
    CHECK_ERR(sock_get_linger(s, NULL), code);
    CHECK_ERR(sock_set_buffer(s, SOCK_READ, 1), code);
    CHECK_ERR(sock_get_buffer(s, SOCK_READ), code);
    CHECK_ERR(sock_set_device(s, "lo"), code);
    CHECK_ERR(sock_get_device(s, text, sizeof text), code);
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

TEST_MAIN(test_three_forms_of_setting, test_reading_an_int, test_reading_bytes, test_vsock_has_64_bits,
          test_keepalive, test_keepalive_refuses, test_linger, test_linger_of_0_resets, test_buffer_sizes,
          test_device, test_receive_limit_is_kept, test_wrong_handles)
