/* Raises libsock's codes as exceptions. */
#include "binding.h"

#include <errno.h>
#include <netdb.h>

PyObject *error_errno(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* The C library's number for a resolver code: Python's EAI_NONAME is -2, while libsock's code differs. */
static int resolver_number(int64_t code)
{
    int64_t number = 0;

    if (sock_constant_find(sock_err_name(code), &number) < 0)
        number = code;
    return (int)number;
}

/* A class of the module, or its base when the module has been cleared at exit. */
static PyObject *class_or(PyObject *class, PyObject *base)
{
    return class != NULL ? class : base;
}

static void raise_pair(PyObject *class, int number, const char *text)
{
    PyObject *value = Py_BuildValue("(is)", number, text);

    if (value != NULL) {
        PyErr_SetObject(class_or(class, PyExc_OSError), value);
        Py_DECREF(value);
    }
}

/* Numbers and texts are the C library's, as in CPython. */
static void raise_resolver(struct state *state, int64_t code)
{
    int number = resolver_number(code);

    if (code > -22000)
        raise_pair(state->gaierror, number, gai_strerror(number));
    else
        raise_pair(state->herror, number, hstrerror(number));
}

PyObject *error_raise(struct state *state, int64_t code)
{
    char text[512];

    switch (code) {
    case RAISED:
        break;
    case SOCK_ETIMEDOUT:
        PyErr_SetString(class_or(state->timeout, PyExc_OSError), "timed out");
        break;
    case SOCK_ECLOSED:
        raise_pair(state->closed, EBADF, "socket closed during the call");
        break;
    case SOCK_ECANCELED:
        raise_pair(state->canceled, ECANCELED, "canceled");
        break;
    case SOCK_EEOF:
        PyErr_SetString(class_or(state->end_of_stream, PyExc_EOFError), "the stream ended before all bytes arrived");
        break;
    case SOCK_EPANIC:
        sock_last_error(NULL, text, sizeof text);
        PyErr_Format(PyExc_SystemError, "libsock: %s", text);
        break;
    default:
        if (sock_is_resolver(code)) {
            raise_resolver(state, code);
        } else {
            errno = (int)-code;
            error_errno();
        }
    }
    return NULL;
}

PyObject *error_or_none(struct state *state, int64_t code)
{
    if (code < 0)
        return error_raise(state, code);
    Py_RETURN_NONE;
}

void error_annotate(const char *name, PyObject *value)
{
    PyObject *type, *exception, *traceback;

    if (value == NULL)
        return;
    PyErr_Fetch(&type, &exception, &traceback);
    PyErr_NormalizeException(&type, &exception, &traceback);
    if (exception == NULL || PyObject_SetAttrString(exception, name, value) < 0)
        PyErr_Clear();
    Py_DECREF(value);
    PyErr_Restore(type, exception, traceback);
}

static PyObject *new_class(PyObject *module, const char *name, const char *full, const char *doc, PyObject *base)
{
    PyObject *class = PyErr_NewExceptionWithDoc(full, doc, base, NULL);

    if (class == NULL)
        return NULL;
    Py_INCREF(class);
    if (PyModule_AddObject(module, name, class) < 0) {
        Py_DECREF(class);
        Py_DECREF(class);
        return NULL;
    }
    return class;
}

int error_init(PyObject *module, struct state *state)
{
    state->herror = new_class(module, "herror", "socket.herror",
                              "An error of gethostbyname or a related call: (h_errno, text).", PyExc_OSError);
    state->gaierror = new_class(module, "gaierror", "socket.gaierror",
                                "An error of getaddrinfo or a related call: (EAI_* number, text).", PyExc_OSError);
#if BEFORE_3_10
    state->timeout = new_class(module, "timeout", "socket.timeout", "A time limit expired.", PyExc_OSError);
#else
    state->timeout = Py_NewRef(PyExc_TimeoutError);
    if (PyModule_AddObject(module, "timeout", Py_NewRef(PyExc_TimeoutError)) < 0)
        return -1;
#endif
    Py_INCREF(PyExc_OSError);
    if (PyModule_AddObject(module, "error", PyExc_OSError) < 0)
        return -1;
    return state->herror && state->gaierror && state->timeout ? 0 : -1;
}

int error_init_own(PyObject *module, struct state *state)
{
    state->closed = new_class(module, "ClosedError", "libsock.ClosedError",
                              "Another thread closed the socket during the call. The errno is EBADF.",
                              PyExc_OSError);
    state->canceled = new_class(module, "CanceledError", "libsock.CanceledError",
                                "The socket's cancel token has fired. The errno is ECANCELED.", PyExc_OSError);
    state->end_of_stream = new_class(module, "EndOfStream", "libsock.EndOfStream",
                                     "The peer closed its half of the connection before all bytes arrived. The bytes "
                                     "received are in `partial`.",
                                     PyExc_EOFError);
    return state->closed && state->canceled && state->end_of_stream ? 0 : -1;
}
