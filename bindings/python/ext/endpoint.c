/* Endpoints: bind, listen, accept, connect, shutdown, and the addresses of both ends. */
#include "binding.h"

#define SELF ((struct socket *)self)
#define CHECK(code) error_or_none(SELF->state, code)

/* Python's accept takes two steps: `_accept` returns a descriptor, and socket(fileno=descriptor) adopts it. The handle
 * is kept here between the steps, which saves detaching and adopting it. This applies only to subclasses, whose accept
 * performs both steps; a caller of `_accept` on a base-class socket wants a bare descriptor. */
static __thread struct {
    sock_t handle;
    int fd;
    struct label label;
} accepted;

sock_t endpoint_take_accepted(int fd)
{
    sock_t handle = accepted.handle;

    if (handle == 0 || accepted.fd != fd)
        return 0;
    accepted.handle = 0;
    return handle;
}

/* Keeps a new connection for the second step. Returns its descriptor. */
static int64_t keep_accepted(struct socket *listener, sock_t handle)
{
    /* The previous connection was not adopted: its descriptor belongs to the program. */
    if (accepted.handle != 0)
        (void)sock_detach(accepted.handle);
    accepted.handle = handle;
    accepted.fd = sock_peek_fileno(handle);
    accepted.label = (struct label){listener->family, listener->type, listener->proto};
    return accepted.fd;
}

int64_t endpoint_from_descriptor(int fd, struct label given, int *adopted)
{
    sock_t handle = endpoint_take_accepted(fd);

    if (handle != 0) {
        if (given.family == accepted.label.family && given.type == accepted.label.type
            && given.proto == accepted.label.proto)
            return handle;
        /* Adopted with other values. */
        fd = sock_detach(handle);
        if (fd < 0)
            return fd;
    }
    *adopted = 1;
    return sock_from_fd(fd, given.family, given.type, given.proto);
}

/* ssl turns a socket into another: it makes an SSLSocket from the descriptor and then detaches the first. The limits of
 * the first must not get lost on the way. */
int endpoint_adopt(struct socket *self, int fd)
{
    struct state *state = self->state;
    PyObject *reference, *key;
    int result = -1;

    if (state->adopted == NULL && (state->adopted = PyDict_New()) == NULL)
        return -1;
    reference = PyWeakref_NewRef((PyObject *)self, NULL);
    if (reference == NULL) {
        /* Objects of the base class have no weak references. */
        PyErr_Clear();
        return 0;
    }
    key = PyLong_FromLong(fd);
    if (key != NULL)
        result = PyDict_SetItem(state->adopted, key, reference);
    Py_XDECREF(key);
    Py_DECREF(reference);
    return result;
}

/* The object that was made from a descriptor: a new reference, or NULL without an exception. */
static PyObject *adopted_by(struct state *state, int fd)
{
    PyObject *key = state->adopted == NULL ? NULL : PyLong_FromLong(fd);
    PyObject *reference = key == NULL ? NULL : PyDict_GetItem(state->adopted, key), *object = NULL;

    Py_XDECREF(key);
    if (reference == NULL)
        return NULL;
#if BEFORE_3_13
    object = PyWeakref_GetObject(reference);
    if (object == Py_None)
        return NULL;
    Py_INCREF(object);
#else
    if (PyWeakref_GetRef(reference, &object) < 0)
        PyErr_Clear();
#endif
    return object;
}

void endpoint_hand_over(struct socket *from, int fd)
{
    PyObject *object = adopted_by(from->state, fd);
    struct socket *to = (struct socket *)object;

    if (to == NULL || to == from || to->fd != fd) {
        Py_XDECREF(object);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (from->deadlines[i] >= 0)
            socket_set_deadline(to, i == 0 ? SOCK_READ : SOCK_WRITE, from->deadlines[i]);
    if (from->token != NULL && from->token != Py_None)
        socket_set_token(to, from->token, ((struct token *)from->token)->handle);
    Py_DECREF(object);
}

PyObject *endpoint_bind(PyObject *self, PyObject *address)
{
    struct sock_addr to;
    int64_t code;

    if (address_from_python(SELF, address, &to, "bind") < 0)
        return NULL;
    if (PySys_Audit("socket.bind", "OO", self, address) < 0)
        return NULL;
    QUICK(SELF->state, code = sock_bind(SELF->handle, &to));
    return CHECK(code);
}

PyObject *endpoint_listen(PyObject *self, PyObject *args)
{
    int backlog = SOCK_BACKLOG_DEFAULT;
    int64_t code;

    if (!PyArg_ParseTuple(args, "|i:listen", &backlog))
        return NULL;
    QUICK(SELF->state, code = sock_listen(SELF->handle, backlog));
    return CHECK(code);
}

static int64_t connect_to(PyObject *self, PyObject *address, const char *caller, int *failed)
{
    struct sock_addr to;
    int64_t code;

    *failed = address_from_python(SELF, address, &to, caller) < 0
              || PySys_Audit("socket.connect", "OO", self, address) < 0;
    if (*failed)
        return -1;
    WITHOUT_GIL(code = sock_connect(SELF->handle, &to));
    return code;
}

PyObject *endpoint_connect(PyObject *self, PyObject *address)
{
    int failed;
    int64_t code = connect_to(self, address, "connect", &failed);

    return failed ? NULL : CHECK(code);
}

PyObject *endpoint_connect_ex(PyObject *self, PyObject *address)
{
    int failed;
    int64_t code = connect_to(self, address, "connect_ex", &failed);

    if (failed || code == RAISED)
        return NULL;
    if (code == SOCK_ETIMEDOUT)
        code = -EWOULDBLOCK;
    /* libsock's own codes have no errno, so raise them. */
    if (code < -4095)
        return CHECK(code);
    return PyLong_FromLongLong(-code);
}

PyObject *endpoint_accept(PyObject *self, PyObject *unused)
{
    struct sock_addr peer = {0};
    PyObject *address;
    int64_t handle, fd;

    (void)unused;
    WITHOUT_GIL(handle = sock_accept(SELF->handle, &peer));
    if (handle < 0)
        return CHECK(handle);
    address = address_to_python(&peer, SELF->proto);
    if (address == NULL) {
        sock_close(handle);
        return NULL;
    }
    fd = Py_TYPE(self) == SELF->state->socket_type ? sock_detach(handle) : keep_accepted(SELF, handle);
    if (fd < 0) {
        Py_DECREF(address);
        return CHECK(fd);
    }
    return pair(PyLong_FromLong((long)fd), address);
}

PyObject *endpoint_shutdown(PyObject *self, PyObject *how)
{
    int64_t code;
    int number;

    if (argument_int(how, &number) < 0)
        return NULL;
    QUICK(SELF->state, code = sock_shutdown(SELF->handle, number));
    return CHECK(code);
}

static PyObject *name(PyObject *self, int (*ask)(sock_t, struct sock_addr *))
{
    struct sock_addr address;
    int64_t code = ask(SELF->handle, &address);

    return code < 0 ? CHECK(code) : address_to_python(&address, SELF->proto);
}

PyObject *endpoint_getsockname(PyObject *self, PyObject *unused)
{
    (void)unused;
    return name(self, sock_getsockname);
}

PyObject *endpoint_getpeername(PyObject *self, PyObject *unused)
{
    (void)unused;
    return name(self, sock_getpeername);
}
