use super::{arg, guard, sock_t};
use crate::net::handle::Id;
use crate::net::option::{device, socket_level};
use std::ffi::{c_char, c_int};

/// Switches keepalive on or off and sets its figures.
///
/// `on`: not 0 for on. `idle`: the silence after which the first probe is sent; `interval`: the time
/// between probes; both in nanoseconds, whole seconds from 1 to 32767 of them, because the kernel counts
/// in seconds. `count`: how many probes without an answer end the connection with -ETIMEDOUT, 1 to 127.
/// A figure of 0 stays as it is. Sockets other than TCP have the switch alone.
/// Returns 0; -EINVAL for a figure out of range or between two seconds, and nothing is changed; -EBADF;
/// or the error of setsockopt(2). Any thread. Since 0.1.0. See tcp(7), TCP_KEEPIDLE.
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_keepalive(s: sock_t, on: c_int, idle: i64, interval: i64, count: c_int) -> c_int {
    guard(|| socket_level::set_keepalive(Id(s), on != 0, idle, interval, count))
}

/// Whether keepalive is on, and its figures.
///
/// `idle`, `interval`: receive spans in nanoseconds. `count`: receives a number of probes. Each may be
/// NULL; with all three NULL any socket answers, else TCP sockets alone.
/// Returns 1 when it is on, 0 when it is off; -EBADF, or the error of getsockopt(2). Any thread.
/// Since 0.1.0.
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

/// Sets what closing does with data that is not sent yet (SO_LINGER).
///
/// `on`: 0, and closing leaves the data to the kernel and returns at once; not 0, and it waits up to
/// `span` until they are acknowledged. `span`: nanoseconds, whole seconds, because the kernel counts in
/// seconds; SOCK_FOREVER for the longest it knows. With 0 and `on`, closing resets the connection and
/// throws the data away.
/// Returns 0; -EINVAL for a span that is negative, too long, or between two seconds; -EBADF. Any thread.
/// Since 0.1.0. See socket(7).
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_linger(s: sock_t, on: c_int, span: i64) -> c_int {
    guard(|| socket_level::set_linger(Id(s), on != 0, span))
}

/// Whether closing lingers, and how long.
///
/// `span`: receives nanoseconds, SOCK_FOREVER for the longest span; may be NULL.
/// Returns 1 when it is on, 0 when it is off; -EBADF, or the error of getsockopt(2). Any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_linger(s: sock_t, span: *mut i64) -> c_int {
    guard(|| {
        let (on, found) = socket_level::linger(Id(s))?;
        // SAFETY: `span` is NULL or valid, as the header demands.
        unsafe { arg::optional_output(span) }.map(|place| place.write(found));
        Ok(i32::from(on))
    })
}

/// Asks for a buffer size (SO_RCVBUF, SO_SNDBUF) and tells what came of it.
///
/// `direction`: SOCK_READ or SOCK_WRITE. `bytes`: 0 to 2147483647, as for setsockopt(2).
/// Returns the size as the kernel now counts it, which is seldom `bytes`: Linux doubles it for its own
/// bookkeeping, and silently keeps it between a minimum and net.core.rmem_max or wmem_max; -EINVAL for
/// another direction or size; -EBADF. Any thread. Since 0.1.0. See socket(7).
#[unsafe(no_mangle)]
pub extern "C" fn sock_set_buffer(s: sock_t, direction: c_int, bytes: i64) -> i64 {
    guard(|| socket_level::set_buffer(Id(s), direction, bytes))
}

/// The size of a buffer in bytes, as the kernel counts it: bookkeeping included.
///
/// `direction`: SOCK_READ or SOCK_WRITE.
/// Returns the size; -EINVAL for another direction; -EBADF. Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_get_buffer(s: sock_t, direction: c_int) -> i64 {
    guard(|| socket_level::buffer(Id(s), direction))
}

/// Binds a socket to a network interface: it sends and receives through this one alone.
///
/// `name`: the interface's name; "" frees the socket again.
/// Returns 0; -ENODEV when there is no such interface (a name that is too long for one too, which the
/// kernel would cut); -EPERM, where only root may change it; -EFAULT for NULL; -EBADF. Any thread.
/// Since 0.1.0. See socket(7), SO_BINDTODEVICE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_set_device(s: sock_t, name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| device::set_device(Id(s), unsafe { arg::text(name, "name") }?))
}

/// The interface that a socket is bound to.
///
/// `buf`, `cap`: where to put its name with a NUL; NULL with 0 asks. Empty when it is bound to none.
/// Returns the length needed, without the NUL; -EFAULT; -EBADF. Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_get_device(s: sock_t, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&device::device(Id(s))?, buf, cap) })
}
