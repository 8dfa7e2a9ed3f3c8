//! The number behind every `sock_t`, and the two codes for a number that a call cannot use.

use super::word::{INDEX_BITS, Kind, Word};
use crate::net::error::{Code, Result};
use std::fmt;

/// A handle as the caller passes it: any number. [`Id::check`] decides what it refers to.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Id(pub i64);

impl Id {
    /// The number of no handle.
    pub const NONE: Id = Id(0);

    pub(super) const fn new(generation: u64, index: usize) -> Id {
        Id((generation << INDEX_BITS) as i64 | index as i64)
    }

    /// Whether the number has no bits that no handle has.
    #[inline(always)]
    pub const fn could_be_handle(self) -> bool {
        self.0 as u64 >> Word::KIND_SHIFT == 0
    }

    /// The index of the slot, if the number is that of a handle.
    #[inline(always)]
    pub const fn index(self) -> usize {
        self.0 as usize & ((1 << INDEX_BITS) - 1)
    }

    /// The generation, if the number is that of a handle.
    pub const fn generation(self) -> u64 {
        self.0 as u64 >> INDEX_BITS
    }

    /// The one place that decides between -EBADF and -ENOTSOCK, by the word of the number's slot.
    pub fn check(self, word: Word, kind: Kind) -> Result<()> {
        if !word.is_open() || word.generation() != self.generation() {
            Err(Id::stale())
        } else if !word.is_kind(kind) {
            Err(Id::wrong_kind())
        } else {
            Ok(())
        }
    }

    /// The code for a number that is no live handle.
    pub const fn stale() -> Code {
        Code::errno(libc::EBADF)
    }

    /// The code for a live handle of another kind.
    pub const fn wrong_kind() -> Code {
        Code::errno(libc::ENOTSOCK)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
