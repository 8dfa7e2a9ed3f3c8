//! Names and indexes of network interfaces. See if_nametoindex(3).
//!
//! glibc has no cancellation point in these two: they use its internal calls that are none.

use super::Errno;
use nix::net::if_;

/// The index of the interface with this name.
pub fn index(name: &[u8]) -> Result<u32, Errno> {
    if_::if_nametoindex(name).map_err(|errno| Errno(errno as i32))
}

/// The name of the interface with this index.
pub fn name(index: u32) -> Result<Vec<u8>, Errno> {
    let name = if_::if_indextoname(index).map_err(|errno| Errno(errno as i32))?;
    Ok(name.into_bytes())
}
