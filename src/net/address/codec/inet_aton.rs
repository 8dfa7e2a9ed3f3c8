//! IPv4 hosts as inet_aton(3) of glibc reads them: one to four parts, decimal, octal or hexadecimal, of
//! which the last fills all remaining bytes. Text after white space is ignored.

use std::net::Ipv4Addr;

/// An IPv4 address in any of the old forms: "127.1", "0x7f000001", "010.0.0.1 trailing text".
pub fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut leading = [0; 3];
    let mut dots = 0;
    let mut rest = text;
    loop {
        let (value, behind) = number(rest)?;
        match behind.first() {
            Some(b'.') => {
                *leading.get_mut(dots)? = u8::try_from(value).ok()?;
                dots += 1;
                rest = &behind[1..];
            }
            None | Some(b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r') => {
                let room = u32::MAX >> (8 * dots);
                if value > room {
                    return None;
                }
                let [a, b, c] = leading;
                return Some(Ipv4Addr::from(u32::from_be_bytes([a, b, c, 0]) | value));
            }
            Some(_) => return None,
        }
    }
}

/// The number that a text begins with, and the rest of the text. "0x" before a digit means hexadecimal,
/// another leading 0 octal. As with strtoul(3), the number ends at the first letter that is not a digit of
/// its base.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    text.first().filter(|letter| letter.is_ascii_digit())?;
    let (base, digits) = match text {
        [b'0', b'x' | b'X', digits @ ..] if digits.first().is_some_and(u8::is_ascii_hexdigit) => (16, digits),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let mut value = 0_u32;
    let mut end = 0;
    while let Some(digit) = digits.get(end).and_then(|letter| char::from(*letter).to_digit(base)) {
        value = value.checked_mul(base)?.checked_add(digit)?;
        end += 1;
    }
    Some((value, &digits[end..]))
}

#[cfg(test)]
mod tests {
    use super::super::numeric;
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<[u8; 4]> {
        v4(text.as_bytes()).map(|host| host.octets())
    }

    /// R180.
    #[test]
    fn the_old_forms() {
        for (text, octets) in [
            ("127.0.0.1", [127, 0, 0, 1]),
            ("127.1", [127, 0, 0, 1]),
            ("1.2.3", [1, 2, 0, 3]),
            ("1.2.65535", [1, 2, 255, 255]),
            ("16909060", [1, 2, 3, 4]),
            ("4294967295", [255; 4]),
            ("0x7f.1", [127, 0, 0, 1]),
            ("0X7F000001", [127, 0, 0, 1]),
            ("010.0.0.1", [8, 0, 0, 1]),
            ("00000000000.0", [0; 4]),
            ("1.2.3.4 trailing text", [1, 2, 3, 4]),
            ("1.2.3.4\t", [1, 2, 3, 4]),
            ("1\n.5", [0, 0, 0, 1]),
        ] {
            assert_eq!(read(text), Some(octets), "{text:?}");
        }
        for bad in [
            "",
            " 1.2.3.4",
            ".1",
            "1.",
            "1..2",
            "1.2.3.4.",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.256.1.1",
            "1.2.65536",
            "1.16777216",
            "4294967296",
            "99999999999999999999",
            "08",
            "0x",
            "0xg",
            "0b1",
            "1.2.3.4x",
            "-1",
            "+1",
            "1.-2",
            "a",
            "1.2.3.4\u{a0}",
            "0x100.1",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn strict_forms_are_inet_aton_forms(octets in any::<[u8; 4]>()) {
            let text = Ipv4Addr::from(octets).to_string();
            prop_assert_eq!(v4(text.as_bytes()), numeric::v4(text.as_bytes()));
        }

        #[test]
        fn one_number_is_the_whole_address(value in any::<u32>()) {
            for text in [format!("{value}"), format!("0{value:o}"), format!("{value:#x}"), format!("0X{value:08X}")] {
                prop_assert_eq!(v4(text.as_bytes()), Some(Ipv4Addr::from(value)), "{}", text);
            }
        }

        #[test]
        fn no_text_breaks_it(text in "[0-9a-fA-FxX. \\t]{0,24}") {
            let _ = v4(text.as_bytes());
        }
    }
}
