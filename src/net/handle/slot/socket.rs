//! What a socket is, and its limits.

use super::super::direction::Direction;
use super::super::id::Id;
use super::{Label, Slot};
use crate::net::time::Nanos;
use crate::sys;
use std::sync::atomic::{AtomicI64, Ordering};

/// After a receive met EAGAIN, this many receives of the handle wait before they try: a peer that
/// answers slowly costs two system calls a message, not three.
const POLL_FIRST: u32 = 8;
/// Bit of [`Slot::poll_first`]: every receive takes the slow path, because SO_RCVLOWAT is above 1.
const LOW_WATER: u32 = 1 << 31;

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

    #[inline]
    pub fn proto(&self) -> i32 {
        self.proto.load(Ordering::Relaxed)
    }

    /// Whether it is a socket of TCP, or of MPTCP.
    pub fn is_tcp(&self) -> bool {
        let internet = [libc::AF_INET, libc::AF_INET6].contains(&self.family());
        internet && self.socket_type() == libc::SOCK_STREAM && sys::is_tcp(self.proto())
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
            self.poll_first.fetch_and(LOW_WATER, Ordering::Relaxed);
        }
    }

    /// SO_RCVTIMEO or SO_SNDTIMEO, as the user has set it.
    pub fn kernel_limit(&self, direction: Direction) -> Nanos {
        Nanos(self.limit_place(direction).load(Ordering::Relaxed))
    }

    pub fn set_kernel_limit(&self, direction: Direction, span: Nanos) {
        self.limit_place(direction).store(span.0, Ordering::Relaxed);
    }

    /// Takes over what another socket has of both, of SO_RCVLOWAT, and that it may linger.
    pub fn copy_kernel_limits(&self, from: &Slot) {
        self.set_low_water(from.has_low_water());
        for direction in [Direction::Read, Direction::Write] {
            self.set_kernel_limit(direction, from.kernel_limit(direction));
        }
        if from.may_linger() {
            self.set_may_linger();
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
        let less = |turns: u32| (turns & !LOW_WATER > 0).then(|| turns - 1);
        self.poll_first.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// A receive has met EAGAIN: the next ones wait first.
    pub fn start_poll_first(&self) {
        let start = |turns: u32| Some(turns & LOW_WATER | POLL_FIRST);
        let _ = self.poll_first.fetch_update(Ordering::Relaxed, Ordering::Relaxed, start);
    }

    /// Whether a receive must know SO_RCVLOWAT, because it is above 1.
    pub fn has_low_water(&self) -> bool {
        self.poll_first.load(Ordering::Relaxed) & LOW_WATER != 0
    }

    pub fn set_low_water(&self, on: bool) {
        if on {
            self.poll_first.fetch_or(LOW_WATER, Ordering::Relaxed);
        } else if self.has_low_water() {
            self.poll_first.fetch_and(!LOW_WATER, Ordering::Relaxed);
        }
    }
}
