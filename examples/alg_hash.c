/* Hashes text with the kernel's own implementations (AF_ALG).
 *
 *     alg_hash [ALGORITHM [TEXT]]     a name in /proc/crypto; default: sha256 and "Hello, world"
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
        char text[400];
        sock_last_error(NULL, text, sizeof text);
        fprintf(stderr, "%s: %s\n", what, text);
        exit(1);
    }
    return result;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "sha256", *text = argc > 2 ? argv[2] : "Hello, world";
    struct sock_addr addr;
    unsigned char digest[64];

    check("address", sock_addr_alg("hash", name, 0, 0, &addr));
    sock_t algorithm = check("socket", sock_socket(AF_ALG, SOCK_SEQPACKET, 0));
    check("bind", sock_bind(algorithm, &addr));

    /* Each operation has its own socket. The data sent is hashed; the data received is the digest. */
    sock_t operation = check("accept", sock_accept(algorithm, NULL));
    check("sendall", sock_sendall(operation, text, strlen(text), 0, NULL));
    int64_t len = check("recv", sock_recv(operation, digest, sizeof digest, 0));
    for (int64_t i = 0; i < len; i++)
        printf("%02x", digest[i]);
    printf("\n");

    check("close", sock_close(operation));
    check("close", sock_close(algorithm));
    return 0;
}
