//! What each thread publishes: which handles its running calls use, and how to wake it.
//!
//! A thread writes its own record with plain stores; a thread that closes a handle makes those stores
//! visible with a barrier on all threads and reads every record. So a call pays no locked
//! instruction for the promise that its descriptor stays open.

use super::{GrowOnlyTable, barrier_ready, record, set_record};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering, compiler_fence};

/// How many calls of one thread may be inside each other: hooks and signal handlers nest.
pub const ENTRIES: usize = 8;
/// The place of a call that found no entry.
pub const NO_ENTRY: u32 = u32::MAX;
/// Occupies the first entry of a record that may not be used. No handle has this key.
const BARRED: usize = 1;
/// No event descriptor.
const UNUSED: i32 = -1;

/// One entry's part in the list of those who wait on a handle. Guarded by the handle's lock.
#[derive(Default)]
pub struct Node {
    /// The next waiter of the same handle, as [`ThreadRecord::node_id`]; 0 ends the list.
    pub next: AtomicU32,
    /// For which direction it waits.
    pub direction: AtomicU32,
    /// Someone wrote to its event descriptor.
    pub signaled: AtomicU32,
}

/// The record of one thread. Reused by other threads when its own has ended; never freed.
#[repr(C, align(128))]
pub struct ThreadRecord {
    /// The handle in use by a call that cannot wait and in which nothing else runs but a signal
    /// handler: the hot calls have this entry to themselves, so it needs no depth. 0 is none.
    first: AtomicUsize,
    /// Number of this record, from 1.
    number: AtomicU32,
    /// How many of `entries` are in use; [`ENTRIES`] when none may be used.
    depth: AtomicU32,
    /// The handles in use by other calls, by a number that is never 0; 0 is none.
    entries: [AtomicUsize; ENTRIES],
    /// As `depth`, where the platform has no barrier and calls are counted in the handles instead.
    counted_depth: AtomicU32,
    /// One event descriptor for each entry, made when it first waits.
    wakes: [AtomicI32; ENTRIES],
    nodes: [Node; ENTRIES],
    hook: AtomicUsize,
    hook_argument: AtomicUsize,
    /// How many parts of calls that no fork may divide the thread is in; see `net/handle/no_fork.rs`.
    section: AtomicU32,
    /// The handle that the thread is closing, as in `entries`.
    closing: AtomicUsize,
    /// Which thread owns it, as [`this_thread`]; 0 is none.
    taken: AtomicUsize,
}

impl Default for ThreadRecord {
    fn default() -> ThreadRecord {
        ThreadRecord::new(0)
    }
}

impl ThreadRecord {
    const fn new(depth: u32) -> ThreadRecord {
        ThreadRecord {
            first: AtomicUsize::new(if depth == 0 { 0 } else { BARRED }),
            number: AtomicU32::new(0),
            depth: AtomicU32::new(depth),
            entries: [const { AtomicUsize::new(0) }; ENTRIES],
            counted_depth: AtomicU32::new(0),
            wakes: [const { AtomicI32::new(UNUSED) }; ENTRIES],
            nodes: [const {
                Node { next: AtomicU32::new(0), direction: AtomicU32::new(0), signaled: AtomicU32::new(0) }
            }; ENTRIES],
            hook: AtomicUsize::new(0),
            hook_argument: AtomicUsize::new(0),
            section: AtomicU32::new(0),
            closing: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
        }
    }

