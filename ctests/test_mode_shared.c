/* O_NONBLOCK of a socket that somebody else has too: another process, another handle, a program that was started
 * with it. What they do with the flag ends no promise of this process: limits, deadlines and close. */
#include "shared.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Other owners ---------------------------------------------------------------------------------------- */

/* A child looks at the number, in blocking mode: the flag is off from then on. */
static void child_shows(sock_t s)
{
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(!(sock_settimeout(s, SOCK_FOREVER) == 0 && sock_fileno(s) >= 0));
    child_join(pid);
}

/* The same, by a child for which no fork handler ran. */
static void bare_child_shows(sock_t s)
{
    const char *run = getenv("SOCK_TEST_MODE");
    if (run && strncmp(run, "portable", 8) == 0) {
        puts("# no child made by clone(2) alone: without fork handlers the portable backend does not notice it");
        child_shows(s);
        return;
    }
    pid_t pid = CHECK_SYS(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
    if (pid == 0)
        _exit(!(sock_settimeout(s, SOCK_FOREVER) == 0 && sock_fileno(s) >= 0));
    child_join(pid);
}

static void twin_blocks(sock_t s)
{
    sock_t twin = CHECK_OK(sock_from_fd((int)CHECK_SYS(dup((int)CHECK_OK(sock_fileno(s)))), -1, -1, -1));
    CHECK_ERR(sock_settimeout(twin, SOCK_FOREVER), 0);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_close(twin), 0);
}

static void duplicate_blocks(sock_t s)
{
    sock_t twin = CHECK_OK(sock_dup(s));
    CHECK_ERR(sock_settimeout(twin, SOCK_FOREVER), 0);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_close(twin), 0);
}

static void program_clears(sock_t s)
{
    int fd = (int)CHECK_OK(sock_fileno(s));
    CHECK_SYS(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK));
}

/* SCM_RIGHTS: another process adopts it. */
static void sent_away(sock_t s)
{
    sock_t pair[2];
    int fd = (int)CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQ(sock_send_fds(pair[0], "x", 1, &fd, 1, 0, NULL), 1);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        char byte;
        int in = -1;
        size_t n = 0;
        int64_t got = sock_recv_fds(pair[1], &byte, 1, &in, 1, &n, 0, NULL, NULL);
        sock_t own = sock_from_fd(in, -1, -1, -1);
        _exit(!(got == 1 && n == 1 && sock_setblocking(own, 1) == 0));
    }
    child_join(pid);
    CHECK_ERR(sock_close(pair[0]), 0);
    CHECK_ERR(sock_close(pair[1]), 0);
    CHECK(!flag_of(fd));
}

/* exec: another program has it as its standard input, and clears the flag. */
static void executed(sock_t s)
{
    CHECK_ERR(sock_set_inheritable(s, 1), 0);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        dup2(sock_peek_fileno(s), 0);
        /* Under valgrind, /proc/self/exe is valgrind itself. */
        const char *self = in_valgrind() ? program_invocation_name : "/proc/self/exe";
        execl(self, "test_mode_shared", "--clear", (char *)NULL);
        _exit(9);
    }
    child_join(pid);
    CHECK(!flag_of(sock_peek_fileno(s)));
}

static void (*const owners[])(sock_t) = {child_shows,    bare_child_shows, twin_blocks, duplicate_blocks,
                                         program_clears, sent_away,        executed};
enum { OWNERS = sizeof owners / sizeof *owners };

/* Limits, deadlines and close, in another thread ------------------------------------------------------------ */

struct caller {
    struct thread thread;
    sock_t s;
    int file;
    struct sock_addr name;
    int64_t result, sent;
};

static void accepts(void *arg)
{
    struct caller *c = arg;
    c->result = sock_accept(c->s, NULL);
}

static void connects(void *arg)
{
    struct caller *c = arg;
    c->result = sock_connect(c->s, &c->name);
}

