/* What this machine knows without asking the network, and the constants. */
#include "binding.h"

static int get_hostname(lua_State *L)
{
    PUSH_TEXT(L, sock_gethostname(buf, cap));
    return 1;
}

static int set_hostname(lua_State *L)
{
    return done(L, sock_sethostname(check_text(L, 1)));
}

/* getservbyname(name [, protocol]): the port */
static int get_service_by_name(lua_State *L)
{
    const char *name = check_text(L, 1);
    return count(L, sock_getservbyname(name, opt_text(L, 2)));
}

static int get_service_by_port(lua_State *L)
{
    int64_t port = check_int(L, 1);
    const char *proto = opt_text(L, 2);
    PUSH_TEXT(L, sock_getservbyport(port, proto, buf, cap));
    return 1;
}

static int get_protocol_by_name(lua_State *L)
{
    return count(L, sock_getprotobyname(check_text(L, 1)));
}

static int name_to_index(lua_State *L)
{
    return count(L, sock_if_nametoindex(check_text(L, 1)));
}

static int index_to_name(lua_State *L)
{
    int64_t index = check_int(L, 1);
    PUSH_TEXT(L, sock_if_indextoname(index, buf, cap));
    return 1;
}

/* if_nameindex(): an array of {index, name} */
static int name_index(lua_State *L)
{
    int64_t n, cap = 64;
    struct sock_interface *all;
    for (;; cap = n + 16) {
        all = lua_newuserdata(L, (size_t)cap * sizeof(*all));
        n = sock_if_nameindex(all, (size_t)cap);
        if (n <= cap)
            break;
    }
    if (n < 0)
        return fail(L, n);
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 2);
        push_int(L, all[i].index);
        lua_setfield(L, -2, "index");
        lua_pushstring(L, all[i].name);
        lua_setfield(L, -2, "name");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

static void set_address(lua_State *L, const char *name, const struct sock_addr *address)
{
    if (address->len == 0)
        return;
    push_address(L, address);
    lua_setfield(L, -2, name);
}

/* getifaddrs(): an array of {index, name, flags, address, netmask, broadcast} */
static int get_interface_addresses(lua_State *L)
{
    int64_t n, cap = 32;
    struct sock_interface_addr *all;
    for (;; cap = n + 16) {
        all = lua_newuserdata(L, (size_t)cap * sizeof(*all));
        n = sock_getifaddrs(all, (size_t)cap);
        if (n <= cap)
            break;
    }
    if (n < 0)
        return fail(L, n);
    lua_createtable(L, (int)n, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 6);
        push_int(L, all[i].index);
        lua_setfield(L, -2, "index");
        push_int(L, all[i].flags);
        lua_setfield(L, -2, "flags");
        lua_pushstring(L, all[i].name);
        lua_setfield(L, -2, "name");
        set_address(L, "address", &all[i].address);
        set_address(L, "netmask", &all[i].netmask);
        set_address(L, "broadcast", &all[i].broadcast);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

static int has_ipv6(lua_State *L)
{
    return flag(L, sock_has_ipv6());
}

static int has_dualstack(lua_State *L)
{
    return flag(L, sock_has_dualstack_ipv6());
}

static int vsock_cid(lua_State *L)
{
    return count(L, sock_vsock_cid());
}

const luaL_Reg netdb_functions[] = {
    {"gethostname", get_hostname},
    {"sethostname", set_hostname},
    {"getservbyname", get_service_by_name},
    {"getservbyport", get_service_by_port},
    {"getprotobyname", get_protocol_by_name},
    {"if_nametoindex", name_to_index},
    {"if_indextoname", index_to_name},
    {"if_nameindex", name_index},
    {"getifaddrs", get_interface_addresses},
    {"has_ipv6", has_ipv6},
    {"has_dualstack_ipv6", has_dualstack},
    {"vsock_cid", vsock_cid},
    {NULL, NULL},
};

/* constant(name): its value; nil and the error if it is unknown, or unknown here */
static int constant(lua_State *L)
{
    const char *name = check_text(L, 1);
    int64_t value;
    int code = sock_constant_find(name, &value);
    if (code < 0)
        return fail(L, code);
    if (code == 1)
        lua_pushstring(L, sock_constant_text(name));
    else
        push_int(L, value);
    return 1;
}

/* constants(): a table of all of them */
static int constants(lua_State *L)
{
    int64_t n = sock_constant_count();
    lua_createtable(L, 0, (int)n);
    for (int64_t i = 0; i < n; i++) {
        const char *name;
        int64_t value;
        int code = sock_constant_at(i, &name, &value);
        if (code == 1)
            lua_pushstring(L, sock_constant_text(name));
        else
            push_int(L, value);
        lua_setfield(L, -2, name);
    }
    return 1;
}

static int version(lua_State *L)
{
    lua_pushstring(L, sock_version());
    return 1;
}

const luaL_Reg constant_functions[] = {
    {"constant", constant}, {"constants", constants}, {"version", version}, {NULL, NULL},
};
