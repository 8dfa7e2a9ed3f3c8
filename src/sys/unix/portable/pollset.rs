//! Pollsets: what a poller watches, for poll(2). A pollset is known by the number of its event descriptor, which
//! ends the sleep of threads that poll; what it watches is kept here.
//!
//! | file | what |
//! |---|---|
//! | `pollset` | all pollsets; registrations begin, change and end |
//! | `member` | one registration, and what is new to it |
//! | `ready` | the wait |
//!
//! A thread polls a copy. A change makes copies stale: it wakes the threads that sleep on them, and the last of those
//! makes the event descriptor unreadable again. So the end of a registration can wait until nobody polls its
//! descriptor: poll(2) would keep the file open.

use super::event::{EventFd, event_fd, file, is_ours, signal};
use super::futex;
use super::member::Member;
use crate::sys::readiness::{EDGE, ERR, EXCLUSIVE, HUP, IN, OUT};
use crate::sys::{Errno, GrowOnlyTable, Lock, Result, memory, number};
use std::mem::{forget, take};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// What a wait reports when it was woken.
pub const WAKE_KEY: u64 = u64::MAX;

/// How long the end of a registration waits for threads that poll its descriptor, in nanoseconds.
const PATIENCE: i64 = 1_000_000_000;

/// [`Pollset::wake`]: one wait is to be woken, or all from now on.
const WAKE_ONE: u32 = 1;
pub(super) const WAKE_ALL: u32 = 2;

/// By the number of the event descriptor.
static POLLSETS: GrowOnlyTable<Pollset, 16_384, 256> = GrowOnlyTable::new();
/// No pollset has this number or a higher one.
static END: AtomicUsize = AtomicUsize::new(0);

/// The pollset of one number.
#[derive(Default)]
pub(super) struct Pollset {
    wake: AtomicU32,
    /// Changes when no thread polls a stale copy any more.
    settled: AtomicU32,
    pub(super) state: Lock<State>,
}

/// What the lock guards.
#[derive(Default)]
pub(super) struct State {
    /// By descriptor.
    pub(super) members: Vec<Member>,
    /// The moment of the timer, and its key.
    pub(super) timer: Option<(i64, u64)>,
    /// Changes whenever what is to be polled does.
    pub(super) version: u64,
    /// Threads that poll; and those among them whose copy is stale.
    pub(super) sleeping: u32,
    pub(super) stale: u32,
    /// Where the next wait begins to look, so that each descriptor has its turn.
    pub(super) next: usize,
}

impl State {
    /// The place of a descriptor among the members, or where it belongs.
    pub(super) fn place(&self, fd: i32) -> std::result::Result<usize, usize> {
        self.members.binary_search_by_key(&fd, |member| member.fd)
    }

    /// Says that what is to be polled has changed.
    fn changed(&mut self, fd: i32) {
        self.version += 1;
        if self.sleeping > 0 {
            self.stale = self.sleeping;
            signal(fd);
        }
    }
}

impl Pollset {
    /// Takes what a wake-up has left, for one wait.
    pub(super) fn take_wake(&self) -> bool {
        let one = self.wake.compare_exchange(WAKE_ONE, 0, Ordering::SeqCst, Ordering::SeqCst);
        one.is_ok() || self.wakes_all()
    }

    /// Whether all waits are woken.
    pub(super) fn wakes_all(&self) -> bool {
        self.wake.load(Ordering::SeqCst) == WAKE_ALL
    }

    /// Ends the sleep of a thread that polled a copy of this version. Under the lock.
    pub(super) fn end_sleep(&self, state: &mut State, version: u64) {
        state.sleeping = state.sleeping.saturating_sub(1);
        if state.version != version && state.stale > 0 {
            state.stale -= 1;
            if state.stale == 0 {
                self.settled.fetch_add(1, Ordering::SeqCst);
                futex::wake(&self.settled, i32::MAX);
            }
        }
    }

    /// Waits until no thread polls a stale copy.
    fn settle(&self) {
        let seen = self.settled.load(Ordering::SeqCst);
        if self.state.lock().stale > 0 {
            futex::wait(&self.settled, seen, Some(PATIENCE));
        }
    }

    /// As if it were new.
    fn clear(&self) {
        self.wake.store(0, Ordering::SeqCst);
        *self.state.lock() = State::default();
    }
}

/// The pollset of a number, if that is still its event descriptor.
pub(super) fn find(set: i32) -> Result<&'static Pollset> {
    let pollset = usize::try_from(set).ok().and_then(|set| POLLSETS.get(set));
    pollset.filter(|_| is_ours(set)).ok_or(Errno(libc::EBADF))
}

/// Whether a number is that of a pollset, and of no other event descriptor: it never is.
pub fn is_pollset(_set: i32) -> bool {
    false
}

