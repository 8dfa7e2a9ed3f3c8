/* The scenes of the benchmarks of event loops: an echo server, idle connections, wake-ups; and hand-written epoll, which
 * every loop is compared with. bench/poller.c measures libsock in them, bench/peers/ other libraries. */
#ifndef SOCK_BENCH_LOOP_H
#define SOCK_BENCH_LOOP_H

#include "bench.h"

#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { LEN = 64, MOST = 1000, EVENTS = 64 };

/* One loop. */
struct loop {
    const char *name;                /* before the names of its results; "" is libsock's own */
    void (*add)(int fd);             /* takes over the server's end of a connection, and watches it */
    void (*serve)(int n);            /* answers n requests */
    void (*settle)(void);            /* does what `add` has left to the loop; may be NULL */
    const char *echo_goal, *wake_goal, *memory_goal;
};

/* The clients' ends of the connections with one server. */
struct clients {
    int fds[MOST];
    int count, asked, answered;
};

static struct clients of_loop, of_epoll;
static int raw, of_raw;

static void ask(struct clients *c, int n)
{
    static const char data[LEN];
    for (int i = 0; i < n; i++)
        NEED(send(c->fds[(c->asked + i) % c->count], data, LEN, 0) == LEN);
    c->asked = (c->asked + n) % c->count;
}

static void answered(struct clients *c, int n)
{
    char room[LEN];
    for (int i = 0; i < n; i++)
        NEED(recv(c->fds[(c->answered + i) % c->count], room, LEN, 0) == LEN);
    c->answered = (c->answered + n) % c->count;
}

static void ask_loop(int n)
{
    ask(&of_loop, n);
}

static void ask_epoll(int n)
{
    ask(&of_epoll, n);
}

static void loop_answered(int n)
{
    answered(&of_loop, n);
}

static void epoll_answered(int n)
{
    answered(&of_epoll, n);
}

static void serve_epoll(int n)
{
    struct epoll_event e[EVENTS];
    char room[LEN];
    for (int done = 0; done < n;) {
        int count = epoll_wait(raw, e, EVENTS, -1);
        NEED(count > 0);
        for (int i = 0; i < count; i++, done++) {
            NEED(recv(e[i].data.fd, room, LEN, 0) == LEN);
            NEED(send(e[i].data.fd, room, LEN, MSG_NOSIGNAL) == LEN);
        }
    }
}

