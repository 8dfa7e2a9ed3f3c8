/* libsock: Python's socket module as a shared library, for C and every language that can call C
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 * Generated from src/ffi by `make header`; a test compares it with the sources.
 *
 * This file is the reference of the C API. The conventions below apply to every function; the
 * comments of functions add only what is particular, and exceptions.
 *
 * NAMES. Every name begins with sock_ or SOCK_, followed by the BSD or Python name. The system's
 * constants (AF_INET, SOCK_STREAM, SO_REUSEADDR ...) come from the system's headers, which this one
 * does not include. The API consists of functions, types and numbers; it has no inline functions,
 * so every language can use all of it.
 *
 * VERSIONS. Every function is available since 0.1.0, unless its comment names a later release.
 *
 * RESULTS. A result >= 0 is success: a handle, a count, or 0. A negative result is a code:
 *
 *     sock_t s = sock_socket(AF_INET, SOCK_STREAM, 0);
 *     if (s < 0)
 *         fprintf(stderr, "socket: %s\n", sock_strerror(s));
 *
 * Unless its comment says otherwise, a function returns 0 or a code. System errors are negative
 * errno values (-ECONNREFUSED), as the system call reports them; comments name the notable ones.
 * Conditions that libsock itself detects have their own codes (SOCK_ETIMEDOUT), which are the same
 * on every platform and never an errno. A failure also sets `errno` to the nearest system value,
 * but nothing depends on it; success leaves `errno` alone. Outputs are written only on success,
 * except counts of partial work, whose comments say so.
 *
 * MEMORY. Every function that needs memory can return -ENOMEM. Running out of memory never ends the
 * process.
 *
 * HANDLES are numbers, never pointers, for sockets, cancel tokens and every other kind of object. A
 * handle is greater than 0 and less than 2^53, so a double can hold it. A number that is not a live
 * handle (0, negative, closed, invented) returns -EBADF; a live handle of the wrong kind returns
 * -ENOTSOCK. No number causes undefined behaviour. Handles are never reused, so closing twice is
 * harmless. sock_close() closes every kind.
 *
 * ARGUMENTS. `s` is a socket, `addr` an address, and `out` receives the result. A NULL pointer
 * returns -EFAULT unless the comment allows NULL. A buffer of length 0 is never accessed and may be
 * NULL. A value out of range returns -EINVAL and is never truncated; sock_last_error() then names
 * the argument. Other pointers must be valid and aligned during the call. Sizes are size_t; counts
 * and codes are int64_t or int.
 *
 * STRINGS in `buf`, of `cap` bytes, follow snprintf(3): a function writes what fits, always
 * terminated by NUL, and returns the full length without the NUL. Pass NULL and 0 to get only the
 * length. Arrays of `cap` elements work the same way: the first `cap` are written, and the full
 * count is returned.
 *
 * OPTIONS. In an options struct, set `size` to its sizeof, and leave unused fields zero; NULL means
 * all zero. -E2BIG means that this library is too old for an option that is set.
 *
 * OWNERSHIP. libsock keeps none of the caller's pointers after a call, unless the function says so.
 * The caller owns the handles that functions return, and closes them with sock_close(). Results of
 * type `const char *` are static and never freed. Descriptors that libsock creates or receives are
 * close-on-exec from the start, and no error path leaks one. Creating a handle or a descriptor can
 * also fail with -EMFILE, -ENFILE, -ENOBUFS or -ENOMEM.
 *
 * TIME is int64_t nanoseconds on the monotonic clock of sock_now(). Values of SOCK_FOREVER (2^62)
 * or more mean no limit; negative values return -EINVAL. A timeout of 0 tries once; a deadline of 0
 * has passed. A wait never ends early, and retries within a call (signals, partial transfers,
 * several addresses) never restart its clock.
 *
 * WAITING. A call that waits can return SOCK_ETIMEDOUT (timeout or deadline), SOCK_ECANCELED
 * (cancel token), SOCK_ECLOSED (sock_close() in another thread), -EAGAIN (non-blocking mode), or
 * the code of the thread's interrupt hook. Timeout, deadline and cancel token combine: whichever
 * comes first ends the call.
 *
 * THREADS. Any thread may call any function at any time, including on the same handle. sock_close()
 * wakes the threads that wait on the handle, and returns when no call uses it any more. No function
 * is a cancellation point. libsock starts threads only when it needs them, and they block all
 * signals.
 *
 * SIGNALS. libsock changes no signal disposition and raises no SIGPIPE: writing to a closed
 * connection returns -EPIPE. A signal neither ends nor extends a wait. A signal handler may call
 * only functions marked "async-signal-safe".
 *
 * FORK. Handles work in the child. Closing a handle in the child does not affect the parent, and
 * vice versa. Cancel tokens that have fired stay fired in the child. Calls that other threads of
 * the parent had begun do not exist there. Parent and child share O_NONBLOCK of a socket; each
 * waits by the mode of its own handle, whatever the other does with the flag. A program may fork in
 * several threads at once, in a signal handler, in an interrupt hook, and with pthread_atfork
 * handlers whose locks it holds over calls of libsock: neither a fork nor a call waits longer than
 * about a second for the other. (In a handler that interrupted malloc, glibc's fork itself may
 * never return.) A child made without fork handlers (_Fork, clone) behaves the same from its first
 * call on, but keeps those descriptors of the parent's calls open that it cannot prove to be
 * libsock's.
 *
 * CONTENTS
 *   Handles
 *   Errors
 *   Modes and timeouts
 *   Deadlines
 *   Cancel tokens
 *   Interrupts
 *   Addresses
 *   Sockets
 *   Transfers
 *   Messages
 *   Batches (many datagrams in one call)
 *   Sendfile
 *   Splice (moving bytes without copying them)
 *   Relay (two connections as one)
 *   Zerocopy (sending without a copy)
 *   FILE (stdio)
 *   Streams (buffered)
 *   Pollers
 *   Options
 *   Lookups
 *   Connections
 *   Servers
 *   Netdb (network database)
 *   Convert (byte order, numeric hosts)
 *   Constants
 *   Versions
 *   Families
 *   Control messages
 */
#ifndef SOCK_H
#define SOCK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Marks functions that make a handle, descriptor or FILE: ignoring the result would lose it. */
#if defined(__GNUC__)
#define SOCK_MUST_CHECK __attribute__((warn_unused_result))
#else
#define SOCK_MUST_CHECK
#endif

/* For #if: 1 if this header has version `major.minor.patch` or a newer one. */
#define SOCK_AT_LEAST(major, minor, patch) \
    (SOCK_VERSION_NUMBER >= (major) * 1000000 + (minor) * 1000 + (patch))

/* windows.h defines this word as a macro. */
#ifdef _WIN32
#pragma push_macro("interface")
#undef interface
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Handles -------------------------------------------------------------------------------------- */

/** A handle of any kind, greater than 0; as a result, a negative number is a code. */
typedef int64_t sock_t;

/** The handle of a cancel token. */
typedef int64_t sock_cancel_t;

/** Closes a handle of any kind.
 *
 * Calls that wait on the handle in other threads return SOCK_ECLOSED, in every address family.
 * sock_close waits until they have left and then closes the descriptor itself, so no call ever
 * uses a reused descriptor, and the address is free on return. If a call stays for more than 100
 * ms (in a hook of the program, say), or the closing thread is itself inside a call on the handle,
 * sock_close returns 0 and the last call to leave closes the descriptor.
 * A cancel token fires first. A buffered stream is flushed, and its socket stays open. shutdown(2)
 * is never called, because another process may hold a duplicate. Interrupt hooks may call this
 * function.
 * Returns 0, or the error of close(2), such as -EIO or -ECONNRESET. The handle is invalid
 * afterwards, whatever the result. See close(2).
 */
int sock_close(sock_t s);

/* Errors ------------------------------------------------------------------------------------------
 *
 * A function that returns codes can return any of these, or -errno. Below, `code` is any number;
 * all functions except `sock_last_error` are async-signal-safe.
 */

#define SOCK_ECLOSED (-20001)        /**< Another thread closed the handle during the call. */
#define SOCK_ECANCELED (-20002)      /**< The handle's cancel token has fired. */
#define SOCK_ETIMEDOUT (-20003)      /**< Timeout or deadline passed; the kernel's is -ETIMEDOUT. */
#define SOCK_EPANIC (-20004)         /**< A defect in libsock; please report sock_last_error. */
#define SOCK_EEOF (-20005)           /**< The stream ended before all requested bytes came. */
#define SOCK_EAI_BADFLAGS (-21001)   /**< Bad value for lookup flags. */
#define SOCK_EAI_NONAME (-21002)     /**< Name or service not known. */
#define SOCK_EAI_AGAIN (-21003)      /**< Temporary failure in name resolution. */
#define SOCK_EAI_FAIL (-21004)       /**< Non-recoverable failure in name resolution. */
#define SOCK_EAI_NODATA (-21005)     /**< No address associated with hostname. */
#define SOCK_EAI_FAMILY (-21006)     /**< Address family not supported by lookup. */
#define SOCK_EAI_SOCKTYPE (-21007)   /**< Socket type not supported by lookup. */
#define SOCK_EAI_SERVICE (-21008)    /**< Service not supported for socket type. */
#define SOCK_EAI_ADDRFAMILY (-21009) /**< Address family for hostname not supported. */
#define SOCK_EAI_MEMORY (-21010)     /**< Memory allocation failure in name resolution. */
#define SOCK_EAI_SYSTEM (-21011)     /**< System error in name resolution. */
#define SOCK_EAI_OVERFLOW (-21012)   /**< Result of the lookup too large. */
#define SOCK_EAI_BADHINTS (-21013)   /**< Bad hints for lookup. */
#define SOCK_EAI_PROTOCOL (-21014)   /**< Unknown protocol in name resolution. */
#define SOCK_HOST_NOT_FOUND (-22001) /**< Unknown host. */
#define SOCK_TRY_AGAIN (-22002)      /**< Host name lookup failure. */
#define SOCK_NO_RECOVERY (-22003)    /**< Unknown server error. */
#define SOCK_NO_DATA (-22004)        /**< No address associated with name. */

/** Describes a code for people: "timed out", "Connection refused".
 * Returns the text, the same in every locale: "success" for 0, "unknown code" for a number that is
 * not a code; never NULL. See strerror(3).
 */
const char *sock_strerror(int64_t code);

/** Names a code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
 * Returns the name: "success" for 0, "unknown code" for a number that is not a code; never NULL.
 */
const char *sock_err_name(int64_t code);

/** Copies the text of a code, for callers that cannot hold a C string.
 * Returns the length. A failure does not change the text of `sock_last_error`.
 */
int64_t sock_strerror_copy(int64_t code, char *buf, size_t cap);

/** Copies the code and the text of the calling thread's last failure.
 *
 * The text names the argument at fault ("port: 70000 is not within 0 to 65535"). Successful calls
 * do not change it, nor does this one. It is at most 320 bytes long, and needs no memory.
 * `code`: receives the code, 0 before the first failure; may be NULL.
 * Returns the length.
 */
int64_t sock_last_error(int *code, char *buf, size_t cap);

/** Returns 1 if a code means that a time limit has passed (SOCK_ETIMEDOUT, -ETIMEDOUT), else 0. */
int sock_is_timeout(int64_t code);

/** Returns 1 if the same call may succeed later (-EAGAIN, -EINPROGRESS, -EMFILE, SOCK_ETIMEDOUT
 * ...), else 0.
 */
int sock_is_temporary(int64_t code);

/** Returns 1 if a code means that the handle is closed (SOCK_ECLOSED, -EBADF), else 0. */
int sock_is_closed(int64_t code);

/** Returns 1 if a code comes from a name lookup (SOCK_EAI_BADFLAGS to SOCK_NO_DATA), else 0. */
int sock_is_resolver(int64_t code);

/** Returns 1 if a code means that the call was canceled (SOCK_ECANCELED, -ECANCELED), else 0. */
int sock_is_canceled(int64_t code);

/* Modes and timeouts ------------------------------------------------------------------------------
 *
 * A socket is in blocking mode (timeout SOCK_FOREVER), in non-blocking mode (timeout 0), or in
 * timeout mode, which limits each operation. Waits are never rounded down and may last for years.
 */

#define SOCK_FOREVER INT64_C(4611686018427387904) /**< No limit: 2^62 ns, or any greater value. */

/** Reads the monotonic clock, the clock of all deadlines.
 * Returns nanoseconds. Async-signal-safe. See clock_gettime(2), CLOCK_MONOTONIC.
 */
int64_t sock_now(void);

/** Sets the timeout of a socket.
 *
 * `ns`: 0 for non-blocking mode, SOCK_FOREVER for blocking mode; any other value limits each
 * operation (all of `sock_sendall`, for example). A wait in progress keeps the timeout with which
 * it began.
 */
int sock_settimeout(sock_t s, int64_t ns);

/** Returns the timeout of a socket in ns: 0 if non-blocking, SOCK_FOREVER if blocking. */
int64_t sock_gettimeout(sock_t s);

/** Sets blocking mode or non-blocking mode.
 * `blocking`: 0 sets a timeout of 0, any other value SOCK_FOREVER.
 */
int sock_setblocking(sock_t s, int blocking);

/** Returns 0 if a socket is in non-blocking mode, 1 if it waits, with or without a timeout. */
int sock_getblocking(sock_t s);

/** Sets the timeout of all sockets that this process creates from now on.
 * `ns`: as for `sock_settimeout`; SOCK_FOREVER at the start.
 */
int sock_setdefaulttimeout(int64_t ns);

/** Returns the timeout of new sockets in nanoseconds. */
int64_t sock_getdefaulttimeout(void);

/* Deadlines ---------------------------------------------------------------------------------------
 *
 * A deadline is a point in time. It ends every call of its direction that is not done by then,
 * including calls that already wait, and every later call before it tries, until the deadline is
 * moved.
 */

#define SOCK_READ 1  /**< Direction: receive and accept. */
#define SOCK_WRITE 2 /**< Direction: send and connect. */

/** Sets the deadline of a socket.
 *
 * `direction`: SOCK_READ, SOCK_WRITE, or both.
 * `at_ns`: a time on the clock of `sock_now`; SOCK_FOREVER clears the deadline. If it has passed,
 * as 0 has, calls fail at once, even when data is ready. Calls already waiting in other threads
 * obey the new deadline at once. Calls that a deadline ends return SOCK_ETIMEDOUT.
 */
int sock_setdeadline(sock_t s, int direction, int64_t at_ns);

/* Cancel tokens -----------------------------------------------------------------------------------
 *
 * A token is a one-way switch. Firing it ends every call, waiting or yet to come, on every socket
 * that it is attached to, with SOCK_ECANCELED. One token can serve many sockets and threads.
 */

/** Creates a token.
 * Returns a handle; `sock_close` fires the token before closing it.
 */
SOCK_MUST_CHECK
sock_cancel_t sock_cancel_new(void);

/** Fires a token, permanently.
 * `c`: the token; firing it again is harmless. In a forked child, it fires only there.
 * Async-signal-safe: neither `errno` nor the text of `sock_last_error` changes.
 */
int sock_cancel_fire(sock_cancel_t c);

/** Attaches a token to a socket, replacing the previous one; waiting calls obey it at once.
 * `c`: a token, or 0 to detach. The socket does not own it: once the token is closed, the socket
 * behaves as if none were attached.
 */
int sock_setcancel(sock_t s, sock_cancel_t c);

/* Interrupts --------------------------------------------------------------------------------------
 *
 * A signal does not end a wait: the call goes on, and so does its clock. A language runtime that
 * must act on signals (to run handlers written in its own language, say) sets a hook.
 */

/** Sets the interrupt hook of the calling thread.
 *
 * `hook`: called with `arg` in this thread whenever a signal interrupts a libsock wait. A negative
 * result ends the call with that code; any other lets it go on. The hook may use libsock and may
 * close the handle being waited on. It must not leave by longjmp or an exception. NULL removes the
 * hook.
 * `arg`: kept, never accessed.
 * Returns 0, or -ENOMEM in a thread that is ending.
 */
int sock_set_interrupt(int (*hook)(void *), void *arg);

/* Addresses ---------------------------------------------------------------------------------------
 *
 * A `struct sock_addr` holds an address of any family, with a native sockaddr inside. Each family
 * has a constructor and a getter with named fields. Every address has one text form, which reads
 * back as the same address:
 *
 *   192.0.2.1:80                 AF_INET
 *   [2001:db8::1]:80             AF_INET6; a flow label other than 0 follows: [::1]:80?flowinfo=5
 *   [fe80::1%eth0]:80            with a zone, by name, or by index if it has no name: %2
 *   unix:/run/x  unix:relative   AF_UNIX, a path
 *   unix:@name                   AF_UNIX, an abstract name: @ replaces the leading NUL
 *   unix:                        AF_UNIX, unnamed
 *   unspec:                      the empty address, of length 0
 *   af44:00ff                    any other family: its number, then the bytes that follow it
 *
 * "Families" has the forms of AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG,
 * AF_VSOCK and AF_QIPCRTR. In names, %XX encodes a byte: always NUL, %, control bytes, bytes above
 * 0x7e, an @ at the start of a path, and a ] in a zone. A numeric zone is always an index.
 *
 * These functions never look up names, and their only system calls find the name or index of an
 * interface. Every function returns -EINVAL for a malformed address: one whose `len` is neither 0
 * nor 2 to 128, or whose `zero` is not 0.
 */

/** A socket address of any family: a native address and its length. Its 136 bytes never change.
 * Make one with the functions below. `{0}` is the empty address, which results when the kernel
 * names none. Copy addresses by assignment; they own nothing.
 */
struct sock_addr {
    uint32_t len;  /**< Length of `native`: 0, or 2 to 128. */
    uint32_t zero; /**< Must be 0. */
    /** The native address (`struct sockaddr_in` ...), aligned for any family. */
    uint64_t native[16];
};

/** Makes the address of a numeric host and a port.
 *
 * `host`: "192.0.2.1" or "2001:db8::1", as for inet_pton(3). IPv6 may have a zone, "fe80::1%eth0"
 * or "fe80::1%2", by name only for link-local addresses. NULL or "" is 0.0.0.0; "<broadcast>" is
 * 255.255.255.255.
 * `port`: 0 to 65535, in host order.
 * `out`: receives AF_INET or AF_INET6, depending on the host.
 * Returns 0; -EINVAL if the host is not numeric; -ENODEV if no interface has the zone. See ip(7),
 * ipv6(7).
 */
int sock_addr_ip(const char *host, int64_t port, struct sock_addr *out);

