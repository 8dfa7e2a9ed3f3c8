/* Codes as exceptions: in Ruby's own classes, which are extended with Sock::Error or a module below it. The message has
 * the sentence of sock_last_error.
 */
#include "binding.h"

VALUE mError;

/* The conditions that libsock itself detects: a module below Sock::Error in a class of Ruby's. */
enum { TIMEOUT, CANCELED, CLOSED, RESOLVER, END_OF_STREAM, SYSTEM };
static struct {
    VALUE module, klass;
} kinds[SYSTEM];

void failure_take(struct failure *f, int64_t code)
{
    int of = 0;
    f->code = code;
    f->text[0] = '\0';
    sock_last_error(&of, f->text, sizeof f->text);
    if (of != code)
        f->text[0] = '\0';
}

static int kind_of(int64_t code)
{
    if (code == SOCK_ETIMEDOUT)
        return TIMEOUT;
    if (code == SOCK_ECANCELED)
        return CANCELED;
    if (sock_is_closed(code))
        return CLOSED;
    if (code == SOCK_EEOF)
        return END_OF_STREAM;
    return sock_is_resolver(code) ? RESOLVER : SYSTEM;
}

VALUE error_new(const struct failure *f, const char *what)
{
    const char *plain = sock_strerror(f->code);
    /* The sentence, if it says more than the code does. */
    const char *more = f->text[0] && strcmp(f->text, plain) != 0 ? f->text : NULL;
    int kind = kind_of(f->code);
    VALUE error;
    if (kind == TIMEOUT || kind == CANCELED)
        error = rb_funcall(kinds[kind].klass, rb_intern("new"), 1, rb_utf8_str_new_cstr(more ? more : plain));
    else if (kind == CLOSED)
        error = rb_exc_new_cstr(rb_eIOError,
                                f->code == -EBADF ? "closed stream" : "stream closed in another thread");
    else if (kind != SYSTEM)
        error = rb_exc_new_str(kinds[kind].klass, rb_utf8_str_new_cstr(more ? more : plain));
    else if (f->code > -4096 && more && what) {
        VALUE both = rb_sprintf("%s: %s", what, more);
        error = rb_syserr_new((int)-f->code, StringValueCStr(both));
        RB_GC_GUARD(both);
    } else if (f->code > -4096)
        error = rb_syserr_new((int)-f->code, more ? more : what);
    else
        error = rb_exc_new_cstr(rb_eRuntimeError, more ? more : plain);
    rb_extend_object(error, kind == SYSTEM ? mError : kinds[kind].module);
    rb_ivar_set(error, rb_intern("@code"), LL2NUM(f->code));
    return error;
}

void fail_with(const struct failure *f, const char *what)
{
    rb_exc_raise(error_new(f, what));
}

void fail_code(int64_t code, const char *what)
{
    struct failure f;
    failure_take(&f, code);
    fail_with(&f, what);
}

void fail_would_block(int direction, const char *what)
{
    VALUE error = rb_funcall(rb_const_get(rb_cIO, rb_intern(direction == SOCK_READ ? "EAGAINWaitReadable"
                                                                                  : "EAGAINWaitWritable")),
                             rb_intern("new"), 1, rb_str_new_cstr(what));
    rb_exc_raise(error);
}

/* Returns the name of a code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME". */
static VALUE error_name(VALUE self, VALUE code)
{
    return rb_str_new_cstr(sock_err_name(NUM2LL(code)));
}

static VALUE error_text(VALUE self, VALUE code)
{
    return rb_str_new_cstr(sock_strerror(NUM2LL(code)));
}

/* Raises the exception of a code. */
static VALUE error_raise(VALUE self, VALUE code, VALUE what)
{
    struct failure f = {.code = NUM2LL(code)};
    fail_with(&f, NIL_P(what) ? NULL : StringValueCStr(what));
}

/* Makes an exception one of libsock's. */
static VALUE error_blame(VALUE self, VALUE error, VALUE code)
{
    rb_extend_object(error, mError);
    rb_ivar_set(error, rb_intern("@code"), code);
    return error;
}

void init_error(void)
{
    static const char *const names[] = {"TimeoutError", "CanceledError", "ClosedError", "ResolverError",
                                        "EndOfStream"};
    mError = rb_const_get(mSock, rb_intern("Error"));
    VALUE socket_error = rb_const_get(rb_cObject, rb_intern("SocketError"));
    VALUE socket = rb_const_get(rb_cObject, rb_intern("Socket")), errnos = rb_mErrno;
    VALUE classes[] = {rb_const_get(errnos, rb_intern("ETIMEDOUT")), rb_const_get(errnos, rb_intern("ECANCELED")),
                       rb_eIOError, socket_error, rb_eEOFError};
    if (rb_const_defined_at(socket, rb_intern("ResolutionError")))
        classes[RESOLVER] = rb_const_get_at(socket, rb_intern("ResolutionError"));
    for (int i = 0; i < SYSTEM; i++) {
        kinds[i].module = rb_const_get(mSock, rb_intern(names[i]));
        kinds[i].klass = classes[i];
    }
    rb_define_module_function(mSock, "error_name", error_name, 1);
    rb_define_module_function(mSock, "strerror", error_text, 1);
    VALUE library = rb_define_module_under(mSock, "Library");
    rb_define_module_function(library, "fail", error_raise, 2);
    rb_define_module_function(library, "blame", error_blame, 2);
}
