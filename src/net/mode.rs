//! Blocking, non-blocking and timeout mode, and the O_NONBLOCK flag that goes with them.
//!
//! A descriptor that libsock made is O_NONBLOCK inside. From the moment its number can be seen the
//! flag is the user's: off in blocking mode, on otherwise, as Python has it (R27). What must not
//! block although the flag is off sets it just around the call, under the slot's lock.

use super::error::{Code, Result};
use super::handle::{Direction, Guarded, Kind, Slot, pin};
use super::time::{self, FOREVER};
use crate::sys::{self, Lock, Outcome};
use std::sync::atomic::{AtomicI64, Ordering};

/// The mode of handles made from now on.
static DEFAULT: AtomicI64 = AtomicI64::new(FOREVER);

/// Keeps handles that share one open file description from switching its flag against each other.
static DUPLICATES: Lock<()> = Lock::new(());

fn checked(ns: i64) -> Result<i64> {
    if ns < 0 {
        return Err(Code::errno(libc::EINVAL).because(format_args!("timeout: {ns} is negative")));
    }
    Ok(time::clamp(ns))
}

/// The default timeout of the process.
pub fn default_timeout() -> i64 {
    DEFAULT.load(Ordering::Relaxed)
}

/// Sets the default timeout; handles that exist keep theirs (R38).
pub fn set_default_timeout(ns: i64) -> Result<i32> {
    DEFAULT.store(checked(ns)?, Ordering::Relaxed);
    Ok(0)
}

/// The timeout of a handle.
pub fn timeout(id: i64) -> Result<i64> {
    Ok(pin(id, Kind::Socket, Direction::None)?.slot().timeout.load(Ordering::Relaxed))
}

/// Sets the timeout of a handle. A failure changes nothing; a wait that runs keeps its own (R49).
pub fn set_timeout(id: i64, ns: i64) -> Result<i32> {
    let ns = checked(ns)?;
    let pin = pin(id, Kind::Socket, Direction::None)?;
    let slot = pin.slot();
    let mut guarded = slot.guarded.lock();
    let nonblock = ns != FOREVER;
    if guarded.seen && (guarded.nonblock != nonblock || guarded.duplicated) {
        sys::set_nonblock(pin.fd(), nonblock)?;
        guarded.nonblock = nonblock;
    }
    slot.timeout.store(ns, Ordering::Relaxed);
    if ns == 0 {
        slot.poll_first.store(0, Ordering::Relaxed);
    }
    Ok(0)
}

/// Makes the descriptor's number public: from here on the flag is the user's.
pub fn expose(slot: &Slot, guarded: &mut Guarded) -> Result<i32> {
    let fd = slot.fd.load(Ordering::Relaxed);
    if !guarded.seen {
        let nonblock = slot.timeout.load(Ordering::Relaxed) != FOREVER;
        if guarded.nonblock != nonblock {
            sys::set_nonblock(fd, nonblock)?;
            guarded.nonblock = nonblock;
        }
        guarded.seen = true;
    }
    Ok(fd)
}

/// Runs a system call that has no flag of its own against blocking, so that it does not block.
pub fn without_blocking<T>(slot: &Slot, call: impl FnOnce(i32) -> Outcome<T>) -> Outcome<T> {
    let guarded = slot.guarded.lock();
    let fd = slot.fd.load(Ordering::Relaxed);
    if guarded.nonblock && !guarded.duplicated {
        return call(fd);
    }
    let _alone = guarded.duplicated.then(|| DUPLICATES.lock());
    sys::set_nonblock(fd, true)?;
    let result = call(fd);
    if slot.timeout.load(Ordering::Relaxed) == FOREVER {
        // It could be switched on, so it can be switched off.
        let _ = sys::set_nonblock(fd, false);
    }
    result
}

/// In a new process: takes the lock from a thread that is not there.
pub fn settle_fork() {
    DUPLICATES.reset_after_fork();
}
