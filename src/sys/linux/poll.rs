//! ppoll(2), bare.

use super::super::Result;
use super::clock::timespec;
use super::ret::of_kernel;
use super::syscall::call6;
use std::ptr;

/// One descriptor to wait for; -1 is passed over.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct PollFd(libc::pollfd);

impl PollFd {
    /// Waits for `events` (POLLIN, POLLOUT, ...) of a descriptor.
    pub const fn new(fd: i32, events: i16) -> PollFd {
        PollFd(libc::pollfd { fd, events, revents: 0 })
    }

    /// What happened, after [`poll`].
    pub const fn found(&self) -> i16 {
        self.0.revents
    }
}

/// Waits until one of the descriptors is ready or `timeout` nanoseconds have passed (`None`: for
/// ever). Returns how many are ready. The kernel rounds up, never down.
pub fn poll(fds: &mut [PollFd], timeout: Option<i64>) -> Result<usize> {
    let mut span;
    let span = match timeout {
        None => ptr::null_mut(),
        Some(ns) => {
            span = timespec(ns);
            ptr::from_mut(&mut span)
        }
    };
    // SAFETY: PollFd has the layout of pollfd; the kernel writes the array and the time left, both
    // borrowed mutably; no signal mask is given.
    of_kernel(unsafe { call6(libc::SYS_ppoll, fds.as_mut_ptr() as usize, fds.len(), span as usize, 0, 8, 0) })
}

/// Whether a descriptor takes something at once, or fails at once.
pub fn is_writable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, libc::POLLOUT)], Some(0)), Ok(1..))
}
