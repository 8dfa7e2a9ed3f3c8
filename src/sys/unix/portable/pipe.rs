//! Pipes between two descriptors, which only Linux has: what would go through one goes through memory.

use super::call::bare;
use crate::sys::unix::ret::of_kernel;
use crate::sys::{Errno, Result, is_writable};

/// Whether bytes can go from a socket to a pipe without passing through memory.
pub const HAS_SPLICE: bool = false;

/// A pipe of our own: there is none.
pub enum Pipe {}

impl Pipe {
    /// ENOSYS.
    pub fn new() -> Result<Pipe> {
        Err(Errno(libc::ENOSYS))
    }

    /// Whether this process has made it.
    pub fn is_own(&self) -> bool {
        match *self {}
    }

    /// Makes room for much data.
    pub fn grow(&mut self) {
        match *self {}
    }

    /// Takes what comes next from a descriptor.
    pub fn take_from(&self, _fd: i32, _count: usize) -> Result<usize> {
        match *self {}
    }

    /// Gives bytes to a descriptor.
    pub fn give_to(&self, _fd: i32, _position: Option<i64>, _count: usize) -> Result<usize> {
        match *self {}
    }

    /// Takes bytes out through memory.
    pub fn read(&self, _buffer: &mut [u8]) -> Result<usize> {
        match *self {}
    }
}

/// splice, which only Linux has: ENOSYS.
pub fn splice_into(_pipe: i32, _socket: i32, _count: usize) -> Result<usize> {
    Err(Errno(libc::ENOSYS))
}

/// Whether an error says that the system has no splice.
pub fn cannot_splice(error: Errno) -> bool {
    error == Errno(libc::ENOSYS)
}

/// Writes to a file: at a position, or at its own.
pub fn write_at(fd: i32, data: &[u8], position: Option<i64>) -> Result<usize> {
    let (from, len) = (data.as_ptr().cast(), data.len());
    let at = position.map(libc::off_t::try_from).transpose().map_err(|_| Errno(libc::EOVERFLOW))?;
    // SAFETY: a borrowed buffer is read.
    of_kernel(bare(|| unsafe {
        match at {
            Some(at) => libc::pwrite(fd, from, len, at),
            None => libc::write(fd, from, len),
        }
    }))
}

/// Writes to a pipe of the caller without blocking: POSIX lets so much be written whole where a pipe is writable.
/// Where another writer fills it between the look and the write, this waits for room.
pub fn write_pipe(pipe: i32, data: &[u8]) -> Result<usize> {
    if !is_writable(pipe) {
        return Err(Errno(libc::EAGAIN));
    }
    // SAFETY: a borrowed buffer is read.
    of_kernel(bare(|| unsafe { libc::write(pipe, data.as_ptr().cast(), data.len().min(libc::PIPE_BUF)) }))
}
