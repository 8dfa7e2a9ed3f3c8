/* sock_fdopen: a socket as a FILE (R194 to R203 as libsock implements them). */
#include "connected.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *file_of(sock_t s, const char *mode)
{
    FILE *file = sock_fdopen(s, mode);
    if (!file)
        FAIL("sock_fdopen(\"%s\"): %s", mode, strerror(errno));
    return file;
}

static int last_code(void)
{
    int code = 0;
    sock_last_error(&code, NULL, 0);
    return code;
}

/* A small HTTP/1.1 server: one connection, each response sent in pieces with pauses between. */
static void serve(void *arg)
{
    sock_t s = *(sock_t *)arg;
    FILE *in = file_of(s, "rb"), *out = file_of(s, "wb");
    char line[1024], path[256];
    while (fgets(line, sizeof line, in)) {
        CHECK_EQ(sscanf(line, "GET %255s HTTP/1.1\r\n", path), 1);
        bool host = false;
        while (fgets(line, sizeof line, in) && strcmp(line, "\r\n") != 0)
            host = host || strncmp(line, "Host: ", 6) == 0;
        CHECK(host);
        fprintf(out, "HTTP/1.1 200 OK\r\nContent-Le");
        CHECK_EQ(fflush(out), 0);
        sleep_ms(120);
        fprintf(out, "ngth: %zu\r\n", strlen(path));
        CHECK_EQ(fflush(out), 0);
        sleep_ms(120);
        fprintf(out, "\r\n%s", path);
        CHECK_EQ(fflush(out), 0);
    }
    CHECK(feof(in));
    CHECK_EQ(fclose(in), 0);
    CHECK_EQ(fclose(out), 0);
}

/* Reads a whole line in as many attempts as it takes; counts the timeouts. */
static void read_line(FILE *in, char *line, size_t cap, int *timeouts, int *in_the_middle)
{
    size_t len = 0;
    do {
        errno = 0;
        char *got = fgets(line + len, (int)(cap - len), in);
        if (got)
            len += strlen(got);
        if (len > 0 && line[len - 1] == '\n')
            return;
        CHECK_EQ(errno, EAGAIN);
        CHECK_EQ(last_code(), SOCK_ETIMEDOUT);
        CHECK(ferror(in) || got);
        clearerr(in);
        ++*timeouts;
        *in_the_middle += got != NULL;
    } while (len + 1 < cap);
    FAIL("no line within %zu bytes", cap);
}

static void test_http_with_timeouts_in_a_line_r200(void)
{
    sock_t pair[2];
    struct thread t;
    char line[256];
    int timeouts = 0, in_the_middle = 0;
    tcp_pair(pair);
    thread_start(&t, serve, &pair[1]);
    CHECK_OK(sock_settimeout(pair[0], MS(40)));
    FILE *in = file_of(pair[0], "r"), *out = file_of(pair[0], "w");
    const char *paths[] = {"/index.html", "/a/second/one", "/3"};
    for (int i = 0; i < 3; i++) {
        char body[64] = "";
        size_t length = 0, got = 0;
        fprintf(out, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", paths[i]);
        CHECK_EQ(fflush(out), 0);
        read_line(in, line, sizeof line, &timeouts, &in_the_middle);
        CHECK_STR(line, "HTTP/1.1 200 OK\r\n");
        do {
            read_line(in, line, sizeof line, &timeouts, &in_the_middle);
            sscanf(line, "Content-Length: %zu", &length);
        } while (strcmp(line, "\r\n") != 0);
        CHECK_EQ(length, strlen(paths[i]));
        while (got < length) {
            got += fread(body + got, 1, length - got, in);
            clearerr(in);
        }
        CHECK_STR(body, paths[i]);
    }
    CHECK_GE(in_the_middle, 3); /* each response paused in the middle of a line */
    CHECK_GE(timeouts, 6);
    CHECK_EQ(fclose(out), 0);
    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
    CHECK(fgets(line, sizeof line, in) == NULL);
    CHECK_EQ(fclose(in), 0);
    thread_join(&t);
    close_pair(pair);
}

/* R194, R199: invalid arguments. */
static void refused(sock_t s, const char *mode, int code)
{
    errno = 0;
    CHECK(sock_fdopen(s, mode) == NULL);
    CHECK_ERR(last_code(), code);
    CHECK_EQ(errno, -code);
}

static void test_misuse_r194_r199(void)
{
    sock_t pair[2];
    unix_pair(pair);
    const char *bad[] = {"", "b", "rw", "r+", "w+", "a", "rt", "wU"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(pair[0], bad[i], -EINVAL);
    refused(pair[0], NULL, -EFAULT);
    refused(0, "r", -EBADF);
    refused(-1, "w", -EBADF);
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    refused(token, "r", -ENOTSOCK);
    CHECK_OK(sock_close(token));
    FILE *in = file_of(pair[0], "br");
    CHECK_EQ(fputc('x', in), EOF);
    CHECK_EQ(fileno(in), -1);
    CHECK_EQ(fseek(in, 0, SEEK_SET), -1); /* R202 */
    CHECK_EQ(fclose(in), 0);
    close_pair(pair);
    refused(pair[0], "r", -EBADF); /* R199: at once, not at first use */
}

/* R197, R198: fclose flushes but never closes the socket; the socket may be closed first. */
static void test_fclose_leaves_the_socket_r198(void)
{
    sock_t pair[2];
    char buf[16];
    unix_pair(pair);
    int fds = open_fds();
    FILE *out = file_of(pair[0], "w"), *in = file_of(pair[0], "r");
    CHECK_GE(fputs("held back", out), 0);
    CHECK_ERR(sock_recv(pair[1], buf, sizeof buf, MSG_DONTWAIT), -EAGAIN); /* R195, R196: not flushed yet */
    send_text(pair[1], "ab");
    CHECK_EQ(fgetc(in), 'a');
    CHECK_ERR(sock_recv(pair[1], buf, sizeof buf, MSG_DONTWAIT), -EAGAIN);
    CHECK_EQ(fclose(out), 0);
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 9);
    CHECK_MEM(buf, "held back", 9);
    CHECK_EQ(fclose(in), 0);
    CHECK_EQ(sock_send(pair[0], "c", 1, 0), 1);
    CHECK_EQ(open_fds(), fds);
    out = file_of(pair[0], "w");
    setvbuf(out, NULL, _IONBF, 0); /* R195: unbuffered output is sent at once */
    CHECK_GE(fputs("d", out), 0);
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 2);
    CHECK_EQ(fclose(out), 0);
    out = file_of(pair[0], "w");
    CHECK_GE(fputs("lost", out), 0);
    close_pair(pair);
    errno = 0;
    CHECK_EQ(fclose(out), EOF);
    CHECK_EQ(errno, EBADF);
}

