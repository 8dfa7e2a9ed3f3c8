//! AF_PACKET.

use super::fields;
use crate::net::address::codec::family::Known;
pub use crate::net::address::codec::packet::Packet;
use crate::net::address::{Address, System};
use crate::net::error::Result;

/// An address.
pub fn address(interface: &[u8], protocol: i64, kind: i64, hatype: i64, hwaddr: &[u8]) -> Result<Address> {
    Ok(Packet::new(interface, protocol, kind, hatype, hwaddr, &System)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Packet<'_>> {
    fields(address, libc::AF_PACKET, |known| match known {
        Known::Packet(fields) => Some(fields),
        _ => None,
    })
}
