/* AF_VSOCK over the machine's own loopback (CID 1): connections, 64-bit options, and refusals. */
#include "family.h"

#include <linux/vm_sockets.h>
#include <unistd.h>

#ifndef VMADDR_CID_LOCAL
#define VMADDR_CID_LOCAL 1
#endif

static sock_t vsock(int type)
{
    return family_socket(AF_VSOCK, type, 0, type == SOCK_SEQPACKET ? "AF_VSOCK of type SOCK_SEQPACKET" : "AF_VSOCK");
}

static sock_t bound(int type, struct sock_addr *name)
{
    sock_t s = vsock(type);
    CHECK_OK(sock_addr_vsock(VMADDR_CID_ANY, VMADDR_PORT_ANY, 0, name));
    CHECK_OK(sock_bind(s, name));
    CHECK_OK(sock_listen(s, 4));
    CHECK_OK(sock_getsockname(s, name));
    return s;
}

static sock_t listener(void)
{
    struct sock_addr name;
    return bound(SOCK_STREAM, &name);
}

/* A connected pair; skips the test if the kernel has no loopback. */
static void pair(int type, sock_t *a, sock_t *b)
{
    static int64_t refusal; /* each attempt takes the kernel two seconds */
    if (refusal)
        SKIP("this kernel's AF_VSOCK has no loopback: %s", sock_strerror(refusal));
    struct sock_addr name, peer, own;
    int64_t cid = -1, port = -1;
    sock_t l = bound(type, &name), c = vsock(type);
    CHECK_EQ(name.len, 16);
    check_round_trip(&name);
    CHECK_OK(sock_addr_get_vsock(&name, &cid, &port, NULL));
    CHECK_EQ(cid, VMADDR_CID_ANY);
    CHECK_GT(port, 0);
    CHECK_OK(sock_addr_vsock(VMADDR_CID_LOCAL, port, 0, &name));
    CHECK_OK(sock_settimeout(c, SEC(60)));
    int code = sock_connect(c, &name);
    if (code == -ENODEV || code == -EADDRNOTAVAIL || code == -ENETUNREACH || code == -ECONNRESET ||
        code == -ESOCKTNOSUPPORT || code == -ETIMEDOUT) {
        CHECK_OK(sock_close(c));
        CHECK_OK(sock_close(l));
        refusal = code;
        SKIP("this kernel's AF_VSOCK has no loopback: %s", sock_strerror(code));
    }
    CHECK_OK(code);
    *a = CHECK_OK(sock_accept(l, &peer));
    CHECK_OK(sock_settimeout(*a, SEC(60)));
    check_round_trip(&peer);
    /* The kernel bound the client, to any CID; the server sees the same port. */
    int64_t own_port = -1;
    CHECK_OK(sock_getsockname(c, &own));
    CHECK_OK(sock_addr_get_vsock(&own, NULL, &own_port, NULL));
    CHECK_OK(sock_addr_get_vsock(&peer, &cid, &port, NULL));
    CHECK_EQ(cid, VMADDR_CID_LOCAL);
    CHECK_EQ(port, own_port);
    CHECK_OK(sock_getpeername(c, &own));
    CHECK_EQ(sock_addr_equal(&own, &name), 1);
    CHECK_OK(sock_close(l));
    *b = c;
}