/** Makes an AF_INET6 address from all its fields.
 *
 * `host`: IPv6, as for `sock_addr_ip`; NULL or "" is "::".
 * `port`: 0 to 65535. `flowinfo`: the flow label, 0 to 0xfffff. Both in host order.
 * `scope_id`: 0 to 2^32-1, the index of an interface; 0 takes it from the zone in `host`. If both
 * are given, they must agree.
 * Returns 0; -EINVAL if the host is not numeric IPv6 or its zone is another scope; -ENODEV if no
 * interface has the zone. See ipv6(7).
 */
int sock_addr_ip6(const char *host, int64_t port, int64_t flowinfo, int64_t scope_id,
                  struct sock_addr *out);

/** Makes an AF_UNIX address.
 *
 * `path`, `len`: the name, without a terminating NUL. Length 0 is the unnamed address, for which
 * `sock_bind` chooses a free abstract name. A name with a leading NUL is abstract: at most 108
 * bytes, all of which count. Any other is a path of at most 107 bytes.
 * Returns 0; -ENAMETOOLONG; -EINVAL for a NUL inside a path. See unix(7).
 */
int sock_addr_unix(const void *path, size_t len, struct sock_addr *out);

/** Makes an address from its text form, without looking up names.
 *
 * `text`: one of the forms above. An IP address needs its port; its host is as for `sock_addr_ip`,
 * but not "" or "<broadcast>".
 * Returns 0; -EINVAL if the text has none of the forms, with the faulty part in `sock_last_error`;
 * -ENAMETOOLONG if a path is too long; -ENODEV if no interface has the zone.
 */
int sock_addr_parse(const char *text, struct sock_addr *out);

/** Writes the text form of an address.
 * Returns the length, less than 400; the text is printable ASCII.
 */
int64_t sock_addr_format(const struct sock_addr *addr, char *buf, size_t cap);

/** Makes an address from a native one, of any family.
 *
 * `sockaddr`, `len`: the native address, 2 to 128 bytes, including short forms, AF_UNSPEC and
 * families that libsock does not know; length 0 is the empty address. Padding of complete
 * addresses is removed: sin_zero, bytes after a path's NUL, and bytes beyond a sockaddr_in or
 * sockaddr_in6.
 * `out`: receives the address; may overlap `sockaddr`.
 * Returns 0; -EINVAL if the length is 1 or more than 128.
 */
int sock_addr_from_native(const void *sockaddr, size_t len, struct sock_addr *out);

/** Copies the native address.
 * `sockaddr`, `cap`: where to write it, at most `cap` bytes; 128 always suffice.
 * Returns its length, which may exceed `cap`.
 */
int64_t sock_addr_native(const struct sock_addr *addr, void *sockaddr, size_t cap);

/** Returns the family of an address, 0 to 65535: AF_INET, AF_UNIX ...; AF_UNSPEC if it is empty. */
int sock_addr_family(const struct sock_addr *addr);

/** Gets the fields of an AF_INET or AF_INET6 address.
 *
 * `host`, `cap`: receive the host as text, as by inet_ntop(3), without the zone; INET6_ADDRSTRLEN
 * (46) bytes always suffice.
 * `port`, `flowinfo`, `scope_id`: receive the numbers in host order, the last two 0 for AF_INET;
 * each may be NULL. The flow information is the native 32 bits, with the traffic class in the
 * upper ones.
 * Returns the length of the host; -EAFNOSUPPORT for another family; -EINVAL if the address is too
 * short.
 */
int64_t sock_addr_get_ip(const struct sock_addr *addr, char *host, size_t cap, int64_t *port,
                         int64_t *flowinfo, int64_t *scope_id);

/** Copies the name of an AF_UNIX address.
 *
 * `path`, `cap`: receive the bytes of the name: a path, an abstract name with its leading NUL, or
 * nothing for the unnamed address. A NUL that is not counted follows if there is room; 109 bytes
 * always suffice.
 * Returns the length of the name; -EAFNOSUPPORT for another family; -EINVAL if the address is too
 * long for its family. See unix(7).
 */
int64_t sock_addr_get_unix(const struct sock_addr *addr, void *path, size_t cap);

/** Compares two addresses: family and fields, or every byte if libsock does not know the family.
 * `one`, `other`: the addresses; padding does not count.
 * Returns 1 if they are equal, else 0.
 */
int sock_addr_equal(const struct sock_addr *one, const struct sock_addr *other);

/* Sockets -----------------------------------------------------------------------------------------
 *
 * The BSD calls. A new socket is close-on-exec, and its timeout is the default timeout: blocking
 * mode unless `sock_setdefaulttimeout` changed it.
 */

#define SOCK_BACKLOG_DEFAULT 128 /**< Python's backlog: min(SOMAXCONN, 128). */

/** Creates a socket.
 *
 * `family`, `type`, `proto`: as for socket(2); -1 means AF_INET, SOCK_STREAM and 0. SOCK_NONBLOCK
 * in `type` sets non-blocking mode, whatever the default timeout; SOCK_CLOEXEC is always on.
 * Returns a handle, or the error of socket(2): -EAFNOSUPPORT, -EPROTONOSUPPORT, -EINVAL, -EPERM
 * ...
 */
SOCK_MUST_CHECK
sock_t sock_socket(int family, int type, int proto);

/** Creates two connected sockets.
 *
 * `family`, `type`, `proto`: as for `sock_socket`, but a family of -1 means AF_UNIX.
 * `out`: receives the two handles.
 * Returns 0, or the error of socketpair(2).
 */
SOCK_MUST_CHECK
int sock_socketpair(int family, int type, int proto, sock_t out[2]);

/** Makes a handle from a descriptor, which it then owns.
 *
 * `fd`: an open socket. On failure it remains the caller's, unchanged. Its number and its
 * O_NONBLOCK and close-on-exec flags stay as they are until a mode is set or the handle is
 * detached: the handle waits correctly with either setting of O_NONBLOCK, also if another process
 * or handle changes it, and its mode is that of the default timeout.
 * `family`, `type`, `proto`: labels of the handle, which `sock_family` and the like return; -1 asks
 * the kernel (SO_DOMAIN, SO_TYPE, SO_PROTOCOL). Calls follow the kernel's values, not the labels.
 * Returns a handle, which closes the descriptor when it is closed; -EBADF or -ENOTSOCK if `fd` is
 * not an open socket.
 */
SOCK_MUST_CHECK
sock_t sock_from_fd(int fd, int family, int type, int proto);

/** Returns the descriptor to the caller and ends the handle.
 *
 * The descriptor stays open, with O_NONBLOCK off if the handle was in blocking mode, else on.
 * Calls that wait on the handle return SOCK_ECLOSED; sock_detach waits until all have left,
 * however long that takes.
 * Returns the descriptor, which then belongs to the caller; -EDEADLK, changing nothing, from
 * inside a call on the same handle (an interrupt hook).
 */
int sock_detach(sock_t s);

/** Creates a second handle for the same socket.
 *
 * The new handle has a duplicate descriptor and the same labels and timeout, but no deadlines and
 * no cancel token. Closing one leaves the other open. They share O_NONBLOCK, which the mode that
 * was set last determines; each waits by its own mode.
 * Returns a handle. See dup(2).
 */
SOCK_MUST_CHECK
sock_t sock_dup(sock_t s);

/** Returns the descriptor of a handle, which still owns it: do not close it.
 *
 * From the first call on, O_NONBLOCK belongs to the program: it is off in blocking mode, else on,
 * and `sock_settimeout` switches it. The program may change it as well; calls on the handle keep
 * to the mode of the handle. See fileno(3).
 */
int sock_fileno(sock_t s);

/** Returns the number of the descriptor of a handle, without exposing the descriptor.
 * This is for languages that keep the number next to the handle and rarely show it. Do nothing
 * with the descriptor before calling `sock_fileno`: until then, its O_NONBLOCK belongs to libsock.
 */
int sock_peek_fileno(sock_t s);

/** Returns the address family of a socket, as given or detected: AF_INET ... */
int sock_family(sock_t s);

/** Returns the type of a socket, without SOCK_NONBLOCK and SOCK_CLOEXEC: SOCK_STREAM ... */
int sock_type(sock_t s);

/** Returns the protocol of a socket, as given or detected: 0, IPPROTO_TCP ... */
int sock_proto(sock_t s);

/** Binds a socket to a local address.
 * Returns 0; -EAFNOSUPPORT if the address is of another family, whatever the kernel's error for
 * that; else the error of bind(2): -EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...
 */
int sock_bind(sock_t s, const struct sock_addr *addr);

/** Makes a socket accept connections.
 *
 * `backlog`: how many connections may wait for `sock_accept`; negative means 0;
 * SOCK_BACKLOG_DEFAULT is usual.
 * Returns 0, or the error of listen(2): -EADDRINUSE, -EOPNOTSUPP.
 */
int sock_listen(sock_t s, int backlog);

/** Accepts a connection from a listening socket.
 *
 * `peer`: receives the address of the other end (the empty address for AF_ALG, which has none);
 * may be NULL.
 * Returns the connection, with the listener's labels and the default timeout; else the error of
 * accept4(2) as it is: -ECONNABORTED, -EMFILE, -EINVAL (not listening) ...
 */
SOCK_MUST_CHECK
sock_t sock_accept(sock_t s, struct sock_addr *peer);

/** Connects a socket, or sets the default destination of a datagram socket.
 *
 * Waits within the timeout, deadline and cancel token of the socket, also while the backlog of an
 * AF_UNIX listener is full. After a timeout the attempt continues in the kernel; close the socket
 * to abandon it.
 * Returns 0; in non-blocking mode -EINPROGRESS, then -EALREADY while the attempt lasts; -EISCONN
 * once a call has returned 0; -EAFNOSUPPORT as `sock_bind`; else the error of connect(2):
 * -ECONNREFUSED, -ENETUNREACH ... As with connect(2), an error ends the attempt, and the next call
 * begins a new one.
 */
int sock_connect(sock_t s, const struct sock_addr *addr);

/** Shuts down one or both halves of a connection, for every process that shares the socket.
 * `how`: SHUT_RD, SHUT_WR or SHUT_RDWR.
 * Returns 0, or -ENOTCONN. See shutdown(2).
 */
int sock_shutdown(sock_t s, int how);

/** Gets the local address of a socket.
 * See getsockname(2).
 */
int sock_getsockname(sock_t s, struct sock_addr *out);

/** Gets the address of the other end of a connection.
 * Returns 0, or -ENOTCONN. See getpeername(2).
 */
int sock_getpeername(sock_t s, struct sock_addr *out);

/** Returns 1 if the descriptor survives exec, else 0.
 * See fcntl(2), F_GETFD.
 */
int sock_get_inheritable(sock_t s);

/** Sets whether the descriptor survives exec.
 * `inheritable`: not 0 to make it survive; this exposes it, as `sock_fileno` does. See fcntl(2),
 * F_SETFD.
 */
int sock_set_inheritable(sock_t s, int inheritable);

/** Makes a request about a socket that only Windows has (WSAIoctl).
 *
 * `request`: SIO_RCVALL (an unsigned int: RCVALL_ON ...), SIO_KEEPALIVE_VALS (three: on, time and
 * interval in milliseconds), SIO_LOOPBACK_FAST_PATH (one), or any other of Winsock.
 * `in`, `in_len`: what the request reads. `out`, `cap`: memory for what it writes.
 * Returns how many bytes were written; -EOPNOTSUPP for a request that the system lacks, and on
 * other systems always.
 */
int64_t sock_ioctl(sock_t s, uint32_t request, const void *in, size_t in_len, void *out,
                   size_t cap);

/** Describes a socket for another process on Windows, which makes a handle of it.
 *
 * The other process calls `sock_fromshare`.
 * `process`: the identifier of that process, which must be running. Each description works once.
 * `out`: receives the description, if `cap` bytes suffice: 628 bytes, the size of a
 * WSAPROTOCOL_INFOW.
 * Returns the size; -EOPNOTSUPP on other systems, where descriptors go over AF_UNIX
 * (`sock_send_fds`).
 */
int64_t sock_share(sock_t s, int64_t process, void *out, size_t cap);

/** Makes a handle of a socket that another process has described, on Windows.
 *
 * `data`, `len`: the description that `sock_share` wrote. The handle is in blocking mode, its
 * socket not inheritable.
 * Returns a handle; -EINVAL for another length; -EOPNOTSUPP on other systems.
 */
SOCK_MUST_CHECK
sock_t sock_fromshare(const void *data, size_t len);

/* Transfers ---------------------------------------------------------------------------------------
 *
 * A call whose data is ready makes one system call. -EAGAIN is also the result with MSG_DONTWAIT,
 * and in blocking mode when a limit set with SO_RCVTIMEO or SO_SNDTIMEO passes.
 *
 * `flags` are the system's MSG_* flags. MSG_DONTWAIT tries once; MSG_ERRQUEUE and MSG_OOB never
 * wait; MSG_WAITALL on a stream waits for all of `len`, but ends at an urgent byte, and on AF_UNIX
 * at bytes sent with descriptors, as in the kernel; MSG_FASTOPEN waits for the connection;
 * MSG_NOSIGNAL is always on. SO_RCVLOWAT holds back a receive that may wait. In a call "under
 * one limit", the timeout counts from the first wait to the last byte. One thread may receive while
 * another sends. `buf`, `len` are the data to send, or the memory for the data received.
 */

/** Sends bytes to the connected peer.
 *
 * `buf`, `len`: the data; length 0 sends a datagram of no bytes.
 * In blocking mode a stream takes all bytes; with a timeout it takes what fits at once.
 * Returns the number of bytes taken: fewer than `len` if a close, cancel, deadline or error
 * followed some bytes of a stream (the next call returns the code); else -EPIPE or another error
 * of send(2).
 */
int64_t sock_send(sock_t s, const void *buf, size_t len, int flags);

/** Receives bytes.
 *
 * `len`: at most this many; 0 goes to the kernel unchanged.
 * Returns the number of bytes received: 0 when the peer of a stream has closed its half, or for a
 * datagram of no bytes. The excess of a longer datagram is discarded; with MSG_TRUNC the result is
 * its full length, though at most `len` bytes are written. Else the error of recv(2).
 */
int64_t sock_recv(sock_t s, void *buf, size_t len, int flags);

/** Sends a datagram to an address.
 *
 * `to`: the destination; NULL sends to the connected peer.
 * Waits also while the queue of an AF_UNIX receiver is full.
 * Returns the number of bytes taken; -EAFNOSUPPORT if the socket cannot send to the address's
 * family; else the error of sendto(2): -EMSGSIZE, -ENOBUFS, -EDESTADDRREQ ...
 */
int64_t sock_sendto(sock_t s, const void *buf, size_t len, int flags, const struct sock_addr *to);

/** Receives bytes and the address of their sender.
 *
 * `from`: receives the sender, or the empty address if the kernel names none (a connected stream,
 * an unnamed AF_UNIX sender); may be NULL.
 * Returns as `sock_recv`. See recvfrom(2).
 */
int64_t sock_recvfrom(sock_t s, void *buf, size_t len, int flags, struct sock_addr *from);

/** Receives exactly `len` bytes from a stream, under one limit.
 *
 * `flags`: as for `sock_recv`, except MSG_PEEK, MSG_TRUNC, MSG_OOB and MSG_ERRQUEUE, which do not
 * consume the next bytes of the stream: -EINVAL.
 * `received`: receives the number of bytes in `buf`, also on failure; may be NULL. A later call
 * can continue with the rest of the buffer: no byte is lost.
 * Returns 0 when all bytes have come; SOCK_EEOF if the peer closed its half before; -EINVAL if the
 * socket is not of type SOCK_STREAM; else the code of `sock_recv`, even after some bytes: -EAGAIN
 * in non-blocking mode as soon as no more are ready.
 */
int sock_recv_exact(sock_t s, void *buf, size_t len, int flags, size_t *received);

/** Sends all bytes, under one limit.
 *
 * `sent`: receives the number of bytes taken, also on failure; may be NULL.
 * Returns 0 when all bytes were taken; else the code of `sock_send`, even after some bytes:
 * -EAGAIN in non-blocking mode as soon as the socket is full.
 */
int sock_sendall(sock_t s, const void *buf, size_t len, int flags, size_t *sent);

/** Waits until a socket is ready, without a transfer.
 *
 * For code that makes its own system calls on the descriptor, such as a TLS library, and needs the
 * limits of the handle around them.
 *
 * `direction`: SOCK_READ or SOCK_WRITE, whose deadline applies, as does the cancel token.
 * `timeout_ns`: the limit of this wait, whatever the mode of the socket; 0 looks once.
 * Returns 1 when poll(2) reports readiness, also for the end of the stream and for an error, which
 * is left in SO_ERROR for the call that follows; 0 when `timeout_ns` has passed; else a code as
 * `sock_recv`.
 */
int sock_wait(sock_t s, int direction, int64_t timeout_ns);

/** Whether POLLOUT reports that a send that returned -EAGAIN can be retried.
 *
 * For programs that wait with poll(2) or epoll(7) themselves.
 *
 * `addressed`: nonzero for a send with a destination address, as in `sock_sendto`.
 * Returns 1; or 0 if the full queue is the receiver's, which the kernel does not report: retry
 * after 1 to 20 ms. This applies to AF_UNIX datagrams to an address, and to AF_NETLINK.
 */
int sock_send_pollable(sock_t s, int addressed);

/* Messages ----------------------------------------------------------------------------------------
 *
 * Data in several pieces, an address and control data in one call (sendmsg(2), recvmsg(2)), and
 * descriptors for another process. `flags`, timeouts and limits are those of "Transfers"; "Control
 * messages" describes the content of control data.
 */

/** A piece of memory, laid out as `struct iovec`: an array of one can be cast to the other. */
struct sock_iovec {
    void *base; /**< Its address; not accessed when `len` is 0. */
    size_t len; /**< Its length in bytes. */
};

/** A message, as for sendmsg(2) and recvmsg(2). Set all of it to zero first.
 *
 * The layout never changes; it holds pointers, so its size depends on theirs (72 bytes, or 40).
 * The arrays and buffers remain the caller's and are used only during the call. A successful
 * receive writes the fields that say "receives"; a send writes none.
 */
