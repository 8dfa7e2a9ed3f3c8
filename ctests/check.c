/* The implementation of the harness; check.h documents each function. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PASSED, FAILED, SKIPPED, TIMEOUT_S = 120, EXIT_SKIPPED = 77, NAME_CAP = 128 };

/* Name of the running test: written before its threads start, read by them. */
static char name[NAME_CAP];
static pid_t program;
static int verdict;      /* atomic: threads fail tests too */
static int live_threads; /* atomic */
static __thread jmp_buf *leave;

/* Reports ---------------------------------------------------------------------------------------- */

/* Prints the failure and leaves the test function, its thread or its process. */
static void failed(const char *file, int line, const char *what)
{
    bool child = getpid() != program;
    int before = __atomic_exchange_n(&verdict, FAILED, __ATOMIC_ACQ_REL);
    /* One `not ok` line per test: print later failures as remarks. */
    const char *start = child || before == FAILED ? "# also failed" : "not ok";
    printf("%s %s: %s:%d: %s%s\n", start, name, file, line, child ? "in a child: " : "", what);
    fflush(stdout);
    if (child)
        _exit(1);
    if (leave)
        longjmp(*leave, 1);
    pthread_exit(NULL);
}

void check_fail(const char *file, int line, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    failed(file, line, what);
    abort();
}

void check_skip(const char *format, ...)
{
    char why[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    if (getpid() != program || !leave || live_threads > 0)
        check_fail("check.c", __LINE__, "SKIP outside the test function, or after it started threads: %s", why);
    printf("skip %s: %s\n", name, why);
    verdict = SKIPPED;
    longjmp(*leave, 1);
}

/* Checks ----------------------------------------------------------------------------------------- */

void check_true(bool held, const char *text, const char *file, int line)
{
    if (!held)
        check_fail(file, line, "%s is false", text);
}

static bool compares(long long a, const char *op, long long b)
{
    switch (op[0]) {
    case '<': return op[1] ? a <= b : a < b;
    case '>': return op[1] ? a >= b : a > b;
    case '!': return a != b;
    default: return a == b;
    }
}

void check_compare(long long a, const char *op, long long b, const char *a_text, const char *b_text,
                   const char *file, int line)
{
    if (!compares(a, op, b))
        check_fail(file, line, "%s %s %s: %lld and %lld", a_text, op, b_text, a, b);
}

/* A result as a person reads it: "7", "-9 (EBADF)". */
static const char *shown(long long code, char *buf, size_t cap)
{
    if (code < 0)
        snprintf(buf, cap, "%lld (%s)", code, sock_err_name(code));
    else
        snprintf(buf, cap, "%lld", code);
    return buf;
}

void check_code(long long code, long long expected, const char *text, const char *file, int line)
{
    char a[80], b[80];
    if (code != expected)
        check_fail(file, line, "%s: %s, expected %s", text, shown(code, a, sizeof a),
                   shown(expected, b, sizeof b));
}

const char *why(void)
{
    static __thread char sentence[256];
    sentence[0] = 0;
    sock_last_error(NULL, sentence, sizeof sentence);
    return sentence;
}

void check_refused(long long code, long long expected, const char *begin, const char *text, const char *file,
                   int line)
{
    check_code(code, expected, text, file, line);
    if (strncmp(why(), begin, strlen(begin)) != 0)
        check_fail(file, line, "%s: the error text is \"%s\", expected \"%s...\"", text, why(), begin);
}

long long check_ok(long long result, const char *text, const char *file, int line)
{
    char a[80];
    if (result < 0)
        check_fail(file, line, "%s: %s: %s", text, shown(result, a, sizeof a), why());
    return result;
}

long long check_sys(long long result, const char *text, const char *file, int line)
{
    int number = errno;
    if (result == -1)
        check_fail(file, line, "%s: %s", text, strerror(number));
    return result;
}

void check_text(const char *a, const char *b, const char *text, const char *file, int line)
{
    if (a != b && (!a || !b || strcmp(a, b) != 0))
        check_fail(file, line, "%s: \"%s\", expected \"%s\"", text, a ? a : "(NULL)", b ? b : "(NULL)");
}

void check_memory(const void *a, const void *b, size_t len, const char *text, const char *file, int line)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < len; i++)
        if (x[i] != y[i])
            check_fail(file, line, "%s: byte %zu of %zu is 0x%02x, expected 0x%02x", text, i, len, x[i], y[i]);
}

