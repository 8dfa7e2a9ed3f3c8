//! Event descriptors: event objects of Windows, which [`super::poll`] waits for together with sockets. Those that the
//! program may poll itself are UDP sockets connected to themselves, because WSAPoll and select() take nothing else: a
//! datagram in it makes one readable.

use super::create::{close, new_socket};
use super::fd::{AsFd, OwnedFd, handle_of, socket_of};
use super::ret::{last_errno, of_bool, of_winsock};
use crate::sys::{Address, Errno, GrowOnlyTable, KeptErrno, Result, getsockname};
use std::mem::forget as keep;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use windows_sys::Win32::Foundation::{CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE};
use windows_sys::Win32::Networking::WinSock::{bind, connect, recv, send};
use windows_sys::Win32::System::Threading::{CreateEventW, GetCurrentProcess, ResetEvent, SetEvent};

/// Which numbers are events, and of which kind. They are multiples of four.
static EVENTS: GrowOnlyTable<AtomicU8, 16_384, 1024> = GrowOnlyTable::new();

const NONE: u8 = 0;
const OBJECT: u8 = 1;
const SOCKET: u8 = 2;

fn kind(fd: i32) -> u8 {
    let place = usize::try_from(fd).ok().and_then(|fd| EVENTS.get(fd / 4));
    place.map_or(NONE, |place| place.load(Ordering::Acquire))
}

fn set_kind(fd: i32, kind: u8) -> Result<()> {
    let place = EVENTS.get_or_grow(fd as usize / 4).ok_or(Errno(libc::ENOMEM))?;
    place.store(kind, Ordering::Release);
    Ok(())
}

/// Whether a number is that of an event object, and of no socket.
pub(super) fn is_object(fd: i32) -> bool {
    kind(fd) == OBJECT
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

/// An event object that a call of Windows has made: NULL is a failure.
fn object(event: HANDLE) -> Result<i32> {
    if event.is_null() {
        return Err(last_errno());
    }
    let fd = event as usize as i32;
    set_kind(fd, OBJECT).inspect_err(|_| {
        // SAFETY: a handle of ours that nothing else has.
        unsafe { CloseHandle(event) };
    })?;
    Ok(fd)
}

/// A new event descriptor, not inheritable.
pub fn event_fd() -> Result<EventFd> {
    // SAFETY: no attributes and no name; it stays as it was set, and begins unset.
    object(unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) }).map(EventFd)
}

/// A new event descriptor that the program may poll itself: a socket, not inheritable and non-blocking.
pub fn program_event_fd() -> Result<EventFd> {
    let socket = new_socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_UDP)?;
    let fd = socket.number();
    let here = loopback();
    // SAFETY: 16 bytes of an address of ours are read.
    of_winsock(unsafe { bind(socket_of(fd), here.native.as_ptr().cast(), here.len as i32) })?;
    let here = getsockname(fd)?;
    // SAFETY: as above. From here on the socket takes datagrams from itself alone.
    of_winsock(unsafe { connect(socket_of(fd), here.native.as_ptr().cast(), here.len as i32) })?;
    set_kind(fd, SOCKET)?;
    keep(socket);
    Ok(EventFd(fd))
}

/// A second number of an event descriptor, to be waited for.
pub struct EventCopy(OwnedFd);

impl EventCopy {
    /// Of a number that is an event's.
    pub fn new(fd: i32) -> Result<EventCopy> {
        if !is_object(fd) {
            return super::create::duplicate(fd).map(EventCopy);
        }
        let mut copy = ptr::null_mut();
        // SAFETY: handles of this process; the copy is not inheritable.
        of_bool(unsafe {
            let process = GetCurrentProcess();
            DuplicateHandle(process, handle_of(fd), process, &mut copy, 0, 0, DUPLICATE_SAME_ACCESS)
        })?;
        object(copy).map(|fd| EventCopy(OwnedFd::of_number(fd)))
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
    let _errno = KeptErrno::new();
    let byte = 1_u8;
    match kind(fd) {
        // SAFETY: an event object of ours.
        OBJECT => _ = unsafe { SetEvent(handle_of(fd)) },
        // SAFETY: one byte of ours is read. Where the buffer is full, the socket is readable anyhow.
        SOCKET => _ = unsafe { send(socket_of(fd), &raw const byte, 1, 0) },
        _ => return false,
    }
    true
}

/// Makes an event descriptor unreadable again.
pub fn drain(fd: i32) {
    let _errno = KeptErrno::new();
    if is_object(fd) {
        // SAFETY: an event object of ours.
        unsafe { ResetEvent(handle_of(fd)) };
        return;
    }
    let mut bytes = [0_u8; 16];
    // SAFETY: at most the size of our array is written. The socket is non-blocking.
    while unsafe { recv(socket_of(fd), bytes.as_mut_ptr(), bytes.len() as i32, 0) } > 0 {}
}

/// Whether a number is that of an event descriptor of libsock.
pub fn is_ours(fd: i32) -> bool {
    kind(fd) != NONE
}

/// Takes an event descriptor that is to be closed out of the table.
fn forget(fd: i32) -> u8 {
    let place = usize::try_from(fd).ok().and_then(|fd| EVENTS.get(fd / 4));
    place.map_or(NONE, |place| place.swap(NONE, Ordering::AcqRel))
}

/// Ends the event of a number that is to be closed: whether that has closed it, because it was an event object.
pub(super) fn end(fd: i32) -> bool {
    let was = forget(fd);
    if was != NONE {
        super::pollset::end_pollset(fd);
    }
    if was == OBJECT {
        // SAFETY: an event object of ours, out of the table: nothing else closes it.
        unsafe { CloseHandle(handle_of(fd)) };
    }
    was == OBJECT
}

/// The number by which the kernel knows a socket: only a child of a fork asks for it.
pub fn socket_id(_fd: i32) -> Option<u64> {
    None
}

/// What a descriptor of a pollset is. Nothing but libsock closes the sockets of its handles, so the number is enough.
pub(super) type File = (u32, i32);

/// Which socket a number is of; `None` if it is none.
pub(super) fn file(fd: i32) -> Option<File> {
    if is_object(fd) {
        return Some((1, fd));
    }
    let _errno = KeptErrno::new();
    super::socket::getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_TYPE).ok().map(|_| (0, fd))
}
