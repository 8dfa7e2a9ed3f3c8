//! Conversions between the caller's nanoseconds and the kernel's whole units.

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds in a millisecond.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
pub const MILLISECOND: i64 = 1_000_000;

/// Why a span is not a number of whole units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// It lies between two units; rounding would change what the caller asked for.
    Broken,
    /// It is out of the option's range.
    Range,
}

/// A span as whole units, of which the option accepts `low` to `high`.
pub fn units(ns: i64, unit: i64, low: i64, high: i64) -> Result<i32, Unfit> {
    if ns < 0 {
        return Err(Unfit::Range);
    }
    if ns % unit != 0 {
        return Err(Unfit::Broken);
    }
    let count = ns / unit;
    if count < low || count > high {
        return Err(Unfit::Range);
    }
    i32::try_from(count).map_err(|_| Unfit::Range)
}

/// Units as a span.
pub fn nanoseconds(units: i32, unit: i64) -> i64 {
    i64::from(units) * unit
}
