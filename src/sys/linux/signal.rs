//! Pending signals.

use super::clock::timespec;
use super::syscall::call4;
use std::ptr;

/// The kernel's signal set: 64 signals, on MIPS 128.
const SET_BYTES: usize = if cfg!(any(target_arch = "mips", target_arch = "mips64")) { 16 } else { 8 };

/// Takes one pending signal of a set away, if there is one. Bare: the wrapper is a cancellation point.
pub fn take_pending(set: &libc::sigset_t) {
    let at_once = timespec(0);
    let (set, at_once) = (ptr::from_ref(set) as usize, ptr::from_ref(&at_once) as usize);
    // SAFETY: the kernel reads the set's first words and the time; it writes nothing.
    unsafe { call4(libc::SYS_rt_sigtimedwait, set, 0, at_once, SET_BYTES) };
}
