/* Batches: many datagrams in one call, sent from objects or received into new or given buffers. */
#include "binding.h"

#include <limits.h>
#include <string.h>
#include <structseq.h>
#include <sys/socket.h>

#define SELF ((struct socket *)self)

/* Fields of both results. Only the first two are items, so that a result unpacks as that of recvfrom does. */
enum { ADDRESS = 1, SEGMENT, FLAGS, LENGTH, ANCDATA, FIELDS, ITEMS = 2 };

#define RESULT_FIELDS                                                                                                 \
    {"address", "the sender's address; None if the kernel reports none"},                                             \
        {"segment", "the size of the datagrams that came together, of which the last may be shorter; 0: one"},        \
        {"flags", "the MSG_* flags from the kernel: MSG_TRUNC if the datagram was longer, MSG_CTRUNC ..."},           \
        {"length", "the length of the datagram; with MSG_TRUNC it may exceed that of the data"},                      \
        {"ancdata", "the control messages, as a list of (level, type, bytes)"},                                       \
    {                                                                                                                 \
        NULL, NULL                                                                                                    \
    }

static PyStructSequence_Field datagram_fields[] = {{"data", "the bytes received"}, RESULT_FIELDS};
static PyStructSequence_Desc datagram_desc = {"libsock.Datagram", "A datagram of a batch.", datagram_fields, ITEMS};
static PyStructSequence_Field filled_fields[] = {{"nbytes", "the number of bytes in the buffer"}, RESULT_FIELDS};
static PyStructSequence_Desc filled_desc = {"libsock.FilledBuffer", "What recv_many_into put into a buffer.",
                                            filled_fields, ITEMS};

/* The entries of a call, and what belongs to them. */
struct batch {
    struct sock_datagram *entries;
    Py_buffer *buffers;
    struct ancillary *controls;
    Py_ssize_t count;
    /* How many of `buffers` must be released. */
    Py_ssize_t held;
};

static int batch_new(struct batch *batch, Py_ssize_t count, int with_buffers, int with_controls)
{
    size_t places = count > 0 ? (size_t)count : 1;

    *batch = (struct batch){.count = count};
    batch->entries = PyMem_Calloc(places, sizeof *batch->entries);
    if (with_buffers)
        batch->buffers = PyMem_Calloc(places, sizeof *batch->buffers);
    if (with_controls)
        batch->controls = PyMem_Calloc(places, sizeof *batch->controls);
    if (batch->entries && (batch->buffers || !with_buffers) && (batch->controls || !with_controls))
        return 0;
    PyErr_NoMemory();
    return -1;
}

static void batch_free(struct batch *batch)
{
    for (Py_ssize_t i = 0; i < batch->held; i++)
        PyBuffer_Release(&batch->buffers[i]);
    for (Py_ssize_t i = 0; batch->controls != NULL && i < batch->count; i++)
        PyMem_Free(batch->controls[i].data);
    PyMem_Free(batch->entries);
    PyMem_Free(batch->buffers);
    PyMem_Free(batch->controls);
}

/* Sending ----------------------------------------------------------------------------------------- */

static int segment_of(PyObject *object, uint32_t *out)
{
    int number;

    if (argument_int(object, &number) < 0)
        return -1;
    if (number < 0 || number > 0xffff) {
        PyErr_SetString(PyExc_ValueError, "segment must be 0-65535");
        return -1;
    }
    *out = (uint32_t)number;
    return 0;
}

/* The parts of an item to send: borrowed references, NULL for what is not given. */
struct parts {
    PyObject *data, *address, *segment, *ancdata;
};

