//! Sockets
//!
//! The BSD calls. A new socket is close-on-exec, takes the default timeout (blocking unless
//! `sock_setdefaulttimeout` said otherwise), and never raises SIGPIPE. Constants are the system's
//! own (AF_INET, SOCK_STREAM, ...). All of these may be called from any thread, none from a signal
//! handler.

use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use crate::net::address::{self, Address};
use crate::net::{accept, connect, socket};
use std::ffi::c_int;

/// The backlog of Python: min(SOMAXCONN, 128).
pub const SOCK_BACKLOG_DEFAULT: c_int = 128;

/// Makes a socket.
///
/// `family`, `type`, `proto`: as for socket(2); -1 is AF_INET, SOCK_STREAM, 0. SOCK_NONBLOCK in
/// `type` gives non-blocking mode, whatever the default timeout; SOCK_CLOEXEC is always on.
/// Returns a handle that the caller closes with `sock_close`, or the error of socket(2):
/// -EAFNOSUPPORT, -EPROTONOSUPPORT, -EINVAL, -EPERM, -EMFILE, -ENFILE, -ENOBUFS. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_socket(family: c_int, r#type: c_int, proto: c_int) -> sock_t {
    guard(|| socket::create(family, r#type, proto))
}

/// Makes two connected sockets.
///
/// `family`, `type`, `proto`: as for `sock_socket`; a family of -1 is AF_UNIX.
/// `out`: receives the two handles, each closed by the caller; written only on success.
/// Returns 0, -EFAULT when `out` is NULL, or the error of socketpair(2). Since 0.1.0.
///
/// cbindgen:ptrs-as-arrays=[[out;2]]
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_socketpair(
    family: c_int,
    r#type: c_int,
    proto: c_int,
    out: *mut sock_t,
) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for two handles, as the header demands.
        let out = unsafe { arg::output(out.cast::<[sock_t; 2]>(), "out") }?;
        out.write(socket::create_pair(family, r#type, proto)?);
        Ok(0)
    })
}

/// Takes over a descriptor.
///
/// `fd`: an open socket. On success the handle owns it and closes it; on failure the caller keeps
/// it, unchanged. Its number, its O_NONBLOCK and its close-on-exec flag are left alone; the handle
/// waits by itself whether the flag is on or off, and its mode is the default timeout's.
/// `family`, `type`, `proto`: labels of the handle; -1 asks the kernel (SO_DOMAIN, SO_TYPE,
/// SO_PROTOCOL). Returns a handle; -EBADF or -ENOTSOCK for what is no socket. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_from_fd(fd: c_int, family: c_int, r#type: c_int, proto: c_int) -> sock_t {
    guard(|| socket::adopt(fd, family, r#type, proto))
}

/// Gives the descriptor back and ends the handle.
///
/// The descriptor stays open and belongs to the caller; O_NONBLOCK is off if the handle was in
/// blocking mode, else on. Calls that wait on the handle return SOCK_ECLOSED; the function returns
/// when all have left, however long that takes.
/// Returns the descriptor; -EBADF; -EDEADLK from inside a call on the same handle (an interrupt
/// hook), which changes nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_detach(s: sock_t) -> c_int {
    guard(|| socket::detach(s))
}

/// Makes a second handle of the same socket: a duplicate descriptor, close-on-exec, with the same
/// labels and timeout. Deadlines and cancel token are not copied. Closing one leaves the other.
///
/// Returns a handle that the caller closes; -EBADF, -EMFILE. Since 0.1.0. See dup(2).
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_dup(s: sock_t) -> sock_t {
    guard(|| socket::duplicate(s))
}

/// The descriptor behind a handle, which still owns it: do not close it.
///
/// From the first call on, O_NONBLOCK is the user's: off in blocking mode, on otherwise, and
/// `sock_settimeout` switches it. Returns the descriptor or -EBADF. Since 0.1.0. See fileno(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_fileno(s: sock_t) -> c_int {
    guard(|| socket::fileno(s))
}

/// The number of the descriptor behind a handle, which stays as unseen as it was: for a language that
/// keeps the number beside the handle and shows it to few.
///
/// Nothing may be done with the descriptor before `sock_fileno` was called: its O_NONBLOCK is libsock's
/// until then. Returns the number or -EBADF. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_peek_fileno(s: sock_t) -> c_int {
    guard_bare(|| socket::peek_fileno(s))
}

/// The address family of a socket, as it was given or found: AF_INET, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_family(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(s)?.family))
}