static void sends_file(void *arg)
{
    struct caller *c = arg;
    c->result = sock_sendfile(c->s, c->file, 0, -1, &c->sent);
}

/* A call that cannot succeed ends by its limit, by a deadline that is set meanwhile, by a close. */
static void check_ends(struct caller *c, void (*call)(void *), int side)
{
    CHECK_ERR(sock_settimeout(c->s, MS(50)), 0);
    int64_t start = now_ns();
    call(c);
    CHECK_ERR(c->result, SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 50, 250);

    CHECK_ERR(sock_settimeout(c->s, SEC(100)), 0);
    thread_start(&c->thread, call, c);
    thread_wait_blocked(&c->thread);
    start = now_ns();
    CHECK_ERR(sock_setdeadline(c->s, side, sock_now() + MS(20)), 0);
    CHECK_TIME(now_ns() - start, 0, 20);
    thread_join_within(&c->thread, 300);
    CHECK_ERR(c->result, SOCK_ETIMEDOUT);
    CHECK_ERR(sock_setdeadline(c->s, side, SOCK_FOREVER), 0);

    CHECK_ERR(sock_settimeout(c->s, SOCK_FOREVER), 0);
    thread_start(&c->thread, call, c);
    thread_wait_blocked(&c->thread);
    start = now_ns();
    CHECK_ERR(sock_close(c->s), 0);
    CHECK_TIME(now_ns() - start, 0, 90); /* the close has not given up: the call has left */
    thread_join_within(&c->thread, 100);
    CHECK_ERR(c->result, SOCK_ECLOSED);
}

static void accept_ends(void *arg)
{
    (void)arg;
    for (int i = 0; i < OWNERS; i++) {
        struct caller c;
        c.s = listener_of(AF_INET, &c.name, 5);
        CHECK_ERR(sock_settimeout(c.s, MS(50)), 0);
        owners[i](c.s);
        check_ends(&c, accepts, SOCK_READ);
    }
}

static void accept_ends_filtered(void *arg)
{
    forbid_uring();
    accept_ends(arg);
}

static void test_accept_ends(void)
{
    in_both(accept_ends, NULL, accept_ends_filtered);
}

/* A listener whose backlog is full. */
static sock_t deaf_listener(int family, struct sock_addr *name, sock_t filler[2])
{
    sock_t s = listener_of(family, name, 0);
    for (int i = 0; i < 2; i++) {
        filler[i] = CHECK_OK(sock_socket(family, SOCK_STREAM, 0));
        CHECK_ERR(sock_settimeout(filler[i], 0), 0);
        sock_connect(filler[i], name);
    }
    return s;
}

