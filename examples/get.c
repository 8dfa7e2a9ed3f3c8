/* Fetches a page over HTTP by host name. One deadline covers the lookup, all connection attempts, the request
 * and the response. Logs each attempt to standard error, and writes the response to standard output.
 *
 *     get HOST [PATH [PORT [SECONDS]]]     default: / and 80 and 10
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sock.h"

static void log_attempt(const struct sock_attempt *a, int64_t began)
{
    static const char *const phases[] = {"?", "lookup", "socket", "bind", "connect", "connected"};
    char address[400];

    sock_addr_format(&a->address, address, sizeof address);
    if (a->phase == SOCK_PHASE_LOOKUP)
        snprintf(address, sizeof address, "of IPv%d", sock_addr_family(&a->address) == AF_INET6 ? 6 : 4);
    fprintf(stderr, "%7.1f to %7.1f ms  %-9s %s: %s\n", (double)(a->start_ns - began) / 1e6,
            (double)(a->end_ns - began) / 1e6, phases[a->phase], address, sock_strerror(a->code));
}

int main(int argc, char **argv)
{
    const char *host = argc > 1 ? argv[1] : "localhost", *path = argc > 2 ? argv[2] : "/";
    const char *port = argc > 3 ? argv[3] : "80";
    struct sock_attempt attempts[32];
    size_t count = 0;
    char text[4096];
    int64_t began = sock_now(), got;
    int64_t deadline = began + (int64_t)((argc > 4 ? strtod(argv[4], NULL) : 10) * 1e9);
    struct sock_connect_options opt = {.size = sizeof opt,
                                       .deadline_ns = deadline,
                                       .attempts = attempts,
                                       .attempts_cap = 32,
                                       .attempts_count = &count};

    sock_t s = sock_create_connection(host, port, &opt);
    for (size_t i = 0; i < count && i < 32; i++)
        log_attempt(&attempts[i], began);
    if (s < 0) {
        fprintf(stderr, "%s: %s\n", host, sock_strerror(s));
        return 1;
    }
    sock_setdeadline(s, SOCK_READ | SOCK_WRITE, deadline);
    int len = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host);
    got = len < (int)sizeof text ? sock_sendall(s, text, (size_t)len, 0, NULL) : -1;
    while (got >= 0 && (got = sock_recv(s, text, sizeof text, 0)) > 0)
        fwrite(text, 1, (size_t)got, stdout);
    if (got < 0)
        fprintf(stderr, "%s: %s\n", host, sock_strerror(got));
    sock_close(s);
    return got < 0;
}
