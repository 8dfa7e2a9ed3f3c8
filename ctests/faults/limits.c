/* What ends a wait: timeouts, deadlines, tokens, closes, hooks. */
#include <pthread.h>
#include <signal.h>

#include "scenario.h"

static void timeouts(void)
{
    sock_t pair[2];
    char byte;
    PAIR(pair);
    DO(sock_settimeout(pair[0], 5000000));
    EXPECT(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
    DO(sock_setblocking(pair[0], 0));
    EXPECT(sock_recv(pair[0], &byte, 1, 0), -11);
    DO(sock_setblocking(pair[0], 1));
    DO(sock_setdeadline(pair[0], SOCK_READ, sock_now() + 5000000));
    EXPECT(sock_recv(pair[0], &byte, 1, 0), SOCK_ETIMEDOUT);
}

static int fired; /* what sock_cancel_fire answered in the other thread */

static void fire_later(void *arg)
{
    own_sleep_ms(3);
    region_begin();
    fired = sock_cancel_fire(*(sock_cancel_t *)arg);
    region_end();
    if (fired < 0)
        sock_close(*(sock_cancel_t *)arg);
}

static void cancel(void)
{
    sock_t pair[2];
    sock_cancel_t token;
    struct helper h;
    char byte;
    PAIR(pair);
    OPEN(token, sock_cancel_new());
    DO(sock_setcancel(pair[0], token));
    if (!helper_start(&h, fire_later, &token))
        return;
    region_begin();
    int64_t len = sock_recv(pair[0], &byte, 1, 0);
    region_end();
    helper_join(&h);
    if (fired < 0)
        forget(token);
    call_ended(len, SOCK_ECANCELED, true, "sock_recv");
}

static void close_later(void *arg)
{
    own_sleep_ms(3);
    region_begin();
    int code = sock_close(*(sock_t *)arg);
    region_end();
    if (code < 0)
        fired = code;
}

static void close_wakes(void)
{
    sock_t pair[2];
    struct helper h;
    char byte;
    PAIR(pair);
    if (!helper_start(&h, close_later, &pair[0]))
        return;
    region_begin();
    int64_t len = sock_recv(pair[0], &byte, 1, 0);
    region_end();
    helper_join(&h);
    forget(pair[0]);
    /* On a busy machine the close may come before the call. */
    call_ended(len == -9 ? SOCK_ECLOSED : len, SOCK_ECLOSED, true, "sock_recv");
}

static void deadline_wakes_thread(void *arg)
{
    own_sleep_ms(3);
    region_begin();
    sock_setdeadline(*(sock_t *)arg, SOCK_READ, 1);
    region_end();
}

static void deadline_wakes(void)
{
    sock_t pair[2];
    struct helper h;
    char byte;
    PAIR(pair);
    DO(sock_settimeout(pair[0], 2000000000));
    if (!helper_start(&h, deadline_wakes_thread, &pair[0]))
        return;
    region_begin();
    int64_t len = sock_recv(pair[0], &byte, 1, 0);
    region_end();
    helper_join(&h);
    call_ended(len, SOCK_ETIMEDOUT, true, "sock_recv");
}

static int hook(void *arg)
{
    ++*(int *)arg;
    return *(int *)arg > 1 ? -125 : 0;
}

static void on_signal(int number)
{
    (void)number;
}

static void signal_twice(void *arg)
{
    region_leave_out_this_thread();
    for (int i = 0; i < 40; i++) {
        own_sleep_ms(1);
        pthread_kill(*(pthread_t *)arg, SIGUSR1);
    }
}

static void interrupts(void)
{
    sock_t pair[2];
    struct helper h;
    pthread_t self = pthread_self();
    char byte;
    int calls = 0;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    PAIR(pair);
    DO(sock_set_interrupt(hook, &calls));
    if (!helper_start(&h, signal_twice, &self))
        return;
    region_begin();
    int64_t len = sock_recv(pair[0], &byte, 1, 0);
    region_end();
    helper_join(&h);
    sock_set_interrupt(NULL, NULL);
    call_ended(len, -125, true, "sock_recv");
}

/* A thread's own part: its record and its wake-up end with it. */
static void waits_in_a_thread(void *arg)
{
    char byte;
    region_begin();
    sock_recv(*(sock_t *)arg, &byte, 1, 0);
    region_end();
}

static void thread_ends(void)
{
    sock_t pair[2];
    struct helper h;
    PAIR(pair);
    DO(sock_settimeout(pair[0], 3000000));
    for (int i = 0; i < 2; i++) {
        if (!helper_start(&h, waits_in_a_thread, &pair[0]))
            return;
        helper_join(&h);
    }
}

static void closed_numbers(void)
{
    char byte;
    sock_t s;
    TRY(s, sock_socket(AF_UNIX, SOCK_DGRAM, 0));
    DO(sock_close(s));
    EXPECT(sock_dup(s), -9);
    EXPECT(sock_recv(-1, &byte, 1, 0), -9);
    EXPECT(sock_close(0), -9);
    EXPECT(sock_recv((sock_t)1 << 40, &byte, 1, 0), -9);
}

const struct scenario limit_scenarios[] = {
    {"timeouts", timeouts},
    {"cancel", cancel},
    {"close_wakes", close_wakes},
    {"deadline_wakes", deadline_wakes},
    {"interrupts", interrupts},
    {"thread_ends", thread_ends},
    {"closed_numbers", closed_numbers},
    {NULL, NULL},
};
