//! Descriptors come into being and end: with flags that only some systems take.

use super::ret::{of_io, of_libc};
use crate::sys::Uncancelable;
use crate::sys::{Address, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;

/// socket(2), close-on-exec and O_NONBLOCK. `kind` is the type without flags.
pub fn socket(family: i32, kind: i32, proto: i32) -> Result<OwnedFd> {
    let kind = Type::from(kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK);
    let protocol = (proto != 0).then(|| Protocol::from(proto));
    Socket::new_raw(Domain::from(family), kind, protocol).map(Into::into).map_err(of_io)
}

/// socketpair(2), both ends close-on-exec and O_NONBLOCK. `kind` is the type without flags.
pub fn socketpair(family: i32, kind: i32, proto: i32) -> Result<(OwnedFd, OwnedFd)> {
    let kind = Type::from(kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK);
    let protocol = (proto != 0).then(|| Protocol::from(proto));
    let (a, b) = Socket::pair_raw(Domain::from(family), kind, protocol).map_err(of_io)?;
    Ok((a.into(), b.into()))
}

/// accept4(2), close-on-exec and O_NONBLOCK: the connection, and its peer where someone asks for it.
pub fn accept(fd: i32, mut peer: Option<&mut Address>) -> Result<OwnedFd> {
    let mut len = Address::CAPACITY as libc::socklen_t;
    let (native, len_at) = match &mut peer {
        Some(peer) => (peer.native.as_mut_ptr().cast(), ptr::from_mut(&mut len)),
        None => (ptr::null_mut(), ptr::null_mut()),
    };
    // SAFETY: nothing, or at most 128 bytes of the peer's storage and the length, are written.
    let result =
        of_libc(unsafe { libc::accept4(fd, native, len_at, libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK) });
    let fd = result?;
    if let Some(peer) = peer {
        peer.len = len.min(Address::CAPACITY as u32);
    }
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// close(2), once: the descriptor is gone whatever the answer.
pub fn close(fd: i32) -> Result<()> {
    // Also called where a thread ends, outside of the boundary.
    let _uncancelable = Uncancelable::new();
    // SAFETY: the caller owns the descriptor by number; a wrong one answers EBADF.
    of_libc(unsafe { libc::close(fd) }).map(drop)
}
