/* Example of sock_setdeadline, sock_now, sock_sendall, sock_recv_exact. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char record[16];
    size_t received;

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    /* All reads together have until 100 ms from now. */
    sock_setdeadline(pair[0], SOCK_READ, sock_now() + INT64_C(100000000));
    sock_sendall(pair[1], "half a record", 13, 0, NULL);
    int code = sock_recv_exact(pair[0], record, sizeof record, 0, &received);
    printf("%s after %zu of %zu bytes\n", sock_err_name(code), received, sizeof record);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * SOCK_ETIMEDOUT after 13 of 16 bytes
 */
