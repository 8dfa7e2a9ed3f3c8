//! International host names: UTS 46, the way browsers and curl spell them for the DNS.
//!
//! ASCII goes through untouched, whatever it is. Bytes that are no UTF-8 too: they may be what a hosts
//! file holds.

use crate::net::error::{Code, Result};
use std::borrow::Cow;

/// A name of 253 characters, each of four bytes.
const LONGEST: usize = 4 * 253;

/// A host as the resolver is asked for it.
pub fn encode(host: &[u8]) -> Result<Cow<'_, [u8]>> {
    if host.is_ascii() {
        return Ok(Cow::Borrowed(host));
    }
    match std::str::from_utf8(host) {
        // Longer than any name is, encoded: not worth memory that the encoder cannot be refused.
        Ok(_) if host.len() > LONGEST => Err(Code::errno(libc::EINVAL)
            .because(format_args!("host: {} bytes are more than an international name has", host.len()))),
        Ok(text) => to_ascii(text).map(|name| Cow::Owned(name.into_bytes())),
        Err(_) => Ok(Cow::Borrowed(host)),
    }
}

#[cfg(feature = "idna")]
fn to_ascii(text: &str) -> Result<String> {
    idna::domain_to_ascii(text).map_err(|_| {
        Code::errno(libc::EINVAL)
            .because(format_args!("host: {text} cannot be encoded as an international name"))
    })
}

#[cfg(not(feature = "idna"))]
fn to_ascii(text: &str) -> Result<String> {
    Err(Code::errno(libc::EINVAL).because(format_args!(
        "host: {text} is not ASCII, and this libsock was built without international names"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_and_bytes_stay_as_they_are() {
        for host in [&b"Example.COM"[..], b"a_b..c", b"-x", b"\xff\xfe", b"xn--bcher-kva.example"] {
            assert_eq!(encode(host).expect("a host").as_ref(), host);
        }
    }

    #[test]
    #[cfg(feature = "idna")]
    fn other_names_are_encoded_by_uts_46() {
        // R153
        for (name, wanted) in [
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("straße.de", "xn--strae-oqa.de"),
            ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("example。com", "example.com"),
        ] {
            assert_eq!(encode(name.as_bytes()).expect(name).as_ref(), wanted.as_bytes());
        }
        assert!(encode("a\u{ffff}b".as_bytes()).is_err());
    }
}
