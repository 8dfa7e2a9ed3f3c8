/* Cancel tokens. */
#include "binding.h"

#define SELF ((struct token *)self)

static PyObject *new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {NULL};
    struct token *self;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":CancelToken", names))
        return NULL;
    self = (struct token *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->handle = sock_cancel_new();
    if (self->handle < 0) {
        struct state *state = state_of_type(type);
        int64_t code = self->handle;

        self->handle = 0;
        Py_DECREF(self);
        return state == NULL ? NULL : error_raise(state, code);
    }
    return (PyObject *)self;
}

/* A socket keeps its attached token alive, so no socket uses the token here. */
static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (SELF->handle > 0)
        sock_close(SELF->handle);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *fire(PyObject *self, PyObject *unused)
{
    (void)unused;
    SELF->fired = 1;
    sock_cancel_fire(SELF->handle);
    Py_RETURN_NONE;
}

static PyObject *close_(PyObject *self, PyObject *unused)
{
    sock_cancel_t handle = SELF->handle;

    (void)unused;
    SELF->handle = 0;
    SELF->fired = 1;
    if (handle > 0)
        WITHOUT_GIL(sock_close(handle));
    Py_RETURN_NONE;
}

static PyObject *enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    Py_INCREF(self);
    return self;
}

static PyObject *fired(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(SELF->fired);
}

static PyMethodDef methods[] = {
    {"fire", fire, METH_NOARGS,
     "fire($self, /)\n--\n\n"
     "End all current and future calls on the sockets that the token is attached to, with CanceledError.\n"
     "May be called from any thread and from a Python signal handler."},
    {"close", close_, METH_NOARGS,
     "close($self, /)\n--\n\n"
     "Fire the token and free it. Later calls on its sockets run as if no token were attached."},
    {"__enter__", enter, METH_NOARGS, NULL},
    {"__exit__", close_, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"fired", fired, NULL, "whether fire() or close() was called", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char doc[] =
    "CancelToken()\n--\n\n"
     "A one-shot switch. Attach it to any number of sockets with socket.setcancel, or pass it to\n"
    "create_connection, and fire it from any thread.";

static PyType_Slot slots[] = {
    {Py_tp_new, new},
    {Py_tp_dealloc, dealloc},
    {Py_tp_traverse, state_traverse_object},
    {Py_tp_methods, methods},
    {Py_tp_getset, attributes},
    {Py_tp_doc, (void *)doc},
    {0, NULL},
};

static PyType_Spec spec = {
    "libsock.CancelToken", sizeof(struct token), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots,
};

int cancel_init(PyObject *module, struct state *state)
{
    PyTypeObject *type = state_make_type(module, &spec);

    if (type == NULL)
        return -1;
    state->token_type = type;
    Py_INCREF(type);
    return PyModule_AddObject(module, "CancelToken", (PyObject *)type);
}
