/* What a call may answer when one of its system calls fails. */
#ifndef SOCK_FAULTS_RULES_H
#define SOCK_FAULTS_RULES_H

#include <stdbool.h>

/* Whether `result` is right: `expected` is what the call answers without a fault (`must_fail`), and
 * `elsewhere` says that the fault hit another thread than the caller's. */
bool result_fits(const char *class, int error, bool elsewhere, const char *call, long long result);

#endif
