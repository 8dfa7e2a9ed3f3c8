//! Pending signals.

use super::clock::timespec;
use super::syscall::call4;
use std::mem::MaybeUninit;
use std::ptr;

/// The kernel's signal set: 64 signals, on MIPS 128.
const SET_BYTES: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };

/// Takes one pending signal of a set away, if there is one, but not one that somebody has sent to this thread: the
/// kernel's own was lost in it. Bare: the wrapper is a cancellation point.
pub fn take_pending(set: &libc::sigset_t) {
    let at_once = timespec(0);
    let (set, at_once) = (ptr::from_ref(set) as usize, ptr::from_ref(&at_once) as usize);
    let mut from = MaybeUninit::<libc::siginfo_t>::zeroed();
    // SAFETY: the kernel reads the set's first words and the time, and writes one description, which is valid when it
    // is zeroed too.
    let from = unsafe {
        call4(libc::SYS_rt_sigtimedwait, set, from.as_mut_ptr() as usize, at_once, SET_BYTES);
        from.assume_init()
    };
    if from.si_code == libc::SI_TKILL {
        // SAFETY: numbers only.
        unsafe {
            let process = libc::getpid() as usize;
            call4(
                libc::SYS_tgkill,
                process,
                super::thread::thread_number() as usize,
                from.si_signo as usize,
                0,
            );
        }
    }
}