static void test_connect_ends(void)
{
    static const int families[] = {AF_INET, AF_UNIX};
    for (int family = 0; family < 2; family++)
        for (int i = 0; i < OWNERS; i++) {
            struct caller c;
            sock_t filler[2], listener = deaf_listener(families[family], &c.name, filler);
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            CHECK_ERR(sock_settimeout(c.s, MS(50)), 0);
            owners[i](c.s);
            struct timeval limit = {7, 0}, found;
            size_t len = sizeof found;
            CHECK_SYS(setsockopt(sock_peek_fileno(c.s), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
            int64_t start = now_ns();
            CHECK_ERR(sock_connect(c.s, &c.name), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 50, 250);
            CHECK_OK(sock_getsockopt(c.s, SOL_SOCKET, SO_SNDTIMEO, &found, &len)); /* as it was */
            CHECK_EQ(found.tv_sec, 7);
            CHECK_EQ(found.tv_usec, 0);
            CHECK_ERR(sock_close(c.s), 0);
            /* TCP goes on connecting after a timeout: the close is another socket's. */
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            owners[i](c.s);
            thread_start(&c.thread, connects, &c);
            thread_wait_blocked(&c.thread);
            start = now_ns();
            CHECK_ERR(sock_close(c.s), 0);
            CHECK_TIME(now_ns() - start, 0, 90);
            thread_join_within(&c.thread, 100);
            CHECK_ERR(c.result, SOCK_ECLOSED);
            CHECK_ERR(sock_close(filler[0]), 0);
            CHECK_ERR(sock_close(filler[1]), 0);
            CHECK_ERR(sock_close(listener), 0);
        }
}

struct hammer {
    struct thread thread;
    sock_t s;
    struct sock_addr name;
    long tries;
    int stop;
};

static void connects_again_and_again(void *arg)
{
    struct hammer *h = arg;
    for (; !__atomic_load_n(&h->stop, __ATOMIC_ACQUIRE); __atomic_add_fetch(&h->tries, 1, __ATOMIC_RELEASE))
        CHECK_ERR(sock_connect(h->s, &h->name), -EAGAIN);
}

static long tries_of(struct hammer *h)
{
    return __atomic_load_n(&h->tries, __ATOMIC_ACQUIRE);
}

static long send_limit(sock_t s)
{
    struct timeval found;
    size_t len = sizeof found;
    CHECK_OK(sock_getsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &found, &len));
    return found.tv_sec * 1000000 + found.tv_usec;
}

/* A connect on a shared description bounds itself by SO_SNDTIMEO for a moment. Nobody sees that: not another call
 * that looks for the program's limit, and what the program sets meanwhile stays. */
static void test_connect_hides_its_limit(void)
{
    struct hammer h = {.stop = 0};
    sock_t filler[2], listener = deaf_listener(AF_UNIX, &h.name, filler);
    h.s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_ERR(sock_settimeout(h.s, 0), 0);
    sock_t twin = CHECK_OK(sock_dup(h.s));
    thread_start(&h.thread, connects_again_and_again, &h);
    for (long limit = 0; limit < 3; limit++) {
        struct timeval set = {limit, 0};
        CHECK_ERR(sock_setsockopt(twin, SOL_SOCKET, SO_SNDTIMEO, &set, sizeof set), 0);
        for (long end = tries_of(&h) + 10; tries_of(&h) < end;) {
            CHECK_EQ(send_limit(twin), limit * 1000000);
            CHECK_EQ(send_limit(h.s), limit * 1000000);
        }
    }
    __atomic_store_n(&h.stop, 1, __ATOMIC_RELEASE);
    thread_join(&h.thread);
    CHECK_EQ(send_limit(h.s), 2000000);
    CHECK_ERR(sock_close(h.s), 0);
    CHECK_ERR(sock_close(twin), 0);
    for (int i = 0; i < 2; i++)
        CHECK_ERR(sock_close(filler[i]), 0);
    CHECK_ERR(sock_close(listener), 0);
}

static int make_file(size_t len)
{
    int file = (int)CHECK_SYS(memfd_create("data", MFD_CLOEXEC));
    char block[4096];
    for (size_t at = 0; at < len; at += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (char)((at + i) * 2654435761u >> 13);
        CHECK_EQ(write(file, block, sizeof block), sizeof block);
    }
    return file;
}

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

/* Accepting by io_uring returns what accept4(2) does. */
static void test_accept_answers_the_same(void)
{
    struct sock_addr name, peer, own;
    sock_t listener = listener_of(AF_INET, &name, 5), client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    CHECK_OK(sock_fileno(listener));
    CHECK_ERR(sock_connect(client, &name), 0);
    sock_t accepted = CHECK_OK(sock_accept(listener, &peer));
    CHECK_ERR(sock_getsockname(client, &own), 0);
    CHECK_MEM(&peer, &own, sizeof own);
    CHECK_EQ(sock_get_inheritable(accepted), 0);
    CHECK_EQ(sock_send(client, "x", 1, 0), 1);
    char byte;
    CHECK_EQ(sock_recv(accepted, &byte, 1, 0), 1);
    CHECK_ERR(sock_accept(client, NULL), -EINVAL);
    CHECK_OK(sock_fileno(client));
    CHECK_ERR(sock_accept(client, NULL), -EINVAL);
    sock_t datagram = CHECK_OK(sock_socket(AF_INET, SOCK_DGRAM, 0));
    CHECK_OK(sock_fileno(datagram));
    CHECK_ERR(sock_accept(datagram, NULL), -EOPNOTSUPP);
    CHECK_ERR(sock_close(datagram), 0);
    CHECK_ERR(sock_close(accepted), 0);
    CHECK_ERR(sock_close(client), 0);
    CHECK_ERR(sock_close(listener), 0);
    /* Nothing holds a listener back: its port is free at once. */
    listener = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(listener));
    for (int i = 0; i < 200; i++) {
        CHECK_ERR(sock_settimeout(listener, 0), 0);
        CHECK_ERR(sock_accept(listener, NULL), -EAGAIN);
        CHECK_ERR(sock_close(listener), 0);
        listener = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_bind(listener, &name), 0);
        CHECK_ERR(sock_listen(listener, 5), 0);
        CHECK_OK(sock_fileno(listener));
    }
    CHECK_ERR(sock_close(listener), 0);
}

