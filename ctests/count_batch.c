/* Cost of a batch that does not wait: the system calls of sendmmsg and recvmmsg, no locked instruction, and a
 * fixed number of instructions for each datagram. One operation is a batch of 64 sent and received. */
#include "count.h"
#include "sock.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { N = 64, LEN = 64 };

static char data[N * LEN], room[N * LEN];
static struct sock_datagram out[N], in[N];
static sock_t ends[2];
static int fds[2];

static void open_pair(void)
{
    struct sock_addr name;
    COUNT_NEED(sock_addr_ip("127.0.0.1", 0, &name) == 0);
    for (int i = 0; i < 2; i++)
        COUNT_NEED((ends[i] = sock_socket(AF_INET, SOCK_DGRAM, 0)) > 0);
    COUNT_NEED(sock_bind(ends[1], &name) == 0 && sock_getsockname(ends[1], &name) == 0);
    COUNT_NEED(sock_connect(ends[0], &name) == 0);
    for (int i = 0; i < 2; i++)
        COUNT_NEED((fds[i] = sock_fileno(ends[i])) >= 0);
    for (int i = 0; i < N; i++) {
        out[i] = (struct sock_datagram){.buf = data + i * LEN, .len = LEN};
        in[i] = (struct sock_datagram){.buf = room + i * LEN, .len = LEN};
    }
}

static void batch(long n)
{
    open_pair();
    for (long i = 0; i < n; i++) {
        COUNT_NEED(sock_sendmany(ends[0], out, N, 0) == N);
        COUNT_NEED(sock_recvmany(ends[1], in, N, 0) == N);
    }
}

/* The same bytes as one entry, which the kernel cuts and joins. */
static void segments(long n)
{
    open_pair();
    static char whole[65536];
    struct sock_datagram one = {.buf = data, .len = sizeof data, .segment = LEN};
    struct sock_datagram joined = {.buf = whole, .len = sizeof whole};
    COUNT_NEED(sock_setgro(ends[1], 1) == 0);
    for (long i = 0; i < n; i++) {
        COUNT_NEED(sock_sendmany(ends[0], &one, 1, 0) == 1 && one.flags == 0);
        COUNT_NEED(sock_recvmany(ends[1], &joined, 1, 0) == 1 && joined.count == sizeof data);
        COUNT_NEED(joined.segment == LEN);
    }
}

/* As a program would write it: receiving, the kernel changes the lengths, which are set again. */
static void raw(long n)
{
    static struct mmsghdr sent[N], got[N];
    static struct iovec from[N], into[N];
    static struct sockaddr_storage names[N];
    open_pair();
    for (int i = 0; i < N; i++) {
        from[i] = (struct iovec){data + i * LEN, LEN};
        into[i] = (struct iovec){room + i * LEN, LEN};
        sent[i].msg_hdr = (struct msghdr){.msg_iov = &from[i], .msg_iovlen = 1};
    }
    for (long i = 0; i < n; i++) {
        COUNT_NEED(sendmmsg(fds[0], sent, N, MSG_NOSIGNAL) == N);
        for (int j = 0; j < N; j++)
            got[j].msg_hdr = (struct msghdr){.msg_name = &names[j], .msg_namelen = sizeof names[j],
                                             .msg_iov = &into[j], .msg_iovlen = 1};
        COUNT_NEED(recvmmsg(fds[1], got, N, MSG_DONTWAIT, NULL) == N);
    }
}

COUNT_MAIN(COUNT_CASES({"batch", batch}, {"segments", segments}, {"raw", raw}),
           COUNT_LIMITS({"raw", "syscalls", "==", 2, NULL}, {"batch", "syscalls", "==", 0, "raw"},
                        {"batch", "locked", "==", 0, NULL}, {"batch", "instructions", "<=", 15000, "raw"},
                        {"segments", "syscalls", "==", 2, NULL}, {"segments", "locked", "==", 0, NULL}))
