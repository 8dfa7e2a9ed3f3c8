//! The cold calls: through the C library, so that programs which interpose them (proxies, test
//! harnesses) keep working. Some are cancellation points there: the boundary has cancellation disabled.

use super::super::{Address, Errno, Result};
use super::ret::of_libc;
use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::ptr;

/// connect(2), once.
pub fn connect(fd: i32, to: &Address) -> Result<()> {
    let len = to.call_len();
    // SAFETY: at most 128 bytes of the address are read.
    of_libc(unsafe { libc::connect(fd, to.native.as_ptr().cast(), len) }).map(drop)
}

/// connect(2) that waits for about a millisecond at most, whatever O_NONBLOCK says: in the families whose connect
/// obeys SO_SNDTIMEO, which is changed for the call. It then answers EINPROGRESS, or EAGAIN in AF_UNIX.
pub fn connect_bounded(fd: i32, to: &Address) -> Result<()> {
    let limit = |limit: &libc::timeval| {
        let at = ptr::from_ref(limit).cast();
        // SAFETY: one timeval of ours is read.
        let set = unsafe {
            libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_SNDTIMEO, at, size_of::<libc::timeval>() as u32)
        };
        of_libc(set).map(drop)
    };
    let before = send_limit(fd)?;
    // Of the program, or of somebody else who does the same at this moment.
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless)] // narrower on some targets
    if before.tv_sec == 0 && (1..=BOUND_US).contains(&(before.tv_usec as i64)) {
        return connect(fd, to);
    }
    // The kernel rounds up to the shortest span that it has.
    limit(&libc::timeval { tv_sec: 0, tv_usec: 1 })?;
    let result = connect(fd, to);
    // A limit that stayed would end the program's own sends: that is worse than a connection that is given up.
    limit(&before).and(result)
}

/// The longest that the kernel makes of a microsecond: a tick of a clock of 100 Hz.
const BOUND_US: i64 = 10_000;

fn send_limit(fd: i32) -> Result<libc::timeval> {
    let mut value = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let mut len = size_of::<libc::timeval>() as libc::socklen_t;
    let at = ptr::from_mut(&mut value).cast();
    // SAFETY: at most the size of our timeval is written to it.
    of_libc(unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_SNDTIMEO, at, &mut len) })?;
    Ok(value)
}

/// bind(2).
pub fn bind(fd: i32, to: &Address) -> Result<()> {
    let len = to.call_len();
    // SAFETY: at most 128 bytes of the address are read.
    of_libc(unsafe { libc::bind(fd, to.native.as_ptr().cast(), len) }).map(drop)
}

/// listen(2).
pub fn listen(fd: i32, backlog: i32) -> Result<()> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::listen(fd, backlog) }).map(drop)
}

/// shutdown(2).
pub fn shutdown(fd: i32, how: i32) -> Result<()> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::shutdown(fd, how) }).map(drop)
}

/// getsockname(2).
pub fn getsockname(fd: i32) -> Result<Address> {
    let mut address = Address::NONE;
    let mut len = Address::CAPACITY as libc::socklen_t;
    // SAFETY: at most 128 bytes of storage and the length are written.
    of_libc(unsafe { libc::getsockname(fd, address.native.as_mut_ptr().cast(), &mut len) })?;
    address.len = len.min(Address::CAPACITY as u32);
    Ok(address)
}

/// getpeername(2).
pub fn getpeername(fd: i32) -> Result<Address> {
    let mut address = Address::NONE;
    let mut len = Address::CAPACITY as libc::socklen_t;
    // SAFETY: at most 128 bytes of storage and the length are written.
    of_libc(unsafe { libc::getpeername(fd, address.native.as_mut_ptr().cast(), &mut len) })?;
    address.len = len.min(Address::CAPACITY as u32);
    Ok(address)
}

/// setsockopt(2) with bytes.
pub fn setsockopt(fd: i32, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let len = libc::socklen_t::try_from(value.len()).map_err(|_| Errno(libc::EINVAL))?;
    // SAFETY: `len` bytes are read from a borrowed slice.
    of_libc(unsafe { libc::setsockopt(fd, level, name, value.as_ptr().cast(), len) }).map(drop)
}

