/* Connecting by name: one time limit for the lookup and all attempts, and the list of attempts. */
#include "binding.h"

#include <structseq.h>

/* The most attempts reported for one dial. A name with more addresses still connects; only the list is cut. */
#define ATTEMPTS 64

static PyStructSequence_Field attempt_fields[] = {
    {"address", "the address tried; None for a lookup"},
    {"family", "the family of the address"},
    {"phase", "how far the attempt got: PHASE_LOOKUP, PHASE_SOCKET, PHASE_BIND, PHASE_CONNECT, PHASE_CONNECTED"},
    {"error", "the name of the error (\"ECONNREFUSED\", \"SOCK_ETIMEDOUT\"), or None"},
    {"start", "the start time, in seconds of time.monotonic()"},
    {"end", "the end time; None if it was still running"},
    {NULL, NULL},
};

static PyStructSequence_Desc attempt_desc = {"libsock.Attempt", "One attempt to connect.", attempt_fields, 6};

static PyObject *attempt_address(const struct sock_attempt *from)
{
    if (from->phase == SOCK_PHASE_LOOKUP)
        Py_RETURN_NONE;
    return address_to_python(&from->address, 0);
}

static PyObject *attempt_error(const struct sock_attempt *from)
{
    if (from->code == 0)
        Py_RETURN_NONE;
    return PyUnicode_FromString(sock_err_name(from->code));
}

static PyObject *attempt(struct state *state, const struct sock_attempt *from)
{
    PyObject *tuple = PyStructSequence_New(state->attempt_type);

    if (tuple == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(tuple, 0, attempt_address(from));
    PyStructSequence_SET_ITEM(tuple, 1, PyLong_FromLong(sock_addr_family(&from->address)));
    PyStructSequence_SET_ITEM(tuple, 2, PyLong_FromLong(from->phase));
    PyStructSequence_SET_ITEM(tuple, 3, attempt_error(from));
    PyStructSequence_SET_ITEM(tuple, 4, argument_seconds(from->start_ns));
    PyStructSequence_SET_ITEM(tuple, 5, argument_seconds(from->end_ns > 0 ? from->end_ns : -1));
    if (PyErr_Occurred())
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *attempt_list(struct state *state, const struct sock_attempt *attempts, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);

    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *one = attempt(state, &attempts[i]);

        if (one == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, one);
    }
    return list;
}

/* Whether any attempt got past the lookup, so that the error is that of a connection. */
static int connects(const struct sock_attempt *attempts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (attempts[i].phase != SOCK_PHASE_LOOKUP)
            return 1;
    return 0;
}

/* The exceptions of the attempts that failed. */
static PyObject *failure_list(struct state *state, const struct sock_attempt *attempts, const char *port, Py_ssize_t count)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *type, *exception, *traceback;

        if (attempts[i].code == 0)
            continue;
        if (attempts[i].phase == SOCK_PHASE_LOOKUP)
            lookup_raise(state, attempts[i].code, port);
        else
            error_raise(state, attempts[i].code);
        PyErr_Fetch(&type, &exception, &traceback);
        PyErr_NormalizeException(&type, &exception, &traceback);
        if (exception == NULL || PyList_Append(list, exception) < 0)
            Py_CLEAR(list);
        Py_XDECREF(type);
        Py_XDECREF(exception);
        Py_XDECREF(traceback);
    }
    return list;
}

/* Parses a duration; None becomes `none`, and a missing argument leaves `out` unchanged. */
static int span(PyObject *object, int64_t *out, int64_t none)
{
    int64_t ns;

    if (object == NULL)
        return 0;
    if (object == Py_None) {
        *out = none;
        return 0;
    }
    if (argument_timeout(object, &ns) < 0)
        return -1;
    *out = ns == 0 ? 1 : ns;
    return 0;
}

static int deadline_of(PyObject *object, int64_t *out)
{
    int64_t ns;

    if (object == NULL || object == Py_None)
        return 0;
    if (argument_deadline(object, &ns) < 0)
        return -1;
    /* 0 means none, so the earliest deadline is 1 ns. */
    *out = ns < 0 ? 0 : ns == 0 ? 1 : ns;
    return 0;
}

