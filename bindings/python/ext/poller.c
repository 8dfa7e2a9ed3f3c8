/* Pollers: the part of libsock.Poller that calls libsock. The objects behind the numbers of events are kept in
 * _poller.py. */
#include "binding.h"

#define SELF ((struct poller *)self)

struct poller {
    PyObject_HEAD
    /* 0 when closed. */
    sock_poller_t handle;
    struct state *state;
    PyObject *module;
};

/* As many events as one wait returns at most, so that they fit on the stack. */
#define MOST 256

static PyObject *new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct state *state = state_of_type(type);
    struct poller *self = state == NULL ? NULL : (struct poller *)type->tp_alloc(type, 0);
    int64_t handle;

    (void)args;
    (void)kwargs;
    if (self == NULL)
        return NULL;
    self->state = state;
    Py_INCREF(state->module);
    self->module = state->module;
    handle = sock_poller_new();
    if (handle < 0) {
        Py_DECREF(self);
        return error_raise(state, handle);
    }
    self->handle = handle;
    return (PyObject *)self;
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(SELF->module);
    return state_traverse_object(self, visit, arg);
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (SELF->handle > 0)
        sock_close(SELF->handle);
    Py_CLEAR(SELF->module);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *close_(PyObject *self, PyObject *unused)
{
    sock_poller_t handle = SELF->handle;
    int64_t code = 0;

    (void)unused;
    SELF->handle = 0;
    if (handle > 0)
        WITHOUT_GIL(code = sock_close(handle));
    return error_or_none(SELF->state, code);
}

/* What can be registered: a handle of libsock, or a descriptor. */
struct subject {
    sock_t handle;
    int fd;
};

static int is_a(PyObject *object, PyTypeObject *type)
{
    return type != NULL && PyObject_TypeCheck(object, type);
}

static int subject_of(struct state *state, PyObject *object, struct subject *out)
{
    *out = (struct subject){0, -1};
    if (is_a(object, state->socket_type)) {
        out->handle = ((struct socket *)object)->handle;
    } else if (is_a(object, state->token_type)) {
        out->handle = ((struct token *)object)->handle;
    } else {
        out->fd = PyObject_AsFileDescriptor(object);
        return out->fd < 0 ? -1 : 0;
    }
    if (out->handle != 0)
        return 0;
    error_raise(state, -EBADF);
    return -1;
}

/* The number by which an object is found again: that of its handle, or the complement of its descriptor's. */
static PyObject *result_of(struct state *state, int64_t code, const struct subject *subject)
{
    if (code < 0)
        return error_raise(state, code);
    return PyLong_FromLongLong(subject->handle != 0 ? subject->handle : ~(long long)subject->fd);
}

static PyObject *add(PyObject *self, PyObject *args)
{
    struct subject subject;
    PyObject *object;
    unsigned long long ident;
    int64_t code;
    int events;

    if (!PyArg_ParseTuple(args, "OiK:_add", &object, &events, &ident)
        || subject_of(SELF->state, object, &subject) < 0)
        return NULL;
    QUICK(SELF->state, code = subject.handle != 0 ? sock_poller_add(SELF->handle, subject.handle, events, ident)
                                                  : sock_poller_add_fd(SELF->handle, subject.fd, events, ident));
    return result_of(SELF->state, code, &subject);
}

static int64_t modify_fd(sock_poller_t poller, int fd, int events, uint64_t ident)
{
    int64_t code = sock_poller_remove_fd(poller, fd);

    return code < 0 ? code : sock_poller_add_fd(poller, fd, events, ident);
}

static PyObject *modify(PyObject *self, PyObject *args)
{
    struct subject subject;
    PyObject *object;
    unsigned long long ident;
    int64_t code;
    int events;

    if (!PyArg_ParseTuple(args, "OiK:_modify", &object, &events, &ident)
        || subject_of(SELF->state, object, &subject) < 0)
        return NULL;
    QUICK(SELF->state, code = subject.handle != 0 ? sock_poller_modify(SELF->handle, subject.handle, events, ident)
                                                  : modify_fd(SELF->handle, subject.fd, events, ident));
    return result_of(SELF->state, code, &subject);
}

static PyObject *remove_(PyObject *self, PyObject *object)
{
    struct subject subject;
    int64_t code;

    if (subject_of(SELF->state, object, &subject) < 0)
        return NULL;
    QUICK(SELF->state, code = subject.handle != 0 ? sock_poller_remove(SELF->handle, subject.handle)
                                                  : sock_poller_remove_fd(SELF->handle, subject.fd));
    return result_of(SELF->state, code, &subject);
}

