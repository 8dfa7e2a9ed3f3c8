/* libsock: the socket module of the best language runtimes, as one shared library
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 * Generated from src/ffi: `make header` writes it, a test compares it.
 *
 * This file is the reference of the C API. What holds for every function is said here, once; each
 * function says the rest: what it does, its parameters, who owns what, which errors, since when.
 *
 * NAMES. Everything begins with sock_ or SOCK_; behind it stands the BSD or the Python name. The
 * system's constants (AF_INET, SOCK_STREAM, SO_REUSEADDR ...) come from the system's headers, which
 * this one does not include. Everything here is a function of the library, a type or a number: no
 * inline functions, so that every language can use all of it.
 *
 * RESULTS. A result >= 0 is what was asked for: a handle, a count, or 0. A negative one is a code:
 *
 *     sock_t s = sock_socket(AF_INET, SOCK_STREAM, 0);
 *     if (s < 0)
 *         fprintf(stderr, "socket: %s\n", sock_strerror(s));
 *
 * What the system reported is the negative errno (-ECONNREFUSED); what libsock itself decided has a
 * code of its own (SOCK_ETIMEDOUT), the same on every platform and never an errno. `errno` is set
 * too, to the nearest system value, but nothing depends on it. A call that succeeds leaves it alone.
 * Outputs are written on success only; the exception, a count of work that was done in part, is
 * named where it occurs.
 *
 * HANDLES are numbers, never pointers: sockets, cancel tokens and every other kind. A handle is
 * greater than 0 and below 2^53, so that a double holds it. A number that is no live handle (0,
 * negative, closed, invented) is answered with -EBADF, a live handle of another kind with -ENOTSOCK.
 * Nothing done with a number is undefined behaviour; closing twice does no harm, because a number
 * that was closed does not come back as another handle. sock_close() closes every kind.
 *
 * ARGUMENTS. NULL where a pointer is needed is -EFAULT, but a buffer of length 0 is never looked at
 * and may be NULL. A field out of its range is refused with -EINVAL, never cut to fit, and
 * sock_last_error() then holds a sentence that names it. Pointers that are not NULL must be valid
 * and aligned for as long as the call runs. Sizes are size_t, counts and codes int64_t or int.
 *
 * TEXTS into a buffer follow snprintf(3): what fits is written, always with a NUL; the length needed
 * is returned, without the NUL. Capacity 0 with NULL only asks for the length.
 *
 * OWNERSHIP. libsock keeps no pointer of the caller after a call has returned, unless the function
 * says so. Handles belong to the caller until sock_close(). `const char *` results are static and
 * never freed. Descriptors that libsock makes or receives are close-on-exec from birth, and no error
 * path leaves one open.
 *
 * TIME is int64_t nanoseconds on the monotonic clock of sock_now(). SOCK_FOREVER (2^62) and
 * everything above it is for ever; negative is refused. As a timeout, 0 tries once; as a deadline, 0
 * is a moment that has passed. A wait never ends before its time, and what retries inside (signals,
 * partial transfers, several addresses) never starts the clock anew. Where a timeout and a deadline
 * both apply, the earlier one wins.
 *
 * THREADS. Every function may be called from any thread at any time, with the same handle too.
 * sock_close() wakes the threads that wait on the handle, with SOCK_ECLOSED, and returns when no
 * call uses it any more. No function is a cancellation point. Threads that libsock starts, when one
 * is needed, block every signal.
 *
 * SIGNALS. libsock touches no signal disposition, and SIGPIPE never arrives from its calls: writing
 * to a closed connection is -EPIPE. A signal neither ends nor prolongs a wait. A function may be
 * called from a signal handler only where it says "async-signal-safe".
 *
 * FORK. Handles work in the child. What the child closes stays open in the parent, and the other way
 * round. Cancel tokens that had fired have fired in the child too.
 *
 * CONTENTS
 *   Handles
 *   Addresses
 *   Sockets
 *   Sending and receiving
 *   Sending files
 *   Standard streams
 *   Buffered streams
 *   Messages
 *   Control messages
 *   Timeouts
 *   Deadlines
 *   Cancel tokens
 *   Interrupts
 *   Options
 *   Address families
 *   Network database
 *   Conversions
 *   Names
 *   Connections
 *   Servers
 *   Constants
 *   Errors
 *   Versions
 */
#ifndef SOCK_H
#define SOCK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Stands before functions whose result must be looked at: ignoring it loses a handle or data. */
#if defined(__GNUC__)
#define SOCK_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SOCK_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------------------------------------------------
 * Handles
 * -------------------------------------------------------------------------------------------------
 *
 * A handle is a number, never a pointer: copy it, compare it, keep it in any integer of 53 bits or
 * more. 0 and negative numbers are never handles. A number that is no live handle answers -EBADF
 * from every function, a live handle of another kind -ENOTSOCK; nothing done with a handle is
 * undefined behaviour, and closing one twice is harmless. A number is not used again for another
 * handle before 2^28 - 1 others have stood in its place.
 */

/** A handle of any kind: greater than 0. In a result, a negative number is a code. */
typedef int64_t sock_t;

/** The handle of a cancel token. */
typedef int64_t sock_cancel_t;

/**
 * Closes a handle of any kind.
 *
 * Calls that wait on it in other threads return SOCK_ECLOSED, in every address family; the
 * function waits until they have left and then closes the descriptor itself, so that no call ever
 * meets a stranger's descriptor and an address is free when it returns. Only when a call stays (in
 * a hook of the program, say) for more than 100 ms, or when the closing thread is itself inside a
 * call on the handle, the last call closes instead and this one returns 0 at once.
 * A cancel token is fired first; a buffered stream is flushed and leaves its socket open. Never calls shutdown(2): a duplicate may live in another process.
 * The handle is gone whatever the answer.
 *
 * Returns 0; -EBADF when `s` is not open; else the error of close(2), such as -EIO or -ECONNRESET.
 * Any thread; also from an interrupt hook. Not from a signal handler. Since 0.1.0. See close(2).
 */
int sock_close(sock_t s);


/* -------------------------------------------------------------------------------------------------
 * Addresses
 * -------------------------------------------------------------------------------------------------
 *
 * One value holds an address of any family: `struct sock_addr`, with a native sockaddr inside. Each
 * family has a constructor and a getter with named fields, and every address has one text form that
 * reads back as the same address:
 *
 *   192.0.2.1:80                 AF_INET
 *   [2001:db8::1]:80             AF_INET6; a flow label that is not 0 follows: [::1]:80?flowinfo=5
 *   [fe80::1%eth0]:80            the zone by name, or by index where the name says nothing: %2
 *   unix:/run/x  unix:relative   AF_UNIX, a path
 *   unix:@name                   AF_UNIX, an abstract name: @ stands for its leading NUL
 *   unix:                        AF_UNIX without a name
 *   unspec:                      the empty address, of length 0
 *   af44:00ff                    any other: the number of the family, and the bytes behind it
 *
 * Those of AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK and AF_QIPCRTR are in
 * "Address families".
 *
 * In names, %XX stands for a byte: always for NUL, %, control bytes and bytes above 0x7e, for the @
 * with which a path begins, and for the ] in a zone. A number as the zone is always an index.
 *
 * These functions never look a name up, and make no system call but for the name of an interface.
 * An address that a caller fills by hand must have a `len` of 0 or 2 to 128 and a `zero` of 0; every
 * function answers others with -EINVAL. Each function may be called from any thread.
 */

/**
 * A socket address of any family: a native address and its length. Fixed for ever; 136 bytes.
 *
 * Make one with the functions below, or with `sock_addr_from_native`. `{0}` is the empty address,
 * where the kernel has none to tell. Copy it by assignment; it owns nothing.
 */
struct sock_addr {
    /** Bytes of `native` that count: 0, or 2 to 128. */
    uint32_t len;
    /** Must be 0. */
    uint32_t zero;
    /** The native address (`struct sockaddr_in` and the like), aligned for any of them. */
    uint64_t native[16];
};

/**
 * Makes the address of a numeric host and a port.
 *
 * `host`: "192.0.2.1" or "2001:db8::1" as inet_pton(3) takes them, an IPv6 one with its zone where it
 * has one ("fe80::1%eth0", "fe80::1%2"; a name only with link-local addresses). NULL or "" is
 * 0.0.0.0, "<broadcast>" is 255.255.255.255.
 * `port`: 0 to 65535, in host order.
 * `out`: receives the address, AF_INET or AF_INET6 as the host is.
 * Returns 0; -EINVAL for a host that is not numeric and a port out of range; -ENODEV for a zone
 * that no interface has; -EFAULT for NULL. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_addr_ip(const char *host, int64_t port, struct sock_addr *out);

/**
 * Makes an AF_INET6 address of all its fields.
 *
 * `host`: as in sock_addr_ip, but IPv6 alone; NULL or "" is "::".
 * `port`: 0 to 65535. `flowinfo`: the flow label, 0 to 0xfffff. Both in host order.
 * `scope_id`: 0 to 2^32-1, the index of an interface, or 0 to leave it to the zone in `host`. Where
 * both are given they must agree.
 * `out`: receives the address.
 * Returns 0; -EINVAL for a host that is not numeric IPv6, a number out of range, or a scope that is not
 * the host's zone; -ENODEV for a zone that no interface has; -EFAULT for NULL. Since 0.1.0. See ipv6(7).
 */
int sock_addr_ip6(const char *host, int64_t port, int64_t flowinfo, int64_t scope_id,
                  struct sock_addr *out);

/**
 * Makes an AF_UNIX address.
 *
 * `path`, `len`: the name, without a NUL behind it. Of length 0 it is the unnamed address, for which
 * sock_bind takes a free abstract name. With a leading NUL it is an abstract name of at most 108 bytes
 * of which every one counts. Otherwise a path of at most 107 bytes.
 * `out`: receives the address.
 * Returns 0; -ENAMETOOLONG; -EINVAL for a NUL inside a path; -EFAULT for NULL. Since 0.1.0. See unix(7).
 */
int sock_addr_unix(const void *path, size_t len, struct sock_addr *out);

/**
 * Makes an address of its text form. Never a lookup of a host or port by name.
 *
 * `text`: a form as at the head of this section. An IP address needs its port, and is as in
 * sock_addr_ip, but without "" and "<broadcast>".
 * `out`: receives the address.
 * Returns 0; -EINVAL for what is no form, with the part at fault in sock_last_error; -ENAMETOOLONG for a
 * path that is too long; -ENODEV for a zone that no interface has; -EFAULT for NULL. Since 0.1.0.
 */
int sock_addr_parse(const char *text, struct sock_addr *out);

/**
 * Writes the text form of an address. Printable ASCII, below 400 bytes with its NUL.
 *
 * `addr`: any address.
 * `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
 * Returns the length needed, without the NUL; -EINVAL for what is no address; -EFAULT for NULL.
 * Since 0.1.0.
 */
int64_t sock_addr_format(const struct sock_addr *addr, char *buf, size_t cap);

/**
 * Makes an address of a native one, of any family.
 *
 * `sockaddr`, `len`: the native address. Any length from 2 to 128 is taken, short forms, AF_UNSPEC and
 * families unknown to libsock too; what is whole is freed of its padding: sin_zero, what lies behind a
 * path's NUL, and what goes beyond a sockaddr_in or sockaddr_in6. Length 0 is the empty address.
 * `out`: receives the address; may overlap `sockaddr`.
 * Returns 0; -EINVAL for a length of 1 or above 128; -EFAULT for NULL. Since 0.1.0.
 */
int sock_addr_from_native(const void *sockaddr, size_t len, struct sock_addr *out);

/**
 * Copies the native address out.
 *
 * `addr`: any address.
 * `sockaddr`, `cap`: where to put it; at most `cap` bytes are written, 128 hold any. NULL with 0 asks.
 * Returns its length, which may be above `cap`; -EINVAL for what is no address; -EFAULT for NULL.
 * Since 0.1.0.
 */
int64_t sock_addr_native(const struct sock_addr *addr, void *sockaddr, size_t cap);

/**
 * The family of an address: AF_INET, AF_UNIX and so on; AF_UNSPEC of the empty address.
 *
 * Returns the number, 0 to 65535; -EINVAL for what is no address; -EFAULT for NULL. Since 0.1.0.
 */
int sock_addr_family(const struct sock_addr *addr);

/**
 * The fields of an AF_INET or AF_INET6 address.
 *
 * `host`, `cap`: where to put the host as text with its NUL, as inet_ntop(3) writes it and without the
 * zone; at most `cap` bytes are written, INET6_ADDRSTRLEN (46) hold any. NULL with 0 asks.
 * `port`, `flowinfo`, `scope_id`: receive the numbers in host order, the last two 0 for AF_INET; each may
 * be NULL. Natively the flow information has 32 bits, of which the traffic class takes the upper ones.
 * Returns the length of the host, without the NUL; -EAFNOSUPPORT for another family; -EINVAL for what is
 * no address or a short one; -EFAULT for NULL. Since 0.1.0.
 */
int64_t sock_addr_get_ip(const struct sock_addr *addr, char *host, size_t cap, int64_t *port,
                         int64_t *flowinfo, int64_t *scope_id);

/**
 * The name of an AF_UNIX address.
 *
 * `path`, `cap`: where to put the bytes of the name: a path, an abstract name with its leading NUL, or
 * nothing for the unnamed address. At most `cap` bytes are written; where there is room a NUL follows
 * that is not counted, so 109 hold any name. NULL with 0 asks.
 * Returns the length of the name; -EAFNOSUPPORT for another family; -EINVAL for what is no address or too
 * long for its family; -EFAULT for NULL. Since 0.1.0. See unix(7).
 */
int64_t sock_addr_get_unix(const struct sock_addr *addr, void *path, size_t cap);

/**
 * Whether two addresses are the same: family and fields, or every byte where libsock does not know the
 * family. Padding does not count.
 *
 * Returns 1 or 0; -EINVAL for what is no address; -EFAULT for NULL. Since 0.1.0.
 */
int sock_addr_equal(const struct sock_addr *one, const struct sock_addr *other);


/* -------------------------------------------------------------------------------------------------
 * Sockets
 * -------------------------------------------------------------------------------------------------
 *
 * The BSD calls. A new socket is close-on-exec, takes the default timeout (blocking unless
 * `sock_setdefaulttimeout` said otherwise), and never raises SIGPIPE. Constants are the system's
 * own (AF_INET, SOCK_STREAM, ...). All of these may be called from any thread, none from a signal
 * handler.
 */

/** The backlog of Python: min(SOMAXCONN, 128). */
#define SOCK_BACKLOG_DEFAULT 128

/**
 * Makes a socket.
 *
 * `family`, `type`, `proto`: as for socket(2); -1 is AF_INET, SOCK_STREAM, 0. SOCK_NONBLOCK in
 * `type` gives non-blocking mode, whatever the default timeout; SOCK_CLOEXEC is always on.
 * Returns a handle that the caller closes with `sock_close`, or the error of socket(2):
 * -EAFNOSUPPORT, -EPROTONOSUPPORT, -EINVAL, -EPERM, -EMFILE, -ENFILE, -ENOBUFS. Since 0.1.0.
 */
sock_t sock_socket(int family, int type, int proto);

/**
 * Makes two connected sockets.
 *
 * `family`, `type`, `proto`: as for `sock_socket`; a family of -1 is AF_UNIX.
 * `out`: receives the two handles, each closed by the caller; written only on success.
 * Returns 0, -EFAULT when `out` is NULL, or the error of socketpair(2). Since 0.1.0.
 */
int sock_socketpair(int family, int type, int proto, sock_t out[2]);

/**
 * Takes over a descriptor.
 *
 * `fd`: an open socket. On success the handle owns it and closes it; on failure the caller keeps
 * it, unchanged. Its number, its O_NONBLOCK and its close-on-exec flag are left alone; the handle
 * waits by itself whether the flag is on or off, and its mode is the default timeout's.
 * `family`, `type`, `proto`: labels of the handle; -1 asks the kernel (SO_DOMAIN, SO_TYPE,
 * SO_PROTOCOL). Returns a handle; -EBADF or -ENOTSOCK for what is no socket. Since 0.1.0.
 */
sock_t sock_from_fd(int fd, int family, int type, int proto);

/**
 * Gives the descriptor back and ends the handle.
 *
 * The descriptor stays open and belongs to the caller; O_NONBLOCK is off if the handle was in
 * blocking mode, else on. Calls that wait on the handle return SOCK_ECLOSED; the function returns
 * when all have left, however long that takes.
 * Returns the descriptor; -EBADF; -EDEADLK from inside a call on the same handle (an interrupt
 * hook), which changes nothing. Since 0.1.0.
 */
int sock_detach(sock_t s);

/**
 * Makes a second handle of the same socket: a duplicate descriptor, close-on-exec, with the same
 * labels and timeout. Deadlines and cancel token are not copied. Closing one leaves the other.
 *
 * Returns a handle that the caller closes; -EBADF, -EMFILE. Since 0.1.0. See dup(2).
 */
sock_t sock_dup(sock_t s);

/**
 * The descriptor behind a handle, which still owns it: do not close it.
 *
 * From the first call on, O_NONBLOCK is the user's: off in blocking mode, on otherwise, and
 * `sock_settimeout` switches it. Returns the descriptor or -EBADF. Since 0.1.0. See fileno(3).
 */
int sock_fileno(sock_t s);

/**
 * The number of the descriptor behind a handle, which stays as unseen as it was: for a language that
 * keeps the number beside the handle and shows it to few.
 *
 * Nothing may be done with the descriptor before `sock_fileno` was called: its O_NONBLOCK is libsock's
 * until then. Returns the number or -EBADF. Since 0.1.0.
 */
int sock_peek_fileno(sock_t s);

/** The address family of a socket, as it was given or found: AF_INET, ... Since 0.1.0. */
int sock_family(sock_t s);

/** The type of a socket without SOCK_NONBLOCK and SOCK_CLOEXEC: SOCK_STREAM, ... Since 0.1.0. */
int sock_type(sock_t s);

