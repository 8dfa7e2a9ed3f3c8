/* Buffered streams, and sockets as FILEs. */
#include <errno.h>
#include <stdio.h>

#include "scenario.h"

static void lines(void)
{
    sock_t pair[2];
    sock_stream_t one, other;
    char buf[64];
    size_t count;
    PAIR(pair);
    OPEN(one, sock_stream_new(pair[0], 0));
    OPEN(other, sock_stream_new(pair[1], 0));
    DO(sock_stream_write(one, "first\nsecond\r\n\r\nrest", 20, &count));
    DO(sock_stream_flush(one));
    EXPECT(sock_stream_readline(other, buf, sizeof buf), 6);
    EXPECT(sock_stream_read_until(other, "\r\n\r\n", 4, buf, sizeof buf), 10);
    DO(sock_stream_read_exact(other, buf, 4, &count));
    HOLDS(memcmp(buf, "rest", 4) == 0);
    DO(sock_settimeout(pair[1], 5000000));
    EXPECT(sock_stream_read(other, buf, 1), SOCK_ETIMEDOUT);
    DO(sock_stream_write(one, "last", 4, &count)); /* goes when the stream is closed */
}

/* A line for which the buffer has to grow, to a peer that waits. */
static void long_line(void)
{
    sock_t s;
    sock_stream_t stream;
    static char line[9000], buf[9000];
    size_t count;
    memset(line, 'l', sizeof line);
    line[sizeof line - 1] = '\n';
    OPEN(s, sock_create_connection("127.0.0.1", echo_port, NULL));
    OPEN(stream, sock_stream_new(s, 64));
    DO(sock_stream_write(stream, line, sizeof line, &count));
    DO(sock_stream_flush(stream));
    EXPECT(sock_stream_readline(stream, buf, sizeof buf), (int64_t)sizeof line);
    HOLDS(memcmp(line, buf, sizeof line) == 0);
}

static void files(void)
{
    sock_t pair[2];
    char buf[16];
    PAIR(pair);
    region_begin();
    FILE *to = sock_fdopen(pair[0], "w");
    region_end();
    if (!call_ended(to ? 0 : -errno, 0, false, "sock_fdopen"))
        return;
    region_begin();
    int put = fputs("a line\n", to), flushed = fflush(to), error = errno;
    int closed = fclose(to);
    region_end();
    if (!call_ended(put < 0 || flushed || closed ? -error : 0, 0, false, "fputs"))
        return;
    region_begin();
    FILE *from = sock_fdopen(pair[1], "r");
    region_end();
    if (!call_ended(from ? 0 : -errno, 0, false, "sock_fdopen"))
        return;
    region_begin();
    char *line = fgets(buf, sizeof buf, from);
    error = errno;
    fclose(from);
    region_end();
    call_ended(line ? 0 : -error, 0, false, "fgets");
}

const struct scenario stream_scenarios[] = {
    {"lines", lines},
    {"long_line", long_line},
    {"files", files},
    {NULL, NULL},
};
