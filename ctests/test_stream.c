/* Buffered streams: reading and writing (R194 to R201 as libsock implements them). test_stream_close.c covers
 * closing, threads and fork. */
#include "connected.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static sock_stream_t stream_of(sock_t s, size_t capacity)
{
    return CHECK_OK(sock_stream_new(s, capacity));
}

/* Reads a line and compares it. */
static void line_is(sock_stream_t st, size_t limit, const char *expected)
{
    char line[256];
    int64_t len = CHECK_OK(sock_stream_readline(st, line, limit));
    line[len] = 0;
    CHECK_STR(line, expected);
}

struct steps {
    sock_t s;
    const char *const *texts; /* ends with NULL */
    double pause_ms;
};

static void send_steps(void *arg)
{
    struct steps *steps = arg;
    for (int i = 0; steps->texts[i]; i++) {
        sleep_ms(steps->pause_ms);
        send_text(steps->s, steps->texts[i]);
    }
}

/* R195: lines, with a limit, with every buffer size. */
static void test_lines_and_limits_r195(void)
{
    const size_t capacities[] = {0, 1, 2, 7, 64, 100000};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        sock_t pair[2];
        unix_pair(pair);
        sock_stream_t st = stream_of(pair[0], capacities[i]);
        send_text(pair[1], "one\n\ntwo and more\nthree\nlast");
        CHECK_OK(sock_shutdown(pair[1], SHUT_WR));
        line_is(st, 200, "one\n");
        line_is(st, 200, "\n");
        line_is(st, 4, "two ");
        line_is(st, 0, "");
        line_is(st, 9, "and more\n");
        line_is(st, 5, "three");
        line_is(st, 5, "\n");
        line_is(st, 200, "last");
        line_is(st, 200, "");
        line_is(st, 200, "");
        CHECK_OK(sock_close(st));
        close_pair(pair);
    }
}

/* Differs from R200: a timeout within a line loses nothing, and the next call returns the whole line. */
static void test_http_with_timeouts_in_a_line_r200(void)
{
    static const char *const answer[] = {"HTTP/1.1 200 OK\r\nContent-Le", "ngth: 1", "1\r\n", "\r", "\nhello", " world", NULL};
    sock_t pair[2];
    struct thread t;
    char line[256], body[16] = "";
    size_t written = 0, got = 0;
    int timeouts = 0;
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(20)));
    sock_stream_t st = stream_of(pair[0], 0);
    const char *request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    CHECK_ERR(sock_stream_write(st, request, strlen(request), &written), 0);
    CHECK_EQ(written, strlen(request));
    CHECK_EQ(sock_stream_buffered(st, SOCK_WRITE), strlen(request));
    CHECK_ERR(sock_stream_flush(st), 0);
    CHECK_EQ(sock_stream_buffered(st, SOCK_WRITE), 0);
    sock_stream_t server = stream_of(pair[1], 0);
    CHECK_EQ(sock_stream_read_until(server, "\r\n\r\n", 4, line, sizeof line), strlen(request));
    CHECK_MEM(line, request, strlen(request));
    struct steps steps = {pair[1], answer, 50};
    thread_start(&t, send_steps, &steps);
    const char *const lines[] = {"HTTP/1.1 200 OK\r\n", "Content-Length: 11\r\n", "\r\n"};
    for (int i = 0; i < 3; i++) {
        int64_t len;
        while ((len = sock_stream_readline(st, line, sizeof line - 1)) < 0) {
            CHECK_ERR(len, SOCK_ETIMEDOUT);
            timeouts++;
        }
        line[len] = 0;
        CHECK_STR(line, lines[i]);
    }
    CHECK_GE(timeouts, 3);
    while (got < 11) {
        size_t more = 0;
        int code = sock_stream_read_exact(st, body + got, 11 - got, &more);
        got += more;
        if (code != 0)
            CHECK_ERR(code, SOCK_ETIMEDOUT);
    }
    CHECK_STR(body, "hello world");
    thread_join(&t);
    CHECK_OK(sock_close(server));
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

static int enough; /* atomic */

static void drip(void *arg)
{
    do {
        sleep_ms(15);
        send_text(*(sock_t *)arg, "a");
    } while (!__atomic_load_n(&enough, __ATOMIC_SEQ_CST));
    send_text(*(sock_t *)arg, "b\n");
}

