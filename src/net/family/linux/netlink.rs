//! AF_NETLINK.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::netlink::Netlink;
use crate::net::error::Result;

/// An address.
pub fn address(pid: i64, groups: i64) -> Result<Address> {
    Ok(Netlink::new(pid, groups)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Netlink> {
    fields(address, libc::AF_NETLINK, |known| match known {
        Known::Netlink(fields) => Some(fields),
        _ => None,
    })
}
