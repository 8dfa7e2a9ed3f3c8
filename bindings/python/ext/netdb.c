/* Local databases: host name, services, protocols, interfaces. Also conversions and bare descriptors. */
#include "binding.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define STATE state_of_module(module)

static PyObject *refuse(PyObject *class, const char *text)
{
    PyErr_SetString(class, text);
    return NULL;
}

/* The machine ------------------------------------------------------------------------------------- */

static PyObject *gethostname_(PyObject *module, PyObject *unused)
{
    char name[1025];
    int64_t length;

    (void)unused;
    if (PySys_Audit("socket.gethostname", NULL) < 0)
        return NULL;
    length = sock_gethostname(name, sizeof name);
    return length < 0 ? error_raise(STATE, length) : PyUnicode_DecodeFSDefaultAndSize(name, (Py_ssize_t)length);
}

static PyObject *sethostname_(PyObject *module, PyObject *args)
{
    PyObject *name;
    int64_t code;

    if (!PyArg_ParseTuple(args, "S:sethostname", &name)) {
        PyErr_Clear();
        if (!PyArg_ParseTuple(args, "O&:sethostname", PyUnicode_FSConverter, &name))
            return NULL;
    } else {
        Py_INCREF(name);
    }
    if (PySys_Audit("socket.sethostname", "(O)", name) < 0) {
        Py_DECREF(name);
        return NULL;
    }
    code = sock_sethostname(PyBytes_AS_STRING(name));
    Py_DECREF(name);
    return error_or_none(STATE, code);
}

static PyObject *getservbyname_(PyObject *module, PyObject *args)
{
    const char *name, *proto = NULL;
    int64_t port;

    (void)module;
    if (!PyArg_ParseTuple(args, "s|s:getservbyname", &name, &proto)
        || PySys_Audit("socket.getservbyname", "ss", name, proto) < 0)
        return NULL;
    WITHOUT_GIL(port = sock_getservbyname(name, proto));
    return port < 0 ? refuse(PyExc_OSError, "service/proto not found") : PyLong_FromLongLong(port);
}

static PyObject *getservbyport_(PyObject *module, PyObject *args)
{
    const char *proto = NULL;
    char name[1025];
    int port;
    int64_t length;

    (void)module;
    if (!PyArg_ParseTuple(args, "i|s:getservbyport", &port, &proto)
        || PySys_Audit("socket.getservbyport", "is", port, proto) < 0)
        return NULL;
    if (port < 0 || port > 0xffff)
        return refuse(PyExc_OverflowError, "getservbyport: port must be 0-65535.");
    WITHOUT_GIL(length = sock_getservbyport(port, proto, name, sizeof name));
    return length < 0 ? refuse(PyExc_OSError, "port/proto not found") : PyUnicode_FromString(name);
}

static PyObject *getprotobyname_(PyObject *module, PyObject *args)
{
    const char *name;
    int64_t number;

    (void)module;
    if (!PyArg_ParseTuple(args, "s:getprotobyname", &name))
        return NULL;
    WITHOUT_GIL(number = sock_getprotobyname(name));
    return number < 0 ? refuse(PyExc_OSError, "protocol not found") : PyLong_FromLongLong(number);
}

/* Interfaces -------------------------------------------------------------------------------------- */

static PyObject *if_nameindex_(PyObject *module, PyObject *unused)
{
    struct sock_interface *list = NULL;
    int64_t count = 0, room;
    PyObject *answer;

    (void)unused;
    /* New interfaces may appear while the list is read. */
    do {
        struct sock_interface *larger = PyMem_Realloc(list, (size_t)(count + 4) * sizeof *list);

        if (larger == NULL) {
            PyMem_Free(list);
            return PyErr_NoMemory();
        }
        list = larger;
        room = count + 4;
        WITHOUT_GIL(count = sock_if_nameindex(list, (size_t)room));
    } while (count > room);
    answer = count < 0 ? error_raise(STATE, count) : PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; answer != NULL && i < count; i++) {
        PyObject *name = PyUnicode_DecodeFSDefault(list[i].name);
        PyObject *entry = name == NULL ? NULL : Py_BuildValue("IN", list[i].index, name);

        if (entry == NULL)
            Py_CLEAR(answer);
        else
            PyList_SET_ITEM(answer, (Py_ssize_t)i, entry);
    }
    PyMem_Free(list);
    return answer;
}

static PyObject *if_nametoindex_(PyObject *module, PyObject *args)
{
    PyObject *name;
    int64_t index;

    (void)module;
    if (!PyArg_ParseTuple(args, "O&:if_nametoindex", PyUnicode_FSConverter, &name))
        return NULL;
    index = sock_if_nametoindex(PyBytes_AS_STRING(name));
    Py_DECREF(name);
    return index < 0 ? refuse(PyExc_OSError, "no interface with this name") : PyLong_FromLongLong(index);
}

