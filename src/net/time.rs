//! Points and spans of time: nanoseconds on the monotonic clock.

pub use crate::sys::now;

/// No limit. Anything above it is no limit either.
pub const FOREVER: i64 = 1 << 62;

/// The moment a span after another; never past [`FOREVER`].
#[inline]
pub const fn after(moment: i64, span: i64) -> i64 {
    let sum = moment.saturating_add(span);
    if sum >= FOREVER { FOREVER } else { sum }
}

/// A span or moment as the caller gave it: what is above [`FOREVER`] becomes it.
pub const fn clamp(ns: i64) -> i64 {
    if ns >= FOREVER { FOREVER } else { ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forever_stays_forever() {
        assert_eq!(after(5, FOREVER), FOREVER);
        assert_eq!(after(FOREVER, FOREVER), FOREVER);
        assert_eq!(after(i64::MAX, i64::MAX), FOREVER);
        assert_eq!(after(5, 6), 11);
        assert_eq!(clamp(i64::MAX), FOREVER);
        assert_eq!(FOREVER as f64 as i64, FOREVER, "exact in a double");
    }
}