/** The protocol of a socket, as it was given or found: 0, IPPROTO_TCP, ... Since 0.1.0. */
int sock_proto(sock_t s);

/**
 * Binds a socket to a local address.
 *
 * `addr`: not kept. Returns 0; -EFAULT when it is NULL, -EINVAL when it is malformed, -EAFNOSUPPORT
 * when it is of another family, whatever the kernel calls that; else the error of bind(2):
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, ... Since 0.1.0.
 */
int sock_bind(sock_t s, const struct sock_addr *addr);

/**
 * Makes a socket accept connections.
 *
 * `backlog`: how many may wait to be accepted; negative is 0; SOCK_BACKLOG_DEFAULT is usual.
 * Returns 0 or the error of listen(2): -EADDRINUSE, -EOPNOTSUPP. Since 0.1.0.
 */
int sock_listen(sock_t s, int backlog);

/**
 * Takes one connection from a listening socket.
 *
 * `peer`: receives the address of the other end, the empty address with AF_ALG, whose connections have
 * none; may be NULL; written only on success.
 * Returns the connection's handle, which the caller closes: it has the listener's labels and the
 * default timeout. -EAGAIN in non-blocking mode when none waits; SOCK_ETIMEDOUT, SOCK_ECANCELED,
 * SOCK_ECLOSED; else the error of accept4(2) as it is: -ECONNABORTED, -EMFILE, -EINVAL (does not
 * listen). Since 0.1.0.
 */
sock_t sock_accept(sock_t s, struct sock_addr *peer);

/**
 * Connects a socket, or sets the default destination of a datagram socket.
 *
 * `addr`: not kept. Waits within the handle's timeout, deadline and token, also when the backlog
 * of an AF_UNIX listener is full. After a timeout the attempt goes on in the kernel; close the
 * socket to abandon it.
 * Returns 0; in non-blocking mode -EINPROGRESS, then -EALREADY while it lasts, and -EISCONN after
 * the 0 that told of success; SOCK_ETIMEDOUT, SOCK_ECANCELED, SOCK_ECLOSED; -EFAULT, -EINVAL,
 * -EAFNOSUPPORT for the address, as in `sock_bind`; else the error of connect(2): -ECONNREFUSED,
 * -ENETUNREACH, ... Since 0.1.0.
 */
int sock_connect(sock_t s, const struct sock_addr *addr);

/**
 * Shuts down one or both halves of a connection, for every process that shares the socket.
 *
 * `how`: SHUT_RD, SHUT_WR or SHUT_RDWR. Returns 0, -ENOTCONN, or -EINVAL for another `how`.
 * Since 0.1.0. See shutdown(2).
 */
int sock_shutdown(sock_t s, int how);

/**
 * The local address of a socket.
 *
 * `out`: written only on success. Returns 0, -EFAULT, -EBADF. Since 0.1.0. See getsockname(2).
 */
int sock_getsockname(sock_t s, struct sock_addr *out);

/**
 * The address of the other end of a connection.
 *
 * `out`: written only on success. Returns 0, -EFAULT, -EBADF, -ENOTCONN. Since 0.1.0. See
 * getpeername(2).
 */
int sock_getpeername(sock_t s, struct sock_addr *out);

/** Whether the descriptor survives exec: 1, 0, or -EBADF. Since 0.1.0. See fcntl(2), F_GETFD. */
int sock_get_inheritable(sock_t s);

/**
 * Lets the descriptor survive exec (`inheritable` not 0) or not. Letting it makes the descriptor
 * visible, as `sock_fileno` does. Returns 0 or -EBADF. Since 0.1.0. See fcntl(2), F_SETFD.
 */
int sock_set_inheritable(sock_t s, int inheritable);


/* -------------------------------------------------------------------------------------------------
 * Sending and receiving
 * -------------------------------------------------------------------------------------------------
 *
 * A call whose data is ready is one system call. One that has to wait ends with data, or with
 * SOCK_ETIMEDOUT (timeout or deadline), SOCK_ECANCELED (cancel token), SOCK_ECLOSED (`sock_close`
 * in another thread), -EAGAIN (non-blocking mode, MSG_DONTWAIT, or a limit set with SO_RCVTIMEO or
 * SO_SNDTIMEO in blocking mode), or the code of the interrupt hook.
 *
 * `flags` are the system's MSG_* flags. MSG_DONTWAIT tries once; MSG_ERRQUEUE and MSG_OOB never
 * wait; MSG_WAITALL on a stream waits for all of `len`; MSG_NOSIGNAL is always on. Any thread; two
 * threads may receive and send at once. Not from a signal handler.
 */

/**
 * Sends bytes to the connected peer.
 *
 * `buf`, `len`: the data; of length 0 the pointer is not read, and a datagram of no bytes is sent.
 * In blocking mode a stream takes all of it; with a timeout it takes what fits at once.
 * Returns how many bytes were taken: fewer than `len` when a close, cancel, deadline or error came
 * after some of a stream (the next call tells the code). -EFAULT when `buf` is NULL; -EPIPE without
 * a signal; else the error of send(2). Since 0.1.0.
 */
int64_t sock_send(sock_t s, const void *buf, size_t len, int flags);

/**
 * Receives bytes.
 *
 * `buf`, `len`: where to put them; at most `len` are written.
 * Returns how many were received: 0 when a stream's peer has closed its half, or for a datagram of
 * no bytes. Of a longer datagram the rest is lost; with MSG_TRUNC the true length is returned, and
 * at most `len` bytes are written. `len` 0 goes to the kernel as it is. -EFAULT when `buf` is NULL;
 * else the error of recv(2). Since 0.1.0.
 */
int64_t sock_recv(sock_t s, void *buf, size_t len, int flags);

/**
 * Sends a datagram to an address.
 *
 * `buf`, `len`, `flags`: as for `sock_send`. `to`: the destination, not kept; NULL sends to the
 * connected peer. Waits also while the queue of an AF_UNIX receiver is full.
 * Returns the bytes taken; -EFAULT, -EINVAL for the arguments; -EAFNOSUPPORT when the kernel takes no
 * address of this family; else the error of sendto(2):
 * -EMSGSIZE, -ENOBUFS, -EDESTADDRREQ, ... Since 0.1.0.
 */
int64_t sock_sendto(sock_t s, const void *buf, size_t len, int flags, const struct sock_addr *to);

/**
 * Receives bytes and tells who sent them.
 *
 * `buf`, `len`, `flags`: as for `sock_recv`. `from`: receives the sender; may be NULL; written only
 * on success; its length is 0 where the kernel names none (a connected stream, an unnamed AF_UNIX
 * sender). Returns as `sock_recv`. Since 0.1.0. See recvfrom(2).
 */
int64_t sock_recvfrom(sock_t s, void *buf, size_t len, int flags, struct sock_addr *from);

/**
 * Receives all of `len` bytes from a stream, under one limit: the timeout counts from the first wait
 * to the last byte.
 *
 * `buf`, `len`: where to put them; of length 0 nothing is received and the pointer is not read.
 * `flags`: as for `sock_recv`, but what does not take the next bytes of the stream (MSG_PEEK,
 * MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE) is -EINVAL. `received`: how many bytes are in `buf`, also when the
 * call fails; may be NULL. Go on later with the rest of the buffer: no byte is lost.
 * Returns 0 when all have come; SOCK_EEOF when the peer closed its half before that; -EINVAL for a
 * socket that is not of type SOCK_STREAM; else a code, as `sock_recv` and always the code: in
 * non-blocking mode -EAGAIN as soon as there is no more. Since 0.1.0.
 */
int sock_recv_exact(sock_t s, void *buf, size_t len, int flags, size_t *received);

/**
 * Sends all bytes, under one limit: the timeout counts from the first wait to the last byte.
 *
 * `buf`, `len`, `flags`: as for `sock_send`. `sent`: receives how many bytes were taken, also when
 * the call fails; may be NULL.
 * Returns 0 when all were taken; else a code, as `sock_send` and always the code: in non-blocking
 * mode -EAGAIN as soon as the socket is full. Since 0.1.0.
 */
int sock_sendall(sock_t s, const void *buf, size_t len, int flags, size_t *sent);

/**
 * Whether an event loop is notified when a send that returned -EAGAIN can be retried.
 *
 * For programs that wait with poll(2) or epoll(7) themselves; calls in blocking or timeout mode need none of
 * this. `addressed`: not 0 for a send with a destination address, as in `sock_sendto`.
 * Returns 1 when POLLOUT reports room; or 0 when it does not, because the full queue is the receiver's and
 * the kernel looks only at the sender's buffer: retry after a pause of 1 to 20 ms. That is so for AF_UNIX
 * datagrams to an address and for AF_NETLINK. -EBADF. Since 0.1.0.
 */
int sock_send_pollable(sock_t s, int addressed);


/* -------------------------------------------------------------------------------------------------
 * Sending files
 * -------------------------------------------------------------------------------------------------
 *
 * A file goes to a connected socket without passing through the program: Python's socket.sendfile.
 */

/**
 * Sends a file, or a part of it, under one limit: the timeout counts from the first wait to the last
 * byte.
 *
 * `s`: a socket of type SOCK_STREAM, in blocking or timeout mode. `file`: a descriptor open for
 * reading, which stays the caller's. `offset`: where to begin, in bytes from the start of the file
 * whatever its position is; 0 for pipes and what else has no positions. `count`: how many bytes, or
 * -1 for all until the end; a file that ends earlier is no error. `sent`: how many bytes went out,
 * also when the call fails; may be NULL.
 *
 * When at least one byte went, with success or not, the position of the file is behind the last one
 * that went. From a pipe only what went is taken. From what is neither a file, a block device nor a
 * pipe (a socket, a terminal) up to 64 KiB may have been taken that did not go when the call fails.
 * A wait for such a source to have data, or a pipe, is under the same limit.
 *
 * Returns how many bytes went. -EINVAL for another type of socket, for one in non-blocking mode
 * (unless the file is empty: 0), for an `offset` below 0, for a `count` of 0 or below -1; -ESPIPE for
 * an `offset` where there are no positions; -EBADF, -EISDIR, -EIO, ... of the file; else a code as
 * `sock_sendall`. While it runs, SIGPIPE is blocked in the calling thread. Any thread; not from a
 * signal handler. Since 0.1.0. See sendfile(2), splice(2).
 */
int64_t sock_sendfile(sock_t s, int file, int64_t offset, int64_t count, int64_t *sent);


/* -------------------------------------------------------------------------------------------------
 * Standard streams
 * -------------------------------------------------------------------------------------------------
 *
 * A socket as a FILE of the C library: fgets, fscanf, fprintf and the rest work on it, as on what
 * Python's socket.makefile gives. Receives and sends obey the socket's timeout, deadlines and
 * cancel token, and signals only run the interrupt hook, as everywhere.
 *
 * A failure shows as stdio shows it: NULL, EOF or a short count, ferror, and errno, while
 * sock_last_error holds the code. Of a time limit, in non-blocking mode and of SO_RCVTIMEO errno is
 * EAGAIN: nothing that has come is lost then. fgets gives the part of a line that has come (with
 * errno EAGAIN, and no newline at its end), or NULL when nothing has; clearerr and another fgets go on
 * with the rest. Of any other failure the C library's fgets loses what it has of the line. When a
 * write fails, the C library forgets what its buffer held: a program that wants to go on after a
 * timeout of a write uses `sock_sendall` or a buffered stream.
 *
 * `sock_close` of the socket wakes a thread that reads or writes the FILE; this and every later
 * operation that reaches the socket fails with errno EBADF. fclose flushes; it never closes the
 * socket.
 */

/**
 * Makes a FILE over one direction of a socket.
 *
 * `mode`: "r" to receive or "w" to send; "rb" and "wb" are the same. For both directions make two, so
 * that each has its own buffer and lock. Text that is to be sent must be flushed (fflush) before an
 * answer is awaited. setvbuf works as on any FILE; fileno and fseek do not. A connection takes bytes;
 * on a datagram socket each flush sends a datagram, and each receive takes one, cut to the buffer.
 *
 * Returns a FILE, which the caller closes with fclose and which does not own the socket: close both,
 * in any order, the writing FILE first if its buffer is to arrive. NULL when it fails, with errno and
 * sock_last_error: -EBADF, -ENOTSOCK, -EFAULT, -EINVAL for another mode, -ENOMEM.
 * Any thread; not from a signal handler. Since 0.1.0. See fdopen(3), fopencookie(3).
 */
FILE *sock_fdopen(sock_t s, const char *mode);


/* -------------------------------------------------------------------------------------------------
 * Buffered streams
 * -------------------------------------------------------------------------------------------------
 *
 * Lines and pieces of bytes over a socket, with a buffer for each direction, for languages that
 * have no FILE. A stream is a handle over the handle of a socket: its calls obey the socket's timeout
 * (one limit over all steps of a call), deadlines and cancel token, and signals run the interrupt
 * hook. Unlike Python's and C's files it goes on after a timeout: what has come of a line stays in the
 * buffer and is part of the next answer, what has been written and not sent goes with the next flush.
 *
 * `sock_close` of the stream sends what has been written, under the same limits, and answers the code
 * if that fails; what could not be sent is lost. It never closes the socket. `sock_close` of the
 * socket ends the stream's calls too: those that wait return SOCK_ECLOSED, later ones -EBADF; the
 * stream itself is then still to be closed, and answers SOCK_ECLOSED if something was left to send.
 *
 * Any thread may use a stream. Reading and writing are independent of each other; of two threads in
 * the same direction one waits for the other, within its own limits (in non-blocking mode -EAGAIN; a
 * hook inside a call of the same direction gets -EDEADLK). Reading sends nothing: flush before
 * an answer is awaited. In the child of a fork a stream has what was received and not read, and
 * nothing to send: that stays the parent's. Not from a signal handler.
 */

/** The handle of a buffered stream. */
typedef int64_t sock_stream_t;

/**
 * Makes a stream over a socket of type SOCK_STREAM, for both directions.
 *
 * `capacity`: bytes of each buffer; 0 is the usual 8192. Memory is taken when it is first needed; a
 * long line makes the reading buffer grow for a while. Two streams over one socket would take each
 * other's bytes.
 * Returns a handle that the caller closes with `sock_close`; -EBADF, -ENOTSOCK, -EINVAL for another
 * type of socket, -ENFILE. Since 0.1.0.
 */
sock_stream_t sock_stream_new(sock_t s, size_t capacity);

/**
 * Reads what is there, and waits only if nothing is.
 *
 * `buf`, `len`: where to put it; of length 0 nothing is read and the pointer is not looked at.
 * Returns how many bytes were read, 0 at the end of the stream; -EBADF, -ENOTSOCK for what is no
 * stream, -EFAULT; else as `sock_recv`. Since 0.1.0.
 */
int64_t sock_stream_read(sock_stream_t st, void *buf, size_t len);

/**
 * Reads all of `len` bytes.
 *
 * `buf`, `len`: where to put them. `received`: how many are in `buf`, also when the call fails; may
 * be NULL. Go on later with the rest of the buffer: no byte is lost.
 * Returns 0 when all have come; SOCK_EEOF when the stream ended before that; else a code, as
 * `sock_stream_read` and always the code. Since 0.1.0.
 */
int sock_stream_read_exact(sock_stream_t st, void *buf, size_t len, size_t *received);

/**
 * Reads a line: bytes up to a newline, which is part of the answer.
 *
 * `buf`, `len`: where to put it, without a NUL; `len` is the limit. Of a longer line the first `len`
 * bytes are the answer and the rest is the next one. A call that fails takes nothing: the part of the
 * line that has come stays for the next call.
 * Returns the length. The last byte is no newline when the line is longer than `len`, or when the
 * stream has ended behind it; 0 when the stream has ended and nothing is left, or `len` is 0. Codes as
 * `sock_stream_read`. Since 0.1.0.
 */
int64_t sock_stream_readline(sock_stream_t st, void *buf, size_t len);

/**
 * Reads up to a mark of one or more bytes ("\r\n\r\n", say), which is part of the answer.
 *
 * `mark`, `mark_len`: the mark. `buf`, `len`: where to put the bytes; `len` is the limit. A call that
 * fails takes nothing, so that the next one can look for another mark or with a larger buffer.
 * Returns the length, the mark included; 0 when the stream has ended and nothing is left; SOCK_EEOF
 * when it has ended without the mark (`sock_stream_read` gives what is left); -EMSGSIZE when the mark
 * is not within the first `len` bytes; -EINVAL when it is empty or longer than `len`. Other codes as
 * `sock_stream_read`. Since 0.1.0.
 */
int64_t sock_stream_read_until(sock_stream_t st, const void *mark, size_t mark_len, void *buf,
                               size_t len);

/**
 * Writes bytes: into the buffer what fits, to the socket what does not.
 *
 * `buf`, `len`: the data. `written`: how many bytes were taken, also when the call fails; may be NULL.
 * What was taken is sent, or waits in the buffer for the next flush; go on later with the rest.
 * Returns 0 when all were taken; else a code, as `sock_sendall`. Since 0.1.0.
 */
int sock_stream_write(sock_stream_t st, const void *buf, size_t len, size_t *written);

/**
 * Sends what has been written. What does not go stays for the next flush.
 *
 * Returns 0 when nothing is left; else a code, as `sock_sendall`. Since 0.1.0.
 */
int sock_stream_flush(sock_stream_t st);

/**
 * How many bytes are in a buffer: SOCK_READ, received and not yet read (a poller does not see them);
 * SOCK_WRITE, written and not yet sent.
 *
 * Returns the count; -EBADF, -ENOTSOCK; -EINVAL for another `direction`. Never waits. Since 0.1.0.
 */
int64_t sock_stream_buffered(sock_stream_t st, int direction);


/* -------------------------------------------------------------------------------------------------
 * Messages
 * -------------------------------------------------------------------------------------------------
 *
 * One call for data in several pieces, an address and control data: sendmsg(2) and recvmsg(2), and
 * descriptors sent to another process. Limits, timeouts and flags are those of "Sending and
 * receiving". What is inside control data is the matter of "Control messages".
 */

