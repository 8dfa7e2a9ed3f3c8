/* What a socket library does in situations that servers meet: `NAME SCENARIO [HOST PORT]`. Prints one line.
 * ctests/peers/run builds one program for each library and makes the table of docs/why.md of what they print.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

static void need(int held, const char *what)
{
    if (!held) {
        fprintf(stderr, "%s: %s\n", what, strerror(errno));
        exit(2);
    }
}

/* A TCP connection over loopback. */
static void connected(int out[2])
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(listener >= 0 && bind(listener, (struct sockaddr *)&at, len) == 0, "bind");
    need(listen(listener, 1) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)&at, &len) == 0, "getsockname");
    out[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(out[0] >= 0 && connect(out[0], (struct sockaddr *)&at, len) == 0, "connect");
    need((out[1] = accept(listener, NULL, NULL)) >= 0, "accept");
    close(listener);
}

/* close: another thread closes the socket on which a receive waits. ------------------------------------ */

static void *waiting;
static volatile long received = 1000;

static void *receive(void *unused)
{
    char byte;
    received = peer.recv(waiting, &byte, 1);
    return unused;
}

static void close_wakes(void)
{
    int ends[2];
    pthread_t thread;
    connected(ends);
    waiting = peer.adopt(ends[0]);
    need(pthread_create(&thread, NULL, receive, NULL) == 0, "pthread_create");
    pause_ms(200);
    double start = now();
    peer.close(waiting);
    while (received == 1000 && now() - start < 3)
        pause_ms(1);
    if (received == 1000)
        printf("still waits after 3 s\n");
    else
        printf("ends %s\n", now() - start < 0.1 ? "at once" : "late");
}

/* stale: a send on a socket that was closed, when another connection has its descriptor's number. ------- */

static void stale(void)
{
    int first[2], second[2];
    char buf[8] = "";
    connected(first);
    void *old = peer.adopt(first[0]);
    peer.close(old);
    connected(second);
    need(second[0] == first[0], "the number was not reused");
    void *other = peer.adopt(second[0]);
    (void)other;
    long sent = peer.send(old, "secret", 6);
    ssize_t got = recv(second[1], buf, sizeof buf, MSG_DONTWAIT);
    if (got > 0)
        printf("reaches the new connection\n");
    else
        printf(sent < 0 ? "error\n" : "success, nothing is sent\n");
}

/* sigpipe: sends to a peer that has closed. Whoever starts this program sees whether a signal ends it. -- */

static void sigpipe(void)
{
    int ends[2];
    struct sigaction action;
    connected(ends);
    struct linger reset = {1, 0};
    setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    void *socket = peer.adopt(ends[0]);
    close(ends[1]);
    pause_ms(50);
    long n = 0;
    for (int i = 0; i < 3; i++)
        n = peer.send(socket, "x", 1);
    sigaction(SIGPIPE, NULL, &action);
    printf("%s%s\n", n < 0 ? "error" : "success",
           action.sa_handler == SIG_DFL ? "" : "; SIGPIPE is ignored from then on");
}

/* dial, cancel, async: how long a connection to a name takes. ------------------------------------------- */

static void dial(int (*how)(const char *, uint16_t, int), char **arg)
{
    if (!how) {
        printf("-\n");
        return;
    }
    double start = now();
    int result = how(arg[0], (uint16_t)atoi(arg[1]), atoi(arg[2]));
    printf("%s, %.2f s\n", result < 0 ? "error" : "connected", now() - start);
}

/* forkdial: a child connects to a name while a lookup of its parent's other thread hangs. ---------------- */

static uint16_t port_of_hanging;

static void *hang(void *unused)
{
    peer.dial("never.test", port_of_hanging, 60000);
    return unused;
}

/* Waits for a child, which must end by itself; prints its answer, or that it has none. */
static void answer_of(pid_t child, const char *yes, const char *no)
{
    double start = now();
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now() - start > 5) {
            printf("the child hangs\n");
            kill(child, SIGKILL);
            return;
        }
        pause_ms(1);
    }
    printf("%s\n", !WIFEXITED(status) ? "the child is killed" : WEXITSTATUS(status) == 0 ? yes : no);
}

static pid_t forked(void)
{
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0 && peer.after_fork)
        peer.after_fork();
    return child;
}

static void fork_dial(char **arg)
{
    pthread_t thread;
    port_of_hanging = (uint16_t)atoi(arg[1]);
    need(pthread_create(&thread, NULL, hang, NULL) == 0, "pthread_create");
    pause_ms(300);
    pid_t child = forked();
    if (child == 0)
        _exit(peer.dial(arg[0], (uint16_t)atoi(arg[1]), atoi(arg[2])) < 0);
    answer_of(child, "connected", "error");
}

