/* Sending and receiving bytes.
 *
 * In a process with one thread, no other thread can use the interpreter's lock, and releasing and taking it costs as
 * much as a short system call. Small transfers therefore try once with the lock held (MSG_DONTWAIT, so without
 * waiting), and release the lock only if they must wait. After a wait, the socket's next calls skip the try. */
#include "binding.h"

#include <sys/socket.h>

#define SELF ((struct socket *)self)

/* The number of calls that skip the try after one had to wait. */
#define PATIENCE 8
/* Larger transfers may hold the lock long enough to delay signal handlers and other interpreters. */
#define SMALL 65536

static int may_try(struct socket *self, Py_ssize_t length, int flags)
{
    /* A call that waits for all bytes must be one call of libsock. */
    if (flags & MSG_WAITALL)
        return 0;
    if (self->patience > 0) {
        self->patience--;
        return 0;
    }
    return length <= SMALL && gil_is_unwanted(self->state);
}

/* Whether to wait after a try that returned -EAGAIN. */
static int must_wait(struct socket *self, int flags)
{
    if (self->limit == 0 || flags & MSG_DONTWAIT)
        return 0;
    self->patience = PATIENCE;
    return 1;
}

static int64_t receive(struct socket *self, void *buffer, Py_ssize_t length, int flags)
{
    int64_t code = -EAGAIN;

    if (may_try(self, length, flags)) {
        code = sock_recv(self->handle, buffer, (size_t)length, flags | MSG_DONTWAIT);
        if (code != -EAGAIN || !must_wait(self, flags))
            return code;
    }
    WITHOUT_GIL(code = sock_recv(self->handle, buffer, (size_t)length, flags));
    return code;
}

static int64_t send_bytes(struct socket *self, const char *buffer, Py_ssize_t length, int flags)
{
    int64_t code, sent = 0;

    if (may_try(self, length, flags)) {
        code = sock_send(self->handle, buffer, (size_t)length, flags | MSG_DONTWAIT);
        if (code < 0 && (code != -EAGAIN || !must_wait(self, flags)))
            return code;
        /* A partial send: a blocking socket continues until everything is sent; other modes return the count. */
        if (code >= 0 && (code == length || self->limit >= 0 || !must_wait(self, flags)))
            return code;
        sent = code > 0 ? code : 0;
    }
    WITHOUT_GIL(code = sock_send(self->handle, buffer + sent, (size_t)(length - sent), flags));
    if (sent > 0)
        return code == RAISED ? code : sent + (code > 0 ? code : 0);
    return code;
}

/* Parses the arguments of recv and recvfrom, and allocates the result. */
static PyObject *room(const char *function, PyObject *const *args, Py_ssize_t count, Py_ssize_t *length, int *flags)
{
    PyObject *bytes;

    *flags = 0;
    if (argument_count(function, count, 1, 2) < 0 || argument_size(args[0], length) < 0
        || (count == 2 && argument_int(args[1], flags) < 0))
        return NULL;
    if (*length < 0) {
        PyErr_Format(PyExc_ValueError, "negative buffersize in %s", function);
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, *length);
    /* With MSG_TRUNC the kernel may report more bytes than it wrote: do not expose old memory. */
    if (bytes != NULL && *flags & MSG_TRUNC)
        memset(PyBytes_AS_STRING(bytes), 0, (size_t)*length);
    return bytes;
}

/* The received bytes, or an exception. */
static PyObject *fitted(struct socket *self, PyObject *bytes, Py_ssize_t length, int64_t code)
{
    if (code < 0) {
        Py_DECREF(bytes);
        return error_raise(self->state, code);
    }
    if (code < length)
        _PyBytes_Resize(&bytes, (Py_ssize_t)code);
    return bytes;
}

PyObject *transfer_recv(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t length;
    int flags;
    PyObject *bytes = room("recv", args, count, &length, &flags);

    /* As in CPython, a size of 0 makes no system call, whatever the state of the socket. */
    if (bytes == NULL || length == 0)
        return bytes;
    return fitted(SELF, bytes, length, receive(SELF, PyBytes_AS_STRING(bytes), length, flags));
}

static int64_t receive_from(struct socket *self, void *buffer, Py_ssize_t length, int flags, PyObject **address)
{
    struct sock_addr from = {0};
    int64_t code;

    WITHOUT_GIL(code = sock_recvfrom(self->handle, buffer, (size_t)length, flags, &from));
    if (code >= 0) {
        *address = address_to_python(&from, self->proto);
        if (*address == NULL)
            return RAISED;
    }
    return code;
}