/* ThreadedVSOCKSocketStreamTest. */
static void test_stream(void)
{
    sock_t a, b;
    char got[64];
    pair(SOCK_STREAM, &a, &b);
    CHECK_EQ(sock_sendall(b, "over the loopback", 17, 0, NULL), 0);
    CHECK_EQ(sock_recv_exact(a, got, 17, 0, NULL), 0);
    CHECK_MEM(got, "over the loopback", 17);
    CHECK_EQ(sock_send(a, "back", 4, 0), 4);
    CHECK_EQ(sock_recv(b, got, sizeof got, 0), 4);
    CHECK_OK(sock_shutdown(a, SHUT_WR));
    CHECK_EQ(sock_recv(b, got, sizeof got, 0), 0);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

static void test_seqpacket(void)
{
    sock_t a, b;
    char got[64];
    pair(SOCK_SEQPACKET, &a, &b);
    CHECK_EQ(sock_send(b, "first", 5, 0), 5);
    CHECK_EQ(sock_send(b, "second", 6, 0), 6);
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 5);
    CHECK_EQ(sock_recv(a, got, sizeof got, 0), 6);
    CHECK_MEM(got, "second", 6);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* More data than the buffers hold, while the other end reads. */
static struct {
    sock_t s;
    size_t total;
    unsigned sum;
} sink;

static void drain(void *arg)
{
    (void)arg;
    static unsigned char bytes[65536];
    for (int64_t n; (n = sock_recv(sink.s, bytes, sizeof bytes, 0)) > 0; sink.total += (size_t)n)
        for (int64_t i = 0; i < n; i++)
            sink.sum += bytes[i];
}

static void test_bulk(void)
{
    enum { BYTES = 1 << 20 };
    sock_t a, b;
    struct thread t;
    size_t sent = 0;
    pair(SOCK_STREAM, &a, &b);
    char *data = malloc(BYTES);
    CHECK(data != NULL);
    unsigned sum = 0;
    for (int i = 0; i < BYTES; i++)
        sum += (unsigned char)(data[i] = (char)(i * 31 >> 3));
    sink.s = a;
    thread_start(&t, drain, NULL);
    CHECK_EQ(sock_sendall(b, data, BYTES, 0, &sent), 0);
    CHECK_EQ(sent, BYTES);
    CHECK_OK(sock_shutdown(b, SHUT_WR));
    thread_join(&t);
    CHECK_EQ(sink.total, BYTES);
    CHECK_EQ(sink.sum, sum);
    free(data);
    CHECK_OK(sock_close(a));
    CHECK_OK(sock_close(b));
}

/* R149: BasicVSOCKTest.testSocketBufferSize. */
static void test_options_of_64_bits(void)
{
    sock_t s = vsock(SOCK_STREAM);
    uint64_t value = 0, least = 0, most = 0;
    CHECK_OK(sock_getsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &most));
    CHECK_OK(sock_getsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &value));
    CHECK_OK(sock_getsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MIN_SIZE, &least));
    CHECK_LE(least, value);
    CHECK_LE(value, most);
    CHECK_OK(sock_setsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, most * 2));
    CHECK_OK(sock_setsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, value * 2));
    CHECK_OK(sock_setsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MIN_SIZE, least * 2));
    CHECK_OK(sock_getsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &least));
    CHECK_EQ(least, value * 2);
    CHECK_ERR(sock_getsockopt_u64(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, NULL), -EFAULT);
    CHECK_ERR(sock_setsockopt_int(s, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, 4096), -EINVAL); /* too small */
    most = 7;
    CHECK_REFUSED(sock_getsockopt_u64(s, SOL_SOCKET, SO_TYPE, &most), -EINVAL, "name");
    CHECK_EQ(most, 7);
    CHECK_OK(sock_close(s));
}

static void test_own_cid(void)
{
    int64_t cid = sock_vsock_cid();
    if (cid == -EAFNOSUPPORT || cid == -EACCES)
        SKIP("no /dev/vsock: %s", sock_strerror(cid));
    CHECK_OK(cid);
    CHECK_LE(cid, 0xffffffff);
}

static void test_refusals(void)
{
    sock_t s = vsock(SOCK_STREAM);
    struct sock_addr addr;
    check_foreign_addresses(s, true, false);
    CHECK_OK(sock_addr_vsock(VMADDR_CID_LOCAL, 1, 0, &addr));
    CHECK_LT(sock_connect(s, &addr), 0); /* no listener, or no loopback */
    CHECK_OK(sock_close(s));
    s = vsock(SOCK_STREAM);
    CHECK_OK(sock_addr_vsock(12345, 1, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -EADDRNOTAVAIL); /* another machine */
    CHECK_OK(sock_addr_vsock(VMADDR_CID_ANY, 80, 0, &addr));
    if (geteuid() != 0)
        CHECK_ERR(sock_bind(s, &addr), -EACCES); /* ports below 1024 */
    CHECK_OK(sock_close(s));
}

static sock_t held; /* the other end */

static sock_t connected(void)
{
    sock_t s;
    if (held > 0)
        (void)sock_close(held);
    pair(SOCK_STREAM, &held, &s);
    CHECK_OK(sock_settimeout(s, SOCK_FOREVER));
    return s;
}

static void test_receive_wakes(void)
{
    check_wakes(connected);
    CHECK_OK(sock_close(held));
    held = 0;
}

static void test_accept_wakes(void) { check_wakes_of(listener, true); }

TEST_MAIN(test_stream, test_seqpacket, test_bulk, test_options_of_64_bits, test_own_cid, test_refusals,
          test_receive_wakes, test_accept_wakes)
