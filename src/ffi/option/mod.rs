//! Options
//!
//! The first six functions access any option: `level`, `name` and value are the system's
//! (SOL_SOCKET, SO_REUSEADDR, TCP_NODELAY ...). The others save programs common code. Their times
//! are in nanoseconds; if the kernel counts in coarser units, a time between two of them returns
//! -EINVAL and is never rounded. All can also return the errors of setsockopt(2) or getsockopt(2),
//! such as -ENOPROTOOPT.

mod socket_level;

mod multicast;
mod peer;
mod tcp;

// For the generator of the header, which looks for the C name.
#[allow(unused_imports)]
pub use crate::net::option::codec::tcp_info::TcpInfo as sock_tcp_info;

use super::arg;
use super::guard::guard;
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::option;
use std::ffi::{c_int, c_void};

/// Sets a socket option.
///
/// `value`, `len`: as for setsockopt(2). A NULL `value` goes to the kernel as NULL with that
/// length, which a few options require. SO_RCVTIMEO and SO_SNDTIMEO keep their meaning in blocking
/// mode: the wait ends with -EAGAIN, at once if the time is negative. A call notices such a limit,
/// and SO_RCVLOWAT, also if it was set elsewhere (through a duplicate, the descriptor's number or
/// another process) once it has waited for 20 ms; a negative limit set elsewhere it cannot notice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_setsockopt(
    s: sock_t,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: usize,
) -> c_int {
    guard(|| {
        let given = !value.is_null();
        // SAFETY: `value` is NULL or valid for `len` bytes, as the header demands.
        let bytes = if given { Some(unsafe { arg::bytes(value, len, "value") }?) } else { None };
        option::set(Id(s), level, name, bytes, len)
    })
}

/// Gets a socket option.
///
/// `value`: receives the bytes. `len`: in: the room; out: the number of bytes that the kernel wrote
/// (for a few options: that it has).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockopt(
    s: sock_t,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    len: *mut usize,
) -> c_int {
    guard(|| {
        // SAFETY: `len` is NULL or valid for one size_t, as the header demands.
        let room = *unsafe { arg::input(len, "len") }?;
        // SAFETY: `value` is NULL or valid for `*len` bytes, as the header demands.
        let buffer = unsafe { arg::buffer(value, room, "value") }?;
        let written = option::get(Id(s), level, name, buffer)?;
        // SAFETY: as for reading it.
        unsafe { arg::output(len, "len") }?.write(written);
        Ok(0)
    })
}

/// Sets an option whose value is one int, as `sock_setsockopt`.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setsockopt_int(s: sock_t, level: c_int, name: c_int, value: c_int) -> c_int {
    guard(|| option::set_int(Id(s), level, name, value))
}

/// Gets an option whose value is one int, or the first four bytes of a struct.
///
/// `value`: receives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockopt_int(
    s: sock_t,
    level: c_int,
    name: c_int,
    value: *mut c_int,
) -> c_int {
    guard(|| {
        // SAFETY: `value` is NULL or valid for one int, as the header demands.
        let value = unsafe { arg::output(value, "value") }?;
        value.write(option::get_int(Id(s), level, name)?);
        Ok(0)
    })
}

/// Sets a 64-bit option, as `sock_setsockopt`.
///
/// For example those of level AF_VSOCK: SO_VM_SOCKETS_BUFFER_SIZE, _MIN_SIZE and _MAX_SIZE.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setsockopt_u64(s: sock_t, level: c_int, name: c_int, value: u64) -> c_int {
    guard(|| option::set_u64(Id(s), level, name, value))
}

/// Gets a 64-bit option: those of AF_VSOCK, SO_COOKIE ...
///
/// `value`: receives it.
/// Returns 0; -EINVAL for an option of another size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockopt_u64(s: sock_t, level: c_int, name: c_int, value: *mut u64) -> c_int {
    guard(|| {
        // SAFETY: `value` is NULL or valid, as the header demands.
        let value = unsafe { arg::output(value, "value") }?;
        value.write(option::get_u64(Id(s), level, name)?);
        Ok(0)
    })
}
