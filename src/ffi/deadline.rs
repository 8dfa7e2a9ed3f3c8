//! Deadlines
//!
//! A deadline is a moment, not a span: it ends every call of its direction that is not done by then,
//! also one that already waits, and every later call before it tries, until it is moved. Timeout,
//! deadline and cancel token work together; the earliest ends the call.

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
/// `direction`: SOCK_READ, SOCK_WRITE, or both. `at_ns`: a moment on the clock of `sock_now`;
/// SOCK_FOREVER clears; a moment in the past, 0 for one, fails calls at once, also when data is
/// ready. Calls that wait in other threads obey the new deadline at once. Calls ended by a deadline
/// return SOCK_ETIMEDOUT.
/// Returns 0; -EINVAL for another direction or a negative moment; -EBADF. Any thread; not from a
/// signal handler. Since 0.1.0.
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