/* The flag that others see ------------------------------------------------------------------------------------ */

/* An adopted descriptor keeps its flag until a mode is set or it leaves the handle, also while it waits. */
static void flag_is_left_alone(void *arg)
{
    (void)arg;
    for (int on = 0; on < 2; on++) {
        struct sock_addr name;
        int fd = (int)CHECK_OK(sock_detach(listener_of(AF_INET, &name, 5)));
        CHECK_SYS(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0));
        sock_t s = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
        CHECK_EQ(sock_gettimeout(s), SOCK_FOREVER);
        CHECK_EQ(flag_of(fd), on);
        sock_t twin = CHECK_OK(sock_dup(s));
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_setdeadline(s, SOCK_READ, sock_now() + MS(10)), 0);
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_setdeadline(s, SOCK_READ, SOCK_FOREVER), 0);
        CHECK_EQ(sock_fileno(s), fd);
        CHECK_EQ(flag_of(fd), on);
        CHECK_ERR(sock_close(twin), 0);
        CHECK_EQ(sock_detach(s), fd);
        CHECK(!flag_of(fd)); /* blocking mode */
        s = CHECK_OK(sock_from_fd(fd, -1, -1, -1));
        CHECK_ERR(sock_settimeout(s, MS(5)), 0);
        CHECK(flag_of(fd));
        CHECK_SYS(fcntl(fd, F_SETFL, 0));
        CHECK_EQ(sock_detach(s), fd);
        CHECK(flag_of(fd)); /* with a timeout */
        close(fd);
    }
}

static void flag_is_left_alone_filtered(void *arg)
{
    forbid_uring();
    flag_is_left_alone(arg);
}

static void test_flag_is_left_alone(void)
{
    in_both(flag_is_left_alone, NULL, flag_is_left_alone_filtered);
}

/* Parent and child have their own modes; each sets the flag to its own, and works with any. */
static void test_modes_of_parent_and_child(void)
{
    struct sock_addr name;
    sock_t s = listener_of(AF_INET, &name, 5);
    child_shows(s);
    CHECK(!flag_of(sock_peek_fileno(s)));
    CHECK_ERR(sock_settimeout(s, 0), 0);
    CHECK_ERR(sock_accept(s, NULL), -EAGAIN);
    CHECK(!flag_of(sock_peek_fileno(s))); /* the child's: this process has not shown it */
    CHECK(flag_of((int)CHECK_OK(sock_fileno(s))));
    child_shows(s);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_settimeout(s, 0), 0); /* the same mode: set anew all the same */
    CHECK(flag_of((int)CHECK_OK(sock_fileno(s))));
    child_shows(s);
    int fd = (int)CHECK_OK(sock_detach(s));
    CHECK(flag_of(fd)); /* R27, whatever the child did */
    close(fd);
}

