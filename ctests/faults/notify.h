/* Failing system calls and allocations, one at a time.
 *
 * A seccomp filter hands the system calls of some classes to a supervisor, a thread of the same process that
 * the filter does not cover. The supervisor counts those that are made inside a region (region_begin to
 * region_end, in any thread that was started after the filter), answers the n-th with an error instead of
 * the kernel, and lets all others go on. So calls that libsock makes without the C library are seen too, and
 * nothing is traced. Allocations are counted in the functions that stand in for malloc and its kin (alloc.c).
 */
#ifndef SOCK_FAULTS_NOTIFY_H
#define SOCK_FAULTS_NOTIFY_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MOST_CLASSES = 96, MOST_ERRNOS = 12 };

/* Calls that fail alike: a system call, or those of its uses that `takes` picks. */
struct call_class {
    const char *name;
    long number; /* -1 of the two classes of allocations */
    bool (*takes)(const __u64 *args);
    int errnos[MOST_ERRNOS]; /* ends with 0 */
};

extern const struct call_class classes[]; /* errnos.c; ends with a NULL name */
size_t class_count(void);
enum { OWN_ALLOCATION = 0, OTHER_ALLOCATION = 1 }; /* the first two classes: by libsock, by others for it */

/* What is to fail: set before a region is entered. */
struct plan {
    int which; /* index of a class; -1 fails nothing and counts everything */
    long nth;  /* from 1 */
    int error;
};

void plan_set(struct plan plan);
long calls_seen(int which); /* inside regions, since the plan was set */
bool plan_fired(void);
pid_t plan_fired_in(void); /* the thread whose call failed */

void region_begin(void);
void region_end(void);
/* The calling thread plays the peer: nothing of it is counted or fails. */
void region_leave_out_this_thread(void);

/* Starts the supervisor and puts the calling thread, and those it starts, under the filter: the class `which`
 * alone, or all of them for -1. False where the kernel has no such filter. */
bool notify_start(int which);

/* For alloc.c: whether this call is the one to fail. */
bool allocation_fails(int which);
bool in_region(void);
long live_blocks(void);

#endif
