//! Numbers and escapes in address texts agree with the standard library's parser, and never wrap.

use crate::net::address::codec::escape::{Text, hex_byte, number, unescape};
use crate::net::address::codec::text_fields::{any_number, any_u64};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    let digits = !data.is_empty() && data.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(data).ok();
    let decimal = text.filter(|_| digits).and_then(|text| text.parse::<u64>().ok());
    let hex = text
        .and_then(|text| text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")))
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());

    for high in [0, 255, 65535, u32::MAX.into(), i64::MAX] {
        let fits = |value: &u64| *value <= high as u64;
        let expected = decimal.filter(fits);
        assert_eq!(number::<i64>(data, "field", high).ok(), expected.map(|value| value as i64));
        let expected = decimal.or(hex).filter(fits);
        assert_eq!(any_number::<i64>(data, "field", high).ok(), expected.map(|value| value as i64));
    }
    assert_eq!(any_u64(data, "field").ok(), decimal.or(hex));

    let pair = text.filter(|text| text.len() == 2 && text.bytes().all(|letter| letter.is_ascii_hexdigit()));
    assert_eq!(hex_byte(data), pair.map(|pair| u8::from_str_radix(pair, 16).expect("two digits")));

    // An escaped text reads back as the bytes that were escaped, with room for all of them or for some.
    let bytes = &data[..data.len().min(128)];
    let mut escaped = Text::new();
    escaped.escape(bytes, b":]");
    let mut back = [0; 128];
    assert_eq!(unescape(escaped.bytes(), &mut back, "field"), Ok(bytes.len()));
    assert_eq!(&back[..bytes.len()], bytes);
    let mut few = [0xee; 4];
    let counted = unescape(data, &mut few, "field");
    if let Ok(count) = counted {
        assert!(count <= data.len());
        assert!(few.iter().skip(count).all(|byte| *byte == 0xee), "bytes beyond the text were written");
    }
}
