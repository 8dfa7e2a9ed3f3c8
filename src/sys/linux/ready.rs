//! The epoll instance of a poller: registrations by number, waits for many, and what wakes them.
//!
//! One event descriptor that is readable for ever serves all pollers of the process. Each instance has it
//! registered and disarmed; to arm it wakes a wait. Nobody reads or writes it, so that a parent and its child may
//! share it; and no stranger's descriptor can be hit: the kernel finds a registration by number and file.

use super::super::{Errno, Lock, Result, close, into_number, readiness::IN};
use super::eventfd::readable_event_fd;
use super::identity::is_ours;
use super::poll::{PollFd, poll};
use super::readiness::{from_kernel, to_kernel};
use super::ret::of_kernel;
use super::syscall::{call4, call6};
use super::timer::Timer;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// What a wait reports when it was woken.
pub const WAKE_KEY: u64 = u64::MAX;

/// The descriptor that is readable for ever; -1 without pollers.
static READY: AtomicI32 = AtomicI32::new(-1);
/// How many pollers there are.
static USERS: Lock<usize> = Lock::new(0);

/// Before a poller's beginning: [`end_ready_fd`] must follow its end, or a failure.
pub fn begin_ready_fd() -> Result<()> {
    let mut users = USERS.lock();
    renew()?;
    *users += 1;
    Ok(())
}

/// Makes the descriptor anew where this process has lost it.
pub fn renew_ready_fd() -> Result<()> {
    let _users = USERS.lock();
    renew()
}

fn renew() -> Result<()> {
    let fd = READY.load(Ordering::Relaxed);
    if fd < 0 || !is_ours(fd) {
        READY.store(into_number(readable_event_fd()?), Ordering::SeqCst);
    }
    Ok(())
}

/// Ends [`begin_ready_fd`].
pub fn end_ready_fd() {
    let mut users = USERS.lock();
    *users = users.saturating_sub(1);
    if *users == 0 {
        let fd = READY.swap(-1, Ordering::SeqCst);
        if fd >= 0 && is_ours(fd) {
            let _ = close(fd);
        }
    }
}

/// In a new process: takes the lock from a thread that does not exist here.
pub fn reset_ready_lock() {
    USERS.reset_after_fork();
}

/// In a new process whose descriptors are its parent's too: leaves it to the parent.
pub fn forget_ready_fd() {
    READY.store(-1, Ordering::SeqCst);
}

/// Registers it with an instance, armed or not.
pub fn add_ready_fd(epoll: i32, armed: bool) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_ADD, READY.load(Ordering::SeqCst), wake_events(armed, false), WAKE_KEY)
}

fn wake_events(armed: bool, all: bool) -> u32 {
    let events = if armed { libc::EPOLLIN } else { 0 };
    (events | if all { 0 } else { libc::EPOLLONESHOT }) as u32
}

/// Wakes one wait on an instance, or from now on all of them. Async-signal-safe; `errno` untouched.
pub fn pollset_signal(epoll: i32, all: bool) {
    // A failure means that the program has closed one of the two.
    let _ =
        change(epoll, libc::EPOLL_CTL_MOD, READY.load(Ordering::SeqCst), wake_events(true, all), WAKE_KEY);
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
pub fn pollset_register(epoll: i32, fd: i32, events: i32, data: u64) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_ADD, fd, to_kernel(events), data)
}

/// Changes a registration. The kernel looks at the descriptor anew.
pub fn pollset_change(epoll: i32, fd: i32, events: i32, data: u64) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_MOD, fd, to_kernel(events), data)
}

/// Ends a registration.
pub fn pollset_unregister(epoll: i32, fd: i32) -> Result<()> {
    change(epoll, libc::EPOLL_CTL_DEL, fd, 0, 0)
}

/// A timer of a pollset.
pub struct PollTimer(Timer);

impl PollTimer {
    /// One that is not running. What a wait reports when it is due is `key`.
    pub fn new(epoll: i32, key: u64) -> Result<PollTimer> {
        let timer = Timer::new()?;
        pollset_register(epoll, timer.number(), IN, key)?;
        Ok(PollTimer(timer))
    }

    /// As [`Timer::set`]. It is due until it is set again.
    pub fn set(&self, _epoll: i32, at: Option<i64>) -> Result<()> {
        self.0.set(at)
    }

    /// As [`Timer::end_in_child`].
    pub fn end_in_child(self, owns_descriptors: bool) {
        self.0.end_in_child(owns_descriptors);
    }
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
            many.clear();
            // Without memory there is room for few.
            let _ = super::super::memory::reserve(&mut many, room);
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
        // Two numbers of 64 bits on every processor: `struct __kernel_timespec`.
        let span = [ns / 1_000_000_000, ns % 1_000_000_000];
        let span = ptr::from_ref(&span) as usize;
        // SAFETY: this function's contract; the span is read; no signal mask is given.
        let result = of_kernel(unsafe { call6(libc::SYS_epoll_pwait2, fd, place, room, span, 0, 8) });
        // EPERM: a sandbox that was made before this call was.
        if !matches!(result, Err(Errno(libc::ENOSYS | libc::EPERM))) {
            return result;
        }
        COARSE.store(true, Ordering::Relaxed);
    }
    poll(&mut [PollFd::new(epoll, libc::POLLIN)], Some(ns))?;
    now_or_never(0)
}
