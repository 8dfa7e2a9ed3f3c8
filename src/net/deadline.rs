//! Deadlines: moments that end the calls of a direction, also those that already wait.

use super::error::{Code, Result};
use super::handle::Direction;
use super::{operation, time};
use std::sync::atomic::Ordering;

/// Receive and accept.
pub const READ: i32 = 1;
/// Send and connect.
pub const WRITE: i32 = 2;

/// Sets the deadline of one direction or both. An operation obeys that of reading.
pub fn set(id: i64, direction: i32, at: i64) -> Result<i32> {
    let invalid = Code::errno(libc::EINVAL);
    if direction & !(READ | WRITE) != 0 || direction == 0 {
        return Err(
            invalid.because(format_args!("direction: {direction} is not SOCK_READ, SOCK_WRITE or both"))
        );
    }
    if at < 0 {
        return Err(invalid.because(format_args!("at_ns: {at} is negative")));
    }
    let pin = operation::pin_limited(id)?;
    let slot = pin.slot();
    let at = time::clamp(at);
    let concerned = match direction {
        READ => Direction::Read,
        WRITE => Direction::Write,
        _ => Direction::None,
    };
    slot.announce(concerned, |_| {
        if direction & READ != 0 {
            slot.read_deadline.store(at, Ordering::SeqCst);
        }
        if direction & WRITE != 0 {
            slot.write_deadline.store(at, Ordering::SeqCst);
        }
    });
    operation::limits_changed(&pin);
    Ok(0)
}
