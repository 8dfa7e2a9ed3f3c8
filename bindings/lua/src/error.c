/* Results: nil and an error object, whose fields api.lua documents. */
#include "binding.h"

void push_int(lua_State *L, int64_t value)
{
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, (lua_Integer)value);
#else
    lua_pushnumber(L, (lua_Number)value);
#endif
}

static void set_flag(lua_State *L, const char *name, int value)
{
    if (value) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, name);
    }
}

int fail(lua_State *L, int64_t code)
{
    char text[321];
    int last = 0;
    /* Read before Lua runs anything: collecting a socket could fail and replace it. */
    (void)sock_last_error(&last, text, sizeof(text));
    lua_pushnil(L);
    lua_createtable(L, 0, 4);
    push_int(L, code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, sock_err_name(code));
    lua_setfield(L, -2, "name");
    lua_pushstring(L, last == code && text[0] != '\0' ? text : sock_strerror(code));
    lua_setfield(L, -2, "message");
    set_flag(L, "timeout", sock_is_timeout(code));
    set_flag(L, "canceled", sock_is_canceled(code));
    set_flag(L, "closed", sock_is_closed(code));
    set_flag(L, "resolver", sock_is_resolver(code));
    set_flag(L, "temporary", sock_is_temporary(code));
    lua_pushvalue(L, lua_upvalueindex(ERRORS));
    lua_setmetatable(L, -2);
    return 2;
}

int done(lua_State *L, int64_t code)
{
    if (code < 0)
        return fail(L, code);
    lua_pushboolean(L, 1);
    return 1;
}

int count(lua_State *L, int64_t result)
{
    if (result < 0)
        return fail(L, result);
    push_int(L, result);
    return 1;
}

int flag(lua_State *L, int64_t result)
{
    if (result < 0)
        return fail(L, result);
    lua_pushboolean(L, result != 0);
    return 1;
}

/* describe(code): the error object of a code. */
int describe(lua_State *L)
{
    fail(L, check_int(L, 1));
    return 1;
}

const luaL_Reg error_functions[] = {{"describe", describe}, {NULL, NULL}};
