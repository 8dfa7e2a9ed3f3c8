/* Pollers: sockets, descriptors and timers, and waits that a wake-up or a limit ends. */
#include <unistd.h>

#include "scenario.h"

enum { MOST = 8, LONG = 2000000000 };

static void poller_of_sockets(void)
{
    sock_poller_t p;
    sock_t pair[2];
    struct sock_event out[MOST];
    int64_t many;
    PAIR(pair);
    OPEN(p, sock_poller_new());
    DO(sock_poller_add(p, pair[0], SOCK_POLL_IN, 7));
    EXPECT(sock_poller_add(p, pair[0], SOCK_POLL_IN, 7), -17);
    EXPECT(sock_poller_wait(p, out, MOST, 1000000), 0);
    DO(sock_send(pair[1], "x", 1, 0));
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].handle == pair[0] && out[0].data == 7 && (out[0].events & SOCK_POLL_IN));
    DO(sock_poller_modify(p, pair[0], SOCK_POLL_OUT, 8));
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].data == 8 && (out[0].events & SOCK_POLL_OUT));
    DO(sock_poller_remove(p, pair[0]));
    EXPECT(sock_poller_remove(p, pair[0]), -2);
}

static void poller_of_descriptors(void)
{
    sock_poller_t p;
    int ends[2];
    int64_t many;
    struct sock_event out[MOST];
    HOLDS(pipe(ends) == 0);
    keep_fd(ends[0]);
    keep_fd(ends[1]);
    HOLDS(write(ends[1], "x", 1) == 1);
    OPEN(p, sock_poller_new());
    DO(sock_poller_add_fd(p, ends[0], SOCK_POLL_IN, 9));
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].handle == 0 && out[0].data == 9);
    DO(sock_poller_remove_fd(p, ends[0]));
}

static void poller_timers(void)
{
    sock_poller_t p;
    sock_t timer;
    int64_t many;
    struct sock_event out[MOST];
    OPEN(p, sock_poller_new());
    OPEN(timer, sock_poller_timer(p, 1000000, 0, 5));
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].events == SOCK_POLL_TIMER && out[0].data == 5 && out[0].count == 1);
}

/* What a stream has in its buffer counts; it is registered by a duplicate of its socket's descriptor. */
static void poller_of_streams(void)
{
    sock_poller_t p;
    sock_stream_t stream;
    sock_t pair[2];
    int64_t many;
    struct sock_event out[MOST];
    PAIR(pair);
    OPEN(p, sock_poller_new());
    OPEN(stream, sock_stream_new(pair[0], 0));
    DO(sock_poller_add(p, stream, SOCK_POLL_OUT, 3));
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].handle == stream && out[0].events == SOCK_POLL_OUT);
    DO(sock_poller_modify(p, stream, 0, 4));
    DO(sock_poller_remove(p, stream));
}

static int woke;

static void wake_later(void *arg)
{
    own_sleep_ms(2);
    region_begin();
    woke = sock_poller_wake(*(sock_poller_t *)arg);
    region_end();
}

static void poller_woken(void)
{
    sock_poller_t p;
    struct helper h;
    int64_t many;
    struct sock_event out[MOST];
    OPEN(p, sock_poller_new());
    if (!helper_start(&h, wake_later, &p))
        return;
    region_begin();
    many = sock_poller_wait(p, out, MOST, LONG);
    region_end();
    helper_join(&h);
    call_ended(many, 0, false, "sock_poller_wait");
    HOLDS(many < 0 || woke < 0 || (many == 1 && out[0].events == SOCK_POLL_WAKE));
}

/* A handle that is closed while a poller has it: its last event says so. */
static void poller_and_close(void)
{
    sock_poller_t p;
    sock_t pair[2];
    int64_t many;
    struct sock_event out[MOST];
    PAIR(pair);
    OPEN(p, sock_poller_new());
    DO(sock_poller_add(p, pair[0], SOCK_POLL_IN, 7));
    region_begin();
    int code = sock_close(pair[0]);
    region_end();
    forget(pair[0]);
    if (!call_ended(code, 0, false, "sock_close"))
        return;
    TRY(many, sock_poller_wait(p, out, MOST, LONG));
    HOLDS(many == 1 && out[0].code == SOCK_ECLOSED && out[0].data == 7);
}

const struct scenario poller_scenarios[] = {
    {"poller_of_sockets", poller_of_sockets},
    {"poller_of_descriptors", poller_of_descriptors},
    {"poller_of_streams", poller_of_streams},
    {"poller_timers", poller_timers},
    {"poller_woken", poller_woken},
    {"poller_and_close", poller_and_close},
    {NULL, NULL},
};
