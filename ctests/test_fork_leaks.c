/* Forks while other threads begin and end calls that have descriptors of their own: the child has no descriptor open
 * that nobody owns. The kernel copies the table of descriptors before the memory, so an end that falls between the
 * two must not be half in the child. */
#include "check.h"
#include "connected.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, FORKS = 300, LEAKED = 9 };

static int stop; /* atomic */

/* Descriptors that libsock makes for itself: pipes, event descriptors, epoll instances, timers; and sockets. */
static int count_own(void)
{
    DIR *all = opendir("/proc/self/fd");
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(all)) != NULL) {
        char path[300], to[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        if (readlink(path, to, sizeof to - 1) > 0)
            count += !strncmp(to, "pipe:", 5) || !strncmp(to, "anon_inode:", 11) || !strncmp(to, "socket:", 7);
    }
    closedir(all);
    return count;
}

struct caller {
    struct thread thread;
    sock_t pair[2];
};

static void dial(void *arg)
{
    (void)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        sock_t s = sock_create_connection("127.0.0.1", "1", NULL); /* nobody listens there */
        CHECK(s < 0);
    }
}

/* An epoll instance for each wait. */
static void wait_for_completions(void *arg)
{
    static char data[3 << 20];
    struct caller *caller = arg;
    struct sock_zerocopy_range range;
    uint64_t ticket;
    CHECK_OK(sock_settimeout(caller->pair[0], MS(1)));
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        sock_send_zerocopy(caller->pair[0], data, sizeof data, 0, &ticket);
        sock_zerocopy_done(caller->pair[0], &range, 1);
    }
}

/* A pipe for each splice. */
static void splice(void *arg)
{
    struct caller *caller = arg;
    sock_t sink[2];
    char byte[64];
    unix_pair(sink);
    CHECK_OK(sock_settimeout(caller->pair[1], MS(1)));
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
        CHECK_EQ(sock_send(caller->pair[0], "x", 1, 0), 1);
        sock_splice(caller->pair[1], sink[0], 2, NULL, NULL);
        sock_recv(sink[1], byte, sizeof byte, MSG_DONTWAIT);
    }
    close_pair(sink);
}

static void fork_beside(void (*run)(void *))
{
    static struct caller callers[THREADS];
    int leaks = 0, own = 0;
    __atomic_store_n(&stop, 0, __ATOMIC_SEQ_CST);
    for (int i = 0; i < THREADS; i++)
        tcp_pair(callers[i].pair);
    wait_once();
    own = count_own();
    for (int i = 0; i < THREADS; i++)
        thread_start(&callers[i].thread, run, &callers[i]);
    sleep_ms(50);
    if (run == splice)
        own += 2 * THREADS; /* their sinks */
    fflush(NULL);
    for (int i = 0; i < FORKS / (in_valgrind() ? 20 : 1); i++) {
        pid_t pid = CHECK_SYS(fork());
        if (pid == 0)
            _exit(count_own() > own ? LEAKED : 0);
        int status = 0;
        CHECK_SYS(waitpid(pid, &status, 0));
        leaks += WIFEXITED(status) && WEXITSTATUS(status) == LEAKED;
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < THREADS; i++) {
        thread_join(&callers[i].thread);
        close_pair(callers[i].pair);
    }
    CHECK_EQ(leaks, 0);
}

static void test_beside_connections(void)
{
    fork_beside(dial);
}

static void test_beside_waits_for_an_event(void)
{
    fork_beside(wait_for_completions);
}

static void test_beside_pipes(void)
{
    fork_beside(splice);
}

TEST_MAIN(test_beside_connections, test_beside_waits_for_an_event, test_beside_pipes)
