//! Deadlines: moments that end the calls of a direction, also those that already wait.

use super::error::{Code, Result};
use super::handle::{Direction, Id, Wake, pin_limited};
use super::time::Nanos;

/// Receive and accept.
pub const READ: i32 = 1;
/// Send and connect.
pub const WRITE: i32 = 2;

/// Sets the deadline of one direction or both. An operation obeys that of reading.
pub fn set(id: Id, direction: i32, at: Nanos) -> Result<i32> {
    let invalid = Code::errno(libc::EINVAL);
    if direction & !(READ | WRITE) != 0 || direction == 0 {
        return Err(
            invalid.because(format_args!("direction: {direction} is not SOCK_READ, SOCK_WRITE or both"))
        );
    }
    if at.is_negative() {
        return Err(invalid.because(format_args!("at_ns: {} is negative", at.0)));
    }
    let pin = pin_limited(id)?;
    let slot = pin.slot();
    let at = at.clamped();
    let wake = match direction {
        READ => Wake::Only(Direction::Read),
        WRITE => Wake::Only(Direction::Write),
        _ => Wake::All,
    };
    slot.announce(wake, || {
        if direction & READ != 0 {
            slot.set_deadline(Direction::Read, at);
        }
        if direction & WRITE != 0 {
            slot.set_deadline(Direction::Write, at);
        }
    });
    Ok(0)
}
