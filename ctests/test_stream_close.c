/* Buffered streams: closing, several threads on one stream, hooks and fork. */
#include "connected.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static sock_stream_t stream_of(sock_t s)
{
    return CHECK_OK(sock_stream_new(s, 0));
}

/* Blocking calls, one of each kind. */
enum { READ, EXACT, LINE, UNTIL, WRITE, FLUSH, CALLS };

struct user {
    sock_stream_t st;
    int call;
    int64_t result;
    size_t count;
};

static void use_stream(void *arg)
{
    struct user *u = arg;
    static char block[8 << 20];
    char buf[64];
    switch (u->call) {
    case READ: u->result = sock_stream_read(u->st, buf, 1); break;
    case EXACT: u->result = sock_stream_read_exact(u->st, buf, 64, &u->count); break;
    case LINE: u->result = sock_stream_readline(u->st, buf, 64); break;
    case UNTIL: u->result = sock_stream_read_until(u->st, "\r\n", 2, buf, 64); break;
    case WRITE: u->result = sock_stream_write(u->st, block, sizeof block, &u->count); break;
    case FLUSH: u->result = sock_stream_flush(u->st); break;
    }
}

/* Makes a flush wait: the socket is full, the buffer not empty. For an AF_UNIX pair, which stays full: TCP may find
 * room later, when the kernel moves data or enlarges a buffer. */
static void fill(sock_t s, sock_stream_t st)
{
    static const char block[1 << 16];
    while (sock_send(s, block, sizeof block, MSG_DONTWAIT) > 0)
        ;
    while (sock_send(s, block, 1, MSG_DONTWAIT) > 0)
        ;
    CHECK_ERR(sock_stream_write(st, "waiting", 7, NULL), 0);
}

/* Closing the socket or the stream wakes every blocking call within 20 ms. */
static void test_close_wakes_every_call(void)
{
    for (int of_stream = 0; of_stream < 2; of_stream++)
        for (int timed = 0; timed < 2; timed++)
            for (int call = 0; call < CALLS; call++) {
                sock_t pair[2];
                struct thread t;
                unix_pair(pair);
                if (timed)
                    CHECK_OK(sock_settimeout(pair[0], SEC(60)));
                struct user u = {.st = stream_of(pair[0]), .call = call};
                if (call == FLUSH)
                    fill(pair[0], u.st);
                thread_start(&t, use_stream, &u);
                thread_wait_blocked(&t);
                int64_t start = now_ns();
                if (of_stream) {
                    CHECK_OK(sock_setdeadline(pair[0], SOCK_WRITE, sock_now() + MS(50)));
                    int code = sock_close(u.st);
                    if (call != FLUSH) /* it still sends, until the deadline */
                        CHECK_ERR(code, 0);
                    else
                        CHECK_ERR(code, SOCK_ETIMEDOUT);
                } else {
                    CHECK_OK(sock_close(pair[0]));
                }
                thread_join_within(&t, 20);
                CHECK_TIME(now_ns() - start, 0, call == FLUSH && of_stream ? 90 : 40);
                CHECK_ERR(u.result, SOCK_ECLOSED);
                use_stream(&u);
                CHECK_ERR(u.result, -EBADF);
                if (of_stream)
                    CHECK_OK(sock_close(pair[0])); /* closing the stream did not close it */
                else
                    CHECK_ERR(sock_close(u.st), call == FLUSH ? SOCK_ECLOSED : 0);
                CHECK_OK(sock_close(pair[1]));
            }
}

/* R197, R198: closing a stream flushes it and leaves the socket open. */
static void test_close_flushes_r197_r198(void)
{
    sock_t pair[2];
    char buf[16];
    unix_pair(pair);
    int fds = open_fds();
    sock_stream_t st = stream_of(pair[0]);
    CHECK_EQ(open_fds(), fds);
    CHECK_ERR(sock_stream_write(st, "end", 3, NULL), 0);
    CHECK_OK(sock_close(st));
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 3);
    CHECK_MEM(buf, "end", 3);
    CHECK_EQ(sock_send(pair[0], "!", 1, 0), 1);
    /* Data that cannot be sent any more is reported; a stream with nothing to send is not affected. */
    st = stream_of(pair[0]);
    sock_stream_t quiet = stream_of(pair[0]), late = stream_of(pair[0]);
    CHECK_ERR(sock_stream_write(st, "lost", 4, NULL), 0);
    CHECK_ERR(sock_stream_write(late, "lost", 4, NULL), 0);
    CHECK_OK(sock_close(pair[1]));
    CHECK_ERR(sock_close(st), -EPIPE);
    CHECK_ERR(sock_close(st), -EBADF);
    CHECK_OK(sock_close(pair[0]));
    CHECK_ERR(sock_stream_flush(late), -EBADF);
    CHECK_ERR(sock_stream_read(late, buf, 1), -EBADF);
    CHECK_EQ(sock_stream_buffered(late, SOCK_WRITE), 4);
    CHECK_ERR(sock_close(late), SOCK_ECLOSED);
    CHECK_OK(sock_close(quiet));
}

