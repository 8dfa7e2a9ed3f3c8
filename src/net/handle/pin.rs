//! Pinning: while a call holds a pin, its handle's descriptor stays open and is nobody else's.

use super::slot::{Kind, Slot};
use super::{close, fork, table};
use crate::net::cancel::Token;
use crate::net::error::{Code, Result};
use crate::net::time::FOREVER;
use crate::sys::{self, NO_ENTRY, Record, Registry};
use std::sync::atomic::Ordering;

/// What a call does with a handle: which deadline it obeys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Neither: the call cannot wait.
    None = 0,
    /// Receive and accept.
    Read = 1,
    /// Send and connect.
    Write = 2,
}

/// A handle in use by one call of the calling thread.
pub struct Pin {
    slot: &'static Slot,
    record: &'static Record,
    /// The place in the record; [`COUNTED`] is added when the slot counts the call.
    at: u32,
    /// The token that was attached, but closed already, when the call began; 0 is none.
    closed_token: i64,
}

/// Marks the place of a call that no entry names.
const COUNTED: u32 = 1 << 31;
/// A counted call without a place to be woken at.
const NOWHERE: u32 = COUNTED | (NO_ENTRY >> 1);

/// A socket in use by a call that does one thing and ends: the pin of the hot path. It has no
/// destructor, so that the compiler keeps it in registers; [`Glance::end`] must be called.
pub struct Glance {
    slot: &'static Slot,
    record: &'static Record,
}

impl Glance {
    /// Pins a socket if that takes no more than a look: it is open, this thread may pin it without a
    /// mark and is inside no other hot call, and it wants no attention. Otherwise [`pin`] finds out what
    /// there is to say, after [`settle`] where there is a slot to settle.
    #[inline(always)]
    pub fn begin(id: i64) -> std::result::Result<Glance, Option<&'static Slot>> {
        let Some(slot) = table::slot_unchecked(id) else { return Err(None) };
        let Some(record) = Registry::current_if_any() else { return Err(None) };
        if !record.enter_first(slot.key()) {
            return Err(None);
        }
        if slot.word().admits(id, record.number()) {
            return Ok(Glance { slot, record });
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

    /// The descriptor, open until [`Glance::end`].
    #[inline(always)]
    pub fn fd(&self) -> i32 {
        self.slot.fd.load(Ordering::Relaxed)
    }

    /// Unpins. True: nobody closes the handle. Else [`settle`] must follow.
    #[inline(always)]
    pub fn end(self) -> bool {
        self.record.leave_first();
        !self.slot.word().is_closing()
    }
}

/// The second half of leaving: tells whoever closes the handle.
pub fn settle(slot: &'static Slot) {
    if slot.word().is_closing() {
        close::left(slot);
    }
}

/// Pins a handle, after looking at what must end a call of this direction before it begins: a stale
/// or foreign handle, a token that has fired, a deadline that has passed.
pub fn pin(id: i64, kind: Kind, direction: Direction) -> Result<Pin> {
    // Locks of a child that no handler has seen to may belong to threads that are not there.
    fork::settle();
    let slot = table::slot(id).ok_or(Code::errno(libc::EBADF))?;
    let record = Registry::current();
    let mut at = record.enter(slot.key());
    let counted = at == NO_ENTRY;
    if counted {
        slot.count.fetch_add(1, Ordering::SeqCst);
        at = match record.enter_counted(slot.key()) {
            NO_ENTRY => NOWHERE,
            at => at | COUNTED,
        };
    }
    // From here on a failure unpins, by the pin's destructor.
    let mut pin = Pin { slot, record, at, closed_token: 0 };
    let mut word = slot.word();
    loop {
        if let Some(code) = Slot::refusal(word, id, kind) {
            return Err(code);
        }
        if counted {
            break;
        }
        match slot.mark_shared(word, record) {
            Ok(()) => break,
            Err(now) => word = now,
        }
    }
    if word.needs_attention() && direction != Direction::None {
        pin.closed_token = pin.attend(direction)?;
    }
    Ok(pin)
}

/// Pins a socket for a call that cannot wait.
pub fn use_socket(id: i64) -> Result<Pin> {
    pin(id, Kind::Socket, Direction::None)
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
        self.slot.fd.load(Ordering::Relaxed)
    }

