/* Addresses are strings: the text form that libsock has for every family ("Addresses" and "Families"
 * in sock.h). They compare with == and are keys of tables. */
#include "binding.h"

#include <sys/socket.h>

/* More than any text form takes. */
#define TEXT 400

int get_address(lua_State *L, int at, struct sock_addr *out)
{
    return sock_addr_parse(check_text(L, at), out);
}

void push_address(lua_State *L, const struct sock_addr *address)
{
    char text[TEXT];
    int64_t length = sock_addr_format(address, text, sizeof(text));
    lua_pushlstring(L, text, length > 0 && length < TEXT ? (size_t)length : 0);
}

static int made(lua_State *L, int code, const struct sock_addr *address)
{
    if (code < 0)
        return fail(L, code);
    push_address(L, address);
    return 1;
}

/* ip(host, port [, flowinfo [, scope_id]]): host is numeric. */
static int ip(lua_State *L)
{
    struct sock_addr address;
    const char *host = opt_text(L, 1);
    int64_t port = opt_int(L, 2, 0);
    if (lua_isnoneornil(L, 3) && lua_isnoneornil(L, 4))
        return made(L, sock_addr_ip(host, port, &address), &address);
    return made(L, sock_addr_ip6(host, port, opt_int(L, 3, 0), opt_int(L, 4, 0), &address), &address);
}

/* unix(name): a path, or an abstract name with its leading NUL. */
static int unix_name(lua_State *L)
{
    struct sock_addr address;
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    return made(L, sock_addr_unix(name, len, &address), &address);
}

/* from_native(bytes): the address in a struct sockaddr. */
static int from_native(lua_State *L)
{
    struct sock_addr address;
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    return made(L, sock_addr_from_native(bytes, len, &address), &address);
}

/* native(address): the bytes of its struct sockaddr. */
static int native(lua_State *L)
{
    struct sock_addr address;
    char bytes[128];
    int64_t len = get_address(L, 1, &address);
    if (len == 0)
        len = sock_addr_native(&address, bytes, sizeof(bytes));
    if (len < 0)
        return fail(L, len);
    lua_pushlstring(L, bytes, (size_t)len);
    return 1;
}

static void set_int(lua_State *L, const char *name, int64_t value)
{
    push_int(L, value);
    lua_setfield(L, -2, name);
}

/* fields(address): {family, host, port, flowinfo, scope_id}, or {family, path}; of other families
 * the family alone: their fields are the parts of the text. */
static int fields(lua_State *L)
{
    struct sock_addr address;
    int code = get_address(L, 1, &address);
    if (code < 0)
        return fail(L, code);
    int family = sock_addr_family(&address);
    lua_createtable(L, 0, 5);
    set_int(L, "family", family);
    if (family == AF_INET || family == AF_INET6) {
        char host[64];
        int64_t port, flowinfo, scope_id;
        int64_t len = sock_addr_get_ip(&address, host, sizeof(host), &port, &flowinfo, &scope_id);
        if (len < 0)
            return fail(L, len);
        lua_pushlstring(L, host, (size_t)len);
        lua_setfield(L, -2, "host");
        set_int(L, "port", port);
        if (family == AF_INET6) {
            set_int(L, "flowinfo", flowinfo);
            set_int(L, "scope_id", scope_id);
        }
    } else if (family == AF_UNIX) {
        char path[110];
        int64_t len = sock_addr_get_unix(&address, path, sizeof(path));
        if (len < 0)
            return fail(L, len);
        lua_pushlstring(L, path, (size_t)len);
        lua_setfield(L, -2, "path");
    }
    return 1;
}

/* same(one, other): whether two texts are one address ("[::1%lo]:80" and "[::1%1]:80"). */
static int same(lua_State *L)
{
    struct sock_addr one, other;
    int code = get_address(L, 1, &one);
    if (code == 0)
        code = get_address(L, 2, &other);
    return flag(L, code < 0 ? code : sock_addr_equal(&one, &other));
}

const luaL_Reg address_functions[] = {
    {"ip", ip},           {"unix", unix_name},      {"address_fields", fields},
    {"address_native", native}, {"address_from_native", from_native}, {"same_address", same},
    {NULL, NULL},
};
