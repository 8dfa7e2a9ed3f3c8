/* Example of sock_sendfile. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char buf[16];
    FILE *file = tmpfile();

    if (file == NULL || sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    fputs("a whole file", file);
    fflush(file);
    int64_t n = sock_sendfile(pair[0], fileno(file), 0, -1, NULL);
    if (n < 0 || sock_recv_exact(pair[1], buf, (size_t)n, 0, NULL) < 0)
        return 1;
    printf("%.*s\n", (int)n, buf);
    fclose(file);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * a whole file
 */