PyObject *transfer_recvfrom(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t length;
    int flags;
    PyObject *bytes = room("recvfrom", args, count, &length, &flags), *address = NULL;

    if (bytes == NULL)
        return NULL;
    bytes = fitted(SELF, bytes, length, receive_from(SELF, PyBytes_AS_STRING(bytes), length, flags, &address));
    if (bytes == NULL) {
        Py_XDECREF(address);
        return NULL;
    }
    return pair(bytes, address);
}

/* The arguments of recv_into and recvfrom_into, positional or by keyword. Parsed by hand for speed. The error texts
 * of the two differ as CPython's do. */
struct into {
    Py_buffer buffer;
    Py_ssize_t length;
    int flags;
};

static int into_arguments(const char *function, const char *too_small, PyObject *const *args, Py_ssize_t count,
                          PyObject *names, struct into *out)
{
    static const char *const known[] = {"buffer", "nbytes", "flags"};
    PyObject *values[3] = {NULL, NULL, NULL};
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);

    if (argument_count(function, count + named, 1, 3) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++)
        values[i] = args[i];
    for (Py_ssize_t i = 0; i < named; i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);
        int at = 0;

        while (at < 3 && PyUnicode_CompareWithASCIIString(name, known[at]) != 0)
            at++;
        if (at == 3 || values[at] != NULL) {
            PyErr_Format(PyExc_TypeError,
                         at == 3 ? "'%U' is an invalid keyword argument for %s()" : "argument '%U' for %s() given twice",
                         name, function);
            return -1;
        }
        values[at] = args[count + i];
    }
    *out = (struct into){.length = 0};
    if (values[0] == NULL) {
        PyErr_Format(PyExc_TypeError, "%s() missing required argument 'buffer' (pos 1)", function);
        return -1;
    }
    if ((values[1] != NULL && argument_size(values[1], &out->length) < 0)
        || (values[2] != NULL && argument_int(values[2], &out->flags) < 0))
        return -1;
    if (PyObject_GetBuffer(values[0], &out->buffer, PyBUF_WRITABLE) < 0) {
        PyErr_Format(PyExc_TypeError, "%s() argument 1 must be read-write bytes-like object, not %s", function,
                     Py_TYPE(values[0])->tp_name);
        return -1;
    }
    if (out->length < 0 || out->length > out->buffer.len) {
        if (out->length < 0)
            PyErr_Format(PyExc_ValueError, "negative buffersize in %s", function);
        else
            PyErr_SetString(PyExc_ValueError, too_small);
        PyBuffer_Release(&out->buffer);
        return -1;
    }
    if (out->length == 0)
        out->length = out->buffer.len;
    return 0;
}

PyObject *transfer_recv_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    struct into into;
    int64_t code = 0;

    if (into_arguments("recv_into", "buffer too small for requested bytes", args, count, names, &into) < 0)
        return NULL;
    if (into.length > 0)
        code = receive(SELF, into.buffer.buf, into.length, into.flags);
    PyBuffer_Release(&into.buffer);
    return code < 0 ? error_raise(SELF->state, code) : PyLong_FromLong((long)code);
}

PyObject *transfer_recvfrom_into(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    struct into into;
    PyObject *address = NULL;
    int64_t code;

    if (into_arguments("recvfrom_into", "nbytes is greater than the length of the buffer", args, count, names, &into) < 0)
        return NULL;
    code = receive_from(SELF, into.buffer.buf, into.length, into.flags, &address);
    PyBuffer_Release(&into.buffer);
    return code < 0 ? error_raise(SELF->state, code) : pair(PyLong_FromLong((long)code), address);
}

/* Parses the arguments of send and sendall. */
static int outgoing(const char *function, PyObject *const *args, Py_ssize_t count, Py_buffer *data, int *flags)
{
    *flags = 0;
    if (argument_count(function, count, 1, 2) < 0 || (count == 2 && argument_int(args[1], flags) < 0))
        return -1;
    /* The common case: the caller keeps the bytes alive during the call, and bytes cannot change. */
    if (PyBytes_CheckExact(args[0])) {
        data->obj = NULL;
        data->buf = PyBytes_AS_STRING(args[0]);
        data->len = PyBytes_GET_SIZE(args[0]);
        return 0;
    }
    return PyObject_GetBuffer(args[0], data, PyBUF_SIMPLE);
}

