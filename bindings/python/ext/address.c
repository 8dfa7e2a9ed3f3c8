/* Addresses: converts Python's tuples and strings to `struct sock_addr` and back. Families other than IP and AF_UNIX
 * are in family.c. */
#include "binding.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static int wrong_type(const char *caller, const char *family, PyObject *address)
{
    PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", caller, family,
                 Py_TYPE(address)->tp_name);
    return -1;
}

/* Converter of hosts for PyArg_Parse's O&, with cleanup. */
static int host_converter(PyObject *object, void *out)
{
    if (object == NULL) {
        argument_free(out);
        return 1;
    }
    return argument_host(object, out) < 0 ? 0 : Py_CLEANUP_SUPPORTED;
}

/* A number too large for a C int is out of range too, so both get the same text. */
static int parse_failed(const char *caller, const char *range)
{
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, range);
    return -1;
}

static const char PORT_RANGE[] = "port must be 0-65535.";

/* Makes an IP address; looks the host up unless it is numeric. */
static int resolve(struct socket *self, const char *host, int family, int port, struct sock_addr *out)
{
    char digits[16];
    int64_t code;

    code = family == AF_INET6 ? sock_addr_ip6(host, port, 0, 0, out) : sock_addr_ip(host, port, out);
    if (code == 0 && sock_addr_family(out) == family)
        return 0;
    if (family == AF_INET6 && strcmp(host, "<broadcast>") == 0) {
        PyErr_SetString(PyExc_OSError, "address family mismatched");
        return -1;
    }
    snprintf(digits, sizeof digits, "%d", port);
    WITHOUT_GIL(code = sock_resolve(host, digits, family, SOCK_FOREVER, out));
    if (code < 0)
        error_raise(self->state, code);
    return code < 0 ? -1 : 0;
}

static int inet(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    struct host host = {0};
    int port, result;

    if (!PyTuple_Check(address))
        return wrong_type(caller, "AF_INET", address);
    if (!PyArg_ParseTuple(address, "O&i;AF_INET address must be a pair (host, port)", host_converter, &host, &port))
        return parse_failed(caller, PORT_RANGE);
    if (port < 0 || port > 0xffff) {
        argument_free(&host);
        PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, PORT_RANGE);
        return -1;
    }
    result = resolve(self, host.text, AF_INET, port, out);
    argument_free(&host);
    return result;
}

static int inet6(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    struct host host = {0};
    unsigned int flowinfo = 0, scope = 0;
    int port, result;

    if (!PyTuple_Check(address))
        return wrong_type(caller, "AF_INET6", address);
    if (!PyArg_ParseTuple(address, "O&i|II;AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
                          host_converter, &host, &port, &flowinfo, &scope))
        return parse_failed(caller, PORT_RANGE);
    if (port < 0 || port > 0xffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, PORT_RANGE);
        result = -1;
    } else if (flowinfo > 0xfffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): flowinfo must be 0-1048575.", caller);
        result = -1;
    } else {
        result = resolve(self, host.text, AF_INET6, port, out);
    }
    argument_free(&host);
    if (result == 0) {
        struct sockaddr_in6 *native = (struct sockaddr_in6 *)out->native;

        native->sin6_flowinfo = htonl(flowinfo);
        /* An explicit scope overrides the zone in the host. */
        if (scope != 0)
            native->sin6_scope_id = scope;
    }
    return result;
}

static int unix_path(struct socket *self, PyObject *address, struct sock_addr *out)
{
    PyObject *encoded = NULL;
    Py_buffer path;
    int64_t code;

    if (PyUnicode_Check(address)) {
        encoded = PyUnicode_EncodeFSDefault(address);
        if (encoded == NULL)
            return -1;
        address = encoded;
    }
    if (!PyArg_Parse(address, "y*", &path)) {
        Py_XDECREF(encoded);
        return -1;
    }
    code = sock_addr_unix(path.buf, (size_t)path.len, out);
    PyBuffer_Release(&path);
    Py_XDECREF(encoded);
    if (code == -ENAMETOOLONG)
        PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
    else if (code == -EINVAL)
        PyErr_SetString(PyExc_ValueError, "AF_UNIX path: embedded null byte");
    else if (code < 0)
        error_raise(self->state, code);
    return code < 0 ? -1 : 0;
}

int address_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    switch (self->family) {
    case AF_INET:
    case AF_RDS:
        return inet(self, address, out, caller);
    case AF_INET6:
        return inet6(self, address, out, caller);
    case AF_UNIX:
        return unix_path(self, address, out);
    default:
        return family_from_python(self, address, out, caller);
    }
}

PyObject *address_host(const struct sock_addr *address)
{
    char host[64];
    int64_t length = sock_addr_get_ip(address, host, sizeof host, NULL, NULL, NULL);

    if (length < 0) {
        PyErr_SetString(PyExc_OSError, "not an IP address");
        return NULL;
    }
    return PyUnicode_FromStringAndSize(host, (Py_ssize_t)length);
}

static PyObject *from_unix(const struct sock_addr *address)
{
    char path[128];
    int64_t length = sock_addr_get_unix(address, path, sizeof path);

    if (length < 0) {
        errno = (int)-length;
        return error_errno();
    }
    if (length > 0 && path[0] == '\0')
        return PyBytes_FromStringAndSize(path, (Py_ssize_t)length);
    return PyUnicode_DecodeFSDefaultAndSize(path, (Py_ssize_t)length);
}

PyObject *pair(PyObject *first, PyObject *second)
{
    PyObject *tuple = first == NULL || second == NULL ? NULL : PyTuple_New(2);

    if (tuple == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(second);
        return NULL;
    }
    PyTuple_SET_ITEM(tuple, 0, first);
    PyTuple_SET_ITEM(tuple, 1, second);
    return tuple;
}

PyObject *address_to_python(const struct sock_addr *address, int proto)
{
    char host[64];
    int64_t port, flowinfo, scope, length;
    int family = sock_addr_family(address);
    PyObject *other;

    if (address->len == 0)
        Py_RETURN_NONE;
    switch (family) {
    case AF_INET:
    case AF_INET6:
        length = sock_addr_get_ip(address, host, sizeof host, &port, &flowinfo, &scope);
        if (length < 0)
            break;
        if (family == AF_INET)
            return pair(PyUnicode_FromStringAndSize(host, (Py_ssize_t)length), PyLong_FromLong((long)port));
        return Py_BuildValue("s#iII", host, (Py_ssize_t)length, (int)port, (unsigned)flowinfo, (unsigned)scope);
    case AF_UNIX:
        return from_unix(address);
    default:
        other = family_to_python(address, proto);
        if (other != NULL || PyErr_Occurred())
            return other;
    }
    /* An unknown family or form: its number and its bytes. */
    return Py_BuildValue("iy#", family, (const char *)address->native + sizeof(sa_family_t),
                         (Py_ssize_t)(address->len - sizeof(sa_family_t)));
}
