//! AF_BLUETOOTH.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::bluetooth::{Bdaddr, Bluetooth};
use crate::net::error::Result;

/// An address of BTPROTO_L2CAP.
pub fn l2cap(bdaddr: &[u8], psm: i64, cid: i64, bdaddr_type: i64) -> Result<Address> {
    Ok(Bluetooth::l2cap(bdaddr, psm, cid, bdaddr_type)?.native().into())
}

/// An address of BTPROTO_RFCOMM.
pub fn rfcomm(bdaddr: &[u8], channel: i64) -> Result<Address> {
    Ok(Bluetooth::rfcomm(bdaddr, channel)?.native().into())
}

/// An address of BTPROTO_HCI.
pub fn hci(dev: i64, channel: i64) -> Result<Address> {
    Ok(Bluetooth::hci(dev, channel)?.native().into())
}

/// An address of BTPROTO_SCO.
pub fn sco(bdaddr: &[u8]) -> Result<Address> {
    Ok(Bluetooth::sco(bdaddr)?.native().into())
}

/// The fields of an address that `form` picks out of one of the four.
pub fn read<T>(address: &Address, form: impl FnOnce(Bluetooth) -> Option<T>) -> Result<T> {
    fields(address, libc::AF_BLUETOOTH, |known| match known {
        Known::Bluetooth(fields) => form(fields),
        _ => None,
    })
}
