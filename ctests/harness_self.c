/* Defects that the harness and the tools must detect: each function does one thing wrong (or nothing). This
 * does not test libsock: the runner runs the functions one by one before it trusts a tool, and fails unless
 * the tool reports what ctests/runner/proof.py expects. */
#include "check.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Values that the compiler cannot optimise away. */
static volatile int one = 1;
static void *volatile kept;

static void self_passes(void)
{
    int before = open_fds();
    int fd = CHECK_SYS(socket(AF_UNIX, SOCK_STREAM, 0));
    CHECK_EQ(open_fds(), before + 1);
    CHECK(fd_is_open(fd));
    CHECK_SYS(close(fd));
    CHECK(!fd_is_open(fd));
    int64_t start = now_ns(), cpu = cpu_ns();
    sleep_ms(30);
    CHECK_TIME(now_ns() - start, 30, 1000);
    CHECK_TIME(cpu_ns() - cpu, 0, 25);
    CHECK_STR(NULL, NULL);
    CHECK_EQ(CHECK_OK(7), 7);
}

static void self_fails(void)
{
    CHECK_EQ(one, 2);
}

static void self_fails_by_code(void)
{
    CHECK_ERR(SOCK_ECLOSED, -9);
}

static void self_fails_by_time(void)
{
    CHECK_TIME(MS(1), 2, 3);
}

static void fail(void *arg)
{
    CHECK_STR((const char *)arg, "other");
}

/* One run in SOCK_SELF_ODDS. */
static void self_fails_now_and_then(void)
{
    const char *odds = getenv("SOCK_SELF_ODDS");
    CHECK_NE(now_ns() / 1000 % (odds ? atoi(odds) : 2), 0);
}

static void self_fails_in_a_thread(void)
{
    struct thread t;
    thread_start(&t, fail, "text");
    thread_join(&t);
}

static void self_fails_in_a_child(void)
{
    child_join(child_start(fail, "text"));
}

static void self_skips(void)
{
    SKIP("because of %d", 7);
}

static void self_hangs(void)
{
    test_timeout(1);
    for (;;)
        sleep_ms(1000);
}

static void self_crashes(void)
{
    raise(SIGSEGV);
}

/* Blocks in the kernel until the other end is closed. */
static void read_end(void *arg)
{
    char byte;
    CHECK_EQ(read(*(int *)arg, &byte, 1), 0);
}

static void self_sees_a_thread_block(void)
{
    int ends[2];
    struct thread t;
    CHECK_SYS(pipe(ends));
    thread_start(&t, read_end, &ends[0]);
    thread_wait_blocked(&t);
    CHECK(!thread_ended(&t));
    CHECK_SYS(close(ends[1]));
    thread_join_within(&t, 1000);
    CHECK_SYS(close(ends[0]));
}

static void self_leaks_a_socket(void)
{
    CHECK_SYS(socket(AF_INET, SOCK_DGRAM, 0));
}

static void self_leaks_a_handle(void)
{
    CHECK_OK(sock_socket(AF_INET, SOCK_STREAM, 0));
}

static void self_leaks_memory(void)
{
    kept = malloc(100);
    memset(kept, 1, 100);
    kept = NULL;
}

static void self_reads_freed_memory(void)
{
    char *p = malloc(100);
    memset(p, one, 100);
    kept = p;
    free(p);
    CHECK_NE(((volatile char *)kept)[7], 255);
}

static void self_overflows(void)
{
    volatile int most = INT_MAX;
    most = most + one;
}

/* A wrong capacity, so that the library itself writes past the end. */
static void self_lets_the_library_overrun(void)
{
    kept = malloc(4);
    CHECK_GT(sock_strerror_copy(-32, kept, 64), 4);
    free(kept);
}

TEST_MAIN(self_passes, self_fails, self_fails_by_code, self_fails_by_time, self_fails_now_and_then,
          self_fails_in_a_thread, self_fails_in_a_child, self_skips, self_hangs, self_crashes, self_sees_a_thread_block,
          self_leaks_a_socket, self_leaks_a_handle, self_leaks_memory, self_reads_freed_memory,
          self_overflows, self_lets_the_library_overrun)
