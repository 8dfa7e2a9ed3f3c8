/* The module's state: its definition, and how modules, types and objects find it. Refers to no other file. */
#include "binding.h"

struct state *state_of_module(PyObject *module)
{
    return PyModule_GetState(module);
}

#if BEFORE_3_9
/* Types do not know their module in these versions, so each has it as an attribute. This also keeps the module and its
 * state alive for as long as a type or a socket exists. */
static const char MODULE[] = "__libsock__";
#endif

struct state *state_of_type(PyTypeObject *type)
{
#if BEFORE_3_9
    PyObject *module = PyObject_GetAttrString((PyObject *)type, MODULE);
    struct state *state = module == NULL ? NULL : PyModule_GetState(module);

    Py_XDECREF(module); /* the type keeps it */
    return state;
#elif PY_VERSION_HEX < 0x030B0000
    PyObject *mro = type->tp_mro;

    /* A subclass belongs to another module, or to none. */
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *module;

        if (!PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
            continue;
        module = ((PyHeapTypeObject *)base)->ht_module;
        if (module != NULL && PyModule_Check(module) && PyModule_GetDef(module) == &state_module_def)
            return PyModule_GetState(module);
    }
    PyErr_SetString(PyExc_TypeError, "not a type of libsock");
    return NULL;
#else
    PyObject *module = PyType_GetModuleByDef(type, &state_module_def);

    return module == NULL ? NULL : PyModule_GetState(module);
#endif
}

PyTypeObject *state_make_type(PyObject *module, PyType_Spec *spec)
{
#if BEFORE_3_9
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(spec);

    if (type != NULL && PyDict_SetItemString(type->tp_dict, MODULE, module) < 0)
        Py_CLEAR(type);
    return type;
#else
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
#endif
}

int state_traverse_object(PyObject *self, visitproc visit, void *arg)
{
#if !BEFORE_3_9
    Py_VISIT(Py_TYPE(self));
#endif
    (void)self;
    (void)visit;
    (void)arg;
    return 0;
}

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    struct state *state = state_of_module(module);

    if (state != NULL) {
        Py_VISIT(state->socket_type);
        Py_VISIT(state->token_type);
        Py_VISIT(state->message_type);
        Py_VISIT(state->attempt_type);
        Py_VISIT(state->datagram_type);
        Py_VISIT(state->filled_type);
        Py_VISIT(state->herror);
        Py_VISIT(state->gaierror);
        Py_VISIT(state->timeout);
        Py_VISIT(state->closed);
        Py_VISIT(state->canceled);
        Py_VISIT(state->end_of_stream);
        Py_VISIT(state->tls_type);
        Py_VISIT(state->adopted);
        Py_VISIT(state->want_read);
        Py_VISIT(state->want_write);
    }
    return 0;
}

static int clear(PyObject *module)
{
    struct state *state = state_of_module(module);

    if (state != NULL) {
        Py_CLEAR(state->socket_type);
        Py_CLEAR(state->token_type);
        Py_CLEAR(state->message_type);
        Py_CLEAR(state->attempt_type);
        Py_CLEAR(state->datagram_type);
        Py_CLEAR(state->filled_type);
        Py_CLEAR(state->herror);
        Py_CLEAR(state->gaierror);
        Py_CLEAR(state->timeout);
        Py_CLEAR(state->closed);
        Py_CLEAR(state->canceled);
        Py_CLEAR(state->end_of_stream);
        Py_CLEAR(state->tls_type);
        Py_CLEAR(state->adopted);
        Py_CLEAR(state->want_read);
        Py_CLEAR(state->want_write);
    }
    return 0;
}

static void release(void *module)
{
    clear(module);
}

/* module.c adds the documentation, the methods and the slots. */
struct PyModuleDef state_module_def = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "_socket",
    .m_size = sizeof(struct state),
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};
