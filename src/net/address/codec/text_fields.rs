//! The pieces of a text form: what stands between its colons.

use super::escape::number;
use crate::net::codec::refused::{Refused, Why, within};

/// What is left of a text, piece by piece.
pub struct TextFields<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> TextFields<'a> {
    /// Of all that stands behind the first colon. A text always has one piece, if an empty one.
    pub fn of(text: &'a [u8]) -> TextFields<'a> {
        TextFields { rest: Some(text) }
    }

    /// The next piece, if there is one more.
    pub fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let Some(colon) = rest.iter().position(|&byte| byte == b':') else { return self.rest.take() };
        self.rest = Some(&rest[colon + 1..]);
        Some(&rest[..colon])
    }

    /// The next piece, which must be there.
    pub fn need(&mut self, field: &'static str) -> Result<&'a [u8], Refused> {
        self.next().ok_or(Refused::malformed(field, "is missing"))
    }

    /// The next piece as a number, which must be there.
    pub fn number<T: TryFrom<i64>>(&mut self, field: &'static str, high: i64) -> Result<T, Refused> {
        any_number(self.need(field)?, field, high)
    }

    /// The next piece as a number; 0 where the text has ended.
    pub fn number_or_0<T: TryFrom<i64> + Default>(
        &mut self,
        field: &'static str,
        high: i64,
    ) -> Result<T, Refused> {
        self.next().map_or(Ok(T::default()), |digits| any_number(digits, field, high))
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), Refused> {
        match self.rest {
            None => Ok(()),
            Some(_) => Err(Refused::malformed("text", "more stands behind it than this form has")),
        }
    }
}

/// A number from 0 to `high`, decimal or behind 0x hexadecimal.
pub fn any_number<T: TryFrom<i64>>(text: &[u8], field: &'static str, high: i64) -> Result<T, Refused> {
    let Some(digits) = hex_digits(text) else { return number(text, field, high) };
    let value = hex_value(digits).and_then(|value| i64::try_from(value).ok());
    within(field, value.ok_or(Refused { field, why: Why::Beyond { high } })?, high)
}

/// As [`any_number`], of 64 bits.
pub fn any_u64(text: &[u8], field: &'static str) -> Result<u64, Refused> {
    let beyond = Refused::malformed(field, "the number is not within 0 to 0xffffffffffffffff");
    if let Some(digits) = hex_digits(text) {
        return hex_value(digits).ok_or(beyond);
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Refused::malformed(field, "a number in decimal digits or behind 0x is missing"));
    }
    let mut digits = text.iter().map(|digit| u64::from(digit - b'0'));
    digits.try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(digit)).ok_or(beyond)
}

/// What stands behind 0x, if it is hexadecimal digits and nothing else.
fn hex_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    (!digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)).then_some(digits)
}

/// The value of hexadecimal digits, where 64 bits hold it.
fn hex_value(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        (value >> 60 == 0).then_some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_once() {
        let mut pieces = TextFields::of(b"a::b");
        assert_eq!(pieces.next(), Some(b"a".as_slice()));
        assert_eq!(pieces.next(), Some(b"".as_slice()));
        assert!(pieces.end().is_err());
        assert_eq!(pieces.next(), Some(b"b".as_slice()));
        assert_eq!(pieces.next(), None);
        assert_eq!(pieces.next(), None);
        assert_eq!(pieces.end(), Ok(()));
        assert_eq!(pieces.need("port").unwrap_err().to_string(), "port: is missing");
        assert_eq!(pieces.number_or_0::<u8>("flags", 255), Ok(0));
        assert_eq!(TextFields::of(b"").next(), Some(b"".as_slice()));
    }

    #[test]
    fn numbers_of_both_kinds_never_wrap() {
        assert_eq!(any_number(b"0x7fF", "rx_id", 0xffff), Ok(0x7ff_u32));
        assert_eq!(any_number(b"0XFFFF", "rx_id", 0xffff), Ok(0xffff_u16));
        assert_eq!(any_number(b"0042", "rx_id", 0xffff), Ok(42_u16));
        for bad in ["", "0x", "0x1g", "x1", "1x", "-1", "0x-1", "0x10000", "65536", "0x8000000000000000"] {
            assert!(any_number::<u16>(bad.as_bytes(), "rx_id", 0xffff).is_err(), "{bad}");
        }
        assert!(any_number::<u16>(b"0x10000000000000001", "rx_id", 0xffff).is_err(), "65 bits");
        assert_eq!(any_u64(b"0xffffffffffffffff", "name"), Ok(u64::MAX));
        assert_eq!(any_u64(b"18446744073709551615", "name"), Ok(u64::MAX));
        assert_eq!(any_u64(b"00", "name"), Ok(0));
        for bad in
            ["", "18446744073709551616", "0x10000000000000000", "0x", "-1", "1 ", "99999999999999999999"]
        {
            assert!(any_u64(bad.as_bytes(), "name").is_err(), "{bad}");
        }
    }
}
