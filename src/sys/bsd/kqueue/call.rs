//! kevent(2), in the numbers of each system.
#![cfg_attr(not(sock_kqueue), allow(dead_code))] // where pollers use poll(2)

use crate::sys::unix::ret::{last_errno, of_libc};
use crate::sys::{KeptErrno, Result, Uncancelable};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

#[cfg(target_os = "linux")]
use super::stand_in as native;
#[cfg(not(target_os = "linux"))]
use libc as native;

pub use native::kevent as Event;

// The types of `filter` and `flags` differ; these hold every number of every system.
macro_rules! numbers {
    ($($name:ident: $type:ty),*) => { $(pub const $name: $type = native::$name as $type;)* };
}
#[allow(clippy::unnecessary_cast)]
mod number {
    use super::native;
    numbers!(EVFILT_READ: i64, EVFILT_WRITE: i64, EVFILT_TIMER: i64, EVFILT_USER: i64);
    numbers!(EV_ADD: u64, EV_DELETE: u64, EV_ENABLE: u64, EV_ONESHOT: u64, EV_CLEAR: u64, EV_DISPATCH: u64);
    numbers!(EV_EOF: u64, NOTE_LOWAT: u32, NOTE_TRIGGER: u32);
}
pub use number::*;

/// The filter of urgent data, and its note.
#[cfg(any(target_vendor = "apple", target_os = "openbsd", target_os = "linux"))]
pub const EXCEPT: Option<(i64, u32)> = Some((native::EVFILT_EXCEPT as i64, native::NOTE_OOB));
/// FreeBSD and NetBSD have none.
#[cfg(not(any(target_vendor = "apple", target_os = "openbsd", target_os = "linux")))]
pub const EXCEPT: Option<(i64, u32)> = None;

/// The unit of timers, as a note, and its nanoseconds. NetBSD before 10 and OpenBSD know milliseconds alone.
#[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "linux"))]
pub const TIMER_UNIT: (u32, i64) = (native::NOTE_NSECONDS, 1);
/// As above.
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "linux")))]
pub const TIMER_UNIT: (u32, i64) = (0, 1_000_000);

/// No event.
pub const NONE: Event = {
    // SAFETY: a struct of numbers and a null pointer.
    unsafe { std::mem::MaybeUninit::zeroed().assume_init() }
};

/// A change, or an event, of `filter`.
pub fn event(ident: usize, filter: i64, flags: u64, key: u64) -> Event {
    let mut event = NONE;
    event.ident = ident as _;
    event.filter = filter as _;
    event.flags = flags as _;
    event.udata = key as usize as _;
    event
}

/// The key of an event.
#[inline]
pub fn key(event: &Event) -> u64 {
    event.udata as usize as u64
}

/// The filter of an event.
#[inline]
pub fn filter(event: &Event) -> i64 {
    #[allow(clippy::useless_conversion)] // the types differ
    i64::from(event.filter)
}

/// Whether the direction of an event has ended.
#[inline]
pub fn is_end(event: &Event) -> bool {
    u64::from(event.flags) & EV_EOF != 0
}

/// kqueue(2), close-on-exec. A fork does not pass it on.
pub fn kqueue() -> Result<OwnedFd> {
    // SAFETY: no arguments.
    let queue = of_libc(unsafe { native::kqueue() })?;
    // SAFETY: a new descriptor that nothing else owns.
    let queue = unsafe { OwnedFd::from_raw_fd(queue) };
    crate::sys::set_inheritable(queue.as_raw_fd(), false)?;
    Ok(queue)
}

/// kevent(2): applies changes and fetches events, for at most `timeout` nanoseconds (`None`: for ever).
pub fn kevent(queue: i32, changes: &[Event], found: &mut [Event], timeout: Option<i64>) -> Result<usize> {
    let _errno = KeptErrno::new();
    let _uncancelable = Uncancelable::new();
    let span = timeout.map(crate::sys::unix::clock::timespec);
    let span = span.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: borrowed arrays with their lengths, and a span or NULL.
    let count = unsafe {
        native::kevent(
            queue,
            changes.as_ptr(),
            changes.len() as _,
            found.as_mut_ptr(),
            found.len() as _,
            span,
        )
    };
    usize::try_from(count).map_err(|_| last_errno())
}

/// Has the kernel apply changes, in their order, up to the first that it refuses: without room for events, that is what
/// the call fails with. Async-signal-safe; `errno` untouched.
pub fn apply(queue: i32, changes: &[Event]) -> Result<()> {
    kevent(queue, changes, &mut [], Some(0)).map(drop)
}
