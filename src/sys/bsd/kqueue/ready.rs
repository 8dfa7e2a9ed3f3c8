//! The wait of a poller.

use super::call::{EVFILT_READ, EVFILT_TIMER, EVFILT_WRITE, Event, NONE, apply, filter, is_end, kevent, key};
use super::member::{Look, READ, WRITE, of_poll};
use super::pollset::{Pollset, WAKE_KEY, find};
use crate::sys::readiness::{ERR, HUP, IN, OUT, PRI, RDHUP};
use crate::sys::{Errno, PollFd, Result, memory, now, poll};
use libc::POLLNVAL;
use std::sync::atomic::Ordering;

/// How many events [`Ready`] keeps without memory of its own.
const FEW: usize = 64;

/// What has no filter is looked at after a pause, each time a longer one.
const FIRST_LOOK: i64 = 1_000_000;
const LONGEST_LOOK: i64 = 20_000_000;

/// What one wait on a pollset has found.
pub struct Ready {
    few: [Event; FEW],
    many: ReadyMemory,
    count: usize,
    is_many: bool,
}

/// The memory of a [`Ready`], between two uses.
#[derive(Default)]
pub struct ReadyMemory(Vec<Event>);

// SAFETY: the pointer in an event is a key, which nobody follows.
unsafe impl Send for ReadyMemory {}

impl Ready {
    /// Whether so many need memory of their own.
    pub fn is_many(room: usize) -> bool {
        room > FEW
    }

    /// Room for this many events; for many, in this memory, which may have been used before.
    pub fn new(room: usize, memory: ReadyMemory) -> Ready {
        let mut many = memory.0;
        // Without memory there is room for few.
        let more = room.saturating_sub(many.len());
        let is_many = Ready::is_many(room) && memory::reserve(&mut many, more).is_ok();
        if is_many && many.len() < room {
            many.resize(room, NONE);
        }
        Ready { few: [NONE; FEW], many: ReadyMemory(many), count: 0, is_many }
    }

    /// What came: key of each, and the events as in `readiness`.
    pub fn iter(&self) -> impl Iterator<Item = (u64, i32)> + '_ {
        let list = if self.is_many { &self.many.0[..] } else { &self.few[..] };
        list[..self.count].iter().map(|event| (key(event), event.fflags as i32))
    }

    /// The memory for many events, to be used again.
    pub fn into_memory(self) -> ReadyMemory {
        self.many
    }

    fn list(&mut self) -> &mut [Event] {
        if self.is_many { &mut self.many.0 } else { &mut self.few }
    }

    /// Adds what was found of one key to what there is of it. There is room: each event of the kernel takes one place at
    /// most.
    fn put(&mut self, key: u64, found: i32) {
        let count = self.count;
        let list = self.list();
        // Of more than that, `join` sees to it.
        let few = &mut list[count.saturating_sub(FEW)..count];
        if let Some(event) = few.iter_mut().find(|event| super::call::key(event) == key) {
            event.fflags |= found as u32;
            return;
        }
        list[count] = Event { fflags: found as u32, udata: key as usize as _, ..NONE };
        self.count += 1;
    }

    /// Makes one of several of a key.
    fn join(&mut self) {
        let count = self.count;
        if count <= FEW {
            return;
        }
        let list = &mut self.list()[..count];
        list.sort_unstable_by_key(key);
        let mut kept = 0;
        for at in 1..count {
            if key(&list[at]) == key(&list[kept]) {
                list[kept].fflags |= list[at].fflags;
            } else {
                kept += 1;
                list[kept] = list[at];
            }
        }
        self.count = kept + 1;
    }

    /// Waits until a registered descriptor is ready, at most `timeout` nanoseconds (`None`: forever), for up to
    /// `room` events.
    pub fn wait(&mut self, set: i32, room: usize, timeout: Option<i64>) -> Result<usize> {
        self.count = 0;
        let pollset = find(set)?;
        let room = room.min(self.list().len());
        let end = timeout.filter(|ns| *ns > 0).map(|ns| now().saturating_add(ns));
        let (mut left, mut pause) = (timeout, FIRST_LOOK);
        loop {
            if pollset.looks.load(Ordering::SeqCst) == 0 {
                self.fetch(pollset, set, room, left)?;
            } else {
                let after = pollset.turn.fetch_add(1, Ordering::Relaxed) % 2 != 0;
                if after {
                    self.fetch(pollset, set, room, Some(0))?;
                }
                let looks_again = self.look(pollset, set, room);
                let span = match left {
                    _ if self.count > 0 => Some(0),
                    left if looks_again => Some(left.map_or(pause, |left| left.min(pause))),
                    left => left,
                };
                pause = (pause * 2).min(LONGEST_LOOK);
                if self.count < room && !(after && span == Some(0)) {
                    self.fetch(pollset, set, room, span)?;
                }
            }
            self.join();
            if self.count > 0 || timeout.is_some_and(|ns| ns <= 0) {
                return Ok(self.count);
            }
            if let Some(end) = end {
                let now = now();
                if now >= end {
                    return Ok(0);
                }
                left = Some(end - now);
            }
        }
    }

    /// Takes what the kernel has, behind what there is.
    fn fetch(&mut self, pollset: &Pollset, set: i32, room: usize, timeout: Option<i64>) -> Result<()> {
        let begin = self.count;
        let timeout = timeout.map(|ns| ns.max(0));
        let fetched = match kevent(set, &[], &mut self.list()[begin..room], timeout) {
            // What was found before the signal is not lost.
            Err(Errno(libc::EINTR)) if begin > 0 => 0,
            result => result?,
        };
        for at in begin..begin + fetched {
            // `put` writes to places up to this one.
            let event = self.list()[at];
            let key = key(&event);
            if key == WAKE_KEY {
                pollset.woken(set);
                self.put(key, 0);
                continue;
            }
            let found = match filter(&event) {
                EVFILT_TIMER => Some(0),
                EVFILT_READ if !is_end(&event) && event.data != 0 => Some(IN),
                EVFILT_WRITE if !is_end(&event) => Some(OUT),
                _ => pollset.ended(set, &event),
            };
            if let Some(found) = found {
                self.put(key, found);
            }
        }
        Ok(())
    }

    /// Asks poll(2) about members that have no filter for what they ask, or whose end holds. Whether some are always to be
    /// asked about.
    fn look(&mut self, pollset: &Pollset, set: i32, room: usize) -> bool {
        let mut state = pollset.state.lock();
        let mut looks_again = false;
        for _ in 0..state.looked.len() {
            if self.count >= room {
                break;
            }
            // Each has its turn.
            let Some(fd) = state.looked.first().copied() else { break };
            state.looked.rotate_left(1);
            let Some(member) = state.members.get_mut(&fd) else { continue };
            let (key, before) = (member.key, member.look);
            let found = member.looked(look(fd, member.polled()).unwrap_or(0));
            let after = member.look;
            looks_again |= after == Look::Always;
            if after != before {
                let _ = pollset.look(&mut state, fd, after);
            }
            if found != 0 {
                self.put(key, found);
            }
        }
        let _ = set;
        looks_again
    }
}

