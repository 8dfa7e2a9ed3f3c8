//! A poller: what it holds, and the two locks around it.

use super::event::{HUP, IN, OUT};
use super::registration::{Registration, Registrations};
use super::timers::Timers;
use crate::net::error::Result;
use crate::net::handle::{self, Id, NoForkGuard, Object, Slot};
use crate::net::time::Nanos;
use crate::sys::{self, Child, Lock, LockGuard, Ready, ReadyMemory, Threads};
use std::collections::BTreeMap;
use std::mem::{forget, take};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};

/// In place of a registration's number and generation: the descriptor that wakes, and the timer.
pub use crate::sys::WAKE_KEY as WAKE;
pub const TIMER: u64 = WAKE - 1;

/// A poller.
///
/// `changes` is held while registrations change, in the table and in the kernel together. `state` guards the
/// table and is held for moments: a wait holds it while it writes events for the caller. `changes` comes first,
/// then the lock of a slot, then `state`, of one poller at a time. What a fork must not divide happens within a
/// [`NoForkGuard`], which comes before them all.
#[derive(Default)]
pub struct Poller {
    pub changes: Lock<()>,
    pub state: Lock<State>,
    /// The handle, whose descriptor is the pollset; 0 before the beginning and after the end.
    id: AtomicI64,
    /// Its number among all pollers.
    number: AtomicU32,
    /// The record of the thread that ends it, with bit 31; 0 until then.
    ending: AtomicU32,
    /// A thread of the parent was changing it when clone(2) made this process.
    torn: AtomicBool,
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
    /// The timer of the pollset, and the moment it is set to.
    timer: Option<sys::PollTimer>,
    armed: Option<Nanos>,
    /// Threads that sleep, or are about to.
    sleepers: u32,
    /// One of them has been woken to look at the state, and has not looked yet.
    nudged: bool,
    round: u64,
}

/// A node of a map is not larger.
pub const TREE_NODE: usize = 1024;

/// In [`Poller::ending`], beside the record's number.
const ENDING: u32 = 1 << 31;

impl Poller {
    /// Comes into force as this handle.
    pub fn begin(&self, id: Id) {
        self.torn.store(false, Ordering::Relaxed);
        self.ending.store(0, Ordering::Relaxed);
        self.id.store(id.0, Ordering::Release);
    }

    /// The end begins: whether no thread has begun it before.
    pub fn begin_end(&self) -> bool {
        let me = Threads::current().number() | ENDING;
        self.ending.compare_exchange(0, me, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Has no handle any more: what was in its state. Under `changes`.
    pub fn end(&self) -> State {
        self.id.store(0, Ordering::Release);
        take(&mut *self.state.lock())
    }

    /// The handle.
    pub fn id(&self) -> Id {
        Id(self.id.load(Ordering::Acquire))
    }

    pub fn number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    pub fn set_number(&self, number: u32) {
        self.number.store(number, Ordering::Relaxed);
    }

    /// The slot, while there is a handle.
    pub fn slot(&self) -> Option<&'static Slot> {
        let id = self.id();
        if id == Id::NONE { None } else { handle::slot(id).ok() }
    }

    /// The pollset; -1 in the child of a fork until its first use of the poller, and after the end.
    pub fn pollset(&self) -> i32 {
        self.slot().map_or(-1, Slot::event_fd)
    }

    /// Whether its registrations are lost.
    pub fn is_torn(&self) -> bool {
        self.torn.load(Ordering::Relaxed)
    }

    /// The state, for a change that no fork may divide where there is something to take out of it.
    pub fn state_to_take(&self, timer: bool) -> (Option<NoForkGuard>, LockGuard<'_, State>) {
        let state = self.state.lock();
        if !timer && !state.has_own() {
            return (None, state);
        }
        drop(state);
        let no_fork = NoForkGuard::enter();
        (Some(no_fork), self.state.lock())
    }

    /// Has a thread that sleeps look at the state, if one does: the one that wakes looks for all. Under `changes`.
    pub fn nudge(&self) {
        let needed = self.state.lock().begin_nudge();
        if needed {
            self.slot().inspect(|slot| slot.signal_poller());
        }
    }

    /// How many events a wait can find at once, of so many that its caller takes.
    pub fn room_for(&self, wanted: usize) -> usize {
        if Ready::is_many(wanted) { wanted.min(self.state.lock().registrations.live() + 2) } else { wanted }
    }

    /// Memory for many events.
    pub fn take_memory(&self) -> ReadyMemory {
        self.memory.lock().pop().unwrap_or_default()
    }

    /// Ends [`Poller::take_memory`].
    pub fn keep_memory(&self, memory: ReadyMemory) {
        // One that cannot be kept is freed.
        let _ = sys::memory::push(&mut self.memory.lock(), memory);
    }

    /// In a new process: takes the locks from threads that do not exist here.
    pub fn reset_locks(&self) {
        let held = self.changes.reset_after_fork() | self.state.reset_after_fork();
        if self.memory.reset_after_fork() {
            // Perhaps halfway.
            forget(take(&mut *self.memory.lock()));
        }
        if held && sys::settles_without_handlers() {
            self.torn.store(true, Ordering::Relaxed);
            forget(take(&mut *self.state.lock()));
        }
    }

    /// In a new process: lets go of what is the parent's, and forgets other threads.
    pub fn forked(&self, child: Child) {
        let Some(slot) = self.slot() else { return };
        let mut state = self.state.lock();
        (state.sleepers, state.nudged, state.armed) = (0, false, None);
        // The parent has its own descriptor of it.
        if let Some(timer) = state.timer.take() {
            timer.end_in_child(child.owns_descriptors);
        }
        drop(state);
        if !child.ran_handlers && slot.word().is_closing() {
            // Nothing of it is used any more.
            self.id.store(0, Ordering::Release);
        }
    }

    /// In a new process: whether a thread of the parent was ending it.
    pub fn is_left_behind(&self) -> bool {
        let ending = self.ending.load(Ordering::Relaxed);
        ending != 0 && ending != Threads::current().number() | ENDING && self.id() != Id::NONE
    }
}

impl State {
    /// The data with which the kernel reports a registration.
    pub fn key(&self, local: u32) -> u64 {
        let generation = self.registrations.get(local).map_or(0, |one| one.generation);
        State::key_of(local, generation)
    }

