/* Example of sock_settimeout, sock_gettimeout, sock_err_name, sock_strerror, sock_is_timeout. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char byte;

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    /* Every operation may take 50 ms; nothing arrives. */
    sock_settimeout(pair[0], INT64_C(50000000));
    int64_t n = sock_recv(pair[0], &byte, 1, 0);
    printf("%s: %s\n", sock_err_name(n), sock_strerror(n));
    printf("timeout: %d\n", sock_is_timeout(n));
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * SOCK_ETIMEDOUT: timed out
 * timeout: 1
 */
