//! Edge-triggered readiness, for descriptors whose level readiness is a lie.

use super::super::{Errno, Result};
use super::thread::Uncancelable;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::os::fd::{AsRawFd, BorrowedFd};

/// An epoll(7) instance around one descriptor: readable once for each new event. Its wait and its
/// close are cancellation points of the C library, in the middle of calls that are none.
pub struct Edge(Option<Epoll>);

impl Edge {
    /// Watches `events` (POLLIN, POLLOUT, POLLRDHUP, ...; epoll's numbers are the same) of a
    /// descriptor. Its present readiness counts as the first event.
    pub fn new(fd: i32, events: i16) -> Result<Edge> {
        let wrap = |error: nix::Error| Errno(error as i32);
        let edge = Edge(Some(Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).map_err(wrap)?));
        let flags = EpollFlags::from_bits_truncate(i32::from(events)) | EpollFlags::EPOLLET;
        // SAFETY: the descriptor belongs to a pinned handle: it stays open longer than this.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        edge.epoll().add(fd, EpollEvent::new(flags, 0)).map_err(wrap)?;
        Ok(edge)
    }

    fn epoll(&self) -> &Epoll {
        self.0.as_ref().expect("there until it is dropped")
    }

    /// The descriptor to wait for with POLLIN.
    pub fn fd(&self) -> i32 {
        self.epoll().0.as_raw_fd()
    }

    /// Takes the event that made [`Edge::fd`] readable: which events there were.
    pub fn take(&self) -> i16 {
        let _uncancelable = Uncancelable::new();
        let mut events = [EpollEvent::empty()];
        match self.epoll().wait(&mut events, EpollTimeout::ZERO) {
            Ok(1) => events[0].events().bits() as i16,
            _ => 0,
        }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _uncancelable = Uncancelable::new();
        self.0.take();
    }
}
