/* Lookups and connections, as operations: the loop waits for their descriptors. */
#include "binding.h"

#include <errno.h>

static struct sock_addrinfo_options lookup_options(napi_env env, napi_value object)
{
    napi_value cancel = NULL;
    napi_get_named_property(env, object, "cancel", &cancel);
    return (struct sock_addrinfo_options){
        .size = sizeof(struct sock_addrinfo_options),
        .family = (int32_t)property(env, object, "family"),
        .type = (int32_t)property(env, object, "type"),
        .proto = (int32_t)property(env, object, "proto"),
        .flags = (int32_t)property(env, object, "flags"),
        .timeout_ns = property(env, object, "timeout"),
        .cancel = handle_of(env, cancel),
    };
}

static napi_value result_of(napi_env env, const struct sock_addrinfo *one)
{
    napi_value item;
    napi_create_object(env, &item);
    set(env, item, "family", number(env, one->family));
    set(env, item, "type", number(env, one->type));
    set(env, item, "proto", number(env, one->proto));
    set(env, item, "address", address_bytes(env, &one->address));
    return item;
}

/* (host, port, options) */
static napi_value getaddrinfo_start(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    struct sock_addrinfo_options options = lookup_options(env, a[2]);
    char *host = text(env, a[0]), *port = text(env, a[1]);
    sock_op_t op = sock_getaddrinfo_start(host, port, &options);
    free(host);
    free(port);
    return box_new(env, op);
}

/* (op): 0, a code, or an array of results, the first with the canonical name */
static napi_value getaddrinfo_step(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_addrinfo_list_t list = sock_getaddrinfo_step(handle_of(env, a[0]));
    if (list <= 0)
        return number(env, (double)list);
    napi_value result;
    napi_create_array(env, &result);
    int64_t count = sock_addrinfo_list_count(list);
    for (int64_t i = 0; i < count; i++) {
        struct sock_addrinfo one;
        char name[1025];
        if (sock_addrinfo_list_at(list, i, &one) < 0)
            break;
        napi_value item = result_of(env, &one);
        if (sock_addrinfo_list_canonname(list, i, name, sizeof name) > 0)
            set(env, item, "canonicalName", string(env, name, NAPI_AUTO_LENGTH));
        napi_set_element(env, result, (uint32_t)i, item);
    }
    sock_close(list);
    return result;
}

/* (host, port, options): an array, empty if a lookup is needed, or a code */
static napi_value getaddrinfo_numeric(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    struct sock_addrinfo_options options = lookup_options(env, a[2]);
    struct sock_addrinfo out[3];
    char *host = text(env, a[0]), *port = text(env, a[1]);
    int64_t n = sock_addrinfo_numeric(host, port, &options, out, 3);
    free(host);
    free(port);
    if (n < 0)
        return number(env, (double)n);
    napi_value result;
    napi_create_array(env, &result);
    for (int64_t i = 0; i < n && i < 3; i++)
        napi_set_element(env, result, (uint32_t)i, result_of(env, &out[i]));
    return result;
}

/* (address, flags, timeout in ns) */
static napi_value getnameinfo_start(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    struct sock_addr room;
    return box_new(env, sock_getnameinfo_start(address(env, a[0], &room), (int)integer(env, a[1]), integer(env, a[2])));
}

/* (op): 0, a code, or [host, service] */
static napi_value getnameinfo_step(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    char host[1025], service[32];
    int code = sock_getnameinfo_step(handle_of(env, a[0]), host, sizeof host, service, sizeof service);
    if (code <= 0)
        return number(env, code);
    napi_value result;
    napi_create_array_with_length(env, 2, &result);
    napi_set_element(env, result, 0, string(env, host, NAPI_AUTO_LENGTH));
    napi_set_element(env, result, 1, string(env, service, NAPI_AUTO_LENGTH));
    return result;
}

/* (host, port, options): times in ns */
static napi_value connection_start(napi_env env, napi_callback_info info)
{
    ARGUMENTS(3);
    napi_value cancel = NULL, source = NULL;
    struct sock_addr room;
    napi_get_named_property(env, a[2], "cancel", &cancel);
    napi_get_named_property(env, a[2], "source", &source);
    struct sock_connect_options options = {
        .size = sizeof options,
        .timeout_ns = property(env, a[2], "timeout"),
        .attempt_timeout_ns = property(env, a[2], "attemptTimeout"),
        .resolution_delay_ns = property(env, a[2], "resolutionDelay"),
        .stagger_ns = property(env, a[2], "stagger"),
        .cancel = handle_of(env, cancel),
        .source = address(env, source, &room),
        .family = (int32_t)property(env, a[2], "family"),
        .fast_open = (int32_t)property(env, a[2], "fastOpen"),
    };
    char *host = text(env, a[0]), *port = text(env, a[1]);
    sock_op_t op = sock_create_connection_start(host, port, &options);
    free(host);
    free(port);
    return box_new(env, op);
}

/* (op): 0, a code, or the connected socket */
static napi_value connection_step(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_t s = sock_create_connection_step(handle_of(env, a[0]));
    if (s > 0)
        sock_settimeout(s, 0);
    return box_new(env, s);
}

/* (op): an array of attempts */
static napi_value connection_attempts(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    sock_op_t op = handle_of(env, a[0]);
    int64_t n = sock_create_connection_attempts(op, NULL, 0);
    struct sock_attempt *v = n > 0 ? calloc((size_t)n, sizeof *v) : NULL;
    napi_value result;
    napi_create_array(env, &result);
    if (!v)
        return result;
    int64_t count = sock_create_connection_attempts(op, v, (size_t)n);
    for (int64_t i = 0; i < count && i < n; i++) {
        napi_value item;
        napi_create_object(env, &item);
        set(env, item, "address", address_bytes(env, &v[i].address));
        set(env, item, "phase", number(env, v[i].phase));
        set(env, item, "errno", number(env, v[i].code));
        set(env, item, "start", number(env, (double)v[i].start_ns / 1e6));
        set(env, item, "end", number(env, (double)v[i].end_ns / 1e6));
        napi_set_element(env, result, (uint32_t)i, item);
    }
    free(v);
    return result;
}

const struct entry lookup_entries[] = {
    {"getaddrinfoStart", getaddrinfo_start},
    {"getaddrinfoStep", getaddrinfo_step},
    {"getaddrinfoNumeric", getaddrinfo_numeric},
    {"getnameinfoStart", getnameinfo_start},
    {"getnameinfoStep", getnameinfo_step},
    {"connectionStart", connection_start},
    {"connectionStep", connection_step},
    {"connectionAttempts", connection_attempts},
    {NULL, NULL},
};
