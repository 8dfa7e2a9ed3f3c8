/* fork: what its handlers need in the parent, and what a child does. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scenario.h"

static void fork_and_use(void)
{
    sock_t pair[2];
    sock_cancel_t token;
    char byte = 0;
    int status = -1;
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    OPEN(token, sock_cancel_new());
    DO(sock_setcancel(pair[1], token));
    region_begin();
    pid_t pid = fork();
    region_end();
    if (pid == 0)
        _exit(sock_send(pair[0], "x", 1, 0) == 1 && sock_close(pair[0]) == 0 ? 0 : 1);
    if (!call_ended(pid < 0 ? -errno : 0, 0, false, "fork"))
        return;
    EXPECT(sock_recv(pair[1], &byte, 1, 0), 1);
    waitpid(pid, &status, 0);
    HOLDS(status == 0);
}

/* A child that waits, makes and closes. */
static void child_works(void)
{
    sock_t pair[2];
    int status = -1;
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    DO(sock_settimeout(pair[0], 3000000));
    region_begin();
    pid_t pid = fork();
    region_end();
    if (pid == 0) {
        char byte;
        bool good = sock_recv(pair[0], &byte, 1, 0) == SOCK_ETIMEDOUT;
        sock_t more = sock_socket(AF_INET, SOCK_DGRAM, 0);
        _exit(good && more > 0 && sock_close(more) == 0 ? 0 : 1);
    }
    if (!call_ended(pid < 0 ? -errno : 0, 0, false, "fork"))
        return;
    waitpid(pid, &status, 0);
    HOLDS(status == 0);
}

const struct scenario process_scenarios[] = {
    {"fork_and_use", fork_and_use},
    {"child_works", child_works},
    {NULL, NULL},
};
