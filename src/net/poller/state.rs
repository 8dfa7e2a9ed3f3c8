//! A poller: what it holds, and the two locks around it.

use super::event::{HUP, IN, OUT};
use super::registration::{Registration, Registrations};
use super::timers::Timers;
use crate::net::error::{Code, Result};
use crate::net::handle::{Object, Slot};
use crate::net::time::Nanos;
use crate::sys::{self, Lock, ReadyMemory};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

/// In place of a registration's number and generation: the event descriptor, and the timer.
pub const WAKE: u64 = u64::MAX;
pub const TIMER: u64 = u64::MAX - 1;

/// The poller behind a handle.
///
/// `changes` is held while registrations change, in the table and in the kernel together. `state` guards the
/// table and is held for moments: a wait holds it while it writes events for the caller. `changes` comes first,
/// then the lock of a slot, then `state`, of one poller at a time.
pub struct Poller {
    pub changes: Lock<()>,
    pub state: Lock<State>,
    /// The epoll instance; -1 in the child of a fork until its first use of the poller, and after the end.
    epoll: AtomicI32,
    /// The slot, whose descriptor is the event descriptor.
    slot: OnceLock<&'static Slot>,
    /// Its number among all pollers.
    pub number: u32,
    /// For waits that take many events at once.
    memory: Lock<Vec<ReadyMemory>>,
}

/// What a stream's registration has beside the others.
pub struct Stream {
    pub object: Arc<dyn Object>,
    /// The number of the registration of its socket; `None` once that is closed.
    pub leg: Option<u32>,
    /// It is in the list of those to be looked at.
    listed: bool,
    /// The last round that has reported it: where, and what.
    pub round: u64,
    pub at: usize,
    pub found: i32,
}

/// What the lock `state` guards.
#[derive(Default)]
pub struct State {
    pub registrations: Registrations,
    /// The queue of registrations whose handle was closed: first and last, plus 1.
    closed_first: u32,
    closed_last: u32,
    /// Registrations of streams, and those among them that may have bytes in their buffer.
    pub streams: BTreeMap<u32, Stream>,
    pub readable: Vec<u32>,
    /// Registrations of descriptors of the program.
    pub numbers: BTreeMap<i32, u32>,
    pub timers: Timers,
    /// The kernel's timer, and the moment it is set to.
    timer: Option<sys::Timer>,
    armed: Option<Nanos>,
    /// Threads that sleep, or are about to.
    sleepers: u32,
    /// One of the event descriptor's counts is no wake-up of the program.
    nudged: bool,
    round: u64,
    /// No registration begins any more.
    pub ended: bool,
}

impl Poller {
    /// A poller of this number, with an epoll instance of its own.
    pub fn new(number: u32, epoll: i32) -> Poller {
        Poller {
            changes: Lock::default(),
            state: Lock::default(),
            epoll: AtomicI32::new(epoll),
            slot: OnceLock::new(),
            number,
            memory: Lock::default(),
        }
    }

    /// Says which slot it is behind.
    pub fn set_slot(&self, slot: &'static Slot) {
        self.slot.get_or_init(|| slot);
    }

    /// The event descriptor.
    pub fn event_fd(&self) -> i32 {
        self.slot.get().map_or(-1, |slot| slot.event_fd())
    }

    /// Makes the event descriptor anew, where a child of a fork could not.
    pub fn renew_event_fd(&self) -> Result<()> {
        if let Some(slot) = self.slot.get().filter(|slot| slot.event_fd() < 0) {
            slot.set_event_fd(sys::into_number(sys::counting_event_fd()?));
        }
        Ok(())
    }

    /// The epoll instance, or -1.
    pub fn epoll(&self) -> i32 {
        self.epoll.load(Ordering::Acquire)
    }

    /// Another epoll instance, or -1. The one that there was until now.
    pub fn set_epoll(&self, epoll: i32) -> i32 {
        self.epoll.swap(epoll, Ordering::AcqRel)
    }

    /// Has a thread that sleeps look at the state, if one does: the one that wakes looks for all. The caller keeps
    /// the descriptor open, by `changes` or a pin.
    pub fn nudge(&self) {
        let needed = self.state.lock().begin_nudge();
        if needed {
            sys::signal(self.event_fd());
        }
    }

