//! What the tests of texts share: their interfaces, and conversions between text and bytes.

use super::text::{format, parse};
use super::{Interfaces, Refused};

/// Pairs of index and name, including names of hostile letters.
pub struct Table;

const TABLE: [(u32, &[u8]); 6] = [
    (1, b"lo"),
    (2, b"eth0"),
    (3, b"7"),
    (4, b"a%b]c"),
    (5, b"\x01\x7f\xc3\xa9"),
    (u32::MAX, b"fifteen-letters"),
];

/// The error number of a failed lookup.
pub(super) const NO_SUCH: i32 = 19;

impl Interfaces for Table {
    fn index(&self, name: &[u8]) -> Result<u32, i32> {
        TABLE.iter().find(|entry| entry.1 == name).map(|entry| entry.0).ok_or(NO_SUCH)
    }

    fn name(&self, index: u32) -> Option<Vec<u8>> {
        TABLE.iter().find(|entry| entry.0 == index).map(|entry| entry.1.to_vec())
    }
}

/// The text of an address.
pub fn text_of(bytes: &[u8]) -> String {
    String::from_utf8(format(bytes, &Table).bytes().to_vec()).expect("ASCII")
}

/// Why a text is refused.
pub fn refused(text: &str) -> Refused {
    match parse(text.as_bytes(), &Table) {
        Ok(native) => panic!("{text} was taken as {}", text_of(native.bytes())),
        Err(refused) => refused,
    }
}
