//! accept: one system call when a connection is waiting.

use super::error::Result;
use super::handle::{Direction, Id, Kind, Label, NoForkGuard, Slot, pin};
use super::mode::{self, Relying};
use super::socket;
use super::wait::Call;
use crate::sys::{self, Address, Errno};
use libc::EAGAIN;
use std::os::fd::OwnedFd;

/// Takes one connection; `peer` is written on success. The new handle has the listener's label and the
/// default timeout, else blocking mode (R61, R63).
pub fn accept(id: Id, peer: Option<&mut Address>) -> Result<Id> {
    let pin = pin(id, Kind::Socket, Some(Direction::Read))?;
    let slot = pin.slot();
    // R64
    let mut peer = peer.filter(|_| !sys::has_no_peer_name(slot.family()));
    let mut call = Call::new(&pin, Direction::Read);
    let (no_fork, fd) = call.drive(|_| {
        let no_fork = NoForkGuard::enter();
        Ok((no_fork, attempt(slot, peer.as_deref_mut())?))
    })?;
    let (new, connection) = socket::open(fd, Label::of(slot), mode::default_timeout())?;
    drop(no_fork);
    inherit_limits(slot, connection);
    Ok(new)
}

/// accept4(2) that does not block. Where somebody else may switch O_NONBLOCK, only io_uring can be asked for that
/// in one call. Without it the flag is set for the call, and what is known not to wait is not begun.
fn attempt(slot: &Slot, mut peer: Option<&mut Address>) -> sys::Result<OwnedFd> {
    if let Some(_relying) = Relying::begin(slot) {
        return sys::accept(slot.fd(), peer);
    }
    if let Some(result) = sys::accept_now(slot.fd(), peer.as_deref_mut()) {
        return result;
    }
    mode::without_blocking(slot, |fd| {
        if !sys::is_readable(fd) && sys::is_listening(fd) {
            Err(Errno(EAGAIN))
        } else {
            sys::accept(fd, peer)
        }
    })
}

/// Connections of the IP families inherit SO_RCVTIMEO and SO_SNDTIMEO of their listener.
fn inherit_limits(listener: &Slot, connection: &Slot) {
    let family = listener.family();
    if family == libc::AF_INET || family == libc::AF_INET6 {
        connection.copy_kernel_limits(listener);
    }
}
