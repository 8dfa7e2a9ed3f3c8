//! fork(2): the handlers around it. A process that runs none of them (a bare clone, vfork) is not noticed.

use crate::sys::unix::fork::{Child, ForkPhases, pthread_atfork};
use crate::sys::unix::shared_lock::share_page;
use crate::sys::{Errno, Result};
use once_cell::sync::OnceCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

static PHASES: OnceLock<ForkPhases> = OnceLock::new();

/// How many processes were settled from the first to this one.
static EPOCH: AtomicU32 = AtomicU32::new(0);
/// Raised around every fork of this process, on both sides.
static FORK_EPOCH: AtomicU32 = AtomicU32::new(0);
/// How many forks are under way in this process; and its number while there are. What a process finds here that has
/// another number, comes from its parent: it is a child whose handler has not run yet.
static UNDER_WAY: AtomicU32 = AtomicU32::new(0);
static PROCESS: AtomicI32 = AtomicI32::new(0);

fn process() -> i32 {
    // SAFETY: a number only; it cannot fail.
    unsafe { libc::getpid() }
}

extern "C" fn before() {
    PROCESS.store(process(), Ordering::SeqCst);
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    PHASES.get().inspect(|phases| (phases.hold)());
}

extern "C" fn in_parent() {
    // Once more: what came into being since `before` may be in the child too.
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    PHASES.get().inspect(|phases| (phases.release)());
    UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
}

extern "C" fn in_child() {
    PHASES.get().inspect(|phases| (phases.child)());
}

/// Runs something that no fork may divide.
pub fn undivided(part: &mut dyn FnMut()) {
    match PHASES.get() {
        Some(phases) => (phases.undivided)(part),
        None => part(),
    }
}

/// A number that changes with every fork, in the parent before the child exists: what was made under another
/// number may exist in another process too.
#[inline]
pub fn fork_epoch() -> u32 {
    FORK_EPOCH.load(Ordering::SeqCst)
}

/// A number of this process that its settled parent and children do not have.
pub fn process_epoch() -> u32 {
    EPOCH.load(Ordering::Relaxed)
}

/// Says what is done around a fork, when the library is loaded.
pub fn set_fork_phases(phases: ForkPhases) {
    PHASES.get_or_init(|| phases);
}

/// Registers the handlers, once for the process.
pub fn watch_forks() -> Result<()> {
    static REGISTERED: OnceCell<()> = OnceCell::new();
    REGISTERED.get_or_try_init(|| {
        // SAFETY: the handlers are functions of this library, which is never unloaded.
        match unsafe { pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } {
            0 => {}
            error => return Err(Errno(error)),
        }
        share_page();
        Ok(())
    })?;
    Ok(())
}

/// Whether this process is the child of the one that started libsock and has not settled yet.
#[inline]
pub fn forked() -> bool {
    UNDER_WAY.load(Ordering::SeqCst) != 0 && PROCESS.load(Ordering::SeqCst) != process()
}

/// Settles a child whose handlers of the program come before ours and use libsock.
#[inline]
pub fn settle_if_forked() {
    if forked() {
        settle(false);
    }
}

/// Whether this process settles now, and was made without fork handlers: such a process is not noticed here.
pub fn settles_without_handlers() -> bool {
    false
}

/// Settles this process, a new child.
#[cold]
pub fn settle(ran_handlers: bool) {
    UNDER_WAY.store(0, Ordering::SeqCst);
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    EPOCH.fetch_add(1, Ordering::Relaxed);
    super::netdb::after_fork_child();
    super::watch_set::after_fork_child();
    crate::sys::forget_pollsets();
    PHASES.get().inspect(|phases| (phases.settle)(Child { ran_handlers, owns_descriptors: true }));
}
