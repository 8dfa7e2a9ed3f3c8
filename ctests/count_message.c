/* Cost of a message that does not wait: one system call, no locked instruction. */
#include "count.h"
#include "sock.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static char data[64], got[64], control[64];

/* One sendmsg and one recvmsg. */
static void message(long n)
{
    sock_t s[2];
    struct sock_iovec out = {data, sizeof data}, in = {got, sizeof got};
    COUNT_NEED(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    for (long i = 0; i < n; i++) {
        struct sock_msg m = {.iov = &out, .iov_count = 1};
        COUNT_NEED(sock_sendmsg(s[0], &m, 0) == sizeof data);
        m = (struct sock_msg){.iov = &in, .iov_count = 1, .control = control, .control_cap = sizeof control};
        COUNT_NEED(sock_recvmsg(s[1], &m, 0) == sizeof got);
    }
}

static void raw(long n)
{
    int s[2];
    struct iovec out = {data, sizeof data}, in = {got, sizeof got};
    COUNT_NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    for (long i = 0; i < n; i++) {
        struct msghdr m = {.msg_iov = &out, .msg_iovlen = 1};
        COUNT_NEED(sendmsg(s[0], &m, MSG_NOSIGNAL) == sizeof data);
        m = (struct msghdr){.msg_iov = &in, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        COUNT_NEED(recvmsg(s[1], &m, 0) == sizeof got);
    }
}

COUNT_MAIN(COUNT_CASES({"message", message}, {"raw", raw}),
           COUNT_LIMITS({"message", "syscalls", "==", 2, NULL}, {"message", "locked", "==", 0, NULL},
                        {"message", "instructions", "<=", 218, "raw"}))