PyObject *transfer_send(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer data;
    int flags;
    int64_t code;

    if (outgoing("send", args, count, &data, &flags) < 0)
        return NULL;
    code = send_bytes(SELF, data.buf, data.len, flags);
    if (data.obj != NULL)
        PyBuffer_Release(&data);
    return code < 0 ? error_raise(SELF->state, code) : PyLong_FromLong((long)code);
}

PyObject *transfer_sendall(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer data;
    int flags, waits = 1;
    size_t sent = 0;
    int64_t code = 0;

    if (outgoing("sendall", args, count, &data, &flags) < 0)
        return NULL;
    if (may_try(SELF, data.len, flags)) {
        code = sock_send(SELF->handle, data.buf, (size_t)data.len, flags | MSG_DONTWAIT);
        if (code >= 0) {
            sent = (size_t)code;
            code = code == data.len ? 0 : -EAGAIN;
        }
        waits = code == -EAGAIN && must_wait(SELF, flags);
    }
    if (waits) {
        size_t more = 0;

        WITHOUT_GIL(code = sock_sendall(SELF->handle, (char *)data.buf + sent, (size_t)data.len - sent, flags, &more));
        sent += more;
    }
    PyBuffer_Release(&data);
    if (code < 0) {
        error_raise(SELF->state, code);
        error_annotate("sent", PyLong_FromSize_t(sent));
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *transfer_sendto(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    struct sock_addr to;
    Py_buffer data;
    PyObject *address;
    int flags = 0;
    int64_t code;

    if (count != 2 && count != 3) {
        PyErr_Format(PyExc_TypeError, "sendto() takes 2 or 3 arguments (%zd given)", count);
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    address = args[count - 1];
    if ((count == 3 && argument_int(args[1], &flags) < 0) || address_from_python(SELF, address, &to, "sendto") < 0
        || PySys_Audit("socket.sendto", "OO", self, address) < 0) {
        PyBuffer_Release(&data);
        return NULL;
    }
    WITHOUT_GIL(code = sock_sendto(SELF->handle, data.buf, (size_t)data.len, flags, &to));
    PyBuffer_Release(&data);
    return code < 0 ? error_raise(SELF->state, code) : PyLong_FromLongLong(code);
}

/* Exact receives ---------------------------------------------------------------------------------- */

PyObject *transfer_recv_exact(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"size", "flags", NULL};
    PyObject *bytes;
    Py_ssize_t length;
    size_t received = 0;
    int flags = 0;
    int64_t code;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|i:recv_exact", names, &length, &flags))
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recv_exact");
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, length);
    if (bytes == NULL)
        return NULL;
    WITHOUT_GIL(code = sock_recv_exact(SELF->handle, PyBytes_AS_STRING(bytes), (size_t)length, flags, &received));
    if (code < 0) {
        error_raise(SELF->state, code);
        error_annotate("partial", PyBytes_FromStringAndSize(PyBytes_AS_STRING(bytes), (Py_ssize_t)received));
        Py_CLEAR(bytes);
    }
    return bytes;
}

PyObject *transfer_recv_exact_into(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffer", "flags", NULL};
    Py_buffer buffer;
    size_t received = 0;
    int flags = 0;
    int64_t code;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "w*|i:recv_exact_into", names, &buffer, &flags))
        return NULL;
    WITHOUT_GIL(code = sock_recv_exact(SELF->handle, buffer.buf, (size_t)buffer.len, flags, &received));
    PyBuffer_Release(&buffer);
    if (code < 0) {
        error_raise(SELF->state, code);
        error_annotate("received", PyLong_FromSize_t(received));
        return NULL;
    }
    Py_RETURN_NONE;
}

/* Files ------------------------------------------------------------------------------------------- */

PyObject *transfer_sendfile(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"fd", "offset", "count", NULL};
    long long offset = 0, count = -1;
    int64_t sent = 0, code;
    int fd;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i|LL:_sendfile", names, &fd, &offset, &count))
        return NULL;
    WITHOUT_GIL(code = sock_sendfile(SELF->handle, fd, offset, count, &sent));
    if (code < 0) {
        error_raise(SELF->state, code);
        error_annotate("sent", PyLong_FromLongLong(sent));
        return NULL;
    }
    return PyLong_FromLongLong(code);
}
