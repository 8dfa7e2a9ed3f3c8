//! The monotonic clock.

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI64, Ordering};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};

/// Ticks in a second; 0 before it was asked for.
static FREQUENCY: AtomicI64 = AtomicI64::new(0);

#[cold]
fn frequency() -> i64 {
    let mut value = 1;
    // SAFETY: one number of ours is written; it cannot fail since Windows XP.
    unsafe { QueryPerformanceFrequency(&mut value) };
    FREQUENCY.store(value.max(1), Ordering::Relaxed);
    value.max(1)
}

/// Nanoseconds of the performance counter.
#[inline]
pub fn now() -> i64 {
    let mut ticks = MaybeUninit::uninit();
    // SAFETY: one number of ours is written; it cannot fail since Windows XP.
    let ticks = unsafe {
        QueryPerformanceCounter(ticks.as_mut_ptr());
        ticks.assume_init()
    };
    let frequency = match FREQUENCY.load(Ordering::Relaxed) {
        0 => frequency(),
        known => known,
    };
    (i128::from(ticks) * 1_000_000_000 / i128::from(frequency)) as i64
}
