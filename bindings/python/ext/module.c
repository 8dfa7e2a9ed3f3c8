/* The module `libsock._socket`, which can replace CPython's `_socket`. */
#include "binding.h"

#include <string.h>

static const char doc[] =
    "Sockets over libsock, with the names of CPython's _socket.\n\n"
    "Programs import libsock, or call libsock.install() and then import socket.";

/* Aliases that CPython lacks. socket.py builds enumerations from all names, and an alias could become the canonical
 * one: AF_UNIX would print as AF_LOCAL. */
static int is_alias(const char *name)
{
    return strcmp(name, "AF_LOCAL") == 0 || strcmp(name, "MSG_TRYHARD") == 0;
}

/* Adds every constant of libsock's table, except errno values and libsock's own codes. */
static int add_constants(PyObject *module)
{
    int64_t count = sock_constant_count();

    for (int64_t i = 0; i < count; i++) {
        const char *name, *group = sock_constant_group(i);
        PyObject *value;
        int64_t number;
        int text = sock_constant_at(i, &name, &number);

        if (strcmp(group, "errno") == 0 || strcmp(group, "h_errno") == 0 || strcmp(group, "libsock") == 0
            || is_alias(name))
            continue;
        value = text ? PyUnicode_FromString(sock_constant_text(name)) : PyLong_FromLongLong(number);
        if (value == NULL || PyModule_AddObject(module, name, value) < 0)
            return -1;
    }
    return 0;
}

static PyObject *socketpair_(PyObject *module, PyObject *args)
{
    struct state *state = state_of_module(module);
    int family = -1, type = -1, proto = -1;
    PyObject *first, *second;
    sock_t pair[2];
    int64_t code;

    if (!PyArg_ParseTuple(args, "|iii:socketpair", &family, &type, &proto))
        return NULL;
    code = sock_socketpair(family, type, proto, pair);
    if (code < 0)
        return error_raise(state, code);
    first = socket_wrap(state, pair[0], type);
    second = socket_wrap(state, pair[1], type);
    if (first == NULL || second == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(second);
        return NULL;
    }
    return Py_BuildValue("NN", first, second);
}

static PyMethodDef methods[] = {
    {"socketpair", socketpair_, METH_VARARGS,
     "socketpair($module, family=-1, type=-1, proto=-1, /)\n--\n\nReturn two connected sockets, of family AF_UNIX by "
     "default."},
    {NULL, NULL, 0, NULL},
};

/* Functions that CPython lacks. */
static PyMethodDef own_methods[] = {
    {"dial", (PyCFunction)(void (*)(void))connection_dial, METH_VARARGS | METH_KEYWORDS,
     "dial($module, host, port, timeout=None, deadline=None, attempt_timeout=None, stagger=None,\n"
     "     resolution_delay=None, source=None, cancel=None, family=0, fast_open=False)\n--\n\n"
     "The implementation of libsock.create_connection."},
    {NULL, NULL, 0, NULL},
};

/* socket.py runs `from _socket import *`. `__all__` limits that to CPython's names, so that libsock's `Message` or `READ`
 * cannot overwrite a name of the program. */
static int add_all(PyObject *module)
{
    PyObject *all = PyList_New(0), *name;
    Py_ssize_t position = 0;

    while (all != NULL && PyDict_Next(PyModule_GetDict(module), &position, &name, NULL))
        if (PyUnicode_READ_CHAR(name, 0) != '_' && PyList_Append(all, name) < 0)
            Py_CLEAR(all);
    return all == NULL || PyList_Sort(all) < 0 ? -1 : PyModule_AddObject(module, "__all__", all);
}

static int add_own(PyObject *module, struct state *state)
{
    return PyModule_AddIntConstant(module, "READ", SOCK_READ) < 0
                   || PyModule_AddIntConstant(module, "WRITE", SOCK_WRITE) < 0
                   || PyModule_AddStringConstant(module, "libsock_version", sock_version()) < 0
                   || PyModule_AddFunctions(module, own_methods) < 0 || cancel_init(module, state) < 0
                   || control_init(module, state) < 0 || batch_init(module, state) < 0
                   || poller_init(module, state) < 0 || connection_init(module, state) < 0
                   || error_init_own(module, state) < 0 || tls_init(module, state) < 0
               ? -1
               : 0;
}

static int exec(PyObject *module)
{
    struct state *state = state_of_module(module);

    if (sock_abi() != SOCK_ABI) {
        PyErr_Format(PyExc_ImportError, "found libsock with ABI %d, need ABI %d", sock_abi(), SOCK_ABI);
        return -1;
    }
    state->module = module;
    state->default_timeout = -1;
#if BEFORE_3_9
    state->interpreter = PyThreadState_Get()->interp;
#else
    state->interpreter = PyInterpreterState_Get();
#endif
    if (PyModule_AddFunctions(module, netdb_methods) < 0 || PyModule_AddFunctions(module, lookup_methods) < 0)
        return -1;
    if (gil_init() < 0 || error_init(module, state) < 0 || socket_init_type(module, state) < 0 || capi_init(module, state) < 0)
        return -1;
    Py_INCREF(Py_True);
    if (PyModule_AddObject(module, "has_ipv6", Py_True) < 0 || add_constants(module) < 0 || add_all(module) < 0)
        return -1;
    return add_own(module, state);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
    /* The lock protects the fields of the objects: the free-threaded build turns it on for this module. */
    {Py_mod_gil, Py_MOD_GIL_USED},
#endif
    {0, NULL},
};

/* -fvisibility=hidden hides it otherwise: before 3.9, PyMODINIT_FUNC exports nothing. */
#if BEFORE_3_9
__attribute__((visibility("default")))
#endif
PyMODINIT_FUNC PyInit__socket(void)
{
    state_module_def.m_doc = doc;
    state_module_def.m_methods = methods;
    state_module_def.m_slots = slots;
    return PyModuleDef_Init(&state_module_def);
}