/* A close that sends can be ended by closing the socket. */
static void close_stream(void *arg)
{
    struct user *u = arg;
    u->result = sock_close(u->st);
}

static void test_closing_ends_with_the_socket(void)
{
    sock_t pair[2];
    struct thread t;
    unix_pair(pair);
    struct user u = {.st = stream_of(pair[0])};
    fill(pair[0], u.st);
    thread_start(&t, close_stream, &u);
    thread_wait_blocked(&t);
    CHECK_OK(sock_close(pair[0]));
    thread_join_within(&t, 20);
    CHECK_ERR(u.result, SOCK_ECLOSED);
    CHECK_OK(sock_close(pair[1]));
}

/* Two threads in one direction: one waits for the other, within its own limits. */
static void test_second_reader_waits_for_its_turn(void)
{
    sock_t pair[2];
    struct thread first, second;
    char buf[16];
    tcp_pair(pair);
    struct user a = {.st = stream_of(pair[0]), .call = LINE}, b = a;
    thread_start(&first, use_stream, &a);
    thread_wait_blocked(&first);
    /* Its own limit ends the wait for its turn. */
    CHECK_OK(sock_settimeout(pair[0], MS(40)));
    int64_t start = now_ns();
    CHECK_ERR(sock_stream_readline(a.st, buf, sizeof buf), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 40, 90);
    CHECK_OK(sock_settimeout(pair[0], 0));
    CHECK_ERR(sock_stream_readline(a.st, buf, sizeof buf), -EAGAIN);
    CHECK_OK(sock_settimeout(pair[0], SOCK_FOREVER));
    /* The other direction is free. */
    CHECK_ERR(sock_stream_write(a.st, "x", 1, NULL), 0);
    CHECK_ERR(sock_stream_flush(a.st), 0);
    /* The second thread gets its turn when the first has its line. */
    thread_start(&second, use_stream, &b);
    thread_wait_blocked(&second);
    send_text(pair[1], "one\n");
    thread_join_within(&first, 2000);
    thread_wait_blocked(&second);
    send_text(pair[1], "three\n");
    thread_join_within(&second, 2000);
    CHECK_EQ(a.result, 4);
    CHECK_EQ(b.result, 6);
    /* A close wakes both, including the one that waits for its turn. */
    for (int of_stream = 0; of_stream < 2; of_stream++) {
        thread_start(&first, use_stream, &a);
        thread_start(&second, use_stream, &b);
        thread_wait_blocked(&first);
        thread_wait_blocked(&second);
        if (of_stream == 0) {
            CHECK_OK(sock_close(a.st));
        } else {
            CHECK_OK(sock_close(pair[0]));
        }
        /* How soon is test_close_wakes_every_call's subject. */
        thread_join_within(&first, 2000);
        thread_join_within(&second, 2000);
        CHECK_ERR(a.result, SOCK_ECLOSED);
        CHECK_ERR(b.result, SOCK_ECLOSED);
        if (of_stream == 0)
            a.st = b.st = stream_of(pair[0]);
    }
    CHECK_OK(sock_close(a.st));
    CHECK_OK(sock_close(pair[1]));
}

/* Each call is atomic: lines of several writers are not mixed, those of several readers not split. */
enum { THREADS = 4, MESSAGES = 500, LENGTH = 700 };

struct many {
    sock_stream_t st;
    int number, count;
};

