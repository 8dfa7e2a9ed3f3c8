//! AF_QIPCRTR.

use super::fields;
use crate::net::address::Address;
pub use crate::net::address::codec::linux::qipcrtr::Qipcrtr;
use crate::net::address::codec::linux::{Known, number};
use crate::net::error::Result;

/// linux/socket.h; the libc crate lacks it.
pub(crate) const AF_QIPCRTR: i32 = number::AF_QIPCRTR as i32;

/// An address.
pub fn address(node: i64, port: i64) -> Result<Address> {
    Ok(Qipcrtr::new(node, port)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Qipcrtr> {
    fields(address, AF_QIPCRTR, |known| match known {
        Known::Qipcrtr(fields) => Some(fields),
        _ => None,
    })
}
