//! Any text is an address or is refused; an address is written as a text that means the same bytes.
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

use net::address::codec::{Interfaces, Refused, ip, numeric, text};
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;
use test_table::Table;

fuzz_target!(|data: &[u8]| {
    let std_host = std::str::from_utf8(data).ok().and_then(|host| host.parse::<IpAddr>().ok());
    assert_eq!(numeric::host(data), std_host, "numeric hosts");

    if let Ok(address) = ip::new(Some(data), 80, &Table) {
        assert_eq!(ip::read(ip::native(&address).bytes()), Some(address));
    }
    if let Ok(native) = text::parse(data, &Table) {
        let written = text::format(native.bytes(), &Table);
        let again = text::parse(written.bytes(), &Table).expect("what was written is read");
        assert_eq!(again.bytes(), native.bytes());
        assert_eq!(text::format(again.bytes(), &Table).bytes(), written.bytes());
    }
});
