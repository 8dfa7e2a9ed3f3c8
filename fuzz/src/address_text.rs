//! Any text is an address or is refused; an address is written as a text that means the same bytes.

use crate::Table;
use crate::net::address::codec::{Interfaces, ip, numeric, text};
use std::net::IpAddr;

/// Takes one input; a finding is a panic.
pub fn run(data: &[u8]) {
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
}
