//! fork: Windows has none. A process is always the one that started libsock.

use crate::sys::Result;

/// What is known of a new process that settles.
#[derive(Clone, Copy)]
pub struct Child {
    /// The fork handlers ran.
    pub ran_handlers: bool,
    /// Its table of descriptors is its own.
    pub owns_descriptors: bool,
}

/// What the layer above does around a fork.
#[allow(dead_code)]
pub struct ForkPhases {
    /// Before the fork, in the thread that forks.
    pub hold: fn(),
    /// After it, in the parent.
    pub release: fn(),
    /// After it, in the child.
    pub child: fn(),
    /// Runs something that no fork divides.
    pub undivided: fn(&mut dyn FnMut()),
    /// In a child, before anything else.
    pub settle: fn(Child),
}

/// Nothing.
pub fn set_fork_phases(_phases: ForkPhases) {}

/// Nothing.
pub fn watch_forks() -> Result<()> {
    Ok(())
}

/// Runs something that no fork divides: there is none.
pub fn undivided(part: &mut dyn FnMut()) {
    part();
}

/// No fork so far.
#[inline(always)]
pub fn fork_epoch() -> u32 {
    0
}

/// This process, the only one.
#[inline(always)]
pub fn process_epoch() -> u32 {
    0
}

/// Never.
#[inline(always)]
pub fn forked() -> bool {
    false
}

/// Nothing.
#[inline(always)]
pub fn settle_if_forked() {}

/// Never.
pub fn settles_without_handlers() -> bool {
    false
}

/// Nothing.
pub fn settle(_ran_handlers: bool) {}

/// A lock among processes that were forked from each other: there are none.
pub struct SharedLock;

impl SharedLock {
    /// Nothing.
    pub fn take(_number: u32) -> SharedLock {
        SharedLock
    }
}

/// It ends somewhere, as elsewhere.
impl Drop for SharedLock {
    fn drop(&mut self) {}
}
