//! SO_BINDTODEVICE, which only Linux has.

use super::linux_only;
use crate::net::error::Result;
use crate::net::handle::Id;

/// SO_BINDTODEVICE.
pub fn set_device(id: Id, _name: &[u8]) -> Result<i32> {
    linux_only(id, "SO_BINDTODEVICE")
}

/// SO_BINDTODEVICE.
pub fn device(id: Id) -> Result<Vec<u8>> {
    linux_only(id, "SO_BINDTODEVICE")
}
