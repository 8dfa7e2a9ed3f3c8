/* libuv: no call of it waits, so that the scenarios of blocking calls do not exist. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "peer.h"

static uv_loop_t *loop;
static int result, written;

static void start(void)
{
    loop = uv_default_loop();
}

static void *adopt(int fd)
{
    static uv_tcp_t tcp;
    uv_tcp_init(loop, &tcp);
    uv_tcp_open(&tcp, fd);
    return &tcp;
}

static void on_write(uv_write_t *request, int status)
{
    (void)request;
    written = status;
}

static long own_send(void *s, const void *buf, size_t len)
{
    uv_write_t request;
    uv_buf_t piece = uv_buf_init((char *)(uintptr_t)buf, (unsigned)len);
    int code = uv_write(&request, s, &piece, 1, on_write);
    uv_run(loop, UV_RUN_DEFAULT);
    return code < 0 ? code : written < 0 ? written : (long)len;
}

static uv_getaddrinfo_t lookup;
static uv_tcp_t tcp;
static uv_connect_t connection;
static uv_timer_t timer;
static struct addrinfo *address;

static void on_connect(uv_connect_t *request, int status);

static void on_closed(uv_handle_t *handle)
{
    (void)handle;
    if (address) {
        uv_tcp_init(loop, &tcp);
        uv_tcp_connect(&connection, &tcp, address->ai_addr, on_connect);
    } else {
        uv_close((uv_handle_t *)&timer, NULL);
    }
}

/* One address after the other. */
static void on_connect(uv_connect_t *request, int status)
{
    (void)request;
    result = status;
    if (status == UV_ECANCELED) { /* on_timer has closed it */
        uv_close((uv_handle_t *)&timer, NULL);
        return;
    }
    address = status == 0 ? NULL : address->ai_next;
    uv_close((uv_handle_t *)&tcp, on_closed);
}

static void on_lookup(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    (void)request;
    result = status;
    address = list;
    if (status == 0) {
        uv_tcp_init(loop, &tcp);
        uv_tcp_connect(&connection, &tcp, list->ai_addr, on_connect);
    } else {
        uv_close((uv_handle_t *)&timer, NULL);
    }
}

/* Ends what is under way: the connection, or the lookup if it can be cancelled. */
static void on_timer(uv_timer_t *unused)
{
    (void)unused;
    if (address)
        uv_close((uv_handle_t *)&tcp, NULL);
    else
        uv_cancel((uv_req_t *)&lookup);
}

/* uv_loop_fork is for the loop that the forking thread runs. Here another thread runs it, so the child has a new one. */
static void after_fork(void)
{
    static uv_loop_t fresh;
    uv_loop_init(&fresh);
    loop = &fresh;
    memset(&lookup, 0, sizeof lookup);
    memset(&tcp, 0, sizeof tcp);
    memset(&timer, 0, sizeof timer);
}

static int dial(const char *host, uint16_t port, int limit_ms)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    uv_timer_init(loop, &timer);
    uv_timer_start(&timer, on_timer, (uint64_t)limit_ms, 0);
    uv_getaddrinfo(loop, &lookup, on_lookup, host, service, &hints);
    uv_run(loop, UV_RUN_DEFAULT);
    return result < 0 ? -1 : 0;
}

const struct peer peer = {
    .name = "libuv",
    .start = start,
    .adopt = adopt,
    .send = own_send,
    .dial = dial,
    .dial_cancel = dial,
    .dial_async = dial,
    .after_fork = after_fork,
};
