/* The socket type: creation and destruction, attributes, and the table of methods. */
#include "binding.h"

#include <structmember.h>
#include <sys/socket.h>

#ifndef Py_TPFLAGS_IMMUTABLETYPE
#define Py_TPFLAGS_IMMUTABLETYPE 0
#endif

#define SELF ((struct socket *)self)
#define CHECK(code) error_or_none(SELF->state, code)

/* Creation and destruction ------------------------------------------------------------------------ */

static PyObject *new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct state *state = state_of_type(type);
    struct socket *self = state == NULL ? NULL : (struct socket *)type->tp_alloc(type, 0);

    (void)args;
    (void)kwargs;
    if (self != NULL) {
        /* A valid closed object, so that finalizing and printing work even if __init__ fails. */
        self->fd = -1;
        self->timeout = self->limit = -1;
        self->deadlines[0] = self->deadlines[1] = -1;
        self->applied = -1;
        self->error_handler = error_errno;
        self->state = state;
        Py_INCREF(state->module);
        self->module = state->module;
    }
    return (PyObject *)self;
}

/* SOCK_NONBLOCK takes precedence over the default timeout. */
static int64_t wanted_timeout(struct state *state, int type)
{
    return type != -1 && type & SOCK_NONBLOCK ? 0 : state->default_timeout;
}

/* Opens a closed object. Until `fileno` exposes the descriptor, libsock can leave its O_NONBLOCK flag alone. `given`:
 * what the caller asked for; only the rest is queried. */
static int fill(struct socket *self, sock_t handle, struct label given)
{
    int64_t timeout = wanted_timeout(self->state, given.type), code = 0;

    /* A new handle has libsock's default timeout, which other code in the process may have changed. */
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
    self->timeout = self->limit = timeout;
    self->exposed = 0;
    return 0;
}

int64_t socket_set_deadline(struct socket *self, int direction, int64_t ns)
{
    int64_t code = sock_setdeadline(self->handle, direction, ns < 0 ? SOCK_FOREVER : ns);

    if (code == 0) {
        self->limited = 1;
        if (direction & SOCK_READ)
            self->deadlines[0] = ns;
        if (direction & SOCK_WRITE)
            self->deadlines[1] = ns;
    }
    return code;
}

int64_t socket_set_token(struct socket *self, PyObject *token, sock_cancel_t handle)
{
    int64_t code = sock_setcancel(self->handle, handle);

    if (code == 0) {
        self->limited = 1;
        Py_INCREF(token);
        Py_XSETREF(self->token, token);
    }
    return code;
}

/* A limit that never expires, but makes libsock keep O_NONBLOCK set as for any limit: 100 years. */
#define NEVER INT64_C(3155760000000000000)

int64_t socket_set_limit(struct socket *self, int64_t ns)
{
    int tls = self->tls != NULL && self->tls != Py_None;

    /* As in CPython, the object keeps the new timeout even if the socket is closed. */
    self->limit = ns;
    self->timeout = tls ? 0 : ns;
    if (ns < 0)
        ns = tls ? NEVER : SOCK_FOREVER;
    if (tls && ns == self->applied && self->handle != 0)
        return 0;
    self->applied = ns;
    return sock_settimeout(self->handle, ns);
}

