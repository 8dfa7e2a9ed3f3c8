/* Many datagrams in few system calls. */
#include "binding.h"

/* send_batch([[data, packed address or nil, segment], ...], flags) -> how many went
 * Sends all, under one limit; an exception has `sent`, how many went before.
 */
struct batch {
    VALUE self, outcomes;
    struct rsock *s;
    struct sock_datagram *v;
    size_t n, done;
    int flags;
};

static VALUE send_batch(VALUE p)
{
    struct batch *b = (struct batch *)p;
    int64_t end = 0;
    while (b->done < b->n) {
        int64_t went = sock_sendmany(b->s->handle, b->v + b->done, b->n - b->done, b->flags | MSG_DONTWAIT);
        if (went == -EAGAIN) {
            rsock_wait(b->self, b->s, SOCK_WRITE, &end, 1, "sendmmsg(2)");
            continue;
        }
        checked(went, "sendmmsg(2)");
        for (int64_t i = 0; i < went; i++) {
            struct sock_datagram *d = &b->v[b->done];
            if (d->count < d->len) { /* the rest of its segments */
                d->buf = (char *)d->buf + d->count;
                d->len -= d->count;
                break;
            }
            rb_ary_push(b->outcomes, INT2FIX(d->flags));
            b->done++;
        }
    }
    return SIZET2NUM(b->done);
}

static VALUE socket_send_batch(VALUE self, VALUE entries, VALUE flags, VALUE outcomes)
{
    struct batch b = {self, outcomes, rsock_get(self), NULL, (size_t)RARRAY_LEN(entries), 0, NUM2INT(flags)};
    VALUE memory, kept = rb_ary_new(), result;
    b.v = rb_alloc_tmp_buffer(&memory, (long)(b.n * sizeof *b.v) + 1);
    memset(b.v, 0, b.n * sizeof *b.v);
    for (size_t i = 0; i < b.n; i++) {
        VALUE entry = rb_ary_entry(entries, (long)i), data = rb_ary_entry(entry, 0), to = rb_ary_entry(entry, 1);
        data = rb_str_new_frozen(StringValue(data));
        rb_ary_push(kept, data);
        b.v[i].buf = RSTRING_PTR(data);
        b.v[i].len = (size_t)RSTRING_LEN(data);
        if (!NIL_P(to))
            to_addr(to, &b.v[i].addr);
        b.v[i].segment = NUM2UINT(rb_ary_entry(entry, 2));
    }
    int state = 0;
    result = rb_protect(send_batch, (VALUE)&b, &state);
    RB_GC_GUARD(kept);
    rb_free_tmp_buffer(&memory);
    if (state) {
        VALUE error = rb_errinfo();
        if (rb_obj_is_kind_of(error, rb_eException))
            rb_ivar_set(error, rb_intern("@sent"), SIZET2NUM(b.done));
        rb_jump_tag(state);
    }
    return result;
}

/* recv_batch(count, size, flags) -> [[data, packed address, segment, flags, length], ...] */
static VALUE socket_recv_batch(VALUE self, VALUE count, VALUE size, VALUE flags)
{
    struct rsock *s = rsock_get(self);
    long n = NUM2LONG(count), each = NUM2LONG(size);
    if (n < 0 || each < 0 || (n && each > LONG_MAX / n))
        rb_raise(rb_eArgError, "negative length given");
    VALUE memory, bytes = rb_str_new(NULL, n * each), control = rb_str_new(NULL, n * 64);
    struct sock_datagram *v = rb_alloc_tmp_buffer(&memory, n * (long)sizeof *v + 1);
    int64_t end = 0, came;
    for (;;) {
        memset(v, 0, (size_t)n * sizeof *v);
        for (long i = 0; i < n; i++) {
            v[i].buf = RSTRING_PTR(bytes) + i * each;
            v[i].len = (size_t)each;
            v[i].control = RSTRING_PTR(control) + i * 64;
            v[i].control_len = 64; /* UDP_GRO reports segments here */
        }
        came = sock_recvmany(s->handle, v, (size_t)n, NUM2INT(flags) | MSG_DONTWAIT);
        if (came != -EAGAIN)
            break;
        rsock_wait(self, s, SOCK_READ, &end, 0, "recvmmsg(2)");
    }
    checked(came, "recvmmsg(2)");
    for (int64_t i = 0; i < came; i++)
        sock_control_close_fds(v[i].control, v[i].control_len);
    VALUE result = rb_ary_new_capa(came);
    for (int64_t i = 0; i < came; i++) {
        size_t have = v[i].count < v[i].len ? v[i].count : v[i].len;
        rb_ary_push(result, rb_ary_new_from_args(5, rb_str_new(v[i].buf, (long)have), from_addr(&v[i].addr),
                                                 UINT2NUM(v[i].segment), INT2NUM(v[i].flags), SIZET2NUM(v[i].count)));
    }
    RB_GC_GUARD(bytes);
    RB_GC_GUARD(control);
    rb_free_tmp_buffer(&memory);
    return result;
}

static VALUE socket_set_gro(VALUE self, VALUE on)
{
    checked(sock_setgro(rsock_get(self)->handle, RTEST(on)), "gro=");
    return on;
}

void init_batch(void)
{
    rb_define_private_method(cBasicSocket, "send_batch", socket_send_batch, 3);
    rb_define_private_method(cBasicSocket, "recv_batch", socket_recv_batch, 3);
    rb_define_method(cBasicSocket, "gro=", socket_set_gro, 1);
}
