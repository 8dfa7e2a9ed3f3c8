/* Constants, names of services and protocols, interfaces, and addresses of further families. */
#include "binding.h"

static VALUE text(int64_t len, const char *buffer, const char *what)
{
    checked(len, what);
    return rb_str_new_cstr(buffer);
}

static VALUE hostname(VALUE self)
{
    char name[256];
    return text(sock_gethostname(name, sizeof name), name, "gethostname");
}

static VALUE service_port(VALUE self, VALUE name, VALUE proto)
{
    int port = sock_getservbyname(to_text(name, "service"), to_text(proto, "protocol"));
    return port == -ENOENT ? Qnil : INT2FIX(checked(port, "getservbyname"));
}

static VALUE service_name(VALUE self, VALUE port, VALUE proto)
{
    char name[256];
    int64_t len = sock_getservbyport(NUM2LL(port), to_text(proto, "protocol"), name, sizeof name);
    return len == -ENOENT ? Qnil : text(len, name, "getservbyport");
}

static VALUE if_index(VALUE self, VALUE name)
{
    return LL2NUM(checked(sock_if_nametoindex(to_text(name, "interface")), "if_nametoindex"));
}

static VALUE if_name(VALUE self, VALUE index)
{
    char name[64];
    return text(sock_if_indextoname(NUM2LL(index), name, sizeof name), name, "if_indextoname");
}

/* if_nameindex -> [[index, name], ...] */
static VALUE if_nameindex(VALUE self)
{
    struct sock_interface all[256];
    int64_t n = checked(sock_if_nameindex(all, 256), "if_nameindex");
    VALUE result = rb_ary_new();
    for (int64_t i = 0; i < n && i < 256; i++)
        rb_ary_push(result, rb_assoc_new(UINT2NUM(all[i].index), rb_str_new_cstr(all[i].name)));
    return result;
}

/* interface_addresses -> [[name, index, flags, address, netmask, broadcast], ...], addresses packed or nil */
static VALUE ifaddrs(VALUE self)
{
    VALUE memory, result = rb_ary_new();
    int64_t cap = checked(sock_getifaddrs(NULL, 0), "getifaddrs") + 16;
    struct sock_interface_addr *all = rb_alloc_tmp_buffer(&memory, cap * (long)sizeof *all);
    int64_t n = checked(sock_getifaddrs(all, (size_t)cap), "getifaddrs");
    for (int64_t i = 0; i < n && i < cap; i++) {
        const struct sock_addr *three[] = {&all[i].address, &all[i].netmask, &all[i].broadcast};
        VALUE item = rb_ary_new_from_args(3, rb_str_new_cstr(all[i].name), UINT2NUM(all[i].index),
                                          UINT2NUM(all[i].flags));
        for (int j = 0; j < 3; j++)
            rb_ary_push(item, three[j]->len ? from_addr(three[j]) : Qnil);
        rb_ary_push(result, item);
    }
    rb_free_tmp_buffer(&memory);
    return result;
}

/* constant(name) -> Integer, String, or nil if this platform lacks it */
static VALUE constant(VALUE self, VALUE name)
{
    int64_t value;
    const char *wanted = to_text(name, "constant");
    int kind = sock_constant_find(wanted, &value);
    if (kind < 0)
        return Qnil;
    return kind == 1 ? rb_str_new_cstr(sock_constant_text(wanted)) : LL2NUM(value);
}

/* Defines every constant of the library's table in a module. */
static VALUE define_constants(VALUE self, VALUE module)
{
    int64_t n = sock_constant_count();
    for (int64_t i = 0; i < n; i++) {
        const char *name;
        int64_t value;
        int kind = sock_constant_at(i, &name, &value);
        if (kind >= 0 && name[0] >= 'A' && name[0] <= 'Z')
            rb_define_const(module, name, kind == 1 ? rb_str_new_cstr(sock_constant_text(name)) : LL2NUM(value));
    }
    return module;
}

static VALUE version(VALUE self)
{
    return rb_str_new_cstr(sock_version());
}

static VALUE vsock_cid(VALUE self)
{
    return LL2NUM(checked(sock_vsock_cid(), "vsock_cid"));
}

void init_netdb(void)
{
    VALUE library = rb_define_module_under(mSock, "Library");
    rb_define_module_function(library, "hostname", hostname, 0);
    rb_define_module_function(library, "service_port", service_port, 2);
    rb_define_module_function(library, "service_name", service_name, 2);
    rb_define_module_function(library, "define_constants", define_constants, 1);
    rb_define_module_function(library, "interface_addresses", ifaddrs, 0);
    rb_define_module_function(mSock, "if_nametoindex", if_index, 1);
    rb_define_module_function(mSock, "if_indextoname", if_name, 1);
    rb_define_module_function(mSock, "if_nameindex", if_nameindex, 0);
    rb_define_module_function(mSock, "constant", constant, 1);
    rb_define_module_function(mSock, "library_version", version, 0);
    rb_define_module_function(mSock, "vsock_cid", vsock_cid, 0);
}
