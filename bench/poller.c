/* Pollers: an echo server against hand-written epoll, add and remove, a wake-up, memory per connection. */
#include "bench.h"

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { LEN = 64, MOST = 1000, EVENTS = 64 };

static char data[LEN];
static int connections;
/* Of each way: the clients' ends, and the server's. */
static int our_clients[MOST], their_clients[MOST], their_ends[MOST];
static sock_t our_ends[MOST];
static sock_poller_t ours;
static int theirs;

/* One round: each connection of a batch has sent 64 bytes; the server reads and answers all. Only the server's part
 * is timed. */
static int first_ours, first_theirs;

static void answers(int *clients, int n, int *first)
{
    char room[LEN];
    for (int i = 0; i < n; i++)
        NEED(recv(clients[(*first + i) % connections], room, LEN, 0) == LEN);
    *first = (*first + n) % connections;
}

static int asked_ours, asked_theirs;

static void ask_ours(int n)
{
    for (int i = 0; i < n; i++)
        NEED(send(our_clients[(asked_ours + i) % connections], data, LEN, 0) == LEN);
    asked_ours = (asked_ours + n) % connections;
}

static void ask_theirs(int n)
{
    for (int i = 0; i < n; i++)
        NEED(send(their_clients[(asked_theirs + i) % connections], data, LEN, 0) == LEN);
    asked_theirs = (asked_theirs + n) % connections;
}

static void answered_ours(int n)
{
    answers(our_clients, n, &first_ours);
}

static void answered_theirs(int n)
{
    answers(their_clients, n, &first_theirs);
}

static void serve_ours(int n)
{
    struct sock_event e[EVENTS];
    char room[LEN];
    for (int done = 0; done < n;) {
        int64_t count = sock_poller_wait(ours, e, EVENTS, SOCK_FOREVER);
        NEED(count > 0);
        for (int64_t i = 0; i < count; i++, done++) {
            NEED(sock_recv(e[i].handle, room, LEN, 0) == LEN);
            NEED(sock_send(e[i].handle, room, LEN, 0) == LEN);
        }
    }
}

static void serve_theirs(int n)
{
    struct epoll_event e[EVENTS];
    char room[LEN];
    for (int done = 0; done < n;) {
        int count = epoll_wait(theirs, e, EVENTS, -1);
        NEED(count > 0);
        for (int i = 0; i < count; i++, done++) {
            NEED(recv(e[i].data.fd, room, LEN, 0) == LEN);
            NEED(send(e[i].data.fd, room, LEN, MSG_NOSIGNAL) == LEN);
        }
    }
}

static void add_remove_ours(int n)
{
    for (int i = 0; i < n; i++) {
        NEED(sock_poller_remove(ours, our_ends[0]) == 0);
        NEED(sock_poller_add(ours, our_ends[0], SOCK_POLL_IN, 0) == 0);
    }
}

static void add_remove_theirs(int n)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = their_ends[0]};
    for (int i = 0; i < n; i++) {
        NEED(epoll_ctl(theirs, EPOLL_CTL_DEL, their_ends[0], NULL) == 0);
        NEED(epoll_ctl(theirs, EPOLL_CTL_ADD, their_ends[0], &e) == 0);
    }
}

/* A wake-up: there and back between two threads, each asleep in a wait. */
static sock_poller_t our_there, our_back;
static int there, back, event_there, event_back;

static void *return_ours(void *unused)
{
    struct sock_event e;
    while (sock_poller_wait(our_there, &e, 1, SOCK_FOREVER) == 1)
        NEED(sock_poller_wake(our_back) == 0);
    return unused;
}

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

static void *return_theirs(void *unused)
{
    for (;;) {
        take(there, event_there);
        give(event_back);
    }
    return unused;
}

static void wake_ours(int n)
{
    struct sock_event e;
    for (int i = 0; i < n; i++)
        NEED(sock_poller_wake(our_there) == 0 && sock_poller_wait(our_back, &e, 1, SOCK_FOREVER) == 1);
}

static void wake_theirs(int n)
{
    for (int i = 0; i < n; i++) {
        give(event_there);
        take(back, event_back);
    }
}

static int epoll_of(int *event)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN};
    NEED((*event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) >= 0);
    NEED(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, *event, &e) == 0);
    return epoll;
}

static void report(const char *name, struct duel d, const char *goal)
{
    printf("%s\t%.4f\tx\t%.1f\t%s\n", name, d.ratio, d.theirs, goal);
}

static void echo(int count, const char *name, const char *noise)
{
    struct way mine = {serve_ours, ask_ours, answered_ours}, raw = {serve_theirs, ask_theirs, answered_theirs};
    while (connections < count) {
        int fds[2], i = connections++;
        struct epoll_event e = {.events = EPOLLIN};
        NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        our_clients[i] = fds[0];
        NEED((our_ends[i] = sock_from_fd(fds[1], -1, -1, -1)) > 0);
        NEED(sock_settimeout(our_ends[i], 0) == 0);
        NEED(sock_poller_add(ours, our_ends[i], SOCK_POLL_IN, (uint64_t)i) == 0);
        NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        their_clients[i] = fds[0];
        their_ends[i] = e.data.fd = fds[1];
        NEED(epoll_ctl(theirs, EPOLL_CTL_ADD, fds[1], &e) == 0);
    }
    /* As many at a time as one wait takes. */
    report(name, duel(mine, raw, EVENTS, 1000), "<= 1.03");
    report(noise, duel(raw, raw, EVENTS, 500), "-");
}

/* Bytes of the process, kernel memory not counted: the heap. */
static void memory(void)
{
    enum { IDLE = 10000 };
    struct rlimit limit;
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int count = limit.rlim_max < 2 * IDLE + 5000 ? ((int)limit.rlim_max - 5000) / 2 : IDLE;
    if (count < 1000)
        return;
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < count; i++) {
        sock_t s = sock_socket(AF_UNIX, SOCK_STREAM, 0);
        NEED(s > 0 && sock_poller_add(ours, s, SOCK_POLL_IN, 0) == 0);
    }
    struct mallinfo2 after = mallinfo2();
    double bytes = (double)(after.uordblks + after.hblkhd) - (double)(before.uordblks + before.hblkhd);
    printf("memory per idle connection\t%.1f\tB\t-\t<= 160\n", bytes / count);
}

int main(void)
{
    pthread_t thread;
    struct rlimit limit;
    NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    NEED((ours = sock_poller_new()) > 0);
    NEED((theirs = epoll_create1(EPOLL_CLOEXEC)) >= 0);
    echo(64, "echo server 64 B, 64 connections", "noise: epoll against itself, 64 connections");
    echo(MOST, "echo server 64 B, 1,000 connections", "noise: epoll against itself, 1,000 connections");
    report("add + remove", duel((struct way){add_remove_ours, 0, 0}, (struct way){add_remove_theirs, 0, 0}, 25, 2000),
           "<= 1.10");
    NEED((our_there = sock_poller_new()) > 0 && (our_back = sock_poller_new()) > 0);
    there = epoll_of(&event_there);
    back = epoll_of(&event_back);
    NEED(pthread_create(&thread, NULL, return_ours, NULL) == 0);
    NEED(pthread_create(&thread, NULL, return_theirs, NULL) == 0);
    report("wake-up, there and back",
           duel((struct way){wake_ours, 0, 0}, (struct way){wake_theirs, 0, 0}, 25, 1000), "<= 1.05");
    memory();
    return 0;
}
