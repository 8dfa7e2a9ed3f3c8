/* A client of echo_server: sends a message and receives it back in pieces of 16 bytes.
 *
 *     echo_client [ADDRESS [MESSAGE]]     any address that echo_server accepts
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    const char *message = argc > 2 ? argv[2] : "This is the message.  It will be repeated.";
    size_t expected = strlen(message), received = 0;
    struct sock_addr addr;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    check("address", sock_addr_parse(argc > 1 ? argv[1] : "127.0.0.1:10000", &addr));
    sock_t server = check("socket", sock_socket(sock_addr_family(&addr), SOCK_STREAM, 0));
    check("settimeout", sock_settimeout(server, INT64_C(5000000000))); /* 5 s for each call */
    check("connect", sock_connect(server, &addr));

    printf("sending '%s'\n", message);
    check("sendall", sock_sendall(server, message, expected, 0, NULL));

    while (received < expected) {
        char data[16];
        int64_t count = check("recv", sock_recv(server, data, sizeof data, 0));
        if (count == 0) {
            fprintf(stderr, "the server closed after %zu of %zu bytes\n", received, expected);
            return 1;
        }
        printf("received '%.*s'\n", (int)count, data);
        if ((size_t)count > expected - received || memcmp(data, message + received, (size_t)count) != 0) {
            fprintf(stderr, "this is not what was sent\n");
            return 1;
        }
        received += (size_t)count;
    }
    check("close", sock_close(server));
    return 0;
}