/* Parses the local address of a dial: (host, port), numeric. */
static int source_address(PyObject *object, struct sock_addr *out, const struct sock_addr **source)
{
    const char *host;
    int port;
    PyObject *tuple;

    if (object == NULL || object == Py_None)
        return 0;
    tuple = PySequence_Tuple(object);
    if (tuple == NULL)
        return -1;
    if (!PyArg_ParseTuple(tuple, "si;source_address must be a pair (host, port)", &host, &port)) {
        Py_DECREF(tuple);
        return -1;
    }
    if (sock_addr_ip(host, port, out) < 0)
        PyErr_SetString(PyExc_ValueError, "source_address must be a numeric host and a port of 0-65535");
    Py_DECREF(tuple);
    *source = out;
    return PyErr_Occurred() ? -1 : 0;
}

PyObject *connection_dial(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"host",   "port",   "timeout", "deadline",  "attempt_timeout", "stagger", "resolution_delay",
                            "source", "cancel", "family",  "fast_open", NULL};
    struct state *state = state_of_module(module);
    struct sock_attempt *attempts;
    size_t count = 0;
    struct sock_connect_options options = {.size = sizeof options, .attempts_cap = ATTEMPTS, .attempts_count = &count};
    struct sock_addr local;
    struct host host = {0};
    PyObject *timeout = NULL, *deadline = NULL, *each = NULL, *stagger = NULL, *delay = NULL, *source = NULL, *list, *failures;
    PyObject *host_object, *cancel = NULL;
    const char *port;
    int64_t handle, fd;
    char digits[8];
    int tried;

    options.timeout_ns = state->default_timeout < 0 ? SOCK_FOREVER : state->default_timeout;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Oz|OOOOOOOip:dial", names, &host_object, &port, &timeout, &deadline,
                                     &each, &stagger, &delay, &source, &cancel, &options.family, &options.fast_open))
        return NULL;
    if (span(timeout, &options.timeout_ns, SOCK_FOREVER) < 0 || deadline_of(deadline, &options.deadline_ns) < 0
        || span(each, &options.attempt_timeout_ns, 0) < 0 || span(stagger, &options.stagger_ns, -1) < 0
        || span(delay, &options.resolution_delay_ns, -1) < 0 || source_address(source, &local, &options.source) < 0)
        return NULL;
    if (cancel != NULL && (options.cancel = argument_token(state, cancel)) < 0)
        return NULL;
    if (PyUnicode_Check(host_object) ? lookup_host(host_object, &host) < 0
                                     : host_object != Py_None && argument_host(host_object, &host) < 0)
        return NULL;
    if (port != NULL)
        port = lookup_port(port, digits);
    attempts = options.attempts = PyMem_Calloc(ATTEMPTS, sizeof *attempts);
    if (attempts == NULL) {
        argument_free(&host);
        return PyErr_NoMemory();
    }
    WITHOUT_GIL(handle = sock_create_connection(host.owner ? host.text : NULL, port, &options));
    argument_free(&host);
    list = handle == RAISED ? NULL : attempt_list(state, attempts, count < ATTEMPTS ? count : ATTEMPTS);
    tried = connects(attempts, count < ATTEMPTS ? count : ATTEMPTS);
    failures = handle >= 0 || list == NULL || !tried ? NULL : failure_list(state, attempts, port, PyList_GET_SIZE(list));
    PyMem_Free(attempts);
    if (handle < 0 && tried && failures == NULL && handle != RAISED) {
        Py_XDECREF(list);
        return NULL;
    }
    if (handle < 0) {
        if (handle == RAISED || list != NULL) {
            if (tried)
                error_raise(state, handle);
            else
                lookup_raise(state, handle, port);
            error_annotate("attempts", list);
            error_annotate("_failures", failures);
        }
        return NULL;
    }
    if (list == NULL) {
        sock_close(handle);
        return NULL;
    }
    fd = sock_detach(handle);
    return Py_BuildValue("LN", (long long)fd, list);
}

int connection_init(PyObject *module, struct state *state)
{
    state->attempt_type = PyStructSequence_NewType(&attempt_desc);
    if (state->attempt_type == NULL)
        return -1;
    Py_INCREF(state->attempt_type);
    return PyModule_AddObject(module, "Attempt", (PyObject *)state->attempt_type) < 0
                   || PyModule_AddIntConstant(module, "PHASE_LOOKUP", SOCK_PHASE_LOOKUP) < 0
                   || PyModule_AddIntConstant(module, "PHASE_SOCKET", SOCK_PHASE_SOCKET) < 0
                   || PyModule_AddIntConstant(module, "PHASE_BIND", SOCK_PHASE_BIND) < 0
                   || PyModule_AddIntConstant(module, "PHASE_CONNECT", SOCK_PHASE_CONNECT) < 0
                   || PyModule_AddIntConstant(module, "PHASE_CONNECTED", SOCK_PHASE_CONNECTED) < 0
               ? -1
               : 0;
}
