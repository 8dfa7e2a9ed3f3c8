/* Addresses of families other than IP and AF_UNIX, as the tuples of CPython's module. */
#include "binding.h"

#include <net/if.h>
#include <linux/tipc.h>
#include <string.h>

/* <bluetooth/bluetooth.h> is rarely installed. */
enum { L2CAP = 0, HCI = 1, SCO = 2, RFCOMM = 3 };

/* <linux/can.h> of older systems lacks J1939. */
enum { RAW = 1, BCM = 2, ISOTP = 6, J1939 = 7 };

/* Raises the error of an address constructor; libsock's text names the field. */
static int refused(struct socket *self, int64_t code, const char *caller)
{
    char text[256];

    if (code == -EINVAL) {
        sock_last_error(NULL, text, sizeof text);
        PyErr_Format(PyExc_OverflowError, "%s(): %s", caller, text);
    } else if (code < 0) {
        error_raise(self->state, code);
    }
    return code < 0 ? -1 : 0;
}

static int is_tuple(PyObject *address, const char *caller, const char *family)
{
    if (PyTuple_Check(address))
        return 1;
    PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", caller, family,
                 Py_TYPE(address)->tp_name);
    return 0;
}

/* Parses two numbers: AF_NETLINK, AF_VSOCK, AF_QIPCRTR. */
static int numbers(PyObject *address, const char *caller, const char *family, const char *format, long long pair[2])
{
    return is_tuple(address, caller, family) && PyArg_ParseTuple(address, format, &pair[0], &pair[1]) ? 0 : -1;
}

/* AF_PACKET --------------------------------------------------------------------------------------- */

static int packet(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    const char *interface;
    int protocol, type = 0, hatype = 0;
    Py_buffer hardware = {0};
    int64_t code;

    if (!is_tuple(address, caller, "AF_PACKET"))
        return -1;
    if (!PyArg_ParseTuple(address, "si|iiy*;AF_PACKET address must be a tuple of two to five elements", &interface,
                          &protocol, &type, &hatype, &hardware)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_OverflowError, "%s(): address argument out of range", caller);
        return -1;
    }
    /* CPython checks in this order: interface, hardware address, protocol. */
    code = *interface == '\0' ? 0 : sock_if_nametoindex(interface);
    if (code >= 0 && hardware.len > 8) {
        PyErr_SetString(PyExc_ValueError, "Hardware address must be 8 bytes or less");
        code = RAISED;
    } else if (code >= 0 && (protocol < 0 || protocol > 0xffff)) {
        PyErr_Format(PyExc_OverflowError, "%s(): proto must be 0-65535.", caller);
        code = RAISED;
    } else if (code >= 0) {
        code = sock_addr_packet(interface, protocol, type, hatype, hardware.buf, (size_t)hardware.len, out);
    }
    if (hardware.obj != NULL)
        PyBuffer_Release(&hardware);
    return refused(self, code, caller);
}

static PyObject *packet_tuple(const struct sock_addr *address)
{
    char interface[64], hardware[32];
    int64_t protocol, type, hatype, code;
    size_t length;

    code = sock_addr_get_packet(address, interface, sizeof interface, NULL, &protocol, &type, &hatype, hardware,
                                sizeof hardware, &length);
    if (code < 0)
        return NULL;
    return Py_BuildValue("NiLLy#", PyUnicode_DecodeFSDefault(interface), (int)protocol, (long long)type, (long long)hatype,
                         hardware, (Py_ssize_t)length);
}

/* AF_CAN ------------------------------------------------------------------------------------------ */

static int can_make(int proto, const char *interface, PyObject *address, struct sock_addr *out, int64_t *code)
{
    PyObject *name;
    unsigned long rx, tx;
    unsigned long long device;
    long long pgn, node;

    switch (proto) {
    case ISOTP:
        if (!PyArg_ParseTuple(address, "Okk;AF_CAN address must be a tuple (interface, rx_id, tx_id)", &name, &rx, &tx))
            return -1;
        *code = sock_addr_isotp(interface, (int64_t)rx, (int64_t)tx, out);
        return 0;
    case J1939:
        if (!PyArg_ParseTuple(address, "OKLL;AF_CAN address must be a tuple (interface, name, pgn, addr)", &name, &device,
                              &pgn, &node))
            return -1;
        *code = sock_addr_j1939(interface, device, pgn, node, out);
        return 0;
    default:
        *code = sock_addr_can(interface, out);
        return 0;
    }
}

