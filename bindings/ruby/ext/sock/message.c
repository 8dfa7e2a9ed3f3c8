/* Messages: data with an address and control messages. A control message is [level, type, data] here. */
#include "binding.h"

#include <unistd.h>

/* put_control(items) -> the control data of a message */
static VALUE pack(VALUE items)
{
    size_t cap = 0, len = 0;
    for (long i = 0; i < RARRAY_LEN(items); i++)
        cap += (size_t)sock_cmsg_space(RSTRING_LEN(rb_ary_entry(rb_ary_entry(items, i), 2)));
    VALUE control = rb_str_new(NULL, (long)cap);
    for (long i = 0; i < RARRAY_LEN(items); i++) {
        VALUE item = rb_ary_entry(items, i), data = rb_ary_entry(item, 2);
        checked(sock_control_put(RSTRING_PTR(control), cap, &len, NUM2INT(rb_ary_entry(item, 0)),
                                 NUM2INT(rb_ary_entry(item, 1)), RSTRING_PTR(data), (size_t)RSTRING_LEN(data)),
                "sendmsg(2)");
    }
    return control;
}

/* sendmsg_once(data, flags, destination, items, wait) -> Integer, or nil if it would wait */
static VALUE socket_sendmsg(VALUE self, VALUE data, VALUE flags, VALUE destination, VALUE items, VALUE wait)
{
    struct rsock *s = rsock_get(self);
    struct sock_addr to;
    data = rb_str_new_frozen(StringValue(data));
    VALUE control = RARRAY_LEN(items) ? pack(items) : Qnil;
    struct sock_iovec piece = {RSTRING_PTR(data), (size_t)RSTRING_LEN(data)};
    struct sock_msg m = {.iov = &piece, .iov_count = 1};
    if (!NIL_P(destination)) {
        to_addr(destination, &to);
        m.addr = &to;
    }
    if (!NIL_P(control)) {
        m.control = RSTRING_PTR(control);
        m.control_len = (size_t)RSTRING_LEN(control);
    }
    int64_t end = 0, n;
    while ((n = sock_sendmsg(s->handle, &m, NUM2INT(flags) | MSG_DONTWAIT)) == -EAGAIN) {
        if (!RTEST(wait))
            return Qnil;
        rsock_wait(self, s, SOCK_WRITE, &end, m.addr != NULL, "sendmsg(2)");
    }
    RB_GC_GUARD(data);
    RB_GC_GUARD(control);
    return LL2NUM(checked(n, "sendmsg(2)"));
}

/* Descriptors of SCM_RIGHTS that an exception must not lose. */
struct received {
    VALUE control, items, descriptors;
    size_t len;
    int fds[256];
    int64_t taken;
};

static VALUE unpack(VALUE p)
{
    struct received *r = (struct received *)p;
    struct sock_control_item item;
    size_t pos = 0;
    while (sock_control_next(RSTRING_PTR(r->control), r->len, &pos, &item) == 1)
        rb_ary_push(r->items, rb_ary_new_from_args(3, INT2NUM(item.level), INT2NUM(item.type),
                                                   rb_str_new(item.data, (long)item.len)));
    for (int64_t i = 0; i < r->taken; i++)
        rb_ary_push(r->descriptors, INT2FIX(r->fds[i]));
    return Qnil;
}

/* recvmsg_once(maxlen, flags, control room, wait, keep descriptors)
 * -> [data, packed address, flags, items, descriptors], or nil if it would wait
 */
static VALUE socket_recvmsg(VALUE self, VALUE maxlen, VALUE flags, VALUE space, VALUE wait, VALUE keep)
{
    struct rsock *s = rsock_get(self);
    if (RSTRING_LEN(s->buffer) > 0)
        rb_raise(rb_eIOError, "recvmsg for buffered IO");
    long len = NUM2LONG(maxlen), cap = NUM2LONG(space);
    if (len < 0 || cap < 0)
        rb_raise(rb_eArgError, "negative length given");
    VALUE data = rb_str_new(NULL, len);
    struct received r = {rb_str_new(NULL, cap), rb_ary_new(), rb_ary_new(), 0, {0}, 0};
    struct sock_addr from;
    struct sock_iovec piece = {RSTRING_PTR(data), (size_t)len};
    struct sock_msg m = {.addr = &from, .iov = &piece, .iov_count = 1};
    int64_t end = 0, n;
    for (;;) {
        m.control = cap ? RSTRING_PTR(r.control) : NULL;
        m.control_cap = (size_t)cap;
        n = sock_recvmsg(s->handle, &m, NUM2INT(flags) | MSG_DONTWAIT);
        if (n != -EAGAIN)
            break;
        if (!RTEST(wait))
            return Qnil;
        rsock_wait(self, s, SOCK_READ, &end, 0, "recvmsg(2)");
    }
    checked(n, "recvmsg(2)");
    r.len = m.control_len;
    if (RTEST(keep) && r.len)
        r.taken = sock_control_take_fds(RSTRING_PTR(r.control), r.len, r.fds, 256);
    int state = 0;
    rb_protect(unpack, (VALUE)&r, &state);
    if (r.len)
        sock_control_close_fds(RSTRING_PTR(r.control), r.len);
    if (state) {
        for (int64_t i = 0; i < r.taken; i++)
            close(r.fds[i]);
        rb_jump_tag(state);
    }
    rb_str_set_len(data, (long)m.len);
    VALUE result = rb_ary_new_from_args(5, data, from_addr(&from), INT2NUM(m.flags), r.items, r.descriptors);
    RB_GC_GUARD(r.control);
    return result;
}

/* Sock.control_space(descriptors) -> bytes that every kind of control message and so many descriptors need */
static VALUE control_space(VALUE self, VALUE fds)
{
    return LL2NUM(checked(sock_control_space(1023, NUM2LL(fds)), "control_space"));
}

void init_message(void)
{
    rb_define_private_method(cBasicSocket, "sendmsg_once", socket_sendmsg, 5);
    rb_define_private_method(cBasicSocket, "recvmsg_once", socket_recvmsg, 5);
    rb_define_module_function(mSock, "control_space", control_space, 1);
}
