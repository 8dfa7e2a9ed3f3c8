/* Lookups, connections and servers. The first two are operations of the library, whose descriptor Ruby waits for: in a
 * fiber scheduler too, and an exception from elsewhere closes the operation.
 */
#include "binding.h"

struct operation {
    sock_op_t op;
    int64_t (*step)(sock_op_t op);
    const char *what;
};

static VALUE operation_run(VALUE p)
{
    struct operation *o = (struct operation *)p;
    int64_t result;
    while ((result = o->step(o->op)) == 0)
        wait_operation(o->op);
    return LL2NUM(checked(result, o->what));
}

static VALUE operation_close(VALUE p)
{
    sock_close(((struct operation *)p)->op);
    return Qnil;
}

/* Packed results of a list, which it closes. */
static VALUE list_items(VALUE number)
{
    sock_addrinfo_list_t list = NUM2LL(number);
    VALUE result = rb_ary_new();
    int64_t count = checked(sock_addrinfo_list_count(list), "getaddrinfo");
    for (int64_t i = 0; i < count; i++) {
        struct sock_addrinfo info;
        char name[1100];
        checked(sock_addrinfo_list_at(list, i, &info), "getaddrinfo");
        checked(sock_addrinfo_list_canonname(list, i, name, sizeof name), "getaddrinfo");
        rb_ary_push(result, rb_ary_new_from_args(5, from_addr(&info.address), INT2NUM(info.family),
                                                 INT2NUM(info.type), INT2NUM(info.proto),
                                                 name[0] ? rb_str_new_cstr(name) : Qnil));
    }
    return result;
}

static VALUE list_close(VALUE number)
{
    sock_close(NUM2LL(number));
    return Qnil;
}

/* lookup(host, port, family, type, protocol, flags, timeout, token)
 * -> [[packed address, family, type, protocol, canonical name or nil], ...]
 */
static VALUE lookup(int argc, VALUE *argv, VALUE self)
{
    rb_check_arity(argc, 8, 8);
    struct sock_addrinfo_options o = {
        .size = sizeof o,
        .family = NUM2INT(argv[2]),
        .type = NUM2INT(argv[3]),
        .proto = NUM2INT(argv[4]),
        .flags = NUM2INT(argv[5]),
        .timeout_ns = to_ns(argv[6]),
        .cancel = NIL_P(argv[7]) ? 0 : NUM2LL(argv[7]),
    };
    const char *host = to_text(argv[0], "host"), *port = to_text(argv[1], "port");
    if (o.timeout_ns == 0)
        o.timeout_ns = 1;
    struct operation op = {checked(sock_getaddrinfo_start(host, port, &o), "getaddrinfo"), sock_getaddrinfo_step,
                           "getaddrinfo"};
    VALUE list = rb_ensure(operation_run, (VALUE)&op, operation_close, (VALUE)&op);
    return rb_ensure(list_items, list, list_close, list);
}

/* names(packed address, flags, timeout) -> [host, service] */
struct names {
    sock_op_t op;
    char host[1025], service[32];
};

static VALUE names_run(VALUE p)
{
    struct names *n = (struct names *)p;
    int result;
    while ((result = sock_getnameinfo_step(n->op, n->host, sizeof n->host, n->service, sizeof n->service)) == 0)
        wait_operation(n->op);
    checked(result, "getnameinfo");
    return rb_assoc_new(rb_str_new_cstr(n->host), rb_str_new_cstr(n->service));
}

static VALUE names_close(VALUE p)
{
    sock_close(((struct names *)p)->op);
    return Qnil;
}

static VALUE names(VALUE self, VALUE packed, VALUE flags, VALUE timeout)
{
    struct sock_addr a;
    to_addr(packed, &a);
    struct names n = {.op = checked(sock_getnameinfo_start(&a, NUM2INT(flags), to_ns(timeout)), "getnameinfo")};
    return rb_ensure(names_run, (VALUE)&n, names_close, (VALUE)&n);
}

/* dial(host, port, {options}, attempts or nil) -> handle
 * `attempts` receives [packed address, phase, code, start, end] of each, also on failure.
 */
struct dial {
    struct operation op;
    VALUE attempts;
};

static VALUE dial_close(VALUE p)
{
    struct dial *d = (struct dial *)p;
    if (!NIL_P(d->attempts)) {
        int64_t n = sock_create_connection_attempts(d->op.op, NULL, 0);
        VALUE memory;
        struct sock_attempt *all = rb_alloc_tmp_buffer(&memory, (n > 0 ? n : 0) * (long)sizeof *all + 1);
        int64_t have = n > 0 ? sock_create_connection_attempts(d->op.op, all, (size_t)n) : 0;
        for (int64_t i = 0; i < have && i < n; i++)
            rb_ary_push(d->attempts, rb_ary_new_from_args(5, from_addr(&all[i].address), INT2NUM(all[i].phase),
                                                          INT2NUM(all[i].code), from_ns(all[i].start_ns),
                                                          from_ns(all[i].end_ns)));
        rb_free_tmp_buffer(&memory);
    }
    return operation_close((VALUE)&d->op);
}

static VALUE option(VALUE options, const char *name)
{
    return rb_hash_lookup(options, ID2SYM(rb_intern(name)));
}

