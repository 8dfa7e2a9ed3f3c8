/* AF_ALG: kernel cryptography compared with published test vectors; operations with sock_sendmsg_alg (R64,
 * R118 to R120). */
#include "family.h"

#include <linux/if_alg.h>
#include <netinet/in.h>
#include <poll.h>

#ifndef SOL_ALG
#define SOL_ALG 279
#endif

/* A bound socket for an algorithm; skips the test if the kernel lacks it. */
static sock_t algorithm(const char *type, const char *name)
{
    struct sock_addr addr;
    sock_t s = family_socket(AF_ALG, SOCK_SEQPACKET, 0, "AF_ALG");
    CHECK_OK(sock_addr_alg(type, name, 0, 0, &addr));
    int code = sock_bind(s, &addr);
    if (code == -ENOENT) {
        CHECK_OK(sock_close(s));
        SKIP("this kernel has no %s of type %s", name, type);
    }
    CHECK_OK(code);
    return s;
}

/* An operation; its address is empty, because it has no peer (R64). */
static sock_t operation(sock_t s)
{
    struct sock_addr peer;
    memset(&peer, 0x5a, sizeof peer);
    sock_t op = CHECK_OK(sock_accept(s, &peer));
    CHECK_EQ(peer.len, 0);
    CHECK_EQ(peer.zero, 0);
    CHECK_EQ(sock_family(op), AF_ALG);
    CHECK_OK(sock_settimeout(op, SEC(60)));
    return op;
}

