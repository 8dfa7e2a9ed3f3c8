/* Lines over a socket with the C library's own functions: a FILE for each direction.
 *
 * A server answers an HTTP request, but pauses in the middle of a line; its client has a timeout of 100 ms.
 * When that passes, the part of the line received so far is not lost: fgets returns it, and the next fgets
 * continues from there.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sock.h"

/* Returns the result, or exits with an error message. */
static int64_t check(const char *what, int64_t result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

static FILE *check_file(const char *what, FILE *file)
{
    if (!file) {
        perror(what);
        exit(1);
    }
    return file;
}

/* Serves one request, slowly in the middle of the second line. */
static void *serve(void *listener)
{
    const struct timespec pause = {.tv_nsec = 300000000};
    char line[200];
    sock_t s = check("accept", sock_accept(*(sock_t *)listener, NULL));
    FILE *in = check_file("fdopen", sock_fdopen(s, "r")), *out = check_file("fdopen", sock_fdopen(s, "w"));
    while (fgets(line, sizeof line, in) && strcmp(line, "\r\n") != 0)
        printf("server: %s", line);
    fprintf(out, "HTTP/1.1 200 OK\r\nContent-Ty");
    fflush(out);
    nanosleep(&pause, NULL);
    fprintf(out, "pe: text/plain\r\n\r\nHello, world\n");
    fclose(out); /* flushes; the socket stays open */
    fclose(in);
    check("close", sock_close(s));
    return NULL;
}

int main(void)
{
    struct sock_addr addr;
    pthread_t server;
    char line[200];
    int pauses = 0;
    check("address", sock_addr_ip("127.0.0.1", 0, &addr));
    sock_t listener = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("bind", sock_bind(listener, &addr));
    check("listen", sock_listen(listener, SOCK_BACKLOG_DEFAULT));
    check("getsockname", sock_getsockname(listener, &addr));
    if (pthread_create(&server, NULL, serve, &listener) != 0)
        return 1;

    sock_t s = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("connect", sock_connect(s, &addr));
    check("settimeout", sock_settimeout(s, 100 * 1000000));
    FILE *in = check_file("fdopen", sock_fdopen(s, "r")), *out = check_file("fdopen", sock_fdopen(s, "w"));
    fprintf(out, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    fflush(out);
    for (size_t len = 0;;) {
        errno = 0;
        if (fgets(line + len, (int)(sizeof line - len), in))
            len += strlen(line + len);
        if (len > 0 && line[len - 1] == '\n') {
            printf("client: %s", line);
            len = 0;
        } else if (errno == EAGAIN) { /* timed out: keep this part of the line and continue */
            pauses++;
            clearerr(in);
        } else {
            break;
        }
    }
    if (!feof(in))
        perror("fgets");
    int whole = feof(in) && pauses > 0;
    printf("%s\n", whole ? "every line arrived complete, although the server paused" : "a line was lost");
    fclose(in);
    fclose(out);
    check("close", sock_close(s));
    check("close", sock_close(listener));
    pthread_join(server, NULL);
    return whole ? 0 : 1;
}
