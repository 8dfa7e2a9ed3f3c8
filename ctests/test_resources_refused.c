/* What the kernel, a sandbox or a limit refuses to a call that can do without: it goes on in another way, and loses
 * nothing. Sandboxes refuse system calls that are younger than they are with ENOSYS or EPERM. */
#include "check.h"
#include "connected.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEN = 10000, SOME = 3000 };

static const struct refusal {
    const char *name;
    int number, error;
} refusals[] = {
#define BOTH(call) {#call, SYS_##call, ENOSYS}, {#call, SYS_##call, EPERM}
    BOTH(sendfile), BOTH(splice), BOTH(tee), BOTH(pipe2), BOTH(preadv2), BOTH(pwritev2), BOTH(epoll_pwait2),
};

static bool refuse(const struct refusal *refusal)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refusal->number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)refusal->error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* Two connections, the second of which the program can reach too. */
struct scene {
    sock_t own[2], shared[2];
    char data[LEN], back[LEN];
    int file;
};

static void open_scene(struct scene *s)
{
    char path[] = "/tmp/sock-refused-XXXXXX";
    tcp_pair(s->own);
    tcp_pair(s->shared);
    CHECK_OK(sock_fileno(s->shared[0]));
    CHECK_OK(sock_fileno(s->shared[1]));
    for (int i = 0; i < LEN; i++)
        s->data[i] = (char)(i * 7 + i / 251);
    s->file = (int)CHECK_SYS(mkostemp(path, O_CLOEXEC));
    CHECK_SYS(unlink(path));
    CHECK_EQ(write(s->file, s->data, LEN), LEN);
}

static void check_came(struct scene *s, sock_t from, int len)
{
    CHECK_OK(sock_settimeout(from, SEC(5)));
    memset(s->back, 0, sizeof s->back);
    CHECK_OK(sock_recv_exact(from, s->back, (size_t)len, 0, NULL));
    CHECK_MEM(s->back, s->data, len);
}

/* A pipe with data in it that has ended. */
static int full_pipe(struct scene *s)
{
    int ends[2];
    CHECK_SYS(pipe(ends));
    CHECK_EQ(write(ends[1], s->data, SOME), SOME);
    CHECK_SYS(close(ends[1]));
    return ends[0];
}

static void send_files(struct scene *s, sock_t pair[2], int source)
{
    int64_t sent = -1;
    CHECK_EQ(sock_sendfile(pair[0], s->file, 0, -1, &sent), LEN);
    check_came(s, pair[1], LEN);
    CHECK_EQ(sock_splice_from_fd(s->file, 0, pair[0], -1, &sent), LEN);
    check_came(s, pair[1], LEN);
    CHECK_EQ(sock_sendfile(pair[0], source, 0, -1, &sent), SOME);
    check_came(s, pair[1], SOME);
}

static void splice_to_pipe(struct scene *s, sock_t pair[2], int into[2])
{
    int64_t received = -1, written = -1;
    CHECK_OK(sock_sendall(pair[0], s->data, SOME, 0, NULL));
    CHECK_EQ(sock_splice_to_fd(pair[1], into[1], -1, SOME, &received, &written), SOME);
    CHECK_EQ(received, SOME);
    CHECK_EQ(written, SOME);
    CHECK_EQ(read(into[0], s->back, LEN), SOME);
    CHECK_MEM(s->back, s->data, SOME);
}

static void wait_in_a_poller(struct scene *s)
{
    struct sock_event event;
    sock_poller_t poller = CHECK_OK(sock_poller_new());
    CHECK_OK(sock_poller_add(poller, s->own[1], SOCK_POLL_IN, 7));
    int64_t start = now_ns();
    CHECK_EQ(sock_poller_wait(poller, &event, 1, MS(50)), 0);
    CHECK_TIME(now_ns() - start, 50, 500);
    CHECK_OK(sock_sendall(s->own[0], s->data, 1, 0, NULL));
    CHECK_EQ(sock_poller_wait(poller, &event, 1, SEC(2)), 1);
    CHECK_EQ(event.data, 7);
    CHECK_OK(sock_close(poller));
}

enum { NO_FILTERS = 77 };

static void in_a_sandbox(void *arg)
{
    const struct refusal *refusal = arg;
    struct scene s;
    int into[2];
    open_scene(&s);
    int sources[2] = {full_pipe(&s), full_pipe(&s)};
    CHECK_SYS(pipe(into));
    if (!refuse(refusal))
        _exit(NO_FILTERS);
    send_files(&s, s.own, sources[0]);
    send_files(&s, s.shared, sources[1]);
    splice_to_pipe(&s, s.own, into);
    splice_to_pipe(&s, s.shared, into);
    wait_in_a_poller(&s);
}

static void test_a_system_call_that_a_sandbox_refuses(void)
{
    if (in_valgrind())
        SKIP("valgrind makes system calls of its own");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct refusal refusal = refusals[i];
        printf("# %s: %s\n", refusal.name, strerror(refusal.error));
        pid_t pid = child_start(in_a_sandbox, &refusal);
        siginfo_t info;
        CHECK_SYS(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
        if (info.si_code == CLD_EXITED && info.si_status == NO_FILTERS) {
            waitpid(pid, NULL, 0);
            SKIP("seccomp filters are not allowed here");
        }
        child_join(pid);
    }
}

/* No descriptor left --------------------------------------------------------------------------------- */

static void use_up(void)
{
    struct rlimit limit;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 64;
    CHECK_SYS(setrlimit(RLIMIT_NOFILE, &limit));
    while (dup(0) >= 0)
        ;
    CHECK_EQ(errno, EMFILE);
}

/* Without a pipe of its own the call still gives everything that it has taken. */
static void splice_without_a_descriptor(void *arg)
{
    (void)arg;
    struct scene s;
    int into[2];
    open_scene(&s);
    CHECK_SYS(pipe(into));
    use_up();
    splice_to_pipe(&s, s.own, into);
    splice_to_pipe(&s, s.shared, into);
}

/* A wait for completions has no epoll instance: it looks now and then. */
static void collect_without_a_descriptor(void *arg)
{
    static char data[4 << 20];
    (void)arg;
    sock_t pair[2];
    struct sock_zerocopy_range range;
    uint64_t ticket = 0;
    tcp_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(100)));
    CHECK_OK(sock_send_zerocopy(pair[0], data, sizeof data, 0, &ticket)); /* the peer reads nothing */
    if (ticket == 0)
        _exit(0); /* the kernel copies at once: nothing to wait for */
    use_up();
    int64_t start = now_ns();
    CHECK_ERR(sock_zerocopy_done(pair[0], &range, 1), SOCK_ETIMEDOUT);
    CHECK_TIME(now_ns() - start, 100, 600);
}

static void test_no_descriptor_for_a_pipe(void)
{
    child_join(child_start(splice_without_a_descriptor, NULL));
}

static void test_no_descriptor_for_a_wait(void)
{
    child_join(child_start(collect_without_a_descriptor, NULL));
}

TEST_MAIN(test_a_system_call_that_a_sandbox_refuses, test_no_descriptor_for_a_pipe, test_no_descriptor_for_a_wait)
