//! Pollsets: what a poller watches. A pollset is known by the number of its kqueue.
//!
//! Waits are woken by an event of EVFILT_USER; where the kernel has none (OpenBSD and NetBSD before 10 refuse the filter)
//! by a pipe, which the kqueue watches. A fork does not pass the kqueue on: in a child the numbers mean nothing.

use super::call::{
    EV_ADD, EV_CLEAR, EV_DELETE, EV_ENABLE, EV_ONESHOT, EVFILT_READ, EVFILT_TIMER, EVFILT_USER, Event,
    NOTE_TRIGGER, TIMER_UNIT, apply, event, kqueue,
};
use super::member::{Look, Member, READ, URGENT, WRITE};
use crate::sys::readiness::{EDGE, ERR, EXCLUSIVE, HUP, IN, OUT};
use crate::sys::unix::portable::event::{EventFd, drain, event_fd, file, is_ours, signal};
use crate::sys::{Errno, GrowOnlyTable, Lock, Result, close, into_number, memory, now, number};
use std::collections::BTreeMap;
use std::mem::{forget, take};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

/// What a wait reports when it was woken.
pub const WAKE_KEY: u64 = u64::MAX;

/// The events of a pollset itself: "sock", so that no other kqueue has one of this number.
const WAKE: usize = 0x736f_636b;
const TIMER: usize = 1;

/// [`Pollset::wake`]: there is no pollset of this number; or EVFILT_USER wakes it. Else the number of its pipe.
const NO_POLLSET: i32 = 0;
const BY_USER: i32 = -1;

/// What a tree takes for one more item.
const TREE_NODE: usize = 1024;

/// By the number of the kqueue.
static POLLSETS: GrowOnlyTable<Pollset, 16_384, 256> = GrowOnlyTable::new();
/// No pollset has this number or a higher one.
static END: AtomicUsize = AtomicUsize::new(0);

// A knote's `udata` carries a key.
const _: () = assert!(size_of::<*mut ()>() == size_of::<u64>());

/// The pollset of one number.
#[derive(Default)]
pub(super) struct Pollset {
    wake: AtomicI32,
    /// All waits are woken.
    wakes_all: AtomicBool,
    /// Members that waits ask poll(2) about.
    pub(super) looks: AtomicUsize,
    /// Waits that sleep and ask it about none.
    unaware: AtomicUsize,
    /// Changes with each wait that asks: what poll(2) and what kevent(2) has found take turns.
    pub(super) turn: AtomicUsize,
    pub(super) state: Lock<State>,
}

/// What the lock guards.
#[derive(Default)]
pub(super) struct State {
    /// By descriptor.
    pub(super) members: BTreeMap<i32, Member>,
    /// The members that waits ask poll(2) about.
    pub(super) looked: Vec<i32>,
}

impl Pollset {
    fn is_open(&self) -> bool {
        self.wake.load(Ordering::Acquire) != NO_POLLSET
    }

    /// The change that finds, and with NOTE_TRIGGER signals, the event that wakes. A kqueue of the program that has got
    /// the number has no such event: it refuses the change.
    fn waking(&self, note: u32) -> Event {
        match self.wake.load(Ordering::Acquire) {
            pipe @ 1.. => event(pipe as usize, EVFILT_READ, EV_ENABLE, WAKE_KEY),
            _ => {
                let mut event = event(WAKE, EVFILT_USER, EV_ENABLE, WAKE_KEY);
                event.fflags = note;
                event
            }
        }
    }

    fn signal(&self, set: i32) {
        match self.wake.load(Ordering::Acquire) {
            NO_POLLSET => {}
            pipe @ 1.. => drop(signal(pipe)),
            // A failure means that the program has closed the kqueue.
            _ => drop(apply(set, &[self.waking(NOTE_TRIGGER)])),
        }
    }

    /// A wait has taken the event that wakes.
    pub(super) fn woken(&self, set: i32) {
        if let pipe @ 1.. = self.wake.load(Ordering::Acquire) {
            drain(pipe);
        }
        if self.wakes_all.load(Ordering::SeqCst) {
            self.signal(set);
        }
    }

    /// Whether a wait may sleep without asking poll(2) about anything: then [`Pollset::end_sleep`] must follow.
    pub(super) fn begin_sleep(&self) -> bool {
        self.unaware.fetch_add(1, Ordering::SeqCst);
        let may = self.looks.load(Ordering::SeqCst) == 0;
        if !may {
            self.end_sleep();
        }
        may
    }

    /// Ends [`Pollset::begin_sleep`]. After a fork no thread is counted.
    pub(super) fn end_sleep(&self) {
        let _ = self.unaware.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
    }

