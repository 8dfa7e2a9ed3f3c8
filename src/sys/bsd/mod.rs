//! macOS, FreeBSD, NetBSD and OpenBSD: what the kqueue systems have beyond `unix/portable`, or do otherwise.
//!
//! Compiled for each of them (`make check-types`), run on none; `kqueue` on Linux too, over a stand-in (`make
//! check-kqueue`).

mod family;
#[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
mod group;
mod kqueue;
mod layout;
pub mod number;
mod peer;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod sendfile;
mod stdio;

pub use family::*;
#[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
pub use group::change_group;
pub use kqueue::*;
#[cfg(target_vendor = "apple")]
pub use peer::kernel_control;
pub use peer::peer_credentials;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub use sendfile::send_file;
pub use stdio::{Stdio, open_stdio};

use crate::sys::{ControlBuffer, RawResult};

/// Takes a report out of the error queue, which only Linux has: there is none.
pub fn take_report(_fd: i32, _control: &mut ControlBuffer<'_>) -> RawResult {
    RawResult::of_errno(libc::EAGAIN)
}
