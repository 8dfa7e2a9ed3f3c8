/* Names: hosts to addresses and back. No lookup has a limit of its own here, as in Python; create_connection has. */
#include "binding.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define STATE module_state(module)

/* getaddrinfo ------------------------------------------------------------------------------------- */

/* Whether the idna codec would give an ASCII name back as it is: labels of 1 to 63 bytes, the last may be empty. */
static int labels_fit(const char *text, Py_ssize_t length)
{
    Py_ssize_t label = 0;

    for (Py_ssize_t i = 0; i < length; i++) {
        if (text[i] != '.') {
            label++;
        } else {
            if (label == 0 || label > 63)
                return 0;
            label = 0;
        }
    }
    return label < 64;
}

/* A host or a port as bytes without NUL: a new reference in `owner`. */
static int as_text(PyObject *bytes, const char *what, struct host *out)
{
    out->owner = bytes;
    if (bytes == NULL)
        return -1;
    out->text = PyBytes_AS_STRING(bytes);
    if (strlen(out->text) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_Format(PyExc_ValueError, "embedded null byte in the %s", what);
        argument_free(out);
        return -1;
    }
    return 0;
}

static int host_text(PyObject *object, struct host *out)
{
    *out = (struct host){0};
    if (object == Py_None)
        return 0;
    if (PyUnicode_Check(object)) {
        if (PyUnicode_READY(object) < 0)
            return -1;
        if (PyUnicode_IS_COMPACT_ASCII(object)
            && labels_fit((const char *)PyUnicode_1BYTE_DATA(object), PyUnicode_GET_LENGTH(object)))
            return as_text(PyUnicode_AsASCIIString(object), "host", out);
        return as_text(PyUnicode_AsEncodedString(object, "idna", NULL), "host", out);
    }
    if (PyBytes_Check(object)) {
        Py_INCREF(object);
        return as_text(object, "host", out);
    }
    PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
    return -1;
}

static int port_text(PyObject *object, struct host *out)
{
    *out = (struct host){0};
    if (object == Py_None)
        return 0;
    if (PyUnicode_Check(object))
        return as_text(PyUnicode_AsUTF8String(object), "port", out);
    if (PyBytes_Check(object)) {
        Py_INCREF(object);
        return as_text(object, "port", out);
    }
    if (PyIndex_Check(object)) {
        PyObject *number = PyNumber_Index(object);
        PyObject *digits = number == NULL ? NULL : PyObject_Str(number);
        PyObject *bytes = digits == NULL ? NULL : PyUnicode_AsASCIIString(digits);

        Py_XDECREF(number);
        Py_XDECREF(digits);
        return as_text(bytes, "port", out);
    }
    PyErr_SetString(PyExc_OSError, "Int or String expected");
    return -1;
}

static PyObject *entry(const struct sock_addrinfo *found, PyObject *canonname)
{
    PyObject *address = address_to_python(&found->address, found->proto);

    return address == NULL ? NULL
                           : Py_BuildValue("iiiON", found->family, found->type, found->proto, canonname, address);
}

/* The entries of a list, which is closed. */
static PyObject *entries(struct state *state, sock_list_t list)
{
    int64_t count = sock_list_count(list);
    PyObject *answer = PyList_New((Py_ssize_t)count), *empty = PyUnicode_FromString("");

    for (int64_t i = 0; answer != NULL && empty != NULL && i < count; i++) {
        struct sock_addrinfo found;
        char name[1025];
        PyObject *canonname = empty, *tuple = NULL;
        int64_t length = sock_list_canonname(list, i, name, sizeof name);

        Py_INCREF(empty);
        if (length > 0)
            Py_SETREF(canonname, PyUnicode_FromStringAndSize(name, (Py_ssize_t)length));
        if (canonname != NULL && sock_list_at(list, i, &found) == 0)
            tuple = entry(&found, canonname);
        Py_XDECREF(canonname);
        if (tuple == NULL)
            Py_CLEAR(answer);
        else
            PyList_SET_ITEM(answer, (Py_ssize_t)i, tuple);
    }
    (void)state;
    sock_close(list);
    Py_XDECREF(empty);
    return answer;
}

static PyObject *getaddrinfo_(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"host", "port", "family", "type", "proto", "flags", NULL};
    struct sock_addrinfo_options options = {.size = sizeof options, .timeout_ns = SOCK_FOREVER};
    struct host host, port;
    PyObject *host_object, *port_object;
    int64_t list;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|iiii:getaddrinfo", names, &host_object, &port_object,
                                     &options.family, &options.type, &options.proto, &options.flags))
        return NULL;
    if (host_text(host_object, &host) < 0)
        return NULL;
    if (port_text(port_object, &port) < 0
        || PySys_Audit("socket.getaddrinfo", "OOiii", host_object, port_object, options.family, options.type,
                       options.proto)
               < 0) {
        argument_free(&host);
        argument_free(&port);
        return NULL;
    }
    WITHOUT_GIL(list = sock_getaddrinfo(host.owner ? host.text : NULL, port.owner ? port.text : NULL, &options));
    argument_free(&host);
    argument_free(&port);
    /* A port out of its range is a service that does not exist, as the C library says of a negative one. */
    if (list == -EINVAL)
        list = SERVICE_UNKNOWN;
    return list < 0 ? error_raise(STATE, list) : entries(STATE, list);
}

