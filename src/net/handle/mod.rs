//! Handles: numbers that stand for slots, and the protocol that keeps a descriptor open while any
//! call uses it. ARCHITECTURE.md tells the protocol as a whole and what was proved of it.

mod close;
mod fork;
mod object;
mod pin;
// The poller, which will use it, is not there yet.
#[cfg_attr(not(test), expect(dead_code))]
mod registry;
mod slot;
mod table;
mod waiters;

pub use close::{close, detach};
pub use fork::{Section, settle as settle_fork, start};
pub use object::{Object, object, open_object, open_object_with};
pub use pin::{Direction, Glance, Pin, pin, settle, use_socket};
pub use slot::{FIRED, Guarded, Kind, Slot};
pub use table::{claim_event, slot};
pub use waiters::Waiter;

use super::error::{Code, Result};
use crate::sys;
use std::os::fd::OwnedFd;

/// Opens a handle that owns a descriptor, made in a [`Section`] that lasts. On failure the descriptor is closed.
pub fn open(kind: Kind, fd: OwnedFd) -> Result<(i64, &'static Slot)> {
    let opened = table::open(kind, sys::number(&fd))?;
    sys::into_number(fd);
    Ok(opened)
}

/// Opens a handle that takes over a descriptor by number. On failure the caller keeps it.
pub fn adopt(kind: Kind, fd: i32) -> Result<(i64, &'static Slot)> {
    fork::start()?;
    table::open(kind, fd)
}

/// A failure that closes the handle which it happened to.
pub fn abandon(id: i64, code: Code) -> Code {
    // The handle is in nobody else's hands: its end can only be late, not wrong.
    let _ = close(id);
    code
}