static int can(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    PyObject *name = NULL;
    int64_t code = 0;
    int result;

    if (self->proto != RAW && self->proto != BCM && self->proto != ISOTP && self->proto != J1939) {
        PyErr_Format(PyExc_OSError, "%s(): unsupported CAN protocol", caller);
        return -1;
    }
    if (!is_tuple(address, caller, "AF_CAN"))
        return -1;
    if (PyTuple_GET_SIZE(address) < 1 || (self->proto < ISOTP && PyTuple_GET_SIZE(address) > 1)) {
        PyErr_SetString(PyExc_TypeError, "AF_CAN address must be a tuple (interface, )");
        return -1;
    }
    if (!PyUnicode_FSConverter(PyTuple_GET_ITEM(address, 0), &name))
        return -1;
    if (PyBytes_GET_SIZE(name) >= IFNAMSIZ) {
        PyErr_SetString(PyExc_OSError, "AF_CAN interface name too long");
        Py_DECREF(name);
        return -1;
    }
    result = can_make(self->proto, PyBytes_AS_STRING(name), address, out, &code);
    Py_DECREF(name);
    return result < 0 ? -1 : refused(self, code, caller);
}

static PyObject *can_tuple(const struct sock_addr *address, int proto)
{
    char interface[64];
    int64_t rx, tx, pgn, node;
    uint64_t device;

    if (sock_addr_get_can(address, interface, sizeof interface, NULL) < 0)
        return NULL;
    if (proto == ISOTP && sock_addr_get_isotp(address, NULL, 0, NULL, &rx, &tx) >= 0)
        return Py_BuildValue("NLL", PyUnicode_DecodeFSDefault(interface), (long long)rx, (long long)tx);
    if (proto == J1939 && sock_addr_get_j1939(address, NULL, 0, NULL, &device, &pgn, &node) >= 0)
        return Py_BuildValue("NKLL", PyUnicode_DecodeFSDefault(interface), (unsigned long long)device, (long long)pgn,
                             (long long)node);
    return Py_BuildValue("(N)", PyUnicode_DecodeFSDefault(interface));
}

/* AF_TIPC ----------------------------------------------------------------------------------------- */

static int tipc(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    long long type, v1, v2, v3, scope = TIPC_CLUSTER_SCOPE;

    if (!is_tuple(address, caller, "AF_TIPC"))
        return -1;
    if (!PyArg_ParseTuple(address, "LLLL|L;AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])", &type, &v1,
                          &v2, &v3, &scope))
        return -1;
    if (type != TIPC_ADDR_NAMESEQ && type != TIPC_ADDR_NAME && type != TIPC_ADDR_ID) {
        PyErr_Format(PyExc_TypeError, "%s(): Invalid address type", caller);
        return -1;
    }
    /* In Python's tuples only a range has a third number. */
    return refused(self, sock_addr_tipc(type, v1, v2, type == TIPC_ADDR_NAMESEQ ? v3 : 0, scope, out), caller);
}

static PyObject *tipc_tuple(const struct sock_addr *address)
{
    int64_t type, v1, v2, v3, scope;

    if (sock_addr_get_tipc(address, &type, &v1, &v2, &v3, &scope) < 0) {
        PyErr_SetString(PyExc_ValueError, "Invalid address type");
        return NULL;
    }
    /* For a name, CPython repeats the instance. */
    return Py_BuildValue("LLLLL", (long long)type, (long long)v1, (long long)v2,
                         (long long)(type == TIPC_ADDR_NAME ? v2 : v3), (long long)scope);
}

/* AF_BLUETOOTH ------------------------------------------------------------------------------------ */

static int bluetooth_make(int proto, PyObject *address, struct sock_addr *out, int64_t *code)
{
    long long one, two = 0, three = 0;
    const char *controller;

    switch (proto) {
    case L2CAP:
        if (!PyTuple_Check(address) || !PyArg_ParseTuple(address, "sL|LL", &controller, &one, &two, &three))
            return -1;
        *code = sock_addr_l2cap(controller, one, two, three, out);
        return 0;
    case RFCOMM:
        if (!PyTuple_Check(address) || !PyArg_ParseTuple(address, "sL", &controller, &one))
            return -1;
        *code = sock_addr_rfcomm(controller, one, out);
        return 0;
    case HCI:
        if (!PyArg_Parse(address, PyTuple_Check(address) && PyTuple_GET_SIZE(address) == 2 ? "(LL)"
                                  : PyTuple_Check(address)                                 ? "(L)"
                                                                                           : "L",
                         &one, &two))
            return -1;
        *code = sock_addr_hci(one, two, out);
        return 0;
    default:
        if (!PyArg_Parse(address, PyBytes_Check(address) ? "y" : "s", &controller))
            return -1;
        *code = sock_addr_sco(controller, out);
        return 0;
    }
}

static int bluetooth(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    int64_t code;

    if (self->proto < L2CAP || self->proto > RFCOMM) {
        PyErr_Format(PyExc_OSError, "%s(): unknown Bluetooth protocol", caller);
        return -1;
    }
    if (bluetooth_make(self->proto, address, out, &code) < 0) {
        PyErr_Format(PyExc_OSError, "%s(): wrong format", caller);
        return -1;
    }
    if (code == -EINVAL) {
        char text[256];

        sock_last_error(NULL, text, sizeof text);
        if (strncmp(text, "bdaddr", 6) == 0) {
            PyErr_SetString(PyExc_OSError, "bad bluetooth address");
            return -1;
        }
    }
    return refused(self, code, caller);
}