/// What holds of a descriptor, at once; `None` of one that is closed.
fn look(fd: i32, events: i16) -> Option<i16> {
    let mut fds = [PollFd::new(fd, events)];
    let _ = poll(&mut fds, Some(0));
    (fds[0].found() & POLLNVAL == 0).then(|| fds[0].found())
}

impl Pollset {
    /// What an event says that is more than readiness: an end, an error, urgent data. `None` if its member is gone.
    #[cold]
    fn ended(&self, set: i32, event: &Event) -> Option<i32> {
        let fd = event.ident as i32;
        let mut state = self.state.lock();
        let mut member = *state.members.get(&fd).filter(|member| member.key == key(event))?;
        let Some(holds) = look(fd, member.polled()) else {
            // The program has closed it just now.
            self.remove(&mut state, set, fd);
            return None;
        };
        let (end, from) = (is_end(event), filter(event));
        let mut found = of_poll(holds);
        found |= match from {
            EVFILT_READ if member.wants() & READ != 0 => IN,
            EVFILT_WRITE if member.wants() & WRITE != 0 => OUT,
            EVFILT_READ | EVFILT_WRITE => 0,
            _ if end => 0,
            _ => PRI,
        };
        if end && event.fflags != 0 {
            found |= ERR;
        }
        if end && from == EVFILT_READ && member.is_socket {
            found |= RDHUP;
        }
        found &= member.reports();
        if end && from == EVFILT_READ && member.is_socket && found & HUP == 0 && member.knotes & WRITE == 0 {
            // The own half may be shut down still: then both have ended.
            let end = member.knote(fd, WRITE, super::call::EV_ADD);
            if apply(set, &[end]).is_ok() {
                member.knotes |= WRITE;
            }
        }
        if member.is_level() && member.wants() & READ == 0 && found != 0 && member.look == Look::Never {
            // A knote that watches for the end says so once.
            member.look = Look::WhileItHolds;
            let _ = self.look(&mut state, fd, member.look);
        }
        state.members.insert(fd, member);
        (found != 0).then_some(found)
    }
}
