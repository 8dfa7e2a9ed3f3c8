/* Pollers: registrations by number; lib/sock/poller.rb keeps the objects. */
#include "binding.h"

struct poller {
    sock_poller_t handle;
};

static void poller_free(void *p)
{
    struct poller *poller = p;
    if (poller->handle > 0)
        sock_close(poller->handle);
    xfree(poller);
}

static const rb_data_type_t poller_type = {"Sock::Poller", {NULL, poller_free, NULL, NULL, {0}}, 0, 0,
                                           RUBY_TYPED_FREE_IMMEDIATELY};

static VALUE poller_alloc(VALUE klass)
{
    struct poller *p;
    return TypedData_Make_Struct(klass, struct poller, &poller_type, p);
}

static sock_poller_t poller_get(VALUE self)
{
    return ((struct poller *)rb_check_typeddata(self, &poller_type))->handle;
}

static VALUE poller_open(VALUE self)
{
    struct poller *p = rb_check_typeddata(self, &poller_type);
    if (p->handle == 0)
        p->handle = checked(sock_poller_new(), "Poller");
    return self;
}

static VALUE poller_add(VALUE self, VALUE handle, VALUE events, VALUE id)
{
    checked(sock_poller_add(poller_get(self), NUM2LL(handle), NUM2INT(events), NUM2ULL(id)), "add");
    return self;
}

static VALUE poller_modify(VALUE self, VALUE handle, VALUE events, VALUE id)
{
    checked(sock_poller_modify(poller_get(self), NUM2LL(handle), NUM2INT(events), NUM2ULL(id)), "modify");
    return self;
}

static VALUE poller_remove(VALUE self, VALUE handle)
{
    checked(sock_poller_remove(poller_get(self), NUM2LL(handle)), "remove");
    return self;
}

static VALUE poller_add_fd(VALUE self, VALUE fd, VALUE events, VALUE id)
{
    checked(sock_poller_add_fd(poller_get(self), NUM2INT(fd), NUM2INT(events), NUM2ULL(id)), "add");
    return self;
}

static VALUE poller_remove_fd(VALUE self, VALUE fd)
{
    checked(sock_poller_remove_fd(poller_get(self), NUM2INT(fd)), "remove");
    return self;
}

static VALUE poller_timer(VALUE self, VALUE first, VALUE every, VALUE id)
{
    int64_t period = NIL_P(every) ? 0 : to_ns(every);
    return LL2NUM(checked(sock_poller_timer(poller_get(self), to_ns(first), period, NUM2ULL(id)), "timer"));
}

static VALUE poller_wake(VALUE self)
{
    checked(sock_poller_wake(poller_get(self)), "wake");
    return self;
}

static VALUE poller_close(VALUE self)
{
    sock_close(poller_get(self));
    return Qnil;
}

/* Closes a handle of the library: a timer. */
static VALUE close_handle(VALUE self, VALUE handle)
{
    sock_close(NUM2LL(handle));
    return Qnil;
}

enum { MOST = 256 };

struct poll {
    sock_poller_t handle;
    int64_t limit, result;
    size_t cap;
    bool done;
    struct failure failure;
    struct sock_event events[MOST];
};

static void *poll_nogvl(void *p)
{
    struct poll *w = p;
    sock_set_interrupt(rsock_hook, NULL);
    w->result = sock_poller_wait(w->handle, w->events, w->cap, w->limit);
    sock_set_interrupt(NULL, NULL);
    if (w->result < 0)
        failure_take(&w->failure, w->result);
    w->done = true;
    return NULL;
}

/* wait_for(most, timeout) -> [[id, handle, events, code, count], ...]
 * Events that were taken are returned even if an interrupt is pending: Ruby sees it right after.
 */
static VALUE poller_wait(VALUE self, VALUE most, VALUE timeout)
{
    struct poll w = {.handle = poller_get(self), .limit = to_ns(timeout)};
    long cap = NUM2LONG(most);
    if (cap < 1)
        rb_raise(rb_eArgError, "a wait takes at least one event, not %ld", cap);
    w.cap = (size_t)(cap < MOST ? cap : MOST);
    int64_t end = w.limit < SOCK_FOREVER ? sock_now() + w.limit : SOCK_FOREVER;
    for (;;) {
        w.done = false;
        rb_nogvl(poll_nogvl, &w, RUBY_UBF_IO, NULL, RB_NOGVL_INTR_FAIL);
        if (w.done && w.result != RSOCK_INTERRUPTED)
            break;
        rb_thread_check_ints();
        if (end < SOCK_FOREVER) {
            int64_t rest = end - sock_now();
            w.limit = rest > 0 ? rest : 0;
        }
    }
    RB_GC_GUARD(self);
    if (w.result < 0)
        fail_with(&w.failure, "wait");
    VALUE result = rb_ary_new_capa(w.result);
    for (int64_t i = 0; i < w.result; i++) {
        const struct sock_event *e = &w.events[i];
        rb_ary_push(result, rb_ary_new_from_args(5, ULL2NUM(e->data), LL2NUM(e->handle), INT2NUM(e->events),
                                                 INT2NUM(e->code), ULL2NUM(e->count)));
    }
    return result;
}

void init_poller(void)
{
    VALUE poller = rb_define_class_under(mSock, "Poller", rb_cObject);
    rb_define_alloc_func(poller, poller_alloc);
    rb_define_private_method(poller, "open", poller_open, 0);
    rb_define_private_method(poller, "add_handle", poller_add, 3);
    rb_define_private_method(poller, "modify_handle", poller_modify, 3);
    rb_define_private_method(poller, "remove_handle", poller_remove, 1);
    rb_define_private_method(poller, "add_fd", poller_add_fd, 3);
    rb_define_private_method(poller, "remove_fd", poller_remove_fd, 1);
    rb_define_private_method(poller, "start_timer", poller_timer, 3);
    rb_define_private_method(poller, "wait_for", poller_wait, 2);
    rb_define_private_method(poller, "close_handle", poller_close, 0);
    rb_define_method(poller, "wake", poller_wake, 0);
    rb_define_module_function(rb_define_module_under(mSock, "Library"), "close", close_handle, 1);
}
