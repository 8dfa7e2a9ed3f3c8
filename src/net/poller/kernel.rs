//! The poller's epoll instance, and how the child of a fork makes its own.

use super::event::{IN, ONESHOT};
use super::registration::{Leg, Registration, Target};
use super::state::{Poller, WAKE};
use crate::net::error::Result;
use crate::net::handle::{self, Id, NoForkGuard, Token};
use crate::sys;

/// The epoll instance of a poller, made again if this process is a new child.
pub fn ready(poller: &Poller) -> Result<i32> {
    match poller.epoll() {
        epoll @ 0.. => Ok(epoll),
        _ => rebuild(poller),
    }
}

/// The descriptor of a registration.
pub fn descriptor(one: &Registration) -> Option<i32> {
    match one.target() {
        Target::Number => Some(one.handle().0 as i32),
        Target::Leg => Some(Leg::of(one.data).fd),
        Target::Stream => None,
        Target::Handle => of_handle(one.handle()),
    }
}

/// The descriptor of a handle that is pinned, or registered.
pub fn of_handle(id: Id) -> Option<i32> {
    if handle::is_token(id) {
        // Made anew in the child of a fork. One that is being closed has no use for it.
        return Token::pin(id).and_then(|token| token.fd());
    }
    handle::slot(id).ok().map(|slot| slot.fd())
}

/// Registers everything with a new instance. The parent's is left alone, and closed here already.
#[cold]
fn rebuild(poller: &Poller) -> Result<i32> {
    let _no_fork = NoForkGuard::enter();
    let _changes = poller.changes.lock();
    if poller.epoll() >= 0 {
        return Ok(poller.epoll());
    }
    let instance = sys::epoll()?;
    let epoll = sys::number(&instance);
    poller.renew_event_fd()?;
    sys::epoll_register(epoll, poller.event_fd(), IN, WAKE)?;
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
            let _ = sys::epoll_register(epoll, fd, events, key);
        }
    }
    poller.state.lock().arm(epoll)?;
    poller.set_epoll(sys::into_number(instance));
    Ok(epoll)
}