static PyObject *if_indextoname_(PyObject *module, PyObject *object)
{
    char name[64];
    PyObject *number = PyNumber_Index(object);
    unsigned long index;
    int64_t length;

    if (number == NULL)
        return NULL;
    index = PyLong_AsUnsignedLong(number);
    Py_DECREF(number);
    if (index == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (index > UINT32_MAX)
        return refuse(PyExc_OverflowError, "Python int too large to convert to C int");
    length = sock_if_indextoname((int64_t)index, name, sizeof name);
    return length < 0 ? error_raise(STATE, length) : PyUnicode_DecodeFSDefaultAndSize(name, (Py_ssize_t)length);
}

/* Byte order -------------------------------------------------------------------------------------- */

/* A number in range, or -1 with an exception. Before 3.10, CPython truncates to 16 bits with a warning. */
static int64_t number_of(PyObject *object, const char *function, int bits)
{
    int64_t most = (INT64_C(1) << bits) - 1, number;

    if (!PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, bits == 32 ? "expected int, %s found" : "'%s' object cannot be interpreted as an integer",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    number = PyLong_AsLongLong(object);
    if (number == -1 && PyErr_Occurred())
        return -1;
    if (number < 0) {
        PyErr_Format(PyExc_OverflowError, "%s: can't convert negative Python int to C %d-bit unsigned integer", function,
                     bits);
        return -1;
    }
    if (number > most) {
#if BEFORE_3_10
        if (bits == 16 && number <= INT32_MAX) {
            if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                 "%s: Python int too large to convert to C 16-bit unsigned integer (The silent "
                                 "truncation is deprecated)",
                                 function)
                < 0)
                return -1;
            return number & most;
        }
#endif
        PyErr_Format(PyExc_OverflowError, "%s: Python int too large to convert to C %d-bit unsigned integer", function,
                     bits);
        return -1;
    }
    return number;
}

