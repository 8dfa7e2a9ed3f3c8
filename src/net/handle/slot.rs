//! A slot: the fixed place behind a handle.
//!
//! A handle is a slot's index and a generation; the slot's word holds the generation that is alive.
//! One load and one comparison tell whether a call may go on.

use super::object::Object;
use super::registry::Watcher;
use crate::net::error::{Code, Result};
use crate::net::time::FOREVER;
use crate::sys::{Lock, Record, Registry};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicU32, AtomicU64, Ordering};

/// Bits of a handle that are the slot's index; the 28 above them are the generation.
pub const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 28;
/// A slot that has had this generation is never used again.
pub const LAST_GENERATION: u64 = (1 << GENERATION_BITS) - 1;

// The word is laid out as a handle: the generation is at the same place, and above it, where a handle
// is 0, are kind and state. Where a handle has its slot's index, the word has it too, with the number
// of the one record that has pinned the slot, or SHARED, XORed over it: a handle XORed with its slot's
// word leaves that number alone.
const OWNER_MASK: u64 = (1 << INDEX_BITS) - 1;
/// In the place of a record's number: more than one has pinned the slot.
const SHARED: u64 = OWNER_MASK;
const GENERATION_SHIFT: u32 = INDEX_BITS;
const KIND_SHIFT: u32 = 52;
const ATTENTION: u64 = 1 << 57;
const FREE: u64 = 1 << 58;
/// The sign: every call looks at it when it leaves.
const CLOSING: u64 = 1 << 63;

/// What a handle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Kind {
    /// A socket: 0, so that the hot calls need not look at the kind.
    Socket = 0,
    /// A cancel token.
    Cancel = 1,
    /// A buffered stream over a socket.
    Stream = 2,
    /// A lookup or dial under way.
    Operation = 4,
    /// What a lookup has found.
    List = 5,
    /// What only the tests of this module use.
    #[cfg(test)]
    Test = 15,
}

/// A slot's word, as read once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(u64);

impl Word {
    /// Whether the word says that a record may use this handle, a socket, without further ado: it
    /// is open, wants no attention, and either this record is the only one that has pinned it, or it
    /// is known that there are others. A number with bits that no handle has is never admitted.
    #[inline(always)]
    pub const fn admits(self, id: i64, record: u32) -> bool {
        let rest = self.0 ^ id as u64;
        // A forged number could have the very bits above the generation that the word has.
        (rest == record as u64 || rest == SHARED) && could_be_handle(id)
    }

    /// The generation that is, or was last, alive.
    pub const fn generation(self) -> u64 {
        self.0 >> GENERATION_SHIFT & LAST_GENERATION
    }

    /// Whether the generation is alive and not being closed.
    pub const fn is_open(self) -> bool {
        self.0 & (CLOSING | FREE) == 0
    }

    /// Whether a close or detach has begun and not ended.
    #[inline(always)]
    pub const fn is_closing(self) -> bool {
        self.0 & CLOSING != 0
    }

    /// Whether the handle's deadlines or token must be looked at before each call.
    pub const fn needs_attention(self) -> bool {
        self.0 & ATTENTION != 0
    }

    /// Whether it is of a kind.
    pub const fn is_kind(self, kind: Kind) -> bool {
        (self.0 >> KIND_SHIFT) & 15 == kind as u64
    }

    /// The one record that has pinned the slot of this index, or [`SHARED`].
    const fn owner(self, index: u64) -> u64 {
        self.0 & OWNER_MASK ^ index
    }

    const fn with_owner(self, index: u64, owner: u64) -> Word {
        Word(self.0 & !OWNER_MASK | index ^ owner)
    }
}

/// Whether a number has no bits that no handle has.
#[inline(always)]
pub const fn could_be_handle(id: i64) -> bool {
    id as u64 >> KIND_SHIFT == 0
}

/// What few handles have.
#[derive(Default)]
pub struct Extra {
    pub watchers: Vec<Arc<dyn Watcher>>,
    /// What a handle without a descriptor stands for.
    pub object: Option<Arc<dyn Object>>,
}

