/* Objects: a handle in a userdata. Collecting one closes its handle, unless it is borrowed. */
#include "binding.h"

#include <errno.h>
#include <stdio.h>

const char object_tags[UPVALUES] = {0};

struct object *new_object(lua_State *L, enum kind kind)
{
    struct object *object = lua_newuserdata(L, sizeof(*object));
    object->tag = &object_tags[kind];
    object->handle = 0;
    object->owned = true;
    object->closed = false;
    lua_pushvalue(L, lua_upvalueindex(kind));
    lua_setmetatable(L, -2);
    return object;
}

struct object *check_object(lua_State *L, int at, enum kind kind)
{
    static const char *const names[] = {
        [SOCKET] = "a socket",     [TOKEN] = "a cancel token", [OPERATION] = "an operation",
        [STREAM] = "a stream",     [POLLER] = "a poller",      [TIMER] = "a timer",
    };
    struct object *object = to_object(L, at, kind);
    if (object == NULL) {
        const char *got = luaL_typename(L, at);
        luaL_argerror(L, at, lua_pushfstring(L, "%s of libsock expected, got %s", names[kind], got));
    }
    return object;
}

struct object *opt_object(lua_State *L, int at, enum kind kind)
{
    return lua_isnoneornil(L, at) ? NULL : check_object(L, at, kind);
}

static struct object *any_object(lua_State *L)
{
    for (int kind = SOCKET; kind <= TIMER; kind++) {
        struct object *object = to_object(L, 1, kind);
        if (object != NULL)
            return object;
    }
    luaL_argerror(L, 1, "an object of libsock expected");
    return NULL;
}

int opened(lua_State *L, struct object *object, sock_t handle)
{
    if (handle < 0) {
        object->closed = true;
        return fail(L, handle);
    }
    object->handle = handle;
    return 1;
}

/* close(): true, or nil and the error of close(2). Closing again does nothing. */
int object_close(lua_State *L)
{
    struct object *object = any_object(L);
    if (object->closed) {
        lua_pushboolean(L, 1);
        return 1;
    }
    object->closed = true;
    int64_t code;
    WAITING(L, code, sock_close(object->handle)); /* A stream flushes. */
    return done(L, code == -EBADF ? 0 : code);    /* Closed elsewhere: nothing is left to do. */
}

int object_gc(lua_State *L)
{
    struct object *object = any_object(L);
    if (object->owned && !object->closed)
        (void)sock_close(object->handle);
    object->closed = true;
    return 0;
}

/* handle(): the number of the handle, for another Lua state of the process. */
int object_handle(lua_State *L)
{
    push_int(L, any_object(L)->handle);
    return 1;
}

int object_tostring(lua_State *L)
{
    struct object *object = any_object(L);
    lua_getmetatable(L, 1);
    lua_getfield(L, -1, "__name");
    char number[24] = "closed"; /* %d and %f of lua_pushfstring differ between versions */
    if (!object->closed)
        snprintf(number, sizeof(number), "%lld", (long long)object->handle);
    lua_pushfstring(L, "%s (%s)", lua_tostring(L, -1), number);
    return 1;
}

/* adopt(handle [, kind [, owned]]): an object for a handle that another Lua state of the process has;
 * kind is "socket" (the default), "token", "operation", "stream" or "poller". Any of the objects may
 * close the handle; collecting this one does so only if it is `owned`. */
int adopt(lua_State *L)
{
    static const char *const kinds[] = {"socket", "token", "operation", "stream", "poller", NULL};
    int64_t handle = check_int(L, 1);
    enum kind kind = (enum kind)(SOCKET + luaL_checkoption(L, 2, "socket", kinds));
    bool owned = lua_toboolean(L, 3);
    struct object *object = new_object(L, kind);
    object->owned = owned;
    object->handle = handle;
    return 1;
}
