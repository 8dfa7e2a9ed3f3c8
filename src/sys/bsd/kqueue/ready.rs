//! The wait of a poller.

use super::call::{EVFILT_READ, EVFILT_TIMER, EVFILT_WRITE, Event, NONE, apply, filter, is_end, kevent, key};
use super::member::{Look, READ, WRITE, of_poll};
use super::pollset::{Pollset, WAKE_KEY, find, is_known};
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
        let pollset = find(set)?;
        let result = self.wait_on(pollset, set, room, timeout);
        pollset.pass_on(set);
        result
    }

    fn wait_on(&mut self, pollset: &Pollset, set: i32, room: usize, timeout: Option<i64>) -> Result<usize> {
        self.count = 0;
        let room = room.min(self.list().len());
        let end = timeout.filter(|ns| *ns > 0).map(|ns| now().saturating_add(ns));
        let (mut left, mut pause) = (timeout, FIRST_LOOK);
        loop {
            if pollset.begin_sleep() {
                let result = self.fetch(pollset, set, room, left);
                pollset.end_sleep();
                result?;
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
            let before = member.look;
            let found = member.looked(look(fd, member.polled()).unwrap_or(0));
            let member = *member;
            looks_again |= member.look == Look::Always;
            if member.look != before {
                let _ = pollset.look(&mut state, fd, member.look);
            }
            if found != 0 && !is_known(set, fd, &member) {
                // The program has closed it, and the number is another's.
                pollset.remove(&mut state, set, fd);
            } else if found != 0 {
                self.put(member.key, found);
            }
        }
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
        if end && from == EVFILT_READ && member.is_socket() {
            found |= RDHUP;
        }
        found &= member.reports();
        if end && from == EVFILT_READ && member.is_socket() && found & HUP == 0 && member.knotes & WRITE == 0
        {
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

#[cfg(test)]
mod tests {
    use super::super::pollset::{PollTimer, is_pollset, new_pollset, pollset_change};
    use super::super::pollset::{pollset_register, pollset_signal, pollset_unregister};
    use super::*;
    use crate::sys::readiness::{EDGE, EXCLUSIVE, ONESHOT};
    use crate::sys::{EventFd, drain, event_fd, number, signal, socketpair};
    use std::os::fd::OwnedFd;

    const MS: i64 = 1_000_000;

    fn wait_for(set: i32, room: usize, timeout: i64) -> Vec<(u64, i32)> {
        let mut ready = Ready::new(room, ReadyMemory::default());
        ready.wait(set, room, Some(timeout)).expect("a wait");
        let mut found: Vec<_> = ready.iter().collect();
        found.sort_unstable();
        found
    }

    fn wait(set: i32, room: usize) -> Vec<(u64, i32)> {
        wait_for(set, room, 0)
    }

    fn pollset() -> (EventFd, i32) {
        let owner = new_pollset().expect("a pollset");
        let set = number(&owner);
        (owner, set)
    }

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair")
    }

    fn send(fd: &OwnedFd) {
        assert_eq!(crate::sys::send(number(fd), b"x", 0).count(), 1);
    }

    fn shut(fd: &OwnedFd, how: i32) {
        // SAFETY: numbers only.
        assert_eq!(unsafe { libc::shutdown(number(fd), how) }, 0);
    }

    #[test]
    fn an_edge_is_reported_once_until_more_comes() {
        let ((_owner, set), (a, b)) = (pollset(), pair());
        pollset_register(set, number(&a), IN | EDGE, 7).expect("a registration");
        assert_eq!(wait(set, 4), []);
        send(&b);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]));
        send(&b);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]), "more");
        pollset_change(set, number(&a), IN | EDGE, 8).expect("a change");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(8, IN)], vec![]), "a change looks anew");
    }

    #[test]
    fn a_one_shot_is_spent_until_it_is_changed() {
        let ((_owner, set), (a, b)) = (pollset(), pair());
        let fd = number(&a);
        send(&b);
        pollset_register(set, fd, IN | ONESHOT, 7).expect("a registration");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]));
        pollset_change(set, fd, IN | ONESHOT, 8).expect("armed again");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(8, IN)], vec![]));
        pollset_change(set, fd, IN, 9).expect("a change");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(9, IN)], vec![(9, IN)]));
        pollset_unregister(set, fd).expect("the end");
        assert_eq!(wait(set, 4), []);
        assert_eq!(pollset_unregister(set, fd), Err(Errno(libc::ENOENT)));
        assert_eq!(pollset_change(set, fd, IN, 1), Err(Errno(libc::ENOENT)));
        assert_eq!(pollset_register(set, fd, IN | EXCLUSIVE | ONESHOT, 1), Err(Errno(libc::EINVAL)));
        assert_eq!(pollset_register(set, 1 << 20, IN, 1), Err(Errno(libc::EBADF)));
    }

    #[test]
    fn what_is_registered_twice_is_refused_and_what_was_closed_is_not() {
        let ((_owner, set), (a, b)) = (pollset(), pair());
        let fd = number(&a);
        pollset_register(set, fd, IN, 1).expect("a registration");
        assert_eq!(pollset_register(set, fd, IN, 2), Err(Errno(libc::EEXIST)));
        send(&b);
        assert_eq!(wait(set, 4), [(1, IN)], "the refusal changed nothing");
        let (other, end) = pair();
        // SAFETY: the program closes a number and opens another socket under it.
        assert_eq!(unsafe { libc::dup2(number(&other), fd) }, fd);
        assert_eq!(pollset_change(set, fd, IN, 3), Err(Errno(libc::ENOENT)));
        pollset_register(set, fd, IN, 4).expect("what was closed is no more");
        assert_eq!(wait(set, 4), []);
        send(&end);
        assert_eq!(wait(set, 4), [(4, IN)]);
    }

    #[test]
    fn both_directions_are_one_event() {
        let ((_owner, set), (a, b)) = (pollset(), pair());
        pollset_register(set, number(&a), IN | OUT, 1).expect("a registration");
        assert_eq!(wait(set, 4), [(1, OUT)]);
        send(&b);
        assert_eq!(wait(set, 4), [(1, IN | OUT)]);
    }

    #[test]
    fn many_events_of_both_directions_are_one_each() {
        let (_owner, set) = pollset();
        let pairs: Vec<_> = (0..100).map(|_| pair()).collect();
        for (key, (a, b)) in (0..).zip(&pairs) {
            pollset_register(set, number(a), IN | OUT, key).expect("a registration");
            send(b);
        }
        let all: Vec<_> = (0..100).map(|key| (key, IN | OUT)).collect();
        assert_eq!(wait(set, 250), all);
    }

    #[test]
    fn an_end_is_reported_as_what_it_is() {
        let ((_owner, set), (a, b)) = (pollset(), pair());
        let fd = number(&a);
        pollset_register(set, fd, RDHUP, 1).expect("a registration");
        assert_eq!(wait(set, 4), []);
        shut(&b, libc::SHUT_WR);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(1, RDHUP)], vec![(1, RDHUP)]), "as long as it holds");
        pollset_change(set, fd, 0, 2).expect("a change");
        assert_eq!(wait(set, 4), [], "one half");
        shut(&a, libc::SHUT_WR);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(2, HUP)], vec![(2, HUP)]), "unasked");
        pollset_change(set, fd, EDGE, 3).expect("a change");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(3, HUP)], vec![]), "once");
        drop(b);
    }

    #[test]
    fn a_pipe_without_readers_is_an_error_and_one_without_writers_an_end() {
        let (_owner, set) = pollset();
        let mut ends = [0; 2];
        // SAFETY: two numbers of ours are written.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        pollset_register(set, ends[0], IN, 1).expect("a registration");
        pollset_register(set, ends[1], 0, 2).expect("a registration");
        assert_eq!(wait(set, 4), []);
        // SAFETY: a descriptor of this test.
        unsafe { libc::close(ends[0]) };
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(2, ERR)], vec![(2, ERR)]));
        // SAFETY: as above.
        unsafe { libc::close(ends[1]) };
        assert_eq!(wait(set, 4), [], "the kernel forgets what is closed");
    }

    #[test]
    fn wakes_and_timers() {
        let (owner, set) = pollset();
        assert!(is_pollset(set) && crate::sys::is_ours(set));
        pollset_signal(set, false);
        pollset_signal(set, false);
        assert_eq!((wait(set, 1), wait(set, 3)), (vec![(WAKE_KEY, 0)], vec![]), "two signals are one");
        let timer = PollTimer::new(set, 5).expect("a timer");
        let began = now();
        timer.set(set, Some(began + 30 * MS)).expect("a moment");
        assert_eq!(wait(set, 1), []);
        assert_eq!(wait_for(set, 1, 10_000 * MS), [(5, 0)]);
        assert!(now() - began >= 30 * MS, "never early");
        timer.set(set, Some(began)).expect("a moment that is over");
        assert_eq!(wait_for(set, 1, 10_000 * MS), [(5, 0)]);
        timer.set(set, Some(began + 1000 * MS)).expect("a moment");
        timer.set(set, None).expect("no moment");
        assert_eq!(wait_for(set, 1, 30 * MS), []);
        pollset_signal(set, true);
        assert_eq!((wait(set, 1), wait(set, 1)), (vec![(WAKE_KEY, 0)], vec![(WAKE_KEY, 0)]), "all");
        drop(owner);
        assert!(!is_pollset(set));
        assert_eq!(Ready::new(1, ReadyMemory::default()).wait(set, 1, Some(0)), Err(Errno(libc::EBADF)));
    }

    #[test]
    fn a_kqueue_of_the_program_is_not_ours() {
        let (owner, set) = pollset();
        let strange = super::super::call::kqueue().expect("a kqueue");
        assert!(!is_pollset(number(&strange)));
        pollset_signal(number(&strange), false);
        drop(owner);
        assert!(!is_pollset(set));
    }

    #[test]
    fn what_has_no_filter_is_looked_at() {
        let ((_owner, set), event) = (pollset(), event_fd().expect("a pipe"));
        let fd = number(&event);
        pollset_register(set, fd, IN, 1).expect("a registration");
        let pollset = find(set).expect("it");
        {
            // As if the kernel had refused the filter.
            let mut state = pollset.state.lock();
            let mut member = *state.members.get(&fd).expect("a member");
            apply(set, &[member.knote(fd, READ, super::super::call::EV_DELETE)]).expect("one knote");
            (member.knotes, member.look) = (0, Look::Always);
            state.members.insert(fd, member);
            pollset.look(&mut state, fd, Look::Always).expect("memory");
        }
        assert_eq!(wait(set, 4), []);
        signal(fd);
        assert_eq!((wait_for(set, 4, 10_000 * MS), wait(set, 1)), (vec![(1, IN)], vec![(1, IN)]));
        drain(fd);
        assert_eq!(wait_for(set, 4, 50 * MS), []);
        pollset_unregister(set, fd).expect("the end");
        assert_eq!(pollset.looks.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn little_room_is_for_each_in_turn() {
        let (_owner, set) = pollset();
        let pairs: Vec<_> = (0..5).map(|_| pair()).collect();
        for (key, (a, _)) in (0..).zip(&pairs) {
            pollset_register(set, number(a), OUT, key).expect("a registration");
        }
        let mut turns = (0..5).flat_map(|_| wait(set, 1)).collect::<Vec<_>>();
        turns.sort_unstable();
        assert_eq!(turns, (0..5).map(|key| (key, OUT)).collect::<Vec<_>>());
    }
}
