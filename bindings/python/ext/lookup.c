/* Lookups: hosts to addresses and back. As in CPython they have no time limit; create_connection has one. */
#include "binding.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define STATE state_of_module(module)

/* getaddrinfo ------------------------------------------------------------------------------------- */

/* Whether the idna codec would return an ASCII name unchanged: labels of 1 to 63 bytes, of which the last may be empty. */
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

/* Checks for NUL. Steals `owner`, which holds `text`. */
static int as_text(PyObject *owner, const char *text, Py_ssize_t length, const char *what, struct host *out)
{
    out->owner = owner;
    out->text = text;
    if (strlen(text) == (size_t)length)
        return 0;
    PyErr_Format(PyExc_ValueError, "embedded null byte in the %s", what);
    argument_free(out);
    return -1;
}

/* The same for a bytes object; NULL means that an exception is set. */
static int as_bytes(PyObject *bytes, const char *what, struct host *out)
{
    return bytes == NULL ? -1 : as_text(bytes, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), what, out);
}

int lookup_host(PyObject *object, struct host *out)
{
    if (object == Py_None)
        return 0;
    if (PyUnicode_Check(object)) {
        if (PyUnicode_READY(object) < 0)
            return -1;
        if (PyUnicode_IS_COMPACT_ASCII(object)) {
            const char *text = (const char *)PyUnicode_1BYTE_DATA(object);
            Py_ssize_t length = PyUnicode_GET_LENGTH(object);

            if (labels_fit(text, length)) {
                Py_INCREF(object);
                return as_text(object, text, length, "host", out);
            }
        }
        if (argument_fits_idna(object) < 0)
            return -1;
        return as_bytes(PyUnicode_AsEncodedString(object, "idna", NULL), "host", out);
    }
    if (PyBytes_Check(object)) {
        Py_INCREF(object);
        return as_bytes(object, "host", out);
    }
    PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
    return -1;
}

const char *lookup_port(const char *port, char digits[8])
{
    const char *number = port + strspn(port, " \t\n\v\f\r");
    unsigned long value;

    if (*port == '\0')
        return "0";
    if (*number == '+' || (*number == '-' && number[1 + strspn(number + 1, "0")] == '\0'))
        number++;
    if (number == port || *number == '\0' || number[strspn(number, "0123456789")] != '\0')
        return port;
    value = strtoul(number, NULL, 10);
    if (value > 0xffff)
        return port;
    snprintf(digits, 8, "%lu", value);
    return digits;
}

static int port_text(PyObject *object, struct host *out, char digits[8])
{
    if (object == Py_None)
        return 0;
    if (PyLong_CheckExact(object)) {
        int overflow;
        long number = PyLong_AsLongAndOverflow(object, &overflow);

        if (overflow == 0 && number >= 0 && number <= 0xffff) {
            char *end = digits + 7;

            *end = '\0';
            do
                *--end = (char)('0' + number % 10);
            while ((number /= 10) > 0);
            Py_INCREF(object);
            out->owner = object;
            out->text = end;
            return 0;
        }
    }
    if (PyUnicode_Check(object))
        return as_bytes(PyUnicode_AsUTF8String(object), "port", out);
    if (PyBytes_Check(object)) {
        Py_INCREF(object);
        return as_bytes(object, "port", out);
    }
    if (PyIndex_Check(object)) {
        PyObject *number = PyNumber_Index(object);
        PyObject *text = number == NULL ? NULL : PyObject_Str(number);
        PyObject *bytes = text == NULL ? NULL : PyUnicode_AsASCIIString(text);

        Py_XDECREF(number);
        Py_XDECREF(text);
        return as_bytes(bytes, "port", out);
    }
    PyErr_SetString(PyExc_OSError, "Int or String expected");
    return -1;
}

/* The address of a result. A strict numeric IPv4 host has only one form, so the str that was passed is reused. */
static PyObject *entry_address(const struct sock_addrinfo *found, PyObject *numeric)
{
    const struct sockaddr_in *native = (const struct sockaddr_in *)found->address.native;

    if (numeric == NULL || found->family != AF_INET)
        return address_to_python(&found->address, found->proto);
    Py_INCREF(numeric);
    return pair(numeric, PyLong_FromLong(ntohs(native->sin_port)));
}

/* (family, type, proto, canonname, address); steals `canonname`. Built by hand, because it dominates the cost of a
 * numeric lookup. `numeric`: the host that was passed, a str of digits and dots, or NULL. */
