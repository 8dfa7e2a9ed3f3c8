/* Codes as exceptions.
 *
 * An errno becomes Ruby's own class (Errno::ECONNREFUSED); libsock's codes become classes below Ruby's. All of them
 * include Sock::Error, with the code and its name; the message has the sentence of sock_last_error.
 */
#include "binding.h"

VALUE mError;
static VALUE cTimeout, cCanceled, cClosed, cResolver, cEof;

void failure_take(struct failure *f, int64_t code)
{
    int of = 0;
    f->code = code;
    f->text[0] = '\0';
    sock_last_error(&of, f->text, sizeof f->text);
    if (of != code)
        f->text[0] = '\0';
}

static VALUE own_class(int64_t code)
{
    if (code == SOCK_ETIMEDOUT)
        return cTimeout;
    if (code == SOCK_ECANCELED)
        return cCanceled;
    if (sock_is_closed(code))
        return cClosed;
    if (code == SOCK_EEOF)
        return cEof;
    return sock_is_resolver(code) ? cResolver : Qnil;
}

VALUE error_new(const struct failure *f, const char *what)
{
    const char *plain = sock_strerror(f->code);
    /* The sentence, if it says more than the code does. */
    const char *more = f->text[0] && strcmp(f->text, plain) != 0 ? f->text : NULL;
    VALUE klass = own_class(f->code), error;
    if (klass == cTimeout || klass == cCanceled)
        error = rb_funcall(klass, rb_intern("new"), 1, rb_utf8_str_new_cstr(more ? more : what ? what : plain));
    else if (klass == cClosed && f->code == -EBADF)
        error = rb_exc_new_cstr(klass, more && !strstr(more, "descriptor") ? more : "closed stream");
    else if (klass == cClosed)
        error = rb_exc_new_cstr(klass, "stream closed in another thread");
    else if (!NIL_P(klass))
        error = rb_exc_new_str(klass, rb_utf8_str_new_cstr(more ? more : plain));
    else if (f->code > -4096)
        error = rb_syserr_new((int)-f->code, more ? more : what);
    else
        error = rb_exc_new_cstr(rb_eRuntimeError, more ? more : plain);
    rb_extend_object(error, mError);
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

void init_error(void)
{
    mError = rb_const_get(mSock, rb_intern("Error"));
    cTimeout = rb_const_get(mSock, rb_intern("TimeoutError"));
    cCanceled = rb_const_get(mSock, rb_intern("CanceledError"));
    cClosed = rb_const_get(mSock, rb_intern("ClosedError"));
    cResolver = rb_const_get(mSock, rb_intern("ResolverError"));
    cEof = rb_const_get(mSock, rb_intern("EndOfStream"));
    rb_define_module_function(mSock, "error_name", error_name, 1);
    rb_define_module_function(mSock, "strerror", error_text, 1);
    rb_define_module_function(mSock, "fail", error_raise, 2);
}
