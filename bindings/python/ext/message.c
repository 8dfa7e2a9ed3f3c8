/* sendmsg and recvmsg: several buffers, an address, and control messages as (level, type, bytes). */
#include "binding.h"

#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SELF ((struct socket *)self)

/* The buffers of a message. */
struct pieces {
    Py_buffer *buffers;
    struct sock_iovec *list;
    Py_ssize_t count;
};

static void pieces_free(struct pieces *pieces)
{
    for (Py_ssize_t i = 0; i < pieces->count; i++)
        PyBuffer_Release(&pieces->buffers[i]);
    PyMem_Free(pieces->buffers);
    PyMem_Free(pieces->list);
}

/* `format` parses one item; `refusal` is the error text for an object that is not iterable. */
static int pieces_of(PyObject *object, const char *format, const char *refusal, struct pieces *out)
{
    PyObject *items = PySequence_Fast(object, refusal);
    Py_ssize_t count;

    *out = (struct pieces){0};
    if (items == NULL)
        return -1;
    count = PySequence_Fast_GET_SIZE(items);
    if (count > INT_MAX) {
        Py_DECREF(items);
        PyErr_SetString(PyExc_OSError, "argument 1 is too long");
        return -1;
    }
    out->buffers = PyMem_New(Py_buffer, count ? count : 1);
    out->list = PyMem_New(struct sock_iovec, count ? count : 1);
    if (out->buffers == NULL || out->list == NULL)
        PyErr_NoMemory();
    while (!PyErr_Occurred() && out->count < count) {
        Py_buffer *buffer = &out->buffers[out->count];

        if (PyArg_Parse(PySequence_Fast_GET_ITEM(items, out->count), format, buffer)) {
            out->list[out->count].base = buffer->buf;
            out->list[out->count].len = (size_t)buffer->len;
            out->count++;
        }
    }
    Py_DECREF(items);
    if (PyErr_Occurred()) {
        pieces_free(out);
        return -1;
    }
    return 0;
}

/* Receiving --------------------------------------------------------------------------------------- */

/* Warns about a malformed end. */
PyObject *message_control_list(const void *control, size_t length)
{
    static const char malformed[] = "received malformed or improperly-truncated ancillary data";
    struct sock_control_item item;
    PyObject *list = PyList_New(0);
    size_t position = 0;
    int found;

    while (list != NULL && (found = sock_control_next(control, length, &position, &item)) != 0) {
        PyObject *entry;
        int failed;

        if (found < 0) {
            if (PyErr_WarnEx(PyExc_RuntimeWarning, malformed, 1) < 0)
                Py_CLEAR(list);
            return list;
        }
        if (item.truncated && PyErr_WarnEx(PyExc_RuntimeWarning, malformed, 1) < 0) {
            Py_CLEAR(list);
            return NULL;
        }
        entry = Py_BuildValue("iiy#", item.level, item.type, (const char *)item.data, (Py_ssize_t)item.len);
        failed = entry == NULL || PyList_Append(list, entry) < 0;
        Py_XDECREF(entry);
        if (failed)
            Py_CLEAR(list);
    }
    return list;
}

/* Receives into buffers. Returns (first, ancdata, flags, address); the callback `first` makes the first item. */
static PyObject *receive(struct socket *self, struct pieces *pieces, Py_ssize_t room, int flags,
                         PyObject *(*first)(int64_t, struct sock_msg *, void *), void *argument)
{
    struct sock_addr from = {0};
    struct sock_msg message = {.addr = &from, .iov = pieces->list, .iov_count = (size_t)pieces->count};
    PyObject *head = NULL, *list = NULL, *address = NULL;
    int64_t code;

    if (room < 0 || room > INT_MAX) {
        PyErr_SetString(PyExc_ValueError, "invalid ancillary data buffer length");
        return NULL;
    }
    if (room > 0 && (message.control = PyMem_Malloc((size_t)room)) == NULL)
        return PyErr_NoMemory();
    message.control_cap = (size_t)room;
    WITHOUT_GIL(code = sock_recvmsg(self->handle, &message, flags));
    if (code < 0) {
        error_raise(self->state, code);
        goto done;
    }
    list = message_control_list(message.control, message.control_len);
    if (list != NULL)
        head = first(code, &message, argument);
    if (head != NULL)
        address = address_to_python(&from, self->proto);
    if (address == NULL && message.control_len > 0)
        /* The caller gets no result, so close the descriptors received. */
        sock_control_close_fds(message.control, message.control_len);
done:
    PyMem_Free(message.control);
    if (address != NULL)
        return Py_BuildValue("NNiN", head, list, message.flags, address);
    Py_XDECREF(head);
    Py_XDECREF(list);
    return NULL;
}