    /// The thread's record and the place in it where this call can be woken, if it has one.
    pub fn place(&self) -> Option<(&'static Record, u32)> {
        (self.at != NOWHERE).then_some((self.record, self.at & !COUNTED))
    }

    /// Whether the handle is being closed.
    pub fn is_closing(&self) -> bool {
        self.slot.word().is_closing()
    }

    /// The deadline of a direction, as last set.
    pub fn deadline(&self, direction: Direction) -> i64 {
        match direction {
            Direction::None => FOREVER,
            Direction::Read => self.slot.read_deadline.load(Ordering::SeqCst),
            Direction::Write => self.slot.write_deadline.load(Ordering::SeqCst),
        }
    }

    /// The token that this call must obey, pinned; `None` when there is none. Ends the call when it
    /// has fired.
    ///
    /// A token that is closed has fired first. Whoever waited with it may only find it gone; so what
    /// counts is whether it was gone already when the call began.
    pub fn token(&self) -> Result<Option<Token>> {
        loop {
            let id = self.slot.token.load(Ordering::SeqCst);
            if id == 0 || id == self.closed_token {
                return Ok(None);
            }
            match Token::pin(id) {
                Some(token) if !token.has_fired() => return Ok(Some(token)),
                // It ends the call only if it was still attached when it fired.
                _ if self.slot.token.load(Ordering::SeqCst) == id => return Err(Code::CANCELED),
                _ => continue,
            }
        }
    }

    /// What ends a call before it tries: the token, the deadline, an error left by an earlier call.
    /// Gives the token that is attached but closed.
    fn attend(&self, direction: Direction) -> Result<i64> {
        let token = self.slot.token.load(Ordering::SeqCst);
        let closed = token != 0 && Token::pin(token).is_none();
        if !closed {
            self.token()?;
        }
        let deadline = self.deadline(direction);
        if deadline != FOREVER && deadline <= sys::now() {
            return Err(Code::TIMED_OUT);
        }
        let mut guarded = self.slot.guarded.lock();
        match std::mem::take(&mut guarded.pending) {
            0 => Ok(if closed { token } else { 0 }),
            errno => {
                self.slot.update_attention(&guarded);
                Err(Code::errno(errno))
            }
        }
    }

    /// Keeps an error that came after bytes had moved, for the next call.
    pub fn leave_error(&self, errno: i32) {
        let mut guarded = self.slot.guarded.lock();
        guarded.pending = errno;
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
    // Not below zero: a fork has forgotten the counts of all threads, this one's too.
    let _ = pin.slot.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;
    use std::time::Instant;

    /// Every pin of an open handle is taken and left at first sight. What one costs is printed for
    /// bench/run, which knows the goal.
    #[test]
    #[cfg(not(miri))]
    fn is_taken_and_left_at_first_sight() {
        const PINS: u32 = 1000;
        let (id, slot) = table::open(Kind::Socket, -1).expect("a handle");
        let block = || {
            let start = Instant::now();
            for _ in 0..PINS {
                let glance = Glance::begin(black_box(id)).ok().expect("a handle of this thread");
                black_box(glance.fd());
                assert!(glance.end());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(PINS)
        };
        assert!(pin(id, Kind::Socket, Direction::None).is_ok(), "a record for this thread");
        // The quickest block is the one that nothing disturbed.
        let cost = (0..2000).map(|_| block()).fold(f64::INFINITY, f64::min);
        println!("pin and unpin: {cost:.2} ns");
        assert!(close::finish(slot).is_ok());
    }
}
