//! A slot: the fixed place behind a handle.
//!
//! A handle is a slot's index and a generation; the slot's word holds the generation that is alive.
//! One load and one comparison decide whether a call may go on. The fields are private: the methods own
//! the memory orderings: here those of the word, in `socket.rs` those of labels and limits, in `calls.rs`
//! those of calls in flight and of tokens, in `flag.rs` those of O_NONBLOCK.

mod calls;
mod flag;
mod socket;

use super::id::Id;
use super::object::Object;
use super::word::{ATTENTION, Kind, LAST_GENERATION, SHARED, Word};
use crate::net::error::Result;
use crate::net::time::Nanos;
use crate::sys::{Lock, LockGuard, PackedBox, ThreadRecord, Threads};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering};

/// The three numbers that say what a socket is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Label {
    pub family: i32,
    pub socket_type: i32,
    pub proto: i32,
}

impl Label {
    /// What a socket really is, whatever the caller of `sock_from_fd` has said.
    pub fn of(slot: &Slot) -> Label {
        Label { family: slot.family(), socket_type: slot.socket_type(), proto: slot.proto() }
    }
}

/// The part of a slot that its lock guards.
#[derive(Default)]
pub struct Guarded {
    /// The first waiter, as [`ThreadRecord::node_id`]; 0 when no one waits.
    pub(super) waiters: u32,
    /// The error that a call which had already moved bytes has left for the next one; 0 is none.
    pub(super) pending_errno: u16,
    /// All threads have seen that the handle is being closed.
    pub(super) barrier_done: bool,
    /// The last call to leave closes.
    pub(super) handed_over: bool,
    /// The first registration with a poller; 0 is none. See `watch.rs`.
    pub watched: u32,
    /// What few handles have.
    pub(super) extra: PackedBox<Extra>,
}

/// What a handle has beside its descriptor.
pub(super) enum Extra {
    /// The object behind a handle that is more than a descriptor.
    Object(Arc<dyn Object>),
    /// Of an adopted socket: what its caller calls it, where that is not what it is.
    GivenLabel(Label),
}

impl Guarded {
    /// The object behind the handle.
    pub(super) fn object(&self) -> Option<&Arc<dyn Object>> {
        match self.extra.get() {
            Some(Extra::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// Takes the object, if there is one.
    pub(super) fn take_object(&mut self) -> Option<Arc<dyn Object>> {
        match self.extra.take() {
            Some(Extra::Object(object)) => Some(object),
            _ => None,
        }
    }

    pub(super) fn set_object(&mut self, object: Arc<dyn Object>) {
        self.extra = PackedBox::new(Extra::Object(object));
    }

    /// What the socket of the handle is called.
    pub fn label(&self, slot: &Slot) -> Label {
        match self.extra.get() {
            Some(Extra::GivenLabel(label)) => *label,
            _ => Label::of(slot),
        }
    }

    /// Calls the socket of the handle something. Only of a socket.
    pub fn set_label(&mut self, slot: &Slot, label: Label) {
        let given = (label != Label::of(slot)).then(|| PackedBox::new(Extra::GivenLabel(label)));
        self.extra = given.unwrap_or_default();
    }
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
    /// Bit 31: the token has fired; bits 30 and 29, of a socket: [`LINGERS`], [`APART`]. Below: fires that are
    /// running.
    fire_state: AtomicU32,
    /// The mode: 0, a span, or forever.
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
    /// How many of the next receives wait before they try; bit 31: SO_RCVLOWAT is above 1. Of a poller: wake-ups
    /// that no wait has taken. In a free slot, the next one in the queue.
    poll_first: AtomicU32,
    /// What is known of O_NONBLOCK, and how many calls rely on it.
    flag: AtomicU32,
    /// The number of the last fork before the slot was opened.
    fork_epoch: AtomicU32,
    /// SO_RCVTIMEO and SO_SNDTIMEO as set by the user: they end a wait of the blocking mode.
    receive_limit: AtomicI64,
    send_limit: AtomicI64,
}

const _: () = assert!(size_of::<Slot>() == 128);

/// Bit of [`Slot::fire_state`].
const FIRED: u32 = 1 << 31;
/// SO_LINGER of the socket may be on.
const LINGERS: u32 = 1 << 30;
/// The socket is being closed, and a fork may come in between.
const APART: u32 = 1 << 29;

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
            flag: AtomicU32::new(0),
            fork_epoch: AtomicU32::new(0),
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
        // A fire with a stale handle may be counted here for a moment: only the bits are reset.
        if self.fire_state.load(Ordering::Relaxed) & (FIRED | LINGERS | APART) != 0 {
            self.fire_state.fetch_and(!(FIRED | LINGERS | APART), Ordering::Relaxed);
        }
        self.timeout.store(FOREVER, Ordering::Relaxed);
        self.read_deadline.store(FOREVER, Ordering::Relaxed);
        self.write_deadline.store(FOREVER, Ordering::Relaxed);
        self.token.store(0, Ordering::Relaxed);
        self.poll_first.store(0, Ordering::Relaxed);
        self.reset_flag();
        self.receive_limit.store(FOREVER, Ordering::Relaxed);
        self.send_limit.store(FOREVER, Ordering::Relaxed);
        let owner = u64::from(Threads::current().number());
        // A thread without a record is indistinguishable from any other such thread.
        let owner = if owner == 0 { SHARED } else { owner };
        let word = Word::opened(generation, kind, self.index().into(), owner);
        self.word.store(word.0, Ordering::Release);
        generation
    }

    /// Ends the generation. Only for the thread that closed or gave back the descriptor.
    pub(super) fn free(&self) {
        let before = {
            let mut guarded = self.lock();
            let before = std::mem::take(&mut *guarded);
            self.word.store(self.word().freed().0, Ordering::Release);
            before
        };
        // Outside the lock: the object of the handle may end here, and do anything.
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