    /// Memory for many events.
    pub fn take_memory(&self) -> ReadyMemory {
        self.memory.lock().pop().unwrap_or_default()
    }

    /// Ends [`Poller::take_memory`].
    pub fn keep_memory(&self, memory: ReadyMemory) {
        let mut kept = self.memory.lock();
        if kept.try_reserve(1).is_ok() {
            kept.push(memory);
        }
    }

    /// In a new process: lets go of what is the parent's, and forgets other threads.
    pub fn forked(&self) {
        self.changes.reset_after_fork();
        self.memory.reset_after_fork();
        self.state.reset_after_fork();
        let epoll = self.set_epoll(-1);
        if epoll >= 0 {
            let _ = sys::close(epoll);
        }
        let mut state = self.state.lock();
        (state.sleepers, state.nudged) = (0, false);
        // Closes the descriptor, of which the parent has its own.
        (state.timer, state.armed) = (None, None);
    }
}

impl State {
    /// The data with which the kernel reports a registration.
    pub fn key(&self, local: u32) -> u64 {
        let generation = self.registrations.get(local).map_or(0, |one| one.generation);
        u64::from(local) | u64::from(generation) << 32
    }

    /// The registration that an event of the kernel is of, if it is still the same.
    #[inline]
    pub fn of_key(&mut self, key: u64) -> Option<&mut Registration> {
        let one = self.registrations.get_mut(key as u32)?;
        (one.is_live() && one.generation == (key >> 32) as u32).then_some(one)
    }

    /// A thread is about to sleep.
    pub fn begin_sleep(&mut self) {
        self.sleepers += 1;
    }

    /// Ends [`State::begin_sleep`]. After a fork no thread is counted.
    pub fn end_sleep(&mut self) {
        self.sleepers = self.sleepers.saturating_sub(1);
    }

    /// Whether the event descriptor must be signaled, once, so that a thread that sleeps looks at the state.
    pub fn begin_nudge(&mut self) -> bool {
        let needed = self.sleepers > 0 && !self.nudged && !self.ended;
        self.nudged |= needed;
        needed
    }

    /// Whether a count that was taken from the event descriptor was no wake-up of the program. Counts are alike: the
    /// wake-up whose count was taken for a nudge finds the nudge's.
    pub fn take_nudge(&mut self) -> bool {
        std::mem::take(&mut self.nudged)
    }

    /// The number of a round of one wait.
    pub fn begin_round(&mut self) -> u64 {
        self.round += 1;
        self.round
    }

    /// Queues the last event of a registration, whose handle no list holds any more.
    pub fn queue_closed(&mut self, local: u32) {
        let Some(one) = self.registrations.get_mut(local) else { return };
        one.end();
        one.next = 0;
        match self.closed_last.checked_sub(1).and_then(|last| self.registrations.get_mut(last)) {
            Some(last) => last.next = local + 1,
            None => self.closed_first = local + 1,
        }
        self.closed_last = local + 1;
    }

    /// Takes the first of that queue, and gives its place back.
    pub fn take_closed(&mut self) -> Option<Registration> {
        let local = self.closed_first.checked_sub(1)?;
        let one = *self.registrations.get(local)?;
        self.closed_first = one.next;
        if one.next == 0 {
            self.closed_last = 0;
        }
        self.registrations.give_back(local);
        Some(one)
    }

    /// Whether the last event of some handle waits to be delivered.
    pub fn has_closed(&self) -> bool {
        self.closed_first != 0
    }

    /// Begins the other part of a stream's registration.
    pub fn add_stream(&mut self, local: u32, object: Arc<dyn Object>, leg: u32) -> Result<()> {
        // Room for all of them: no event takes memory.
        let wanted = self.streams.len() + 1;
        let more = wanted.saturating_sub(self.readable.len());
        self.readable.try_reserve(more).map_err(|_| Code::errno(libc::ENOMEM))?;
        self.streams
            .insert(local, Stream { object, leg: Some(leg), listed: false, round: 0, at: 0, found: 0 });
        Ok(())
    }

    /// Ends [`State::add_stream`]: the socket's registration, if it is still there.
    pub fn remove_stream(&mut self, local: u32) -> Option<u32> {
        self.readable.retain(|other| *other != local);
        self.streams.remove(&local)?.leg
    }

