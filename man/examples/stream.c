/* Example of sock_stream_new, sock_stream_readline, sock_stream_read_until, sock_stream_write,
 * sock_stream_flush. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char line[80];

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    sock_stream_t out = sock_stream_new(pair[0], 0), in = sock_stream_new(pair[1], 0);
    if (out < 0 || in < 0)
        return 1;
    sock_stream_write(out, "one\ntwo\n", 8, NULL);
    sock_close(out); /* flushes; the socket stays open */
    sock_close(pair[0]);
    int64_t n;
    while ((n = sock_stream_readline(in, line, sizeof line)) > 0)
        printf("%.*s", (int)n, line);
    sock_close(in);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * one
 * two
 */
