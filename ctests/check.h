/* The harness of libsock's C tests.
 *
 * A test is a program, test_SUBJECT.c, with static functions that take no arguments. It ends with
 *
 *     TEST_MAIN(test_one_thing, test_another)
 *
 * The functions run in this order and print one line each: `ok NAME`, `not ok NAME: FILE:LINE: what was
 * found` or `skip NAME: why`. The program exits with 0 if no check failed, 1 if one failed, 77 if every
 * function was skipped. With names as arguments it runs only these functions.
 *
 * A failed check prints both values and leaves the test function at once. In a thread made by
 * thread_start() it leaves the function of that thread; in a child made by fork() it ends the child
 * with 1. The harness does not clean up after a failed test: while threads of it still run, the
 * functions after it are not run and count as failed.
 *
 * Every macro evaluates its arguments once. Checks compare numbers as long long. Needs only sock.h and
 * the C library; link with check.c.
 */
#ifndef SOCK_CHECK_H
#define SOCK_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks ------------------------------------------------------------------------------------- */

/* The condition is true. */
#define CHECK(condition) check_true(!!(condition), #condition, __FILE__, __LINE__)

/* Compares two numbers; a failure prints both. */
#define CHECK_EQ(a, b) check_compare((long long)(a), "==", (long long)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_NE(a, b) check_compare((long long)(a), "!=", (long long)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_LT(a, b) check_compare((long long)(a), "<", (long long)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_LE(a, b) check_compare((long long)(a), "<=", (long long)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_GT(a, b) check_compare((long long)(a), ">", (long long)(b), #a, #b, __FILE__, __LINE__)
#define CHECK_GE(a, b) check_compare((long long)(a), ">=", (long long)(b), #a, #b, __FILE__, __LINE__)

