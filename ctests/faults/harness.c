/* The process of one fault: the regions, the verdicts, the leaks. */
#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "rules.h"

enum { MOST_KEPT = 600 };

struct report *report;
struct plan plan;
int errors_fd;

static bool fault_on; /* whether the running pass has the fault */
static pid_t main_thread;
static int64_t kept[MOST_KEPT];
static int kept_fds[16];
static size_t kept_count, kept_fd_count;
static char at[128]; /* the call that runs, or ran last */

void finding(const char *format, ...)
{
    if (__atomic_exchange_n(&report->found, 1, __ATOMIC_SEQ_CST))
        return; /* the first explains the others */
    va_list args;
    va_start(args, format);
    vsnprintf(report->text, sizeof report->text, format, args);
    va_end(args);
}

void keep(int64_t handle)
{
    kept[kept_count++] = handle;
}

void keep_fd(int fd)
{
    kept_fds[kept_fd_count++] = fd;
}

int file_with(const char *bytes, size_t len)
{
    char path[] = "/tmp/sock-faults-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0 || write(fd, bytes, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)
        finding("no temporary file");
    keep_fd(fd);
    return fd;
}

void forget(int64_t handle)
{
    for (size_t i = 0; i < kept_count; i++)
        if (kept[i] == handle)
            kept[i] = -1;
}

void own_sleep_ms(double ms)
{
    struct timespec t = {(time_t)(ms / 1000), (long)((ms - (long)(ms / 1000) * 1000) * 1e6)};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

static const char *shown(long long code)
{
    static char text[2][64];
    static int which;
    char *to = text[which ^= 1];
    snprintf(to, sizeof text[0], code < 0 ? "%lld (%s)" : "%lld", code, sock_err_name((int)code));
    return to;
}

bool call_ended(long long result, long long expected, bool must_fail, const char *call)
{
    static bool fired_before;
    bool fired = fault_on && plan_fired(), now = fired && !fired_before;
    fired_before = fired;
    snprintf(at, sizeof at, "%.*s", (int)strcspn(call, "("), call);
    bool usual = must_fail ? result == expected : result >= 0;
    if (result == SOCK_EPANIC)
        finding("%s: panicked", at);
    else if (!usual && !fired)
        finding("%s: %s without a fault", at, shown(result));
    else if (now && !(usual && expected < 0) &&
             !result_fits(classes[plan.which].name, plan.error, plan_fired_in() != main_thread, at, result))
        finding("%s: answered %s", at, shown(result));
    if (!usual && fired) {
        /* A failure is explained. */
        int code = 0;
        char why[200] = "";
        if (result < 0 && (sock_last_error(&code, why, sizeof why) < 0 || !why[0]))
            finding("%s: %s has no sentence", at, shown(result));
    }
    return usual && !report->found;
}

static void close_kept(void)
{
    while (kept_count > 0) {
        int64_t handle = kept[--kept_count];
        if (handle < 0)
            continue;
        region_begin();
        int code = sock_close(handle);
        region_end();
        if (code == -EBADF)
            finding("sock_close: the handle is gone");
        call_ended(code, 0, false, "sock_close");
    }
    while (kept_fd_count > 0)
        close(kept_fds[--kept_fd_count]);
}

/* Waits until each worker of the lookup pool has begun, which takes memory, and has given back what its last lookup
 * used: an abandoned one must not meet the fault, or leave its traces in the C library, in the next run. */
static int64_t workers_at_rest(void)
{
    struct sock_lookup_stats pool = {.size = sizeof pool};
    for (int i = 0; i < 2000 && sock_lookup_stats(&pool) == 0 && pool.idle < pool.threads; i++)
        own_sleep_ms(1);
    return pool.threads;
}

static void run_once(const struct scenario *s, bool with_fault)
{
    struct plan none = {.which = -1};
    fault_on = with_fault;
    plan_set(with_fault ? plan : none);
    call_ended(0, 0, false, "(nothing)"); /* forgets the fault of the run before */
    s->run();
    close_kept();
    workers_at_rest();
    if (fault_on && plan_fired())
        report->fired = 1;
    for (int i = 0; plan.which < 0 && classes[i].name; i++)
        report->seen[i] = calls_seen(i);
    fault_on = false;
    plan_set(none);
}

static int open_descriptors(void)
{
    DIR *list = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and the list's own */
    while (list && readdir(list))
        count++;
    if (list)
        closedir(list);
    return count;
}

struct state {
    int fds;
    long blocks;
    int64_t workers; /* of the lookup pool: each keeps some memory while it lives */
};

static struct state settled(void)
{
    int64_t workers = workers_at_rest();
    return (struct state){open_descriptors(), live_blocks(), workers};
}

/* What leaks grows each time. A table may grow once, a worker may come, and each worker keeps something of its own
 * from the first lookup, or the first that failed. */
static void check_leaks(const struct scenario *s)
{
    struct state before = settled();
    char course[160] = "";
    for (int round = 0, grown = 0; round < 60; round++) {
        run_once(s, true);
        run_once(s, true);
        run_once(s, false);
        struct state now = settled();
        bool more = now.fds > before.fds || now.blocks > before.blocks;
        if (report->found || !more)
            return;
        grown += now.workers <= before.workers;
        size_t len = strlen(course);
        snprintf(course + len, sizeof course - len, "%s%d/%ld/%d", len ? ", " : "", now.fds - before.fds,
                 now.blocks - before.blocks, (int)now.workers);
        if (grown == 4 + now.workers)
            finding("leaks %s (more descriptors/blocks of memory/all workers, by round: %s)",
                    now.fds > before.fds ? "descriptors" : "blocks of memory", course);
        before = now;
    }
}

static void *helper_run(void *arg)
{
    struct helper *h = arg;
    h->run(h->arg);
    return NULL;
}

bool helper_start(struct helper *h, void (*run)(void *), void *arg)
{
    pthread_t id;
    h->run = run;
    h->arg = arg;
    if (pthread_create(&id, NULL, helper_run, h) != 0) {
        finding("pthread_create failed outside a region");
        return false;
    }
    h->id = id;
    return true;
}

void helper_join(struct helper *h)
{
    pthread_join((pthread_t)h->id, NULL);
}

/* Where a crash was, for add_last_words. */
static void on_crash(int number)
{
    void *frames[40];
    int count = backtrace(frames, 40);
    const char text[] = "crash in";
    if (write(STDERR_FILENO, text, sizeof text - 1) > 0)
        backtrace_symbols_fd(frames + 2, count - 2, STDERR_FILENO);
    signal(number, SIG_DFL);
    raise(number);
}

void child_run(const struct scenario *s)
{
    void *frame;
    backtrace(&frame, 1); /* loads what it needs */
    signal(SIGSEGV, on_crash);
    signal(SIGBUS, on_crash);
    main_thread = (pid_t)syscall(SYS_gettid);
    dup2(errors_fd, STDERR_FILENO);
    strcpy(at, "(start)");
    if (!notify_start(plan.which))
        _exit(NO_NOTIFIER);
    if (plan.which < 0) {
        run_once(s, false);
        _exit(0);
    }
    run_once(s, true);
    if (!report->found)
        run_once(s, false);
    if (!report->found)
        check_leaks(s);
    _exit(0);
}