static PyObject *getnameinfo_(PyObject *module, PyObject *args)
{
    char host[1025], service[32];
    struct sock_addr address;
    unsigned int flowinfo = 0, scope = 0;
    const char *text;
    PyObject *tuple;
    int port, flags;
    int64_t code;

    if (!PyArg_ParseTuple(args, "Oi:getnameinfo", &tuple, &flags))
        return NULL;
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(tuple, "si|II;getnameinfo(): illegal sockaddr argument", &text, &port, &flowinfo, &scope))
        return NULL;
    if (flowinfo > 0xfffff) {
        PyErr_SetString(PyExc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        return NULL;
    }
    if (PySys_Audit("socket.getnameinfo", "(O)", tuple) < 0)
        return NULL;
    /* The empty host and "<broadcast>" are no numbers here. */
    code = *text == '\0' || *text == '<' ? -EINVAL : sock_addr_ip(text, port, &address);
    if (code < 0)
        return error_raise(STATE, port < 0 || port > 0xffff ? SERVICE_UNKNOWN : HOST_UNKNOWN);
    if (sock_addr_family(&address) == AF_INET6) {
        struct sockaddr_in6 *native = (struct sockaddr_in6 *)address.native;

        native->sin6_flowinfo = htonl(flowinfo);
        native->sin6_scope_id = scope;
    } else if (PyTuple_GET_SIZE(tuple) != 2) {
        PyErr_SetString(PyExc_OSError, "IPv4 sockaddr must be 2 tuple");
        return NULL;
    }
    WITHOUT_GIL(code = sock_getnameinfo(&address, flags, host, sizeof host, service, sizeof service, SOCK_FOREVER));
    if (code < 0)
        return error_raise(STATE, code);
    return Py_BuildValue("NN", PyUnicode_DecodeFSDefault(host), PyUnicode_FromString(service));
}

/* gethostby... ------------------------------------------------------------------------------------ */

/* The one argument of all three: a name, in IDNA. */
static int name_argument(PyObject *args, const char *format, const char *event, char **name)
{
    if (!PyArg_ParseTuple(args, format, "idna", name))
        return -1;
    if (PySys_Audit(event, "O", PyTuple_GET_ITEM(args, 0)) < 0) {
        PyMem_Free(*name);
        return -1;
    }
    return 0;
}

static PyObject *gethostbyname_(PyObject *module, PyObject *args)
{
    struct sock_addr address;
    int64_t code;
    char *name;

    if (name_argument(args, "et:gethostbyname", "socket.gethostbyname", &name) < 0)
        return NULL;
    WITHOUT_GIL(code = sock_gethostbyname(name, SOCK_FOREVER, &address));
    PyMem_Free(name);
    return code < 0 ? error_raise(STATE, code) : address_host(&address);
}

/* (name, aliases, addresses) of a list, which is closed. */
static PyObject *host_entry(struct state *state, sock_list_t list)
{
    char text[1025] = "";
    int64_t aliases = sock_list_alias_count(list), count = sock_list_count(list);
    PyObject *names = PyList_New(0), *addresses = PyList_New(0), *answer = NULL;
    int failed = names == NULL || addresses == NULL;

    for (int64_t i = 0; !failed && i < aliases; i++) {
        PyObject *alias;

        sock_list_alias(list, i, text, sizeof text);
        alias = PyUnicode_DecodeFSDefault(text);
        failed = alias == NULL || PyList_Append(names, alias) < 0;
        Py_XDECREF(alias);
    }
    for (int64_t i = 0; !failed && i < count; i++) {
        struct sock_addrinfo found;
        PyObject *host = sock_list_at(list, i, &found) < 0 ? NULL : address_host(&found.address);

        failed = host == NULL || PyList_Append(addresses, host) < 0;
        Py_XDECREF(host);
    }
    if (!failed) {
        text[0] = '\0';
        sock_list_canonname(list, 0, text, sizeof text);
        answer = Py_BuildValue("NOO", PyUnicode_DecodeFSDefault(text), names, addresses);
    }
    (void)state;
    sock_close(list);
    Py_XDECREF(names);
    Py_XDECREF(addresses);
    return answer;
}

static PyObject *by_name(PyObject *module, PyObject *args, const char *format, const char *event,
                         sock_list_t (*ask)(const char *, int64_t))
{
    int64_t list;
    char *name;

    if (name_argument(args, format, event, &name) < 0)
        return NULL;
    WITHOUT_GIL(list = ask(name, SOCK_FOREVER));
    PyMem_Free(name);
    return list < 0 ? error_raise(STATE, list) : host_entry(STATE, list);
}

static PyObject *gethostbyname_ex(PyObject *module, PyObject *args)
{
    return by_name(module, args, "et:gethostbyname_ex", "socket.gethostbyname", sock_gethostbyname_ex);
}

static PyObject *gethostbyaddr_(PyObject *module, PyObject *args)
{
    return by_name(module, args, "et:gethostbyaddr", "socket.gethostbyaddr", sock_gethostbyaddr);
}

PyMethodDef lookup_methods[] = {
    {"getaddrinfo", (PyCFunction)(void (*)(void))getaddrinfo_, METH_VARARGS | METH_KEYWORDS,
     "getaddrinfo(host, port[, family[, type[, proto[, flags]]]])\n    -> [(family, type, proto, canonname, address)]\n\n"
     "All addresses of a host and a service. Numbers are answered without the resolver."},
    {"getnameinfo", getnameinfo_, METH_VARARGS,
     "getnameinfo(address, flags) -> (host, service)\n\nThe names of an address; its host is numeric."},
    {"gethostbyname", gethostbyname_, METH_VARARGS, "gethostbyname(name) -> str\n\nThe first IPv4 address of a host."},
    {"gethostbyname_ex", gethostbyname_ex, METH_VARARGS,
     "gethostbyname_ex(name) -> (name, aliases, addresses)\n\nAll IPv4 addresses of a host, and its names."},
    {"gethostbyaddr", gethostbyaddr_, METH_VARARGS,
     "gethostbyaddr(address) -> (name, aliases, addresses)\n\nThe names of an address."},
    {NULL, NULL, 0, NULL},
};
