//! Blocking, non-blocking and timeout mode, and the O_NONBLOCK flag that goes with them.
//!
//! A descriptor that libsock made is O_NONBLOCK inside. From the moment its number can be seen the
//! flag is the user's: off in blocking mode, on otherwise, as Python has it (R27). What must not
//! block although the flag is off sets it just around the call, under the slot's lock.

use super::error::{Code, Result};
use super::handle::{Guarded, Id, Slot, pin_socket};
use super::time::Nanos;
use crate::sys::{self, Lock};
use std::sync::atomic::{AtomicI64, Ordering};

/// The mode of handles made from now on.
static DEFAULT: AtomicI64 = AtomicI64::new(Nanos::FOREVER.0);

/// Keeps handles that share one open file description from switching its flag against each other.
static DUPLICATES: Lock<()> = Lock::new(());

fn checked(timeout: Nanos) -> Result<Nanos> {
    if timeout.is_negative() {
        let ns = timeout.0;
        return Err(Code::errno(libc::EINVAL).because(format_args!("ns: {ns} is negative")));
    }
    Ok(timeout.clamped())
}

/// The default timeout of the process.
pub fn default_timeout() -> Nanos {
    Nanos(DEFAULT.load(Ordering::Relaxed))
}

/// Sets the default timeout; handles that exist keep theirs (R38).
pub fn set_default_timeout(timeout: Nanos) -> Result<i32> {
    DEFAULT.store(checked(timeout)?.0, Ordering::Relaxed);
    Ok(0)
}

/// The timeout of a handle.
pub fn timeout(id: Id) -> Result<Nanos> {
    Ok(pin_socket(id)?.slot().timeout())
}

/// Sets the timeout of a handle. A failure changes nothing; a wait that runs keeps its own (R49).
pub fn set_timeout(id: Id, timeout: Nanos) -> Result<i32> {
    let timeout = checked(timeout)?;
    let pin = pin_socket(id)?;
    let slot = pin.slot();
    let mut guarded = slot.lock();
    let nonblock = timeout != Nanos::FOREVER;
    if guarded.fd_exposed && (guarded.nonblock != nonblock || guarded.shares_description) {
        sys::set_nonblock(pin.fd(), nonblock)?;
        guarded.nonblock = nonblock;
    }
    slot.set_timeout(timeout);
    Ok(0)
}

/// Makes the descriptor's number public: from here on the flag is the user's.
pub fn expose(slot: &Slot, guarded: &mut Guarded) -> Result<i32> {
    let fd = slot.fd();
    if !guarded.fd_exposed {
        let nonblock = slot.timeout() != Nanos::FOREVER;
        if guarded.nonblock != nonblock {
            sys::set_nonblock(fd, nonblock)?;
            guarded.nonblock = nonblock;
        }
        guarded.fd_exposed = true;
    }
    Ok(fd)
}

/// Runs a system call that has no flag of its own against blocking, so that it does not block.
pub fn without_blocking<T>(slot: &Slot, call: impl FnOnce(i32) -> sys::Result<T>) -> sys::Result<T> {
    let guarded = slot.lock();
    let fd = slot.fd();
    if guarded.nonblock && !guarded.shares_description {
        return call(fd);
    }
    let _alone = guarded.shares_description.then(|| DUPLICATES.lock());
    sys::set_nonblock(fd, true)?;
    let result = call(fd);
    if slot.timeout() == Nanos::FOREVER {
        // It could be switched on, so it can be switched off.
        let _ = sys::set_nonblock(fd, false);
    }
    result
}

/// In a new process: takes the lock from a thread that does not exist here.
pub fn after_fork_child() {
    DUPLICATES.reset_after_fork();
}
