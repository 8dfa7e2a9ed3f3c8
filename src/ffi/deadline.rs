//! Deadlines
//!
//! A deadline is a point in time. It ends every call of its direction that is not done by then,
//! including calls that already wait, and every later call before it tries, until the deadline is
//! moved.

use super::guard::guard;
use super::handle::sock_t;
use crate::net::deadline;
use crate::net::handle::Id;
use crate::net::time::Nanos;
use std::ffi::c_int;

/// Direction: receive and accept.
pub const SOCK_READ: c_int = 1;
/// Direction: send and connect.
pub const SOCK_WRITE: c_int = 2;

/// Sets the deadline of a socket.
///
/// `direction`: SOCK_READ, SOCK_WRITE, or both.
/// `at_ns`: a time on the clock of `sock_now`; SOCK_FOREVER clears the deadline. If it has passed,
/// as 0 has, calls fail at once, even when data is ready. Calls already waiting in other threads
/// obey the new deadline at once. Calls that a deadline ends return SOCK_ETIMEDOUT.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setdeadline(s: sock_t, direction: c_int, at_ns: i64) -> c_int {
    guard(|| deadline::set(Id(s), direction, Nanos(at_ns)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn directions_are_the_nets() {
        use crate::net::deadline::{READ, WRITE};
        assert_eq!((super::SOCK_READ, super::SOCK_WRITE), (READ, WRITE));
    }
}