/// setsockopt(2) with a NULL pointer and a length, which some options take.
pub fn setsockopt_null(fd: i32, level: i32, name: i32, len: u32) -> Result<()> {
    // SAFETY: the kernel answers EFAULT where it would have to read.
    of_libc(unsafe { libc::setsockopt(fd, level, name, ptr::null(), len) }).map(drop)
}

/// getsockopt(2): how many bytes were written at the front of `value`.
pub fn getsockopt(fd: i32, level: i32, name: i32, value: &mut [MaybeUninit<u8>]) -> Result<usize> {
    let mut len = libc::socklen_t::try_from(value.len()).unwrap_or(libc::socklen_t::MAX >> 1);
    // SAFETY: at most `len` bytes are written to a mutably borrowed slice.
    of_libc(unsafe { libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut len) })?;
    Ok(len as usize)
}

/// getsockopt(2) of an option that is a struct or a name: the bytes, and how many the kernel wrote.
pub fn getsockopt_bytes<const N: usize>(fd: i32, level: i32, name: i32) -> Result<([u8; N], usize)> {
    let mut value = [0u8; N];
    let mut len = N as libc::socklen_t;
    // SAFETY: at most `N` bytes are written to an array of ours.
    of_libc(unsafe { libc::getsockopt(fd, level, name, value.as_mut_ptr().cast(), &mut len) })?;
    Ok((value, N.min(len as usize)))
}

/// getsockopt(2) of an option that is one int.
pub fn getsockopt_int(fd: i32, level: i32, name: i32) -> Result<i32> {
    let mut value = 0i32;
    let mut len = size_of::<i32>() as libc::socklen_t;
    // SAFETY: at most four bytes are written to an int of ours.
    of_libc(unsafe { libc::getsockopt(fd, level, name, ptr::from_mut(&mut value).cast(), &mut len) })?;
    Ok(value)
}

/// Whether a socket accepts connections: getsockopt(2), SO_ACCEPTCONN.
pub fn is_listening(fd: i32) -> bool {
    getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ACCEPTCONN) == Ok(1)
}

/// A duplicate of a descriptor, close-on-exec: fcntl(2) with F_DUPFD_CLOEXEC.
pub fn duplicate(fd: i32) -> Result<OwnedFd> {
    // SAFETY: numbers only.
    let copy = of_libc(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })?;
    // SAFETY: a new descriptor that nothing else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Switches O_NONBLOCK of an open file description: one call, other flags untouched.
pub fn set_nonblock(fd: i32, on: bool) -> Result<()> {
    let mut value = c_int::from(on);
    // SAFETY: FIONBIO reads one int of ours.
    of_libc(unsafe { libc::ioctl(fd, libc::FIONBIO, &mut value) })
        .map(drop)
        .or_else(|refused| set_nonblock_without_ioctl(fd, on).map_err(|_| refused))
}

/// fcntl(2), where a sandbox refuses ioctl(2).
#[cold]
fn set_nonblock_without_ioctl(fd: i32, on: bool) -> Result<()> {
    // SAFETY: numbers only.
    let flags = of_libc(unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    let flags = if on { flags | libc::O_NONBLOCK } else { flags & !libc::O_NONBLOCK };
    // SAFETY: as above.
    of_libc(unsafe { libc::fcntl(fd, libc::F_SETFL, flags) }).map(drop)
}

/// Whether O_NONBLOCK is on.
pub fn nonblock(fd: i32) -> Result<bool> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::fcntl(fd, libc::F_GETFL) }).map(|flags| flags & libc::O_NONBLOCK != 0)
}

/// Whether a descriptor was opened for reading only.
pub fn is_read_only(fd: i32) -> Result<bool> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::fcntl(fd, libc::F_GETFL) }).map(|flags| flags & libc::O_ACCMODE == libc::O_RDONLY)
}