/** A piece of memory, laid out as `struct iovec`: an array of the one may be cast to the other. */
struct sock_iovec {
    /** Where it begins; not looked at when `len` is 0. */
    void *base;
    /** Its length in bytes. */
    size_t len;
};

/**
 * A message: what sendmsg(2) and recvmsg(2) take, and what they tell. Fixed for ever; it holds
 * pointers, so its size depends on theirs (72 bytes, or 40). Set all of it to zero first.
 *
 * The arrays and buffers stay the caller's and are used during the call only. The fields that say
 * "receives" are written when a receive succeeds, and untouched otherwise; a send writes none.
 */
struct sock_msg {
    /**
     * Send: the destination; NULL or the empty address is none. Receive: receives the sender (empty where
     * the kernel names none); NULL does not ask.
     */
    struct sock_addr *addr;
    /** The pieces of the data, sent or filled in this order; never changed. */
    const struct sock_iovec *iov;
    /** How many they are: 0 to 1024. */
    size_t iov_count;
    /** Control data; needs no alignment, but CMSG_FIRSTHDR and its like want that of a size_t. */
    void *control;
    /** Receive: the room at `control` in bytes, below 2^31. Send: not looked at. */
    size_t control_cap;
    /** Send: the bytes at `control` to be sent. Receive: receives how many came. */
    size_t control_len;
    /** Receive: receives how many bytes were written into the pieces. */
    size_t len;
    /**
     * Receive: receives the length that the kernel told, which is the result of the call: with MSG_TRUNC
     * it may be more than `len`.
     */
    size_t true_len;
    /**
     * Receive: receives the MSG_* flags that the kernel told: MSG_TRUNC (the datagram was longer),
     * MSG_CTRUNC (there was more control data), MSG_EOR, MSG_ERRQUEUE, ... as they are.
     */
    int32_t flags;
    /** Must be 0. */
    uint32_t zero;
};

/**
 * Sends a message.
 *
 * `msg`: the data, and what goes with it; not kept and not changed. `flags`: MSG_*.
 * In blocking mode a stream takes all of it; descriptors go with its first byte, the other control
 * messages hold for all of it. With a timeout it takes what fits at once, and the descriptors are then
 * sent. Control data on a stream needs at least one byte of data beside it, or it never arrives.
 * Returns how many bytes were taken, as `sock_send`. -EMSGSIZE for more than 1024 pieces; -EINVAL for a
 * field out of range, and from the kernel for control data that it does not know or more than 253
 * descriptors; -EBADF for a descriptor that is not open; -EFAULT for NULL; -ENOBUFS for too much control
 * data; else the error of sendmsg(2). Since 0.1.0.
 */
int64_t sock_sendmsg(sock_t s, const struct sock_msg *msg, int flags);

/**
 * Receives a message.
 *
 * `msg`: says where to put data, sender and control data, and receives what the kernel told.
 * `flags`: MSG_*; received descriptors are always close-on-exec. MSG_WAITALL on a stream fills all
 * pieces, but ends at bytes that descriptors came with, and where another process wrote (SO_PASSCRED),
 * as the kernel does.
 * Descriptors among the control data belong to the caller: take them with `sock_control_take_fds`, and
 * close the rest with `sock_control_close_fds`. Where the room was too small, MSG_CTRUNC is among
 * `msg->flags`, and the kernel has closed the descriptors that did not fit. After a failure there are
 * none.
 * Returns how many bytes were received, as `sock_recv`: with MSG_TRUNC the true length of a datagram,
 * while at most the pieces are written; on TCP the bytes are then thrown away, and `msg->len` is 0.
 * -EMSGSIZE for more than 1024 pieces; -EINVAL for a field out of range; -EFAULT for NULL; else the
 * error of recvmsg(2). Since 0.1.0.
 */
int64_t sock_recvmsg(sock_t s, struct sock_msg *msg, int flags);

/**
 * Sends bytes, and with the first of them descriptors, to a process on the other end of an AF_UNIX
 * socket.
 *
 * `buf`, `len`, `flags`: as for `sock_send`. On a stream with descriptors `len` must be at least 1.
 * `fds`, `n`: the descriptors, 0 to 253. The receiver gets duplicates; these stay open and the caller's.
 * `to`: the destination; NULL or the empty address sends to the connected peer.
 * Returns how many bytes were taken: when any were, the descriptors are sent. -EINVAL for more than 253
 * descriptors, and for a stream without data; -EOPNOTSUPP for another family, which would drop them;
 * -EBADF for a handle or a descriptor that is not open; -ETOOMANYREFS for too many under way; -EFAULT for NULL; else as
 * `sock_sendmsg`. Since 0.1.0. See unix(7).
 */
int64_t sock_send_fds(sock_t s, const void *buf, size_t len, const int *fds, size_t n, int flags,
                      const struct sock_addr *to);

/**
 * Receives bytes and descriptors.
 *
 * `buf`, `len`: where to put the bytes, at least 1 on a stream. `flags`: as for `sock_recvmsg`; with
 * MSG_PEEK the descriptors are duplicates each time.
 * `fds`, `cap`: where to put the descriptors, which are close-on-exec and the caller's to close.
 * `n`: receives how many they are. More than `cap` are closed, and so is a pidfd of SO_PASSPIDFD; other
 * control messages are dropped.
 * `from`: receives the sender; may be NULL. `msg_flags`: receives the MSG_* flags that the kernel told,
 * with MSG_CTRUNC where descriptors were lost; may be NULL.
 * Returns how many bytes were received, as `sock_recvmsg`; after a failure no descriptor is left open.
 * -EFAULT for NULL. Since 0.1.0. See unix(7).
 */
int64_t sock_recv_fds(sock_t s, void *buf, size_t len, int *fds, size_t cap, size_t *n, int flags,
                      struct sock_addr *from, int *msg_flags);


/* -------------------------------------------------------------------------------------------------
 * Control messages
 * -------------------------------------------------------------------------------------------------
 *
 * What travels beside the data of a message: descriptors, credentials, time stamps, addresses of
 * packets, errors. They stand one behind another in the buffer of a `struct sock_msg`, each with its
 * level, type and data, laid out as CMSG_FIRSTHDR and CMSG_NXTHDR of the C library expect them. These
 * functions need no alignment, trust no length that they read, and make no system call but to close
 * descriptors. Each may be called from any thread; a buffer belongs to one thread at a time.
 *
 * The sock_control_put functions append one message behind the `*len` bytes that are there, and add
 * what it takes to `*len`; the gap and the padding become zeros. They return 0; -ENOBUFS where `cap` is
 * too small; -EINVAL for a field out of range; -EFAULT for NULL. A failure changes nothing.
 *
 * The sock_control_get functions look for the first message of a type. They return 1 and write their
 * outputs, 0 where there is none, -EBADMSG where what stands there is no such message, or -EFAULT.
 *
 * What a receive brings has to be asked for, once, as a socket option: SO_PASSCRED, IP_PKTINFO, ...
 */

/** In `sock_control_space`: SCM_CREDENTIALS. */
#define SOCK_CONTROL_CREDENTIALS 1
/** In `sock_control_space`: SCM_PIDFD. */
#define SOCK_CONTROL_PIDFD 2
/** In `sock_control_space`: SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING. */
#define SOCK_CONTROL_TIMESTAMP 4
/** In `sock_control_space`: IP_PKTINFO and IPV6_PKTINFO. */
#define SOCK_CONTROL_PKTINFO 8
/** In `sock_control_space`: IP_TTL and IPV6_HOPLIMIT. */
#define SOCK_CONTROL_TTL 16
/** In `sock_control_space`: IP_TOS and IPV6_TCLASS. */
#define SOCK_CONTROL_TOS 32
/** In `sock_control_space`: IP_RECVERR and IPV6_RECVERR. */
#define SOCK_CONTROL_ERROR 64
/** In `sock_control_space`: SO_RXQ_OVFL. */
#define SOCK_CONTROL_DROPS 128
/** In `sock_control_space`: UDP_GRO, or UDP_SEGMENT. */
#define SOCK_CONTROL_GRO 256
/** In `sock_control_space`: SCM_SECURITY, a label of up to 256 bytes. */
#define SOCK_CONTROL_SECURITY 512

/** A control message, as `sock_control_next` finds it. Fixed for ever. */
struct sock_control_item {
    /** Its level: SOL_SOCKET, IPPROTO_IP, ... */
    int32_t level;
    /** Its type: SCM_RIGHTS, IP_TTL, ... */
    int32_t type;
    /** Its data, inside the buffer that was walked; of any alignment. */
    const void *data;
    /** The length of its data, as far as it is inside the buffer. */
    size_t len;
    /** 1 where the message says that it is longer than the buffer, else 0. */
    int32_t truncated;
    /** 0. */
    uint32_t zero;
};

/**
 * An error or another event from the error queue (MSG_ERRQUEUE): `struct sock_extended_err`. Fixed for
 * ever.
 */
struct sock_control_error {
    /** The code: -ECONNREFUSED, ...; -ENOMSG of a time stamp. */
    int32_t error;
    /** Where it comes from: SO_EE_ORIGIN_ICMP, ... */
    int32_t origin;
    /** The type of the ICMP message. */
    int32_t type;
    /** Its code. */
    int32_t code;
    /** More of it: of -EMSGSIZE the MTU, of a time stamp its stage. */
    int64_t info;
    /** More of it: of a time stamp the number of the packet. */
    int64_t data;
    /** Who reported it; the empty address where none is told. */
    struct sock_addr offender;
};

/**
 * CMSG_LEN: the length of a control message with `len` bytes of data, without the padding behind it.
 *
 * Returns it, at most 2^31-1; -EINVAL for a negative `len` and one whose result would be more.
 * Async-signal-safe where it succeeds. Since 0.1.0. See cmsg(3).
 */
int64_t sock_cmsg_len(int64_t len);

/**
 * CMSG_SPACE: the room that a control message with `len` bytes of data takes, with its padding.
 *
 * Returns as `sock_cmsg_len`. Since 0.1.0. See cmsg(3).
 */
int64_t sock_cmsg_space(int64_t len);

/**
 * The room that is enough to receive these kinds of control messages together, in either protocol's
 * form.
 *
 * `kinds`: SOCK_CONTROL_*, or'ed; 0 is none. `fds`: how many descriptors, 0 to 253.
 * Returns the bytes, below 6000; -EINVAL for an unknown kind or a count out of range. Since 0.1.0.
 */
int64_t sock_control_space(int64_t kinds, int64_t fds);

/**
 * The control message at `*pos`, and on to the next.
 *
 * `control`, `len`: what was received, or is to be sent. `pos`: 0 at first, then as it was left.
 * `out`: receives the message.
 * Returns 1 with a message; 0 where no header fits any more; -EBADMSG where what stands there is no
 * message, and the walk is over; -EFAULT for NULL. Of a message that is longer than the buffer the bytes
 * inside are given, with `truncated` set, and it is the last. Since 0.1.0. See cmsg(3).
 */
int sock_control_next(const void *control, size_t len, size_t *pos, struct sock_control_item *out);

/**
 * Appends a control message of any level and type.
 *
 * `control`, `cap`: the buffer. `len`: how much of it is used; grows by CMSG_SPACE of `data_len`.
 * `data`, `data_len`: its data, copied; must not overlap the buffer. Returns as told above.
 * Since 0.1.0.
 */
int sock_control_put(void *control, size_t cap, size_t *len, int level, int type, const void *data,
                     size_t data_len);

/**
 * Appends descriptors to be sent over an AF_UNIX socket: SCM_RIGHTS.
 *
 * `fds`, `n`: the descriptors; they stay open and the caller's. The kernel takes at most 253 in one
 * message. Returns as told above. Since 0.1.0. See unix(7).
 */
int sock_control_put_fds(void *control, size_t cap, size_t *len, const int *fds, size_t n);

/**
 * Appends credentials: SCM_CREDENTIALS. The kernel checks them (-EPERM) and sends the caller's own
 * where none are given.
 *
 * `pid`: 0 to 2^31-1. `uid`, `gid`: 0 to 2^32-1. Returns as told above. Since 0.1.0. See unix(7).
 */
int sock_control_put_credentials(void *control, size_t cap, size_t *len, int64_t pid, int64_t uid,
                                 int64_t gid);

/**
 * Appends where a packet is to leave from: IP_PKTINFO or IPV6_PKTINFO, as the address is.
 *
 * `from`: the own address, AF_INET or AF_INET6, of which the port does not count; the wildcard leaves
 * the choice to the kernel. `ifindex`: the interface, 0 to 2^31-1; 0 leaves it open.
 * Returns as told above; -EAFNOSUPPORT for another family. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_put_pktinfo(void *control, size_t cap, size_t *len, const struct sock_addr *from,
                             int64_t ifindex);

/**
 * Appends the TTL of an IPv4 packet, or the hop limit of an IPv6 one.
 *
 * `family`: AF_INET or AF_INET6. `ttl`: up to 255; from 1, or from 0 with AF_INET6.
 * Returns as told above; -EAFNOSUPPORT for another family. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_put_ttl(void *control, size_t cap, size_t *len, int family, int64_t ttl);

/**
 * Appends the TOS byte of an IPv4 packet, or the traffic class of an IPv6 one.
 *
 * `family`: AF_INET or AF_INET6. `tos`: 0 to 255.
 * Returns as told above; -EAFNOSUPPORT for another family. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_put_tos(void *control, size_t cap, size_t *len, int family, int64_t tos);

/**
 * Appends the size of the datagrams that the kernel is to cut the data into: UDP_SEGMENT.
 *
 * `size`: 1 to 65535 bytes; the last datagram may be shorter. Returns as told above. Since 0.1.0.
 * See udp(7).
 */
int sock_control_put_gso_size(void *control, size_t cap, size_t *len, int64_t size);

/**
 * Appends a wish for transmit time stamps of this message alone: SO_TIMESTAMPING.
 *
 * `flags`: SOF_TIMESTAMPING_TX_*, or'ed. The socket's own SO_TIMESTAMPING says how they are told: they
 * come from its error queue, where `sock_control_get_transmit` reads them. Returns as told above.
 * Since 0.1.0.
 */
int sock_control_put_timestamping(void *control, size_t cap, size_t *len, int64_t flags);

/**
 * Takes received descriptors out of control data: from all messages of SCM_RIGHTS, in order.
 *
 * `control`, `len`: what `sock_recvmsg` received. `fds`, `cap`: where to put the descriptors.
 * What was taken is the caller's to close, and is marked with -1 in the buffer, so that it is taken
 * once; what does not fit stays for the next call. Bytes that are no whole number are no descriptor.
 * Returns how many were taken, 0 where there are no more; -EFAULT for NULL. Since 0.1.0.
 */
SOCK_MUST_CHECK
int64_t sock_control_take_fds(void *control, size_t len, int *fds, size_t cap);

/**
 * Takes the descriptor of the process that sent: SCM_PIDFD, which SO_PASSPIDFD asks for (Linux 6.5).
 *
 * `control`, `len`: what `sock_recvmsg` received. `fd`: receives the descriptor, the caller's to close.
 * Returns 1 when it was taken, 0 where there is none or it was taken before; the kernel's reason where
 * it could make none (-ESRCH: the process is gone); -EBADMSG; -EFAULT for NULL. Since 0.1.0.
 */
SOCK_MUST_CHECK
int sock_control_take_pidfd(void *control, size_t len, int *fd);

/**
 * Closes every received descriptor that was not taken, of SCM_RIGHTS and of SCM_PIDFD. Call it for
 * everything that was received, and only for that: with none left it does nothing.
 *
 * `control`, `len`: what `sock_recvmsg` received. Returns how many were closed; -EFAULT for NULL.
 * Since 0.1.0.
 */
int64_t sock_control_close_fds(void *control, size_t len);

/**
 * Who sent the message: SCM_CREDENTIALS, which SO_PASSCRED asks for.
 *
 * `pid`, `uid`, `gid`: receive the numbers; each may be NULL. A pid of 0 is that of a process which
 * cannot be seen from here. Returns as told above. Since 0.1.0. See unix(7).
 */
int sock_control_get_credentials(const void *control, size_t len, int64_t *pid, int64_t *uid,
                                 int64_t *gid);

/**
 * When the packet passed: SO_TIMESTAMPING, or else SO_TIMESTAMPNS or SO_TIMESTAMP.
 *
 * `software`, `hardware`: receive nanoseconds since 1970, by the system's clock and by the interface's;
 * 0 where that clock was not asked; each may be NULL. Returns as told above. Since 0.1.0. See socket(7).
 */
int sock_control_get_timestamp(const void *control, size_t len, int64_t *software,
                               int64_t *hardware);

/**
 * Of which sent packet a time stamp tells, that came from the error queue.
 *
 * `stage`: receives how far the packet was: SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK.
 * `id`: receives the packet's number, or of a stream the offset of its last byte, which
 * SOF_TIMESTAMPING_OPT_ID counts, 0 to 2^32-1. Each may be NULL.
 * Returns as told above; 0 also for an error that is no time stamp. Since 0.1.0.
 */
int sock_control_get_transmit(const void *control, size_t len, int64_t *stage, int64_t *id);

/**
 * Where the packet came in: IP_PKTINFO or IPV6_PKTINFO, which IP_PKTINFO and IPV6_RECVPKTINFO ask for.
 *
 * `to`: receives the destination that stands in the packet. `local`: receives the own address that it
 * was for, to answer from; of IPv6 the empty address where the destination is a group. Both have port 0,
 * and the interface as their scope where they mean something on one link alone. `ifindex`: receives the
 * interface. Each may be NULL. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_get_pktinfo(const void *control, size_t len, struct sock_addr *to,
                             struct sock_addr *local, int64_t *ifindex);

/**
 * The TTL of an IPv4 packet or the hop limit of an IPv6 one, which IP_RECVTTL and IPV6_RECVHOPLIMIT ask
 * for. `out`: receives it, 0 to 255. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_get_ttl(const void *control, size_t len, int64_t *out);

/**
 * The TOS byte of an IPv4 packet or the traffic class of an IPv6 one, which IP_RECVTOS and
 * IPV6_RECVTCLASS ask for. `out`: receives it, 0 to 255. Returns as told above. Since 0.1.0. See ip(7),
 * ipv6(7).
 */