static int parts_of(struct state *state, PyObject *item, struct parts *out)
{
    *out = (struct parts){.data = item};
    if (Py_TYPE(item) == state->datagram_type) {
        /* A received datagram goes back in the shape in which it came. */
        out->data = PyStructSequence_GET_ITEM(item, 0);
        out->address = PyStructSequence_GET_ITEM(item, ADDRESS);
        out->segment = PyStructSequence_GET_ITEM(item, SEGMENT);
    } else if (PyTuple_Check(item)) {
        PyObject **places[] = {&out->data, &out->address, &out->segment, &out->ancdata};
        Py_ssize_t count = PyTuple_GET_SIZE(item);

        if (count < 1 || count > 4) {
            PyErr_SetString(PyExc_TypeError,
                            "a datagram must be bytes-like or a tuple (data[, address[, segment[, ancdata]]])");
            return -1;
        }
        for (Py_ssize_t i = 0; i < count; i++)
            *places[i] = PyTuple_GET_ITEM(item, i);
    }
    return 0;
}

/* Makes the entry of an item. `before`: the address object of the previous entry, to convert equal ones only once. */
static int outgoing(struct socket *self, struct batch *batch, PyObject *item, const struct parts *defaults,
                    PyObject **before)
{
    Py_ssize_t at = batch->held;
    struct sock_datagram *entry = &batch->entries[at];
    struct parts parts;
    PyObject *address;

    if (parts_of(self->state, item, &parts) < 0
        || PyObject_GetBuffer(parts.data, &batch->buffers[at], PyBUF_SIMPLE) < 0)
        return -1;
    batch->held++;
    entry->buf = batch->buffers[at].buf;
    entry->len = (size_t)batch->buffers[at].len;
    address = parts.address == NULL || parts.address == Py_None ? defaults->address : parts.address;
    if (address == *before && at > 0)
        entry->addr = batch->entries[at - 1].addr;
    else if (address != Py_None && address_from_python(self, address, &entry->addr, "send_many") < 0)
        return -1;
    *before = address;
    if (PySys_Audit("socket.sendmsg", "OO", self, address) < 0)
        return -1;
    if (parts.segment == NULL)
        parts.segment = defaults->segment;
    if (parts.segment != NULL && segment_of(parts.segment, &entry->segment) < 0)
        return -1;
    if (parts.ancdata != NULL) {
        if (message_ancillary(parts.ancdata, "send_many() ancillary data must be an iterable",
                              "(iiy*):[send_many() ancillary data items]", &batch->controls[at])
            < 0)
            return -1;
        entry->control = batch->controls[at].data;
        entry->control_len = batch->controls[at].length;
    }
    return 0;
}

/* Appends (bytes sent, flags) of every entry that went to the caller's list. */
static int report(const struct batch *batch, int64_t went, PyObject *list)
{
    for (int64_t i = 0; i < went; i++) {
        PyObject *outcome = Py_BuildValue("ni", (Py_ssize_t)batch->entries[i].count, batch->entries[i].flags);
        int failed = outcome == NULL || PyList_Append(list, outcome) < 0;

        Py_XDECREF(outcome);
        if (failed)
            return -1;
    }
    return 0;
}

PyObject *batch_send_many(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"datagrams", "flags", "address", "segment", "outcomes", NULL};
    PyObject *datagrams, *outcomes = Py_None, *items, *before = NULL;
    struct parts defaults = {.address = Py_None};
    struct batch batch;
    int flags = 0, failed;
    int64_t code = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|i$OOO:send_many", names, &datagrams, &flags, &defaults.address,
                                     &defaults.segment, &outcomes))
        return NULL;
    if (outcomes != Py_None && !PyList_Check(outcomes)) {
        PyErr_SetString(PyExc_TypeError, "outcomes must be a list");
        return NULL;
    }
    /* A tuple, which nothing can shorten while addresses are looked up. */
    items = PySequence_Tuple(datagrams);
    if (items == NULL)
        return NULL;
    failed = batch_new(&batch, PyTuple_GET_SIZE(items), 1, 1) < 0;
    for (Py_ssize_t i = 0; !failed && i < batch.count; i++)
        failed = outgoing(SELF, &batch, PyTuple_GET_ITEM(items, i), &defaults, &before) < 0;
    if (!failed) {
        WITHOUT_GIL(code = sock_sendmany(SELF->handle, batch.entries, (size_t)batch.count, flags));
        failed = outcomes != Py_None && code > 0 && !PyErr_Occurred() && report(&batch, code, outcomes) < 0;
        /* A signal handler may have raised after some of them were sent. */
        if (!failed && (code < 0 || PyErr_Occurred())) {
            error_raise(SELF->state, PyErr_Occurred() ? RAISED : code);
            error_annotate("sent", PyLong_FromLongLong(code > 0 ? code : 0));
            failed = 1;
        }
    }
    batch_free(&batch);
    Py_DECREF(items);
    return failed ? NULL : PyLong_FromLongLong(code);
}

