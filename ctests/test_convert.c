/* Byte order, and numeric hosts as bytes and text: exactly which forms are accepted. */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* R183 */
static void test_byte_order(void)
{
    static const int64_t numbers[] = {0, 1, 0x1234, 0xff00, 65535};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t n = numbers[i];
        CHECK_EQ(sock_htons(n), htons((uint16_t)n));
        CHECK_EQ(sock_ntohs(n), ntohs((uint16_t)n));
        CHECK_EQ(sock_ntohs(sock_htons(n)), n);
        for (int shift = 0; shift <= 16; shift += 8) {
            CHECK_EQ(sock_htonl(n << shift), htonl((uint32_t)n << shift));
            CHECK_EQ(sock_ntohl(n << shift), ntohl((uint32_t)n << shift));
        }
    }
    CHECK_EQ(sock_htonl(0xffffffff), 0xffffffff);
}

/* R183: values out of range are refused, never truncated. */
static void test_byte_order_refuses(void)
{
    static const int64_t beyond[] = {-1, 65536, INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        int64_t n = beyond[i] == 65536 ? (int64_t)1 << 32 : beyond[i];
        CHECK_REFUSED(sock_htons(beyond[i]), -EINVAL, "host");
        CHECK_REFUSED(sock_ntohs(beyond[i]), -EINVAL, "net");
        CHECK_REFUSED(sock_htonl(n), -EINVAL, "host");
        CHECK_REFUSED(sock_ntohl(n), -EINVAL, "net");
    }
    CHECK_STR(why(), "net: 9223372036854775807 is not within 0 to 4294967295");
}

/* Number of random texts: fewer in modes that are fifty times slower. */
static int rounds(void)
{
    return in_valgrind() ? 5000 : 200000;
}

/* The C library and libsock agree on a text, also on invalid ones. */
static void agree_on_aton(const char *text)
{
    struct in_addr theirs;
    unsigned char ours[4] = {9, 9, 9, 9};
    int taken = inet_aton(text, &theirs);
    int len = sock_inet_aton(text, ours, sizeof ours);
    if (taken ? len != 4 || memcmp(ours, &theirs, 4) != 0 : len != -EINVAL || ours[0] != 9)
        FAIL("\"%s\": inet_aton returns %d, libsock %d, %d.%d.%d.%d", text, taken, len, ours[0], ours[1], ours[2],
             ours[3]);
}