struct sock_msg {
    /** Send: the destination; NULL or the empty address means none. Receive: receives the sender
     * (empty if the kernel names none); may be NULL.
     */
    struct sock_addr *addr;
    /** The pieces of the data, sent or filled in order; never changed. */
    const struct sock_iovec *iov;
    /** Number of pieces: 0 to 1024. */
    size_t iov_count;
    /** Control data; any alignment, but CMSG_FIRSTHDR and others need that of size_t. */
    void *control;
    /** Receive: bytes of room at `control`, less than 2^31. Send: ignored. */
    size_t control_cap;
    /** Send: bytes at `control` to send. Receive: receives how many came. */
    size_t control_len;
    /** Receive: receives the number of bytes written to the pieces. */
    size_t len;
    /** Receive: receives the kernel's length, the result of the call, which with MSG_TRUNC may
     * exceed `len`.
     */
    size_t true_len;
    /** Receive: receives the kernel's MSG_* flags: MSG_TRUNC (the datagram was longer), MSG_CTRUNC
     * (there was more control data), MSG_EOR, MSG_ERRQUEUE ...
     */
    int32_t flags;
    /** Must be 0. */
    uint32_t zero;
};

/** Sends a message.
 *
 * `msg`: the data and what goes with it; not changed.
 * In blocking mode a stream takes all bytes. Descriptors go with the first byte; other control
 * messages apply to all of it. With a timeout it takes what fits at once, and the descriptors are
 * then sent. On a stream, control data needs at least one byte of data with it, or it never
 * arrives.
 * Returns the number of bytes taken, as `sock_send`; -EMSGSIZE for more than 1024 pieces; -EINVAL
 * from the kernel for unknown control data or more than 253 descriptors; -EBADF also for a
 * descriptor that is not open; -ENOBUFS for too much control data; -EAFNOSUPPORT as `sock_sendto`;
 * else the error of sendmsg(2).
 */
int64_t sock_sendmsg(sock_t s, const struct sock_msg *msg, int flags);

/** Receives a message.
 *
 * `msg`: where to put data, sender and control data.
 * `flags`: received descriptors are always close-on-exec. MSG_WAITALL on a stream fills all
 * pieces, but stops at bytes that came with descriptors and where another process wrote
 * (SO_PASSCRED), as the kernel does.
 * The caller owns descriptors in the control data: take them with `sock_control_take_fds` and
 * close the rest with `sock_control_close_fds`. If there was too little room, `msg->flags` has
 * MSG_CTRUNC, and the kernel has closed the descriptors that did not fit. A failure leaves none.
 * Returns the number of bytes received, as `sock_recv`. With MSG_TRUNC that is the full length of
 * a datagram, though no more than the pieces hold is written; on TCP the bytes are then discarded,
 * and `msg->len` is 0. -EMSGSIZE for more than 1024 pieces; else the error of recvmsg(2).
 */
int64_t sock_recvmsg(sock_t s, struct sock_msg *msg, int flags);

/** Sends descriptors with the first of some bytes, over an AF_UNIX socket.
 *
 * `len`: at least 1 on a stream, if there are descriptors.
 * `fds`, `n`: the descriptors, 0 to 253. The receiver gets duplicates; these remain open and the
 * caller's.
 * `to`: the destination; NULL or the empty address sends to the connected peer.
 * Returns the number of bytes taken: if any were, the descriptors are sent. -EINVAL for a stream
 * without data; -EOPNOTSUPP for another family, which would drop the descriptors; -EBADF also for
 * a descriptor that is not open; -ETOOMANYREFS for too many in flight; else as `sock_sendmsg`. See
 * unix(7).
 */
int64_t sock_send_fds(sock_t s, const void *buf, size_t len, const int *fds, size_t n, int flags,
                      const struct sock_addr *to);

/** Receives bytes and descriptors.
 *
 * `len`: at least 1 on a stream. `flags`: as for `sock_recvmsg`; with MSG_PEEK each call
 * duplicates the descriptors anew.
 * `fds`, `cap`: receive the descriptors, which are close-on-exec and which the caller closes with
 * close(2).
 * `n`: receives their number. Descriptors beyond `cap` are closed, as is a pidfd of SO_PASSPIDFD;
 * other control messages are dropped.
 * `from`: receives the sender; may be NULL.
 * `msg_flags`: receives the kernel's MSG_* flags, with MSG_CTRUNC if descriptors were lost; may be
 * NULL.
 * Returns the number of bytes received, as `sock_recvmsg`; a failure leaves no descriptor open.
 * See unix(7).
 */
SOCK_MUST_CHECK
int64_t sock_recv_fds(sock_t s, void *buf, size_t len, int *fds, size_t cap, size_t *n, int flags,
                      struct sock_addr *from, int *msg_flags);

/* Batches (many datagrams in one call) ------------------------------------------------------------
 *
 * Arrays of datagrams, on sockets of every type but SOCK_STREAM: one sendmmsg(2) or recvmmsg(2)
 * carries up to 64 of them. With a segment size, the kernel also cuts one buffer into datagrams
 * (UDP_SEGMENT) and joins arriving ones (UDP_GRO), which saves most of their cost. `flags`,
 * timeouts and limits are those of "Transfers", ECN, packet info and others those of "Control
 * messages".
 *
 * `v`, `n`: the array; 0 entries return 0 at once. Both calls return how many entries, from the
 * first, were sent or filled; an entry at fault (NULL with a length, a segment size or an address
 * out of range) ends the batch before it, and its code is returned when it is the first.
 */

/** In `flags` after a send: the data went as plain datagrams.
 * The family has no segments, or kernel, route or device refuse segments of this size.
 */
#define SOCK_BATCH_PLAIN 1

/** A datagram of a batch. Set all of it to zero first.
 *
 * The layout never changes; it holds pointers, so its size depends on theirs (184 bytes, or less).
 * Buffers and control data remain the caller's and are used only during the call. `buf` and `len`
 * are never changed. A send writes `count` and `flags` of the entries that went; a receive writes
 * the fields that say "receives" of the entries that it filled, and no other entry.
 */
struct sock_datagram {
    /** Send: the data. Receive: memory for it. */
    void *buf;
    /** Send: bytes at `buf`. Receive: bytes of room. */
    size_t len;
    /** Send: receives the bytes that went. Receive: receives the length of the datagram, which with
     * MSG_TRUNC in `flags` exceeds `len`.
     */
    size_t count;
    /** Send: the data is cut into datagrams of this size, 1 to 65535, the last may be shorter; 0
     * sends one datagram. Receive: receives the size of the datagrams that came together
     * (`sock_setgro`), of which the last may be shorter; 0 means one.
     */
    uint32_t segment;
    /** Send: receives SOCK_BATCH_PLAIN or 0. Receive: receives the kernel's MSG_* flags: MSG_TRUNC
     * (the datagram was longer), MSG_CTRUNC (there was more control data) ...
     */
    int32_t flags;
    /** Control data as in `sock_msg`; NULL for none. */
    void *control;
    /** Send: bytes at `control`. Receive: bytes of room; receives how many came. */
    size_t control_len;
    /** Send: the destination; the empty address means the connected peer. Receive: receives the
     * sender (empty if the kernel names none).
     */
    struct sock_addr addr;
};

/** Sends datagrams.
 *
 * `v`: in blocking mode all are sent. If a limit, a close or an error of the kernel ends the call
 * earlier, the result is what went by then.
 * An entry longer than its `segment` is cut into datagrams of that size, in one system call for 64
 * segments or 64 KiB. Where the kernel cannot do that, libsock cuts, and `flags` says so
 * (SOCK_BATCH_PLAIN): when a route or device has refused, the next 64 batches of the socket go
 * plain before another try. On AF_UNIX, control data goes with the first of them only.
 * Returns the number of entries sent; if the last of them went in part, its `count` is less than
 * its `len`. A code when nothing was sent: -EINVAL for a stream, -EMSGSIZE, -ENOBUFS or another
 * error of send(2). An error of a later entry is returned by the call that begins with it. See
 * sendmmsg(2), udp(7).
 */
int64_t sock_sendmany(sock_t s, struct sock_datagram *v, size_t n, int flags);

/** Receives datagrams: waits for the first, then takes those that are there.
 *
 * `v`: where to put them, in order of arrival. With MSG_PEEK only the first is filled. With
 * `sock_setgro`, one entry can receive many datagrams: a buffer of 65535 bytes has room for all,
 * and control data, if wanted, needs room for SOCK_CONTROL_GRO too.
 * The caller owns descriptors in control data, as with `sock_recvmsg`.
 * Returns the number of entries filled; 0 if the receiving half was shut down. The end of a
 * SOCK_SEQPACKET connection is an entry of 0 bytes. -EINVAL for a stream; else the error of
 * recv(2). An error that comes behind datagrams is returned by the next call. See recvmmsg(2),
 * whose timeout is not used: no limit delays datagrams that have come.
 */
int64_t sock_recvmany(sock_t s, struct sock_datagram *v, size_t n, int flags);

/** Turns the joining of arriving datagrams on or off (UDP_GRO).
 *
 * `on`: not 0 for on. Consecutive datagrams of one sender and one size then arrive as one, also in
 * `sock_recv`: `segment` of a batch, or `sock_control_get_gro_size`, says where to cut.
 * Returns 0; -EOPNOTSUPP or -ENOPROTOOPT on a socket or kernel without it. See udp(7).
 */
int sock_setgro(sock_t s, int on);

/* Sendfile ----------------------------------------------------------------------------------------
 *
 * A file goes to a connected socket without passing through the program: Python's socket.sendfile.
 */

/** Sends a file, or a part of it, under one limit.
 *
 * The timeout includes waiting for a pipe or another source to have data. SIGPIPE is blocked in
 * the calling thread during the call.
 * If another process or the program can reach the socket (after a fork or `sock_fileno`, for
 * example), the data is copied through memory, because sendfile(2) has no MSG_DONTWAIT.
 * On Windows, TransmitFile sends a file in blocking mode without deadline and cancel token, if at
 * most two of these calls run; otherwise the data is copied through memory. If TransmitFile is cut
 * short, by a close or by a deadline or token set meanwhile, `sent` may be less than what was sent.
 * `s`: a socket of type SOCK_STREAM, in blocking or timeout mode.
 * `file`: a descriptor open for reading, which remains the caller's. On Windows the number of a
 * HANDLE, such as _get_osfhandle returns.
 * `offset`: where to begin, in bytes from the start of the file, whatever its position; 0 for
 * pipes and other files without positions.
 * `count`: how many bytes, or -1 for all up to the end; a file that ends earlier is not an error,
 * however large `count` is.
 * `sent`: receives the number of bytes sent, also on failure; may be NULL.
 * If any byte was sent, successfully or not, the file's position is after the last one sent. From
 * a pipe, only the bytes sent are taken. From a source that is not a file, block device or pipe (a
 * socket, a terminal), a failing call may have taken up to 64 KiB that were not sent.
 * Returns the number of bytes sent; -EINVAL for another type of socket, for non-blocking mode
 * (unless the file is empty: 0), an `offset` below 0, a `count` of 0 or below -1, or a file that
 * cannot be read, such as one of epoll(7); -ESPIPE for an `offset` without positions; -EBADF,
 * -EISDIR, -EIO ... of the file; else a code as `sock_sendall`. See sendfile(2), splice(2).
 */
int64_t sock_sendfile(sock_t s, int file, int64_t offset, int64_t count, int64_t *sent);

/* Splice (moving bytes without copying them) ------------------------------------------------------
 *
 * splice(2) under the limits of libsock: from a socket to another one, to a file or to a pipe, and
 * from a file or pipe to a socket. One limit covers the whole call, and counts are exact.
 *
 * A socket that the program or another process can reach too (after `sock_fileno` or a fork, for
 * example) is read and written through memory, because splice(2) has no MSG_DONTWAIT; so are
 * sockets that the kernel cannot splice. SIGPIPE is blocked in the calling thread during a call.
 * `count`: how many bytes, or -1 for all up to the end; an earlier end is not an error.
 */

/** Moves bytes from one socket to another.
 *
 * `from`, `to`: two handles of connected SOCK_STREAM sockets. The shorter of their timeouts, both
 * deadlines and both cancel tokens apply, and closing either ends the call.
 * `received`, `sent`: receive the bytes taken from `from` and those that `to` accepted, also on
 * failure; may be NULL. If a call fails between the two, the difference (up to 1 MiB) is lost.
 * In non-blocking mode the call moves what it can at once, through memory, and loses nothing.
 * Returns the number of bytes sent, less than `count` at the end of `from` or in non-blocking mode;
 * 0 at the end; -EINVAL for another type of socket, the same handle twice, or a `count` of 0 or
 * below -1; else a code as `sock_recv` or `sock_send`. See splice(2).
 */
int64_t sock_splice(sock_t from, sock_t to, int64_t count, int64_t *received, int64_t *sent);

/** Moves bytes from a socket to a file or pipe.
 *
 * `from`: a connected SOCK_STREAM socket.
 * `fd`: a file, block device or pipe open for writing, which remains the caller's. The call waits
 * for room in a pipe, whatever its O_NONBLOCK; writing to a disk cannot be interrupted.
 * `offset`: where to write in the file, whose position stays; or -1 to write at the position, which
 * moves; 0 or -1 for a pipe.
 * `received`, `written`: receive the bytes taken from the socket and those written, also on
 * failure; may be NULL. A difference (a full disk, for example) is lost. Nothing is taken for a
 * descriptor that is not open for writing.
 * In non-blocking mode the call moves what is there at once.
 * Returns the number of bytes written, less than `count` at the end of `from` or in non-blocking
 * mode; 0 at the end; -EINVAL for another type of socket, another kind of descriptor, an `offset`
 * below -1, or a `count` of 0 or below -1; -ESPIPE for an `offset` of a pipe; -EBADF, -ENOSPC,
 * -EPIPE ... of `fd`; else a code as `sock_recv`. See splice(2).
 */
int64_t sock_splice_to_fd(sock_t from, int fd, int64_t offset, int64_t count, int64_t *received,
                          int64_t *written);

/** Moves bytes from a file or pipe to a socket.
 *
 * As `sock_sendfile`, which follows Python, with these differences: non-blocking mode sends what
 * goes at once, and the position of the file stays unless `offset` is -1.
 * `fd`: a descriptor open for reading, which remains the caller's.
 * `offset`: where to read in the file; or -1 to read at its position, which moves; 0 or -1 for a
 * pipe.
 * `to`: a connected SOCK_STREAM socket.
 * `sent`: receives the number of bytes sent, also on failure; may be NULL. Nothing is lost: what
 * was not sent remains in the file or pipe.
 * Returns the number of bytes sent, less than `count` at the end of the file or in non-blocking
 * mode; 0 at the end; -EINVAL for another type of socket, a descriptor that is neither a file, a
 * block device nor a pipe, an `offset` below -1, or a `count` of 0 or below -1; else a code as
 * `sock_sendfile`. See sendfile(2), splice(2).
 */
int64_t sock_splice_from_fd(int fd, int64_t offset, sock_t to, int64_t count, int64_t *sent);

/* Relay (two connections as one) ------------------------------------------------------------------
 *
 * The loop of a proxy: what arrives from one socket goes to the other, in both directions, until
 * both have ended.
 */

/** What `sock_relay` has moved.
 * The layout never changes; 64 bytes.
 */
struct sock_relay_counts {
    uint64_t a_to_b;      /**< Bytes received from `a` that `b` accepted. */
    uint64_t b_to_a;      /**< Bytes received from `b` that `a` accepted. */
    uint64_t a_lost;      /**< Bytes received from `a` that `b` did not accept: lost. */
    uint64_t b_lost;      /**< Bytes received from `b` that `a` did not accept: lost. */
    /** 1 if `a` has ended its half and `b` received that end (SHUT_WR), else 0. */
    int32_t a_ended;
    int32_t b_ended;      /**< 1 if `b` has ended its half and `a` received that end, else 0. */
    /** On failure, the handle at which the call ended; 0 if it was not one of them (the idle limit,
     * an interrupt hook).
     */
    sock_t failed;
    uint64_t reserved[2]; /**< 0. */
};

/** Relays between two connected sockets until both directions have ended.
 *
 * Runs in the calling thread, without copying where splice(2) works (see "Splice"). The end of one
 * direction is handed on: when `a` has ended its half, `b` receives everything and then
 * shutdown(SHUT_WR), and the other direction goes on. The handles stay open.
 * If a socket cannot be read (-ECONNRESET, for example), the call ends. If one cannot be written
 * (-EPIPE), what its peer had sent before still goes to the other side, and then the call ends with
 * that code. A failure is not handed on: to make the other peer see a reset and not an end,
 * set `sock_set_linger` to 0 before closing.
 * `a`, `b`: two handles of SOCK_STREAM sockets in blocking or timeout mode. The shorter of their
 * timeouts covers the whole call; their deadlines (both directions) and cancel tokens apply, and
 * closing either ends the call. SO_RCVTIMEO and SO_SNDTIMEO do not apply.
 * `idle_ns`: the call ends with SOCK_ETIMEDOUT when nothing has moved in either direction for so
 * long; SOCK_FOREVER for no limit.
 * `counts`: receives what has moved, also on failure; may be NULL.
 * Urgent data and descriptors passed over AF_UNIX are not relayed.
 * Returns 0 when both directions have ended; -EINVAL for another type of socket, the same handle
 * twice, or non-blocking mode; else a code as `sock_recv` or `sock_send`. See splice(2),
 * shutdown(2).
 */
int sock_relay(sock_t a, sock_t b, int64_t idle_ns, struct sock_relay_counts *counts);

/* Zerocopy (sending without a copy) ---------------------------------------------------------------
 *
 * With MSG_ZEROCOPY the kernel sends from the program's memory. The buffer must not change until
 * the kernel is done with it, which the error queue of the socket reports. Worthwhile above about
 * 10 KB a call. Over loopback, and to a device that cannot gather, the kernel copies after all.
 *
 * One handle in one process sends so on a socket, and the program sends nothing with MSG_ZEROCOPY
 * itself there: the kernel counts the sends of a socket, and libsock counts along.
 * Completions make poll(2) report POLLERR until they are taken; no other call of libsock ends or
 * fails because of that.
 */

/** Tickets of `sock_send_zerocopy` whose buffers are free.
 * The layout never changes; 24 bytes.
 */
struct sock_zerocopy_range {
    uint64_t first;   /**< The first ticket. */
    uint64_t last;    /**< The last ticket. */
    int32_t copied;   /**< 1 if the kernel copied the data after all, else 0. */
    int32_t reserved; /**< 0. */
};

