/* Socket objects: making, connecting, accepting and closing them; times and tokens. */
#include "binding.h"

static void socket_mark(void *p)
{
    struct rsock *s = p;
    rb_gc_mark(s->buffer);
    rb_gc_mark(s->io);
    rb_gc_mark(s->token);
    rb_gc_mark(s->waits);
}

static void socket_free(void *p)
{
    struct rsock *s = p;
    if (s->handle > 0 && !s->closed && s->keep_fd)
        sock_detach(s->handle);
    else if (s->handle > 0 && !s->closed)
        sock_close(s->handle);
    xfree(s);
}

static size_t socket_size(const void *p)
{
    return sizeof(struct rsock);
}

const rb_data_type_t rsock_type = {"Sock::BasicSocket", {socket_mark, socket_free, socket_size, NULL, {0}}, 0, 0, 0};

static VALUE socket_alloc(VALUE klass)
{
    struct rsock *s;
    VALUE self = TypedData_Make_Struct(klass, struct rsock, &rsock_type, s);
    s->timeout = s->until[SOCK_READ] = s->until[SOCK_WRITE] = SOCK_FOREVER;
    s->buffer = s->io = s->token = s->waits = Qnil;
    return self;
}

struct rsock *rsock_get(VALUE self)
{
    /* The check of rb_check_typeddata, without the call. */
    bool plain = RB_LIKELY(RB_TYPE_P(self, T_DATA) && RTYPEDDATA_P(self) && RTYPEDDATA_TYPE(self) == &rsock_type);
    struct rsock *s = plain ? RTYPEDDATA_DATA(self) : rb_check_typeddata(self, &rsock_type);
    if (RB_UNLIKELY(s->handle == 0))
        rb_raise(rb_eIOError, "uninitialized stream");
    return s;
}

void rsock_own(VALUE self, sock_t handle)
{
    struct rsock *s = rb_check_typeddata(self, &rsock_type);
    if (s->handle != 0) {
        sock_close(handle);
        rb_raise(rb_eRuntimeError, "reinitializing Socket");
    }
    s->handle = handle;
    sock_settimeout(handle, 0);
    s->no_reverse = RTEST(rb_funcall(cBasicSocket, rb_intern("do_not_reverse_lookup"), 0));
    RB_OBJ_WRITE(self, &s->buffer, rb_str_new(NULL, 0));
}

VALUE rsock_wrap(VALUE klass, sock_t handle)
{
    VALUE self = socket_alloc(klass);
    rsock_own(self, handle);
    return self;
}

/* What makes a handle runs once more after a garbage collection if descriptors ran out: sockets without an owner hold
 * theirs until then. Ruby's own do the same.
 */
#define AFTER_GC(result, call)                                                                                        \
    do {                                                                                                              \
        (result) = (call);                                                                                            \
        if ((result) == -EMFILE || (result) == -ENFILE) {                                                             \
            rb_gc();                                                                                                  \
            (result) = (call);                                                                                        \
        }                                                                                                             \
    } while (0)

/* open(family, type, protocol) */
static VALUE socket_open(VALUE self, VALUE family, VALUE type, VALUE proto)
{
    sock_t handle;
    if (NUM2INT(family) < 0) /* -1 is AF_INET to the library */
        fail_code(-EAFNOSUPPORT, "socket(2)");
    AFTER_GC(handle, sock_socket(NUM2INT(family), NUM2INT(type), NUM2INT(proto)));
    rsock_own(self, checked(handle, "socket(2)"));
    return self;
}

static VALUE socket_own_fd(VALUE self, VALUE fd)
{
    sock_t handle = sock_from_fd(NUM2INT(fd), -1, -1, -1);
    if (handle == -EBADF) /* a bad number, not a closed object */
        rb_syserr_fail(EBADF, "for_fd");
    rsock_own(self, checked(handle, "for_fd"));
    return self;
}

/* own(handle): for handles of create_server and create_connection */
static VALUE socket_own(VALUE self, VALUE handle)
{
    rsock_own(self, NUM2LL(handle));
    return self;
}

static VALUE socket_pair(VALUE klass, VALUE family, VALUE type, VALUE proto)
{
    sock_t both[2];
    int code;
    AFTER_GC(code, sock_socketpair(NUM2INT(family), NUM2INT(type), NUM2INT(proto), both));
    checked(code, "socketpair(2)");
    VALUE one = rsock_wrap(klass, both[0]);
    return rb_assoc_new(one, rsock_wrap(klass, both[1]));
}

static VALUE socket_copy(VALUE self, VALUE other)
{
    struct rsock *from = rsock_get(other), *s;
    sock_t handle;
    AFTER_GC(handle, sock_dup(from->handle));
    rsock_own(self, checked(handle, "dup"));
    s = rsock_get(self);
    s->timeout = from->timeout;
    s->no_reverse = from->no_reverse;
    return self;
}

