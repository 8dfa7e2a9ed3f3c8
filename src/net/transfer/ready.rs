//! Waiting until a transfer is possible, without making one.

use crate::net::deadline::{READ, WRITE};
use crate::net::error::{Code, Result};
use crate::net::handle::{Direction, Id, Kind, pin};
use crate::net::time::{self, Nanos};
use crate::net::wait::Call;

fn refused(field: &str, value: i64, why: &str) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {value} {why}"))
}

/// Waits until a socket is ready for a direction, whatever its mode: 1, or 0 when the timeout has passed. A pending
/// error makes it ready, and is left for the call that follows.
pub fn wait(id: Id, direction: i32, timeout: Nanos) -> Result<i32> {
    let way = if direction == WRITE { Direction::Write } else { Direction::Read };
    let pin = pin(id, Kind::Socket, Some(way))?;
    if direction != READ && direction != WRITE {
        return Err(refused("direction", direction.into(), "is neither SOCK_READ nor SOCK_WRITE"));
    }
    if timeout.is_negative() {
        return Err(refused("timeout_ns", timeout.0, "is negative"));
    }
    let mut call = Call::with_timeout(&pin, way, timeout.clamped());
    if timeout == Nanos::ZERO {
        return Ok(call.is_ready()?.into());
    }
    // No look before the wait, which finds what is ready as well: the program's own call has usually just blocked.
    match call.wait() {
        Ok(()) => Ok(1),
        Err(code) if code == Code::TIMED_OUT && time::now() < pin.deadline(way) => Ok(0),
        Err(code) => Err(code),
    }
}
