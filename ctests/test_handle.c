/* sock_close and sock_detach during calls in other threads: who waits for whom, who closes, how often. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Replaces close(2) of the C library: counts the calls, and returns errors on request. */
enum { WATCHED = 4096 };
static int closed[WATCHED];   /* atomic: how often each number was closed */
static int answer_with;       /* atomic: an errno for the next close of answer_fd */
static int answer_fd = -1;

int close(int fd)
{
    if (fd >= 0 && fd < WATCHED)
        __atomic_add_fetch(&closed[fd], 1, __ATOMIC_ACQ_REL);
    int result = (int)syscall(SYS_close, fd);
    if (fd >= 0 && fd == answer_fd && answer_with) {
        errno = __atomic_exchange_n(&answer_with, 0, __ATOMIC_ACQ_REL);
        return -1;
    }
    return result;
}

static int times_closed(int fd)
{
    return __atomic_load_n(&closed[fd], __ATOMIC_ACQUIRE);
}

static void pair(int type, sock_t out[2])
{
    CHECK_ERR(sock_socketpair(AF_UNIX, type, 0, out), 0);
}

/* A thread that receives until it is stopped. */
struct receiver {
    struct thread thread;
    sock_t s;
    int entered, returned; /* atomic */
    int64_t result, at;
};

static void receive(void *arg)
{
    struct receiver *r = arg;
    char byte;
    __atomic_store_n(&r->entered, 1, __ATOMIC_RELEASE);
    r->result = sock_recv(r->s, &byte, 1, 0);
    r->at = now_ns();
    __atomic_store_n(&r->returned, 1, __ATOMIC_RELEASE);
}

static void start(struct receiver *r, sock_t s)
{
    memset(r, 0, sizeof *r);
    r->s = s;
    thread_start(&r->thread, receive, r);
    thread_wait_blocked(&r->thread);
}

/* R137, where CPython hides ECONNRESET: sock_close returns the error of close(2), and the handle is invalid
 * whatever the result. Even after EINTR there is no second close. */
static void test_errors_of_the_kernel(void)
{
    static const int errors[] = {EIO, ECONNRESET, EINTR, ENOSPC};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
        answer_fd = (int)CHECK_OK(sock_fileno(s));
        int before = times_closed(answer_fd);
        answer_with = errors[i];
        CHECK_ERR(sock_close(s), -errors[i]);
        CHECK_EQ(times_closed(answer_fd), before + 1);
        CHECK_ERR(sock_close(s), -EBADF);
        CHECK_EQ(times_closed(answer_fd), before + 1);
        answer_fd = -1;
    }
}

/* The program closed the descriptor without libsock. */
static void test_descriptor_closed_by_the_program(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_UNIX, SOCK_STREAM, 0));
    close((int)CHECK_OK(sock_fileno(s)));
    char text[128];
    int code;
    CHECK_ERR(sock_close(s), -EBADF);
    CHECK_OK(sock_last_error(&code, text, sizeof text));
    CHECK_ERR(code, -EBADF);
    CHECK_ERR(sock_close(s), -EBADF);
}

/* R141: after a close every call returns -EBADF, even if it transfers nothing. */
static void test_after_a_close(void)
{
    sock_t s = CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
    struct sock_addr name;
    char byte = 0;
    CHECK_ERR(sock_addr_ip("127.0.0.1", 9, &name), 0);
    CHECK_ERR(sock_close(s), 0);
    CHECK_ERR(sock_recv(s, &byte, 1, 0), -EBADF);
    CHECK_ERR(sock_recv(s, NULL, 0, 0), -EBADF);
    CHECK_ERR(sock_recvfrom(s, &byte, 1, 0, NULL), -EBADF);
    CHECK_ERR(sock_send(s, &byte, 1, 0), -EBADF);
    CHECK_ERR(sock_sendto(s, &byte, 1, 0, &name), -EBADF);
    CHECK_ERR(sock_sendall(s, &byte, 1, 0, NULL), -EBADF);
    CHECK_ERR(sock_connect(s, &name), -EBADF);
    CHECK_ERR(sock_accept(s, NULL), -EBADF);
    CHECK_ERR(sock_fileno(s), -EBADF);
    CHECK_ERR(sock_detach(s), -EBADF);
    CHECK_ERR(sock_dup(s), -EBADF);
    CHECK_ERR(sock_gettimeout(s), -EBADF);
    CHECK_ERR(sock_settimeout(s, 0), -EBADF);
    CHECK_ERR(sock_setdeadline(s, SOCK_READ, 0), -EBADF);
    CHECK_ERR(sock_shutdown(s, SHUT_RDWR), -EBADF);
    CHECK_ERR(sock_close(s), -EBADF);
    CHECK_STR(sock_err_name(SOCK_ECLOSED), "SOCK_ECLOSED");
    CHECK_EQ(sock_is_closed(SOCK_ECLOSED), 1);
    CHECK_EQ(sock_is_closed(-EBADF), 1);
    CHECK_EQ(sock_is_closed(SOCK_ECANCELED), 0);
}

