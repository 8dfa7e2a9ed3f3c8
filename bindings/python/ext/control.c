/* Messages with typed control data: descriptors, credentials, timestamps, packet information. */
#include "binding.h"

#include <string.h>
#include <structseq.h>
#include <sys/socket.h>
#include <unistd.h>

#define SELF ((struct socket *)self)
/* The kernel's limit of descriptors in one message (SCM_MAX_FD). */
#define MOST_FDS 253

static PyStructSequence_Field message_fields[] = {
    {"data", "the bytes received"},
    {"address", "the sender's address; None if the kernel reports none"},
    {"flags", "the MSG_* flags from the kernel: MSG_TRUNC if the datagram was longer, MSG_CTRUNC ..."},
    {"length", "the length of the datagram; with MSG_TRUNC it may exceed that of the data"},
    {"fds", "received descriptors, close-on-exec; the caller closes them"},
    {"credentials", "(pid, uid, gid) of the sender, or None: SO_PASSCRED"},
    {"timestamp", "(software, hardware) in nanoseconds since 1970, or None: SO_TIMESTAMPNS, SO_TIMESTAMPING"},
    {"pktinfo", "(destination, local address, interface index), or None: IP_PKTINFO, IPV6_RECVPKTINFO"},
    {"ttl", "the TTL or hop limit, or None: IP_RECVTTL, IPV6_RECVHOPLIMIT"},
    {"tos", "the TOS byte or traffic class, or None: IP_RECVTOS, IPV6_RECVTCLASS"},
    {"drops", "the number of packets the socket dropped, or None: SO_RXQ_OVFL"},
    {"gro_size", "the size of each coalesced datagram, or None: UDP_GRO"},
    {"error", "(errno, origin, type, code, info, data, offender) from the error queue, or None: IP_RECVERR"},
    {NULL, NULL},
};

static PyStructSequence_Desc message_desc = {"libsock.Message", "A received message with its control data.",
                                             message_fields, 13};

/* Receiving --------------------------------------------------------------------------------------- */

static PyObject *none(void)
{
    Py_RETURN_NONE;
}

static PyObject *credentials_of(const void *control, size_t length)
{
    int64_t pid, uid, gid;

    if (sock_control_get_credentials(control, length, &pid, &uid, &gid) != 1)
        return none();
    return Py_BuildValue("LLL", (long long)pid, (long long)uid, (long long)gid);
}

static PyObject *timestamp_of(const void *control, size_t length)
{
    int64_t software, hardware;

    if (sock_control_get_timestamp(control, length, &software, &hardware) != 1)
        return none();
    return Py_BuildValue("LL", (long long)software, (long long)hardware);
}

static PyObject *pktinfo_of(const void *control, size_t length)
{
    struct sock_addr to, local;
    int64_t index;

    if (sock_control_get_pktinfo(control, length, &to, &local, &index) != 1)
        return none();
    return Py_BuildValue("NNL", address_to_python(&to, 0), address_to_python(&local, 0), (long long)index);
}

static PyObject *error_of(const void *control, size_t length)
{
    struct sock_control_error error;

    if (sock_control_get_error(control, length, &error) != 1)
        return none();
    return Py_BuildValue("iiiiLLN", -error.error, error.origin, error.type, error.code, (long long)error.info,
                         (long long)error.data, address_to_python(&error.offender, 0));
}

static PyObject *number_of(const void *control, size_t length, int (*get)(const void *, size_t, int64_t *))
{
    int64_t number;

    return get(control, length, &number) == 1 ? PyLong_FromLongLong(number) : none();
}

/* Takes the descriptors. Closes those of SCM_PIDFD, which this call does not return. */
static PyObject *take_fds(void *control, size_t length)
{
    int fds[MOST_FDS];
    int64_t count = sock_control_take_fds(control, length, fds, MOST_FDS);
    PyObject *list = PyList_New(count > 0 ? (Py_ssize_t)count : 0);

    for (int64_t i = 0; i < count; i++) {
        PyObject *fd = list == NULL ? NULL : PyLong_FromLong(fds[i]);

        if (fd == NULL) {
            close(fds[i]);
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, fd);
        }
    }
    sock_control_close_fds(control, length);
    return list;
}

