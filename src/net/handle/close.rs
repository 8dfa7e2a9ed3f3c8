//! The end of a handle: tell all calls in flight, wait until they have left, close.

use super::pin::Direction;
use super::slot::{FIRED, Kind, Slot};
use super::{fork, table, waiters};
use crate::net::error::{Code, Result};
use crate::net::time;
use crate::sys::{self, Registry};
use std::mem::take;
use std::sync::atomic::Ordering;

/// How long a close waits for calls in flight before it leaves the closing to the last of them:
/// a call may be inside a hook of the program that waits for the closing thread.
const PATIENCE: i64 = 100_000_000;

/// Closes a handle of any kind. The answer of close(2); success at once where the last call in
/// flight will close.
pub fn close(id: i64) -> Result<i32> {
    fork::settle();
    let slot = table::slot(id).ok_or(Code::errno(libc::EBADF))?;
    match end(slot, id, Some(PATIENCE))? {
        Left::All => finish(slot).map(|()| 0),
        Left::HandedOver => Ok(0),
    }
}

/// Gives the descriptor back instead of closing it. Never leaves that to another call: from inside
/// a call on the same handle it changes nothing and answers EDEADLK. `prepare` gets the descriptor
/// ready for its new owner, when no call uses it any more.
pub fn detach(id: i64, prepare: impl FnOnce(&Slot)) -> Result<i32> {
    fork::settle();
    let slot = table::slot(id).ok_or(Code::errno(libc::EBADF))?;
    if is_inside(slot) {
        return Err(Code::errno(libc::EDEADLK)
            .because(format_args!("handle {id}: a call on it is running in this thread")));
    }
    end(slot, id, None)?;
    prepare(slot);
    let _section = fork::Section::enter();
    // Nobody else is here any more: no swap is needed.
    let fd = slot.fd.load(Ordering::Relaxed);
    slot.fd.store(-1, Ordering::Relaxed);
    table::free(slot);
    Ok(fd)
}

enum Left {
    All,
    HandedOver,
}

/// Ends a handle up to the moment when no call uses it any more.
fn end(slot: &'static Slot, id: i64, patience: Option<i64>) -> Result<Left> {
    let before = slot.begin_close(id)?;
    let alone = slot.is_only_of(before, Registry::current());
    let (watchers, object) = {
        // The usual end of a handle: nobody else has ever used it, and this thread does not now.
        // Only then may the barrier be skipped: a call that leaves later must see all others' leaving.
        let quiet = alone && !is_inside(slot) && counted(slot) == 0 && fires(slot) == 0;
        if !quiet && sys::barrier_ready() {
            sys::barrier();
        }
        let mut guarded = slot.guarded.lock();
        guarded.barrier_done = true;
        if !quiet {
            waiters::signal(&guarded, Direction::None);
        }
        let told = guarded.extra.as_mut().map(|extra| (take(&mut extra.watchers), extra.object.clone()));
        if quiet && told.is_none() {
            return Ok(Left::All);
        }
        told.unwrap_or_default()
    };
    let fd = slot.fd.load(Ordering::Relaxed);
    watchers.iter().for_each(|watcher| watcher.closed(id, fd));
    object.inspect(|object| object.closing());
    Ok(wait_until_left(slot, patience))
}

/// Waits until no call uses the handle. With a limit to its patience, or from inside a call on the
/// same handle, it hands the rest over to the last of them.
fn wait_until_left(slot: &Slot, patience: Option<i64>) -> Left {
    let limit = patience.map(|span| time::after(sys::now(), span));
    loop {
        let gate = slot.gate.load(Ordering::SeqCst);
        let mut remaining = None;
        {
            let mut guarded = slot.guarded.lock();
            let inside = is_inside(slot);
            let called = inside || Registry::names(slot.key()) || counted(slot) > 0;
            let firing = fires(slot) > 0;
            if !called && !firing {
                return Left::All;
            }
            if let Some(limit) = limit {
                let left = limit - sys::now();
                // A fire ends by itself, and must not close: it may be a signal handler.
                if called && !firing && (inside || left <= 0) {
                    guarded.handed_over = true;
                    return Left::HandedOver;
                }
                remaining = Some(left.max(1_000_000));
            }
        }
        sys::futex::wait(&slot.gate, gate, remaining);
    }
}

/// Whether this thread is inside a call on the handle, as a hook is.
fn is_inside(slot: &Slot) -> bool {
    let record = Registry::current();
    // Beyond its entries a thread cannot tell its own counted calls from others': assume the worst.
    record.names(slot.key()) || record.is_overflowing() && counted(slot) > 0
}

fn counted(slot: &Slot) -> u32 {
    slot.count.load(Ordering::SeqCst)
}

fn fires(slot: &Slot) -> u32 {
    slot.fires.load(Ordering::SeqCst) & !FIRED
}

/// Called by a call that has left a handle which is being closed.
#[cold]
#[inline(never)]
pub fn left(slot: &'static Slot) {
    let mine = {
        let mut guarded = slot.guarded.lock();
        // The slot may have gone on to its next life since.
        if !slot.word().is_closing() || !guarded.barrier_done {
            return;
        }
        if Registry::names(slot.key()) || counted(slot) > 0 {
            return;
        }
        take(&mut guarded.handed_over)
    };
    if mine {
        // The closer has long returned: nobody is left who could be told of an error.
        let _ = finish(slot);
    } else {
        slot.gate.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&slot.gate, 1);
    }
}

/// Ends what the handle stands for, closes the descriptor and frees the slot.
pub fn finish(slot: &Slot) -> Result<()> {
    let ended = if slot.word().is_kind(Kind::Socket) { Ok(()) } else { finish_object(slot) };
    let _section = fork::Section::enter();
    let fd = slot.fd.swap(-1, Ordering::Relaxed);
    let result = if fd >= 0 { sys::close(fd) } else { Ok(()) };
    table::free(slot);
    ended.and(result.map_err(Code::from))
}

/// Nothing in the slot's way: this may wait.
fn finish_object(slot: &Slot) -> Result<()> {
    let object = slot.guarded.lock().extra.as_mut().and_then(|extra| extra.object.take());
    object.map_or(Ok(()), |object| object.finish())
}
