/* Example of sock_fdopen. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    sock_t pair[2];
    char line[80];

    if (sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    FILE *out = sock_fdopen(pair[0], "w");
    FILE *in = sock_fdopen(pair[1], "r");
    if (out == NULL || in == NULL)
        return 1;
    fprintf(out, "GET %s\n", "/index.html");
    fflush(out); /* before waiting for the answer */
    if (fgets(line, sizeof line, in) != NULL)
        fputs(line, stdout);
    fclose(out);
    fclose(in);
    sock_close(pair[0]);
    sock_close(pair[1]);
    return 0;
}
/* Prints:
 * GET /index.html
 */
