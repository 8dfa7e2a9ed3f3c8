/* Many datagrams in one call. */
#include <stdlib.h>

#include "scenario.h"

enum { COUNT = 4, ROOM = 2000 };

static char out_bytes[COUNT][ROOM], in_bytes[COUNT][ROOM];
static struct sock_datagram out[COUNT], in[COUNT];

static void fill(size_t len)
{
    for (int i = 0; i < COUNT; i++) {
        memset(out_bytes[i], 'a' + i, ROOM);
        memset(in_bytes[i], 0, ROOM);
        out[i] = (struct sock_datagram){.buf = out_bytes[i], .len = len};
        in[i] = (struct sock_datagram){.buf = in_bytes[i], .len = ROOM};
    }
}

#define UDP_PAIR(from, to)                          \
    struct sock_addr at;                            \
    DO(sock_addr_ip("127.0.0.1", 0, &at));          \
    OPEN(to, sock_socket(AF_INET, SOCK_DGRAM, 0));  \
    DO(sock_bind(to, &at));                         \
    DO(sock_getsockname(to, &at));                  \
    OPEN(from, sock_socket(AF_INET, SOCK_DGRAM, 0)); \
    DO(sock_connect(from, &at))

static void batch(void)
{
    sock_t from, to;
    UDP_PAIR(from, to);
    fill(100);
    EXPECT(sock_sendmany(from, out, COUNT, 0), COUNT);
    EXPECT(sock_recvmany(to, in, COUNT, 0), COUNT);
    for (int i = 0; i < COUNT; i++)
        HOLDS(in[i].count == 100 && memcmp(in_bytes[i], out_bytes[i], 100) == 0);
    DO(sock_settimeout(to, 5000000));
    EXPECT(sock_recvmany(to, in, COUNT, 0), SOCK_ETIMEDOUT);
}

/* More than one system call takes. */
static void batch_in_parts(void)
{
    enum { MANY = 100 };
    static struct sock_datagram all[MANY];
    sock_t from, to;
    int64_t many;
    UDP_PAIR(from, to);
    fill(8);
    for (int i = 0; i < MANY; i++)
        all[i] = out[0];
    for (int64_t done = 0; done < MANY; done += many)
        TRY(many, sock_sendmany(from, all + done, (size_t)(MANY - done), 0));
    for (int i = 0; i < MANY; i++)
        all[i] = (struct sock_datagram){.buf = in_bytes[0], .len = ROOM};
    for (int64_t done = 0; done < MANY; done += many) {
        TRY(many, sock_recvmany(to, all + done, (size_t)(MANY - done), 0));
        HOLDS(many > 0 && all[done].count == 8);
    }
}

/* 1000 bytes in segments of 300, which the kernel or libsock cuts; they come joined, or one by one. */
static void batch_of_segments(void)
{
    sock_t from, to;
    int64_t many;
    size_t bytes = 0;
    UDP_PAIR(from, to);
    DO(sock_setgro(to, 1));
    fill(1000);
    out[0].segment = out[1].segment = 300;
    EXPECT(sock_sendmany(from, out, 2, 0), 2);
    HOLDS(out[0].count == 1000 && out[1].count == 1000);
    while (bytes < 2000) {
        TRY(many, sock_recvmany(to, in, COUNT, 0));
        for (int64_t i = 0; i < many; i++)
            bytes += in[i].count;
    }
    HOLDS(bytes == 2000);
}

/* Control data too large for the stack, with the size of segments to be added: no kernel takes it. */
static void batch_with_large_control(void)
{
    sock_t from, to;
    size_t len = 1 << 20;
    UDP_PAIR(from, to);
    fill(1000);
    out[0].segment = 300;
    out[0].control = calloc(len, 1);
    out[0].control_len = len;
    region_begin();
    int64_t code = sock_sendmany(from, out, 1, 0);
    region_end();
    free(out[0].control);
    call_ended(code, -105, true, "sock_sendmany");
}

/* The queue is full and never has room: the wait that no event ends. */
static void batch_in_vain(void)
{
    sock_t pair[2];
    DO(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    DO(sock_settimeout(pair[0], 0));
    fill(10);
    int64_t sent = 0;
    for (int i = 0; i < 5000 && sent >= 0; i++)
        sent = sock_sendmany(pair[0], out, COUNT, 0);
    DO(sock_settimeout(pair[0], 20000000));
    EXPECT(sock_sendmany(pair[0], out, COUNT, 0), SOCK_ETIMEDOUT);
}

const struct scenario batch_scenarios[] = {
    {"batch", batch},
    {"batch_in_parts", batch_in_parts},
    {"batch_of_segments", batch_of_segments},
    {"batch_with_large_control", batch_with_large_control},
    {"batch_in_vain", batch_in_vain},
    {NULL, NULL},
};
