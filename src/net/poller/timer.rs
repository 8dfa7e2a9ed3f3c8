//! Timers: handles that belong to a poller.

use super::enter::enter;
use super::registry;
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Id, Kind, NoForkGuard, Object};
use crate::net::time::{self, Nanos};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The object behind a timer's handle.
struct Timer {
    /// The poller and its handle: the number may be another's later.
    poller: u32,
    poller_id: Id,
    number: u32,
    /// The timer's handle.
    id: AtomicI64,
}

impl Timer {
    /// From here on no event of it is written.
    fn end(&self) {
        let Some(poller) = registry::of_number(self.poller) else { return };
        let _no_fork = NoForkGuard::enter();
        let mut state = poller.state.lock();
        if poller.id() == self.poller_id {
            state.timers.remove(self.number, Id(self.id.load(Ordering::Relaxed)));
        }
    }
}

impl Object for Timer {
    fn closing(&self) {
        self.end();
    }

    fn finish(&self) -> Result<()> {
        // In the child of a fork that a closing thread did not survive, only this is called.
        self.end();
        Ok(())
    }

    fn forked(&self) {}

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

#[cold]
fn negative(field: &str, span: Nanos) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {} is negative", span.0))
}

/// Starts a timer: first after a span, then in a period, unless that is 0.
pub fn start(poller: Id, first: Nanos, every: Nanos, data: u64) -> Result<Id> {
    if first.is_negative() {
        return Err(negative("first_ns", first));
    }
    if every.is_negative() {
        return Err(negative("every_ns", every));
    }
    let at = time::now().after(first.clamped());
    let _no_fork = NoForkGuard::enter();
    let poller_id = poller;
    let (_pin, poller, set) = enter(poller)?;
    let number = poller.state.lock().timers.add(every, data)?;
    let timer = Arc::new(Timer { poller: poller.number(), poller_id, number, id: AtomicI64::new(0) });
    let opened = handle::open_object(Kind::Timer, timer.clone());
    let id = opened.inspect_err(|_| poller.state.lock().timers.give_back(number))?;
    timer.id.store(id.0, Ordering::Relaxed);
    let armed = {
        let mut state = poller.state.lock();
        state.timers.start(number, id, at);
        state.arm(set)
    };
    armed.map(|()| id).map_err(|code| handle::abandon(id, code))
}