int sock_control_get_tos(const void *control, size_t len, int64_t *out);

/**
 * How many packets the socket has lost for want of room since it was made, which SO_RXQ_OVFL asks for.
 * `out`: receives it, 0 to 2^32-1; the kernel tells it from the first loss on. Returns as told above.
 * Since 0.1.0. See socket(7).
 */
int sock_control_get_drops(const void *control, size_t len, int64_t *out);

/**
 * The size of the datagrams that were received as one, which UDP_GRO asks for; the last of them may be
 * shorter. `out`: receives it in bytes. Returns as told above. Since 0.1.0. See udp(7).
 */
int sock_control_get_gro_size(const void *control, size_t len, int64_t *out);

/**
 * What the error queue tells: IP_RECVERR or IPV6_RECVERR, which the options of these names ask for, and
 * the transmit time stamps of every family. Received with MSG_ERRQUEUE; the message's data is the packet
 * at fault, its address the packet's destination.
 *
 * `out`: receives it. Returns as told above. Since 0.1.0. See ip(7), ipv6(7).
 */
int sock_control_get_error(const void *control, size_t len, struct sock_control_error *out);


/* -------------------------------------------------------------------------------------------------
 * Timeouts
 * -------------------------------------------------------------------------------------------------
 *
 * Time is in nanoseconds on the monotonic clock. A socket is in blocking mode (SOCK_FOREVER), in
 * non-blocking mode (0), or has a timeout for each operation. Waits never end early, are never
 * rounded down, and may last for years. What retries inside a call never restarts its clock.
 */

/** No limit: 2^62 ns. What is above it means the same. */
#define SOCK_FOREVER INT64_C(4611686018427387904)

/**
 * The monotonic clock, in nanoseconds: the clock of `sock_setdeadline`. Any thread;
 * async-signal-safe. Since 0.1.0. See clock_gettime(2), CLOCK_MONOTONIC.
 */
int64_t sock_now(void);

/**
 * Sets the timeout of a socket.
 *
 * `ns`: 0 is non-blocking mode, SOCK_FOREVER blocking mode, anything between limits each operation
 * (`sock_sendall` as a whole). A wait that runs keeps the timeout it began with.
 * Returns 0; -EINVAL when `ns` is negative; -EBADF. A failure changes nothing. Any thread; not from
 * a signal handler. Since 0.1.0.
 */
int sock_settimeout(sock_t s, int64_t ns);

/**
 * The timeout of a socket in nanoseconds: 0 when non-blocking, SOCK_FOREVER when blocking; -EBADF.
 * Since 0.1.0.
 */
int64_t sock_gettimeout(sock_t s);

/**
 * Blocking mode (`blocking` not 0: SOCK_FOREVER) or non-blocking mode (0: a timeout of 0).
 * Returns 0 or -EBADF. Since 0.1.0.
 */
int sock_setblocking(sock_t s, int blocking);

/**
 * 0 when a socket is in non-blocking mode, 1 when it waits, with or without a timeout; -EBADF.
 * Since 0.1.0.
 */
int sock_getblocking(sock_t s);

/**
 * Sets the timeout that sockets made from now on begin with, in the whole process. It starts as
 * SOCK_FOREVER. Returns 0, or -EINVAL when `ns` is negative. Since 0.1.0.
 */
int sock_setdefaulttimeout(int64_t ns);

/** The timeout that new sockets begin with, in nanoseconds. Since 0.1.0. */
int64_t sock_getdefaulttimeout(void);


/* -------------------------------------------------------------------------------------------------
 * Deadlines
 * -------------------------------------------------------------------------------------------------
 *
 * A deadline is a moment, not a span: it ends every call of its direction that is not done by then,
 * also one that already waits, and every later call before it tries, until it is moved. Timeout,
 * deadline and cancel token work together; the earliest ends the call.
 */

/** Direction: receive and accept. */
#define SOCK_READ 1
/** Direction: send and connect. */
#define SOCK_WRITE 2

/**
 * Sets the deadline of a socket.
 *
 * `direction`: SOCK_READ, SOCK_WRITE, or both. `at_ns`: a moment on the clock of `sock_now`;
 * SOCK_FOREVER clears; a moment in the past, 0 for one, fails calls at once, also when data is
 * ready. Calls that wait in other threads obey the new deadline at once. Calls ended by a deadline
 * return SOCK_ETIMEDOUT.
 * Returns 0; -EINVAL for another direction or a negative moment; -EBADF. Any thread; not from a
 * signal handler. Since 0.1.0.
 */
int sock_setdeadline(sock_t s, int direction, int64_t at_ns);


/* -------------------------------------------------------------------------------------------------
 * Cancel tokens
 * -------------------------------------------------------------------------------------------------
 *
 * A token is a switch that is thrown once and ends every call of every socket that it is attached
 * to, those that wait and those to come, with SOCK_ECANCELED. One token may serve many sockets and
 * threads.
 */

/**
 * Makes a token. Returns a handle that the caller closes with `sock_close` (which fires it first),
 * or -EMFILE, -ENFILE, -ENOMEM. Not from a signal handler. Since 0.1.0.
 */
sock_cancel_t sock_cancel_new(void);

/**
 * Fires a token, now and for ever; again is harmless. In the child of a fork it fires there alone.
 *
 * Returns 0, -EBADF, or -ENOTSOCK for a handle of another kind. Any thread; async-signal-safe:
 * changes neither `errno` nor the text of `sock_last_error`. Since 0.1.0.
 */
int sock_cancel_fire(sock_cancel_t c);

/**
 * Attaches a token to a socket, in place of the one that was; calls that wait obey it at once.
 *
 * `c`: a token, or 0 to detach. The socket does not own it: one whose token is closed goes on as
 * if none were attached. Returns 0; -EBADF or -ENOTSOCK for either handle. Since 0.1.0.
 */
int sock_setcancel(sock_t s, sock_cancel_t c);


/* -------------------------------------------------------------------------------------------------
 * Interrupts
 * -------------------------------------------------------------------------------------------------
 *
 * A signal does not end a wait: the call goes on, its clock too. A language runtime that must run
 * something when a signal came (handlers written in its own language, say) sets a hook.
 */

/**
 * Sets the interrupt hook of the calling thread.
 *
 * `hook`: called with `arg` in this thread whenever a signal has interrupted a wait of libsock; a
 * negative answer ends the call with that number, any other lets it go on. The hook may use
 * libsock, and may close the very handle that is waited on. It must not leave by longjmp or by an
 * exception. NULL removes it. `arg`: kept, never looked at.
 * Returns 0, or -ENOMEM in a thread that is ending. Not from a signal handler. Since 0.1.0.
 */
int sock_set_interrupt(int (*hook)(void *), void *arg);


/* -------------------------------------------------------------------------------------------------
 * Options
 * -------------------------------------------------------------------------------------------------
 *
 * The first six take any option: levels, names and values are the system's (SOL_SOCKET, SO_REUSEADDR,
 * TCP_NODELAY ...). Behind them stand helpers for what programs otherwise write by hand. Their times are
 * in nanoseconds as everywhere; where the kernel counts in coarser units, a span between two of them is
 * refused, never rounded.
 */

/** The socket never asked for MPTCP. */
#define SOCK_MPTCP_NONE 0
/** It asked for MPTCP, and no peer has answered yet. */
#define SOCK_MPTCP_ASKED 1
/** The connection speaks MPTCP. */
#define SOCK_MPTCP_ACTIVE 2
/** It asked for MPTCP and speaks plain TCP: the peer has none, or something between them stripped it. */
#define SOCK_MPTCP_FALLBACK 3

/**
 * What the kernel knows of a TCP connection. Times are in nanoseconds; a field that the running kernel
 * does not know is -1. Later versions of libsock add fields at the end, and `size` tells which are there.
 */
struct sock_tcp_info {
    /** Set by the caller: sizeof(struct sock_tcp_info). On return, the bytes that were filled. */
    uint32_t size;
    /**
     * 1 established, 2 SYN sent, 3 SYN received, 4 and 5 FIN wait, 6 time wait, 7 closed, 8 close wait,
     * 9 last ACK, 10 listening, 11 closing.
     */
    int32_t state;
    /** The congestion machine: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss. */
    int64_t ca_state;
    /** Retransmissions of the segment that waits now. */
    int64_t retransmits;
    /** Probes of a closed window or of keepalive without an answer. */
    int64_t probes;
    /** How often the retransmission timer has doubled. */
    int64_t backoff;
    /** Bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN agreed, 16 ECN seen, 32 data in the SYN. */
    int64_t options;
    /** Scale of the window that the peer announces, as a power of 2. */
    int64_t snd_wscale;
    /** Scale of the window that this end announces, as a power of 2. */
    int64_t rcv_wscale;
    /** 1 when the program, not the network, limited the measured `delivery_rate`. */
    int64_t delivery_rate_app_limited;
    /** Why TCP Fast Open did not work: 0 unknown, 1 no cookie, 2 no answer, 3 refused. */
    int64_t fastopen_client_fail;
    /** The retransmission timeout. */
    int64_t rto_ns;
    /** The timeout of delayed acknowledgements. */
    int64_t ato_ns;
    /** The segment size for sending, in bytes. */
    int64_t snd_mss;
    /** The segment size seen in receiving, in bytes. */
    int64_t rcv_mss;
    /** Segments sent and not acknowledged; of a listening socket, connections that wait in accept. */
    int64_t unacked;
    /** Segments acknowledged out of order; of a listening socket, its backlog. */
    int64_t sacked;
    /** Segments held for lost. */
    int64_t lost;
    /** Retransmitted segments on their way. */
    int64_t retrans;
    /** No longer used by kernels since 4.15: 0. */
    int64_t fackets;
    /** Time since data was sent last. */
    int64_t last_data_sent_ns;
    /** Time since data was received last. */
    int64_t last_data_recv_ns;
    /** Time since an acknowledgement was received last. */
    int64_t last_ack_recv_ns;
    /** The path's MTU in bytes. */
    int64_t pmtu;
    /** The most that the announced window may grow to, in bytes. */
    int64_t rcv_ssthresh;
    /** The smoothed round-trip time. */
    int64_t rtt_ns;
    /** Its mean deviation. */
    int64_t rttvar_ns;
    /** Where slow start ends, in segments; 2147483647 while it has not. */
    int64_t snd_ssthresh;
    /** The congestion window in segments. */
    int64_t snd_cwnd;
    /** The segment size announced to the peer, in bytes. */
    int64_t advmss;
    /** How far segments may be out of order, in segments. */
    int64_t reordering;
    /** The round-trip time as the receiver sees it. */
    int64_t rcv_rtt_ns;
    /** The space that receiving is tuned for, in bytes. */
    int64_t rcv_space;
    /** Segments retransmitted in all. */
    int64_t total_retrans;
    /** The pace of sending, in bytes a second; INT64_MAX without one. */
    int64_t pacing_rate;
    /** Its limit (SO_MAX_PACING_RATE), in bytes a second; INT64_MAX without one. */
    int64_t max_pacing_rate;
    /** Bytes sent and acknowledged. */
    int64_t bytes_acked;
    /** Bytes received. */
    int64_t bytes_received;
    /** Segments sent, retransmissions and bare acknowledgements included. */
    int64_t segs_out;
    /** Segments received. */
    int64_t segs_in;
    /** Bytes that wait in the send buffer and have never been sent. */
    int64_t notsent_bytes;
    /** The shortest round trip seen; 4294967295000 before the first. */
    int64_t min_rtt_ns;
    /** Segments with data received. */
    int64_t data_segs_in;
    /** Segments with data sent. */
    int64_t data_segs_out;
    /** The rate at which the peer got data lately, in bytes a second. */
    int64_t delivery_rate;
    /** Time with data to send. */
    int64_t busy_ns;
    /** Of it, time held up by the peer's window. */
    int64_t rwnd_limited_ns;
    /** Of it, time held up by the own send buffer. */
    int64_t sndbuf_limited_ns;
    /** Segments delivered. */
    int64_t delivered;
    /** Of them, those marked for congestion. */
    int64_t delivered_ce;
    /** Bytes sent, retransmitted ones included. */
    int64_t bytes_sent;
    /** Bytes retransmitted. */
    int64_t bytes_retrans;
    /** Segments that the peer reports to have had twice. */
    int64_t dsack_dups;
    /** Times that reordering was seen. */
    int64_t reord_seen;
    /** Segments received out of order. */
    int64_t rcv_ooopack;
    /** The window that the peer announces, in bytes. */
    int64_t snd_wnd;
    /** The window that this end announces, in bytes. */
    int64_t rcv_wnd;
    /** Times that the connection tried another path. */
    int64_t rehash;
    /** Retransmission timeouts in all. */
    int64_t total_rto;
    /** Recoveries that retransmission timeouts began. */
    int64_t total_rto_recoveries;
    /** Time spent in these recoveries. */
    int64_t total_rto_time_ns;
};

/**
 * Sets a socket option.
 *
 * `value`, `len`: the option's bytes, as setsockopt(2) takes them; not kept. NULL goes to the
 * kernel as NULL with that length, which a few options want. SO_RCVTIMEO and SO_SNDTIMEO keep
 * their meaning in blocking mode: the wait ends with -EAGAIN.
 * Returns 0, -EBADF, or the error of setsockopt(2): -ENOPROTOOPT, -EINVAL, -EFAULT. Any thread;
 * not from a signal handler. Since 0.1.0.
 */
int sock_setsockopt(sock_t s, int level, int name, const void *value, size_t len);

/**
 * Reads a socket option.
 *
 * `value`: where to put its bytes. `len`: on entry how many there is room for, on success how many
 * the kernel wrote (for a few options: how many it has).
 * Returns 0; -EFAULT when `len` is NULL, or `value` is and `*len` is not 0; -EBADF; or the error of
 * getsockopt(2). Any thread; not from a signal handler. Since 0.1.0.
 */
int sock_getsockopt(sock_t s, int level, int name, void *value, size_t *len);

/** Sets an option that is one int. Returns as `sock_setsockopt`. Since 0.1.0. */
int sock_setsockopt_int(sock_t s, int level, int name, int value);

/**
 * Reads an option that is one int.
 *
 * `value`: receives it; of an option that is a struct, its first four bytes; written only on
 * success. Returns 0, -EFAULT, -EBADF, or the error of getsockopt(2). Since 0.1.0.
 */
int sock_getsockopt_int(sock_t s, int level, int name, int *value);

/**
 * Sets an option of 64 bits, as those of AF_VSOCK are: its level is AF_VSOCK, its names
 * SO_VM_SOCKETS_BUFFER_SIZE, _MIN_SIZE and _MAX_SIZE. Returns as `sock_setsockopt`. Since 0.1.0.
 */
int sock_setsockopt_u64(sock_t s, int level, int name, uint64_t value);

/**
 * Reads an option of 64 bits: those of AF_VSOCK, SO_COOKIE, ...
 *
 * `value`: receives it; written only on success. Returns 0; -EINVAL for an option of another size;
 * -EFAULT, -EBADF, or the error of getsockopt(2). Since 0.1.0.
 */
int sock_getsockopt_u64(sock_t s, int level, int name, uint64_t *value);

/**
 * Switches keepalive on or off and sets its figures.
 *
 * `on`: not 0 for on. `idle`: the silence after which the first probe is sent; `interval`: the time
 * between probes; both in nanoseconds, whole seconds from 1 to 32767 of them, because the kernel counts
 * in seconds. `count`: how many probes without an answer end the connection with -ETIMEDOUT, 1 to 127.
 * A figure of 0 stays as it is. Sockets other than TCP have the switch alone.
 * Returns 0; -EINVAL for a figure out of range or between two seconds, and nothing is changed; -EBADF;
 * or the error of setsockopt(2). Any thread. Since 0.1.0. See tcp(7), TCP_KEEPIDLE.
 */
int sock_set_keepalive(sock_t s, int on, int64_t idle, int64_t interval, int count);

/**
 * Whether keepalive is on, and its figures.
 *
 * `idle`, `interval`: receive spans in nanoseconds. `count`: receives a number of probes. Each may be
 * NULL; with all three NULL any socket answers, else TCP sockets alone.
 * Returns 1 when it is on, 0 when it is off; -EBADF, or the error of getsockopt(2). Any thread.
 * Since 0.1.0.
 */
int sock_get_keepalive(sock_t s, int64_t *idle, int64_t *interval, int *count);

/**
 * Sets what closing does with data that is not sent yet (SO_LINGER).
 *
 * `on`: 0, and closing leaves the data to the kernel and returns at once; not 0, and it waits up to
 * `span` until they are acknowledged. `span`: nanoseconds, whole seconds, because the kernel counts in
 * seconds; SOCK_FOREVER for the longest it knows. With 0 and `on`, closing resets the connection and
 * throws the data away.
 * Returns 0; -EINVAL for a span that is negative, too long, or between two seconds; -EBADF. Any thread.
 * Since 0.1.0. See socket(7).
 */
int sock_set_linger(sock_t s, int on, int64_t span);

/**
 * Whether closing lingers, and how long.
 *
 * `span`: receives nanoseconds, SOCK_FOREVER for the longest span; may be NULL.
 * Returns 1 when it is on, 0 when it is off; -EBADF, or the error of getsockopt(2). Any thread.
 * Since 0.1.0.
 */
int sock_get_linger(sock_t s, int64_t *span);

