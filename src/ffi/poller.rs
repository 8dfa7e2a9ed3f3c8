//! Pollers
//!
//! One wait for many handles. A poller holds sockets, listeners, operations, buffered streams,
//! cancel tokens and descriptors of the program, and has timers of its own. `p` is a poller.
//!
//! Unlike epoll(7), a poller reports the end of a handle, and never anything after it: when a handle
//! is closed or detached, each poller that holds it returns one last event, whose `code` is
//! SOCK_ECLOSED, also if a duplicate of the descriptor lives on here or in another process. Nothing
//! of a registration is written to any caller's array after sock_poller_remove has returned, or
//! after its last event has been delivered.
//!
//! An event says that something holds, not that a call will succeed: use non-blocking mode. Handles
//! that share a description (sock_dup) are each reported by their own registration. Several threads
//! may wait on one poller. A forked child has the registrations too; what it does with them does not
//! affect the parent.

#[allow(unused_imports)] // the name in C
pub use crate::net::poller::Event as sock_event;

use super::arg;
use super::guard::{guard, guard_bare};
use super::handle::sock_t;
use crate::net::error::Code;
use crate::net::handle::Id;
use crate::net::poller::{self, Event};
use crate::net::time::Nanos;
use std::ffi::c_int;

/// The handle of a poller.
pub type sock_poller_t = i64;

/// Data to receive, a connection to accept, a step that is due, a token that has fired.
pub const SOCK_POLL_IN: c_int = 1;
/// Room to send; a connection attempt that has ended.
pub const SOCK_POLL_OUT: c_int = 2;
/// Urgent data.
pub const SOCK_POLL_PRI: c_int = 4;
/// An error; reported unasked.
pub const SOCK_POLL_ERR: c_int = 8;
/// Both directions have ended; reported unasked.
pub const SOCK_POLL_HUP: c_int = 16;
/// The other end sends no more.
pub const SOCK_POLL_RDHUP: c_int = 32;
/// In events only: `sock_poller_wake`.
pub const SOCK_POLL_WAKE: c_int = 64;
/// In events only: a timer.
pub const SOCK_POLL_TIMER: c_int = 128;
/// To ask: only when something new happens.
pub const SOCK_POLL_EDGE: c_int = 256;
/// To ask: once; `sock_poller_modify` arms it again.
pub const SOCK_POLL_ONESHOT: c_int = 512;
/// To ask: wake few of several pollers.
pub const SOCK_POLL_EXCLUSIVE: c_int = 1024;

/// Creates a poller.
///
/// Returns a handle; `sock_close` ends the poller: threads that wait on it return SOCK_ECLOSED, its
/// timers are closed, and the handles that it holds stay open. It needs two descriptors, three once
/// it has a timer.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_poller_new() -> sock_poller_t {
    guard(poller::create)
}

/// Adds a handle to a poller.
///
/// `s`: a socket, listener, operation, buffered stream or cancel token.
/// `events`: the SOCK_POLL_* to wait for; 0 waits for ERR, HUP and the end. SOCK_POLL_EXCLUSIVE goes
/// with IN, OUT and EDGE only. For an operation or token, ask for IN. For a stream, bytes in its
/// buffer count as IN.
/// `data`: returned with each event.
/// Returns 0; -EEXIST if the poller holds the handle; -EINVAL for other bits; -ENOTSOCK for a handle
/// of another kind; SOCK_ECLOSED for a stream whose socket is closed. See epoll_ctl(2).
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_add(p: sock_poller_t, s: sock_t, events: c_int, data: u64) -> c_int {
    guard_bare(|| poller::add(Id(p), Id(s), events, data))
}

/// Changes what a poller waits for, and the data.
///
/// `events`, `data`: as for `sock_poller_add`. Waits that begin later have the new data. A one-shot
/// is armed again.
/// Returns 0; -ENOENT if the poller does not hold the handle; -EINVAL also for SOCK_POLL_EXCLUSIVE,
/// old or new.
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_modify(p: sock_poller_t, s: sock_t, events: c_int, data: u64) -> c_int {
    guard(|| poller::modify(Id(p), Id(s), events, data))
}

/// Removes a handle from a poller; no event of it is written afterwards.
///
/// Returns 0; -ENOENT if the poller does not hold the handle; -EBADF if it is closed, which has
/// removed it: its last event has been or will be delivered.
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_remove(p: sock_poller_t, s: sock_t) -> c_int {
    guard_bare(|| poller::remove(Id(p), Id(s)))
}

/// Adds a descriptor of the program, such as a pipe.
///
/// `fd`: stays the program's, which removes it here before closing it. Its events have the handle 0.
/// `events`, `data`: as for `sock_poller_add`.
/// Returns 0; -EEXIST if it is there already; -EPERM for a file, which is always ready.
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_add_fd(p: sock_poller_t, fd: c_int, events: c_int, data: u64) -> c_int {
    guard(|| poller::add_number(Id(p), fd, events, data))
}

/// Removes a descriptor of the program.
///
/// `fd`: as for `sock_poller_add_fd`.
/// Returns 0; -ENOENT if the poller does not hold it.
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_remove_fd(p: sock_poller_t, fd: c_int) -> c_int {
    guard(|| poller::remove_number(Id(p), fd))
}

/// Starts a timer of a poller.
///
/// `first_ns`: the time until its first event; 0: at once.
/// `every_ns`: the period after that; 0: once.
/// `data`: returned with each event. `count` is then the number of periods that have passed since
/// the last one.
/// Returns a handle; `sock_close` ends the timer, without an event, also one that has run out.
#[unsafe(no_mangle)]
#[must_use]
pub extern "C" fn sock_poller_timer(p: sock_poller_t, first_ns: i64, every_ns: i64, data: u64) -> sock_t {
    guard(|| poller::start_timer(Id(p), Nanos(first_ns), Nanos(every_ns), data))
}

/// Waits for events.
///
/// `out`, `cap`: receive all events that hold, up to `cap`.
/// `timeout_ns`: 0 looks once.
/// Returns how many; 0 when the timeout has passed; SOCK_ECLOSED when the poller is closed
/// meanwhile; -EINVAL if `cap` is 0; the code of the thread's interrupt hook.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_poller_wait(
    p: sock_poller_t,
    out: *mut Event,
    cap: usize,
    timeout_ns: i64,
) -> i64 {
    guard(|| {
        if cap == 0 {
            return Err(Code::errno(libc::EINVAL).because(format_args!("cap: no room for an event")));
        }
        // SAFETY: `out` is NULL or valid for `cap` events, as the header demands.
        let out = unsafe { arg::places(out, cap, "out") }?;
        poller::wait(Id(p), out, Nanos(timeout_ns))
    })
}

/// Wakes one wait on a poller, running or yet to begin, by an event SOCK_POLL_WAKE without handle
/// and data.
///
/// Each call wakes one: none is lost. Async-signal-safe: neither `errno` nor the text of
/// `sock_last_error` changes.
#[unsafe(no_mangle)]
pub extern "C" fn sock_poller_wake(p: sock_poller_t) -> c_int {
    // No guard: remembering a failure takes memory, which a signal handler must not.
    match poller::wake(Id(p)) {
        Ok(()) => 0,
        Err(code) => code.raw(),
    }
}