/// A new pollset, without members.
pub fn new_pollset() -> Result<EventFd> {
    let event = event_fd()?;
    let at = number(&event) as usize;
    POLLSETS.get_or_grow(at).ok_or(Errno(libc::ENOMEM))?.clear();
    END.fetch_max(at + 1, Ordering::Relaxed);
    Ok(event)
}

/// Before the event descriptor of a pollset is closed.
pub fn end_pollset(set: i32) {
    let pollset = usize::try_from(set).ok().and_then(|set| POLLSETS.get(set));
    pollset.inspect(|pollset| pollset.clear());
}

fn all() -> impl Iterator<Item = &'static Pollset> {
    (0..END.load(Ordering::Relaxed)).filter_map(|set| POLLSETS.get(set))
}

/// In a new process: takes the locks from threads that do not exist here.
pub fn reset_ready_lock() {
    for pollset in all() {
        pollset.state.reset_after_fork();
    }
}

/// In a new process: the pollsets are the parent's, and may have been in the middle of a change.
pub fn forget_pollsets() {
    for pollset in all() {
        pollset.state.reset_after_fork();
        forget(take(&mut *pollset.state.lock()));
        pollset.wake.store(0, Ordering::SeqCst);
    }
}

/// Wakes one wait on a pollset, or from now on all of them. Async-signal-safe; `errno` untouched.
pub fn pollset_signal(set: i32, all: bool) {
    let Some(pollset) = usize::try_from(set).ok().and_then(|set| POLLSETS.get(set)) else { return };
    pollset.wake.fetch_max(if all { WAKE_ALL } else { WAKE_ONE }, Ordering::SeqCst);
    signal(set);
}

/// Registers a descriptor by number: `events` as in `readiness`; `key` comes back with each event.
pub fn pollset_register(set: i32, fd: i32, events: i32, key: u64) -> Result<()> {
    let pollset = find(set)?;
    if events & EXCLUSIVE != 0 && events & !(IN | OUT | ERR | HUP | EDGE | EXCLUSIVE) != 0 || fd == set {
        return Err(Errno(libc::EINVAL));
    }
    let file = file(fd).ok_or(Errno(libc::EBADF))?;
    // They are ready at any time.
    if matches!(file.0, libc::S_IFREG | libc::S_IFDIR) {
        return Err(Errno(libc::EPERM));
    }
    let mut state = pollset.state.lock();
    let member = Member::new(fd, file, events, key);
    match state.place(fd) {
        Ok(at) if state.members[at].file == file => return Err(Errno(libc::EEXIST)),
        // One that was closed without being removed.
        Ok(at) => state.members[at] = member,
        Err(at) => {
            memory::reserve(&mut state.members, 1)?;
            state.members.insert(at, member);
        }
    }
    state.changed(set);
    Ok(())
}

/// Changes a registration. The next wait looks at the descriptor anew.
pub fn pollset_change(set: i32, fd: i32, events: i32, key: u64) -> Result<()> {
    let pollset = find(set)?;
    if events & EXCLUSIVE != 0 {
        return Err(Errno(libc::EINVAL));
    }
    let mut state = pollset.state.lock();
    let at = state.place(fd).map_err(|_| Errno(libc::ENOENT))?;
    let file = file(fd).ok_or(Errno(libc::EBADF))?;
    if state.members[at].file != file {
        return Err(Errno(libc::ENOENT));
    }
    state.members[at] = Member::new(fd, file, events, key);
    state.changed(set);
    Ok(())
}

/// Ends a registration: after this no thread polls the descriptor.
pub fn pollset_unregister(set: i32, fd: i32) -> Result<()> {
    let pollset = find(set)?;
    {
        let mut state = pollset.state.lock();
        let at = state.place(fd).map_err(|_| Errno(libc::ENOENT))?;
        state.members.remove(at);
        state.changed(set);
    }
    pollset.settle();
    Ok(())
}

/// A timer of a pollset, of which there is one.
pub struct PollTimer {
    key: u64,
}

impl PollTimer {
    /// One that is not running. What a wait reports when it is due is `key`.
    pub fn new(set: i32, key: u64) -> Result<PollTimer> {
        find(set).map(|_| PollTimer { key })
    }

    /// Makes it due from a moment on, until it is set again; `None` stops it.
    pub fn set(&self, set: i32, at: Option<i64>) -> Result<()> {
        let pollset = find(set)?;
        let mut state = pollset.state.lock();
        state.timer = at.map(|at| (at, self.key));
        state.changed(set);
        Ok(())
    }

    /// In a new process: it has nothing that is the parent's.
    pub fn end_in_child(self, _owns_descriptors: bool) {}
}
