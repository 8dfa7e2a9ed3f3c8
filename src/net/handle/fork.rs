//! fork: ids work in the child; what other threads had begun is undone there; nothing that is shared
//! with the parent is changed.

use super::{close, table};
use crate::net::error::{Code, Result};
use crate::net::handle::slot::{FIRED, Kind};
use crate::net::mode;
use crate::sys::{self, Registry};
use once_cell::sync::OnceCell;
use std::sync::atomic::Ordering;

/// Has the process told of forks, once, before its first handle.
pub fn start() -> Result<()> {
    static STARTED: OnceCell<()> = OnceCell::new();
    settle();
    STARTED.get_or_try_init(|| sys::on_fork(hold, release, child).map_err(Code::from)).copied()
}

/// Settles a child that was made without fork handlers, by clone(2).
#[inline]
pub fn settle() {
    if sys::forked() {
        settle_now();
    }
}

fn hold() {
    table::hold();
    Registry::hold();
}

fn release() {
    Registry::release();
    table::release();
}

fn child() {
    release();
    settle_now();
}

#[cold]
fn settle_now() {
    sys::settle_fork();
    table::settle_fork();
    mode::settle_fork();
    Registry::settle_fork();
    let mine = Registry::current();
    for slot in table::all() {
        slot.guarded.reset_after_fork();
        let word = slot.word();
        let closing = word.is_closing();
        {
            let mut guarded = slot.guarded.lock();
            if guarded.waiters != 0 {
                guarded.waiters = 0;
            }
            if closing {
                // Its closer is not here: the last call of this thread closes, or we do.
                guarded.barrier_done = true;
                guarded.handed_over = true;
            }
            if let Some(extra) = &guarded.extra {
                extra.watchers.iter().for_each(|watcher| watcher.forked());
            }
        }
        if slot.count.load(Ordering::Relaxed) != 0 {
            slot.count.store(0, Ordering::Relaxed);
        }
        if slot.fires.load(Ordering::Relaxed) & !FIRED != 0 {
            slot.fires.fetch_and(FIRED, Ordering::Relaxed);
        }
        if word.is_open() && word.is_kind(Kind::Cancel) {
            // Shared with the parent: draining or firing it here would be felt there.
            let fd = slot.fd.swap(-1, Ordering::Relaxed);
            if fd >= 0 {
                let _ = sys::close(fd);
            }
        }
        if closing && !mine.names(slot.key()) {
            let _ = close::finish(slot);
        }
    }
}
