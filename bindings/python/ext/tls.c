/* TLS of the standard library within the limits of the socket.
 *
 * `_ssl` reads and writes the descriptor itself and waits by itself, out of reach of deadlines, tokens and close. But
 * ssl.SSLSocket stores its connection, an object of `_ssl`, as its attribute `_sslobj`. Here that is a data descriptor
 * of the base class, which returns the connection in a wrapper. While a connection is stored, `_ssl` sees a
 * non-blocking socket (`timeout` is 0), and the wrapper waits through libsock and tries again. */
#include "binding.h"

#include <string.h>
#include <time.h>

#define SELF ((struct tls *)self)

/* How long close waits for a try that is running. */
#define LEAVE_NS 1000000000

struct tls {
    PyObject_HEAD
    struct socket *socket;
    PyObject *inner;
};

/* The tries that this thread is inside, innermost first. */
struct attempt {
    struct socket *socket;
    struct attempt *outer;
};
static __thread struct attempt *attempts;
static __thread int64_t until;

int64_t tls_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t tls_until(int64_t when)
{
    int64_t before = until;

    until = when;
    return before;
}

static int is_active(const struct socket *self)
{
    return self->tls != NULL && self->tls != Py_None;
}

/* Waiting ----------------------------------------------------------------------------------------- */

static int raise_code(struct socket *self, int64_t code, const char *late)
{
    struct state *state = self->state;

    if (code == -EBADF && self->handle == 0)
        code = SOCK_ECLOSED;
    if (code == SOCK_ETIMEDOUT && state->timeout != NULL)
        PyErr_SetString(state->timeout, late);
    else
        error_raise(state, code);
    return -1;
}

/* Looks at the limits of the directions without waiting. 0, or -1 with an exception. */
static int check_limits(struct socket *self, int directions, const char *late)
{
    int64_t code = 0;

    if (directions & SOCK_READ)
        code = sock_wait(self->handle, SOCK_READ, 0);
    if (directions & SOCK_WRITE && code >= 0)
        code = sock_wait(self->handle, SOCK_WRITE, 0);
    return code < 0 ? raise_code(self, code, late) : 0;
}

/* Waits until `_ssl` can go on. An error of the connection ends the wait and is left for `_ssl`. */
static int wait_for(struct socket *self, int direction, int64_t end, const char *late)
{
    int64_t left = end == INT64_MAX ? SOCK_FOREVER : end - tls_now(), code;

    if (left < 0)
        left = 0;
    WITHOUT_GIL(code = sock_wait(self->handle, direction, left));
    return code > 0 ? 0 : raise_code(self, code == 0 ? SOCK_ETIMEDOUT : code, late);
}

/* Calls --------------------------------------------------------------------------------------------- */

/* One try of `_ssl`, which does not wait. */
static PyObject *try_once(struct tls *self, const char *name, PyObject *args)
{
    struct attempt attempt = {self->socket, attempts};
    PyObject *method = PyObject_GetAttrString(self->inner, name), *result;

    if (method == NULL)
        return NULL;
    attempts = &attempt;
    self->socket->tls_inside++;
    result = PyObject_Call(method, args, NULL);
    self->socket->tls_inside--;
    attempts = attempt.outer;
    Py_DECREF(method);
    return result;
}

/* What the exception of a try asks to wait for, or 0. */
static int wanted(const struct state *state)
{
    if (state->want_read != NULL && PyErr_ExceptionMatches(state->want_read))
        return SOCK_READ;
    return state->want_write != NULL && PyErr_ExceptionMatches(state->want_write) ? SOCK_WRITE : 0;
}

static PyObject *run(struct tls *self, const char *name, PyObject *args, int direction, const char *late)
{
    struct socket *sock = self->socket;
    int64_t limit = sock->limit, end = limit > 0 ? tls_now() + limit : INT64_MAX;

    if (until > 0 && until < end)
        end = until;
    for (;;) {
        PyObject *result;
        int wants;

        /* The connection still has the number of a descriptor that may be another's by now. */
        if (sock->handle == 0) {
            raise_code(sock, SOCK_ECLOSED, late);
            return NULL;
        }
        if (sock->limited && check_limits(sock, direction, late) < 0)
            return NULL;
        result = try_once(self, name, args);
        if (result != NULL || limit == 0 || (wants = wanted(sock->state)) == 0)
            return result;
        PyErr_Clear();
        if (sock->handle != 0 && wait_for(sock, wants, end, late) < 0)
            return NULL;
    }
}

/* Gives `_ssl` and the handle the mode that fits. ssl also forgets its connection just before it closes the socket:
 * then a change of mode would only delay the close. */
static void apply(struct socket *self)
{
    self->timeout = is_active(self) ? 0 : self->limit;
    if (self->handle != 0 && (is_active(self) || (self->unwrapped && self->tls_calls == 0)))
        (void)socket_set_limit(self, self->limit);
}

static PyObject *call(PyObject *self, const char *name, PyObject *args, int direction, const char *late)
{
    PyObject *result;

    SELF->socket->tls_calls++;
    result = run(SELF, name, args, direction, late);
    if (--SELF->socket->tls_calls == 0 && !is_active(SELF->socket))
        apply(SELF->socket);
    return result;
}