static void write_messages(void *arg)
{
    struct many *m = arg;
    char line[LENGTH];
    memset(line, 'a' + m->number, sizeof line);
    line[LENGTH - 1] = '\n';
    for (int i = 0; i < MESSAGES; i++) {
        CHECK_ERR(sock_stream_write(m->st, line, sizeof line, NULL), 0);
        if (i % 10 == m->number)
            CHECK_ERR(sock_stream_flush(m->st), 0);
    }
}

static void read_messages(void *arg)
{
    struct many *m = arg;
    char line[2 * LENGTH];
    for (int64_t len; (len = CHECK_OK(sock_stream_readline(m->st, line, sizeof line))) > 0; m->count++) {
        CHECK_EQ(len, LENGTH);
        for (int i = 0; i < LENGTH - 1; i++)
            CHECK_EQ(line[i], line[0]);
    }
}

static void test_many_threads_on_one_stream(void)
{
    sock_t pair[2];
    struct thread writers[THREADS], readers[THREADS];
    struct many w[THREADS], r[THREADS];
    int total = 0;
    unix_pair(pair);
    sock_stream_t out = stream_of(pair[0]), in = stream_of(pair[1]);
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct many){out, i, 0};
        r[i] = (struct many){in, i, 0};
        thread_start(&readers[i], read_messages, &r[i]);
        thread_start(&writers[i], write_messages, &w[i]);
    }
    for (int i = 0; i < THREADS; i++)
        thread_join(&writers[i]);
    CHECK_OK(sock_close(out));
    CHECK_OK(sock_shutdown(pair[0], SHUT_WR));
    for (int i = 0; i < THREADS; i++) {
        thread_join(&readers[i]);
        total += r[i].count;
    }
    CHECK_EQ(total, THREADS * MESSAGES);
    CHECK_OK(sock_close(in));
    close_pair(pair);
}

/* From a hook inside a read: the same direction returns -EDEADLK, the other works, and a close ends the
 * read. */
struct hooked {
    sock_t s;
    sock_stream_t st;
    int round, calls;
    int64_t read, written, closed, result;
};

static int hook(void *arg)
{
    struct hooked *h = arg;
    char buf[8];
    if (h->calls++ > 0)
        return 0;
    h->read = sock_stream_readline(h->st, buf, sizeof buf);
    h->written = sock_stream_write(h->st, "from a hook\n", 12, NULL);
    h->closed = sock_close(h->round == 0 ? h->st : h->s);
    return 0;
}

static void read_hooked(void *arg)
{
    struct hooked *h = arg;
    char buf[8];
    CHECK_OK(sock_set_interrupt(hook, h));
    h->result = sock_stream_readline(h->st, buf, sizeof buf);
}

static void on_signal(int number)
{
    (void)number;
}

static void test_hook_inside_a_call(void)
{
    struct sigaction ours = {.sa_handler = on_signal}, before;
    CHECK_SYS(sigaction(SIGUSR1, &ours, &before));
    for (int round = 0; round < 2; round++) {
        sock_t pair[2];
        struct thread t;
        char buf[16];
        unix_pair(pair);
        struct hooked h = {.s = pair[0], .st = stream_of(pair[0]), .round = round};
        thread_start(&t, read_hooked, &h);
        thread_wait_blocked(&t);
        pthread_kill(t.id, SIGUSR1);
        thread_join_within(&t, 50);
        CHECK_EQ(h.calls, 1);
        CHECK_ERR(h.read, -EDEADLK);
        CHECK_ERR(h.written, 0);
        CHECK_ERR(h.closed, 0);
        CHECK_ERR(h.result, SOCK_ECLOSED);
        if (round == 0) {
            /* The interrupted call flushed when it returned. */
            CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 12);
            CHECK_ERR(sock_close(h.st), -EBADF);
            CHECK_OK(sock_close(pair[0]));
        } else {
            CHECK_ERR(sock_close(h.st), SOCK_ECLOSED);
            CHECK_ERR(sock_close(pair[0]), -EBADF);
        }
        CHECK_OK(sock_close(pair[1]));
    }
    CHECK_SYS(sigaction(SIGUSR1, &before, NULL));
}

/* fork while a thread is inside a read: the child reads on from the received data; data written before the
 * fork is sent once, by the parent. */
struct family {
    sock_t pair[2];
    sock_stream_t st;
};

