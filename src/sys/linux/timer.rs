//! timerfd_create(2): a descriptor that becomes readable at a moment.

use super::super::Result;
use super::clock::timespec;
use super::identity::{is_ours, mark};
use super::ret::of_nix;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// A timer of the monotonic clock.
pub struct Timer(TimerFd);

impl Timer {
    /// A new timer, close-on-exec, not running.
    pub fn new() -> Result<Timer> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        TimerFd::new(ClockId::CLOCK_MONOTONIC, flags).map(Timer).map_err(of_nix)
    }

    /// The same, marked as libsock's, for [`Timer::end_in_child`].
    pub fn marked() -> Result<Timer> {
        let timer = Timer::new()?;
        mark(&timer);
        Ok(timer)
    }

    /// In a new process, of a marked one: closes the descriptor, of which the parent has its own, unless the two have
    /// it in common.
    pub fn end_in_child(self, owns_descriptors: bool) {
        if !owns_descriptors || !is_ours(self.number()) {
            std::mem::forget(self);
        }
    }

    /// The descriptor's number.
    pub fn number(&self) -> i32 {
        self.0.as_fd().as_raw_fd()
    }

    /// Makes the timer readable at a moment, and unreadable until then; `None` stops it.
    pub fn set(&self, at: Option<i64>) -> Result<()> {
        let Some(at) = at else { return self.0.unset().map_err(of_nix) };
        // 0 would stop the timer: the first nanosecond is in the past too.
        let once = Expiration::OneShot(timespec(at.max(1)).into());
        self.0.set(once, TimerSetTimeFlags::TFD_TIMER_ABSTIME).map_err(of_nix)
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
