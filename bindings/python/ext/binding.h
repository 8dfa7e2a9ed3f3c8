/* What the files of the extension share. Each subject has a file of its own; its functions are declared here
 * under that file's name. */
#ifndef LIBSOCK_BINDING_H
#define LIBSOCK_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "sock.h"

#define BEFORE_3_9 (PY_VERSION_HEX < 0x03090000)
#define BEFORE_3_10 (PY_VERSION_HEX < 0x030A0000)
#define BEFORE_3_12 (PY_VERSION_HEX < 0x030C0000)
#define BEFORE_3_13 (PY_VERSION_HEX < 0x030D0000)

/* What `_ssl` reads out of the capsule `_socket.CAPI`. */
struct capi {
    PyTypeObject *type;
    PyObject *error;
    PyObject *timeout_error;
};

/* What belongs to one interpreter. */
struct state {
    PyInterpreterState *interpreter;
    PyTypeObject *socket_type;
    PyTypeObject *token_type;
    PyTypeObject *message_type;
    PyTypeObject *attempt_type;
    PyObject *herror;
    PyObject *gaierror;
    PyObject *timeout;
    PyObject *closed;
    PyObject *canceled;
    PyObject *end_of_stream;
    /* Of new sockets: nanoseconds, -1 for none. */
    int64_t default_timeout;
    struct capi capi;
};

/* A socket. `_ssl` reads the fields up to `timeout`, which therefore stand as in CPython's socketmodule.h and are
 * kept in step with the handle. (A socket under ssl was made from a number, and is seen therefore: its O_NONBLOCK is
 * that of its mode.) `fd` is -1 and `handle` 0 when it is closed; `timeout` is in nanoseconds, -1 for
 * none. */
struct socket {
    PyObject_HEAD
    int fd;
    int family;
    int type;
    int proto;
    PyObject *(*error_handler)(void);
    int64_t timeout;

    sock_t handle;
    struct state *state;
    /* The token attached, kept alive; or NULL. */
    PyObject *token;
    /* Whether the program may have the descriptor's number: `fileno` makes it so. */
    char seen;
    /* How many calls still go straight to the wait: see `transfer.c`. */
    unsigned char patience;
};

/* A cancel token. */
struct token {
    PyObject_HEAD
    sock_cancel_t handle;
    char fired;
};

/* module.c */
extern struct PyModuleDef module_def;
struct state *module_state(PyObject *module);
struct state *module_state_of(PyTypeObject *type);

/* gil.c: the lock of the interpreter, and signals. */

/* A code of the binding's own: an exception is set already. */
#define RAISED (-30001)

/* Drops the lock for a call that may wait. While it is dropped, signals run Python's handlers; when one raises, the
 * call ends with RAISED. */
struct section {
    PyThreadState *outer;
};
void gil_drop(struct section *section);
void gil_take(struct section *section);
#define WITHOUT_GIL(call)        \
    do {                         \
        struct section section_; \
        gil_drop(&section_);     \
        call;                    \
        gil_take(&section_);     \
    } while (0)
/* Whether no other thread could use the lock if it were dropped. */
int gil_is_unwanted(const struct state *state);
/* For a call that waits for nothing, or for other threads alone: drops the lock only where somebody could use it. */
#define QUICK(state, call)         \
    do {                           \
        if (gil_is_unwanted(state)) \
            call;                  \
        else                       \
            WITHOUT_GIL(call);     \
    } while (0)

/* error.c */

/* libsock's codes of EAI_SERVICE and EAI_NONAME, for what the binding itself finds. */
#define SERVICE_UNKNOWN (-21008)
#define HOST_UNKNOWN (-21002)

/* Raises the exception of a negative code; always NULL. */
PyObject *error_raise(struct state *state, int64_t code);
/* The same for a call that must not have failed without reason: NULL for code < 0, else None. */
PyObject *error_or_none(struct state *state, int64_t code);
/* OSError of errno alone. */
PyObject *error_errno(void);
/* Sets an attribute of the exception that is being raised. Takes `value`; does nothing where it is NULL. */
void error_annotate(const char *name, PyObject *value);
int error_init(PyObject *module, struct state *state);
int error_init_own(PyObject *module, struct state *state);