/* Receiving --------------------------------------------------------------------------------------- */

/* Closes the descriptors that came with a batch which the caller does not get. */
static void close_fds(const struct batch *batch, int64_t came)
{
    for (int64_t i = 0; i < came; i++)
        if (batch->entries[i].control_len > 0)
            sock_control_close_fds(batch->entries[i].control, batch->entries[i].control_len);
}

/* The result for an entry. Steals `first`. */
static PyObject *result_of(struct socket *self, PyTypeObject *type, PyObject *first, const struct sock_datagram *entry)
{
    PyObject *result = NULL, *rest[FIELDS - 1];
    int made = 1;

    if (type == NULL)
        PyErr_SetString(PyExc_RuntimeError, "the interpreter is exiting");
    else if (first != NULL)
        result = PyStructSequence_New(type);
    if (result == NULL) {
        Py_XDECREF(first);
        return NULL;
    }
    rest[ADDRESS - 1] = address_to_python(&entry->addr, self->proto);
    rest[SEGMENT - 1] = PyLong_FromUnsignedLong(entry->segment);
    rest[FLAGS - 1] = PyLong_FromLong(entry->flags);
    rest[LENGTH - 1] = PyLong_FromSize_t(entry->count);
    rest[ANCDATA - 1] = message_control_list(entry->control, entry->control_len);
    PyStructSequence_SET_ITEM(result, 0, first);
    for (int i = 1; i < FIELDS; i++) {
        made = made && rest[i - 1] != NULL;
        PyStructSequence_SET_ITEM(result, i, rest[i - 1]);
    }
    if (!made)
        Py_CLEAR(result);
    return result;
}

/* Receives into the entries, whose buffers are set. `room`: for the control messages of each entry. */
static PyObject *receive(struct socket *self, struct batch *batch, Py_ssize_t room, int flags, PyTypeObject *type)
{
    PyObject *list = NULL;
    char *control = NULL;
    int64_t code;

    if (room > 0) {
        /* The size of joined datagrams comes as a control message too. */
        if (self->type == SOCK_DGRAM && (self->family == AF_INET || self->family == AF_INET6))
            room += (Py_ssize_t)sock_control_space(SOCK_CONTROL_GRO, 0);
        room = (room + 7) / 8 * 8;
        if (batch->count > 0 && room > PY_SSIZE_T_MAX / batch->count)
            return PyErr_NoMemory();
        control = PyMem_Malloc((size_t)(room * batch->count));
        if (control == NULL)
            return PyErr_NoMemory();
        for (Py_ssize_t i = 0; i < batch->count; i++) {
            batch->entries[i].control = control + i * room;
            batch->entries[i].control_len = (size_t)room;
        }
    }
    WITHOUT_GIL(code = sock_recvmany(self->handle, batch->entries, (size_t)batch->count, flags));
    if (code >= 0)
        list = PyList_New((Py_ssize_t)code);
    else
        error_raise(self->state, code);
    for (int64_t i = 0; list != NULL && i < code; i++) {
        const struct sock_datagram *entry = &batch->entries[i];
        size_t length = entry->count < entry->len ? entry->count : entry->len;
        PyObject *first = type == self->state->datagram_type ? PyBytes_FromStringAndSize(entry->buf, (Py_ssize_t)length)
                                                             : PyLong_FromSize_t(length);
        PyObject *result = result_of(self, type, first, entry);

        if (result == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, (Py_ssize_t)i, result);
    }
    if (list == NULL)
        close_fds(batch, code);
    PyMem_Free(control);
    return list;
}

