/* luaopen_libsock_core: the module libsock.core. libsock/api.lua makes the package of it. */
#include "binding.h"

LOCAL int stream_new(lua_State *L);
LOCAL int poller_new(lua_State *L);

void set_functions(lua_State *L, const luaL_Reg *list, int upvalues)
{
    int table = lua_gettop(L) - upvalues;
    for (; list->name != NULL; list++) {
        for (int i = 1; i <= upvalues; i++)
            lua_pushvalue(L, table + i);
        lua_pushcclosure(L, list->func, upvalues);
        lua_setfield(L, table, list->name);
    }
    lua_pop(L, upvalues);
}

/* Pushes the metatables of all kinds, from `first` on, as upvalues. */
static void push_metatables(lua_State *L, int first)
{
    for (int i = 0; i < UPVALUES; i++)
        lua_pushvalue(L, first + i);
}

static void add_functions(lua_State *L, const luaL_Reg *list, int first)
{
    push_metatables(L, first);
    set_functions(L, list, UPVALUES);
}

static const luaL_Reg metamethods[] = {
    {"__gc", object_gc}, {"__close", object_close}, {"__tostring", object_tostring}, {NULL, NULL},
};

static const luaL_Reg makers[] = {{"stream", stream_new}, {"poller_raw", poller_new}, {NULL, NULL}};

__attribute__((visibility("default"))) int luaopen_libsock_core(lua_State *L)
{
    static const struct {
        const char *name, *field;
        const luaL_Reg *methods[8];
    } kinds[] = {
        {"libsock.socket", "Socket",
         {socket_methods, transfer_methods, message_methods, batch_methods, copy_methods, option_methods,
          family_methods}},
        {"libsock.token", "Token", {token_methods}},
        {"libsock.operation", "Operation", {operation_methods}},
        {"libsock.stream", "Stream", {stream_methods}},
        {"libsock.poller", "Poller", {poller_methods}},
        {"libsock.timer", "Timer", {timer_methods}},
        {"libsock.error", "Error", {NULL}},
    };
    static const luaL_Reg *const functions[] = {
        socket_functions, token_functions, address_functions, connection_functions, lookup_functions,
        netdb_functions, constant_functions, error_functions, message_functions, makers,
    };
    luaL_checkstack(L, 4 * UPVALUES, "libsock.core");
    lua_settop(L, 0);
    lua_newtable(L); /* the module, at 1; the metatables follow, from 2 on */
    for (int i = 0; i < UPVALUES; i++)
        lua_newtable(L);
    for (int i = 0; i < UPVALUES; i++) {
        int metatable = i + 2;
        lua_pushstring(L, kinds[i].name);
        lua_setfield(L, metatable, "__name");
        lua_newtable(L); /* the methods */
        for (const luaL_Reg *const *list = kinds[i].methods; *list != NULL; list++)
            add_functions(L, *list, 2);
        lua_pushvalue(L, -1);
        lua_setfield(L, metatable, "__index");
        lua_setfield(L, 1, kinds[i].field);
        if (i + 1 != ERRORS) {
            lua_pushvalue(L, metatable);
            add_functions(L, metamethods, 2);
            lua_pop(L, 1);
        }
    }
    lua_pushvalue(L, 1 + ERRORS);
    lua_setfield(L, 1, "error_metatable");
    lua_pushvalue(L, 1);
    for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
        add_functions(L, functions[i], 2);
    /* LuaSocket's core, made when asked for. */
    open_luasocket(L);
    lua_setfield(L, 1, "luasocket");
    lua_settop(L, 1);
    return 1;
}
