//! The families beyond AF_INET, AF_INET6 and AF_UNIX: their addresses, and what their sockets have of
//! their own. How the addresses lie in memory and read as text is in [`super::address::codec`].

pub mod alg;
pub mod bluetooth;
pub mod can;
mod fit;
pub mod netlink;
pub mod packet;
pub mod qipcrtr;
pub mod tipc;
pub mod vsock;

pub use fit::{check, explain};

use super::address::{self, Address};
use super::error::Result;
use super::handle::pin_socket as use_socket;
use crate::sys::interface;
use address::codec::family::Known;

/// The fields of an address of one family, which `read` picks out.
fn fields<'a, T>(address: &'a Address, family: i32, read: impl FnOnce(Known<'a>) -> Option<T>) -> Result<T> {
    let bytes = address::check(address)?;
    Known::read(bytes).and_then(read).ok_or_else(|| address::no_fields(bytes, &[family]))
}

/// The name of an interface; empty for 0 and where there is none with this index.
pub fn interface_name(index: i32) -> Vec<u8> {
    let index = u32::try_from(index).ok().filter(|index| *index != 0);
    index.and_then(|index| interface::name(index).ok()).unwrap_or_default()
}
