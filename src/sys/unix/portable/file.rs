//! Files as the source of a transfer: everything goes through memory.
//!
//! Descriptors are the caller's and go by number: a wrong one answers EBADF.

use super::call::bare;
use crate::sys::unix::path::{FileId, socket_file_at};
use crate::sys::unix::ret::{last_errno, of_kernel, of_libc};
use crate::sys::{Errno, PollFd, Result, is_writable, nonblock, poll, set_nonblock};
use libc::POLLIN;
use std::ffi::CStr;

/// What a descriptor that data is taken from can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A regular file, of this many bytes.
    Regular(i64),
    /// Data at positions: block devices and the like.
    Seekable,
    /// A pipe or FIFO.
    Pipe,
    /// Whatever comes next: sockets, terminals.
    Flowing,
}

/// What kind of source a descriptor is: fstat(2), and lseek(2) where that is not enough.
pub fn source(fd: i32) -> Result<Source> {
    // SAFETY: all-zero is a valid `struct stat`, made of numbers.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one `struct stat` of ours.
    of_libc(unsafe { libc::fstat(fd, &mut stat) })?;
    match stat.st_mode & libc::S_IFMT {
        #[allow(clippy::unnecessary_cast)] // narrower on some systems
        libc::S_IFREG => Ok(Source::Regular(stat.st_size as i64)),
        libc::S_IFIFO => Ok(Source::Pipe),
        libc::S_IFSOCK => Ok(Source::Flowing),
        // What has no type of file takes lseek(2) without having positions.
        0 => Ok(Source::Flowing),
        // SAFETY: numbers only; nothing moves.
        _ if unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) } >= 0 => Ok(Source::Seekable),
        _ => Ok(Source::Flowing),
    }
}

/// A position as the system takes it.
fn offset(position: i64) -> Result<libc::off_t> {
    libc::off_t::try_from(position).map_err(|_| Errno(libc::EOVERFLOW))
}

/// Moves the position of a file: lseek(2).
pub fn set_position(fd: i32, position: i64) -> Result<()> {
    // SAFETY: numbers only.
    if unsafe { libc::lseek(fd, offset(position)?, libc::SEEK_SET) } < 0 { Err(last_errno()) } else { Ok(()) }
}

/// The position of a file: lseek(2).
pub fn position(fd: i32) -> Result<i64> {
    // SAFETY: numbers only; nothing moves.
    let position = unsafe { libc::lseek(fd, 0, libc::SEEK_CUR) };
    #[allow(clippy::unnecessary_cast)] // narrower on some systems
    if position < 0 { Err(last_errno()) } else { Ok(position as i64) }
}

/// sendfile, which every system has in a form of its own, or not at all: ENOSYS.
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
pub fn send_file(_socket: i32, _file: i32, _position: i64, _count: usize) -> Result<usize> {
    Err(Errno(libc::ENOSYS))
}

/// pread(2): 0 at the end of the file.
pub fn read_at(fd: i32, buffer: &mut [u8], position: i64) -> Result<usize> {
    let position = offset(position)?;
    // SAFETY: at most the length of a mutably borrowed buffer is written.
    of_kernel(bare(|| unsafe { libc::pread(fd, buffer.as_mut_ptr().cast(), buffer.len(), position) }))
}

/// What comes next, without waiting for it: EAGAIN when nothing is there; 0 at the end. Where another reader takes it
/// between the look and the read, this waits for more.
pub fn read_now(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    // What cannot be read at all, poll would wait for for ever.
    // SAFETY: no byte is read.
    let can_read = of_kernel(bare(|| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), 0) }));
    if can_read == Err(Errno(libc::EINVAL)) {
        return read_record(fd, buffer);
    }
    can_read?;
    if poll(&mut [PollFd::new(fd, POLLIN)], Some(0))? == 0 {
        return Err(Errno(libc::EAGAIN));
    }
    // SAFETY: at most the length of a mutably borrowed buffer is written.
    of_kernel(bare(|| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) }))
}

/// Of a descriptor that is read in whole records only, or cannot be read at all: the read itself shows which.
fn read_record(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    let blocks = !nonblock(fd)?;
    if blocks {
        set_nonblock(fd, true)?;
    }
    // SAFETY: at most the length of a mutably borrowed buffer is written.
    let count = of_kernel(bare(|| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) }));
    if blocks {
        set_nonblock(fd, false)?;
    }
    count
}

/// Whether something can be read from a descriptor at once, the end included.
pub fn is_readable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, POLLIN)], Some(0)), Ok(1..))
}

/// As [`socket_file_at`]. Nothing keeps the file, and so its number, in existence: a socket cannot be opened.
pub fn hold_socket_file(path: &CStr) -> Option<((), FileId)> {
    socket_file_at(path).map(|file| ((), file))
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
