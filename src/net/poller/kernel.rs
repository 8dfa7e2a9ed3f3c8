//! The pollset of a poller, and how the child of a fork makes its own.

use super::event::ONESHOT;
use super::registration::{Leg, Registration, Target};
use super::state::Poller;
use crate::net::error::Result;
use crate::net::handle::{self, Id, Kind, NoForkGuard, Slot, Token};
use crate::sys;

/// The pollset of a poller with this slot, made again if this process is a new child.
#[inline]
pub fn ready(poller: &Poller, slot: &Slot) -> Result<i32> {
    match slot.event_fd() {
        set @ 0.. => Ok(set),
        _ => rebuild(poller, slot),
    }
}

/// The descriptor of a registration.
pub fn descriptor(one: &Registration) -> Option<i32> {
    match one.target() {
        Target::Number => Some(one.handle().0 as i32),
        Target::Leg => Some(Leg::of(one.data).fd),
        Target::Stream => None,
        Target::Handle => handle::slot(one.handle()).ok().and_then(|slot| of_handle(one.handle(), slot)),
    }
}

/// The descriptor of a handle that is pinned, or registered.
#[inline]
pub fn of_handle(id: Id, slot: &Slot) -> Option<i32> {
    if slot.word().is_kind(Kind::Cancel) {
        let _quiet = (sys::Uncancelable::new(), sys::KeptErrno::new());
        // Made anew in the child of a fork. One that is being closed has no use for it.
        return Token::pin(id).and_then(|token| token.fd());
    }
    Some(slot.fd())
}

/// Registers everything with a new instance. The parent's is left alone, and closed here already.
#[cold]
fn rebuild(poller: &Poller, slot: &Slot) -> Result<i32> {
    let _quiet = (sys::Uncancelable::new(), sys::KeptErrno::new());
    let _no_fork = NoForkGuard::enter();
    let _changes = poller.changes.lock();
    if slot.event_fd() >= 0 {
        return Ok(slot.event_fd());
    }
    let instance = sys::new_pollset()?;
    let set = sys::number(&instance);
    sys::renew_ready_fd()?;
    sys::add_ready_fd(set, false)?;
    let all = poller.state.lock().registrations.all();
    for local in all {
        let (one, key) = {
            let state = poller.state.lock();
            (state.registrations.get(local).copied().unwrap_or_default(), state.key(local))
        };
        if !one.is_live() {
            continue;
        }
        // One that has fired stays silent until it is armed again.
        let events = if one.is_spent() { ONESHOT } else { one.events() };
        if let Some(fd) = descriptor(&one) {
            // A descriptor that the program has closed is passed over.
            let _ = sys::pollset_register(set, fd, events, key);
        }
    }
    poller.state.lock().arm(set)?;
    slot.set_event_fd(sys::into_number(instance));
    handle::own_event(slot);
    // One that came before there was an instance.
    if slot.has_wake() {
        slot.signal_poller();
    }
    Ok(set)
}
