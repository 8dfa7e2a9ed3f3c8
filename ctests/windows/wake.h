/* How soon a call must be woken: within 20 ms. Under wine a wake-up is several requests to wine's server, a process of
 * its own that a machine under load may leave waiting. So one that is late is measured against what Windows' own events
 * take at the same time, and is tried again: a mechanism that is slow is so every time. */
#ifndef SOCK_TEST_WAKE_H
#define SOCK_TEST_WAKE_H

#include "../check.h"

#include <sys/socket.h>
#include <windows.h>

enum { WAKE_MS = 20, WAKE_TRIES = 4 };

/* Other limits are longer under wine, which is a slow tool; this one is not. */
static inline int64_t wake_limit(void)
{
    return MS(WAKE_MS * test_scale() / test_slowness());
}

struct bare_wake {
    HANDLE event, ready;
    int64_t ended;
};

static inline DWORD WINAPI bare_wait(void *arg)
{
    struct bare_wake *w = arg;
    SetEvent(w->ready);
    WaitForSingleObject(w->event, INFINITE);
    w->ended = now_ns();
    return 0;
}

/* The longest of ten wake-ups of a thread by an event, without libsock. */
static inline int64_t bare_wake_ns(void)
{
    int64_t longest = 0;
    for (int i = 0; i < 10; i++) {
        struct bare_wake w = {CreateEventA(NULL, TRUE, FALSE, NULL), CreateEventA(NULL, TRUE, FALSE, NULL), 0};
        HANDLE thread = CreateThread(NULL, 0, bare_wait, &w, 0, NULL);
        CHECK(w.event && w.ready && thread);
        WaitForSingleObject(w.ready, INFINITE);
        Sleep(5);
        int64_t start = now_ns();
        SetEvent(w.event);
        WaitForSingleObject(thread, INFINITE);
        longest = w.ended - start > longest ? w.ended - start : longest;
        CloseHandle(thread);
        CloseHandle(w.event);
        CloseHandle(w.ready);
    }
    return longest;
}

/* `once` wakes a call anew and returns after how many nanoseconds it ended. A wake-up of ours is at most four of the
 * system's: the event, the end of the request for the sockets, and the threads on both sides. */
#define CHECK_WAKES(once)                                                                                   \
    do {                                                                                                    \
        int64_t over_ = INT64_MAX, bare_ = 0;                                                               \
        for (int try_ = 0; try_ < WAKE_TRIES && over_ > wake_limit(); try_++) {                             \
            int64_t ns_ = (once);                                                                           \
            if (ns_ > wake_limit())                                                                         \
                ns_ -= 4 * (bare_ = bare_wake_ns());                                                        \
            over_ = ns_ < over_ ? ns_ : over_;                                                              \
        }                                                                                                   \
        if (over_ > wake_limit())                                                                           \
            FAIL("woken %.3f ms later than four bare wake-ups of %.3f ms", (double)over_ / 1e6,             \
                 (double)bare_ / 1e6);                                                                      \
    } while (0)

#endif
