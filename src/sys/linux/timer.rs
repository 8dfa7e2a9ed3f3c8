//! timerfd_create(2): a descriptor that becomes readable at a moment.

use super::super::Result;
use super::clock::timespec;
use super::identity::{is_ours, mark};
use super::ret::of_nix;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd};

/// A timer of the monotonic clock, marked as libsock's.
pub struct Timer(ManuallyDrop<TimerFd>);

impl Drop for Timer {
    fn drop(&mut self) {
        // The program may have closed it, and have its number for something of its own.
        if is_ours(self.number()) {
            // SAFETY: dropped here alone, and not used afterwards.
            unsafe { ManuallyDrop::drop(&mut self.0) };
        }
    }
}

impl Timer {
    /// A new timer, close-on-exec, not running.
    pub fn new() -> Result<Timer> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags).map_err(of_nix)?;
        mark(&timer);
        Ok(Timer(ManuallyDrop::new(timer)))
    }

    /// In a new process: closes the descriptor, of which the parent has its own, unless the two have it in common.
    pub fn end_in_child(self, owns_descriptors: bool) {
        if !owns_descriptors {
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
