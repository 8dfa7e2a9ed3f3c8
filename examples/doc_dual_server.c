/* The second echo server of the Python documentation: listens on the first working address of this machine,
 * IPv4 or IPv6. Serves one connection.
 *
 *     doc_dual_server [PORT]     default: 50007; 0 selects a free port, which is printed
 */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

#include "sock.h"

int main(int argc, char **argv)
{
    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM, .flags = AI_PASSIVE};
    sock_addrinfo_list_t list = sock_getaddrinfo(NULL, argc > 1 ? argv[1] : "50007", &opt);
    sock_t s = -1, conn;
    struct sock_addrinfo ai;
    struct sock_addr peer, own;
    char data[1024], text[400];

    for (int64_t i = 0; i < sock_addrinfo_list_count(list); i++) {
        sock_addrinfo_list_at(list, i, &ai);
        if ((s = sock_socket(ai.family, ai.type, ai.proto)) < 0)
            continue;
        if (sock_bind(s, &ai.address) == 0 && sock_listen(s, 1) == 0)
            break;
        sock_close(s);
        s = -1;
    }
    sock_close(list);
    if (s < 0 || sock_getsockname(s, &own) < 0) {
        fprintf(stderr, "could not open socket\n");
        return 1;
    }
    sock_addr_format(&own, text, sizeof text);
    printf("Listening on %s\n", text);
    fflush(stdout);
    if ((conn = sock_accept(s, &peer)) < 0) {
        fprintf(stderr, "accept: %s\n", sock_strerror(conn));
        return 1;
    }
    sock_addr_format(&peer, text, sizeof text);
    printf("Connected by %s\n", text);
    for (int64_t n; (n = sock_recv(conn, data, sizeof data, 0)) > 0;)
        if (sock_sendall(conn, data, (size_t)n, 0, NULL) < 0)
            break;
    sock_close(conn);
    return sock_close(s) < 0;
}