/// The type of a socket without SOCK_NONBLOCK and SOCK_CLOEXEC: SOCK_STREAM, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_type(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(s)?.socket_type))
}

/// The protocol of a socket, as it was given or found: 0, IPPROTO_TCP, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_proto(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(s)?.proto))
}

/// Binds a socket to a local address.
///
/// `addr`: not kept. Returns 0; -EFAULT when it is NULL, -EINVAL when it is malformed, -EAFNOSUPPORT
/// when it is of another family, whatever the kernel calls that; else the error of bind(2):
/// -EADDRINUSE, -EADDRNOTAVAIL, -EACCES, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_bind(s: sock_t, addr: *const Address) -> c_int {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        address::check(addr)?;
        socket::bind(s, addr)
    })
}

/// Makes a socket accept connections.
///
/// `backlog`: how many may wait to be accepted; negative is 0; SOCK_BACKLOG_DEFAULT is usual.
/// Returns 0 or the error of listen(2): -EADDRINUSE, -EOPNOTSUPP. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_listen(s: sock_t, backlog: c_int) -> c_int {
    guard(|| socket::listen(s, backlog))
}

/// Takes one connection from a listening socket.
///
/// `peer`: receives the address of the other end, the empty address with AF_ALG, whose connections have
/// none; may be NULL; written only on success.
/// Returns the connection's handle, which the caller closes: it has the listener's labels and the
/// default timeout. -EAGAIN in non-blocking mode when none waits; SOCK_ETIMEDOUT, SOCK_ECANCELED,
/// SOCK_ECLOSED; else the error of accept4(2) as it is: -ECONNABORTED, -EMFILE, -EINVAL (does not
/// listen). Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_accept(s: sock_t, peer: *mut Address) -> sock_t {
    guard(|| {
        // SAFETY: `peer` is NULL or valid for one address, as the header demands.
        let Some(place) = (unsafe { arg::optional_output(peer) }) else { return accept::accept(s, None) };
        // Of our own: what the caller has is written on success only.
        let mut from = Address::NONE;
        let connection = accept::accept(s, Some(&mut from))?;
        place.write(from);
        Ok(connection)
    })
}

/// Connects a socket, or sets the default destination of a datagram socket.
///
/// `addr`: not kept. Waits within the handle's timeout, deadline and token, also when the backlog
/// of an AF_UNIX listener is full. After a timeout the attempt goes on in the kernel; close the
/// socket to abandon it.
/// Returns 0; in non-blocking mode -EINPROGRESS, then -EALREADY while it lasts, and -EISCONN after
/// the 0 that told of success; SOCK_ETIMEDOUT, SOCK_ECANCELED, SOCK_ECLOSED; -EFAULT, -EINVAL,
/// -EAFNOSUPPORT for the address, as in `sock_bind`; else the error of connect(2): -ECONNREFUSED,
/// -ENETUNREACH, ... Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_connect(s: sock_t, addr: *const Address) -> c_int {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        address::check(addr)?;
        connect::connect(s, addr)
    })
}

/// Shuts down one or both halves of a connection, for every process that shares the socket.
///
/// `how`: SHUT_RD, SHUT_WR or SHUT_RDWR. Returns 0, -ENOTCONN, or -EINVAL for another `how`.
/// Since 0.1.0. See shutdown(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_shutdown(s: sock_t, how: c_int) -> c_int {
    guard(|| socket::shutdown(s, how))
}

/// The local address of a socket.
///
/// `out`: written only on success. Returns 0, -EFAULT, -EBADF. Since 0.1.0. See getsockname(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockname(s: sock_t, out: *mut Address) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one address, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(socket::getsockname(s)?);
        Ok(0)
    })
}

/// The address of the other end of a connection.
///
/// `out`: written only on success. Returns 0, -EFAULT, -EBADF, -ENOTCONN. Since 0.1.0. See
/// getpeername(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getpeername(s: sock_t, out: *mut Address) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one address, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(socket::getpeername(s)?);
        Ok(0)
    })
}

/// Whether the descriptor survives exec: 1, 0, or -EBADF. Since 0.1.0. See fcntl(2), F_GETFD.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_inheritable(s: sock_t) -> c_int {
    guard(|| socket::inheritable(s))
}

/// Lets the descriptor survive exec (`inheritable` not 0) or not. Letting it makes the descriptor
/// visible, as `sock_fileno` does. Returns 0 or -EBADF. Since 0.1.0. See fcntl(2), F_SETFD.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_inheritable(s: sock_t, inheritable: c_int) -> c_int {
    guard(|| socket::set_inheritable(s, inheritable != 0))
}
