/* Descriptors that are not libsock's any more, or not in this process: nothing is written to them, nothing closes
 * them, and what the threads of the parent had open does not stay open in a child. */
#include "check.h"
#include "connected.h"
#include "refused.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_all(void)
{
    for (int fd = 3; fd < 256; fd++)
        close(fd);
}

struct reader {
    struct thread thread;
    sock_t s;
    int waited, go; /* atomic */
    int64_t result, returned;
};

static void read_here(void *arg)
{
    struct reader *r = arg;
    char byte;
    r->result = sock_recv(r->s, &byte, 1, 0);
    r->returned = now_ns();
}

/* A new process that closes everything ------------------------------------------------------------- */

static void use_the_numbers_again(void)
{
    int own[8];
    close_all();
    for (int i = 0; i < 8; i++)
        own[i] = CHECK_SYS(i % 2 ? epoll_create1(EPOLL_CLOEXEC) : open("/dev/null", O_RDONLY));
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    for (int i = 0; i < 8; i++) {
        CHECK_SYS(fcntl(own[i], F_GETFD));
        CHECK_NE(sock_peek_fileno(s), own[i]);
    }
    _exit(0);
}

/* A child made without the fork handlers settles late: the numbers of libsock's descriptors may be others' by
 * then. */
static void test_a_settling_child_closes_no_stranger(void)
{
    sock_t pair[2];
    char byte;
    sock_cancel_t token = CHECK_OK(sock_cancel_new());
    unix_pair(pair);
    CHECK_OK(sock_settimeout(pair[0], MS(20)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT); /* creates this thread's event descriptor */
    fflush(NULL);
    pid_t pid = CHECK_SYS((pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
    if (pid == 0)
        use_the_numbers_again();
    child_join(pid);
    close_pair(pair);
    CHECK_OK(sock_close(token));
}

/* One that shares the table of descriptors with its parent closes none of them. */
static void test_a_child_that_shares_the_descriptors(void)
{
    if (in_valgrind())
        SKIP("valgrind knows no clone(2) with CLONE_FILES");
    struct reader r = {0};
    sock_t pair[2];
    unix_pair(pair);
    r.s = pair[0];
    thread_start(&r.thread, read_here, &r);
    thread_wait_blocked(&r.thread);
    fflush(NULL);
    pid_t pid = CHECK_SYS((pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL));
    if (pid == 0) {
        sock_send(pair[0], "y", 1, 0); /* settles */
        char byte;
        sock_settimeout(pair[1], 0);
        sock_recv(pair[1], &byte, 1, 0);
        _exit(0);
    }
    child_join(pid);
    int64_t start = now_ns();
    CHECK_EQ(sock_close(pair[0]), 0);
    thread_join_within(&r.thread, 1000);
    CHECK_ERR(r.result, SOCK_ECLOSED);
    CHECK_TIME(r.returned - start, 0, 100);
    CHECK_OK(sock_close(pair[1]));
}

/* A wake-up descriptor that the program has closed ------------------------------------------------- */

static void read_twice(void *arg)
{
    struct reader *r = arg;
    char byte;
    CHECK_OK(sock_settimeout(r->s, MS(20)));
    CHECK_ERR(sock_recv(r->s, &byte, 1, 0), SOCK_ETIMEDOUT); /* creates the descriptor */
    __atomic_store_n(&r->waited, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&r->go, __ATOMIC_ACQUIRE))
        sleep_ms(1);
    read_here(r);
}

static void close_all_between_waits(void *arg)
{
    int before_close_ms = *(int *)arg, own[12];
    struct reader r = {0};
    sock_t pair[2];
    unix_pair(pair);
    r.s = pair[0];
    thread_start(&r.thread, read_twice, &r);
    while (!__atomic_load_n(&r.waited, __ATOMIC_ACQUIRE))
        sleep_ms(1);
    close_all();
    sock_close(pair[0]);
    sock_close(pair[1]);
    for (int i = 0; i < 12; i += 2)
        CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, &own[i]));
    unix_pair(pair);
    r.s = pair[0];
    __atomic_store_n(&r.go, 1, __ATOMIC_RELEASE);
    sleep_ms(before_close_ms);
    int64_t start = now_ns();
    CHECK_EQ(sock_close(pair[0]), 0);
    thread_join_within(&r.thread, 1000);
    CHECK(r.result == SOCK_ECLOSED || r.result == -EBADF);
    if (r.result == SOCK_ECLOSED)
        CHECK_TIME(r.returned - start, 0, 200);
    for (int i = 0; i < 12; i++) {
        char data[16];
        CHECK_EQ(read(own[i], data, sizeof data), -1); /* nobody has written to it */
    }
}

