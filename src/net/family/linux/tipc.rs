//! AF_TIPC.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::tipc::Tipc;
use crate::net::error::Result;

/// An address.
pub fn address(kind: i64, values: [i64; 3], scope: i64) -> Result<Address> {
    Ok(Tipc::new(kind, values, scope)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Tipc> {
    fields(address, libc::AF_TIPC, |known| match known {
        Known::Tipc(fields) => Some(fields),
        _ => None,
    })
}
