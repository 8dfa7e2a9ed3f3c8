//! What macOS and the BSDs have of the options that libsock knows by name.

pub mod device;
pub mod peer;
pub mod tcp;

#[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd"))]
pub use libc::{TCP_KEEPCNT, TCP_KEEPINTVL};

/// The idle time of keepalive.
#[cfg(target_vendor = "apple")]
pub use libc::TCP_KEEPALIVE as TCP_KEEPIDLE;
#[cfg(any(target_os = "freebsd", target_os = "netbsd"))]
pub use libc::TCP_KEEPIDLE;

/// OpenBSD has none of the three: the kernel refuses numbers that it does not know.
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd")))]
mod none {
    pub const TCP_KEEPIDLE: i32 = -1;
    pub const TCP_KEEPINTVL: i32 = -1;
    pub const TCP_KEEPCNT: i32 = -1;
}
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "netbsd")))]
pub use none::*;

use super::pin_socket;
use crate::net::error::{Code, Result};
use crate::net::handle::Id;

#[cold]
fn linux_only<T>(id: Id, option: &str) -> Result<T> {
    pin_socket(id)?;
    Err(Code::errno(libc::ENOPROTOOPT).because(format_args!("{option} exists on Linux only")))
}
