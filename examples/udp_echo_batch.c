/* A UDP echo with batches: the server answers many datagrams in two system calls, the client counts.
 *
 *     udp_echo_batch serve 127.0.0.1:0 COUNT      answers until COUNT datagrams came
 *     udp_echo_batch ask 127.0.0.1:PORT COUNT     sends COUNT datagrams of 1200 bytes, 50 at a time
 *
 * Datagrams that arrive together (UDP_GRO) come as one entry; `segment` is their size. The answer has the same
 * shape, so the kernel cuts it again: an entry goes back as it came, without a copy.
 */
#include "sock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ENTRIES = 16, ROOM = 65535, SIZE = 1200, AT_ONCE = 50 };

static char room[ENTRIES][ROOM];
static struct sock_datagram batch[ENTRIES];

static int64_t need(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, sock_strerror(result));
        exit(1);
    }
    return result;
}

static sock_t udp(int family)
{
    sock_t s = need(sock_socket(family, SOCK_DGRAM, 0), "socket");
    int64_t joins = sock_setgro(s, 1);
    if (joins < 0)
        printf("datagrams come one by one: %s\n", sock_strerror(joins));
    need(sock_set_buffer(s, SOCK_READ, 1 << 20), "receive buffer");
    need(sock_settimeout(s, INT64_C(10000000000)), "timeout");
    return s;
}

/* How many datagrams an entry holds. */
static long datagrams(const struct sock_datagram *entry)
{
    if (entry->segment == 0)
        return 1;
    return (long)((entry->count + entry->segment - 1) / entry->segment);
}

/* Makes room in every entry. */
static void empty(void)
{
    for (int i = 0; i < ENTRIES; i++) {
        batch[i].buf = room[i];
        batch[i].len = ROOM;
    }
}

static void serve(const struct sock_addr *at, long count)
{
    struct sock_addr name;
    char text[64];
    sock_t s = udp(sock_addr_family(at));
    need(sock_bind(s, at), "bind");
    need(sock_getsockname(s, &name), "name");
    need(sock_addr_format(&name, text, sizeof text), "name");
    printf("listening on %s\n", text);
    fflush(stdout);
    long answered = 0, calls = 0;
    while (answered < count) {
        empty();
        int64_t n = need(sock_recvmany(s, batch, ENTRIES, 0), "receive");
        for (int64_t i = 0; i < n; i++) {
            batch[i].len = batch[i].count; /* `segment` and `addr` are what came */
            answered += datagrams(&batch[i]);
        }
        for (int64_t sent = 0; sent < n;)
            sent += need(sock_sendmany(s, batch + sent, (size_t)(n - sent), 0), "send");
        calls++;
    }
    printf("answered %ld datagrams in %ld batches\n", answered, calls);
    need(sock_close(s), "close");
}

static void ask(const struct sock_addr *to, long count)
{
    static char data[AT_ONCE * SIZE];
    sock_t s = udp(sock_addr_family(to));
    need(sock_connect(s, to), "connect");
    long back = 0;
    for (long asked = 0, now; asked < count; asked += now) {
        now = count - asked < AT_ONCE ? count - asked : AT_ONCE;
        for (long i = 0; i < now; i++)
            memset(data + i * SIZE, (int)(asked + i), SIZE);
        struct sock_datagram out = {.buf = data, .len = (size_t)now * SIZE, .segment = SIZE};
        need(sock_sendmany(s, &out, 1, 0), "send");
        if (out.flags & SOCK_BATCH_PLAIN)
            printf("sent without segments\n");
        for (long wanted = back + now; back < wanted;) {
            empty();
            int64_t n = need(sock_recvmany(s, batch, ENTRIES, 0), "receive");
            for (int64_t i = 0; i < n; i++) {
                for (size_t at = 0; at < batch[i].count; at += SIZE, back++)
                    if (room[i][at] != (char)back || room[i][at + SIZE - 1] != (char)back) {
                        fprintf(stderr, "datagram %ld is not what was sent\n", back);
                        exit(1);
                    }
            }
        }
    }
    printf("%ld datagrams of %d bytes came back\n", back, SIZE);
    need(sock_close(s), "close");
}

int main(int argc, char **argv)
{
    struct sock_addr addr;
    if (argc != 4 || (strcmp(argv[1], "serve") != 0 && strcmp(argv[1], "ask") != 0)) {
        fprintf(stderr, "usage: %s serve|ask HOST:PORT COUNT\n", argv[0]);
        return 2;
    }
    need(sock_addr_parse(argv[2], &addr), argv[2]);
    long count = strtol(argv[3], NULL, 10);
    if (strcmp(argv[1], "serve") == 0)
        serve(&addr, count);
    else
        ask(&addr, count);
    return 0;
}
