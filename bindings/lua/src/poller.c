/* Pollers: the raw calls. libsock/api.lua keeps the data of each registration, which may be any value
 * of Lua; here it is a number. */
#include "binding.h"

#define MOST 256

/* A handle that a poller can hold: a socket, an operation, a stream or a token. */
static sock_t pollable(lua_State *L, int at)
{
    static const enum kind kinds[] = {SOCKET, OPERATION, STREAM};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        struct object *object = to_object(L, at, kinds[i]);
        if (object != NULL)
            return object->handle;
    }
    return check_handle(L, at, TOKEN);
}

/* poller_raw() */
int poller_new(lua_State *L)
{
    struct object *object = new_object(L, POLLER);
    return opened(L, object, sock_poller_new());
}

static int add(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    sock_t s = pollable(L, 2);
    int events = check_number_of_c(L, 3);
    return done(L, sock_poller_add(p, s, events, (uint64_t)check_int(L, 4)));
}

static int modify(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    sock_t s = pollable(L, 2);
    int events = check_number_of_c(L, 3);
    return done(L, sock_poller_modify(p, s, events, (uint64_t)check_int(L, 4)));
}

static int take_out(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    return done(L, sock_poller_remove(p, pollable(L, 2)));
}

static int add_fd(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    int fd = check_fd(L, 2), events = check_number_of_c(L, 3);
    return done(L, sock_poller_add_fd(p, fd, events, (uint64_t)check_int(L, 4)));
}

static int remove_fd(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    return done(L, sock_poller_remove_fd(p, check_fd(L, 2)));
}

static int timer(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    int64_t first = time_or(L, 2, 0), every = time_or(L, 3, 0), data = check_int(L, 4);
    struct object *object = new_object(L, TIMER);
    return opened(L, object, sock_poller_timer(p, first, every, (uint64_t)data));
}

/* wait(most, seconds): an array of five numbers for each event: data, handle, events, code, count */
static int do_wait(lua_State *L)
{
    sock_poller_t p = check_handle(L, 1, POLLER);
    int64_t most = opt_int(L, 2, 64);
    int64_t limit = opt_time(L, 3);
    luaL_argcheck(L, most >= 0, 2, "a number of events expected");
    struct sock_event events[MOST];
    int64_t n;
    /* An error in a hook of Lua ends the wait before it has taken events. */
    WAITING(L, n, sock_poller_wait(p, events, (size_t)(most < MOST ? most : MOST), limit));
    if (n < 0)
        return fail(L, n);
    lua_createtable(L, (int)n * 5, 0);
    for (int64_t i = 0; i < n; i++) {
        const int64_t fields[] = {(int64_t)events[i].data, events[i].handle, events[i].events,
                                  events[i].code, (int64_t)events[i].count};
        for (int at = 0; at < 5; at++) {
            push_int(L, fields[at]);
            lua_rawseti(L, -2, (int)i * 5 + at + 1);
        }
    }
    return 1;
}

static int wake(lua_State *L)
{
    return done(L, sock_poller_wake(check_handle(L, 1, POLLER)));
}

const luaL_Reg poller_methods[] = {
    {"close", object_close}, {"handle", object_handle}, {"add", add},
    {"modify", modify},      {"remove", take_out},      {"add_fd", add_fd},
    {"remove_fd", remove_fd}, {"timer", timer},         {"wait", do_wait},
    {"wake", wake},          {NULL, NULL},
};

/* Timers are closed; nothing else. */
const luaL_Reg timer_methods[] = {{"close", object_close}, {"handle", object_handle}, {NULL, NULL}};
