//! Descriptors and a moment behind one descriptor: epoll(7) and timerfd_create(2).

use super::epoll::{epoll, epoll_add, epoll_remove};
use super::eventfd::{EventFd, drain, event_fd};
use super::identity::{MarkedFd, is_ours};
use super::timer::Timer;
use crate::sys::fd_owner::close_if_ours;
use crate::sys::{Result, number};
use libc::POLLIN;

/// What makes the descriptor of an operation readable.
pub struct WatchSet {
    /// The epoll instance; it belongs to the slot.
    epoll: i32,
    /// Makes it readable from outside.
    wake: MarkedFd,
    timer: Timer,
}

impl WatchSet {
    /// An empty set, and the descriptor that is readable while something in it is ready.
    pub fn new() -> Result<(WatchSet, EventFd)> {
        let (instance, wake, timer) = (epoll()?, MarkedFd::new(event_fd()?), Timer::new()?);
        let epoll = number(&instance);
        epoll_add(epoll, wake.number(), POLLIN)?;
        epoll_add(epoll, timer.number(), POLLIN)?;
        Ok((WatchSet { epoll, wake, timer }, instance))
    }

    /// The event descriptor that makes the set's descriptor readable when it is signaled.
    pub fn wake_fd(&self) -> i32 {
        self.wake.number()
    }

    /// Whether the program has closed what the set waits with.
    pub fn is_lost(&self) -> bool {
        !(is_ours(self.epoll) && is_ours(self.wake_fd()))
    }

    /// Begins to see to what is ready: what is signaled from here on makes the descriptor readable again.
    pub fn begin(&self) {
        drain(self.wake_fd());
    }

    /// Watches a descriptor for `events` (POLLIN, POLLOUT).
    pub fn add(&self, fd: i32, events: i16) -> Result<()> {
        epoll_add(self.epoll, fd, events)
    }

    /// Ends [`WatchSet::add`], before the descriptor is closed.
    pub fn remove(&self, fd: i32) {
        epoll_remove(self.epoll, fd);
    }

    /// Says that everything that was ready has been seen to, and when it is time to look again; `None`: no moment.
    pub fn arm(&self, at: Option<i64>) -> Result<()> {
        self.timer.set(at)
    }

    /// In the child of a fork: closes what the set has open, by number.
    pub fn close_descriptors(&self) {
        close_if_ours(self.wake_fd());
        close_if_ours(self.timer.number());
    }
}