void check_time(int64_t ns, double at_least_ms, double at_most_ms, const char *text, const char *file,
                int line)
{
    double ms = (double)ns / 1e6, limit = at_most_ms * test_scale();
    if (ms < at_least_ms || ms > limit)
        check_fail(file, line, "%s: %.3f ms, expected %g to %g ms", text, ms, at_least_ms, limit);
}

/* Time ------------------------------------------------------------------------------------------- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t cpu_ns(void)
{
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t thread_cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void sleep_ms(double ms)
{
    int64_t end = now_ns() + MS(ms);
    struct timespec t = {.tv_sec = end / 1000000000, .tv_nsec = end % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

bool in_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "vgpreload");
}

static double factor(const char *variable, double otherwise)
{
    const char *given = getenv(variable);
    double value = given ? atof(given) : otherwise;
    return value < 1 ? 1 : value;
}

double test_slowness(void)
{
    return factor("SOCK_TEST_SLOWNESS", in_valgrind() ? 20 : 1);
}

double test_scale(void)
{
    return test_slowness() * factor("SOCK_TEST_SCALE", 1);
}

static void put(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        _exit(1);
}

static void on_alarm(int signal)
{
    (void)signal;
    put(getpid() == program ? "not ok " : "# also failed ");
    put(name);
    put(": timeout: the test did not end in its time\n");
    _exit(1);
}

void test_timeout(unsigned seconds)
{
    alarm((unsigned)(seconds * test_scale()));
}

/* Threads ---------------------------------------------------------------------------------------- */

static void *thread_main(void *arg)
{
    struct thread *t = arg;
    jmp_buf here;
    leave = &here;
    __atomic_store_n(&t->tid, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
    if (setjmp(here) == 0)
        t->run(t->arg);
    __atomic_sub_fetch(&live_threads, 1, __ATOMIC_ACQ_REL);
    __atomic_store_n(&t->ended, 1, __ATOMIC_RELEASE);
    return NULL;
}

void thread_start(struct thread *t, void (*run)(void *), void *arg)
{
    t->run = run;
    t->arg = arg;
    t->tid = 0;
    t->ended = 0;
    __atomic_add_fetch(&live_threads, 1, __ATOMIC_ACQ_REL);
    int error = pthread_create(&t->id, NULL, thread_main, t);
    if (error) {
        __atomic_sub_fetch(&live_threads, 1, __ATOMIC_ACQ_REL);
        check_fail("check.c", __LINE__, "pthread_create: %s", strerror(error));
    }
    while (__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE) == 0)
        sleep_ms(0.05);
}

bool thread_ended(const struct thread *t)
{
    return __atomic_load_n(&t->ended, __ATOMIC_ACQUIRE);
}

void thread_join(struct thread *t)
{
    pthread_join(t->id, NULL);
}

void check_join(struct thread *t, double ms, const char *file, int line)
{
    int64_t end = now_ns() + MS(ms * test_scale());
    while (!thread_ended(t)) {
        if (now_ns() > end)
            check_fail(file, line, "the thread is still running after %g ms", ms * test_scale());
        sleep_ms(0.2);
    }
    thread_join(t);
}

/* The state letter of a thread, and how often it has given up the CPU to wait. */
static char thread_state(pid_t tid, long *waits)
{
    char path[64], line[256], state = '?';
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)tid);
    FILE *status = fopen(path, "re");
    if (!status)
        return '?';
    while (fgets(line, sizeof line, status)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "voluntary_ctxt_switches: %ld", waits);
    }
    fclose(status);
    return state;
}

void check_blocked(const struct thread *t, const char *file, int line)
{
    /* Asleep at each look, either in one long sleep (5 looks) or in slices (50 looks). */
    long waits = -1, waits_before = -1;
    int64_t end = now_ns() + SEC(10 * test_scale());
    for (int asleep = 0, unbroken = 0; unbroken < 5 && asleep < 50;) {
        char state = thread_state(t->tid, &waits);
        if (thread_ended(t))
            check_fail(file, line, "the thread ended instead of blocking");
        if (now_ns() > end)
            check_fail(file, line, "the thread does not block: its state is %c", state);
        asleep = state == 'S' || state == 'D' ? asleep + 1 : 0;
        unbroken = asleep && waits == waits_before ? unbroken + 1 : 0;
        waits_before = waits;
        sleep_ms(1);
    }
}

