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

/// The most seconds that `tv_sec` holds: with 32 bits, 68 years.
const MOST_SECONDS: i64 =
    if std::mem::offset_of!(libc::timespec, tv_nsec) == 4 { i32::MAX as i64 } else { i64::MAX };

/// A span or moment in nanoseconds as the kernel takes it; a negative one as 0, and one that it cannot take as the
/// longest: the caller then wakes and finds that time is left.
#[inline]
pub fn timespec(ns: i64) -> libc::timespec {
    let ns = ns.max(0);
    #[allow(clippy::unnecessary_min_or_max)] // not where tv_sec has 32 bits
    let seconds = (ns / 1_000_000_000).min(MOST_SECONDS);
    libc::timespec { tv_sec: seconds as _, tv_nsec: (ns % 1_000_000_000) as _ }
}

#[cfg(test)]
#[test]
fn a_far_moment_stays_far() {
    for years in [67, 69, 100, 137, 292] {
        assert!(timespec(years * 365 * 86_400 * 1_000_000_000).tv_sec >= 2_112_912_000, "{years} years");
    }
    assert!(timespec(i64::MAX).tv_sec >= i32::MAX.into() && timespec(-1).tv_sec == 0);
}
