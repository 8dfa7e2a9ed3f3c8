//! Why a value is refused, with the name of the field at fault.

use std::fmt;

/// A refused value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The field at fault, as the C parameter is called.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// The sentence says it all.
    Malformed(&'static str),
    /// A number outside `low` to `high`.
    Range { value: i64, low: u8, high: i64 },
    /// A number that is too long for any integer, where `high` is the largest that fits.
    Beyond { high: i64 },
    /// A name that the native form has no room for.
    TooLong { len: usize, max: usize },
    /// A message that does not fit into a buffer.
    Room { needed: usize, cap: usize },
    /// Bytes that are not control messages.
    Message(&'static str),
    /// The address is of another family than the one asked for.
    Family(u16),
    /// A family of other platforms: a sentence that says which.
    OtherPlatform(&'static str),
    /// No interface can have this name.
    NoInterface,
    /// There is no memory for it.
    #[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
    Memory,
    /// Looking up the interface failed with this system error number.
    Lookup(i32),
}

impl Refused {
    /// A field whose fault takes a sentence to describe.
    pub const fn malformed(field: &'static str, sentence: &'static str) -> Refused {
        Refused { field, why: Why::Malformed(sentence) }
    }

    /// Bytes that are not control messages.
    pub const fn message(sentence: &'static str) -> Refused {
        Refused { field: "control", why: Why::Message(sentence) }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: ", self.field)?;
        match self.why {
            Why::Malformed(sentence) | Why::OtherPlatform(sentence) | Why::Message(sentence) => {
                to.write_str(sentence)
            }
            Why::Range { value, low, high } => write!(to, "{value} is not within {low} to {high}"),
            Why::Beyond { high } => write!(to, "the number is not within 0 to {high}"),
            Why::Room { needed, cap } => write!(to, "{cap} bytes do not hold the {needed} needed"),
            Why::TooLong { len, max } => write!(to, "{len} bytes are more than the {max} that fit"),
            Why::Family(family) => write!(to, "an address of family {family} has no such fields"),
            Why::NoInterface => to.write_str("no interface can have this name"),
            Why::Memory => to.write_str("no memory"),
            Why::Lookup(_) => to.write_str("the interface was not found"),
        }
    }
}

/// The value of a field that is a number from 0 to `high`.
#[inline]
pub fn within<T: TryFrom<i64>>(field: &'static str, value: i64, high: i64) -> Result<T, Refused> {
    between(field, value, 0, high)
}

/// The value of a field that is a number from `low` to `high`.
#[inline]
pub fn between<T: TryFrom<i64>>(field: &'static str, value: i64, low: u8, high: i64) -> Result<T, Refused> {
    let refused = Refused { field, why: Why::Range { value, low, high } };
    if value < low.into() || value > high {
        return Err(refused);
    }
    T::try_from(value).map_err(|_| refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_the_field_and_the_value() {
        let port = within::<u16>("port", 70000, 65535).unwrap_err();
        assert_eq!(port.to_string(), "port: 70000 is not within 0 to 65535");
        assert_eq!(
            within::<u16>("port", -1, 65535).unwrap_err().to_string(),
            "port: -1 is not within 0 to 65535"
        );
        let long = Refused { field: "path", why: Why::TooLong { len: 108, max: 107 } };
        assert_eq!(long.to_string(), "path: 108 bytes are more than the 107 that fit");
    }

    #[test]
    fn within_takes_both_ends_and_never_wraps() {
        assert_eq!(within("port", 0, 65535), Ok(0_u16));
        assert_eq!(within("port", 65535, 65535), Ok(65535_u16));
        for beyond in [-1, 65536, 1 << 32, i64::MIN, i64::MAX] {
            assert!(within::<u16>("port", beyond, 65535).is_err(), "{beyond}");
        }
    }
}