/** Sends from the program's memory, without a copy.
 *
 * `buf`: must stay unchanged until `sock_zerocopy_done` reports the ticket, also after the socket
 * is closed: then nothing reports it any more, and the kernel may send again until the peer has
 * received everything. So collect all tickets before closing, or close with `sock_set_linger` 0.
 * `flags`: as for `sock_send`.
 * `ticket`: receives the number of this send, 1 or more and one more each time; or 0 if the data
 * was copied at once and `buf` is free: on sockets other than TCP and UDP, and old kernels.
 * Sends once: in blocking mode, too, a stream may take less than `len`; send the rest under another
 * ticket. When the kernel has no memory for more completions (net.core.optmem_max), the call takes
 * those that have come, keeps them for `sock_zerocopy_done`, and waits for others if need be; in
 * non-blocking mode it returns -ENOBUFS.
 * Returns the number of bytes sent; -ENOBUFS also if more than 8 separate ranges wait to be taken;
 * else a code as `sock_send`. See send(2), socket(7).
 */
int64_t sock_send_zerocopy(sock_t s, const void *buf, size_t len, int flags, uint64_t *ticket);

/** Waits for buffers to become free.
 *
 * `out`, `cap`: receive ranges of tickets, each ticket once, the oldest first; neighbours are
 * merged. `cap` is 1 or more.
 * From the first ticket on, takes what is in the error queue of the socket. Messages of another
 * kind (time stamps, ICMP errors) are dropped. A program that needs them reads the queue itself
 * (`sock_recvmsg` with MSG_ERRQUEUE) instead of calling this: the first and last ticket, less 1,
 * are `info` and `data` of `sock_control_get_error` with SO_EE_ORIGIN_ZEROCOPY, 32 bits of them.
 * The timeout, the deadline for writing and the cancel token apply.
 * Returns the number of ranges written; 0 if no ticket is outstanding; -EAGAIN in non-blocking mode
 * if none is free yet. See recv(2), socket(7).
 */
int64_t sock_zerocopy_done(sock_t s, struct sock_zerocopy_range *out, size_t cap);

/* FILE (stdio) ------------------------------------------------------------------------------------
 *
 * A socket as a FILE of the C library: fgets, fscanf, fprintf and others work on it, as on the file
 * of Python's socket.makefile. Transfers obey the socket's timeout, deadlines and cancel token.
 *
 * A failure shows as in stdio: NULL, EOF or a short count, ferror and errno; `sock_last_error`
 * holds the code. After a time limit, in non-blocking mode and after SO_RCVTIMEO, errno is EAGAIN
 * and nothing received is lost: fgets returns the received part of a line (with errno EAGAIN and no
 * newline at the end), or NULL if there is none, and clearerr and another fgets continue with the
 * rest. After any other failure, the C library's fgets loses its part of the line. When a write
 * fails, the C library discards its buffer: a program that wants to continue after a write timeout
 * uses `sock_sendall` or a buffered stream.
 *
 * `sock_close` of the socket wakes a thread that reads or writes the FILE; this and every later
 * operation that reaches the socket fails with errno EBADF. fclose flushes; it never closes the
 * socket.
 */

/** Makes a FILE for one direction of a socket.
 *
 * `mode`: "r" to receive or "w" to send; "rb" and "wb" are the same. For both directions make two,
 * so that each has its own buffer and lock.
 * Flush text (fflush) before waiting for an answer to it. setvbuf works as on any FILE; fileno and
 * fseek do not. On a datagram socket each flush sends a datagram, and each receive takes one, cut
 * to the buffer.
 * Returns a FILE, which the caller closes with fclose. It does not own the socket: close both, in
 * any order, but the writing FILE first if its buffer is to arrive. NULL on failure, with errno
 * and `sock_last_error`: -EBADF, -ENOTSOCK, -EFAULT, -EINVAL for another mode, -ENOMEM.
 * On Windows always -ENOSYS: its C runtimes make a FILE only of handles that block in ReadFile
 * (_open_osfhandle), which ignores timeout, close and cancel, and the program may have another
 * runtime than libsock. Use a buffered stream there. See fdopen(3), fopencookie(3).
 */
SOCK_MUST_CHECK
FILE *sock_fdopen(sock_t s, const char *mode);

/* Streams (buffered) ------------------------------------------------------------------------------
 *
 * Lines and blocks of bytes over a socket, with a buffer for each direction, for languages without
 * FILE. A stream is a handle on top of a socket's handle: its calls obey the socket's timeout (one
 * limit for all steps of a call), deadlines and cancel token. Unlike the files of Python and C, it
 * continues after a timeout: the received part of a line stays in the buffer and becomes part of
 * the next result, and the next flush sends what is still unsent.
 *
 * `sock_close` of the stream sends what was written, under the same limits, and returns the code if
 * that fails; unsent data is then lost. It never closes the socket. `sock_close` of the socket ends
 * the stream's calls too: those that wait return SOCK_ECLOSED, later ones -EBADF. The stream must
 * still be closed, which returns SOCK_ECLOSED if data was left to send.
 *
 * `st` is the stream, and `buf`, `len` are bytes to write, or the memory for bytes read. Reading
 * and writing are independent. Of two threads in the same direction, one waits for the other,
 * within its own limits (-EAGAIN in non-blocking mode; -EDEADLK for a hook inside a call of the
 * same direction). Reading never flushes: flush before waiting for an answer. In a forked child, a
 * stream keeps the received, unread data; the data to send stays with the parent.
 */

/** The handle of a buffered stream. */
typedef int64_t sock_stream_t;

/** Makes a stream for both directions of a SOCK_STREAM socket.
 *
 * `capacity`: size of each buffer in bytes; 0 means the usual 8192. Memory is allocated when first
 * needed; a long line makes the read buffer grow temporarily.
 * Two streams over one socket would take each other's bytes.
 * Returns a handle; -EINVAL for another type of socket.
 */
SOCK_MUST_CHECK
sock_stream_t sock_stream_new(sock_t s, size_t capacity);

/** Reads the available bytes, and waits only if there are none.
 * `len`: at most this many; 0 reads nothing.
 * Returns the number of bytes read, 0 at the end of the stream; else a code as `sock_recv`.
 */
int64_t sock_stream_read(sock_stream_t st, void *buf, size_t len);

/** Reads exactly `len` bytes.
 *
 * `received`: receives the number of bytes in `buf`, also on failure; may be NULL. A later call
 * can continue with the rest of the buffer: no byte is lost.
 * Returns 0 when all bytes have come; SOCK_EEOF if the stream ended before; else the code of
 * `sock_stream_read`, even after some bytes.
 */
int sock_stream_read_exact(sock_stream_t st, void *buf, size_t len, size_t *received);

/** Reads a line, including its newline.
 *
 * `buf`, `len`: receive the line, without a NUL. A longer line is returned in parts of `len`
 * bytes.
 * A failing call consumes nothing: the received part of the line stays for the next call.
 * Returns the length. The last byte is not a newline if the line is longer than `len` or the
 * stream ended after it. 0 if the stream has ended and nothing is left, or `len` is 0; else a code
 * as `sock_stream_read`.
 */
int64_t sock_stream_readline(sock_stream_t st, void *buf, size_t len);

/** Reads up to and including a delimiter of one or more bytes ("\r\n\r\n", say).
 *
 * `mark`, `mark_len`: the delimiter.
 * `buf`, `len`: receive the bytes; `len` is the limit.
 * A failing call consumes nothing, so the next one can use another delimiter or a larger buffer.
 * Returns the length, including the delimiter; 0 if the stream has ended and nothing is left;
 * SOCK_EEOF if it ended without the delimiter (`sock_stream_read` returns the rest); -EMSGSIZE if
 * the first `len` bytes do not contain the delimiter; -EINVAL if it is empty or longer than `len`;
 * else a code as `sock_stream_read`.
 */
int64_t sock_stream_read_until(sock_stream_t st, const void *mark, size_t mark_len, void *buf,
                               size_t len);

/** Writes bytes: to the buffer if they fit, else to the socket.
 *
 * `written`: receives the number of bytes taken, also on failure; may be NULL. Bytes taken are
 * sent, or wait in the buffer for the next flush; a later call can continue with the rest.
 * Returns 0 when all bytes were taken; else a code as `sock_sendall`.
 */
int sock_stream_write(sock_stream_t st, const void *buf, size_t len, size_t *written);

/** Sends the written bytes; those that cannot be sent stay for the next flush.
 * Returns 0 when none are left; else a code as `sock_sendall`.
 */
int sock_stream_flush(sock_stream_t st);

/** Returns the number of bytes in a buffer; never waits.
 * `direction`: SOCK_READ for bytes received and not read, which pollers do not see; SOCK_WRITE for
 * bytes written and not sent.
 */
int64_t sock_stream_buffered(sock_stream_t st, int direction);

/* Pollers -----------------------------------------------------------------------------------------
 *
 * One wait for many handles. A poller holds sockets, listeners, operations, buffered streams,
 * cancel tokens and descriptors of the program, and has timers of its own. `p` is a poller.
 *
 * Unlike epoll(7), a poller reports the end of a handle, and never anything after it: when a handle
 * is closed or detached, each poller that holds it returns one last event, whose `code` is
 * SOCK_ECLOSED, also if a duplicate of the descriptor lives on here or in another process. Nothing
 * of a registration is written to any caller's array after sock_poller_remove has returned, or
 * after its last event has been delivered.
 *
 * An event says that something holds, not that a call will succeed: use non-blocking mode. Handles
 * that share a description (sock_dup) are each reported by their own registration. Several threads
 * may wait on one poller. A forked child has the registrations too; what it does with them does not
 * affect the parent.
 */

/** Data to receive, a connection to accept, a step that is due, a token that has fired. */
#define SOCK_POLL_IN 1

#define SOCK_POLL_OUT 2          /**< Room to send; a connection attempt that has ended. */
#define SOCK_POLL_PRI 4          /**< Urgent data. */
#define SOCK_POLL_ERR 8          /**< An error; reported unasked. */
#define SOCK_POLL_HUP 16         /**< Both directions have ended; reported unasked. */
#define SOCK_POLL_RDHUP 32       /**< The other end sends no more. */
#define SOCK_POLL_WAKE 64        /**< In events only: `sock_poller_wake`. */
#define SOCK_POLL_TIMER 128      /**< In events only: a timer. */
#define SOCK_POLL_EDGE 256       /**< To ask: only when something new happens. */
#define SOCK_POLL_ONESHOT 512    /**< To ask: once; `sock_poller_modify` arms it again. */
#define SOCK_POLL_EXCLUSIVE 1024 /**< To ask: wake few of several pollers. */

/** The handle of a poller. */
typedef int64_t sock_poller_t;

/** Something that has happened, or holds, to one registration of a poller. */
struct sock_event {
    uint64_t data;  /**< What the caller gave with the registration; 0 for a wake-up. */
    int64_t handle; /**< The handle; 0 for a descriptor of the program and for a wake-up. */
    int32_t events; /**< The SOCK_POLL_* that hold. */
    int32_t code;   /**< 0; SOCK_ECLOSED in the last event of a handle that was closed. */
    uint64_t count; /**< Timers: how many periods have passed since the last event. Otherwise 0. */
    /** 0. */
    uint64_t reserved;
};

/** Creates a poller.
 *
 * Returns a handle; `sock_close` ends the poller: threads that wait on it return SOCK_ECLOSED, its
 * timers are closed, and the handles that it holds stay open. It needs two descriptors, three once
 * it has a timer.
 */
SOCK_MUST_CHECK
sock_poller_t sock_poller_new(void);

/** Adds a handle to a poller.
 *
 * `s`: a socket, listener, operation, buffered stream or cancel token.
 * `events`: the SOCK_POLL_* to wait for; 0 waits for ERR, HUP and the end. SOCK_POLL_EXCLUSIVE goes
 * with IN, OUT and EDGE only. For an operation or token, ask for IN. For a stream, bytes in its
 * buffer count as IN.
 * `data`: returned with each event.
 * Returns 0; -EEXIST if the poller holds the handle; -EINVAL for other bits; -ENOTSOCK for a handle
 * of another kind; SOCK_ECLOSED for a stream whose socket is closed. See epoll_ctl(2).
 */
int sock_poller_add(sock_poller_t p, sock_t s, int events, uint64_t data);

/** Changes what a poller waits for, and the data.
 *
 * `events`, `data`: as for `sock_poller_add`. Waits that begin later have the new data. A one-shot
 * is armed again.
 * Returns 0; -ENOENT if the poller does not hold the handle; -EINVAL also for SOCK_POLL_EXCLUSIVE,
 * old or new.
 */
int sock_poller_modify(sock_poller_t p, sock_t s, int events, uint64_t data);

/** Removes a handle from a poller; no event of it is written afterwards.
 * Returns 0; -ENOENT if the poller does not hold the handle; -EBADF if it is closed, which has
 * removed it: its last event has been or will be delivered.
 */
int sock_poller_remove(sock_poller_t p, sock_t s);

/** Adds a descriptor of the program, such as a pipe.
 *
 * `fd`: stays the program's, which removes it here before closing it. Its events have the handle 0.
 * `events`, `data`: as for `sock_poller_add`.
 * Returns 0; -EEXIST if it is there already; -EPERM for a file, which is always ready.
 */
int sock_poller_add_fd(sock_poller_t p, int fd, int events, uint64_t data);

/** Removes a descriptor of the program.
 * `fd`: as for `sock_poller_add_fd`.
 * Returns 0; -ENOENT if the poller does not hold it.
 */
int sock_poller_remove_fd(sock_poller_t p, int fd);

/** Starts a timer of a poller.
 *
 * `first_ns`: the time until its first event; 0: at once.
 * `every_ns`: the period after that; 0: once.
 * `data`: returned with each event. `count` is then the number of periods that have passed since
 * the last one.
 * Returns a handle; `sock_close` ends the timer, without an event, also one that has run out.
 */
SOCK_MUST_CHECK
sock_t sock_poller_timer(sock_poller_t p, int64_t first_ns, int64_t every_ns, uint64_t data);

/** Waits for events.
 *
 * `out`, `cap`: receive all events that hold, up to `cap`.
 * `timeout_ns`: 0 looks once.
 * Returns how many; 0 when the timeout has passed; SOCK_ECLOSED when the poller is closed
 * meanwhile; -EINVAL if `cap` is 0; the code of the thread's interrupt hook.
 */
int64_t sock_poller_wait(sock_poller_t p, struct sock_event *out, size_t cap, int64_t timeout_ns);

/** Wakes one wait on a poller, running or yet to begin, by an event SOCK_POLL_WAKE without handle
 * and data.
 *
 * Each call wakes one: none is lost. Async-signal-safe: neither `errno` nor the text of
 * `sock_last_error` changes.
 */
int sock_poller_wake(sock_poller_t p);

/* Options -----------------------------------------------------------------------------------------
 *
 * The first six functions access any option: `level`, `name` and value are the system's
 * (SOL_SOCKET, SO_REUSEADDR, TCP_NODELAY ...). The others save programs common code. Their times
 * are in nanoseconds; if the kernel counts in coarser units, a time between two of them returns
 * -EINVAL and is never rounded. All can also return the errors of setsockopt(2) or getsockopt(2),
 * such as -ENOPROTOOPT.
 */

#define SOCK_MPTCP_NONE 0     /**< The socket never asked for MPTCP. */
#define SOCK_MPTCP_ASKED 1    /**< It asked for MPTCP, and no peer has answered yet. */
#define SOCK_MPTCP_ACTIVE 2   /**< The connection uses MPTCP. */
#define SOCK_MPTCP_FALLBACK 3 /**< It uses TCP: the peer lacks MPTCP, or the path removed it. */

/** What the kernel knows about a TCP connection.
 * Times are in nanoseconds; a field that the running kernel does not provide is -1. Later versions
 * of libsock add fields at the end, and `size` says which are present.
 */
struct sock_tcp_info {
    uint32_t size;             /**< In: sizeof(struct sock_tcp_info). Out: bytes filled. */
    /** 1 established, 2 SYN sent, 3 SYN received, 4 and 5 FIN wait, 6 time wait, 7 closed, 8 close
     * wait, 9 last ACK, 10 listening, 11 closing.
     */
    int32_t state;
    /** Congestion state: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss. */
    int64_t ca_state;
    int64_t retransmits;       /**< Retransmissions of the waiting segment. */
    int64_t probes;            /**< Unanswered zero-window or keepalive probes. */
    int64_t backoff;           /**< How often the retransmission timer has doubled. */
    /** Bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN agreed, 16 ECN seen, 32 SYN data. */
    int64_t options;
    int64_t snd_wscale;        /**< Scale of the peer's window, a power of 2. */
    int64_t rcv_wscale;        /**< Scale of the local window, a power of 2. */
    /** 1 if the program, not the network, limited `delivery_rate`. */
    int64_t delivery_rate_app_limited;
    /** TCP Fast Open failure: 0 unknown, 1 no cookie, 2 no answer, 3 refused. */
    int64_t fastopen_client_fail;
    int64_t rto_ns;            /**< Retransmission timeout. */
    int64_t ato_ns;            /**< Timeout of delayed acknowledgements. */
    int64_t snd_mss;           /**< Segment size for sending, in bytes. */
    int64_t rcv_mss;           /**< Segment size seen in receiving, in bytes. */
    /** Unacknowledged segments; listening: connections waiting in accept. */
    int64_t unacked;
    int64_t sacked;            /**< Segments acknowledged out of order; listening: the backlog. */
    int64_t lost;              /**< Segments considered lost. */
    int64_t retrans;           /**< Retransmitted segments in flight. */
    int64_t fackets;           /**< Unused by kernels since 4.15: 0. */
    int64_t last_data_sent_ns; /**< Time since data was last sent. */
    int64_t last_data_recv_ns; /**< Time since data was last received. */
    int64_t last_ack_recv_ns;  /**< Time since an acknowledgement was last received. */
    int64_t pmtu;              /**< MTU of the path, in bytes. */
    int64_t rcv_ssthresh;      /**< Limit to the growth of the announced window, in bytes. */
    int64_t rtt_ns;            /**< Smoothed round-trip time. */
    int64_t rttvar_ns;         /**< Its mean deviation. */
    int64_t snd_ssthresh;      /**< End of slow start, in segments; 2147483647: not yet. */
    int64_t snd_cwnd;          /**< Congestion window, in segments. */
    int64_t advmss;            /**< Segment size announced to the peer, in bytes. */
    int64_t reordering;        /**< How far segments may be out of order, in segments. */
    int64_t rcv_rtt_ns;        /**< Round-trip time as the receiver sees it. */
    int64_t rcv_space;         /**< Space that receiving is tuned for, in bytes. */
    int64_t total_retrans;     /**< Segments retransmitted in total. */
    int64_t pacing_rate;       /**< Sending pace, in bytes a second; INT64_MAX without one. */
    int64_t max_pacing_rate;   /**< Its limit (SO_MAX_PACING_RATE); INT64_MAX without one. */
    int64_t bytes_acked;       /**< Bytes sent and acknowledged. */
    int64_t bytes_received;    /**< Bytes received. */
    int64_t segs_out;          /**< Segments sent, retransmissions and bare ACKs included. */
    int64_t segs_in;           /**< Segments received. */
    int64_t notsent_bytes;     /**< Bytes in the send buffer that have never been sent. */
    int64_t min_rtt_ns;        /**< Shortest round trip seen; 4294967295000 before the first. */
    int64_t data_segs_in;      /**< Segments with data received. */
    int64_t data_segs_out;     /**< Segments with data sent. */
    int64_t delivery_rate;     /**< Recent rate of delivery to the peer, in bytes a second. */
    int64_t busy_ns;           /**< Time with data to send. */
    int64_t rwnd_limited_ns;   /**< Part of it limited by the peer's window. */
    int64_t sndbuf_limited_ns; /**< Part of it limited by the local send buffer. */
    int64_t delivered;         /**< Segments delivered. */
    int64_t delivered_ce;      /**< Part of them marked for congestion. */
    int64_t bytes_sent;        /**< Bytes sent, including retransmitted ones. */
    int64_t bytes_retrans;     /**< Bytes retransmitted. */
    int64_t dsack_dups;        /**< Segments that the peer reports as received twice. */
    int64_t reord_seen;        /**< Times that reordering was seen. */
    int64_t rcv_ooopack;       /**< Segments received out of order. */
    int64_t snd_wnd;           /**< Window announced by the peer, in bytes. */
    int64_t rcv_wnd;           /**< Window announced by this end, in bytes. */
    int64_t rehash;            /**< Times that the connection tried another path. */
    int64_t total_rto;         /**< Retransmission timeouts in total. */
    /** Recoveries that began with a retransmission timeout. */
    int64_t total_rto_recoveries;
    int64_t total_rto_time_ns; /**< Time spent in these recoveries. */
};