static void test_a_wake_up_descriptor_used_again(void)
{
    for (int ms = 1; ms <= 300; ms *= 300)
        child_join(child_start(close_all_between_waits, &ms));
}

/* What the threads of the parent had open ----------------------------------------------------------- */

static int count_of(const char *kind)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof target - 1) > 0 && strstr(target, kind))
            count++;
    }
    return count;
}

struct dial {
    struct thread thread;
    char port[16];
    int sockets, polls, timers; /* before it began */
    int64_t result;
};

static void dial_here(void *arg)
{
    struct dial *d = arg;
    struct sock_connect_options options = {.size = sizeof options, .timeout_ns = SEC(2)};
    d->result = sock_create_connection("127.0.0.1", d->port, &options);
}

static void find_nothing(void *arg)
{
    struct dial *d = arg;
    CHECK_EQ(count_of("socket:"), d->sockets);
    CHECK_EQ(count_of("eventfd"), 0);
    CHECK_EQ(count_of("eventpoll"), d->polls);
    CHECK_EQ(count_of("timerfd"), d->timers);
}

static void count_all(struct dial *d)
{
    d->sockets = count_of("socket:");
    d->polls = count_of("eventpoll");
    d->timers = count_of("timerfd");
}

/* A dial to a listener whose queue is full: its socket, its timer and the rest are the parent's alone. */
static void test_a_blocking_dial(void)
{
    struct dial d = {0};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int listener = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0)), full[4];
    CHECK_SYS(bind(listener, (struct sockaddr *)&at, sizeof at));
    CHECK_SYS(listen(listener, 0));
    CHECK_SYS(getsockname(listener, (struct sockaddr *)&at, &len));
    for (int i = 0; i < 4; i++) {
        full[i] = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        connect(full[i], (struct sockaddr *)&at, sizeof at);
    }
    sleep_ms(20);
    count_all(&d);
    snprintf(d.port, sizeof d.port, "%d", ntohs(at.sin_port));
    thread_start(&d.thread, dial_here, &d);
    thread_wait_blocked(&d.thread);
    CHECK_GT(count_of("socket:"), d.sockets);
    child_join(child_start(find_nothing, &d));
    thread_join_within(&d.thread, 5000);
    CHECK_ERR(d.result, SOCK_ETIMEDOUT); /* the child has left it alone */
    for (int i = 0; i < 4; i++)
        close(full[i]);
    close(listener);
}

/* A wait whose readiness is spurious sleeps on an epoll instance of its own. */
static void test_a_spurious_wait(void)
{
    struct dial d = {0};
    struct reader r = {0};
    r.s = falsely_ready(refusing_family());
    count_all(&d);
    thread_start(&r.thread, read_here, &r);
    for (int64_t end = now_ns() + SEC(5); count_of("eventpoll") == d.polls && now_ns() < end;)
        sleep_ms(1);
    CHECK_GT(count_of("eventpoll"), d.polls);
    thread_wait_blocked(&r.thread);
    child_join(child_start(find_nothing, &d));
    CHECK(!thread_ended(&r.thread));
    CHECK_EQ(sock_close(r.s), 0);
    thread_join_within(&r.thread, 1000);
    CHECK_ERR(r.result, SOCK_ECLOSED);
}

struct sender {
    struct thread thread;
    sock_t s;
    int source, pipes; /* how many there were before it began */
    int64_t result;
};

static void send_here(void *arg)
{
    struct sender *sender = arg;
    sender->result = sock_sendfile(sender->s, sender->source, 0, 5, NULL);
}

static void find_no_pipe(void *arg)
{
    struct sender *sender = arg;
    CHECK_EQ(count_of("pipe:"), sender->pipes);
}

