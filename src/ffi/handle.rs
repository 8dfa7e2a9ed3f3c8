//! Handles

use super::guard::guard;
use crate::net::handle::Id;
use crate::net::{cancel, handle};
use std::ffi::c_int;

/// A handle of any kind, greater than 0; as a result, a negative number is a code.
pub type sock_t = i64;
/// The handle of a cancel token.
pub type sock_cancel_t = i64;

/// Closes a handle of any kind.
///
/// Calls that wait on the handle in other threads return SOCK_ECLOSED, in every address family.
/// sock_close waits until they have left and then closes the descriptor itself, so no call ever
/// uses a reused descriptor, and the address is free on return. If a call stays for more than 100
/// ms (in a hook of the program, say), or the closing thread is itself inside a call on the handle,
/// sock_close returns 0 and the last call to leave closes the descriptor.
/// A cancel token fires first. A buffered stream is flushed, and its socket stays open. shutdown(2)
/// is never called, because another process may hold a duplicate. Interrupt hooks may call this
/// function.
/// Returns 0, or the error of close(2), such as -EIO or -ECONNRESET. The handle is invalid
/// afterwards, whatever the result. See close(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_close(s: sock_t) -> c_int {
    guard(|| {
        cancel::fire_before_close(Id(s));
        handle::close(Id(s))
    })
}
