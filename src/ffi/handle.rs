//! Handles
//!
//! A handle is a number, never a pointer: copy it, compare it, keep it in any integer of 53 bits or
//! more. 0 and negative numbers are never handles. A number that is no live handle answers -EBADF
//! from every function, a live handle of another kind -ENOTSOCK; nothing done with a handle is
//! undefined behaviour, and closing one twice is harmless. A number is not used again for another
//! handle before 2^28 - 1 others have stood in its place.

use super::guard::guard;
use crate::net::handle::Id;
use crate::net::{cancel, handle};
use std::ffi::c_int;

/// A handle of any kind: greater than 0. In a result, a negative number is a code.
pub type sock_t = i64;
/// The handle of a cancel token.
pub type sock_cancel_t = i64;

/// Closes a handle of any kind.
///
/// Calls that wait on it in other threads return SOCK_ECLOSED, in every address family; the
/// function waits until they have left and then closes the descriptor itself, so that no call ever
/// meets a stranger's descriptor and an address is free when it returns. Only when a call stays (in
/// a hook of the program, say) for more than 100 ms, or when the closing thread is itself inside a
/// call on the handle, the last call closes instead and this one returns 0 at once.
/// A cancel token is fired first; a buffered stream is flushed and leaves its socket open. Never calls shutdown(2): a duplicate may live in another process.
/// The handle is gone whatever the answer.
///
/// Returns 0; -EBADF when `s` is not open; else the error of close(2), such as -EIO or -ECONNRESET.
/// Any thread; also from an interrupt hook. Not from a signal handler. Since 0.1.0. See close(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_close(s: sock_t) -> c_int {
    guard(|| {
        cancel::fire_before_close(Id(s));
        handle::close(Id(s))
    })
}
