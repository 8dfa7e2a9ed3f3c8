/* The second echo client of the Python documentation: connects to the first working address of the host,
 * IPv4 or IPv6. `sock_create_connection` does all of this in one line, and faster (examples/get.c).
 *
 *     doc_dual_client [HOST [PORT]]     default: localhost and 50007
 */
#include <stdio.h>
#include <sys/socket.h>

#include "sock.h"

int main(int argc, char **argv)
{
    struct sock_addrinfo_options opt = {.size = sizeof opt, .type = SOCK_STREAM};
    sock_addrinfo_list_t list =
        sock_getaddrinfo(argc > 1 ? argv[1] : "localhost", argc > 2 ? argv[2] : "50007", &opt);
    sock_t s = -1;
    struct sock_addrinfo ai;
    char data[1024];
    int64_t n;

    for (int64_t i = 0; i < sock_addrinfo_list_count(list); i++) {
        sock_addrinfo_list_at(list, i, &ai);
        if ((s = sock_socket(ai.family, ai.type, ai.proto)) < 0)
            continue;
        if (sock_connect(s, &ai.address) == 0)
            break;
        sock_close(s);
        s = -1;
    }
    sock_close(list);
    if (s < 0) {
        fprintf(stderr, "could not open socket\n");
        return 1;
    }
    if (sock_sendall(s, "Hello, world", 12, 0, NULL) < 0 || (n = sock_recv(s, data, sizeof data, 0)) < 0) {
        fprintf(stderr, "no echo\n");
        return 1;
    }
    printf("Received '%.*s'\n", (int)n, data);
    return sock_close(s) < 0;
}