/* The filled bytes object, resized to what was received. With MSG_TRUNC a stream discards the bytes and reports only how
 * many there were: as in CPython the object has that length, so that it does not look like the end of the stream. */
static PyObject *first_bytes(int64_t code, struct sock_msg *message, void *argument)
{
    PyObject *bytes = *(PyObject **)argument;

    (void)message;
    *(PyObject **)argument = NULL;
    if (code < PyBytes_GET_SIZE(bytes))
        _PyBytes_Resize(&bytes, (Py_ssize_t)code);
    return bytes;
}

PyObject *message_recvmsg(PyObject *self, PyObject *args)
{
    struct pieces pieces = {.count = 1};
    struct sock_iovec piece;
    Py_ssize_t length, room = 0;
    PyObject *bytes, *answer;
    int flags = 0;

    if (!PyArg_ParseTuple(args, "n|ni:recvmsg", &length, &room, &flags))
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
        return NULL;
    }
    bytes = PyBytes_FromStringAndSize(NULL, length);
    if (bytes == NULL)
        return NULL;
    if (flags & MSG_TRUNC)
        memset(PyBytes_AS_STRING(bytes), 0, (size_t)length);
    piece = (struct sock_iovec){PyBytes_AS_STRING(bytes), (size_t)length};
    pieces.list = &piece;
    answer = receive(SELF, &pieces, room, flags, first_bytes, &bytes);
    Py_XDECREF(bytes);
    return answer;
}

static PyObject *first_count(int64_t code, struct sock_msg *message, void *argument)
{
    (void)message;
    (void)argument;
    return PyLong_FromLongLong(code);
}

PyObject *message_recvmsg_into(PyObject *self, PyObject *args)
{
    struct pieces pieces;
    Py_ssize_t room = 0;
    PyObject *buffers, *answer;
    int flags = 0;

    if (!PyArg_ParseTuple(args, "O|ni:recvmsg_into", &buffers, &room, &flags))
        return NULL;
    if (pieces_of(buffers, "w*;recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
                  "recvmsg_into() argument 1 must be an iterable", &pieces)
        < 0)
        return NULL;
    answer = receive(SELF, &pieces, room, flags, first_count, NULL);
    pieces_free(&pieces);
    return answer;
}

/* Sending ----------------------------------------------------------------------------------------- */

