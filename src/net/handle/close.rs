//! The end of a handle: tell all calls in flight, wait until they have left, close.

use super::pin::Direction;
use super::slot::{FIRED, Slot};
use super::{fork, table, waiters};
use crate::net::error::{Code, Result};
use crate::net::time;
use crate::sys::{self, Errno, Registry};
use std::sync::atomic::Ordering;

/// How long a close waits for calls in flight before it leaves the closing to the last of them:
/// a call may be inside a hook of the program that waits for the closing thread.
const PATIENCE: i64 = 100_000_000;

/// Closes a handle of any kind. The answer of close(2); success at once where the last call in
/// flight will close.
pub fn close(id: i64) -> Result<i32> {
    fork::settle();
    let slot = table::slot(id).ok_or(Code::errno(libc::EBADF))?;
    let ending = Ending::begin(slot, id)?;
    match ending.wait_until_left(Some(time::after(sys::now(), PATIENCE))) {
        Left::Yes => finish(slot).map(|()| 0).map_err(Code::from),
        Left::HandedOver => Ok(0),
    }
}

/// Gives the descriptor back instead of closing it. Never leaves that to another call: from inside
/// a call on the same handle it changes nothing and answers EDEADLK.
pub fn detach(id: i64) -> Result<i32> {
    fork::settle();
    let slot = table::slot(id).ok_or(Code::errno(libc::EBADF))?;
    if Registry::current().names(slot.key()) {
        return Err(Code::errno(libc::EDEADLK)
            .because(format_args!("handle {id}: a call on it is running in this thread")));
    }
    let ending = Ending::begin(slot, id)?;
    ending.wait_until_left(None);
    let fd = slot.fd.swap(-1, Ordering::Relaxed);
    table::free(slot);
    Ok(fd)
}

enum Left {
    Yes,
    HandedOver,
}

/// A close or detach that has won the handle.
struct Ending {
    slot: &'static Slot,
    /// Only the closing thread has ever pinned the handle: nobody else needs to be looked at.
    alone: bool,
}

impl Ending {
    fn begin(slot: &'static Slot, id: i64) -> Result<Ending> {
        let before = slot.begin_close(id)?;
        let alone = before.is_only_of(Registry::current().number());
        if !alone && sys::barrier_ready() {
            sys::barrier();
        }
        let extra = {
            let mut guarded = slot.guarded.lock();
            guarded.barrier_done = true;
            waiters::signal(&guarded, Direction::None);
            guarded.extra.take()
        };
        if let Some(extra) = extra {
            let fd = slot.fd.load(Ordering::Relaxed);
            extra.watchers.iter().for_each(|watcher| watcher.closed(id, fd));
        }
        Ok(Ending { slot, alone })
    }

    /// Waits until no call uses the handle. With a limit, or from inside a call on the same handle,
    /// it may hand the rest over to the last of them.
    fn wait_until_left(&self, limit: Option<i64>) -> Left {
        loop {
            let gate = self.slot.gate.load(Ordering::SeqCst);
            let mut remaining = None;
            {
                let mut guarded = self.slot.guarded.lock();
                let inside = Registry::current().names(self.slot.key());
                let called =
                    inside || !self.alone && Registry::names(self.slot.key()) || counted(self.slot) > 0;
                let firing = fires(self.slot) > 0;
                if !called && !firing {
                    return Left::Yes;
                }
                if let Some(limit) = limit {
                    remaining = Some(limit - sys::now());
                    // A fire ends by itself, and must not close: it may be a signal handler.
                    if called && !firing && (inside || remaining <= Some(0)) {
                        guarded.handed_over = true;
                        return Left::HandedOver;
                    }
                    remaining = remaining.map(|left| left.max(1_000_000));
                }
            }
            sys::futex::wait(&self.slot.gate, gate, remaining);
        }
    }
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
        std::mem::take(&mut guarded.handed_over)
    };
    if mine {
        // The closer has long returned: nobody is left who could be told of an error.
        let _ = finish(slot);
    } else {
        slot.gate.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&slot.gate, 1);
    }
}

/// Closes the descriptor and frees the slot.
pub fn finish(slot: &Slot) -> std::result::Result<(), Errno> {
    let fd = slot.fd.swap(-1, Ordering::Relaxed);
    let result = if fd >= 0 { sys::close(fd) } else { Ok(()) };
    table::free(slot);
    result
}
