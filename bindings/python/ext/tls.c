/* TLS of the standard library within the limits of the socket.
 *
 * `_ssl` reads and writes the descriptor itself and waits by itself, out of reach of deadlines, tokens and close. But
 * ssl.SSLSocket stores its connection, an object of `_ssl`, as its attribute `_sslobj`. Here that is a data descriptor
 * of the base class, which returns the connection in a wrapper. While a connection is stored, `_ssl` sees a
 * non-blocking socket (`timeout` is 0), and the wrapper waits through libsock and tries again. */
#include "binding.h"

#include <poll.h>
#include <string.h>
#include <time.h>

#define SELF ((struct tls *)self)

/* How often a wait that cannot be a receive looks at the limits, and how long close waits for a try that is running. */
#define SLICE_NS 20000000
#define LEAVE_NS 1000000000
/* Python's number, in `_ssl`, of an end of the stream without a close of TLS. */
#define SSL_ERROR_EOF 8

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

/* Whether `_ssl` of this Python reports a reset as the end of the stream; -1 with an exception. */
static int hides_resets(struct state *state)
{
    PyObject *module, *answer;

    if (state->hides_resets >= 0)
        return state->hides_resets;
    module = PyImport_ImportModule("libsock._tls");
    answer = module == NULL ? NULL : PyObject_CallMethod(module, "hides_resets", NULL);
    state->hides_resets = answer == NULL ? -1 : answer == Py_True;
    Py_XDECREF(module);
    Py_XDECREF(answer);
    return state->hides_resets;
}

/* What a negative code of a receive that only looks means for the caller: 0 to go on, or -1 with an exception. Limits end
 * the call. An error of the connection is reported as `_ssl` would have done, which cannot see it any more. */
static int judge(struct socket *self, int64_t code, const char *late)
{
    int limit = code == SOCK_ETIMEDOUT || code == SOCK_ECANCELED || code == SOCK_ECLOSED || code == -EBADF || code == RAISED;

    if (code >= 0 || code == -EAGAIN)
        return 0;
    if (!limit) {
        int hides = hides_resets(self->state);

        if (hides != 0)
            return hides > 0 ? 0 : -1;
    }
    return raise_code(self, code, late);
}

/* Looks at the limits without waiting. A zero-length send does for writing, because it transfers nothing. */
static int64_t probe(struct socket *self, int direction)
{
    char byte;
    int64_t code = -EAGAIN;

    if (direction & SOCK_READ)
        code = sock_recv(self->handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (direction & SOCK_WRITE && (code >= 0 || code == -EAGAIN))
        code = sock_send(self->handle, "", 0, MSG_DONTWAIT);
    return code;
}

/* Waits in short slices. A wait for room to send has no call in libsock, and a receive cannot take a limit of its own. */
static int wait_in_slices(struct socket *self, int direction, int64_t end, const char *late)
{
    struct pollfd ready = {.fd = self->fd, .events = direction == SOCK_READ ? POLLIN : POLLOUT};

    for (;;) {
        int64_t code = probe(self, direction), left;
        struct timespec slice = {0};
        int found;

        if (code < 0 && code != -EAGAIN)
            return judge(self, code, late);
        left = end - tls_now();
        if (left <= 0)
            return raise_code(self, SOCK_ETIMEDOUT, late);
        slice.tv_nsec = left < SLICE_NS ? left : SLICE_NS;
        Py_BEGIN_ALLOW_THREADS
        found = ppoll(&ready, 1, &slice, NULL);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0)
            return -1;
        if (self->handle == 0)
            return raise_code(self, SOCK_ECLOSED, late);
        if (found > 0)
            return 0;
    }
}

/* Waits until `_ssl` can go on. `whole`: the socket's limit is the limit of this wait. `ended`: set if the peer has
 * closed its half. */
static int wait_for(struct socket *self, int direction, int whole, int64_t end, const char *late, int *ended)
{
    char byte;
    int64_t code;

    if (direction != SOCK_READ || !whole)
        return wait_in_slices(self, direction, end, late);
    WITHOUT_GIL(code = sock_recv(self->handle, &byte, 1, MSG_PEEK));
    *ended = code == 0;
    return judge(self, code, late);
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

/* A reset may follow the end of the stream before `_ssl` has read the end, which came first. */
static void prefer_end(struct state *state)
{
    PyObject *value;

    if (!PyErr_ExceptionMatches(PyExc_ConnectionResetError) || state->eof_error == NULL)
        return;
    PyErr_Clear();
    value = Py_BuildValue("(is)", SSL_ERROR_EOF, "EOF occurred in violation of protocol");
    if (value != NULL)
        PyErr_SetObject(state->eof_error, value);
    Py_XDECREF(value);
}

static PyObject *run(struct tls *self, const char *name, PyObject *args, int direction, const char *late)
{
    struct socket *sock = self->socket;
    int64_t limit = sock->limit, end = limit > 0 ? tls_now() + limit : INT64_MAX;
    int whole = 1, ended = 0;

    if (until > 0 && until < end) {
        end = until;
        whole = 0;
    }
    for (;;) {
        PyObject *result;
        int direction_wanted;

        /* The connection still has the number of a descriptor that may be another's by now. */
        if (sock->handle == 0) {
            raise_code(sock, SOCK_ECLOSED, late);
            return NULL;
        }
        if (sock->limited) {
            if (judge(sock, probe(sock, direction), late) < 0)
                return NULL;
        }
        result = try_once(self, name, args);
        if (result == NULL && ended)
            prefer_end(sock->state);
        if (result != NULL || limit == 0 || (direction_wanted = wanted(sock->state)) == 0)
            return result;
        PyErr_Clear();
        if (sock->handle != 0 && wait_for(sock, direction_wanted, whole, end, late, &ended) < 0)
            return NULL;
        /* The limit counts from the start of the operation, not of each wait. */
        whole = whole && limit < 0;
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

    if (state->eof_error != NULL)
        return 0;
    module = PyImport_ImportModule("_ssl");
    if (module == NULL)
        return -1;
    Py_XSETREF(state->want_read, PyObject_GetAttrString(module, "SSLWantReadError"));
    Py_XSETREF(state->want_write, PyObject_GetAttrString(module, "SSLWantWriteError"));
    Py_XSETREF(state->eof_error, PyObject_GetAttrString(module, "SSLEOFError"));
    Py_DECREF(module);
    return state->want_read == NULL || state->want_write == NULL || state->eof_error == NULL ? -1 : 0;
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
