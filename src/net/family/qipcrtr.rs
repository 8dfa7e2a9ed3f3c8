//! AF_QIPCRTR.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::family::{AF_QIPCRTR, Known};
pub use crate::net::address::codec::qipcrtr::Qipcrtr;
use crate::net::error::Result;

/// An address.
pub fn address(node: i64, port: i64) -> Result<Address> {
    Ok(Qipcrtr::new(node, port)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Qipcrtr> {
    fields(address, AF_QIPCRTR.into(), |known| match known {
        Known::Qipcrtr(fields) => Some(fields),
        _ => None,
    })
}
