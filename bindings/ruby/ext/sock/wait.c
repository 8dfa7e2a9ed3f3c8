/* Waiting: without the GVL, or in a fiber scheduler.
 *
 * Without the GVL, sock_wait obeys the deadline, the token and a close. Ruby interrupts it by a signal that it repeats
 * until the call is left (RUBY_UBF_IO); the hook turns that into a code, and the wait goes on with the rest of its time
 * unless the interrupt raised. A fiber waits through its scheduler, for an epoll(7) descriptor that holds the socket
 * and an eventfd(2), which a close, a new deadline or a token makes readable.
 */
#include "binding.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ruby/fiber/scheduler.h>

#define RETRY_NS INT64_C(5000000) /* where no descriptor reports that a send can be retried */

int rsock_hook(void *unused)
{
    return RSOCK_INTERRUPTED;
}

struct waiting {
    sock_t handle;
    int direction;
    int64_t limit;
    int64_t result;
    struct failure failure;
};

static void *wait_nogvl(void *p)
{
    struct waiting *w = p;
    sock_set_interrupt(rsock_hook, NULL);
    w->result = sock_wait(w->handle, w->direction, w->limit);
    sock_set_interrupt(NULL, NULL);
    if (w->result < 0)
        failure_take(&w->failure, w->result);
    return NULL;
}

/* A wait of a fiber. */
struct fiber_wait {
    VALUE scheduler, io, self, timeout;
    struct rsock *s;
    int epoll, wake;
};

static VALUE fiber_begin(VALUE p)
{
    struct fiber_wait *w = (struct fiber_wait *)p;
    if (NIL_P(w->s->waits))
        RB_OBJ_WRITE(w->self, &w->s->waits, rb_ary_new());
    rb_ary_push(w->s->waits, INT2FIX(w->wake));
    w->io = rb_io_fdopen(w->epoll, O_RDONLY, NULL);
    w->epoll = -1; /* the IO closes it */
    return rb_fiber_scheduler_io_wait(w->scheduler, w->io, INT2FIX(RUBY_IO_READABLE), w->timeout);
}

static VALUE fiber_end(VALUE p)
{
    struct fiber_wait *w = (struct fiber_wait *)p;
    if (!NIL_P(w->s->waits))
        rb_ary_delete(w->s->waits, INT2FIX(w->wake));
    close(w->wake);
    if (!NIL_P(w->io))
        rb_io_close(w->io);
    else if (w->epoll >= 0)
        close(w->epoll);
    return Qnil;
}

static void fiber_wait(VALUE scheduler, VALUE self, struct rsock *s, int direction, int64_t limit)
{
    struct fiber_wait w = {scheduler, Qnil, self, from_ns(limit), s, -1, -1};
    int fd = (int)checked(sock_peek_fileno(s->handle), "wait");
    w.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event socket = {.events = direction == SOCK_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT};
    struct epoll_event wake = {.events = EPOLLIN};
    if (w.wake < 0 || w.epoll < 0 || epoll_ctl(w.epoll, EPOLL_CTL_ADD, fd, &socket) != 0 ||
        epoll_ctl(w.epoll, EPOLL_CTL_ADD, w.wake, &wake) != 0) {
        int error = errno;
        if (w.wake >= 0)
            close(w.wake);
        if (w.epoll >= 0)
            close(w.epoll);
        rb_syserr_fail(error, "wait");
    }
    rb_ensure(fiber_begin, (VALUE)&w, fiber_end, (VALUE)&w);
}

void rsock_wake(struct rsock *s)
{
    for (long i = 0; !NIL_P(s->waits) && i < RARRAY_LEN(s->waits); i++) {
        uint64_t one = 1;
        ssize_t ignored = write(FIX2INT(rb_ary_entry(s->waits, i)), &one, sizeof one);
        (void)ignored; /* full means readable already */
    }
}

