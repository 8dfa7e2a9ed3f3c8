/* Measures on a noisy machine: two implementations take turns in one process, in blocks so short that
 * disturbances within one are rare. Neighbouring blocks are compared, and the result is the median of their
 * ratios: noise that affects both cancels out, and noise that affects one is outvoted.
 *
 * Every program prints one line per result, separated by tabs: name, value, unit, the C library's value ("-"
 * if there is none), goal ("<= 1.03", or "-"). bench/run prints the table.
 */
#ifndef SOCK_BENCH_H
#define SOCK_BENCH_H

#include "bare.h"
#include "sock.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BENCH_USED __attribute__((unused)) static

/* Exits if the condition is false: nothing that fails is measured. */
#define NEED(condition)                                                                            \
    ((condition) ? (void)0                                                                         \
                 : (fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno), exit(1)))

BENCH_USED int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

BENCH_USED int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The quantile `part` of the values; sorts them. */
BENCH_USED double quantile(double *values, int count, double part)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return values[(int)(part * (count - 1))];
}

/* One implementation to measure. Only `run` is timed; `before` and `after` set up and clean up, and may be
 * NULL. */
struct way {
    void (*run)(int n);
    void (*before)(int n);
    void (*after)(int n);
};

BENCH_USED double block_ns(const struct way *way, int n)
{
    if (way->before)
        way->before(n);
    int64_t start = now_ns();
    way->run(n);
    double ns = (double)(now_ns() - start) / n;
    if (way->after)
        way->after(n);
    return ns;
}

struct duel {
    double ours, theirs; /* medians, nanoseconds per operation */
    double ratio;        /* median of ours / theirs over neighbouring blocks */
    double more;         /* median of ours - theirs over neighbouring blocks, in nanoseconds */
};

/* Runs `pairs` pairs of blocks of n operations, in alternating order. */
BENCH_USED struct duel duel(struct way ours, struct way theirs, int n, int pairs)
{
    double *a = malloc(4 * (size_t)pairs * sizeof *a), *b = a + pairs, *ratio = b + pairs, *more = ratio + pairs;
    struct duel result;
    NEED(a != NULL);
    for (int i = -pairs / 20; i < pairs; i++) { /* the first blocks warm up */
        int at = i < 0 ? 0 : i;
        if (i % 2 == 0) {
            a[at] = block_ns(&ours, n);
            b[at] = block_ns(&theirs, n);
        } else {
            b[at] = block_ns(&theirs, n);
            a[at] = block_ns(&ours, n);
        }
        ratio[at] = a[at] / b[at];
        more[at] = a[at] - b[at];
    }
    result.ratio = quantile(ratio, pairs, 0.5);
    result.more = quantile(more, pairs, 0.5);
    result.ours = quantile(a, pairs, 0.5);
    result.theirs = quantile(b, pairs, 0.5);
    free(a);
    return result;
}

/* Prints one result. A negative `theirs` means there is none. */
BENCH_USED void figure(const char *name, double value, const char *unit, double theirs, const char *goal)
{
    char other[32] = "-";
    if (theirs >= 0)
        snprintf(other, sizeof other, "%.6g", theirs);
    printf("%s\t%.6g\t%s\t%s\t%s\n", name, value, unit, other, goal);
    fflush(stdout);
}

/* Prints a ratio and its two times. */
BENCH_USED void figure_ratio(const char *name, struct duel d, const char *goal)
{
    printf("%s\t%.6g\tx\t%.6g\t%s\t%.6g\n", name, d.ratio, d.theirs, goal, d.ours);
    fflush(stdout);
}

/* Starts a second thread, which calls `first` (may be NULL) and then sleeps until the process ends. */
static pthread_barrier_t bench_barrier __attribute__((unused));

BENCH_USED void *bench_sleeper(void *first)
{
    void (*run)(void);
    memcpy(&run, first, sizeof run);
    if (run)
        run();
    pthread_barrier_wait(&bench_barrier);
    for (;;)
        pause();
    return NULL;
}

BENCH_USED void second_thread(void (*first)(void))
{
    pthread_t thread;
    NEED(pthread_barrier_init(&bench_barrier, NULL, 2) == 0);
    NEED(pthread_create(&thread, NULL, bench_sleeper, &first) == 0);
    pthread_barrier_wait(&bench_barrier);
}

#endif
