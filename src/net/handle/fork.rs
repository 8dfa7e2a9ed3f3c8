//! fork: ids work in the child; what other threads had begun is undone there; nothing that is shared
//! with the parent is changed.

use super::{close, table};
use crate::net::error::{Code, Result};
use crate::net::handle::slot::{FIRED, Kind};
use crate::net::{lookup, mode, time};
use crate::sys::{self, Registry};
use once_cell::sync::OnceCell;
use std::sync::atomic::{AtomicU32, Ordering};

/// A part of a call between which and the child's copy of it a fork must not come: where a
/// descriptor and the slot that owns it change together. The kernel copies the table of descriptors
/// first and the memory later, so that a fork in between would give the child a slot that names a
/// stranger's descriptor, or a descriptor that no slot names.
pub struct Section;

static SECTIONS: AtomicU32 = AtomicU32::new(0);
static FORKING: AtomicU32 = AtomicU32::new(0);

/// How long a fork waits for sections to end: a close may linger, and a fork in a signal handler
/// may have interrupted a section of its own thread. Long enough for a thread that has lost its
/// processor to many others.
const PATIENCE: i64 = 1_000_000_000;

impl Section {
    /// Begins a section, after a fork that is under way. Sections do not nest.
    pub fn enter() -> Section {
        loop {
            SECTIONS.fetch_add(1, Ordering::SeqCst);
            if FORKING.load(Ordering::SeqCst) == 0 {
                return Section;
            }
            drop(Section);
            sys::futex::wait(&FORKING, 1, Some(PATIENCE));
        }
    }
}

impl Drop for Section {
    fn drop(&mut self) {
        // Not below zero: the child of a fork begins with none.
        let _ = SECTIONS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
        if FORKING.load(Ordering::SeqCst) != 0 {
            sys::futex::wake(&SECTIONS, 1);
        }
    }
}

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
    FORKING.store(1, Ordering::SeqCst);
    let limit = time::after(sys::now(), PATIENCE);
    loop {
        let running = SECTIONS.load(Ordering::SeqCst);
        let left = limit - sys::now();
        if running == 0 || left <= 0 {
            break;
        }
        sys::futex::wait(&SECTIONS, running, Some(left));
    }
    lookup::hold();
    table::hold();
    Registry::hold();
}

fn release() {
    Registry::release();
    table::release();
    FORKING.store(0, Ordering::SeqCst);
    sys::futex::wake(&FORKING, i32::MAX);
    lookup::release();
}

fn child() {
    SECTIONS.store(0, Ordering::SeqCst);
    release();
    settle_now();
}

#[cold]
fn settle_now() {
    sys::settle_fork();
    SECTIONS.store(0, Ordering::SeqCst);
    FORKING.store(0, Ordering::SeqCst);
    table::settle_fork();
    mode::settle_fork();
    lookup::settle_fork();
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
                extra.object.iter().for_each(|object| object.forked());
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