static PyObject *bluetooth_tuple(const struct sock_addr *address, int proto)
{
    char controller[18];
    int64_t one, two, three;

    switch (proto) {
    case L2CAP:
        if (sock_addr_get_l2cap(address, controller, sizeof controller, &one, &two, &three) < 0)
            return NULL;
        if (three != 0)
            return Py_BuildValue("sLLL", controller, (long long)one, (long long)two, (long long)three);
        return two != 0 ? Py_BuildValue("sLL", controller, (long long)one, (long long)two)
                        : Py_BuildValue("sL", controller, (long long)one);
    case RFCOMM:
        if (sock_addr_get_rfcomm(address, controller, sizeof controller, &one) < 0)
            return NULL;
        return Py_BuildValue("sL", controller, (long long)one);
    case HCI:
        return sock_addr_get_hci(address, &one, &two) < 0 ? NULL : PyLong_FromLongLong(one);
    case SCO:
        return sock_addr_get_sco(address, controller, sizeof controller) < 0 ? NULL : PyUnicode_FromString(controller);
    default:
        PyErr_SetString(PyExc_ValueError, "Unknown Bluetooth protocol");
        return NULL;
    }
}

/* AF_ALG ------------------------------------------------------------------------------------------ */

static int alg(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    const char *type, *algorithm;
    long long feat = 0, mask = 0;
    int64_t code;

    if (!is_tuple(address, caller, "AF_ALG"))
        return -1;
    if (!PyArg_ParseTuple(address, "ss|LL;AF_ALG address must be a tuple (type, name [,feat[,mask]])", &type, &algorithm,
                          &feat, &mask))
        return -1;
    code = sock_addr_alg(type, algorithm, feat, mask, out);
    if (code == -ENAMETOOLONG) {
        PyErr_SetString(PyExc_ValueError, strlen(type) > 13 ? "AF_ALG type too long." : "AF_ALG name too long.");
        return -1;
    }
    return refused(self, code, caller);
}

static PyObject *alg_tuple(const struct sock_addr *address)
{
    char type[14], algorithm[64];
    int64_t feat, mask;

    if (sock_addr_get_alg(address, type, sizeof type, algorithm, sizeof algorithm, &feat, &mask) < 0)
        return NULL;
    return Py_BuildValue("ssLL", type, algorithm, (long long)feat, (long long)mask);
}

/* All families ------------------------------------------------------------------------------------ */

int family_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller)
{
    long long pair[2];

    switch (self->family) {
    case AF_NETLINK:
        if (numbers(address, caller, "AF_NETLINK", "LL;AF_NETLINK address must be a pair (pid, groups)", pair) < 0)
            return -1;
        return refused(self, sock_addr_netlink(pair[0], pair[1], out), caller);
    case AF_VSOCK:
        if (numbers(address, caller, "AF_VSOCK", "LL;AF_VSOCK address must be a pair (cid, port)", pair) < 0)
            return -1;
        return refused(self, sock_addr_vsock(pair[0], pair[1], 0, out), caller);
    case AF_QIPCRTR:
        if (numbers(address, caller, "AF_QIPCRTR", "LL;AF_QIPCRTR address must be a pair (node, port)", pair) < 0)
            return -1;
        /* CPython leaves the refusal to the kernel, and its tests expect the kernel's error. */
        if (sock_addr_qipcrtr(pair[0], pair[1], out) == 0)
            return 0;
        error_raise(self->state, -EINVAL);
        return -1;
    case AF_PACKET:
        return packet(self, address, out, caller);
    case AF_CAN:
        return can(self, address, out, caller);
    case AF_TIPC:
        return tipc(self, address, out, caller);
    case AF_BLUETOOTH:
        return bluetooth(self, address, out, caller);
    case AF_ALG:
        return alg(self, address, out, caller);
    default:
        PyErr_Format(PyExc_OSError, "%s(): bad family", caller);
        return -1;
    }
}

PyObject *family_to_python(const struct sock_addr *address, int proto)
{
    int64_t one, two;

    switch (sock_addr_family(address)) {
    case AF_NETLINK:
        return sock_addr_get_netlink(address, &one, &two) < 0 ? NULL : Py_BuildValue("LL", (long long)one, (long long)two);
    case AF_VSOCK:
        return sock_addr_get_vsock(address, &one, &two, NULL) < 0 ? NULL : Py_BuildValue("LL", (long long)one, (long long)two);
    case AF_QIPCRTR:
        return sock_addr_get_qipcrtr(address, &one, &two) < 0 ? NULL : Py_BuildValue("LL", (long long)one, (long long)two);
    case AF_PACKET:
        return packet_tuple(address);
    case AF_CAN:
        return can_tuple(address, proto);
    case AF_TIPC:
        return tipc_tuple(address);
    case AF_BLUETOOTH:
        return bluetooth_tuple(address, proto);
    case AF_ALG:
        return alg_tuple(address);
    default:
        return NULL;
    }
}
