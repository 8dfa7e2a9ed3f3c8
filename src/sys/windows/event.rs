//! Event descriptors: a UDP socket that is connected to itself, so that WSAPoll waits for it as for any other. A
//! datagram in it makes it readable.

use super::create::{close, new_socket};
use super::fd::{AsFd, OwnedFd, socket_of};
use super::ret::of_winsock;
use crate::sys::{Address, Errno, GrowOnlyTable, KeptErrno, Result, getsockname};
use std::mem::forget as keep;
use std::sync::atomic::{AtomicU8, Ordering};
use windows_sys::Win32::Networking::WinSock::{bind, connect, recv, send};

/// Which numbers are events. They are multiples of four.
static EVENTS: GrowOnlyTable<AtomicU8, 16_384, 1024> = GrowOnlyTable::new();

fn place(fd: i32) -> Option<&'static AtomicU8> {
    EVENTS.get(usize::try_from(fd).ok()? / 4)
}

/// An event descriptor that has one owner.
pub struct EventFd(i32);

impl Drop for EventFd {
    fn drop(&mut self) {
        let _ = close(self.0);
    }
}

impl AsFd for EventFd {
    fn number(&self) -> i32 {
        self.0
    }
}

/// The number goes to an owner who closes it with [`close`].
impl From<EventFd> for OwnedFd {
    fn from(event: EventFd) -> OwnedFd {
        let fd = event.0;
        keep(event);
        OwnedFd::of_number(fd)
    }
}

/// The address 127.0.0.1 with no port.
fn loopback() -> Address {
    let mut native = [0_u8; 16];
    native[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
    native[4..8].copy_from_slice(&[127, 0, 0, 1]);
    Address::of(&native)
}

/// A new event descriptor, not inheritable and non-blocking.
pub fn event_fd() -> Result<EventFd> {
    let socket = new_socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_UDP)?;
    let fd = socket.number();
    let here = loopback();
    // SAFETY: 16 bytes of an address of ours are read.
    of_winsock(unsafe { bind(socket_of(fd), here.native.as_ptr().cast(), here.len as i32) })?;
    let here = getsockname(fd)?;
    // SAFETY: as above. From here on the socket takes datagrams from itself alone.
    of_winsock(unsafe { connect(socket_of(fd), here.native.as_ptr().cast(), here.len as i32) })?;
    let place = EVENTS.get_or_grow(fd as usize / 4).ok_or(Errno(libc::ENOMEM))?;
    place.store(1, Ordering::Release);
    keep(socket);
    Ok(EventFd(fd))
}

/// A second number of an event descriptor, to be waited for.
pub struct EventCopy(OwnedFd);

impl EventCopy {
    /// Of a number that is an event's.
    pub fn new(fd: i32) -> Result<EventCopy> {
        super::create::duplicate(fd).map(EventCopy)
    }

    /// The number.
    pub fn number(&self) -> i32 {
        self.0.number()
    }

    /// In the child of a fork: there is none.
    pub fn close_copy(&self) {}
}

/// Makes an event descriptor readable; false where the number is not that of one of ours, and nothing was written.
pub fn signal(fd: i32) -> bool {
    if !is_ours(fd) {
        return false;
    }
    let _errno = KeptErrno::new();
    let byte = 1_u8;
    // SAFETY: one byte of ours is read. Where the buffer is full, the socket is readable anyhow.
    unsafe { send(socket_of(fd), &raw const byte, 1, 0) };
    true
}

/// Makes an event descriptor unreadable again.
pub fn drain(fd: i32) {
    let _errno = KeptErrno::new();
    let mut bytes = [0_u8; 16];
    // SAFETY: at most the size of our array is written. The socket is non-blocking.
    while unsafe { recv(socket_of(fd), bytes.as_mut_ptr(), bytes.len() as i32, 0) } > 0 {}
}

/// Whether a number is that of an event descriptor of libsock.
pub fn is_ours(fd: i32) -> bool {
    place(fd).is_some_and(|place| place.load(Ordering::Acquire) == 1)
}

/// Takes an event descriptor that is to be closed out of the table: whether it was one.
pub(super) fn forget(fd: i32) -> bool {
    place(fd).is_some_and(|place| place.swap(0, Ordering::AcqRel) == 1)
}

/// The number by which the kernel knows a socket: only a child of a fork asks for it.
pub fn socket_id(_fd: i32) -> Option<u64> {
    None
}

/// What a descriptor of a pollset is. Nothing but libsock closes the sockets of its handles, so the number is enough.
pub(super) type File = (u32, i32);

/// Which socket a number is of; `None` if it is none.
pub(super) fn file(fd: i32) -> Option<File> {
    let _errno = KeptErrno::new();
    super::socket::getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_TYPE).ok().map(|_| (0, fd))
}