    /// Has a wait that sleeps look around, if there is something to ask poll(2) about and nobody may be asking.
    pub(super) fn pass_on(&self, set: i32) {
        if self.looks.load(Ordering::SeqCst) != 0 && self.unaware.load(Ordering::SeqCst) != 0 {
            self.signal(set);
        }
    }

    /// As if it were new.
    fn clear(&self) {
        self.wakes_all.store(false, Ordering::SeqCst);
        self.unaware.store(0, Ordering::SeqCst);
        self.looks.store(0, Ordering::SeqCst);
        *self.state.lock() = State::default();
    }

    /// Has waits ask poll(2) about a member, as it says. Under the lock.
    pub(super) fn look(&self, state: &mut State, fd: i32, look: Look) -> Result<()> {
        state.looked.retain(|other| *other != fd);
        if look != Look::Never {
            memory::push(&mut state.looked, fd)?;
        }
        self.looks.store(state.looked.len(), Ordering::SeqCst);
        Ok(())
    }

    /// Takes a member out, with what the kernel has of it.
    pub(super) fn remove(&self, state: &mut State, set: i32, fd: i32) -> Option<Member> {
        let member = state.members.remove(&fd)?;
        // Without memory nothing is taken out.
        let _ = self.look(state, fd, Look::Never);
        detach(set, fd, &member);
        Some(member)
    }

    /// Brings a member into force. If that fails the kernel has nothing of it.
    fn attach(&self, state: &mut State, set: i32, fd: i32, mut member: Member) -> Result<()> {
        let (all, count) = member.all(fd);
        let done = apply(set, &all[..count]);
        member.knotes = member.needs();
        let mut refused = member.events & crate::sys::readiness::PRI != 0 && member.needs() & URGENT == 0;
        if done.is_err() {
            detach(set, fd, &member);
            member.knotes = 0;
            let needs = member.needs();
            for knote in [READ, WRITE, URGENT].into_iter().filter(|knote| needs & knote != 0) {
                match apply(set, &[member.knote(fd, knote, EV_ADD)]) {
                    Ok(()) => member.knotes |= knote,
                    // No such filter for what this is, or no such filter.
                    Err(Errno(
                        libc::EINVAL | libc::EPIPE | libc::EOPNOTSUPP | libc::ENODEV | libc::ENXIO,
                    )) => {
                        refused |= member.wants() & knote != 0 || member.needs() == knote;
                    }
                    Err(error) => {
                        detach(set, fd, &member);
                        return Err(error);
                    }
                }
            }
        }
        member.look = if refused { Look::Always } else { Look::Never };
        self.look(state, fd, member.look).inspect_err(|_| detach(set, fd, &member))?;
        state.members.insert(fd, member);
        self.pass_on(set);
        Ok(())
    }
}

/// Takes out of the kernel what it has of a member.
fn detach(set: i32, fd: i32, member: &Member) {
    for knote in [READ, WRITE, URGENT].into_iter().filter(|knote| member.knotes & knote != 0) {
        // A descriptor that was closed has none.
        let _ = apply(set, &[member.knote(fd, knote, EV_DELETE)]);
    }
}

/// Whether the kernel has a member still: the descriptor may have been closed, and its number be another's.
pub(super) fn is_known(set: i32, fd: i32, member: &Member) -> bool {
    let first = [READ, WRITE, URGENT].into_iter().find(|knote| member.knotes & knote != 0);
    file(fd) == Some(member.file)
        && first.is_none_or(|knote| apply(set, &[member.knote(fd, knote, EV_ENABLE)]).is_ok())
}

/// The pollset of a number.
pub(super) fn find(set: i32) -> Result<&'static Pollset> {
    entry(set).filter(|pollset| pollset.is_open()).ok_or(Errno(libc::EBADF))
}

fn entry(set: i32) -> Option<&'static Pollset> {
    usize::try_from(set).ok().and_then(|set| POLLSETS.get(set))
}

/// A new pollset, without members.
pub fn new_pollset() -> Result<EventFd> {
    let queue = kqueue()?;
    let set = number(&queue);
    let pollset = POLLSETS.get_or_grow(set as usize).ok_or(Errno(libc::ENOMEM))?;
    // One of this number whose kqueue the program has closed.
    forget_wake(pollset);
    pollset.clear();
    let wake = match apply(set, &[event(WAKE, EVFILT_USER, EV_ADD | EV_CLEAR, WAKE_KEY)]) {
        Ok(()) => BY_USER,
        Err(Errno(libc::EINVAL)) => {
            let pipe = event_fd()?;
            apply(set, &[event(number(&pipe) as usize, EVFILT_READ, EV_ADD | EV_CLEAR, WAKE_KEY)])?;
            into_number(pipe)
        }
        Err(error) => return Err(error),
    };
    pollset.wake.store(wake, Ordering::Release);
    END.fetch_max(set as usize + 1, Ordering::Relaxed);
    Ok(EventFd::of(queue))
}