static PyObject *entry(const struct sock_addrinfo *found, PyObject *canonname, PyObject *numeric)
{
    PyObject *address = canonname == NULL ? NULL : entry_address(found, numeric);
    PyObject *tuple = address == NULL ? NULL : PyTuple_New(5);

    if (tuple == NULL) {
        Py_XDECREF(canonname);
        Py_XDECREF(address);
        return NULL;
    }
    PyTuple_SET_ITEM(tuple, 0, PyLong_FromLong(found->family));
    PyTuple_SET_ITEM(tuple, 1, PyLong_FromLong(found->type));
    PyTuple_SET_ITEM(tuple, 2, PyLong_FromLong(found->proto));
    PyTuple_SET_ITEM(tuple, 3, canonname);
    PyTuple_SET_ITEM(tuple, 4, address);
    return tuple;
}

/* The results in an array, without canonical names. */
static PyObject *numeric_entries(const struct sock_addrinfo *found, int64_t count, PyObject *numeric)
{
    PyObject *answer = PyList_New((Py_ssize_t)count);

    for (int64_t i = 0; answer != NULL && i < count; i++) {
        PyObject *one = entry(&found[i], PyUnicode_FromStringAndSize(NULL, 0), numeric);

        if (one == NULL)
            Py_CLEAR(answer);
        else
            PyList_SET_ITEM(answer, (Py_ssize_t)i, one);
    }
    return answer;
}

/* The results in a list; closes the list. */
static PyObject *entries(sock_addrinfo_list_t list)
{
    int64_t count = sock_addrinfo_list_count(list);
    PyObject *answer = PyList_New((Py_ssize_t)count);

    for (int64_t i = 0; answer != NULL && i < count; i++) {
        struct sock_addrinfo found;
        char name[1025];
        int64_t length = sock_addrinfo_list_canonname(list, i, name, sizeof name);
        PyObject *one = sock_addrinfo_list_at(list, i, &found) < 0
                            ? NULL
                            : entry(&found, PyUnicode_FromStringAndSize(name, length > 0 ? (Py_ssize_t)length : 0), NULL);

        if (one == NULL)
            Py_CLEAR(answer);
        else
            PyList_SET_ITEM(answer, (Py_ssize_t)i, one);
    }
    sock_close(list);
    return answer;
}

/* Whether a port looks like a number but is not a plain one of 0-65535. libsock rejects those. */
static int is_bad_number(const char *port)
{
    const char *digits = port + strspn(port, " \t\n\f\r");

    if (*digits == '-' || *digits == '+')
        digits++;
    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return 0;
    return digits != port || strtoul(digits, NULL, 10) > 0xffff;
}

PyObject *lookup_raise(struct state *state, int64_t code, const char *port)
{
    if (code == -EINVAL)
        code = port != NULL && is_bad_number(port) ? SOCK_EAI_SERVICE : SOCK_EAI_NONAME;
    return error_raise(state, code);
}

static PyObject *look_up(struct state *state, PyObject *object, const char *host, const char *port,
                         const struct sock_addrinfo_options *options)
{
    struct sock_addrinfo found[4];
    /* "::ffff:192.0.2.1" can become an AF_INET address, with another text. */
    int as_it_is = PyUnicode_CheckExact(object) && strchr(host == NULL ? ":" : host, ':') == NULL;
    int64_t code = sock_addrinfo_numeric(host, port, options, found, 4);

    if (code > 0)
        return numeric_entries(found, code, as_it_is ? object : NULL);
    if (code == 0)
        WITHOUT_GIL(code = sock_getaddrinfo(host, port, options));
    return code < 0 ? lookup_raise(state, code, port) : entries(code);
}

/* Parses positional and keyword arguments: host and port, then four numbers. */
static int lookup_arguments(PyObject *const *args, Py_ssize_t count, PyObject *names, PyObject *values[2], int *numbers[4])
{
    static const char *const known[] = {"host", "port", "family", "type", "proto", "flags"};
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);

    if (argument_count("getaddrinfo", count + named, 2, 6) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count + named; i++) {
        Py_ssize_t at = i;

        if (i >= count) {
            PyObject *name = PyTuple_GET_ITEM(names, i - count);

            for (at = 0; at < 6 && PyUnicode_CompareWithASCIIString(name, known[at]) != 0; at++)
                ;
            if (at == 6 || at < count) {
                PyErr_Format(PyExc_TypeError, "getaddrinfo() got an unexpected or repeated argument '%U'", name);
                return -1;
            }
        }
        if (at < 2)
            values[at] = args[i];
        else if (argument_int(args[i], numbers[at - 2]) < 0)
            return -1;
    }
    if (values[0] != NULL && values[1] != NULL)
        return 0;
    PyErr_SetString(PyExc_TypeError, "getaddrinfo() needs a host and a port");
    return -1;
}