static int check_room(const char *function, Py_ssize_t room)
{
    if (room >= 0 && room <= INT_MAX / 2)
        return 0;
    PyErr_Format(PyExc_ValueError, "invalid ancillary data buffer length in %s", function);
    return -1;
}

PyObject *batch_recv_many(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"count", "bufsize", "ancbufsize", "flags", NULL};
    Py_ssize_t count, size, room = 0;
    struct batch batch;
    PyObject *list = NULL;
    char *memory;
    int flags = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "nn|ni:recv_many", names, &count, &size, &room, &flags))
        return NULL;
    if (count < 0 || size < 0) {
        PyErr_Format(PyExc_ValueError, "negative %s in recv_many", count < 0 ? "count" : "buffersize");
        return NULL;
    }
    if (check_room("recv_many", room) < 0)
        return NULL;
    if (count > 0 && size > PY_SSIZE_T_MAX / count)
        return PyErr_NoMemory();
    /* Only what has been received is copied: of a large buffer for many datagrams, the rest is never touched. */
    memory = PyMem_Malloc(count > 0 && size > 0 ? (size_t)(count * size) : 1);
    if (memory == NULL)
        return PyErr_NoMemory();
    if (batch_new(&batch, count, 0, 0) == 0) {
        for (Py_ssize_t i = 0; i < count; i++) {
            batch.entries[i].buf = memory + i * size;
            batch.entries[i].len = (size_t)size;
        }
        list = receive(SELF, &batch, room, flags, SELF->state->datagram_type);
    }
    batch_free(&batch);
    PyMem_Free(memory);
    return list;
}

PyObject *batch_recv_many_into(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffers", "ancbufsize", "flags", NULL};
    PyObject *buffers, *items, *list = NULL;
    Py_ssize_t room = 0;
    struct batch batch;
    int flags = 0, failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|ni:recv_many_into", names, &buffers, &room, &flags)
        || check_room("recv_many_into", room) < 0)
        return NULL;
    items = PySequence_Tuple(buffers);
    if (items == NULL)
        return NULL;
    failed = batch_new(&batch, PyTuple_GET_SIZE(items), 1, 0) < 0;
    for (Py_ssize_t i = 0; !failed && i < batch.count; i++) {
        Py_buffer *buffer = &batch.buffers[i];

        failed = PyObject_GetBuffer(PyTuple_GET_ITEM(items, i), buffer, PyBUF_WRITABLE) < 0;
        if (!failed) {
            batch.held++;
            batch.entries[i].buf = buffer->buf;
            batch.entries[i].len = (size_t)buffer->len;
        } else {
            PyErr_SetString(PyExc_TypeError,
                            "recv_many_into() argument 1 must be an iterable of read-write bytes-like objects");
        }
    }
    if (!failed)
        list = receive(SELF, &batch, room, flags, SELF->state->filled_type);
    batch_free(&batch);
    Py_DECREF(items);
    return list;
}

PyObject *batch_setgro(PyObject *self, PyObject *flag)
{
    int on = PyObject_IsTrue(flag);

    return on < 0 ? NULL : error_or_none(SELF->state, sock_setgro(SELF->handle, on));
}

/* The types --------------------------------------------------------------------------------------- */

int batch_init(PyObject *module, struct state *state)
{
    state->datagram_type = PyStructSequence_NewType(&datagram_desc);
    state->filled_type = PyStructSequence_NewType(&filled_desc);
    if (state->datagram_type == NULL || state->filled_type == NULL)
        return -1;
    Py_INCREF(state->datagram_type);
    if (PyModule_AddObject(module, "Datagram", (PyObject *)state->datagram_type) < 0)
        return -1;
    Py_INCREF(state->filled_type);
    return PyModule_AddObject(module, "FilledBuffer", (PyObject *)state->filled_type) < 0
                   || PyModule_AddIntConstant(module, "BATCH_PLAIN", SOCK_BATCH_PLAIN) < 0
               ? -1
               : 0;
}