/// Switches whether a descriptor survives exec.
pub fn set_inheritable(fd: i32, on: bool) -> Result<()> {
    let flags = if on { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: numbers only; FD_CLOEXEC is the only descriptor flag there is.
    of_libc(unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// Whether a descriptor survives exec.
pub fn inheritable(fd: i32) -> Result<bool> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::fcntl(fd, libc::F_GETFD) }).map(|flags| flags & libc::FD_CLOEXEC == 0)
}

/// Gives up ownership by type: the number now belongs to a slot.
pub fn into_number(fd: impl Into<OwnedFd>) -> i32 {
    fd.into().into_raw_fd()
}

/// The number of an owned descriptor.
pub fn number(fd: &impl AsFd) -> i32 {
    fd.as_fd().as_raw_fd()
}

/// getsockopt(2) of an option that is a `struct timeval`: (seconds, microseconds).
pub fn getsockopt_timeval(fd: i32, level: i32, name: i32) -> Result<(i64, i64)> {
    let mut value = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let mut len = size_of::<libc::timeval>() as libc::socklen_t;
    // SAFETY: at most the size of our timeval is written to it.
    of_libc(unsafe { libc::getsockopt(fd, level, name, ptr::from_mut(&mut value).cast(), &mut len) })?;
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless)] // both are narrower on some targets
    Ok((value.tv_sec as i64, value.tv_usec as i64))
}

/// Owns the descriptor of a number.
///
/// # Safety
/// Nothing else owns it.
pub(in crate::sys) unsafe fn owned_number(fd: i32) -> OwnedFd {
    // SAFETY: by this function's contract.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// The most seconds that a `struct linger` takes.
pub const LINGER_SECONDS_MAX: i32 = i32::MAX;

/// The bytes of a `struct linger`: whether to linger, and for how many seconds.
pub fn linger_bytes(on: bool, seconds: i32) -> [u8; size_of::<libc::linger>()] {
    let ([a, b, c, d], [e, f, g, h]) = (i32::from(on).to_ne_bytes(), seconds.to_ne_bytes());
    [a, b, c, d, e, f, g, h]
}

/// What a `struct linger` says: whether, and how many seconds.
pub fn linger_of(bytes: [u8; size_of::<libc::linger>()]) -> (bool, i32) {
    let [a, b, c, d, e, f, g, h] = bytes;
    (i32::from_ne_bytes([a, b, c, d]) != 0, i32::from_ne_bytes([e, f, g, h]))
}

/// Has a socket that is to listen take a port whose last connections are in TIME_WAIT: SO_REUSEADDR.
pub fn prepare_listener(fd: i32) -> Result<()> {
    setsockopt(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32.to_ne_bytes())
}

/// The size of what [`share`] writes; Unix shares no sockets that way.
pub const SHARE_SIZE: usize = 0;

/// WSADuplicateSocket, which only Windows has: EOPNOTSUPP.
pub fn share(_fd: i32, _process: u32, _out: &mut [u8; SHARE_SIZE]) -> Result<()> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// As [`share`].
pub fn from_share(_bytes: &[u8; SHARE_SIZE]) -> Result<OwnedFd> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// WSAIoctl, which only Windows has: EOPNOTSUPP.
pub fn ioctl(_fd: i32, _request: u32, _input: &[u8], _output: &mut [MaybeUninit<u8>]) -> Result<usize> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// What a descriptor needs that a handle takes over: nothing, calls have a flag against blocking.
#[inline(always)]
pub fn take_over(_fd: i32) {}

/// What a descriptor needs that leaves its handle: nothing, its O_NONBLOCK follows the mode.
#[inline(always)]
pub fn hand_back(_fd: i32, _nonblock: bool) {}

/// What the system itself says about an error that the calling thread has just got: nothing beyond its number.
#[inline(always)]
pub fn own_words(_errno: Errno) -> Option<OwnWords> {
    None
}

/// The words of the system.
pub enum OwnWords {}

impl std::fmt::Display for OwnWords {
    fn fmt(&self, _to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}
