//! The thread's `errno`.

/// Sets the calling thread's `errno`. Async-signal-safe.
#[inline]
pub fn set_errno(number: i32) {
    // SAFETY: __errno_location gives the calling thread's own errno, valid while the thread runs.
    unsafe { *libc::__errno_location() = number }
}
