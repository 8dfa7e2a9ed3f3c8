//! The process at the other end of an AF_UNIX connection.

use super::super::pin_socket;
use super::linux_only;
use crate::net::codec::credentials::Credentials;
use crate::net::error::{Code, Result};
use crate::net::handle::Id;
use crate::sys;
use std::os::fd::OwnedFd;

/// LOCAL_PEERCRED, LOCAL_PEEREID, SO_PEERCRED or getpeereid(3); the process is 0 where it is not reported.
pub fn credentials(id: Id) -> Result<Credentials> {
    let pin = pin_socket(id)?;
    if sys::domain(pin.fd())? != libc::AF_UNIX {
        return Err(Code::errno(libc::EOPNOTSUPP));
    }
    let (pid, uid, gid) = sys::peer_credentials(pin.fd()).map_err(|errno| match errno.0 {
        libc::EINVAL => Code::errno(libc::ENOTCONN),
        _ => errno.into(),
    })?;
    Ok(Credentials { pid, uid, gid })
}

/// SO_PEERPIDFD.
pub fn process(id: Id) -> Result<OwnedFd> {
    linux_only(id, "SO_PEERPIDFD")
}
