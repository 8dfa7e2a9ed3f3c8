//! epoll(7): many descriptors behind one, and edge-triggered readiness.
//!
//! Not through nix, whose `Epoll` owns its descriptor: the instance of an operation is the descriptor
//! of a handle, which the handle's slot owns.

use super::super::Result;
use super::super::StackFd;
use super::identity::mark;
use super::ret::{of_kernel, of_libc};
use super::syscall::call6;
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;

/// A new instance, close-on-exec, marked as libsock's.
pub fn epoll() -> Result<OwnedFd> {
    // SAFETY: numbers only.
    let fd = of_libc(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: a new descriptor that nothing else owns.
    let epoll = unsafe { OwnedFd::from_raw_fd(fd) };
    mark(&epoll);
    Ok(epoll)
}

fn add(epoll: i32, fd: i32, events: u32) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: 0 };
    // SAFETY: one event of ours is read.
    of_libc(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) }).map(drop)
}

/// Makes an instance readable while `fd` is ready for `events` (POLLIN, POLLOUT: the numbers are
/// the same).
pub fn epoll_add(epoll: i32, fd: i32, events: i16) -> Result<()> {
    add(epoll, fd, u32::from(events as u16))
}

/// Ends [`epoll_add`]; a descriptor that was not added is ignored.
pub fn epoll_remove(epoll: i32, fd: i32) {
    // SAFETY: no event is read.
    unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, ptr::null_mut()) };
}

/// An instance around one descriptor whose level readiness is spurious: readable once for each new
/// event. Its wait and its close are no cancellation points, because calls that are none make them.
pub struct Edge(StackFd);

impl Edge {
    /// Watches `events` (POLLIN, POLLOUT, POLLRDHUP, ...) of a descriptor, which stays open longer than
    /// this. Its present readiness counts as the first event.
    pub fn new(fd: i32, events: i16) -> Result<Edge> {
        let edge = Edge(StackFd::new(epoll()?));
        add(edge.fd(), fd, u32::from(events as u16) | libc::EPOLLET as u32)?;
        Ok(edge)
    }

    /// The descriptor to wait for with POLLIN.
    pub fn fd(&self) -> i32 {
        self.0.fd()
    }

    /// Takes the event that made [`Edge::fd`] readable: which events there were.
    pub fn take(&self) -> i16 {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        let place = ptr::from_mut(&mut event) as usize;
        // SAFETY: at most one event is written, to ours; no signal mask is given.
        let count = of_kernel(unsafe { call6(libc::SYS_epoll_pwait, self.fd() as usize, place, 1, 0, 0, 8) });
        if count == Ok(1) { event.events as i16 } else { 0 }
    }
}