/** Sets a socket option.
 *
 * `value`, `len`: as for setsockopt(2). A NULL `value` goes to the kernel as NULL with that
 * length, which a few options require. SO_RCVTIMEO and SO_SNDTIMEO keep their meaning in blocking
 * mode: the wait ends with -EAGAIN, at once if the time is negative. A call notices such a limit,
 * and SO_RCVLOWAT, also if it was set elsewhere (through a duplicate, the descriptor's number or
 * another process) once it has waited for 20 ms; a negative limit set elsewhere it cannot notice.
 */
int sock_setsockopt(sock_t s, int level, int name, const void *value, size_t len);

/** Gets a socket option.
 * `value`: receives the bytes. `len`: in: the room; out: the number of bytes that the kernel wrote
 * (for a few options: that it has).
 */
int sock_getsockopt(sock_t s, int level, int name, void *value, size_t *len);

/** Sets an option whose value is one int, as `sock_setsockopt`. */
int sock_setsockopt_int(sock_t s, int level, int name, int value);

/** Gets an option whose value is one int, or the first four bytes of a struct.
 * `value`: receives it.
 */
int sock_getsockopt_int(sock_t s, int level, int name, int *value);

/** Sets a 64-bit option, as `sock_setsockopt`.
 * For example those of level AF_VSOCK: SO_VM_SOCKETS_BUFFER_SIZE, _MIN_SIZE and _MAX_SIZE.
 */
int sock_setsockopt_u64(sock_t s, int level, int name, uint64_t value);

/** Gets a 64-bit option: those of AF_VSOCK, SO_COOKIE ...
 * `value`: receives it.
 * Returns 0; -EINVAL for an option of another size.
 */
int sock_getsockopt_u64(sock_t s, int level, int name, uint64_t *value);

/** Turns keepalive on or off and sets its parameters.
 *
 * `on`: not 0 for on.
 * `idle`: silence before the first probe. `interval`: time between probes. Both are whole seconds,
 * from 1 to 32767, in nanoseconds.
 * `count`: how many unanswered probes end the connection with -ETIMEDOUT, 1 to 127.
 * A parameter of 0 stays as it is. Sockets other than TCP have only the switch.
 * Returns 0; -EINVAL, changing nothing, for a parameter out of range or between two seconds. See
 * tcp(7), TCP_KEEPIDLE.
 */
int sock_set_keepalive(sock_t s, int on, int64_t idle, int64_t interval, int count);

/** Gets whether keepalive is on, and its parameters.
 *
 * `idle`, `interval`, `count`: receive the parameters, as in `sock_set_keepalive`. Each may be
 * NULL; unless all are, the socket must be TCP.
 * Returns 1 if keepalive is on, else 0.
 */
int sock_get_keepalive(sock_t s, int64_t *idle, int64_t *interval, int *count);

/** Sets what closing does with unsent data (SO_LINGER).
 *
 * `on`: 0: closing returns at once, and the kernel goes on sending; not 0: closing waits up to
 * `span` until the data is acknowledged.
 * `span`: whole seconds, in nanoseconds; SOCK_FOREVER for the longest time that the kernel knows.
 * 0, when on, resets the connection and discards the data.
 * Returns 0; -EINVAL for a time that is too long or between two seconds. See socket(7).
 */
int sock_set_linger(sock_t s, int on, int64_t span);

/** Gets whether closing lingers, and how long.
 * `span`: receives nanoseconds, SOCK_FOREVER for the longest time; may be NULL.
 * Returns 1 if it lingers, else 0.
 */
int sock_get_linger(sock_t s, int64_t *span);

/** Requests a buffer size (SO_RCVBUF, SO_SNDBUF) and returns the resulting size.
 *
 * `direction`: SOCK_READ or SOCK_WRITE.
 * `bytes`: 0 to 2147483647.
 * Returns the size as the kernel now counts it, rarely `bytes`: Linux doubles it for its own
 * bookkeeping, and silently keeps it between a minimum and net.core.rmem_max or wmem_max. See
 * socket(7).
 */
int64_t sock_set_buffer(sock_t s, int direction, int64_t bytes);

/** Returns the size of a buffer in bytes as the kernel counts it, including bookkeeping.
 * `direction`: SOCK_READ or SOCK_WRITE.
 */
int64_t sock_get_buffer(sock_t s, int direction);

/** Restricts a socket to one network interface, for sending and receiving.
 *
 * `name`: the interface's name; "" removes the restriction.
 * Returns 0; -ENODEV if there is no such interface, also if the name is too long, which the kernel
 * would truncate; -EPERM if only root may change it. See socket(7), SO_BINDTODEVICE.
 */
int sock_set_device(sock_t s, const char *name);

/** Copies the name of the interface that a socket is restricted to, "" if none.
 * Returns the length.
 */
int64_t sock_get_device(sock_t s, char *buf, size_t cap);

/** Joins a multicast group, AF_INET or AF_INET6.
 *
 * `group`: its address; the port is ignored.
 * `source`: receive only from this sender (source-specific multicast), of the same family; NULL
 * for all.
 * `device`, `index`: the interface, by name or by index. NULL or "" and 0 use the zone of the
 * group's address, or else leave the choice to the kernel. If several are given, they must agree.
 * Returns 0; -EINVAL if `group` is not a multicast address, the source is of another family, or
 * the interfaces differ; -ENODEV for an unknown interface; -EADDRINUSE if the group is already
 * joined; -EAFNOSUPPORT for other families. See ip(7), RFC 3678.
 */
int sock_join_group(sock_t s, const struct sock_addr *group, const struct sock_addr *source,
                    const char *device, int64_t index);

/** Leaves a multicast group; closing leaves all.
 * Arguments as for the `sock_join_group` call that joined it.
 * Returns 0; -EADDRNOTAVAIL if the group was not joined with these; else as `sock_join_group`.
 */
int sock_leave_group(sock_t s, const struct sock_addr *group, const struct sock_addr *source,
                     const char *device, int64_t index);

/** Gets the process at the other end of an AF_UNIX connection.
 *
 * `pid`, `uid`, `gid`: receive process, user and group, as they were at connect, listen or
 * socketpair; each may be NULL. The pid is 0 if the process is in a PID namespace that this one
 * cannot see. Another process may have the number by now: see `sock_peer_pidfd`.
 * Returns 0; -ENOTCONN for an AF_UNIX socket without a peer; -EOPNOTSUPP for other families. See
 * unix(7), SO_PEERCRED.
 */
int sock_peer_cred(sock_t s, int64_t *pid, int64_t *uid, int64_t *gid);

/** Opens a pidfd of the process at the other end of an AF_UNIX connection.
 *
 * No later process can take its place. Use it with pidfd_send_signal(2), waitid(2) and poll(2).
 * Returns the descriptor, which the caller closes with close(2); -ESRCH if the process is gone;
 * -ENOPROTOOPT before Linux 6.5; -ENOTCONN and -EOPNOTSUPP as `sock_peer_cred`. See pidfd_open(2),
 * SO_PEERPIDFD.
 */
SOCK_MUST_CHECK
int sock_peer_pidfd(sock_t s);

/** Sets how long sent data may stay unacknowledged before the connection ends with -ETIMEDOUT.
 *
 * `span`: whole milliseconds, in nanoseconds, up to 2147483647 ms (24.8 days); 0 leaves it to the
 * system.
 * Returns 0; -EINVAL for a time out of range or between two milliseconds. See tcp(7),
 * TCP_USER_TIMEOUT, RFC 5482.
 */
int sock_set_user_timeout(sock_t s, int64_t span);

/** Returns how long sent data may stay unacknowledged, in ns; 0 leaves it to the system. */
int64_t sock_get_user_timeout(sock_t s);

/** Sets the congestion control of a TCP socket.
 *
 * `name`: "cubic", "reno", "bbr" ...
 * Returns 0; -ENOENT if the kernel has none of that name; -EPERM if it is reserved for root. See
 * tcp(7), TCP_CONGESTION.
 */
int sock_set_congestion(sock_t s, const char *name);

/** Copies the name of the congestion control of a TCP socket.
 * Returns the length.
 */
int64_t sock_get_congestion(sock_t s, char *buf, size_t cap);

/** Gets what the kernel knows about a TCP connection (TCP_INFO).
 *
 * `info`: set its `size` to sizeof(struct sock_tcp_info). The call writes the fields that both the
 * program's struct and the library have.
 * Returns 0; -EINVAL for a size smaller than in version 0.1.0. See tcp(7).
 */
int sock_get_tcp_info(sock_t s, struct sock_tcp_info *info);

/** Creates a stream socket that uses MPTCP (several paths at once) if available, else plain TCP.
 *
 * `family`: AF_INET or AF_INET6.
 * `sock_socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP)` fails if the kernel lacks MPTCP or has it
 * switched off. `sock_mptcp_state` returns what the socket uses.
 * Returns a handle, as `sock_socket`. See RFC 8684.
 */
SOCK_MUST_CHECK
sock_t sock_socket_mptcp(int family);

/** Returns whether a socket uses MPTCP, as one of SOCK_MPTCP_*.
 *
 * Listening sockets are SOCK_MPTCP_ASKED. A connection that an MPTCP listener accepted from a
 * plain TCP client is SOCK_MPTCP_FALLBACK. Sockets that never asked for MPTCP, and plain TCP ones
 * from `sock_socket_mptcp`, are SOCK_MPTCP_NONE.
 */
int sock_mptcp_state(sock_t s);

/* Lookups -----------------------------------------------------------------------------------------
 *
 * From hosts and services to addresses, and back. Numbers are converted at once, without a system
 * call. Everything else goes to the C library's resolver (/etc/hosts, DNS, mDNS: whatever the
 * system is set up for), in a few threads of the library, which start when needed and are never
 * waited for: a hanging resolver holds no caller beyond its limit. A lookup that every caller has
 * left runs on and is counted until it ends. A lookup fails with -EAGAIN if no thread can be
 * started for it: in the caller's own thread no limit could end it.
 *
 * The limits of a lookup are a timeout, a deadline and a cancel token. Failures have codes of their
 * own (SOCK_EAI_NONAME, SOCK_EAI_AGAIN ...); `sock_is_resolver` recognises them. Host names beyond
 * ASCII are encoded by UTS 46 (IDNA) first.
 *
 * A fork waits up to 0.1 seconds for lookups that have just begun, because the C library then holds
 * locks that the child could never take. If a program forks during lookups, its child should not
 * look up names.
 *
 * A `port` is a number from 0 to 65535 as text, or the name of a service. `list` is a list of
 * results, and `index` counts from 0.
 */

/** The handle of a list of lookup results. */
typedef int64_t sock_addrinfo_list_t;

/** What to look up, and its limits. */
struct sock_addrinfo_options {
    size_t size;          /**< sizeof(struct sock_addrinfo_options). */
    int32_t family;       /**< AF_INET, AF_INET6, or 0 (AF_UNSPEC) for both. */
    int32_t type;         /**< SOCK_STREAM, SOCK_DGRAM ..., or 0 for all. */
    int32_t proto;        /**< IPPROTO_TCP ..., or 0 for all. */
    int32_t flags;        /**< AI_PASSIVE, AI_CANONNAME ... */
    /** Limit in nanoseconds from now. 0: the default timeout, if any; SOCK_FOREVER: none; 1: only
     * what needs no lookup.
     */
    int64_t timeout_ns;
    int64_t deadline_ns;  /**< Deadline; 0: none. */
    sock_cancel_t cancel; /**< Cancel token, or 0. */
};

/** One result of a lookup. Its 152 bytes never change. */
struct sock_addrinfo {
    int32_t family;           /**< AF_INET or AF_INET6. */
    int32_t type;             /**< SOCK_STREAM ...; 0 from calls that look up only hosts. */
    int32_t proto;            /**< IPPROTO_TCP ... */
    int32_t zero;             /**< 0. */
    struct sock_addr address; /**< The address, with the requested port. */
};

/** The handle of an operation: a lookup or a connection attempt in progress.
 *
 * `sock_fileno` returns its descriptor, which the handle still owns and which is readable when a
 * step is due: add it to an event loop (poll(2), epoll(7), libuv ...) and call the step function
 * until it returns something other than 0. `sock_setcancel` and `sock_setdeadline` (SOCK_READ)
 * work on operations; `sock_close` cancels the operation and frees everything. In a forked child,
 * an operation returns -ESTALE and can only be closed.
 */
typedef int64_t sock_op_t;

/** The lookups of this process, now and in total. */
struct sock_lookup_stats {
    size_t size;             /**< In: sizeof(struct sock_lookup_stats). Out: bytes filled. */
    /** Lookup threads: at most 16, plus up to 16 for hanging lookups that every caller has left. */
    int64_t threads;
    int64_t idle;            /**< Threads without work; they end after 5 seconds. */
    int64_t queued;          /**< Lookups waiting for a thread. */
    int64_t running;         /**< Lookups running. */
    int64_t abandoned;       /**< Lookups still running that nobody waits for. */
    int64_t total;           /**< Lookups since the process began. */
    int64_t abandoned_total; /**< Lookups that were left while running. */
};

/** Finds the first address of a host and a port, as bind, connect and sendto need it.
 *
 * `host`: NULL or "" is the wildcard address, "<broadcast>" is 255.255.255.255; a number is used
 * as it is, with its zone ("fe80::1%eth0"); anything else is looked up.
 * `port`: NULL or "" is 0.
 * `family`: AF_INET, AF_INET6, or 0 for whichever comes first.
 * `timeout_ns`: limit of the lookup; 0: only what needs no lookup.
 * Returns 0; -EINVAL also if the host cannot be encoded; SOCK_EAI_ADDRFAMILY for a number of
 * another family, SOCK_EAI_FAMILY for another `family`, SOCK_EAI_NONAME and others. See
 * getaddrinfo(3).
 */
int sock_resolve(const char *host, const char *port, int family, int64_t timeout_ns,
                 struct sock_addr *out);

/** Finds all addresses of a host and a service.
 *
 * `host`: a name or a number; NULL is the wildcard with AI_PASSIVE, else this machine. "" and
 * "<broadcast>" have no special meaning.
 * `port`: NULL is 0.
 * `opt`: what to look for and the limits; NULL means everything, within the default timeout.
 * Returns a list in the resolver's order; SOCK_EAI_NONAME, also if host and port are both NULL, or
 * another code of a lookup. See getaddrinfo(3).
 */
SOCK_MUST_CHECK
sock_addrinfo_list_t sock_getaddrinfo(const char *host, const char *port,
                                      const struct sock_addrinfo_options *opt);

/** Finds the addresses of a numeric host and port, into an array and without a lookup.
 *
 * The results are those of `sock_getaddrinfo`, without a handle, and without system calls but for
 * the name of a zone.
 * `host`, `port`, `opt`: as for `sock_getaddrinfo`; the limits are ignored.
 * `out`, `cap`: receive the results, at most 3.
 * Returns their number; 0 if a lookup is needed or AI_CANONNAME asks for a name: call
 * `sock_getaddrinfo` then; else a code as `sock_getaddrinfo`.
 */
int64_t sock_addrinfo_numeric(const char *host, const char *port,
                              const struct sock_addrinfo_options *opt, struct sock_addrinfo *out,
                              size_t cap);

/** Starts `sock_getaddrinfo` without waiting, for event loops.
 * Arguments as for `sock_getaddrinfo`.
 * Returns an operation, or a code as `sock_getaddrinfo`.
 */
SOCK_MUST_CHECK
sock_op_t sock_getaddrinfo_start(const char *host, const char *port,
                                 const struct sock_addrinfo_options *opt);

/** Advances a lookup; never waits.
 *
 * `op`: from `sock_getaddrinfo_start`.
 * Returns 0 while the lookup is in progress: wait until its descriptor is readable. Then, once,
 * the list or a code as `sock_getaddrinfo`; after that -EINVAL.
 */
SOCK_MUST_CHECK
sock_addrinfo_list_t sock_getaddrinfo_step(sock_op_t op);

/** Returns the number of results in a list. */
int64_t sock_addrinfo_list_count(sock_addrinfo_list_t list);

/** Gets one result of a list. */
int sock_addrinfo_list_at(sock_addrinfo_list_t list, int64_t index, struct sock_addrinfo *out);

/** Copies the official name of the host of a result, "" if none.
 * The first result has the name, if AI_CANONNAME asked for it or the call always provides it.
 * Returns the length.
 */
int64_t sock_addrinfo_list_canonname(sock_addrinfo_list_t list, int64_t index, char *buf,
                                     size_t cap);

/** Returns the number of other names of a host.
 * Lists of `sock_gethostbyname_ex` and `sock_gethostbyaddr` have them; for other lists it is 0.
 */
int64_t sock_addrinfo_list_alias_count(sock_addrinfo_list_t list);

/** Copies another name of a host.
 * Returns the length.
 */
