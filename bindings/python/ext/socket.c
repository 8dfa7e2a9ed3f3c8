/* The type: its life, its attributes, its methods by subject. */
#include "binding.h"

#include <structmember.h>
#include <sys/socket.h>

#ifndef Py_TPFLAGS_IMMUTABLETYPE
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif

#define SELF ((struct socket *)self)
#define CHECK(code) error_or_none(SELF->state, code)

/* Life -------------------------------------------------------------------------------------------- */

static PyObject *new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct socket *self = (struct socket *)type->tp_alloc(type, 0);

    (void)args;
    (void)kwargs;
    if (self != NULL) {
        /* Closed, so that one whose __init__ fails can be finalised and printed. */
        self->fd = -1;
        self->timeout = -1;
        self->error_handler = error_errno;
        self->state = module_state_of(type);
        if (self->state == NULL)
            Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* SOCK_NONBLOCK wins over the default timeout. */
static int64_t wanted_timeout(struct state *state, int type)
{
    return type != -1 && type & SOCK_NONBLOCK ? 0 : state->default_timeout;
}

/* Fills a closed object. Its descriptor is not seen before `fileno` shows it: until then libsock need not switch its
 * O_NONBLOCK to and fro. `given`: what was asked for; libsock is asked about the rest alone. */
static int fill(struct socket *self, sock_t handle, struct label given)
{
    int64_t timeout = wanted_timeout(self->state, given.type), code = 0;

    /* A new handle has libsock's own default, which somebody else in the process may have set. */
    if ((timeout < 0 ? SOCK_FOREVER : timeout) != sock_getdefaulttimeout())
        code = sock_settimeout(handle, timeout < 0 ? SOCK_FOREVER : timeout);
    if (code >= 0)
        code = sock_peek_fileno(handle);
    if (code < 0) {
        error_raise(self->state, code);
        return -1;
    }
    self->handle = handle;
    self->fd = (int)code;
    self->family = given.family == -1 ? sock_family(handle) : given.family;
    self->type = given.type == -1 ? sock_type(handle) : given.type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    self->proto = given.proto == -1 ? sock_proto(handle) : given.proto;
    self->timeout = timeout;
    self->seen = 0;
    return 0;
}

PyObject *socket_wrap(struct state *state, sock_t handle, int type)
{
    struct label given = {-1, type, -1};
    struct socket *self = (struct socket *)new(state->socket_type, NULL, NULL);

    if (self == NULL || fill(self, handle, given) < 0) {
        sock_close(handle);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* The descriptor given to __init__: -1 with an exception, or without one where none was given. */
static int given_descriptor(PyObject *object)
{
    int fd;

    if (object == NULL || object == Py_None)
        return -1;
    if (PyFloat_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "integer argument expected, got float");
        return -1;
    }
    if (argument_int(object, &fd) < 0)
        return -1;
    if (fd < 0)
        PyErr_SetString(PyExc_ValueError, "negative file descriptor");
    return fd;
}

static int init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"family", "type", "proto", "fileno", NULL};
    struct label given = {-1, -1, -1};
    int fd;
    PyObject *descriptor = NULL;
    int64_t handle;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iiiO:socket", names, &given.family, &given.type, &given.proto,
                                     &descriptor))
        return -1;
    if (PySys_Audit("socket.__new__", "Oiii", self, given.family, given.type, given.proto) < 0)
        return -1;
    fd = given_descriptor(descriptor);
    if (PyErr_Occurred())
        return -1;
    if (SELF->handle != 0) {
        PyErr_SetString(PyExc_RuntimeError, "the socket is open already");
        return -1;
    }
    if (fd < 0)
        QUICK(SELF->state, handle = sock_socket(given.family, given.type, given.proto));
    else
        handle = endpoint_from_descriptor(fd, given);
    if (handle < 0) {
        error_raise(SELF->state, handle);
        return -1;
    }
    if (fill(SELF, handle, given) < 0) {
        /* What the caller gave stays the caller's. */
        if (fd < 0)
            sock_close(handle);
        else
            (void)sock_detach(handle);
        return -1;
    }
    return 0;
}

/* Takes the handle out of the object, which is closed from here on: what remains is to end the handle. */
static sock_t take(struct socket *self)
{
    sock_t handle = self->handle;

    self->handle = 0;
    self->fd = -1;
    return handle;
}

static void finalize(PyObject *self)
{
    PyObject *type, *value, *traceback;
    int64_t code;

    if (SELF->handle == 0)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_ResourceWarning(self, 1, "unclosed %R", self) < 0 && PyErr_ExceptionMatches(PyExc_Warning))
        PyErr_WriteUnraisable(self);
    if (SELF->handle != 0) {
        sock_t handle = take(SELF);

        /* Nobody else has the object, so no call is in flight; but closing may linger. */
        QUICK(SELF->state, code = sock_close(handle));
        (void)code;
    }
    PyErr_Restore(type, value, traceback);
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    Py_CLEAR(SELF->token);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *repr(PyObject *self)
{
    return PyUnicode_FromFormat("<socket object, fd=%d, family=%d, type=%d, proto=%d>", SELF->fd, SELF->family,
                                SELF->type, SELF->proto);
}