static PyObject *message_of(struct socket *self, PyObject *data, struct sock_msg *message)
{
    PyObject *tuple = PyStructSequence_New(self->state->message_type), *fds;
    void *control = message->control;
    size_t length = message->control_len;
    int at = 0;

    /* The descriptors come last, so that every earlier failure closes them. */
    if (tuple == NULL) {
        Py_DECREF(data);
        sock_control_close_fds(control, length);
        return NULL;
    }
    PyStructSequence_SET_ITEM(tuple, at++, data);
    PyStructSequence_SET_ITEM(tuple, at++, address_to_python(message->addr, self->proto));
    PyStructSequence_SET_ITEM(tuple, at++, PyLong_FromLong(message->flags));
    PyStructSequence_SET_ITEM(tuple, at++, PyLong_FromSize_t(message->true_len));
    at++;
    PyStructSequence_SET_ITEM(tuple, at++, credentials_of(control, length));
    PyStructSequence_SET_ITEM(tuple, at++, timestamp_of(control, length));
    PyStructSequence_SET_ITEM(tuple, at++, pktinfo_of(control, length));
    PyStructSequence_SET_ITEM(tuple, at++, number_of(control, length, sock_control_get_ttl));
    PyStructSequence_SET_ITEM(tuple, at++, number_of(control, length, sock_control_get_tos));
    PyStructSequence_SET_ITEM(tuple, at++, number_of(control, length, sock_control_get_drops));
    PyStructSequence_SET_ITEM(tuple, at++, number_of(control, length, sock_control_get_gro_size));
    PyStructSequence_SET_ITEM(tuple, at++, error_of(control, length));
    if (PyErr_Occurred()) {
        sock_control_close_fds(control, length);
        Py_DECREF(tuple);
        return NULL;
    }
    fds = take_fds(control, length);
    if (fds == NULL) {
        Py_DECREF(tuple);
        return NULL;
    }
    PyStructSequence_SET_ITEM(tuple, 4, fds);
    return tuple;
}

PyObject *control_recv_message(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"size", "kinds", "fds", "flags", NULL};
    struct sock_addr from = {0};
    struct sock_iovec piece;
    struct sock_msg message = {.addr = &from, .iov = &piece, .iov_count = 1};
    Py_ssize_t length;
    long long kinds = 0, fds = 0;
    int flags = 0;
    int64_t space, code;
    PyObject *data, *answer = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n|LLi:recv_message", names, &length, &kinds, &fds, &flags))
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffer size in recv_message()");
        return NULL;
    }
    space = sock_control_space(kinds, fds);
    if (space < 0) {
        PyErr_SetString(PyExc_ValueError, "unknown kinds, or fds not in the range 0-253");
        return NULL;
    }
    data = PyBytes_FromStringAndSize(NULL, length);
    message.control = PyMem_Malloc(space > 0 ? (size_t)space : 1);
    message.control_cap = (size_t)space;
    if (data == NULL || message.control == NULL) {
        Py_XDECREF(data);
        PyMem_Free(message.control);
        return PyErr_NoMemory();
    }
    if (flags & MSG_TRUNC)
        memset(PyBytes_AS_STRING(data), 0, (size_t)length);
    piece = (struct sock_iovec){PyBytes_AS_STRING(data), (size_t)length};
    WITHOUT_GIL(code = sock_recvmsg(SELF->handle, &message, flags));
    if (code < 0) {
        Py_DECREF(data);
        error_raise(SELF->state, code);
    } else {
        /* As in recvmsg, with MSG_TRUNC a stream reports only a count. */
        if (code < length)
            _PyBytes_Resize(&data, (Py_ssize_t)code);
        if (data != NULL)
            answer = message_of(SELF, data, &message);
        else
            sock_control_close_fds(message.control, message.control_len);
    }
    PyMem_Free(message.control);
    return answer;
}

/* Sending ----------------------------------------------------------------------------------------- */

/* A buffer with space for all kinds of control message at once. */
struct control {
    char data[6144];
    size_t length;
};

static int put_fds(struct control *control, PyObject *object)
{
    PyObject *items = PySequence_Fast(object, "fds must be an iterable of descriptors");
    int fds[MOST_FDS];
    Py_ssize_t count = items == NULL ? 0 : PySequence_Fast_GET_SIZE(items);

    if (count > MOST_FDS) {
        PyErr_SetString(PyExc_ValueError, "more than 253 descriptors");
    } else {
        for (Py_ssize_t i = 0; i < count && !PyErr_Occurred(); i++)
            fds[i] = PyObject_AsFileDescriptor(PySequence_Fast_GET_ITEM(items, i));
    }
    Py_XDECREF(items);
    if (PyErr_Occurred())
        return -1;
    return count == 0 ? 0 : sock_control_put_fds(control->data, sizeof control->data, &control->length, fds, (size_t)count);
}

static int put_credentials(struct control *control, PyObject *object)
{
    long long pid, uid, gid;

    if (!PyArg_Parse(object, "(LLL);credentials must be (pid, uid, gid)", &pid, &uid, &gid))
        return -1;
    return sock_control_put_credentials(control->data, sizeof control->data, &control->length, pid, uid, gid);
}

