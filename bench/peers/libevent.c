/* libevent in the scenes of bench/poller.c: with events and the program's own recv and send, and with bufferevents. */
#include "loop.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>

static struct event_base *base;
static int served;

static void serve(int n)
{
    for (served = 0; served < n;)
        NEED(event_base_loop(base, EVLOOP_ONCE) == 0);
}

static void settle(void)
{
    NEED(event_base_loop(base, EVLOOP_NONBLOCK) >= 0);
}

static void ready(evutil_socket_t fd, short what, void *arg)
{
    char room[LEN];
    (void)what, (void)arg;
    NEED(recv(fd, room, LEN, 0) == LEN);
    NEED(send(fd, room, LEN, MSG_NOSIGNAL) == LEN);
    served++;
}

static void add(int fd)
{
    struct event *e = event_new(base, fd, EV_READ | EV_PERSIST, ready, NULL);
    NEED(evutil_make_socket_nonblocking(fd) == 0);
    NEED(e != NULL && event_add(e, NULL) == 0);
}

static void ready_buffer(struct bufferevent *b, void *arg)
{
    struct evbuffer *came = bufferevent_get_input(b);
    (void)arg;
    NEED(evbuffer_get_length(came) == LEN);
    NEED(bufferevent_write_buffer(b, came) == 0);
}

/* The answer has gone out. */
static void written(struct bufferevent *b, void *arg)
{
    (void)b, (void)arg;
    served++;
}

static void add_buffer(int fd)
{
    struct bufferevent *b = bufferevent_socket_new(base, fd, 0);
    NEED(evutil_make_socket_nonblocking(fd) == 0);
    NEED(b != NULL);
    bufferevent_setcb(b, ready_buffer, written, NULL, NULL);
    NEED(bufferevent_enable(b, EV_READ | EV_WRITE) == 0);
}

static struct event_base *base_there, *base_back;
static struct event *woken_there, *woken_back;

static void came(evutil_socket_t fd, short what, void *flag)
{
    (void)fd, (void)what;
    *(int *)flag = 1;
}

static void wait_for(struct event_base *b, int *flag)
{
    while (!*flag)
        NEED(event_base_loop(b, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) == 0);
    *flag = 0;
}

static int came_there, came_back;

static void *return_wakes(void *unused)
{
    for (;;) {
        wait_for(base_there, &came_there);
        event_active(woken_back, EV_READ, 0);
    }
    return unused;
}

static void wake(int n)
{
    for (int i = 0; i < n; i++) {
        event_active(woken_there, EV_READ, 0);
        wait_for(base_back, &came_back);
    }
}

int main(void)
{
    struct loop events = {"libevent: ", add, serve, settle, "-", "-", "-"};
    struct loop buffers = {"libevent, bufferevents: ", add_buffer, serve, settle, "-", "-", "-"};
    allow_descriptors();
    /* Before threads are prepared for: a base without locks. */
    NEED((base = event_base_new()) != NULL);
    echo(&events);
    NEED((base = event_base_new()) != NULL);
    echo(&buffers);
    NEED(evthread_use_pthreads() == 0);
    NEED((base_there = event_base_new()) != NULL && (base_back = event_base_new()) != NULL);
    NEED((woken_there = event_new(base_there, -1, 0, came, &came_there)) != NULL);
    NEED((woken_back = event_new(base_back, -1, 0, came, &came_back)) != NULL);
    wake_up(&events, wake, return_wakes);
    NEED((base = event_base_new()) != NULL);
    memory(&events);
    return 0;
}
