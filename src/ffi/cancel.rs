//! Cancel tokens
//!
//! A token is a one-way switch. Firing it ends every call, waiting or yet to come, on every socket
//! that it is attached to, with SOCK_ECANCELED. One token can serve many sockets and threads.

use super::guard::guard;
use super::handle::{sock_cancel_t, sock_t};
use crate::net::cancel;
use crate::net::handle::Id;
use std::ffi::c_int;

/// Creates a token.
///
/// Returns a handle; `sock_close` fires the token before closing it.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_cancel_new() -> sock_cancel_t {
    guard(cancel::create)
}

/// Fires a token, permanently.
///
/// `c`: the token; firing it again is harmless. In a forked child, it fires only there.
/// Async-signal-safe: neither `errno` nor the text of `sock_last_error` changes.
#[unsafe(no_mangle)]
pub extern "C" fn sock_cancel_fire(c: sock_cancel_t) -> c_int {
    // No guard: remembering a failure takes memory, which a signal handler must not.
    match cancel::fire(Id(c)) {
        Ok(()) => 0,
        Err(code) => code.raw(),
    }
}

/// Attaches a token to a socket, replacing the previous one; waiting calls obey it at once.
///
/// `c`: a token, or 0 to detach. The socket does not own it: once the token is closed, the socket
/// behaves as if none were attached.
#[unsafe(no_mangle)]
pub extern "C" fn sock_setcancel(s: sock_t, c: sock_cancel_t) -> c_int {
    guard(|| cancel::attach(Id(s), Id(c)))
}
