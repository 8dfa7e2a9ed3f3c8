/* Runs every scenario under every fault; each fault in a process of its own.
 *
 *     faults [--core] [--fault CLASS:N:ERRNO] [SCENARIO...]
 *
 * First a process counts the calls that a scenario makes. Then, for each class of calls, each n up to that
 * count and each errno, a process runs the scenario five times: with the fault in a library that has not been
 * used before; without; twice with the fault; without. It must never hang, abort or answer a code that the
 * fault does not explain (rules.c); the runs without a fault must succeed; and the descriptors and blocks of
 * memory after the second of them must be those after the first.
 *
 * Prints `ok SCENARIO: N faults` or `not ok SCENARIO: ...` with a line `# SCENARIO | CALL | n | errno | what`
 * for each finding. --core takes the first, second and last n, and the first two errnos. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "peers.h"

enum { EVERY_N = 24, STEP = 8, HANG_S = 5, SKIPPED = 77 };

static double scale(void)
{
    const char *given = getenv("SOCK_TEST_SCALE"), *slow = getenv("SOCK_TEST_SLOWNESS");
    double value = (given ? atof(given) : 1) * (slow ? atof(slow) : 1);
    return value < 1 ? 1 : value;
}

/* What a child that was ended by a signal said: its first line, and the first place in our sources. */
static void add_last_words(void)
{
    static char said[16384];
    ssize_t len = pread(errors_fd, said, sizeof said - 1, 0);
    said[len < 0 ? 0 : len] = 0;
    const char *place = strstr(said, "./src/"), *words = said + strspn(said, "\n");
    size_t used = strlen(report->text), first = strcspn(words, "\n");
    if (first > 0)
        snprintf(report->text + used, sizeof report->text - used, ": %.*s", (int)first, words);
    used = strlen(report->text);
    if (place)
        snprintf(report->text + used, sizeof report->text - used, ", %.*s", (int)strcspn(place + 2, "\n"), place + 2);
}

/* Runs a scenario in a child; false when the kernel has no notifier. */
static bool run_child(const struct scenario *s)
{
    memset(report, 0, sizeof *report);
    if (ftruncate(errors_fd, 0) != 0 || lseek(errors_fd, 0, SEEK_SET) != 0)
        perror("the errors of a child");
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        child_run(s);
    int end = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
    struct pollfd wait = {.fd = end, .events = POLLIN};
    bool hung = poll(&wait, 1, (int)(HANG_S * 1000 * scale())) == 0;
    close(end);
    if (hung)
        kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    if (hung) {
        report->found = 1;
        snprintf(report->text, sizeof report->text, "hangs");
    } else if (WIFSIGNALED(status)) {
        report->found = 1;
        snprintf(report->text, sizeof report->text, "ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
        add_last_words();
    } else if (WEXITSTATUS(status) == NO_NOTIFIER) {
        return false;
    } else if (WEXITSTATUS(status) != 0) {
        report->found = 1;
        snprintf(report->text, sizeof report->text, "ended with %d", WEXITSTATUS(status));
    }
    return true;
}

/* The n to try, of `count`: all of the first EVERY_N, then every STEP-th, and the last. */
static bool tried(long n, long count, bool core)
{
    if (core)
        return n <= 2 || n == count;
    return n <= EVERY_N || n % STEP == 0 || n == count;
}

/* Counts the calls of a scenario without a fault: 1, 0 when it fails by itself, -1 when there is no notifier. */
static int count_calls(const struct scenario *s, long *counts)
{
    plan = (struct plan){.which = -1};
    if (!run_child(s)) {
        printf("skip %s: the kernel has no seccomp notifier\n", s->name);
        return -1;
    }
    if (report->found) {
        printf("not ok %s: without a fault: %s\n", s->name, report->text);
        return 0;
    }
    memcpy(counts, report->seen, sizeof report->seen);
    return 1;
}

/* Whether --fault, CLASS:N:ERRNO, leaves this one to be tried; without it all are. */
static const char *only;

static bool chosen(int which, long n, int error)
{
    char text[128];
    snprintf(text, sizeof text, "%s:%ld:%s", classes[which].name, n, strerrorname_np(error));
    return !only || strcmp(only, text) == 0;
}

/* 1 when no fault has a finding, 0 when one has, -1 when it was skipped. */
static int run_scenario(const struct scenario *s, bool core)
{
    long counts[MOST_CLASSES];
    int findings = 0, faults = 0;
    int counted = count_calls(s, counts);
    if (counted != 1)
        return counted;
    for (int which = 0; classes[which].name; which++)
        for (long n = 1; n <= counts[which]; n++)
            for (int e = 0; tried(n, counts[which], core) && classes[which].errnos[e] && (!core || e < 2); e++) {
                plan = (struct plan){which, n, classes[which].errnos[e]};
                if (!chosen(which, n, plan.error))
                    continue;
                run_child(s);
                faults += report->fired || report->found;
                if (report->found) {
                    findings++;
                    printf("# %s | %s | %ld | %s | %s\n", s->name, classes[which].name, n,
                           strerrorname_np(plan.error), report->text);
                }
            }
    if (findings)
        printf("not ok %s: %d of %d faults have a finding\n", s->name, findings, faults);
    else if (faults == 0)
        printf("not ok %s: no fault was met\n", s->name);
    else
        printf("ok %s: %d faults\n", s->name, faults);
    return findings == 0 && faults > 0;
}

/* Whether a scenario is wanted: without names all are. */
static bool wanted(const char *name, int argc, char **argv)
{
    bool named = false;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' || argv[i] == only)
            continue;
        named = true;
        if (strstr(name, argv[i]))
            return true;
    }
    return !named;
}

static int option(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return i;
    return 0;
}

int main(int argc, char **argv)
{
    /* A family of calls, a file. */
    static const struct scenario *const all[] = {
        address_scenarios,
        batch_scenarios,
        dial_scenarios,
        limit_scenarios,
        message_scenarios,
        name_scenarios,
        option_scenarios,
        poller_scenarios,
        process_scenarios,
        server_scenarios,
        socket_scenarios,
        splice_scenarios,
        stream_scenarios,
        transfer_scenarios,
    };
    static const struct scenario *const planted[] = {planted_scenarios};
    bool prove = option("--planted", argc, argv), list = option("--list", argc, argv);
    const struct scenario *const *groups = prove ? planted : all;
    size_t count = prove ? 1 : sizeof all / sizeof *all;
    int good = 0, bad = 0, fault = option("--fault", argc, argv);

    only = fault && fault + 1 < argc ? argv[fault + 1] : NULL;
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    errors_fd = memfd_create("errors", MFD_CLOEXEC);
    if (report == MAP_FAILED || errors_fd < 0)
        return 1;
    setenv("RUST_BACKTRACE", "1", 1);
    const char *refusal = list ? NULL : peers_start();
    if (refusal) {
        printf("skip faults: %s\n", refusal);
        return SKIPPED;
    }
    for (size_t i = 0; i < count; i++)
        for (const struct scenario *s = groups[i]; s->name; s++) {
            if (!wanted(s->name, argc, argv))
                continue;
            if (list) {
                printf("%s\n", s->name);
                continue;
            }
            int held = run_scenario(s, option("--core", argc, argv));
            good += held == 1;
            bad += held == 0;
        }
    return list ? 0 : bad ? 1 : good ? 0 : SKIPPED;
}