/* Flapping ----------------------------------------------------------------------------------------------- */

/* Another process switches the flag all the time, while calls of this one end by their limits. */
static void test_flapping(void)
{
    test_timeout(100);
    const int rounds = in_valgrind() ? 50 : 1000;
    struct caller c;
    c.s = listener_of(AF_INET, &c.name, 5);
    pid_t other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
    CHECK_ERR(sock_settimeout(c.s, MS(0.1)), 0);
    for (int i = 0; i < rounds; i++) {
        int64_t start = now_ns();
        CHECK_ERR(sock_accept(c.s, NULL), SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 0, 500);
        sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_connect(client, &c.name), 0);
        CHECK_ERR(sock_settimeout(c.s, SEC(20)), 0);
        CHECK_ERR(sock_close(CHECK_OK(sock_accept(c.s, NULL))), 0);
        CHECK_ERR(sock_settimeout(c.s, MS(0.1)), 0);
        CHECK_ERR(sock_close(client), 0);
    }
    CHECK_ERR(sock_settimeout(c.s, SOCK_FOREVER), 0);
    thread_start(&c.thread, accepts, &c);
    sleep_ms(5);
    CHECK_ERR(sock_close(c.s), 0);
    thread_join_within(&c.thread, 500);
    CHECK_ERR(c.result, SOCK_ECLOSED);
    kill_child(other);

    static const int families[] = {AF_INET, AF_UNIX};
    for (int family = 0; family < 2; family++) {
        sock_t filler[2], listener = deaf_listener(families[family], &c.name, filler);
        for (int i = 0; i < rounds / 20; i++) {
            c.s = CHECK_OK(sock_socket(families[family], SOCK_STREAM, 0));
            other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
            CHECK_ERR(sock_settimeout(c.s, MS(2)), 0);
            int64_t start = now_ns();
            CHECK_ERR(sock_connect(c.s, &c.name), SOCK_ETIMEDOUT);
            CHECK_TIME(now_ns() - start, 2, 500);
            CHECK_ERR(sock_close(c.s), 0);
            kill_child(other);
        }
        CHECK_ERR(sock_close(filler[0]), 0);
        CHECK_ERR(sock_close(filler[1]), 0);
        CHECK_ERR(sock_close(listener), 0);
    }

    sock_t pair[2];
    CHECK_ERR(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    c.s = pair[0];
    c.file = make_file(1 << 20);
    other = flap_start((int)CHECK_OK(sock_fileno(c.s)));
    CHECK_ERR(sock_settimeout(c.s, MS(1)), 0);
    for (int i = 0; i < rounds; i++) {
        char data[4096];
        int64_t start = now_ns();
        sends_file(&c);
        CHECK_ERR(c.result, SOCK_ETIMEDOUT);
        CHECK_TIME(now_ns() - start, 1, 500);
        CHECK_GT(sock_recv(pair[1], data, sizeof data, 0), 0);
    }
    kill_child(other);
    close(c.file);
    CHECK_ERR(sock_close(pair[0]), 0);
    CHECK_ERR(sock_close(pair[1]), 0);
}

/* Prefork ------------------------------------------------------------------------------------------------ */

struct herd {
    sock_t listener;
    struct sock_addr name;
};

