/* Counts the cost of operations instead of timing them: programs count_SUBJECT.c.
 *
 * A case runs an operation n times. `PROGRAM CASE N` runs it; `PROGRAM` alone prints the limits, one
 * per line: CASE METRIC OP LIMIT BASE. ctests/run runs each case with two values of N under strace and
 * callgrind; the difference of the counts, divided by the difference of N, is the cost of one operation
 * without start-up and exit. With a base, the cost of that case is subtracted, which leaves what libsock
 * adds to the bare system call. Metrics: `syscalls`, `instructions`, `locked` (instructions with a lock,
 * including the implicit one of xchg). Each case must first succeed with N = 1 outside the tools, so
 * that a broken case cannot pass as a cheap one.
 *
 *     static void recv_ready(long n) { for (long i = 0; i < n; i++) ... }
 *     COUNT_MAIN(COUNT_CASES({"recv", recv_ready}, {"raw_recv", raw_recv}),
 *                COUNT_LIMITS({"recv", "syscalls", "==", 1, NULL}, {"recv", "instructions", "<=", 50, "raw_recv"}))
 */
#ifndef SOCK_COUNT_H
#define SOCK_COUNT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct count_case {
    const char *name;
    void (*run)(long n);
};

struct count_limit {
    const char *name, *metric, *op; /* "==" or "<=" */
    double limit;
    const char *base; /* a case whose cost is subtracted, or NULL */
};

/* A case calls this to report that it does not work; nothing is counted then. */
#define COUNT_NEED(condition) \
    ((condition) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition), exit(1)))

#define COUNT_CASES(...) {__VA_ARGS__}
#define COUNT_LIMITS(...) {__VA_ARGS__}

#define COUNT_MAIN(cases, limits)                                                          \
    static const struct count_case count_cases[] = cases;                                  \
    static const struct count_limit count_limits[] = limits;                               \
    int main(int argc, char **argv)                                                        \
    {                                                                                      \
        for (size_t i = 0; argc == 1 && i < sizeof count_limits / sizeof *count_limits; i++) { \
            const struct count_limit *l = &count_limits[i];                                \
            printf("%s %s %s %g %s\n", l->name, l->metric, l->op, l->limit, l->base ? l->base : "-"); \
        }                                                                                  \
        for (size_t i = 0; argc == 3 && i < sizeof count_cases / sizeof *count_cases; i++) \
            if (strcmp(count_cases[i].name, argv[1]) == 0) {                               \
                count_cases[i].run(atol(argv[2]));                                         \
                return 0;                                                                  \
            }                                                                              \
        return argc == 1 ? 0 : 2;                                                          \
    }

#endif
