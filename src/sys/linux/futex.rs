//! futex(2): sleep until a word changes, wake those who sleep on it.

use super::clock::timespec;
use super::syscall::call6;
use std::ptr;
use std::sync::atomic::AtomicU32;

/// Sleeps while `word` holds `expected`, at most `timeout` nanoseconds (`None`: forever). May end
/// early; the caller looks again.
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<i64>) {
    let span;
    let span = match timeout {
        None => ptr::null(),
        Some(ns) => {
            span = timespec(ns);
            ptr::from_ref(&span)
        }
    };
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the kernel reads the word and the time span, both alive for the call.
    unsafe {
        call6(
            libc::SYS_futex,
            word.as_ptr() as usize,
            operation as usize,
            expected as usize,
            span as usize,
            0,
            0,
        );
    }
}

/// Wakes up to `count` sleepers. Async-signal-safe.
pub fn wake(word: &AtomicU32, count: i32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: waking reads no memory of ours.
    unsafe {
        call6(libc::SYS_futex, word.as_ptr() as usize, operation as usize, count as usize, 0, 0, 0);
    }
}
