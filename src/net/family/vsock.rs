//! AF_VSOCK.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::family::Known;
pub use crate::net::address::codec::vsock::Vsock;
use crate::net::error::Result;

/// An address.
pub fn address(cid: i64, port: i64, flags: i64) -> Result<Address> {
    Ok(Vsock::new(cid, port, flags)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Vsock> {
    fields(address, libc::AF_VSOCK, |known| match known {
        Known::Vsock(fields) => Some(fields),
        _ => None,
    })
}
