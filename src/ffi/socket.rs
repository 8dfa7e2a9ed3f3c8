//! Sockets
//!
//! The BSD calls. A new socket is close-on-exec, and its timeout is the default timeout: blocking
//! mode unless `sock_setdefaulttimeout` changed it.

use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use crate::net::address::{self, Address};
use crate::net::handle::Id;
use crate::net::{accept, connect, socket};
use std::ffi::{c_int, c_void};

/// Python's backlog: min(SOMAXCONN, 128).
pub const SOCK_BACKLOG_DEFAULT: c_int = 128;

/// Creates a socket.
///
/// `family`, `type`, `proto`: as for socket(2); -1 means AF_INET, SOCK_STREAM and 0. SOCK_NONBLOCK
/// in `type` sets non-blocking mode, whatever the default timeout; SOCK_CLOEXEC is always on.
/// Returns a handle, or the error of socket(2): -EAFNOSUPPORT, -EPROTONOSUPPORT, -EINVAL, -EPERM
/// ...
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_socket(family: c_int, r#type: c_int, proto: c_int) -> sock_t {
    guard(|| socket::create(family, r#type, proto))
}

/// Creates two connected sockets.
///
/// `family`, `type`, `proto`: as for `sock_socket`, but a family of -1 means AF_UNIX.
/// `out`: receives the two handles.
/// Returns 0, or the error of socketpair(2).
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
        out.write(socket::create_pair(family, r#type, proto)?.map(|id| id.0));
        Ok(0)
    })
}

/// Makes a handle from a descriptor, which it then owns.
///
/// `fd`: an open socket. On failure it remains the caller's, unchanged. Its number and its
/// O_NONBLOCK and close-on-exec flags stay as they are until a mode is set or the handle is
/// detached: the handle waits correctly with either setting of O_NONBLOCK, also if another process
/// or handle changes it, and its mode is that of the default timeout.
/// `family`, `type`, `proto`: labels of the handle, which `sock_family` and the like return; -1 asks
/// the kernel (SO_DOMAIN, SO_TYPE, SO_PROTOCOL). Calls follow the kernel's values, not the labels.
/// Returns a handle, which closes the descriptor when it is closed; -EBADF or -ENOTSOCK if `fd` is
/// not an open socket.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_from_fd(fd: c_int, family: c_int, r#type: c_int, proto: c_int) -> sock_t {
    guard(|| socket::adopt(fd, family, r#type, proto))
}

/// Returns the descriptor to the caller and ends the handle.
///
/// The descriptor stays open, with O_NONBLOCK off if the handle was in blocking mode, else on.
/// Calls that wait on the handle return SOCK_ECLOSED; sock_detach waits until all have left,
/// however long that takes.
/// Returns the descriptor, which then belongs to the caller; -EDEADLK, changing nothing, from
/// inside a call on the same handle (an interrupt hook).
#[unsafe(no_mangle)]
pub extern "C" fn sock_detach(s: sock_t) -> c_int {
    guard(|| socket::detach(Id(s)))
}

/// Creates a second handle for the same socket.
///
/// The new handle has a duplicate descriptor and the same labels and timeout, but no deadlines and
/// no cancel token. Closing one leaves the other open. They share O_NONBLOCK, which the mode that
/// was set last determines; each waits by its own mode.
/// Returns a handle. See dup(2).
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_dup(s: sock_t) -> sock_t {
    guard(|| socket::duplicate(Id(s)))
}

/// Returns the descriptor of a handle, which still owns it: do not close it.
///
/// From the first call on, O_NONBLOCK belongs to the program: it is off in blocking mode, else on,
/// and `sock_settimeout` switches it. The program may change it as well; calls on the handle keep
/// to the mode of the handle. See fileno(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_fileno(s: sock_t) -> c_int {
    guard(|| socket::fileno(Id(s)))
}

/// Returns the number of the descriptor of a handle, without exposing the descriptor.
///
/// This is for languages that keep the number next to the handle and rarely show it. Do nothing
/// with the descriptor before calling `sock_fileno`: until then, its O_NONBLOCK belongs to libsock.
#[unsafe(no_mangle)]
pub extern "C" fn sock_peek_fileno(s: sock_t) -> c_int {
    guard_bare(|| socket::peek_fileno(Id(s)))
}

/// Returns the address family of a socket, as given or detected: AF_INET ...
#[unsafe(no_mangle)]
pub extern "C" fn sock_family(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(Id(s))?.family))
}

