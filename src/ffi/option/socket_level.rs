use super::{arg, guard, sock_t};
use crate::net::handle::Id;
use crate::net::option::{device, socket_level};
use std::ffi::{c_char, c_int};

/// Turns keepalive on or off and sets its parameters.
///
/// `on`: not 0 for on.
/// `idle`: silence before the first probe. `interval`: time between probes. Both are whole seconds,
/// from 1 to 32767, in nanoseconds.
/// `count`: how many unanswered probes end the connection with -ETIMEDOUT, 1 to 127.
/// A parameter of 0 stays as it is. Sockets other than TCP have only the switch.
/// Returns 0; -EINVAL, changing nothing, for a parameter out of range or between two seconds. See
/// tcp(7), TCP_KEEPIDLE.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_keepalive(s: sock_t, on: c_int, idle: i64, interval: i64, count: c_int) -> c_int {
    guard(|| socket_level::set_keepalive(Id(s), on != 0, idle, interval, count))
}

/// Gets whether keepalive is on, and its parameters.
///
/// `idle`, `interval`, `count`: receive the parameters, as in `sock_set_keepalive`. Each may be
/// NULL; unless all are, the socket must be TCP.
/// Returns 1 if keepalive is on, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_keepalive(
    s: sock_t,
    idle: *mut i64,
    interval: *mut i64,
    count: *mut c_int,
) -> c_int {
    guard(|| {
        // SAFETY: each is NULL or valid, as the header demands.
        let (idle, interval, count) = unsafe {
            (arg::optional_output(idle), arg::optional_output(interval), arg::optional_output(count))
        };
        let figures = idle.is_some() || interval.is_some() || count.is_some();
        let (on, found) = socket_level::keepalive(Id(s), figures)?;
        idle.map(|place| place.write(found.idle));
        interval.map(|place| place.write(found.interval));
        count.map(|place| place.write(found.count));
        Ok(i32::from(on))
    })
}

/// Sets what closing does with unsent data (SO_LINGER).
///
/// `on`: 0: closing returns at once, and the kernel goes on sending; not 0: closing waits up to
/// `span` until the data is acknowledged.
/// `span`: whole seconds, in nanoseconds; SOCK_FOREVER for the longest time that the kernel knows.
/// 0, when on, resets the connection and discards the data.
/// Returns 0; -EINVAL for a time that is too long or between two seconds. See socket(7).
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_linger(s: sock_t, on: c_int, span: i64) -> c_int {
    guard(|| socket_level::set_linger(Id(s), on != 0, span))
}

/// Gets whether closing lingers, and how long.
///
/// `span`: receives nanoseconds, SOCK_FOREVER for the longest time; may be NULL.
/// Returns 1 if it lingers, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_linger(s: sock_t, span: *mut i64) -> c_int {
    guard(|| {
        let (on, found) = socket_level::linger(Id(s))?;
        // SAFETY: `span` is NULL or valid, as the header demands.
        unsafe { arg::optional_output(span) }.map(|place| place.write(found));
        Ok(i32::from(on))
    })
}

/// Requests a buffer size (SO_RCVBUF, SO_SNDBUF) and returns the resulting size.
///
/// `direction`: SOCK_READ or SOCK_WRITE.
/// `bytes`: 0 to 2147483647.
/// Returns the size as the kernel now counts it, rarely `bytes`: Linux doubles it for its own
/// bookkeeping, and silently keeps it between a minimum and net.core.rmem_max or wmem_max. See
/// socket(7).
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_buffer(s: sock_t, direction: c_int, bytes: i64) -> i64 {
    guard(|| socket_level::set_buffer(Id(s), direction, bytes))
}

/// Returns the size of a buffer in bytes as the kernel counts it, including bookkeeping.
///
/// `direction`: SOCK_READ or SOCK_WRITE.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_buffer(s: sock_t, direction: c_int) -> i64 {
    guard(|| socket_level::buffer(Id(s), direction))
}

/// Restricts a socket to one network interface, for sending and receiving.
///
/// `name`: the interface's name; "" removes the restriction.
/// Returns 0; -ENODEV if there is no such interface, also if the name is too long, which the kernel
/// would truncate; -EPERM if only root may change it. See socket(7), SO_BINDTODEVICE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_device(s: sock_t, name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| device::set_device(Id(s), unsafe { arg::text(name, "name") }?))
}

/// Copies the name of the interface that a socket is restricted to, "" if none.
///
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_device(s: sock_t, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&device::device(Id(s))?, buf, cap) })
}
