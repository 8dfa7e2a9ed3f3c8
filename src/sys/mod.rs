//! The only raw system calls, platform differences and shared-memory primitives of libsock.
//!
//! Everything here offers a safe interface; each `unsafe` block says why it is sound.

pub mod address;
mod claim;
mod grow;
pub mod host;
pub mod interface;
mod lock;
pub mod message;
mod record;

#[cfg(target_os = "linux")]
mod linux;

pub use address::Address;
pub use claim::{claim, claimed};
pub use grow::Grow;
#[cfg(target_os = "linux")]
pub use linux::*;
pub use lock::{Lock, LockGuard};
pub use message::{Gather, IoVec, Pieces, Room, Scatter};
pub use record::{NO_ENTRY, Record, Registry};

/// A system error number, positive, as the kernel gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// What the kernel answered to a hot call, as it came: it fits a register, and passes through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Answer(isize);

impl Answer {
    /// Of a call that was not made.
    pub const NONE: Answer = Answer(isize::MIN);

    /// Of a receive that finds nothing more to come.
    pub const END: Answer = Answer(0);

    /// The answer as a result; `None` of a call that was not made.
    #[inline(always)]
    pub fn outcome(self) -> Option<Outcome<usize>> {
        match self {
            Answer::NONE => None,
            Answer(count @ 0..) => Some(Ok(count as usize)),
            Answer(negative) => Some(Err(Errno(-negative as i32))),
        }
    }

    /// The count of a call that succeeded; negative of any other.
    #[inline(always)]
    pub fn count(self) -> i64 {
        self.0 as i64
    }
}

#[cfg(test)]
#[test]
fn an_answer_that_was_not_given_is_none() {
    let outcomes = [Answer::NONE, Answer(0), Answer(7), Answer(-11)].map(Answer::outcome);
    assert_eq!(outcomes, [None, Some(Ok(0)), Some(Ok(7)), Some(Err(Errno(11)))]);
}

/// What every other call of this layer returns.
pub type Outcome<T> = std::result::Result<T, Errno>;
