//! WSAPoll, with nanoseconds kept by the clock.

use super::fd::socket_of;
use super::ret::last_errno;
use super::thread::pause;
use crate::sys::{Errno, Result, memory, now};
use libc::{POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI};
use windows_sys::Win32::Networking::WinSock::{WSAPOLLFD, WSAPoll};

/// The peer sends no more. Winsock has no such event: POLLHUP alone says it.
pub const POLLRDHUP: i16 = 0x2000;

const MILLISECOND: i64 = 1_000_000;
/// The longest that one call sleeps.
const LONGEST: i64 = 1 << 30;
/// So many descriptors need no memory.
const FEW: usize = 8;
const NOTHING: WSAPOLLFD = WSAPOLLFD { fd: 0, events: 0, revents: 0 };

/// One descriptor to wait for; -1 is passed over.
#[derive(Clone, Copy)]
pub struct PollFd {
    fd: i32,
    events: i16,
    found: i16,
}

impl PollFd {
    /// Waits for `events` (POLLIN, POLLOUT, ...) of a descriptor.
    pub const fn new(fd: i32, events: i16) -> PollFd {
        PollFd { fd, events, found: 0 }
    }

    /// What happened, after [`poll`].
    pub const fn found(&self) -> i16 {
        self.found
    }

    /// What Winsock found, as POSIX has it. Its POLLHUP without an error is what the peer's end of sending is
    /// elsewhere: something to read.
    fn set_found(&mut self, revents: i16) {
        self.found = revents;
        let reads = self.events & (POLLIN | POLLRDHUP);
        if revents & POLLHUP != 0 && revents & POLLERR == 0 && reads != 0 {
            self.found = revents & !POLLHUP | reads;
        }
    }
}

/// Whether a descriptor takes something at once, or fails at once.
pub fn is_writable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, POLLOUT)], Some(0)), Ok(1..))
}

/// Waits until one of the descriptors is ready or `timeout` nanoseconds have passed (`None`: for ever). Returns how
/// many are ready. Never early; late by at most a tick of the system's clock, which is 15.6 ms at most.
pub fn poll(fds: &mut [PollFd], timeout: Option<i64>) -> Result<usize> {
    let mut few = [NOTHING; FEW];
    let mut many = Vec::new();
    let entries = if fds.len() <= FEW {
        &mut few[..]
    } else {
        memory::reserve(&mut many, fds.len())?;
        many.resize(fds.len(), NOTHING);
        &mut many[..]
    };
    let mut count = 0;
    for fd in fds.iter_mut() {
        fd.found = 0;
        if fd.fd >= 0 {
            let events = fd.events & (POLLIN | POLLPRI | POLLOUT);
            entries[count] = WSAPOLLFD { fd: socket_of(fd.fd), events, revents: 0 };
            count += 1;
        }
    }
    wait(&mut entries[..count], timeout)?;
    let mut ready = 0;
    let mut entry = entries[..count].iter();
    for fd in fds.iter_mut().filter(|fd| fd.fd >= 0) {
        fd.set_found(entry.next().map_or(0, |entry| entry.revents));
        ready += usize::from(fd.found != 0);
    }
    Ok(ready)
}

fn wait(entries: &mut [WSAPOLLFD], timeout: Option<i64>) -> Result<()> {
    let end = timeout.filter(|ns| *ns > 0).map(|ns| now().saturating_add(ns));
    loop {
        let left = match (timeout, end) {
            (None, _) => LONGEST * MILLISECOND,
            (_, None) => 0,
            (_, Some(end)) => (end - now()).max(0),
        };
        let found = if entries.is_empty() {
            pause(left);
            0
        } else {
            let span = (left / MILLISECOND + i64::from(left % MILLISECOND != 0)).min(LONGEST) as i32;
            // SAFETY: an array that is borrowed mutably.
            unsafe { WSAPoll(entries.as_mut_ptr(), entries.len() as u32, span) }
        };
        if found < 0 {
            return match last_errno() {
                // Winsock answers so where all of the numbers are no sockets.
                Errno(libc::ENOTSOCK) => {
                    entries.iter_mut().for_each(|entry| entry.revents = libc::POLLNVAL);
                    Ok(())
                }
                error => Err(error),
            };
        }
        if found > 0 || timeout.is_some() && end.is_none_or(|end| now() >= end) {
            return Ok(());
        }
    }
}
