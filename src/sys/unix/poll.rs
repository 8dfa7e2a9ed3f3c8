//! What to wait for. The wait itself is the platform's.

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

/// Whether a descriptor takes something at once, or fails at once.
pub fn is_writable(fd: i32) -> bool {
    matches!(crate::sys::poll(&mut [PollFd::new(fd, libc::POLLOUT)], Some(0)), Ok(1..))
}
