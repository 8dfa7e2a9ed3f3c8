//! Pinning: while a call holds a pin, its handle's descriptor stays open and is no one else's.

use super::direction::Direction;
use super::id::Id;
use super::slot::Slot;
use super::token::Token;
use super::word::Kind;
use super::{close, table};
use crate::net::error::{Code, Result};
use crate::net::time::{self, Nanos};
use crate::sys::{self, NO_ENTRY, ThreadRecord, Threads};

/// A handle in use by one call of the calling thread.
pub struct Pin {
    slot: &'static Slot,
    record: &'static ThreadRecord,
    /// The place in the record; [`COUNTED`] is added when the slot counts the call.
    at: u32,
    /// The token that was attached, but closed already, when the call began; [`Id::NONE`] is none.
    closed_token: Id,
}

/// Marks the place of a call that no entry names.
const COUNTED: u32 = 1 << 31;
/// A counted call without a place to be woken at.
const NOWHERE: u32 = COUNTED | (NO_ENTRY >> 1);

/// A socket in use by a call that does one thing and ends: the pin of the hot path. It has no
/// destructor, so that the compiler keeps it in registers; [`FastPin::end`] must be called.
pub struct FastPin {
    slot: &'static Slot,
    record: &'static ThreadRecord,
}

impl FastPin {
    /// Pins a socket if that takes no more than a look: it is open, this thread may pin it without a
    /// mark and is inside no other hot call, and it wants no attention. Otherwise [`pin`] finds out why not,
    /// after [`notify_closer`] where there is a slot.
    #[inline(always)]
    pub fn begin(id: Id) -> std::result::Result<FastPin, Option<&'static Slot>> {
        let Some(slot) = table::slot_unchecked(id) else { return Err(None) };
        let record = Threads::current_or_full();
        if !record.enter_first(slot.key()) {
            return Err(None);
        }
        if slot.word().admits(id, record.number()) {
            return Ok(FastPin { slot, record });
        }
        // A failed pin leaves as any other: a closer may have seen its entry.
        record.leave_first();
        Err(Some(slot))
    }

    /// The slot.
    #[inline(always)]
    pub fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// The descriptor, open until [`FastPin::end`].
    #[inline(always)]
    pub fn fd(&self) -> i32 {
        self.slot.fd()
    }

    /// Unpins. True: no one closes the handle. Else [`notify_closer`] must follow.
    #[inline(always)]
    pub fn end(self) -> bool {
        self.record.leave_first();
        !self.slot.word().is_closing()
    }
}

/// The second half of leaving: wakes the thread that closes the handle, if there is one.
pub fn notify_closer(slot: &'static Slot) {
    if slot.word().is_closing() {
        close::left(slot);
    }
}

/// Pins a handle for a call of a direction, after looking at what must end it before it begins: a
/// stale or foreign handle, a token that has fired, a deadline that has passed. A call that cannot wait
/// has no direction, and obeys neither token nor deadline.
pub fn pin(id: Id, kind: Kind, direction: Option<Direction>) -> Result<Pin> {
    // Locks of a child that no handler has seen to may belong to threads that do not exist here.
    sys::settle_if_forked();
    match pin_by_a_look(id, kind) {
        Some(pin) => Ok(pin),
        None => pin_after_a_look(id, kind, direction),
    }
}

#[inline(never)]
fn pin_after_a_look(id: Id, kind: Kind, direction: Option<Direction>) -> Result<Pin> {
    let slot = table::slot(id)?;
    let record = Threads::current();
    let mut at = record.enter(slot.key());
    let counted = at == NO_ENTRY;
    if counted {
        slot.add_overflow_pin();
        at = match record.enter_counted(slot.key()) {
            NO_ENTRY => NOWHERE,
            at => at | COUNTED,
        };
    }
    // From here on a failure unpins, by the pin's destructor.
    let mut pin = Pin { slot, record, at, closed_token: Id::NONE };
    let mut word = slot.word();
    loop {
        id.check(word, kind)?;
        if counted {
            break;
        }
        match slot.mark_shared(word, record) {
            Ok(()) => break,
            Err(now) => word = now,
        }
    }
    if let Some(direction) = direction.filter(|_| word.needs_attention()) {
        pin.closed_token = pin.attend(direction)?;
    }
    Ok(pin)
}

/// As [`pin`] without a direction, if that takes no more than a look, as in [`FastPin::begin`]. `None` says nothing of
/// the handle. The child of a fork that no handler has seen to must have settled.
#[inline(always)]
pub fn pin_by_a_look(id: Id, kind: Kind) -> Option<Pin> {
    let slot = table::slot_unchecked(id)?;
    let record = Threads::current_or_full();
    let at = record.enter(slot.key());
    if at == NO_ENTRY {
        return None;
    }
    // A failed pin leaves as any other: a closer may have seen its entry.
    let pin = Pin { slot, record, at, closed_token: Id::NONE };
    slot.word().admits_kind(id, kind, record.number()).then_some(pin)
}

