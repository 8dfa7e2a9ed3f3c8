//! The monotonic clock, and nanoseconds as the kernel takes them.

/// Nanoseconds on CLOCK_MONOTONIC. No system call where the kernel offers a vDSO. Async-signal-safe.
#[inline]
pub fn now() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists on every system; the place is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    #[allow(clippy::unnecessary_cast)] // both are narrower on some targets
    let (seconds, nanoseconds) = (time.tv_sec as i64, time.tv_nsec as i64);
    seconds * 1_000_000_000 + nanoseconds
}

/// A span or moment in nanoseconds as the kernel takes it; a negative one as 0.
#[inline]
pub fn timespec(ns: i64) -> libc::timespec {
    let ns = ns.max(0);
    libc::timespec { tv_sec: (ns / 1_000_000_000) as libc::time_t, tv_nsec: (ns % 1_000_000_000) as _ }
}