static int control_add(struct ancillary *control, int level, int type, const Py_buffer *data)
{
    int64_t space = sock_cmsg_space(data->len);
    char *larger;

    if (space < 0) {
        PyErr_SetString(PyExc_OSError, "ancillary data item too large");
        return -1;
    }
    if (control->length + (size_t)space > INT_MAX) {
        PyErr_SetString(PyExc_OSError, "too much ancillary data");
        return -1;
    }
    larger = PyMem_Realloc(control->data, control->length + (size_t)space);
    if (larger == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    control->data = larger;
    sock_control_put(larger, control->length + (size_t)space, &control->length, level, type, data->buf,
                     (size_t)data->len);
    return 0;
}

int message_ancillary(PyObject *object, const char *refusal, const char *format, struct ancillary *out)
{
    PyObject *items = PySequence_Fast(object, refusal);
    int failed = items == NULL;

    for (Py_ssize_t i = 0; !failed && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *tuple = PySequence_Fast_GET_ITEM(items, i);
        Py_buffer data;
        int level, type;

        failed = !PyArg_Parse(tuple, format, &level, &type, &data);
        if (!failed) {
            failed = control_add(out, level, type, &data) < 0;
            PyBuffer_Release(&data);
        }
    }
    Py_XDECREF(items);
    return failed ? -1 : 0;
}

static const char BUFFERS_FORMAT[] = "y*;sendmsg() argument 1 must be an iterable of bytes-like objects";
static const char BUFFERS_REFUSAL[] = "sendmsg() argument 1 must be an iterable";

PyObject *message_sendmsg(PyObject *self, PyObject *args)
{
    struct ancillary control = {0};
    struct pieces pieces;
    struct sock_addr to;
    PyObject *buffers, *ancillary = NULL, *address = Py_None;
    int flags = 0;
    int64_t code = RAISED;

    if (!PyArg_ParseTuple(args, "O|OiO:sendmsg", &buffers, &ancillary, &flags, &address))
        return NULL;
    if (address != Py_None && address_from_python(SELF, address, &to, "sendmsg") < 0)
        return NULL;
    if (PySys_Audit("socket.sendmsg", "OO", self, address) < 0)
        return NULL;
    if (pieces_of(buffers, BUFFERS_FORMAT, BUFFERS_REFUSAL, &pieces) < 0)
        return NULL;
    if (ancillary == NULL
        || message_ancillary(ancillary, "sendmsg() argument 2 must be an iterable",
                             "(iiy*):[sendmsg() ancillary data items]", &control)
               == 0) {
        struct sock_msg message = {
            .addr = address == Py_None ? NULL : &to,
            .iov = pieces.list,
            .iov_count = (size_t)pieces.count,
            .control = control.data,
            .control_len = control.length,
        };

        WITHOUT_GIL(code = sock_sendmsg(SELF->handle, &message, flags));
    }
    PyMem_Free(control.data);
    pieces_free(&pieces);
    return code < 0 ? error_raise(SELF->state, code) : PyLong_FromLongLong(code);
}

/* AF_ALG ------------------------------------------------------------------------------------------ */

/* Parses an int that is not negative; anything else is a TypeError. */
static int positive(PyObject *object, const char *refusal, int *out)
{
    if (object == NULL || !PyLong_Check(object) || argument_int(object, out) < 0 || *out < 0) {
        PyErr_SetString(PyExc_TypeError, refusal);
        return -1;
    }
    return 0;
}

PyObject *message_sendmsg_afalg(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"msg", "op", "iv", "assoclen", "flags", NULL};
    PyObject *buffers = NULL, *op_object = NULL, *assoclen_object = NULL;
    struct pieces pieces = {0};
    Py_buffer iv = {0};
    int op, assoclen = 0, flags = 0;
    int64_t code = RAISED;

    if (SELF->family != AF_ALG) {
        PyErr_SetString(PyExc_OSError, "algset is only supported for AF_ALG");
        return NULL;
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$O!y*O!i:sendmsg_afalg", names, &buffers, &PyLong_Type, &op_object,
                                     &iv, &PyLong_Type, &assoclen_object, &flags))
        return NULL;
    if (positive(op_object, "Invalid or missing argument 'op'", &op) == 0
        && (assoclen_object == NULL || positive(assoclen_object, "assoclen must be positive", &assoclen) == 0)
        && (buffers == NULL || pieces_of(buffers, BUFFERS_FORMAT, BUFFERS_REFUSAL, &pieces) == 0)) {
        WITHOUT_GIL(code = sock_sendmsg_alg(SELF->handle, pieces.list, (size_t)pieces.count, op, iv.buf, (size_t)iv.len,
                                              assoclen, flags));
        pieces_free(&pieces);
    }
    if (iv.obj != NULL)
        PyBuffer_Release(&iv);
    return code < 0 ? error_raise(SELF->state, code) : PyLong_FromLongLong(code);
}

/* Sizes ------------------------------------------------------------------------------------------- */

static PyObject *size(PyObject *object, int64_t (*of)(int64_t), const char *name)
{
    Py_ssize_t length;
    int64_t answer;

    if (argument_size(object, &length) < 0)
        return NULL;
    answer = of(length);
    if (answer < 0)
        return PyErr_Format(PyExc_OverflowError, "%s() argument out of range", name);
    return PyLong_FromLongLong(answer);
}

PyObject *message_cmsg_len(PyObject *module, PyObject *length)
{
    (void)module;
    return size(length, sock_cmsg_len, "CMSG_LEN");
}

PyObject *message_cmsg_space(PyObject *module, PyObject *length)
{
    (void)module;
    return size(length, sock_cmsg_space, "CMSG_SPACE");
}
