/* The others that have a socket too, each in its own way, and a call in another thread that its limits must end all
 * the same. */
#ifndef SOCK_OWNERS_H
#define SOCK_OWNERS_H

#include "shared.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Other owners ---------------------------------------------------------------------------------------- */

/* A child looks at the number, in blocking mode: the flag is off from then on. */
static inline void child_shows(sock_t s)
{
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0)
        _exit(!(sock_settimeout(s, SOCK_FOREVER) == 0 && sock_fileno(s) >= 0));
    child_join(pid);
}

/* The same, by a child for which no fork handler ran. */
static inline void bare_child_shows(sock_t s)
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

static inline void twin_blocks(sock_t s)
{
    sock_t twin = CHECK_OK(sock_from_fd((int)CHECK_SYS(dup((int)CHECK_OK(sock_fileno(s)))), -1, -1, -1));
    CHECK_ERR(sock_settimeout(twin, SOCK_FOREVER), 0);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_close(twin), 0);
}

static inline void duplicate_blocks(sock_t s)
{
    sock_t twin = CHECK_OK(sock_dup(s));
    CHECK_ERR(sock_settimeout(twin, SOCK_FOREVER), 0);
    CHECK(!flag_of((int)CHECK_OK(sock_fileno(s))));
    CHECK_ERR(sock_close(twin), 0);
}

static inline void program_clears(sock_t s)
{
    int fd = (int)CHECK_OK(sock_fileno(s));
    CHECK_SYS(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK));
}

/* SCM_RIGHTS: another process adopts it. */
static inline void sent_away(sock_t s)
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
static inline void executed(sock_t s)
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

static inline void accepts(void *arg)
{
    struct caller *c = arg;
    c->result = sock_accept(c->s, NULL);
}

static inline void connects(void *arg)
{
    struct caller *c = arg;
    c->result = sock_connect(c->s, &c->name);
}

static inline void sends_file(void *arg)
{
    struct caller *c = arg;
    c->result = sock_sendfile(c->s, c->file, 0, -1, &c->sent);
}

/* A call that cannot succeed ends by its limit, by a deadline that is set meanwhile, by a close. */
static inline void check_ends(struct caller *c, void (*call)(void *), int side)
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

/* A file for sends_file. */
static inline int make_file(size_t len)
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

/* The other program of `executed` ----------------------------------------------------------------------- */

static inline int clear_standard_input(void)
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

#endif