static PyObject *read_(PyObject *self, PyObject *args)
{
    return call(self, "read", args, SOCK_READ, "The read operation timed out");
}

static PyObject *write_(PyObject *self, PyObject *args)
{
    return call(self, "write", args, SOCK_WRITE, "The write operation timed out");
}

static PyObject *do_handshake(PyObject *self, PyObject *args)
{
    return call(self, "do_handshake", args, SOCK_READ | SOCK_WRITE, "The handshake operation timed out");
}

static PyObject *shutdown_(PyObject *self, PyObject *args)
{
    PyObject *result = call(self, "shutdown", args, SOCK_READ | SOCK_WRITE, "The read operation timed out");

    SELF->socket->unwrapped = result != NULL;
    return result;
}

void tls_leave(struct socket *self)
{
    const struct timespec pause = {0, 50000};
    int64_t end = tls_now() + LEAVE_NS;
    int own = 0;

    /* A signal handler may close the socket in the middle of this thread's own try. */
    for (struct attempt *attempt = attempts; attempt != NULL; attempt = attempt->outer)
        own += attempt->socket == self;
    while (self->tls_inside > own && tls_now() < end && !Py_IsFinalizing()) {
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&pause, NULL);
        Py_END_ALLOW_THREADS
    }
}

/* The attribute ------------------------------------------------------------------------------------- */

/* The exceptions of `_ssl`, which is imported by now. */
static int find_exceptions(struct state *state)
{
    PyObject *module;

    if (state->want_write != NULL)
        return 0;
    module = PyImport_ImportModule("_ssl");
    if (module == NULL)
        return -1;
    Py_XSETREF(state->want_read, PyObject_GetAttrString(module, "SSLWantReadError"));
    Py_XSETREF(state->want_write, PyObject_GetAttrString(module, "SSLWantWriteError"));
    Py_DECREF(module);
    return state->want_read == NULL || state->want_write == NULL ? -1 : 0;
}

PyObject *tls_get(PyObject *object, void *unused)
{
    struct socket *socket = (struct socket *)object;
    struct state *state = socket->state;
    struct tls *self;

    (void)unused;
    if (socket->tls == NULL) {
        PyErr_SetString(PyExc_AttributeError, "_sslobj");
        return NULL;
    }
    if (!is_active(socket) || state->tls_type == NULL) {
        Py_INCREF(socket->tls);
        return socket->tls;
    }
    self = (struct tls *)state->tls_type->tp_alloc(state->tls_type, 0);
    if (self != NULL) {
        Py_INCREF(socket);
        self->socket = socket;
        Py_INCREF(socket->tls);
        self->inner = socket->tls;
    }
    return (PyObject *)self;
}

int tls_set(PyObject *object, PyObject *value, void *unused)
{
    struct socket *self = (struct socket *)object;
    int before = is_active(self);

    (void)unused;
    if (value == NULL && self->tls == NULL) {
        PyErr_SetString(PyExc_AttributeError, "_sslobj");
        return -1;
    }
    if (value != NULL && value != Py_None && find_exceptions(self->state) < 0)
        return -1;
    Py_XINCREF(value);
    Py_XSETREF(self->tls, value);
    if (before != is_active(self)) {
        /* `_ssl` uses the descriptor, so its O_NONBLOCK must follow the mode. */
        if (!before && self->handle != 0)
            (void)sock_fileno(self->handle);
        apply(self);
    }
    return 0;
}

/* The type ------------------------------------------------------------------------------------------ */

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(SELF->socket);
    Py_CLEAR(SELF->inner);
    type->tp_free(self);
    Py_DECREF(type);
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(SELF->socket);
    Py_VISIT(SELF->inner);
    return state_traverse_object(self, visit, arg);
}

/* Everything but the calls above is the connection's own. */
static PyObject *getattro(PyObject *self, PyObject *name)
{
    PyObject *own = PyObject_GenericGetAttr(self, name);

    if (own != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return own;
    PyErr_Clear();
    return PyObject_GetAttr(SELF->inner, name);
}

static int setattro(PyObject *self, PyObject *name, PyObject *value)
{
    return PyObject_SetAttr(SELF->inner, name, value);
}

static PyMethodDef methods[] = {
    {"read", read_, METH_VARARGS, "The method of _ssl, within the limits of the socket."},
    {"write", write_, METH_VARARGS, "The method of _ssl, within the limits of the socket."},
    {"do_handshake", do_handshake, METH_VARARGS, "The method of _ssl, within the limits of the socket."},
    {"shutdown", shutdown_, METH_VARARGS, "The method of _ssl, within the limits of the socket."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, dealloc},
    {Py_tp_traverse, traverse},
    {Py_tp_getattro, getattro},
    {Py_tp_setattro, setattro},
    {Py_tp_methods, methods},
    {Py_tp_doc, "A connection of _ssl whose calls obey the limits of its libsock socket."},
    {0, NULL},
};

static PyType_Spec spec = {
    "libsock._TLSConnection", sizeof(struct tls), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, slots,
};

int tls_init(PyObject *module, struct state *state)
{
    state->tls_type = state_make_type(module, &spec);
    return state->tls_type == NULL ? -1 : 0;
}
