//! A cancel token as its waits see it.

use super::id::Id;
use super::no_fork::NoForkGuard;
use super::pin::{Pin, pin};
use super::slot::Slot;
use super::table;
use super::word::Kind;
use crate::net::error::Result;
use crate::sys;

/// A token in use by a wait.
pub struct Token(Pin);

impl Token {
    /// Pins a token; `None` when it is closed.
    pub fn pin(id: Id) -> Option<Token> {
        pin(id, Kind::Cancel, None).ok().map(Token)
    }

    /// Whether it has fired.
    pub fn has_fired(&self) -> bool {
        self.0.slot().has_fired()
    }

    /// The descriptor that becomes readable when it fires, made again in the child of a fork; `None`
    /// when the process has no descriptor left. A token that fires later makes it readable.
    pub fn fd(&self) -> Option<i32> {
        let slot = self.0.slot();
        let fd = slot.event_fd();
        if fd >= 0 {
            return Some(fd);
        }
        let _no_fork = NoForkGuard::enter();
        let _guarded = slot.lock();
        let fd = slot.event_fd();
        if fd >= 0 {
            return Some(fd);
        }
        let fd = sys::into_number(sys::event_fd().ok()?);
        slot.set_event_fd(fd);
        table::own_event(slot);
        if self.has_fired() {
            sys::signal(fd);
        }
        Some(fd)
    }

    /// Looks whether a descriptor that [`Token::fd`] gave still is the token's; if not, the next wait makes
    /// another.
    pub fn prove(&self, fd: i32) -> bool {
        let proved = sys::is_ours(fd);
        if !proved {
            self.0.slot().lose_event_fd(fd);
        }
        proved
    }

    /// Notes whether poll reported the descriptor as ready. One that is ready although the token has not
    /// fired is no longer ours: the program has closed it. It is forgotten, and the next wait
    /// makes another.
    pub fn note_ready(&self, fd: i32, ready: bool) {
        if ready && !self.has_fired() {
            self.0.slot().lose_event_fd(fd);
        }
    }
}

/// Fires a token: now and forever. Nothing but atomic instructions, fcntl(2) and write(2), and never the
/// thread's record: it may run in a signal handler, anywhere inside another call.
pub fn fire(id: Id) -> Result<()> {
    let slot = table::slot(id)?;
    slot.begin_fire();
    let checked = id.check(slot.word(), Kind::Cancel);
    if checked.is_ok() {
        slot.set_fired();
        let fd = slot.event_fd();
        // In a child that has not settled yet the descriptor is the parent's, and no one waits here.
        if fd >= 0 && !sys::forked() && !sys::signal(fd) {
            // Who waits with it has not done so for long, and looks by itself.
            slot.lose_event_fd(fd);
        }
    }
    if slot.end_fire() && slot.word().is_closing() {
        slot.wake_closer();
    }
    checked
}

/// Wakes a wait on a poller, in the same way as [`fire`]: it may run in a signal handler.
pub fn wake_poller(id: Id) -> Result<()> {
    let slot = table::slot(id)?;
    slot.begin_fire();
    let checked = id.check(slot.word(), Kind::Poller);
    if checked.is_ok() {
        slot.add_wake();
        slot.signal_poller();
    }
    if slot.end_fire() && slot.word().is_closing() {
        slot.wake_closer();
    }
    checked
}

/// Whether the slot of a number is, or was last, that of a token.
pub fn is_token(id: Id) -> bool {
    table::slot(id).is_ok_and(|slot: &Slot| slot.word().is_kind(Kind::Cancel))
}
