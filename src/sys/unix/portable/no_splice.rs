//! splice, and the pipes that it needs, which only Linux has: what would go through a pipe goes through memory.

use crate::sys::{Errno, Result};

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

/// splice into a pipe: ENOSYS.
pub fn splice(_pipe: i32, _socket: i32, _count: usize) -> Result<usize> {
    Err(Errno(libc::ENOSYS))
}

/// A look into a pipe that takes nothing, which only Linux has.
pub enum PipeCopy {}

impl PipeCopy {
    /// ENOSYS.
    pub fn new() -> Result<PipeCopy> {
        Err(Errno(libc::ENOSYS))
    }

    /// Copies what comes next in a pipe.
    pub fn read(&self, _pipe: i32, _buffer: &mut [u8]) -> Result<usize> {
        match *self {}
    }

    /// Whether this process has made it.
    pub fn is_own(&self) -> bool {
        match *self {}
    }

    /// Takes so much out of the pipe: ENOSYS.
    pub fn take(_pipe: i32, _count: usize) -> Result<()> {
        Err(Errno(libc::ENOSYS))
    }
}
