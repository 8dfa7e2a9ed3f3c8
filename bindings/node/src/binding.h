/* What the C files of the binding share.
 *
 * The addon converts arguments and results, and waits. Every function returns a count, or a negative code as
 * sock.h does; lib/ makes exceptions of codes. Nothing here blocks: handles are in non-blocking mode. */
#ifndef BINDING_H
#define BINDING_H

#define NAPI_VERSION 8
#include <node_api.h>
#include <sock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* What calls return beside their result. One for each environment, shared with lib/native.js. */
struct out {
    struct sock_addr address;
    double number[8];
};
_Static_assert(offsetof(struct out, number) == 136, "lib/native.js reads it there");

/* The state of an environment (the main thread or a worker). It lives until the last watcher of its loop has been
 * closed, which may be after the environment's instance data is gone. */
struct room {
    napi_env env;
    uv_loop_t *loop;
    struct out *out;
    struct watcher *watchers;
    napi_ref ready; /* The function that lib/wait.js has set: (socket, events) */
    napi_async_context context;
    napi_async_cleanup_hook_handle hook;
    int closing; /* Watchers whose uv_close has not called back */
    bool ending, gone;
};

/* A libsock handle owned by one JavaScript object. */
struct box {
    sock_t handle;
    struct room *room;
    struct watcher *watcher; /* NULL until the first wait */
    napi_ref object;         /* Weak: the object that waits */
    int want;                /* The events that it waits for */
    bool background;         /* Its waits do not keep the program alive */
};

struct room *room_of(napi_env env);
napi_value box_new(napi_env env, sock_t handle); /* An external; for a negative code, the number */
int box_close(struct box *box);
sock_t box_take(struct box *box);

/* Arguments. A wrong type becomes 0, NULL or an empty one: lib/ checks types. */
#define ARGUMENTS(n)                                                                                                   \
    napi_value a[n];                                                                                                   \
    size_t argc = n;                                                                                                   \
    napi_get_cb_info(env, info, &argc, a, NULL, NULL)
struct box *box_of(napi_env env, napi_value value);
sock_t handle_of(napi_env env, napi_value value); /* Of a box, or 0, whose calls return -EBADF */
int64_t integer(napi_env env, napi_value value);
void *bytes(napi_env env, napi_value value, size_t *length);
char *text(napi_env env, napi_value value); /* Allocated; NULL for anything but a string */
const struct sock_addr *address(napi_env env, napi_value value, struct sock_addr *room); /* NULL for none */
int64_t property(napi_env env, napi_value object, const char *name);
uint32_t array_length(napi_env env, napi_value value);
napi_value element(napi_env env, napi_value array, uint32_t index);

/* Results. */
napi_value number(napi_env env, double value);
napi_value string(napi_env env, const char *value, size_t length);
napi_value address_bytes(napi_env env, const struct sock_addr *address); /* Its native form, as a Buffer */
void set(napi_env env, napi_value object, const char *name, napi_value value);

typedef napi_value function(napi_env, napi_callback_info);
struct entry {
    const char *name;
    function *call;
};
extern const struct entry wait_entries[], socket_entries[], transfer_entries[], message_entries[], batch_entries[],
    address_entries[], option_entries[], lookup_entries[], netdb_entries[];

#endif