/* Closes the socket and ends all calls on it, in any thread or fiber. Closing twice is harmless. */
static VALUE socket_close(VALUE self)
{
    struct rsock *s = rsock_get(self);
    if (s->closed)
        return Qnil;
    s->closed = true;
    rsock_wake(s);
    if (!NIL_P(s->io))
        rb_io_close(s->io); /* only marks it: it does not own the descriptor */
    sock_t handle = s->handle;
    if (s->keep_fd) {
        checked(sock_detach(handle), "close");
        return Qnil;
    }
    /* Closing waits for the calls that it wakes, and for SO_LINGER. If an interrupt is pending, the function does not
     * run without the GVL. */
    void *code = (void *)(intptr_t)1;
    code = rb_nogvl(sock_close_nogvl, &handle, NULL, NULL, RB_NOGVL_INTR_FAIL);
    if (!code)
        code = sock_close_nogvl(&handle);
    int result = (int)(intptr_t)code;
    if (result < 0 && !sock_is_closed(result))
        fail_code(result, "close");
    return Qnil;
}

static VALUE socket_is_closed(VALUE self)
{
    return rsock_get(self)->closed ? Qtrue : Qfalse;
}

static VALUE socket_detach(VALUE self)
{
    struct rsock *s = rsock_get(self);
    rsock_wake(s);
    int fd = (int)checked(sock_detach(s->handle), "detach");
    s->closed = true;
    return INT2FIX(fd);
}

static VALUE socket_fileno(VALUE self)
{
    return INT2FIX(checked(sock_fileno(rsock_get(self)->handle), "fileno"));
}

static VALUE socket_bind(VALUE self, VALUE addr, VALUE what)
{
    struct sock_addr a;
    to_addr(addr, &a);
    checked(sock_bind(rsock_get(self)->handle, &a), StringValuePtr(what));
    return INT2FIX(0);
}

static VALUE socket_listen(VALUE self, VALUE backlog)
{
    checked(sock_listen(rsock_get(self)->handle, NUM2INT(backlog)), "listen(2)");
    return INT2FIX(0);
}

/* connect_to(address, wait, what) -> 0, or :wait_writable */
static VALUE socket_connect(VALUE self, VALUE addr, VALUE wait, VALUE text)
{
    struct rsock *s = rsock_get(self);
    const char *what = StringValuePtr(text);
    struct sock_addr a;
    int64_t end = 0;
    to_addr(addr, &a);
    for (bool again = false;; again = true) {
        int code = sock_connect(s->handle, &a);
        if (code == 0 || (code == -EISCONN && (again || NIL_P(wait))))
            return INT2FIX(0);
        if (code != -EINPROGRESS && code != -EAGAIN && !(again && code == -EALREADY))
            fail_code(code, what);
        if (!RTEST(wait))
            return code == -EAGAIN ? Qnil : ID2SYM(rb_intern("wait_writable"));
        if (code == -EAGAIN) { /* the backlog of an AF_UNIX listener is full, which no descriptor reports */
            rb_thread_wait_for((struct timeval){0, 5000});
            if (s->timeout < SOCK_FOREVER && end == 0)
                end = sock_now() + s->timeout;
            if (end && sock_now() >= end)
                fail_code(SOCK_ETIMEDOUT, what);
            continue;
        }
        rsock_wait(self, s, SOCK_WRITE, &end, 0, what);
    }
}

/* accept_as(klass, wait) -> [socket, packed address], or nil if there is none */
static VALUE socket_accept(VALUE self, VALUE klass, VALUE wait)
{
    struct rsock *s = rsock_get(self);
    struct sock_addr peer;
    int64_t end = 0;
    for (;;) {
        sock_t handle;
        AFTER_GC(handle, sock_accept(s->handle, &peer));
        if (handle >= 0)
            return rb_assoc_new(rsock_wrap(klass, handle), from_addr(&peer));
        if (handle != -EAGAIN)
            fail_code(handle, "accept(2)");
        if (!RTEST(wait))
            return Qnil;
        rsock_wait(self, s, SOCK_READ, &end, 0, "accept(2)");
    }
}

static VALUE socket_shutdown(VALUE self, VALUE how)
{
    checked(sock_shutdown(rsock_get(self)->handle, NUM2INT(how)), "shutdown(2)");
    return INT2FIX(0);
}

static VALUE socket_getsockname(VALUE self)
{
    struct sock_addr a;
    checked(sock_getsockname(rsock_get(self)->handle, &a), "getsockname(2)");
    return from_addr(&a);
}

static VALUE socket_getpeername(VALUE self)
{
    struct sock_addr a;
    checked(sock_getpeername(rsock_get(self)->handle, &a), "getpeername(2)");
    return from_addr(&a);
}