static void test_wakes_sixteen(void)
{
    enum { WAITERS = 16, MAY_BE_LATE = 4 }; /* of 160, because a busy machine delays threads */
    for (int round = 0, late = 0; round < 10; round++) {
        sock_t p[2];
        struct receiver r[WAITERS];
        pair(SOCK_STREAM, p);
        for (int i = 0; i < WAITERS; i++)
            start(&r[i], p[0]);
        int64_t closed_at = now_ns();
        CHECK_ERR(sock_close(p[0]), 0);
        CHECK_TIME(now_ns() - closed_at, 0, 50);
        for (int i = 0; i < WAITERS; i++) {
            thread_join_within(&r[i].thread, 2000);
            CHECK_ERR(r[i].result, SOCK_ECLOSED);
            CHECK_TIME(r[i].at - closed_at, 0, late < MAY_BE_LATE ? 200 : 20);
            late += r[i].at - closed_at > MS(20 * test_scale());
        }
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* Many threads close at once: one of them closes, once, and the others get -EBADF. */
struct closer {
    struct thread thread;
    sock_t s;
    int *go; /* atomic */
    int64_t result;
};

static void close_at_once(void *arg)
{
    struct closer *c = arg;
    while (!__atomic_load_n(c->go, __ATOMIC_ACQUIRE))
        ;
    c->result = sock_close(c->s);
}

static void test_concurrent_closers(void)
{
    enum { CLOSERS = 4 };
    for (int round = 0; round < 200; round++) {
        sock_t p[2];
        struct closer c[CLOSERS];
        struct receiver r;
        int go = 0, won = 0;
        pair(SOCK_STREAM, p);
        int fd = (int)CHECK_OK(sock_fileno(p[0]));
        bool waited_for = round % 4 == 0;
        if (waited_for)
            start(&r, p[0]);
        int before = times_closed(fd);
        for (int i = 0; i < CLOSERS; i++) {
            c[i] = (struct closer){.s = p[0], .go = &go};
            thread_start(&c[i].thread, close_at_once, &c[i]);
        }
        __atomic_store_n(&go, 1, __ATOMIC_RELEASE);
        for (int i = 0; i < CLOSERS; i++) {
            thread_join_within(&c[i].thread, 2000);
            if (c[i].result == 0)
                won++;
            else
                CHECK_ERR(c[i].result, -EBADF);
        }
        CHECK_EQ(won, 1);
        CHECK_EQ(times_closed(fd), before + 1);
        if (waited_for) {
            thread_join_within(&r.thread, 2000);
            CHECK_ERR(r.result, SOCK_ECLOSED);
        }
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* Running rather than sleeping calls: 8 threads send and receive without a pause. */
struct hammer {
    struct thread thread;
    sock_t s;
    bool sends;
    int64_t calls, last;
};

static void hammer(void *arg)
{
    struct hammer *h = arg;
    char byte = 'h';
    do {
        h->last = h->sends ? sock_send(h->s, &byte, 1, MSG_DONTWAIT) : sock_recv(h->s, &byte, 1, MSG_DONTWAIT);
        __atomic_add_fetch(&h->calls, 1, __ATOMIC_RELAXED);
    } while (h->last > 0 || h->last == -EAGAIN);
}

static void hammer_start(struct hammer *h, int count, const sock_t p[2])
{
    for (int i = 0; i < count; i++) {
        h[i] = (struct hammer){.s = p[0], .sends = i & 1};
        thread_start(&h[i].thread, hammer, &h[i]);
    }
    for (int i = 0; i < count; i++)
        while (__atomic_load_n(&h[i].calls, __ATOMIC_RELAXED) < 50)
            sleep_ms(0.1);
}

static void hammer_join(struct hammer *h, int count)
{
    for (int i = 0; i < count; i++) {
        thread_join_within(&h[i].thread, 5000);
        CHECK_ERR(h[i].last, -EBADF); /* SOCK_ECLOSED is for waiting calls, and these do not wait */
    }
}

static void test_close_while_threads_hammer(void)
{
    enum { THREADS = 8 };
    for (int round = 0; round < 30; round++) {
        sock_t p[2];
        struct hammer h[THREADS];
        pair(SOCK_DGRAM, p);
        int fd = (int)CHECK_OK(sock_fileno(p[0])), before = times_closed(fd);
        hammer_start(h, THREADS, p);
        int64_t start = now_ns();
        CHECK_ERR(sock_close(p[0]), 0);
        if (now_ns() - start >= MS(100)) { /* a busy machine delayed a call: the last one closes */
            hammer_join(h, THREADS);
            CHECK_EQ(times_closed(fd), before + 1);
            CHECK_ERR(sock_close(p[1]), 0);
            continue;
        }
        CHECK_EQ(times_closed(fd), before + 1);
        CHECK(!fd_is_open(fd));
        /* The number is free, and earlier calls do not touch its next owner. */
        int other[2];
        CHECK_SYS(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, other));
        CHECK_EQ(other[0], fd);
        char byte;
        CHECK_EQ(write(other[1], "s", 1), 1);
        sleep_ms(1);
        CHECK_EQ(read(other[0], &byte, 1), 1);
        CHECK_EQ(byte, 's');
        CHECK_EQ(read(other[1], &byte, 1), -1);
        hammer_join(h, THREADS);
        close(other[0]);
        close(other[1]);
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* R140: detach returns the number, the descriptor stays open, and no earlier call uses it. */
static void test_detach_while_threads_hammer(void)
{
    enum { THREADS = 8 };
    for (int round = 0; round < 30; round++) {
        sock_t p[2];
        struct hammer h[THREADS];
        char buf[16];
        pair(SOCK_DGRAM, p);
        hammer_start(h, THREADS, p);
        int fd = (int)CHECK_OK(sock_detach(p[0]));
        CHECK(fd_is_open(fd));
        CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        while (sock_recv(p[1], buf, sizeof buf, MSG_DONTWAIT) > 0)
            ;
        sleep_ms(1);
        CHECK_ERR(sock_recv(p[1], buf, sizeof buf, MSG_DONTWAIT), -EAGAIN); /* all senders have stopped */
        CHECK_EQ(send(fd, "mine", 4, MSG_DONTWAIT), 4);
        CHECK_EQ(sock_recv(p[1], buf, sizeof buf, 0), 4);
        hammer_join(h, THREADS);
        CHECK_ERR(sock_detach(p[0]), -EBADF);
        CHECK_ERR(sock_close(p[0]), -EBADF);
        CHECK(fd_is_open(fd));
        close(fd);
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

static void test_detach_wakes_waiters(void)
{
    enum { WAITERS = 4 };
    sock_t p[2];
    struct receiver r[WAITERS];
    pair(SOCK_STREAM, p);
    for (int i = 0; i < WAITERS; i++)
        start(&r[i], p[0]);
    int fd = (int)CHECK_OK(sock_detach(p[0]));
    for (int i = 0; i < WAITERS; i++) {
        thread_join_within(&r[i].thread, 2000);
        CHECK_ERR(r[i].result, SOCK_ECLOSED);
    }
    CHECK_EQ(sock_send(p[1], "x", 1, 0), 1);
    char byte;
    CHECK_EQ(read(fd, &byte, 1), 1);
    close(fd);
    CHECK_ERR(sock_close(p[1]), 0);
}

/* A second handle of the same socket stays open, and so do the calls that wait on it. */
static void test_a_duplicate_stays_open(void)
{
    sock_t p[2];
    struct receiver r;
    char byte;
    pair(SOCK_STREAM, p);
    sock_t twin = CHECK_OK(sock_dup(p[0]));
    struct receiver on_twin;
    start(&r, p[0]);
    start(&on_twin, twin);
    CHECK_ERR(sock_close(p[0]), 0);
    thread_join_within(&r.thread, 2000);
    CHECK_ERR(r.result, SOCK_ECLOSED);
    thread_wait_blocked(&on_twin.thread);
    CHECK_EQ(sock_send(p[1], "x", 1, 0), 1);
    thread_join_within(&on_twin.thread, 2000);
    CHECK_EQ(on_twin.result, 1);
    CHECK_EQ(sock_send(twin, "y", 1, 0), 1);
    CHECK_EQ(sock_recv(p[1], &byte, 1, 0), 1);
    CHECK_ERR(sock_close(twin), 0);
    CHECK_EQ(sock_recv(p[1], &byte, 1, 0), 0);
    CHECK_ERR(sock_close(p[1]), 0);
}

/* A call that stays in its hook for `stay_ms`, or until it is released. */
struct stayer {
    struct receiver receiver;
    double stay_ms;
    int inside, left; /* atomic: the hook has started, has ended */
};

static void on_signal(int number)
{
    (void)number;
}

static int stay(void *arg)
{
    struct stayer *y = arg;
    __atomic_store_n(&y->inside, 1, __ATOMIC_RELEASE);
    sleep_ms(y->stay_ms);
    __atomic_store_n(&y->left, 1, __ATOMIC_RELEASE);
    return 0;
}

static void receive_and_stay(void *arg)
{
    struct stayer *y = arg;
    CHECK_ERR(sock_set_interrupt(stay, y), 0);
    receive(&y->receiver);
}

static void stay_start(struct stayer *y, sock_t s, double stay_ms)
{
    struct sigaction action = {.sa_handler = on_signal};
    CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
    memset(y, 0, sizeof *y);
    y->receiver.s = s;
    y->stay_ms = stay_ms;
    thread_start(&y->receiver.thread, receive_and_stay, y);
    thread_wait_blocked(&y->receiver.thread);
    while (!__atomic_load_n(&y->inside, __ATOMIC_ACQUIRE)) {
        CHECK_EQ(pthread_kill(y->receiver.thread.id, SIGUSR1), 0);
        sleep_ms(1);
    }
}

/* A close returns when no call is in progress any more, and not before. If a busy machine keeps the call for 100 ms,
 * the round says nothing: the call closes then. */
static void test_waits_for_calls_in_flight(void)
{
    for (int rounds = 0; rounds < 20;) {
        sock_t p[2];
        struct stayer y;
        pair(SOCK_STREAM, p);
        int fd = (int)CHECK_OK(sock_fileno(p[0])), before = times_closed(fd);
        stay_start(&y, p[0], 30);
        int64_t began = now_ns();
        CHECK_ERR(sock_close(p[0]), 0);
        if (now_ns() - began < MS(100)) {
            CHECK(__atomic_load_n(&y.left, __ATOMIC_ACQUIRE));
            CHECK_EQ(times_closed(fd), before + 1); /* by the closing thread, before it returned */
            rounds++;
        }
        thread_join_within(&y.receiver.thread, 2000);
        CHECK_ERR(y.receiver.result, SOCK_ECLOSED);
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* After 100 ms it leaves the closing to the call, and returns 0. */
static void test_hands_over_after_a_tenth_of_a_second(void)
{
    for (int round = 0; round < 3; round++) {
        sock_t p[2];
        struct stayer y;
        pair(SOCK_STREAM, p);
        int fd = (int)CHECK_OK(sock_fileno(p[0])), before = times_closed(fd);
        stay_start(&y, p[0], 400 * test_scale());
        int64_t began = now_ns();
        CHECK_ERR(sock_close(p[0]), 0);
        CHECK_TIME(now_ns() - began, 100, 150);
        CHECK(!__atomic_load_n(&y.left, __ATOMIC_ACQUIRE));
        CHECK_EQ(times_closed(fd), before); /* the number stays taken: no other socket gets it */
        CHECK(fd_is_open(fd));
        CHECK_ERR(sock_close(p[0]), -EBADF);
        thread_join_within(&y.receiver.thread, 2000);
        CHECK_ERR(y.receiver.result, SOCK_ECLOSED);
        CHECK_EQ(times_closed(fd), before + 1);
        CHECK(!fd_is_open(fd));
        CHECK_ERR(sock_close(p[1]), 0);
    }
}

/* A detach never hands over, however long it takes. */
static void test_detach_waits_as_long_as_it_takes(void)
{
    sock_t p[2];
    struct stayer y;
    pair(SOCK_STREAM, p);
    stay_start(&y, p[0], 300 * test_scale());
    int fd = (int)CHECK_OK(sock_detach(p[0]));
    CHECK(__atomic_load_n(&y.left, __ATOMIC_ACQUIRE));
    CHECK(fd_is_open(fd));
    thread_join_within(&y.receiver.thread, 2000);
    CHECK_ERR(y.receiver.result, SOCK_ECLOSED);
    close(fd);
    CHECK_ERR(sock_close(p[1]), 0);
}

TEST_MAIN(test_errors_of_the_kernel, test_descriptor_closed_by_the_program, test_after_a_close,
          test_wakes_sixteen, test_concurrent_closers, test_close_while_threads_hammer,
          test_detach_while_threads_hammer, test_detach_wakes_waiters, test_a_duplicate_stays_open,
          test_waits_for_calls_in_flight, test_hands_over_after_a_tenth_of_a_second,
          test_detach_waits_as_long_as_it_takes)
