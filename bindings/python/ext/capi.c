/* The capsule in which `_ssl` looks up the socket type. */
#include "binding.h"

int capi_init(PyObject *module, struct state *state)
{
    PyObject *capsule;

#if BEFORE_3_10
    /* `_ssl` of these versions keeps borrowed references to the type and the exception, which are static in CPython. */
    Py_INCREF(state->socket_type);
    Py_INCREF(state->timeout);
#endif
    state->capi = (struct capi){state->socket_type, PyExc_OSError, state->timeout};
    capsule = PyCapsule_New(&state->capi, "_socket.CAPI", NULL);
    return capsule == NULL ? -1 : PyModule_AddObject(module, "CAPI", capsule);
}
