/* Options, modes and limits. */
#include "binding.h"

#include <sys/socket.h>
#include <limits.h>

#define SELF ((struct socket *)self)
#define CHECK(code) error_or_none(SELF->state, code)

/* Options ----------------------------------------------------------------------------------------- */

/* All AF_VSOCK options are 64-bit numbers. */
static PyObject *set_vsock(PyObject *self, PyObject *args)
{
    unsigned long long number;
    int level, option;

    if (!PyArg_ParseTuple(args, "iiK:setsockopt", &level, &option, &number))
        return NULL;
    return CHECK(sock_setsockopt(SELF->handle, level, option, &number, sizeof number));
}

static PyObject *get_vsock(PyObject *self, int level, int option)
{
    unsigned long long number = 0;
    size_t length = sizeof number;
    int64_t code = sock_getsockopt(SELF->handle, level, option, &number, &length);

    return code < 0 ? CHECK(code) : PyLong_FromUnsignedLongLong(number);
}

PyObject *option_set(PyObject *self, PyObject *args)
{
    int level, option, number;
    unsigned int length;
    PyObject *none;
    Py_buffer data;
    int64_t code;

    if (SELF->family == AF_VSOCK)
        return set_vsock(self, args);
    /* Try each form of the call in turn. If none fits, raise the error of the last. */
    if (PyArg_ParseTuple(args, "iii:setsockopt", &level, &option, &number))
        return CHECK(sock_setsockopt_int(SELF->handle, level, option, number));
    PyErr_Clear();
    if (PyArg_ParseTuple(args, "iiO!I:setsockopt", &level, &option, Py_TYPE(Py_None), &none, &length))
        return CHECK(sock_setsockopt(SELF->handle, level, option, NULL, length));
    PyErr_Clear();
    if (!PyArg_ParseTuple(args, "iiy*:setsockopt", &level, &option, &data))
        return NULL;
    code = sock_setsockopt(SELF->handle, level, option, data.buf, (size_t)data.len);
    PyBuffer_Release(&data);
    return CHECK(code);
}

PyObject *option_get(PyObject *self, PyObject *args)
{
    int level, option, wanted = 0, number = 0;
    PyObject *bytes;
    size_t length;
    int64_t code;

    if (!PyArg_ParseTuple(args, "ii|i:getsockopt", &level, &option, &wanted))
        return NULL;
    if (SELF->family == AF_VSOCK) {
        if (wanted == 0)
            return get_vsock(self, level, option);
        PyErr_SetString(PyExc_OSError, "getsockopt string buffer not allowed");
        return NULL;
    }
    if (wanted == 0) {
        code = sock_getsockopt_int(SELF->handle, level, option, &number);
        return code < 0 ? CHECK(code) : PyLong_FromLong(number);
    }
    if (wanted < 0 || wanted > 1024) {
        PyErr_SetString(PyExc_OSError, "getsockopt buflen out of range");
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, wanted);
    if (bytes == NULL)
        return NULL;
    length = (size_t)wanted;
    code = sock_getsockopt(SELF->handle, level, option, PyBytes_AS_STRING(bytes), &length);
    if (code < 0) {
        Py_DECREF(bytes);
        return CHECK(code);
    }
    if (length < (size_t)wanted)
        _PyBytes_Resize(&bytes, (Py_ssize_t)length);
    return bytes;
}

/* Modes ------------------------------------------------------------------------------------------- */

static PyObject *set_timeout(PyObject *self, int64_t ns)
{
    return CHECK(socket_set_limit(SELF, ns));
}

PyObject *option_settimeout(PyObject *self, PyObject *seconds)
{
    int64_t ns;

    return argument_timeout(seconds, &ns) < 0 ? NULL : set_timeout(self, ns);
}

PyObject *option_gettimeout(PyObject *self, PyObject *unused)
{
    (void)unused;
    return argument_seconds(SELF->limit);
}

PyObject *option_setblocking(PyObject *self, PyObject *flag)
{
#if BEFORE_3_12
    int on = PyLong_AsLong(flag) != 0;

    if (PyErr_Occurred())
        return NULL;
#else
    int on = PyObject_IsTrue(flag);

    if (on < 0)
        return NULL;
#endif
    return set_timeout(self, on ? -1 : 0);
}

PyObject *option_getblocking(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyBool_FromLong(SELF->limit != 0);
}

PyObject *option_setdefaulttimeout(PyObject *module, PyObject *seconds)
{
    int64_t ns;

    if (argument_timeout(seconds, &ns) < 0)
        return NULL;
    state_of_module(module)->default_timeout = ns;
    Py_RETURN_NONE;
}

PyObject *option_getdefaulttimeout(PyObject *module, PyObject *unused)
{
    (void)unused;
    return argument_seconds(state_of_module(module)->default_timeout);
}

/* Limits that CPython lacks ----------------------------------------------------------------------- */

PyObject *option_setdeadline(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"when", "direction", NULL};
    int direction = SOCK_READ | SOCK_WRITE;
    PyObject *when;
    int64_t ns;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|i:setdeadline", names, &when, &direction)
        || argument_deadline(when, &ns) < 0)
        return NULL;
    return CHECK(socket_set_deadline(SELF, direction, ns));
}

PyObject *option_setcancel(PyObject *self, PyObject *token)
{
    sock_cancel_t handle = argument_token(SELF->state, token);

    return handle < 0 ? NULL : CHECK(socket_set_token(SELF, token, handle));
}
