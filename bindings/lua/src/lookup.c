/* From hosts and services to addresses, and back. */
#include "binding.h"

static void push_info(lua_State *L, const struct sock_addrinfo *info)
{
    lua_createtable(L, 0, 4);
    push_address(L, &info->address);
    lua_setfield(L, -2, "address");
    push_int(L, info->family);
    lua_setfield(L, -2, "family");
    push_int(L, info->type);
    lua_setfield(L, -2, "type");
    push_int(L, info->proto);
    lua_setfield(L, -2, "proto");
}

/* Pushes the results of a list, and closes it. `guard` is an object that owns it meanwhile. */
static int push_list(lua_State *L, struct object *guard, sock_addrinfo_list_t list)
{
    if (list < 0) {
        guard->closed = true;
        return fail(L, list);
    }
    guard->handle = list;
    int64_t n = sock_addrinfo_list_count(list);
    lua_createtable(L, (int)n, 2);
    for (int64_t i = 0; i < n; i++) {
        struct sock_addrinfo info;
        if (sock_addrinfo_list_at(list, i, &info) < 0)
            break;
        push_info(L, &info);
        lua_rawseti(L, -2, (int)i + 1);
    }
    PUSH_TEXT(L, sock_addrinfo_list_canonname(list, 0, buf, cap));
    if (lua_rawlen(L, -1) > 0)
        lua_setfield(L, -2, "canonname");
    else
        lua_pop(L, 1);
    int64_t aliases = sock_addrinfo_list_alias_count(list);
    if (aliases > 0) {
        lua_createtable(L, (int)aliases, 0);
        for (int64_t i = 0; i < aliases; i++) {
            PUSH_TEXT(L, sock_addrinfo_list_alias(list, i, buf, cap));
            lua_rawseti(L, -2, (int)i + 1);
        }
        lua_setfield(L, -2, "aliases");
    }
    guard->closed = true;
    (void)sock_close(list);
    return 1;
}

static struct sock_addrinfo_options options(lua_State *L, int at)
{
    struct sock_addrinfo_options opt = {0};
    opt.size = sizeof(opt);
    opt.family = (int)int_field(L, at, "family", 0);
    opt.type = (int)int_field(L, at, "type", 0);
    opt.proto = (int)int_field(L, at, "proto", 0);
    opt.flags = (int)int_field(L, at, "flags", 0);
    opt.timeout_ns = time_field(L, at, "timeout", 0);
    opt.deadline_ns = time_field(L, at, "deadline", 0);
    if (field(L, at, "cancel")) {
        opt.cancel = check_handle(L, lua_gettop(L), TOKEN);
        lua_pop(L, 1);
    }
    return opt;
}

/* getaddrinfo(host, port [, {family, type, proto, flags, timeout, deadline, cancel}]): an array of
 * {address, family, type, proto}, with `canonname` if AI_CANONNAME asked for it */
static int get_addrinfo(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_addrinfo_options opt = options(L, 3);
    struct object *guard = new_object(L, OPERATION);
    struct thread *thread = enter(L);
    sock_addrinfo_list_t list = sock_getaddrinfo(host, port, &opt);
    if (list > 0)
        guard->handle = list;
    leave(L, thread);
    return push_list(L, guard, list);
}

/* getaddrinfo_start(...): an operation; step() returns false until the list is there. */
static int get_addrinfo_start(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    struct sock_addrinfo_options opt = options(L, 3);
    struct object *object = new_object(L, OPERATION);
    return opened(L, object, sock_getaddrinfo_start(host, port, &opt));
}

int lookup_step(lua_State *L)
{
    sock_op_t op = check_handle(L, 1, OPERATION);
    struct object *guard = new_object(L, OPERATION);
    sock_addrinfo_list_t list = sock_getaddrinfo_step(op);
    if (list == 0) {
        guard->closed = true;
        lua_pushboolean(L, 0);
        return 1;
    }
    return push_list(L, guard, list);
}

/* resolve(host, port [, family [, timeout]]): the first address */
static int resolve(lua_State *L)
{
    char buf[32];
    const char *host = opt_text(L, 1), *port = opt_port(L, 2, buf);
    int family = (int)opt_int(L, 3, 0);
    int64_t limit = opt_time(L, 4);
    struct sock_addr address;
    int code;
    WAITING(L, code, sock_resolve(host, port, family, limit, &address));
    if (code < 0)
        return fail(L, code);
    push_address(L, &address);
    return 1;
}

/* getnameinfo(address [, flags [, timeout]]): host and service */
static int get_nameinfo(lua_State *L)
{
    struct sock_addr address;
    char host[1025], service[64];
    int code = get_address(L, 1, &address), flags = opt_flags(L, 2);
    int64_t limit = opt_time(L, 3);
    if (code == 0)
        WAITING(L, code, sock_getnameinfo(&address, flags, host, sizeof(host), service, sizeof(service), limit));
    if (code < 0)
        return fail(L, code);
    lua_pushstring(L, host);
    lua_pushstring(L, service);
    return 2;
}

static int host_list(lua_State *L, sock_addrinfo_list_t (*call)(const char *, int64_t))
{
    const char *name = opt_text(L, 1);
    int64_t limit = opt_time(L, 2);
    struct object *guard = new_object(L, OPERATION);
    struct thread *thread = enter(L);
    sock_addrinfo_list_t list = call(name, limit);
    if (list > 0)
        guard->handle = list;
    leave(L, thread);
    return push_list(L, guard, list);
}

/* gethostbyname(name [, timeout]): as getaddrinfo, with `canonname` and `aliases` */
static int get_host_by_name(lua_State *L)
{
    return host_list(L, sock_gethostbyname_ex);
}

static int get_host_by_addr(lua_State *L)
{
    return host_list(L, sock_gethostbyaddr);
}

/* getfqdn([name [, timeout]]) */
static int get_fqdn(lua_State *L)
{
    const char *name = opt_text(L, 1);
    int64_t limit = opt_time(L, 2), length;
    char text[1100];
    WAITING(L, length, sock_getfqdn(name, limit, text, sizeof(text)));
    if (length < 0)
        return fail(L, length);
    lua_pushstring(L, text); /* longer than any name of a host */
    return 1;
}

/* lookup_stats(): the lookups of this process */
static int lookup_stats(lua_State *L)
{
    struct sock_lookup_stats stats = {.size = sizeof(stats)};
    int code = sock_lookup_stats(&stats);
    if (code < 0)
        return fail(L, code);
    const struct {
        const char *name;
        int64_t value;
    } all[] = {
        {"threads", stats.threads}, {"idle", stats.idle},           {"queued", stats.queued},
        {"running", stats.running}, {"abandoned", stats.abandoned}, {"total", stats.total},
        {"abandoned_total", stats.abandoned_total},
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        push_int(L, all[i].value);
        lua_setfield(L, -2, all[i].name);
    }
    return 1;
}

const luaL_Reg lookup_functions[] = {
    {"getaddrinfo", get_addrinfo},
    {"getaddrinfo_start", get_addrinfo_start},
    {"resolve", resolve},
    {"getnameinfo", get_nameinfo},
    {"gethostbyname", get_host_by_name},
    {"gethostbyaddr", get_host_by_addr},
    {"getfqdn", get_fqdn},
    {"lookup_stats", lookup_stats},
    {NULL, NULL},
};
