/* Example of sock_bind, sock_listen, sock_accept, sock_getsockname, sock_socket, sock_connect,
 * sock_send, sock_recv, sock_addr_ip, sock_close, sock_overview. */
#include <stdio.h>
#include <sys/socket.h>
#include <sock.h>

int main(void)
{
    struct sock_addr addr;
    char buf[64];

    /* A server on a free port of the loopback interface. */
    sock_t server = sock_socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || sock_addr_ip("127.0.0.1", 0, &addr) < 0 || sock_bind(server, &addr) < 0
        || sock_listen(server, SOCK_BACKLOG_DEFAULT) < 0 || sock_getsockname(server, &addr) < 0)
        return 1;

    /* A client of it. */
    sock_t client = sock_socket(AF_INET, SOCK_STREAM, 0);
    if (client < 0 || sock_connect(client, &addr) < 0 || sock_send(client, "hello", 5, 0) < 0)
        return 1;

    sock_t conn = sock_accept(server, NULL);
    int64_t n = sock_recv(conn, buf, sizeof buf, 0);
    if (n < 0) {
        fprintf(stderr, "recv: %s\n", sock_strerror(n));
        return 1;
    }
    printf("%.*s\n", (int)n, buf);

    sock_close(conn);
    sock_close(client);
    sock_close(server);
    return 0;
}
/* Prints:
 * hello
 */
