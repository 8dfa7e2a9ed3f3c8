//! accept: one system call when a connection is waiting.

use super::error::Result;
use super::handle::{Direction, Kind, Section, Slot, pin};
use super::mode;
use super::socket::{self, Label};
use super::wait::Call;
use crate::sys::{self, Address};
use std::sync::atomic::Ordering;

/// Takes one connection; `peer` is written on success. The new handle has the listener's label and the
/// default timeout, else blocking mode (R61, R63).
pub fn accept(id: i64, peer: Option<&mut Address>) -> Result<i64> {
    let pin = pin(id, Kind::Socket, Direction::Read)?;
    let slot = pin.slot();
    // The connection of AF_ALG has no name, and the kernel gives it up when somebody asks for one (R64).
    let mut peer = peer.filter(|_| slot.family.load(Ordering::Relaxed) != libc::AF_ALG);
    let mut call = Call::new(&pin, Direction::Read);
    let (section, fd) = call.drive(|_| {
        let section = Section::enter();
        Ok((section, mode::without_blocking(slot, |fd| sys::accept(fd, peer.as_deref_mut()))?))
    })?;
    let (new, connection) = socket::open(fd, Label::of(slot), mode::default_timeout())?;
    drop(section);
    inherit_limits(slot, connection);
    Ok(new)
}

/// The kernel gives the listener's SO_RCVTIMEO and SO_SNDTIMEO to connections of the IP families.
fn inherit_limits(listener: &Slot, connection: &Slot) {
    let family = listener.family.load(Ordering::Relaxed);
    if family == libc::AF_INET || family == libc::AF_INET6 {
        let copy = |from: &std::sync::atomic::AtomicI64, to: &std::sync::atomic::AtomicI64| {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        };
        copy(&listener.receive_limit, &connection.receive_limit);
        copy(&listener.send_limit, &connection.send_limit);
    }
}
