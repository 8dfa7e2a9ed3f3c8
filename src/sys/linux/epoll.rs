//! epoll(7): many descriptors behind one, and edge-triggered readiness.
//!
//! Not through nix, whose `Epoll` owns its descriptor: the instance of an operation is the descriptor
//! of a handle, which the handle's slot owns.

use super::super::{Errno, Result};
use super::clock::timespec;
use super::poll::{PollFd, poll};
use super::readiness::{from_kernel, to_kernel};
use super::ret::{of_kernel, of_libc};
use super::syscall::{call4, call6};
use super::{close, into_number};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

/// A new instance, close-on-exec.
pub fn epoll() -> Result<OwnedFd> {
    // SAFETY: numbers only.
    let fd = of_libc(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn add(epoll: i32, fd: i32, events: u32) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: 0 };
    // SAFETY: one event of ours is read.
    of_libc(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd, &mut event) }).map(drop)
}

/// Makes an instance readable while `fd` is ready for `events` (POLLIN, POLLOUT: the numbers are
/// the same).
pub fn epoll_add(epoll: i32, fd: impl AsFd, events: i16) -> Result<()> {
    add(epoll, fd.as_fd().as_raw_fd(), u32::from(events as u16))
}

/// Ends [`epoll_add`]; a descriptor that was not added is ignored.
pub fn epoll_remove(epoll: i32, fd: &OwnedFd) {
    // SAFETY: no event is read.
    unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd.as_raw_fd(), ptr::null_mut()) };
}

/// An instance around one descriptor whose level readiness is spurious: readable once for each new
/// event. Its wait and its close are no cancellation points, because calls that are none make them.
pub struct Edge(i32);

impl Edge {
    /// Watches `events` (POLLIN, POLLOUT, POLLRDHUP, ...) of a descriptor, which stays open longer than
    /// this. Its present readiness counts as the first event.
    pub fn new(fd: i32, events: i16) -> Result<Edge> {
        let edge = Edge(into_number(epoll()?));
        add(edge.0, fd, u32::from(events as u16) | libc::EPOLLET as u32)?;
        Ok(edge)
    }

    /// The descriptor to wait for with POLLIN.
    pub fn fd(&self) -> i32 {
        self.0
    }

    /// Takes the event that made [`Edge::fd`] readable: which events there were.
    pub fn take(&self) -> i16 {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        let place = ptr::from_mut(&mut event) as usize;
        // SAFETY: at most one event is written, to ours; no signal mask is given.
        let count = of_kernel(unsafe { call6(libc::SYS_epoll_pwait, self.0 as usize, place, 1, 0, 0, 8) });
        if count == Ok(1) { event.events as i16 } else { 0 }
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ = close(self.0);
    }
}

fn change(epoll: i32, operation: i32, fd: i32, events: u32, data: u64) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: data };
    let place = ptr::from_mut(&mut event) as usize;
    // SAFETY: one event of ours is read.
    of_kernel(unsafe {
        call4(libc::SYS_epoll_ctl, epoll as u32 as usize, operation as usize, fd as u32 as usize, place)
    })
    .map(drop)
}

/// Registers a descriptor by number: `events` as in `readiness`; `data` comes back with each event.
pub fn epoll_register(epoll: i32, fd: i32, events: i32, data: u64) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_ADD, fd, to_kernel(events), data)
}

/// Changes a registration. The kernel looks at the descriptor anew.
pub fn epoll_change(epoll: i32, fd: i32, events: i32, data: u64) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_MOD, fd, to_kernel(events), data)
}

/// Ends a registration.
pub fn epoll_unregister(epoll: i32, fd: i32) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_DEL, fd, 0, 0)
}

/// How many events [`Ready`] keeps without memory of its own.
const FEW: usize = 64;

/// What one wait on an epoll instance has found.
pub struct Ready {
    few: [MaybeUninit<libc::epoll_event>; FEW],
    many: Vec<libc::epoll_event>,
    count: usize,
}

/// The memory of a [`Ready`], between two uses.
#[derive(Default)]
pub struct ReadyMemory(Vec<libc::epoll_event>);

impl Ready {
    /// Whether so many need memory of their own.
    pub fn is_many(room: usize) -> bool {
        room > FEW
    }

    /// Room for this many events; for many, in this memory, which may have been used before.
    pub fn new(room: usize, memory: ReadyMemory) -> Ready {
        let mut many = memory.0;
        if Ready::is_many(room) {
            many.reserve(room.saturating_sub(many.len()));
        }
        Ready { few: [const { MaybeUninit::uninit() }; FEW], many, count: 0 }
    }

    /// Waits until a registered descriptor is ready, at most `timeout` nanoseconds (`None`: forever), for up to
    /// `room` events. The kernel rounds up, never down.
    pub fn wait(&mut self, epoll: i32, room: usize, timeout: Option<i64>) -> Result<usize> {
        self.count = 0;
        let (place, room) = if Ready::is_many(room) && self.many.capacity() > FEW {
            (self.many.as_mut_ptr(), room.min(self.many.capacity()))
        } else {
            (self.few.as_mut_ptr().cast(), room.min(FEW))
        };
        // SAFETY: the kernel writes at most `room` events to memory that has room for them.
        let count = unsafe { wait_at(epoll, place, room, timeout) }?;
        if place == self.few.as_mut_ptr().cast() {
            self.many.clear();
        } else {
            // SAFETY: so many were written, and they fit.
            unsafe { self.many.set_len(count) };
        }
        self.count = count;
        Ok(count)
    }

    /// What came: data of each, and the events as in `readiness`.
    pub fn iter(&self) -> impl Iterator<Item = (u64, i32)> + '_ {
        let list = if self.many.is_empty() {
            // SAFETY: so many were written by the last wait; none before the first.
            unsafe { std::slice::from_raw_parts(self.few.as_ptr().cast::<libc::epoll_event>(), self.count) }
        } else {
            &self.many[..]
        };
        list.iter().map(|event| (event.u64, from_kernel(event.events)))
    }

    /// The memory for many events, to be used again.
    pub fn into_memory(self) -> ReadyMemory {
        ReadyMemory(self.many)
    }
}

/// # Safety
/// `place` is valid for writing `room` events.
unsafe fn wait_at(
    epoll: i32,
    place: *mut libc::epoll_event,
    room: usize,
    timeout: Option<i64>,
) -> Result<usize> {
    /// The kernel lacks epoll_pwait2(2).
    static COARSE: AtomicBool = AtomicBool::new(false);
    let (fd, place) = (epoll as u32 as usize, place as usize);
    let now_or_never = |timeout: isize| {
        // SAFETY: this function's contract; no signal mask is given.
        of_kernel(unsafe { call6(libc::SYS_epoll_pwait, fd, place, room, timeout as usize, 0, 8) })
    };
    let ns = match timeout {
        None => return now_or_never(-1),
        Some(..=0) => return now_or_never(0),
        Some(ns) => ns,
    };
    if !COARSE.load(Ordering::Relaxed) {
        let span = timespec(ns);
        let span = ptr::from_ref(&span) as usize;
        // SAFETY: this function's contract; the span is read; no signal mask is given.
        let result = of_kernel(unsafe { call6(libc::SYS_epoll_pwait2, fd, place, room, span, 0, 8) });
        if result != Err(Errno(libc::ENOSYS)) {
            return result;
        }
        COARSE.store(true, Ordering::Relaxed);
    }
    poll(&mut [PollFd::new(epoll, libc::POLLIN)], Some(ns))?;
    now_or_never(0)
}