/* What comes from a pipe to a socket that others may have goes through a pipe of its own. */
static void test_a_copied_pipe(void)
{
    sock_t pair[2];
    int pipes[2];
    char buf[8];
    unix_pair(pair);
    CHECK_SYS(pipe(pipes));
    struct sender sender = {.source = pipes[0], .pipes = count_of("pipe:")};
    sender.s = CHECK_OK(sock_from_fd(CHECK_OK(sock_detach(pair[0])), -1, -1, -1));
    thread_start(&sender.thread, send_here, &sender);
    for (int64_t end = now_ns() + SEC(5); count_of("pipe:") == sender.pipes && now_ns() < end;)
        sleep_ms(1);
    CHECK_EQ(count_of("pipe:"), sender.pipes + 2);
    thread_wait_blocked(&sender.thread);
    child_join(child_start(find_no_pipe, &sender));
    CHECK_EQ(write(pipes[1], "bytes", 5), 5);
    thread_join_within(&sender.thread, 1000);
    CHECK_EQ(sender.result, 5);
    CHECK_EQ(sock_recv(pair[1], buf, sizeof buf, 0), 5);
    close(pipes[0]);
    close(pipes[1]);
    CHECK_OK(sock_close(sender.s));
    CHECK_OK(sock_close(pair[1]));
}

/* membarrier refused from some moment on ------------------------------------------------------------ */

static bool deny_membarrier(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
}

enum { SKIPPED = 77 };

static void close_in_a_sandbox(void *arg)
{
    (void)arg;
    for (int round = 0; round < 2; round++) {
        sock_t pair[2];
        unix_pair(pair);
        int fd = CHECK_OK(sock_fileno(pair[0]));
        struct reader r = {.s = pair[0]};
        thread_start(&r.thread, read_here, &r);
        thread_wait_blocked(&r.thread);
        if (round == 0 && !deny_membarrier())
            _exit(SKIPPED);
        int64_t start = now_ns();
        CHECK_EQ(sock_close(r.s), 0);
        thread_join_within(&r.thread, 1000);
        CHECK_ERR(r.result, SOCK_ECLOSED);
        CHECK_TIME(r.returned - start, 0, 100);
        CHECK_EQ(fcntl(fd, F_GETFD), -1);
        CHECK_ERR(sock_close(r.s), -EBADF);
        CHECK_OK(sock_close(pair[1]));
    }
}

static void test_membarrier_refused_later(void)
{
    pid_t pid = child_start(close_in_a_sandbox, NULL);
    int status = 0;
    siginfo_t info;
    CHECK_SYS(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    if (info.si_code == CLD_EXITED && info.si_status == SKIPPED) {
        waitpid(pid, &status, 0);
        SKIP("seccomp filters are not allowed here");
    }
    child_join(pid);
}

/* The same process number --------------------------------------------------------------------------- */

static void in_the_inner_namespace(void *arg)
{
    sock_op_t *operations = arg;
    CHECK_EQ(getpid(), 1);
    CHECK_ERR(sock_lookup_step(operations[0]), -ESTALE);
    CHECK_ERR(sock_connect_step(operations[1]), -ESTALE);
    CHECK_OK(sock_close(operations[0]));
    CHECK_OK(sock_close(operations[1]));
}

static void in_the_outer_namespace(void *arg)
{
    (void)arg;
    sock_op_t operations[2];
    struct sock_addrinfo_options lookup = {.size = sizeof lookup, .timeout_ns = SEC(3)};
    struct sock_connect_options dial = {.size = sizeof dial, .timeout_ns = SEC(3)};
    CHECK_EQ(getpid(), 1);
    operations[0] = CHECK_OK(sock_lookup_start("localhost", "80", &lookup));
    operations[1] = CHECK_OK(sock_connect_start("127.0.0.1", "9", &dial));
    CHECK_SYS(unshare(CLONE_NEWPID));
    child_join(child_start(in_the_inner_namespace, operations));
    CHECK_OK(sock_close(operations[0]));
    CHECK_OK(sock_close(operations[1]));
}

static void make_namespaces(void *arg)
{
    (void)arg;
    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
        _exit(SKIPPED);
    child_join(child_start(in_the_outer_namespace, NULL));
}

/* Parent and child are process 1, each of its own namespace. */
static void test_a_child_with_the_number_of_its_parent(void)
{
    pid_t pid = child_start(make_namespaces, NULL);
    siginfo_t info;
    CHECK_SYS(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    if (info.si_code == CLD_EXITED && info.si_status == SKIPPED) {
        waitpid(pid, NULL, 0);
        SKIP("PID namespaces are not allowed here");
    }
    child_join(pid);
}

TEST_MAIN(test_a_settling_child_closes_no_stranger, test_a_child_that_shares_the_descriptors,
          test_a_wake_up_descriptor_used_again, test_a_blocking_dial, test_a_spurious_wait, test_a_copied_pipe,
          test_membarrier_refused_later, test_a_child_with_the_number_of_its_parent)