/* One limit for all steps of a call: if each byte extended it, the first call would never end. */
static void test_one_limit_over_a_line_r84(void)
{
    sock_t pair[2];
    struct thread t;
    static char line[1 << 14];
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 0);
    CHECK_OK(sock_settimeout(pair[0], MS(60)));
    int64_t start = now_ns();
    thread_start(&t, drip, &pair[1]);
    CHECK_ERR(sock_stream_readline(st, line, sizeof line), SOCK_ETIMEDOUT);
    CHECK_GE(now_ns() - start, MS(60));
    int64_t buffered = CHECK_OK(sock_stream_buffered(st, SOCK_READ));
    __atomic_store_n(&enough, 1, __ATOMIC_SEQ_CST);
    thread_join(&t);
    int64_t len = CHECK_OK(sock_stream_readline(st, line, sizeof line));
    CHECK_GE(len, buffered + 2);
    CHECK_MEM(line + len - 3, "ab\n", 3);
    CHECK_EQ(strspn(line, "a"), len - 2); /* nothing is lost */
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

static void test_read_until(void)
{
    static const char *const parts[] = {"a-", "-b--", "-", "end", "no mark", NULL};
    sock_t pair[2];
    struct thread t;
    char buf[32];
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 4);
    struct steps steps = {pair[1], parts, 3};
    thread_start(&t, send_steps, &steps);
    CHECK_EQ(sock_stream_read_until(st, "---end", 6, buf, sizeof buf), 10);
    CHECK_MEM(buf, "a--b---end", 10);
    thread_join(&t);
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

/* A delimiter that never arrives: nothing is consumed, and other calls return the data. */
static void test_read_until_fails_without_loss(void)
{
    sock_t pair[2];
    char buf[32];
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 0);
    send_text(pair[1], "0123456789;rest");
    CHECK_ERR(sock_stream_read_until(st, ";", 1, buf, 10), -EMSGSIZE);
    CHECK_EQ(sock_stream_read_until(st, "3", 1, buf, 10), 4);
    CHECK_EQ(sock_stream_read_until(st, ";", 1, buf, 7), 7);
    CHECK_MEM(buf, "456789;", 7);
    CHECK_OK(sock_settimeout(pair[0], MS(10)));
    CHECK_ERR(sock_stream_read_until(st, ";", 1, buf, 10), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(pair[1]));
    CHECK_ERR(sock_stream_read_until(st, ";", 1, buf, 10), SOCK_EEOF);
    CHECK_EQ(sock_stream_buffered(st, SOCK_READ), 4);
    CHECK_EQ(sock_stream_read(st, buf, sizeof buf), 4);
    CHECK_MEM(buf, "rest", 4);
    CHECK_EQ(sock_stream_read_until(st, ";", 1, buf, 10), 0);
    CHECK_EQ(sock_stream_read(st, buf, sizeof buf), 0);
    CHECK_OK(sock_close(st));
    CHECK_OK(sock_close(pair[0]));
}

/* R74: read returns the available data; read_exact returns everything, or how much arrived and why. */
static void test_read_and_read_exact_r74(void)
{
    sock_t pair[2];
    char buf[64];
    size_t got = 99;
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 8);
    send_text(pair[1], "0123456789abcdef");
    CHECK_EQ(sock_stream_read(st, buf, 3), 3);
    CHECK_EQ(sock_stream_buffered(st, SOCK_READ), 5);
    CHECK_EQ(sock_stream_read(st, buf, 64), 5); /* from the buffer alone: no wait, no system call */
    CHECK_ERR(sock_stream_read_exact(st, buf, 7, &got), 0);
    CHECK_EQ(got, 7);
    CHECK_MEM(buf, "89abcde", 7);
    CHECK_OK(sock_settimeout(pair[0], MS(10)));
    CHECK_ERR(sock_stream_read_exact(st, buf, 20, &got), SOCK_ETIMEDOUT);
    CHECK_EQ(got, 1);
    CHECK_ERR(sock_stream_read_exact(st, NULL, 0, &got), 0);
    CHECK_EQ(got, 0);
    send_text(pair[1], "xyz");
    CHECK_OK(sock_close(pair[1]));
    CHECK_ERR(sock_stream_read_exact(st, buf, 20, &got), SOCK_EEOF);
    CHECK_EQ(got, 3);
    CHECK_MEM(buf, "xyz", 3);
    CHECK_OK(sock_close(st));
    CHECK_OK(sock_close(pair[0]));
}

