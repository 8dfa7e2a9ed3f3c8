//! Blocking, non-blocking and timeout mode, and the O_NONBLOCK flag that goes with them.
//!
//! A descriptor that libsock made is O_NONBLOCK inside. From the moment its number can be seen the
//! flag is the user's: off in blocking mode, on otherwise, as Python has it (R27).
//!
//! accept, connect, sendfile and splice take no flag against blocking. They rely on O_NONBLOCK only as long as
//! nobody else can reach the open file description ([`Relying`]). Otherwise each has its own way: see `accept.rs`,
//! `connect.rs` and `sendfile.rs`. No lock of a slot is held across any of them.

use super::error::{Code, Result};
use super::handle::{Id, Slot, pin_socket};
use super::time::Nanos;
use crate::sys;
use std::sync::atomic::{AtomicI64, Ordering};

/// The mode of handles made from now on.
static DEFAULT: AtomicI64 = AtomicI64::new(Nanos::FOREVER.0);

/// The lock that keeps handles which share one open file description, also in processes that were forked from
/// each other, from switching its flag against each other. It is not a slot's lock: closing a handle and changing
/// its limits do not need it.
const SWITCHING: u32 = 0;

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
    let _alone = alone(slot);
    let _guarded = slot.lock();
    if slot.is_visible() {
        switch(slot, timeout != Nanos::FOREVER)?;
    }
    slot.set_timeout(timeout);
    Ok(0)
}

/// Where other processes and handles have the same description: keeps them from calls that need the flag on.
fn alone(slot: &Slot) -> Option<sys::SharedLock> {
    slot.known_flag().is_none().then(|| sys::SharedLock::take(SWITCHING))
}

/// Gives the flag of a mode, unless libsock knows that it is so already. Under the slot's lock, which the call
/// does not hold up: the kernel changes one word.
fn switch(slot: &Slot, nonblock: bool) -> Result<()> {
    if slot.known_flag() != Some(nonblock) {
        sys::set_nonblock(slot.fd(), nonblock)?;
        slot.note_flag(nonblock);
    }
    Ok(())
}

/// As [`switch`], to the mode that the handle has.
fn follow(slot: &Slot) -> Result<()> {
    let _alone = alone(slot);
    let _guarded = slot.lock();
    switch(slot, slot.timeout() != Nanos::FOREVER)
}

/// How long [`expose`] waits for calls that rely on the flag. They do not block; a file on a slow disk can
/// still hold one of them up.
const RELYING_LIMIT: Nanos = Nanos::from_millis(100);

/// Makes the descriptor's number public: from here on the flag is the user's.
pub fn expose(slot: &Slot) -> Result<i32> {
    if !slot.is_visible() {
        slot.share();
        let unused = slot.wait_for_relying(RELYING_LIMIT);
        let _alone = alone(slot);
        let _guarded = slot.lock();
        if !unused {
            // The last of the calls switches it, if it sees this before it ends: see `Relying`.
            slot.set_visible();
        }
        if unused || !slot.is_still_relied_on() {
            switch(slot, slot.timeout() != Nanos::FOREVER)?;
        }
        slot.set_visible();
    }
    Ok(slot.fd())
}

/// Gives a descriptor that leaves its handle the flag of the mode.
pub fn hand_back(slot: &Slot) {
    // It fails only when the program has closed the descriptor already; the number is its own.
    let _ = follow(slot);
    sys::hand_back(slot.fd(), slot.timeout() != Nanos::FOREVER);
}

/// A system call that relies on O_NONBLOCK, because it has no flag of its own against blocking.
pub struct Relying<'a>(&'a Slot);

impl Relying<'_> {
    /// `None` where somebody else may switch the flag: the call must be made in another way.
    pub fn begin(slot: &Slot) -> Option<Relying<'_>> {
        let begun = slot.begin_relying();
        let relying = Relying(slot);
        begun.then_some(relying)
    }
}

impl Drop for Relying<'_> {
    fn drop(&mut self) {
        if self.0.end_relying() && self.0.is_visible() {
            let _ = follow(self.0);
        }
    }
}

/// Runs a system call on a description that others may have: sets the flag anew before it, and afterwards
/// clears it where it was clear. `call` still blocks if somebody else clears the flag in between.
pub fn without_blocking<T>(slot: &Slot, call: impl FnOnce(i32) -> sys::Result<T>) -> sys::Result<T> {
    let fd = slot.fd();
    let _alone = sys::SharedLock::take(SWITCHING);
    if sys::nonblock(fd)? {
        return call(fd);
    }
    sys::set_nonblock(fd, true)?;
    let result = call(fd);
    // It could be switched on, so it can be switched off.
    let _ = sys::set_nonblock(fd, false);
    result
}
