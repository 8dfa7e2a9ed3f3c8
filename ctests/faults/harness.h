/* What the process of one fault (harness.c) and the one that starts them (main.c) share. */
#ifndef SOCK_FAULTS_HARNESS_H
#define SOCK_FAULTS_HARNESS_H

#include "notify.h"
#include "scenario.h"

enum { REPORT_TEXT = 400, NO_NOTIFIER = 77 };

/* What a child tells its parent, in memory that they share. */
struct report {
    long seen[MOST_CLASSES];
    int fired;
    int found;
    char text[REPORT_TEXT];
};

extern struct report *report;
extern struct plan plan; /* what the next child tries; `which` -1 counts the calls */
extern int errors_fd;    /* takes a child's standard error */

/* Runs a scenario as planned, and ends the process: with 0, whatever was found, or with NO_NOTIFIER. */
void child_run(const struct scenario *s) __attribute__((noreturn));

#endif
