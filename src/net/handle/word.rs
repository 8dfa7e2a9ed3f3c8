//! The word of a slot: which handle is alive there, of which kind, in which state, and who has pinned it.

use super::id::Id;

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
pub const SHARED: u64 = OWNER_MASK;
const GENERATION_SHIFT: u32 = INDEX_BITS;
pub const ATTENTION: u64 = 1 << 57;
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
    /// A poller.
    Poller = 3,
    /// A lookup or dial under way.
    Operation = 4,
    /// What a lookup has found.
    List = 5,
    /// A timer of a poller.
    Timer = 6,
    /// What only the tests of this module use.
    #[cfg(test)]
    Test = 15,
}

/// A slot's word, as read once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(pub(super) u64);

impl Word {
    pub(super) const KIND_SHIFT: u32 = 52;

    /// The word of a slot that no handle has yet.
    pub(super) const UNUSED: Word = Word(FREE);

    /// The word of a new handle that one record, or [`SHARED`], has pinned.
    pub(super) fn opened(generation: u64, kind: Kind, index: u64, owner: u64) -> Word {
        Word(generation << GENERATION_SHIFT | (kind as u64) << Word::KIND_SHIFT).with_owner(index, owner)
    }

    /// The word of the slot once this handle has ended.
    pub(super) const fn freed(self) -> Word {
        Word(self.generation() << GENERATION_SHIFT | FREE)
    }

    /// The word once a close has begun.
    pub(super) const fn closing(self) -> Word {
        Word(self.0 | CLOSING)
    }

    /// Whether the word says that a record may use this handle, a socket, without further ado: it
    /// is open, wants no attention, and either this record is the only one that has pinned it, or it
    /// is known that there are others. A number with bits that no handle has is never admitted.
    #[inline(always)]
    pub const fn admits(self, id: Id, record: u32) -> bool {
        let rest = self.0 ^ id.0 as u64;
        // A forged number could have the very bits above the generation that the word has.
        (rest == record as u64 || rest == SHARED) && id.could_be_handle()
    }

    /// As [`Word::admits`], for a handle of any kind.
    #[inline(always)]
    pub const fn admits_kind(self, id: Id, kind: Kind, record: u32) -> bool {
        Word(self.0 ^ (kind as u64) << Word::KIND_SHIFT).admits(id, record)
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
        (self.0 >> Word::KIND_SHIFT) & 15 == kind as u64
    }

    /// The one record that has pinned the slot of this index, or [`SHARED`].
    pub(super) const fn owner(self, index: u64) -> u64 {
        self.0 & OWNER_MASK ^ index
    }

    pub(super) const fn with_owner(self, index: u64, owner: u64) -> Word {
        Word(self.0 & !OWNER_MASK | index ^ owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_bits_that_no_handle_has_is_not_admitted() {
        let (index, record) = (7, 5u32);
        let id = Id::new(3, index as usize);
        let word = Word(3 << GENERATION_SHIFT).with_owner(index, record.into());
        assert!(word.admits(id, record) && !word.admits(id, record + 1));
        assert!(word.with_owner(index, SHARED).admits(id, record));
        for bit in Word::KIND_SHIFT..64 {
            let forged = Id(id.0 ^ 1 << bit);
            assert!(!word.admits(forged, record), "bit {bit} of the number");
            let other = Word(word.0 | 1 << bit);
            assert!(!other.admits(id, record), "bit {bit} of the word");
            assert!(!other.admits(forged, record), "bit {bit} of both");
        }
    }
}