/// The part of a slot that its lock guards.
#[derive(Default)]
pub struct Guarded {
    /// First of those who wait, as [`Record::node_id`]; 0 when nobody does.
    pub waiters: u32,
    /// The error that a call which had already moved bytes has left for the next one; 0 is none.
    pub pending: i32,
    /// The descriptor's number has been given out.
    pub seen: bool,
    /// O_NONBLOCK is on, as far as libsock knows.
    pub nonblock: bool,
    /// Another handle of this process has the same open file description.
    pub duplicated: bool,
    /// All threads have been told of the close.
    pub barrier_done: bool,
    /// Whoever leaves last closes.
    pub handed_over: bool,
    pub extra: Option<Box<Extra>>,
}

/// The place behind a handle: two cache lines. The first is read by every call and written by few;
/// the second is written by those who wait, and by receivers.
#[repr(C, align(128))]
pub struct Slot {
    word: AtomicU64,
    pub fd: AtomicI32,
    /// What is added to the flags of every send.
    pub send_flags: AtomicI32,
    pub family: AtomicI32,
    pub socket_type: AtomicI32,
    pub proto: AtomicI32,
    /// Bit 31: the token has fired. Below: fires that are running.
    pub fires: AtomicU32,
    /// 0, a span in nanoseconds, or [`FOREVER`].
    pub timeout: AtomicI64,
    pub read_deadline: AtomicI64,
    pub write_deadline: AtomicI64,
    /// The handle of the cancel token; 0 is none.
    pub token: AtomicI64,

    pub guarded: Lock<Guarded>,
    /// Where the slot is in the table.
    pub index: AtomicU32,
    /// Changes when a call leaves a slot that is being closed.
    pub gate: AtomicU32,
    /// Calls that no record names.
    pub count: AtomicU32,
    /// How many of the next receives wait before they try.
    pub poll_first: AtomicU32,
    /// SO_RCVTIMEO and SO_SNDTIMEO as set by the user: they end a wait of the blocking mode.
    pub receive_limit: AtomicI64,
    pub send_limit: AtomicI64,
}

const _: () = assert!(size_of::<Slot>() == 128);

/// Bit of [`Slot::fires`].
pub const FIRED: u32 = 1 << 31;

impl Default for Slot {
    fn default() -> Slot {
        Slot {
            word: AtomicU64::new(FREE),
            fd: AtomicI32::new(-1),
            send_flags: AtomicI32::new(0),
            family: AtomicI32::new(0),
            socket_type: AtomicI32::new(0),
            proto: AtomicI32::new(0),
            fires: AtomicU32::new(0),
            timeout: AtomicI64::new(FOREVER),
            read_deadline: AtomicI64::new(FOREVER),
            write_deadline: AtomicI64::new(FOREVER),
            token: AtomicI64::new(0),
            guarded: Lock::default(),
            index: AtomicU32::new(0),
            gate: AtomicU32::new(0),
            count: AtomicU32::new(0),
            poll_first: AtomicU32::new(0),
            receive_limit: AtomicI64::new(FOREVER),
            send_limit: AtomicI64::new(FOREVER),
        }
    }
}

impl Slot {
    /// The word as it stands. Loads after it see at least what the writer of the word had written.
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
    pub fn open(&self, kind: Kind, fd: i32) -> u64 {
        let generation = self.word().generation() + 1;
        debug_assert!(!self.word().is_open() && generation <= LAST_GENERATION);
        // What the lock guards is as new: `free` has left it so.
        self.fd.store(fd, Ordering::Relaxed);
        self.send_flags.store(0, Ordering::Relaxed);
        // A fire with a stale handle may be counted here for a moment: only the bit is reset.
        if self.fires.load(Ordering::Relaxed) & FIRED != 0 {
            self.fires.fetch_and(!FIRED, Ordering::Relaxed);
        }
        self.timeout.store(FOREVER, Ordering::Relaxed);
        self.read_deadline.store(FOREVER, Ordering::Relaxed);
        self.write_deadline.store(FOREVER, Ordering::Relaxed);
        self.token.store(0, Ordering::Relaxed);
        self.poll_first.store(0, Ordering::Relaxed);
        self.receive_limit.store(FOREVER, Ordering::Relaxed);
        self.send_limit.store(FOREVER, Ordering::Relaxed);
        let owner = u64::from(Registry::current().number());
        // A thread without a record cannot be told from another one.
        let owner = if owner == 0 { SHARED } else { owner };
        let word = Word(generation << GENERATION_SHIFT | (kind as u64) << KIND_SHIFT);
        self.word.store(word.with_owner(self.index(), owner).0, Ordering::Release);
        generation
    }

