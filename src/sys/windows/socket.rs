//! The cold calls of Winsock.

use super::fd::socket_of;
use super::ret::{last_errno, of_bool, of_winsock};
use crate::sys::{Address, Errno, GrowOnlyTable, PollFd, Result, poll};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use windows_sys::Win32::Foundation::{
    GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation,
};
use windows_sys::Win32::Networking::WinSock;

/// Numbers whose connect() is under way. They are multiples of four.
static CONNECTING: GrowOnlyTable<AtomicBool, 16_384, 1024> = GrowOnlyTable::new();

fn connecting(fd: i32) -> Option<&'static AtomicBool> {
    CONNECTING.get_or_grow(usize::try_from(fd).ok()? / 4)
}

/// Says that a number is of a new socket, or of none any more.
pub(super) fn forget_attempt(fd: i32) {
    if let Some(place) = usize::try_from(fd).ok().and_then(|fd| CONNECTING.get(fd / 4)) {
        place.store(false, Ordering::Relaxed);
    }
}

/// The outcome of an attempt that is under way, as POSIX systems report it when connect() is called again. Winsock
/// would begin another one after a failure.
fn outcome(fd: i32, under_way: &AtomicBool) -> Result<()> {
    let mut fds = [PollFd::new(fd, libc::POLLOUT)];
    if poll(&mut fds, Some(0))? == 0 {
        return Err(Errno(libc::EALREADY));
    }
    let error = getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ERROR)?;
    if error == 0 && fds[0].found() & libc::POLLOUT == 0 {
        return Err(Errno(libc::EALREADY));
    }
    under_way.store(false, Ordering::Relaxed);
    if error == 0 { Ok(()) } else { Err(Errno(error)) }
}

/// connect(), once; while an attempt is under way, its outcome.
pub fn connect(fd: i32, to: &Address) -> Result<()> {
    let place = connecting(fd).ok_or(Errno(libc::ENOMEM))?;
    if place.load(Ordering::Relaxed) {
        return outcome(fd, place);
    }
    let len = to.call_len() as i32;
    // SAFETY: at most 128 bytes of the address are read.
    match of_winsock(unsafe { WinSock::connect(socket_of(fd), to.native.as_ptr().cast(), len) }) {
        // It is under way.
        Err(Errno(libc::EAGAIN)) => {
            place.store(true, Ordering::Relaxed);
            Err(Errno(libc::EINPROGRESS))
        }
        result => result,
    }
}

/// connect(): every socket of a handle is non-blocking.
pub fn connect_bounded(fd: i32, to: &Address) -> Result<()> {
    connect(fd, to)
}

/// bind().
pub fn bind(fd: i32, to: &Address) -> Result<()> {
    let len = to.call_len() as i32;
    // SAFETY: at most 128 bytes of the address are read.
    of_winsock(unsafe { WinSock::bind(socket_of(fd), to.native.as_ptr().cast(), len) })
}

/// listen().
pub fn listen(fd: i32, backlog: i32) -> Result<()> {
    // SAFETY: numbers only.
    of_winsock(unsafe { WinSock::listen(socket_of(fd), backlog) })
}

/// shutdown().
pub fn shutdown(fd: i32, how: i32) -> Result<()> {
    // SAFETY: numbers only.
    of_winsock(unsafe { WinSock::shutdown(socket_of(fd), how) })
}

/// getsockname(). POSIX names a socket that is not bound yet, with zeros; Winsock refuses with WSAEINVAL.
pub fn getsockname(fd: i32) -> Result<Address> {
    let mut address = Address::NONE;
    let mut len = Address::CAPACITY as i32;
    // SAFETY: at most 128 bytes of storage and the length are written.
    of_winsock(unsafe { WinSock::getsockname(socket_of(fd), address.native.as_mut_ptr().cast(), &mut len) })?;
    address.len = (len.max(0) as u32).min(Address::CAPACITY as u32);
    Ok(address)
}

/// getpeername().
pub fn getpeername(fd: i32) -> Result<Address> {
    let mut address = Address::NONE;
    let mut len = Address::CAPACITY as i32;
    // SAFETY: at most 128 bytes of storage and the length are written.
    of_winsock(unsafe { WinSock::getpeername(socket_of(fd), address.native.as_mut_ptr().cast(), &mut len) })?;
    address.len = (len.max(0) as u32).min(Address::CAPACITY as u32);
    Ok(address)
}

/// setsockopt() with bytes.
pub fn setsockopt(fd: i32, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let len = i32::try_from(value.len()).map_err(|_| Errno(libc::EINVAL))?;
    // SAFETY: `len` bytes are read from a borrowed slice.
    of_winsock(unsafe { WinSock::setsockopt(socket_of(fd), level, name, value.as_ptr(), len) })
}

/// setsockopt() with a NULL pointer and a length: Winsock has no such option.
pub fn setsockopt_null(fd: i32, level: i32, name: i32, len: u32) -> Result<()> {
    // SAFETY: the system answers WSAEFAULT where it would have to read.
    of_winsock(unsafe { WinSock::setsockopt(socket_of(fd), level, name, ptr::null(), len as i32) })
}

