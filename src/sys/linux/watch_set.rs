//! Descriptors and a moment behind one descriptor: epoll(7) and timerfd_create(2).

use super::epoll::{epoll, epoll_add, epoll_remove};
use super::eventfd::{EventFd, drain, event_fd};
use super::timer::Timer;
use crate::sys::{Result, close, number};
use libc::POLLIN;
use std::os::fd::{AsFd, OwnedFd};

/// What makes the descriptor of an operation readable.
pub struct WatchSet {
    /// The epoll instance; it belongs to the slot.
    epoll: i32,
    /// Makes it readable from outside.
    wake: EventFd,
    timer: Timer,
}

impl WatchSet {
    /// An empty set, and the descriptor that is readable while something in it is ready.
    pub fn new() -> Result<(WatchSet, EventFd)> {
        let (instance, wake, timer) = (epoll()?, event_fd()?, Timer::new()?);
        let epoll = number(&instance);
        epoll_add(epoll, &wake, POLLIN)?;
        epoll_add(epoll, &timer, POLLIN)?;
        Ok((WatchSet { epoll, wake, timer }, instance))
    }

    /// The event descriptor that makes the set's descriptor readable when it is signaled.
    pub fn wake_fd(&self) -> i32 {
        number(&self.wake)
    }

    /// Begins to see to what is ready: what is signaled from here on makes the descriptor readable again.
    pub fn begin(&self) {
        drain(self.wake_fd());
    }

    /// Watches a descriptor for `events` (POLLIN, POLLOUT).
    pub fn add(&self, fd: impl AsFd, events: i16) -> Result<()> {
        epoll_add(self.epoll, fd, events)
    }

    /// Ends [`WatchSet::add`], before the descriptor is closed.
    pub fn remove(&self, fd: &OwnedFd) {
        epoll_remove(self.epoll, fd);
    }

    /// Says that everything that was ready has been seen to, and when it is time to look again; `None`: no moment.
    pub fn arm(&self, at: Option<i64>) -> Result<()> {
        self.timer.set(at)
    }

    /// In the child of a fork: closes what the set has open, by number.
    pub fn close_descriptors(&self) {
        let _ = close(self.wake_fd());
        let _ = close(self.timer.number());
    }
}
