//! Timers: handles that belong to a poller.

use super::change::enter;
use super::state::Poller;
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Id, Kind, Object};
use crate::net::time::{self, Nanos};
use std::any::Any;
use std::sync::{Arc, Weak};

/// The object behind a timer's handle.
struct Timer {
    poller: Weak<Poller>,
    number: u32,
}

impl Object for Timer {
    /// From here on no event of it is written.
    fn closing(&self) {
        if let Some(poller) = self.poller.upgrade() {
            poller.state.lock().timers.remove(self.number);
        }
    }

    fn finish(&self) -> Result<()> {
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
    let (_pin, poller, epoll) = enter(poller)?;
    let number = poller.state.lock().timers.add(every, data)?;
    let timer = Arc::new(Timer { poller: Arc::downgrade(&poller), number });
    let opened = handle::open_object(Kind::Timer, timer);
    let id = opened.inspect_err(|_| poller.state.lock().timers.remove(number))?;
    let armed = {
        let mut state = poller.state.lock();
        state.timers.start(number, id, at);
        state.arm(epoll)
    };
    armed.map(|()| id).map_err(|code| handle::abandon(id, code))
}
