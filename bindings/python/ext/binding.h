/* Shared declarations of the extension. Each subject has its own file, and its functions are declared here under
 * that file's name. */
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

#if BEFORE_3_13
#define Py_IsFinalizing _Py_IsFinalizing
#endif

/* The contents of the capsule `_socket.CAPI`, which `_ssl` reads. */
struct capi {
    PyTypeObject *type;
    PyObject *error;
    PyObject *timeout_error;
};

/* The state of one module object, and so of one interpreter. */
struct state {
    PyObject *module;
    PyInterpreterState *interpreter;
    PyTypeObject *socket_type;
    PyTypeObject *token_type;
    PyTypeObject *message_type;
    PyTypeObject *attempt_type;
    /* The results of recv_many and recv_many_into. */
    PyTypeObject *datagram_type;
    PyTypeObject *filled_type;
    PyObject *herror;
    PyObject *gaierror;
    PyObject *timeout;
    PyObject *closed;
    PyObject *canceled;
    PyObject *end_of_stream;
    /* The type behind the attribute `_sslobj`: see tls.c. */
    PyTypeObject *tls_type;
    /* Weak references to the sockets made from a descriptor, by descriptor: see endpoint.c. */
    PyObject *adopted;
    PyObject *want_read;
    PyObject *want_write;
    /* The subclass that was last found to override no transfer, and its version: see own.c. */
    PyTypeObject *plain_type;
    unsigned int plain_version;
    /* The timeout of new sockets: nanoseconds, -1 for none. */
    int64_t default_timeout;
    struct capi capi;
};

/* A socket. `_ssl` reads the fields up to `timeout` directly, so they match CPython's socketmodule.h and are kept in
 * step with the handle. (ssl makes its sockets from a descriptor number, so the descriptor is exposed and its
 * O_NONBLOCK follows the socket's mode.) When the socket is closed, `fd` is -1 and `handle` is 0. `timeout` is in
 * nanoseconds, -1 for none; while TLS is active, `_ssl` must not wait and sees 0 (tls.c). */
struct socket {
    PyObject_HEAD
    int fd;
    int family;
    int type;
    int proto;
    PyObject *(*error_handler)(void);
    int64_t timeout;

    sock_t handle;
    /* The module's state, which `module`, a strong reference, keeps alive. */
    struct state *state;
    PyObject *module;
    /* The limit of each operation: nanoseconds, -1 for none. */
    int64_t limit;
    /* What ssl stored as `_sslobj`: NULL, None or an object of `_ssl`. */
    PyObject *tls;
    /* Calls of tls.c that are running, and those of them that are inside `_ssl`. */
    int tls_calls;
    int tls_inside;
    /* Whether TLS was ended in an orderly way, so that the socket is used further. */
    char unwrapped;
    /* The limit that the handle has: see socket_set_limit. */
    int64_t applied;
    /* Whether a deadline or a token was ever set, and the deadlines for reading and writing: nanoseconds, -1 for none. */
    char limited;
    int64_t deadlines[2];
    /* The attached token, a strong reference, or NULL. */
    PyObject *token;
    /* Whether `fileno` has exposed the descriptor's number to the program. */
    char exposed;
    /* The number of calls that still skip the try with the lock held: see `transfer.c`. */
    unsigned char patience;
};

/* A cancel token. */
struct token {
    PyObject_HEAD
    /* 0 when closed. */
    sock_cancel_t handle;
    char fired;
};

/* state.c */
extern struct PyModuleDef state_module_def;
struct state *state_of_module(PyObject *module);
/* The state that a type, or its base of this module, belongs to; NULL with an exception. */
struct state *state_of_type(PyTypeObject *type);
/* Makes a type of the module; a new reference. */
PyTypeObject *state_make_type(PyObject *module, PyType_Spec *spec);
/* tp_traverse of types whose objects refer to nothing but their type. */
int state_traverse_object(PyObject *self, visitproc visit, void *arg);

/* gil.c: the lock of the interpreter, and signals. */

/* A result code of the binding itself: an exception is already set. */
#define RAISED (-30001)

