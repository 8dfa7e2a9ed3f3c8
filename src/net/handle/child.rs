//! The slots in the child of a fork: what other threads had begun is undone, and nothing that is shared
//! with the parent is changed.

use super::id::Id;
use super::slot::Slot;
use super::word::Kind;
use super::{close, table, watch};
use crate::sys::{self, ThreadRecord, Threads};

/// Settles every slot. Only one thread exists.
pub fn settle_slots() {
    let mine = Threads::current();
    table::all().for_each(settle);
    // Only now: the pollers that such a handle is registered with have let go of what is the parent's.
    table::all().filter(|slot| slot.word().is_closing()).for_each(|slot| end(slot, mine));
}

/// Ends what another thread was closing.
fn end(slot: &'static Slot, mine: &ThreadRecord) {
    let watched = slot.lock().watched != 0;
    if watched {
        watch::ended(Id::new(slot.word().generation(), slot.index() as usize), slot);
    }
    if !mine.names(slot.key()) {
        let _ = close::finish(slot);
    }
}

fn settle(slot: &'static Slot) {
    slot.reset_lock();
    let word = slot.word();
    let closing = word.is_closing();
    {
        let mut guarded = slot.lock();
        if guarded.waiters != 0 {
            guarded.waiters = 0;
        }
        if closing {
            // Its closer is not here: the last call of this thread closes, or we do.
            guarded.barrier_done = true;
            guarded.handed_over = true;
        }
        if let Some(object) = &guarded.object {
            object.forked();
        }
    }
    slot.forget_other_threads();
    if word.is_open() && word.is_kind(Kind::Cancel) {
        // Shared with the parent: draining or firing it here would be felt there.
        let fd = slot.take_fd();
        if fd >= 0 {
            let _ = sys::close(fd);
        }
    }
    if word.is_open() && word.is_kind(Kind::Poller) {
        renew_event(slot);
    }
}

/// A poller's event descriptor, shared with the parent, is replaced at once: `sock_poller_wake`, which may run in
/// a signal handler, finds one.
fn renew_event(slot: &Slot) {
    let fd = slot.take_fd();
    if fd >= 0 {
        let _ = sys::close(fd);
    }
    if let Ok(fd) = sys::counting_event_fd() {
        slot.set_event_fd(sys::into_number(fd));
    }
}