/// Whether a number is that of a pollset. Async-signal-safe; `errno` untouched.
pub fn is_pollset(set: i32) -> bool {
    entry(set).is_some_and(|pollset| pollset.is_open() && apply(set, &[pollset.waking(0)]).is_ok())
}

/// Closes the pipe of a pollset that is no more.
fn forget_wake(pollset: &Pollset) {
    if let pipe @ 1.. = pollset.wake.swap(NO_POLLSET, Ordering::AcqRel) {
        if is_ours(pipe) {
            let _ = close(pipe);
        }
    }
}

/// Before a descriptor is closed: if it is a pollset's, ends that.
pub fn end_pollset(set: i32) {
    if is_pollset(set) {
        if let Some(pollset) = entry(set) {
            forget_wake(pollset);
            pollset.clear();
        }
    }
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
        pollset.looks.store(0, Ordering::SeqCst);
        pollset.unaware.store(0, Ordering::SeqCst);
        forget_wake(pollset);
    }
}

/// Wakes one wait on a pollset, or from now on all of them. Async-signal-safe; `errno` untouched.
pub fn pollset_signal(set: i32, all: bool) {
    let Some(pollset) = entry(set) else { return };
    if all {
        pollset.wakes_all.store(true, Ordering::SeqCst);
    }
    pollset.signal(set);
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
    memory::available(TREE_NODE)?;
    let mut state = pollset.state.lock();
    if let Some(member) = state.members.get(&fd).copied() {
        if is_known(set, fd, &member) {
            return Err(Errno(libc::EEXIST));
        }
        // It was closed without being removed.
        pollset.remove(&mut state, set, fd);
    }
    pollset.attach(&mut state, set, fd, Member::new(key, events, file))
}

/// Changes a registration. The kernel looks at the descriptor anew.
pub fn pollset_change(set: i32, fd: i32, events: i32, key: u64) -> Result<()> {
    let pollset = find(set)?;
    if events & EXCLUSIVE != 0 {
        return Err(Errno(libc::EINVAL));
    }
    let mut state = pollset.state.lock();
    let before = state.members.get(&fd).copied().ok_or(Errno(libc::ENOENT))?;
    let member = Member::new(key, events, before.file);
    if events == before.events && !before.is_level() && before.knotes == member.needs() {
        // A one-shot is armed again, an edge looks anew: one call.
        let (all, count) = member.knotes(fd, before.knotes, EV_ENABLE);
        apply(set, &all[..count])?;
        let look = before.look;
        state.members.insert(fd, Member { knotes: before.knotes, look, ..member });
        return Ok(());
    }
    if !is_known(set, fd, &before) {
        return Err(Errno(if file(fd).is_some() { libc::ENOENT } else { libc::EBADF }));
    }
    detach(set, fd, &before);
    // Should it fail, the caller goes back to what was.
    state.members.insert(fd, Member { knotes: 0, ..before });
    pollset.attach(&mut state, set, fd, member)
}

/// Ends a registration.
pub fn pollset_unregister(set: i32, fd: i32) -> Result<()> {
    let pollset = find(set)?;
    let removed = pollset.remove(&mut pollset.state.lock(), set, fd);
    removed.map(drop).ok_or(Errno(libc::ENOENT))
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

    /// Makes it due at a moment, once: whoever sees it sets it again. `None` stops it.
    pub fn set(&self, set: i32, at: Option<i64>) -> Result<()> {
        find(set)?;
        // Kernels differ in what adding a timer once more does. One that was due is gone.
        let _ = apply(set, &[event(TIMER, EVFILT_TIMER, EV_DELETE, self.key)]);
        let Some(at) = at else { return Ok(()) };
        let (note, unit) = TIMER_UNIT;
        // A moment that is farther away is looked at when this one comes.
        let left = (at - now()).clamp(1, LONGEST_TIMER);
        let mut event = event(TIMER, EVFILT_TIMER, EV_ADD | EV_ONESHOT, self.key);
        event.fflags = note;
        event.data = (left / unit + i64::from(left % unit != 0)) as _;
        apply(set, &[event])
    }

    /// In a new process: it has nothing that is the parent's.
    pub fn end_in_child(self, _owns_descriptors: bool) {}
}

/// A day, in nanoseconds.
const LONGEST_TIMER: i64 = 86_400 * 1_000_000_000;
