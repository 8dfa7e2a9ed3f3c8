//! Files as the source of a transfer: sendfile(2), splice(2), and reading that does not block.
//!
//! Descriptors are the caller's and go by number: a wrong one answers EBADF.

use super::super::{Errno, Result};
use super::pipe::{Pipe, cannot_splice};
use super::poll::{PollFd, poll};
use super::ret::{last_errno, of_kernel, of_libc, of_nix};
use super::syscall::{call4, call6};
use libc::POLLIN;
use std::os::fd::BorrowedFd;
use std::ptr;

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
    // SAFETY: all-zero is a valid `struct stat64`, made of numbers.
    let mut stat: libc::stat64 = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel writes one `struct stat64` of ours.
    of_libc(unsafe { libc::fstat64(fd, &mut stat) })?;
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => Ok(Source::Regular(stat.st_size)),
        libc::S_IFIFO => Ok(Source::Pipe),
        libc::S_IFSOCK => Ok(Source::Flowing),
        // eventfd(2) and its like, which take lseek(2) without having positions.
        0 => Ok(Source::Flowing),
        // SAFETY: numbers only; nothing moves.
        _ if unsafe { libc::lseek64(fd, 0, libc::SEEK_CUR) } >= 0 => Ok(Source::Seekable),
        _ => Ok(Source::Flowing),
    }
}

/// Moves the position of a file: lseek(2).
pub fn set_position(fd: i32, position: i64) -> Result<()> {
    // SAFETY: numbers only.
    if unsafe { libc::lseek64(fd, position, libc::SEEK_SET) } < 0 { Err(last_errno()) } else { Ok(()) }
}

/// The position of a file: lseek(2).
pub fn position(fd: i32) -> Result<i64> {
    // SAFETY: numbers only; nothing moves.
    let position = unsafe { libc::lseek64(fd, 0, libc::SEEK_CUR) };
    if position < 0 { Err(last_errno()) } else { Ok(position) }
}

/// sendfile(2) from a position; that of the file stays. 0 at the end of the file.
pub fn send_file(socket: i32, file: i32, position: i64, count: usize) -> Result<usize> {
    if socket < 0 || file < 0 {
        return Err(Errno(libc::EBADF));
    }
    let mut position = position;
    // SAFETY: both numbers are >= 0 and stay what they are for the call: the socket is pinned, the
    // file is the caller's. No type is given the power to close them.
    let (socket, file) = unsafe { (BorrowedFd::borrow_raw(socket), BorrowedFd::borrow_raw(file)) };
    nix::sys::sendfile::sendfile64(socket, file, Some(&mut position), count).map_err(of_nix)
}

/// splice(2) from a pipe to a socket: what does not go stays in the pipe. EAGAIN when the pipe is
/// empty or the socket is full; 0 at the end of the pipe. Bare: the wrapper is a cancellation point.
pub fn splice(pipe: i32, socket: i32, count: usize) -> Result<usize> {
    let flags = libc::SPLICE_F_NONBLOCK as usize;
    // SAFETY: numbers only; neither end has an offset.
    of_kernel(unsafe {
        call6(libc::SYS_splice, pipe as u32 as usize, 0, socket as u32 as usize, 0, count, flags)
    })
}

/// A pipe of our own that shows what is in another one without taking it.
pub struct PipeCopy(Pipe);

impl PipeCopy {
    /// As [`Pipe::new`].
    pub fn new() -> Result<PipeCopy> {
        Pipe::new().map(PipeCopy)
    }

    /// As [`Pipe::is_own`].
    pub fn is_own(&self) -> bool {
        self.0.is_own()
    }

    /// Copies what comes next in a pipe: tee(2). EAGAIN when it is empty; 0 at its end.
    pub fn read(&self, pipe: i32, buffer: &mut [u8]) -> Result<usize> {
        let count = self.0.tee_from(pipe, buffer.len())?;
        let mut done = 0;
        while done < count {
            // Our own pipe holds exactly this; what stayed in it would come before the next copy.
            match self.0.read(&mut buffer[done..count]) {
                Err(Errno(libc::EINTR)) => {}
                answer => done += answer?,
            }
        }
        Ok(count)
    }

    /// Takes so much out of the other pipe, unless somebody else has.
    pub fn take(pipe: i32, count: usize) -> Result<()> {
        let mut left = count;
        let mut scratch = [0; 4096];
        while left > 0 {
            let most = left.min(scratch.len());
            match read_now(pipe, &mut scratch[..most]) {
                Ok(0) | Err(Errno(libc::EAGAIN)) => return Ok(()),
                Ok(taken) => left -= taken,
                Err(Errno(libc::EINTR)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// pread(2): 0 at the end of the file.
pub fn read_at(fd: i32, buffer: &mut [u8], position: i64) -> Result<usize> {
    // SAFETY: at most the length of a mutably borrowed buffer is written.
    let count = unsafe { libc::pread64(fd, buffer.as_mut_ptr().cast(), buffer.len(), position) };
    if count < 0 { Err(last_errno()) } else { Ok(count as usize) }
}

/// Whether a descriptor can be read at all: of nothing, so that nothing moves.
fn can_read(fd: i32) -> bool {
    // SAFETY: there is no vector to look at.
    of_kernel(unsafe { call6(libc::SYS_readv, fd as u32 as usize, 0, 0, 0, 0, 0) })
        != Err(Errno(libc::EINVAL))
}

/// What comes next, without waiting for it: EAGAIN when nothing is there; 0 at the end.
pub fn read_now(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    let vector = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let next = usize::MAX;
    // SAFETY: one vector over a mutably borrowed buffer; the position of -1 is the descriptor's own.
    let tried = of_kernel(unsafe {
        let flags = libc::RWF_NOWAIT as usize;
        call6(libc::SYS_preadv2, fd as u32 as usize, ptr::from_ref(&vector) as usize, 1, next, next, flags)
    });
    match tried {
        // epoll(7) and its like cannot be read at all, and poll would wait for ever.
        Err(Errno(libc::EINVAL)) if !can_read(fd) => return tried,
        // Not every driver can be asked so, nor in every sandbox: then poll says whether reading would wait.
        Err(error) if cannot_splice(error) => {}
        other => return other,
    }
    if poll(&mut [PollFd::new(fd, POLLIN)], Some(0))? == 0 {
        return Err(Errno(libc::EAGAIN));
    }
    read(fd, buffer)
}

/// read(2). Bare: the wrapper is a cancellation point.
fn read(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    // SAFETY: at most the length of a mutably borrowed buffer is written.
    of_kernel(unsafe {
        call4(libc::SYS_read, fd as u32 as usize, buffer.as_mut_ptr() as usize, buffer.len(), 0)
    })
}

/// Whether something can be read from a descriptor at once, the end included.
pub fn is_readable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, POLLIN)], Some(0)), Ok(1..))
}
