//! A registration of a pollset: the knotes that it needs.

use super::call::{
    EV_ADD, EV_CLEAR, EV_DISPATCH, EVFILT_READ, EVFILT_WRITE, EXCEPT, Event, NONE, NOTE_LOWAT, event,
};
use crate::sys::POLLRDHUP;
use crate::sys::readiness::{EDGE, ERR, HUP, IN, ONESHOT, OUT, PRI, RDHUP};
use crate::sys::unix::portable::event::File;
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI};

/// The knotes of a member, as bits.
pub const READ: u8 = 1;
pub const WRITE: u8 = 2;
pub const URGENT: u8 = 4;

/// A low-water mark that no buffer reaches: the end comes all the same.
const NEVER: i64 = 0x7fff_ffff;

/// Whether waits ask poll(2) about a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    Never,
    /// As long as it has something to report: an end that its knotes report once.
    WhileItHolds,
    /// There is no filter for what it asks for.
    Always,
}

/// A registration.
#[derive(Clone, Copy)]
pub struct Member {
    pub key: u64,
    pub events: i32,
    /// What the descriptor was.
    pub file: File,
    /// The knotes that the kernel has.
    pub knotes: u8,
    pub look: Look,
    /// Of an edge that poll(2) is asked about: what it has reported, and what holds still.
    pub seen: i32,
}

impl Member {
    pub fn new(key: u64, events: i32, file: File) -> Member {
        Member { key, events, file, knotes: 0, look: Look::Never, seen: 0 }
    }

    pub fn is_socket(&self) -> bool {
        self.file.0 == libc::S_IFSOCK
    }

    /// Whether it reports what holds again and again.
    pub fn is_level(&self) -> bool {
        self.events & (EDGE | ONESHOT) == 0
    }

    /// What it reports: ERR and HUP unasked.
    pub fn reports(&self) -> i32 {
        self.events & (IN | OUT | PRI | RDHUP) | ERR | HUP
    }

    /// The knotes that it asks for. Without EVFILT_EXCEPT urgent data has none.
    pub fn wants(&self) -> u8 {
        let read = if self.events & IN != 0 { READ } else { 0 };
        let write = if self.events & OUT != 0 { WRITE } else { 0 };
        read | write | if self.events & PRI != 0 && EXCEPT.is_some() { URGENT } else { 0 }
    }

    /// Those, and the one that reports the end, which is reported unasked.
    pub fn needs(&self) -> u8 {
        let end = self.is_socket() || self.events & OUT == 0;
        self.wants() | if end { READ } else { 0 }
    }

    /// One knote of it, with these flags more.
    pub fn knote(&self, fd: i32, knote: u8, flags: u64) -> Event {
        let edge = if self.events & EDGE != 0 { EV_CLEAR } else { 0 };
        let once = if self.events & ONESHOT != 0 { EV_DISPATCH } else { 0 };
        let is_wanted = self.wants() & knote != 0;
        // What watches for the end alone reports it once, and is never used up.
        let how = if is_wanted { edge | once } else { EV_CLEAR };
        let (filter, note) = match knote {
            READ => (EVFILT_READ, 0),
            WRITE => (EVFILT_WRITE, 0),
            _ => EXCEPT.unwrap_or((0, 0)),
        };
        let mut event = event(fd as usize, filter, how | flags, self.key);
        event.fflags = note;
        if !is_wanted {
            event.fflags = NOTE_LOWAT;
            event.data = NEVER as _;
        }
        event
    }

    /// Several knotes of it: a list, and how many.
    pub fn knotes(&self, fd: i32, knotes: u8, flags: u64) -> ([Event; 3], usize) {
        let (mut list, mut count) = ([NONE; 3], 0);
        for knote in [READ, WRITE, URGENT] {
            if knotes & knote != 0 {
                list[count] = self.knote(fd, knote, flags);
                count += 1;
            }
        }
        (list, count)
    }

    /// Those that bring it into force.
    pub fn all(&self, fd: i32) -> ([Event; 3], usize) {
        self.knotes(fd, self.needs(), EV_ADD)
    }

    /// The events of poll(2) to ask about.
    pub fn polled(&self) -> i16 {
        PAIRS.iter().filter(|(own, _)| self.events & own != 0).fold(0, |all, (_, poll)| all | poll)
    }

    /// What a look with poll(2) finds to report.
    pub fn looked(&mut self, found: i16) -> i32 {
        let holds = of_poll(found) & self.reports();
        let new = if self.events & EDGE != 0 { holds & !self.seen } else { holds };
        self.seen = holds;
        if new != 0 && self.events & ONESHOT != 0 || holds == 0 && self.look == Look::WhileItHolds {
            self.look = Look::Never;
        }
        if new != 0 { holds } else { 0 }
    }
}

const PAIRS: [(i32, i16); 4] = [(IN, POLLIN), (OUT, POLLOUT), (PRI, POLLPRI), (RDHUP, POLLRDHUP)];

/// What poll(2) has found.
pub fn of_poll(found: i16) -> i32 {
    let asked = PAIRS.iter().filter(|(_, poll)| found & poll != 0).fold(0, |all, (own, _)| all | own);
    asked | if found & POLLERR != 0 { ERR } else { 0 } | if found & POLLHUP != 0 { HUP } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOCKET: File = (libc::S_IFSOCK, 1, 1);
    const PIPE: File = (libc::S_IFIFO, 1, 1);

    #[test]
    fn the_knotes_of_a_registration() {
        let needs = |events, file| Member::new(1, events, file).needs();
        let urgent = if EXCEPT.is_some() { URGENT } else { 0 };
        assert_eq!(
            [needs(IN, SOCKET), needs(IN | OUT, SOCKET), needs(0, SOCKET)],
            [READ, READ | WRITE, READ]
        );
        assert_eq!([needs(OUT, SOCKET), needs(OUT, PIPE), needs(0, PIPE)], [READ | WRITE, WRITE, READ]);
        assert_eq!(needs(PRI | RDHUP, SOCKET), READ | urgent);
        let flags = |events, knote| {
            let event = Member::new(1, events, SOCKET).knote(5, knote, EV_ADD);
            (u64::from(event.flags), event.fflags)
        };
        assert_eq!(flags(IN, READ), (EV_ADD, 0));
        assert_eq!(flags(IN | EDGE, READ), (EV_ADD | EV_CLEAR, 0));
        assert_eq!(flags(IN | OUT | ONESHOT, WRITE), (EV_ADD | EV_DISPATCH, 0));
        assert_eq!(flags(OUT | ONESHOT, READ), (EV_ADD | EV_CLEAR, NOTE_LOWAT), "only its end");
    }

    #[test]
    fn looks_report_levels_again_and_edges_once() {
        let mut level = Member::new(1, IN, SOCKET);
        level.look = Look::WhileItHolds;
        assert_eq!([level.looked(POLLIN), level.looked(POLLIN | POLLHUP)], [IN, IN | HUP]);
        assert_eq!((level.looked(0), level.look), (0, Look::Never));
        let mut edge = Member { look: Look::Always, ..Member::new(1, IN | EDGE, SOCKET) };
        assert_eq!(
            [edge.looked(POLLIN), edge.looked(POLLIN), edge.looked(0), edge.looked(POLLIN)],
            [IN, 0, 0, IN]
        );
        let mut once = Member { look: Look::Always, ..Member::new(1, IN | ONESHOT, SOCKET) };
        assert_eq!((once.looked(POLLOUT), once.looked(POLLIN), once.look), (0, IN, Look::Never));
    }
}