PyObject *socket_wrap(struct state *state, sock_t handle, int type)
{
    struct label given = {-1, type, -1};
    struct socket *self = NULL;

    if (state->socket_type == NULL)
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is exiting");
    else
        self = (struct socket *)new(state->socket_type, NULL, NULL);
    if (self == NULL || fill(self, handle, given) < 0) {
        sock_close(handle);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

/* Marks the object closed and returns the handle, which the caller must close or detach. */
static sock_t take(struct socket *self)
{
    sock_t handle = self->handle;

    self->handle = 0;
    self->fd = -1;
    if (self->tls_inside > 0)
        tls_leave(self);
    return handle;
}

/* The descriptor passed to __init__. Returns -1 with an exception on error, -1 without one if none was passed. */
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
    int fd, adopted = 0;
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
        handle = endpoint_from_descriptor(fd, given, &adopted);
    if (handle < 0) {
        error_raise(SELF->state, handle);
        return -1;
    }
    if (fill(SELF, handle, given) < 0 || (adopted && endpoint_adopt(SELF, fd) < 0)) {
        (void)take(SELF);
        /* A descriptor passed by the caller remains the caller's. */
        if (fd < 0)
            sock_close(handle);
        else
            (void)sock_detach(handle);
        return -1;
    }
    return 0;
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

        /* No call is in progress, because nothing refers to the object; but SO_LINGER may delay the close. */
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
    Py_CLEAR(SELF->tls);
    Py_CLEAR(SELF->module);
    type->tp_free(self);
    Py_DECREF(type);
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(SELF->token);
    Py_VISIT(SELF->tls);
    Py_VISIT(SELF->module);
    return state_traverse_object(self, visit, arg);
}

/* The module stays: the state is needed until the object is deallocated. */
static int clear(PyObject *self)
{
    Py_CLEAR(SELF->token);
    Py_CLEAR(SELF->tls);
    return 0;
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
    /* A reset by the peer is no failure of close. */
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
            /* Called from a signal handler during a call on this socket: still open. */
            if (fd == -EDEADLK) {
                SELF->handle = handle;
                SELF->fd = sock_peek_fileno(handle);
            }
            return CHECK(fd);
        }
        if (SELF->limited)
            endpoint_hand_over(SELF, (int)fd);
    }
    return PyLong_FromLongLong(fd);
}

static PyObject *fileno_(PyObject *self, PyObject *unused)
{
    (void)unused;
    if (!SELF->exposed && SELF->handle != 0) {
        int64_t code = sock_fileno(SELF->handle);

        if (code < 0)
            return CHECK(code);
        SELF->exposed = 1;
    }
    return PyLong_FromLong(SELF->fd);
}

static PyObject *timeout(PyObject *self, void *unused)
{
    (void)unused;
    return argument_seconds(SELF->limit);
}

/* The type ---------------------------------------------------------------------------------------- */

#define VECTOR(f) (PyCFunction)(void (*)(void))f, METH_FASTCALL
#define VECTOR_KEYWORDS(f) (PyCFunction)(void (*)(void))f, METH_FASTCALL | METH_KEYWORDS
#define KEYWORDS(f) (PyCFunction)(void (*)(void))f, METH_VARARGS | METH_KEYWORDS

