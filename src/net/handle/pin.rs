//! Pinning: while a call holds a pin, its handle's descriptor stays open and is nobody else's.

use super::slot::{Kind, Slot, Word};
use super::{close, table};
use crate::net::cancel;
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
    at: u32,
    counted: bool,
    id: i64,
}

/// Pins a handle, after looking at what must end a call of this direction before it begins.
#[inline(always)]
pub fn pin(id: i64, kind: Kind, direction: Direction) -> Result<Pin> {
    let Some(slot) = table::slot(id) else { return Err(Code::errno(libc::EBADF)) };
    let record = Registry::current();
    let at = record.enter(table::key(id));
    if at != NO_ENTRY && slot.word().admits(Word::expected(id, kind), record.number()) {
        return Ok(Pin { slot, record, at, counted: false, id });
    }
    pin_slowly(slot, record, at, id, kind, direction)
}

/// The rest of [`pin`]: a stale or foreign handle, a thread new to the handle, one whose calls must
/// be counted, or a handle that wants attention.
#[cold]
#[inline(never)]
fn pin_slowly(
    slot: &'static Slot, record: &'static Record, at: u32, id: i64, kind: Kind, direction: Direction,
) -> Result<Pin> {
    let counted = at == NO_ENTRY;
    let at = if counted {
        slot.count.fetch_add(1, Ordering::SeqCst);
        record.enter_counted(table::key(id))
    } else {
        at
    };
    // From here on a failure unpins, by the pin's destructor.
    let pin = Pin { slot, record, at, counted, id };
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
        pin.attend(direction)?;
    }
    Ok(pin)
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

    /// The handle's number.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The thread's record and the place in it where this call can be woken, if it has one.
    pub fn place(&self) -> Option<(&'static Record, u32)> {
        (self.at != NO_ENTRY).then_some((self.record, self.at))
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

    /// What ends a call before it tries: the token, the deadline, an error left by an earlier call.
    fn attend(&self, direction: Direction) -> Result<()> {
        let token = self.slot.token.load(Ordering::SeqCst);
        if token != 0 && cancel::has_fired(token) {
            return Err(Code::CANCELED);
        }
        let deadline = self.deadline(direction);
        if deadline != FOREVER && deadline <= sys::now() {
            return Err(Code::TIMED_OUT);
        }
        let mut guarded = self.slot.guarded.lock();
        match std::mem::take(&mut guarded.pending) {
            0 => Ok(()),
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
    #[inline(always)]
    fn drop(&mut self) {
        if self.counted {
            unpin_counted(self);
        } else {
            self.record.leave(self.at);
        }
        if self.slot.word().is_closing() {
            close::left(self.slot, table::key(self.id));
        }
    }
}

#[cold]
#[inline(never)]
fn unpin_counted(pin: &Pin) {
    pin.record.leave_counted(pin.at);
    // Not below zero: a fork has forgotten the counts of all threads, this one's too.
    let _ = pin.slot.count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
}
