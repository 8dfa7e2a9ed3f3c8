//! What a socket is, and its limits.

use super::super::direction::Direction;
use super::super::id::Id;
use super::{Label, Slot};
use crate::net::time::Nanos;
use std::sync::atomic::{AtomicI64, Ordering};

/// After a receive met EAGAIN, this many receives of the handle wait before they try: a peer that
/// answers slowly costs two system calls a message, not three.
const POLL_FIRST: u16 = 8;
/// After segments were refused, this many batches go without them before another try: routes change.
const PLAIN_BATCHES: u16 = 64;

impl Slot {
    /// The descriptor, or -1. It stays open while the slot is pinned.
    #[inline(always)]
    pub fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }

    /// What is added to the flags of every send.
    #[inline(always)]
    pub fn send_flags(&self) -> i32 {
        self.send_flags.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub fn family(&self) -> i32 {
        self.family.load(Ordering::Relaxed)
    }

    #[inline]
    pub fn socket_type(&self) -> i32 {
        self.socket_type.load(Ordering::Relaxed)
    }

    /// Says what a new socket is, before its number goes anywhere.
    pub fn set_label(&self, label: Label, send_flags: i32) {
        self.family.store(label.family, Ordering::Relaxed);
        self.socket_type.store(label.socket_type, Ordering::Relaxed);
        self.proto.store(label.proto, Ordering::Relaxed);
        self.send_flags.store(send_flags, Ordering::Relaxed);
    }

    /// The mode: 0 is non-blocking, [`Nanos::FOREVER`] blocking, anything else the timeout.
    pub fn timeout(&self) -> Nanos {
        Nanos(self.timeout.load(Ordering::Relaxed))
    }

    pub fn set_timeout(&self, timeout: Nanos) {
        self.timeout.store(timeout.0, Ordering::Relaxed);
        if timeout == Nanos::ZERO {
            self.poll_first.store(0, Ordering::Relaxed);
        }
    }

    /// SO_RCVTIMEO or SO_SNDTIMEO, as the user has set it.
    pub fn kernel_limit(&self, direction: Direction) -> Nanos {
        Nanos(self.limit_place(direction).load(Ordering::Relaxed))
    }

    pub fn set_kernel_limit(&self, direction: Direction, span: Nanos) {
        self.limit_place(direction).store(span.0, Ordering::Relaxed);
    }

    /// Takes over what another socket has of both.
    pub fn copy_kernel_limits(&self, from: &Slot) {
        for direction in [Direction::Read, Direction::Write] {
            self.set_kernel_limit(direction, from.kernel_limit(direction));
        }
    }

    fn limit_place(&self, direction: Direction) -> &AtomicI64 {
        match direction {
            Direction::Read => &self.receive_limit,
            Direction::Write => &self.send_limit,
        }
    }

    /// The deadline of a direction. SeqCst, as its change: a waiter in the list misses none.
    pub fn deadline(&self, direction: Direction) -> Nanos {
        Nanos(self.deadline_place(direction).load(Ordering::SeqCst))
    }

    /// Within [`Slot::announce`], or before anyone else has the handle.
    pub fn set_deadline(&self, direction: Direction, at: Nanos) {
        self.deadline_place(direction).store(at.0, Ordering::SeqCst);
    }

    fn deadline_place(&self, direction: Direction) -> &AtomicI64 {
        match direction {
            Direction::Read => &self.read_deadline,
            Direction::Write => &self.write_deadline,
        }
    }

    /// The cancel token that is attached, or [`Id::NONE`]. SeqCst, as for a deadline.
    pub fn token(&self) -> Id {
        Id(self.token.load(Ordering::SeqCst))
    }

    /// Within [`Slot::announce`], or before anyone else has the handle.
    pub fn set_token(&self, token: Id) {
        self.token.store(token.0, Ordering::SeqCst);
    }

    /// Whether the next receive waits before it tries.
    #[inline(always)]
    pub fn polls_first(&self) -> bool {
        self.poll_first.load(Ordering::Relaxed) != 0
    }

    /// Uses up one of the receives that wait first: whether there was one.
    pub fn take_poll_first(&self) -> bool {
        let turns = self.poll_first.load(Ordering::Relaxed);
        if turns > 0 {
            self.poll_first.store(turns - 1, Ordering::Relaxed);
        }
        turns > 0
    }

    /// A receive has met EAGAIN: the next ones wait first.
    pub fn start_poll_first(&self) {
        self.poll_first.store(POLL_FIRST, Ordering::Relaxed);
    }

    /// Whether the next batch goes without segments; uses up one of those that do.
    pub fn take_plain_batch(&self) -> bool {
        let left = self.plain_batches.load(Ordering::Relaxed);
        if left > 0 {
            self.plain_batches.store(left - 1, Ordering::Relaxed);
        }
        left > 0
    }

    /// Segments were refused: the next batches go without them.
    pub fn start_plain_batches(&self) {
        self.plain_batches.store(PLAIN_BATCHES, Ordering::Relaxed);
    }
}
