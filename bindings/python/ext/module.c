/* The module `libsock._socket`: it can stand in for Python's own `_socket`. */
#include "binding.h"

#include <string.h>

static const char doc[] =
    "Sockets over libsock, with the names of Python's own _socket.\n\n"
    "Programs import libsock, or call libsock.install() and go on with socket.";

struct state *module_state(PyObject *module)
{
    return PyModule_GetState(module);
}

#if BEFORE_3_9
/* Types do not know their module yet: one interpreter. */
static struct state *only;
#endif

struct state *module_state_of(PyTypeObject *type)
{
#if BEFORE_3_9
    (void)type;
    if (only == NULL)
        PyErr_SetString(PyExc_SystemError, "libsock._socket is not imported");
    return only;
#elif PY_VERSION_HEX < 0x030B0000
    PyObject *mro = type->tp_mro;

    /* A subclass belongs to another module, or to none. */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module;

        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
            continue;
        module = ((PyHeapTypeObject *)base)->ht_module;
        if (module != NULL && PyModule_Check(module) && PyModule_GetDef(module) == &module_def)
            return PyModule_GetState(module);
    }
    PyErr_SetString(PyExc_TypeError, "no type of libsock");
    return NULL;
#else
    PyObject *module = PyType_GetModuleByDef(type, &module_def);

    return module == NULL ? NULL : PyModule_GetState(module);
#endif
}

PyTypeObject *type_make(PyObject *module, PyType_Spec *spec)
{
#if BEFORE_3_9
    (void)module;
    return (PyTypeObject *)PyType_FromSpec(spec);
#else
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
#endif
}

int type_traverse(PyObject *self, visitproc visit, void *arg)
{
#if !BEFORE_3_9
    Py_VISIT(Py_TYPE(self));
#endif
    (void)self;
    (void)visit;
    (void)arg;
    return 0;
}

/* Second spellings that Python does not have. They would become the first names in the enumerations that socket.py
 * makes of all names: AF_UNIX would be printed as AF_LOCAL. */
static int is_spare(const char *name)
{
    return strcmp(name, "AF_LOCAL") == 0 || strcmp(name, "MSG_TRYHARD") == 0;
}

/* Every constant of libsock's table; the numbers of errno and libsock's own codes have their places elsewhere. */
static int add_constants(PyObject *module)
{
    int64_t count = sock_constant_count();

    for (int64_t i = 0; i < count; i++) {
        const char *name, *group = sock_constant_group(i);
        PyObject *value;
        int64_t number;
        int text = sock_constant_at(i, &name, &number);

        if (strcmp(group, "errno") == 0 || strcmp(group, "h_errno") == 0 || strcmp(group, "libsock") == 0
            || is_spare(name))
            continue;
        value = text ? PyUnicode_FromString(sock_constant_text(name)) : PyLong_FromLongLong(number);
        if (value == NULL || PyModule_AddObject(module, name, value) < 0)
            return -1;
    }
    return 0;
}

static PyObject *socketpair_(PyObject *module, PyObject *args)
{
    struct state *state = module_state(module);
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
     "socketpair([family[, type[, proto]]]) -> (socket, socket)\n\nTwo connected sockets, of AF_UNIX where nothing else "
     "is said."},
    {NULL, NULL, 0, NULL},
};

/* Of libsock alone. */
static PyMethodDef own_methods[] = {
    {"dial", (PyCFunction)(void (*)(void))connection_dial, METH_VARARGS | METH_KEYWORDS,
     "dial(host, port, **options) -> (fd, [Attempt])\n\nWhat libsock.create_connection is made of."},
    {NULL, NULL, 0, NULL},
};

/* `from _socket import *`, which socket.py does, brings what Python has and no name beyond: a program's own `Message`
 * or `READ` must not be overwritten by libsock's. */
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
                   || control_init(module, state) < 0 || connection_init(module, state) < 0
                   || error_init_own(module, state) < 0
               ? -1
               : 0;
}

static int exec(PyObject *module)
{
    struct state *state = module_state(module);

    if (sock_abi() != SOCK_ABI) {
        PyErr_Format(PyExc_ImportError, "libsock of ABI %d was found where %d is needed", sock_abi(), SOCK_ABI);
        return -1;
    }
    state->default_timeout = -1;
#if BEFORE_3_9
    state->interpreter = PyThreadState_Get()->interp;
#else
    state->interpreter = PyInterpreterState_Get();
#endif
#if BEFORE_3_9
    only = state;
#endif
    if (PyModule_AddFunctions(module, netdb_methods) < 0 || PyModule_AddFunctions(module, lookup_methods) < 0)
        return -1;
    if (error_init(module, state) < 0 || socket_init_type(module, state) < 0 || capi_init(module, state) < 0)
        return -1;
    Py_INCREF(Py_True);
    if (PyModule_AddObject(module, "has_ipv6", Py_True) < 0 || add_constants(module) < 0 || add_all(module) < 0)
        return -1;
    return add_own(module, state);
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = module_state(module);

    if (state != NULL) {
        Py_VISIT(state->socket_type);
        Py_VISIT(state->token_type);
        Py_VISIT(state->message_type);
        Py_VISIT(state->attempt_type);
        Py_VISIT(state->herror);
        Py_VISIT(state->gaierror);
        Py_VISIT(state->timeout);
        Py_VISIT(state->closed);
        Py_VISIT(state->canceled);
        Py_VISIT(state->end_of_stream);
    }
    return 0;
}

static int clear(PyObject *module)
{
    struct state *state = module_state(module);

    if (state != NULL) {
        Py_CLEAR(state->socket_type);
        Py_CLEAR(state->token_type);
        Py_CLEAR(state->message_type);
        Py_CLEAR(state->attempt_type);
        Py_CLEAR(state->herror);
        Py_CLEAR(state->gaierror);
        Py_CLEAR(state->timeout);
        Py_CLEAR(state->closed);
        Py_CLEAR(state->canceled);
        Py_CLEAR(state->end_of_stream);
    }
    return 0;
}

static void release(void *module)
{
    clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, exec},
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT, "_socket", doc, sizeof(struct state), methods, slots, traverse, clear, release,
};

PyMODINIT_FUNC PyInit__socket(void)
{
    return PyModuleDef_Init(&module_def);
}
