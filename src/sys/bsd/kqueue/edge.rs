//! Edge-triggered readiness of one descriptor, and the end of the peer's data.

use super::call::{
    EV_ADD, EV_CLEAR, EVFILT_READ, EVFILT_WRITE, Event, NONE, apply, event, filter, is_end, kevent, kqueue,
};
use crate::sys::{Result, process_epoch};
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, OwnedFd};

/// The poll bits of an event.
fn found(event: &Event) -> i16 {
    let end = is_end(event);
    // The error of a socket that has ended.
    let error = if end && event.fflags != 0 { POLLERR } else { 0 };
    match filter(event) {
        EVFILT_READ => POLLIN | error,
        EVFILT_WRITE if end => POLLOUT | POLLHUP | error,
        _ => POLLOUT | error,
    }
}

/// A kqueue that reports once what happens to a descriptor: EV_CLEAR.
pub struct Edge {
    queue: ManuallyDrop<OwnedFd>,
    /// The process that made it: in a child there is none, and the number may be something else's.
    process: u32,
}

impl Edge {
    /// Of `events` (POLLIN, POLLOUT) of a descriptor.
    pub fn new(fd: i32, events: i16) -> Result<Edge> {
        let edge = Edge { queue: ManuallyDrop::new(kqueue()?), process: process_epoch() };
        for (bit, filter) in [(POLLIN, EVFILT_READ), (POLLOUT, EVFILT_WRITE)] {
            if events & bit != 0 {
                apply(edge.fd(), &[event(fd as usize, filter, EV_ADD | EV_CLEAR, 0)])?;
            }
        }
        Ok(edge)
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> i32 {
        self.queue.as_raw_fd()
    }

    /// What has happened.
    pub fn take(&self) -> i16 {
        let mut events = [NONE; 2];
        let count = kevent(self.fd(), &[], &mut events, Some(0)).unwrap_or(0);
        events[..count].iter().fold(0, |all, event| all | found(event))
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        if self.process == process_epoch() {
            // SAFETY: taken once, here.
            drop(unsafe { ManuallyDrop::take(&mut self.queue) });
        }
    }
}

/// Whether the peer, or shutdown(2), has ended what a socket receives, whatever there is to read still.
#[cfg(not(target_os = "linux"))]
pub fn is_at_end(fd: i32) -> bool {
    let look = || -> Result<bool> {
        let queue = kqueue()?;
        let add = event(fd as usize, EVFILT_READ, EV_ADD | EV_CLEAR, 0);
        apply(queue.as_raw_fd(), &[add])?;
        let mut events = [NONE];
        let count = kevent(queue.as_raw_fd(), &[], &mut events, Some(0))?;
        Ok(count == 1 && is_end(&events[0]))
    };
    look().unwrap_or(false)
}
