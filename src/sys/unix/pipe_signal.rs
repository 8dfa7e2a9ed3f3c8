//! SIGPIPE, kept from the host where a system call has no flag against it.

use crate::sys::take_pending;
use std::mem::MaybeUninit;
use std::ptr;

/// While this lives, SIGPIPE is blocked in the calling thread. What a call of ours raised meanwhile is
/// taken away by [`NoPipeSignal::raised`]; what was pending before stays, and what somebody sends to the thread.
pub struct NoPipeSignal {
    before: libc::sigset_t,
    /// The signal was blocked already, and one may have been waiting.
    pending: bool,
}

fn only_pipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set, sigaddset adds a valid number to it.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

fn holds_pipe(set: &libc::sigset_t) -> bool {
    // SAFETY: an initialised set and a valid number.
    unsafe { libc::sigismember(set, libc::SIGPIPE) == 1 }
}

impl NoPipeSignal {
    /// Blocks the signal.
    pub fn new() -> NoPipeSignal {
        let mut before = MaybeUninit::uninit();
        // SAFETY: both sets are valid; the old mask is written whole. With valid arguments it cannot fail.
        let before = unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, &only_pipe(), before.as_mut_ptr());
            before.assume_init()
        };
        // One that is not blocked does not wait.
        let pending = holds_pipe(&before) && {
            let mut waiting = MaybeUninit::uninit();
            // SAFETY: the set is written whole; with a valid pointer it cannot fail.
            holds_pipe(&unsafe {
                libc::sigpending(waiting.as_mut_ptr());
                waiting.assume_init()
            })
        };
        NoPipeSignal { before, pending }
    }

    /// Says that a call answered EPIPE: takes the signal away that came with it.
    pub fn raised(&self) {
        if self.pending {
            return;
        }
        take_pending(&only_pipe());
    }
}

impl Drop for NoPipeSignal {
    fn drop(&mut self) {
        if !holds_pipe(&self.before) {
            // SAFETY: a valid set; the old mask is not asked for.
            unsafe { libc::pthread_sigmask(libc::SIG_UNBLOCK, &only_pipe(), ptr::null_mut()) };
        }
    }
}
