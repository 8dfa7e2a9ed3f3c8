//! Descriptors and a moment behind one descriptor, which POSIX has not: a thread polls them all, and writes to an
//! event descriptor when something in a set is ready. It exists while there are sets.

use super::event::{EventFd, drain, event_fd, program_event_fd, signal};
use super::futex;
use crate::sys::{
    Lock, PollFd, Result, close, into_number, is_ours, memory, now, number, poll, start_thread,
};
use libc::POLLIN;
use std::mem::{forget, take};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What makes the descriptor of an operation readable.
pub struct WatchSet {
    key: u64,
    /// The event descriptor; it belongs to the slot.
    event: i32,
}

struct Set {
    key: u64,
    event: i32,
    members: Vec<(i32, i16)>,
    at: Option<i64>,
    /// The event descriptor is readable: nothing is looked at until the set is armed again.
    reported: bool,
}

struct Watcher {
    sets: Vec<Set>,
    /// Has the thread look again; -1 before there is a thread.
    wake: i32,
    running: bool,
}

static WATCHER: Lock<Watcher> = Lock::new(Watcher { sets: Vec::new(), wake: -1, running: false });

const STACK: usize = 128 << 10;

/// Changes when the thread has ended, with its descriptors closed, or there is a set again.
static ENDED: AtomicU32 = AtomicU32::new(0);
/// How long the end of the last set waits for the thread's.
const PATIENCE: i64 = 1_000_000_000;

fn note_end() {
    ENDED.fetch_add(1, Ordering::SeqCst);
    futex::wake(&ENDED, i32::MAX);
}

impl Watcher {
    /// Has the thread look at the sets as they are now.
    fn look(&mut self) -> Result<()> {
        if self.wake < 0 || !signal(self.wake) {
            self.wake = into_number(event_fd()?);
        }
        if !self.running {
            start_thread(STACK, watch)?;
            self.running = true;
        }
        Ok(())
    }

    fn change(&mut self, key: u64, change: impl FnOnce(&mut Set) -> Result<()>) -> Result<()> {
        if let Some(set) = self.sets.iter_mut().find(|set| set.key == key) {
            change(set)?;
            self.look()?;
        }
        Ok(())
    }
}

/// The life of the thread.
fn watch() {
    let mut polled: Vec<PollFd> = Vec::new();
    let mut owners: Vec<(u64, i32)> = Vec::new();
    loop {
        let mut end = i64::MAX;
        polled.clear();
        owners.clear();
        {
            let mut watcher = WATCHER.lock();
            if watcher.sets.is_empty() {
                let wake = std::mem::replace(&mut watcher.wake, -1);
                watcher.running = false;
                if is_ours(wake) {
                    let _ = close(wake);
                }
                note_end();
                return;
            }
            polled.push(PollFd::new(watcher.wake, POLLIN));
            owners.push((0, watcher.wake));
            for set in watcher.sets.iter().filter(|set| !set.reported) {
                end = end.min(set.at.unwrap_or(i64::MAX));
                for &(fd, events) in &set.members {
                    polled.push(PollFd::new(fd, events));
                    owners.push((set.key, fd));
                }
            }
        }
        let timeout = (end != i64::MAX).then(|| (end - now()).max(0));
        // What cannot be polled now is tried again a little later.
        if poll(&mut polled, timeout).is_err() {
            crate::sys::pause(1_000_000);
        }
        if polled[0].found() != 0 {
            drain(owners[0].1);
        }
        let mut watcher = WATCHER.lock();
        let now = now();
        let ready = || owners.iter().zip(&polled).skip(1).filter(|(_, polled)| polled.found() != 0);
        for set in watcher.sets.iter_mut().filter(|set| !set.reported) {
            let due = set.at.is_some_and(|at| at <= now);
            // One that was taken out meanwhile may have been closed, and its number be of something else.
            let is_member = |fd: i32| set.members.iter().any(|member| member.0 == fd);
            if due || ready().any(|(owner, _)| owner.0 == set.key && is_member(owner.1)) {
                set.reported = true;
                signal(set.event);
            }
        }
    }
}

impl WatchSet {
    /// An empty set, and the descriptor that is readable from when something in it is ready until that is seen to.
    pub fn new() -> Result<(WatchSet, EventFd)> {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        let event = program_event_fd()?;
        let (key, number) = (KEYS.fetch_add(1, Ordering::Relaxed), number(&event));
        // Nothing is looked at before it is armed.
        let set = Set { key, event: number, members: Vec::new(), at: None, reported: true };
        memory::push(&mut WATCHER.lock().sets, set)?;
        note_end();
        Ok((WatchSet { key, event: number }, event))
    }

    /// The event descriptor that makes the set's descriptor readable when it is signaled: they are one.
    pub fn wake_fd(&self) -> i32 {
        self.event
    }

    /// Whether the program has closed what the set waits with.
    pub fn is_lost(&self) -> bool {
        !is_ours(self.event)
    }

    /// Begins to see to what is ready: what is signaled from here on makes the descriptor readable again. The thread
    /// signals nothing before the set is armed.
    pub fn begin(&self) {
        drain(self.event);
    }

    /// Watches a descriptor for `events` (POLLIN, POLLOUT).
    pub fn add(&self, fd: i32, events: i16) -> Result<()> {
        WATCHER.lock().change(self.key, |set| memory::push(&mut set.members, (fd, events)))
    }

    /// Ends [`WatchSet::add`], before the descriptor is closed.
    pub fn remove(&self, fd: i32) {
        // The thread could not be woken: it looks at a member too many, and forgets what it finds there.
        let _ = WATCHER.lock().change(self.key, |set| {
            set.members.retain(|member| member.0 != fd);
            Ok(())
        });
    }

    /// Says that everything that was ready has been seen to, and when it is time to look again; `None`: no moment.
    pub fn arm(&self, at: Option<i64>) -> Result<()> {
        WATCHER.lock().change(self.key, |set| {
            set.reported = false;
            set.at = at;
            Ok(())
        })
    }

    /// In the child of a fork: the set has nothing open.
    pub fn close_descriptors(&self) {}
}

impl Drop for WatchSet {
    fn drop(&mut self) {
        let mut watcher = WATCHER.lock();
        watcher.sets.retain(|set| set.key != self.key);
        if watcher.running && watcher.sets.is_empty() {
            let seen = ENDED.load(Ordering::SeqCst);
            let hears = signal(watcher.wake);
            drop(watcher);
            if hears {
                // So that the program does not find descriptors of libsock after the last operation.
                futex::wait(&ENDED, seen, Some(PATIENCE));
            }
        }
    }
}

/// In a new process: there is no thread, and the sets are the parent's. They may have been in the middle of a change.
pub fn after_fork_child() {
    WATCHER.reset_after_fork();
    let mut watcher = WATCHER.lock();
    forget(take(&mut watcher.sets));
    watcher.running = false;
    let wake = std::mem::replace(&mut watcher.wake, -1);
    if wake >= 0 && is_ours(wake) {
        let _ = close(wake);
    }
}
