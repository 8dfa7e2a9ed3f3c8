//! fork(2): what each part of the library does around it, in one ordered list.
//!
//! Handles work in the child; what other threads had begun is undone there; nothing that is shared with
//! the parent is changed.
//!
//! | phase | when | what |
//! |---|---|---|
//! | [`install`] | the library is loaded | the handlers are registered |
//! | [`hold`] | before fork(2), in the thread that forks | no descriptor is halfway into a slot; no lookup is young |
//! | [`release`] | after it, in the parent | all go on |
//! | [`child`] | after it, in the child | [`settle`], now or when the interrupted part of a call ends |
//! | [`settle`] | before the first call of a child | other threads are forgotten |
//!
//! Handlers that run before a fork run in the reverse order of their registration. Ours are registered when the
//! library is loaded, so those of the program run first, with the locks that they take. Where the library is
//! loaded later they run after ours, and a thread that holds such a lock may wait for us: so every wait here
//! has a limit, and no lock is held across the fork. The child makes anew what a lock had guarded.

use super::handle::{NoForkGuard, phase};
use super::{lookup, poller, zerocopy};
use crate::sys::{self, Child, ForkPhases, Threads};

/// Says what is done around a fork; called when the library is loaded.
pub fn install() {
    sys::set_fork_phases(ForkPhases { hold, release: phase::release_sections, child, settle, undivided });
    // It fails for want of memory; then the first handle tries again.
    let _ = sys::watch_forks();
}

fn hold() {
    phase::hold_sections();
    lookup::hold();
    phase::held();
}

fn child() {
    if phase::begin_child() {
        sys::settle(true);
    } else {
        // The interrupted part may be waiting for a lock of a thread that does not exist here.
        reset_locks();
    }
}

fn undivided(part: &mut dyn FnMut()) {
    let _no_fork = NoForkGuard::enter();
    part();
}

fn reset_locks() {
    phase::reset_locks();
    lookup::reset_lock();
    poller::reset_locks();
    zerocopy::reset_locks();
}

/// Locks first, then the records of threads, then the slots that these had pinned.
fn settle(child: Child) {
    reset_locks();
    phase::forget_sections();
    phase::reset_table();
    lookup::after_fork_child();
    Threads::after_fork_child(child.owns_descriptors);
    poller::after_fork_child(child);
    phase::settle_slots(child);
    poller::finish_left_behind();
}
