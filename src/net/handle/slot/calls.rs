//! Calls in flight, the closer that waits for them to leave, and cancel tokens.

use super::{APART, FIRED, LINGERS, Slot};
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

    /// Says that close(2) of the socket may take a while: SO_LINGER may be on.
    pub fn set_may_linger(&self) {
        self.fire_state.fetch_or(LINGERS, Ordering::Relaxed);
    }

    /// Whether close(2) of the socket may take a while.
    pub fn may_linger(&self) -> bool {
        self.fire_state.load(Ordering::Relaxed) & LINGERS != 0
    }

    /// Says that the socket of this number is being closed while forks may come in between. Only for the one
    /// that closes: the limit that is written over has no reader any more.
    pub(in crate::net::handle) fn begin_close_apart(&self, socket: u64) {
        self.receive_limit.store(socket as i64, Ordering::Relaxed);
        self.fire_state.fetch_or(APART, Ordering::Release);
    }

    /// The socket of [`Slot::begin_close_apart`].
    pub(in crate::net::handle) fn closing_apart(&self) -> Option<u64> {
        let apart = self.fire_state.load(Ordering::Acquire) & APART != 0;
        apart.then(|| self.receive_limit.load(Ordering::Relaxed) as u64)
    }

    /// In a free slot: the next one of the queue.
    pub(in crate::net::handle) fn next_free(&self) -> u32 {
        self.poll_first.load(Ordering::Relaxed)
    }

    pub(in crate::net::handle) fn set_next_free(&self, next: u32) {
        self.poll_first.store(next, Ordering::Relaxed);
    }

    /// In a new process: forgets the calls and fires of threads that do not exist here.
    pub(in crate::net::handle) fn forget_other_threads(&self) {
        if self.overflow_pins.load(Ordering::Relaxed) != 0 {
            self.overflow_pins.store(0, Ordering::Relaxed);
        }
        let kept = FIRED | LINGERS | APART;
        if self.fire_state.load(Ordering::Relaxed) & !kept != 0 {
            self.fire_state.fetch_and(kept, Ordering::Relaxed);
        }
        self.forget_relying();
    }

    /// In a new process: takes the lock from a thread that does not exist here.
    pub(in crate::net::handle) fn reset_lock(&self) {
        self.guarded.reset_after_fork();
    }
}

/// A poller. Its descriptor is its pollset, which may be replaced as a token's event descriptor may.
impl Slot {
    /// Which poller it is, before the handle goes anywhere.
    pub fn set_poller_number(&self, number: u32) {
        self.proto.store(number as i32, Ordering::Relaxed);
    }

    pub fn poller_number(&self) -> u32 {
        self.proto.load(Ordering::Relaxed) as u32
    }

    /// Counts a wake-up for one wait. Async-signal-safe.
    pub(in crate::net::handle) fn add_wake(&self) {
        // Not beyond what can be counted.
        let more = |count: u32| count.checked_add(1);
        let _ = self.poll_first.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
    }

    /// Takes a wake-up, if there is one.
    pub fn take_wake(&self) -> bool {
        let less = |count: u32| count.checked_sub(1);
        self.poll_first.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Whether a wake-up waits to be taken.
    pub fn has_wake(&self) -> bool {
        self.poll_first.load(Ordering::SeqCst) != 0
    }

    /// In the child of a fork: wake-ups are the parent's.
    pub(in crate::net::handle) fn forget_wakes(&self) {
        self.poll_first.store(0, Ordering::SeqCst);
    }

    /// Has one wait of the poller look around. Async-signal-safe.
    pub fn signal_poller(&self) {
        let set = self.event_fd();
        // In a child that has not settled yet the instance is the parent's.
        if set >= 0 && !sys::forked() {
            sys::pollset_signal(set, false);
        }
    }
}

/// A cancel token or a poller. Its descriptor may be replaced, hence SeqCst.
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
        self.fire_state.fetch_sub(1, Ordering::SeqCst) & !(FIRED | LINGERS | APART) == 1
    }

    /// How many fires are running.
    pub(in crate::net::handle) fn running_fires(&self) -> u32 {
        self.fire_state.load(Ordering::SeqCst) & !(FIRED | LINGERS | APART)
    }

    /// Whether the token has fired.
    pub(in crate::net::handle) fn has_fired(&self) -> bool {
        self.fire_state.load(Ordering::SeqCst) & FIRED != 0
    }
}