static PyObject *timer(PyObject *self, PyObject *args)
{
    PyObject *first_object, *every_object;
    unsigned long long ident;
    int64_t first, every, handle;

    if (!PyArg_ParseTuple(args, "OOK:_timer", &first_object, &every_object, &ident)
        || argument_timeout(first_object, &first) < 0 || argument_timeout(every_object, &every) < 0)
        return NULL;
    if (first < 0) {
        PyErr_SetString(PyExc_TypeError, "the time must be a number");
        return NULL;
    }
    handle = sock_poller_timer(SELF->handle, first, every < 0 ? 0 : every, ident);
    return handle < 0 ? error_raise(SELF->state, handle) : PyLong_FromLongLong(handle);
}

static PyObject *end_timer(PyObject *self, PyObject *object)
{
    long long handle = PyLong_AsLongLong(object);
    int64_t code;

    if (handle == -1 && PyErr_Occurred())
        return NULL;
    QUICK(SELF->state, code = sock_close(handle));
    /* The poller has been closed, and the timer with it. */
    return error_or_none(SELF->state, code == -EBADF ? 0 : code);
}

static PyObject *wait_(PyObject *self, PyObject *args)
{
    struct sock_event events[MOST];
    PyObject *timeout, *list;
    Py_ssize_t most;
    int64_t limit, count;

    if (!PyArg_ParseTuple(args, "On:_wait", &timeout, &most) || argument_timeout(timeout, &limit) < 0)
        return NULL;
    if (most > MOST)
        most = MOST;
    if (most < 0)
        most = 0;
    if (limit < 0)
        limit = SOCK_FOREVER;
    WITHOUT_GIL(count = sock_poller_wait(SELF->handle, events, (size_t)most, limit));
    if (count < 0)
        return error_raise(SELF->state, count == -EBADF ? SOCK_ECLOSED : count);
    list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list != NULL && i < count; i++) {
        PyObject *event = Py_BuildValue("KiiK", (unsigned long long)events[i].data, (int)events[i].events,
                                        events[i].code == SOCK_ECLOSED, (unsigned long long)events[i].count);

        if (event == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, event);
    }
    return list;
}

static PyObject *wake(PyObject *self, PyObject *unused)
{
    (void)unused;
    return error_or_none(SELF->state, sock_poller_wake(SELF->handle));
}

static PyObject *closed(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(SELF->handle == 0);
}

static PyMethodDef methods[] = {
    {"_add", add, METH_VARARGS, NULL},
    {"_modify", modify, METH_VARARGS, NULL},
    {"_remove", remove_, METH_O, NULL},
    {"_timer", timer, METH_VARARGS, NULL},
    {"_end_timer", end_timer, METH_O, NULL},
    {"_wait", wait_, METH_VARARGS, NULL},
    {"_close", close_, METH_NOARGS, NULL},
    {"wake", wake, METH_NOARGS,
     "wake($self, /)\n--\n\n"
     "End one wait, running or yet to begin, with an event POLL_WAKE. May be called from any thread and from a\n"
     "signal handler."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"closed", closed, NULL, "whether close() was called", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, new},
    {Py_tp_dealloc, dealloc},
    {Py_tp_traverse, traverse},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_tp_doc, "The base of libsock.Poller."},
    {0, NULL},
};

static PyType_Spec spec = {
    "libsock._Poller", sizeof(struct poller), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots,
};

int poller_init(PyObject *module, struct state *state)
{
    static const struct {
        const char *name;
        int number;
    } events[] = {
        {"POLL_IN", SOCK_POLL_IN},           {"POLL_OUT", SOCK_POLL_OUT},     {"POLL_PRI", SOCK_POLL_PRI},
        {"POLL_ERR", SOCK_POLL_ERR},         {"POLL_HUP", SOCK_POLL_HUP},     {"POLL_RDHUP", SOCK_POLL_RDHUP},
        {"POLL_WAKE", SOCK_POLL_WAKE},       {"POLL_TIMER", SOCK_POLL_TIMER}, {"POLL_EDGE", SOCK_POLL_EDGE},
        {"POLL_ONESHOT", SOCK_POLL_ONESHOT}, {"POLL_EXCLUSIVE", SOCK_POLL_EXCLUSIVE},
    };
    PyTypeObject *type = state_make_type(module, &spec);

    (void)state;
    if (type == NULL)
        return -1;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (PyModule_AddIntConstant(module, events[i].name, events[i].number) < 0)
            return -1;
    return PyModule_AddObject(module, "_Poller", (PyObject *)type);
}
