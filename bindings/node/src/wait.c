/* Waiting: a uv_poll_t for each handle that has waited, on the descriptor of sock_fileno.
 *
 * lib/wait.js says what an object waits for (`want`); when that holds, it is called and tries again. A watcher stays
 * armed when the wait is over, because the next one is usually the same, which saves two system calls; only if
 * something happens that nobody waits for is it stopped. Meanwhile it does not keep the loop alive (uv_unref). */
#include "binding.h"

#include <errno.h>

struct watcher {
    uv_poll_t poll;
    struct room *room;
    struct box *box; /* NULL once it closes */
    int armed;       /* The UV_ events it is started with */
    struct watcher *next, **link;
};

struct room *room_of(napi_env env)
{
    void *room = NULL;
    napi_get_instance_data(env, &room);
    return room;
}

/* Rooms and their end ------------------------------------------------------------------------- */

static void room_free(struct room *room)
{
    if (room->gone && room->closing == 0 && !room->hook)
        free(room);
}

static void watcher_closed(uv_handle_t *handle)
{
    struct watcher *watcher = (struct watcher *)handle;
    struct room *room = watcher->room;
    free(watcher);
    room->closing--;
    if (room->ending && room->closing == 0 && room->hook) {
        napi_async_cleanup_hook_handle hook = room->hook;
        room->hook = NULL;
        napi_remove_async_cleanup_hook(hook);
    }
    room_free(room);
}

static void watcher_close(struct watcher *watcher)
{
    *watcher->link = watcher->next;
    if (watcher->next)
        watcher->next->link = watcher->link;
    watcher->box->watcher = NULL;
    watcher->box = NULL;
    watcher->room->closing++;
    uv_poll_stop(&watcher->poll); /* Takes the descriptor out of epoll before it is closed. */
    uv_close((uv_handle_t *)&watcher->poll, watcher_closed);
}

/* A worker ends, or the process: no watcher may be left in the loop. */
static void room_end(napi_async_cleanup_hook_handle hook, void *arg)
{
    struct room *room = arg;
    room->ending = true;
    while (room->watchers)
        watcher_close(room->watchers);
    napi_async_destroy(room->env, room->context);
    if (room->closing == 0) {
        room->hook = NULL;
        napi_remove_async_cleanup_hook(hook);
    }
}

static void room_gone(napi_env env, void *data, void *hint)
{
    (void)env;
    (void)hint;
    struct room *room = data;
    room->gone = true;
    room_free(room);
}

napi_value room_new(napi_env env)
{
    struct room *room = calloc(1, sizeof *room);
    napi_value out, name;
    napi_ref keep;
    if (!room)
        return NULL;
    room->env = env;
    napi_create_string_utf8(env, "libsock", NAPI_AUTO_LENGTH, &name);
    if (napi_get_uv_event_loop(env, &room->loop) != napi_ok || napi_async_init(env, NULL, name, &room->context) ||
        napi_create_arraybuffer(env, sizeof *room->out, (void **)&room->out, &out) != napi_ok ||
        napi_create_reference(env, out, 1, &keep) != napi_ok ||
        napi_set_instance_data(env, room, room_gone, NULL) != napi_ok) {
        free(room);
        return NULL;
    }
    napi_add_async_cleanup_hook(env, room_end, room, &room->hook);
    return out;
}

/* Watchers ------------------------------------------------------------------------------------- */

static void on_ready(uv_poll_t *poll, int status, int events);

/* In `want`: the error queue. To `ready`: the watcher has been stopped after an error. */
#define ERRORS 4

static int uv_events(int want)
{
    return (want & SOCK_READ ? UV_READABLE : 0) | (want & SOCK_WRITE ? UV_WRITABLE : 0) |
           (want & ERRORS ? UV_PRIORITIZED : 0);
}

static void arm(struct watcher *watcher, int events)
{
    if (events == watcher->armed)
        return;
    watcher->armed = events;
    if (events)
        uv_poll_start(&watcher->poll, events, on_ready);
    else
        uv_poll_stop(&watcher->poll);
}