/* Releases the lock around a call that may wait. Meanwhile a signal runs Python's handlers, and the call ends with
 * RAISED if one of them raises. */
struct section {
    PyThreadState *outer;
};
void gil_drop(struct section *section);
void gil_take(struct section *section);
int gil_init(void);
#define WITHOUT_GIL(call)        \
    do {                         \
        struct section section_; \
        gil_drop(&section_);     \
        call;                    \
        gil_take(&section_);     \
    } while (0)
/* Whether no other thread could use the lock if it were released. */
int gil_is_unwanted(const struct state *state);
/* For a call that waits for nothing or only for other threads: releases the lock only if another thread could use it. */
#define QUICK(state, call)         \
    do {                           \
        if (gil_is_unwanted(state)) \
            call;                  \
        else                       \
            WITHOUT_GIL(call);     \
    } while (0)

/* error.c */

/* Raises the exception of a negative code; always NULL. */
PyObject *error_raise(struct state *state, int64_t code);
/* The result of a call without a value: NULL with an exception for a negative code, else None. */
PyObject *error_or_none(struct state *state, int64_t code);
/* Raises OSError from errno; always NULL. */
PyObject *error_errno(void);
/* Sets an attribute of the current exception. Steals `value`; does nothing if it is NULL. */
void error_annotate(const char *name, PyObject *value);
int error_init(PyObject *module, struct state *state);
int error_init_own(PyObject *module, struct state *state);

/* argument.c: argument checks for functions that take a vector, as PyArg_ParseTuple does them for a tuple. */
int argument_count(const char *function, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most);
int argument_int(PyObject *object, int *out);
int argument_size(PyObject *object, Py_ssize_t *out);
/* A host as bytes without a NUL, IDNA-encoded unless it is ASCII. Release it with argument_free. */
struct host {
    PyObject *owner;
    const char *text;
};
int argument_host(PyObject *object, struct host *out);
/* Checks the length of a host before the idna codec does, whose time grows with the square of it. -1 with UnicodeError. */
int argument_fits_idna(PyObject *object);
void argument_free(struct host *host);
/* Converts seconds to nanoseconds, rounded away from zero; None becomes -1. */
int argument_timeout(PyObject *object, int64_t *out);
/* The same for a deadline: any time too far away for nanoseconds, infinity too, is no deadline. */
int argument_deadline(PyObject *object, int64_t *out);
/* The handle of an open token, or 0 for None. -1 with an exception for anything else. */
sock_cancel_t argument_token(struct state *state, PyObject *object);
PyObject *argument_seconds(int64_t ns);

/* address.c */

/* Converts an address of the socket's family. Error texts begin with `caller`. Releases the lock during lookups.
 * Returns 0 or -1. */
int address_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller);
/* The address as Python represents it; None for the empty address. `proto` is the socket's. */
PyObject *address_to_python(const struct sock_addr *address, int proto);
/* The tuple (first, second). Steals both references; NULL if either is NULL. */
PyObject *pair(PyObject *first, PyObject *second);
/* The host of an IP address, as text. */
PyObject *address_host(const struct sock_addr *address);

/* family.c: the same for families other than IP and AF_UNIX. NULL without an exception: the form is unknown. */
int family_from_python(struct socket *self, PyObject *address, struct sock_addr *out, const char *caller);
PyObject *family_to_python(const struct sock_addr *address, int proto);

/* socket.c */
/* Sets the deadline of the directions. Returns a code of libsock. */
int64_t socket_set_deadline(struct socket *self, int direction, int64_t ns);
/* Attaches a token, which was checked, or None. Returns a code of libsock. */
int64_t socket_set_token(struct socket *self, PyObject *token, sock_cancel_t handle);
/* Sets the limit, on the object and on the handle. Returns a code of libsock. */
int64_t socket_set_limit(struct socket *self, int64_t ns);
int socket_init_type(PyObject *module, struct state *state);
/* Makes a socket object that owns the handle; closes the handle on failure. `type`: as requested by the caller. */
PyObject *socket_wrap(struct state *state, sock_t handle, int type);

