//! Event descriptors: what wakes a thread that sleeps in ppoll.

use super::super::fd_owner::close_if_ours;
use super::super::{Result, duplicate};
use super::identity::{MarkedFd, is_ours, mark};
use super::ret::of_nix;
use super::syscall::call4;
use nix::sys::eventfd::EfdFlags;
use std::os::fd::OwnedFd;

/// An event descriptor that has one owner.
pub type EventFd = OwnedFd;

/// A new eventfd(2): close-on-exec, non-blocking, count 0.
pub fn event_fd() -> Result<EventFd> {
    with_count(0)
}

/// A duplicate of an event descriptor, which outlives a call. It bears the mark too.
pub struct EventCopy(MarkedFd);

impl EventCopy {
    /// Of an event descriptor.
    pub fn new(fd: i32) -> Result<EventCopy> {
        Ok(EventCopy(MarkedFd::new(duplicate(fd)?)))
    }

    /// The number.
    pub fn number(&self) -> i32 {
        self.0.number()
    }

    /// In the child of a fork that has a copy of this in the middle of something: closes it by number.
    pub fn close_copy(&self) {
        close_if_ours(self.number());
    }
}

/// As [`event_fd`], with a count that stays above 0.
pub fn readable_event_fd() -> Result<EventFd> {
    with_count(1)
}

fn with_count(count: u32) -> Result<EventFd> {
    let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
    let event =
        nix::sys::eventfd::EventFd::from_value_and_flags(count, flags).map(OwnedFd::from).map_err(of_nix)?;
    mark(&event);
    Ok(event)
}

/// Makes an event descriptor readable; false where the number is no longer that of one of ours, and nothing
/// was written. Async-signal-safe; `errno` untouched.
pub fn signal(fd: i32) -> bool {
    if !is_ours(fd) {
        return false;
    }
    let one = 1u64.to_ne_bytes();
    // SAFETY: eight bytes of ours are read.
    unsafe { call4(libc::SYS_write, fd as usize, one.as_ptr() as usize, one.len(), 0) };
    true
}

/// Makes an event descriptor unreadable again, unless the number is no longer that of one of ours.
pub fn drain(fd: i32) {
    if !is_ours(fd) {
        return;
    }
    let mut count = [0u8; 8];
    // SAFETY: at most eight bytes are written, to our array.
    unsafe { call4(libc::SYS_read, fd as usize, count.as_mut_ptr() as usize, count.len(), 0) };
}
