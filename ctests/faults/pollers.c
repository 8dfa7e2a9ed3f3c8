/* Pollers: their kernel objects, registrations, timers and wake-ups. */
#include <fcntl.h>
#include <unistd.h>

#include "scenario.h"

static void pollers(void)
{
    sock_poller_t p;
    sock_t pair[2], timer;
    sock_stream_t stream;
    struct sock_event e[4];
    int ends[2];
    DO(sock_socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    keep(pair[0]);
    keep(pair[1]);
    OPEN(p, sock_poller_new());
    DO(sock_poller_add(p, pair[0], SOCK_POLL_IN, 1));
    DO(sock_send(pair[1], "x", 1, 0));
    EXPECT(sock_poller_wait(p, e, 4, SOCK_FOREVER), 1);
    HOLDS(e[0].data == 1 && e[0].events == SOCK_POLL_IN);
    DO(sock_poller_modify(p, pair[0], 0, 2));
    DO(sock_poller_wake(p));
    EXPECT(sock_poller_wait(p, e, 4, SOCK_FOREVER), 1);
    HOLDS(e[0].events == SOCK_POLL_WAKE);
    DO(sock_poller_remove(p, pair[0]));
    OPEN(stream, sock_stream_new(pair[1], 0));
    DO(sock_poller_add(p, stream, SOCK_POLL_OUT, 3));
    EXPECT(sock_poller_wait(p, e, 4, SOCK_FOREVER), 1);
    HOLDS(e[0].handle == stream);
    DO(sock_poller_remove(p, stream));
    OPEN(timer, sock_poller_timer(p, 1000000, 0, 4));
    EXPECT(sock_poller_wait(p, e, 4, SOCK_FOREVER), 1);
    HOLDS(e[0].handle == timer && e[0].count == 1);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    keep_fd(ends[0]);
    keep_fd(ends[1]);
    DO(sock_poller_add_fd(p, ends[1], SOCK_POLL_OUT, 5));
    EXPECT(sock_poller_wait(p, e, 4, SOCK_FOREVER), 1);
    HOLDS(e[0].data == 5);
    DO(sock_poller_remove_fd(p, ends[1]));
}

const struct scenario poller_scenarios[] = {
    {"pollers", pollers},
    {NULL, NULL},
};
