/* What the address families beyond IP and AF_UNIX have besides addresses. */
#include "binding.h"

static int set_promiscuous(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_promiscuous(s, check_text(L, 2), lua_toboolean(L, 3)));
}

/* set_can_filters(list): an array of {id =, mask =} */
static int set_can_filters(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n = lua_rawlen(L, 2);
    luaL_argcheck(L, n <= 512, 2, "at most 512 filters");
    struct sock_can_filter filters[512];
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (int)i + 1);
        int item = lua_gettop(L);
        luaL_checktype(L, item, LUA_TTABLE);
        filters[i].id = (uint32_t)int_field(L, item, "id", 0);
        filters[i].mask = (uint32_t)int_field(L, item, "mask", 0);
        lua_pop(L, 1);
    }
    return done(L, sock_set_can_filters(s, filters, n));
}

static int set_can_errors(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_can_errors(s, check_int(L, 2)));
}

static int isotp_wait(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    int code;
    WAITING(L, code, sock_isotp_wait(s));
    return done(L, code);
}

static int set_alg_key(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t len;
    const char *key = luaL_checklstring(L, 2, &len);
    return done(L, sock_set_alg_key(s, key, len));
}

static int set_alg_tag_size(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    return done(L, sock_set_alg_tag_size(s, check_int(L, 2)));
}

/* sendmsg_alg(data, op [, iv [, assoclen [, flags]]]) */
static int send_alg(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    struct sock_iovec iov;
    size_t iv_len = 0;
    iov.base = (void *)luaL_checklstring(L, 2, &iov.len);
    int64_t op = check_int(L, 3);
    const char *iv = luaL_optlstring(L, 4, NULL, &iv_len);
    int64_t assoclen = opt_int(L, 5, 0);
    int flags = opt_flags(L, 6);
    int64_t result;
    WAITING(L, result, sock_sendmsg_alg(s, &iov, 1, op, iv, iv == NULL ? 0 : iv_len, assoclen, flags));
    return count(L, result);
}

const luaL_Reg family_methods[] = {
    {"set_promiscuous", set_promiscuous},
    {"set_can_filters", set_can_filters},
    {"set_can_errors", set_can_errors},
    {"isotp_wait", isotp_wait},
    {"set_alg_key", set_alg_key},
    {"set_alg_tag_size", set_alg_tag_size},
    {"sendmsg_alg", send_alg},
    {NULL, NULL},
};