/// Pins a socket for a call that cannot wait.
pub fn pin_socket(id: Id) -> Result<Pin> {
    pin(id, Kind::Socket, None)
}

/// Pins a socket or an operation, for what both have: limits and a descriptor.
pub fn pin_limited(id: Id) -> Result<Pin> {
    match pin_socket(id) {
        Err(code) if code == Id::wrong_kind() => pin(id, Kind::Operation, None),
        result => result,
    }
}

impl Pin {
    /// The slot, which cannot change its generation while this lives.
    #[inline(always)]
    pub fn slot(&self) -> &'static Slot {
        self.slot
    }

    /// The descriptor, open while this lives.
    #[inline(always)]
    pub fn fd(&self) -> i32 {
        self.slot.fd()
    }

    /// The thread's record and the place in it where this call can be woken, if it has one.
    pub fn place(&self) -> Option<(&'static ThreadRecord, u32)> {
        (self.at != NOWHERE).then_some((self.record, self.at & !COUNTED))
    }

    /// Whether the handle is being closed.
    pub fn is_closing(&self) -> bool {
        self.slot.word().is_closing()
    }

    /// The deadline of a direction, as last set.
    pub fn deadline(&self, direction: Direction) -> Nanos {
        self.slot.deadline(direction)
    }

    /// The token that this call must obey, pinned; `None` when there is none. Ends the call when it
    /// has fired.
    ///
    /// A token that is closed has fired first. A waiter may find it gone already; so what
    /// counts is whether it was gone already when the call began.
    pub fn token(&self) -> Result<Option<Token>> {
        loop {
            let id = self.slot.token();
            if id == Id::NONE || id == self.closed_token {
                return Ok(None);
            }
            match Token::pin(id) {
                Some(token) if !token.has_fired() => return Ok(Some(token)),
                // It ends the call only if it was still attached when it fired.
                _ if self.slot.token() == id => return Err(Code::CANCELED),
                _ => continue,
            }
        }
    }

    /// What ends a call before it tries: the token, the deadline, an error left by an earlier call.
    /// Returns the token that is attached but closed, or [`Id::NONE`].
    fn attend(&self, direction: Direction) -> Result<Id> {
        let token = self.slot.token();
        let closed = token != Id::NONE && Token::pin(token).is_none();
        if !closed {
            self.token()?;
        }
        let deadline = self.deadline(direction);
        if deadline != Nanos::FOREVER && deadline <= time::now() {
            return Err(Code::TIMED_OUT);
        }
        let mut guarded = self.slot.lock();
        match std::mem::take(&mut guarded.pending_errno) {
            0 => Ok(if closed { token } else { Id::NONE }),
            errno => {
                self.slot.update_attention(&guarded);
                Err(Code::errno(errno.into()))
            }
        }
    }

    /// Keeps an error that came after bytes had moved, for the next call.
    pub fn leave_error(&self, errno: i32) {
        let mut guarded = self.slot.lock();
        guarded.pending_errno = errno as u16; // error numbers end at 4095
        self.slot.update_attention(&guarded);
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        if self.at & COUNTED == 0 {
            self.record.leave(self.at);
        } else {
            unpin_counted(self);
        }
        if self.slot.word().is_closing() {
            close::left(self.slot);
        }
    }
}

#[cold]
#[inline(never)]
fn unpin_counted(pin: &Pin) {
    if pin.at != NOWHERE {
        pin.record.leave_counted(pin.at & !COUNTED);
    }
    pin.slot.drop_overflow_pin();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::time::Instant;

    /// Every pin of an open handle is taken and left at first sight. What one costs is printed for
    /// bench/run, which knows the goal.
    #[test]
    #[cfg(not(any(miri, sock_portable)))] // counted pins have no first sight
    fn is_taken_and_left_at_first_sight() {
        const PINS: u32 = 1000;
        let (id, slot) = table::open_number(Kind::Socket, -1).expect("a handle");
        let block = || {
            let start = Instant::now();
            for _ in 0..PINS {
                let fast = FastPin::begin(black_box(id)).ok().expect("a handle of this thread");
                black_box(fast.fd());
                assert!(fast.end());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(PINS)
        };
        assert!(pin_socket(id).is_ok(), "a record for this thread");
        // The quickest block is the one that nothing disturbed.
        let cost = (0..2000).map(|_| block()).fold(f64::INFINITY, f64::min);
        println!("pin and unpin: {cost:.2} ns");
        assert!(close::finish(slot).is_ok());
    }
}
