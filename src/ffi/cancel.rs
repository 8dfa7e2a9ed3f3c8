//! Cancel tokens
//!
//! A token is a switch that is thrown once and ends every call of every socket that it is attached
//! to, those that wait and those to come, with SOCK_ECANCELED. One token may serve many sockets and
//! threads.

use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use crate::net::cancel;
use std::ffi::c_int;

/// Makes a token. Returns a handle that the caller closes with `sock_close` (which fires it first),
/// or -EMFILE, -ENFILE, -ENOMEM. Not from a signal handler. Since 0.1.0.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_cancel_new() -> sock_cancel_t {
    guard(cancel::create)
}

/// Fires a token, now and for ever; again is harmless. In the child of a fork it fires there alone.
///
/// Returns 0, -EBADF, or -ENOTSOCK for a handle of another kind. Any thread; async-signal-safe:
/// changes neither `errno` nor the text of `sock_last_error`. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_cancel_fire(c: sock_cancel_t) -> c_int {
    // No guard: remembering a failure takes memory, which a signal handler must not.
    match cancel::fire(c) {
        Ok(()) => 0,
        Err(code) => code.raw(),
    }
}

/// Attaches a token to a socket, in place of the one that was; calls that wait obey it at once.
///
/// `c`: a token, or 0 to detach. The socket does not own it: one whose token is closed goes on as
/// if none were attached. Returns 0; -EBADF or -ENOTSOCK for either handle. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setcancel(s: sock_t, c: sock_cancel_t) -> c_int {
    guard(|| cancel::attach(s, c))
}