/* forkclose: a child closes its copy of a socket on which a thread of its parent receives. --------------- */

static void fork_close(void)
{
    int ends[2];
    pthread_t thread;
    connected(ends);
    waiting = peer.adopt(ends[0]);
    need(pthread_create(&thread, NULL, receive, NULL) == 0, "pthread_create");
    pause_ms(200);
    pid_t child = forked();
    if (child == 0) {
        double start = now();
        peer.close(waiting);
        _exit(now() - start > 0.5 || fcntl(ends[0], F_GETFD) >= 0);
    }
    int status;
    need(waitpid(child, &status, 0) == child, "waitpid");
    need(send(ends[1], "x", 1, 0) == 1, "send");
    for (int i = 0; i < 1000 && received == 1000; i++)
        pause_ms(1);
    printf("%s; %s\n", status == 0 ? "closed in the child" : "not closed in the child",
           received == 1 ? "the parent receives" : "the parent's receive fails");
}

/* exec: whether a program that is executed has a connection that the library made. ------------------------ */

static void executed(char **arg)
{
    struct stat file;
    int open_sockets = 0, before = 0;
    for (int i = 0; i < 2; i++) {
        before = open_sockets;
        open_sockets = 0;
        for (int fd = 3; fd < 1024; fd++)
            open_sockets += fcntl(fd, F_GETFD) == 0 && fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode);
        if (i == 0)
            need(peer.dial(arg[0], (uint16_t)atoi(arg[1]), atoi(arg[2])) == 0, "dial");
    }
    printf("%s\n", open_sockets > before ? "yes" : "no");
}

/* cost: send and receive 64 bytes, relative to the C library, in blocks that alternate. ------------------ */

enum { BLOCKS = 4000, EACH = 25, BYTES = 64 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void cost(void)
{
    static double ratios[BLOCKS];
    int raw[2], own[2];
    char buf[BYTES] = "";
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, raw) == 0, "socketpair");
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, own) == 0, "socketpair");
    void *a = peer.adopt(own[0]), *b = peer.adopt(own[1]);
    for (int i = 0; i < BLOCKS; i++) {
        double t0 = now();
        for (int k = 0; k < EACH; k++)
            need(send(raw[0], buf, BYTES, 0) == BYTES && recv(raw[1], buf, BYTES, 0) == BYTES, "raw");
        double t1 = now();
        for (int k = 0; k < EACH; k++)
            need(peer.send(a, buf, BYTES) == BYTES && peer.recv(b, buf, BYTES) == BYTES, "peer");
        ratios[i] = (now() - t1) / (t1 - t0);
    }
    qsort(ratios, BLOCKS, sizeof *ratios, ascending);
    printf("%.2f\n", ratios[BLOCKS / 2]);
}

/* count N: N pairs of send and receive, for strace. */
static void count(int n)
{
    int own[2];
    char buf[BYTES] = "";
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, own) == 0, "socketpair");
    void *a = peer.adopt(own[0]), *b = peer.adopt(own[1]);
    for (int k = 0; k < n; k++)
        need(peer.send(a, buf, BYTES) == BYTES && peer.recv(b, buf, BYTES) == BYTES, "peer");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    peer.start();
    if (!strcmp(what, "dial") && argc > 4)
        dial(peer.dial, argv + 2);
    else if (!strcmp(what, "cancel") && argc > 4)
        dial(peer.dial_cancel, argv + 2);
    else if (!strcmp(what, "async") && argc > 4)
        dial(peer.dial_async, argv + 2);
    else if (!strcmp(what, "forkdial") && argc > 4)
        fork_dial(argv + 2);
    else if (!strcmp(what, "exec") && argc > 4)
        executed(argv + 2);
    else if (!strcmp(what, "netlink"))
        printf("%s\n", !peer.netlink ? "-" : peer.netlink() < 0 ? "no" : "yes");
    else if (!peer.adopt)
        printf("-\n");
    else if (!strcmp(what, "sigpipe"))
        sigpipe();
    else if (!peer.recv)
        printf("-\n");
    else if (!strcmp(what, "close"))
        close_wakes();
    else if (!strcmp(what, "forkclose"))
        fork_close();
    else if (!strcmp(what, "stale"))
        stale();
    else if (!strcmp(what, "cost"))
        cost();
    else if (!strcmp(what, "count") && argc > 2)
        count(atoi(argv[2]));
    else
        return 2;
    fflush(stdout);
    _exit(0); /* a receive may still wait */
}