/* What the caller asked for; -1 for values not given. */
struct label {
    int family, type, proto;
};

/* endpoint.c */

/* Takes the connection that `_accept` keeps for this descriptor, or returns 0. */
sock_t endpoint_take_accepted(int fd);
/* The handle for a descriptor: the one `_accept` keeps, or a new one, which sets `adopted`. */
int64_t endpoint_from_descriptor(int fd, struct label given, int *adopted);
/* Remembers which object was made from a descriptor. 0, or -1 with an exception. */
int endpoint_adopt(struct socket *self, int fd);
/* Gives the deadlines and the token of a socket that was detached from the descriptor to the one made from it. */
void endpoint_hand_over(struct socket *from, int fd);

/* Methods, by subject. */
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
METHOD_KEYWORDS(transfer_sendfile);

/* own.c: the methods that CPython lacks. Their entries in the method table are made here, so that each obeys the rule
 * of own.c for subclasses that override transfers. */
METHOD_KEYWORDS(own_recv_exact);
METHOD_KEYWORDS(own_recv_exact_into);
METHOD_KEYWORDS(own_recv_message);
METHOD_KEYWORDS(own_send_message);
METHOD_KEYWORDS(own_sendfile);
METHOD_KEYWORDS(own_send_many);
METHOD_KEYWORDS(own_recv_many);
METHOD_KEYWORDS(own_recv_many_into);

/* tls.c: TLS of the standard library within the limits of the socket. */
PyObject *tls_get(PyObject *self, void *unused);
int tls_set(PyObject *self, PyObject *value, void *unused);
/* Waits until no thread but this one is inside `_ssl` with a socket whose handle has been taken. */
void tls_leave(struct socket *self);
/* A time that TLS calls of this thread must obey besides the socket's limit: nanoseconds, 0 for none. Returns the
 * previous one. */
int64_t tls_until(int64_t when);
int64_t tls_now(void);
int tls_init(PyObject *module, struct state *state);

/* message.c */
METHOD(message_recvmsg);
METHOD(message_recvmsg_into);
METHOD(message_sendmsg);
METHOD_KEYWORDS(message_sendmsg_afalg);
METHOD(message_cmsg_len);
METHOD(message_cmsg_space);
/* A growing buffer of control messages. The owner frees `data` with PyMem_Free. */
struct ancillary {
    char *data;
    size_t length;
};
/* Appends the items of an iterable of (level, type, bytes). `refusal`: the error text for anything else; `format` parses
 * one item. 0, or -1 with an exception. */
int message_ancillary(PyObject *object, const char *refusal, const char *format, struct ancillary *out);
/* The control messages as a list of (level, type, bytes). On NULL the caller must close the descriptors received. */
PyObject *message_control_list(const void *control, size_t length);

/* batch.c */
METHOD_KEYWORDS(batch_send_many);
METHOD_KEYWORDS(batch_recv_many);
METHOD_KEYWORDS(batch_recv_many_into);
METHOD(batch_setgro);
int batch_init(PyObject *module, struct state *state);

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

/* poller.c */
int poller_init(PyObject *module, struct state *state);

/* connection.c */
METHOD_KEYWORDS(connection_dial);
int connection_init(PyObject *module, struct state *state);

/* netdb.c and lookup.c */
extern PyMethodDef netdb_methods[];
extern PyMethodDef lookup_methods[];
/* The text of a host for a lookup: unlike argument_host, encoding errors are UnicodeError. Does nothing for None. */
int lookup_host(PyObject *object, struct host *out);
/* The port as libsock takes it. The C library, and so CPython, also accepts "", "+80" and " 80". */
const char *lookup_port(const char *port, char digits[8]);
/* Raises the error of a lookup of `port`, which may be NULL. libsock reports an argument that it rejects as -EINVAL: a
 * port out of range is an unknown service, a host that cannot be encoded is an unknown host. Always NULL. */
PyObject *lookup_raise(struct state *state, int64_t code, const char *port);

/* capi.c */
int capi_init(PyObject *module, struct state *state);

#endif
