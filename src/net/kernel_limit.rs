//! What the kernel keeps for a socket's waits, and libsock must know because it waits instead: SO_RCVTIMEO and
//! SO_SNDTIMEO, which end the waits of blocking mode, and SO_RCVLOWAT.
//!
//! All three belong to the open file description. A handle knows what was set through it, what was there when it
//! was adopted or accepted, and finds out what another holder has set when a wait has lasted a moment.

use super::handle::{Direction, Slot};
use super::time::Nanos;
use crate::sys;
use libc::{SO_RCVLOWAT, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET};

/// The span that the kernel has in SO_RCVTIMEO or SO_SNDTIMEO; no limit is [`Nanos::FOREVER`]. A negative one
/// reads as none.
fn read(slot: &Slot, direction: Direction) -> Nanos {
    let name = match direction {
        Direction::Read => SO_RCVTIMEO,
        Direction::Write => SO_SNDTIMEO,
    };
    let _alone = alone(slot, SOL_SOCKET, name);
    match sys::getsockopt_timeval(slot.fd(), SOL_SOCKET, name) {
        Ok((0, 0)) | Err(_) => Nanos::FOREVER,
        Ok((seconds, microseconds)) => {
            let seconds = seconds.saturating_mul(1_000_000_000);
            Nanos(seconds.saturating_add(microseconds.saturating_mul(1000))).clamped()
        }
    }
}

/// Waits for connects that have put their own SO_SNDTIMEO in the place of the program's, and keeps others from it:
/// for reading or setting an option of a description that others have too.
pub fn alone(slot: &Slot, level: i32, name: i32) -> Option<sys::SharedLock> {
    let replaced = level == SOL_SOCKET && [SO_SNDTIMEO, sys::number::SO_SNDTIMEO_NEW].contains(&name);
    (replaced && slot.is_shared()).then(|| slot.shared_lock())
}

/// Learns the limits of a socket that others have made.
pub fn learn(slot: &Slot) {
    for direction in [Direction::Read, Direction::Write] {
        slot.set_kernel_limit(direction, read(slot, direction));
    }
    learn_low_water(slot);
}

fn learn_low_water(slot: &Slot) {
    slot.set_low_water(sys::getsockopt_int(slot.fd(), SOL_SOCKET, SO_RCVLOWAT).is_ok_and(|mark| mark > 1));
}

/// Reads again what others may have set since: the limit of a direction.
pub fn refresh(slot: &Slot, direction: Direction) -> Nanos {
    if direction == Direction::Read {
        learn_low_water(slot);
    }
    match read(slot, direction) {
        // What was set negative reads as none.
        Nanos::FOREVER if slot.kernel_limit(direction) == Nanos::ZERO => {}
        limit => slot.set_kernel_limit(direction, limit),
    }
    slot.kernel_limit(direction)
}

/// Takes note of an option of SOL_SOCKET that was set.
pub fn note(slot: &Slot, name: i32, value: &[u8]) {
    if name == SO_RCVLOWAT {
        return learn_low_water(slot);
    }
    let direction = match name {
        SO_RCVTIMEO | sys::number::SO_RCVTIMEO_NEW => Direction::Read,
        SO_SNDTIMEO | sys::number::SO_SNDTIMEO_NEW => Direction::Write,
        _ => return,
    };
    let seconds = sys::seconds_of_limit(name, value);
    // The kernel waits not at all, and reports no limit.
    let limit = if seconds < 0 { Nanos::ZERO } else { read(slot, direction) };
    slot.set_kernel_limit(direction, limit);
}
