//! AF_CAN.

use super::fields;
pub use crate::net::address::codec::can::Can;
use crate::net::address::codec::family::Known;
use crate::net::address::{Address, System};
use crate::net::error::Result;

/// An address of CAN_RAW and CAN_BCM.
pub fn address(interface: &[u8]) -> Result<Address> {
    Ok(Can::new(interface, &System)?.native().into())
}

/// An address of CAN_ISOTP.
pub fn isotp_address(interface: &[u8], rx_id: i64, tx_id: i64) -> Result<Address> {
    Ok(Can::isotp(interface, rx_id, tx_id, &System)?.native().into())
}

/// An address of CAN_J1939.
pub fn j1939_address(interface: &[u8], name: u64, pgn: i64, address: i64) -> Result<Address> {
    Ok(Can::j1939(interface, name, pgn, address, &System)?.native().into())
}

/// The fields of an address, of whatever protocol.
pub fn read(address: &Address) -> Result<Can> {
    pick(address, Some)
}

/// The fields of an address of CAN_ISOTP: interface, received and sent identifier.
pub fn read_isotp(address: &Address) -> Result<(i32, u32, u32)> {
    pick(address, |can| match can {
        Can::Isotp { ifindex, rx_id, tx_id } => Some((ifindex, rx_id, tx_id)),
        _ => None,
    })
}

/// The fields of an address of CAN_J1939: interface, name, parameter group and address.
pub fn read_j1939(address: &Address) -> Result<(i32, u64, u32, u8)> {
    pick(address, |can| match can {
        Can::J1939 { ifindex, name, pgn, addr } => Some((ifindex, name, pgn, addr)),
        _ => None,
    })
}

fn pick<T>(address: &Address, form: impl FnOnce(Can) -> Option<T>) -> Result<T> {
    fields(address, libc::AF_CAN, |known| match known {
        Known::Can(can) => form(can),
        _ => None,
    })
}
