//! The wait of a poller.

use super::event::{drain, file};
use super::pollset::{Pollset, State, WAKE_KEY, find};
use crate::sys::{Errno, PollFd, Result, memory, now, poll};
use libc::{POLLIN, POLLNVAL};

/// What one wait on a pollset has found.
pub struct Ready(ReadyMemory);

/// The memory of a [`Ready`], between two uses.
#[derive(Default)]
pub struct ReadyMemory {
    /// The copy that is polled; the first place is that of the event descriptor.
    polled: Vec<PollFd>,
    /// Of each place the descriptor and the key.
    owners: Vec<(i32, u64)>,
    found: Vec<(u64, i32)>,
}

/// One turn of a wait: what was polled.
struct Turn {
    version: u64,
    /// With what edges have reported already.
    look: bool,
    timeout: Option<i64>,
}

impl Ready {
    /// Whether so many need memory of their own.
    pub fn is_many(_room: usize) -> bool {
        true
    }

    /// In this memory, which may have been used before.
    pub fn new(_room: usize, memory: ReadyMemory) -> Ready {
        Ready(memory)
    }

    /// What came: key of each, and the events as in `readiness`.
    pub fn iter(&self) -> impl Iterator<Item = (u64, i32)> + '_ {
        self.0.found.iter().copied()
    }

    /// The memory, to be used again.
    pub fn into_memory(self) -> ReadyMemory {
        self.0
    }

    /// Waits until a registered descriptor is ready, at most `timeout` nanoseconds (`None`: forever), for up to
    /// `room` events. Up to a millisecond late, never early.
    pub fn wait(&mut self, set: i32, room: usize, timeout: Option<i64>) -> Result<usize> {
        self.0.found.clear();
        memory::reserve(&mut self.0.found, room)?;
        let pollset = find(set)?;
        let end = timeout.map_or(i64::MAX, |timeout| now().saturating_add(timeout.max(0)));
        let mut first = true;
        loop {
            let turn = self.begin(pollset, set, end, first)?;
            let result = poll(&mut self.0.polled, turn.timeout);
            let count = {
                let mut state = pollset.state.lock();
                pollset.end_sleep(&mut state, turn.version);
                let signaled = self.0.polled[0].found();
                if signaled & POLLNVAL != 0 {
                    return Err(Errno(libc::EBADF));
                }
                if signaled != 0 && state.stale == 0 && !pollset.wakes_all() {
                    // Before the look at its source.
                    drain(set);
                }
                if result.is_ok() {
                    self.take(pollset, &mut state, room, &turn);
                }
                self.0.found.len()
            };
            result?;
            if count > 0 || end != i64::MAX && now() >= end {
                return Ok(count);
            }
            first = false;
        }
    }

    /// Copies what is to be polled.
    fn begin(&mut self, pollset: &Pollset, set: i32, end: i64, first: bool) -> Result<Turn> {
        let ReadyMemory { polled, owners, .. } = &mut self.0;
        polled.clear();
        owners.clear();
        let mut state = pollset.state.lock();
        memory::reserve(polled, state.members.len() + 1)?;
        memory::reserve(owners, state.members.len() + 1)?;
        let began = now();
        let look_at = state.members.iter().filter(|member| member.is_masked()).map(|member| member.look_at());
        let look_at = look_at.min().unwrap_or(i64::MAX);
        // The program has just seen to what was reported.
        let look = look_at <= began || first && look_at != i64::MAX;
        let mut until = if look { 0 } else { end.min(look_at) };
        if let Some((at, _)) = state.timer {
            until = until.min(at);
        }
        polled.push(PollFd::new(set, POLLIN));
        owners.push((set, WAKE_KEY));
        for member in &state.members {
            if let Some(events) = member.polled(look) {
                polled.push(PollFd::new(member.fd, events));
                owners.push((member.fd, member.key));
            }
        }
        state.sleeping += 1;
        let timeout = (until != i64::MAX).then(|| (until - began).max(0));
        Ok(Turn { version: state.version, look, timeout })
    }

    /// Takes what was found, if it still is of what is registered.
    fn take(&mut self, pollset: &Pollset, state: &mut State, room: usize, turn: &Turn) {
        let ReadyMemory { polled, owners, found } = &mut self.0;
        let now = now();
        if found.len() < room && pollset.take_wake() {
            found.push((WAKE_KEY, 0));
        }
        if let Some((_, key)) = state.timer.filter(|(at, _)| *at <= now && found.len() < room) {
            found.push((key, 0));
        }
        let places = owners.len();
        let begin = 1 + owners[1..].iter().position(|(fd, _)| *fd as usize >= state.next).unwrap_or(0);
        for place in (begin..places).chain(1..begin) {
            let ((fd, key), came) = (owners[place], polled[place].found());
            // A look also sees what is ready no more.
            if came == 0 && !turn.look {
                continue;
            }
            let Ok(at) = state.place(fd) else { continue };
            let Some(member) = state.members.get_mut(at).filter(|member| member.key == key) else { continue };
            if came != 0 && (came & POLLNVAL != 0 || file(fd) != Some(member.file)) {
                // The program has closed it.
                state.members.remove(at);
                continue;
            }
            if found.len() >= room {
                break;
            }
            let events = member.report(came, turn.look, now);
            if events != 0 {
                found.push((key, events));
                state.next = fd as usize + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{event_fd, signal};
    use super::super::pollset::{PollTimer, WAKE_KEY, new_pollset, pollset_register, pollset_signal};
    use super::super::pollset::{pollset_change, pollset_unregister};
    use super::*;
    use crate::sys::readiness::{EDGE, EXCLUSIVE, IN, ONESHOT, OUT};
    use crate::sys::{number, socketpair};

    fn wait(set: i32, room: usize) -> Vec<(u64, i32)> {
        let mut ready = Ready::new(room, ReadyMemory::default());
        ready.wait(set, room, Some(0)).expect("a wait");
        ready.iter().collect()
    }

    #[test]
    fn an_edge_is_reported_once_until_more_comes_or_it_was_used_up() {
        let (owner, event) = (new_pollset().expect("a pollset"), event_fd().expect("a pipe"));
        let (set, fd) = (number(&owner), number(&event));
        pollset_register(set, fd, IN | EDGE, 7).expect("a registration");
        assert_eq!(wait(set, 4), []);
        signal(fd);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]));
        signal(fd);
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]), "more");
        drain(fd);
        assert_eq!(wait(set, 4), []);
        signal(fd);
        assert_eq!(wait(set, 4), [(7, IN)], "anew");
        let mut ready = Ready::new(1, ReadyMemory::default());
        assert_eq!(ready.wait(set, 1, Some(5_000_000_000)), Ok(1), "what looks like something new");
    }

    #[test]
    fn a_one_shot_is_spent_until_it_is_changed() {
        let (owner, event) = (new_pollset().expect("a pollset"), event_fd().expect("a pipe"));
        let (set, fd) = (number(&owner), number(&event));
        signal(fd);
        pollset_register(set, fd, IN | ONESHOT, 7).expect("a registration");
        assert_eq!(pollset_register(set, fd, IN, 8), Err(Errno(libc::EEXIST)));
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(7, IN)], vec![]));
        pollset_change(set, fd, IN, 9).expect("a change");
        assert_eq!((wait(set, 4), wait(set, 4)), (vec![(9, IN)], vec![(9, IN)]));
        pollset_unregister(set, fd).expect("the end");
        assert_eq!(wait(set, 4), []);
        assert_eq!(pollset_unregister(set, fd), Err(Errno(libc::ENOENT)));
        assert_eq!(pollset_register(set, fd, IN | EXCLUSIVE | ONESHOT, 1), Err(Errno(libc::EINVAL)));
        assert_eq!(pollset_register(set, 1 << 20, IN, 1), Err(Errno(libc::EBADF)));
    }

    #[test]
    fn wakes_timers_and_descriptors_take_turns() {
        let owner = new_pollset().expect("a pollset");
        let set = number(&owner);
        let (a, b) = socketpair(libc::AF_UNIX, libc::SOCK_STREAM, 0).expect("a pair");
        for (fd, key) in [(number(&a), 1), (number(&b), 2)] {
            pollset_register(set, fd, OUT, key).expect("a registration");
        }
        let turns = [wait(set, 1), wait(set, 1), wait(set, 1)].concat();
        assert!(turns[0] != turns[1] && turns[0] == turns[2], "{turns:?}");
        pollset_signal(set, false);
        pollset_signal(set, false);
        assert_eq!(wait(set, 1), [(WAKE_KEY, 0)]);
        assert_eq!(wait(set, 3).len(), 2, "two signals are one");
        let timer = PollTimer::new(set, 5).expect("a timer");
        timer.set(set, Some(now())).expect("a moment");
        assert_eq!(wait(set, 1), [(5, 0)]);
        assert_eq!(wait(set, 4).len(), 3, "until it is set");
        timer.set(set, None).expect("no moment");
        pollset_signal(set, true);
        assert_eq!((wait(set, 1), wait(set, 1)), (vec![(WAKE_KEY, 0)], vec![(WAKE_KEY, 0)]));
    }
}
