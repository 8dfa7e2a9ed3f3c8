//! fork(2): who is told, and how a process that nobody told finds out.

use super::super::{Errno, Outcome};
use once_cell::sync::OnceCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

unsafe extern "C" {
    fn pthread_atfork(
        prepare: Option<unsafe extern "C" fn()>,
        parent: Option<unsafe extern "C" fn()>,
        child: Option<unsafe extern "C" fn()>,
    ) -> libc::c_int;
}

struct Handlers {
    prepare: fn(),
    parent: fn(),
    child: fn(),
}

static HANDLERS: OnceCell<Handlers> = OnceCell::new();

/// A word that holds 1 in the process that wrote it and 0 in a child that has not yet settled, also
/// one made by clone(2), which runs no fork handlers. `None` where the kernel cannot wipe on fork.
static MARK: OnceLock<Option<&'static AtomicU32>> = OnceLock::new();

extern "C" fn before() {
    HANDLERS.get().inspect(|handlers| (handlers.prepare)());
}

extern "C" fn in_parent() {
    HANDLERS.get().inspect(|handlers| (handlers.parent)());
}

extern "C" fn in_child() {
    HANDLERS.get().inspect(|handlers| (handlers.child)());
}

/// Has the three functions called around every fork(3), once for the process. They must not unwind.
pub fn on_fork(prepare: fn(), parent: fn(), child: fn()) -> Outcome<()> {
    HANDLERS.get_or_try_init(|| {
        // SAFETY: the handlers are functions of this library, which is never unloaded.
        match unsafe { pthread_atfork(Some(before), Some(in_parent), Some(in_child)) } {
            0 => Ok(Handlers { prepare, parent, child }),
            error => Err(Errno(error)),
        }
    })?;
    MARK.get_or_init(|| {
        let mark = wiped_word();
        mark.inspect(|mark| mark.store(1, Ordering::Relaxed));
        mark
    });
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

/// Says that this process has settled.
pub fn settle_fork() {
    if let Some(Some(mark)) = MARK.get() {
        mark.store(1, Ordering::Relaxed);
    }
}