/* Processes -------------------------------------------------------------------------------------- */

pid_t child_start(void (*run)(void *), void *arg)
{
    fflush(NULL);
    pid_t pid = CHECK_SYS(fork());
    if (pid == 0) {
        test_timeout(TIMEOUT_S);
        run(arg);
        fflush(stdout);
        _exit(0);
    }
    return pid;
}

void check_child(pid_t pid, const char *file, int line)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            check_fail(file, line, "waitpid: %s", strerror(errno));
    if (WIFSIGNALED(status))
        check_fail(file, line, "the child was ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        check_fail(file, line, "the child ended with %d", WEXITSTATUS(status));
}

/* Descriptors ------------------------------------------------------------------------------------ */

int open_fds(void)
{
    DIR *list = opendir("/proc/self/fd");
    if (!list)
        check_fail("check.c", __LINE__, "/proc/self/fd: %s", strerror(errno));
    int count = -3; /* ".", ".." and the descriptor of the list itself */
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

bool fd_is_open(int fd)
{
    return fcntl(fd, F_GETFD) != -1;
}

void wait_once(void)
{
    sock_t pair[2];
    char byte;
    CHECK_OK(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

void fds_at_least(int n)
{
    struct rlimit limit;
    CHECK_SYS(getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur >= (rlim_t)n)
        return;
    struct rlimit wanted = {(rlim_t)n, limit.rlim_max < (rlim_t)n ? (rlim_t)n : limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &wanted) != 0)
        check_skip("%d descriptors needed, %ld allowed", n, (long)limit.rlim_max);
}

/* The program ------------------------------------------------------------------------------------ */

/* Copies the i-th name of "test_a, test_b". */
static void copy_name(const char *names, size_t i, char *out)
{
    for (; i > 0; i--)
        names += strcspn(names, ",") + 1;
    names += strspn(names, " \t\n");
    size_t len = strcspn(names, ", \t\n");
    if (len >= NAME_CAP)
        len = NAME_CAP - 1;
    memcpy(out, names, len);
    out[len] = 0;
}

static bool wanted(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

/* The reason in SOCK_TEST_LEAVE_OUT (lines of `test: reason`) for skipping this test, or NULL. */
static const char *left_out(void)
{
    const char *line = getenv("SOCK_TEST_LEAVE_OUT");
    for (size_t len = strlen(name); line && *line; line = strchr(line, '\n'), line += line ? 1 : 0)
        if (strncmp(line, name, len) == 0 && line[len] == ':')
            return line + len + 2;
    return NULL;
}

static void run_one(void (*test)(void))
{
    const char *why = left_out();
    if (why) {
        verdict = SKIPPED;
        printf("skip %s: %.*s\n", name, (int)strcspn(why, "\n"), why);
        return;
    }
    jmp_buf here;
    leave = &here;
    verdict = PASSED;
    if (getenv("SOCK_TEST_TRACE"))
        printf("# %s\n", name); /* lets the runner name the test in which the program died */
    if (__atomic_load_n(&live_threads, __ATOMIC_ACQUIRE) > 0) {
        verdict = FAILED;
        printf("not ok %s: not run, threads of an earlier test still run\n", name);
        return;
    }
    test_timeout(TIMEOUT_S);
    if (setjmp(here) == 0)
        test();
    alarm(0);
    leave = NULL;
}

int check_main(int argc, char **argv, void (*const *tests)(void), size_t count, const char *names)
{
    int counts[3] = {0, 0, 0};
    /* sigaction, not signal: a test may reset the mask, but the handler must stay. */
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    program = getpid();
    for (size_t i = 0; i < count; i++) {
        copy_name(names, i, name);
        if (!wanted(argc, argv))
            continue;
        run_one(tests[i]);
        int result = __atomic_load_n(&verdict, __ATOMIC_ACQUIRE);
        if (result == PASSED)
            printf("ok %s\n", name);
        counts[result]++;
    }
    if (counts[PASSED] + counts[FAILED] + counts[SKIPPED] == 0) {
        printf("not ok %s: no such test\n", argc > 1 ? argv[1] : "(none)");
        return 1;
    }
    fflush(stdout);
    return counts[FAILED] ? 1 : counts[PASSED] ? 0 : EXIT_SKIPPED;
}
