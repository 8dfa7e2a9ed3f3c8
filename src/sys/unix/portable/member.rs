//! A registration of a pollset. poll(2) says what is ready, not what is new: for edges that is remembered here.

use super::event::File;
use crate::sys::readiness::{EDGE, ERR, HUP, IN, ONESHOT, OUT, PRI, RDHUP};
use crate::sys::{KeptErrno, POLLRDHUP, unread};
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI};

/// What an edge has reported and what stays ready is looked at again after a pause, each time a longer one.
const FIRST_LOOK: i64 = 1_000_000;
const LONGEST_LOOK: i64 = 20_000_000;
/// And reported again after a longer one: it may have been used up and come back between two looks.
const FIRST_REPEAT: i64 = 50_000_000;
const LONGEST_REPEAT: i64 = 1_000_000_000;

/// A registration.
pub(super) struct Member {
    pub(super) fd: i32,
    /// What the descriptor was: the number may be another's by now.
    pub(super) file: File,
    events: i32,
    pub(super) key: u64,
    /// A one-shot that has fired.
    spent: bool,
    /// Of an edge: what was reported and has been ready ever since, in the numbers of poll.
    seen: i16,
    /// How much there was to read then; -1 is unknown.
    amount: i64,
    /// When to look again, and when to report again what is ready still; the pauses before them.
    look_at: i64,
    look: i64,
    repeat_at: i64,
    repeat: i64,
}

impl Member {
    pub(super) fn new(fd: i32, file: File, events: i32, key: u64) -> Member {
        let (look, repeat) = (FIRST_LOOK, FIRST_REPEAT);
        let (seen, amount, look_at, repeat_at) = (0, -1, 0, 0);
        Member { fd, file, events, key, spent: false, seen, amount, look_at, look, repeat_at, repeat }
    }

    /// Whether something was reported that poll would report again and again.
    pub(super) fn is_masked(&self) -> bool {
        self.seen != 0 && !self.spent
    }

    /// When to look at what is masked.
    pub(super) fn look_at(&self) -> i64 {
        self.look_at
    }

    /// What poll is asked for: in a look everything, in a sleep what was not reported yet; `None` is nothing at all.
    pub(super) fn polled(&self, look: bool) -> Option<i16> {
        let asked = to_poll(self.events);
        let masked = if look { 0 } else { self.seen };
        // ERR and HUP are reported unasked.
        let silent = masked & (POLLERR | POLLHUP) != 0 || asked != 0 && asked & !masked == 0;
        (!self.spent && !silent).then_some(asked & !masked)
    }

    /// What is to be reported of readiness that poll found, in the numbers of `readiness`; 0 is nothing.
    pub(super) fn report(&mut self, found: i16, look: bool, now: i64) -> i32 {
        if self.spent {
            return 0;
        }
        let new = if self.events & EDGE == 0 { found } else { self.new_to_edge(found, look, now) };
        if new != 0 && self.events & ONESHOT != 0 {
            self.spent = true;
        }
        of_poll(new)
    }

    fn new_to_edge(&mut self, found: i16, look: bool, now: i64) -> i16 {
        if look {
            let still = self.seen & found;
            if still != self.seen {
                (self.look, self.repeat) = (FIRST_LOOK, FIRST_REPEAT);
            }
            self.seen = still;
            if still & POLLIN != 0 && self.amount >= 0 && readable(self.fd) > self.amount {
                // More has come.
                self.seen &= !POLLIN;
                self.repeat = FIRST_REPEAT;
            } else if still != 0 && now >= self.repeat_at {
                self.seen = 0;
                self.repeat = (self.repeat * 2).min(LONGEST_REPEAT);
            }
            self.look_at = now + self.look;
            self.look = (self.look * 2).min(LONGEST_LOOK);
        }
        let new = found & !self.seen;
        if new == 0 {
            return 0;
        }
        self.seen |= found;
        if found & POLLIN != 0 {
            self.amount = readable(self.fd);
        }
        self.look = FIRST_LOOK;
        (self.look_at, self.repeat_at) = (now + self.look, now + self.repeat);
        // What holds, holds: as epoll reports it.
        found
    }
}

/// How many bytes there are to read; -1 where that cannot be asked.
fn readable(fd: i32) -> i64 {
    let _errno = KeptErrno::new();
    unread(fd).map_or(-1, |count| count as i64)
}

const PAIRS: [(i32, i16); 6] =
    [(IN, POLLIN), (OUT, POLLOUT), (PRI, POLLPRI), (ERR, POLLERR), (HUP, POLLHUP), (RDHUP, POLLRDHUP)];

fn to_poll(events: i32) -> i16 {
    let asked = PAIRS.iter().filter(|(own, _)| events & own & !(ERR | HUP) != 0);
    asked.fold(0, |all, (_, poll)| all | poll)
}

fn of_poll(found: i16) -> i32 {
    PAIRS.iter().filter(|(_, poll)| found & poll != 0).fold(0, |all, (own, _)| all | own)
}
