//! Many descriptors behind one: epoll(7), and timerfd_create(2) for the moments among them.

use super::super::{Errno, Outcome};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

fn answer(result: i32) -> Outcome<i32> {
    if result == -1 {
        Err(Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)))
    } else {
        Ok(result)
    }
}

/// A new epoll(7) instance, close-on-exec.
pub fn epoll() -> Outcome<OwnedFd> {
    // SAFETY: numbers only.
    let fd = answer(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Makes an epoll instance readable while `fd` is ready for `events` (POLLIN, POLLOUT: the numbers are
/// the same).
pub fn epoll_add(epoll: i32, fd: &OwnedFd, events: i16) -> Outcome<()> {
    let mut event = libc::epoll_event { events: u32::from(events as u16), u64: 0 };
    // SAFETY: one event of ours is read.
    answer(unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &mut event) }).map(drop)
}

/// Ends [`epoll_add`]; what was not added stays so.
pub fn epoll_remove(epoll: i32, fd: &OwnedFd) {
    // SAFETY: no event is read.
    unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd.as_raw_fd(), ptr::null_mut()) };
}

/// A new timer of the monotonic clock, close-on-exec, not running.
pub fn timer() -> Outcome<OwnedFd> {
    let flags = libc::TFD_CLOEXEC | libc::TFD_NONBLOCK;
    // SAFETY: numbers only.
    let fd = answer(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Has a timer become readable at a moment of the monotonic clock, and unreadable until then; `None`
/// stops it.
pub fn timer_set(timer: &OwnedFd, at: Option<i64>) -> Outcome<()> {
    // 0 would stop the timer: the first nanosecond is in the past too.
    let at = at.map_or(0, |at| at.max(1));
    let span = |ns: i64| libc::timespec {
        tv_sec: (ns / 1_000_000_000) as libc::time_t,
        tv_nsec: (ns % 1_000_000_000) as libc::c_long,
    };
    let setting = libc::itimerspec { it_interval: span(0), it_value: span(at) };
    // SAFETY: the setting is ours; the old one is not asked for.
    answer(unsafe {
        libc::timerfd_settime(timer.as_raw_fd(), libc::TFD_TIMER_ABSTIME, &setting, ptr::null_mut())
    })
    .map(drop)
}