/* R180: exactly as lenient as the C library. */
static void test_aton_matches_the_c_library(void)
{
    static const char *const texts[] = {
        "",         "127.1",    "0x7f.1",     "010.1",     "1.2.3.4 junk", "1.2.3.4\t", " 1.2.3.4",  "1.2.3.256",
        "256.1",    "1.256.1",  "1.2.65535",  "1.2.65536", "4294967295",   "4294967296", "0xffffffff", "0x",
        "0x1.0X2",  "08",       "0b1",        "1.2.3.4.",  "1.2.3.4.5",    "1..2",      "-1",        "1.2.3.4\n",
        "00000001", "1.2.3.4x", "037777777777", "1.2.3.4\v", "1.2.3.4\x80",  "+1",        "1 .2",      "0x1p3",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        agree_on_aton(texts[i]);
    /* Built from the letters that matter; the fixed seed makes failures reproducible. */
    static const char letters[] = "0123456789abcfxX.. \t25";
    unsigned seed = 1;
    for (int i = 0; i < rounds(); i++) {
        char text[24];
        size_t len = (size_t)rand_r(&seed) % (sizeof text - 1);
        for (size_t k = 0; k < len; k++)
            text[k] = letters[(size_t)rand_r(&seed) % (sizeof letters - 1)];
        text[len] = 0;
        agree_on_aton(text);
    }
}

static void agree_on_pton(int family, const char *text)
{
    unsigned char theirs[16], ours[16];
    memset(theirs, 9, sizeof theirs);
    memset(ours, 9, sizeof ours);
    int taken = inet_pton(family, text, theirs);
    int len = sock_inet_pton(family, text, ours, sizeof ours);
    if (!taken)
        memset(theirs, 9, sizeof theirs);
    int expected = taken ? (family == AF_INET ? 4 : 16) : -EINVAL;
    if (len != expected || memcmp(ours, theirs, sizeof ours) != 0)
        FAIL("\"%s\": inet_pton returns %d, libsock %d", text, taken, len);
}

/* R181: strict forms, without a zone. */
static void test_pton_matches_the_c_library(void)
{
    static const char *const texts[] = {
        "1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4 ", "256.1.1.1", "0.0.0.0", "::", "::1", "1::", "fe80::1%lo",
        "fe80::1%1", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:9", "12345::", ":1", "1:", ":::", "::1::", "[::1]", "", "::1.2.3", "1:2:3:4:5:6:1.2.3.4",
        "::01.2.3.4", "ABCD::ef",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        agree_on_pton(AF_INET, texts[i]);
        agree_on_pton(AF_INET6, texts[i]);
    }
    static const char letters[] = "0123456789abcdefF:::::..";
    unsigned seed = 2;
    for (int i = 0; i < rounds(); i++) {
        char text[40];
        size_t len = (size_t)rand_r(&seed) % (sizeof text - 1);
        for (size_t k = 0; k < len; k++)
            text[k] = letters[(size_t)rand_r(&seed) % (sizeof letters - 1)];
        text[len] = 0;
        agree_on_pton(AF_INET, text);
        agree_on_pton(AF_INET6, text);
    }
}

/* R182: the text equals the C library's, with IPv6 as in RFC 5952. */
static void test_ntop_matches_the_c_library(void)
{
    unsigned seed = 3;
    char theirs[64], ours[64];
    for (int i = 0; i < rounds(); i++) {
        unsigned char bytes[16];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = rand_r(&seed) % 3 ? 0 : (unsigned char)rand_r(&seed);
        if (i % 7 == 0)
            memset(bytes, 0, 10), memset(bytes + 10, i % 2 ? 0xff : 0, 2);
        CHECK(inet_ntop(AF_INET6, bytes, theirs, sizeof theirs));
        CHECK_EQ(sock_inet_ntop(AF_INET6, bytes, 16, ours, sizeof ours), strlen(theirs));
        CHECK_STR(ours, theirs);
        CHECK(inet_ntop(AF_INET, bytes, theirs, sizeof theirs));
        CHECK_EQ(sock_inet_ntop(AF_INET, bytes, 4, ours, sizeof ours), strlen(theirs));
        CHECK_STR(ours, theirs);
        CHECK_EQ(sock_inet_ntoa(bytes, 4, ours, sizeof ours), strlen(theirs));
        CHECK_STR(ours, theirs);
    }
    CHECK_EQ(sock_inet_ntop(AF_INET6, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1", 16, ours, sizeof ours), 16);
    CHECK_STR(ours, "::ffff:192.0.2.1");
}

/* R182: exactly 4 or 16 bytes; R181, R182: no other family. */
static void test_lengths_and_families(void)
{
    char text[64] = "untouched";
    unsigned char bytes[17] = {0};
    for (size_t len = 0; len <= sizeof bytes; len++) {
        if (len != 4) {
            CHECK_REFUSED(sock_inet_ntoa(bytes, len, text, sizeof text), -EINVAL, "len");
            CHECK_REFUSED(sock_inet_ntop(AF_INET, bytes, len, text, sizeof text), -EINVAL, "len");
        }
        if (len != 16)
            CHECK_REFUSED(sock_inet_ntop(AF_INET6, bytes, len, text, sizeof text), -EINVAL, "len");
    }
    CHECK_REFUSED(sock_inet_ntop(AF_UNIX, bytes, 4, text, sizeof text), -EAFNOSUPPORT, "family");
    CHECK_REFUSED(sock_inet_pton(AF_UNIX, "1.2.3.4", bytes, sizeof bytes), -EAFNOSUPPORT, "family");
    CHECK_REFUSED(sock_inet_pton(-1, "1.2.3.4", bytes, sizeof bytes), -EAFNOSUPPORT, "family");
    CHECK_STR(text, "untouched");
}

static void test_capacities_and_pointers(void)
{
    char text[16];
    unsigned char bytes[16];
    memset(bytes, 9, sizeof bytes);
    CHECK_REFUSED(sock_inet_aton("1.2.3.4", bytes, 3), -ENOSPC, "cap");
    CHECK_REFUSED(sock_inet_pton(AF_INET6, "::", bytes, 15), -ENOSPC, "cap");
    CHECK_REFUSED(sock_inet_pton(AF_INET, "1.2.3.4", NULL, 0), -ENOSPC, "cap");
    CHECK_EQ(bytes[0], 9);
    CHECK_EQ(sock_inet_pton(AF_INET, "1.2.3.4", bytes, 4), 4);
    CHECK_EQ(bytes[4], 9);
    CHECK_EQ(sock_inet_ntoa(bytes, 4, NULL, 0), 7);
    CHECK_EQ(sock_inet_ntoa(bytes, 4, text, 4), 7);
    CHECK_STR(text, "1.2");
    CHECK_ERR(sock_inet_ntoa(NULL, 4, text, sizeof text), -EFAULT);
    CHECK_ERR(sock_inet_ntoa(bytes, 4, NULL, 1), -EFAULT);
    CHECK_ERR(sock_inet_ntop(AF_INET6, NULL, 16, text, sizeof text), -EFAULT);
    CHECK_ERR(sock_inet_aton(NULL, bytes, 4), -EFAULT);
    CHECK_ERR(sock_inet_aton("1", NULL, 4), -EFAULT);
    CHECK_ERR(sock_inet_pton(AF_INET, NULL, bytes, 4), -EFAULT);
    CHECK_ERR(sock_inet_pton(AF_INET, "1.2.3.4", NULL, 4), -EFAULT);
    CHECK_REFUSED(sock_inet_aton("nonsense", bytes, 4), -EINVAL, "text");
    CHECK_REFUSED(sock_inet_pton(AF_INET, "nonsense", bytes, 4), -EINVAL, "text");
}

TEST_MAIN(test_byte_order, test_byte_order_refuses, test_aton_matches_the_c_library,
          test_pton_matches_the_c_library, test_ntop_matches_the_c_library, test_lengths_and_families,
          test_capacities_and_pointers)