/// Returns the type of a socket, without SOCK_NONBLOCK and SOCK_CLOEXEC: SOCK_STREAM ...
#[unsafe(no_mangle)]
pub extern "C" fn sock_type(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(Id(s))?.socket_type))
}

/// Returns the protocol of a socket, as given or detected: 0, IPPROTO_TCP ...
#[unsafe(no_mangle)]
pub extern "C" fn sock_proto(s: sock_t) -> c_int {
    guard(|| Ok(socket::label(Id(s))?.proto))
}

/// Binds a socket to a local address.
///
/// Returns 0; -EAFNOSUPPORT if the address is of another family, whatever the kernel's error for
/// that; else the error of bind(2): -EADDRINUSE, -EADDRNOTAVAIL, -EACCES ...
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_bind(s: sock_t, addr: *const Address) -> c_int {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        address::check(addr)?;
        socket::bind(Id(s), addr)
    })
}

/// Makes a socket accept connections.
///
/// `backlog`: how many connections may wait for `sock_accept`; negative means 0;
/// SOCK_BACKLOG_DEFAULT is usual.
/// Returns 0, or the error of listen(2): -EADDRINUSE, -EOPNOTSUPP.
#[unsafe(no_mangle)]
pub extern "C" fn sock_listen(s: sock_t, backlog: c_int) -> c_int {
    guard(|| socket::listen(Id(s), backlog))
}

/// Accepts a connection from a listening socket.
///
/// `peer`: receives the address of the other end (the empty address for AF_ALG, which has none);
/// may be NULL.
/// Returns the connection, with the listener's labels and the default timeout; else the error of
/// accept4(2) as it is: -ECONNABORTED, -EMFILE, -EINVAL (not listening) ...
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_accept(s: sock_t, peer: *mut Address) -> sock_t {
    guard(|| {
        // SAFETY: `peer` is NULL or valid for one address, as the header demands.
        let Some(place) = (unsafe { arg::optional_output(peer) }) else { return accept::accept(Id(s), None) };
        // Of our own: what the caller has is written on success only.
        let mut from = Address::NONE;
        let connection = accept::accept(Id(s), Some(&mut from))?;
        place.write(from);
        Ok(connection)
    })
}

/// Connects a socket, or sets the default destination of a datagram socket.
///
/// Waits within the timeout, deadline and cancel token of the socket, also while the backlog of an
/// AF_UNIX listener is full. After a timeout the attempt continues in the kernel; close the socket
/// to abandon it.
/// Returns 0; in non-blocking mode -EINPROGRESS, then -EALREADY while the attempt lasts; -EISCONN
/// once a call has returned 0; -EAFNOSUPPORT as `sock_bind`; else the error of connect(2):
/// -ECONNREFUSED, -ENETUNREACH ... As with connect(2), an error ends the attempt, and the next call
/// begins a new one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_connect(s: sock_t, addr: *const Address) -> c_int {
    guard(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = unsafe { arg::input(addr, "addr") }?;
        address::check(addr)?;
        connect::connect(Id(s), addr)
    })
}

/// Shuts down one or both halves of a connection, for every process that shares the socket.
///
/// `how`: SHUT_RD, SHUT_WR or SHUT_RDWR.
/// Returns 0, or -ENOTCONN. See shutdown(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_shutdown(s: sock_t, how: c_int) -> c_int {
    guard(|| socket::shutdown(Id(s), how))
}

