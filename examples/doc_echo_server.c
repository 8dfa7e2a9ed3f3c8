/* The echo server of the Python documentation, over IPv4: serves one connection.
 *
 *     doc_echo_server [PORT]     default: 50007; 0 selects a free port
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

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

int main(int argc, char **argv)
{
    struct sock_addr addr;
    char text[400], data[1024];
    int64_t port, count;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    port = argc > 1 ? strtol(argv[1], NULL, 10) : 50007;
    check("address", sock_addr_ip("", port, &addr)); /* "": all interfaces */
    sock_t s = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("bind", sock_bind(s, &addr));
    check("listen", sock_listen(s, 1));
    check("getsockname", sock_getsockname(s, &addr));
    check("port", sock_addr_get_ip(&addr, NULL, 0, &port, NULL, NULL));
    printf("Listening on port %" PRId64 "\n", port);

    sock_t conn = check("accept", sock_accept(s, &addr));
    check("format", sock_addr_format(&addr, text, sizeof text));
    printf("Connected by %s\n", text);
    while ((count = check("recv", sock_recv(conn, data, sizeof data, 0))) > 0)
        check("sendall", sock_sendall(conn, data, (size_t)count, 0, NULL));

    check("close", sock_close(conn));
    check("close", sock_close(s));
    return 0;
}