/* R196: written data waits for a flush or a full buffer. */
static void test_write_is_buffered_r196(void)
{
    sock_t pair[2];
    char buf[64];
    size_t written = 99;
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 8);
    CHECK_ERR(sock_stream_write(st, "12345678", 8, &written), 0); /* sent directly: it fills the buffer */
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 8);
    CHECK_ERR(sock_stream_write(st, "12345", 5, &written), 0);
    CHECK_ERR(sock_stream_write(st, "678", 3, NULL), 0);
    CHECK_EQ(sock_stream_buffered(st, SOCK_WRITE), 8);
    CHECK_ERR(sock_recv(pair[1], buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
    CHECK_ERR(sock_stream_write(st, "9", 1, &written), 0);
    CHECK_EQ(sock_stream_buffered(st, SOCK_WRITE), 1);
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 8);
    send_text(pair[1], "x");
    CHECK_EQ(sock_stream_read(st, buf, 1), 1); /* reading does not flush */
    CHECK_EQ(sock_stream_buffered(st, SOCK_WRITE), 1);
    CHECK_ERR(sock_stream_write(st, "abcdefghijklmnopqrstuvwxyz", 26, &written), 0);
    CHECK_EQ(written, 26);
    CHECK_ERR(sock_stream_flush(st), 0);
    CHECK_ERR(sock_stream_flush(st), 0);
    CHECK_ERR(sock_recv_exact(pair[1], buf, 27, 0, NULL), 0);
    CHECK_MEM(buf, "9abcdefghijklmnopqrstuvwxyz", 27);
    CHECK_ERR(sock_stream_write(st, NULL, 0, &written), 0);
    CHECK_EQ(written, 0);
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

/* A writer whose peer stops continues after the timeout: no byte is lost or sent twice. */
static void test_write_continues_after_a_timeout_r86(void)
{
    const size_t sizes[] = {1, 100, 5000, 8192, 300000};
    enum { TOTAL = 3000000 };
    char *data = malloc(TOTAL);
    char *got = malloc(TOTAL);
    CHECK(data && got);
    for (size_t i = 0; i < TOTAL; i++)
        data[i] = (char)(i * 31 + i / 257);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        sock_t pair[2];
        size_t taken = 0, arrived = 0, total = sizes[i] == 1 ? 400000 : TOTAL;
        int timeouts = 0;
        unix_pair(pair);
        sock_stream_t st = stream_of(pair[0], 0);
        CHECK_OK(sock_settimeout(pair[0], MS(1)));
        CHECK_OK(sock_settimeout(pair[1], 0));
        while (taken < total) {
            size_t written = 0, step = total - taken < sizes[i] ? total - taken : sizes[i];
            int code = sock_stream_write(st, data + taken, step, &written);
            taken += written;
            if (code == 0) {
                CHECK_EQ(written, step);
                continue;
            }
            CHECK_ERR(code, SOCK_ETIMEDOUT);
            timeouts++;
            int64_t n; /* now the peer reads everything */
            while ((n = sock_recv(pair[1], got + arrived, TOTAL - arrived, 0)) > 0)
                arrived += (size_t)n;
            CHECK_LE(arrived, taken);
        }
        CHECK_GT(timeouts, 0);
        for (int code = 1; code != 0;) {
            code = sock_stream_flush(st);
            int64_t n;
            while ((n = sock_recv(pair[1], got + arrived, TOTAL - arrived, 0)) > 0)
                arrived += (size_t)n;
        }
        CHECK_EQ(arrived, total);
        CHECK_MEM(got, data, total);
        CHECK_OK(sock_close(st));
        close_pair(pair);
    }
    free(data);
    free(got);
}

/* R201: non-blocking mode fails with -EAGAIN, and keeps the data received and accepted. */
static void test_nonblocking_r201(void)
{
    static const char block[1 << 20];
    sock_t pair[2];
    char buf[64];
    size_t written = 0;
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 0);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_stream_readline(st, buf, sizeof buf), -EAGAIN);
    send_text(pair[1], "half");
    CHECK_ERR(sock_stream_readline(st, buf, sizeof buf), -EAGAIN);
    send_text(pair[1], " whole\n");
    line_is(st, sizeof buf, "half whole\n");
    CHECK_ERR(sock_stream_write(st, block, sizeof block, &written), -EAGAIN);
    CHECK_GT(written, 0);
    CHECK_LT(written, sizeof block);
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

/* A past deadline fails every call before it tries, even if the buffer has the data; nothing is lost. The
 * same for a token. */
static void test_deadline_and_token_before_trying(void)
{
    sock_t pair[2];
    char buf[64];
    size_t written = 99;
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 0);
    send_text(pair[1], "one\ntwo\nthree\n");
    line_is(st, 64, "one\n");
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ | SOCK_WRITE, 0));
    CHECK_ERR(sock_stream_readline(st, buf, sizeof buf), SOCK_ETIMEDOUT);
    CHECK_ERR(sock_stream_write(st, "x", 1, &written), SOCK_ETIMEDOUT);
    CHECK_EQ(written, 0);
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ | SOCK_WRITE, SOCK_FOREVER));
    line_is(st, 64, "two\n");
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(pair[0], token));
    CHECK_OK(sock_cancel_fire(token));
    CHECK_ERR(sock_stream_readline(st, buf, sizeof buf), SOCK_ECANCELED);
    CHECK_ERR(sock_stream_flush(st), SOCK_ECANCELED);
    CHECK_OK(sock_close(token));
    line_is(st, 64, "three\n");
    CHECK_OK(sock_close(st));
    close_pair(pair);
}

