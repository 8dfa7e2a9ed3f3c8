//! A slot: the fixed place behind a handle.
//!
//! A handle is a slot's index and a generation; the slot's word holds the generation that is alive.
//! One load and one comparison decide whether a call may go on. The fields are private: the methods own
//! the memory orderings, and say why where one is stronger than Relaxed.

use super::direction::Direction;
use super::id::Id;
use super::object::Object;
use super::word::{ATTENTION, Kind, LAST_GENERATION, SHARED, Word};
use crate::net::error::Result;
use crate::net::time::Nanos;
use crate::sys::{self, Lock, LockGuard, ThreadRecord, Threads};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering};

/// The three numbers that say what a socket is.
#[derive(Clone, Copy)]
pub struct Label {
    pub family: i32,
    pub socket_type: i32,
    pub proto: i32,
}

impl Label {
    /// The label of a handle.
    pub fn of(slot: &Slot) -> Label {
        let proto = slot.proto.load(Ordering::Relaxed);
        Label { family: slot.family(), socket_type: slot.socket_type(), proto }
    }
}

/// The part of a slot that its lock guards.
#[derive(Default)]
pub struct Guarded {
    /// The first waiter, as [`ThreadRecord::node_id`]; 0 when nobody waits.
    pub(super) waiters: u32,
    /// The error that a call which had already moved bytes has left for the next one; 0 is none.
    pub(super) pending_errno: i32,
    /// The descriptor's number has been given out.
    pub fd_exposed: bool,
    /// O_NONBLOCK is on, as far as libsock knows.
    pub nonblock: bool,
    /// Another handle of this process has the same open file description.
    pub shares_description: bool,
    /// All threads have seen that the handle is being closed.
    pub(super) barrier_done: bool,
    /// The last call to leave closes.
    pub(super) handed_over: bool,
    /// The object behind a handle that is more than a descriptor: few have one.
    pub(super) object: Option<Box<Arc<dyn Object>>>,
}

/// The place behind a handle: two cache lines. The first is read by every call and written by few;
/// the second is written by those who wait, and by receivers.
#[repr(C, align(128))]
pub struct Slot {
    word: AtomicU64,
    fd: AtomicI32,
    /// What is added to the flags of every send.
    send_flags: AtomicI32,
    family: AtomicI32,
    socket_type: AtomicI32,
    proto: AtomicI32,
    /// Bit 31: the token has fired. Below: fires that are running.
    fire_state: AtomicU32,
    /// The mode: 0, a span, or for ever.
    timeout: AtomicI64,
    read_deadline: AtomicI64,
    write_deadline: AtomicI64,
    /// The handle of the cancel token; 0 is none.
    token: AtomicI64,

    guarded: Lock<Guarded>,
    /// Where the slot is in the table.
    index: AtomicU32,
    /// Changes when a call leaves a slot that is being closed.
    leave_seq: AtomicU32,
    /// Calls that no record names.
    overflow_pins: AtomicU32,
    /// How many of the next receives wait before they try.
    poll_first: AtomicU32,
    /// SO_RCVTIMEO and SO_SNDTIMEO as set by the user: they end a wait of the blocking mode.
    receive_limit: AtomicI64,
    send_limit: AtomicI64,
}

const _: () = assert!(size_of::<Slot>() == 128);

/// Bit of [`Slot::fire_state`].
const FIRED: u32 = 1 << 31;

/// After a receive met EAGAIN, this many receives of the handle wait before they try: a peer that
/// answers slowly costs two system calls a message, not three.
const POLL_FIRST: u32 = 8;

const FOREVER: i64 = Nanos::FOREVER.0;

impl Default for Slot {
    fn default() -> Slot {
        Slot {
            word: AtomicU64::new(Word::UNUSED.0),
            fd: AtomicI32::new(-1),
            send_flags: AtomicI32::new(0),
            family: AtomicI32::new(0),
            socket_type: AtomicI32::new(0),
            proto: AtomicI32::new(0),
            fire_state: AtomicU32::new(0),
            timeout: AtomicI64::new(FOREVER),
            read_deadline: AtomicI64::new(FOREVER),
            write_deadline: AtomicI64::new(FOREVER),
            token: AtomicI64::new(0),
            guarded: Lock::default(),
            index: AtomicU32::new(0),
            leave_seq: AtomicU32::new(0),
            overflow_pins: AtomicU32::new(0),
            poll_first: AtomicU32::new(0),
            receive_limit: AtomicI64::new(FOREVER),
            send_limit: AtomicI64::new(FOREVER),
        }
    }
}

