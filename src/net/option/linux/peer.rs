//! The process at the other end of an AF_UNIX connection.

use super::super::codec::linux::peer;
use super::super::pin_socket;
use crate::net::codec::credentials::{Credentials, LEN};
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Pin};
use crate::sys::{self, OwnedFd};
use libc::{SO_DOMAIN, SO_PEERCRED, SOL_SOCKET};

/// Why a socket has no peer process: it is not connected, or its family reports none.
fn nobody(pin: &Pin) -> Code {
    match sys::getsockopt_int(pin.fd(), SOL_SOCKET, SO_DOMAIN) {
        Ok(libc::AF_UNIX) | Err(_) => Code::errno(libc::ENOTCONN),
        Ok(_) => Code::errno(libc::EOPNOTSUPP),
    }
}

/// SO_PEERCRED.
pub fn credentials(id: Id) -> Result<Credentials> {
    let pin = pin_socket(id)?;
    let (bytes, len) = sys::getsockopt_bytes::<LEN>(pin.fd(), SOL_SOCKET, SO_PEERCRED)?;
    peer::credentials(&bytes[..len]).ok_or_else(|| nobody(&pin))
}

/// SO_PEERPIDFD: a descriptor of the peer's process, while it exists.
///
/// For a process that is gone, kernels report EINVAL (6.5), ESRCH (6.9), or from 6.16 on still return a
/// descriptor. libsock always returns ESRCH.
pub fn process(id: Id) -> Result<OwnedFd> {
    let pin = pin_socket(id)?;
    let gone = || Code::errno(libc::ESRCH).because(format_args!("the process at the other end is gone"));
    match sys::peer_process(pin.fd()) {
        Ok(fd) if sys::is_gone(&fd)? => Err(gone()),
        Ok(fd) => Ok(fd),
        Err(errno) => Err(match errno.0 {
            libc::ENODATA => nobody(&pin),
            libc::ENOPROTOOPT => Code::errno(libc::ENOPROTOOPT)
                .because(format_args!("this kernel has no SO_PEERPIDFD, which is new in Linux 6.5")),
            libc::EINVAL | libc::ESRCH | libc::ENOENT => gone(),
            _ => errno.into(),
        }),
    }
}