/**
 * Asks for a buffer size (SO_RCVBUF, SO_SNDBUF) and tells what came of it.
 *
 * `direction`: SOCK_READ or SOCK_WRITE. `bytes`: 0 to 2147483647, as for setsockopt(2).
 * Returns the size as the kernel now counts it, which is seldom `bytes`: Linux doubles it for its own
 * bookkeeping, and silently keeps it between a minimum and net.core.rmem_max or wmem_max; -EINVAL for
 * another direction or size; -EBADF. Any thread. Since 0.1.0. See socket(7).
 */
int64_t sock_set_buffer(sock_t s, int direction, int64_t bytes);

/**
 * The size of a buffer in bytes, as the kernel counts it: bookkeeping included.
 *
 * `direction`: SOCK_READ or SOCK_WRITE.
 * Returns the size; -EINVAL for another direction; -EBADF. Any thread. Since 0.1.0.
 */
int64_t sock_get_buffer(sock_t s, int direction);

/**
 * Binds a socket to a network interface: it sends and receives through this one alone.
 *
 * `name`: the interface's name; "" frees the socket again.
 * Returns 0; -ENODEV when there is no such interface (a name that is too long for one too, which the
 * kernel would cut); -EPERM, where only root may change it; -EFAULT for NULL; -EBADF. Any thread.
 * Since 0.1.0. See socket(7), SO_BINDTODEVICE.
 */
int sock_set_device(sock_t s, const char *name);

/**
 * The interface that a socket is bound to.
 *
 * `buf`, `cap`: where to put its name with a NUL; NULL with 0 asks. Empty when it is bound to none.
 * Returns the length needed, without the NUL; -EFAULT; -EBADF. Any thread. Since 0.1.0.
 */
int64_t sock_get_device(sock_t s, char *buf, size_t cap);

/**
 * Joins a multicast group, AF_INET or AF_INET6 as the group is.
 *
 * `group`: its address; the port does not count. `source`: take from this sender alone
 * (source-specific multicast), an address of the same family; NULL for every sender.
 * `device`, `index`: on which interface, by name or by index. NULL or "" and 0 leave it to the zone
 * of the group's address, and without one to the kernel. What is given twice must agree.
 * Returns 0; -EINVAL for what is no multicast address, a source of another family, or two interfaces;
 * -ENODEV for an unknown interface; -EADDRINUSE when it is joined already; -EAFNOSUPPORT for addresses of
 * other families; -EFAULT for NULL; -EBADF; or the error of setsockopt(2). Any thread. Since 0.1.0.
 * See ip(7), RFC 3678.
 */
int sock_join_group(sock_t s, const struct sock_addr *group, const struct sock_addr *source,
                    const char *device, int64_t index);

/**
 * Leaves a multicast group; the arguments are those with which it was joined. Closing leaves all.
 *
 * Returns 0; -EADDRNOTAVAIL when the group was not joined so; otherwise as `sock_join_group`.
 * Any thread. Since 0.1.0.
 */
int sock_leave_group(sock_t s, const struct sock_addr *group, const struct sock_addr *source,
                     const char *device, int64_t index);

/**
 * The process at the other end of an AF_UNIX connection, as it was when the connection was made:
 * by connect, listen or socketpair.
 *
 * `pid`, `uid`, `gid`: receive process, user and group; each may be NULL. The process is 0 where it is in
 * a PID namespace that this process cannot see. Its number may be another's by now: `sock_peer_pidfd`.
 * Returns 0; -ENOTCONN for an AF_UNIX socket without a peer; -EOPNOTSUPP for other families; -EBADF.
 * Any thread. Since 0.1.0. See unix(7), SO_PEERCRED.
 */
int sock_peer_cred(sock_t s, int64_t *pid, int64_t *uid, int64_t *gid);

/**
 * A descriptor of the process at the other end of an AF_UNIX connection, which no later process can
 * take over: for pidfd_send_signal(2), waitid(2), poll(2).
 *
 * Returns the descriptor, close-on-exec, which the caller closes with close(2); -ESRCH when the process
 * is gone; -ENOPROTOOPT when the kernel is older than Linux 6.5; -ENOTCONN and -EOPNOTSUPP as
 * `sock_peer_cred`; -EMFILE; -EBADF. Any thread. Since 0.1.0. See pidfd_open(2), SO_PEERPIDFD.
 */
SOCK_MUST_CHECK
int sock_peer_pidfd(sock_t s);

/**
 * Sets how long sent data may stay unacknowledged before the connection ends with -ETIMEDOUT.
 *
 * `span`: nanoseconds, whole milliseconds up to 2147483647 of them (24.8 days), because the kernel counts
 * in milliseconds; 0 leaves it to the system.
 * Returns 0; -EINVAL for a span out of range or between two milliseconds; -EBADF; or the error of
 * setsockopt(2) for what is no TCP socket. Any thread. Since 0.1.0. See tcp(7), TCP_USER_TIMEOUT, RFC 5482.
 */
int sock_set_user_timeout(sock_t s, int64_t span);

/**
 * How long sent data may stay unacknowledged, in nanoseconds; 0 when it is left to the system.
 * Returns it; -EBADF; or the error of getsockopt(2). Any thread. Since 0.1.0.
 */
int64_t sock_get_user_timeout(sock_t s);

/**
 * Chooses the congestion control of a TCP socket by name: "cubic", "reno", "bbr".
 *
 * Returns 0; -ENOENT when the kernel has none of that name; -EPERM when it is kept for root; -EFAULT for
 * NULL; -EBADF; or the error of setsockopt(2). Any thread. Since 0.1.0. See tcp(7), TCP_CONGESTION.
 */
int sock_set_congestion(sock_t s, const char *name);

/**
 * The name of a TCP socket's congestion control.
 *
 * `buf`, `cap`: where to put it with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; -EFAULT; -EBADF; or the error of getsockopt(2).
 * Any thread. Since 0.1.0.
 */
int64_t sock_get_congestion(sock_t s, char *buf, size_t cap);

/**
 * What the kernel knows of a TCP connection (TCP_INFO).
 *
 * `info`: its `size` is set by the caller, sizeof(struct sock_tcp_info); the rest is written, as much of
 * it as both the program's struct and this library have.
 * Returns 0; -EINVAL for a size below that of version 0.1.0; -EFAULT for NULL; -EBADF; or the error of
 * getsockopt(2) for what is no TCP socket. Any thread. Since 0.1.0. See tcp(7).
 */
int sock_get_tcp_info(sock_t s, struct sock_tcp_info *info);

/**
 * A new stream socket that speaks MPTCP (several paths at once) where the kernel has it and it is
 * switched on, else plain TCP. (`sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)` fails in that case.)
 *
 * `family`: AF_INET or AF_INET6.
 * Returns a handle, as `sock_socket`. `sock_mptcp_state` tells what became of it. Any thread.
 * Since 0.1.0. See RFC 8684.
 */
SOCK_MUST_CHECK
sock_t sock_socket_mptcp(int family);

/**
 * Whether a socket speaks MPTCP: SOCK_MPTCP_NONE, SOCK_MPTCP_ASKED, SOCK_MPTCP_ACTIVE or
 * SOCK_MPTCP_FALLBACK.
 *
 * A connection that a listener of MPTCP accepted from a plain TCP client has fallen back. A listening
 * socket has asked. What never asked, and what `sock_socket_mptcp` made as TCP, has none.
 * Returns the state; -EBADF; or the error of getsockopt(2). Any thread. Since 0.1.0.
 */
int sock_mptcp_state(sock_t s);


/* -------------------------------------------------------------------------------------------------
 * Address families
 * -------------------------------------------------------------------------------------------------
 *
 * What the families of Linux have of their own, beyond AF_INET, AF_INET6 and AF_UNIX: a constructor and
 * a getter with named fields for each kind of address, its text form, and the options that are more
 * than one int. Everything else, from `sock_bind` to `sock_recvmsg`, is as for any socket, limits, close
 * and cancel tokens included. A kernel without a family answers `sock_socket` with -EAFNOSUPPORT.
 *
 *   netlink:4711  netlink:0:0x10       port, groups
 *   packet:eth0:0x800                  interface, protocol; what follows where it is not 0 is
 *   packet:eth0:0x3:4:1:02:00:5e:10:00:01     type, hardware type, hardware address
 *   can:vcan0                          CAN_RAW and CAN_BCM; `can:` is every interface
 *   can:vcan0:isotp:0x123:0x456        CAN_ISOTP: received and sent identifier
 *   can:vcan0:j1939:0x0:0x40000:0x20   CAN_J1939: name, parameter group, address
 *   tipc:name:1000:1                   type, instance, and a domain that is not 0
 *   tipc:range:1000:0:99?scope=2       type, lower, upper; a scope that is not 0
 *   tipc:id:16781313:4242              node, reference
 *   l2cap:00:1A:7D:DA:71:13:4097       controller, PSM, and where they are not 0 CID and address type
 *   rfcomm:00:1A:7D:DA:71:13:1         controller, channel
 *   hci:0  hci:0:1                     device, and a channel that is not 0
 *   sco:00:1A:7D:DA:71:13              controller
 *   alg:skcipher:cbc(aes)              type, name, and where they are not 0 feat and mask
 *   vsock:3:1024                       CID, port, and flags that are not 0
 *   qipcrtr:1:4                        node, port
 *
 * Numbers are read in decimal or behind 0x; in names %XX stands for a byte, as in all text forms.
 * AF_RDS has the addresses of AF_INET and AF_INET6: `sock_addr_ip`. So have SCTP, DCCP, UDP-Lite and
 * MPTCP, which are protocols. system:, link:, divert: and hyperv: belong to other platforms: -ENOTSUP.
 *
 * Within AF_CAN and AF_BLUETOOTH the length tells the form, since an address does not say the protocol:
 * 8 bytes are CAN_RAW and CAN_BCM, 16 ISO-TP, 24 J1939; 6 are HCI, 8 SCO, 10 RFCOMM, 14 L2CAP. A native
 * address that a program made of a whole struct sockaddr_can is therefore kept as one of J1939; a socket
 * of another protocol takes it all the same.
 *
 * An `interface` is a name, or an index in digits; "" and NULL are index 0. The constructors return 0;
 * -EINVAL for a field out of range, which sock_last_error names; -ENAMETOOLONG for a text or a hardware
 * address that is longer than its field; -ENODEV for an unknown interface; -EFAULT for NULL. The getters
 * return -EAFNOSUPPORT for an address of another family, -EINVAL for one of another form and for what is
 * no address, -EFAULT for NULL; their outputs may each be NULL. Any thread.
 */

/**
 * A filter of CAN_RAW: it lets frames pass whose identifier, masked, is `id`, masked. Laid out as
 * `struct can_filter`. Fixed for ever.
 */
struct sock_can_filter {
    /**
     * The identifier, with CAN_EFF_FLAG and CAN_RTR_FLAG where they count; with CAN_INV_FILTER the others
     * pass.
     */
    uint32_t id;
    /** The bits that count. */
    uint32_t mask;
};

/**
 * Makes an AF_NETLINK address.
 *
 * `pid`: the port, 0 for the kernel or, in `sock_bind`, for one that it chooses. `groups`: a bit for each
 * of the first 32 multicast groups. Both 0 to 2^32-1. `out`: receives the address.
 * Returns as told above. Since 0.1.0. See netlink(7), struct sockaddr_nl.
 */
int sock_addr_netlink(int64_t pid, int64_t groups, struct sock_addr *out);

/** The fields of an AF_NETLINK address. Returns 0 or as told above. Since 0.1.0. */
int sock_addr_get_netlink(const struct sock_addr *addr, int64_t *pid, int64_t *groups);

/**
 * Makes an AF_PACKET address.
 *
 * `interface`: as told above; "" binds to every interface. `protocol`: an Ethernet protocol (ETH_P_IP,
 * ETH_P_ALL), 0 to 65535, in host order: the address holds it in network order. `type`: PACKET_HOST (0)
 * and its like, 0 to 255. `hatype`: ARPHRD_ETHER and its like, 0 to 65535. The kernel looks at these two
 * nowhere; it tells them. `hwaddr`, `hwaddr_len`: the hardware address that a SOCK_DGRAM socket sends to,
 * 0 to 8 bytes. `out`: receives the address.
 * Returns as told above. Since 0.1.0. See packet(7), struct sockaddr_ll.
 */
int sock_addr_packet(const char *interface, int64_t protocol, int64_t type, int64_t hatype,
                     const void *hwaddr, size_t hwaddr_len, struct sock_addr *out);

/**
 * The fields of an AF_PACKET address.
 *
 * `interface`, `cap`: where to put the name of the interface with its NUL, "" where the index is 0 or has
 * no name any more; IFNAMSIZ (16) bytes hold any; NULL with 0 asks. `ifindex`, `protocol`, `type`,
 * `hatype`: receive the numbers, the protocol in host order. `hwaddr`, `hwaddr_cap`: where to put the
 * hardware address; at most `hwaddr_cap` bytes are written, 32 hold any. `hwaddr_len`: receives its length,
 * which may be above `hwaddr_cap`. Returns the length of the name, without the NUL; else as told above.
 * Since 0.1.0.
 */
int64_t sock_addr_get_packet(const struct sock_addr *addr, char *interface, size_t cap,
                             int64_t *ifindex, int64_t *protocol, int64_t *type, int64_t *hatype,
                             void *hwaddr, size_t hwaddr_cap, size_t *hwaddr_len);

/**
 * Has an interface hand over all frames that it sees, not only its own (PACKET_MR_PROMISC).
 *
 * `interface`: as told above. `on`: not 0 to ask for it, 0 to take it back; a socket that is closed takes
 * back what it asked for, and the interface goes on as long as any socket asks.
 * Returns 0; -ENODEV; -EBADF; or the error of setsockopt(2). Any thread. Since 0.1.0. See packet(7),
 * PACKET_ADD_MEMBERSHIP.
 */
int sock_set_promiscuous(sock_t s, const char *interface, int on);

/**
 * Makes an AF_CAN address of CAN_RAW or CAN_BCM.
 *
 * `interface`: as told above; "" is every CAN interface. `out`: receives the address, of 8 bytes.
 * Returns as told above. Since 0.1.0. See the kernel's networking/can.rst, struct sockaddr_can.
 */
int sock_addr_can(const char *interface, struct sock_addr *out);

/**
 * Makes an AF_CAN address of CAN_ISOTP.
 *
 * `interface`: as told above. `rx_id`, `tx_id`: the identifiers of the frames that are received and of
 * those that are sent: 0 to 0x7ff, or up to 0x1fffffff with CAN_EFF_FLAG or'ed to it. `out`: receives
 * the address, of 16 bytes. Returns as told above. Since 0.1.0. See ISO 15765-2.
 */
int sock_addr_isotp(const char *interface, int64_t rx_id, int64_t tx_id, struct sock_addr *out);

/**
 * Makes an AF_CAN address of CAN_J1939.
 *
 * `interface`: as told above. `name`: the 64 bits of a device's NAME, or J1939_NO_NAME (0). `pgn`: a
 * parameter group, 0 to 0x3ffff, or J1939_NO_PGN (0x40000). `address`: 0 to 255, J1939_NO_ADDR (255) for
 * none. `out`: receives the address, of 24 bytes.
 * Returns as told above. Since 0.1.0. See the kernel's networking/j1939.rst.
 */
int sock_addr_j1939(const char *interface, uint64_t name, int64_t pgn, int64_t address,
                    struct sock_addr *out);

/**
 * The interface of an AF_CAN address of any protocol.
 *
 * `interface`, `cap`: where to put its name with the NUL, "" for every interface and where the index has no
 * name any more; IFNAMSIZ (16) bytes hold any; NULL with 0 asks. `ifindex`: receives its index, 0 for every
 * interface. Returns the length of the name, without the NUL; else as told above. Since 0.1.0.
 */
int64_t sock_addr_get_can(const struct sock_addr *addr, char *interface, size_t cap,
                          int64_t *ifindex);

/**
 * The fields of an AF_CAN address of CAN_ISOTP.
 *
 * `interface`, `cap`, `ifindex` and the result as in `sock_addr_get_can`. `rx_id`, `tx_id`: receive the
 * identifiers, with their flags. Since 0.1.0.
 */
int64_t sock_addr_get_isotp(const struct sock_addr *addr, char *interface, size_t cap,
                            int64_t *ifindex, int64_t *rx_id, int64_t *tx_id);

/**
 * The fields of an AF_CAN address of CAN_J1939.
 *
 * `interface`, `cap`, `ifindex` and the result as in `sock_addr_get_can`. `name`: receives all 64 bits.
 * `pgn`, `address`: receive the numbers. Since 0.1.0.
 */
int64_t sock_addr_get_j1939(const struct sock_addr *addr, char *interface, size_t cap,
                            int64_t *ifindex, uint64_t *name, int64_t *pgn, int64_t *address);

/**
 * Sets which frames a CAN_RAW socket receives: those that pass any of the filters (CAN_RAW_FILTER).
 *
 * `filters`, `count`: 0 to 512 filters; with none nothing is received, which suits a socket that sends
 * only. A new socket has one that lets everything pass. What CAN_RAW has beyond filters is one int each,
 * for `sock_setsockopt_int` with SOL_CAN_RAW: CAN_RAW_LOOPBACK, CAN_RAW_RECV_OWN_MSGS, CAN_RAW_FD_FRAMES,
 * CAN_RAW_JOIN_FILTERS (all filters must let a frame pass).
 * Returns 0; -EINVAL for too many; -EFAULT for NULL; -EBADF; or the error of setsockopt(2) for what is no
 * CAN_RAW socket. Any thread. Since 0.1.0.
 */
int sock_set_can_filters(sock_t s, const struct sock_can_filter *filters, size_t count);

/**
 * The filters of a CAN_RAW socket.
 *
 * `filters`, `cap`: where to put them; at most `cap` are written. NULL with 0 asks.
 * Returns how many there are, which may be above `cap`; -EFAULT for NULL; -EBADF; or the error of
 * getsockopt(2). Any thread. Since 0.1.0.
 */
int64_t sock_get_can_filters(sock_t s, struct sock_can_filter *filters, size_t cap);

