//! The only raw system calls, platform differences and shared-memory primitives of libsock.
//!
//! Everything here offers a safe interface; each `unsafe` block says why it is sound.

pub mod address;
pub mod batch;
mod fd_owner;
mod grow_only_table;
#[cfg(unix)]
pub mod host;
#[cfg(unix)]
pub mod interface;
mod lock;
pub mod memory;
pub mod message;
mod packed_box;
pub mod readiness;
mod record;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
// The pollers of the kqueue systems, for their tests.
#[cfg(all(sock_kqueue, target_os = "linux"))]
#[path = "bsd/kqueue/mod.rs"]
mod kqueue;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use address::Address;
pub use batch::{Batch, Datagram, Inbox, Outbox, Piece};
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd::*;
pub use fd_owner::{LooseSocket, STACK, StackFd, close_stack_fds, set_fd_owner, take_fd_owner};
pub use grow_only_table::GrowOnlyTable;
#[cfg(all(sock_kqueue, target_os = "linux"))]
pub use kqueue::*;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::*;
pub use lock::{Lock, LockGuard, no_lock_held};
pub use message::{ControlBuffer, Gather, IoVec, Pieces, Scatter};
pub use packed_box::PackedBox;
use record::NO_RECORD_YET;
pub use record::{NO_ENTRY, ThreadRecord, Threads};
#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
pub use windows::*;

/// A system error number, positive, as the kernel gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// What the kernel answered to a hot call, as it came: it fits a register, and passes through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawResult(isize);

impl RawResult {
    /// Of a call that was not made.
    pub const NONE: RawResult = RawResult(isize::MIN);

    /// Of a call that was not made for want of memory.
    pub const NO_MEMORY: RawResult = RawResult(-(libc::ENOMEM as isize));

    /// Of a call that failed.
    #[allow(dead_code)] // the backend of Linux has such answers from the kernel only
    pub(crate) const fn of_errno(errno: i32) -> RawResult {
        RawResult(-(errno as isize))
    }

    /// Of a receive that finds nothing more to come.
    pub const END: RawResult = RawResult(0);

    /// The answer as a result; `None` of a call that was not made.
    #[inline(always)]
    pub fn outcome(self) -> Option<Result<usize>> {
        match self {
            RawResult::NONE => None,
            RawResult(count @ 0..) => Some(Ok(count as usize)),
            RawResult(negative) => Some(Err(Errno(-negative as i32))),
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
    let outcomes = [RawResult::NONE, RawResult(0), RawResult(7), RawResult(-11)].map(RawResult::outcome);
    assert_eq!(outcomes, [None, Some(Ok(0)), Some(Ok(7)), Some(Err(Errno(11)))]);
}

/// What every other call of this layer returns.
pub type Result<T, E = Errno> = std::result::Result<T, E>;