/* sock_close wakes a thread inside stdio; later operations fail with EBADF. */
struct user {
    FILE *file;
    bool writes;
    int result, error, code, later, later_error, later_code;
};

static void use_file(void *arg)
{
    struct user *u = arg;
    static const char block[1 << 20];
    char line[64];
    if (u->writes) {
        do
            u->result = (int)fwrite(block, sizeof block, 1, u->file);
        while (u->result == 1);
    } else {
        u->result = fgets(line, sizeof line, u->file) != NULL;
    }
    u->error = errno;
    u->code = last_code();
    clearerr(u->file);
    u->later = u->writes ? (int)fwrite(block, sizeof block, 1, u->file) : fgets(line, sizeof line, u->file) != NULL;
    u->later_error = errno;
    u->later_code = last_code();
}

static void test_close_wakes_r197(void)
{
    for (int writes = 0; writes < 2; writes++) {
        sock_t pair[2];
        struct thread t;
        tcp_pair(pair);
        struct user u = {.file = file_of(pair[0], writes ? "w" : "r"), .writes = writes};
        thread_start(&t, use_file, &u);
        thread_wait_blocked(&t);
        CHECK_OK(sock_close(pair[0]));
        thread_join_within(&t, 20);
        CHECK_EQ(u.result, 0);
        CHECK_EQ(u.error, EBADF);
        CHECK_ERR(u.code, SOCK_ECLOSED);
        CHECK_EQ(u.later, 0);
        CHECK_EQ(u.later_error, EBADF);
        CHECK_ERR(u.later_code, -EBADF);
        fclose(u.file);
        CHECK_OK(sock_close(pair[1]));
    }
}

/* Deadlines set in another thread and cancel tokens end stdio calls. */
static void test_deadline_and_cancel(void)
{
    sock_t pair[2];
    char line[8];
    tcp_pair(pair);
    FILE *in = file_of(pair[0], "r");
    struct thread t;
    struct user u = {.file = in};
    thread_start(&t, use_file, &u);
    thread_wait_blocked(&t);
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, sock_now()));
    thread_join_within(&t, 20);
    CHECK_EQ(u.error, EAGAIN);
    CHECK_ERR(u.code, SOCK_ETIMEDOUT);
    CHECK_ERR(u.later_code, SOCK_ETIMEDOUT);
    CHECK_OK(sock_setdeadline(pair[0], SOCK_READ, SOCK_FOREVER));
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    CHECK_OK(sock_setcancel(pair[0], token));
    thread_start(&t, use_file, &u);
    thread_wait_blocked(&t);
    CHECK_OK(sock_cancel_fire(token));
    thread_join_within(&t, 20);
    CHECK_EQ(u.error, ECANCELED);
    CHECK_ERR(u.code, SOCK_ECANCELED);
    CHECK_OK(sock_setcancel(pair[0], 0));
    send_text(pair[1], "on\n");
    clearerr(in);
    CHECK_STR(fgets(line, sizeof line, in), "on\n");
    CHECK_EQ(fclose(in), 0);
    CHECK_OK(sock_close(token));
    close_pair(pair);
}

/* Without a hook signals have no effect; a hook ends the operation with its code. */
static int hooked;

