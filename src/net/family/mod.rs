//! The families beyond AF_INET, AF_INET6 and AF_UNIX: their addresses, and what their sockets can do beyond
//! the common. The native and text forms of the addresses are in [`super::address::codec`].

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod absent;
mod address_check;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
pub use absent::bluetooth;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use absent::{alg, can, netlink, packet, qipcrtr, tipc, vsock};
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
use bsd as platform;
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as platform;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{alg, bluetooth, can, netlink, packet, qipcrtr, tipc, vsock};
#[cfg(windows)]
use windows as platform;
#[cfg(windows)]
pub use windows::bluetooth;

pub use address_check::{Use, check, explain};

use crate::sys::interface;

/// The name of an interface; empty for 0 and if no interface has this index.
pub fn interface_name(index: i32) -> Vec<u8> {
    let index = u32::try_from(index).ok().filter(|index| *index != 0);
    index.and_then(|index| interface::name(index).ok()).unwrap_or_default()
}
