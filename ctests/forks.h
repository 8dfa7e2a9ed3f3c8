/* Children by fork and without fork handlers, and threads that wait meanwhile. */
#ifndef SOCK_FORKS_H
#define SOCK_FORKS_H

#include "check.h"
#include "connected.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How to create a child: with the fork handlers of the C library, or without. */
static inline pid_t by_fork(void)
{
    return fork();
}

static inline pid_t by_clone(void)
{
    const char *run = getenv("SOCK_TEST_MODE");
    if (run && strncmp(run, "portable", 8) == 0)
        return fork(); /* the portable backend does not notice a child that runs no fork handlers */
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static pid_t (*const makers[])(void) __attribute__((unused)) = {by_fork, by_clone};

/* In a child created with the handlers: its process id. */
static pid_t by_handlers __attribute__((unused));

/* Runs a function in a child created this way. */
static inline pid_t child_by(pid_t (*maker)(void), void (*run)(void *), void *arg)
{
    fflush(NULL);
    pid_t pid = CHECK_SYS(maker());
    if (pid == 0) {
        by_handlers = maker == by_fork ? getpid() : 0;
        test_timeout(30);
        run(arg);
        _exit(0);
    }
    return pid;
}

struct waiter {
    struct thread thread;
    sock_t s;
    int flags;
    int64_t result, returned, cpu;
};

static inline void wait_here(void *arg)
{
    struct waiter *w = arg;
    char data[16];
    w->result = sock_recv(w->s, data, sizeof data, w->flags);
    w->returned = now_ns();
    w->cpu = thread_cpu_ns();
}

static inline void start_waiting(struct waiter *w, sock_t s)
{
    *w = (struct waiter){.s = s};
    thread_start(&w->thread, wait_here, w);
    thread_wait_blocked(&w->thread);
}

/* A call that returned at once used too little CPU to have spun. */
static inline void check_no_spin(const struct waiter *w)
{
    CHECK_TIME(w->cpu, 0, 10);
}

/* The number of event descriptors of this process: those of libsock's waits and tokens. */
static inline int event_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof target - 1) > 0 && strstr(target, "eventfd"))
            count++;
    }
    return count;
}

#endif
