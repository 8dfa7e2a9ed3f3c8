/* Example of sock_setsockopt_int, sock_getsockopt_int, sock_set_buffer, sock_set_linger. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t s = sock_socket(AF_INET, SOCK_STREAM, 0);
    int on;

    if (s < 0 || sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, 1) < 0
        || sock_getsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, &on) < 0)
        return 1;
    printf("SO_REUSEADDR: %d\n", on);
    /* close() resets the connection at once and discards unsent data. */
    sock_set_linger(s, 1, 0);
    sock_close(s);
    return 0;
}
/* Prints:
 * SO_REUSEADDR: 1
 */
