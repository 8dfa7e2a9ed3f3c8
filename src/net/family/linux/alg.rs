//! AF_ALG.

use super::fields;
use crate::net::address::Address;
use crate::net::address::codec::linux::Known;
pub use crate::net::address::codec::linux::alg::Alg;
use crate::net::codec::refused::within;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Label, pin_socket};
use crate::net::message::{self, Gather, Outgoing, control};
use crate::sys;
use libc::{AF_ALG, ALG_SET_AEAD_AUTHSIZE, ALG_SET_KEY, SOL_ALG};

/// An address.
pub fn address(kind: &[u8], name: &[u8], feat: i64, mask: i64) -> Result<Address> {
    Ok(Alg::new(kind, name, feat, mask)?.native().into())
}

/// The fields of one.
pub fn read(address: &Address) -> Result<Alg<'_>> {
    fields(address, AF_ALG, |known| match known {
        Known::Alg(fields) => Some(fields),
        _ => None,
    })
}

/// Sends data to an operation, together with its parameters (R118 to R120).
pub fn send(id: Id, data: Gather<'_>, op: i64, iv: &[u8], assoclen: i64, flags: i32) -> Result<i64> {
    let family = Label::of(pin_socket(id)?.slot()).family;
    if family != AF_ALG {
        return Err(Code::errno(libc::EAFNOSUPPORT)
            .because(format_args!("s: of family {family}, but only AF_ALG has operations")));
    }
    let control = control::alg::encode(op, iv, assoclen)?;
    message::send(id, &Outgoing { to: None, data, control: &control }, flags)
}

/// ALG_SET_KEY.
pub fn set_key(id: Id, key: &[u8]) -> Result<i32> {
    sys::setsockopt(pin_socket(id)?.fd(), SOL_ALG, ALG_SET_KEY, key)?;
    Ok(0)
}

/// ALG_SET_AEAD_AUTHSIZE, whose value is the length of a NULL option.
pub fn set_tag_size(id: Id, size: i64) -> Result<i32> {
    let size = within("size", size, i32::MAX.into())?;
    sys::setsockopt_null(pin_socket(id)?.fd(), SOL_ALG, ALG_SET_AEAD_AUTHSIZE, size)?;
    Ok(0)
}
