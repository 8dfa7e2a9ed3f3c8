//! Keeping a fork out of the parts of a call where a descriptor and the slot that owns it change
//! together. What happens around a fork, in order, is in `net/fork.rs`.

use crate::net::error::Result;
use crate::net::time::{self, Nanos};
use crate::sys;
use std::sync::atomic::{AtomicU32, Ordering};

/// A part of a call that no fork may divide. The kernel copies the table of descriptors first and the
/// memory later, so that a fork in between would give the child a slot that names a stranger's
/// descriptor, or a descriptor that no slot names.
pub struct NoForkGuard;

/// How many guards there are.
static GUARDS: AtomicU32 = AtomicU32::new(0);
/// 1 while a fork is under way.
static FORKING: AtomicU32 = AtomicU32::new(0);

/// How long a fork waits for the guards of other threads, and a guard for a fork: a close may linger,
/// and a fork in a signal handler may have interrupted a guard of its own thread. Long enough for a
/// thread that has lost its processor to many others.
const FORK_WAIT_LIMIT: Nanos = Nanos::from_millis(1000);

impl NoForkGuard {
    /// Begins such a part, after a fork that is under way. Guards do not nest.
    pub fn enter() -> NoForkGuard {
        loop {
            GUARDS.fetch_add(1, Ordering::SeqCst);
            if FORKING.load(Ordering::SeqCst) == 0 {
                return NoForkGuard;
            }
            drop(NoForkGuard);
            sys::futex::wait(&FORKING, 1, Some(FORK_WAIT_LIMIT.0));
        }
    }
}

impl Drop for NoForkGuard {
    fn drop(&mut self) {
        // Not below zero: the child of a fork begins with none.
        let _ = GUARDS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
        if FORKING.load(Ordering::SeqCst) != 0 {
            sys::futex::wake(&GUARDS, 1);
        }
    }
}

/// Registers the fork handlers, once, before the first handle of the process.
pub fn watch_forks() -> Result<()> {
    sys::settle_if_forked();
    Ok(sys::watch_forks()?)
}

/// Before a fork: lets no new guard begin, and waits for those that there are, with a limit.
pub fn hold() {
    FORKING.store(1, Ordering::SeqCst);
    let limit = time::now().after(FORK_WAIT_LIMIT);
    loop {
        let running = GUARDS.load(Ordering::SeqCst);
        let left = limit - time::now();
        if running == 0 || left <= Nanos::ZERO {
            break;
        }
        sys::futex::wait(&GUARDS, running, Some(left.0));
    }
}

/// Ends [`hold`].
pub fn release() {
    FORKING.store(0, Ordering::SeqCst);
    sys::futex::wake(&FORKING, i32::MAX);
}

/// In a new process: no guard is there.
pub fn after_fork_child() {
    GUARDS.store(0, Ordering::SeqCst);
    FORKING.store(0, Ordering::SeqCst);
}