/// getsockopt(): how many bytes were written at the front of `value`. Some options write one byte of an int: the
/// others are zero.
pub fn getsockopt(fd: i32, level: i32, name: i32, value: &mut [MaybeUninit<u8>]) -> Result<usize> {
    let mut len = i32::try_from(value.len()).unwrap_or(i32::MAX);
    if value.len() == 4 {
        value.fill(MaybeUninit::new(0));
    }
    // SAFETY: at most `len` bytes are written to a mutably borrowed slice.
    of_winsock(unsafe {
        WinSock::getsockopt(socket_of(fd), level, name, value.as_mut_ptr().cast(), &mut len)
    })?;
    if value.len() == 4 && len == 1 {
        len = 4;
    }
    Ok(len.max(0) as usize)
}

/// getsockopt() of an option that is a struct or a name: the bytes, and how many the system wrote.
pub fn getsockopt_bytes<const N: usize>(fd: i32, level: i32, name: i32) -> Result<([u8; N], usize)> {
    let mut value = [0u8; N];
    let mut len = N as i32;
    // SAFETY: at most `N` bytes are written to an array of ours.
    of_winsock(unsafe { WinSock::getsockopt(socket_of(fd), level, name, value.as_mut_ptr(), &mut len) })?;
    Ok((value, N.min(len.max(0) as usize)))
}

/// getsockopt() of an option that is one int. That of SO_ERROR is a number of `errno`.
pub fn getsockopt_int(fd: i32, level: i32, name: i32) -> Result<i32> {
    let value = i32::from_ne_bytes(getsockopt_bytes(fd, level, name)?.0);
    if level == libc::SOL_SOCKET && name == libc::SO_ERROR && value != 0 {
        return Ok(super::code::errno_of(value as u32).0);
    }
    Ok(value)
}

/// Whether a socket accepts connections: SO_ACCEPTCONN.
pub fn is_listening(fd: i32) -> bool {
    getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ACCEPTCONN).is_ok_and(|on| on != 0)
}

/// Sockets of handles are non-blocking, whatever the mode is: Winsock has no flag for one call. A socket that leaves
/// its handle becomes what its mode says, in [`hand_back`].
pub fn set_nonblock(_fd: i32, _on: bool) -> Result<()> {
    Ok(())
}

/// Whether calls on a socket do not block: so it is, as in [`set_nonblock`].
pub fn nonblock(_fd: i32) -> Result<bool> {
    Ok(true)
}

/// What a socket needs that a handle takes over: it becomes non-blocking.
pub fn take_over(fd: i32) {
    let _ = super::create::set_blocking(fd, false);
}

/// Gives a socket that leaves its handle the mode that the handle had.
pub fn hand_back(fd: i32, nonblock: bool) {
    let _ = super::create::set_blocking(fd, !nonblock);
}

/// Switches whether child processes inherit a socket.
pub fn set_inheritable(fd: i32, on: bool) -> Result<()> {
    let flag = if on { HANDLE_FLAG_INHERIT } else { 0 };
    // SAFETY: numbers only.
    of_bool(unsafe { SetHandleInformation(socket_of(fd) as HANDLE, HANDLE_FLAG_INHERIT, flag) })
}

/// Whether child processes inherit a socket.
pub fn inheritable(fd: i32) -> Result<bool> {
    let mut flags = 0;
    // SAFETY: one number of ours is written.
    of_bool(unsafe { GetHandleInformation(socket_of(fd) as HANDLE, &mut flags) })?;
    Ok(flags & HANDLE_FLAG_INHERIT != 0)
}

/// An option that is a time limit, which Winsock has in milliseconds: (seconds, microseconds).
pub fn getsockopt_timeval(fd: i32, level: i32, name: i32) -> Result<(i64, i64)> {
    let milliseconds = i64::from(getsockopt_int(fd, level, name)? as u32);
    Ok((milliseconds / 1000, milliseconds % 1000 * 1000))
}

/// Has a socket that listens keep its port to itself: SO_EXCLUSIVEADDRUSE. SO_REUSEADDR would let any program take
/// the port over; a port whose connections are in TIME_WAIT can be bound without it.
pub fn prepare_listener(fd: i32) -> Result<()> {
    setsockopt(fd, libc::SOL_SOCKET, libc::SO_EXCLUSIVEADDRUSE, &1i32.to_ne_bytes())
}

/// WSAIoctl: how many bytes the system wrote to `output`.
pub fn ioctl(fd: i32, request: u32, input: &[u8], output: &mut [MaybeUninit<u8>]) -> Result<usize> {
    let mut written = 0;
    let (from, from_len) = (input.as_ptr().cast(), input.len() as u32);
    let (to, to_len) = (output.as_mut_ptr().cast(), output.len() as u32);
    // SAFETY: `input` is read and `output` is written within their lengths.
    let result = unsafe {
        WinSock::WSAIoctl(
            socket_of(fd),
            request,
            from,
            from_len,
            to,
            to_len,
            &mut written,
            ptr::null_mut(),
            None,
        )
    };
    if result == 0 { Ok(written as usize) } else { Err(last_errno()) }
}
