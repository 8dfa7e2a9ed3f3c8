//! O_NONBLOCK of a slot's open file description: who may switch it, and the calls that rely on it.
//!
//! libsock makes descriptors with the flag on. As long as nobody else can reach the description, a call may rely
//! on that. From the moment somebody can, it never may again: another process or the program itself may clear
//! the flag at any time.

use super::Slot;
use crate::net::time::{self, Nanos};
use crate::sys;
use std::sync::atomic::Ordering;

/// Bits of [`Slot::flag`]. Below them: how many calls rely on the flag.
///
/// Somebody else can reach the description. Never taken back.
const SHARED: u32 = 1 << 31;
/// The number was given out: the flag follows the mode.
const VISIBLE: u32 = 1 << 30;
/// Others may have switched the flag: what libsock set last says nothing.
const UNSURE: u32 = 1 << 29;
/// libsock has switched the flag off last.
const OFF: u32 = 1 << 28;
/// A call of another process relied on the flag when this process was forked from it.
const LEFT_BEHIND: u32 = 1 << 27;
/// Somebody waits for those calls to end, or has waited too long.
const AWAITED: u32 = 1 << 26;
/// The limits (SO_RCVTIMEO and the like) were taken from a listener that others have too.
const LIMITS_UNSURE: u32 = 1 << 25;
/// How many of the next batches go without segments.
const PLAIN_BATCHES: u32 = 0x7f << PLAIN_SHIFT;
const PLAIN_SHIFT: u32 = 18;
const CALLS: u32 = (1 << PLAIN_SHIFT) - 1;

/// After segments were refused, this many batches go without them before another try: routes change.
const PLAIN_AFTER_REFUSAL: u32 = 64;

impl Slot {
    /// Of a new generation, whose description is libsock's alone and has the flag on.
    pub(super) fn reset_flag(&self) {
        self.flag.store(0, Ordering::Relaxed);
        self.fork_epoch.store(sys::fork_epoch(), Ordering::Relaxed);
    }

    /// Whether the slot was open at a fork: its description has two owners since.
    pub fn was_forked(&self) -> bool {
        self.fork_epoch.load(Ordering::Relaxed) != sys::fork_epoch()
    }

    /// Counts a call that relies on the flag; [`Slot::end_relying`] must follow, whatever the result. False
    /// where somebody else may switch the flag.
    pub fn begin_relying(&self) -> bool {
        // Counted before the look: a thread that shares the description afterwards finds the count. A fork raises
        // the epoch before it copies the memory, so a call that sees the old epoch is counted in the child too.
        let before = self.flag.fetch_add(1, Ordering::SeqCst);
        before & SHARED == 0 && !self.was_forked()
    }

    /// Whether somebody else may switch the flag.
    pub fn is_shared(&self) -> bool {
        self.flag.load(Ordering::SeqCst) & SHARED != 0 || self.was_forked()
    }

    /// Ends such a call. True: it was the last one that somebody waits for, or has waited too long for.
    pub fn end_relying(&self) -> bool {
        let before = self.flag.fetch_sub(1, Ordering::SeqCst);
        let last = before & AWAITED != 0 && before & CALLS == 1;
        if last {
            self.flag.fetch_and(!AWAITED, Ordering::SeqCst);
            sys::futex::wake(&self.flag, i32::MAX);
        }
        last
    }

    /// Says that somebody else can reach the description from now on.
    pub fn share(&self) {
        self.flag.fetch_or(SHARED, Ordering::SeqCst);
    }

    /// After [`Slot::share`]: waits until no call relies on the flag, at most so long. Whether none does.
    pub fn wait_for_relying(&self, limit: Nanos) -> bool {
        let mut end = None;
        loop {
            let now = self.flag.load(Ordering::SeqCst);
            if now & (CALLS | LEFT_BEHIND) == 0 {
                return true;
            }
            let left = *end.get_or_insert_with(|| time::now().after(limit)) - time::now();
            if left <= Nanos::ZERO {
                // Those of the other process cannot be asked; what it begins now does not rely on the flag.
                return self.flag.fetch_and(!LEFT_BEHIND, Ordering::SeqCst) & CALLS == 0;
            }
            if now & AWAITED == 0 {
                self.flag.fetch_or(AWAITED, Ordering::SeqCst);
            } else {
                sys::futex::wait(&self.flag, now, Some(left.0));
            }
        }
    }