/**
 * Sets which error frames a CAN_RAW socket receives (CAN_RAW_ERR_FILTER); a new one receives none.
 *
 * `classes`: CAN_ERR_TX_TIMEOUT, CAN_ERR_BUSOFF and the like of linux/can/error.h, or'ed; CAN_ERR_MASK
 * (0x1fffffff) is all. Returns 0; -EINVAL for other bits; -EBADF; or the error of setsockopt(2). Any thread.
 * Since 0.1.0.
 */
int sock_set_can_errors(sock_t s, int64_t classes);

/**
 * Waits until a CAN_ISOTP socket has sent all of what it was given last.
 *
 * A send hands one message to the kernel, which sends its frames as the receiver asks for them, and the
 * next send waits until that is done. This call waits for it without sending. Timeout, deadline, token and
 * close end it as any other, and leave the transmission alone.
 * It takes the place of the kernel's flag CAN_ISOTP_WAIT_TX_DONE, with which send itself waits: that wait
 * is inside the kernel, where no timeout, no token and no close of another thread can end it. It is the
 * one wait of which this is true: leave the flag off. Closing waits for the end of a transmission in any
 * case, of one that nobody answers about a second.
 * Returns 0; -ECOMM when the receiver did not answer, and the like; -EAGAIN in non-blocking mode;
 * SOCK_ETIMEDOUT, SOCK_ECANCELED, SOCK_ECLOSED; -EPROTONOSUPPORT for what is no CAN_ISOTP socket; -EBADF.
 * Kernels before Linux 6.3 whose poll(2) tells nothing of it answer at once. Since 0.1.0.
 */
int sock_isotp_wait(sock_t s);

/**
 * Makes an AF_TIPC address.
 *
 * `addr_type`: which of three kinds, and so what the numbers are, each 0 to 2^32-1:
 * TIPC_ADDR_NAMESEQ (1): `v1` type, `v2` lower, `v3` upper, which is not below lower;
 * TIPC_ADDR_NAME (2): `v1` type, `v2` instance, `v3` domain, mostly 0;
 * TIPC_ADDR_ID (3): `v1` node, `v2` reference, `v3` 0.
 * `scope`: TIPC_ZONE_SCOPE (1), TIPC_CLUSTER_SCOPE (2) or TIPC_NODE_SCOPE (3), negated to unbind; 0 where
 * the kernel looks at none. `out`: receives the address.
 * Returns as told above. Since 0.1.0. See tipc(7), struct sockaddr_tipc.
 */
int sock_addr_tipc(int64_t addr_type, int64_t v1, int64_t v2, int64_t v3, int64_t scope,
                   struct sock_addr *out);

/** The fields of an AF_TIPC address, as in `sock_addr_tipc`. Returns 0 or as told above. Since 0.1.0. */
int sock_addr_get_tipc(const struct sock_addr *addr, int64_t *addr_type, int64_t *v1, int64_t *v2,
                       int64_t *v3, int64_t *scope);

/**
 * Makes an AF_BLUETOOTH address of BTPROTO_L2CAP.
 *
 * `bdaddr`: the address of a controller, "00:1A:7D:DA:71:13": six hexadecimal numbers of one or two
 * digits; BDADDR_ANY is "00:00:00:00:00:00", BDADDR_LOCAL "00:00:00:FF:FF:FF". `psm`: the port, 0 to
 * 65535. `cid`: a channel, 0 to 65535, mostly 0. `bdaddr_type`: BDADDR_BREDR (0), BDADDR_LE_PUBLIC or
 * BDADDR_LE_RANDOM, 0 to 255. `out`: receives the address, of 14 bytes.
 * Returns as told above. Since 0.1.0. See bluetooth/l2cap.h, struct sockaddr_l2.
 */
int sock_addr_l2cap(const char *bdaddr, int64_t psm, int64_t cid, int64_t bdaddr_type,
                    struct sock_addr *out);

/**
 * Makes an AF_BLUETOOTH address of BTPROTO_RFCOMM.
 *
 * `bdaddr`: as in `sock_addr_l2cap`. `channel`: 0 to 255, of which the protocol has 1 to 30; `sock_bind`
 * takes a free one for 0. `out`: receives the address, of 10 bytes.
 * Returns as told above. Since 0.1.0. See bluetooth/rfcomm.h, struct sockaddr_rc.
 */
int sock_addr_rfcomm(const char *bdaddr, int64_t channel, struct sock_addr *out);

/**
 * Makes an AF_BLUETOOTH address of BTPROTO_HCI.
 *
 * `dev`: the number of a controller, 0 to 65535, HCI_DEV_NONE (65535) for none. `channel`:
 * HCI_CHANNEL_RAW (0) and its like, 0 to 65535. `out`: receives the address, of 6 bytes.
 * Returns as told above. Since 0.1.0. See bluetooth/hci.h, struct sockaddr_hci.
 */
int sock_addr_hci(int64_t dev, int64_t channel, struct sock_addr *out);

/**
 * Makes an AF_BLUETOOTH address of BTPROTO_SCO.
 *
 * `bdaddr`: as in `sock_addr_l2cap`. `out`: receives the address, of 8 bytes.
 * Returns as told above. Since 0.1.0. See bluetooth/sco.h, struct sockaddr_sco.
 */
int sock_addr_sco(const char *bdaddr, struct sock_addr *out);

/**
 * The fields of an AF_BLUETOOTH address of BTPROTO_L2CAP.
 *
 * `bdaddr`, `cap`: where to put the controller's address with its NUL, in capitals; 18 bytes hold it; NULL
 * with 0 asks. `psm`, `cid`, `bdaddr_type`: receive the numbers.
 * Returns 17, the length of the text; else as told above. Since 0.1.0.
 */
int64_t sock_addr_get_l2cap(const struct sock_addr *addr, char *bdaddr, size_t cap, int64_t *psm,
                            int64_t *cid, int64_t *bdaddr_type);

/**
 * The fields of an AF_BLUETOOTH address of BTPROTO_RFCOMM.
 *
 * `bdaddr`, `cap` and the result as in `sock_addr_get_l2cap`. `channel`: receives the number. Since 0.1.0.
 */
int64_t sock_addr_get_rfcomm(const struct sock_addr *addr, char *bdaddr, size_t cap,
                             int64_t *channel);

/** The fields of an AF_BLUETOOTH address of BTPROTO_HCI. Returns 0 or as told above. Since 0.1.0. */
int sock_addr_get_hci(const struct sock_addr *addr, int64_t *dev, int64_t *channel);

/**
 * The controller of an AF_BLUETOOTH address of BTPROTO_SCO: `bdaddr`, `cap` and the result as in
 * `sock_addr_get_l2cap`. Since 0.1.0.
 */
int64_t sock_addr_get_sco(const struct sock_addr *addr, char *bdaddr, size_t cap);

/**
 * Makes an AF_ALG address, for `sock_bind` of a SOCK_SEQPACKET socket.
 *
 * `type`: "hash", "skcipher", "aead" or "rng", at most 13 bytes. `name`: the algorithm's, as in
 * /proc/crypto, at most 63 bytes. `feat`, `mask`: which implementations, 0 to 2^32-1; mostly 0.
 * `out`: receives the address.
 * Returns as told above. Since 0.1.0. See the kernel's crypto/userspace-if.rst, struct sockaddr_alg.
 */
int sock_addr_alg(const char *type, const char *name, int64_t feat, int64_t mask,
                  struct sock_addr *out);

/**
 * The fields of an AF_ALG address.
 *
 * `type`, `type_cap`: where to put the type with its NUL; 14 bytes hold any. `name`, `name_cap`: where to
 * put the name with its NUL; 64 bytes hold any. NULL with 0 leaves one out. `feat`, `mask`: receive the
 * numbers. Returns the length of the name, without the NUL; else as told above. Since 0.1.0.
 */
int64_t sock_addr_get_alg(const struct sock_addr *addr, char *type, size_t type_cap, char *name,
                          size_t name_cap, int64_t *feat, int64_t *mask);

/**
 * Sets the key of an AF_ALG socket, after `sock_bind` and before `sock_accept` (ALG_SET_KEY).
 *
 * `key`, `len`: not kept. Of AEAD algorithms made by authenc() it has the kernel's form.
 * Returns 0; -EINVAL for a length that the algorithm does not take; -ENOPROTOOPT where it has no key; -EBADF;
 * or the error of setsockopt(2). Any thread. Since 0.1.0.
 */
int sock_set_alg_key(sock_t s, const void *key, size_t len);

/**
 * Sets the length of the tag of an "aead" socket, after `sock_bind` and before `sock_accept`
 * (ALG_SET_AEAD_AUTHSIZE).
 *
 * `size`: bytes, 0 to 2147483647. Returns as `sock_set_alg_key`. Any thread. Since 0.1.0.
 */
int sock_set_alg_tag_size(sock_t s, int64_t size);

/**
 * Sends data to an operation of AF_ALG, which is what `sock_accept` makes of a bound socket, and tells it
 * what to do. The result is then received with `sock_recv`: of "skcipher" as many bytes as were sent, of
 * "aead" those and the tag.
 *
 * `iov`, `iov_count`: the data, in 0 to 1024 pieces; of "aead" the associated data comes first. `op`:
 * ALG_OP_ENCRYPT (1) or ALG_OP_DECRYPT (0), up to 2^32-1. `iv`, `iv_len`: the initialisation vector, up to
 * 65536 bytes; of length 0 none is sent. `assoclen`: how much of the data is associated, 0 to 2^32-1.
 * `flags`: MSG_*; MSG_MORE says that more data follows, by `sock_send` or by this function.
 * The messages at SOL_ALG that go with the data are ALG_SET_OP, ALG_SET_IV and ALG_SET_AEAD_ASSOCLEN.
 * Returns the bytes taken, as `sock_sendmsg`; -EAFNOSUPPORT for a socket of another family; -EINVAL for a
 * field out of range, and from the kernel for what the algorithm does not know; -EFAULT, -EBADF.
 * Since 0.1.0. See the kernel's crypto/userspace-if.rst.
 */
int64_t sock_sendmsg_alg(sock_t s, const struct sock_iovec *iov, size_t iov_count, int64_t op,
                         const void *iv, size_t iv_len, int64_t assoclen, int flags);

/**
 * Makes an AF_VSOCK address.
 *
 * `cid`: the machine: VMADDR_CID_ANY (2^32-1), VMADDR_CID_LOCAL (1), VMADDR_CID_HOST (2) or a guest's.
 * `port`: VMADDR_PORT_ANY (2^32-1) has `sock_bind` take a free one. Both 0 to 2^32-1. `flags`:
 * VMADDR_FLAG_TO_HOST (1) or 0, up to 255. `out`: receives the address.
 * Returns as told above. Since 0.1.0. See vsock(7), struct sockaddr_vm.
 */
int sock_addr_vsock(int64_t cid, int64_t port, int64_t flags, struct sock_addr *out);

/** The fields of an AF_VSOCK address. Returns 0 or as told above. Since 0.1.0. */
int sock_addr_get_vsock(const struct sock_addr *addr, int64_t *cid, int64_t *port, int64_t *flags);

/**
 * The CID of this machine, as /dev/vsock tells it: a guest's own, VMADDR_CID_HOST on a host, VMADDR_CID_LOCAL
 * or VMADDR_CID_ANY where there is no other machine.
 *
 * Returns it, 0 to 2^32-1; -EAFNOSUPPORT where the kernel has no AF_VSOCK; -EACCES. Any thread. Since 0.1.0.
 * See vsock(7), IOCTL_VM_SOCKETS_GET_LOCAL_CID.
 */
int64_t sock_vsock_cid(void);

/**
 * Makes an AF_QIPCRTR address.
 *
 * `node`, `port`: 0 to 2^32-1; QRTR_NODE_BCAST is every node, QRTR_PORT_CTRL the router itself.
 * `out`: receives the address. Returns as told above. Since 0.1.0. See linux/qrtr.h.
 */
int sock_addr_qipcrtr(int64_t node, int64_t port, struct sock_addr *out);

/** The fields of an AF_QIPCRTR address. Returns 0 or as told above. Since 0.1.0. */
int sock_addr_get_qipcrtr(const struct sock_addr *addr, int64_t *node, int64_t *port);


/* -------------------------------------------------------------------------------------------------
 * Network database
 * -------------------------------------------------------------------------------------------------
 *
 * What this machine knows without asking the network: its name, services, protocols, interfaces. The
 * look-ups of services and protocols go through the C library, and so to wherever nsswitch.conf(5)
 * points. All of these may be called from any thread, none from a signal handler.
 *
 * Lists are plain arrays of the caller: a call returns how many entries there are and fills as many as
 * fit, so that one with 0 entries asks for the number. The list may have grown at the next call.
 */

/** A network interface. */
struct sock_interface {
    /** Its index. */
    uint32_t index;
    /** Always 0. */
    uint32_t zero;
    /** Its name, with its NUL. */
    char name[64];
};

/** An address of a network interface. */
struct sock_interface_addr {
    /** The interface's index. */
    uint32_t index;
    /** Its flags: IFF_UP, IFF_LOOPBACK, IFF_MULTICAST ..., by name in the table of constants. */
    uint32_t flags;
    /** Its name, with its NUL. */
    char name[64];
    /** The address: AF_INET, AF_INET6, or AF_PACKET for the link itself. Empty where there is none. */
    struct sock_addr address;
    /** The netmask, as an address. Empty where there is none. */
    struct sock_addr netmask;
    /** The broadcast address; the other end, where `flags` has IFF_POINTOPOINT. Empty where there is none. */
    struct sock_addr broadcast;
};

/**
 * The name of this machine.
 *
 * `buf`, `cap`: where to put it with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; -EFAULT; or the error of gethostname(2). Since 0.1.0.
 */
int64_t sock_gethostname(char *buf, size_t cap);

/**
 * Gives this machine another name.
 *
 * Returns 0; -EPERM without the privilege; -EINVAL when it is too long; -EFAULT for NULL. Since 0.1.0.
 * See sethostname(2).
 */
int sock_sethostname(const char *name);

/**
 * The port of a service: 443 of "https".
 *
 * `proto`: "tcp", "udp" and the like; NULL for any.
 * Returns the port in host order, 0 to 65535; -ENOENT when it is not known; -EFAULT for NULL as the name;
 * or the error of getservbyname_r(3). Since 0.1.0. See services(5).
 */
int sock_getservbyname(const char *name, const char *proto);

/**
 * The name of the service at a port: "https" of 443.
 *
 * `port`: 0 to 65535, in host order. `proto`: as in `sock_getservbyname`.
 * `buf`, `cap`: where to put the name with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; -ENOENT when there is none; -EINVAL for a port out of range;
 * -EFAULT; or the error of getservbyport_r(3). Since 0.1.0.
 */
int64_t sock_getservbyport(int64_t port, const char *proto, char *buf, size_t cap);

/**
 * The number of a protocol: 6 of "tcp".
 *
 * Returns the number; -ENOENT when it is not known; -EFAULT for NULL; or the error of
 * getprotobyname_r(3). Since 0.1.0. See protocols(5).
 */
int sock_getprotobyname(const char *name);

/**
 * The index of a network interface.
 *
 * Returns it, above 0; -ENODEV when there is no such interface; -EFAULT for NULL. Since 0.1.0.
 * See if_nametoindex(3).
 */
int64_t sock_if_nametoindex(const char *name);

/**
 * The name of a network interface.
 *
 * `index`: 0 to 2^32-1. `buf`, `cap`: where to put the name with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; -ENXIO when there is no such interface; -EINVAL for an
 * index out of range; -EFAULT. Since 0.1.0. See if_indextoname(3).
 */
int64_t sock_if_indextoname(int64_t index, char *buf, size_t cap);

/**
 * Every network interface with its index, addresses or not.
 *
 * `out`, `cap`: an array of `cap` entries; NULL with 0 asks for the number.
 * Returns how many there are, of which the first `cap` are written; -EFAULT; or the error of
 * if_nameindex(3), such as -EMFILE. Since 0.1.0.
 */
int64_t sock_if_nameindex(struct sock_interface *out, size_t cap);

/**
 * Every address of every network interface.
 *
 * `out`, `cap`: an array of `cap` entries; NULL with 0 asks for the number.
 * Returns how many there are, of which the first `cap` are written; -EFAULT; or the error of
 * getifaddrs(3), such as -EMFILE. Since 0.1.0.
 */
int64_t sock_getifaddrs(struct sock_interface_addr *out, size_t cap);

/**
 * Whether this library was built with IPv6: 1. It says nothing of the machine it runs on; for that,
 * `sock_has_dualstack_ipv6`. Since 0.1.0.
 */
int sock_has_ipv6(void);

/**
 * Whether one IPv6 stream socket can also serve IPv4 on this machine, tried with a socket: 1 or 0, never
 * an error. 0 where IPv6 is off. Since 0.1.0.
 */
int sock_has_dualstack_ipv6(void);


/* -------------------------------------------------------------------------------------------------
 * Conversions
 * -------------------------------------------------------------------------------------------------
 *
 * Byte order, and numeric IP hosts as bytes and text. C programs have these in their system's headers,
 * most as macros; here they are functions for every language, with their ranges checked. No function
 * looks a name up or makes a system call. Any thread; async-signal-safe as long as they succeed.
 */

/**
 * 32 bits from host to network byte order.
 * `host`: 0 to 2^32-1. Returns the number, 0 to 2^32-1; -EINVAL out of range. Since 0.1.0.
 */
int64_t sock_htonl(int64_t host);

/**
 * 16 bits from host to network byte order.
 * `host`: 0 to 65535. Returns the number, 0 to 65535; -EINVAL out of range. Since 0.1.0.
 */
int64_t sock_htons(int64_t host);

/**
 * 32 bits from network to host byte order.
 * `net`: 0 to 2^32-1. Returns the number, 0 to 2^32-1; -EINVAL out of range. Since 0.1.0.
 */
int64_t sock_ntohl(int64_t net);

