/* The echo client of the Python documentation, over IPv4.
 *
 *     doc_echo_client [HOST [PORT]]     default: 127.0.0.1 and 50007
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
    char data[1024];
    int64_t port = argc > 2 ? strtol(argv[2], NULL, 10) : 50007, count;

    check("address", sock_addr_ip(argc > 1 ? argv[1] : "127.0.0.1", port, &addr));
    sock_t s = check("socket", sock_socket(AF_INET, SOCK_STREAM, 0));
    check("connect", sock_connect(s, &addr));
    check("sendall", sock_sendall(s, "Hello, world", 12, 0, NULL));
    count = check("recv", sock_recv(s, data, sizeof data, 0));
    check("close", sock_close(s));
    printf("Received '%.*s'\n", (int)count, data);
    return 0;
}
