//! Calls in flight, the closer that waits for them to leave, and cancel tokens.

use super::{FIRED, Slot};
use crate::net::time::Nanos;
use crate::sys;
use std::sync::atomic::Ordering;

/// Calls in flight.
impl Slot {
    /// Counts a call that no record names.
    pub(in crate::net::handle) fn add_overflow_pin(&self) {
        self.overflow_pins.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends [`Slot::add_overflow_pin`].
    pub(in crate::net::handle) fn drop_overflow_pin(&self) {
        // Not below zero: a fork has forgotten the counts of all threads, this one's too.
        let less = |count: u32| count.checked_sub(1);
        let _ = self.overflow_pins.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
    }

    pub(in crate::net::handle) fn overflow_pins(&self) -> u32 {
        self.overflow_pins.load(Ordering::SeqCst)
    }

    /// What [`Slot::wait_for_leave`] compares with; read before the look at the calls in flight.
    pub(in crate::net::handle) fn leave_seq(&self) -> u32 {
        self.leave_seq.load(Ordering::SeqCst)
    }

    /// Sleeps until a call leaves, unless one has since `seen` was read.
    pub(in crate::net::handle) fn wait_for_leave(&self, seen: u32, limit: Option<Nanos>) {
        sys::futex::wait(&self.leave_seq, seen, limit.map(|limit| limit.0));
    }

    /// Wakes the closer: a call has left. Async-signal-safe.
    pub(in crate::net::handle) fn wake_closer(&self) {
        self.leave_seq.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&self.leave_seq, 1);
    }

    /// The descriptor, which the slot no longer has.
    pub(in crate::net::handle) fn take_fd(&self) -> i32 {
        self.fd.swap(-1, Ordering::Relaxed)
    }

    /// As [`Slot::take_fd`], where no one else is here any more: no swap is needed.
    pub(in crate::net::handle) fn give_fd_back(&self) -> i32 {
        let fd = self.fd.load(Ordering::Relaxed);
        self.fd.store(-1, Ordering::Relaxed);
        fd
    }

    /// In a new process: forgets the calls and fires of threads that do not exist here.
    pub(in crate::net::handle) fn forget_other_threads(&self) {
        if self.overflow_pins.load(Ordering::Relaxed) != 0 {
            self.overflow_pins.store(0, Ordering::Relaxed);
        }
        if self.fire_state.load(Ordering::Relaxed) & !FIRED != 0 {
            self.fire_state.fetch_and(FIRED, Ordering::Relaxed);
        }
    }

    /// In a new process: takes the lock from a thread that does not exist here.
    pub(in crate::net::handle) fn reset_lock(&self) {
        self.guarded.reset_after_fork();
    }
}

/// A cancel token or a poller. Its event descriptor may be replaced, hence SeqCst.
impl Slot {
    pub fn event_fd(&self) -> i32 {
        self.fd.load(Ordering::SeqCst)
    }

    pub fn set_event_fd(&self, fd: i32) {
        self.fd.store(fd, Ordering::SeqCst);
    }

    /// Forgets an event descriptor that the program has closed under us.
    pub(in crate::net::handle) fn lose_event_fd(&self, fd: i32) {
        let _ = self.fd.compare_exchange(fd, -1, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Counts a fire that begins: a closer waits for it.
    pub(in crate::net::handle) fn begin_fire(&self) {
        self.fire_state.fetch_add(1, Ordering::SeqCst);
    }

    pub(in crate::net::handle) fn set_fired(&self) {
        self.fire_state.fetch_or(FIRED, Ordering::SeqCst);
    }

    /// Ends a fire: whether no other one runs.
    pub(in crate::net::handle) fn end_fire(&self) -> bool {
        self.fire_state.fetch_sub(1, Ordering::SeqCst) & !FIRED == 1
    }

    /// How many fires are running.
    pub(in crate::net::handle) fn running_fires(&self) -> u32 {
        self.fire_state.load(Ordering::SeqCst) & !FIRED
    }

    /// Whether the token has fired.
    pub(in crate::net::handle) fn has_fired(&self) -> bool {
        self.fire_state.load(Ordering::SeqCst) & FIRED != 0
    }
}