int64_t sock_addrinfo_list_alias(sock_addrinfo_list_t list, int64_t index, char *buf, size_t cap);

/** Finds the names of an address: host and service.
 *
 * `addr`: an address of any family for which the C library has names.
 * `flags`: NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM ...; with both of the first two
 * there is no lookup.
 * `host`, `host_cap`, `service`, `service_cap`: receive the texts; NULL and 0 omit one. NI_MAXHOST
 * (1025) and NI_MAXSERV (32) bytes always suffice. The host includes a zone: "fe80::1%eth0".
 * `timeout_ns`: limit of the lookup.
 * Returns 0; SOCK_EAI_OVERFLOW, writing neither, if a text does not fit; SOCK_EAI_NONAME with
 * NI_NAMEREQD if there is no name; SOCK_EAI_BADFLAGS, SOCK_EAI_FAMILY, SOCK_EAI_AGAIN ... See
 * getnameinfo(3).
 */
int sock_getnameinfo(const struct sock_addr *addr, int flags, char *host, size_t host_cap,
                     char *service, size_t service_cap, int64_t timeout_ns);

/** Starts `sock_getnameinfo` without waiting, for event loops.
 * Arguments as for `sock_getnameinfo`.
 * Returns an operation, or a code as `sock_getnameinfo`.
 */
SOCK_MUST_CHECK
sock_op_t sock_getnameinfo_start(const struct sock_addr *addr, int flags, int64_t timeout_ns);

/** Advances a lookup of names; never waits.
 *
 * `op`: from `sock_getnameinfo_start`. The others as for `sock_getnameinfo`.
 * Returns 0 while the lookup is in progress: wait until its descriptor is readable. Then, once, 1
 * with the names written or a code as `sock_getnameinfo`; after that -EINVAL.
 */
int sock_getnameinfo_step(sock_op_t op, char *host, size_t host_cap, char *service,
                          size_t service_cap);

/** Finds the first IPv4 address of a name: `sock_resolve` with AF_INET and no port.
 * `name`: as the host of `sock_resolve`. `timeout_ns`: limit of the lookup.
 * Returns as `sock_resolve`.
 */
int sock_gethostbyname(const char *name, int64_t timeout_ns, struct sock_addr *out);

/** Finds all IPv4 addresses of a name, its official name and its other names.
 *
 * `name`: as for `sock_gethostbyname`. `timeout_ns`: limit of both lookups together.
 * Returns a list; `sock_addrinfo_list_canonname` of its first result is the official name. If the
 * name cannot be resolved, a code like SOCK_EAI_NONAME; later failures are SOCK_HOST_NOT_FOUND,
 * SOCK_TRY_AGAIN, SOCK_NO_RECOVERY or SOCK_NO_DATA. See gethostbyname(3).
 */
SOCK_MUST_CHECK
sock_addrinfo_list_t sock_gethostbyname_ex(const char *name, int64_t timeout_ns);

/** Finds the names of an address.
 *
 * `name`: an address of either family as text, or a name, whose first address is used.
 * `timeout_ns`: limit of both lookups together.
 * Returns a list as `sock_gethostbyname_ex`. See gethostbyaddr(3).
 */
SOCK_MUST_CHECK
sock_addrinfo_list_t sock_gethostbyaddr(const char *name, int64_t timeout_ns);

/** Finds the full name of a host: the first of its names that contains a dot.
 *
 * `name`: a name or an address, without surrounding blanks; NULL, "", "0.0.0.0" and "::" are this
 * machine.
 * `timeout_ns`: limit of all lookups together.
 * Returns the length. If nothing is found, the text is the name as given.
 */
int64_t sock_getfqdn(const char *name, int64_t timeout_ns, char *buf, size_t cap);

/** Gets the counts of lookups.
 *
 * `out`: set its `size` to sizeof(struct sock_lookup_stats). The call writes the fields that both
 * the program's struct and the library have.
 * Returns 0; -EINVAL for a size smaller than in version 0.1.0.
 */
int sock_lookup_stats(struct sock_lookup_stats *out);

/* Connections -------------------------------------------------------------------------------------
 *
 * From a name to a connected socket, under one limit for the lookup and all addresses. The
 * addresses are tried as in RFC 8305 ("Happy Eyeballs"): IPv6 and IPv4 in turn, a new attempt every
 * 250 ms or as soon as one fails, while earlier ones continue; the first to connect wins. One dead
 * address costs a quarter of a second, not a timeout.
 */

#define SOCK_PHASE_LOOKUP 1    /**< The lookup of one family failed or was not waited for. */
#define SOCK_PHASE_SOCKET 2    /**< No socket could be created. */
#define SOCK_PHASE_BIND 3      /**< Setting options or binding to the source address failed. */
#define SOCK_PHASE_CONNECT 4   /**< The attempt was connecting. */
#define SOCK_PHASE_CONNECTED 5 /**< It is connected. */

/** One attempt to connect. Its 160 bytes never change. */
struct sock_attempt {
    struct sock_addr address; /**< The address that was tried; for a lookup only the family. */
    int32_t phase;            /**< The phase that it reached: SOCK_PHASE_*. */
    /** How it ended: 0 while in progress and for the winner, SOCK_ECANCELED if another won,
     * SOCK_ETIMEDOUT when time ran out, or its own error.
     */
    int32_t code;
    int64_t start_ns;         /**< When it began, on the clock of `sock_now`. */
    int64_t end_ns;           /**< When it ended; 0 while in progress. */
};

/** How to connect. */
struct sock_connect_options {
    /** sizeof(struct sock_connect_options). */
    size_t size;
    /** Limit of the whole call, in ns from now. 0: the default timeout, if any; SOCK_FOREVER:
     * none.
     */
    int64_t timeout_ns;
    /** Deadline; 0: none. */
    int64_t deadline_ns;
    /** Limit of each attempt, in ns; 0: none of its own. */
    int64_t attempt_timeout_ns;
    /** How long IPv4 addresses wait for IPv6 ones; 0: 50 ms; negative: not at all. */
    int64_t resolution_delay_ns;
    /** Time from one attempt to the next. 0: 250 ms; negative: until the previous one fails, in the
     * resolver's order, as in Python; 1: all at once.
     */
    int64_t stagger_ns;
    /** Cancel token, or 0. */
    sock_cancel_t cancel;
    /** Local address, or NULL; attempts of another family fail. All attempts share a port given
     * here (SO_REUSEADDR, until one is connected).
     */
    const struct sock_addr *source;
    /** Receives the attempts when the call ends, also on failure; may be NULL. */
    struct sock_attempt *attempts;
    /** Room in `attempts`. */
    size_t attempts_cap;
    /** Receives their number, which may exceed `attempts_cap`; may be NULL. */
    size_t *attempts_count;
    /** AF_INET, AF_INET6, or 0 for both. */
    int32_t family;
    /** Not 0: TCP Fast Open (RFC 7413). If the kernel has the peer's cookie, the socket then counts
     * as connected before the peer answers, and the first data goes with the handshake.
     */
    int32_t fast_open;
};

/** Connects to a host and a port over TCP.
 *
 * `host`: a name or a number; NULL is this machine.
 * `port`: as in "Lookups".
 * `opt`: limits, pace and more; NULL means the defaults, with the default timeout for the whole
 * call.
 * Returns a connected socket with the default timeout; else the code of the attempt that got
 * furthest (the last such): -ECONNREFUSED, -EHOSTUNREACH ..., or of the lookup: SOCK_EAI_NONAME
 * ...; SOCK_ETIMEDOUT when all time is up. See RFC 8305.
 */
SOCK_MUST_CHECK
sock_t sock_create_connection(const char *host, const char *port,
                              const struct sock_connect_options *opt);

/** Starts `sock_create_connection` without waiting, for event loops.
 *
 * Arguments as for `sock_create_connection`, but `attempts` must be NULL: call
 * `sock_create_connection_attempts` instead.
 * Returns an operation, or a code as `sock_create_connection`.
 */
SOCK_MUST_CHECK
sock_op_t sock_create_connection_start(const char *host, const char *port,
                                       const struct sock_connect_options *opt);

/** Advances a connection; never waits.
 *
 * `op`: from `sock_create_connection_start`.
 * Returns 0 while the connection is in progress: wait until its descriptor is readable. Then,
 * once, the connected socket or a code as `sock_create_connection`; after that -EINVAL.
 */
SOCK_MUST_CHECK
sock_t sock_create_connection_step(sock_op_t op);

/** Copies the attempts of a connection so far, also after its end.
 *
 * `op`: from `sock_create_connection_start`.
 * `attempts`, `cap`: receive the attempts, in the order in which they began.
 * Returns their number.
 */
int64_t sock_create_connection_attempts(sock_op_t op, struct sock_attempt *attempts, size_t cap);

/** Connects an existing socket to a host and a port: the first address of its family.
 *
 * `host`, `port`: as for `sock_resolve`.
 * The lookup and the connection share the socket's timeout, and obey its deadline, cancel token
 * and close. In non-blocking mode the lookup waits, as in Python; use `sock_getaddrinfo_start` if
 * it must not.
 * Returns as `sock_connect` and `sock_resolve`; -EAFNOSUPPORT unless the socket is AF_INET or
 * AF_INET6.
 */
int sock_connect_host(sock_t s, const char *host, const char *port);

/** Binds a socket to a host and a port: the first address of its family.
 * Arguments, limits and errors as for `sock_connect_host`; NULL or "" is the wildcard.
 * Returns as `sock_bind`.
 */
int sock_bind_host(sock_t s, const char *host, const char *port);

/* Servers -----------------------------------------------------------------------------------------
 *
 * Listening sockets in one call: from a host and a port, from a path, or from the service manager.
 */

/** How to listen. */
struct sock_server_options {
    /** sizeof(struct sock_server_options). */
    size_t size;
    /** AF_INET, AF_INET6 or AF_UNIX; 0: AF_INET, and both IP families for sock_create_servers. */
    int32_t family;
    /** How many connections may wait; 0: SOCK_BACKLOG_DEFAULT; negative: as listen(2) with 0. */
    int32_t backlog;
    /** Not 0: SO_REUSEPORT, to share the port among processes. AF_INET and AF_INET6 only. */
    int32_t reuse_port;
    /** Not 0: an AF_INET6 socket also serves IPv4, whose addresses are then "::ffff:192.0.2.1".
     * Otherwise it serves only IPv6, whatever the system's default.
     */
    int32_t dualstack;
    /** AF_UNIX, not 0: first removes a socket file at the path if no process listens on it. */
    int32_t remove_stale;
    /** AF_UNIX: mode of the socket file, which never has more, not even for a moment: 0600 for its
     * owner only. 0: as the umask.
     */
    int32_t file_mode;
    /** Limit of the name lookup, in ns; 0: the default timeout, if any. */
    int64_t timeout_ns;
    /** Deadline of the lookup; 0: none. */
    int64_t deadline_ns;
    /** Cancel token for the lookup, or 0. */
    sock_cancel_t cancel;
};

/** Creates a listening TCP or AF_UNIX socket.
 *
 * `host`: a name or a number; NULL or "" is the wildcard. Only the first address of a name is
 * used; `sock_create_servers` uses all. For AF_UNIX, the path, or @ and an abstract name.
 * `port`: a number from 0 to 65535 as text, 0 for a free port, or the name of a service; NULL for
 * AF_UNIX.
 * `opt`: NULL means AF_INET with the defaults. SO_REUSEADDR is always on.
 * Returns a listening socket with the default timeout; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...,
 * with the address in `sock_last_error`; a code of `sock_resolve`; -EINVAL also for options that
 * conflict. Closing does not remove a socket file.
 */
SOCK_MUST_CHECK
sock_t sock_create_server(const char *host, const char *port,
                          const struct sock_server_options *opt);

/** Creates a listening socket for each address of a host.
 *
 * Use it for names with several addresses, and for the wildcard of both families (NULL).
 * `host`, `port`, `opt`: as for `sock_create_server`, but a family of 0 means both. With port 0
 * all get the same free port; -EADDRINUSE if 32 that were free on the first were taken on another.
 * `out`, `cap`: receive the handles.
 * Returns their number. Addresses that this machine lacks are skipped if others succeed; any other
 * failure closes all. -ENOBUFS if there are more than `cap`; else as `sock_create_server`.
 */
SOCK_MUST_CHECK
int64_t sock_create_servers(const char *host, const char *port,
                            const struct sock_server_options *opt, sock_t *out, size_t cap);

/** Returns the number of sockets that the service manager (systemd, s6 ...) passed to this process.
 *
 * Reads LISTEN_FDS, if LISTEN_PID is this process. The environment is not changed: a program that
 * starts others should clear it.
 * Returns 0 if there are none; -EINVAL if LISTEN_FDS is not a number. See sd_listen_fds(3).
 */
int64_t sock_activation_count(void);

/** Copies the name of a socket from the service manager (LISTEN_FDNAMES), "unknown" if it has none.
 * `index`: from 0.
 * Returns the length.
 */
int64_t sock_activation_name(int64_t index, char *buf, size_t cap);

/** Takes a socket from the service manager, as `sock_from_fd` does, and makes it close-on-exec.
 *
 * `index`: from 0.
 * Returns a handle: a listening socket, or whatever the manager passes; -EALREADY if it was taken
 * before; -ENOTSOCK or -EBADF if the descriptor is not a socket, which then stays as it is.
 */
SOCK_MUST_CHECK
sock_t sock_activation_take(int64_t index);

/* Netdb (network database) ------------------------------------------------------------------------
 *
 * What this machine knows without asking the network: its name, services, protocols and interfaces.
 * Services and protocols are looked up through the C library, and so wherever nsswitch.conf(5)
 * points. Arrays may have grown by the next call.
 */

/** A network interface. */
struct sock_interface {
    uint32_t index; /**< Its index. */
    uint32_t zero;  /**< Always 0. */
    char name[64];  /**< Its name, with its NUL. */
};

/** An address of a network interface. */
struct sock_interface_addr {
    /** The interface's index. */
    uint32_t index;
    /** Its flags, as in "Constants": IFF_UP, IFF_LOOPBACK, IFF_MULTICAST ... */
    uint32_t flags;
    /** Its name, with its NUL. */
    char name[64];
    /** The address: AF_INET, AF_INET6, or AF_PACKET for the link itself; empty if none. */
    struct sock_addr address;
    /** The netmask, as an address; empty if none. */
    struct sock_addr netmask;
    /** The broadcast address, or the other end if `flags` has IFF_POINTOPOINT; empty if none. */
    struct sock_addr broadcast;
};

/** Copies the name of this machine.
 * Returns the length, or the error of gethostname(2).
 */
int64_t sock_gethostname(char *buf, size_t cap);

/** Sets the name of this machine.
 * `name`: the new name.
 * Returns 0; -EPERM without the privilege; -EINVAL if the name is too long. See sethostname(2).
 */
int sock_sethostname(const char *name);

/** Finds the port of a service: 443 for "https".
 *
 * `name`: the service. `proto`: "tcp", "udp" ..., or NULL for any.
 * Returns the port, 0 to 65535, in host order; -ENOENT if the service is unknown; else the error
 * of getservbyname_r(3). See services(5).
 */
int sock_getservbyname(const char *name, const char *proto);

/** Finds the name of the service at a port: "https" for 443.
 * `port`: 0 to 65535, in host order. `proto`: as for `sock_getservbyname`.
 * Returns the length; -ENOENT if the port is unknown; else the error of getservbyport_r(3).
 */
int64_t sock_getservbyport(int64_t port, const char *proto, char *buf, size_t cap);

/** Finds the number of a protocol: 6 for "tcp".
 *
 * `name`: the protocol.
 * Returns the number; -ENOENT if the protocol is unknown; else the error of getprotobyname_r(3).
 * See protocols(5).
 */
int sock_getprotobyname(const char *name);

/** Finds the index of a network interface.
 * `name`: its name.
 * Returns the index, greater than 0; -ENODEV if there is none. See if_nametoindex(3).
 */
int64_t sock_if_nametoindex(const char *name);

/** Finds the name of a network interface.
 * `index`: 0 to 2^32-1.
 * Returns the length; -ENXIO if there is none. See if_indextoname(3).
 */
int64_t sock_if_indextoname(int64_t index, char *buf, size_t cap);

/** Lists all network interfaces, with or without addresses.
 * Returns their number, or the error of if_nameindex(3), such as -EMFILE.
 */
int64_t sock_if_nameindex(struct sock_interface *out, size_t cap);

/** Lists all addresses of all network interfaces.
 * Returns their number, or the error of getifaddrs(3), such as -EMFILE.
 */
int64_t sock_getifaddrs(struct sock_interface_addr *out, size_t cap);

/** Returns 1 if this library was built with IPv6, which it always is.
 * For the IPv6 of the machine, see `sock_has_dualstack_ipv6`.
 */
int sock_has_ipv6(void);

/** Returns 1 if an IPv6 stream socket can also serve IPv4 on this machine, else 0, never an error.
 * It tries this with a socket. 0 if IPv6 is off.
 */
int sock_has_dualstack_ipv6(void);

/* Convert (byte order, numeric hosts) -------------------------------------------------------------
 *
 * The system's headers have these for C, mostly as macros; these are functions for every language,
 * with checked ranges. They look up nothing, make no system calls, and are async-signal-safe while
 * they succeed. `host` and `net` are 0 to 2^32-1 for 32 bits, 0 to 65535 for 16, and so are
 * results.
 */

/** Returns 32 bits, converted from host to network byte order. */
int64_t sock_htonl(int64_t host);

/** Returns 16 bits, converted from host to network byte order. */
int64_t sock_htons(int64_t host);

/** Returns 32 bits, converted from network to host byte order. */
int64_t sock_ntohl(int64_t net);

/** Returns 16 bits, converted from network to host byte order. */
int64_t sock_ntohs(int64_t net);

/** Converts an IPv4 host, in any form that inet_aton(3) has ever accepted, to bytes.
 *
 * `text`: "192.0.2.1", "127.1", "0x7f000001" ...: one to four parts with dots between, each
 * decimal, octal with a leading 0, or hexadecimal with 0x; the last part fills the remaining
 * bytes. White space ends the host, and what follows is ignored. The same on every platform.
 * `out`, `cap`: receive the bytes in network order.
 * Returns 4; -EINVAL for any other form; -ENOSPC if `cap` is less than 4. See inet(3).
 */
int sock_inet_aton(const char *text, void *out, size_t cap);

/** Converts four bytes to the text of an IPv4 host: "192.0.2.1".
 * `bytes`, `len`: the host in network order, 4 bytes.
 * Returns the length, less than 16. See inet(3).
 */
int64_t sock_inet_ntoa(const void *bytes, size_t len, char *buf, size_t cap);