static void watch(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    NEED(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

static void report(const struct loop *loop, const char *what, struct duel d, const char *goal)
{
    printf("%s%s\t%.4f\tx\t%.1f\t%s\n", loop->name, what, d.ratio, d.theirs, goal);
    fflush(stdout);
}

/* Each connection of a block has sent 64 bytes; the server reads and answers all of them. Only its part is timed. */
static void echo(const struct loop *loop)
{
    static const struct {
        int count;
        const char *name, *noise;
    } sizes[] = {
        {64, "echo server 64 B, 64 connections", "noise: epoll against itself, 64 connections"},
        {MOST, "echo server 64 B, 1,000 connections", "noise: epoll against itself, 1,000 connections"},
    };
    struct way ours = {loop->serve, ask_loop, loop_answered}, theirs = {serve_epoll, ask_epoll, epoll_answered};
    of_loop.count = of_loop.asked = of_loop.answered = 0;
    NEED(raw != 0 || (raw = epoll_create1(EPOLL_CLOEXEC)) > 0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        int fds[2];
        for (; of_loop.count < sizes[s].count; of_loop.count++) {
            NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
            of_loop.fds[of_loop.count] = fds[0];
            loop->add(fds[1]);
        }
        for (; of_raw < sizes[s].count; of_raw++) {
            NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
            of_epoll.fds[of_raw] = fds[0];
            watch(raw, fds[1]);
        }
        /* An earlier loop of this program may have left more of them. */
        of_epoll.count = sizes[s].count;
        of_epoll.asked = of_epoll.answered = 0;
        if (loop->settle)
            loop->settle();
        /* As many at a time as one wait takes. */
        report(loop, sizes[s].name, duel(ours, theirs, EVENTS, 1000), loop->echo_goal);
        if (*loop->name == 0)
            report(loop, sizes[s].noise, duel(theirs, theirs, EVENTS, 500), "-");
    }
}

/* A wake-up by eventfd: there and back between two threads, each asleep in its wait. */
static int there, back, event_there, event_back;

static void take(int epoll, int event)
{
    struct epoll_event e;
    uint64_t count;
    NEED(epoll_wait(epoll, &e, 1, -1) == 1);
    NEED(read(event, &count, sizeof count) == sizeof count);
}

static void give(int event)
{
    uint64_t one = 1;
    NEED(write(event, &one, sizeof one) == sizeof one);
}

static void *return_epoll(void *unused)
{
    for (;;) {
        take(there, event_there);
        give(event_back);
    }
    return unused;
}

static void wake_epoll(int n)
{
    for (int i = 0; i < n; i++) {
        give(event_there);
        take(back, event_back);
    }
}

static int epoll_of(int *event)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    NEED(epoll >= 0 && (*event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0);
    watch(epoll, *event);
    return epoll;
}

/* `wake` sends n wake-ups there and back; `return_them` is the other thread. */
static void wake_up(const struct loop *loop, void (*wake)(int), void *(*return_them)(void *))
{
    pthread_t thread;
    cpu_set_t here;
    /* All threads on one processor: where the kernel puts them would count for more than the wake-up does. */
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    NEED(sched_setaffinity(0, sizeof here, &here) == 0);
    there = epoll_of(&event_there);
    back = epoll_of(&event_back);
    NEED(pthread_create(&thread, NULL, return_them, NULL) == 0);
    NEED(pthread_create(&thread, NULL, return_epoll, NULL) == 0);
    report(loop, "wake-up, there and back",
           duel((struct way){wake, 0, 0}, (struct way){wake_epoll, 0, 0}, 25, 1000), loop->wake_goal);
}

static void allow_descriptors(void)
{
    /* More than the limit needs a privilege. */
    struct rlimit limit = {250000, 250000};
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return;
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static double heap(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Another process, which accepts connections and keeps them; its address. */
static socklen_t far_ends(struct sockaddr_un *at)
{
    socklen_t len = sizeof *at;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at->sun_family = AF_UNIX;
    /* Without a path the kernel chooses an abstract name. */
    NEED(bind(listener, (struct sockaddr *)at, sizeof at->sun_family) == 0 && listen(listener, 4096) == 0);
    NEED(getsockname(listener, (struct sockaddr *)at, &len) == 0);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        struct rlimit limit;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        getrlimit(RLIMIT_NOFILE, &limit);
        dup2(listener, 3);
        for (int fd = 4; fd < (int)limit.rlim_cur; fd++)
            close(fd);
        while (accept(3, NULL, NULL) >= 0)
            continue;
        _exit(1);
    }
    close(listener);
    return len;
}

/* Bytes of the heap for each connection that is watched and idle: what the loop takes and what its program must keep for
 * it. The kernel's memory is not counted. With 10,000 and 100,000, as far as descriptors allow. */
static void memory(const struct loop *loop)
{
    struct rlimit limit;
    struct sockaddr_un at;
    socklen_t len = far_ends(&at);
    int first = dup(0);
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0 && first >= 0 && close(first) == 0);
    double before = heap();
    for (int count = 10000, there_are = 0; count <= 100000; count *= 10) {
        if ((rlim_t)(first + count + 100) > limit.rlim_cur) {
            fprintf(stderr, "memory with %d connections skipped: at most %d descriptors\n", count, (int)limit.rlim_cur);
            return;
        }
        for (; there_are < count; there_are++) {
            int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
            NEED(fd >= 0 && connect(fd, (struct sockaddr *)&at, len) == 0);
            loop->add(fd);
        }
        if (loop->settle)
            loop->settle();
        printf("%smemory per idle connection of %d,000\t%.1f\tB\t-\t%s\n", loop->name, count / 1000,
               (heap() - before) / count, loop->memory_goal);
        fflush(stdout);
    }
}

#endif
