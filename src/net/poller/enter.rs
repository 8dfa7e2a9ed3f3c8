//! The way into a call on a poller: its pin and that of the handle in question, by a look where possible.

use super::kernel;
use super::registry;
use super::state::Poller;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Kind, Pin, pin, pin_by_a_look, pin_socket};
use crate::sys;

/// A pinned poller, with a pollset of this process.
#[inline(always)]
pub fn enter(id: Id) -> Result<(Pin, &'static Poller, i32)> {
    sys::settle_if_forked();
    let pin = match pin_by_a_look(id, Kind::Poller) {
        Some(pin) => pin,
        None => pin(id, Kind::Poller, None)?,
    };
    let poller = registry::of_pin(&pin, id)?;
    if poller.is_torn() {
        return Err(torn());
    }
    let set = kernel::ready(poller, pin.slot())?;
    Ok((pin, poller, set))
}

#[cold]
fn torn() -> Code {
    Code::errno(libc::EIO).because(format_args!(
        "another thread was changing the poller when clone(2) made this process: registrations are lost"
    ))
}

/// For the rarer parts of adding and removing, which may call the C library: no cancellation, and `errno` stays.
/// Where a socket is added or removed, nothing does, and the boundary leaves both out.
pub fn quiet() -> (sys::Uncancelable, sys::KeptErrno) {
    (sys::Uncancelable::new(), sys::KeptErrno::new())
}

/// Pins a handle of a kind that a poller can hold.
#[inline(always)]
pub fn pin_target(id: Id) -> Result<Pin> {
    if let Some(pin) = pin_by_a_look(id, Kind::Socket) {
        return Ok(pin);
    }
    match pin_socket(id) {
        Err(code) if code == Id::wrong_kind() => pin_other(id),
        result => result,
    }
}

#[cold]
fn pin_other(id: Id) -> Result<Pin> {
    for kind in [Kind::Operation, Kind::Stream, Kind::Cancel] {
        match pin(id, kind, None) {
            Err(code) if code == Id::wrong_kind() => {}
            result => return result,
        }
    }
    Err(Id::wrong_kind())
}
