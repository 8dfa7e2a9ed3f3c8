//! Pollers watch handles: a slot keeps the first of its registrations, and says when the handle ends or when
//! bytes have come into its buffer. What a registration is, the poller alone knows.

use super::id::Id;
use super::pin::Pin;
use super::slot::Slot;
use std::sync::OnceLock;

/// What the pollers do for a handle that is registered with one.
pub struct Watch {
    /// The handle is being closed or detached; its descriptor is still open. No registration is left, and no
    /// new one can begin. Called by the closing thread, with no lock held.
    pub ended: fn(Id, &'static Slot),
    /// Its object can be read from without a change of its descriptor. Called with no lock held.
    pub ready: fn(&'static Slot),
}

static WATCH: OnceLock<Watch> = OnceLock::new();

/// Says what pollers do, before the first registration.
pub fn set_watch(watch: Watch) {
    WATCH.get_or_init(|| watch);
}

/// Ends all registrations of a handle.
#[cold]
#[inline(never)]
pub(super) fn ended(id: Id, slot: &'static Slot) {
    WATCH.get().inspect(|watch| (watch.ended)(id, slot));
}

impl Pin {
    /// Says that the object behind the handle has bytes in its buffer.
    pub fn announce_ready(&self) {
        let slot = self.slot();
        let watched = slot.lock().watched != 0;
        if watched {
            WATCH.get().inspect(|watch| (watch.ready)(slot));
        }
    }
}

impl Slot {
    /// Puts a registration before the first one of the handle, which `begin` is called with under the slot's lock; its
    /// number is what `begin` returns. `None` when the handle is being closed, and its registrations have ended.
    pub fn watch<E>(&self, begin: impl FnOnce(u32) -> Result<u32, E>) -> Option<Result<(), E>> {
        let mut guarded = self.lock();
        (!guarded.barrier_done).then(|| {
            // Last: at no moment does the list lack a part of it.
            begin(guarded.watched).map(|registration| guarded.watched = registration)
        })
    }
}
