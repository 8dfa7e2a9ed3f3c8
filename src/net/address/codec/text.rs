//! One text form for each family, and `afN:HEX` for every address that has none.
//!
//! What is written reads back as the same bytes. The fields are written where they say all that the
//! bytes hold; padding, unknown families and short forms stand as hexadecimal bytes.

use super::escape::{Text, hex_byte, number};
use super::family::Known;
use super::native::{FAMILY_LEN, Native, check_len, split};
use super::refused::Refused;
use super::{Interfaces, ip, unix};

const NO_HEX: Refused = Refused::malformed("text", "behind afN: stand pairs of hexadecimal digits");

/// Writes a native address of at most 128 bytes.
pub fn format(bytes: &[u8], interfaces: &dyn Interfaces) -> Text {
    let mut text = Text::new();
    let Some((family, rest)) = split(bytes) else {
        text.push(b"unspec:");
        return text;
    };
    let written = match Known::read(bytes).filter(|known| known.native().bytes() == bytes) {
        Some(Known::Ip(address)) => ip::write(&address, &mut text, interfaces),
        Some(Known::Unix(name)) => unix::write(name, &mut text),
        None => false,
    };
    if !written {
        text.push(b"af");
        text.decimal(family.into());
        text.push(b":");
        text.hex_bytes(rest);
    }
    text
}

/// Reads what [`format`] writes, and what people write in its place.
pub fn parse(text: &[u8], interfaces: &dyn Interfaces) -> Result<Native, Refused> {
    let colon = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    let (scheme, behind) = (&text[..colon], text.get(colon + 1..).unwrap_or_default());
    match scheme {
        b"unix" if colon < text.len() => unix::parse(behind),
        b"unspec" if colon < text.len() => parse_empty(behind),
        [b'a', b'f', digits @ ..] if colon < text.len() => parse_bytes(digits, behind),
        _ => ip::parse(text, interfaces).map(|address| ip::native(&address)),
    }
}

fn parse_empty(behind: &[u8]) -> Result<Native, Refused> {
    match behind {
        [] => Ok(Native::EMPTY),
        _ => Err(Refused::malformed("text", "nothing may follow unspec:")),
    }
}

/// `afN:HEX`: the number of the family, and the bytes behind it.
fn parse_bytes(family: &[u8], hex: &[u8]) -> Result<Native, Refused> {
    let family = number(family, "family", u16::MAX.into())?;
    check_len(FAMILY_LEN + hex.len().div_ceil(2))?;
    let mut native = Native::of_family(family);
    for digits in hex.chunks(2) {
        native.push(&[hex_byte(digits).ok_or(NO_HEX)?]);
    }
    Ok(native)
}
