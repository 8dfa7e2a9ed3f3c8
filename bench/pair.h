/* A small scene for bench/pair.c and for the peers in bench/peers: a send and a receive of 64 bytes when data is ready, and
 * a round trip to a thread that waits, compared with the C library's calls on sockets of the same kind. */
#ifndef SOCK_PAIR_H
#define SOCK_PAIR_H

#include "bench.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>

/* A library in the scene. Each function ends the program if it fails. */
struct pair {
    const char *name;
    void *(*open)(int fd); /* takes over a connected socket in blocking mode */
    void (*send)(void *socket, const void *data, size_t len);
    void (*recv)(void *socket, void *data, size_t len);
    void (*set_timeout)(void *socket, int seconds);
};

enum { PAIR_LEN = 64, PAIR_BLOCK = 25 };

static const struct pair *pair_library;
static void *pair_ours[2];
static int pair_theirs[2];
static char pair_data[PAIR_LEN];

static void pair_of_sockets(int family, int fds[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int on = 1;
    if (family == AF_UNIX) {
        NEED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        return;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    NEED(listener >= 0 && bind(listener, (struct sockaddr *)&at, len) == 0 && listen(listener, 1) == 0);
    NEED(getsockname(listener, (struct sockaddr *)&at, &len) == 0);
    NEED((fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0);
    NEED(connect(fds[0], (struct sockaddr *)&at, len) == 0 && (fds[1] = accept(listener, NULL, NULL)) >= 0);
    close(listener);
    /* Every receive is to find its data. */
    for (int i = 0; i < 2; i++)
        NEED(setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
}

/* The receiving end is the other one of the pair, or, for a round trip, the same as the sending. */
static int pair_receiver;

static void pair_run_ours(int n)
{
    for (int i = 0; i < n; i++) {
        pair_library->send(pair_ours[0], pair_data, PAIR_LEN);
        pair_library->recv(pair_ours[pair_receiver], pair_data, PAIR_LEN);
    }
}

static void pair_run_theirs(int n)
{
    for (int i = 0; i < n; i++)
        NEED(send(pair_theirs[0], pair_data, PAIR_LEN, 0) == PAIR_LEN &&
             recv(pair_theirs[pair_receiver], pair_data, PAIR_LEN, 0) == PAIR_LEN);
}

static void pair_report(const char *scene, struct way ours, struct way theirs, int pairs)
{
    char name[100];
    snprintf(name, sizeof name, "%s: %s", pair_library->name, scene);
    figure_ratio(name, duel(ours, theirs, PAIR_BLOCK, pairs), "-");
}

static void *pair_echo(void *fd)
{
    char room[PAIR_LEN];
    for (;;) {
        ssize_t n = recv(*(int *)fd, room, PAIR_LEN, 0);
        if (n <= 0)
            return NULL;
        NEED(send(*(int *)fd, room, (size_t)n, 0) == n);
    }
}

static void pair_main(const struct pair *library)
{
    const struct way ours = {pair_run_ours, NULL, NULL}, theirs = {pair_run_theirs, NULL, NULL};
    const char *kinds[] = {"AF_UNIX", "TCP"};
    char scene[100];
    int fds[2];
    pair_library = library;
    for (int i = 0; i < 2; i++) {
        int pairs = i == 0 ? 6000 : 3000;
        pair_receiver = 1;
        pair_of_sockets(i == 0 ? AF_UNIX : AF_INET, fds);
        pair_of_sockets(i == 0 ? AF_UNIX : AF_INET, pair_theirs);
        for (int end = 0; end < 2; end++)
            pair_ours[end] = library->open(fds[end]);
        snprintf(scene, sizeof scene, "send and recv, %s", kinds[i]);
        pair_report(scene, ours, theirs, pairs);
        for (int end = 0; end < 2; end++)
            library->set_timeout(pair_ours[end], 10);
        snprintf(scene, sizeof scene, "send and recv, %s, 10 s timeout", kinds[i]);
        pair_report(scene, ours, theirs, pairs);
        if (i == 1)
            pair_report("noise", theirs, theirs, pairs);
    }
    /* All threads on one processor: where the kernel puts them would count for more than the wait does. */
    cpu_set_t here;
    static int echoes[2];
    pthread_t thread;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    NEED(sched_setaffinity(0, sizeof here, &here) == 0);
    pair_receiver = 0;
    pair_of_sockets(AF_UNIX, fds);
    pair_of_sockets(AF_UNIX, pair_theirs);
    pair_ours[0] = library->open(fds[0]);
    echoes[0] = fds[1];
    echoes[1] = pair_theirs[1];
    for (int i = 0; i < 2; i++)
        NEED(pthread_create(&thread, NULL, pair_echo, &echoes[i]) == 0);
    pair_report("round trip, AF_UNIX", ours, theirs, 1000);
    library->set_timeout(pair_ours[0], 10);
    pair_report("round trip, AF_UNIX, 10 s timeout", ours, theirs, 1000);
}

#endif
