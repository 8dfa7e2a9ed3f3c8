//! Sleeping.

use super::syscall::call4;

/// Sleeps for so many nanoseconds, less than a second.
pub fn pause(nanoseconds: i64) {
    let span = libc::timespec { tv_sec: 0, tv_nsec: nanoseconds as _ };
    // SAFETY: a bare nanosleep, which is no cancellation point, reads our span.
    unsafe { call4(libc::SYS_nanosleep, std::ptr::from_ref(&span) as usize, 0, 0, 0) };
}