/* A libsock call returns exactly this code; a failure prints both codes with their names. */
#define CHECK_ERR(code, expected) \
    check_code((long long)(code), (long long)(expected), #code, __FILE__, __LINE__)

/* A libsock call fails with this code, and its error text begins with the name of this field, a literal. */
#define CHECK_REFUSED(call, code, field) \
    check_refused((long long)(call), (long long)(code), field ": ", #call, __FILE__, __LINE__)

/* The text of this thread's last error. */
const char *why(void);

/* A libsock call succeeds; evaluates to its result: sock_t s = CHECK_OK(sock_dup(t)); */
#define CHECK_OK(call) check_ok((long long)(call), #call, __FILE__, __LINE__)

/* A C library call does not return -1 (a failure prints errno); evaluates to its result. */
#define CHECK_SYS(call) check_sys((long long)(call), #call, __FILE__, __LINE__)

/* Two strings, or two pieces of memory, are equal. NULL equals only NULL. */
#define CHECK_STR(a, b) check_text((a), (b), #a, __FILE__, __LINE__)
#define CHECK_MEM(a, b, len) check_memory((a), (b), (len), #a, __FILE__, __LINE__)

/* A time in nanoseconds lies within [at_least_ms, at_most_ms]. Only the upper end is scaled. */
#define CHECK_TIME(ns, at_least_ms, at_most_ms) \
    check_time((int64_t)(ns), (at_least_ms), (at_most_ms), #ns, __FILE__, __LINE__)

/* Fails or skips the test function and leaves it; both take a printf format. */
#define FAIL(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...) check_skip(__VA_ARGS__)

/* Time ---------------------------------------------------------------------------------------- */

int64_t now_ns(void);        /* the monotonic clock */
int64_t cpu_ns(void);        /* CPU time of the process */
int64_t thread_cpu_ns(void); /* CPU time of the calling thread */
void sleep_ms(double ms);    /* never returns early, even when signals arrive */

#define MS(n) ((int64_t)((n) * 1000000.0)) /* milliseconds as nanoseconds */
#define SEC(n) ((int64_t)((n) * 1000000000.0))

/* How many times slower this kind of run is than a plain one (SOCK_TEST_SLOWNESS; 20 by default under
 * valgrind). Long tests do less work. */
double test_slowness(void);
/* The slowness times SOCK_TEST_SCALE, which is for a slow or busy machine. Multiplies the upper limits of
 * CHECK_TIME and the time limit of a test. */
double test_scale(void);
bool in_valgrind(void);

/* Sets the time limit of the running test function, from now on and scaled; the default is 120 s. */
void test_timeout(unsigned seconds);

/* Threads ------------------------------------------------------------------------------------- */

struct thread {
    pthread_t id;
    pid_t tid; /* the kernel's thread id, valid once thread_start() has returned */
    void (*run)(void *);
    void *arg;
    int ended; /* set by the thread just before it ends; read it with thread_ended() */
};

void thread_start(struct thread *t, void (*run)(void *), void *arg);
void thread_join(struct thread *t); /* waits without a limit of its own: the test's time limit ends it */
bool thread_ended(const struct thread *t);
/* Joins the thread if it ends within `ms` (scaled); fails the test otherwise. */
#define thread_join_within(t, ms) check_join((t), (ms), __FILE__, __LINE__)
/* Returns once the thread has slept in the kernel for 5 ms without interruption, that is, blocks. */
#define thread_wait_blocked(t) check_blocked((t), __FILE__, __LINE__)

/* Processes ----------------------------------------------------------------------------------- */

/* Runs a function in a child process, which exits with 0, or with 1 if a check failed in it. */
pid_t child_start(void (*run)(void *), void *arg);
/* Waits for a child and checks that it exited with 0. */
#define child_join(pid) check_child((pid), __FILE__, __LINE__)

/* Descriptors --------------------------------------------------------------------------------- */

int open_fds(void);       /* number of open descriptors of the process */
bool fd_is_open(int fd);
void wait_once(void); /* the first wait of a thread makes its wake-up descriptor, which stays: before open_fds() */
void fds_at_least(int n); /* raises the limit on open descriptors to n, or skips the test */

/* The main function of the program ----------------------------------------------------------------- */

#define TEST_MAIN(...)                                                              \
    int main(int argc, char **argv)                                                 \
    {                                                                               \
        static void (*const tests[])(void) = {__VA_ARGS__};                         \
        return check_main(argc, argv, tests, sizeof tests / sizeof *tests, #__VA_ARGS__); \
    }

/* Functions behind the macros ------------------------------------------------------------------ */

#if defined(__GNUC__)
#define CHECK_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CHECK_NORETURN __attribute__((noreturn))
#else
#define CHECK_PRINTF(text, first)
#define CHECK_NORETURN
#endif

int check_main(int argc, char **argv, void (*const *tests)(void), size_t count, const char *names);
void check_true(bool held, const char *text, const char *file, int line);
void check_compare(long long a, const char *op, long long b, const char *a_text, const char *b_text,
                   const char *file, int line);
void check_code(long long code, long long expected, const char *text, const char *file, int line);
void check_refused(long long code, long long expected, const char *begin, const char *text, const char *file,
                   int line);
long long check_ok(long long result, const char *text, const char *file, int line);
long long check_sys(long long result, const char *text, const char *file, int line);
void check_text(const char *a, const char *b, const char *text, const char *file, int line);
void check_memory(const void *a, const void *b, size_t len, const char *text, const char *file, int line);
void check_time(int64_t ns, double at_least_ms, double at_most_ms, const char *text, const char *file,
                int line);
void check_join(struct thread *t, double ms, const char *file, int line);
void check_blocked(const struct thread *t, const char *file, int line);
void check_child(pid_t pid, const char *file, int line);
CHECK_NORETURN CHECK_PRINTF(3, 4) void check_fail(const char *file, int line, const char *format, ...);
CHECK_NORETURN CHECK_PRINTF(1, 2) void check_skip(const char *format, ...);

#ifdef __cplusplus
}
#endif

#endif