static void be_child(void *arg)
{
    struct family *f = arg;
    char buf[32];
    CHECK_EQ(sock_stream_buffered(f->st, SOCK_READ), 5);
    CHECK_EQ(sock_stream_buffered(f->st, SOCK_WRITE), 0);
    /* The thread that has the turn does not exist here. */
    CHECK_EQ(sock_stream_read(f->st, buf, sizeof buf), 5);
    CHECK_MEM(buf, "half ", 5);
    CHECK_ERR(sock_stream_write(f->st, "child\n", 6, NULL), 0);
    CHECK_OK(sock_close(f->st));
    CHECK_OK(sock_close(f->pair[0]));
    CHECK_OK(sock_close(f->pair[1]));
}

static void test_fork_with_a_reader_inside(void)
{
    struct family f;
    struct thread t;
    char buf[32];
    unix_pair(f.pair);
    f.st = stream_of(f.pair[0]);
    struct user u = {.st = f.st, .call = UNTIL};
    send_text(f.pair[1], "half ");
    CHECK_ERR(sock_stream_write(f.st, "parent\n", 7, NULL), 0);
    thread_start(&t, use_stream, &u);
    thread_wait_blocked(&t);
    while (sock_stream_buffered(f.st, SOCK_READ) < 5)
        sleep_ms(1);
    pid_t child = child_start(be_child, &f);
    child_join(child);
    CHECK_ERR(sock_recv_exact(f.pair[1], buf, 6, 0, NULL), 0);
    CHECK_MEM(buf, "child\n", 6);
    CHECK(!thread_ended(&t));
    send_text(f.pair[1], "\r\n");
    thread_join_within(&t, 50);
    CHECK_EQ(u.result, 7);
    CHECK_OK(sock_close(f.st));
    CHECK_ERR(sock_recv_exact(f.pair[1], buf, 7, 0, NULL), 0);
    CHECK_MEM(buf, "parent\n", 7);
    close_pair(f.pair);
}

/* Threads read and write while streams and sockets are closed under them: every call ends, and no handle,
 * thread or descriptor is left. */
struct storm {
    sock_t pair[2];
    sock_stream_t st[2];
};

static void read_until_closed(void *arg)
{
    struct storm *s = arg;
    char line[64];
    int64_t len;
    while ((len = sock_stream_readline(s->st[0], line, sizeof line)) > 0)
        ;
    if (len != 0 && len != SOCK_ECLOSED && len != -EBADF && len != -ECONNRESET)
        FAIL("a read ended with %lld", (long long)len);
}

static void write_until_closed(void *arg)
{
    struct storm *s = arg;
    int code;
    do {
        code = sock_stream_write(s->st[1], "some line or other\n", 19, NULL);
        if (code == 0)
            code = sock_stream_flush(s->st[1]);
    } while (code == 0);
    /* -ECONNRESET: the peer was closed before it had read everything. */
    if (code != SOCK_ECLOSED && code != -EBADF && code != -EPIPE && code != -ECONNRESET)
        FAIL("a write ended with %d (%s)", code, sock_err_name(code));
}

static void test_closes_under_load(void)
{
    int fds = 0, rounds = in_valgrind() ? 30 : 300;
    for (int round = 0; round < rounds; round++) {
        struct storm s;
        struct thread t[4];
        unix_pair(s.pair);
        if (round == 1)
            fds = open_fds();
        for (int i = 0; i < 2; i++)
            s.st[i] = stream_of(s.pair[i]);
        thread_start(&t[0], read_until_closed, &s);
        thread_start(&t[1], read_until_closed, &s);
        thread_start(&t[2], write_until_closed, &s);
        thread_start(&t[3], write_until_closed, &s);
        sleep_ms(round % 7 * 0.2);
        sock_t order[4] = {s.st[0], s.pair[1], s.st[1], s.pair[0]};
        for (int i = 0; i < 4; i++) {
            int code = sock_close(order[(i + round) % 4]);
            CHECK(code == 0 || code == SOCK_ECLOSED || code == -EPIPE || code == -ECONNRESET);
        }
        for (int i = 0; i < 4; i++)
            thread_join_within(&t[i], 500);
    }
    CHECK_LE(open_fds(), fds);
}

TEST_MAIN(test_close_wakes_every_call, test_close_flushes_r197_r198, test_closing_ends_with_the_socket,
          test_second_reader_waits_for_its_turn, test_many_threads_on_one_stream, test_hook_inside_a_call,
          test_fork_with_a_reader_inside, test_closes_under_load)