/**
 * 16 bits from network to host byte order.
 * `net`: 0 to 65535. Returns the number, 0 to 65535; -EINVAL out of range. Since 0.1.0.
 */
int64_t sock_ntohs(int64_t net);

/**
 * The four bytes of an IPv4 host in any form that inet_aton(3) has ever taken, on every platform alike:
 * one to four parts with dots between, decimal, octal with a leading 0 or hexadecimal with 0x, of which
 * the last fills all bytes that are left; white space ends it, and what follows does not count.
 *
 * `text`: "192.0.2.1", "127.1", "0x7f000001". `out`, `cap`: receive the bytes in network order.
 * Returns 4; -EINVAL for what is no such form; -ENOSPC when `cap` is below 4; -EFAULT for NULL.
 * Since 0.1.0. See inet(3).
 */
int sock_inet_aton(const char *text, void *out, size_t cap);

/**
 * The text of an IPv4 host of four bytes: "192.0.2.1".
 *
 * `bytes`, `len`: the host in network order; `len` must be 4.
 * `buf`, `cap`: where to put the text with its NUL; 16 hold any. NULL with 0 asks.
 * Returns the length needed, without the NUL; -EINVAL for another length; -EFAULT for NULL. Since 0.1.0.
 */
int64_t sock_inet_ntoa(const void *bytes, size_t len, char *buf, size_t cap);

/**
 * The bytes of a numeric host, strictly: IPv4 as four decimal numbers without leading zeros, IPv6 as
 * in RFC 4291 without a zone.
 *
 * `family`: AF_INET or AF_INET6. `text`: the host. `out`, `cap`: receive 4 or 16 bytes in network order.
 * Returns 4 or 16; -EINVAL for what is no address of the family; -EAFNOSUPPORT for another family;
 * -ENOSPC when `cap` is too small; -EFAULT for NULL. Since 0.1.0. See inet_pton(3).
 */
int sock_inet_pton(int family, const char *text, void *out, size_t cap);

/**
 * The text of a host, IPv6 as RFC 5952 has it, with the last four bytes dotted in "::ffff:192.0.2.1" and
 * "::192.0.2.1".
 *
 * `family`: AF_INET or AF_INET6. `bytes`, `len`: the host in network order, exactly 4 or 16 bytes.
 * `buf`, `cap`: where to put the text with its NUL; 46 hold any. NULL with 0 asks.
 * Returns the length needed, without the NUL; -EINVAL for another length; -EAFNOSUPPORT for another
 * family; -EFAULT for NULL. Since 0.1.0. See inet_ntop(3).
 */
int64_t sock_inet_ntop(int family, const void *bytes, size_t len, char *buf, size_t cap);


/* -------------------------------------------------------------------------------------------------
 * Names
 * -------------------------------------------------------------------------------------------------
 *
 * Hosts and services to addresses, and back. What is a number is answered at once, without a system
 * call. Everything else is asked of the C library's resolver (/etc/hosts, DNS, mDNS: whatever the system
 * is set up for), by a few threads of the library's own that start when one is needed, block all signals
 * and are never waited for: a resolver that hangs holds no caller beyond its time. A lookup that
 * everybody has left goes on by itself and is counted until it ends.
 *
 * Limits: a span from now, a deadline on the clock of `sock_now`, a cancel token; the earliest ends the
 * call, with SOCK_ETIMEDOUT or SOCK_ECANCELED. Failures of a lookup have codes of their own, SOCK_EAI_NONAME,
 * SOCK_EAI_AGAIN and so on; they are the same on every platform, and `sock_is_resolver` knows them.
 * Hosts beyond ASCII are spelled by UTS 46 (IDNA) before they are looked up.
 * A fork waits up to 0.1 seconds for lookups that have just begun, because the C library then holds locks
 * which the child could never take; a program that forks while it looks names up does better not to look up
 * any in the child.
 * From any thread, none of these from a signal handler.
 */

/** The handle of what a lookup has found. Closed by the caller with `sock_close`. */
typedef int64_t sock_addrinfo_list_t;

/** What to look up, and for how long. Begins with its own size; zero everywhere else is what NULL means. */
struct sock_addrinfo_options {
    /** sizeof(struct sock_addrinfo_options). */
    size_t size;
    /** AF_INET, AF_INET6, or 0 (AF_UNSPEC) for both. */
    int32_t family;
    /** SOCK_STREAM, SOCK_DGRAM, ..., or 0 for all. */
    int32_t type;
    /** IPPROTO_TCP, ..., or 0 for all. */
    int32_t proto;
    /** AI_PASSIVE, AI_CANONNAME, ... */
    int32_t flags;
    /**
     * At most so many nanoseconds from now. 0: the default timeout, if there is one; SOCK_FOREVER: no
     * limit; 1 does without whatever takes a lookup.
     */
    int64_t timeout_ns;
    /** Until this moment; 0: no deadline. */
    int64_t deadline_ns;
    /** A cancel token, or 0. */
    sock_cancel_t cancel;
};

/** One answer of a lookup. Fixed for ever; 152 bytes. */
struct sock_addrinfo {
    /** AF_INET or AF_INET6. */
    int32_t family;
    /** SOCK_STREAM, ...; 0 from the calls that look up hosts alone. */
    int32_t type;
    /** IPPROTO_TCP, ... */
    int32_t proto;
    /** 0. */
    int32_t zero;
    /** The address, with the port that was asked for. */
    struct sock_addr address;
};

/**
 * The handle of an operation: a lookup or a dial under way.
 *
 * `sock_fileno` gives its descriptor, which is readable when a step is due: add it to an event loop
 * (poll(2), epoll(7), libuv ...), and call the step function until it answers something other than 0.
 * It still belongs to the handle. `sock_setcancel` and `sock_setdeadline` (SOCK_READ) work on it;
 * `sock_close` cancels what is under way and frees everything. In the child of a fork it answers
 * -ESTALE, and can be closed.
 */
typedef int64_t sock_op_t;

/** The lookups of this process at one moment, and since its beginning. */
struct sock_lookup_stats {
    /**
     * Threads of the library that look names up: at most 16, and 16 more while as many hang in lookups
     * that everybody has left.
     */
    int64_t threads;
    /** Those of them without work; they end after 5 seconds. */
    int64_t idle;
    /** Lookups that wait for a thread. */
    int64_t queued;
    /** Lookups that run. */
    int64_t running;
    /** Those of them that everybody has left. */
    int64_t abandoned;
    /** Lookups since the process began. */
    int64_t total;
    /** Those of them that were left while they ran. */
    int64_t abandoned_total;
};

/**
 * The first address of a host and a port: what bind, connect and sendto need.
 *
 * `host`: NULL or "" is the wildcard address, "<broadcast>" is 255.255.255.255; a number is taken as it
 * is, a zone too ("fe80::1%eth0"); anything else is looked up.
 * `port`: a number from 0 to 65535 as text, or the name of a service; NULL or "" is 0.
 * `family`: AF_INET, AF_INET6 or 0 for whatever comes first.
 * `timeout_ns`: how long a lookup may take; 0 does without; SOCK_FOREVER has no limit.
 * `out`: receives the address; written only on success.
 * Returns 0; -EINVAL for a port out of range, a negative time or a host that cannot be encoded;
 * SOCK_EAI_ADDRFAMILY for a number of another family, SOCK_EAI_FAMILY for another family, SOCK_EAI_NONAME and
 * others of the lookup; SOCK_ETIMEDOUT; -EFAULT for a NULL `out`. Since 0.1.0. See getaddrinfo(3).
 */
int sock_resolve(const char *host, const char *port, int family, int64_t timeout_ns,
                 struct sock_addr *out);

/**
 * All addresses of a host and a service.
 *
 * `host`: a name or a number; NULL is the wildcard with AI_PASSIVE, else this machine. "" and
 * "<broadcast>" mean nothing here.
 * `port`: a number from 0 to 65535 as text, or the name of a service; NULL is 0.
 * `opt`: what to look for and the limits; NULL is all, under the default timeout.
 * Returns a list in the order of the resolver, closed by the caller; SOCK_EAI_NONAME, also when both
 * texts are NULL, and the other codes of lookups; -EINVAL for a port out of range; -E2BIG for options that
 * this library does not know; SOCK_ETIMEDOUT, SOCK_ECANCELED. Since 0.1.0. See getaddrinfo(3).
 */
sock_addrinfo_list_t sock_getaddrinfo(const char *host, const char *port,
                                      const struct sock_addrinfo_options *opt);

/**
 * The answers that take no lookup: of a host and a port that are numbers, as `sock_getaddrinfo` would
 * give them, straight into an array. No system call but for the name of a zone, and no handle.
 *
 * `host`, `port`, `opt`: as there; the limits do not count. `out`, `cap`: where to put the answers, of which
 * there are at most 3; NULL with 0 asks.
 * Returns how many there are, of which the first `cap` are written; 0 where it takes a lookup, or
 * AI_CANONNAME asks for a name: `sock_getaddrinfo` then; errors as there, -EFAULT for NULL. Since 0.1.0.
 */
int64_t sock_addrinfo_numeric(const char *host, const char *port,
                              const struct sock_addrinfo_options *opt, struct sock_addrinfo *out,
                              size_t cap);

/**
 * Starts a lookup without waiting for it: `sock_getaddrinfo` for event loops.
 *
 * Parameters and errors as there; none is kept. Returns an operation, closed by the caller.
 * Since 0.1.0.
 */
sock_op_t sock_getaddrinfo_start(const char *host, const char *port,
                                 const struct sock_addrinfo_options *opt);

/**
 * Does what a lookup has to do now; never waits.
 *
 * `op`: from `sock_getaddrinfo_start`. Returns 0 while it is in progress: wait until its descriptor is
 * readable; then once the list, which the caller closes, or the error of `sock_getaddrinfo`. After that
 * -EINVAL. -ENOTSOCK for another kind of operation, -ESTALE in the child of a fork. Since 0.1.0.
 */
sock_addrinfo_list_t sock_getaddrinfo_step(sock_op_t op);

/** How many answers a list has; -EBADF, -ENOTSOCK. Since 0.1.0. */
int64_t sock_addrinfo_list_count(sock_addrinfo_list_t list);

/**
 * One answer of a list.
 *
 * `index`: from 0. `out`: receives it; written only on success.
 * Returns 0; -EINVAL for an index beyond the end; -EFAULT, -EBADF, -ENOTSOCK. Since 0.1.0.
 */
int sock_addrinfo_list_at(sock_addrinfo_list_t list, int64_t index, struct sock_addrinfo *out);

/**
 * The official name of the host: of the first answer, where AI_CANONNAME asked for it or the call gives
 * it anyway; otherwise "".
 *
 * `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; errors as `sock_addrinfo_list_at`. Since 0.1.0.
 */
int64_t sock_addrinfo_list_canonname(sock_addrinfo_list_t list, int64_t index, char *buf,
                                     size_t cap);

/**
 * How many other names a host has: of lists that `sock_gethostbyname_ex` and `sock_gethostbyaddr` made,
 * otherwise 0. -EBADF, -ENOTSOCK. Since 0.1.0.
 */
int64_t sock_addrinfo_list_alias_count(sock_addrinfo_list_t list);

/**
 * Another name of a host.
 *
 * `index`: from 0. `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; errors as `sock_addrinfo_list_at`. Since 0.1.0.
 */
int64_t sock_addrinfo_list_alias(sock_addrinfo_list_t list, int64_t index, char *buf, size_t cap);

/**
 * The names of an address: host and service.
 *
 * `addr`: an address of any family that the C library has names for.
 * `flags`: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM ...; with both of the first nothing is
 * looked up.
 * `host`, `host_cap`, `service`, `service_cap`: where to put the texts, each with its NUL; NULL with 0
 * leaves one out. NI_MAXHOST (1025) and NI_MAXSERV (32) hold any. A zone stands in the host, as
 * "fe80::1%eth0".
 * `timeout_ns`: how long the lookup may take; SOCK_FOREVER has no limit.
 * Returns 0; SOCK_EAI_OVERFLOW where a text does not fit, and then neither is written; SOCK_EAI_NONAME with
 * NI_NAMEREQD where there is no name; SOCK_EAI_BADFLAGS, SOCK_EAI_FAMILY, SOCK_EAI_AGAIN ...; SOCK_ETIMEDOUT;
 * -EINVAL for what is no address; -EFAULT. Since 0.1.0. See getnameinfo(3).
 */
int sock_getnameinfo(const struct sock_addr *addr, int flags, char *host, size_t host_cap,
                     char *service, size_t service_cap, int64_t timeout_ns);

/**
 * Starts to look up the names of an address without waiting for them: `sock_getnameinfo` for event loops.
 *
 * Parameters and errors as there; nothing is kept. Returns an operation, closed by the caller.
 * Since 0.1.0.
 */
sock_op_t sock_getnameinfo_start(const struct sock_addr *addr, int flags, int64_t timeout_ns);

/**
 * Does what such a lookup has to do now; never waits.
 *
 * `op`: from `sock_getnameinfo_start`. `host`, `host_cap`, `service`, `service_cap`: as in `sock_getnameinfo`.
 * Returns 0 while it is in progress: wait until its descriptor is readable; then once 1, with the names
 * written, or the error of `sock_getnameinfo`. After that -EINVAL. -ENOTSOCK for another kind of
 * operation, -ESTALE in the child of a fork. Since 0.1.0.
 */
int sock_getnameinfo_step(sock_op_t op, char *host, size_t host_cap, char *service,
                          size_t service_cap);

/**
 * The first IPv4 address of a name: `sock_resolve` with AF_INET and no port.
 *
 * `name`: as the host there. `timeout_ns`, `out`: as there. Returns 0 or a code as there. Since 0.1.0.
 */
int sock_gethostbyname(const char *name, int64_t timeout_ns, struct sock_addr *out);

/**
 * All IPv4 addresses of a name, with its official name and its other names.
 *
 * `name`: as in `sock_gethostbyname`. `timeout_ns`: for both lookups that this takes.
 * Returns a list, closed by the caller: sock_addrinfo_list_canonname of its first entry is the official name. A
 * failure to resolve has a code like SOCK_EAI_NONAME; what comes after it SOCK_HOST_NOT_FOUND,
 * SOCK_TRY_AGAIN, SOCK_NO_RECOVERY or SOCK_NO_DATA. Since 0.1.0. See gethostbyname(3).
 */
sock_addrinfo_list_t sock_gethostbyname_ex(const char *name, int64_t timeout_ns);

/**
 * The name of an address.
 *
 * `name`: an address of either family as text, or a name, of which the first address is taken.
 * `timeout_ns`: for both lookups that this takes.
 * Returns a list as `sock_gethostbyname_ex`. Since 0.1.0. See gethostbyaddr(3).
 */
sock_addrinfo_list_t sock_gethostbyaddr(const char *name, int64_t timeout_ns);

/**
 * The full name of a host: the first of its names with a dot in it.
 *
 * `name`: a name or an address; NULL, "", "0.0.0.0" and "::" are this machine. Blanks around are cut.
 * `timeout_ns`: for all lookups that this takes.
 * `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL. Where nothing is found the name is the answer, as it was
 * given. SOCK_ETIMEDOUT; -EFAULT. Since 0.1.0.
 */
int64_t sock_getfqdn(const char *name, int64_t timeout_ns, char *buf, size_t cap);

/**
 * The lookups of this process: how many run, wait, or were left by everybody.
 *
 * `out`: receives the counts. Returns 0 or -EFAULT. Since 0.1.0.
 */
int sock_lookup_stats(struct sock_lookup_stats *out);


/* -------------------------------------------------------------------------------------------------
 * Connections
 * -------------------------------------------------------------------------------------------------
 *
 * From a name to a connected socket under one limit, which holds for the lookup and every address
 * together. The addresses are tried as RFC 8305 ("Happy Eyeballs") says: IPv6 and IPv4 in turn, a new
 * attempt every 250 ms or as soon as one has failed, while those before stay alive; the first that is
 * connected wins. One dead address costs a quarter of a second, not a timeout.
 * From any thread, none of these from a signal handler.
 */

/** Phase of an attempt: the lookup of one family, which has failed or was not waited for. */
#define SOCK_PHASE_LOOKUP 1
/** Phase of an attempt: no socket could be made. */
#define SOCK_PHASE_SOCKET 2
/** Phase of an attempt: its options could not be set, or it could not be bound to the source address. */
#define SOCK_PHASE_BIND 3
/** Phase of an attempt: it was on its way. */
#define SOCK_PHASE_CONNECT 4
/** Phase of an attempt: it is connected. */
#define SOCK_PHASE_CONNECTED 5

/** One attempt to connect. Fixed for ever; 160 bytes. */
struct sock_attempt {
    /** The address that was tried; of a lookup the family alone. */
    struct sock_addr address;
    /** How far it got: SOCK_PHASE_... */
    int32_t phase;
    /**
     * How it ended: 0 while it is under way and of the winner, SOCK_ECANCELED of those that the winner
     * left behind, SOCK_ETIMEDOUT where time was up, or its own error.
     */
    int32_t code;
    /** When it began, on the clock of `sock_now`. */
    int64_t start_ns;
    /** When it ended; 0 while it is under way. */
    int64_t end_ns;
};

/** How to connect. Begins with its own size; zero everywhere else is what NULL means. */
struct sock_connect_options {
    /** sizeof(struct sock_connect_options). */
    size_t size;
    /**
     * At most so many nanoseconds from now for all of it. 0: the default timeout, if there is one;
     * SOCK_FOREVER: no limit.
     */
    int64_t timeout_ns;
    /** Until this moment; 0: no deadline. */
    int64_t deadline_ns;
    /** At most so many nanoseconds for each attempt; 0: as long as there is time. */
    int64_t attempt_timeout_ns;
    /** How long the addresses of IPv4 wait for those of IPv6; 0: 50 ms; negative: not at all. */
    int64_t resolution_delay_ns;
    /**
     * How long after one attempt the next begins; 0: 250 ms; negative: when the one before has failed,
     * in the resolver's order, as Python does; 1: all at once.
     */
    int64_t stagger_ns;
    /** A cancel token, or 0. */
    sock_cancel_t cancel;
    /** The local address, or NULL. An attempt of another family fails. */
    const struct sock_addr *source;
    /** Where the attempts are put when the call ends, also when it fails; may be NULL. */
    struct sock_attempt *attempts;
    /** Room for so many of them. */
    size_t attempts_cap;
    /** Receives how many there were, which may be above `attempts_cap`; may be NULL. */
    size_t *attempts_count;
    /** AF_INET, AF_INET6, or 0 for both. */
    int32_t family;
    /**
     * Not 0: TCP fast open (RFC 7413). The socket then counts as connected before the other end has
     * answered where the kernel has its cookie, and the first data goes with the handshake.
     */
    int32_t fast_open;
};