/// Gets the local address of a socket.
///
/// See getsockname(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockname(s: sock_t, out: *mut Address) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one address, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(socket::getsockname(Id(s))?);
        Ok(0)
    })
}

/// Gets the address of the other end of a connection.
///
/// Returns 0, or -ENOTCONN. See getpeername(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getpeername(s: sock_t, out: *mut Address) -> c_int {
    guard(|| {
        // SAFETY: `out` is NULL or valid for one address, as the header demands.
        let out = unsafe { arg::output(out, "out") }?;
        out.write(socket::getpeername(Id(s))?);
        Ok(0)
    })
}

/// Returns 1 if the descriptor survives exec, else 0.
///
/// See fcntl(2), F_GETFD.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_inheritable(s: sock_t) -> c_int {
    guard(|| socket::inheritable(Id(s)))
}

/// Sets whether the descriptor survives exec.
///
/// `inheritable`: not 0 to make it survive; this exposes it, as `sock_fileno` does. See fcntl(2),
/// F_SETFD.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_inheritable(s: sock_t, inheritable: c_int) -> c_int {
    guard(|| socket::set_inheritable(Id(s), inheritable != 0))
}

/// Makes a request about a socket that only Windows has (WSAIoctl).
///
/// `request`: SIO_RCVALL (an unsigned int: RCVALL_ON ...), SIO_KEEPALIVE_VALS (three: on, time and
/// interval in milliseconds), SIO_LOOPBACK_FAST_PATH (one), or any other of Winsock.
/// `in`, `in_len`: what the request reads. `out`, `cap`: memory for what it writes.
/// Returns how many bytes were written; -EOPNOTSUPP for a request that the system lacks, and on
/// other systems always.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_ioctl(
    s: sock_t,
    request: u32,
    r#in: *const c_void,
    in_len: usize,
    out: *mut c_void,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `in` is NULL or valid for `in_len` bytes, as the header demands.
        let input = unsafe { arg::bytes(r#in, in_len, "in") }?;
        // SAFETY: `out` is NULL or valid for `cap` bytes, as the header demands.
        let output = unsafe { arg::buffer(out, cap, "out") }?;
        Ok(socket::ioctl(Id(s), request, input, output)? as i64)
    })
}

/// Describes a socket for another process on Windows, which makes a handle of it.
///
/// The other process calls `sock_fromshare`.
/// `process`: the identifier of that process, which must be running. Each description works once.
/// `out`: receives the description, if `cap` bytes suffice: 628 bytes, the size of a
/// WSAPROTOCOL_INFOW.
/// Returns the size; -EOPNOTSUPP on other systems, where descriptors go over AF_UNIX
/// (`sock_send_fds`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_share(s: sock_t, process: i64, out: *mut c_void, cap: usize) -> i64 {
    guard(|| {
        // SAFETY: `out` is NULL or valid for `cap` bytes, as the header demands.
        let room = unsafe { arg::buffer(out, cap, "out") }?;
        let bytes = socket::share(Id(s), process)?;
        if let Some(room) = room.get_mut(..bytes.len()) {
            for (place, byte) in room.iter_mut().zip(bytes) {
                place.write(byte);
            }
        }
        Ok(bytes.len() as i64)
    })
}

/// Makes a handle of a socket that another process has described, on Windows.
///
/// `data`, `len`: the description that `sock_share` wrote. The handle is in blocking mode, its
/// socket not inheritable.
/// Returns a handle; -EINVAL for another length; -EOPNOTSUPP on other systems.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn sock_fromshare(data: *const c_void, len: usize) -> sock_t {
    guard(|| {
        // SAFETY: `data` is NULL or valid for `len` bytes, as the header demands.
        socket::from_share(unsafe { arg::bytes(data, len, "data") }?)
    })
}
