/* The methods that CPython's socket lacks, and what they do in subclasses that change the transfers.
 *
 * ssl.SSLSocket encrypts by overriding send, recv and the other methods of the standard library. It does not know the
 * methods that libsock adds, which would bypass it: plaintext would go out. So each of them that transfers data looks
 * at the object's class first. If the class overrides any standard transfer, the method either uses the methods of the
 * class or raises NotImplementedError. The tests check this for every method that CPython lacks, so that none can be
 * added without it. */
#include "binding.h"

#include <string.h>

#define SELF ((struct socket *)self)

typedef PyObject *method(PyObject *self, PyObject *args, PyObject *kwargs);

/* Whether a class has its own version of a method; -1 on error. */
static int overrides(struct state *state, PyTypeObject *type, const char *name)
{
    PyObject *own = PyObject_GetAttrString((PyObject *)type, name);
    PyObject *base = own == NULL ? NULL : PyObject_GetAttrString((PyObject *)state->socket_type, name);
    int result = base == NULL ? -1 : own != base;

    Py_XDECREF(own);
    Py_XDECREF(base);
    return result;
}

/* A number that changes when the class does; 0 if unknown. */
static unsigned int version_of(PyTypeObject *type)
{
#ifdef Py_TPFLAGS_VALID_VERSION_TAG
    if (!PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG))
        return 0;
#endif
    return type->tp_version_tag;
}

/* Whether a class changes how data is transferred; -1 on error. */
static int changes_transfers(struct state *state, PyTypeObject *type)
{
    static const char *const transfers[] = {"recv",     "recv_into", "recvfrom", "recvfrom_into", "recvmsg",
                                            "recvmsg_into", "send",  "sendall",  "sendto",        "sendmsg"};
    unsigned int version;

    if (type == state->socket_type || state->socket_type == NULL)
        return 0;
    if (type == state->plain_type && state->plain_version != 0 && version_of(type) == state->plain_version)
        return 0;
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) {
        int found = overrides(state, type, transfers[i]);

        if (found != 0)
            return found;
    }
    version = version_of(type);
    state->plain_type = type;
    state->plain_version = version;
    return 0;
}

static PyObject *call(PyObject *self, PyObject *args, PyObject *kwargs, const char *name, method *direct, method *through)
{
    int changed = changes_transfers(SELF->state, Py_TYPE(self));

    if (changed == 0)
        return direct(self, args, kwargs);
    if (changed > 0 && through != NULL)
        return through(self, args, kwargs);
    if (changed > 0)
        PyErr_Format(PyExc_NotImplementedError, "%s not allowed on instances of %s, which has its own send or recv", name,
                     Py_TYPE(self)->tp_name);
    return NULL;
}

/* Exact receives by the methods of the class -------------------------------------------------------- */

/* Receives some bytes into a part of a memoryview. Returns how many, or -1. */
static Py_ssize_t receive_some(PyObject *self, PyObject *part, Py_ssize_t length, int flags, int by_recv)
{
    PyObject *result = by_recv ? flags ? PyObject_CallMethod(self, "recv", "ni", length, flags)
                                       : PyObject_CallMethod(self, "recv", "n", length)
                       : flags ? PyObject_CallMethod(self, "recv_into", "Oni", part, length, flags)
                               : PyObject_CallMethod(self, "recv_into", "O", part);
    Py_ssize_t count = -1;

    if (result == NULL)
        return -1;
    if (!by_recv) {
        count = PyNumber_AsSsize_t(result, PyExc_OverflowError);
    } else {
        Py_buffer from, to;

        if (PyObject_GetBuffer(result, &from, PyBUF_SIMPLE) == 0) {
            if (PyObject_GetBuffer(part, &to, PyBUF_WRITABLE) == 0) {
                count = from.len;
                if (count <= to.len)
                    memcpy(to.buf, from.buf, (size_t)count);
                PyBuffer_Release(&to);
            }
            PyBuffer_Release(&from);
        }
    }
    Py_DECREF(result);
    if (!PyErr_Occurred() && (count < 0 || count > length))
        PyErr_SetString(PyExc_ValueError, "recv returned more bytes than requested");
    return PyErr_Occurred() ? -1 : count;
}

