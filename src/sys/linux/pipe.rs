//! Pipes of our own, through which splice(2) moves bytes from one descriptor to another without copying them.

use super::super::{Errno, Result, StackFd, is_writable};
use super::fork::process_epoch;
use super::identity::mark;
use super::ret::{last_errno, of_kernel, of_libc};
use super::syscall::{call4, call6};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Of a pipe for much data, in bytes: the most that every process may ask for by default.
const LARGE: usize = 1 << 20;
/// How many of those a process has at a time. The kernel counts the room of all pipes of a user: at 16384 pages new
/// ones become tiny.
const MOST_LARGE: u32 = 16;
/// How many there are, below the number of the process: a child has none.
static LARGE_PIPES: AtomicU64 = AtomicU64::new(0);

/// Changes the number of large pipes of this process, from what it is now; `None` leaves it.
fn count_large(process: u32, change: impl Fn(u32) -> Option<u32>) -> bool {
    let next = |now: u64| {
        let count = if (now >> 32) as u32 == process { now as u32 } else { 0 };
        change(count).map(|count| u64::from(process) << 32 | u64::from(count))
    };
    LARGE_PIPES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

/// Whether bytes can go from a socket to a pipe without passing through memory.
pub const HAS_SPLICE: bool = true;

/// A pipe that one call owns, neither end of which blocks. The child of a fork closes those of other threads.
pub struct Pipe {
    out: StackFd,
    into: StackFd,
    process: u32,
    /// Counted as large; and whether that was tried.
    large: bool,
    grown: bool,
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if self.large && self.is_own() {
            count_large(self.process, |count| Some(count.saturating_sub(1)));
        }
    }
}

impl Pipe {
    /// pipe2(2). Within a part of a call that no fork divides.
    pub fn new() -> Result<Pipe> {
        let mut ends = [0; 2];
        // SAFETY: two numbers are written to an array of ours.
        of_libc(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK) })?;
        let [out, into] = ends.map(|fd| {
            // SAFETY: a new descriptor that nothing else owns.
            let fd = unsafe { OwnedFd::from_raw_fd(fd) };
            mark(&fd);
            StackFd::new(fd)
        });
        Ok(Pipe { out, into, process: process_epoch(), large: false, grown: false })
    }

    /// Whether it is of this process alone. That of a parent has the parent's bytes.
    pub fn is_own(&self) -> bool {
        self.process == process_epoch()
    }

    /// Makes it large, once, if that can be had: each system call then moves more, which halves the cost.
    pub fn grow(&mut self) {
        if std::mem::replace(&mut self.grown, true) {
            return;
        }
        self.large = count_large(self.process, |count| (count < MOST_LARGE).then_some(count + 1));
        if self.large {
            let (fd, command) = (self.into.fd() as usize, libc::F_SETPIPE_SZ as usize);
            // SAFETY: numbers only. It fails where the user has many pipes; then the size stays.
            unsafe { call4(libc::SYS_fcntl, fd, command, LARGE, 0) };
        }
    }

    /// Takes what comes next from a descriptor: 0 at its end. EAGAIN when nothing is there, if the descriptor is
    /// O_NONBLOCK; or when the pipe is full.
    pub fn take_from(&self, fd: i32, count: usize) -> Result<usize> {
        splice_ends(fd, None, self.into.fd(), count)
    }

    /// Copies what comes next in another pipe, which keeps it: tee(2). EAGAIN when it is empty; 0 at its end.
    pub fn tee_from(&self, pipe: i32, count: usize) -> Result<usize> {
        let (flags, into) = (libc::SPLICE_F_NONBLOCK as usize, self.into.fd() as usize);
        // SAFETY: numbers only.
        of_kernel(unsafe { call4(libc::SYS_tee, pipe as u32 as usize, into, count, flags) })
    }

    /// Gives bytes to a descriptor: how many it took, at its own position or at another. `count` is not more than
    /// the pipe has: otherwise old kernels hold back the last segment of TCP.
    pub fn give_to(&self, fd: i32, position: Option<i64>, count: usize) -> Result<usize> {
        splice_ends(self.out.fd(), position, fd, count)
    }

    /// Takes bytes out through memory.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        // SAFETY: at most the length of a mutably borrowed buffer is written.
        of_kernel(unsafe {
            call4(libc::SYS_read, self.out.fd() as usize, buffer.as_mut_ptr() as usize, buffer.len(), 0)
        })
    }
}

/// splice(2) that does not wait for a pipe. The position is that of the second descriptor. Bare: the wrapper is a
/// cancellation point.
fn splice_ends(from: i32, position: Option<i64>, to: i32, count: usize) -> Result<usize> {
    let flags = libc::SPLICE_F_NONBLOCK as usize;
    let mut position = position;
    let at = position.as_mut().map_or(0, |position| ptr::from_mut(position) as usize);
    // SAFETY: numbers, and a position of ours that is read and written.
    of_kernel(unsafe {
        call6(libc::SYS_splice, from as u32 as usize, 0, to as u32 as usize, at, count, flags)
    })
}

/// From a socket into a pipe of the caller: as [`Pipe::take_from`].
pub fn splice_into(pipe: i32, socket: i32, count: usize) -> Result<usize> {
    splice_ends(socket, None, pipe, count)
}

/// Writes to a pipe of the caller without waiting for room, whatever its O_NONBLOCK: how many bytes; EAGAIN where there
/// is none. Where the kernel or a sandbox cannot be asked so, poll says whether there is, and then it is for a page.
pub fn write_pipe(pipe: i32, data: &[u8]) -> Result<usize> {
    const PAGE: usize = 4096;
    let tried = |data: &[u8], flags: i32| {
        let vector = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
        let (at, next) = (ptr::from_ref(&vector) as usize, usize::MAX);
        // SAFETY: one vector over a borrowed buffer, which is read; the position of -1 is the descriptor's own.
        of_kernel(unsafe {
            call6(libc::SYS_pwritev2, pipe as u32 as usize, at, 1, next, next, flags as usize)
        })
    };
    match tried(data, libc::RWF_NOWAIT) {
        Err(error) if cannot_splice(error) => {}
        other => return other,
    }
    if !is_writable(pipe) {
        return Err(Errno(libc::EAGAIN));
    }
    let data = &data[..data.len().min(PAGE)];
    // SAFETY: a borrowed buffer is read.
    of_kernel(unsafe { call4(libc::SYS_write, pipe as u32 as usize, data.as_ptr() as usize, data.len(), 0) })
}

/// Writes to a file: at a position, or at its own.
pub fn write_at(fd: i32, data: &[u8], position: Option<i64>) -> Result<usize> {
    let (at, len) = (data.as_ptr().cast(), data.len());
    // SAFETY: a borrowed buffer is read.
    let count = unsafe {
        match position {
            Some(position) => libc::pwrite64(fd, at, len, position),
            None => libc::write(fd, at, len),
        }
    };
    if count < 0 { Err(last_errno()) } else { Ok(count as usize) }
}

/// What the kernel says of a descriptor or system call that splice(2) does not serve.
pub fn cannot_splice(error: Errno) -> bool {
    matches!(error, Errno(libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP | libc::EPERM))
}
