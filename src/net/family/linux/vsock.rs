//! AF_VSOCK.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::vsock::Vsock;
use crate::net::error::{Code, Result};
use crate::sys;

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

/// The context identifier of this machine.
pub fn local_cid() -> Result<i64> {
    sys::vsock_cid().map(i64::from).map_err(|errno| match errno.0 {
        libc::ENOENT | libc::ENXIO => Code::errno(libc::EAFNOSUPPORT)
            .because(format_args!("this kernel has no AF_VSOCK: there is no /dev/vsock")),
        _ => errno.into(),
    })
}