/* argument.c: what PyArg_ParseTuple does, for functions that take a vector. */
int argument_count(const char *function, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most);
int argument_int(PyObject *object, int *out);
int argument_size(PyObject *object, Py_ssize_t *out);
/* A host as bytes without NUL: IDNA where it is not ASCII. For PyArg_Parse's O&: frees with argument_free. */
struct host {
    PyObject *owner;
    const char *text;
};
int argument_host(PyObject *object, struct host *out);
void argument_free(struct host *host);
/* Seconds, or None: nanoseconds rounded away from zero, -1 for None. */
int argument_timeout(PyObject *object, int64_t *out);
PyObject *argument_seconds(int64_t ns);

/* address.c */

/* Converts an address of a socket's family; `caller` begins the texts of errors. Drops the lock for lookups. 0 or -1. */
int address_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller);
/* The Python form; None for the empty address. `family` and `proto` are the socket's. */
PyObject *address_to_python(const struct sock_addr *address, int proto);
/* (first, second), of two new references or NULL. */
PyObject *pair(PyObject *first, PyObject *second);
/* The text of an IP address. */
PyObject *address_host(const struct sock_addr *address);

/* family.c: the same for the families beyond IP and AF_UNIX. NULL without an exception: of no form that is known. */
int family_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller);
PyObject *family_to_python(const struct sock_addr *address, int proto);

/* A type of the module, a new reference. */
PyTypeObject *type_make(PyObject *module, PyType_Spec *spec);
/* What the types' objects lead to: their type alone. */
int type_traverse(PyObject *self, visitproc visit, void *arg);

/* socket.c */
int socket_init_type(PyObject *module, struct state *state);
/* A socket object around a handle, which it owns; on failure the handle is closed. `type`: as it was asked for. */
PyObject *socket_wrap(struct state *state, sock_t handle, int type);

/* What a socket is: -1 where it was not said. */
struct label {
    int family, type, proto;
};

/* endpoint.c */

/* The connection that `_accept` has just made and of which only the number is out, or 0. */
sock_t endpoint_take_accepted(int fd);
/* A handle for a descriptor: the one that is waiting for it, or a new one. */
int64_t endpoint_from_descriptor(int fd, struct label given);

/* The methods of each subject. */
#define METHOD(name) PyObject *name(PyObject *, PyObject *)
#define METHOD_KEYWORDS(name) PyObject *name(PyObject *, PyObject *, PyObject *)
#define METHOD_VECTOR(name) PyObject *name(PyObject *, PyObject *const *, Py_ssize_t)
#define METHOD_VECTOR_KEYWORDS(name) PyObject *name(PyObject *, PyObject *const *, Py_ssize_t, PyObject *)

/* endpoint.c */
METHOD(endpoint_bind);
METHOD(endpoint_listen);
METHOD(endpoint_accept);
METHOD(endpoint_connect);
METHOD(endpoint_connect_ex);
METHOD(endpoint_shutdown);
METHOD(endpoint_getsockname);
METHOD(endpoint_getpeername);

/* transfer.c */
METHOD_VECTOR(transfer_recv);
METHOD_VECTOR(transfer_recvfrom);
METHOD_VECTOR_KEYWORDS(transfer_recv_into);
METHOD_VECTOR_KEYWORDS(transfer_recvfrom_into);
METHOD_VECTOR(transfer_send);
METHOD_VECTOR(transfer_sendall);
METHOD_VECTOR(transfer_sendto);
METHOD_KEYWORDS(transfer_recv_exact);
METHOD_KEYWORDS(transfer_recv_exact_into);

/* message.c */
METHOD(message_recvmsg);
METHOD(message_recvmsg_into);
METHOD(message_sendmsg);
METHOD_KEYWORDS(message_sendmsg_afalg);
METHOD(message_cmsg_len);
METHOD(message_cmsg_space);

/* control.c: typed control data. */
METHOD_KEYWORDS(control_recv_message);
METHOD_KEYWORDS(control_send_message);
int control_init(PyObject *module, struct state *state);

/* option.c */
METHOD(option_set);
METHOD(option_get);
METHOD(option_settimeout);
METHOD(option_gettimeout);
METHOD(option_setblocking);
METHOD(option_getblocking);
METHOD(option_setdefaulttimeout);
METHOD(option_getdefaulttimeout);
METHOD_KEYWORDS(option_setdeadline);
METHOD(option_setcancel);

/* cancel.c */
int cancel_init(PyObject *module, struct state *state);

/* connection.c */
METHOD_KEYWORDS(connection_dial);
int connection_init(PyObject *module, struct state *state);

/* netdb.c and lookup.c */
extern PyMethodDef netdb_methods[];
extern PyMethodDef lookup_methods[];

/* capi.c */
int capi_init(PyObject *module, struct state *state);

#endif
