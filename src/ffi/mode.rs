//! Modes and timeouts
//!
//! A socket is in blocking mode (timeout SOCK_FOREVER), in non-blocking mode (timeout 0), or in
//! timeout mode, which limits each operation. Waits are never rounded down and may last for years.

use super::guard::{guard, guard_or};
use super::handle::sock_t;
use crate::net::handle::Id;
use crate::net::mode;
use crate::net::time::{self, Nanos};
use std::ffi::c_int;

/// No limit: 2^62 ns, or any greater value.
pub const SOCK_FOREVER: i64 = 4611686018427387904;

/// Reads the monotonic clock, the clock of all deadlines.
///
/// Returns nanoseconds. Async-signal-safe. See clock_gettime(2), CLOCK_MONOTONIC.
#[unsafe(no_mangle)]
pub extern "C" fn sock_now() -> i64 {
    time::now().0
}

/// Sets the timeout of a socket.
///
/// `ns`: 0 for non-blocking mode, SOCK_FOREVER for blocking mode; any other value limits each
/// operation (all of `sock_sendall`, for example). A wait in progress keeps the timeout with which
/// it began.
#[unsafe(no_mangle)]
pub extern "C" fn sock_settimeout(s: sock_t, ns: i64) -> c_int {
    guard(|| mode::set_timeout(Id(s), Nanos(ns)))
}

/// Returns the timeout of a socket in ns: 0 if non-blocking, SOCK_FOREVER if blocking.
#[unsafe(no_mangle)]
pub extern "C" fn sock_gettimeout(s: sock_t) -> i64 {
    guard(|| mode::timeout(Id(s)))
}

/// Sets blocking mode or non-blocking mode.
///
/// `blocking`: 0 sets a timeout of 0, any other value SOCK_FOREVER.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setblocking(s: sock_t, blocking: c_int) -> c_int {
    guard(|| mode::set_timeout(Id(s), if blocking != 0 { Nanos::FOREVER } else { Nanos::ZERO }))
}

/// Returns 0 if a socket is in non-blocking mode, 1 if it waits, with or without a timeout.
#[unsafe(no_mangle)]
pub extern "C" fn sock_getblocking(s: sock_t) -> c_int {
    guard(|| Ok(i32::from(mode::timeout(Id(s))? != Nanos::ZERO)))
}

/// Sets the timeout of all sockets that this process creates from now on.
///
/// `ns`: as for `sock_settimeout`; SOCK_FOREVER at the start.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setdefaulttimeout(ns: i64) -> c_int {
    guard(|| mode::set_default_timeout(Nanos(ns)))
}

/// Returns the timeout of new sockets in nanoseconds.
#[unsafe(no_mangle)]
pub extern "C" fn sock_getdefaulttimeout() -> i64 {
    guard_or(Nanos::FOREVER, mode::default_timeout).0
}

#[cfg(test)]
mod tests {
    #[test]
    fn forever_is_the_nets() {
        assert_eq!(super::SOCK_FOREVER, crate::net::time::Nanos::FOREVER.0);
    }
}
