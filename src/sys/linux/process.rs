//! Processes by descriptor: SO_PEERPIDFD and pidfd.

use crate::sys::{PollFd, Result, getsockopt_int, poll};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// getsockopt(2), SO_PEERPIDFD: a new descriptor of the peer's process; the kernel makes it close-on-exec.
pub fn peer_process(fd: i32) -> Result<OwnedFd> {
    let process = getsockopt_int(fd, libc::SOL_SOCKET, super::number::SO_PEERPIDFD)?;
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(process) })
}

/// Whether the process of a pidfd is gone and reaped: a zombie is readable, one that is gone hung up.
pub fn is_gone(process: &OwnedFd) -> Result<bool> {
    let mut polled = [PollFd::new(process.as_raw_fd(), libc::POLLIN)];
    poll(&mut polled, Some(0))?;
    Ok(polled[0].found() & libc::POLLHUP != 0)
}
