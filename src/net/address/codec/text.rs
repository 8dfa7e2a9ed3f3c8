//! One text form for each family, and `afN:HEX` for every address that has none.
//!
//! A written text reads back as the same bytes. If the fields account for every byte, the text has the
//! fields; padding, unknown families and short forms are written as hexadecimal bytes.

use super::escape::{Text, hex_byte, number};
use super::family::Known;
use super::native::{FAMILY_LEN, Native, check_len, split};
use super::{Interfaces, ip, platform, unix};
use crate::net::codec::refused::Refused;

const NO_HEX: Refused = Refused::malformed("text", "afN: must be followed by pairs of hexadecimal digits");

/// Writes a native address of at most 128 bytes.
pub fn format(bytes: &[u8], interfaces: &dyn Interfaces) -> Text {
    let mut text = Text::new();
    let Some((family, rest)) = split(bytes) else {
        text.push(b"unspec:");
        return text;
    };
    let known = Known::read(bytes).filter(|known| known.native().bytes() == bytes);
    if !known.is_some_and(|known| write(&known, &mut text, interfaces)) {
        text.push(b"af");
        text.decimal(family.into());
        text.push(b":");
        text.hex_bytes(rest);
    }
    text
}

/// Writes the fields of a known family; false, with nothing written, if they have no text form.
fn write(known: &Known, to: &mut Text, interfaces: &dyn Interfaces) -> bool {
    match known {
        Known::Ip(address) => ip::write(address, to, interfaces),
        Known::Unix(name) => unix::write(name, to),
        Known::Platform(fields) => fields.write(to, interfaces),
    }
}

/// Reads what [`format`] writes, and the other spellings that people use.
pub fn parse(text: &[u8], interfaces: &dyn Interfaces) -> Result<Native, Refused> {
    let colon = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    // All other forms have a colon.
    let Some(behind) = text.get(colon + 1..) else { return parse_ip(text, interfaces) };
    match &text[..colon] {
        b"unix" => unix::parse(behind),
        b"unspec" => parse_empty(behind),
        [b'a', b'f', digits @ ..] => parse_bytes(digits, behind),
        word => platform::parse(word, behind, interfaces).unwrap_or_else(|| parse_ip(text, interfaces)),
    }
}

fn parse_ip(text: &[u8], interfaces: &dyn Interfaces) -> Result<Native, Refused> {
    ip::parse(text, interfaces).map(|address| ip::native(&address))
}

fn parse_empty(behind: &[u8]) -> Result<Native, Refused> {
    match behind {
        [] => Ok(Native::EMPTY),
        _ => Err(Refused::malformed("text", "nothing may follow unspec:")),
    }
}

/// `afN:HEX`: the number of the family, and the bytes after it.
fn parse_bytes(family: &[u8], hex: &[u8]) -> Result<Native, Refused> {
    let family = number(family, "family", u16::MAX.into())?;
    check_len(FAMILY_LEN + hex.len().div_ceil(2))?;
    let mut native = Native::of_family(family);
    for digits in hex.chunks(2) {
        native.push(&[hex_byte(digits).ok_or(NO_HEX)?]);
    }
    Ok(native)
}
