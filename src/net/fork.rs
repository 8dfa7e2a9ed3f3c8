//! fork(2): what each part of the library does around it, in one ordered list.
//!
//! Handles work in the child; what other threads had begun is undone there; nothing that is shared with
//! the parent is changed.
//!
//! | phase | when | what |
//! |---|---|---|
//! | start | the first handle of the process | `sys::watch_forks` registers the handlers |
//! | [`hold`] | before fork(2), in the thread that forks | no descriptor is halfway into a slot, and no lock held |
//! | [`release`] | after it, in the parent | all go on |
//! | [`child`] | after it, in the child | the same, and [`settle`] |
//! | [`settle`] | before the first call of a child | other threads are forgotten |

use super::handle::phase;
use super::{lookup, mode, poller};
use crate::sys::{self, ForkPhases, Threads};

/// Says what is done around a fork; called when the library is loaded.
pub fn install() {
    sys::set_fork_phases(ForkPhases { hold, release, child, settle });
}

fn hold() {
    phase::hold_guards();
    poller::hold();
    lookup::hold();
    phase::hold_table();
    Threads::hold();
}

fn release() {
    Threads::release();
    phase::release_table();
    poller::release();
    phase::release_guards();
    lookup::release();
}

fn child() {
    phase::forget_guards();
    release();
    sys::settle();
}

/// Locks first, then the records of threads, then the slots that these had pinned.
fn settle() {
    phase::forget_guards();
    phase::reset_table();
    mode::after_fork_child();
    lookup::after_fork_child();
    poller::after_fork_child();
    Threads::after_fork_child();
    phase::settle_slots();
}
