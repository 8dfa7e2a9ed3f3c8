/* SO_REUSEADDR: why the port of a restarted server is still in use, and what to do about it.
 *
 * The side that closes a connection first keeps its address in TIME_WAIT for a minute. During that time the
 * port can be bound again only if both servers, the old and the new one, set SO_REUSEADDR.
 */
#include <errno.h>
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

/* Creates a socket and binds it; returns the socket, or the error code of the bind. */
static sock_t bound_socket(const struct sock_addr *addr, int reuse)
{
    sock_t s = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("setsockopt", sock_setsockopt_int(s, SOL_SOCKET, SO_REUSEADDR, reuse));
    int bound = sock_bind(s, addr);
    if (bound < 0)
        sock_close(s);
    return bound < 0 ? bound : s;
}

/* Serves one client on a free port and closes first, which leaves the port in TIME_WAIT. */
static void serve_once(struct sock_addr *addr)
{
    char end;
    check("address", sock_addr_ip("127.0.0.1", 0, addr));
    sock_t server = check("bind", bound_socket(addr, 1));
    check("listen", sock_listen(server, SOCK_BACKLOG_DEFAULT));
    check("getsockname", sock_getsockname(server, addr));

    sock_t client = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("connect", sock_connect(client, addr));
    sock_t connection = check("accept", sock_accept(server, NULL));
    check("close", sock_close(connection));
    check("recv", sock_recv(client, &end, 1, 0)); /* 0: the server has closed */
    check("close", sock_close(client));
    check("close", sock_close(server));
}

int main(void)
{
    struct sock_addr addr;
    char text[400];
    serve_once(&addr);
    check("format", sock_addr_format(&addr, text, sizeof text));

    sock_t server = bound_socket(&addr, 0);
    printf("bind to %s: %s\n", text, sock_strerror(server < 0 ? server : 0));
    if (server != -EADDRINUSE)
        return 1;

    server = check("bind with SO_REUSEADDR", bound_socket(&addr, 1));
    check("listen", sock_listen(server, SOCK_BACKLOG_DEFAULT));
    check("close", sock_close(server));
    printf("bind with SO_REUSEADDR: %s\n", sock_strerror(0));
    return 0;
}
