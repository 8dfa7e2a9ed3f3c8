//! Any native bytes up to 128 are an address: kept in one form, written as a text that reads back.

use crate::Table;
use crate::net::address::codec::family::{Known, canonical};
use crate::net::address::codec::{Interfaces, text, unix};

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
    let Ok(kept) = canonical(data) else {
        assert!(data.len() == 1 || data.len() > 128);
        return;
    };
    for bytes in [data, kept.bytes()] {
        let written = text::format(bytes, &Table);
        assert!(written.bytes().iter().all(|letter| (b' '..=b'~').contains(letter)));
        let read = text::parse(written.bytes(), &Table).expect("what was written is read");
        assert_eq!(read.bytes(), bytes);
    }
    assert_eq!(canonical(kept.bytes()).expect("what was kept is an address").bytes(), kept.bytes());
    if let Some(Known::Unix(name)) = Known::read(data) {
        if let Ok(native) = unix::new(name) {
            assert_eq!(native.bytes(), kept.bytes());
        }
    }
}
