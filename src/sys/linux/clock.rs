//! The monotonic clock, and nanoseconds as the kernel takes them.

/// Nanoseconds on CLOCK_MONOTONIC. No system call where the kernel offers a vDSO. Async-signal-safe.
#[inline]
pub fn now() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every Linux; the place is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    #[allow(clippy::unnecessary_cast)] // both are narrower on some targets
    let (seconds, nanoseconds) = (time.tv_sec as i64, time.tv_nsec as i64);
    seconds * 1_000_000_000 + nanoseconds
}

/// A span or moment in nanoseconds as the kernel takes it; a negative one as 0.
#[inline]
pub fn timespec(ns: i64) -> libc::timespec {
    let ns = ns.max(0);
    libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    }
}

/// Sleeps for so many nanoseconds, less than a second.
pub fn pause(nanoseconds: i64) {
    let span = libc::timespec { tv_sec: 0, tv_nsec: nanoseconds as _ };
    // SAFETY: a bare nanosleep, which is no cancellation point, reads our span.
    unsafe { super::syscall::call4(libc::SYS_nanosleep, std::ptr::from_ref(&span) as usize, 0, 0, 0) };
}