    /// The number of this record: 1 to 2^24 - 1; 0 for a thread that has none.
    #[inline(always)]
    pub fn number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }

    /// Publishes that the thread uses the handle of `key`. The place of the entry, or [`NO_ENTRY`].
    ///
    /// The depth is raised before the entry is written, so that a signal handler in between takes
    /// the next one.
    #[inline(always)]
    pub fn enter(&self, key: usize) -> u32 {
        let at = self.depth.load(Ordering::Relaxed);
        let Some(entry) = self.entries.get(at as usize) else { return NO_ENTRY };
        self.depth.store(at + 1, Ordering::Relaxed);
        entry.store(key, Ordering::Relaxed);
        // The store may stay in the processor's buffer: the closer's barrier empties it.
        compiler_fence(Ordering::SeqCst);
        at
    }

    /// Takes back what [`ThreadRecord::enter`] published at a place.
    #[inline(always)]
    pub fn leave(&self, at: u32) {
        if let Some(entry) = self.entries.get(at as usize) {
            entry.store(0, Ordering::Release);
            compiler_fence(Ordering::SeqCst);
            self.depth.store(at, Ordering::Relaxed);
        }
    }

    /// As [`ThreadRecord::enter`], by the entry of the hot calls: whether it was free. A signal handler
    /// between the look and the store finds it free too, and has left it free when it returns.
    #[inline(always)]
    pub fn enter_first(&self, key: usize) -> bool {
        if self.first.load(Ordering::Relaxed) != 0 {
            return false;
        }
        self.first.store(key, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        true
    }

    /// Takes back what [`ThreadRecord::enter_first`] published.
    #[inline(always)]
    pub fn leave_first(&self) {
        self.first.store(0, Ordering::Release);
        compiler_fence(Ordering::SeqCst);
    }

    /// A place to be woken at, for a call that is counted in the handle. Only where all calls are
    /// counted: otherwise the places belong to the entries of [`ThreadRecord::enter`].
    pub fn enter_counted(&self, key: usize) -> u32 {
        let at = self.counted_depth.load(Ordering::Relaxed);
        if barrier_ready() || self.number() == 0 || at as usize >= ENTRIES {
            return NO_ENTRY;
        }
        self.counted_depth.store(at + 1, Ordering::Relaxed);
        // Seen by this thread alone, which may close the handle inside the call.
        self.entries[at as usize].store(key, Ordering::Release);
        at
    }

    /// Takes back what [`ThreadRecord::enter_counted`] gave.
    pub fn leave_counted(&self, at: u32) {
        self.entries[at as usize].store(0, Ordering::Release);
        self.counted_depth.store(at, Ordering::Relaxed);
    }

    /// Whether calls of this thread may be counted in handles although others have entries.
    pub fn is_overflowing(&self) -> bool {
        barrier_ready() && self.number() != 0 && self.depth.load(Ordering::Relaxed) >= ENTRIES as u32
    }

    /// Whether a running call of this thread uses the handle of `key`.
    pub fn names(&self, key: usize) -> bool {
        let is = |entry: &AtomicUsize| entry.load(Ordering::Acquire) == key;
        is(&self.first) || self.entries.iter().any(is)
    }

    /// How the entry at a place is called in the list of a handle's waiters.
    pub fn node_id(&self, at: u32) -> u32 {
        (self.number() - 1) * ENTRIES as u32 + at + 1
    }

    /// The list part of the entry at a place.
    pub fn node(&self, at: u32) -> &Node {
        &self.nodes[at as usize]
    }

    /// Gives the entry at a place its event descriptor.
    pub fn set_wake_fd(&self, at: u32, fd: i32) {
        self.wakes[at as usize].store(fd, Ordering::Relaxed);
    }

    /// Forgets an event descriptor that the program has closed under us.
    pub fn lose_wake_fd(&self, at: u32) {
        self.wakes[at as usize].store(UNUSED, Ordering::Relaxed);
    }

    /// The event descriptor to signal the entry at a place by, if it has one.
    pub fn wake_target(&self, at: u32) -> Option<i32> {
        let fd = self.wakes[at as usize].load(Ordering::Relaxed);
        (fd != UNUSED).then_some(fd)
    }

    /// The thread's interrupt hook: a function and its argument, as numbers. 0 is none.
    pub fn hook(&self) -> (usize, usize) {
        (self.hook.load(Ordering::Relaxed), self.hook_argument.load(Ordering::Relaxed))
    }

    /// Sets the thread's interrupt hook.
    pub fn set_hook(&self, hook: usize, argument: usize) {
        self.hook_argument.store(argument, Ordering::Relaxed);
        self.hook.store(hook, Ordering::Relaxed);
    }

    /// Whether no call of the thread is running.
    fn is_idle(&self) -> bool {
        let first = self.first.load(Ordering::Relaxed);
        first == 0
            && self.depth.load(Ordering::Relaxed) == 0
            && self.counted_depth.load(Ordering::Relaxed) == 0
    }

    fn close_wakes(&self) {
        for wake in &self.wakes {
            let fd = wake.swap(UNUSED, Ordering::Relaxed);
            // Where the program has closed it under us, the number may be of something else by now.
            if fd != UNUSED && super::is_ours(fd) {
                let _ = super::close(fd);
            }
        }
    }

    fn clear(&self, depth: u32) {
        self.first.store(if depth == 0 { 0 } else { BARRED }, Ordering::Release);
        self.entries.iter().for_each(|entry| entry.store(0, Ordering::Release));
        self.depth.store(depth, Ordering::Relaxed);
        self.counted_depth.store(0, Ordering::Relaxed);
        self.section.store(0, Ordering::Relaxed);
        self.closing.store(0, Ordering::Relaxed);
        self.set_hook(0, 0);
    }

    /// The word that says how many parts of calls the thread is in that no fork may divide.
    #[inline(always)]
    pub fn section(&self) -> &AtomicU32 {
        &self.section
    }

    /// Says which handle this thread is closing, 0 for none: which one it was closing before.
    pub fn set_closing(&self, key: usize) -> usize {
        let before = self.closing.load(Ordering::Relaxed);
        self.closing.store(key, Ordering::Relaxed);
        before
    }

    /// Whether this thread is closing the handle of `key`: a signal handler may have forked in the middle.
    pub fn is_closing(&self, key: usize) -> bool {
        self.closing.load(Ordering::Relaxed) == key
    }
}

