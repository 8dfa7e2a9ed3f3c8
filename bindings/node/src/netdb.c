/* What this machine knows about itself: its name, services, protocols and interfaces. */
#include "binding.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static napi_value hostname(napi_env env, napi_callback_info info)
{
    (void)info;
    char name[256];
    int64_t n = sock_gethostname(name, sizeof name);
    return n < 0 ? number(env, (double)n) : string(env, name, NAPI_AUTO_LENGTH);
}

/* (name, protocol) */
static napi_value service_port(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    char *name = text(env, a[0]), *proto = text(env, a[1]);
    int port = sock_getservbyname(name, proto);
    free(name);
    free(proto);
    return number(env, port);
}

/* (port, protocol) */
static napi_value service_name(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    char name[256], *proto = text(env, a[1]);
    int64_t n = sock_getservbyport(integer(env, a[0]), proto, name, sizeof name);
    free(proto);
    return n < 0 ? number(env, (double)n) : string(env, name, NAPI_AUTO_LENGTH);
}

static napi_value protocol(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    char *name = text(env, a[0]);
    int code = sock_getprotobyname(name);
    free(name);
    return number(env, code);
}

static napi_value name_to_index(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    char *name = text(env, a[0]);
    int64_t index = sock_if_nametoindex(name);
    free(name);
    return number(env, (double)index);
}

static napi_value index_to_name(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    char name[64];
    int64_t n = sock_if_indextoname(integer(env, a[0]), name, sizeof name);
    return n < 0 ? number(env, (double)n) : string(env, name, NAPI_AUTO_LENGTH);
}

static napi_value interfaces(napi_env env, napi_callback_info info)
{
    (void)info;
    int64_t n = sock_if_nameindex(NULL, 0);
    size_t cap = n > 0 ? (size_t)n + 8 : 8; /* More may have come by the second call. */
    struct sock_interface *v = calloc(cap, sizeof *v);
    n = v ? sock_if_nameindex(v, cap) : -ENOMEM;
    napi_value result;
    napi_create_array(env, &result);
    for (int64_t i = 0; i < n && (size_t)i < cap; i++) {
        napi_value item;
        napi_create_object(env, &item);
        set(env, item, "index", number(env, v[i].index));
        set(env, item, "name", string(env, v[i].name, NAPI_AUTO_LENGTH));
        napi_set_element(env, result, (uint32_t)i, item);
    }
    free(v);
    return n < 0 ? number(env, (double)n) : result;
}

static napi_value interface_addresses(napi_env env, napi_callback_info info)
{
    (void)info;
    int64_t n = sock_getifaddrs(NULL, 0);
    size_t cap = n > 0 ? (size_t)n + 8 : 8;
    struct sock_interface_addr *v = calloc(cap, sizeof *v);
    n = v ? sock_getifaddrs(v, cap) : -ENOMEM;
    napi_value result;
    napi_create_array(env, &result);
    for (int64_t i = 0; i < n && (size_t)i < cap; i++) {
        napi_value item;
        napi_create_object(env, &item);
        set(env, item, "index", number(env, v[i].index));
        set(env, item, "name", string(env, v[i].name, NAPI_AUTO_LENGTH));
        set(env, item, "flags", number(env, v[i].flags));
        set(env, item, "address", address_bytes(env, &v[i].address));
        set(env, item, "netmask", address_bytes(env, &v[i].netmask));
        set(env, item, "broadcast", address_bytes(env, &v[i].broadcast));
        napi_set_element(env, result, (uint32_t)i, item);
    }
    free(v);
    return n < 0 ? number(env, (double)n) : result;
}

static napi_value dualstack(napi_env env, napi_callback_info info)
{
    (void)info;
    return number(env, sock_has_dualstack_ipv6());
}

static napi_value vsock_cid(napi_env env, napi_callback_info info)
{
    (void)info;
    return number(env, (double)sock_vsock_cid());
}

static napi_value activation_count(napi_env env, napi_callback_info info)
{
    (void)info;
    return number(env, (double)sock_activation_count());
}

/* (index): the socket */
static napi_value activation_take(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_t s = sock_activation_take(integer(env, a[0]));
    if (s > 0)
        sock_settimeout(s, 0);
    return box_new(env, s);
}

/* Closes a descriptor that came in a message, which Node's fs.closeSync does for files only by convention. */
static napi_value close_fd(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    return number(env, close((int)integer(env, a[0])) == 0 ? 0 : -errno);
}

const struct entry netdb_entries[] = {
    {"hostname", hostname},
    {"servicePort", service_port},
    {"serviceName", service_name},
    {"protocol", protocol},
    {"nameToIndex", name_to_index},
    {"indexToName", index_to_name},
    {"interfaces", interfaces},
    {"interfaceAddresses", interface_addresses},
    {"hasDualstack", dualstack},
    {"vsockCid", vsock_cid},
    {"activationCount", activation_count},
    {"activationTake", activation_take},
    {"closeFd", close_fd},
    {NULL, NULL},
};