    /// Ends the generation. Only by whoever closed or gave back the descriptor.
    pub fn free(&self) {
        let before = {
            let mut guarded = self.guarded.lock();
            let before = std::mem::take(&mut *guarded);
            self.word.store(self.word().generation() << GENERATION_SHIFT | FREE, Ordering::Release);
            before
        };
        // Outside the lock: what hangs on the handle may end here, and do as it likes.
        drop(before);
    }

    /// Why a handle of this id and kind cannot be used now; `None` if it can.
    pub fn refusal(word: Word, id: i64, kind: Kind) -> Option<Code> {
        let alive = word.is_open() && word.generation() == (id as u64) >> INDEX_BITS;
        if !alive {
            Some(Code::errno(libc::EBADF))
        } else if !word.is_kind(kind) {
            Some(Code::errno(libc::ENOTSOCK))
        } else {
            None
        }
    }

    /// Sees to it that the word tells whether more than one record has ever pinned the handle; the
    /// word as it is now, if it has changed meanwhile.
    pub fn mark_shared(&self, word: Word, record: &Record) -> std::result::Result<(), Word> {
        if word.owner(self.index()) == SHARED || self.is_only_of(word, record) {
            return Ok(());
        }
        let shared = word.with_owner(self.index(), SHARED);
        match self.word.compare_exchange(word.0, shared.0, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Ok(()),
            Err(now) => Err(Word(now)),
        }
    }

    /// Whether only this record had ever pinned the handle when its word was read.
    pub fn is_only_of(&self, word: Word, record: &Record) -> bool {
        record.number() != 0 && word.owner(self.index()) == u64::from(record.number())
    }

    fn index(&self) -> u64 {
        u64::from(self.index.load(Ordering::Relaxed))
    }

    /// Begins the end of a handle: the word as it was, or why it cannot be ended.
    pub fn begin_close(&self, id: i64) -> Result<Word> {
        let mut word = self.word();
        loop {
            if !word.is_open() || word.generation() != (id as u64) >> INDEX_BITS {
                return Err(Code::errno(libc::EBADF));
            }
            let closing = word.0 | CLOSING;
            match self.word.compare_exchange_weak(word.0, closing, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Ok(word),
                Err(now) => word = Word(now),
            }
        }
    }

    /// Sets or clears the mark that makes every call look at deadlines, token and pending error.
    /// Only under the slot's lock.
    pub fn update_attention(&self, guarded: &Guarded) {
        let needed = guarded.pending != 0
            || self.token.load(Ordering::Relaxed) != 0
            || self.read_deadline.load(Ordering::Relaxed) != FOREVER
            || self.write_deadline.load(Ordering::Relaxed) != FOREVER;
        if needed {
            self.word.fetch_or(ATTENTION, Ordering::SeqCst);
        } else {
            self.word.fetch_and(!ATTENTION, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_bits_that_no_handle_has_is_not_admitted() {
        let (index, record) = (7, 5u32);
        let id = 3i64 << INDEX_BITS | index as i64;
        let word = Word(3 << GENERATION_SHIFT).with_owner(index, record.into());
        assert!(word.admits(id, record) && !word.admits(id, record + 1));
        assert!(word.with_owner(index, SHARED).admits(id, record));
        for bit in KIND_SHIFT..64 {
            assert!(!word.admits(id ^ 1 << bit, record), "bit {bit} of the number");
            let other = Word(word.0 | 1 << bit);
            assert!(!other.admits(id, record), "bit {bit} of the word");
            assert!(!other.admits(id ^ 1 << bit, record), "bit {bit} of both");
        }
    }
}