/**
 * Connects to a host and a port: a TCP connection in one line.
 *
 * `host`: a name or a number; NULL is this machine. `port`: a number from 0 to 65535 as text, or the name
 * of a service.
 * `opt`: limits, pace and more; NULL is the defaults: the default timeout for all of it.
 * Returns a connected socket with the default timeout, closed by the caller. Otherwise the code of the
 * attempt that got furthest (the last of several): -ECONNREFUSED, -EHOSTUNREACH ..., or of the lookup:
 * SOCK_EAI_NONAME ...; SOCK_ETIMEDOUT when all time is up, SOCK_ECANCELED; -EINVAL for a port out of range or
 * a negative time; -E2BIG for options that this library does not know. No descriptor stays open.
 * Since 0.1.0. See RFC 8305.
 */
sock_t sock_create_connection(const char *host, const char *port,
                              const struct sock_connect_options *opt);

/**
 * Starts to connect without waiting for it: `sock_create_connection` for event loops.
 *
 * Parameters and errors as there; nothing is kept, and `attempts` must be NULL: ask
 * `sock_create_connection_attempts`. Returns an operation, closed by the caller. Since 0.1.0.
 */
sock_op_t sock_create_connection_start(const char *host, const char *port,
                                       const struct sock_connect_options *opt);

/**
 * Does what a dial has to do now; never waits.
 *
 * `op`: from `sock_create_connection_start`. Returns 0 while it is in progress: wait until its descriptor is
 * readable; then once the connected socket, which the caller closes, or the code of
 * `sock_create_connection`. After that -EINVAL. -ENOTSOCK for another kind of operation, -ESTALE in the
 * child of a fork. Since 0.1.0.
 */
sock_t sock_create_connection_step(sock_op_t op);

/**
 * The attempts of a dial so far, also after its end.
 *
 * `attempts`, `cap`: where to put them, in the order in which they began; NULL with 0 asks.
 * Returns how many there are, which may be above `cap`; -EFAULT, -EBADF, -ENOTSOCK, -ESTALE.
 * Since 0.1.0.
 */
int64_t sock_create_connection_attempts(sock_op_t op, struct sock_attempt *attempts, size_t cap);

/**
 * Connects a socket that exists to a host and a port: the first address of its family.
 *
 * `host`, `port`: as in `sock_resolve`. The lookup and the connection share the socket's timeout, and
 * obey its deadline, its token and its end. In non-blocking mode the lookup waits, as in Python; use
 * `sock_getaddrinfo_start` where it must not.
 * Returns as `sock_connect`, and the codes of `sock_resolve`; -EAFNOSUPPORT for a socket of another
 * family than AF_INET and AF_INET6. Since 0.1.0.
 */
int sock_connect_host(sock_t s, const char *host, const char *port);

/**
 * Binds a socket to a host and a port: the first address of its family; NULL or "" is the wildcard.
 *
 * `host`, `port`, limits and errors as in `sock_connect_host`. Returns as `sock_bind`. Since 0.1.0.
 */
int sock_bind_host(sock_t s, const char *host, const char *port);


/* -------------------------------------------------------------------------------------------------
 * Servers
 * -------------------------------------------------------------------------------------------------
 *
 * Listening sockets in one call: from a host and a port, a path, or the service manager. All of these may
 * be called from any thread, none from a signal handler.
 */

/** How to listen. Begins with its own size; zero everywhere else is what NULL means. */
struct sock_server_options {
    /** sizeof(struct sock_server_options). */
    size_t size;
    /** AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, and both IP families for sock_create_servers. */
    int32_t family;
    /** How many connections may wait to be accepted; 0: SOCK_BACKLOG_DEFAULT; negative: as listen(2) with 0. */
    int32_t backlog;
    /** Not 0: SO_REUSEPORT, so that several processes share the port. AF_INET and AF_INET6 alone. */
    int32_t reuse_port;
    /**
     * Not 0: an AF_INET6 socket serves IPv4 too, whose addresses then look like "::ffff:192.0.2.1".
     * Otherwise IPv6 alone, whatever the system's default.
     */
    int32_t dualstack;
    /** Not 0, AF_UNIX: a socket file at the path on which nobody listens any more is removed first. */
    int32_t remove_stale;
    /**
     * The mode of the socket file, AF_UNIX: 0600 for its owner alone. 0 leaves it to the umask. It never
     * has more than this, not even for a moment.
     */
    int32_t file_mode;
    /** At most so many nanoseconds for the lookup of a name; 0: the default timeout, if there is one. */
    int64_t timeout_ns;
    /** Until this moment; 0: no deadline. */
    int64_t deadline_ns;
    /** A cancel token for the lookup, or 0. */
    sock_cancel_t cancel;
};

/**
 * Makes a listening TCP socket, or one of AF_UNIX.
 *
 * `host`: a name or a number; NULL or "" is the wildcard. Of a name the first address; see
 * `sock_create_servers` for all. For AF_UNIX the path, or an abstract name behind an @.
 * `port`: a number from 0 to 65535 as text, 0 for a free one, or the name of a service; NULL for AF_UNIX.
 * `opt`: NULL is AF_INET with the defaults. SO_REUSEADDR is always on.
 * Returns a listening socket with the default timeout, closed by the caller. -EADDRINUSE,
 * -EADDRNOTAVAIL, -EACCES and so on, with the address in sock_last_error; the codes of `sock_resolve`;
 * -EINVAL for a port out of range and for options that do not go together; -E2BIG. A socket file stays
 * when the socket is closed. Since 0.1.0.
 */
sock_t sock_create_server(const char *host, const char *port,
                          const struct sock_server_options *opt);

/**
 * Makes a listening socket for every address of a host: for a name that has several, or the wildcard of
 * both families (NULL).
 *
 * `host`, `port`, `opt`: as in `sock_create_server`, but a family of 0 is both. With port 0 all get the
 * same free one.
 * `out`, `cap`: receive the handles, closed by the caller; written only on success.
 * Returns how many there are. An address that this machine has not is left out while another is there;
 * any other failure closes all. -ENOBUFS when there are more than `cap`; -EFAULT; else as there.
 * Since 0.1.0.
 */
int64_t sock_create_servers(const char *host, const char *port,
                            const struct sock_server_options *opt, sock_t *out, size_t cap);

/**
 * How many sockets the service manager (systemd, s6 ...) has handed to this process: LISTEN_FDS, where
 * LISTEN_PID is this process.
 *
 * Returns the number, 0 where it has handed none; -EINVAL for a LISTEN_FDS that is no number. The
 * environment is read and not changed: a program that starts others should clear it. Since 0.1.0. See
 * sd_listen_fds(3).
 */
int64_t sock_activation_count(void);

/**
 * The name of a socket from the service manager: of LISTEN_FDNAMES, "unknown" where it has none.
 *
 * `index`: from 0. `buf`, `cap`: where to put the text with its NUL; NULL with 0 asks.
 * Returns the length needed, without the NUL; -EINVAL for an index that is none; -EFAULT. Since 0.1.0.
 */
int64_t sock_activation_name(int64_t index, char *buf, size_t cap);

/**
 * Takes over a socket from the service manager, as `sock_from_fd` does, and makes it close-on-exec.
 *
 * `index`: from 0. Returns a handle, closed by the caller: a listening socket, or whatever the manager was
 * set up to hand over. -EALREADY when it has been taken before; -EINVAL for an index that is none;
 * -ENOTSOCK, -EBADF for a descriptor that is no socket, which stays as it is. Since 0.1.0.
 */
sock_t sock_activation_take(int64_t index);


/* -------------------------------------------------------------------------------------------------
 * Constants
 * -------------------------------------------------------------------------------------------------
 *
 * C programs use the system's own constants. Other languages get them here, by name, at run time: the
 * library holds every constant of the socket interface that its platform has, sorted by name, each with
 * its number there, and libsock's own beside them. The number of a name never changes within a platform;
 * the count grows with new versions, so an index is good for one run only.
 */

/** How many constants there are. Any thread; async-signal-safe. Since 0.1.0. */
int64_t sock_constant_count(void);

/**
 * The constant of an index, to go through all of them.
 *
 * `index`: 0 to `sock_constant_count()` - 1; the constants are sorted by name, in the order of bytes.
 * `name`: receives the name, static text that is never freed. `value`: receives the number.
 * Returns 0, or 1 when the constant is a text: then the number is 0 and `sock_constant_text` has it.
 * -EFAULT when `name` or `value` is NULL, -EINVAL when the index is out of range.
 * Any thread. Since 0.1.0.
 */
int sock_constant_at(int64_t index, const char **name, int64_t *value);

/**
 * The number of a constant: `sock_constant_find("AF_INET6", &value)`.
 *
 * `name`: the constant's name as in C. `value`: receives the number.
 * Returns 0, or 1 when the constant is a text: then the number is 0 and `sock_constant_text` has it.
 * -EFAULT when `name` or `value` is NULL; -ENOTSUP when the name is known but this platform has no such
 * constant ("AF_SYSTEM" on Linux); -ENOENT when it is not known at all.
 * Names that exist twice: SOCK_ETIMEDOUT is libsock's code and ETIMEDOUT the system's number (positive);
 * EAI_AGAIN and HOST_NOT_FOUND are the system's, though libsock's functions answer such failures with
 * codes of their own, whose `sock_err_name` is this name.
 * Any thread. Since 0.1.0.
 */
int sock_constant_find(const char *name, int64_t *value);

/**
 * The group of a constant: what the names of its group begin with ("AF_", "MSG_", "SO_EE_"), or a word:
 * "errno", "h_errno", "libsock" for libsock's own (SOCK_FOREVER is of "libsock", SOCK_STREAM of "SOCK_").
 *
 * `index`: as in `sock_constant_at`.
 * Returns static text that is never freed; NULL when the index is out of range.
 * Any thread. Since 0.1.0.
 */
const char *sock_constant_group(int64_t index);

/**
 * The text of a constant that is a text: BDADDR_ANY "00:00:00:00:00:00", BDADDR_LOCAL "00:00:00:FF:FF:FF".
 *
 * `name`: the constant's name; may be NULL.
 * Returns static text that is never freed; NULL when there is no constant of that name or it is a number.
 * Any thread. Since 0.1.0.
 */
const char *sock_constant_text(const char *name);


/* -------------------------------------------------------------------------------------------------
 * Errors
 * -------------------------------------------------------------------------------------------------
 *
 * Every function that can fail returns a negative number: `-errno` for what the system reported,
 * one of the codes below for what libsock itself decided. The codes are the same on every platform
 * and are no errno. `errno` is set as well, to the nearest system value, but nothing depends on it.
 */

/** The handle was closed by another thread while the call waited. */
#define SOCK_ECLOSED (-20001)
/** The cancel token of the handle has fired. */
#define SOCK_ECANCELED (-20002)
/** A time limit of the caller has passed: timeout or deadline. The kernel's own is -ETIMEDOUT. */
#define SOCK_ETIMEDOUT (-20003)
/** A defect in libsock; the call did nothing further. `sock_last_error` holds the text to report. */
#define SOCK_EPANIC (-20004)
/** The peer closed its half of a stream before all of what was asked for had come. */
#define SOCK_EEOF (-20005)
/** Bad value for lookup flags. */
#define SOCK_EAI_BADFLAGS (-21001)
/** Name or service not known. */
#define SOCK_EAI_NONAME (-21002)
/** Temporary failure in name resolution. */
#define SOCK_EAI_AGAIN (-21003)
/** Non-recoverable failure in name resolution. */
#define SOCK_EAI_FAIL (-21004)
/** No address associated with hostname. */
#define SOCK_EAI_NODATA (-21005)
/** Address family not supported by lookup. */
#define SOCK_EAI_FAMILY (-21006)
/** Socket type not supported by lookup. */
#define SOCK_EAI_SOCKTYPE (-21007)
/** Service not supported for socket type. */
#define SOCK_EAI_SERVICE (-21008)
/** Address family for hostname not supported. */
#define SOCK_EAI_ADDRFAMILY (-21009)
/** Memory allocation failure in name resolution. */
#define SOCK_EAI_MEMORY (-21010)
/** System error in name resolution. */
#define SOCK_EAI_SYSTEM (-21011)
/** Result of the lookup too large. */
#define SOCK_EAI_OVERFLOW (-21012)
/** Bad hints for lookup. */
#define SOCK_EAI_BADHINTS (-21013)
/** Unknown protocol in name resolution. */
#define SOCK_EAI_PROTOCOL (-21014)
/** Unknown host. */
#define SOCK_HOST_NOT_FOUND (-22001)
/** Host name lookup failure. */
#define SOCK_TRY_AGAIN (-22002)
/** Unknown server error. */
#define SOCK_NO_RECOVERY (-22003)
/** No address associated with name. */
#define SOCK_NO_DATA (-22004)

/**
 * The text of a code, for people: "timed out", "Connection refused".
 *
 * `code`: any number. Answers "success" for 0 and "unknown code" for what is no code; never NULL.
 * The text is static, the same in every locale, and is never freed.
 * Any thread; async-signal-safe. Since 0.1.0. See strerror(3).
 */
const char *sock_strerror(int64_t code);

/**
 * The name of a code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
 *
 * `code`: any number. Answers "success" for 0 and "unknown code" for what is no code; never NULL.
 * The text is static and is never freed. Any thread; async-signal-safe. Since 0.1.0.
 */
const char *sock_err_name(int64_t code);

/**
 * The text of a code, copied: `sock_strerror` for callers that cannot hold a C string.
 *
 * `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
 * Returns the length needed, without the NUL; -EFAULT when `buf` is NULL and `cap` is not 0.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int64_t sock_strerror_copy(int64_t code, char *buf, size_t cap);

/**
 * The code of the last failure of the calling thread, and its text in full: where an argument was
 * refused, the sentence names the field ("port: 70000 is not within 0 to 65535").
 *
 * `code`: receives the code (0 before the first failure); may be NULL.
 * `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
 * Returns the length needed, without the NUL; -EFAULT when `buf` is NULL and `cap` is not 0.
 * A call that succeeds changes nothing here; asking does not either. Since 0.1.0.
 */
int64_t sock_last_error(int *code, char *buf, size_t cap);

/**
 * Whether a code says that a time limit has passed: SOCK_ETIMEDOUT or -ETIMEDOUT. 1 or 0.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_is_timeout(int64_t code);

/**
 * Whether the same call may succeed later without any change: -EAGAIN, -EINPROGRESS, -EMFILE,
 * SOCK_ETIMEDOUT and the like. 1 or 0. Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_is_temporary(int64_t code);

/**
 * Whether a code says that the handle is closed: SOCK_ECLOSED or -EBADF. 1 or 0.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_is_closed(int64_t code);

/**
 * Whether a code comes from a name lookup: SOCK_EAI_NONAME to SOCK_NO_DATA. 1 or 0.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_is_resolver(int64_t code);

/**
 * Whether a code says that the call was canceled: SOCK_ECANCELED or -ECANCELED. 1 or 0.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_is_canceled(int64_t code);


/* -------------------------------------------------------------------------------------------------
 * Versions
 * -------------------------------------------------------------------------------------------------
 *
 * The version that a program was compiled with stands in the macros, the one it runs with comes
 * from the functions. The ABI number changes only when a program built before would break.
 */

/** Major version of this header. */
#define SOCK_VERSION_MAJOR 0
/** Minor version of this header. */
#define SOCK_VERSION_MINOR 1
/** Patch version of this header. */
#define SOCK_VERSION_PATCH 0
/** The version as one number: major * 1000000 + minor * 1000 + patch. */
#define SOCK_VERSION_NUMBER 1000
/** The ABI number of this header, which is that of the SONAME. */
#define SOCK_ABI 0

/**
 * The version of the library that runs, as text: "0.1.0". Static, never freed.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
const char *sock_version(void);

/**
 * The version of the library that runs, as one number: major * 1000000 + minor * 1000 + patch.
 * Any thread; async-signal-safe. Since 0.1.0.
 */
int sock_version_number(void);

/** The ABI number of the library that runs. Any thread; async-signal-safe. Since 0.1.0. */
int sock_abi(void);

#ifdef __cplusplus
}
#endif

/* Names that changed before 0.1.0, for programs written against a draft. They go with 0.2.
 * SOCK_NO_OLD_NAMES leaves them out. */
#ifndef SOCK_NO_OLD_NAMES
#define sock_list_t sock_addrinfo_list_t
#define sock_list_count sock_addrinfo_list_count
#define sock_list_at sock_addrinfo_list_at
#define sock_list_canonname sock_addrinfo_list_canonname
#define sock_list_alias_count sock_addrinfo_list_alias_count
#define sock_list_alias sock_addrinfo_list_alias
#define sock_lookup_start sock_getaddrinfo_start
#define sock_lookup_step sock_getaddrinfo_step
#define sock_lookup_counts sock_lookup_stats
#define sock_nameinfo_start sock_getnameinfo_start
#define sock_nameinfo_step sock_getnameinfo_step
#define sock_connect_start sock_create_connection_start
#define sock_connect_step sock_create_connection_step
#define sock_connect_attempts sock_create_connection_attempts
#define sock_sendmsg_afalg sock_sendmsg_alg
#endif

#endif
