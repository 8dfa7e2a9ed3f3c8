//! Modes and timeouts
//!
//! Time is in nanoseconds on the monotonic clock. A socket is in blocking mode (SOCK_FOREVER), in
//! non-blocking mode (0), or has a timeout for each operation. Waits never end early, are never
//! rounded down, and may last for years. What retries inside a call never restarts its clock.

use super::guard::{guard, guard_or};
use super::handle::sock_t;
use crate::net::{mode, time};
use std::ffi::c_int;

/// No limit: 2^62 ns. What is above it means the same.
pub const SOCK_FOREVER: i64 = 4611686018427387904;

/// The monotonic clock, in nanoseconds: the clock of `sock_setdeadline`. Any thread;
/// async-signal-safe. Since 0.1.0. See clock_gettime(2), CLOCK_MONOTONIC.
#[unsafe(no_mangle)]
pub extern "C" fn sock_now() -> i64 {
    time::now()
}

/// Sets the timeout of a socket.
///
/// `ns`: 0 is non-blocking mode, SOCK_FOREVER blocking mode, anything between limits each operation
/// (`sock_sendall` as a whole). A wait that runs keeps the timeout it began with.
/// Returns 0; -EINVAL when `ns` is negative; -EBADF. A failure changes nothing. Any thread; not from
/// a signal handler. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_settimeout(s: sock_t, ns: i64) -> c_int {
    guard(|| mode::set_timeout(s, ns))
}

/// The timeout of a socket in nanoseconds: 0 when non-blocking, SOCK_FOREVER when blocking; -EBADF.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_gettimeout(s: sock_t) -> i64 {
    guard(|| mode::timeout(s))
}

/// Blocking mode (`blocking` not 0: SOCK_FOREVER) or non-blocking mode (0: a timeout of 0).
/// Returns 0 or -EBADF. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setblocking(s: sock_t, blocking: c_int) -> c_int {
    guard(|| mode::set_timeout(s, if blocking != 0 { time::FOREVER } else { 0 }))
}

/// 0 when a socket is in non-blocking mode, 1 when it waits, with or without a timeout; -EBADF.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_getblocking(s: sock_t) -> c_int {
    guard(|| Ok((mode::timeout(s)? != 0).into()))
}

/// Sets the timeout that sockets made from now on begin with, in the whole process. It starts as
/// SOCK_FOREVER. Returns 0, or -EINVAL when `ns` is negative. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setdefaulttimeout(ns: i64) -> c_int {
    guard(|| mode::set_default_timeout(ns))
}

/// The timeout that new sockets begin with, in nanoseconds. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_getdefaulttimeout() -> i64 {
    guard_or(time::FOREVER, mode::default_timeout)
}

#[cfg(test)]
mod tests {
    #[test]
    fn forever_is_the_nets() {
        assert_eq!(super::SOCK_FOREVER, crate::net::time::FOREVER);
    }
}
