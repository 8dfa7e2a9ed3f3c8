/* Arguments: parses numbers, hosts and times as CPython's module does. */
#include "binding.h"

#include <limits.h>
#include <math.h>
#include <string.h>

int argument_count(const char *function, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most)
{
    if (count >= least && count <= most)
        return 0;
    if (least == most)
        PyErr_Format(PyExc_TypeError, "%s() takes exactly %zd argument%s (%zd given)", function, least,
                     least == 1 ? "" : "s", count);
    else
        PyErr_Format(PyExc_TypeError, "%s() takes at %s %zd argument%s (%zd given)", function,
                     count < least ? "least" : "most", count < least ? least : most,
                     (count < least ? least : most) == 1 ? "" : "s", count);
    return -1;
}

int argument_int(PyObject *object, int *out)
{
    long number = PyLong_CheckExact(object) ? PyLong_AsLong(object) : -1;

    if (!PyLong_CheckExact(object)) {
        PyObject *index = PyNumber_Index(object);

        if (index == NULL) {
#if BEFORE_3_10
            /* These versions use texts of their own. */
            if (PyFloat_Check(object))
                PyErr_SetString(PyExc_TypeError, "integer argument expected, got float");
            else
                PyErr_Format(PyExc_TypeError, "an integer is required (got type %s)", Py_TYPE(object)->tp_name);
#endif
            return -1;
        }
        number = PyLong_AsLong(index);
        Py_DECREF(index);
    }
    if (number == -1 && PyErr_Occurred())
        return -1;
    if (number > INT_MAX || number < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, number > 0 ? "signed integer is greater than maximum"
                                                        : "signed integer is less than minimum");
        return -1;
    }
    *out = (int)number;
    return 0;
}

int argument_size(PyObject *object, Py_ssize_t *out)
{
    if (PyLong_CheckExact(object)) {
        *out = PyLong_AsSsize_t(object);
    } else {
        PyObject *index = PyNumber_Index(object);

        if (index == NULL)
            return -1;
        *out = PyLong_AsSsize_t(index);
        Py_DECREF(index);
    }
    return *out == -1 && PyErr_Occurred() ? -1 : 0;
}

int argument_fits_idna(PyObject *object)
{
    /* A name has 253 bytes at most; characters that the codec drops may come on top. */
    if (!PyUnicode_Check(object) || PyUnicode_GET_LENGTH(object) <= 1024)
        return 0;
    PyErr_SetString(PyExc_UnicodeError, "host name too long");
    return -1;
}

int argument_host(PyObject *object, struct host *out)
{
    Py_ssize_t length;

    out->owner = NULL;
    if (PyUnicode_Check(object)) {
        if (PyUnicode_READY(object) < 0)
            return -1;
        if (PyUnicode_IS_COMPACT_ASCII(object)) {
            Py_INCREF(object);
            out->owner = object;
            out->text = (const char *)PyUnicode_1BYTE_DATA(object);
            length = PyUnicode_GET_LENGTH(object);
        } else {
            out->owner = argument_fits_idna(object) < 0 ? NULL : PyUnicode_AsEncodedString(object, "idna", NULL);
            if (out->owner == NULL) {
                PyErr_SetString(PyExc_TypeError, "encoding of hostname failed");
                return -1;
            }
            out->text = PyBytes_AS_STRING(out->owner);
            length = PyBytes_GET_SIZE(out->owner);
        }
    } else if (PyBytes_Check(object)) {
        Py_INCREF(object);
        out->owner = object;
        out->text = PyBytes_AS_STRING(object);
        length = PyBytes_GET_SIZE(object);
    } else if (PyByteArray_Check(object)) {
        /* Copied, because another thread may change it during a lookup. */
        out->owner = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(object), PyByteArray_GET_SIZE(object));
        if (out->owner == NULL)
            return -1;
        out->text = PyBytes_AS_STRING(out->owner);
        length = PyBytes_GET_SIZE(out->owner);
    } else {
        PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s", Py_TYPE(object)->tp_name);
        return -1;
    }
    if (strlen(out->text) != (size_t)length) {
        Py_CLEAR(out->owner);
        PyErr_SetString(PyExc_TypeError, "host name must not contain null character");
        return -1;
    }
    return 0;
}

void argument_free(struct host *host)
{
    Py_CLEAR(host->owner);
}

static int negative(void)
{
    PyErr_SetString(PyExc_ValueError, "Timeout value out of range");
    return -1;
}

static int too_large(void)
{
    PyErr_SetString(PyExc_OverflowError, "timeout doesn't fit into C timeval");
    return -1;
}

int argument_deadline(PyObject *object, int64_t *out)
{
    PyObject *zero;
    int before_zero;

    if (argument_timeout(object, out) == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_OverflowError))
        return -1;
    PyErr_Clear();
    *out = -1;
    zero = PyLong_FromLong(0);
    before_zero = zero == NULL ? -1 : PyObject_RichCompareBool(object, zero, Py_LT);
    Py_XDECREF(zero);
    return before_zero > 0 ? negative() : before_zero;
}

sock_cancel_t argument_token(struct state *state, PyObject *object)
{
    struct token *token = (struct token *)object;

    if (object == Py_None)
        return 0;
    if (state->token_type == NULL || !PyObject_TypeCheck(object, state->token_type)) {
        PyErr_Format(PyExc_TypeError, "a CancelToken or None is required, not '%s'", Py_TYPE(object)->tp_name);
        return -1;
    }
    if (token->handle == 0) {
        PyErr_SetString(PyExc_ValueError, "the token is closed");
        return -1;
    }
    return token->handle;
}

int argument_timeout(PyObject *object, int64_t *out)
{
    if (object == Py_None) {
        *out = -1;
        return 0;
    }
    if (PyFloat_Check(object)) {
        double seconds = PyFloat_AS_DOUBLE(object);
        double ns = seconds * 1e9;

        if (isnan(seconds)) {
            PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
            return -1;
        }
        /* Rounded away from zero, so that no wait is shorter than requested and no negative value becomes zero. */
        ns = ns >= 0 ? ceil(ns) : floor(ns);
        if (!(ns > -9.2233720368547e18 && ns < 9.2233720368547e18))
            return too_large();
        *out = (int64_t)ns;
    } else {
        PyObject *index = PyNumber_Index(object);
        long long seconds;

        if (index == NULL)
            return -1;
        seconds = PyLong_AsLongLong(index);
        Py_DECREF(index);
        if (seconds == -1 && PyErr_Occurred())
            return -1;
        if (__builtin_mul_overflow((int64_t)seconds, INT64_C(1000000000), out))
            return too_large();
    }
    return *out < 0 ? negative() : 0;
}

PyObject *argument_seconds(int64_t ns)
{
    if (ns < 0)
        Py_RETURN_NONE;
    return PyFloat_FromDouble(ns % 1000000000 == 0 ? (double)(ns / 1000000000) : (double)ns / 1e9);
}