static int put_pktinfo(struct control *control, PyObject *object)
{
    struct sock_addr from;
    const char *host;
    long long index;
    int code;

    if (!PyArg_Parse(object, "(sL);pktinfo must be (host, interface index)", &host, &index))
        return -1;
    code = sock_addr_ip(host, 0, &from);
    return code < 0 ? code
                    : sock_control_put_pktinfo(control->data, sizeof control->data, &control->length, &from, index);
}

static int put_number(struct control *control, int family, PyObject *object,
                      int (*put)(void *, size_t, size_t *, int, int64_t))
{
    long long number = PyLong_AsLongLong(object);

    if (number == -1 && PyErr_Occurred())
        return -1;
    return put(control->data, sizeof control->data, &control->length, family, number);
}

static int put_gso(void *control, size_t room, size_t *length, int family, int64_t size)
{
    (void)family;
    return sock_control_put_gso_size(control, room, length, size);
}

/* Whether an argument was given. */
static int given(PyObject *object)
{
    return object != NULL && object != Py_None;
}

PyObject *control_send_message(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffers", "fds",      "credentials", "pktinfo", "ttl",
                            "tos",     "gso_size", "flags",       "address", NULL};
    PyObject *buffers, *fds = NULL, *credentials = NULL, *pktinfo = NULL, *ttl = NULL, *tos = NULL, *gso = NULL;
    PyObject *address = Py_None, *joined = NULL, *answer = NULL, *empty;
    struct control control = {.length = 0};
    struct sock_addr to;
    struct sock_iovec piece;
    struct sock_msg message = {.iov = &piece, .iov_count = 1, .control = control.data};
    int flags = 0, family = SELF->family;
    int64_t code = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$OOOOOOiO:send_message", names, &buffers, &fds, &credentials, &pktinfo,
                                     &ttl, &tos, &gso, &flags, &address))
        return NULL;
    if (address != Py_None && address_from_python(SELF, address, &to, "send_message") < 0)
        return NULL;
    if (PySys_Audit("socket.sendmsg", "OO", self, address) < 0)
        return NULL;
    if (given(fds))
        code = put_fds(&control, fds);
    if (code == 0 && given(credentials))
        code = put_credentials(&control, credentials);
    if (code == 0 && given(pktinfo))
        code = put_pktinfo(&control, pktinfo);
    if (code == 0 && given(ttl))
        code = put_number(&control, family, ttl, sock_control_put_ttl);
    if (code == 0 && given(tos))
        code = put_number(&control, family, tos, sock_control_put_tos);
    if (code == 0 && given(gso))
        code = put_number(&control, family, gso, put_gso);
    if (PyErr_Occurred())
        return NULL;
    if (code < 0) {
        char text[256];

        /* libsock's text names the field. */
        sock_last_error(NULL, text, sizeof text);
        PyErr_SetString(PyExc_ValueError, text);
        return NULL;
    }
    empty = PyBytes_FromStringAndSize(NULL, 0);
    joined = empty == NULL ? NULL : PyObject_CallMethod(empty, "join", "(O)", buffers);
    Py_XDECREF(empty);
    if (joined == NULL)
        return NULL;
    piece = (struct sock_iovec){PyBytes_AS_STRING(joined), (size_t)PyBytes_GET_SIZE(joined)};
    message.addr = address == Py_None ? NULL : &to;
    message.control_len = control.length;
    WITHOUT_GIL(code = sock_sendmsg(SELF->handle, &message, flags));
    answer = code < 0 ? error_raise(SELF->state, code) : PyLong_FromLongLong(code);
    Py_DECREF(joined);
    return answer;
}

/* The names of the kinds -------------------------------------------------------------------------- */

int control_init(PyObject *module, struct state *state)
{
    static const struct {
        const char *name;
        int number;
    } kinds[] = {
        {"CONTROL_CREDENTIALS", SOCK_CONTROL_CREDENTIALS}, {"CONTROL_TIMESTAMP", SOCK_CONTROL_TIMESTAMP},
        {"CONTROL_PKTINFO", SOCK_CONTROL_PKTINFO},         {"CONTROL_TTL", SOCK_CONTROL_TTL},
        {"CONTROL_TOS", SOCK_CONTROL_TOS},                 {"CONTROL_ERROR", SOCK_CONTROL_ERROR},
        {"CONTROL_DROPS", SOCK_CONTROL_DROPS},             {"CONTROL_GRO", SOCK_CONTROL_GRO},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (PyModule_AddIntConstant(module, kinds[i].name, kinds[i].number) < 0)
            return -1;
    state->message_type = PyStructSequence_NewType(&message_desc);
    if (state->message_type == NULL)
        return -1;
    Py_INCREF(state->message_type);
    return PyModule_AddObject(module, "Message", (PyObject *)state->message_type);
}