static int hook(void *arg)
{
    hooked++;
    return *(int *)arg;
}

static void on_signal(int number)
{
    (void)number;
}

struct hooked_reader {
    FILE *in;
    int answer, error;
    bool hooks;
    char line[32];
};

static void read_hooked(void *arg)
{
    struct hooked_reader *r = arg;
    if (r->hooks)
        CHECK_OK(sock_set_interrupt(hook, &r->answer));
    errno = 0;
    if (!fgets(r->line, sizeof r->line, r->in))
        r->error = errno;
}

static void test_signals(void)
{
    sock_t pair[2];
    struct sigaction ours = {.sa_handler = on_signal}, before;
    CHECK_SYS(sigaction(SIGUSR1, &ours, &before));
    unix_pair(pair);
    for (int i = 0; i < 3; i++) {
        struct hooked_reader r = {.in = file_of(pair[0], "r"), .answer = i == 2 ? -EINTR : 0, .hooks = i > 0};
        struct thread t;
        hooked = 0;
        thread_start(&t, read_hooked, &r);
        thread_wait_blocked(&t);
        pthread_kill(t.id, SIGUSR1);
        sleep_ms(10);
        if (i < 2) {
            thread_wait_blocked(&t);
            send_text(pair[1], "line\n");
        }
        thread_join_within(&t, 100);
        CHECK_STR(r.line, i < 2 ? "line\n" : "");
        CHECK_EQ(r.error, i < 2 ? 0 : EINTR);
        CHECK_EQ(hooked, i > 0);
        CHECK_EQ(fclose(r.in), 0);
    }
    CHECK_SYS(sigaction(SIGUSR1, &before, NULL));
    close_pair(pair);
}

/* R200, R201: non-blocking mode fails with EAGAIN; later reads still work. */
static void test_nonblocking_r200_r201(void)
{
    sock_t pair[2];
    char line[8];
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], 0));
    FILE *in = file_of(pair[0], "r");
    CHECK(fgets(line, sizeof line, in) == NULL);
    CHECK_EQ(errno, EAGAIN);
    CHECK(!feof(in));
    send_text(pair[1], "x");
    clearerr(in);
    errno = 0;
    CHECK_STR(fgets(line, sizeof line, in), "x");
    CHECK_EQ(errno, EAGAIN);
    send_text(pair[1], "y\n");
    clearerr(in);
    CHECK_STR(fgets(line, sizeof line, in), "y\n");
    CHECK_OK(sock_close(pair[1]));
    clearerr(in);
    CHECK(fgets(line, sizeof line, in) == NULL);
    CHECK(feof(in));
    CHECK_EQ(fclose(in), 0);
    CHECK_OK(sock_close(pair[0]));
}

/* Long text in both directions at once, in small and large operations. */
enum { LINES = 20000 };

static void write_lines(void *arg)
{
    FILE *out = file_of(*(sock_t *)arg, "w");
    for (int i = 0; i < LINES; i++)
        CHECK_GT(fprintf(out, "%d:%*s\n", i, i % 211, ""), 0);
    CHECK_EQ(fclose(out), 0);
    CHECK_OK(sock_shutdown(*(sock_t *)arg, SHUT_WR));
}

static void read_lines(void *arg)
{
    FILE *in = file_of(*(sock_t *)arg, "r");
    char *line = NULL;
    size_t cap = 0;
    int i = 0;
    for (ssize_t len; (len = getline(&line, &cap, in)) > 0; i++) {
        CHECK_EQ(atoi(line), i);
        CHECK_EQ(line + len - 1 - strchr(line, ':'), i % 211 + 1);
    }
    CHECK_EQ(i, LINES);
    CHECK(feof(in));
    free(line);
    CHECK_EQ(fclose(in), 0);
}

static void test_both_directions_at_once_r196(void)
{
    sock_t pair[2];
    struct thread threads[4];
    unix_pair(pair);
    for (int i = 0; i < 2; i++) {
        thread_start(&threads[2 * i], write_lines, &pair[i]);
        thread_start(&threads[2 * i + 1], read_lines, &pair[i]);
    }
    for (int i = 0; i < 4; i++)
        thread_join(&threads[i]);
    close_pair(pair);
}

/* A broken connection fails with EPIPE, never with a signal (R92). */
static void test_broken_connection_r92(void)
{
    sock_t pair[2];
    unix_pair(pair);
    FILE *out = file_of(pair[0], "w");
    CHECK_OK(sock_close(pair[1]));
    CHECK_GE(fputs("x", out), 0);
    CHECK_EQ(fflush(out), EOF);
    CHECK_EQ(errno, EPIPE);
    CHECK(ferror(out));
    fclose(out);
    CHECK_OK(sock_close(pair[0]));
}

TEST_MAIN(test_http_with_timeouts_in_a_line_r200, test_misuse_r194_r199, test_fclose_leaves_the_socket_r198,
          test_close_wakes_r197, test_deadline_and_cancel, test_signals, test_nonblocking_r200_r201,
          test_both_directions_at_once_r196, test_broken_connection_r92)
