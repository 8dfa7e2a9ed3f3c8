/* Sends and receives that wait, whole buffers, and files. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "scenario.h"

enum { PIECE = 2000 };

/* Connected to the echo server, which answers after 1 ms. */
#define CONNECTED(s)                                      \
    OPEN(s, sock_socket(AF_INET, SOCK_STREAM, 0));        \
    DO(sock_connect(s, &echo_address))

static void echo_waits(void)
{
    sock_t s;
    char buf[8];
    CONNECTED(s);
    for (int i = 0; i < 3; i++) {
        DO(sock_send(s, "ping", 4, 0));
        EXPECT(sock_recv(s, buf, sizeof buf, 0), 4);
        HOLDS(memcmp(buf, "ping", 4) == 0);
    }
}

static void whole_buffers(void)
{
    sock_t s;
    char out[PIECE], in[PIECE];
    size_t count;
    memset(out, 'a', sizeof out);
    CONNECTED(s);
    DO(sock_sendall(s, out, sizeof out, 0, &count));
    HOLDS(count == sizeof out);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(count == sizeof in && memcmp(in, out, sizeof in) == 0);
}

static void wait_for_all(void)
{
    sock_t s;
    char buf[8];
    CONNECTED(s);
    DO(sock_send(s, "12345678", 8, 0));
    EXPECT(sock_recv(s, buf, sizeof buf, MSG_WAITALL), 8);
}

static void datagrams(void)
{
    sock_t one, other;
    struct sock_addr at, from;
    char buf[16];
    DO(sock_addr_ip("127.0.0.1", 0, &at));
    OPEN(one, sock_socket(AF_INET, SOCK_DGRAM, 0));
    DO(sock_bind(one, &at));
    DO(sock_getsockname(one, &at));
    OPEN(other, sock_socket(AF_INET, SOCK_DGRAM, 0));
    DO(sock_sendto(other, "hello", 5, 0, &at));
    EXPECT(sock_recvfrom(one, buf, sizeof buf, 0, &from), 5);
    DO(sock_sendto(one, "back", 4, 0, &from));
    EXPECT(sock_recv(other, buf, sizeof buf, 0), 4);
}

/* What is full and never has room: the wait that no event ends. */
static void full_queue(void)
{
    sock_t pair[2];
    char buf[32] = "x";
    DO(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    DO(sock_settimeout(pair[0], 0));
    int64_t sent = 0;
    for (int i = 0; i < 5000 && sent >= 0; i++)
        sent = sock_send(pair[0], buf, sizeof buf, 0);
    DO(sock_settimeout(pair[0], 20000000));
    EXPECT(sock_send(pair[0], buf, sizeof buf, 0), SOCK_ETIMEDOUT);
}

static void send_a_file(void)
{
    sock_t s;
    int64_t sent;
    char in[PIECE], out[PIECE];
    size_t count;
    memset(out, 'f', sizeof out);
    int file = file_with(out, sizeof out);
    CONNECTED(s);
    EXPECT(sock_sendfile(s, file, 0, -1, &sent), PIECE);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(memcmp(in, out, sizeof in) == 0);
    EXPECT(sock_sendfile(s, file, 100, 50, &sent), 50);
    HOLDS(sent == 50 && lseek(file, 0, SEEK_CUR) == 150);
}

static void send_a_pipe(void)
{
    sock_t s;
    int ends[2];
    int64_t sent;
    char in[5];
    size_t count;
    HOLDS(pipe2(ends, O_CLOEXEC) == 0);
    keep_fd(ends[0]);
    HOLDS(write(ends[1], "piped", 5) == 5 && close(ends[1]) == 0);
    CONNECTED(s);
    EXPECT(sock_sendfile(s, ends[0], 0, -1, &sent), 5);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(memcmp(in, "piped", 5) == 0);
}

/* What neither sendfile(2) nor splice(2) takes goes through memory. */
static void send_a_socket(void)
{
    sock_t s;
    int ends[2];
    int64_t sent;
    char in[5];
    size_t count;
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    keep_fd(ends[0]);
    HOLDS(write(ends[1], "ended", 5) == 5 && close(ends[1]) == 0);
    CONNECTED(s);
    EXPECT(sock_sendfile(s, ends[0], 0, -1, &sent), 5);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
}

/* The program has the descriptor too, and may switch O_NONBLOCK: what is sent goes through memory. */
static void send_a_file_shared(void)
{
    sock_t s;
    int64_t sent;
    char in[PIECE], out[PIECE];
    size_t count;
    memset(out, 'f', sizeof out);
    int file = file_with(out, sizeof out);
    CONNECTED(s);
    DO(sock_fileno(s));
    EXPECT(sock_sendfile(s, file, 0, -1, &sent), PIECE);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(memcmp(in, out, sizeof in) == 0);
}

static void send_a_pipe_shared(void)
{
    sock_t s;
    int ends[2];
    int64_t sent;
    char in[5];
    size_t count;
    HOLDS(pipe2(ends, O_CLOEXEC) == 0);
    keep_fd(ends[0]);
    HOLDS(write(ends[1], "piped", 5) == 5 && close(ends[1]) == 0);
    CONNECTED(s);
    DO(sock_fileno(s));
    EXPECT(sock_sendfile(s, ends[0], 0, -1, &sent), 5);
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(memcmp(in, "piped", 5) == 0);
}

static void send_without_a_copy(void)
{
    static char out[PIECE], in[PIECE];
    sock_t s;
    uint64_t ticket;
    size_t count;
    struct sock_zerocopy_range done;
    CONNECTED(s);
    EXPECT(sock_send_zerocopy(s, out, sizeof out, 0, &ticket), PIECE);
    HOLDS(ticket <= 1);
    if (ticket == 0)
        return;
    DO(sock_recv_exact(s, in, sizeof in, 0, &count));
    HOLDS(count == sizeof in && memcmp(in, out, sizeof in) == 0);
    EXPECT(sock_zerocopy_done(s, &done, 1), 1);
    HOLDS(done.first == 1 && done.last == 1);
}

const struct scenario transfer_scenarios[] = {
    {"echo_waits", echo_waits},
    {"whole_buffers", whole_buffers},
    {"wait_for_all", wait_for_all},
    {"datagrams", datagrams},
    {"full_queue", full_queue},
    {"send_without_a_copy", send_without_a_copy},
    {"send_a_file", send_a_file},
    {"send_a_pipe", send_a_pipe},
    {"send_a_socket", send_a_socket},
    {"send_a_file_shared", send_a_file_shared},
    {"send_a_pipe_shared", send_a_pipe_shared},
    {NULL, NULL},
};
