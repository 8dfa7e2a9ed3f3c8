//! Options
//!
//! The first six take any option: levels, names and values are the system's (SOL_SOCKET, SO_REUSEADDR,
//! TCP_NODELAY ...). Behind them stand helpers for what programs otherwise write by hand. Their times are
//! in nanoseconds as everywhere; where the kernel counts in coarser units, a span between two of them is
//! refused, never rounded.

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
/// `value`, `len`: the option's bytes, as setsockopt(2) takes them; not kept. NULL goes to the
/// kernel as NULL with that length, which a few options want. SO_RCVTIMEO and SO_SNDTIMEO keep
/// their meaning in blocking mode: the wait ends with -EAGAIN.
/// Returns 0, -EBADF, or the error of setsockopt(2): -ENOPROTOOPT, -EINVAL, -EFAULT. Any thread;
/// not from a signal handler. Since 0.1.0.
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

/// Reads a socket option.
///
/// `value`: where to put its bytes. `len`: on entry how many there is room for, on success how many
/// the kernel wrote (for a few options: how many it has).
/// Returns 0; -EFAULT when `len` is NULL, or `value` is and `*len` is not 0; -EBADF; or the error of
/// getsockopt(2). Any thread; not from a signal handler. Since 0.1.0.
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

/// Sets an option that is one int. Returns as `sock_setsockopt`. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setsockopt_int(s: sock_t, level: c_int, name: c_int, value: c_int) -> c_int {
    guard(|| option::set_int(Id(s), level, name, value))
}

/// Reads an option that is one int.
///
/// `value`: receives it; of an option that is a struct, its first four bytes; written only on
/// success. Returns 0, -EFAULT, -EBADF, or the error of getsockopt(2). Since 0.1.0.
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

/// Sets an option of 64 bits, as those of AF_VSOCK are: its level is AF_VSOCK, its names
/// SO_VM_SOCKETS_BUFFER_SIZE, _MIN_SIZE and _MAX_SIZE. Returns as `sock_setsockopt`. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setsockopt_u64(s: sock_t, level: c_int, name: c_int, value: u64) -> c_int {
    guard(|| option::set_u64(Id(s), level, name, value))
}

/// Reads an option of 64 bits: those of AF_VSOCK, SO_COOKIE, ...
///
/// `value`: receives it; written only on success. Returns 0; -EINVAL for an option of another size;
/// -EFAULT, -EBADF, or the error of getsockopt(2). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getsockopt_u64(s: sock_t, level: c_int, name: c_int, value: *mut u64) -> c_int {
    guard(|| {
        // SAFETY: `value` is NULL or valid, as the header demands.
        let value = unsafe { arg::output(value, "value") }?;
        value.write(option::get_u64(Id(s), level, name)?);
        Ok(0)
    })
}
