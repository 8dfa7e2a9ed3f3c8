//! The fuzz targets as plain functions: `fuzz_targets/NAME.rs` runs each under libFuzzer,
//! `examples/replay.rs` runs them over the corpus with any toolchain.
//!
//! The library builds no rlib, so the pure modules are compiled here once more, by path.

#![allow(dead_code, unused_imports)]

/// The library's own module paths, which the pure modules use.
#[path = "../../src/net"]
mod net {
    pub mod codec;
    pub mod address {
        pub mod codec;
    }
    pub mod message {
        pub mod control;
    }
    pub mod option {
        pub mod codec;
    }
}

pub mod address_native;
pub mod address_text;
pub mod control;
pub mod control_c;
pub mod host_c;
pub mod host_text;
pub mod number_text;
pub mod option_buffers;
pub mod planted;

/// A target: its name, which is also that of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target. `planted` proves that a finding is seen.
pub const TARGETS: [Target; 9] = [
    ("address_native", address_native::run),
    ("address_text", address_text::run),
    ("control", control::run),
    ("control_c", control_c::run),
    ("host_c", host_c::run),
    ("host_text", host_text::run),
    ("number_text", number_text::run),
    ("option_buffers", option_buffers::run),
    ("planted", planted::run),
];

/// Interfaces with hostile names.
struct Table;

const TABLE: [(u32, &[u8]); 6] = [
    (1, b"lo"),
    (2, b"eth0"),
    (3, b"7"),
    (4, b"a%b]c"),
    (5, b"\x01\x7f\xc3\xa9"),
    (u32::MAX, b"fifteen-letters"),
];

impl net::address::codec::Interfaces for Table {
    fn index(&self, name: &[u8]) -> Result<u32, i32> {
        TABLE.iter().find(|entry| entry.1 == name).map(|entry| entry.0).ok_or(libc::ENODEV)
    }

    fn name(&self, index: u32) -> Option<Vec<u8>> {
        TABLE.iter().find(|entry| entry.0 == index).map(|entry| entry.1.to_vec())
    }
}