    /// As [`State::key`].
    pub fn key_of(local: u32, generation: u32) -> u64 {
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

    /// Whether a thread that sleeps must be woken, once, to look at the state.
    pub fn begin_nudge(&mut self) -> bool {
        let needed = self.sleepers > 0 && !self.nudged;
        self.nudged |= needed;
        needed
    }

    /// A thread that was woken looks at the state now.
    pub fn end_nudge(&mut self) {
        self.nudged = false;
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

    /// Whether there is something to report without the kernel.
    pub fn has_own(&self) -> bool {
        self.closed_first != 0 || !self.readable.is_empty()
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
        sys::memory::reserve(&mut self.readable, more)?;
        sys::memory::available(TREE_NODE)?;
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

    /// Sets the timer of the pollset to the next moment. Under the lock: the last one to set it has seen all timers.
    pub fn arm(&mut self, set: i32) -> Result<()> {
        let next = self.timers.next();
        if self.timer.is_none() {
            if next == Nanos::FOREVER {
                return Ok(());
            }
            self.timer = Some(sys::PollTimer::new(set, TIMER)?);
            self.armed = None;
        }
        if self.armed != Some(next) {
            if let Some(timer) = &self.timer {
                timer.set(set, (next != Nanos::FOREVER).then_some(next.0))?;
            }
            self.armed = Some(next);
        }
        Ok(())
    }

    /// As [`State::arm`], after the timer was found due: it stays so until it is set.
    pub fn arm_again(&mut self, set: i32) {
        self.armed = None;
        // Nothing that could fail is left: the timer exists.
        let _ = self.arm(set);
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
        let taken = state.registrations.take().expect("a free one");
        taken.one.begin(Target::Handle, Id(5), IN | ONESHOT, 7);
        let local = taken.local;
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
        let taken = state.registrations.take().expect("the same one");
        assert_eq!(taken.local, local);
        taken.one.begin(Target::Handle, Id(5), IN, 9);
        assert!(state.of_key(before).is_none() && state.of_key(after).is_none(), "the next one there");
    }

    #[test]
    fn the_last_events_come_in_order_and_once() {
        let (mut state, first) = state();
        let taken = state.registrations.take().expect("a free one");
        taken.one.begin(Target::Handle, Id(6), IN, 8);
        let second = taken.local;
        let key = state.key(first);
        state.queue_closed(first);
        state.queue_closed(second);
        assert!(state.of_key(key).is_none(), "nothing but the last event");
        let mut closed = || state.take_closed().map(|one| (one.handle(), one.data));
        assert_eq!([closed(), closed(), closed()], [Some((Id(5), 7)), Some((Id(6), 8)), None]);
        assert!(!state.has_closed() && state.registrations.live() == 0);
    }

    #[test]
    fn a_nudge_is_one_signal_and_only_for_those_that_sleep() {
        let mut state = State::default();
        assert!(!state.begin_nudge());
        state.begin_sleep();
        assert!(state.begin_nudge() && !state.begin_nudge());
        state.end_nudge();
        assert!(state.begin_nudge());
        state.end_nudge();
        state.end_sleep();
        assert!(!state.begin_nudge());
    }
}
