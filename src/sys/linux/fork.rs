//! fork(2): the handlers around it, and how a process that ran none of them finds out.

use super::super::{Errno, Result};
use super::ret::of_kernel;
use super::shared_lock::{add_bare_child, bare_children, share_page};
use super::syscall::call6;
use crate::sys::unix::fork::{Child, ForkPhases, pthread_atfork};
use once_cell::sync::OnceCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

static PHASES: OnceLock<ForkPhases> = OnceLock::new();

/// A word that holds 1 in the process that wrote it and 0 in a child that has not yet settled, also
/// one made by clone(2), which runs no fork handlers. `None` where the kernel cannot wipe on fork.
static MARK: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();

/// How many processes were settled from the first to this one.
static EPOCH: AtomicU32 = AtomicU32::new(0);
/// Raised around every fork of this process, on both sides.
static FORK_EPOCH: AtomicU32 = AtomicU32::new(0);
static WITHOUT_HANDLERS: AtomicBool = AtomicBool::new(false);

extern "C" fn before() {
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    PHASES.get().inspect(|phases| (phases.hold)());
}

extern "C" fn in_parent() {
    // Once more: what came into being since `before` may be in the child too.
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    PHASES.get().inspect(|phases| (phases.release)());
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
    FORK_EPOCH.load(Ordering::SeqCst).wrapping_add(bare_children())
}

/// A number of this process that its settled parent and children do not have. Process numbers would not do:
/// in a new PID namespace a child may have its parent's.
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
        let mark = wiped_word();
        mark.inspect(|mark| mark.store(1, Ordering::Relaxed));
        MARK.get_or_init(|| mark);
        Ok(())
    })?;
    Ok(())
}

fn wiped_word() -> Option<&'static AtomicU32> {
    // SAFETY: a new private anonymous page of our own, zeroed, never unmapped, aligned for a word.
    unsafe {
        let page = libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        if libc::madvise(page, 4096, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, 4096);
            return None;
        }
        Some(&*page.cast::<AtomicU32>())
    }
}

/// Whether this process is the child of the one that started libsock and has not settled yet.
#[inline]
pub fn forked() -> bool {
    matches!(MARK.get(), Some(Some(mark)) if mark.load(Ordering::Relaxed) == 0)
}

/// Settles a child that ran no fork handlers, because clone(2) made it.
#[inline]
pub fn settle_if_forked() {
    if forked() {
        // Its parent does not know of it otherwise.
        add_bare_child();
        WITHOUT_HANDLERS.store(true, Ordering::SeqCst);
        settle(false);
        WITHOUT_HANDLERS.store(false, Ordering::SeqCst);
    }
}

/// Whether this process settles now, and was made without fork handlers: calls of other threads that began after
/// the memory was copied may have looked at the epoch before.
pub fn settles_without_handlers() -> bool {
    WITHOUT_HANDLERS.load(Ordering::SeqCst)
}

/// Settles this process, a new child.
#[cold]
pub fn settle(ran_handlers: bool) {
    FORK_EPOCH.fetch_add(1, Ordering::SeqCst);
    if let Some(Some(mark)) = MARK.get() {
        mark.store(1, Ordering::Relaxed);
    }
    EPOCH.fetch_add(1, Ordering::Relaxed);
    super::netdb::after_fork_child();
    let child = Child { ran_handlers, owns_descriptors: ran_handlers || !shares_descriptors() };
    PHASES.get().inspect(|phases| (phases.settle)(child));
}

/// Whether this process may have its table of descriptors in common with its parent, by clone(2) with
/// CLONE_FILES. Where kcmp(2) does not say, it may.
fn shares_descriptors() -> bool {
    const KCMP_FILES: usize = 2;
    // SAFETY: numbers only; getpid and getppid cannot fail.
    let compared = unsafe {
        let (me, parent) = (libc::getpid() as usize, libc::getppid() as usize);
        of_kernel(call6(libc::SYS_kcmp, me, parent, KCMP_FILES, 0, 0, 0))
    };
    compared.map_or(true, |order| order == 0)
}
