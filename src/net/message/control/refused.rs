//! Why control messages are refused, told so that the field at fault is named.

use std::fmt;

/// A refusal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// A number outside `low` to `high`.
    Range { field: &'static str, value: i64, low: i64, high: i64 },
    /// What is to be put does not fit: so much is needed, so much is there.
    Room { needed: usize, cap: usize },
    /// The bytes are no control messages.
    Malformed(&'static str),
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Refused::Range { field, value, low, high } => {
                write!(to, "{field}: {value} is not within {low} to {high}")
            }
            Refused::Room { needed, cap } => write!(to, "cap: {cap} bytes do not hold the {needed} needed"),
            Refused::Malformed(sentence) => write!(to, "control: {sentence}"),
        }
    }
}

/// The value of a field that is a number from `low` to `high`.
pub fn within<T: TryFrom<i64>>(field: &'static str, value: i64, low: i64, high: i64) -> Result<T, Refused> {
    let refused = Refused::Range { field, value, low, high };
    if value < low || value > high {
        return Err(refused);
    }
    T::try_from(value).map_err(|_| refused)
}
