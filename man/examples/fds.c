/* Example of sock_send_fds, sock_recv_fds, sock_socketpair. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    int ends[2], got = -1;
    size_t n;
    char byte;

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || pipe(ends) < 0)
        return 1;
    /* One byte carries the reading end of the pipe. */
    if (sock_send_fds(pair[0], "x", 1, &ends[0], 1, 0, NULL) < 0
        || sock_recv_fds(pair[1], &byte, 1, &got, 1, &n, 0, NULL, NULL) < 0)
        return 1;
    printf("received %zu descriptor\n", n);
    close(got);
    close(ends[0]);
    close(ends[1]);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * received 1 descriptor
 */
