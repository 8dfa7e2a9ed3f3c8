/* An echo server: serves three connections one after the other, prints each message and returns it.
 *
 *     echo_server [ADDRESS]     default: 127.0.0.1:10000; port 0 selects a free port
 *
 * Any family with streams works: [::1]:10000, unix:/tmp/echo, or vsock:3:1024 between virtual machines.
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

static void print_address(const char *what, const struct sock_addr *addr)
{
    char text[400];
    check("format", sock_addr_format(addr, text, sizeof text));
    printf("%s %s\n", what, text);
}

/* Returns everything received, until the client closes its end. */
static void serve(sock_t client)
{
    char data[16];
    int64_t count;
    while ((count = check("recv", sock_recv(client, data, sizeof data, 0))) > 0) {
        printf("received '%.*s'\n", (int)count, data);
        check("sendall", sock_sendall(client, data, (size_t)count, 0, NULL));
    }
    printf("no more data\n");
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    check("address", sock_addr_parse(argc > 1 ? argv[1] : "127.0.0.1:10000", &addr));
    sock_t server = check("socket", sock_socket(sock_addr_family(&addr), SOCK_STREAM, 0));
    check("bind", sock_bind(server, &addr));
    check("listen", sock_listen(server, SOCK_BACKLOG_DEFAULT));
    check("getsockname", sock_getsockname(server, &addr));
    print_address("listening on", &addr);

    for (int served = 0; served < 3; served++) {
        struct sock_addr peer;
        sock_t client = check("accept", sock_accept(server, &peer));
        print_address("connection from", &peer);
        serve(client);
        check("close", sock_close(client));
    }
    check("close", sock_close(server));
    return 0;
}
