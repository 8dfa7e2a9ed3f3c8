/* Example of sock_sendmsg, sock_recvmsg. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char a[4], b[16];
    struct sock_iovec pieces[] = {{"head", 4}, {"body", 4}}, rooms[] = {{a, 4}, {b, sizeof b}};
    struct sock_msg out = {.iov = pieces, .iov_count = 2}, in = {.iov = rooms, .iov_count = 2};

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || sock_sendmsg(pair[0], &out, 0) < 0
        || sock_recvmsg(pair[1], &in, 0) < 0)
        return 1;
    printf("%.4s, %.*s\n", a, (int)in.len - 4, b);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * head, body
 */
