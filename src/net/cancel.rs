//! Cancel tokens: one switch that ends every call it is attached to, thrown once, also from a signal
//! handler.

use super::error::{Code, Result};
use super::handle::{self, Direction, FIRED, Kind, Pin, Section, Slot, pin};
use super::operation;
use crate::sys;
use std::sync::atomic::Ordering;

/// A new token.
pub fn create() -> Result<i64> {
    handle::start()?;
    let _section = Section::enter();
    let (id, slot) = handle::open(Kind::Cancel, sys::event_fd()?)?;
    handle::claim_event(slot);
    Ok(id)
}

/// Fires a token: now and for ever. Nothing but atomic instructions and one write(2), and never the
/// thread's record: it may run in a signal handler, anywhere inside another call.
pub fn fire(id: i64) -> Result<()> {
    let slot = handle::slot(id).ok_or(Code::errno(libc::EBADF))?;
    slot.fires.fetch_add(1, Ordering::SeqCst);
    let refusal = Slot::refusal(slot.word(), id, Kind::Cancel);
    if refusal.is_none() {
        slot.fires.fetch_or(FIRED, Ordering::SeqCst);
        let fd = slot.fd.load(Ordering::SeqCst);
        // In a child that has not settled yet the descriptor is the parent's, and nobody waits here.
        if fd >= 0 && !sys::forked() {
            sys::signal(fd);
        }
    }
    let before = slot.fires.fetch_sub(1, Ordering::SeqCst);
    if before & !FIRED == 1 && slot.word().is_closing() {
        slot.gate.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&slot.gate, 1);
    }
    refusal.map_or(Ok(()), Err)
}

/// Fires what is about to be closed, if it is a token: its waiters must not miss it.
pub fn fire_before_close(id: i64) {
    if handle::slot(id).is_some_and(|slot| slot.word().is_kind(Kind::Cancel)) {
        let _ = fire(id);
    }
}

/// Attaches a token to a socket or an operation, or detaches the one that is attached (0). Calls that
/// already wait obey it.
pub fn attach(socket: i64, token: i64) -> Result<i32> {
    let socket = operation::pin_limited(socket)?;
    if token != 0 {
        drop(pin(token, Kind::Cancel, Direction::None)?);
    }
    let slot = socket.slot();
    slot.announce(Direction::None, |_| slot.token.store(token, Ordering::SeqCst));
    operation::limits_changed(&socket);
    Ok(0)
}

/// A token in use by a wait.
pub struct Token(Pin);

impl Token {
    /// Pins a token; `None` when it is closed.
    pub fn pin(id: i64) -> Option<Token> {
        pin(id, Kind::Cancel, Direction::None).ok().map(Token)
    }

    /// Whether it has fired.
    pub fn has_fired(&self) -> bool {
        self.0.slot().fires.load(Ordering::SeqCst) & FIRED != 0
    }

    /// The descriptor that becomes readable when it fires, made anew in the child of a fork; `None`
    /// when the process has no descriptor left. A token that fires later makes it readable.
    pub fn fd(&self) -> Option<i32> {
        let slot = self.0.slot();
        let fd = slot.fd.load(Ordering::SeqCst);
        if fd >= 0 {
            return Some(fd);
        }
        let _guarded = slot.guarded.lock();
        let fd = slot.fd.load(Ordering::SeqCst);
        if fd >= 0 {
            return Some(fd);
        }
        let fd = sys::into_number(sys::event_fd().ok()?);
        slot.fd.store(fd, Ordering::SeqCst);
        handle::claim_event(slot);
        if self.has_fired() {
            sys::signal(fd);
        }
        Some(fd)
    }

    /// Says what poll told of the descriptor. One that is ready though the token has not fired is not
    /// ours any more: the program has closed it under us. It is forgotten, and the next wait makes another.
    pub fn told(&self, fd: i32, ready: bool) {
        if ready && !self.has_fired() {
            let slot = self.0.slot();
            let _ = slot.fd.compare_exchange(fd, -1, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}
