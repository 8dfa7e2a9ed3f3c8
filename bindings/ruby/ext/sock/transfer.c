/* send and recv: one system call with the GVL held when the socket is ready; otherwise a wait without it.
 *
 * MSG_DONTWAIT goes with every call: another thread may have put the handle into timeout mode (move.c).
 */
#include "binding.h"

enum {
    SMALL = 2048, /* up to here recv copies */
    SIZE = 16384, /* received at once into the buffer */
};

static int flags_of(VALUE flags)
{
    return NIL_P(flags) ? 0 : NUM2INT(flags);
}

/* call-seq: send(data, flags = 0, destination = nil) -> Integer
 *
 * Sends once; returns how many bytes the socket took. `destination` is a packed address, an Addrinfo or a
 * Sock::Address.
 */
static VALUE socket_send(int argc, VALUE *argv, VALUE self)
{
    struct rsock *s = rsock_get(self);
    rb_check_arity(argc, 1, 3);
    VALUE data = argv[0];
    StringValue(data);
    int flags = argc > 1 ? flags_of(argv[1]) : 0;
    struct sock_addr to;
    bool addressed = argc > 2 && !NIL_P(argv[2]);
    if (addressed)
        to_addr(argv[2], &to);
    int64_t n = addressed
                    ? sock_sendto(s->handle, RSTRING_PTR(data), (size_t)RSTRING_LEN(data), flags | MSG_DONTWAIT, &to)
                    : sock_send(s->handle, RSTRING_PTR(data), (size_t)RSTRING_LEN(data), flags | MSG_DONTWAIT);
    if (RB_UNLIKELY(n == -EAGAIN && !(flags & MSG_DONTWAIT))) {
        data = rb_str_new_frozen(data); /* other threads run during the wait */
        int64_t end = 0;
        do
            rsock_wait(self, s, SOCK_WRITE, &end, addressed, "send(2)");
        while ((n = sock_sendto(s->handle, RSTRING_PTR(data), (size_t)RSTRING_LEN(data), flags | MSG_DONTWAIT,
                                addressed ? &to : NULL)) == -EAGAIN);
    }
    RB_GC_GUARD(data);
    if (RB_UNLIKELY(n == -EAGAIN))
        fail_would_block(SOCK_WRITE, "send(2) would block");
    if (RB_UNLIKELY(n == -EINPROGRESS)) /* MSG_FASTOPEN */
        fail_code(n, "send(2)");
    return LL2NUM(checked(n, addressed ? "sendto(2)" : "send(2)"));
}

/* A String with room for `len` bytes: `into`, or a new one. */
static VALUE room(VALUE into, long len)
{
    if (len < 0)
        rb_raise(rb_eArgError, "negative length %ld given", len);
    if (NIL_P(into))
        return rb_str_new(NULL, len);
    StringValue(into);
    rb_str_modify(into);
    long have = RSTRING_LEN(into);
    if (have < len)
        rb_str_modify_expand(into, len - have);
    return into;
}

/* Receives once into a String; waits if `end` is not NULL. Returns the count or -EAGAIN; raises. */
static int64_t receive(VALUE self, struct rsock *s, VALUE into, long len, int flags, int64_t *end,
                       struct sock_addr *from)
{
    int64_t n;
    for (;;) {
        /* Another thread may have changed the string during a wait. */
        if (RB_UNLIKELY((long)rb_str_capacity(into) < len))
            room(into, len);
        n = from ? sock_recvfrom(s->handle, RSTRING_PTR(into), (size_t)len, flags | MSG_DONTWAIT, from)
                 : sock_recv(s->handle, RSTRING_PTR(into), (size_t)len, flags | MSG_DONTWAIT);
        if (n != -EAGAIN || !end)
            break;
        rsock_wait(self, s, SOCK_READ, end, 0, "recv(2)");
        rb_str_modify(into);
    }
    if (n >= 0)
        rb_str_set_len(into, n < len ? n : len);
    else if (n != -EAGAIN)
        fail_code(n, from ? "recvfrom(2)" : "recv(2)");
    return n;
}

static void not_buffered(struct rsock *s, const char *what)
{
    if (RB_UNLIKELY(RSTRING_LEN(s->buffer) > 0))
        rb_raise(rb_eIOError, "%s for buffered IO", what);
}

/* Receives up to `most` bytes into the buffer: how many came, 0 at the end of the stream, -EAGAIN if it would wait and
 * `end` is NULL.
 */
static int64_t fill(VALUE self, struct rsock *s, int64_t *end, long most)
{
    char bytes[SIZE];
    int64_t n;
    while ((n = sock_recv(s->handle, bytes, (size_t)(most < SIZE ? most : SIZE), MSG_DONTWAIT)) == -EAGAIN) {
        if (!end)
            return n;
        rsock_wait(self, s, SOCK_READ, end, 0, "recv(2)");
    }
    checked(n, "recv(2)");
    rb_str_cat(s->buffer, bytes, n);
    return n;
}

