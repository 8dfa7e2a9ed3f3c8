/* Lua values as arguments of libsock. A value of the wrong type raises an error, as in Lua's own
 * libraries; one out of range is libsock's to refuse. */
#include "binding.h"

#include <math.h>
#include <stdio.h>

int64_t check_int(lua_State *L, int at)
{
#if LUA_VERSION_NUM >= 503
    return luaL_checkinteger(L, at);
#else
    lua_Number number = luaL_checknumber(L, at);
    luaL_argcheck(L, number == floor(number) && fabs(number) <= 9007199254740992.0, at,
                  "number has no integer representation");
    return (int64_t)number;
#endif
}

int64_t opt_int(lua_State *L, int at, int64_t otherwise)
{
    return lua_isnoneornil(L, at) ? otherwise : check_int(L, at);
}

int check_number_of_c(lua_State *L, int at)
{
    int64_t value = check_int(L, at);
    /* MSG_CMSG_CLOEXEC and others use bit 31, which is positive in Lua. */
    luaL_argcheck(L, value >= INT32_MIN && value <= UINT32_MAX, at, "number out of range");
    return (int)(uint32_t)value;
}

int opt_flags(lua_State *L, int at)
{
    return lua_isnoneornil(L, at) ? 0 : check_number_of_c(L, at);
}

size_t check_size(lua_State *L, int at)
{
    int64_t value = check_int(L, at);
    luaL_argcheck(L, value >= 0 && value <= INT32_MAX, at, "size out of range");
    return (size_t)value;
}

const char *check_text(lua_State *L, int at)
{
    size_t len;
    const char *text = luaL_checklstring(L, at, &len);
    luaL_argcheck(L, strlen(text) == len, at, "text with a NUL inside");
    return text;
}

const char *opt_text(lua_State *L, int at)
{
    return lua_isnoneornil(L, at) ? NULL : check_text(L, at);
}

const char *opt_port(lua_State *L, int at, char buf[32])
{
    if (lua_type(L, at) != LUA_TNUMBER)
        return opt_text(L, at);
    /* Not by lua_tolstring, which writes 80.0 for a float. */
    snprintf(buf, 32, "%lld", (long long)check_int(L, at));
    return buf;
}

/* Rounds up: a wait may last longer, never shorter. */
static int64_t nanoseconds(lua_State *L, int at, lua_Number seconds)
{
    luaL_argcheck(L, seconds == seconds, at, "time is not a number");
    if (seconds >= 4611686018.0)
        return SOCK_FOREVER;
    if (seconds < 0)
        return -1; /* libsock refuses it, by name. */
    return (int64_t)ceil((double)seconds * 1e9);
}

int64_t time_or(lua_State *L, int at, int64_t otherwise)
{
    return lua_isnoneornil(L, at) ? otherwise : nanoseconds(L, at, luaL_checknumber(L, at));
}

int64_t opt_time(lua_State *L, int at)
{
    return time_or(L, at, SOCK_FOREVER);
}

void push_time(lua_State *L, int64_t ns)
{
    if (ns >= SOCK_FOREVER)
        lua_pushnil(L);
    else
        lua_pushnumber(L, (lua_Number)((double)ns / 1e9));
}

int opt_direction(lua_State *L, int at)
{
    static const char *const names[] = {"read", "write", "both", NULL};
    return luaL_checkoption(L, at, "both", names) + 1; /* SOCK_READ, SOCK_WRITE, or both */
}

int check_fd(lua_State *L, int at)
{
    if (lua_type(L, at) == LUA_TNUMBER)
        return (int)check_int(L, at);
    /* The userdata of an io file begins with its FILE * in every version of Lua. */
    FILE **file = luaL_checkudata(L, at, "FILE*");
    lua_getglobal(L, "io");
    lua_getfield(L, -1, "type");
    lua_pushvalue(L, at);
    lua_call(L, 1, 1);
    bool open = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "file") == 0;
    lua_pop(L, 2);
    luaL_argcheck(L, open && *file != NULL, at, "the file is closed");
    fflush(*file);
    return fileno(*file);
}

/* Fields of a table of options */

bool field(lua_State *L, int table, const char *name)
{
    if (lua_type(L, table) != LUA_TTABLE)
        return false;
    lua_getfield(L, table, name);
    if (!lua_isnil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

int64_t int_field(lua_State *L, int table, const char *name, int64_t otherwise)
{
    if (!field(L, table, name))
        return otherwise;
    if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "%s: a number expected, got %s", name, luaL_typename(L, -1));
    int64_t value = check_int(L, lua_gettop(L));
    lua_pop(L, 1);
    return value;
}

int64_t time_field(lua_State *L, int table, const char *name, int64_t otherwise)
{
    if (!field(L, table, name))
        return otherwise;
    if (lua_type(L, -1) != LUA_TNUMBER)
        luaL_error(L, "%s: seconds expected, got %s", name, luaL_typename(L, -1));
    int64_t value = nanoseconds(L, table, lua_tonumber(L, -1));
    lua_pop(L, 1);
    return value == 0 ? 1 : value; /* 0 in a struct of options means its default */
}

bool bool_field(lua_State *L, int table, const char *name)
{
    if (!field(L, table, name))
        return false;
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}