static VALUE socket_family(VALUE self)
{
    return INT2FIX(checked(sock_family(rsock_get(self)->handle), "family"));
}

static VALUE socket_type(VALUE self)
{
    return INT2FIX(checked(sock_type(rsock_get(self)->handle), "type"));
}

static VALUE socket_proto(VALUE self)
{
    return INT2FIX(checked(sock_proto(rsock_get(self)->handle), "protocol"));
}

static VALUE socket_get_option(VALUE self, VALUE level, VALUE name, VALUE size)
{
    size_t len = (size_t)NUM2INT(size);
    VALUE value = rb_str_new(NULL, (long)len);
    checked(sock_getsockopt(rsock_get(self)->handle, NUM2INT(level), NUM2INT(name), RSTRING_PTR(value), &len),
            "getsockopt(2)");
    rb_str_set_len(value, (long)(len < (size_t)RSTRING_LEN(value) ? len : (size_t)RSTRING_LEN(value)));
    return value;
}

static VALUE socket_set_option(VALUE self, VALUE level, VALUE name, VALUE value)
{
    StringValue(value);
    checked(sock_setsockopt(rsock_get(self)->handle, NUM2INT(level), NUM2INT(name), RSTRING_PTR(value),
                            (size_t)RSTRING_LEN(value)), "setsockopt(2)");
    return INT2FIX(0);
}

/* -> [pid, uid, gid] of the process at the other end of an AF_UNIX connection */
static VALUE socket_peer_cred(VALUE self)
{
    int64_t pid, uid, gid;
    checked(sock_peer_cred(rsock_get(self)->handle, &pid, &uid, &gid), "peer_credentials");
    return rb_ary_new_from_args(3, LL2NUM(pid), LL2NUM(uid), LL2NUM(gid));
}

/* The limit of each operation in seconds; nil for none. */
static VALUE socket_timeout(VALUE self)
{
    return from_ns(rsock_get(self)->timeout);
}

/* Sets the limit of each operation: seconds, nil for none, 0 for non-blocking calls, which raise IO::WaitReadable or
 * IO::WaitWritable.
 */
static VALUE socket_set_timeout(VALUE self, VALUE seconds)
{
    rsock_get(self)->timeout = to_ns(seconds);
    return seconds;
}

/* deadline(direction, seconds on the clock of Sock.now, or nil) */
static VALUE socket_deadline(VALUE self, VALUE direction, VALUE at)
{
    struct rsock *s = rsock_get(self);
    int way = NUM2INT(direction);
    int64_t ns = to_ns(at);
    checked(sock_setdeadline(s->handle, way, ns), "set_deadline");
    for (int each = SOCK_READ; each <= SOCK_WRITE; each++)
        if (way & each)
            s->until[each] = ns;
    rsock_wake(s);
    return at;
}

static VALUE socket_token(VALUE self)
{
    return rsock_get(self)->token;
}

/* --- Cancel tokens ------------------------------------------------------------------------------------------------ */

struct token {
    sock_cancel_t handle;
};

static void token_free(void *p)
{
    struct token *t = p;
    if (t->handle > 0)
        sock_close(t->handle);
    xfree(t);
}

static const rb_data_type_t token_type = {"Sock::CancelToken", {NULL, token_free, NULL, NULL, {0}}, 0, 0,
                                          RUBY_TYPED_FREE_IMMEDIATELY};

static VALUE token_alloc(VALUE klass)
{
    struct token *t;
    return TypedData_Make_Struct(klass, struct token, &token_type, t);
}

static sock_cancel_t token_get(VALUE self)
{
    return ((struct token *)rb_check_typeddata(self, &token_type))->handle;
}

static VALUE token_open(VALUE self)
{
    struct token *t = rb_check_typeddata(self, &token_type);
    if (t->handle == 0)
        t->handle = checked(sock_cancel_new(), "CancelToken");
    return self;
}

static VALUE token_fire(VALUE self)
{
    checked(sock_cancel_fire(token_get(self)), "fire");
    return self;
}

static VALUE token_close(VALUE self)
{
    sock_close(token_get(self));
    return Qnil;
}

static VALUE token_handle(VALUE self)
{
    return LL2NUM(token_get(self));
}

static VALUE socket_attach(VALUE self, VALUE token)
{
    struct rsock *s = rsock_get(self);
    checked(sock_setcancel(s->handle, NIL_P(token) ? 0 : token_get(token)), "cancel_token=");
    RB_OBJ_WRITE(self, &s->token, token);
    rsock_wake(s);
    return token;
}

static VALUE socket_wake(VALUE self)
{
    rsock_wake(rsock_get(self));
    return self;
}

/* --- Of the object ------------------------------------------------------------------------------------------------ */

