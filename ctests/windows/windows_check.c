/* The implementation of the harness on Windows; ../check.h documents each function. There are no child processes of a
 * function, and no test is ended by a signal: a watchdog thread ends the program. */
#include "../check.h"

#include <winsock2.h>
#include <windows.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PASSED, FAILED, SKIPPED, TIMEOUT_S = 120, EXIT_SKIPPED = 77, NAME_CAP = 128 };

static char name[NAME_CAP];
static int verdict;      /* atomic: threads fail tests too */
static int live_threads; /* atomic */
static __thread jmp_buf *leave;
static int64_t ends_at; /* atomic */

/* Reports ---------------------------------------------------------------------------------------- */

static void failed(const char *file, int line, const char *what)
{
    int before = __atomic_exchange_n(&verdict, FAILED, __ATOMIC_ACQ_REL);
    printf("%s %s: %s:%d: %s\n", before == FAILED ? "# also failed" : "not ok", name, file, line, what);
    fflush(stdout);
    if (leave)
        longjmp(*leave, 1);
    ExitProcess(1);
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
    if (!leave || live_threads > 0)
        check_fail("check.c", __LINE__, "SKIP outside the test function, or after it started threads: %s", why);
    printf("skip %s: %s\n", name, why);
    fflush(stdout);
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
    static __thread char sentence[400];
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
    if (result == -1)
        check_fail(file, line, "%s: errno %d, Windows error %lu", text, errno, GetLastError());
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
            check_fail(file, line, "%s: byte %u of %u is 0x%02x, expected 0x%02x", text, (unsigned)i, (unsigned)len,
                       x[i], y[i]);
}

void check_time(int64_t ns, double at_least_ms, double at_most_ms, const char *text, const char *file,
                int line)
{
    double ms = (double)ns / 1e6, limit = at_most_ms * test_scale();
    if (ms < at_least_ms || ms > limit)
        check_fail(file, line, "%s: %.3f ms, expected %g to %g ms", text, ms, at_least_ms, limit);
}

/* Time ------------------------------------------------------------------------------------------- */

int64_t now_ns(void)
{
    LARGE_INTEGER ticks, frequency;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&frequency);
    return (int64_t)((double)ticks.QuadPart * 1e9 / (double)frequency.QuadPart);
}

static int64_t sum(FILETIME kernel, FILETIME user)
{
    ULARGE_INTEGER a = {.LowPart = kernel.dwLowDateTime, .HighPart = kernel.dwHighDateTime};
    ULARGE_INTEGER b = {.LowPart = user.dwLowDateTime, .HighPart = user.dwHighDateTime};
    return (int64_t)(a.QuadPart + b.QuadPart) * 100;
}

int64_t cpu_ns(void)
{
    FILETIME made, ended, kernel, user;
    GetProcessTimes(GetCurrentProcess(), &made, &ended, &kernel, &user);
    return sum(kernel, user);
}

int64_t thread_cpu_ns(void)
{
    FILETIME made, ended, kernel, user;
    GetThreadTimes(GetCurrentThread(), &made, &ended, &kernel, &user);
    return sum(kernel, user);
}

void sleep_ms(double ms)
{
    int64_t end = now_ns() + MS(ms);
    do
        Sleep(ms < 1 ? 1 : (DWORD)ms);
    while (now_ns() < end);
}

bool in_valgrind(void)
{
    return false;
}

static double factor(const char *variable)
{
    const char *given = getenv(variable);
    double value = given ? atof(given) : 1;
    return value < 1 ? 1 : value;
}

double test_slowness(void)
{
    return factor("SOCK_TEST_SLOWNESS");
}

double test_scale(void)
{
    return test_slowness() * factor("SOCK_TEST_SCALE");
}

void test_timeout(unsigned seconds)
{
    __atomic_store_n(&ends_at, now_ns() + SEC(seconds * test_scale()), __ATOMIC_RELEASE);
}

static DWORD WINAPI watchdog(void *unused)
{
    (void)unused;
    for (;;) {
        Sleep(50);
        if (now_ns() > __atomic_load_n(&ends_at, __ATOMIC_ACQUIRE)) {
            printf("not ok %s: timeout: the test did not end in its time\n", name);
            fflush(stdout);
            ExitProcess(1);
        }
    }
}

/* Threads ---------------------------------------------------------------------------------------- */

static void *thread_main(void *arg)
{
    struct thread *t = arg;
    jmp_buf here;
    leave = &here;
    __atomic_store_n(&t->tid, (pid_t)GetCurrentThreadId(), __ATOMIC_RELEASE);
    if (_setjmp(here, NULL) == 0)
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
        check_fail("check.c", __LINE__, "pthread_create: %d", error);
    }
    while (__atomic_load_n(&t->tid, __ATOMIC_ACQUIRE) == 0)
        Sleep(0);
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
        Sleep(1);
    }
    thread_join(t);
}

/* Windows does not say in which state a thread is: one that uses no CPU for 60 ms is taken to block. */
void check_blocked(const struct thread *t, const char *file, int line)
{
    sleep_ms(60);
    if (thread_ended(t))
        check_fail(file, line, "the thread ended instead of blocking");
}

/* Descriptors ------------------------------------------------------------------------------------ */

int open_fds(void)
{
    DWORD count = 0;
    GetProcessHandleCount(GetCurrentProcess(), &count);
    return (int)count;
}

bool fd_is_open(int fd)
{
    int type, len = sizeof type;
    return getsockopt((SOCKET)fd, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0;
}

void wait_once(void)
{
    sock_t pair[2];
    char byte;
    CHECK_OK(sock_socketpair(AF_INET, SOCK_STREAM, 0, pair));
    CHECK_OK(sock_settimeout(pair[0], MS(1)));
    CHECK_ERR(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    CHECK_OK(sock_close(pair[0]));
    CHECK_OK(sock_close(pair[1]));
}

void fds_at_least(int n)
{
    (void)n;
}

/* The program ------------------------------------------------------------------------------------ */

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
    const char *reason = left_out();
    if (reason) {
        verdict = SKIPPED;
        printf("skip %s: %.*s\n", name, (int)strcspn(reason, "\n"), reason);
        fflush(stdout);
        return;
    }
    jmp_buf here;
    verdict = PASSED;
    leave = &here;
    test_timeout(TIMEOUT_S);
    if (_setjmp(here, NULL) == 0)
        test();
    leave = NULL;
}

int check_main(int argc, char **argv, void (*const *tests)(void), size_t count, const char *names)
{
    size_t passed = 0, bad = 0, skipped = 0;
    test_timeout(TIMEOUT_S);
    CloseHandle(CreateThread(NULL, 0, watchdog, NULL, 0, NULL));
    for (size_t i = 0; i < count; i++) {
        copy_name(names, i, name);
        if (!wanted(argc, argv))
            continue;
        run_one(tests[i]);
        if (verdict == PASSED) {
            printf("ok %s\n", name);
            fflush(stdout);
        }
        passed += verdict == PASSED;
        bad += verdict == FAILED;
        skipped += verdict == SKIPPED;
        if (bad && live_threads > 0) {
            printf("# threads of a failed test still run: the others are not run\n");
            break;
        }
    }
    fflush(stdout);
    return bad ? 1 : passed == 0 && skipped > 0 ? EXIT_SKIPPED : 0;
}