static void pause_for(int64_t ns)
{
    VALUE scheduler = rb_fiber_scheduler_current();
    struct timeval tv = {ns / 1000000000, ns % 1000000000 / 1000};
    if (NIL_P(scheduler))
        rb_thread_wait_for(tv);
    else
        rb_fiber_scheduler_kernel_sleep(scheduler, from_ns(ns));
}

void rsock_wait(VALUE self, struct rsock *s, int direction, int64_t *end, int addressed, const char *what)
{
    if (s->timeout == 0)
        fail_would_block(direction, what);
    int64_t now = s->timeout < SOCK_FOREVER ? sock_now() : 0;
    if (*end == 0)
        *end = s->timeout < SOCK_FOREVER - now ? now + s->timeout : SOCK_FOREVER;
    int64_t limit = *end < SOCK_FOREVER ? *end - now : SOCK_FOREVER;
    if (limit <= 0)
        fail_code(SOCK_ETIMEDOUT, "timed out");
    if (direction == SOCK_WRITE && sock_send_pollable(s->handle, addressed) == 0) {
        pause_for(limit < RETRY_NS ? limit : RETRY_NS);
        return;
    }
    VALUE scheduler = rb_fiber_scheduler_current();
    if (!NIL_P(scheduler)) {
        int64_t until = s->until[direction] < SOCK_FOREVER ? s->until[direction] - sock_now() : SOCK_FOREVER;
        until = until < 0 ? 0 : until;
        fiber_wait(scheduler, self, s, direction, until < limit ? until : limit);
        return; /* the call is tried again, and sees a deadline, token or close */
    }
    struct waiting w = {s->handle, direction, limit, 0, {0}};
    rb_thread_call_without_gvl(wait_nogvl, &w, RUBY_UBF_IO, NULL);
    RB_GC_GUARD(self);
    if (w.result == RSOCK_INTERRUPTED)
        rb_thread_check_ints();
    else if (w.result < 0)
        fail_with(&w.failure, what);
}

/* socket.wait(direction, seconds) -> true if ready, false after the time. */
static VALUE socket_wait(VALUE self, VALUE direction, VALUE seconds)
{
    struct rsock *s = rsock_get(self);
    int way = NUM2INT(direction);
    int64_t limit = to_ns(seconds), end = limit < SOCK_FOREVER ? sock_now() + limit : SOCK_FOREVER;
    VALUE scheduler = rb_fiber_scheduler_current();
    for (;;) {
        struct waiting w = {s->handle, way, NIL_P(scheduler) ? limit : 0, 0, {0}};
        rb_thread_call_without_gvl(wait_nogvl, &w, RUBY_UBF_IO, NULL);
        if (w.result < 0 && w.result != RSOCK_INTERRUPTED)
            fail_with(&w.failure, "wait");
        if (w.result > 0)
            return Qtrue;
        rb_thread_check_ints();
        if (end < SOCK_FOREVER && (limit = end - sock_now()) <= 0)
            return Qfalse;
        if (!NIL_P(scheduler))
            fiber_wait(scheduler, self, s, way, limit);
    }
}

void wait_operation(sock_op_t op)
{
    int fd = (int)checked(sock_fileno(op), "wait");
    VALUE scheduler = rb_fiber_scheduler_current();
    if (NIL_P(scheduler)) {
        rb_wait_for_single_fd(fd, RUBY_IO_READABLE, NULL);
        return;
    }
    VALUE options = rb_hash_new();
    rb_hash_aset(options, ID2SYM(rb_intern("autoclose")), Qfalse);
    VALUE arguments[] = {INT2FIX(fd), options};
    VALUE io = rb_funcallv_kw(rb_cIO, rb_intern("for_fd"), 2, arguments, RB_PASS_KEYWORDS);
    rb_fiber_scheduler_io_wait(scheduler, io, INT2FIX(RUBY_IO_READABLE), Qnil);
}

void *sock_close_nogvl(void *handle)
{
    return (void *)(intptr_t)sock_close(*(sock_t *)handle);
}

void init_wait(void)
{
    rb_define_private_method(cBasicSocket, "wait_ready", socket_wait, 2);
}