static void hold(struct box *box)
{
    if (box->want && !box->background)
        uv_ref((uv_handle_t *)&box->watcher->poll);
    else
        uv_unref((uv_handle_t *)&box->watcher->poll);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watcher *watcher = (struct watcher *)poll;
    struct box *box = watcher->box;
    struct room *room = watcher->room;
    int ready = box->want;
    if (status < 0 || events & UV_PRIORITIZED) {
        /* An error, or something in the error queue. It is reported until somebody takes it, so lib/wait.js says when
         * to go on. */
        arm(watcher, 0);
        box->want = 0;
        hold(box);
    } else {
        ready &= (events & UV_READABLE ? SOCK_READ : 0) | (events & UV_WRITABLE ? SOCK_WRITE : 0);
        if (!ready)
            arm(watcher, uv_events(box->want));
    }
    if (!ready)
        return;
    if (!box->want)
        ready |= ERRORS;
    napi_env env = room->env;
    napi_handle_scope scope;
    napi_value object = NULL, call = NULL, argument[2];
    napi_open_handle_scope(env, &scope);
    napi_get_reference_value(env, box->object, &object);
    napi_get_reference_value(env, room->ready, &call);
    argument[0] = object;
    napi_create_int32(env, ready, &argument[1]);
    if (object && napi_make_callback(env, room->context, object, call, 2, argument, NULL) == napi_pending_exception) {
        napi_value error = NULL;
        napi_get_and_clear_last_exception(env, &error);
        napi_fatal_exception(env, error);
    }
    napi_close_handle_scope(env, scope);
}

/* Makes the watcher of a box; a code of libuv is -errno, too. */
static int watcher_new(struct box *box)
{
    struct room *room = box->room;
    struct watcher *watcher = calloc(1, sizeof *watcher);
    if (!watcher)
        return -ENOMEM;
    int code = uv_poll_init(room->loop, &watcher->poll, sock_fileno(box->handle));
    if (code != 0) {
        free(watcher);
        return code;
    }
    uv_unref((uv_handle_t *)&watcher->poll);
    watcher->room = room;
    watcher->box = box;
    watcher->next = room->watchers;
    watcher->link = &room->watchers;
    if (watcher->next)
        watcher->next->link = &watcher->next;
    room->watchers = box->watcher = watcher;
    return 0;
}

/* (box, object, events): what the object waits for from now on */
static napi_value want(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    struct box *box = box_of(env, a[0]);
    if (!box || box->handle <= 0)
        return number(env, -EBADF);
    if (box->room->ending)
        return number(env, SOCK_ECLOSED);
    int code = box->watcher ? 0 : watcher_new(box);
    if (code < 0)
        return number(env, code);
    if (!box->object)
        napi_create_reference(env, a[1], 0, &box->object);
    box->want = (int)integer(env, a[2]);
    int events = uv_events(box->want);
    if (events & ~box->watcher->armed)
        arm(box->watcher, events);
    hold(box);
    return number(env, 0);
}

/* (box, keep): whether waits keep the program alive */
static napi_value keep_alive(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    struct box *box = box_of(env, a[0]);
    if (box) {
        box->background = !integer(env, a[1]);
        if (box->watcher)
            hold(box);
    }
    return NULL;
}

static napi_value on_ready_set(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    napi_create_reference(env, a[0], 1, &room_of(env)->ready);
    return NULL;
}

/* Boxes ---------------------------------------------------------------------------------------- */

static void box_free(napi_env env, void *data, void *hint)
{
    (void)hint;
    struct box *box = data;
    box_close(box);
    if (box->object)
        napi_delete_reference(env, box->object);
    free(box);
}

napi_value box_new(napi_env env, sock_t handle)
{
    if (handle <= 0)
        return number(env, (double)handle);
    struct box *box = calloc(1, sizeof *box);
    napi_value result;
    if (!box || napi_create_external(env, box, box_free, NULL, &result) != napi_ok) {
        sock_close(handle);
        free(box);
        return number(env, -ENOMEM);
    }
    box->handle = handle;
    box->room = room_of(env);
    return result;
}

sock_t box_take(struct box *box)
{
    sock_t handle = box->handle;
    if (box->watcher)
        watcher_close(box->watcher);
    box->handle = 0;
    box->want = 0;
    return handle;
}

int box_close(struct box *box)
{
    sock_t handle = box_take(box);
    return handle > 0 ? sock_close(handle) : 0;
}

const struct entry wait_entries[] = {
    {"want", want}, {"keepAlive", keep_alive}, {"onReady", on_ready_set}, {NULL, NULL},
};
