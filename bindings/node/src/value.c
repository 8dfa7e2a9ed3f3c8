/* JavaScript values from and to C. */
#include "binding.h"

struct box *box_of(napi_env env, napi_value value)
{
    void *box;
    return napi_get_value_external(env, value, &box) == napi_ok ? box : NULL;
}

sock_t handle_of(napi_env env, napi_value value)
{
    struct box *box = box_of(env, value);
    return box ? box->handle : 0;
}

int64_t integer(napi_env env, napi_value value)
{
    int64_t result = 0;
    napi_get_value_int64(env, value, &result);
    return result;
}

void *bytes(napi_env env, napi_value value, size_t *length)
{
    void *data = NULL;
    napi_typedarray_type type;
    *length = 0;
    if (napi_get_typedarray_info(env, value, &type, length, &data, NULL, NULL) != napi_ok || type != napi_uint8_array)
        return NULL;
    return data;
}

char *text(napi_env env, napi_value value)
{
    size_t length;
    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
        return NULL;
    char *result = malloc(length + 1);
    if (result)
        napi_get_value_string_utf8(env, value, result, length + 1, &length);
    return result;
}

const struct sock_addr *address(napi_env env, napi_value value, struct sock_addr *room)
{
    size_t length;
    void *data = bytes(env, value, &length);
    if (!data && length == 0) {
        bool is_buffer = false;
        if (napi_is_buffer(env, value, &is_buffer) != napi_ok || !is_buffer)
            return NULL;
    }
    if (sock_addr_from_native(data, length, room) != 0)
        *room = (struct sock_addr){.zero = 1}; /* Malformed, so that the call says so. */
    return room;
}

int64_t property(napi_env env, napi_value object, const char *name)
{
    napi_value value;
    return napi_get_named_property(env, object, name, &value) == napi_ok ? integer(env, value) : 0;
}

uint32_t array_length(napi_env env, napi_value value)
{
    uint32_t length = 0;
    napi_get_array_length(env, value, &length);
    return length;
}

napi_value element(napi_env env, napi_value array, uint32_t index)
{
    napi_value value = NULL;
    napi_get_element(env, array, index, &value);
    return value;
}

napi_value number(napi_env env, double value)
{
    napi_value result;
    return napi_create_double(env, value, &result) == napi_ok ? result : NULL;
}

napi_value string(napi_env env, const char *value, size_t length)
{
    napi_value result;
    return napi_create_string_utf8(env, value, length, &result) == napi_ok ? result : NULL;
}

napi_value address_bytes(napi_env env, const struct sock_addr *address)
{
    napi_value result;
    return napi_create_buffer_copy(env, address->len, address->native, NULL, &result) == napi_ok ? result : NULL;
}

void set(napi_env env, napi_value object, const char *name, napi_value value)
{
    if (value)
        napi_set_named_property(env, object, name, value);
}