/* Methods ----------------------------------------------------------------------------------------- */

static PyObject *close_(PyObject *self, PyObject *unused)
{
    sock_t handle = take(SELF);
    int64_t code = 0;

    (void)unused;
    if (handle != 0)
        QUICK(SELF->state, code = sock_close(handle));
    /* The peer's reset is no failure of closing; and a handle of which the thread's own handler took the
     * descriptor away has nothing to report. */
    if (code == -ECONNRESET)
        code = 0;
    return CHECK(code);
}

static PyObject *detach(PyObject *self, PyObject *unused)
{
    sock_t handle = take(SELF);
    int64_t fd = -1;

    (void)unused;
    if (handle != 0) {
        WITHOUT_GIL(fd = sock_detach(handle));
        if (fd < 0) {
            /* From inside a call on this very socket: nothing has changed. */
            if (fd == -EDEADLK) {
                SELF->handle = handle;
                SELF->fd = sock_peek_fileno(handle);
            }
            return CHECK(fd);
        }
    }
    return PyLong_FromLongLong(fd);
}

static PyObject *fileno_(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (!SELF->seen && SELF->handle != 0) {
        int64_t code = sock_fileno(SELF->handle);

        if (code < 0)
            return CHECK(code);
        SELF->seen = 1;
    }
    return PyLong_FromLong(SELF->fd);
}

static PyObject *timeout(PyObject *self, void *unused)
{
    (void)unused;
    return argument_seconds(SELF->timeout);
}

/* The type ---------------------------------------------------------------------------------------- */