    /// Has the next wait look at a stream.
    pub fn list_stream(&mut self, local: u32) {
        if let Some(stream) = self.streams.get_mut(&local).filter(|stream| !stream.listed) {
            stream.listed = true;
            self.readable.push(local);
        }
    }

    /// Looks at the first stream in the list; one that stays there goes to its end. Its number, and what it has.
    pub fn look_at_stream(&mut self) -> Option<(u32, i32)> {
        let local = *self.readable.first()?;
        let one = self.registrations.get(local).copied().unwrap_or_default();
        let stream = self.streams.get_mut(&local)?;
        let found = match stream.leg {
            None => IN | OUT | HUP,
            Some(_) if stream.object.is_readable() => IN,
            Some(_) => 0,
        };
        if found == 0 || one.is_edge() || one.is_oneshot() {
            stream.listed = false;
            self.readable.remove(0);
        } else {
            self.readable.rotate_left(1);
        }
        Some((local, found))
    }

    /// Sets the kernel's timer to the next moment. Under the lock: the last one to set it has seen all timers.
    pub fn arm(&mut self, epoll: i32) -> Result<()> {
        let next = self.timers.next();
        if self.timer.is_none() {
            if next == Nanos::FOREVER {
                return Ok(());
            }
            let timer = sys::Timer::new()?;
            sys::epoll_register(epoll, timer.number(), IN, TIMER)?;
            self.timer = Some(timer);
            self.armed = None;
        }
        if self.armed != Some(next) {
            if let Some(timer) = &self.timer {
                timer.set((next != Nanos::FOREVER).then_some(next.0))?;
            }
            self.armed = Some(next);
        }
        Ok(())
    }

    /// As [`State::arm`], after the kernel's timer was found readable: it stays so until it is set.
    pub fn arm_again(&mut self, epoll: i32) {
        self.armed = None;
        // Nothing that could fail is left: the timer exists.
        let _ = self.arm(epoll);
    }

    /// Closes the kernel's timer.
    pub fn drop_timer(&mut self) {
        self.timer = None;
        self.armed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::ONESHOT;
    use super::super::registration::Target;
    use super::*;
    use crate::net::handle::Id;

    fn state() -> (State, u32) {
        let mut state = State::default();
        state.registrations.add_block(1).expect("memory");
        let local = state.registrations.take().expect("a free one");
        state.registrations.get_mut(local).expect("it").begin(Target::Handle, Id(5), IN | ONESHOT, 7);
        (state, local)
    }

    #[test]
    fn what_was_found_before_a_change_or_an_end_is_void() {
        let (mut state, local) = state();
        let before = state.key(local);
        assert!(state.of_key(before).is_some());
        state.registrations.get_mut(local).expect("it").change(IN | ONESHOT, 8);
        assert!(state.of_key(before).is_none(), "it would use up the one-shot");
        let after = state.key(local);
        assert_eq!(state.of_key(after).map(|one| one.data), Some(8));
        state.registrations.give_back(local);
        assert!(state.of_key(after).is_none());
        assert_eq!(state.registrations.take(), Some(local));
        state.registrations.get_mut(local).expect("it").begin(Target::Handle, Id(5), IN, 9);
        assert!(state.of_key(before).is_none() && state.of_key(after).is_none(), "the next one there");
    }

    #[test]
    fn the_last_events_come_in_order_and_once() {
        let (mut state, first) = state();
        let second = state.registrations.take().expect("a free one");
        state.registrations.get_mut(second).expect("it").begin(Target::Handle, Id(6), IN, 8);
        let key = state.key(first);
        state.queue_closed(first);
        state.queue_closed(second);
        assert!(state.of_key(key).is_none(), "nothing but the last event");
        let mut closed = || state.take_closed().map(|one| (one.handle(), one.data));
        assert_eq!([closed(), closed(), closed()], [Some((Id(5), 7)), Some((Id(6), 8)), None]);
        assert!(!state.has_closed() && state.registrations.live() == 0);
    }

    #[test]
    fn a_nudge_is_one_count_and_only_for_those_that_sleep() {
        let mut state = State::default();
        assert!(!state.begin_nudge());
        state.begin_sleep();
        assert!(state.begin_nudge() && !state.begin_nudge());
        assert!(state.take_nudge() && !state.take_nudge());
        state.end_sleep();
        assert!(!state.begin_nudge());
    }
}