/* MSG_WAITALL: through the buffer, so that an exception during a wait loses nothing. */
static VALUE take_all(VALUE self, struct rsock *s, long len)
{
    int64_t end = 0;
    while (RSTRING_LEN(s->buffer) < len && fill(self, s, &end, len - RSTRING_LEN(s->buffer)) > 0)
        ;
    long have = RSTRING_LEN(s->buffer) < len ? RSTRING_LEN(s->buffer) : len;
    VALUE data = rb_str_new(RSTRING_PTR(s->buffer), have);
    rb_str_drop_bytes(s->buffer, have);
    return data;
}

/* call-seq: recv(maxlen, flags = 0, into = nil) -> String
 *
 * Receives once; waits until there is something. At the end of a stream the string is empty, as in Ruby's own socket
 * library before 3.3.
 */
static VALUE socket_recv(int argc, VALUE *argv, VALUE self)
{
    struct rsock *s = rsock_get(self);
    rb_check_arity(argc, 1, 3);
    long len = NUM2LONG(argv[0]);
    int flags = argc > 1 ? flags_of(argv[1]) : 0;
    int64_t end = 0;
    not_buffered(s, "recv");
    bool all_of_it = (flags & (MSG_WAITALL | MSG_DONTWAIT | MSG_PEEK)) == MSG_WAITALL;
    if (RB_UNLIKELY(all_of_it && sock_type(s->handle) == SOCK_STREAM)) {
        VALUE all = take_all(self, s, len);
        return argc > 2 && !NIL_P(argv[2]) ? rb_funcall(argv[2], rb_intern("replace"), 1, all) : all;
    }
    if (RB_LIKELY(argc < 3 && len >= 0 && len <= SMALL)) { /* one copy costs less than cutting a string to size */
        char bytes[SMALL];
        int64_t n = sock_recv(s->handle, bytes, (size_t)len, flags | MSG_DONTWAIT);
        if (RB_LIKELY(n >= 0))
            return rb_str_new(bytes, n < len ? n : len);
        if (n == -EAGAIN && !(flags & MSG_DONTWAIT))
            rsock_wait(self, s, SOCK_READ, &end, 0, "recv(2)");
    }
    VALUE into = room(argc > 2 ? argv[2] : Qnil, len);
    if (receive(self, s, into, len, flags, flags & MSG_DONTWAIT ? NULL : &end, NULL) == -EAGAIN)
        fail_would_block(SOCK_READ, "recv(2) would block");
    return into;
}

/* recv_once(maxlen, flags, into, wait) -> String or nil */
static VALUE socket_recv_once(VALUE self, VALUE maxlen, VALUE flags, VALUE into, VALUE wait)
{
    struct rsock *s = rsock_get(self);
    not_buffered(s, "recv");
    long len = NUM2LONG(maxlen);
    int64_t end = 0;
    into = room(into, len);
    return receive(self, s, into, len, flags_of(flags), RTEST(wait) ? &end : NULL, NULL) == -EAGAIN ? Qnil : into;
}

/* recvfrom_once(maxlen, flags, into, wait) -> [String, packed address] or nil */
static VALUE socket_recvfrom_once(VALUE self, VALUE maxlen, VALUE flags, VALUE into, VALUE wait)
{
    struct rsock *s = rsock_get(self);
    struct sock_addr from;
    not_buffered(s, "recvfrom");
    long len = NUM2LONG(maxlen);
    int64_t end = 0;
    into = room(into, len);
    if (receive(self, s, into, len, flags_of(flags), RTEST(wait) ? &end : NULL, &from) == -EAGAIN)
        return Qnil;
    return rb_assoc_new(into, from_addr(&from));
}

/* fill(end) -> true with more in the buffer, false at the end, nil if it would wait. `end` is what limit_end has
 * returned, or false not to wait.
 */
static VALUE socket_fill(VALUE self, VALUE until)
{
    int64_t end = FIXNUM_P(until) ? FIX2LONG(until) : 0;
    int64_t n = fill(self, rsock_get(self), RTEST(until) ? &end : NULL, SIZE);
    return n == -EAGAIN ? Qnil : n > 0 ? Qtrue : Qfalse;
}

/* limit_end -> when an operation that begins now must end: for the steps of one call */
static VALUE socket_limit_end(VALUE self)
{
    struct rsock *s = rsock_get(self);
    return s->timeout > 0 && s->timeout < SOCK_FOREVER ? LONG2FIX(sock_now() + s->timeout) : Qtrue;
}

/* fill_to(length, exactly) -> whether the buffer has so many bytes, received under one limit; with `exactly`, none
 * beyond.
 */
