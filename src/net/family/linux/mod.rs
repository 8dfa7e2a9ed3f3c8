//! The families that only Linux has: their addresses, and what their sockets can do beyond the common.

pub mod address_form;
pub mod alg;
pub mod bluetooth;
pub mod can;
pub mod netlink;
pub mod packet;
pub mod qipcrtr;
pub mod tipc;
pub mod vsock;

use crate::net::address::codec::family;
use crate::net::address::codec::linux::Known;
use crate::net::address::{self, Address};
use crate::net::error::Result;

/// The fields of an address of one family, which `read` picks out.
fn fields<'a, T>(address: &'a Address, family: i32, read: impl FnOnce(Known<'a>) -> Option<T>) -> Result<T> {
    let bytes = address::check(address)?;
    let known = match family::Known::read(bytes) {
        Some(family::Known::Platform(known)) => read(known),
        _ => None,
    };
    known.ok_or_else(|| address::no_fields(bytes, &[family]))
}