static PyMethodDef methods[] = {
    {"_accept", endpoint_accept, METH_NOARGS,
     "_accept($self, /)\n--\n\n"
     "Wait for a connection. The new descriptor is close-on-exec and belongs to the caller."},
    {"bind", endpoint_bind, METH_O, "bind($self, address, /)\n--\n\nBind the socket to a local address."},
    {"close", close_, METH_NOARGS,
     "close($self, /)\n--\n\n"
     "Close the socket. Calls waiting on it in other threads end with ClosedError before close returns.\n"
     "Closing twice has no effect."},
    {"connect", endpoint_connect, METH_O,
     "connect($self, address, /)\n--\n\nConnect to an address, within the socket's time limits."},
    {"connect_ex", endpoint_connect_ex, METH_O,
     "connect_ex($self, address, /)\n--\n\n"
     "Like connect, but return an error number: 0 on success, EAGAIN on a timeout."},
    {"detach", detach, METH_NOARGS,
     "detach($self, /)\n--\n\n"
     "Close the object without closing the descriptor, and return it; -1 if already closed. Calls waiting\n"
     "on the socket in other threads end with ClosedError."},
    {"fileno", fileno_, METH_NOARGS, "fileno($self, /)\n--\n\nReturn the descriptor, or -1 if the socket is closed."},
    {"getpeername", endpoint_getpeername, METH_NOARGS, "getpeername($self, /)\n--\n\nReturn the peer's address."},
    {"getsockname", endpoint_getsockname, METH_NOARGS, "getsockname($self, /)\n--\n\nReturn the local address."},
    {"listen", endpoint_listen, METH_VARARGS,
     "listen($self, backlog=128, /)\n--\n\n"
     "Listen for connections. At most `backlog` connections (default 128) wait to be accepted."},
    {"shutdown", endpoint_shutdown, METH_O,
     "shutdown($self, how, /)\n--\n\nShut down one or both halves of a connection: SHUT_RD, SHUT_WR or SHUT_RDWR."},
    {"getsockopt", option_get, METH_VARARGS,
     "getsockopt($self, level, optname, buflen=0, /)\n--\n\n"
     "Read an option as an int, or as bytes if a `buflen` from 1 to 1024 is passed."},
    {"setsockopt", option_set, METH_VARARGS,
     "setsockopt(level, option, value)\nsetsockopt(level, option, None, size)\n\nSet an option to an int or bytes. With None, pass a null\n"
     "pointer and the size."},
    {"settimeout", option_settimeout, METH_O,
     "settimeout($self, value, /)\n--\n\n"
     "Limit each operation. None: no limit. 0: non-blocking. An operation that takes longer raises TimeoutError."},
    {"gettimeout", option_gettimeout, METH_NOARGS,
     "gettimeout($self, /)\n--\n\nReturn the time limit of each operation."},
    {"setblocking", option_setblocking, METH_O,
     "setblocking($self, flag, /)\n--\n\nCall settimeout(None) if flag is true, else settimeout(0)."},
    {"getblocking", option_getblocking, METH_NOARGS,
     "getblocking($self, /)\n--\n\nReturn False if the timeout is 0, else True."},
    {"setdeadline", KEYWORDS(option_setdeadline),
     "setdeadline($self, when, direction=3)\n--\n\n"
     "Set a deadline in seconds of time.monotonic(). From then on all calls of\n"
     "that direction raise TimeoutError: calls already waiting, and later calls even if data is ready. None: no deadline."},
    {"setcancel", option_setcancel, METH_O,
     "setcancel($self, token, /)\n--\n\n"
     "Attach a CancelToken, or detach with None. Once the token has fired, calls raise CanceledError."},
    {"recv", VECTOR(transfer_recv),
     "recv($self, bufsize, flags=0, /)\n--\n\nReceive up to `bufsize` bytes; b'' at the end of the stream."},
    {"recv_into", VECTOR_KEYWORDS(transfer_recv_into),
     "recv_into($self, buffer, nbytes=0, flags=0)\n--\n\n"
     "Receive up to `nbytes` bytes into a buffer, or up to its size if `nbytes` is 0."},
    {"recvfrom", VECTOR(transfer_recvfrom),
     "recvfrom($self, bufsize, flags=0, /)\n--\n\n"
     "Receive data and the sender's address (None if the kernel reports none)."},
    {"recvfrom_into", VECTOR_KEYWORDS(transfer_recvfrom_into),
     "recvfrom_into($self, buffer, nbytes=0, flags=0)\n--\n\nLike recvfrom, into a buffer."},
    {"recv_exact", KEYWORDS(own_recv_exact),
     "recv_exact($self, size, flags=0)\n--\n\n"
     "Receive exactly `size` bytes of a stream within one time limit. On failure the\n"
     "exception's `partial` holds the bytes received so far. Raises EndOfStream if the stream ends first."},
    {"recv_exact_into", KEYWORDS(own_recv_exact_into),
     "recv_exact_into($self, buffer, flags=0)\n--\n\n"
     "Fill a buffer within one time limit. On failure the exception's `received` is the\n"
     "number of bytes received."},
    {"send", VECTOR(transfer_send),
     "send($self, data, flags=0, /)\n--\n\nSend data; return the number of bytes sent."},
    {"sendall", VECTOR(transfer_sendall),
     "sendall($self, data, flags=0, /)\n--\n\n"
     "Send all data within one time limit. On failure the exception's `sent` is the number of bytes sent."},
    {"sendto", VECTOR(transfer_sendto),
     "sendto(data[, flags], address) -> count\n\nSend a datagram to an address."},
    {"recvmsg", message_recvmsg, METH_VARARGS,
     "recvmsg($self, bufsize, ancbufsize=0, flags=0, /)\n--\n\nReceive data and control messages, as a list of\n"
     "(level, type, bytes). Received descriptors are close-on-exec and belong to the caller."},
    {"recvmsg_into", message_recvmsg_into, METH_VARARGS,
     "recvmsg_into($self, buffers, ancbufsize=0, flags=0, /)\n--\n\nLike recvmsg, into several buffers."},
    {"sendmsg", message_sendmsg, METH_VARARGS,
     "sendmsg($self, buffers, ancdata=(), flags=0, address=None, /)\n--\n\n"
     "Send several buffers as one message, with control messages."},
    {"sendmsg_afalg", KEYWORDS(message_sendmsg_afalg),
     "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags]]]) -> count\n\nSend to the kernel's crypto API (AF_ALG)."},
    {"recv_message", KEYWORDS(own_recv_message),
     "recv_message($self, size, kinds=0, fds=0, flags=0)\n--\n\n"
     "Receive data and typed control messages. `kinds` combines\n"
     "CONTROL_* values; `fds` is the maximum number of descriptors. The kernel sends most kinds only if an option\n"
     "requests them (SO_PASSCRED, IP_PKTINFO ...)."},
    {"send_message", KEYWORDS(own_send_message),
     "send_message($self, buffers, *, fds=None, credentials=None, pktinfo=None, ttl=None, tos=None,\n"
     "             gso_size=None, flags=0, address=None)\n--\n\n"
     "Send several buffers as one message, with typed control messages."},
    {"send_many", KEYWORDS(own_send_many),
     "send_many($self, datagrams, flags=0, *, address=None, segment=0, outcomes=None)\n--\n\n"
     "Send many datagrams in few system calls, and return how many of them were sent. Each is bytes-like, a tuple\n"
     "(data[, address[, segment[, ancdata]]]) or a Datagram; `address` and `segment` are the defaults. Data longer than\n"
     "its segment is cut into datagrams of that size. `outcomes`: a list to which (bytes sent, flags) of every item sent\n"
     "is appended; only the last can have been sent in part, and flags is BATCH_PLAIN if the kernel did not cut."},
    {"recv_many", KEYWORDS(own_recv_many),
     "recv_many($self, count, bufsize, ancbufsize=0, flags=0)\n--\n\n"
     "Wait for a datagram, and return it with those that are there: a list of up to `count` Datagram objects\n"
     "of up to `bufsize` bytes each. The list is empty if the receiving half was shut down."},
    {"recv_many_into", KEYWORDS(own_recv_many_into),
     "recv_many_into($self, buffers, ancbufsize=0, flags=0)\n--\n\n"
     "Like recv_many, into one buffer for each datagram; return a list of FilledBuffer objects."},
    {"setgro", batch_setgro, METH_O,
     "setgro($self, flag, /)\n--\n\n"
     "Let arriving datagrams of one sender and one size come together (UDP_GRO); `segment` is their size."},
    {"_sendfile", KEYWORDS(own_sendfile),
     "_sendfile($self, fd, offset=0, count=-1)\n--\n\n"
     "Send a file, or part of it, without copying it through the program."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"family", T_INT, offsetof(struct socket, family), READONLY, "the address family"},
    {"type", T_INT, offsetof(struct socket, type), READONLY, "the type, without SOCK_NONBLOCK and SOCK_CLOEXEC"},
    {"proto", T_INT, offsetof(struct socket, proto), READONLY, "the protocol"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"timeout", timeout, NULL, "the time limit of each operation in seconds, or None", NULL},
    {"_sslobj", tls_get, tls_set, "where ssl stores its connection: see tls.c", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char doc[] =
    "socket(family=-1, type=-1, proto=-1, fileno=None)\n--\n\n"
    "A socket over a libsock handle. With `fileno`, take ownership of a descriptor and detect the values not given.";

static PyType_Slot slots[] = {
    {Py_tp_new, new},
    {Py_tp_init, init},
    {Py_tp_dealloc, dealloc},
    {Py_tp_finalize, finalize},
    {Py_tp_traverse, traverse},
    {Py_tp_clear, clear},
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
    PyTypeObject *type = state_make_type(module, &spec);

    if (type == NULL)
        return -1;
    state->socket_type = type;
    Py_INCREF(type);
    if (PyModule_AddObject(module, "socket", (PyObject *)type) < 0)
        return -1;
    Py_INCREF(type);
    return PyModule_AddObject(module, "SocketType", (PyObject *)type);
}
