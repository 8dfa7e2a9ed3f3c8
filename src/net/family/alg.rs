//! AF_ALG.

use super::fields;
use crate::net::address::Address;
pub use crate::net::address::codec::alg::Alg;
use crate::net::address::codec::family::Known;
use crate::net::error::Result;

/// An address.
pub fn address(kind: &[u8], name: &[u8], feat: i64, mask: i64) -> Result<Address> {
    Ok(Alg::new(kind, name, feat, mask)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Alg<'_>> {
    fields(address, libc::AF_ALG, |known| match known {
        Known::Alg(fields) => Some(fields),
        _ => None,
    })
}
