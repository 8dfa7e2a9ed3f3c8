/* Times, addresses and texts. */
#include "binding.h"

#include <math.h>

int64_t to_ns(VALUE seconds)
{
    if (NIL_P(seconds))
        return SOCK_FOREVER;
    if (!rb_obj_is_kind_of(seconds, rb_cNumeric))
        rb_raise(rb_eTypeError, "a time is a number of seconds or nil, not %" PRIsVALUE, rb_obj_class(seconds));
    if (RB_INTEGER_TYPE_P(seconds) && FIXNUM_P(seconds) && FIX2LONG(seconds) >= 0)
        return FIX2LONG(seconds) < SOCK_FOREVER / 1000000000 ? FIX2LONG(seconds) * INT64_C(1000000000) : SOCK_FOREVER;
    double ns = ceil(NUM2DBL(seconds) * 1e9);
    if (!(ns >= 0))
        rb_raise(rb_eArgError, "a time is not negative: %" PRIsVALUE, seconds);
    return ns < (double)SOCK_FOREVER ? (int64_t)ns : SOCK_FOREVER;
}

VALUE from_ns(int64_t ns)
{
    return ns >= SOCK_FOREVER ? Qnil : rb_float_new((double)ns / 1e9);
}

void to_addr(VALUE v, struct sock_addr *out)
{
    if (!RB_TYPE_P(v, T_STRING)) {
        if (!rb_respond_to(v, rb_intern("to_sockaddr")))
            rb_raise(rb_eTypeError, "an address is an Addrinfo, a Sock::Address or a packed String, not %" PRIsVALUE,
                     rb_obj_class(v));
        v = rb_funcall(v, rb_intern("to_sockaddr"), 0);
    }
    StringValue(v);
    int code = sock_addr_from_native(RSTRING_PTR(v), (size_t)RSTRING_LEN(v), out);
    if (code < 0)
        rb_raise(rb_eArgError, "not a packed address: %ld bytes", RSTRING_LEN(v));
    RB_GC_GUARD(v);
}

VALUE from_addr(const struct sock_addr *a)
{
    return rb_str_new((const char *)a->native, a->len);
}

const char *to_text(VALUE v, const char *what)
{
    if (NIL_P(v))
        return NULL;
    StringValue(v);
    if (memchr(RSTRING_PTR(v), 0, (size_t)RSTRING_LEN(v)))
        rb_raise(rb_eArgError, "%s: a NUL in %+" PRIsVALUE, what, v);
    return StringValueCStr(v);
}

static VALUE text_of(const struct sock_addr *a)
{
    char text[400];
    checked(sock_addr_format(a, text, sizeof text), "address");
    return rb_str_new_cstr(text);
}

/* Address.pack_text(text) -> packed: the address of a text form. */
static VALUE addr_parse(VALUE self, VALUE text)
{
    struct sock_addr a;
    checked(sock_addr_parse(to_text(text, "address"), &a), "address");
    return from_addr(&a);
}

static VALUE addr_format(VALUE self, VALUE packed)
{
    struct sock_addr a;
    to_addr(packed, &a);
    return text_of(&a);
}

static VALUE addr_ip(VALUE self, VALUE host, VALUE port, VALUE flowinfo, VALUE scope)
{
    struct sock_addr a;
    const char *text = to_text(host, "host");
    int64_t flow = NUM2LL(flowinfo), scope_id = NUM2LL(scope);
    checked(flow || scope_id ? sock_addr_ip6(text, NUM2LL(port), flow, scope_id, &a)
                             : sock_addr_ip(text, NUM2LL(port), &a), "address");
    return from_addr(&a);
}

static VALUE addr_unix(VALUE self, VALUE path)
{
    struct sock_addr a;
    StringValue(path);
    int code = sock_addr_unix(RSTRING_PTR(path), (size_t)RSTRING_LEN(path), &a);
    if (code == -ENAMETOOLONG)
        rb_raise(rb_eArgError, "too long unix socket path (%ldbytes given but 108bytes max)", RSTRING_LEN(path));
    if (code == -EINVAL)
        rb_raise(rb_eArgError, "a NUL in the path %+" PRIsVALUE, path);
    checked(code, "address");
    return from_addr(&a);
}

/* Address.fields_ip(packed) -> [host, port, flowinfo, scope_id] */
static VALUE addr_get_ip(VALUE self, VALUE packed)
{
    struct sock_addr a;
    char host[64];
    int64_t port, flowinfo, scope_id;
    to_addr(packed, &a);
    checked(sock_addr_get_ip(&a, host, sizeof host, &port, &flowinfo, &scope_id), "address");
    return rb_ary_new_from_args(4, rb_str_new_cstr(host), LL2NUM(port), LL2NUM(flowinfo), LL2NUM(scope_id));
}

static VALUE addr_get_unix(VALUE self, VALUE packed)
{
    struct sock_addr a;
    char path[128];
    to_addr(packed, &a);
    return rb_str_new(path, checked(sock_addr_get_unix(&a, path, sizeof path), "address"));
}

static VALUE addr_equal(VALUE self, VALUE one, VALUE other)
{
    struct sock_addr a, b;
    to_addr(one, &a);
    to_addr(other, &b);
    return sock_addr_equal(&a, &b) == 1 ? Qtrue : Qfalse;
}

static VALUE now(VALUE self)
{
    return from_ns(sock_now());
}

void init_value(void)
{
    VALUE address = rb_define_module_under(mSock, "Packed");
    rb_define_module_function(address, "parse", addr_parse, 1);
    rb_define_module_function(address, "format", addr_format, 1);
    rb_define_module_function(address, "ip", addr_ip, 4);
    rb_define_module_function(address, "unix", addr_unix, 1);
    rb_define_module_function(address, "ip_fields", addr_get_ip, 1);
    rb_define_module_function(address, "unix_path", addr_get_unix, 1);
    rb_define_module_function(address, "equal?", addr_equal, 2);
    rb_define_module_function(mSock, "now", now, 0);
}
