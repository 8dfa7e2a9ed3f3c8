//! Descriptors come into being and end. Close-on-exec and O_NONBLOCK come a call later than the descriptor, so the
//! layer above keeps forks out of both.

use super::event::forget;
use crate::sys::unix::ret::{of_io, of_libc};
use crate::sys::{Address, Result, Uncancelable, end_pollset, set_inheritable, set_nonblock};
use socket2::{Domain, Protocol, Socket, Type};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

/// Makes a new descriptor close-on-exec and O_NONBLOCK.
pub fn prepare(fd: &OwnedFd) -> Result<()> {
    set_inheritable(fd.as_raw_fd(), false)?;
    set_nonblock(fd.as_raw_fd(), true)
}

/// Keeps SIGPIPE away from a new socket, where the system has an option for that.
fn quiet(_fd: &OwnedFd) {
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    crate::sys::set_no_pipe_signal(_fd.as_raw_fd());
}

/// socket(2), close-on-exec and O_NONBLOCK. `kind` is the type without flags.
pub fn socket(family: i32, kind: i32, proto: i32) -> Result<OwnedFd> {
    let protocol = (proto != 0).then(|| Protocol::from(proto));
    let socket = Socket::new_raw(Domain::from(family), Type::from(kind), protocol).map_err(of_io)?.into();
    prepare(&socket)?;
    quiet(&socket);
    Ok(socket)
}

/// socketpair(2), both ends close-on-exec and O_NONBLOCK. `kind` is the type without flags.
pub fn socketpair(family: i32, kind: i32, proto: i32) -> Result<(OwnedFd, OwnedFd)> {
    let protocol = (proto != 0).then(|| Protocol::from(proto));
    let (a, b) = Socket::pair_raw(Domain::from(family), Type::from(kind), protocol).map_err(of_io)?;
    let (a, b) = (a.into(), b.into());
    prepare(&a)?;
    prepare(&b)?;
    quiet(&a);
    quiet(&b);
    Ok((a, b))
}

/// accept(2), close-on-exec and O_NONBLOCK: the connection, and its peer where someone asks for it.
pub fn accept(fd: i32, mut peer: Option<&mut Address>) -> Result<OwnedFd> {
    let mut len = Address::CAPACITY as libc::socklen_t;
    let (native, len_at) = match &mut peer {
        Some(peer) => (peer.native.as_mut_ptr().cast(), ptr::from_mut(&mut len)),
        None => (ptr::null_mut(), ptr::null_mut()),
    };
    // SAFETY: nothing, or at most 128 bytes of the peer's storage and the length, are written.
    let fd = of_libc(unsafe { libc::accept(fd, native, len_at) })?;
    // SAFETY: a new descriptor that nothing else owns.
    let connection = unsafe { OwnedFd::from_raw_fd(fd) };
    prepare(&connection)?;
    quiet(&connection);
    if let Some(peer) = peer {
        peer.len = len.min(Address::CAPACITY as u32);
    }
    Ok(connection)
}

/// close(2), once: the descriptor is gone whatever the answer. Of an event descriptor both ends.
pub fn close(fd: i32) -> Result<()> {
    // Also called where a thread ends, outside of the boundary.
    let _uncancelable = Uncancelable::new();
    if cfg!(sock_kqueue) {
        end_pollset(fd);
    }
    if let Some(writer) = forget(fd) {
        end_pollset(fd);
        // SAFETY: the other end of a pipe of ours, which nothing else owns.
        unsafe { libc::close(writer) };
    }
    // SAFETY: the caller owns the descriptor by number; a wrong one answers EBADF.
    of_libc(unsafe { libc::close(fd) }).map(drop)
}
