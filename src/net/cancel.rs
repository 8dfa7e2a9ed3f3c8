//! Cancel tokens: one switch that ends every call it is attached to, thrown once, also from a signal
//! handler. How a wait sees one is in `handle/token.rs`.

pub use super::handle::fire;

use super::error::Result;
use super::handle::{self, Id, Kind, NoForkGuard, Wake, pin, pin_limited};
use crate::sys;

/// A new token.
pub fn create() -> Result<Id> {
    handle::watch_forks()?;
    let _no_fork = NoForkGuard::enter();
    let (id, slot) = handle::open(Kind::Cancel, sys::event_fd()?)?;
    handle::own_event(slot);
    Ok(id)
}

/// Fires what is about to be closed, if it is a token: its waiters must not miss it.
pub fn fire_before_close(id: Id) {
    if handle::is_token(id) {
        let _ = fire(id);
    }
}

/// Attaches a token to a socket or an operation, or detaches the one that is attached ([`Id::NONE`]).
/// Calls that already wait obey it.
pub fn attach(id: Id, token: Id) -> Result<i32> {
    let pinned = pin_limited(id)?;
    if token != Id::NONE {
        drop(pin(token, Kind::Cancel, None)?);
    }
    let slot = pinned.slot();
    slot.announce(Wake::All, || slot.set_token(token));
    Ok(0)
}
