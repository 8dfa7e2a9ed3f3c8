//! Edge-triggered readiness, which POSIX has not. (The kqueue systems have it, and take theirs.)

use crate::sys::{Errno, Result};

/// There is none: the wait that asks for it pauses between tries instead.
pub enum Edge {}

impl Edge {
    /// ENOSYS.
    pub fn new(_fd: i32, _events: i16) -> Result<Edge> {
        Err(Errno(libc::ENOSYS))
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> i32 {
        match *self {}
    }

    /// What has happened.
    pub fn take(&self) -> i16 {
        match *self {}
    }
}
