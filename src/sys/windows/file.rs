//! Files and sockets as the source or target of a transfer, through memory. A file is known by the number of its
//! HANDLE, which has 32 significant bits (`_get_osfhandle` has it for a descriptor of a C runtime).

use super::fd::handle_of;
use super::ret::{last_errno, of_bool};
use super::socket::getsockopt_int;
use crate::sys::{Errno, PollFd, Result, poll, recv_over, send};
use libc::POLLIN;
use std::ptr;
use windows_sys::Win32::Foundation::{ERROR_BROKEN_PIPE, ERROR_HANDLE_EOF, GetLastError};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_BEGIN, FILE_CURRENT, FILE_TYPE_DISK, FILE_TYPE_PIPE, FILE_TYPE_UNKNOWN, GetFileSizeEx, GetFileType,
    ReadFile, SetFilePointerEx, WriteFile,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::Win32::System::Pipes::PeekNamedPipe;

/// What a descriptor that data is taken from can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// A regular file, of this many bytes.
    Regular(i64),
    /// Data at positions: never found here.
    #[allow(dead_code)]
    Seekable,
    /// A pipe.
    Pipe,
    /// Whatever comes next: sockets, consoles.
    Flowing,
}

fn is_socket(fd: i32) -> bool {
    getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_TYPE).is_ok()
}

/// What kind of source a number is of.
pub fn source(fd: i32) -> Result<Source> {
    // SAFETY: a number, which need not be a handle.
    match unsafe { GetFileType(handle_of(fd)) } {
        FILE_TYPE_DISK => {
            let mut size = 0;
            // SAFETY: one number of ours is written.
            of_bool(unsafe { GetFileSizeEx(handle_of(fd), &mut size) })?;
            Ok(Source::Regular(size))
        }
        FILE_TYPE_PIPE if !is_socket(fd) => Ok(Source::Pipe),
        // SAFETY: reads a word of the calling thread.
        FILE_TYPE_UNKNOWN if unsafe { GetLastError() } != 0 && !is_socket(fd) => Err(Errno(libc::EBADF)),
        _ => Ok(Source::Flowing),
    }
}

/// Whether a file was opened for reading only: the system does not say.
pub fn is_read_only(_fd: i32) -> Result<bool> {
    Ok(false)
}

fn seek(fd: i32, distance: i64, from: u32) -> Result<i64> {
    let mut position = 0;
    // SAFETY: one number of ours is written.
    of_bool(unsafe { SetFilePointerEx(handle_of(fd), distance, &mut position, from) })?;
    Ok(position)
}

/// Moves the position of a file.
pub fn set_position(fd: i32, position: i64) -> Result<()> {
    seek(fd, position, FILE_BEGIN).map(drop)
}

/// The position of a file.
pub fn position(fd: i32) -> Result<i64> {
    seek(fd, 0, FILE_CURRENT)
}

/// sendfile: TransmitFile does not return before all has gone, so data goes through memory: ENOSYS.
pub fn send_file(_socket: i32, _file: i32, _position: i64, _count: usize) -> Result<usize> {
    Err(Errno(libc::ENOSYS))
}

/// The position of a call, for a handle that is not overlapped.
fn at(position: i64) -> OVERLAPPED {
    let mut place = OVERLAPPED::default();
    place.Anonymous.Anonymous.Offset = position as u32;
    place.Anonymous.Anonymous.OffsetHigh = (position >> 32) as u32;
    place
}

/// Reads at a position, or what comes next: 0 at the end.
fn read(fd: i32, buffer: &mut [u8], position: Option<i64>) -> Result<usize> {
    let (mut count, mut place) = (0, at(position.unwrap_or(0)));
    let place = if position.is_some() { &raw mut place } else { ptr::null_mut() };
    let room = buffer.len().min(i32::MAX as usize) as u32;
    // SAFETY: at most the length of a mutably borrowed buffer is written; the call is over when it returns.
    if unsafe { ReadFile(handle_of(fd), buffer.as_mut_ptr(), room, &mut count, place) } != 0 {
        return Ok(count as usize);
    }
    // SAFETY: reads a word of the calling thread.
    match unsafe { GetLastError() } {
        ERROR_HANDLE_EOF | ERROR_BROKEN_PIPE => Ok(0),
        _ => Err(last_errno()),
    }
}

/// Reads at a position, which becomes that of the file's handle: the caller puts the old one back.
pub fn read_at(fd: i32, buffer: &mut [u8], from: i64) -> Result<usize> {
    let before = position(fd).ok();
    let result = read(fd, buffer, Some(from));
    before.inspect(|before| {
        let _ = set_position(fd, *before);
    });
    result
}

/// What comes next, without waiting for it: EAGAIN when nothing is there; 0 at the end.
pub fn read_now(fd: i32, buffer: &mut [u8]) -> Result<usize> {
    match source(fd)? {
        Source::Flowing if is_socket(fd) => {
            if poll(&mut [PollFd::new(fd, POLLIN)], Some(0))? == 0 {
                return Err(Errno(libc::EAGAIN));
            }
            recv_over(fd, buffer, 0).outcome().unwrap_or(Ok(0))
        }
        Source::Pipe => {
            let mut waiting = 0;
            // SAFETY: one number of ours is written.
            let looked = unsafe {
                PeekNamedPipe(
                    handle_of(fd),
                    ptr::null_mut(),
                    0,
                    ptr::null_mut(),
                    &mut waiting,
                    ptr::null_mut(),
                )
            };
            if looked != 0 && waiting == 0 {
                return Err(Errno(libc::EAGAIN));
            }
            read(fd, buffer, None)
        }
        _ => read(fd, buffer, None),
    }
}

/// Whether something can be read from a socket at once, the end included.
pub fn is_readable(fd: i32) -> bool {
    matches!(poll(&mut [PollFd::new(fd, POLLIN)], Some(0)), Ok(1..))
}

/// Writes to a file: at a position, or at its own.
pub fn write_at(fd: i32, data: &[u8], position: Option<i64>) -> Result<usize> {
    if position.is_none() && is_socket(fd) {
        return send(fd, data, 0).outcome().unwrap_or(Ok(0));
    }
    let (mut count, mut place) = (0, at(position.unwrap_or(0)));
    let place = if position.is_some() { &raw mut place } else { ptr::null_mut() };
    let len = data.len().min(i32::MAX as usize) as u32;
    // SAFETY: a borrowed buffer is read; the call is over when it returns.
    of_bool(unsafe { WriteFile(handle_of(fd), data.as_ptr(), len, &mut count, place) })?;
    Ok(count as usize)
}

/// Writes to a pipe of the caller. Windows does not say whether there is room, so this waits for it.
pub fn write_pipe(pipe: i32, data: &[u8]) -> Result<usize> {
    write_at(pipe, &data[..data.len().min(4096)], None)
}
