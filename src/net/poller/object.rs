//! The beginning and the end of a poller.

use super::change;
use super::registry;
use super::state::Poller;
use crate::net::error::Result;
use crate::net::handle::{self, Id, Kind, NoForkGuard, Object, Watch};
use crate::sys;
use std::any::Any;
use std::sync::Arc;

/// The object behind the handle: the poller outlives it.
struct Behind(&'static Poller);

impl Object for Behind {
    fn closing(&self) {
        // Readable for ever: each wait that wakes finds the handle closing.
        sys::pollset_signal(self.0.pollset(), true);
    }

    fn finish(&self) -> Result<()> {
        finish(self.0, self.0.id())
    }

    // `registry::after_fork_child` has seen to all pollers before.
    fn forked(&self) {}

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// Ends a poller, whose handle takes no calls any more.
pub fn finish(poller: &'static Poller, id: Id) -> Result<()> {
    let first = poller.begin_end();
    if id == Id::NONE || !first && !poller.is_left_behind() {
        return Ok(());
    }
    let timers = {
        let _no_fork = NoForkGuard::enter();
        poller.state.lock().timers.take_ids()
    };
    for timer in timers {
        // One that the program has closed just now is gone.
        let _ = handle::close(timer);
    }
    let _no_fork = NoForkGuard::enter();
    let changes = poller.changes.lock();
    change::end_all(poller);
    let state = poller.end();
    drop(changes);
    registry::remove(poller, state.registrations.block_numbers());
    sys::end_ready_fd();
    Ok(())
}

/// In a new process, after the handles: ends pollers that another thread was ending.
pub fn finish_left_behind() {
    for poller in registry::left_behind() {
        let _ = finish(poller, poller.id());
    }
}

/// A new poller.
pub fn create() -> Result<Id> {
    handle::watch_forks()?;
    handle::set_watch(Watch { ended: change::ended, ready: change::readable });
    let _no_fork = NoForkGuard::enter();
    let set = sys::new_pollset()?;
    sys::begin_ready_fd()?;
    let opened = sys::add_ready_fd(sys::number(&set), false).map_err(Into::into).and_then(|()| {
        let poller = registry::add()?;
        let opened = handle::open_object_with(Kind::Poller, set, Arc::new(Behind(poller)));
        let (id, slot) = opened.inspect_err(|_| registry::remove(poller, std::iter::empty()))?;
        slot.set_poller_number(poller.number());
        handle::own_event(slot);
        poller.begin(id);
        Ok(id)
    });
    opened.inspect_err(|_| sys::end_ready_fd())
}
