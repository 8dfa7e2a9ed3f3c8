//! Event descriptors: what wakes a thread that sleeps in ppoll.

use super::super::Result;
use super::ret::of_nix;
use super::syscall::call4;
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::os::fd::OwnedFd;

/// A new eventfd(2): close-on-exec, non-blocking, count 0.
pub fn event_fd() -> Result<OwnedFd> {
    EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
        .map(Into::into)
        .map_err(of_nix)
}

/// As [`event_fd`], but each [`take_one`] takes 1 from the count.
pub fn counting_event_fd() -> Result<OwnedFd> {
    EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_SEMAPHORE)
        .map(Into::into)
        .map_err(of_nix)
}

/// Makes an event descriptor readable. Async-signal-safe; `errno` untouched.
pub fn signal(fd: i32) {
    signal_times(fd, 1);
}

/// As so many calls of [`signal`].
pub fn signal_times(fd: i32, times: u64) {
    let count = times.to_ne_bytes();
    // SAFETY: eight bytes of ours are read.
    unsafe { call4(libc::SYS_write, fd as usize, count.as_ptr() as usize, count.len(), 0) };
}

/// Takes 1 from the count of a [`counting_event_fd`]: whether there was one.
pub fn take_one(fd: i32) -> bool {
    let mut count = [0u8; 8];
    // SAFETY: at most eight bytes are written, to our array.
    unsafe { call4(libc::SYS_read, fd as usize, count.as_mut_ptr() as usize, count.len(), 0) == 8 }
}

/// Makes an event descriptor unreadable again.
pub fn drain(fd: i32) {
    let mut count = [0u8; 8];
    // SAFETY: at most eight bytes are written, to our array.
    unsafe { call4(libc::SYS_read, fd as usize, count.as_mut_ptr() as usize, count.len(), 0) };
}

/// Whether a descriptor can be an event descriptor: it is open and is neither a file, a socket nor
/// anything else that has a type for stat(2).
pub fn is_event_fd(fd: i32) -> bool {
    let mut about = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the place is ours; it is read only when the call has filled it.
    unsafe { libc::fstat(fd, about.as_mut_ptr()) == 0 && about.assume_init().st_mode & libc::S_IFMT == 0 }
}
