//! ppoll(2), bare.

use super::clock::timespec;
use super::ret::of_kernel;
use super::syscall::call6;
use crate::sys::Result;
pub use crate::sys::unix::poll::PollFd;
use std::ptr;

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
