//! The beginning and the end of a poller.

use super::change;
use super::event::IN;
use super::registry;
use super::state::{Poller, WAKE};
use crate::net::error::Result;
use crate::net::handle::{self, Id, Kind, NoForkGuard, Object, Watch};
use crate::sys;
use std::any::Any;
use std::sync::Arc;

/// More threads than can wait.
const ALL: u64 = 1 << 32;

impl Object for Poller {
    fn closing(&self) {
        // It stays readable: each wait that wakes finds the handle closing.
        sys::signal_times(self.event_fd(), ALL);
    }

    fn finish(&self) -> Result<()> {
        let timers = self.state.lock().timers.ids();
        for id in timers {
            // One that the program has closed just now is gone.
            let _ = handle::close(id);
        }
        let _no_fork = NoForkGuard::enter();
        {
            let _changes = self.changes.lock();
            let epoll = self.set_epoll(-1);
            if epoll >= 0 {
                let _ = sys::close(epoll);
            }
            change::end_all(self);
            let mut state = self.state.lock();
            state.drop_timer();
            state.ended = true;
        }
        let blocks: Vec<u32> = self.state.lock().registrations.block_numbers().collect();
        registry::remove(self, blocks.into_iter());
        Ok(())
    }

    fn forked(&self) {
        Poller::forked(self);
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// A new poller.
pub fn create() -> Result<Id> {
    handle::watch_forks()?;
    handle::set_watch(Watch { ended: change::ended, ready: change::readable });
    let _no_fork = NoForkGuard::enter();
    let (epoll, event) = (sys::epoll()?, sys::counting_event_fd()?);
    sys::epoll_register(sys::number(&epoll), sys::number(&event), IN, WAKE)?;
    let poller = registry::add(|number| Poller::new(number, sys::into_number(epoll)))?;
    let opened = handle::open_object_with(Kind::Poller, event, poller.clone());
    let (id, slot) = opened.inspect_err(|_| {
        let _ = sys::close(poller.set_epoll(-1));
        registry::remove(&poller, std::iter::empty());
    })?;
    poller.set_slot(slot);
    Ok(id)
}