/// The word: life and death of a handle.
impl Slot {
    /// The word as it is. Loads after it see at least what the writer of the word had written.
    #[inline(always)]
    pub fn word(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    /// How a record names this slot.
    #[inline(always)]
    pub fn key(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    /// Starts a new generation, used by no other thread yet. Only for a slot that is free and in
    /// no list.
    pub(super) fn open(&self, kind: Kind, fd: i32) -> u64 {
        let generation = self.word().generation() + 1;
        debug_assert!(!self.word().is_open() && generation <= LAST_GENERATION);
        // What the lock guards is as new: `free` has left it so.
        self.fd.store(fd, Ordering::Relaxed);
        self.send_flags.store(0, Ordering::Relaxed);
        // A fire with a stale handle may be counted here for a moment: only the bit is reset.
        if self.fire_state.load(Ordering::Relaxed) & FIRED != 0 {
            self.fire_state.fetch_and(!FIRED, Ordering::Relaxed);
        }
        self.timeout.store(FOREVER, Ordering::Relaxed);
        self.read_deadline.store(FOREVER, Ordering::Relaxed);
        self.write_deadline.store(FOREVER, Ordering::Relaxed);
        self.token.store(0, Ordering::Relaxed);
        self.poll_first.store(0, Ordering::Relaxed);
        self.receive_limit.store(FOREVER, Ordering::Relaxed);
        self.send_limit.store(FOREVER, Ordering::Relaxed);
        let owner = u64::from(Threads::current().number());
        // A thread without a record cannot be told from another one.
        let owner = if owner == 0 { SHARED } else { owner };
        let word = Word::opened(generation, kind, self.index().into(), owner);
        self.word.store(word.0, Ordering::Release);
        generation
    }

    /// Ends the generation. Only by whoever closed or gave back the descriptor.
    pub(super) fn free(&self) {
        let before = {
            let mut guarded = self.lock();
            let before = std::mem::take(&mut *guarded);
            self.word.store(self.word().freed().0, Ordering::Release);
            before
        };
        // Outside the lock: what hangs on the handle may end here, and do as it likes.
        drop(before);
    }

    /// Makes sure that the word says whether more than one record has ever pinned the handle. An error
    /// is the word as it is now, if it has changed meanwhile.
    pub(super) fn mark_shared(&self, word: Word, record: &ThreadRecord) -> std::result::Result<(), Word> {
        let index = self.index().into();
        if word.owner(index) == SHARED || self.is_only_of(word, record) {
            return Ok(());
        }
        let shared = word.with_owner(index, SHARED);
        match self.word.compare_exchange(word.0, shared.0, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Ok(()),
            Err(now) => Err(Word(now)),
        }
    }

    /// Whether only this record had ever pinned the handle when its word was read.
    pub(super) fn is_only_of(&self, word: Word, record: &ThreadRecord) -> bool {
        record.number() != 0 && word.owner(self.index().into()) == u64::from(record.number())
    }

    /// Begins the end of a handle: the word as it was, or why it cannot be ended.
    pub(super) fn begin_close(&self, id: Id) -> Result<Word> {
        let mut word = self.word();
        loop {
            if !word.is_open() || word.generation() != id.generation() {
                return Err(Id::stale());
            }
            let closing = word.closing();
            match self.word.compare_exchange_weak(word.0, closing.0, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Ok(word),
                Err(now) => word = Word(now),
            }
        }
    }

    /// Sets or clears the mark that makes every call look at deadlines, token and pending error.
    /// Only under the slot's lock.
    pub(super) fn update_attention(&self, guarded: &Guarded) {
        let needed = guarded.pending_errno != 0
            || self.token.load(Ordering::Relaxed) != 0
            || self.read_deadline.load(Ordering::Relaxed) != FOREVER
            || self.write_deadline.load(Ordering::Relaxed) != FOREVER;
        if needed {
            self.word.fetch_or(ATTENTION, Ordering::SeqCst);
        } else {
            self.word.fetch_and(!ATTENTION, Ordering::SeqCst);
        }
    }

    /// Waits for the slot's lock and takes it.
    #[inline]
    pub fn lock(&self) -> LockGuard<'_, Guarded> {
        self.guarded.lock()
    }

    /// The index in the table.
    pub(super) fn index(&self) -> u32 {
        self.index.load(Ordering::Relaxed)
    }

    pub(super) fn set_index(&self, index: u32) {
        self.index.store(index, Ordering::Relaxed);
    }
}

/// What a socket is, and its limits.
impl Slot {
    /// The descriptor, or -1. It stays open while the slot is pinned.
    #[inline(always)]
    pub fn fd(&self) -> i32 {
        self.fd.load(Ordering::Relaxed)
    }

