/* The module: the functions of every subject, errors and constants. */
#include "binding.h"

static napi_value last_error(napi_env env, napi_callback_info info)
{
    (void)info;
    char text[321];
    int64_t n = sock_last_error(NULL, text, sizeof text);
    return string(env, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* (code): its name, its text and its kind */
static napi_value describe(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    int64_t code = integer(env, a[0]);
    napi_value result;
    napi_create_object(env, &result);
    set(env, result, "reason", string(env, sock_err_name(code), NAPI_AUTO_LENGTH));
    set(env, result, "text", string(env, sock_strerror(code), NAPI_AUTO_LENGTH));
    const char *kind = sock_is_canceled(code)   ? "canceled"
                       : sock_is_timeout(code)  ? "timeout"
                       : sock_is_closed(code)   ? "closed"
                       : sock_is_resolver(code) ? "resolver"
                       : code == SOCK_EEOF      ? "end"
                                                : "system";
    set(env, result, "kind", string(env, kind, NAPI_AUTO_LENGTH));
    set(env, result, "temporary", number(env, sock_is_temporary(code)));
    return result;
}

/* All constants, as one object of numbers and a few texts */
static napi_value constants(napi_env env, napi_callback_info info)
{
    (void)info;
    napi_value result;
    napi_create_object(env, &result);
    int64_t count = sock_constant_count();
    for (int64_t i = 0; i < count; i++) {
        const char *name;
        int64_t value;
        int kind = sock_constant_at(i, &name, &value);
        if (kind >= 0)
            set(env, result, name,
                kind == 1 ? string(env, sock_constant_text(name), NAPI_AUTO_LENGTH) : number(env, (double)value));
    }
    return result;
}

static napi_value constant_find(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    char *name = text(env, a[0]);
    int64_t value = 0;
    int code = sock_constant_find(name, &value);
    napi_value result = code == 1 ? string(env, sock_constant_text(name), NAPI_AUTO_LENGTH)
                        : code < 0 ? NULL
                                   : number(env, (double)value);
    free(name);
    return result;
}

static napi_value now(napi_env env, napi_callback_info info)
{
    (void)info;
    return number(env, (double)sock_now() / 1e6);
}

static napi_value version(napi_env env, napi_callback_info info)
{
    (void)info;
    return string(env, sock_version(), NAPI_AUTO_LENGTH);
}

static const struct entry module_entries[] = {
    {"lastError", last_error}, {"describe", describe}, {"constants", constants}, {"constantFind", constant_find},
    {"now", now},              {"version", version},   {NULL, NULL},
};

static void add(napi_env env, napi_value exports, const struct entry *entries)
{
    for (; entries->name; entries++) {
        napi_value call;
        napi_create_function(env, entries->name, NAPI_AUTO_LENGTH, entries->call, NULL, &call);
        set(env, exports, entries->name, call);
    }
}

napi_value room_new(napi_env env); /* wait.c; returns the memory of `out` */

NAPI_MODULE_INIT()
{
    napi_value out = room_new(env);
    if (!out)
        return NULL;
    set(env, exports, "out", out);
    const struct entry *all[] = {module_entries,  wait_entries,    socket_entries, transfer_entries, message_entries,
                                 batch_entries,   address_entries, option_entries, lookup_entries,   netdb_entries};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        add(env, exports, all[i]);
    return exports;
}
