/* sock_sendfile on a socket that somebody else has too: its limits, its bytes, and that it holds up no other call. */
#include "owners.h"


static void test_sendfile_ends(void)
{
    for (int i = 0; i < OWNERS; i++) {
        struct caller c;
        sock_t pair[2];
        c.file = make_file(4 << 20);
        CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        c.s = pair[0];
        CHECK_ERR(sock_settimeout(c.s, MS(50)), 0);
        owners[i](c.s);
        check_ends(&c, sends_file, SOCK_WRITE);
        CHECK_ERR(sock_close(pair[1]), 0);
        close(c.file);
    }
}

/* The data ----------------------------------------------------------------------------------------------- */

enum { LENGTH = 1 << 20 };

/* A shared socket sends the same bytes. */
static void test_sendfile_data(void)
{
    static char sent[LENGTH], got[LENGTH];
    struct caller c;
    sock_t pair[2];
    size_t received;
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_OK(sock_fileno(pair[0]));
    c.s = pair[0];
    c.file = make_file(LENGTH);
    CHECK_EQ(pread(c.file, sent, LENGTH, 0), LENGTH);
    thread_start(&c.thread, sends_file, &c);
    CHECK_ERR(sock_recv_exact(pair[1], got, LENGTH, 0, &received), 0);
    thread_join(&c.thread);
    CHECK_EQ(c.result, LENGTH);
    CHECK_EQ(c.sent, LENGTH);
    CHECK_EQ(lseek(c.file, 0, SEEK_CUR), LENGTH);
    CHECK_MEM(got, sent, LENGTH);
    close(c.file);
    CHECK_ERR(sock_close(pair[0]), 0);
    CHECK_ERR(sock_close(pair[1]), 0);
}

/* And leaves in a pipe what did not go. */
static void test_sendfile_data_of_a_pipe(void)
{
    static char sent[LENGTH], got[LENGTH];
    struct caller c;
    sock_t pair[2];
    size_t received;
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_OK(sock_fileno(pair[0]));
    c.s = pair[0];
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)(i * 2654435761u >> 13);
    int pipe_ends[2], small = 4096;
    CHECK_SYS(pipe2(pipe_ends, O_CLOEXEC));
    CHECK_SYS(fcntl(pipe_ends[1], F_SETPIPE_SZ, LENGTH));
    CHECK_EQ(write(pipe_ends[1], sent, 600000), 600000);
    CHECK_OK(sock_setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small));
    CHECK_ERR(sock_settimeout(pair[0], MS(20)), 0);
    int64_t gone = 0;
    CHECK_ERR(sock_sendfile(pair[0], pipe_ends[0], 0, -1, &gone), SOCK_ETIMEDOUT);
    CHECK_GT(gone, 0);
    CHECK_LT(gone, 600000);
    CHECK_ERR(sock_recv_exact(pair[1], got, (size_t)gone, 0, &received), 0);
    for (size_t at = (size_t)gone; at < 600000;) {
        ssize_t more = read(pipe_ends[0], got + at, 600000 - at);
        CHECK_GT(more, 0);
        at += (size_t)more;
    }
    CHECK_MEM(got, sent, 600000);
    /* To the end. */
    CHECK_EQ(write(pipe_ends[1], sent, 5000), 5000);
    close(pipe_ends[1]);
    c.file = pipe_ends[0];
    CHECK_ERR(sock_settimeout(pair[0], SEC(20)), 0);
    thread_start(&c.thread, sends_file, &c);
    CHECK_ERR(sock_recv_exact(pair[1], got, 5000, 0, &received), 0);
    thread_join(&c.thread);
    CHECK_EQ(c.result, 5000);
    CHECK_MEM(got, sent, 5000);
    close(pipe_ends[0]);
    CHECK_ERR(sock_close(pair[0]), 0);
    CHECK_ERR(sock_close(pair[1]), 0);
}

/* A big file does not hold up other calls on the handle ------------------------------------------------------- */

static void drain(void *arg)
{
    struct caller *c = arg;
    static char data[1 << 16];
    while (read(c->file, data, sizeof data) > 0)
        ;
}

static void test_sendfile_holds_nothing_up(void)
{
    enum { SIZE = 1 << 28 };
    struct caller sender, reader;
    sock_t pair[2];
    sender.file = (int)CHECK_SYS(memfd_create("data", MFD_CLOEXEC));
    CHECK_SYS(ftruncate(sender.file, SIZE));
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    sender.s = pair[0];
    reader.file = (int)CHECK_OK(sock_detach(pair[1]));
    thread_start(&reader.thread, drain, &reader);
    thread_start(&sender.thread, sends_file, &sender);
    sleep_ms(20);
    int64_t start = now_ns();
    CHECK_ERR(sock_setdeadline(sender.s, SOCK_READ, SOCK_FOREVER), 0);
    CHECK_ERR(sock_settimeout(sender.s, SEC(100)), 0);
    CHECK_TIME(now_ns() - start, 0, 20);
    start = now_ns();
    CHECK_OK(sock_fileno(sender.s)); /* in the middle of it: the rest goes through memory */
    CHECK_TIME(now_ns() - start, 0, 50);
    CHECK(flag_of(sock_peek_fileno(sender.s)));
    thread_join(&sender.thread);
    CHECK_EQ(sender.result, SIZE);
    CHECK_ERR(sock_close(sender.s), 0);
    thread_join(&reader.thread);
    close(reader.file);
    close(sender.file);
}

TEST_MAIN(test_sendfile_ends, test_sendfile_data, test_sendfile_data_of_a_pipe, test_sendfile_holds_nothing_up)
