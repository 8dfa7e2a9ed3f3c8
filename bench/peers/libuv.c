/* libuv in the scenes of bench/poller.c: with streams, and with uv_poll_t and the program's own recv and send. */
#include "loop.h"

#include <uv.h>

static uv_loop_t loop;
static int served;

static void serve(int n)
{
    for (served = 0; served < n;)
        NEED(uv_run(&loop, UV_RUN_ONCE) != 0);
}

/* libuv registers with the kernel when the loop runs. */
static void settle(void)
{
    NEED(uv_run(&loop, UV_RUN_NOWAIT) != 0);
}

static void room_for(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    /* Room that is filled makes libuv read once more. */
    static char bytes[65536];
    (void)handle, (void)suggested;
    *room = uv_buf_init(bytes, sizeof bytes);
}

static void come(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
    if (count == 0) /* -EAGAIN */
        return;
    NEED(count == LEN);
    uv_buf_t answer = uv_buf_init(room->base, LEN);
    NEED(uv_try_write(stream, &answer, 1) == LEN);
    served++;
}

static void add_stream(int fd)
{
    /* The smallest handle of a stream; it takes any socket. */
    uv_tcp_t *handle = malloc(sizeof *handle);
    NEED(handle != NULL && uv_tcp_init(&loop, handle) == 0 && uv_tcp_open(handle, fd) == 0);
    NEED(uv_read_start((uv_stream_t *)handle, room_for, come) == 0);
}

static void ready(uv_poll_t *handle, int status, int events)
{
    char room[LEN];
    int fd = (int)(intptr_t)handle->data;
    (void)events;
    NEED(status == 0);
    NEED(recv(fd, room, LEN, 0) == LEN);
    NEED(send(fd, room, LEN, MSG_NOSIGNAL) == LEN);
    served++;
}

static void add_poll(int fd)
{
    uv_poll_t *handle = malloc(sizeof *handle);
    NEED(handle != NULL && uv_poll_init(&loop, handle, fd) == 0);
    handle->data = (void *)(intptr_t)fd;
    NEED(uv_poll_start(handle, UV_READABLE, ready) == 0);
}

static uv_loop_t loop_there, loop_back;
static uv_async_t woken_there, woken_back;

static void came(uv_async_t *async)
{
    *(int *)async->data = 1;
}

static void wait_for(uv_loop_t *l, int *flag)
{
    while (!*flag)
        NEED(uv_run(l, UV_RUN_ONCE) != 0);
    *flag = 0;
}

static int came_there, came_back;

static void *return_wakes(void *unused)
{
    for (;;) {
        wait_for(&loop_there, &came_there);
        NEED(uv_async_send(&woken_back) == 0);
    }
    return unused;
}

static void wake(int n)
{
    for (int i = 0; i < n; i++) {
        NEED(uv_async_send(&woken_there) == 0);
        wait_for(&loop_back, &came_back);
    }
}

int main(void)
{
    struct loop streams = {"libuv: ", add_stream, serve, settle, "-", "-", "-"};
    struct loop polls = {"libuv, uv_poll_t: ", add_poll, serve, settle, "-", "-", "-"};
    allow_descriptors();
    NEED(uv_loop_init(&loop) == 0);
    echo(&streams);
    NEED(uv_loop_init(&loop) == 0);
    echo(&polls);
    NEED(uv_loop_init(&loop_there) == 0 && uv_async_init(&loop_there, &woken_there, came) == 0);
    NEED(uv_loop_init(&loop_back) == 0 && uv_async_init(&loop_back, &woken_back, came) == 0);
    woken_there.data = &came_there;
    woken_back.data = &came_back;
    wake_up(&streams, wake, return_wakes);
    NEED(uv_loop_init(&loop) == 0);
    memory(&streams);
    return 0;
}