/** Converts the text of a numeric host to bytes, strictly.
 *
 * `family`: AF_INET or AF_INET6.
 * `text`: IPv4 as four decimal numbers without leading zeros, or IPv6 as in RFC 4291 without a
 * zone.
 * `out`, `cap`: receive 4 or 16 bytes in network order.
 * Returns 4 or 16; -EINVAL for any other text; -EAFNOSUPPORT for another family; -ENOSPC if `cap`
 * is too small. See inet_pton(3).
 */
int sock_inet_pton(int family, const char *text, void *out, size_t cap);

/** Converts the bytes of a host to text.
 *
 * `family`: AF_INET or AF_INET6.
 * `bytes`, `len`: the host in network order, exactly 4 or 16 bytes.
 * IPv6 is as in RFC 5952, with the last four bytes dotted in "::ffff:192.0.2.1" and "::192.0.2.1".
 * Returns the length, less than 46; -EAFNOSUPPORT for another family. See inet_ntop(3).
 */
int64_t sock_inet_ntop(int family, const void *bytes, size_t len, char *buf, size_t cap);

/* Constants ---------------------------------------------------------------------------------------
 *
 * C programs use the system's own constants. Other languages get them here, by name, at run time:
 * every constant of the socket interface that the platform has, with its number there, and
 * libsock's own, sorted by name. Within a platform a name's number never changes. New versions add
 * names, so an index is valid only within one run.
 */

/** Returns the number of constants.
 * Async-signal-safe.
 */
int64_t sock_constant_count(void);

/** Gets a constant by index, to enumerate all.
 *
 * `index`: 0 to `sock_constant_count()` - 1; the constants are sorted by the bytes of their names.
 * `name`: receives the name, static text. `value`: receives the number.
 * Returns 0, or 1 if the constant is a text: its number is then 0, and `sock_constant_text`
 * returns it.
 */
int sock_constant_at(int64_t index, const char **name, int64_t *value);

/** Finds a constant by name: `sock_constant_find("AF_INET6", &value)`.
 *
 * `name`: the name as in C. `value`: receives the number.
 * Returns as `sock_constant_at`; -ENOTSUP if the name is known but this platform lacks it
 * ("AF_SYSTEM" on Linux); -ENOENT if it is unknown.
 * SOCK_ETIMEDOUT is libsock's code, and ETIMEDOUT the system's number (positive). EAI_AGAIN and
 * HOST_NOT_FOUND are the system's too, although libsock returns codes of its own for such
 * failures, for which `sock_err_name` returns these names.
 */
int sock_constant_find(const char *name, int64_t *value);

/** Returns the group of a constant, or NULL if the index is out of range.
 *
 * `index`: as for `sock_constant_at`.
 * The group is the common prefix of its names ("AF_", "MSG_", "SO_EE_") or a word: "errno",
 * "h_errno", or "libsock" for libsock's own (SOCK_FOREVER is in "libsock", SOCK_STREAM in
 * "SOCK_").
 */
const char *sock_constant_group(int64_t index);

/** Returns the text of a constant, or NULL if the constant is a number or unknown.
 * `name`: the constant's name; may be NULL. BDADDR_ANY is "00:00:00:00:00:00", BDADDR_LOCAL
 * "00:00:00:FF:FF:FF".
 */
const char *sock_constant_text(const char *name);

/* Versions ----------------------------------------------------------------------------------------
 *
 * Macros are the version that a program was compiled with; functions return the version it runs
 * with. The ABI number changes only when existing programs would break. All functions are
 * async-signal-safe.
 */

#define SOCK_VERSION_MAJOR 0     /**< Major version of this header. */
#define SOCK_VERSION_MINOR 1     /**< Minor version of this header. */
#define SOCK_VERSION_PATCH 0     /**< Patch version of this header. */
#define SOCK_VERSION_NUMBER 1000 /**< As one number: major * 1000000 + minor * 1000 + patch. */
#define SOCK_ABI 0               /**< ABI number of this header, as in the SONAME. */

/** Returns the version of the running library as text: "0.1.0". */
const char *sock_version(void);

/** Returns the version of the running library as a number, as SOCK_VERSION_NUMBER. */
int sock_version_number(void);

/** Returns the ABI number of the running library. */
int sock_abi(void);

/* Families ----------------------------------------------------------------------------------------
 *
 * What the address families of Linux have beyond AF_INET, AF_INET6 and AF_UNIX: a constructor, a
 * getter with named fields and a text form for each kind of address, and options that are more than
 * one int. Everything else, from `sock_bind` to `sock_recvmsg`, works as for any socket, including
 * limits, close and cancel tokens. If the kernel lacks a family, `sock_socket` returns
 * -EAFNOSUPPORT.
 *
 *   netlink:4711  netlink:0:0x10       port, groups
 *   packet:eth0:0x800                  interface, protocol; then, if not 0,
 *   packet:eth0:0x3:4:1:02:00:5e:10:00:01     type, hardware type, hardware address
 *   can:vcan0                          CAN_RAW and CAN_BCM; `can:` is every interface
 *   can:vcan0:isotp:0x123:0x456        CAN_ISOTP: received and sent identifier
 *   can:vcan0:j1939:0x0:0x40000:0x20   CAN_J1939: name, parameter group, address
 *   tipc:name:1000:1                   type, instance, and a domain other than 0
 *   tipc:range:1000:0:99?scope=2       type, lower, upper; a scope other than 0
 *   tipc:id:16781313:4242              node, reference
 *   l2cap:00:1A:7D:DA:71:13:4097       controller, PSM, and CID and address type if not 0
 *   rfcomm:00:1A:7D:DA:71:13:1         controller, channel
 *   hci:0  hci:0:1                     device, and a channel other than 0
 *   sco:00:1A:7D:DA:71:13              controller
 *   alg:skcipher:cbc(aes)              type, name, and feat and mask if not 0
 *   vsock:3:1024                       CID, port, and flags other than 0
 *   qipcrtr:1:4                        node, port
 *
 * Numbers are decimal, or hexadecimal with 0x; in names, %XX encodes a byte, as in all text forms.
 * AF_RDS uses addresses of AF_INET and AF_INET6 (`sock_addr_ip`), as do the protocols SCTP, DCCP,
 * UDP-Lite and MPTCP. system:, link:, divert: and hyperv: belong to other platforms: -ENOTSUP. On
 * Windows, rfcomm: and hyperv:VM:SERVICE (two GUIDs) exist and none of the others.
 *
 * Addresses of AF_CAN and AF_BLUETOOTH do not contain the protocol, so the length determines the
 * form: 8 bytes are CAN_RAW and CAN_BCM, 16 ISO-TP, 24 J1939; 6 are HCI, 8 SCO, 10 RFCOMM, 14
 * L2CAP. A native address made from a whole struct sockaddr_can therefore counts as J1939; the
 * other protocols' sockets accept it too.
 *
 * An `interface` is a name, or an index in digits; "" and NULL are index 0. Constructors return 0;
 * -ENAMETOOLONG for a text or hardware address longer than its field; -ENODEV for an unknown
 * interface. Getters return 0, or the length of a text that they copy; -EAFNOSUPPORT for an address
 * of another family; -EINVAL for one of another form. Each output of a getter may be NULL.
 */

/** A filter of CAN_RAW, laid out as `struct can_filter`. It passes frames whose masked identifier
 * equals the masked `id`.
 */
struct sock_can_filter {
    /** The identifier, with CAN_EFF_FLAG and CAN_RTR_FLAG if they matter; CAN_INV_FILTER inverts
     * the filter.
     */
    uint32_t id;
    /** The bits that matter. */
    uint32_t mask;
};

/** Makes an AF_NETLINK address.
 *
 * `pid`: the port; 0 is the kernel, or in `sock_bind` a port that it chooses.
 * `groups`: a bit for each of the first 32 multicast groups. Both 0 to 2^32-1. See netlink(7),
 * struct sockaddr_nl.
 */
int sock_addr_netlink(int64_t pid, int64_t groups, struct sock_addr *out);

/** Gets the fields of an AF_NETLINK address.
 * `pid`, `groups`: as for `sock_addr_netlink`.
 */
int sock_addr_get_netlink(const struct sock_addr *addr, int64_t *pid, int64_t *groups);

/** Makes an AF_PACKET address.
 *
 * `interface`: "" binds to every interface.
 * `protocol`: an Ethernet protocol (ETH_P_IP, ETH_P_ALL), 0 to 65535, in host order; the address
 * holds it in network order.
 * `type`: PACKET_HOST (0) ..., 0 to 255. `hatype`: ARPHRD_ETHER ..., 0 to 65535. The kernel only
 * reports these two, and ignores them in addresses that it is given.
 * `hwaddr`, `hwaddr_len`: the hardware address that a SOCK_DGRAM socket sends to, 0 to 8 bytes.
 * See packet(7), struct sockaddr_ll.
 */
int sock_addr_packet(const char *interface, int64_t protocol, int64_t type, int64_t hatype,
                     const void *hwaddr, size_t hwaddr_len, struct sock_addr *out);

/** Gets the fields of an AF_PACKET address.
 *
 * `interface`, `cap`: receive the name of the interface, "" if the index is 0 or has no name any
 * more; IFNAMSIZ (16) bytes always suffice.
 * `ifindex`, `protocol`, `type`, `hatype`: receive the numbers, the protocol in host order.
 * `hwaddr`, `hwaddr_cap`: receive the hardware address, at most `hwaddr_cap` bytes; 32 always
 * suffice.
 * `hwaddr_len`: receives its length, which may exceed `hwaddr_cap`.
 * Returns the length of the name.
 */
int64_t sock_addr_get_packet(const struct sock_addr *addr, char *interface, size_t cap,
                             int64_t *ifindex, int64_t *protocol, int64_t *type, int64_t *hatype,
                             void *hwaddr, size_t hwaddr_cap, size_t *hwaddr_len);

/** Sets whether an interface delivers all frames that it sees, not only its own
 * (PACKET_MR_PROMISC).
 *
 * `on`: not 0 to request it, 0 to withdraw the request. Closing the socket withdraws it too; the
 * interface stays in this mode while any socket requests it.
 * Returns 0; -ENODEV; else the error of setsockopt(2). See packet(7), PACKET_ADD_MEMBERSHIP.
 */
int sock_set_promiscuous(sock_t s, const char *interface, int on);

/** Makes an AF_CAN address of CAN_RAW or CAN_BCM, of 8 bytes.
 * `interface`: "" is every CAN interface. See the kernel's networking/can.rst, struct
 * sockaddr_can.
 */
int sock_addr_can(const char *interface, struct sock_addr *out);

/** Makes an AF_CAN address of CAN_ISOTP, of 16 bytes.
 * `rx_id`, `tx_id`: identifiers of the frames received and sent: 0 to 0x7ff, or up to 0x1fffffff
 * or'ed with CAN_EFF_FLAG. See ISO 15765-2.
 */
int sock_addr_isotp(const char *interface, int64_t rx_id, int64_t tx_id, struct sock_addr *out);

/** Makes an AF_CAN address of CAN_J1939, of 24 bytes.
 *
 * `name`: the 64-bit NAME of a device, or J1939_NO_NAME (0).
 * `pgn`: a parameter group, 0 to 0x3ffff, or J1939_NO_PGN (0x40000).
 * `address`: 0 to 255; J1939_NO_ADDR (255) is none. See the kernel's networking/j1939.rst.
 */
int sock_addr_j1939(const char *interface, uint64_t name, int64_t pgn, int64_t address,
                    struct sock_addr *out);

/** Gets the interface of an AF_CAN address of any protocol.
 *
 * `interface`, `cap`: receive its name, "" for every interface or if the index has no name any
 * more; IFNAMSIZ (16) bytes always suffice.
 * `ifindex`: receives its index, 0 for every interface.
 * Returns the length of the name.
 */
int64_t sock_addr_get_can(const struct sock_addr *addr, char *interface, size_t cap,
                          int64_t *ifindex);

/** Gets the fields of an AF_CAN address of CAN_ISOTP.
 *
 * `interface`, `cap`, `ifindex`: as for `sock_addr_get_can`.
 * `rx_id`, `tx_id`: receive the identifiers, with their flags.
 * Returns the length of the name.
 */
int64_t sock_addr_get_isotp(const struct sock_addr *addr, char *interface, size_t cap,
                            int64_t *ifindex, int64_t *rx_id, int64_t *tx_id);

/** Gets the fields of an AF_CAN address of CAN_J1939.
 *
 * `interface`, `cap`, `ifindex`: as for `sock_addr_get_can`.
 * `name`, `pgn`, `address`: receive the fields, all 64 bits of the name.
 * Returns the length of the interface's name.
 */
int64_t sock_addr_get_j1939(const struct sock_addr *addr, char *interface, size_t cap,
                            int64_t *ifindex, uint64_t *name, int64_t *pgn, int64_t *address);

/** Sets which frames a CAN_RAW socket receives: those that pass any of the filters
 * (CAN_RAW_FILTER).
 *
 * `filters`, `count`: 0 to 512 filters. With none, the socket receives nothing, as suits one that
 * only sends. A new socket has one filter that passes everything.
 * The other options of CAN_RAW are one int each, for `sock_setsockopt_int` with SOL_CAN_RAW:
 * CAN_RAW_LOOPBACK, CAN_RAW_RECV_OWN_MSGS, CAN_RAW_FD_FRAMES, CAN_RAW_JOIN_FILTERS (a frame must
 * pass all filters).
 * Returns 0, or the error of setsockopt(2), also if the socket is not CAN_RAW.
 */
int sock_set_can_filters(sock_t s, const struct sock_can_filter *filters, size_t count);

/** Gets the filters of a CAN_RAW socket.
 * `filters`, `cap`: receive the filters.
 * Returns their number, or the error of getsockopt(2).
 */
int64_t sock_get_can_filters(sock_t s, struct sock_can_filter *filters, size_t cap);

/** Sets which error frames a CAN_RAW socket receives (CAN_RAW_ERR_FILTER); a new one receives none.
 *
 * `classes`: CAN_ERR_TX_TIMEOUT, CAN_ERR_BUSOFF and others of linux/can/error.h, or'ed;
 * CAN_ERR_MASK (0x1fffffff) is all.
 * Returns 0, or the error of setsockopt(2).
 */
int sock_set_can_errors(sock_t s, int64_t classes);

/** Waits until a CAN_ISOTP socket has sent all of its last message.
 *
 * A send hands one message to the kernel, which transmits the frames as the receiver requests
 * them; the next send waits until that is done. sock_isotp_wait does that without sending. Limits
 * and close end the wait but not the transmission.
 * Use it instead of the kernel's flag CAN_ISOTP_WAIT_TX_DONE, which makes send itself wait inside
 * the kernel, where no timeout, cancel token or close can end it: the only such wait in libsock.
 * Closing the socket always waits for a transmission to end, about a second if nobody answers.
 * Returns 0; -ECOMM or similar if the receiver did not answer; -EPROTONOSUPPORT if the socket is
 * not CAN_ISOTP. On kernels before Linux 6.3, whose poll(2) does not report it, returns at once.
 */
int sock_isotp_wait(sock_t s);

/** Makes an AF_TIPC address.
 *
 * `addr_type`: which of three kinds, and the meaning of `v1`, `v2` and `v3`, each 0 to 2^32-1:
 * TIPC_ADDR_NAMESEQ (1): type, lower, upper (not below lower);
 * TIPC_ADDR_NAME (2): type, instance, domain (usually 0);
 * TIPC_ADDR_ID (3): node, reference, 0.
 * `scope`: TIPC_ZONE_SCOPE (1), TIPC_CLUSTER_SCOPE (2) or TIPC_NODE_SCOPE (3), negated to unbind;
 * 0 where the kernel ignores it. See tipc(7), struct sockaddr_tipc.
 */
int sock_addr_tipc(int64_t addr_type, int64_t v1, int64_t v2, int64_t v3, int64_t scope,
                   struct sock_addr *out);

/** Gets the fields of an AF_TIPC address.
 * `addr_type`, `v1`, `v2`, `v3`, `scope`: as for `sock_addr_tipc`.
 */
int sock_addr_get_tipc(const struct sock_addr *addr, int64_t *addr_type, int64_t *v1, int64_t *v2,
                       int64_t *v3, int64_t *scope);

/** Makes an AF_BLUETOOTH address of BTPROTO_L2CAP, of 14 bytes.
 *
 * `bdaddr`: the address of a controller, "00:1A:7D:DA:71:13": six hexadecimal numbers of one or
 * two digits. BDADDR_ANY is "00:00:00:00:00:00", BDADDR_LOCAL "00:00:00:FF:FF:FF".
 * `psm`: the port, 0 to 65535. `cid`: a channel, 0 to 65535, usually 0.
 * `bdaddr_type`: BDADDR_BREDR (0), BDADDR_LE_PUBLIC or BDADDR_LE_RANDOM, 0 to 255. See
 * bluetooth/l2cap.h, struct sockaddr_l2.
 */
int sock_addr_l2cap(const char *bdaddr, int64_t psm, int64_t cid, int64_t bdaddr_type,
                    struct sock_addr *out);

/** Makes an AF_BLUETOOTH address of BTPROTO_RFCOMM, of 10 bytes; on Windows of AF_BTH, of 30.
 *
 * `bdaddr`: as for `sock_addr_l2cap`.
 * `channel`: 0 to 255, although the protocol has only 1 to 30; with 0, `sock_bind` chooses a free
 * one. On Windows 0 to 4294967295, which is BT_PORT_ANY; an address made here names no service. See
 * bluetooth/rfcomm.h, struct sockaddr_rc, and ws2bth.h, SOCKADDR_BTH.
 */
int sock_addr_rfcomm(const char *bdaddr, int64_t channel, struct sock_addr *out);

/** Makes an AF_BLUETOOTH address of BTPROTO_HCI, of 6 bytes.
 * `dev`: the number of a controller, 0 to 65535; HCI_DEV_NONE (65535) is none.
 * `channel`: HCI_CHANNEL_RAW (0) ..., 0 to 65535. See bluetooth/hci.h, struct sockaddr_hci.
 */
int sock_addr_hci(int64_t dev, int64_t channel, struct sock_addr *out);

/** Makes an AF_BLUETOOTH address of BTPROTO_SCO, of 8 bytes.
 * `bdaddr`: as for `sock_addr_l2cap`. See bluetooth/sco.h, struct sockaddr_sco.
 */
int sock_addr_sco(const char *bdaddr, struct sock_addr *out);

