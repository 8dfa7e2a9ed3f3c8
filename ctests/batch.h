/* Shared by the tests of batches: UDP sockets, and arrays of datagrams over one block of memory. */
#ifndef SOCK_BATCH_TEST_H
#define SOCK_BATCH_TEST_H

#include "refused.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1500, ROOM = 2048 };

/* A bound socket and a second one that is connected to it. Large buffers: loopback drops what does not fit. */
/* Gives a socket large buffers. The receive buffer is small where net.core.rmem_max is, except with privileges. */
static inline void widen(sock_t s)
{
    CHECK_OK(sock_setsockopt_int(s, SOL_SOCKET, SO_RCVBUF, 16 << 20));
    sock_setsockopt_int(s, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
    CHECK_OK(sock_setsockopt_int(s, SOL_SOCKET, SO_SNDBUF, 4 << 20));
}

static inline void udp_pair(int family, sock_t out[2])
{
    struct sock_addr name;
    out[1] = udp_socket(family, &name);
    out[0] = CHECK_OK(sock_socket(family, SOCK_DGRAM, 0));
    CHECK_OK(sock_connect(out[0], &name));
    for (int i = 0; i < 2; i++)
        widen(out[i]);
}

static inline void close_both(const sock_t s[2])
{
    CHECK_OK(sock_close(s[0]));
    CHECK_OK(sock_close(s[1]));
}

/* Skips a test that sends megabytes before it receives where the kernel would drop datagrams. */
static inline void need_room(const sock_t s[2])
{
    int room;
    CHECK_OK(sock_getsockopt_int(s[1], SOL_SOCKET, SO_RCVBUF, &room));
    if (room >= 4 << 20)
        return;
    close_both(s);
    SKIP("net.core.rmem_max allows a receive buffer of %d bytes only", room);
}

/* Byte `at` of datagram `number`. */
static inline char byte_of(size_t number, size_t at)
{
    return (char)(number * 7 + at * 31 + at / 251);
}

static struct sock_datagram outgoing[MOST], incoming[MOST];
static char *outgoing_bytes, *incoming_bytes;

static inline char *memory(size_t len)
{
    char *bytes = calloc(len, 1);
    CHECK(bytes != NULL);
    return bytes;
}

/* n datagrams of `len` bytes to send, each filled differently, until free_batches() or the next call. */
static inline struct sock_datagram *to_send(size_t n, size_t len)
{
    char *bytes = memory(n * (len + 1));
    free(outgoing_bytes);
    outgoing_bytes = bytes;
    for (size_t i = 0; i < n; i++) {
        outgoing[i] = (struct sock_datagram){.buf = bytes + i * len, .len = len};
        for (size_t at = 0; at < len; at++)
            bytes[i * len + at] = byte_of(i, at);
    }
    return outgoing;
}

/* Room for n datagrams of `len` bytes, likewise. */
static inline struct sock_datagram *to_fill(size_t n, size_t len)
{
    char *bytes = memory(n * (len + 1));
    free(incoming_bytes);
    incoming_bytes = bytes;
    for (size_t i = 0; i < n; i++)
        incoming[i] = (struct sock_datagram){.buf = bytes + i * len, .len = len, .segment = 99, .flags = 99};
    return incoming;
}

static inline void free_batches(void)
{
    free(outgoing_bytes);
    free(incoming_bytes);
    outgoing_bytes = incoming_bytes = NULL;
}

/* Receives until n entries have come, in as many calls as it takes; returns the number of calls. */
static inline int receive_all(sock_t s, struct sock_datagram *v, size_t n)
{
    int calls = 0;
    for (size_t have = 0; have < n; calls++)
        have += (size_t)CHECK_OK(sock_recvmany(s, v + have, n - have, 0));
    return calls;
}

#endif
