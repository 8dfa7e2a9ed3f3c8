/* Encrypts with the kernel's AES in CBC mode, and decrypts the result (AF_ALG).
 *
 *     alg_aes KEY IV TEXT     in hex: 16, 24 or 32 bytes; 16 bytes; a multiple of 16 bytes
 */
#include <inttypes.h>
#include <linux/if_alg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sock.h"

enum { MOST = 1024 };

struct bytes {
    unsigned char data[MOST];
    size_t len;
};

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

static struct bytes from_hex(const char *hex)
{
    struct bytes bytes = {.len = 0};
    while (bytes.len < MOST && hex[0] && hex[1] && sscanf(hex, "%2hhx", &bytes.data[bytes.len]) == 1) {
        bytes.len++;
        hex += 2;
    }
    if (*hex) {
        fprintf(stderr, "not hex, or too long: %s\n", hex);
        exit(2);
    }
    return bytes;
}

static void print(const char *what, const struct bytes *bytes)
{
    printf("%s ", what);
    for (size_t i = 0; i < bytes->len; i++)
        printf("%02x", bytes->data[i]);
    printf("\n");
}

/* One operation: sends the data with the operation and the IV, and receives the result. */
static struct bytes work(sock_t algorithm, int op, const struct bytes *iv, struct bytes *in)
{
    struct bytes out;
    struct sock_iovec piece = {in->data, in->len};
    sock_t operation = check("accept", sock_accept(algorithm, NULL));
    check("sendmsg", sock_sendmsg_alg(operation, &piece, 1, op, iv->data, iv->len, 0, 0));
    out.len = (size_t)check("recv", sock_recv(operation, out.data, in->len, 0));
    check("close", sock_close(operation));
    return out;
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    if (argc != 4) {
        fprintf(stderr, "usage: alg_aes KEY IV TEXT, all in hex\n");
        return 2;
    }
    struct bytes key = from_hex(argv[1]), iv = from_hex(argv[2]), text = from_hex(argv[3]);

    check("address", sock_addr_alg("skcipher", "cbc(aes)", 0, 0, &addr));
    sock_t algorithm = check("socket", sock_socket(AF_ALG, SOCK_SEQPACKET, 0));
    check("bind", sock_bind(algorithm, &addr));
    check("key", sock_set_alg_key(algorithm, key.data, key.len));

    struct bytes encrypted = work(algorithm, ALG_OP_ENCRYPT, &iv, &text);
    print("encrypted", &encrypted);
    struct bytes decrypted = work(algorithm, ALG_OP_DECRYPT, &iv, &encrypted);
    print("decrypted", &decrypted);
    check("close", sock_close(algorithm));
    return decrypted.len == text.len && memcmp(decrypted.data, text.data, text.len) == 0 ? 0 : 1;
}