/* A line much longer than the buffer, and the data after it. */
static void test_long_line(void)
{
    enum { LONG = 3 << 20 };
    sock_t pair[2];
    unix_pair(pair);
    char *line = malloc(LONG + 10);
    CHECK(line);
    memset(line, 'x', LONG);
    memcpy(line + LONG, "\nnext\n", 7);
    struct thread t;
    const char *const texts[] = {line, NULL};
    struct steps steps = {pair[1], texts, 0};
    thread_start(&t, send_steps, &steps);
    sock_stream_t st = stream_of(pair[0], 0);
    char *got = malloc(LONG + 10);
    CHECK(got);
    CHECK_EQ(sock_stream_readline(st, got, LONG + 10), LONG + 1);
    CHECK_MEM(got, line, LONG + 1);
    line_is(st, 64, "next\n");
    thread_join(&t);
    CHECK_OK(sock_close(st));
    close_pair(pair);
    free(line);
    free(got);
}

static void test_misuse(void)
{
    sock_t pair[2], dgram[2];
    char buf[8];
    size_t count = 99;
    unix_pair(pair);
    sock_stream_t st = stream_of(pair[0], 0), gone = stream_of(pair[0], 0);
    CHECK_OK(sock_close(gone));
    const int64_t wrong[] = {0, -1, INT64_MIN, INT64_MAX, gone, gone ^ 1 << 20, pair[0]};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int code = wrong[i] == pair[0] ? -ENOTSOCK : -EBADF;
        CHECK_ERR(sock_stream_read(wrong[i], buf, 8), code);
        CHECK_ERR(sock_stream_read_exact(wrong[i], buf, 8, &count), code);
        CHECK_EQ(count, 0);
        CHECK_ERR(sock_stream_readline(wrong[i], buf, 8), code);
        CHECK_ERR(sock_stream_read_until(wrong[i], "x", 1, buf, 8), code);
        CHECK_ERR(sock_stream_write(wrong[i], buf, 8, &count), code);
        CHECK_ERR(sock_stream_flush(wrong[i]), code);
        CHECK_ERR(sock_stream_buffered(wrong[i], SOCK_READ), code);
    }
    CHECK_ERR(sock_stream_read(st, NULL, 8), -EFAULT);
    CHECK_ERR(sock_stream_read_exact(st, NULL, 8, NULL), -EFAULT);
    CHECK_ERR(sock_stream_readline(st, NULL, 8), -EFAULT);
    CHECK_ERR(sock_stream_read_until(st, NULL, 1, buf, 8), -EFAULT);
    CHECK_ERR(sock_stream_read_until(st, "x", 1, NULL, 8), -EFAULT);
    CHECK_ERR(sock_stream_read_until(st, "", 0, buf, 8), -EINVAL);
    CHECK_ERR(sock_stream_read_until(st, "123456789", 9, buf, 8), -EINVAL);
    CHECK_ERR(sock_stream_write(st, NULL, 8, NULL), -EFAULT);
    CHECK_EQ(sock_stream_read(st, NULL, 0), 0);
    CHECK_ERR(sock_stream_buffered(st, 3), -EINVAL);
    CHECK_ERR(sock_stream_buffered(st, 0), -EINVAL);
    /* Functions for sockets refuse a stream. */
    CHECK_ERR(sock_recv(st, buf, 8, 0), -ENOTSOCK);
    CHECK_ERR(sock_fileno(st), -ENOTSOCK);
    CHECK_ERR(sock_detach(st), -ENOTSOCK);
    CHECK_ERR(sock_setcancel(pair[0], st), -ENOTSOCK);
    CHECK_ERR(sock_stream_new(st, 0), -ENOTSOCK);
    CHECK_ERR(sock_stream_new(0, 0), -EBADF);
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_DGRAM, 0, dgram));
    CHECK_ERR(sock_stream_new(dgram[0], 0), -EINVAL);
    close_pair(dgram);
    sock_stream_t huge = stream_of(pair[0], SIZE_MAX);
    CHECK_ERR(sock_stream_write(huge, "x", 1, &count), -ENOMEM);
    CHECK_EQ(count, 0);
    CHECK_OK(sock_close(huge));
    CHECK_OK(sock_close(st));
    CHECK_ERR(sock_close(st), -EBADF);
    close_pair(pair);
}

TEST_MAIN(test_lines_and_limits_r195, test_http_with_timeouts_in_a_line_r200, test_one_limit_over_a_line_r84,
          test_read_until, test_read_until_fails_without_loss, test_read_and_read_exact_r74,
          test_write_is_buffered_r196, test_write_continues_after_a_timeout_r86, test_nonblocking_r201,
          test_deadline_and_token_before_trying, test_long_line, test_misuse)