/* Accepts with deadlines until the parent says stop; the exit status says whether every call ended in time. */
static void work(struct herd *h, int number, int stop)
{
    int64_t longest = 0;
    if (number == 0 && sock_fileno(h->listener) < 0)
        _exit(2);
    for (char byte; recv(stop, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;) {
        int64_t start = now_ns();
        sock_setdeadline(h->listener, SOCK_READ, sock_now() + MS(10));
        int64_t s = sock_accept(h->listener, NULL);
        int64_t took = now_ns() - start;
        longest = took > longest ? took : longest;
        if (s > 0)
            sock_close(s);
        else if (s != SOCK_ETIMEDOUT)
            _exit(3);
    }
    _exit(longest < (int64_t)(SEC(1) * test_scale()) ? 0 : 4);
}

static void herd(void *arg)
{
    enum { WORKERS = 4 };
    const int rounds = in_valgrind() ? 50 : 1000;
    struct herd h;
    int stop[2];
    pid_t workers[WORKERS];
    (void)arg;
    h.listener = listener_of(AF_INET, &h.name, 64);
    CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stop));
    for (int i = 0; i < WORKERS; i++)
        if ((workers[i] = (pid_t)CHECK_SYS(fork())) == 0)
            work(&h, i, stop[1]);
    for (int i = 0; i < rounds; i++) {
        sock_t client = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
        CHECK_ERR(sock_connect(client, &h.name), 0);
        CHECK_ERR(sock_close(client), 0);
        if (i % 50 == 0)
            sleep_ms(20);
    }
    sleep_ms(50);
    CHECK_EQ(send(stop[0], "x", 1, 0), 1);
    for (int i = 0; i < WORKERS; i++)
        child_join(workers[i]);
    CHECK_ERR(sock_close(h.listener), 0);
    close(stop[0]);
    close(stop[1]);
}

static void herd_filtered(void *arg)
{
    forbid_uring();
    herd(arg);
}

/* One worker of a prefork server looks at the listener's number. */
static void test_prefork(void)
{
    in_both(herd, NULL, herd_filtered);
}

/* A sandbox that is entered late ends the use of io_uring: the filter would kill the process. */
static void late_sandbox(void *arg)
{
    struct sock_addr name;
    (void)arg;
    sock_t s = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_settimeout(s, MS(1)), 0);
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    forbid_uring();
    CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
    CHECK_ERR(sock_close(s), 0);
}

static void test_late_sandbox(void)
{
    if (in_valgrind())
        SKIP("valgrind makes system calls of its own, which a filter would refuse");
    child_join(child_start(late_sandbox, NULL));
}

/* A child of a fork uses no ring of its parent; both go on. */
static void test_fork_with_a_ring(void)
{
    struct sock_addr name;
    sock_t s = listener_of(AF_INET, &name, 5);
    CHECK_OK(sock_fileno(s));
    CHECK_ERR(sock_settimeout(s, MS(1)), 0);
    int fds = open_fds();
    for (int i = 0; i < 20; i++) {
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        pid_t pid = CHECK_SYS(i % 2 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
        if (pid == 0) {
            for (int n = 0; n < 10; n++)
                if (sock_accept(s, NULL) != SOCK_ETIMEDOUT)
                    _exit(1);
            _exit(0);
        }
        CHECK_ERR(sock_accept(s, NULL), SOCK_ETIMEDOUT);
        child_join(pid);
    }
    CHECK_LE(open_fds(), fds + 1); /* a wake-up descriptor; none of a ring */
    CHECK_ERR(sock_close(s), 0);
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

static int clear_standard_input(void)
{
    return fcntl(0, F_SETFL, fcntl(0, F_GETFL) & ~O_NONBLOCK) != 0;
}

/* musl passes constructors no arguments. */
__attribute__((constructor)) static void as_another_program(void)
{
    char words[4096];
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, words, sizeof words);
    close(fd);
    if (len > 8 && memcmp(words + len - 8, "--clear", 8) == 0)
        _exit(clear_standard_input());
}

TEST_MAIN(test_accept_ends, test_connect_ends, test_connect_hides_its_limit, test_sendfile_ends,
          test_sendfile_data, test_sendfile_data_of_a_pipe, test_accept_answers_the_same, test_flag_is_left_alone,
          test_modes_of_parent_and_child, test_flapping, test_prefork, test_late_sandbox,
          test_fork_with_a_ring, test_sendfile_holds_nothing_up)