/// The record of threads that have none: without memory for one, and past their thread-local destructors. It is
/// always full.
static NONE: ThreadRecord = ThreadRecord::new(ENTRIES as u32);

/// The record of threads before their first call: as full, but [`Threads::current`] makes them one.
pub static NO_RECORD_YET: ThreadRecord = ThreadRecord::new(ENTRIES as u32);

/// The calling thread's record, if it has asked for one already.
fn own() -> Option<&'static ThreadRecord> {
    Some(record()).filter(|record| !std::ptr::eq(*record, &NO_RECORD_YET))
}

/// All records of the process.
pub struct Threads;

static RECORDS: GrowOnlyTable<ThreadRecord, 65_536, 64> = GrowOnlyTable::new();
/// How many records were ever made.
static MADE: AtomicUsize = AtomicUsize::new(0);
/// How many of them have no thread, and an index below which there is none. No lock guards this: a thread that
/// is starting or ending may be interrupted by a fork anywhere.
static ENDED: AtomicUsize = AtomicUsize::new(0);
static FIRST_ENDED: AtomicUsize = AtomicUsize::new(0);

/// Gives the record back when its thread ends.
extern "C" fn thread_ended(record: *mut c_void) {
    // SAFETY: what `register` passed, a record.
    let record = unsafe { &*record.cast::<ThreadRecord>() };
    set_record(&NONE);
    super::end_ring();
    record.close_wakes();
    record.clear(0);
    give_back(record);
}

/// Makes the record available to another thread.
fn give_back(record: &ThreadRecord) {
    let index = record.number() as usize - 1;
    record.taken.store(0, Ordering::Release);
    FIRST_ENDED.fetch_min(index, Ordering::SeqCst);
    ENDED.fetch_add(1, Ordering::SeqCst);
}

/// What no other living thread has: the address of a word of its own. A child of a fork finds it again.
fn this_thread() -> usize {
    thread_local! {
        static WORD: Cell<u8> = const { Cell::new(0) };
    }
    WORD.with(|word| std::ptr::from_ref(word) as usize)
}