static VALUE socket_fill_to(VALUE self, VALUE length, VALUE exactly)
{
    struct rsock *s = rsock_get(self);
    long wanted = NUM2LONG(length);
    int64_t end = 0;
    while (RSTRING_LEN(s->buffer) < wanted)
        if (fill(self, s, &end, RTEST(exactly) ? wanted - RSTRING_LEN(s->buffer) : SIZE) == 0)
            return Qfalse;
    return Qtrue;
}

/* take_line -> a line with its newline, what there is at the end of the stream, or nil: `gets` without arguments */
static VALUE socket_take_line(VALUE self)
{
    struct rsock *s = rsock_get(self);
    long from = 0, length = 0;
    int64_t end = 0;
    while (length == 0) {
        long have = RSTRING_LEN(s->buffer);
        from = from < have ? from : have; /* another thread may have read during a wait */
        const char *start = RSTRING_PTR(s->buffer);
        const char *newline = memchr(start + from, '\n', (size_t)(have - from));
        from = have;
        if (newline)
            length = newline - start + 1;
        else if (fill(self, s, &end, SIZE) == 0 && (length = RSTRING_LEN(s->buffer)) == 0)
            return Qnil;
    }
    VALUE line = rb_str_new(RSTRING_PTR(s->buffer), length);
    rb_str_drop_bytes(s->buffer, length);
    return line;
}

struct all {
    VALUE self, data;
    struct rsock *s;
    int64_t sent;
    int flags;
};

static VALUE send_all(VALUE p)
{
    struct all *a = (struct all *)p;
    VALUE self = a->self;
    struct rsock *s = a->s;
    int64_t end = 0;
    while (a->sent < RSTRING_LEN(a->data)) {
        int64_t n = sock_send(s->handle, RSTRING_PTR(a->data) + a->sent, (size_t)(RSTRING_LEN(a->data) - a->sent),
                              a->flags | MSG_DONTWAIT);
        if (n >= 0)
            a->sent += n;
        else if (n == -EAGAIN)
            rsock_wait(self, s, SOCK_WRITE, &end, 0, "send(2)");
        else
            fail_code(n, "send(2)");
    }
    return LL2NUM(a->sent);
}

/* call-seq: send_all(data, flags = 0) -> Integer
 *
 * Sends all bytes, under one limit. An exception has `sent`, the number of bytes that went before.
 */
static VALUE socket_send_all(int argc, VALUE *argv, VALUE self)
{
    rb_check_arity(argc, 1, 2);
    VALUE data = argv[0];
    StringValue(data);
    struct all a = {self, data, rsock_get(self), 0, argc > 1 ? flags_of(argv[1]) : 0};
    if (RSTRING_LEN(data) == 0) {
        checked(sock_family(a.s->handle), "send(2)");
        return INT2FIX(0);
    }
    int64_t n = sock_send(a.s->handle, RSTRING_PTR(data), (size_t)RSTRING_LEN(data), a.flags | MSG_DONTWAIT);
    if (RB_LIKELY(n == RSTRING_LEN(data)))
        return LL2NUM(n);
    if (n < 0 && n != -EAGAIN) {
        struct failure f;
        failure_take(&f, n);
        VALUE error = error_new(&f, "send(2)");
        rb_ivar_set(error, rb_intern("@sent"), INT2FIX(0));
        rb_exc_raise(error);
    }
    a.sent = n > 0 ? n : 0;
    a.data = rb_str_new_frozen(data); /* other threads run during a wait */
    int state = 0;
    VALUE result = rb_protect(send_all, (VALUE)&a, &state);
    if (state) {
        VALUE error = rb_errinfo();
        if (rb_obj_is_kind_of(error, rb_eException))
            rb_ivar_set(error, rb_intern("@sent"), LL2NUM(a.sent));
        rb_jump_tag(state);
    }
    RB_GC_GUARD(a.data);
    return result;
}

void init_transfer(void)
{
    rb_define_method(cBasicSocket, "send", socket_send, -1);
    rb_define_method(cBasicSocket, "recv", socket_recv, -1);
    rb_define_private_method(cBasicSocket, "send_once", socket_send, -1);
    rb_define_method(cBasicSocket, "send_all", socket_send_all, -1);
    rb_define_private_method(cBasicSocket, "recv_once", socket_recv_once, 4);
    rb_define_private_method(cBasicSocket, "recvfrom_once", socket_recvfrom_once, 4);
    rb_define_private_method(cBasicSocket, "fill", socket_fill, 1);
    rb_define_private_method(cBasicSocket, "fill_to", socket_fill_to, 2);
    rb_define_private_method(cBasicSocket, "limit_end", socket_limit_end, 0);
    rb_define_private_method(cBasicSocket, "take_line", socket_take_line, 0);
}
