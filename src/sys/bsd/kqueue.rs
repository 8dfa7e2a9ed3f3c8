//! kqueue(2): edge-triggered readiness, and the end of the peer's data.

use crate::sys::unix::ret::{last_errno, of_libc};
use crate::sys::{Errno, KeptErrno, Result, Uncancelable};
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

/// A change, or an event of `filter`.
pub(super) fn event(fd: i32, filter: i64, flags: u64, key: usize) -> libc::kevent {
    // SAFETY: a struct of numbers and of a pointer that the kernel keeps and returns, and nobody follows.
    let mut event: libc::kevent = unsafe { std::mem::zeroed() };
    event.ident = fd as _;
    event.filter = filter as _;
    event.flags = flags as _;
    event.udata = key as _;
    event
}

/// kqueue(2), close-on-exec. A fork does not pass it on.
pub(super) fn kqueue() -> Result<OwnedFd> {
    // SAFETY: no arguments.
    let queue = of_libc(unsafe { libc::kqueue() })?;
    // SAFETY: a new descriptor that nothing else owns.
    let queue = unsafe { OwnedFd::from_raw_fd(queue) };
    crate::sys::set_inheritable(queue.as_raw_fd(), false)?;
    Ok(queue)
}

/// kevent(2): applies changes and fetches events, for at most `timeout` nanoseconds (`None`: for ever).
pub(super) fn kevent(
    queue: i32,
    changes: &[libc::kevent],
    found: &mut [libc::kevent],
    timeout: Option<i64>,
) -> Result<usize> {
    let _errno = KeptErrno::new();
    let _uncancelable = Uncancelable::new();
    let span = timeout.map(crate::sys::unix::clock::timespec);
    let span = span.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: borrowed arrays with their lengths, and a span or NULL.
    let count = unsafe {
        libc::kevent(queue, changes.as_ptr(), changes.len() as _, found.as_mut_ptr(), found.len() as _, span)
    };
    usize::try_from(count).map_err(|_| last_errno())
}

/// Has the kernel apply one change.
pub(super) fn change(queue: i32, event: libc::kevent) -> Result<()> {
    kevent(queue, &[event], &mut [], Some(0)).map(drop)
}

const NONE: libc::kevent = {
    // SAFETY: a struct of numbers and a null pointer.
    unsafe { std::mem::MaybeUninit::zeroed().assume_init() }
};

/// The poll bits of an event.
pub(super) fn found(event: &libc::kevent) -> i16 {
    let end = i64::from(event.flags) & i64::from(libc::EV_EOF) != 0;
    // The error of a socket that has ended.
    let error = if end && event.fflags != 0 { POLLERR } else { 0 };
    match i64::from(event.filter) {
        filter if filter == i64::from(libc::EVFILT_READ) => POLLIN | error,
        filter if filter == i64::from(libc::EVFILT_WRITE) && end => POLLOUT | POLLHUP | error,
        _ => POLLOUT | error,
    }
}

/// A kqueue that reports once what happens to a descriptor: EV_CLEAR.
pub struct Edge(OwnedFd);

impl Edge {
    /// Of `events` (POLLIN, POLLOUT) of a descriptor.
    pub fn new(fd: i32, events: i16) -> Result<Edge> {
        let queue = kqueue()?;
        for (bit, filter) in [(POLLIN, libc::EVFILT_READ), (POLLOUT, libc::EVFILT_WRITE)] {
            if events & bit != 0 {
                let flags = u64::from(libc::EV_ADD | libc::EV_CLEAR);
                change(queue.as_raw_fd(), event(fd, filter.into(), flags, 0))?;
            }
        }
        Ok(Edge(queue))
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> i32 {
        self.0.as_raw_fd()
    }

    /// What has happened.
    pub fn take(&self) -> i16 {
        let mut events = [NONE; 2];
        let count = kevent(self.fd(), &[], &mut events, Some(0)).unwrap_or(0);
        events[..count].iter().fold(0, |all, event| all | found(event))
    }
}

/// Whether the peer, or shutdown(2), has ended what a socket receives, whatever there is to read still.
pub fn is_at_end(fd: i32) -> bool {
    let look = || -> Result<bool> {
        let queue = kqueue()?;
        let flags = u64::from(libc::EV_ADD | libc::EV_CLEAR);
        let add = event(fd, libc::EVFILT_READ.into(), flags, 0);
        let mut events = [NONE];
        let count = kevent(queue.as_raw_fd(), &[add], &mut events, Some(0))?;
        if count == 0 {
            return Ok(false);
        }
        if events[0].flags & libc::EV_ERROR != 0 {
            return Err(Errno(events[0].data as i32));
        }
        Ok(events[0].flags & libc::EV_EOF != 0)
    };
    look().unwrap_or(false)
}