static int int_option(VALUE options, const char *name)
{
    VALUE v = option(options, name);
    return NIL_P(v) || v == Qfalse ? 0 : v == Qtrue ? 1 : NUM2INT(v);
}

/* A limit: 0 (the library's "default") where the program wants none to pass becomes 1 ns. */
static int64_t ns_option(VALUE options, const char *name, int64_t none)
{
    VALUE v = option(options, name);
    int64_t ns = NIL_P(v) ? none : to_ns(v);
    return ns == 0 && !NIL_P(v) ? 1 : ns;
}

static VALUE dial(VALUE self, VALUE host, VALUE port, VALUE options, VALUE attempts)
{
    struct sock_addr source;
    VALUE from = option(options, "source"), token = option(options, "cancel"), stagger = option(options, "stagger");
    struct sock_connect_options o = {
        .size = sizeof o,
        .timeout_ns = ns_option(options, "timeout", SOCK_FOREVER),
        .attempt_timeout_ns = ns_option(options, "attempt_timeout", 0),
        .resolution_delay_ns = ns_option(options, "resolution_delay", 0),
        .stagger_ns = stagger == Qfalse ? -1 : ns_option(options, "stagger", 0),
        .cancel = NIL_P(token) ? 0 : NUM2LL(token),
        .family = int_option(options, "family"),
        .fast_open = int_option(options, "fast_open"),
    };
    if (!NIL_P(option(options, "deadline")))
        o.deadline_ns = ns_option(options, "deadline", 0);
    if (!NIL_P(from)) {
        to_addr(from, &source);
        o.source = &source;
    }
    const char *at_host = to_text(host, "host"), *at_port = to_text(port, "port");
    VALUE what = rb_sprintf("connect(2) for %+" PRIsVALUE " port %" PRIsVALUE, host, port);
    sock_op_t op = checked(sock_create_connection_start(at_host, at_port, &o), StringValueCStr(what));
    struct dial d = {{op, sock_create_connection_step, RSTRING_PTR(what)}, attempts};
    VALUE result = rb_ensure(operation_run, (VALUE)&d.op, dial_close, (VALUE)&d);
    RB_GC_GUARD(what);
    return result;
}

/* serve(host, port, {options}, all) -> [handle, ...]; looks names up without the GVL */
struct serving {
    const char *host, *port;
    struct sock_server_options options;
    sock_t handles[64];
    int64_t result;
    bool all, done;
    struct failure failure;
};

static void *serve_nogvl(void *p)
{
    struct serving *v = p;
    sock_set_interrupt(rsock_hook, NULL);
    if (v->all)
        v->result = sock_create_servers(v->host, v->port, &v->options, v->handles, 64);
    else
        v->result = v->handles[0] = sock_create_server(v->host, v->port, &v->options);
    sock_set_interrupt(NULL, NULL);
    if (v->result < 0)
        failure_take(&v->failure, v->result);
    v->done = true;
    return NULL;
}

static VALUE serve(VALUE self, VALUE host, VALUE port, VALUE options, VALUE all)
{
    VALUE backlog = option(options, "backlog");
    struct serving v = {
        .all = RTEST(all),
        .options = {
            .size = sizeof v.options,
            .family = int_option(options, "family"),
            .backlog = NIL_P(backlog) ? 0 : NUM2INT(backlog) == 0 ? -1 : NUM2INT(backlog),
            .reuse_port = int_option(options, "reuse_port"),
            .dualstack = int_option(options, "dualstack"),
            .remove_stale = int_option(options, "remove_stale"),
            .file_mode = int_option(options, "file_mode"),
            .timeout_ns = ns_option(options, "timeout", SOCK_FOREVER),
        },
    };
    /* Other threads may change the strings meanwhile. */
    host = NIL_P(host) ? Qnil : rb_str_dup(StringValue(host));
    port = NIL_P(port) ? Qnil : rb_str_dup(StringValue(port));
    v.host = to_text(host, "host");
    v.port = to_text(port, "port");
    if (v.options.timeout_ns < SOCK_FOREVER) {
        v.options.deadline_ns = sock_now() + v.options.timeout_ns;
        v.options.timeout_ns = SOCK_FOREVER;
    }
    do {
        rb_thread_check_ints();
        v.done = false;
        rb_nogvl(serve_nogvl, &v, RUBY_UBF_IO, NULL, RB_NOGVL_INTR_FAIL);
    } while (!v.done || v.result == RSOCK_INTERRUPTED);
    RB_GC_GUARD(host);
    RB_GC_GUARD(port);
    if (v.result < 0)
        fail_with(&v.failure, "create_server");
    int64_t n = v.all ? v.result : 1;
    VALUE result = rb_ary_new_capa(n);
    for (int64_t i = 0; i < n; i++)
        rb_ary_push(result, LL2NUM(v.handles[i]));
    return result;
}

void init_lookup(void)
{
    VALUE library = rb_define_module_under(mSock, "Library");
    rb_define_module_function(library, "lookup", lookup, -1);
    rb_define_module_function(library, "names", names, 3);
    rb_define_module_function(library, "dial", dial, 4);
    rb_define_module_function(library, "serve", serve, 4);
}
