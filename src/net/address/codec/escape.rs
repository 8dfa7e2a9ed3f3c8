//! The letters of text forms: a text of bounded length, numbers, hexadecimal bytes and `%XX` escapes.

use super::native::MAX;
use crate::net::codec::refused::{Refused, Why, within};

/// Enough for every text form: a native byte takes at most the three letters of an escape, and the two bytes
/// of the family, whose number is not escaped, leave room for the words around it.
pub(super) const TEXT_MAX: usize = 3 * MAX + 16;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A text that grows within its own storage.
pub struct Text {
    len: usize,
    bytes: [u8; TEXT_MAX],
}

impl Text {
    /// An empty text.
    pub const fn new() -> Text {
        Text { len: 0, bytes: [0; TEXT_MAX] }
    }

    /// The letters so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends letters unchanged.
    pub fn push(&mut self, letters: &[u8]) {
        self.bytes[self.len..self.len + letters.len()].copy_from_slice(letters);
        self.len += letters.len();
    }

    /// Appends a number in decimal digits.
    pub fn decimal(&mut self, mut number: u32) {
        let mut digits = [0; 10];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.push(&digits[first..]);
    }

    /// Appends a number in hexadecimal digits, without leading zeros.
    pub fn hex_number(&mut self, number: u16) {
        let skip = (number.leading_zeros() / 4).min(3);
        for shift in (0..4 - skip).rev() {
            self.push(&[HEX[usize::from(number >> (4 * shift)) % 16]]);
        }
    }

    /// Appends 0x and a number in hexadecimal digits.
    pub fn hex(&mut self, number: u64) {
        self.push(b"0x");
        let skip = (number.leading_zeros() / 4).min(15);
        for shift in (0..16 - skip).rev() {
            self.push(&[HEX[(number >> (4 * shift)) as usize % 16]]);
        }
    }

    /// Appends each byte as two hexadecimal digits.
    pub fn hex_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.push(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }

    /// Appends bytes, escaping control bytes, `%`, bytes above 0x7e, and those in `also`.
    pub fn escape(&mut self, bytes: &[u8], also: &[u8]) {
        for byte in bytes {
            if matches!(byte, b' '..=b'~') && *byte != b'%' && !also.contains(byte) {
                self.push(&[*byte]);
            } else {
                self.push(b"%");
                self.hex_bytes(&[*byte]);
            }
        }
    }
}

/// Reverses [`Text::escape`]. Returns the number of bytes; those that do not fit into `to` are only counted.
pub fn unescape(text: &[u8], to: &mut [u8], field: &'static str) -> Result<usize, Refused> {
    let mut rest = text;
    let mut len = 0;
    while let [first, behind @ ..] = rest {
        let byte = if *first == b'%' {
            let Some(byte) = behind.get(..2).and_then(hex_byte) else {
                return Err(Refused::malformed(field, "% must be followed by two hexadecimal digits"));
            };
            rest = &behind[2..];
            byte
        } else {
            rest = behind;
            *first
        };
        if let Some(place) = to.get_mut(len) {
            *place = byte;
        }
        len += 1;
    }
    Ok(len)
}

/// The byte of two hexadecimal digits, upper or lower case.
pub fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |letter: u8| char::from(letter).to_digit(16);
    match digits {
        [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    }
}

/// A number from 0 to `high` in decimal digits: no sign, no space, no wrapping.
pub fn number<T: TryFrom<i64>>(digits: &[u8], field: &'static str, high: i64) -> Result<T, Refused> {
    if !is_number(digits) {
        return Err(Refused::malformed(field, "a number in decimal digits is missing"));
    }
    let value = digits
        .iter()
        .try_fold(0_i64, |value, digit| value.checked_mul(10)?.checked_add(i64::from(digit - b'0')));
    let value = value.ok_or(Refused { field, why: Why::Beyond { high } })?;
    within(field, value, high)
}

/// Whether a text consists of decimal digits.
pub fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::new();
        write(&mut text);
        String::from_utf8(text.bytes().to_vec()).expect("ASCII")
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for value in [0, 1, 9, 10, 99, 100, 65535, u32::MAX] {
            assert_eq!(text(|to| to.decimal(value)), value.to_string());
        }
        for value in (0..=u16::MAX).step_by(if cfg!(miri) { 257 } else { 1 }) {
            assert_eq!(text(|to| to.hex_number(value)), format!("{value:x}"));
        }
        for value in [0, 1, 0xf, 0x10, 0x7ff, u64::from(u32::MAX), 1 << 60, u64::MAX] {
            assert_eq!(text(|to| to.hex(value)), format!("{value:#x}"));
        }
    }

    #[test]
    fn the_bytes_that_are_escaped() {
        let all: Vec<u8> = (0..=255).collect();
        for byte in &all {
            let escaped = matches!(byte, 0..0x20 | 0x7f.. | b'%' | b']');
            let expected = if escaped { format!("%{byte:02x}") } else { char::from(*byte).to_string() };
            assert_eq!(text(|to| to.escape(&[*byte], b"]")), expected);
        }
        let mut back = [0; 256];
        assert_eq!(unescape(b"%00%fF%Ff a", &mut back, "path"), Ok(5));
        assert_eq!(&back[..5], b"\0\xff\xff a");
        assert_eq!(unescape(b"abc", &mut back[..1], "path"), Ok(3), "counted past the room");
        for bad in ["%", "%1", "%g0", "%0g", "a%", "% 1", "%+1"] {
            assert!(unescape(bad.as_bytes(), &mut back, "path").is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_never_wrap() {
        assert_eq!(number(b"65535", "port", 65535), Ok(65535_u16));
        assert_eq!(number(b"0080", "port", 65535), Ok(80_u16));
        assert_eq!(number(b"4294967295", "scope_id", u32::MAX.into()), Ok(u32::MAX));
        for bad in ["", "-1", "+1", " 1", "1 ", "0x1", "1_0", "65536", "4294967296", "18446744073709551616"] {
            assert!(number::<u16>(bad.as_bytes(), "port", 65535).is_err(), "{bad:?}");
        }
        let long = number::<u16>(b"99999999999999999999", "port", 65535).unwrap_err();
        assert_eq!(long.to_string(), "port: the number is not within 0 to 65535");
    }
}
