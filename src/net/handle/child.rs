//! The slots in the child of a fork: what other threads had begun is undone, and nothing that is shared
//! with the parent is changed. What is not proved to be ours is forgotten, not closed.

use super::id::Id;
use super::slot::Slot;
use super::word::{Kind, Word};
use super::{close, table, watch};
use crate::sys::{self, Child, ThreadRecord, Threads};
use std::sync::Arc;

/// Settles every slot, and what calls of other threads had on their stacks. Only one thread exists.
pub fn settle_slots(child: Child) {
    if child.owns_descriptors {
        sys::close_stack_fds();
    }
    let mine = Threads::current();
    table::all().for_each(|slot| settle(slot, mine, child));
    // Only now: a poller that such a handle is registered with has let go of its instance, which is the parent's.
    table::all().for_each(|slot| end_left_behind(slot, mine, child));
}

/// Ends what only threads of the parent would end.
fn end_left_behind(slot: &'static Slot, mine: &ThreadRecord, child: Child) {
    let word = slot.word();
    if is_left_closing(slot, mine) {
        if slot.lock().watched != 0 {
            watch::ended(Id::new(word.generation(), slot.index() as usize), slot);
        }
        if !mine.names(slot.key()) {
            finish(slot, child);
        }
    } else if word.is_open() && is_orphan(slot, word, mine) {
        end_orphan(slot, word, child);
    }
}

/// Whether a thread that is not here was closing it. A signal handler may have forked in the middle of a close:
/// that goes on in this process.
fn is_left_closing(slot: &Slot, mine: &ThreadRecord) -> bool {
    slot.word().is_closing() && !mine.is_closing(slot.key())
}

/// Whether only a thread that is not here has the handle.
fn is_orphan(slot: &Slot, word: Word, mine: &ThreadRecord) -> bool {
    match slot.lock().object() {
        Some(object) => object.is_orphan(mine.number()),
        // A lookup that a thread waits for.
        None => word.is_kind(Kind::Operation) && word.owner(slot.index().into()) != u64::from(mine.number()),
    }
}

fn settle(slot: &'static Slot, mine: &ThreadRecord, child: Child) {
    let word = slot.word();
    let closing = is_left_closing(slot, mine);
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
        close_event(slot, child);
    }
    if word.is_kind(Kind::Poller) && (word.is_open() || word.is_closing()) {
        close_event(slot, child);
        if child.ran_handlers {
            slot.forget_wakes();
        }
    }
    if word.is_closing() && !closing {
        // It waited for calls that are not here.
        slot.wake_closer();
    }
}

/// Ends a close that another thread had begun.
fn finish(slot: &'static Slot, child: Child) {
    match slot.closing_apart() {
        None if child.ran_handlers => {
            let object = slot.lock().object().cloned();
            let _ = close::finish(slot);
            // Its closer may have had it in hands: then it does not end with the slot.
            if let Some(object) = object.filter(|object| Arc::strong_count(object) > 1) {
                object.close_descriptors();
                std::mem::forget(object);
            }
            return;
        }
        Some(socket) if child.owns_descriptors && sys::socket_id(slot.fd()) == Some(socket) => {
            let _ = sys::close(slot.fd());
        }
        _ => {}
    }
    close_event(slot, child);
    std::mem::forget(slot.lock().take_object());
    table::free(slot);
}

/// Ends a handle that only a thread of the parent knew. Its object stays in memory: that thread was using it.
fn end_orphan(slot: &'static Slot, word: Word, child: Child) {
    if slot.begin_close(Id::new(word.generation(), slot.index() as usize)).is_err() {
        return;
    }
    let object = slot.lock().take_object();
    if let Some(object) = object.filter(|_| child.ran_handlers) {
        object.close_descriptors();
        std::mem::forget(object);
    }
    close_event(slot, child);
    table::free(slot);
}

/// Takes the descriptor out of a slot, and closes it if it is an event descriptor of ours.
fn close_event(slot: &Slot, child: Child) {
    let fd = slot.take_fd();
    if fd >= 0 && child.owns_descriptors && sys::is_ours(fd) {
        let _ = sys::close(fd);
    }
}
