//! accept: one system call when a connection is waiting.

use super::error::Result;
use super::handle::{Direction, Id, Kind, Label, NoForkGuard, Slot, pin};
use super::mode::{self, Relying};
use super::socket;
use super::wait::Call;
use crate::sys::{self, Address, Errno, OwnedFd, POLLRDHUP};
use libc::{AF_UNIX, EAGAIN, EINVAL};

/// Takes one connection; `peer` is written on success. The new handle has the listener's label and the
/// default timeout, else blocking mode (R61, R63).
pub fn accept(id: Id, peer: Option<&mut Address>) -> Result<Id> {
    let pin = pin(id, Kind::Socket, Some(Direction::Read))?;
    let slot = pin.slot();
    // R64
    let mut peer = peer.filter(|_| !sys::has_no_peer_name(slot.family()));
    let mut call = Call::new(&pin, Direction::Read);
    let (no_fork, fd) = call.drive(|call| {
        let no_fork = NoForkGuard::enter();
        match attempt(slot, peer.as_deref_mut()) {
            // AF_UNIX: the listener was shut down. The kernel's blocking call says so, its non-blocking one never.
            Err(Errno(EAGAIN)) if call.found() & POLLRDHUP != 0 && slot.family() == AF_UNIX => {
                Err(Errno(EINVAL))
            }
            accepted => Ok((no_fork, accepted?)),
        }
    })?;
    let (new, connection) = socket::open(fd, Label::of(slot), mode::default_timeout())?;
    drop(no_fork);
    let called = slot.lock().label(slot);
    if called != Label::of(slot) {
        connection.lock().set_label(connection, called);
    }
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

/// Connections of the IP families inherit SO_RCVTIMEO, SO_SNDTIMEO and SO_RCVLOWAT of their listener.
fn inherit_limits(listener: &Slot, connection: &Slot) {
    let family = listener.family();
    if family == libc::AF_INET || family == libc::AF_INET6 {
        connection.copy_kernel_limits(listener);
        if !listener.limits_are_own() {
            connection.set_limits_unsure();
        }
    }
}
