//! The slots in the child of a fork: what other threads had begun is undone, and nothing that is shared
//! with the parent is changed.

use super::slot::Slot;
use super::word::Kind;
use super::{close, table};
use crate::sys::{self, ThreadRecord, Threads};

/// Settles every slot. Only one thread exists.
pub fn settle_slots() {
    let mine = Threads::current();
    table::all().for_each(|slot| settle(slot, mine));
}

fn settle(slot: &'static Slot, mine: &ThreadRecord) {
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
        if let Some(object) = guarded.object() {
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
    if closing && !mine.names(slot.key()) {
        let _ = close::finish(slot);
    }
}
