//! Who sent a message: SCM_CREDENTIALS.

use super::super::put::{Byte, put};
use super::super::walk::find_as;
pub use crate::net::codec::credentials::Credentials;
use crate::net::codec::refused::Refused;
use libc::{SCM_CREDENTIALS, SOL_SOCKET};

/// linux/socket.h: a descriptor of the process. `rights` reads it.
pub const SCM_PIDFD: i32 = 4;

impl Credentials {
    /// Appends them as one message.
    pub fn put(self, control: &mut [impl Byte], used: &mut usize) -> Result<(), Refused> {
        put(control, used, SOL_SOCKET, SCM_CREDENTIALS, &self.native())
    }

    /// Finds them (R115).
    pub fn find(control: &[u8]) -> Result<Option<Credentials>, Refused> {
        find_as(control, &[(SOL_SOCKET, SCM_CREDENTIALS)], |_, data| Credentials::read(data))
    }
}
