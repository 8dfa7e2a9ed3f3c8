/* Many datagrams in few system calls. */
#include "binding.h"

/* More entries than this go in several calls of the program. */
#define MOST 1024

/* Reads entry `item` of a batch, at the top: a string, or {data, address =, segment =}, with the
 * defaults of the options. Returns 0 or a code. */
static int entry(lua_State *L, const struct sock_datagram *defaults, struct sock_datagram *out)
{
    int item = lua_gettop(L), code = 0;
    *out = *defaults;
    if (lua_istable(L, item)) {
        out->segment = (uint32_t)int_field(L, item, "segment", defaults->segment);
        if (field(L, item, "address")) {
            code = get_address(L, lua_gettop(L), &out->addr);
            lua_pop(L, 1);
        }
        /* A received datagram has `data`; {"text"} is shorter to write. */
        if (!field(L, item, "data"))
            lua_rawgeti(L, item, 1);
    } else {
        lua_pushvalue(L, item);
    }
    if (lua_type(L, -1) != LUA_TSTRING)
        return luaL_error(L, "sendmany: data must be a string, got %s", luaL_typename(L, -1));
    out->buf = (void *)lua_tolstring(L, -1, &out->len); /* the list keeps it */
    lua_pop(L, 1);
    return code;
}

/* sendmany(list [, options]): strings, or {data, address =, segment =}; options: `address` and
 * `segment` for all, `flags`, and `outcomes`, an array that receives {sent =, plain =} of each that
 * went. Returns how many entries went; in blocking mode that is all. */
static int send_many(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n = lua_rawlen(L, 2);
    luaL_argcheck(L, n <= MOST, 2, "at most 1024 datagrams");
    struct sock_datagram defaults;
    memset(&defaults, 0, sizeof(defaults));
    defaults.segment = (uint32_t)int_field(L, 3, "segment", 0);
    int flags = (int)int_field(L, 3, "flags", 0), code = 0;
    if (field(L, 3, "address"))
        code = get_address(L, lua_gettop(L), &defaults.addr);
    if (code < 0)
        return fail(L, code);
    struct sock_datagram *v = lua_newuserdata(L, (n + 1) * sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (int)i + 1);
        code = entry(L, &defaults, &v[i]);
        lua_pop(L, 1);
        if (code < 0 && i == 0)
            return fail(L, code);
        if (code < 0)
            n = i; /* As in the library: the batch ends before an entry at fault. */
    }
    int64_t sent;
    WAITING(L, sent, sock_sendmany(s, v, n, flags));
    if (sent > 0 && field(L, 3, "outcomes")) {
        for (int64_t i = 0; i < sent; i++) {
            lua_createtable(L, 0, 2);
            push_int(L, (int64_t)v[i].count);
            lua_setfield(L, -2, "sent");
            lua_pushboolean(L, v[i].flags & SOCK_BATCH_PLAIN);
            lua_setfield(L, -2, "plain");
            lua_rawseti(L, -2, (int)i + 1);
        }
    }
    return count(L, sent);
}

/* recvmany(count, size [, flags]): an array of {data =, address =, segment =, flags =, length =}. It
 * waits for the first datagram and takes those that are there. */
static int recv_many(lua_State *L)
{
    sock_t s = check_socket(L, 1);
    size_t n = check_size(L, 2), size = check_size(L, 3);
    luaL_argcheck(L, n <= MOST, 2, "at most 1024 datagrams");
    int flags = opt_flags(L, 4);
    struct sock_datagram *v = lua_newuserdata(L, (n + 1) * sizeof(*v));
    char *data = lua_newuserdata(L, n * size + 1);
    memset(v, 0, n * sizeof(*v));
    for (size_t i = 0; i < n; i++) {
        v[i].buf = data + i * size;
        v[i].len = size;
    }
    int64_t filled;
    WAITING(L, filled, sock_recvmany(s, v, n, flags));
    if (filled < 0)
        return fail(L, filled);
    lua_createtable(L, (int)filled, 0);
    for (int64_t i = 0; i < filled; i++) {
        lua_createtable(L, 0, 5);
        lua_pushlstring(L, v[i].buf, v[i].count < size ? v[i].count : size);
        lua_setfield(L, -2, "data");
        push_address(L, &v[i].addr);
        lua_setfield(L, -2, "address");
        push_int(L, v[i].segment);
        lua_setfield(L, -2, "segment");
        push_int(L, v[i].flags);
        lua_setfield(L, -2, "flags");
        push_int(L, (int64_t)v[i].count);
        lua_setfield(L, -2, "length");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

/* setgro(on): datagrams of one sender and one size come together. */
static int set_gro(lua_State *L)
{
    return done(L, sock_setgro(check_socket(L, 1), lua_toboolean(L, 2)));
}

const luaL_Reg batch_methods[] = {
    {"sendmany", send_many}, {"recvmany", recv_many}, {"setgro", set_gro}, {NULL, NULL},
};
