/* Addresses: a Buffer with the native form; constructors and fields of every family. */
#include "binding.h"

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>

/* A new address, or the code of its constructor */
static napi_value made(napi_env env, int code, const struct sock_addr *address)
{
    return code < 0 ? number(env, code) : address_bytes(env, address);
}

static napi_value addr_parse(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_addr out;
    char *form = text(env, a[0]);
    int code = sock_addr_parse(form, &out);
    free(form);
    return made(env, code, &out);
}

static napi_value addr_format(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_addr room;
    char form[400];
    int64_t n = sock_addr_format(address(env, a[0], &room), form, sizeof form);
    return n < 0 ? number(env, (double)n) : string(env, form, (size_t)n);
}

static napi_value addr_family(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_addr room;
    return number(env, sock_addr_family(address(env, a[0], &room)));
}

static napi_value addr_equal(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    struct sock_addr one, other;
    return number(env, sock_addr_equal(address(env, a[0], &one), address(env, a[1], &other)));
}

/* (host, port) */
static napi_value addr_ip(napi_env env, napi_callback_info info)
{
    ARGUMENTS(2);
    struct sock_addr out;
    char *host = text(env, a[0]);
    int code = sock_addr_ip(host, integer(env, a[1]), &out);
    free(host);
    return made(env, code, &out);
}

/* (host, port, flow information, scope) */
static napi_value addr_ip6(napi_env env, napi_callback_info info)
{
    ARGUMENTS(4);
    struct sock_addr out;
    char *host = text(env, a[0]);
    int code = sock_addr_ip6(host, integer(env, a[1]), integer(env, a[2]), integer(env, a[3]), &out);
    free(host);
    return made(env, code, &out);
}

/* (path as bytes) */
static napi_value addr_unix(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_addr out;
    size_t length;
    void *path = bytes(env, a[0], &length);
    int code = sock_addr_unix(path, length, &out);
    return made(env, code, &out);
}

/* (kind, text or null, numbers ...): the other families; numbers and bytes as their constructors take them */
static napi_value addr_family_make(napi_env env, napi_callback_info info)
{
    ARGUMENTS(7);
    struct sock_addr out;
    int code = -EINVAL;
    char *kind = text(env, a[0]), *name = text(env, a[1]);
#define IS(word) (kind && strcmp(kind, word) == 0)
#define N(i) integer(env, a[i])
    if (IS("netlink"))
        code = sock_addr_netlink(N(2), N(3), &out);
    else if (IS("packet")) {
        size_t length;
        void *hardware = bytes(env, a[5], &length);
        code = sock_addr_packet(name, N(2), N(3), N(4), hardware, length, &out);
    } else if (IS("can"))
        code = sock_addr_can(name, &out);
    else if (IS("isotp"))
        code = sock_addr_isotp(name, N(2), N(3), &out);
    else if (IS("j1939")) {
        uint64_t device = 0;
        bool exact;
        if (napi_get_value_bigint_uint64(env, a[2], &device, &exact) != napi_ok)
            device = (uint64_t)N(2);
        code = sock_addr_j1939(name, device, N(3), N(4), &out);
    } else if (IS("tipc"))
        code = sock_addr_tipc(N(2), N(3), N(4), N(5), N(6), &out);
    else if (IS("l2cap"))
        code = sock_addr_l2cap(name, N(2), N(3), N(4), &out);
    else if (IS("rfcomm"))
        code = sock_addr_rfcomm(name, N(2), &out);
    else if (IS("hci"))
        code = sock_addr_hci(N(2), N(3), &out);
    else if (IS("sco"))
        code = sock_addr_sco(name, &out);
    else if (IS("alg")) {
        char *algorithm = text(env, a[2]);
        code = sock_addr_alg(name, algorithm, N(3), N(4), &out);
        free(algorithm);
    } else if (IS("vsock"))
        code = sock_addr_vsock(N(2), N(3), N(4), &out);
    else if (IS("qipcrtr"))
        code = sock_addr_qipcrtr(N(2), N(3), &out);
#undef N
#undef IS
    free(kind);
    free(name);
    return made(env, code, &out);
}

/* Fields --------------------------------------------------------------------------------------- */

static void put(napi_env env, napi_value object, const char *name, int64_t value)
{
    set(env, object, name, number(env, (double)value));
}

static void put_text(napi_env env, napi_value object, const char *name, const char *value)
{
    set(env, object, name, string(env, value, NAPI_AUTO_LENGTH));
}

static void packet_fields(napi_env env, napi_value object, const struct sock_addr *addr)
{
    char name[IFNAMSIZ];
    unsigned char hardware[32];
    size_t length;
    int64_t index, protocol, type, hatype;
    napi_value copy;
    if (sock_addr_get_packet(addr, name, sizeof name, &index, &protocol, &type, &hatype, hardware, sizeof hardware,
                             &length) < 0)
        return;
    put_text(env, object, "interface", name);
    put(env, object, "index", index);
    put(env, object, "protocol", protocol);
    put(env, object, "type", type);
    put(env, object, "hardwareType", hatype);
    napi_create_buffer_copy(env, length < sizeof hardware ? length : sizeof hardware, hardware, NULL, &copy);
    set(env, object, "hardware", copy);
}

