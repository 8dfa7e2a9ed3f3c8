/* Bytes moved between sockets, files and pipes. */
#include <unistd.h>

#include "scenario.h"

static void splice_sockets(void)
{
    sock_t from[2], to[2];
    int64_t received, sent;
    char buf[8];
    PAIR(from);
    PAIR(to);
    DO(sock_send(from[1], "spliced", 7, 0));
    EXPECT(sock_splice(from[0], to[0], 7, &received, &sent), 7);
    HOLDS(received == 7 && sent == 7);
    EXPECT(sock_recv(to[1], buf, sizeof buf, 0), 7);
    HOLDS(memcmp(buf, "spliced", 7) == 0);
}

static void splice_files(void)
{
    sock_t pair[2];
    int64_t received, sent;
    char buf[8] = "";
    int from = file_with("a file", 6), to = file_with("", 0);
    PAIR(pair);
    EXPECT(sock_splice_from_fd(from, 0, pair[0], 6, &sent), 6);
    HOLDS(sent == 6);
    EXPECT(sock_splice_to_fd(pair[1], to, 0, 6, &received, &sent), 6);
    HOLDS(received == 6 && sent == 6);
    HOLDS(pread(to, buf, sizeof buf, 0) == 6 && memcmp(buf, "a file", 6) == 0);
}

static void relay(void)
{
    sock_t left[2], right[2];
    struct sock_relay_counts counts;
    char buf[8];
    PAIR(left);
    PAIR(right);
    DO(sock_send(left[1], "to", 2, 0));
    DO(sock_send(right[1], "fro", 3, 0));
    DO(sock_shutdown(left[1], SHUT_WR));
    DO(sock_shutdown(right[1], SHUT_WR));
    EXPECT(sock_relay(left[0], right[0], 2000000000, &counts), 0);
    HOLDS(counts.a_to_b == 2 && counts.b_to_a == 3);
    EXPECT(sock_recv(right[1], buf, sizeof buf, 0), 2);
    EXPECT(sock_recv(left[1], buf, sizeof buf, 0), 3);
}

const struct scenario splice_scenarios[] = {
    {"splice_sockets", splice_sockets},
    {"splice_files", splice_files},
    {"relay", relay},
    {NULL, NULL},
};
