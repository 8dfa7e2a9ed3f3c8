/* LuaSocket's select, sleep and gettime. select() takes every object with getfd(), as LuaSocket's
 * does: those of LuaSec, for example. It uses poll(2), so the number of a descriptor has no limit. */
#include "luasocket.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

/* poll(2) for `seconds`, negative for ever; runs the debug hooks that signal handlers set. */
static int poll_for(lua_State *L, struct pollfd *fds, nfds_t n, double seconds)
{
    int64_t begin = sock_now(), limit = seconds < 0 || seconds > 4e9 ? SOCK_FOREVER : (int64_t)(seconds * 1e9);
    for (;;) {
        int64_t left = limit - (sock_now() - begin);
        struct timespec time = {left / 1000000000, left % 1000000000};
        if (left < 0)
            time.tv_sec = time.tv_nsec = 0;
        int ready = ppoll(fds, n, limit == SOCK_FOREVER ? NULL : &time, NULL);
        if (ready >= 0 || errno != EINTR)
            return ready;
        run_hook(L);
    }
}

/* Calls a method of the object on top, if it has it; leaves the result. */
static bool call(lua_State *L, const char *method)
{
    lua_getfield(L, -1, method);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    return true;
}

/* The number of objects in the array at `at`, which may be nil. */
static size_t length(lua_State *L, int at)
{
    size_t n = 0;
    if (lua_isnil(L, at))
        return 0;
    luaL_checktype(L, at, LUA_TTABLE);
    for (;; n++) {
        lua_rawgeti(L, at, (int)n + 1);
        bool end = lua_isnil(L, -1);
        lua_pop(L, 1);
        if (end)
            return n;
    }
}

/* Adds the descriptors of the array at `at` to `fds`; -1, which poll(2) skips, for what has none.
 * Returns how many objects have data in their buffer already; their entries are marked. */
static int collect(lua_State *L, int at, struct pollfd *fds, size_t n, short events)
{
    int dirty = 0;
    for (size_t i = 0; i < n; i++) {
        fds[i] = (struct pollfd){.fd = -1, .events = events};
        lua_rawgeti(L, at, (int)i + 1);
        if (call(L, "getfd")) {
            if (lua_isnumber(L, -1) && lua_tonumber(L, -1) >= 0)
                fds[i].fd = (int)lua_tonumber(L, -1);
            lua_pop(L, 1);
        }
        if (events == POLLIN && fds[i].fd >= 0 && call(L, "dirty")) {
            if (lua_toboolean(L, -1)) {
                fds[i].fd = -1;
                fds[i].events = 0; /* the mark */
                dirty++;
            }
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
    }
    return dirty;
}

static void append(lua_State *L, int result, int list, size_t i, int at)
{
    lua_rawgeti(L, list, (int)i + 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, result, at);
    lua_pushinteger(L, at);
    lua_rawset(L, result); /* by object, too */
}

/* A table of the objects of `list` that are ready: as an array, and by object. */
static void push_ready(lua_State *L, int list, const struct pollfd *fds, size_t n, short wanted)
{
    lua_newtable(L);
    int result = lua_gettop(L), at = 0;
    for (size_t i = 0; i < n; i++)
        if (fds[i].events == 0) /* those with data in their buffer come first */
            append(L, result, list, i, ++at);
    for (size_t i = 0; i < n; i++)
        if (fds[i].events != 0 && fds[i].revents & wanted)
            append(L, result, list, i, ++at);
}

/* select(receivers, senders [, seconds]): the ready ones of each, and "timeout" if there are none */
int ls_select(lua_State *L)
{
    double seconds = luaL_optnumber(L, 3, -1);
    lua_settop(L, 3);
    size_t readers = length(L, 1), writers = length(L, 2);
    struct pollfd *fds = lua_newuserdata(L, (readers + writers + 1) * sizeof(*fds));
    int dirty = collect(L, 1, fds, readers, POLLIN);
    collect(L, 2, fds + readers, writers, POLLOUT);
    int ready = poll_for(L, fds, (nfds_t)(readers + writers), dirty > 0 ? 0 : seconds);
    if (ready < 0)
        return luaL_error(L, "select failed");
    /* As with select(2): an error or the end makes a descriptor readable, an error writable. */
    push_ready(L, 1, fds, readers, POLLIN | POLLHUP | POLLERR);
    push_ready(L, 2, fds + readers, writers, POLLOUT | POLLERR | POLLHUP);
    if (ready > 0 || dirty > 0)
        return 2;
    lua_pushliteral(L, "timeout");
    return 3;
}

int ls_sleep(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    (void)poll_for(L, NULL, 0, seconds < 0 ? 0 : seconds);
    return 0;
}

/* gettime(): seconds since 1970 */
int ls_gettime(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
    return 1;
}