/** Gets the fields of an AF_BLUETOOTH address of BTPROTO_L2CAP.
 *
 * `bdaddr`, `cap`: receive the controller's address in capitals; 18 bytes suffice.
 * `psm`, `cid`, `bdaddr_type`: receive the numbers.
 * Returns 17, the length of the text.
 */
int64_t sock_addr_get_l2cap(const struct sock_addr *addr, char *bdaddr, size_t cap, int64_t *psm,
                            int64_t *cid, int64_t *bdaddr_type);

/** Gets the fields of an AF_BLUETOOTH address of BTPROTO_RFCOMM.
 * `bdaddr`, `cap`: as for `sock_addr_get_l2cap`. `channel`: receives the number.
 * Returns 17.
 */
int64_t sock_addr_get_rfcomm(const struct sock_addr *addr, char *bdaddr, size_t cap,
                             int64_t *channel);

/** Gets the fields of an AF_BLUETOOTH address of BTPROTO_HCI.
 * `dev`, `channel`: as for `sock_addr_hci`.
 */
int sock_addr_get_hci(const struct sock_addr *addr, int64_t *dev, int64_t *channel);

/** Gets the controller of an AF_BLUETOOTH address of BTPROTO_SCO.
 * `bdaddr`, `cap`: as for `sock_addr_get_l2cap`.
 * Returns 17.
 */
int64_t sock_addr_get_sco(const struct sock_addr *addr, char *bdaddr, size_t cap);

/** Makes an AF_ALG address, for `sock_bind` of a SOCK_SEQPACKET socket.
 *
 * `type`: "hash", "skcipher", "aead" or "rng", at most 13 bytes.
 * `name`: the algorithm, as in /proc/crypto, at most 63 bytes.
 * `feat`, `mask`: which implementations, 0 to 2^32-1; usually 0. See the kernel's
 * crypto/userspace-if.rst, struct sockaddr_alg.
 */
int sock_addr_alg(const char *type, const char *name, int64_t feat, int64_t mask,
                  struct sock_addr *out);

/** Gets the fields of an AF_ALG address.
 *
 * `type`, `type_cap`: receive the type; 14 bytes suffice. `name`, `name_cap`: receive the name; 64
 * bytes suffice. NULL and 0 omit one.
 * `feat`, `mask`: receive the numbers.
 * Returns the length of the name.
 */
int64_t sock_addr_get_alg(const struct sock_addr *addr, char *type, size_t type_cap, char *name,
                          size_t name_cap, int64_t *feat, int64_t *mask);

/** Sets the key of an AF_ALG socket, after `sock_bind` and before `sock_accept` (ALG_SET_KEY).
 *
 * `key`, `len`: the key; AEAD algorithms built with authenc() use the kernel's format.
 * Returns 0; -EINVAL for a length that the algorithm does not accept; -ENOPROTOOPT if it has no
 * key; else the error of setsockopt(2).
 */
int sock_set_alg_key(sock_t s, const void *key, size_t len);

/** Sets the tag length of an "aead" socket, after `sock_bind` and before `sock_accept`.
 * `size`: bytes, 0 to 2147483647 (ALG_SET_AEAD_AUTHSIZE).
 * Returns as `sock_set_alg_key`.
 */
int sock_set_alg_tag_size(sock_t s, int64_t size);

/** Sends data to an operation of AF_ALG (an accepted socket), and says what to do with it.
 *
 * `sock_recv` then receives the result: for "skcipher" as many bytes as were sent, for "aead"
 * those and the tag.
 * `iov`, `iov_count`: the data, in 0 to 1024 pieces; for "aead" the associated data comes first.
 * `op`: ALG_OP_ENCRYPT (1) or ALG_OP_DECRYPT (0), up to 2^32-1 (ALG_SET_OP, at level SOL_ALG).
 * `iv`, `iv_len`: the initialisation vector, up to 65536 bytes (ALG_SET_IV); length 0 sends none.
 * `assoclen`: how much of the data is associated, 0 to 2^32-1 (ALG_SET_AEAD_ASSOCLEN).
 * `flags`: MSG_*; MSG_MORE means that more data follows, by `sock_send` or this function.
 * Returns the number of bytes taken, as `sock_sendmsg`; -EAFNOSUPPORT for another family; -EINVAL
 * from the kernel for what the algorithm does not support. See the kernel's
 * crypto/userspace-if.rst.
 */
int64_t sock_sendmsg_alg(sock_t s, const struct sock_iovec *iov, size_t iov_count, int64_t op,
                         const void *iv, size_t iv_len, int64_t assoclen, int flags);

/** Makes an AF_VSOCK address.
 *
 * `cid`: the machine: VMADDR_CID_ANY (2^32-1), VMADDR_CID_LOCAL (1), VMADDR_CID_HOST (2) or a
 * guest's.
 * `port`: with VMADDR_PORT_ANY (2^32-1), `sock_bind` chooses a free one. Both 0 to 2^32-1.
 * `flags`: VMADDR_FLAG_TO_HOST (1) or 0, up to 255. See vsock(7), struct sockaddr_vm.
 */
int sock_addr_vsock(int64_t cid, int64_t port, int64_t flags, struct sock_addr *out);

/** Gets the fields of an AF_VSOCK address.
 * `cid`, `port`, `flags`: as for `sock_addr_vsock`.
 */
int sock_addr_get_vsock(const struct sock_addr *addr, int64_t *cid, int64_t *port, int64_t *flags);

/** Returns the CID of this machine, as /dev/vsock reports it.
 *
 * A guest has its own; a host has VMADDR_CID_HOST; without another machine it is VMADDR_CID_LOCAL
 * or VMADDR_CID_ANY.
 * Returns 0 to 2^32-1; -EAFNOSUPPORT if the kernel lacks AF_VSOCK; -EACCES. See vsock(7),
 * IOCTL_VM_SOCKETS_GET_LOCAL_CID.
 */
int64_t sock_vsock_cid(void);

/** Makes an AF_QIPCRTR address.
 * `node`, `port`: 0 to 2^32-1; QRTR_NODE_BCAST is every node, QRTR_PORT_CTRL the router itself.
 * See linux/qrtr.h.
 */
int sock_addr_qipcrtr(int64_t node, int64_t port, struct sock_addr *out);

/** Gets the fields of an AF_QIPCRTR address.
 * `node`, `port`: as for `sock_addr_qipcrtr`.
 */
int sock_addr_get_qipcrtr(const struct sock_addr *addr, int64_t *node, int64_t *port);

/* Control messages --------------------------------------------------------------------------------
 *
 * What travels with the data of a message: descriptors, credentials, time stamps, addresses of
 * packets, errors. Control messages follow each other in the buffer of a `struct sock_msg`, each
 * with level, type and data, laid out for CMSG_FIRSTHDR and CMSG_NXTHDR of the C library. These
 * functions need no alignment, trust no length that they read, and make no system call except to
 * close descriptors. A buffer belongs to one thread at a time.
 *
 * The sock_control_put functions append a message after the first `*len` of the `cap` bytes at
 * `control` and add its CMSG_SPACE to `*len`; gap and padding become zeros. They return 0, or
 * -ENOBUFS if `cap` is too small; a failure changes nothing.
 *
 * The sock_control_get functions look for the first message of a type in the `len` bytes at
 * `control`. They return 1 and write their outputs; 0 if there is none; -EBADMSG if it is
 * malformed. Most types must be requested with a socket option before they are received:
 * SO_PASSCRED, IP_PKTINFO ... The take and close functions work on control data that `sock_recvmsg`
 * received.
 */

#define SOCK_CONTROL_CREDENTIALS 1 /**< For sock_control_space: SCM_CREDENTIALS. */
#define SOCK_CONTROL_PIDFD 2       /**< SCM_PIDFD. */
#define SOCK_CONTROL_TIMESTAMP 4   /**< SO_TIMESTAMP, SO_TIMESTAMPNS and SO_TIMESTAMPING. */
#define SOCK_CONTROL_PKTINFO 8     /**< IP_PKTINFO and IPV6_PKTINFO. */
#define SOCK_CONTROL_TTL 16        /**< IP_TTL and IPV6_HOPLIMIT. */
#define SOCK_CONTROL_TOS 32        /**< IP_TOS and IPV6_TCLASS. */
#define SOCK_CONTROL_ERROR 64      /**< IP_RECVERR and IPV6_RECVERR. */
#define SOCK_CONTROL_DROPS 128     /**< SO_RXQ_OVFL. */
#define SOCK_CONTROL_GRO 256       /**< UDP_GRO or UDP_SEGMENT. */
#define SOCK_CONTROL_SECURITY 512  /**< SCM_SECURITY, a label of up to 256 bytes. */

/** A control message, as `sock_control_next` finds it. The layout never changes. */
struct sock_control_item {
    int32_t level;     /**< Level: SOL_SOCKET, IPPROTO_IP ... */
    int32_t type;      /**< Type: SCM_RIGHTS, IP_TTL ... */
    const void *data;  /**< Data, inside the searched buffer; of any alignment. */
    size_t len;        /**< Length of the data within the buffer. */
    int32_t truncated; /**< 1 if the message claims to be longer than the buffer, else 0. */
    uint32_t zero;     /**< 0. */
};

/** An error or other event from the error queue (MSG_ERRQUEUE): `struct sock_extended_err`. The
 * layout never changes.
 */
struct sock_control_error {
    int32_t error;             /**< The code: -ECONNREFUSED ...; -ENOMSG for a time stamp. */
    int32_t origin;            /**< Its origin: SO_EE_ORIGIN_ICMP ... */
    int32_t type;              /**< The ICMP type. */
    int32_t code;              /**< The ICMP code. */
    int64_t info;              /**< Details: for -EMSGSIZE the MTU, for a time stamp its stage. */
    int64_t data;              /**< Details: for a time stamp the number of the packet. */
    struct sock_addr offender; /**< Who reported it; the empty address if unknown. */
};

/** Returns CMSG_LEN: the length of a control message without its trailing padding.
 * `len`: bytes of data, such that the result is at most 2^31-1.
 * Async-signal-safe while it succeeds. See cmsg(3).
 */
int64_t sock_cmsg_len(int64_t len);

/** Returns CMSG_SPACE: the room that a control message takes, with its padding.
 * `len`: as for `sock_cmsg_len`. See cmsg(3).
 */
int64_t sock_cmsg_space(int64_t len);

/** Returns the room for receiving several kinds of control messages together, less than 6000 bytes.
 * `kinds`: SOCK_CONTROL_*, or'ed, of either IP version; 0 is none.
 * `fds`: number of descriptors, 0 to 253.
 */
int64_t sock_control_space(int64_t kinds, int64_t fds);

/** Iterates over control messages.
 *
 * The data may be received or to be sent.
 * `pos`: 0 at first; the call advances it to the next message.
 * Returns 1 with a message; 0 if no further header fits; -EBADMSG if there is no valid message at
 * `*pos`, which ends the iteration. A message longer than the buffer is the last; it has
 * `truncated` set and the data within the buffer. See cmsg(3).
 */
int sock_control_next(const void *control, size_t len, size_t *pos, struct sock_control_item *out);

/** Appends a control message of any level and type.
 * `level`, `type`: as in the message.
 * `data`, `data_len`: its data, copied; must not overlap the buffer.
 */
int sock_control_put(void *control, size_t cap, size_t *len, int level, int type, const void *data,
                     size_t data_len);

/** Appends descriptors to send over an AF_UNIX socket: SCM_RIGHTS.
 * `fds`, `n`: the descriptors, which stay open and the caller's. The kernel accepts at most 253 in
 * one message. See unix(7).
 */
int sock_control_put_fds(void *control, size_t cap, size_t *len, const int *fds, size_t n);

/** Appends credentials: SCM_CREDENTIALS.
 * `pid`: 0 to 2^31-1. `uid`, `gid`: 0 to 2^32-1. The kernel checks them (-EPERM), and sends the
 * caller's own if there are none. See unix(7).
 */
int sock_control_put_credentials(void *control, size_t cap, size_t *len, int64_t pid, int64_t uid,
                                 int64_t gid);

/** Appends the source of a packet: IP_PKTINFO or IPV6_PKTINFO, depending on the address.
 *
 * `from`: the local address, AF_INET or AF_INET6, else -EAFNOSUPPORT; its port is ignored. The
 * wildcard leaves the choice to the kernel.
 * `ifindex`: the interface, 0 to 2^31-1; 0 leaves it open. See ip(7), ipv6(7).
 */
int sock_control_put_pktinfo(void *control, size_t cap, size_t *len, const struct sock_addr *from,
                             int64_t ifindex);

/** Appends the TTL of an IPv4 packet or the hop limit of an IPv6 one.
 * `family`: AF_INET or AF_INET6, else -EAFNOSUPPORT. `ttl`: 1 to 255, or from 0 with AF_INET6. See
 * ip(7), ipv6(7).
 */
int sock_control_put_ttl(void *control, size_t cap, size_t *len, int family, int64_t ttl);

/** Appends the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
 * `family`: AF_INET or AF_INET6, else -EAFNOSUPPORT. `tos`: 0 to 255. See ip(7), ipv6(7).
 */
int sock_control_put_tos(void *control, size_t cap, size_t *len, int family, int64_t tos);

/** Appends the size of the datagrams into which the kernel cuts the data: UDP_SEGMENT.
 * `size`: 1 to 65535 bytes; the last datagram may be shorter. See udp(7).
 */
int sock_control_put_gso_size(void *control, size_t cap, size_t *len, int64_t size);

/** Appends a request for transmit time stamps of this message only: SO_TIMESTAMPING.
 * `flags`: SOF_TIMESTAMPING_TX_*, or'ed. The socket's own SO_TIMESTAMPING determines how they are
 * reported: they arrive in its error queue, where `sock_control_get_transmit` reads them.
 */
int sock_control_put_timestamping(void *control, size_t cap, size_t *len, int64_t flags);

/** Takes received descriptors out of control data, from all SCM_RIGHTS messages in order.
 *
 * `fds`, `cap`: receive the descriptors, which the caller closes with close(2).
 * Each is taken once: -1 replaces it in the buffer. Those that do not fit remain for the next
 * call. Incomplete trailing bytes are ignored.
 * Returns the number taken, 0 if there are no more.
 */
SOCK_MUST_CHECK
int64_t sock_control_take_fds(void *control, size_t len, int *fds, size_t cap);

/** Takes the pidfd of the sender: SCM_PIDFD, requested with SO_PASSPIDFD (Linux 6.5).
 *
 * `fd`: receives the descriptor, which the caller closes with close(2).
 * Returns 1 if it was taken; 0 if there is none or it was taken before; the kernel's reason for
 * not creating one (-ESRCH: the process is gone); -EBADMSG.
 */
SOCK_MUST_CHECK
int sock_control_take_pidfd(void *control, size_t len, int *fd);

/** Closes all received descriptors that were not taken, of SCM_RIGHTS and SCM_PIDFD.
 * Call it for all received control data, and only for that; if none are left, it does nothing.
 * Returns the number closed.
 */
int64_t sock_control_close_fds(void *control, size_t len);

/** Gets the sender of the message: SCM_CREDENTIALS, requested with SO_PASSCRED.
 * `pid`, `uid`, `gid`: receive the numbers; each may be NULL. The pid is 0 for a process that
 * cannot be seen from here. See unix(7).
 */
int sock_control_get_credentials(const void *control, size_t len, int64_t *pid, int64_t *uid,
                                 int64_t *gid);

/** Gets the time stamp of a packet: SO_TIMESTAMPING, else SO_TIMESTAMPNS or SO_TIMESTAMP.
 * `software`, `hardware`: receive nanoseconds since 1970 by the clocks of the system and of the
 * interface, 0 if that clock was not used; each may be NULL. See socket(7).
 */
int sock_control_get_timestamp(const void *control, size_t len, int64_t *software,
                               int64_t *hardware);

/** Identifies the sent packet of a time stamp from the error queue.
 *
 * `stage`: receives how far the packet was: SCM_TSTAMP_SCHED, SCM_TSTAMP_SND, SCM_TSTAMP_ACK.
 * `id`: receives the number of the packet, or for a stream the offset of its last byte, as counted
 * by SOF_TIMESTAMPING_OPT_ID, 0 to 2^32-1. Each may be NULL.
 * Returns 0 also for an error that is not a time stamp.
 */
int sock_control_get_transmit(const void *control, size_t len, int64_t *stage, int64_t *id);

/** Gets where a packet arrived: IP_PKTINFO or IPV6_PKTINFO.
 *
 * `to`: receives the destination in the packet's header.
 * `local`: receives the local address that the packet was for, to answer from; the empty address
 * for an IPv6 group.
 * `ifindex`: receives the interface. Each may be NULL.
 * Both addresses have port 0, and the interface as their scope if they are link-local. IP_PKTINFO
 * and IPV6_RECVPKTINFO request this. See ip(7), ipv6(7).
 */
int sock_control_get_pktinfo(const void *control, size_t len, struct sock_addr *to,
                             struct sock_addr *local, int64_t *ifindex);

/** Gets the TTL of an IPv4 packet or the hop limit of an IPv6 one.
 * `out`: receives 0 to 255. IP_RECVTTL and IPV6_RECVHOPLIMIT request this. See ip(7), ipv6(7).
 */
int sock_control_get_ttl(const void *control, size_t len, int64_t *out);

/** Gets the TOS byte of an IPv4 packet or the traffic class of an IPv6 one.
 * `out`: receives 0 to 255. IP_RECVTOS and IPV6_RECVTCLASS request this. See ip(7), ipv6(7).
 */
int sock_control_get_tos(const void *control, size_t len, int64_t *out);

/** Gets how many packets the socket has lost for lack of room since it was created.
 * `out`: receives 0 to 2^32-1. SO_RXQ_OVFL requests this; the kernel reports it after the first
 * loss. See socket(7).
 */
int sock_control_get_drops(const void *control, size_t len, int64_t *out);

/** Gets the size of the datagrams that were received as one; the last of them may be shorter.
 * `out`: receives bytes. UDP_GRO requests this. See udp(7).
 */
int sock_control_get_gro_size(const void *control, size_t len, int64_t *out);

/** Gets an event of the error queue, received with MSG_ERRQUEUE.
 *
 * These are IP_RECVERR or IPV6_RECVERR, requested with the options of these names, and the
 * transmit time stamps of every family. The message's data is the packet concerned, and its
 * address the packet's destination. See ip(7), ipv6(7).
 */
int sock_control_get_error(const void *control, size_t len, struct sock_control_error *out);

#ifdef __cplusplus
}
#endif

#ifdef _WIN32
#pragma pop_macro("interface")
#endif

/* Names of drafts, which go with 0.2. SOCK_NO_OLD_NAMES leaves them out. */
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