static void from_hex(const char *hex, unsigned char *bytes, size_t len)
{
    CHECK_EQ(strlen(hex), 2 * len);
    for (size_t i = 0; i < len; i++) {
        unsigned byte = 0;
        CHECK_EQ(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (unsigned char)byte;
    }
}

static void check_hex(const unsigned char *bytes, const char *hex)
{
    unsigned char expected[128];
    size_t len = strlen(hex) / 2;
    from_hex(hex, expected, len);
    CHECK_MEM(bytes, expected, len);
}

static int64_t afalg(sock_t s, const void *data, size_t len, int64_t op, const void *iv, size_t iv_len,
                     int64_t assoclen, int flags)
{
    struct sock_iovec piece = {(void *)data, len};
    return sock_sendmsg_alg(s, &piece, 1, op, iv, iv_len, assoclen, flags);
}

/* FIPS 180-4, "abc". */
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void test_hash(void)
{
    sock_t s = algorithm("hash", "sha256"), op = operation(s);
    unsigned char digest[64];
    CHECK_EQ(sock_sendall(op, "abc", 3, 0, NULL), 0);
    CHECK_EQ(sock_recv(op, digest, sizeof digest, 0), 32);
    check_hex(digest, SHA256_ABC);
    /* In parts: MSG_MORE announces more data. */
    CHECK_EQ(sock_send(op, "a", 1, MSG_MORE), 1);
    CHECK_EQ(sock_send(op, "b", 1, MSG_MORE), 1);
    CHECK_EQ(sock_send(op, "c", 1, 0), 1);
    CHECK_EQ(sock_recv(op, digest, sizeof digest, 0), 32);
    check_hex(digest, SHA256_ABC);
    /* Two operations of one socket are independent. */
    sock_t other = operation(s);
    CHECK_EQ(sock_send(op, "ab", 2, MSG_MORE), 2);
    CHECK_EQ(sock_send(other, "abc", 3, 0), 3);
    CHECK_EQ(sock_send(op, "c", 1, 0), 1);
    CHECK_EQ(sock_recv(other, digest, sizeof digest, 0), 32);
    check_hex(digest, SHA256_ABC);
    CHECK_EQ(sock_recv(op, digest, sizeof digest, 0), 32);
    check_hex(digest, SHA256_ABC);
    CHECK_OK(sock_close(other));
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
}

/* RFC 2202, test case 2. */
static void test_keyed_hash(void)
{
    sock_t s = algorithm("hash", "hmac(sha1)");
    CHECK_OK(sock_set_alg_key(s, "Jefe", 4));
    sock_t op = operation(s);
    unsigned char digest[20];
    CHECK_EQ(sock_send(op, "what do ya want for nothing?", 28, 0), 28);
    CHECK_EQ(sock_recv(op, digest, sizeof digest, 0), 20);
    check_hex(digest, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
}

/* RFC 3602, case 1: AES in CBC mode with 128 bits. */
static void test_cipher(void)
{
    unsigned char key[16], iv[16], text[64];
    from_hex("06a9214036b8a15b512e03d534120006", key, sizeof key);
    from_hex("3dafba429d9eb430b422da802c9fac41", iv, sizeof iv);
    sock_t s = algorithm("skcipher", "cbc(aes)");
    CHECK_OK(sock_set_alg_key(s, key, sizeof key));
    sock_t op = operation(s);
    CHECK_EQ(afalg(op, "Single block msg", 16, ALG_OP_ENCRYPT, iv, sizeof iv, 0, 0), 16);
    CHECK_EQ(sock_recv(op, text, sizeof text, 0), 16);
    check_hex(text, "e353779c1079aeb82708942dbe77181a");
    CHECK_EQ(afalg(op, text, 16, ALG_OP_DECRYPT, iv, sizeof iv, 0, 0), 16);
    CHECK_EQ(sock_recv(op, text, sizeof text, 0), 16);
    CHECK_MEM(text, "Single block msg", 16);

    /* The operation first, without data, then the data in two parts. */
    CHECK_EQ(sock_sendmsg_alg(op, NULL, 0, ALG_OP_ENCRYPT, iv, sizeof iv, 0, MSG_MORE), 0);
    CHECK_EQ(sock_send(op, "Single b", 8, MSG_MORE), 8);
    CHECK_EQ(sock_send(op, "lock msg", 8, 0), 8);
    CHECK_EQ(sock_recv(op, text, sizeof text, 0), 16);
    check_hex(text, "e353779c1079aeb82708942dbe77181a");

    /* Many buffers at once. */
    struct sock_iovec pieces[] = {{"Single", 6}, {NULL, 0}, {" block", 6}, {" msg", 4}};
    CHECK_EQ(sock_sendmsg_alg(op, pieces, 4, ALG_OP_ENCRYPT, iv, sizeof iv, 0, 0), 16);
    CHECK_EQ(sock_recv(op, text, sizeof text, 0), 16);
    check_hex(text, "e353779c1079aeb82708942dbe77181a");
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 4. */
static void test_aead(void)
{
    unsigned char key[16], iv[12], in[20 + 60], out[128], expected[60 + 16];
    from_hex("feffe9928665731c6d6a8f9467308308", key, sizeof key);
    from_hex("cafebabefacedbaddecaf888", iv, sizeof iv);
    from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", in, 20);
    from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
             "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
             in + 20, 60);
    from_hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
             "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
             "5bc94fbc3221a5db94fae95ae7121a47",
             expected, sizeof expected);
    sock_t s = algorithm("aead", "gcm(aes)");
    CHECK_OK(sock_set_alg_key(s, key, sizeof key));
    CHECK_OK(sock_set_alg_tag_size(s, 16));
    sock_t op = operation(s);
    CHECK_EQ(afalg(op, in, sizeof in, ALG_OP_ENCRYPT, iv, sizeof iv, 20, 0), sizeof in);
    CHECK_EQ(sock_recv(op, out, sizeof out, 0), sizeof in + 16);
    CHECK_MEM(out, in, 20); /* the associated data is returned first */
    CHECK_MEM(out + 20, expected, sizeof expected);

    CHECK_EQ(afalg(op, out, sizeof in + 16, ALG_OP_DECRYPT, iv, sizeof iv, 20, 0), sizeof in + 16);
    unsigned char back[128];
    CHECK_EQ(sock_recv(op, back, sizeof in, 0), sizeof in);
    CHECK_MEM(back, in, sizeof in);

    /* One flipped bit, and nothing is returned. */
    out[30] ^= 1;
    CHECK_EQ(afalg(op, out, sizeof in + 16, ALG_OP_DECRYPT, iv, sizeof iv, 20, 0), sizeof in + 16);
    CHECK_ERR(sock_recv(op, back, sizeof in, 0), -EBADMSG);
    CHECK_OK(sock_close(op));

    CHECK_ERR(sock_set_alg_tag_size(s, 17), -EINVAL); /* the algorithm has no such tag length */
    CHECK_REFUSED(sock_set_alg_tag_size(s, -1), -EINVAL, "size");
    CHECK_REFUSED(sock_set_alg_tag_size(s, INT64_C(1) << 32), -EINVAL, "size");
    CHECK_OK(sock_close(s));
}

/* CPython: LinuxKernelCryptoAPI.test_drbg_pr_sha256 and related tests. */
static void test_random_numbers(void)
{
    sock_t s = algorithm("rng", "stdrng");
    CHECK_OK(sock_set_alg_key(s, "seed of this test, which is long enough for any of them", 48));
    sock_t op = operation(s);
    unsigned char one[32] = {0}, other[32] = {0};
    CHECK_EQ(sock_recv(op, one, sizeof one, 0), 32);
    CHECK_EQ(sock_recv(op, other, sizeof other, 0), 32);
    CHECK_NE(memcmp(one, other, sizeof one), 0);
    CHECK_OK(sock_close(op));
    CHECK_OK(sock_close(s));
}

/* R118, R119: invalid calls, and which side refuses them. */
static void test_refusals(void)
{
    sock_t s = algorithm("skcipher", "cbc(aes)");
    struct sock_addr addr;
    CHECK_ERR(sock_getsockname(s, &addr), -EOPNOTSUPP);
    CHECK_ERR(sock_set_alg_key(s, "short", 5), -EINVAL);
    CHECK_REFUSED(sock_set_alg_key(s, NULL, 16), -EFAULT, "key");
    CHECK_OK(sock_set_alg_key(s, "sixteen letters.", 16));
    sock_t op = operation(s), udp = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    static const int64_t beyond[] = {-1, INT64_C(1) << 32, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        CHECK_REFUSED(afalg(op, "x", 1, beyond[i], NULL, 0, 0, 0), -EINVAL, "op");
        CHECK_REFUSED(afalg(op, "x", 1, 1, NULL, 0, beyond[i], 0), -EINVAL, "assoclen");
    }
    static char long_iv[65537];
    CHECK_REFUSED(afalg(op, "x", 1, 1, long_iv, sizeof long_iv, 0, 0), -EINVAL, "iv_len");
    CHECK_REFUSED(afalg(op, "x", 1, 1, NULL, 16, 0, 0), -EFAULT, "iv");
    CHECK_REFUSED(sock_sendmsg_alg(op, NULL, 1, 1, NULL, 0, 0, 0), -EFAULT, "iov");
    CHECK_ERR(sock_sendmsg_alg(op, NULL, 1025, 1, NULL, 0, 0, 0), -EMSGSIZE);
    CHECK_ERR(afalg(op, "x", 1, 99, NULL, 0, 0, 0), -EINVAL);            /* not an operation of the kernel */
    CHECK_ERR(afalg(op, "x", 1, ALG_OP_ENCRYPT, "iv", 2, 0, 0), -EINVAL); /* not an IV length */
    CHECK_REFUSED(afalg(udp, "x", 1, 1, NULL, 0, 0, 0), -EAFNOSUPPORT, "s");
    CHECK_OK(sock_close(udp));
    CHECK_OK(sock_close(op));
    CHECK_ERR(afalg(op, "x", 1, 1, NULL, 0, 0, 0), -EBADF);
    CHECK_OK(sock_close(s));

    s = family_socket(AF_ALG, SOCK_SEQPACKET, 0, "AF_ALG");
    check_foreign_addresses(s, false, false);
    CHECK_OK(sock_addr_alg("hash", "no-such-hash", 0, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -ENOENT);
    CHECK_OK(sock_addr_alg("nothing", "sha256", 0, 0, &addr));
    CHECK_ERR(sock_bind(s, &addr), -ENOENT);
    CHECK_OK(sock_addr_alg("hash", "sha256", 0xf, 0xf, &addr)); /* flags reserved by the kernel */
    CHECK_ERR(sock_bind(s, &addr), -EINVAL);
    CHECK_LT(sock_accept(s, NULL), 0); /* not bound */
    CHECK_OK(sock_close(s));
}

/* A cipher without any data: poll(2) reports it as ready, but a receive finds nothing. */
static sock_t thirsty(void)
{
    sock_t s = algorithm("skcipher", "cbc(aes)");
    CHECK_OK(sock_set_alg_key(s, "sixteen letters.", 16));
    sock_t op = CHECK_OK(sock_accept(s, NULL));
    CHECK_OK(sock_close(s));
    return op;
}

static void test_receiving_before_data_waits(void)
{
    check_waits_idle(thirsty);
    struct blocked b = {.s = thirsty()};
    struct thread t;
    thread_start(&t, block, &b);
    thread_wait_blocked(&t);
    unsigned char iv[16] = {0};
    CHECK_EQ(afalg(b.s, "Single block msg", 16, ALG_OP_ENCRYPT, iv, sizeof iv, 0, 0), 16);
    thread_join_within(&t, 10000);
    CHECK_EQ(b.result, 16);
    CHECK_OK(sock_close(b.s));
}

static void test_wakes(void) { check_wakes(thirsty); }

TEST_MAIN(test_hash, test_keyed_hash, test_cipher, test_aead, test_random_numbers, test_refusals,
          test_receiving_before_data_waits, test_wakes)