static VALUE socket_buffer(VALUE self)
{
    return rsock_get(self)->buffer;
}

static VALUE socket_io(VALUE self)
{
    return rsock_get(self)->io;
}

static VALUE socket_set_io(VALUE self, VALUE io)
{
    RB_OBJ_WRITE(self, &rsock_get(self)->io, io);
    return io;
}

static VALUE socket_no_reverse(VALUE self)
{
    return rsock_get(self)->no_reverse ? Qtrue : Qfalse;
}

static VALUE socket_set_no_reverse(VALUE self, VALUE flag)
{
    rsock_get(self)->no_reverse = RTEST(flag);
    return flag;
}

static VALUE socket_autoclose(VALUE self)
{
    return rsock_get(self)->keep_fd ? Qfalse : Qtrue;
}

/* As IO#autoclose=: false leaves the descriptor open when the object is closed or collected. */
static VALUE socket_set_autoclose(VALUE self, VALUE flag)
{
    rsock_get(self)->keep_fd = !RTEST(flag);
    return flag;
}

static VALUE socket_handle(VALUE self)
{
    return LL2NUM(rsock_get(self)->handle);
}

void init_socket(void)
{
    rb_define_alloc_func(cBasicSocket, socket_alloc);
    rb_define_private_method(cBasicSocket, "open_socket", socket_open, 3);
    rb_define_private_method(cBasicSocket, "own_fd", socket_own_fd, 1);
    rb_define_private_method(cBasicSocket, "own", socket_own, 1);
    rb_define_private_method(cBasicSocket, "initialize_copy", socket_copy, 1);
    rb_define_private_method(rb_singleton_class(cBasicSocket), "open_pair", socket_pair, 3);
    rb_define_private_method(cBasicSocket, "bind_to", socket_bind, 2);
    rb_define_private_method(cBasicSocket, "connect_to", socket_connect, 3);
    rb_define_private_method(cBasicSocket, "accept_as", socket_accept, 2);
    rb_define_private_method(cBasicSocket, "listen_for", socket_listen, 1);
    rb_define_private_method(cBasicSocket, "shut", socket_shutdown, 1);
    rb_define_private_method(cBasicSocket, "get_option", socket_get_option, 3);
    rb_define_private_method(cBasicSocket, "set_option", socket_set_option, 3);
    rb_define_private_method(cBasicSocket, "deadline", socket_deadline, 2);
    rb_define_private_method(cBasicSocket, "attach", socket_attach, 1);
    rb_define_private_method(cBasicSocket, "buffer", socket_buffer, 0);
    rb_define_private_method(cBasicSocket, "lent_io", socket_io, 0);
    rb_define_private_method(cBasicSocket, "lent_io=", socket_set_io, 1);
    rb_define_method(cBasicSocket, "close", socket_close, 0);
    rb_define_method(cBasicSocket, "closed?", socket_is_closed, 0);
    rb_define_method(cBasicSocket, "detach", socket_detach, 0);
    rb_define_method(cBasicSocket, "fileno", socket_fileno, 0);
    rb_define_method(cBasicSocket, "getsockname", socket_getsockname, 0);
    rb_define_method(cBasicSocket, "getpeername", socket_getpeername, 0);
    rb_define_method(cBasicSocket, "family", socket_family, 0);
    rb_define_method(cBasicSocket, "socktype", socket_type, 0);
    rb_define_method(cBasicSocket, "protocol", socket_proto, 0);
    rb_define_method(cBasicSocket, "peer_credentials", socket_peer_cred, 0);
    rb_define_method(cBasicSocket, "timeout", socket_timeout, 0);
    rb_define_method(cBasicSocket, "timeout=", socket_set_timeout, 1);
    rb_define_method(cBasicSocket, "cancel_token", socket_token, 0);
    rb_define_method(cBasicSocket, "do_not_reverse_lookup", socket_no_reverse, 0);
    rb_define_method(cBasicSocket, "do_not_reverse_lookup=", socket_set_no_reverse, 1);
    rb_define_method(cBasicSocket, "autoclose?", socket_autoclose, 0);
    rb_define_method(cBasicSocket, "autoclose=", socket_set_autoclose, 1);
    rb_define_method(cBasicSocket, "handle", socket_handle, 0);
    rb_define_method(cBasicSocket, "wake_fibers", socket_wake, 0);

    cToken = rb_define_class_under(mSock, "CancelToken", rb_cObject);
    rb_define_alloc_func(cToken, token_alloc);
    rb_define_private_method(cToken, "open", token_open, 0);
    rb_define_private_method(cToken, "fire_handle", token_fire, 0);
    rb_define_private_method(cToken, "close_handle", token_close, 0);
    rb_define_method(cToken, "handle", token_handle, 0);
}
