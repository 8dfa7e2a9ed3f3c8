//! Socket addresses of every family: one value, constructors, getters and text forms.
//!
//! The conversions are in [`codec`], which makes no system call. This module connects them with the value
//! that C holds, the system's interfaces and the error codes.

pub mod codec;

pub use crate::sys::address::Address;
pub use codec::escape::Text;

use super::error::{Code, Result};
use crate::sys::interface;
use codec::family::{Known, canonical};
use codec::{Interfaces, Native, Refused, Why, ip, native, text, unix};
use std::net::SocketAddr;

impl From<Native> for Address {
    #[inline]
    fn from(native: Native) -> Address {
        Address { len: native.bytes().len() as u32, zero: 0, native: native.words() }
    }
}

/// The interfaces of the running system.
pub(super) struct System;

impl Interfaces for System {
    fn index(&self, name: &[u8]) -> std::result::Result<u32, i32> {
        interface::index(name).map_err(|errno| errno.0)
    }

    fn name(&self, index: u32) -> Option<Vec<u8>> {
        interface::name(index).ok()
    }

    #[cfg(target_vendor = "apple")]
    fn control(&self, name: &[u8]) -> std::result::Result<u32, i32> {
        crate::sys::kernel_control(name).map_err(|errno| errno.0)
    }
}

/// The native bytes of a caller's address, or why it is malformed. Every function that takes an address calls
/// this first.
#[inline]
pub fn check(address: &Address) -> Result<&[u8]> {
    native::check_len(address.len as usize)?;
    if address.zero != 0 {
        return Err(Refused::malformed("zero", "must be 0").into());
    }
    Ok(address.bytes())
}

/// Whether [`check`] accepts an address: for hot paths.
#[inline(always)]
pub fn is_well_formed(address: &Address) -> bool {
    address.zero == 0 && address.len <= 128 && address.len != 1
}

/// The address of a numeric host and a port.
///
/// Inline, here and below, because it is called often: copying the 136 bytes would take a third of its time.
#[inline(always)]
pub fn ip(host: Option<&[u8]>, port: i64) -> Result<Address> {
    Ok(ip::native(&ip::new(host, port, &System)?).into())
}

/// The IPv6 address of a numeric host and the three other fields.
pub fn ip6(host: Option<&[u8]>, port: i64, flowinfo: i64, scope_id: i64) -> Result<Address> {
    Ok(ip::native(&ip::new6(host, port, flowinfo, scope_id, &System)?).into())
}

/// The address of an IP address and a port.
pub fn of_ip(address: SocketAddr) -> Address {
    ip::native(&address).into()
}

/// The AF_UNIX address of a path, an abstract name or no name.
pub fn unix(path: &[u8]) -> Result<Address> {
    Ok(unix::new(path)?.into())
}

/// The address of a text form.
pub fn parse(text: &[u8]) -> Result<Address> {
    Ok(text::parse(text, &System)?.into())
}

/// The text form of an address.
pub fn format(address: &Address) -> Result<Text> {
    Ok(text::format(check(address)?, &System))
}

/// The address of a native one, without stray bytes.
pub fn from_native(bytes: &[u8]) -> Result<Address> {
    Ok(canonical(bytes)?.into())
}

/// The family's number; AF_UNSPEC for the empty address.
pub fn family(address: &Address) -> Result<i32> {
    Ok(native::split(check(address)?).map_or(libc::AF_UNSPEC, |(family, _)| family.into()))
}

/// The fields of an AF_INET or AF_INET6 address.
pub fn get_ip(address: &Address) -> Result<SocketAddr> {
    let bytes = check(address)?;
    match Known::read(bytes) {
        Some(Known::Ip(fields)) => Ok(fields),
        _ => Err(no_fields(bytes, &[libc::AF_INET, libc::AF_INET6])),
    }
}

/// The name of an AF_UNIX address: a path, an abstract name with its leading NUL, or nothing.
pub fn get_unix(address: &Address) -> Result<&[u8]> {
    let bytes = check(address)?;
    match Known::read(bytes) {
        Some(Known::Unix(name)) => Ok(name),
        _ => Err(no_fields(bytes, &[libc::AF_UNIX])),
    }
}

/// Why an address lacks the fields of these families: it is of another family, or malformed.
#[cold]
pub(super) fn no_fields(bytes: &[u8], wanted: &[i32]) -> Code {
    let family = native::split(bytes).map_or(0, |(family, _)| family);
    if wanted.contains(&family.into()) {
        return Refused::malformed("len", "the native address is too short or too long for its family")
            .into();
    }
    Refused { field: "addr", why: Why::Family(family) }.into()
}

/// Whether two addresses are the same, ignoring padding.
pub fn equal(one: &Address, other: &Address) -> Result<bool> {
    let (one, other) = (canonical(check(one)?)?, canonical(check(other)?)?);
    Ok(one.bytes() == other.bytes())
}

#[cfg(test)]
mod tests;