    /// After a wait that was too short: whether a call relies on the flag still, whose end is awaited then.
    pub fn is_still_relied_on(&self) -> bool {
        let still = self.flag.fetch_or(AWAITED, Ordering::SeqCst) & CALLS != 0;
        if !still {
            self.flag.fetch_and(!AWAITED, Ordering::SeqCst);
        }
        still
    }

    /// Keeps two calls from changing the same description for a moment, also in processes that were forked from each
    /// other: those on this handle, and those on its duplicates, which have the kernel's number of the socket in common.
    pub fn shared_lock(&self) -> sys::SharedLock {
        let duplicated = self.flag.load(Ordering::Relaxed) & UNSURE != 0;
        let number = if duplicated { sys::socket_id(self.fd()) } else { None };
        sys::SharedLock::take(number.map_or(1 + self.index(), |number| (number as u32).max(1)))
    }

    /// Whether SO_RCVTIMEO, SO_SNDTIMEO and SO_RCVLOWAT can be set through this handle alone.
    pub fn limits_are_own(&self) -> bool {
        self.flag.load(Ordering::Relaxed) & (SHARED | LIMITS_UNSURE) == 0 && !self.was_forked()
    }

    /// Says that the limits were taken from a listener that others have too.
    pub fn set_limits_unsure(&self) {
        self.flag.fetch_or(LIMITS_UNSURE, Ordering::SeqCst);
    }

    /// Whether the next batch goes without segments; uses up one of those that do.
    pub fn take_plain_batch(&self) -> bool {
        let less = |flag: u32| (flag & PLAIN_BATCHES != 0).then(|| flag - (1 << PLAIN_SHIFT));
        self.flag.load(Ordering::Relaxed) & PLAIN_BATCHES != 0
            && self.flag.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
    }

    /// Segments were refused: the next batches go without them.
    pub fn start_plain_batches(&self) {
        let start = |flag: u32| Some(flag & !PLAIN_BATCHES | PLAIN_AFTER_REFUSAL << PLAIN_SHIFT);
        let _ = self.flag.fetch_update(Ordering::SeqCst, Ordering::SeqCst, start);
    }

    /// Whether the number was given out.
    pub fn is_visible(&self) -> bool {
        self.flag.load(Ordering::Acquire) & VISIBLE != 0
    }

    /// Says that the number was given out.
    pub fn set_visible(&self) {
        self.flag.fetch_or(SHARED | VISIBLE, Ordering::SeqCst);
    }

    /// Says that what libsock sets says nothing any more: there are other owners.
    pub fn set_unsure(&self) {
        self.flag.fetch_or(SHARED | UNSURE, Ordering::SeqCst);
    }

    /// What the flag is, where libsock knows: as it set it last.
    pub fn known_flag(&self) -> Option<bool> {
        let flag = self.flag.load(Ordering::Relaxed);
        (flag & UNSURE == 0 && !self.was_forked()).then_some(flag & OFF == 0)
    }

    /// Remembers how the flag was set. Under the slot's lock.
    pub fn note_flag(&self, on: bool) {
        if on {
            self.flag.fetch_and(!OFF, Ordering::SeqCst);
        } else {
            self.flag.fetch_or(OFF, Ordering::SeqCst);
        }
    }

    /// In a new process: forgets the calls of threads that do not exist here.
    pub(in crate::net::handle) fn forget_relying(&self) {
        let flag = self.flag.load(Ordering::Relaxed);
        if flag & CALLS != 0 || sys::settles_without_handlers() {
            self.flag.store(flag & !(CALLS | AWAITED) | LEFT_BEHIND, Ordering::Relaxed);
        }
    }
}
