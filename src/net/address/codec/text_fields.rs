//! The fields of a text form, which colons separate.

use super::escape::number;
use crate::net::codec::refused::{Refused, Why, within};

/// The rest of a text, field by field.
pub struct TextFields<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> TextFields<'a> {
    /// Of the text after the first colon. There is always at least one field, which may be empty.
    pub fn of(text: &'a [u8]) -> TextFields<'a> {
        TextFields { rest: Some(text) }
    }

    /// The next field, if there is one.
    pub fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let Some(colon) = rest.iter().position(|&byte| byte == b':') else { return self.rest.take() };
        self.rest = Some(&rest[colon + 1..]);
        Some(&rest[..colon])
    }

    /// The next field, which is required.
    pub fn need(&mut self, field: &'static str) -> Result<&'a [u8], Refused> {
        self.next().ok_or(Refused::malformed(field, "is missing"))
    }

    /// The next field as a number, which is required.
    pub fn number<T: TryFrom<i64>>(&mut self, field: &'static str, high: i64) -> Result<T, Refused> {
        any_number(self.need(field)?, field, high)
    }

    /// The next field as a number; 0 if the text has ended.
    pub fn number_or_0<T: TryFrom<i64> + Default>(
        &mut self,
        field: &'static str,
        high: i64,
    ) -> Result<T, Refused> {
        self.next().map_or(Ok(T::default()), |digits| any_number(digits, field, high))
    }

    /// Checks that no field is left.
    pub fn end(&self) -> Result<(), Refused> {
        match self.rest {
            None => Ok(()),
            Some(_) => Err(Refused::malformed("text", "there are more fields than this form has")),
        }
    }
}

/// A number from 0 to `high`, decimal, or hexadecimal after 0x.
pub fn any_number<T: TryFrom<i64>>(text: &[u8], field: &'static str, high: i64) -> Result<T, Refused> {
    let Some(digits) = hex_digits(text) else { return number(text, field, high) };
    let value = hex_value(digits).and_then(|value| i64::try_from(value).ok());
    within(field, value.ok_or(Refused { field, why: Why::Beyond { high } })?, high)
}

/// Like [`any_number`], with 64 bits.
pub fn any_u64(text: &[u8], field: &'static str) -> Result<u64, Refused> {
    let beyond = Refused::malformed(field, "the number is not within 0 to 0xffffffffffffffff");
    if let Some(digits) = hex_digits(text) {
        return hex_value(digits).ok_or(beyond);
    }
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(Refused::malformed(
            field,
            "a number is missing, in decimal digits or hexadecimal after 0x",
        ));
    }
    let mut digits = text.iter().map(|digit| u64::from(digit - b'0'));
    digits.try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(digit)).ok_or(beyond)
}

/// The digits after 0x, if they are all hexadecimal.
fn hex_digits(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    (!digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)).then_some(digits)
}

/// The value of hexadecimal digits, if it fits into 64 bits.
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
    fn fields_end_once() {
        let mut fields = TextFields::of(b"a::b");
        assert_eq!(fields.next(), Some(b"a".as_slice()));
        assert_eq!(fields.next(), Some(b"".as_slice()));
        assert!(fields.end().is_err());
        assert_eq!(fields.next(), Some(b"b".as_slice()));
        assert_eq!(fields.next(), None);
        assert_eq!(fields.next(), None);
        assert_eq!(fields.end(), Ok(()));
        assert_eq!(fields.need("port").unwrap_err().to_string(), "port: is missing");
        assert_eq!(fields.number_or_0::<u8>("flags", 255), Ok(0));
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
