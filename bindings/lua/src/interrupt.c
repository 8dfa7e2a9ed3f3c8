/* Signals during a call that waits.
 *
 * A signal handler cannot run Lua. Those of lua.c (Ctrl-C) and luaposix set a debug hook, which runs
 * at the next instruction; a call that blocks would hold it back. So libsock's interrupt hook calls
 * an empty function in protected mode, which makes Lua run the debug hook now. If that raises an
 * error, the wait ends and leave() raises it again. */
#include "binding.h"

#include <errno.h>

/* Initial-exec: a call would cost more than the rest of enter(). It fits into the space that the C
 * library keeps for modules loaded later. */
static __thread __attribute__((tls_model("initial-exec"))) struct thread current = {NULL, LUA_NOREF, false};

static int nothing(lua_State *L)
{
    (void)L;
    return 0;
}

static int on_interrupt(void *unused)
{
    (void)unused;
    lua_State *L = current.L;
    if (L == NULL || lua_gethook(L) == NULL || lua_gethookmask(L) == 0 || !lua_checkstack(L, 8))
        return 0;
    lua_pushcfunction(L, nothing);
    int status = lua_pcall(L, 0, 0, 0);
    /* The debug hook may have called libsock, too. */
    current.L = L;
    if (status == 0)
        return 0;
    current.raised = luaL_ref(L, LUA_REGISTRYINDEX);
    return -EINTR;
}

void run_hook(lua_State *L)
{
    lua_pushcfunction(L, nothing);
    lua_call(L, 0, 0);
}

struct thread *enter(lua_State *L)
{
    struct thread *thread = &current;
    if (!thread->hooked)
        thread->hooked = sock_set_interrupt(on_interrupt, NULL) == 0;
    thread->L = L;
    return thread;
}

void raise_error(lua_State *L, struct thread *thread)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, thread->raised);
    luaL_unref(L, LUA_REGISTRYINDEX, thread->raised);
    thread->raised = LUA_NOREF;
    lua_error(L);
}