    /// What is added to the flags of every send.
    #[inline(always)]
    pub fn send_flags(&self) -> i32 {
        self.send_flags.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub fn family(&self) -> i32 {
        self.family.load(Ordering::Relaxed)
    }

    #[inline]
    pub fn socket_type(&self) -> i32 {
        self.socket_type.load(Ordering::Relaxed)
    }

    /// Says what a new socket is, before its number goes anywhere.
    pub fn set_label(&self, label: Label, send_flags: i32) {
        self.family.store(label.family, Ordering::Relaxed);
        self.socket_type.store(label.socket_type, Ordering::Relaxed);
        self.proto.store(label.proto, Ordering::Relaxed);
        self.send_flags.store(send_flags, Ordering::Relaxed);
    }

    /// The mode: 0 is non-blocking, [`Nanos::FOREVER`] blocking, anything else the timeout.
    pub fn timeout(&self) -> Nanos {
        Nanos(self.timeout.load(Ordering::Relaxed))
    }

    pub fn set_timeout(&self, timeout: Nanos) {
        self.timeout.store(timeout.0, Ordering::Relaxed);
        if timeout == Nanos::ZERO {
            self.poll_first.store(0, Ordering::Relaxed);
        }
    }

    /// SO_RCVTIMEO or SO_SNDTIMEO, as the user has set it.
    pub fn kernel_limit(&self, direction: Direction) -> Nanos {
        Nanos(self.limit_place(direction).load(Ordering::Relaxed))
    }

    pub fn set_kernel_limit(&self, direction: Direction, span: Nanos) {
        self.limit_place(direction).store(span.0, Ordering::Relaxed);
    }

    /// Takes over what another socket has of both.
    pub fn copy_kernel_limits(&self, from: &Slot) {
        for direction in [Direction::Read, Direction::Write] {
            self.set_kernel_limit(direction, from.kernel_limit(direction));
        }
    }

    fn limit_place(&self, direction: Direction) -> &AtomicI64 {
        match direction {
            Direction::Read => &self.receive_limit,
            Direction::Write => &self.send_limit,
        }
    }

    /// The deadline of a direction. SeqCst, as its change: a waiter in the list misses none.
    pub fn deadline(&self, direction: Direction) -> Nanos {
        Nanos(self.deadline_place(direction).load(Ordering::SeqCst))
    }

    /// Within [`Slot::announce`], or before anybody else has the handle.
    pub fn set_deadline(&self, direction: Direction, at: Nanos) {
        self.deadline_place(direction).store(at.0, Ordering::SeqCst);
    }

    fn deadline_place(&self, direction: Direction) -> &AtomicI64 {
        match direction {
            Direction::Read => &self.read_deadline,
            Direction::Write => &self.write_deadline,
        }
    }

    /// The cancel token that is attached, or [`Id::NONE`]. SeqCst, as for a deadline.
    pub fn token(&self) -> Id {
        Id(self.token.load(Ordering::SeqCst))
    }

    /// Within [`Slot::announce`], or before anybody else has the handle.
    pub fn set_token(&self, token: Id) {
        self.token.store(token.0, Ordering::SeqCst);
    }

    /// Whether the next receive waits before it tries.
    #[inline(always)]
    pub fn polls_first(&self) -> bool {
        self.poll_first.load(Ordering::Relaxed) != 0
    }

    /// Uses up one of the receives that wait first: whether there was one.
    pub fn take_poll_first(&self) -> bool {
        let turns = self.poll_first.load(Ordering::Relaxed);
        if turns > 0 {
            self.poll_first.store(turns - 1, Ordering::Relaxed);
        }
        turns > 0
    }

    /// A receive has met EAGAIN: the next ones wait first.
    pub fn start_poll_first(&self) {
        self.poll_first.store(POLL_FIRST, Ordering::Relaxed);
    }
}

/// Calls in flight, and the one who waits for them to leave.
impl Slot {
    /// Counts a call that no record names.
    pub(super) fn add_overflow_pin(&self) {
        self.overflow_pins.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends [`Slot::add_overflow_pin`].
    pub(super) fn drop_overflow_pin(&self) {
        // Not below zero: a fork has forgotten the counts of all threads, this one's too.
        let less = |count: u32| count.checked_sub(1);
        let _ = self.overflow_pins.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
    }

    pub(super) fn overflow_pins(&self) -> u32 {
        self.overflow_pins.load(Ordering::SeqCst)
    }

    /// What [`Slot::wait_for_leave`] compares with; read before the look at the calls in flight.
    pub(super) fn leave_seq(&self) -> u32 {
        self.leave_seq.load(Ordering::SeqCst)
    }

    /// Sleeps until a call leaves, unless one has since `seen` was read.
    pub(super) fn wait_for_leave(&self, seen: u32, limit: Option<Nanos>) {
        sys::futex::wait(&self.leave_seq, seen, limit.map(|limit| limit.0));
    }

    /// Wakes the closer: a call has left. Async-signal-safe.
    pub(super) fn wake_closer(&self) {
        self.leave_seq.fetch_add(1, Ordering::SeqCst);
        sys::futex::wake(&self.leave_seq, 1);
    }

    /// The descriptor, which the slot no longer has.
    pub(super) fn take_fd(&self) -> i32 {
        self.fd.swap(-1, Ordering::Relaxed)
    }

    /// As [`Slot::take_fd`], where nobody else is here any more: no swap is needed.
    pub(super) fn give_fd_back(&self) -> i32 {
        let fd = self.fd.load(Ordering::Relaxed);
        self.fd.store(-1, Ordering::Relaxed);
        fd
    }

    /// In a new process: forgets the calls and fires of threads that do not exist here.
    pub(super) fn forget_other_threads(&self) {
        if self.overflow_pins.load(Ordering::Relaxed) != 0 {
            self.overflow_pins.store(0, Ordering::Relaxed);
        }
        if self.fire_state.load(Ordering::Relaxed) & !FIRED != 0 {
            self.fire_state.fetch_and(FIRED, Ordering::Relaxed);
        }
    }

    /// In a new process: takes the lock from a thread that does not exist here.
    pub(super) fn reset_lock(&self) {
        self.guarded.reset_after_fork();
    }
}

/// A cancel token. Its event descriptor may be replaced, hence SeqCst.
impl Slot {
    pub(super) fn event_fd(&self) -> i32 {
        self.fd.load(Ordering::SeqCst)
    }

    pub(super) fn set_event_fd(&self, fd: i32) {
        self.fd.store(fd, Ordering::SeqCst);
    }

    /// Forgets an event descriptor that the program has closed under us.
    pub(super) fn lose_event_fd(&self, fd: i32) {
        let _ = self.fd.compare_exchange(fd, -1, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Counts a fire that begins: a closer waits for it.
    pub(super) fn begin_fire(&self) {
        self.fire_state.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn set_fired(&self) {
        self.fire_state.fetch_or(FIRED, Ordering::SeqCst);
    }

    /// Ends a fire: whether no other one runs.
    pub(super) fn end_fire(&self) -> bool {
        self.fire_state.fetch_sub(1, Ordering::SeqCst) & !FIRED == 1
    }

    /// How many fires are running.
    pub(super) fn running_fires(&self) -> u32 {
        self.fire_state.load(Ordering::SeqCst) & !FIRED
    }

    /// Whether the token has fired.
    pub(super) fn has_fired(&self) -> bool {
        self.fire_state.load(Ordering::SeqCst) & FIRED != 0
    }
}