static PyObject *getaddrinfo_(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    struct sock_addrinfo_options options = {.size = sizeof options, .timeout_ns = SOCK_FOREVER};
    int *numbers[] = {&options.family, &options.type, &options.proto, &options.flags};
    PyObject *values[2] = {NULL, NULL}, *answer = NULL;
    struct host host = {0}, port = {0};
    char digits[8], plain[8];

    if (lookup_arguments(args, count, names, values, numbers) < 0)
        return NULL;
    if (lookup_host(values[0], &host) == 0 && port_text(values[1], &port, digits) == 0
        && PySys_Audit("socket.getaddrinfo", "OOiii", values[0], values[1], options.family, options.type, options.proto)
               == 0)
        answer = look_up(STATE, values[0], host.owner ? host.text : NULL,
                         port.owner ? lookup_port(port.text, plain) : NULL, &options);
    argument_free(&host);
    argument_free(&port);
    return answer;
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
    /* The empty host and "<broadcast>" are not numeric here. */
    code = *text == '\0' || *text == '<' ? -EINVAL : sock_addr_ip(text, port, &address);
    if (code < 0)
        return error_raise(STATE, port < 0 || port > 0xffff ? SOCK_EAI_SERVICE : SOCK_EAI_NONAME);
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

/* Parses the argument of all three: a name, IDNA-encoded. */
static int name_argument(PyObject *args, const char *format, const char *event, char **name)
{
    if ((PyTuple_GET_SIZE(args) == 1 && argument_fits_idna(PyTuple_GET_ITEM(args, 0)) < 0)
        || !PyArg_ParseTuple(args, format, "idna", name))
        return -1;
    if (PySys_Audit(event, "(O)", PyTuple_GET_ITEM(args, 0)) < 0) {
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

/* (name, aliases, addresses) from a list; closes the list. */
static PyObject *host_entry(sock_addrinfo_list_t list)
{
    char text[1025] = "";
    int64_t aliases = sock_addrinfo_list_alias_count(list), count = sock_addrinfo_list_count(list);
    PyObject *names = PyList_New(0), *addresses = PyList_New(0), *answer = NULL;
    int failed = names == NULL || addresses == NULL;

    for (int64_t i = 0; !failed && i < aliases; i++) {
        PyObject *alias;

        sock_addrinfo_list_alias(list, i, text, sizeof text);
        alias = PyUnicode_DecodeFSDefault(text);
        failed = alias == NULL || PyList_Append(names, alias) < 0;
        Py_XDECREF(alias);
    }
    for (int64_t i = 0; !failed && i < count; i++) {
        struct sock_addrinfo found;
        PyObject *host = sock_addrinfo_list_at(list, i, &found) < 0 ? NULL : address_host(&found.address);

        failed = host == NULL || PyList_Append(addresses, host) < 0;
        Py_XDECREF(host);
    }
    if (!failed) {
        text[0] = '\0';
        sock_addrinfo_list_canonname(list, 0, text, sizeof text);
        answer = Py_BuildValue("NOO", PyUnicode_DecodeFSDefault(text), names, addresses);
    }
    sock_close(list);
    Py_XDECREF(names);
    Py_XDECREF(addresses);
    return answer;
}

static PyObject *by_name(PyObject *module, PyObject *args, const char *format, const char *event,
                         sock_addrinfo_list_t (*ask)(const char *, int64_t))
{
    int64_t list;
    char *name;

    if (name_argument(args, format, event, &name) < 0)
        return NULL;
    WITHOUT_GIL(list = ask(name, SOCK_FOREVER));
    PyMem_Free(name);
    return list < 0 ? error_raise(STATE, list) : host_entry(list);
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
    {"getaddrinfo", (PyCFunction)(void (*)(void))getaddrinfo_, METH_FASTCALL | METH_KEYWORDS,
     "getaddrinfo($module, host, port, family=0, type=0, proto=0, flags=0)\n--\n\n"
     "Return all addresses of a host and a service. Numeric hosts and ports need no resolver."},
    {"getnameinfo", getnameinfo_, METH_VARARGS,
     "getnameinfo($module, address, flags, /)\n--\n\nReturn the names of an address, whose host must be numeric."},
    {"gethostbyname", gethostbyname_, METH_VARARGS,
     "gethostbyname($module, name, /)\n--\n\nReturn the first IPv4 address of a host."},
    {"gethostbyname_ex", gethostbyname_ex, METH_VARARGS,
     "gethostbyname_ex($module, name, /)\n--\n\nReturn the names and all IPv4 addresses of a host."},
    {"gethostbyaddr", gethostbyaddr_, METH_VARARGS,
     "gethostbyaddr($module, address, /)\n--\n\nReturn the names of an address."},
    {NULL, NULL, 0, NULL},
};