#define SWAPPER(name, bits)                                      \
    static PyObject *name##_(PyObject *module, PyObject *object)    \
    {                                                               \
        int64_t number = number_of(object, #name, bits);            \
                                                                    \
        (void)module;                                               \
        return number < 0 ? NULL : PyLong_FromLongLong(sock_##name(number)); \
    }

SWAPPER(htonl, 32)
SWAPPER(htons, 16)
SWAPPER(ntohl, 32)
SWAPPER(ntohs, 16)

/* Addresses as bytes and text --------------------------------------------------------------------- */

static PyObject *inet_aton_(PyObject *module, PyObject *args)
{
    const char *text;
    char bytes[4];

    (void)module;
    if (!PyArg_ParseTuple(args, "s:inet_aton", &text))
        return NULL;
    if (sock_inet_aton(text, bytes, sizeof bytes) < 0)
        return refuse(PyExc_OSError, "illegal IP address string passed to inet_aton");
    return PyBytes_FromStringAndSize(bytes, sizeof bytes);
}

static PyObject *inet_ntoa_(PyObject *module, PyObject *args)
{
    Py_buffer bytes;
    char text[16];
    int64_t length;

    (void)module;
    if (!PyArg_ParseTuple(args, "y*:inet_ntoa", &bytes))
        return NULL;
    length = sock_inet_ntoa(bytes.buf, (size_t)bytes.len, text, sizeof text);
    PyBuffer_Release(&bytes);
    return length < 0 ? refuse(PyExc_OSError, "packed IP wrong length") : PyUnicode_FromString(text);
}

static PyObject *inet_pton_(PyObject *module, PyObject *args)
{
    const char *text;
    char bytes[16];
    int family;
    int64_t length;

    if (!PyArg_ParseTuple(args, "is:inet_pton", &family, &text))
        return NULL;
    length = sock_inet_pton(family, text, bytes, sizeof bytes);
    if (length == -EINVAL)
        return refuse(PyExc_OSError, "illegal IP address string passed to inet_pton");
    return length < 0 ? error_raise(STATE, length) : PyBytes_FromStringAndSize(bytes, (Py_ssize_t)length);
}

static PyObject *inet_ntop_(PyObject *module, PyObject *args)
{
    Py_buffer bytes;
    char text[64];
    int family;
    int64_t length;

    (void)module;
    if (!PyArg_ParseTuple(args, "iy*:inet_ntop", &family, &bytes))
        return NULL;
    length = sock_inet_ntop(family, bytes.buf, (size_t)bytes.len, text, sizeof text);
    PyBuffer_Release(&bytes);
    if (length == -EAFNOSUPPORT)
        return PyErr_Format(PyExc_ValueError, "unknown address family %d", family);
    return length < 0 ? refuse(PyExc_ValueError, "invalid length of packed IP address string") : PyUnicode_FromString(text);
}

/* Descriptors that no socket object owns ---------------------------------------------------------- */

static PyObject *close_(PyObject *module, PyObject *object)
{
    int fd, result;

    (void)module;
    sock_t handle;

    if (argument_int(object, &fd) < 0)
        return NULL;
    handle = endpoint_take_accepted(fd);
    if (handle != 0)
        fd = sock_detach(handle);
    Py_BEGIN_ALLOW_THREADS
    result = close(fd);
    Py_END_ALLOW_THREADS
    if (result < 0 && errno != ECONNRESET)
        return error_errno();
    Py_RETURN_NONE;
}

static PyObject *dup_(PyObject *module, PyObject *object)
{
    int fd, copy;

    (void)module;
    if (argument_int(object, &fd) < 0)
        return NULL;
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? error_errno() : PyLong_FromLong(copy);
}

PyMethodDef netdb_methods[] = {
    {"gethostname", gethostname_, METH_NOARGS,
     "gethostname($module, /)\n--\n\nReturn the host name of this machine."},
    {"sethostname", sethostname_, METH_VARARGS,
     "sethostname($module, name, /)\n--\n\nSet the host name of this machine (needs privileges)."},
    {"getservbyname", getservbyname_, METH_VARARGS, "getservbyname(name[, protocol]) -> port\n\nReturn the port of a service."},
    {"getservbyport", getservbyport_, METH_VARARGS, "getservbyport(port[, protocol]) -> str\n\nReturn the service of a port."},
    {"getprotobyname", getprotobyname_, METH_VARARGS,
     "getprotobyname($module, name, /)\n--\n\nReturn the number of a protocol."},
    {"if_nameindex", if_nameindex_, METH_NOARGS, "if_nameindex($module, /)\n--\n\nReturn all network interfaces."},
    {"if_nametoindex", if_nametoindex_, METH_VARARGS,
     "if_nametoindex($module, name, /)\n--\n\nReturn the index of an interface."},
    {"if_indextoname", if_indextoname_, METH_O,
     "if_indextoname($module, index, /)\n--\n\nReturn the name of an interface."},
    {"htonl", htonl_, METH_O, "htonl($module, x, /)\n--\n\nConvert 32 bits from host to network byte order."},
    {"htons", htons_, METH_O, "htons($module, x, /)\n--\n\nConvert 16 bits from host to network byte order."},
    {"ntohl", ntohl_, METH_O, "ntohl($module, x, /)\n--\n\nConvert 32 bits from network to host byte order."},
    {"ntohs", ntohs_, METH_O, "ntohs($module, x, /)\n--\n\nConvert 16 bits from network to host byte order."},
    {"inet_aton", inet_aton_, METH_VARARGS,
     "inet_aton($module, text, /)\n--\n\nConvert an IPv4 address in any text form to 4 bytes."},
    {"inet_ntoa", inet_ntoa_, METH_VARARGS,
     "inet_ntoa($module, bytes, /)\n--\n\nConvert 4 bytes to the text of an IPv4 address."},
    {"inet_pton", inet_pton_, METH_VARARGS,
     "inet_pton($module, family, text, /)\n--\n\nConvert the strict text form of an address to bytes."},
    {"inet_ntop", inet_ntop_, METH_VARARGS,
     "inet_ntop($module, family, bytes, /)\n--\n\nConvert bytes to the text form of an address."},
    {"close", close_, METH_O, "close($module, fd, /)\n--\n\nClose a descriptor that no socket object owns."},
    {"dup", dup_, METH_O, "dup($module, fd, /)\n--\n\nDuplicate a descriptor, close-on-exec."},
    {"CMSG_LEN", message_cmsg_len, METH_O,
     "CMSG_LEN($module, length, /)\n--\n\nReturn the size of a control message without padding."},
    {"CMSG_SPACE", message_cmsg_space, METH_O,
     "CMSG_SPACE($module, length, /)\n--\n\nReturn the size of a control message with padding."},
    {"setdefaulttimeout", option_setdefaulttimeout, METH_O,
     "setdefaulttimeout($module, seconds, /)\n--\n\n"
     "Set the timeout of sockets created from now on; None for no limit."},
    {"getdefaulttimeout", option_getdefaulttimeout, METH_NOARGS,
     "getdefaulttimeout($module, /)\n--\n\nReturn the timeout of new sockets."},
    {NULL, NULL, 0, NULL},
};
