//! AF_PACKET.

use super::fields;
use crate::net::address::codec::interface;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::packet::Packet;
use crate::net::address::{Address, System};
use crate::net::error::Result;
use crate::net::handle::{Id, pin_socket};
use crate::sys;
use crate::sys::uapi::{PACKET_ADD_MEMBERSHIP, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC, SOL_PACKET};

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

/// Makes an interface receive frames for other hosts as well, while the socket asks for it.
pub fn set_promiscuous(id: Id, name: &[u8], on: bool) -> Result<i32> {
    let index = interface::index(name, &System)?;
    // linux/if_packet.h, struct packet_mreq: index, type, and an address that this type does not use.
    let mut request = [0; 16];
    request[..4].copy_from_slice(&index.to_ne_bytes());
    request[4..6].copy_from_slice(&(PACKET_MR_PROMISC as u16).to_ne_bytes());
    let option = if on { PACKET_ADD_MEMBERSHIP } else { PACKET_DROP_MEMBERSHIP };
    sys::setsockopt(pin_socket(id)?.fd(), SOL_PACKET, option, &request)?;
    Ok(0)
}
