//! Who a process is: on Linux `struct ucred`, which SCM_CREDENTIALS and SO_PEERCRED carry. See unix(7).

use crate::net::codec::bytes::{i32_at, u32_at};
use crate::net::codec::refused::{Refused, within};

/// The bytes of the struct.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
pub const LEN: usize = 12;

/// A process and its user and group, as the kernel names them in the receiver's namespaces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Credentials {
    /// 0 for a process that the receiver cannot see.
    pub pid: i32,
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Credentials {
    /// From numbers that a caller passed.
    pub fn new(pid: i64, uid: i64, gid: i64) -> Result<Credentials, Refused> {
        Ok(Credentials {
            pid: within("pid", pid, i32::MAX.into())?,
            uid: within("uid", uid, u32::MAX.into())?,
            gid: within("gid", gid, u32::MAX.into())?,
        })
    }

    /// From the struct; `None` if it is too short.
    pub fn read(bytes: &[u8]) -> Option<Credentials> {
        Some(Credentials { pid: i32_at(bytes, 0)?, uid: u32_at(bytes, 4)?, gid: u32_at(bytes, 8)? })
    }

    /// The struct, which only Linux takes.
    #[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
    pub fn native(self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..4].copy_from_slice(&self.pid.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.uid.to_ne_bytes());
        bytes[8..].copy_from_slice(&self.gid.to_ne_bytes());
        bytes
    }
}