impl Threads {
    /// The calling thread's record.
    pub fn current() -> &'static ThreadRecord {
        match own() {
            Some(record) => record,
            None => Self::register(),
        }
    }

    /// The calling thread's record; one that is always full if it has none yet.
    #[inline(always)]
    pub fn current_or_full() -> &'static ThreadRecord {
        record()
    }

    #[cold]
    #[inline(never)]
    fn register() -> &'static ThreadRecord {
        // Without memory the call does without; a later one tries again.
        let Some(record) = Self::take() else { return &NONE };
        if super::at_thread_end(NonNull::from(record).cast(), thread_ended).is_err() {
            give_back(record);
            return &NONE;
        }
        set_record(record);
        record
    }

    /// Closes the calling thread's event descriptors, unless a call of it is running: it may be inside a hook.
    /// They are made anew when they are needed again.
    pub fn close_wakes_of_this() {
        if let Some(record) = own().filter(|record| record.is_idle()) {
            record.close_wakes();
        }
    }

    fn take() -> Option<&'static ThreadRecord> {
        let (index, record) = match Self::take_ended() {
            Some(found) => found,
            None => Self::make()?,
        };
        record.number.store(index as u32 + 1, Ordering::Relaxed);
        record.clear(if barrier_ready() { 0 } else { ENTRIES as u32 });
        Some(record)
    }

    fn claim(record: &ThreadRecord) -> bool {
        record.taken.compare_exchange(0, this_thread(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// The record of a thread that has ended.
    fn take_ended() -> Option<(usize, &'static ThreadRecord)> {
        if ENDED.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let (made, first) = (MADE.load(Ordering::Acquire), FIRST_ENDED.load(Ordering::SeqCst));
        // Once more from the start: a thread that has just ended may be below what another has passed.
        for index in (first..made).chain(0..first.min(made)) {
            let Some(record) = RECORDS.get(index) else { continue };
            if record.taken.load(Ordering::Relaxed) == 0 && Self::claim(record) {
                // Not below zero: the count comes after the mark of the thread that ends.
                let less = |count: usize| count.checked_sub(1);
                let _ = ENDED.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
                let next = index + 1;
                let _ = FIRST_ENDED.compare_exchange(first, next, Ordering::SeqCst, Ordering::SeqCst);
                return Some((index, record));
            }
        }
        None
    }

    /// One more record.
    fn make() -> Option<(usize, &'static ThreadRecord)> {
        loop {
            let index = MADE.load(Ordering::Acquire);
            let record = RECORDS.get_or_grow(index)?;
            let mine = Self::claim(record);
            let _ = MADE.compare_exchange(index, index + 1, Ordering::AcqRel, Ordering::Acquire);
            if mine {
                return Some((index, record));
            }
        }
    }

    fn all() -> impl Iterator<Item = &'static ThreadRecord> {
        (0..MADE.load(Ordering::Acquire)).map_while(|index| RECORDS.get(index))
    }

    /// Whether any running call of any thread uses the handle of `key`.
    pub fn names(key: usize) -> bool {
        Self::all().any(|record| record.names(key))
    }

    /// The record and place of a waiter, from [`ThreadRecord::node_id`].
    pub fn node(id: u32) -> Option<(&'static ThreadRecord, u32)> {
        let index = id.checked_sub(1)?;
        let record = RECORDS.get(index as usize / ENTRIES)?;
        Some((record, index % ENTRIES as u32))
    }

    /// Says that an entry, as [`ThreadRecord::node_id`], cannot have the event descriptor of this number.
    pub fn not_its(id: u32, fd: i32) {
        if let Some((record, at)) = Self::node(id) {
            let place = &record.wakes[at as usize];
            let _ = place.compare_exchange(fd, UNUSED, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Whether the word of another thread's [`ThreadRecord::section`] is one of those asked for.
    pub fn any_other_section(asked: impl Fn(u32) -> bool) -> bool {
        let mine = own();
        Self::all().any(|record| {
            let other = mine.is_none_or(|mine| !std::ptr::eq(mine, record));
            other && asked(record.section.load(Ordering::SeqCst))
        })
    }

    /// In a new process: forgets all threads but this one, and with `close` closes the event descriptors that
    /// are shared with the parent.
    pub fn after_fork_child(close: bool) {
        let (me, mut ended, mut first) = (this_thread(), 0, usize::MAX);
        for (index, record) in Self::all().enumerate() {
            if close {
                record.close_wakes();
            } else {
                record.wakes.iter().for_each(|wake| wake.store(UNUSED, Ordering::Relaxed));
            }
            // Also one that this thread was about to use when a signal handler forked.
            if record.taken.load(Ordering::Relaxed) != me {
                record.clear(0);
                record.taken.store(0, Ordering::Relaxed);
                (ended, first) = (ended + 1, first.min(index));
            }
        }
        ENDED.store(ended, Ordering::SeqCst);
        FIRST_ENDED.store(first, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_of_the_hot_calls_is_beside_the_others() {
        let record = ThreadRecord::new(0);
        assert!(record.enter_first(128));
        assert!(!record.enter_first(256), "one at a time");
        assert_eq!(record.enter(256), 0);
        assert!(record.names(128) && record.names(256));
        record.leave_first();
        assert!(!record.names(128) && record.names(256));
        assert!(record.enter_first(384), "also inside another call");
    }

    #[test]
    fn a_full_record_has_no_entry_at_all() {
        for record in [&NONE, &ThreadRecord::new(ENTRIES as u32)] {
            assert!(!record.enter_first(128));
            assert_eq!(record.enter(128), NO_ENTRY);
            assert!(!record.names(128));
        }
    }
}
