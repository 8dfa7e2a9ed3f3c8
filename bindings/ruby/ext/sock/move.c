/* Files to sockets, sockets to sockets: without the GVL and without Ruby's memory. */
#include "binding.h"

enum kind { SENDFILE, SPLICE, RELAY };

struct move {
    enum kind kind;
    struct rsock *one, *two; /* two: NULL for a file */
    sock_t a, b;
    int file;
    int64_t offset, count, limit, idle, result, sent, received;
    struct sock_relay_counts counts;
    struct failure failure;
    bool done;
};

static void *move_nogvl(void *p)
{
    struct move *m = p;
    sock_set_interrupt(rsock_hook, NULL);
    if (m->kind == SENDFILE)
        m->result = sock_sendfile(m->a, m->file, m->offset, m->count, &m->sent);
    else if (m->kind == SPLICE)
        m->result = sock_splice(m->a, m->b, m->count, &m->received, &m->sent);
    else
        m->result = sock_relay(m->a, m->b, m->idle, &m->counts);
    if (m->result < 0)
        failure_take(&m->failure, m->result);
    sock_set_interrupt(NULL, NULL);
    m->done = true;
    return NULL;
}

/* These calls wait by themselves, so the handle is in timeout mode meanwhile. Other calls on it pass MSG_DONTWAIT. */
static void waiting_mode(struct rsock *s, int64_t limit)
{
    if (s) {
        s->moving++;
        sock_settimeout(s->handle, limit);
    }
}

static void usual_mode(struct rsock *s)
{
    if (s && --s->moving == 0)
        sock_settimeout(s->handle, 0);
}

/* Runs once; returns false if it was interrupted and the interrupt did not raise. */
static bool move_once(struct move *m)
{
    m->done = false;
    m->sent = m->received = 0;
    waiting_mode(m->one, m->limit);
    waiting_mode(m->two, m->limit);
    rb_nogvl(move_nogvl, m, RUBY_UBF_IO, NULL, RB_NOGVL_INTR_FAIL);
    usual_mode(m->one);
    usual_mode(m->two);
    return m->done && m->result != RSOCK_INTERRUPTED;
}

/* The shorter of two timeouts as a time on the clock. */
static int64_t end_of(struct rsock *a, struct rsock *b)
{
    int64_t limit = b && b->timeout < a->timeout ? b->timeout : a->timeout;
    return limit < SOCK_FOREVER ? sock_now() + limit : SOCK_FOREVER;
}

static int64_t left(int64_t end)
{
    int64_t rest = end < SOCK_FOREVER ? end - sock_now() : SOCK_FOREVER;
    return rest > 0 ? rest : 1;
}

NORETURN(static void fail_moved(struct move *m, int64_t sent, const char *what));
static void fail_moved(struct move *m, int64_t sent, const char *what)
{
    VALUE error = error_new(&m->failure, what);
    rb_ivar_set(error, rb_intern("@sent"), LL2NUM(sent));
    rb_exc_raise(error);
}

/* send_file_from(fd, offset, count or -1) -> bytes sent */
static VALUE socket_sendfile(VALUE self, VALUE fd, VALUE offset, VALUE count)
{
    struct rsock *s = rsock_get(self);
    struct move m = {.kind = SENDFILE, .one = s, .a = s->handle, .file = NUM2INT(fd), .offset = NUM2LL(offset),
                     .count = NUM2LL(count)};
    int64_t end = end_of(s, NULL), sent = 0;
    for (;;) {
        m.limit = left(end);
        bool whole = move_once(&m);
        sent += m.sent;
        if (whole)
            break;
        m.offset = m.offset || m.sent ? m.offset + m.sent : 0;
        m.count = m.count < 0 ? -1 : m.count - m.sent;
        if (m.count == 0)
            return LL2NUM(sent);
        rb_thread_check_ints();
    }
    RB_GC_GUARD(self);
    if (m.result < 0)
        fail_moved(&m, sent, "send_file");
    return LL2NUM(sent);
}

/* splice_to(other, count or -1) -> bytes moved */
static VALUE socket_splice(VALUE self, VALUE other, VALUE count)
{
    struct rsock *a = rsock_get(self), *b = rsock_get(other);
    struct move m = {.kind = SPLICE, .one = a, .two = b, .a = a->handle, .b = b->handle, .count = NUM2LL(count)};
    int64_t end = end_of(a, b), sent = 0;
    if (RSTRING_LEN(a->buffer) > 0)
        rb_raise(rb_eIOError, "splice for buffered IO");
    for (;;) {
        m.limit = left(end);
        bool whole = move_once(&m);
        sent += m.sent;
        if (whole)
            break;
        m.count = m.count < 0 ? -1 : m.count - m.sent;
        if (m.count == 0)
            return LL2NUM(sent);
        rb_thread_check_ints();
    }
    RB_GC_GUARD(self);
    RB_GC_GUARD(other);
    if (m.result < 0)
        fail_moved(&m, sent, "splice");
    return LL2NUM(sent);
}

/* relay_with(other, idle) -> [bytes to other, bytes from other] */
static VALUE socket_relay(VALUE self, VALUE other, VALUE idle)
{
    struct rsock *a = rsock_get(self), *b = rsock_get(other);
    struct move m = {.kind = RELAY, .one = a, .two = b, .a = a->handle, .b = b->handle, .idle = to_ns(idle)};
    int64_t end = end_of(a, b), there = 0, back = 0;
    if (RSTRING_LEN(a->buffer) > 0 || RSTRING_LEN(b->buffer) > 0)
        rb_raise(rb_eIOError, "relay for buffered IO");
    for (;;) {
        m.limit = left(end);
        bool whole = move_once(&m);
        there += (int64_t)m.counts.a_to_b;
        back += (int64_t)m.counts.b_to_a;
        if (whole)
            break;
        memset(&m.counts, 0, sizeof m.counts);
        rb_thread_check_ints();
    }
    RB_GC_GUARD(self);
    RB_GC_GUARD(other);
    if (m.result < 0)
        fail_moved(&m, there + back, "relay");
    return rb_assoc_new(LL2NUM(there), LL2NUM(back));
}

void init_move(void)
{
    rb_define_private_method(cBasicSocket, "send_file_from", socket_sendfile, 3);
    rb_define_private_method(cBasicSocket, "splice_to", socket_splice, 2);
    rb_define_private_method(cBasicSocket, "relay_with", socket_relay, 2);
}
