/* An echo server for IPv4 and IPv6 on one socket: Python's socketserver in ten lines. Serves one connection
 * after the other.
 *
 *     dual_echo_server [PORT [CONNECTIONS]]     default: 50007, unlimited
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sock.h"

int main(int argc, char **argv)
{
    struct sock_server_options opt = {.size = sizeof opt, .family = AF_INET6, .dualstack = 1};
    sock_t s, server = sock_create_server("", argc > 1 ? argv[1] : "50007", &opt);
    long left = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
    char data[1024];
    for (int64_t n; left != 0 && (s = sock_accept(server, NULL)) > 0; left -= left > 0, sock_close(s))
        while ((n = sock_recv(s, data, sizeof data, 0)) > 0 && sock_sendall(s, data, (size_t)n, 0, NULL) == 0)
            ;
    if (server < 0)
        fprintf(stderr, "%s\n", sock_strerror(server));
    return server < 0 || sock_close(server) < 0;
}
