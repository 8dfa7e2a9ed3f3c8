/* How soon a call must be woken: within 20 ms. A wake-up under wine is several requests to wine's server, a process of
 * its own that a machine under load may leave waiting for a moment. So one that is late is tried again, and the best of
 * three counts: a mechanism that is slow is so every time. */
#ifndef SOCK_TEST_WAKE_H
#define SOCK_TEST_WAKE_H

#include "../check.h"

enum { WAKE_MS = 20, WAKE_TRIES = 3 };

/* `once` wakes a call anew and returns after how many nanoseconds it ended. */
#define CHECK_WAKES(once)                                                                                            \
    do {                                                                                                             \
        int64_t best_ = INT64_MAX;                                                                                   \
        for (int try_ = 0; try_ < WAKE_TRIES && best_ > MS(WAKE_MS * test_scale()); try_++) {                        \
            int64_t ns_ = (once);                                                                                    \
            best_ = ns_ < best_ ? ns_ : best_;                                                                       \
        }                                                                                                            \
        CHECK_TIME(best_, 0, WAKE_MS);                                                                               \
    } while (0)

#endif
