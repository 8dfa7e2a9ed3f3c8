//! Any native bytes up to 128 are an address: stored in one form, written as a text that reads back.
#![no_main]
#![allow(dead_code, unused_imports)]

// The library's own module paths, which the codecs use.
#[path = "../../src/net"]
mod net {
    pub mod codec;
    pub mod address {
        pub mod codec;
    }
}
#[path = "../../src/net/address/codec/test_table.rs"]
mod test_table;

use net::address::codec::family::{Known, canonical};
use net::address::codec::{Interfaces, Refused, text, unix};
use libfuzzer_sys::fuzz_target;
use test_table::Table;

fuzz_target!(|data: &[u8]| {
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
});