static void can_fields(napi_env env, napi_value object, const struct sock_addr *addr)
{
    char name[IFNAMSIZ];
    int64_t index, one, two;
    uint64_t device;
    if (sock_addr_get_can(addr, name, sizeof name, &index) < 0)
        return;
    put_text(env, object, "interface", name);
    put(env, object, "index", index);
    if (addr->len == 16 && sock_addr_get_isotp(addr, NULL, 0, NULL, &one, &two) >= 0) {
        put(env, object, "rxId", one);
        put(env, object, "txId", two);
    }
    if (addr->len == 24 && sock_addr_get_j1939(addr, NULL, 0, NULL, &device, &one, &two) >= 0) {
        napi_value value;
        napi_create_bigint_uint64(env, device, &value);
        set(env, object, "name", value);
        put(env, object, "pgn", one);
        put(env, object, "address", two);
    }
}

static void bluetooth_fields(napi_env env, napi_value object, const struct sock_addr *addr)
{
    char controller[18] = "";
    int64_t one, two, three;
    if (sock_addr_get_l2cap(addr, controller, sizeof controller, &one, &two, &three) >= 0) {
        put(env, object, "psm", one);
        put(env, object, "cid", two);
        put(env, object, "addressType", three);
    } else if (sock_addr_get_rfcomm(addr, controller, sizeof controller, &one) >= 0) {
        put(env, object, "channel", one);
    } else if (sock_addr_get_hci(addr, &one, &two) >= 0) {
        put(env, object, "device", one);
        put(env, object, "channel", two);
    } else {
        sock_addr_get_sco(addr, controller, sizeof controller);
    }
    if (*controller)
        put_text(env, object, "controller", controller);
}

/* (address): an object of the fields of its family */
static napi_value addr_fields(napi_env env, napi_callback_info info)
{
    ARGUMENTS(1);
    struct sock_addr room;
    const struct sock_addr *addr = address(env, a[0], &room);
    napi_value object, copy;
    napi_create_object(env, &object);
    char one[64], two[110];
    int64_t v[5];
    switch (sock_addr_family(addr)) {
    case AF_INET:
    case AF_INET6:
        if (sock_addr_get_ip(addr, one, sizeof one, &v[0], &v[1], &v[2]) >= 0) {
            put_text(env, object, "host", one);
            put(env, object, "port", v[0]);
            put(env, object, "flowInfo", v[1]);
            put(env, object, "scopeId", v[2]);
        }
        break;
    case AF_UNIX: {
        int64_t length = sock_addr_get_unix(addr, two, sizeof two);
        if (length >= 0 && napi_create_buffer_copy(env, (size_t)length, two, NULL, &copy) == napi_ok)
            set(env, object, "path", copy);
        break;
    }
    case AF_NETLINK:
        if (sock_addr_get_netlink(addr, &v[0], &v[1]) == 0) {
            put(env, object, "pid", v[0]);
            put(env, object, "groups", v[1]);
        }
        break;
    case AF_PACKET:
        packet_fields(env, object, addr);
        break;
    case AF_CAN:
        can_fields(env, object, addr);
        break;
    case AF_BLUETOOTH:
        bluetooth_fields(env, object, addr);
        break;
    case AF_TIPC:
        if (sock_addr_get_tipc(addr, &v[0], &v[1], &v[2], &v[3], &v[4]) == 0) {
            put(env, object, "type", v[0]);
            put(env, object, "v1", v[1]);
            put(env, object, "v2", v[2]);
            put(env, object, "v3", v[3]);
            put(env, object, "scope", v[4]);
        }
        break;
    case AF_ALG:
        if (sock_addr_get_alg(addr, one, sizeof one, two, sizeof two, &v[0], &v[1]) >= 0) {
            put_text(env, object, "type", one);
            put_text(env, object, "name", two);
            put(env, object, "feat", v[0]);
            put(env, object, "mask", v[1]);
        }
        break;
    case AF_VSOCK:
        if (sock_addr_get_vsock(addr, &v[0], &v[1], &v[2]) == 0) {
            put(env, object, "cid", v[0]);
            put(env, object, "port", v[1]);
            put(env, object, "flags", v[2]);
        }
        break;
    case AF_QIPCRTR:
        if (sock_addr_get_qipcrtr(addr, &v[0], &v[1]) == 0) {
            put(env, object, "node", v[0]);
            put(env, object, "port", v[1]);
        }
        break;
    }
    return object;
}

const struct entry address_entries[] = {
    {"addrParse", addr_parse},
    {"addrFormat", addr_format},
    {"addrFamily", addr_family},
    {"addrEqual", addr_equal},
    {"addrIp", addr_ip},
    {"addrIp6", addr_ip6},
    {"addrUnix", addr_unix},
    {"addrMake", addr_family_make},
    {"addrFields", addr_fields},
    {NULL, NULL},
};
