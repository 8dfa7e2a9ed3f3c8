//! Who sent a message: SCM_CREDENTIALS.

use super::super::fields::{i32_at, u32_at};
use super::super::put::{Byte, put};
use super::super::refused::{Refused, within};
use super::super::walk::find_as;
use libc::{SCM_CREDENTIALS, SOL_SOCKET};

/// linux/socket.h: a descriptor of the process. `rights` reads it.
pub const SCM_PIDFD: i32 = 4;

/// A process and its user and group, as the kernel names them in the receiver's namespaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// 0 of a process that the receiver cannot see.
    pub pid: i32,
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Credentials {
    /// Of numbers that a caller gave.
    pub fn new(pid: i64, uid: i64, gid: i64) -> Result<Credentials, Refused> {
        Ok(Credentials {
            pid: within("pid", pid, 0, i32::MAX.into())?,
            uid: within("uid", uid, 0, u32::MAX.into())?,
            gid: within("gid", gid, 0, u32::MAX.into())?,
        })
    }

    /// Puts them.
    pub fn put(self, control: &mut [impl Byte], used: &mut usize) -> Result<(), Refused> {
        let mut data = [0; 12];
        data[..4].copy_from_slice(&self.pid.to_ne_bytes());
        data[4..8].copy_from_slice(&self.uid.to_ne_bytes());
        data[8..].copy_from_slice(&self.gid.to_ne_bytes());
        put(control, used, SOL_SOCKET, SCM_CREDENTIALS, &data)
    }

    /// Finds them (R115).
    pub fn find(control: &[u8]) -> Result<Option<Credentials>, Refused> {
        find_as(control, &[(SOL_SOCKET, SCM_CREDENTIALS)], |_, data| {
            Some(Credentials { pid: i32_at(data, 0)?, uid: u32_at(data, 4)?, gid: u32_at(data, 8)? })
        })
    }
}
