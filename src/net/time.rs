//! Points and spans of time: nanoseconds on the monotonic clock.

use crate::sys;
use std::ops::Sub;

/// A span, or a moment on the monotonic clock, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[repr(transparent)]
pub struct Nanos(pub i64);

impl Nanos {
    /// No span, or the first moment.
    pub const ZERO: Nanos = Nanos(0);

    /// No limit. Anything above it is no limit either.
    pub const FOREVER: Nanos = Nanos(1 << 62);

    /// A span of this many milliseconds.
    pub const fn from_millis(milliseconds: i64) -> Nanos {
        Nanos(milliseconds * 1_000_000)
    }

    /// The moment a span after this one; never past [`Nanos::FOREVER`].
    #[inline]
    pub const fn after(self, span: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(span.0)).clamped()
    }

    /// A span or moment as the caller passed it: anything above [`Nanos::FOREVER`] becomes it.
    #[inline]
    pub const fn clamped(self) -> Nanos {
        if self.0 >= Nanos::FOREVER.0 { Nanos::FOREVER } else { self }
    }

    /// Whether a caller passed a negative number.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Sub for Nanos {
    type Output = Nanos;

    fn sub(self, earlier: Nanos) -> Nanos {
        Nanos(self.0 - earlier.0)
    }
}

/// The present moment.
#[inline]
pub fn now() -> Nanos {
    Nanos(sys::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forever_stays_forever() {
        let (five, forever, most) = (Nanos(5), Nanos::FOREVER, Nanos(i64::MAX));
        assert_eq!(five.after(forever), forever);
        assert_eq!(forever.after(forever), forever);
        assert_eq!(most.after(most), forever);
        assert_eq!(five.after(Nanos(6)), Nanos(11));
        assert_eq!(most.clamped(), forever);
        assert_eq!(forever.0 as f64 as i64, forever.0, "exact in a double");
    }
}
