//! The end of a handle: wake all calls in flight, wait until they have left, close.

use super::direction::Wake;
use super::id::Id;
use super::no_fork::NoForkGuard;
use super::slot::Slot;
use super::word::Kind;
use super::{table, waiters, watch};
use crate::net::error::{Code, Result};
use crate::net::time::{self, Nanos};
use crate::sys::{self, ThreadRecord, Threads};
use std::mem::take;

/// How long a close waits for calls in flight before it leaves the closing to the last of them:
/// a call may be inside a hook of the program that waits for the closing thread.
const HAND_OVER_AFTER: Nanos = Nanos::from_millis(100);

/// Closes a handle of any kind. The answer of close(2); success at once where the last call in
/// flight will close.
pub fn close(id: Id) -> Result<i32> {
    sys::settle_if_forked();
    let slot = table::slot(id)?;
    let _closing = Closing::begin(slot);
    match end(slot, id, Some(HAND_OVER_AFTER))? {
        Left::All => finish(slot).map(|()| 0),
        Left::HandedOver => Ok(0),
    }
}

/// A failure that closes the handle which it happened to.
pub fn abandon(id: Id, code: Code) -> Code {
    // No one else has the handle: its end can only be late, not wrong.
    let _ = close(id);
    code
}

/// Gives the descriptor back instead of closing it. Never leaves that to another call: from inside
/// a call on the same handle it changes nothing and answers EDEADLK. `prepare` gets the descriptor
/// ready for its new owner, when no call uses it any more.
pub fn detach(id: Id, prepare: impl FnOnce(&Slot)) -> Result<i32> {
    sys::settle_if_forked();
    let slot = table::slot(id)?;
    if is_inside(slot) {
        return Err(Code::errno(libc::EDEADLK)
            .because(format_args!("handle {id}: a call on it is running in this thread")));
    }
    let _closing = Closing::begin(slot);
    end(slot, id, None)?;
    prepare(slot);
    let _no_fork = NoForkGuard::enter();
    let fd = slot.give_fd_back();
    table::free(slot);
    Ok(fd)
}

/// While it lives, this thread is closing a handle: a child that a signal handler forks off leaves the slot to
/// the close that goes on in it.
struct Closing(&'static ThreadRecord, usize);

impl Closing {
    fn begin(slot: &Slot) -> Closing {
        let record = Threads::current();
        Closing(record, if record.number() == 0 { 0 } else { record.set_closing(slot.key()) })
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if self.0.number() != 0 {
            self.0.set_closing(self.1);
        }
    }
}

enum Left {
    All,
    HandedOver,
}

/// Ends a handle up to the moment when no call uses it any more.
fn end(slot: &'static Slot, id: Id, patience: Option<Nanos>) -> Result<Left> {
    let before = slot.begin_close(id)?;
    let alone = slot.is_only_of(before, Threads::current());
    let (object, watched) = {
        // The usual end of a handle: no one else has ever used it, and this thread does not now.
        // Only then may the barrier be skipped: a call that leaves later must see all others' leaving.
        let quiet = alone && !is_inside(slot) && slot.overflow_pins() == 0 && slot.running_fires() == 0;
        if !quiet && sys::barrier_ready() {
            sys::barrier();
        }
        let mut guarded = slot.lock();
        guarded.barrier_done = true;
        if !quiet {
            waiters::signal(&guarded, Wake::All);
        }
        let (object, watched) = (guarded.object().cloned(), guarded.watched != 0);
        if quiet && object.is_none() && !watched {
            return Ok(Left::All);
        }
        (object, watched)
    };
    object.inspect(|object| object.closing());
    if watched {
        // Before the descriptor is closed: with a duplicate of it the kernel would keep the registration.
        watch::ended(id, slot);
    }
    Ok(wait_until_left(slot, patience))
}

/// Waits until no call uses the handle. With a limit to its patience, or from inside a call on the
/// same handle, it hands the rest over to the last of them.
fn wait_until_left(slot: &Slot, patience: Option<Nanos>) -> Left {
    let limit = patience.map(|span| time::now().after(span));
    loop {
        let seen = slot.leave_seq();
        let mut remaining = None;
        {
            let mut guarded = slot.lock();
            let inside = is_inside(slot);
            let called = inside || Threads::names(slot.key()) || slot.overflow_pins() > 0;
            let firing = slot.running_fires() > 0;
            if !called && !firing {
                return Left::All;
            }
            if let Some(limit) = limit {
                let left = limit - time::now();
                // A fire ends by itself, and must not close: it may be a signal handler.
                if called && !firing && (inside || left <= Nanos::ZERO) {
                    guarded.handed_over = true;
                    return Left::HandedOver;
                }
                remaining = Some(left.max(Nanos::from_millis(1)));
            }
        }
        slot.wait_for_leave(seen, remaining);
    }
}

/// Whether this thread is inside a call on the handle, as a hook is.
fn is_inside(slot: &Slot) -> bool {
    let record = Threads::current();
    // Beyond its entries a thread cannot distinguish its own counted calls from others': assume the worst.
    record.names(slot.key()) || record.is_overflowing() && slot.overflow_pins() > 0
}

/// Called by a call that has left a handle which is being closed.
#[cold]
#[inline(never)]
pub fn left(slot: &'static Slot) {
    let mine = {
        let mut guarded = slot.lock();
        // The slot may have gone on to its next life since.
        if !slot.word().is_closing() || !guarded.barrier_done {
            return;
        }
        if Threads::names(slot.key()) || slot.overflow_pins() > 0 {
            return;
        }
        take(&mut guarded.handed_over)
    };
    if mine {
        // The closer has long returned: no one is left to report an error to.
        let _ = finish(slot);
    } else {
        slot.wake_closer();
    }
}

/// Ends the object behind the handle, closes the descriptor and frees the slot.
pub fn finish(slot: &Slot) -> Result<()> {
    let _closing = Closing::begin(slot);
    let socket = slot.word().is_kind(Kind::Socket);
    let ended = if socket { Ok(()) } else { finish_object(slot) };
    if slot.may_linger() {
        if let Some(socket) = sys::socket_id(slot.fd()) {
            return close_apart(slot, socket);
        }
    }
    let _no_fork = NoForkGuard::enter();
    let fd = slot.take_fd();
    // The number of an event descriptor may be that of something else by now: the program never knew it.
    let result = if fd >= 0 && (socket || sys::is_ours(fd)) { sys::close(fd) } else { Ok(()) };
    table::free(slot);
    ended.and(result.map_err(Code::from))
}

/// Closes a socket that may linger. No fork waits for that: the kernel takes the number out of its table first
/// and lingers afterwards, and a child that finds the slot like this closes the number only if it is still the
/// socket's.
fn close_apart(slot: &Slot, socket: u64) -> Result<()> {
    slot.begin_close_apart(socket);
    let result = sys::close(slot.fd());
    let _no_fork = NoForkGuard::enter();
    slot.take_fd();
    table::free(slot);
    Ok(result?)
}

/// Nothing in the slot's way: this may wait. The object itself ends with the slot, in the part that no fork divides:
/// a child would keep its descriptors open and not know them.
fn finish_object(slot: &Slot) -> Result<()> {
    let object = slot.lock().object().cloned();
    object.map_or(Ok(()), |object| object.finish())
}
