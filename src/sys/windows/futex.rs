//! Sleeping until a word changes: WaitOnAddress.

use std::sync::atomic::AtomicU32;
use windows_sys::Win32::System::Threading::{INFINITE, WaitOnAddress, WakeByAddressAll, WakeByAddressSingle};

/// Sleeps while `word` holds `expected`, at most `timeout` nanoseconds (`None`: forever). May end early; the caller
/// looks again.
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<i64>) {
    let span = timeout.map_or(INFINITE, |ns| {
        let ns = ns.max(0);
        (ns / 1_000_000 + i64::from(ns % 1_000_000 != 0)).min(i64::from(INFINITE - 1)) as u32
    });
    // SAFETY: two words of four bytes each are compared.
    unsafe { WaitOnAddress(word.as_ptr().cast(), (&raw const expected).cast(), 4, span) };
}

/// Wakes one sleeper, or with a larger `count` all.
pub fn wake(word: &AtomicU32, count: i32) {
    // SAFETY: only the address counts.
    unsafe {
        if count == 1 {
            WakeByAddressSingle(word.as_ptr().cast());
        } else {
            WakeByAddressAll(word.as_ptr().cast());
        }
    }
}