#define VECTOR(f) (PyCFunction)(void (*)(void))f, METH_FASTCALL
#define VECTOR_KEYWORDS(f) (PyCFunction)(void (*)(void))f, METH_FASTCALL | METH_KEYWORDS
#define KEYWORDS(f) (PyCFunction)(void (*)(void))f, METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"_accept", endpoint_accept, METH_NOARGS,
     "_accept() -> (fd, address)\n\nWait for a connection. The descriptor is new, close-on-exec, and the caller's."},
    {"bind", endpoint_bind, METH_O, "bind(address)\n\nGive the socket a local address."},
    {"close", close_, METH_NOARGS,
     "close()\n\nClose the socket; again is harmless. Calls of other threads that wait on it end with ClosedError,\n"
     "and close returns when they have left."},
    {"connect", endpoint_connect, METH_O, "connect(address)\n\nConnect, within the socket's limits."},
    {"connect_ex", endpoint_connect_ex, METH_O,
     "connect_ex(address) -> errno\n\nconnect that returns the number of the error, 0 on success, EAGAIN when time is up."},
    {"detach", detach, METH_NOARGS,
     "detach() -> fd\n\nClose the object and leave the descriptor open; -1 when it was closed. Calls of other threads\n"
     "that wait on it end with ClosedError."},
    {"fileno", fileno_, METH_NOARGS, "fileno() -> fd\n\nThe descriptor; -1 when the socket is closed."},
    {"getpeername", endpoint_getpeername, METH_NOARGS, "getpeername() -> address\n\nThe address of the other end."},
    {"getsockname", endpoint_getsockname, METH_NOARGS, "getsockname() -> address\n\nThe local address."},
    {"listen", endpoint_listen, METH_VARARGS,
     "listen([backlog])\n\nAccept connections, of which `backlog` (128) may wait to be accepted."},
    {"shutdown", endpoint_shutdown, METH_O, "shutdown(how)\n\nEnd one half of a connection, or both: SHUT_RD, SHUT_WR, SHUT_RDWR."},
    {"getsockopt", option_get, METH_VARARGS,
     "getsockopt(level, option[, size]) -> int or bytes\n\nRead an option: an int, or with a size from 1 to 1024 its bytes."},
    {"setsockopt", option_set, METH_VARARGS,
     "setsockopt(level, option, value)\nsetsockopt(level, option, None, size)\n\nSet an option from an int or bytes; None\n"
     "passes no value and the size."},
    {"settimeout", option_settimeout, METH_O,
     "settimeout(seconds)\n\nLimit every operation. None: no limit. 0: non-blocking. A limit that passes is TimeoutError."},
    {"gettimeout", option_gettimeout, METH_NOARGS, "gettimeout() -> seconds or None\n\nThe limit of every operation."},
    {"setblocking", option_setblocking, METH_O, "setblocking(flag)\n\nsettimeout(None) or settimeout(0)."},
    {"getblocking", option_getblocking, METH_NOARGS, "getblocking() -> bool\n\nWhether the socket waits at all."},
    {"setdeadline", KEYWORDS(option_setdeadline),
     "setdeadline(when, direction=READ | WRITE)\n\nEnd every call of the direction that is not done at `when`, a moment\n"
     "on the clock of time.monotonic() in seconds: calls that wait already, and all that come later, also when data is\n"
     "ready. They raise TimeoutError. None: no deadline."},
    {"setcancel", option_setcancel, METH_O,
     "setcancel(token)\n\nAttach a CancelToken; None detaches. Once it has fired, calls raise CanceledError."},
    {"recv", VECTOR(transfer_recv),
     "recv(size[, flags]) -> bytes\n\nReceive up to `size` bytes; b'' when the peer has closed its half."},
    {"recv_into", VECTOR_KEYWORDS(transfer_recv_into),
     "recv_into(buffer[, nbytes[, flags]]) -> count\n\nReceive into a buffer, all of it where `nbytes` is 0."},
    {"recvfrom", VECTOR(transfer_recvfrom),
     "recvfrom(size[, flags]) -> (bytes, address)\n\nReceive, and tell who sent; None where nobody is told."},
    {"recvfrom_into", VECTOR_KEYWORDS(transfer_recvfrom_into),
     "recvfrom_into(buffer[, nbytes[, flags]]) -> (count, address)\n\nrecvfrom into a buffer."},
    {"recv_exact", KEYWORDS(transfer_recv_exact),
     "recv_exact(size, flags=0) -> bytes\n\nReceive exactly `size` bytes of a stream under one limit. What had come when it\n"
     "fails is the exception's `partial`; EndOfStream when the peer closed its half before."},
    {"recv_exact_into", KEYWORDS(transfer_recv_exact_into),
     "recv_exact_into(buffer, flags=0)\n\nFill a buffer under one limit. How much had come when it fails is the exception's\n"
     "`received`."},
    {"send", VECTOR(transfer_send), "send(data[, flags]) -> count\n\nSend; returns how many bytes were taken."},
    {"sendall", VECTOR(transfer_sendall),
     "sendall(data[, flags])\n\nSend everything under one limit. How much went when it fails is the exception's `sent`."},
    {"sendto", VECTOR(transfer_sendto),
     "sendto(data[, flags], address) -> count\n\nSend a datagram to an address."},
    {"recvmsg", message_recvmsg, METH_VARARGS,
     "recvmsg(size[, ancsize[, flags]]) -> (data, ancdata, flags, address)\n\nReceive with control data: a list of\n"
     "(level, type, bytes). Received descriptors are close-on-exec, and the caller's."},
    {"recvmsg_into", message_recvmsg_into, METH_VARARGS,
     "recvmsg_into(buffers[, ancsize[, flags]]) -> (count, ancdata, flags, address)\n\nrecvmsg into several buffers."},
    {"sendmsg", message_sendmsg, METH_VARARGS,
     "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSend several pieces as one, with control data."},
    {"sendmsg_afalg", KEYWORDS(message_sendmsg_afalg),
     "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags]]]) -> count\n\nSend to the kernel's cryptography (AF_ALG)."},
    {"recv_message", KEYWORDS(control_recv_message),
     "recv_message(size, kinds=0, fds=0, flags=0) -> Message\n\nReceive with typed control data: `kinds` are CONTROL_*\n"
     "or'ed, `fds` how many descriptors there is room for. What the kernel sends has to be asked for as an option\n"
     "(SO_PASSCRED, IP_PKTINFO ...)."},
    {"send_message", KEYWORDS(control_send_message),
     "send_message(buffers, *, fds=None, credentials=None, pktinfo=None, ttl=None, tos=None, gso_size=None, flags=0,\n"
     "             address=None) -> count\n\nSend several pieces as one, with typed control data."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"family", T_INT, offsetof(struct socket, family), READONLY, "the address family"},
    {"type", T_INT, offsetof(struct socket, type), READONLY, "the type, without SOCK_NONBLOCK and SOCK_CLOEXEC"},
    {"proto", T_INT, offsetof(struct socket, proto), READONLY, "the protocol"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"timeout", timeout, NULL, "the limit of every operation in seconds, or None", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char doc[] =
    "socket(family=AF_INET, type=SOCK_STREAM, proto=0, fileno=None)\n\n"
    "A socket over a handle of libsock. With `fileno` it takes a descriptor over, and finds out what was not given.";

static PyType_Slot slots[] = {
    {Py_tp_new, new},
    {Py_tp_init, init},
    {Py_tp_dealloc, dealloc},
    {Py_tp_finalize, finalize},
    {Py_tp_traverse, type_traverse},
    {Py_tp_repr, repr},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {Py_tp_getset, attributes},
    {Py_tp_doc, (void *)doc},
    {0, NULL},
};

static PyType_Spec spec = {
    "_socket.socket",
    sizeof(struct socket),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_FINALIZE | Py_TPFLAGS_IMMUTABLETYPE,
    slots,
};

int socket_init_type(PyObject *module, struct state *state)
{
    PyTypeObject *type = type_make(module, &spec);

    if (type == NULL)
        return -1;
    state->socket_type = type;
    Py_INCREF(type);
    if (PyModule_AddObject(module, "socket", (PyObject *)type) < 0)
        return -1;
    Py_INCREF(type);
    return PyModule_AddObject(module, "SocketType", (PyObject *)type);
}
