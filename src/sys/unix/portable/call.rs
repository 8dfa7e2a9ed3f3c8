//! Functions of the C library as if they were bare: no cancellation point, `errno` untouched.

use crate::sys::unix::ret::last_errno;
use crate::sys::{KeptErrno, RawResult, Uncancelable};

/// What a function returned that sets `errno` when it fails: the negative number then.
#[inline]
pub fn bare(call: impl FnOnce() -> isize) -> isize {
    let _errno = KeptErrno::new();
    let _uncancelable = Uncancelable::new();
    let result = call();
    if result < 0 { -(last_errno().0 as isize) } else { result }
}

/// The same, as the answer to a hot call.
#[inline]
pub fn raw(call: impl FnOnce() -> isize) -> RawResult {
    RawResult(bare(call))
}
