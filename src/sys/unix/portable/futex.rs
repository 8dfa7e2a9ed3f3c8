//! Sleeping until a word changes, where the kernel offers nothing for that: by looking, less and less often.
//!
//! Condition variables would not do: a wake-up may come from a signal handler, and a child of a fork would inherit
//! their state.

use super::thread::pause;
use crate::sys::now;
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: i64 = 20_000;
/// How late a wake-up is noticed at most; and after the sleeper has slept for a while.
const LONGEST: i64 = 1_000_000;
const LONGEST_OF_LONG: i64 = 5_000_000;
const LONG: i64 = 200_000_000;

/// Sleeps while `word` holds `expected`, at most `timeout` nanoseconds (`None`: forever). May end
/// early; the caller looks again.
pub fn wait(word: &AtomicU32, expected: u32, timeout: Option<i64>) {
    let began = now();
    let mut step = FIRST;
    while word.load(Ordering::Acquire) == expected {
        let slept = now() - began;
        let left = timeout.map_or(i64::MAX, |timeout| timeout - slept);
        if left <= 0 {
            return;
        }
        pause(step.min(left));
        step = (step * 2).min(if slept < LONG { LONGEST } else { LONGEST_OF_LONG });
    }
}

/// The sleepers look by themselves. Async-signal-safe.
pub fn wake(_word: &AtomicU32, _count: i32) {}