/* Fills a writable buffer within one limit. 0 or -1; `received` is right in both cases. */
static int fill(PyObject *self, PyObject *target, int flags, Py_ssize_t *received)
{
    PyObject *view = PyMemoryView_FromObject(target);
    Py_ssize_t length = view == NULL ? 0 : PyMemoryView_GET_BUFFER(view)->len;
    int64_t end = SELF->limit > 0 ? tls_now() + SELF->limit : 0, before = tls_until(end);
    int by_recv = overrides(SELF->state, Py_TYPE(self), "recv_into") == 0
                  && overrides(SELF->state, Py_TYPE(self), "recv") == 1;

    *received = 0;
    while (!PyErr_Occurred() && *received < length) {
        PyObject *part = PySequence_GetSlice(view, *received, length);
        Py_ssize_t count = part == NULL ? -1 : receive_some(self, part, length - *received, flags, by_recv);

        Py_XDECREF(part);
        if (count > 0)
            *received += count;
        else if (count == 0)
            error_raise(SELF->state, SOCK_EEOF);
        if (count > 0 && *received < length && end > 0 && tls_now() >= end)
            error_raise(SELF->state, SOCK_ETIMEDOUT);
    }
    tls_until(before);
    Py_XDECREF(view);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *recv_exact(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"size", "flags", NULL};
    PyObject *buffer, *bytes;
    Py_ssize_t length, received;
    int flags = 0, failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|i:recv_exact", names, &length, &flags))
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recv_exact");
        return NULL;
    }
    buffer = PyByteArray_FromStringAndSize(NULL, length);
    if (buffer == NULL)
        return NULL;
    failed = fill(self, buffer, flags, &received) < 0;
    if (failed) {
        PyObject *type, *value, *traceback;

        PyErr_Fetch(&type, &value, &traceback);
        bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(buffer), received);
        PyErr_Restore(type, value, traceback);
        error_annotate("partial", bytes);
        bytes = NULL;
    } else {
        bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(buffer), length);
    }
    Py_DECREF(buffer);
    return bytes;
}

static PyObject *recv_exact_into(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffer", "flags", NULL};
    PyObject *object, *bytes;
    Py_buffer buffer;
    Py_ssize_t received;
    int flags = 0, failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|i:recv_exact_into", names, &object, &flags))
        return NULL;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_WRITABLE) < 0)
        return NULL;
    bytes = PyMemoryView_FromMemory(buffer.buf, buffer.len, PyBUF_WRITE);
    failed = bytes == NULL || fill(self, bytes, flags, &received) < 0;
    Py_XDECREF(bytes);
    PyBuffer_Release(&buffer);
    if (!failed)
        Py_RETURN_NONE;
    error_annotate("received", PyLong_FromSsize_t(received));
    return NULL;
}

/* The methods --------------------------------------------------------------------------------------- */

/* `direct`: for classes with the standard transfers. `through`: for other classes, or NULL to refuse them. */
#define OWN(name, direct, through)                                           \
    PyObject *own_##name(PyObject *self, PyObject *args, PyObject *kwargs)   \
    {                                                                        \
        return call(self, args, kwargs, #name, direct, through);             \
    }

OWN(recv_exact, transfer_recv_exact, recv_exact)
OWN(recv_exact_into, transfer_recv_exact_into, recv_exact_into)
OWN(recv_message, control_recv_message, NULL)
OWN(send_message, control_send_message, NULL)
OWN(sendfile, transfer_sendfile, NULL)
OWN(send_many, batch_send_many, NULL)
OWN(recv_many, batch_recv_many, NULL)
OWN(recv_many_into, batch_recv_many_into, NULL)
