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

 *   Errors
 *   Versions
 */
#ifndef SOCK_H
#define SOCK_H

#include <stddef.h>
#include <stdint.h>

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
 * Whether a code comes from a name lookup: the EAI_* and h_errno codes. 1 or 0.
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

#endif
