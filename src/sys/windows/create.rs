//! Sockets come into being and end.

use super::fd::{AsFd, OwnedFd, socket_of};
use super::ret::{last_errno, of_winsock};
use super::start::start;
use crate::sys::{Address, Errno, PollFd, Result, bind, connect, getpeername, getsockname, listen, poll};
use std::mem::MaybeUninit;
use std::ptr;
use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Networking::WinSock::{
    self, FIONBIO, FROM_PROTOCOL_INFO, INVALID_SOCKET, SOCKET, WSA_FLAG_NO_HANDLE_INHERIT,
    WSA_FLAG_OVERLAPPED, WSADuplicateSocketW, WSAPROTOCOL_INFOW, WSASocketW, closesocket, ioctlsocket,
};
use windows_sys::Win32::System::Threading::GetCurrentProcessId;

/// Switches whether calls on a socket block.
pub(super) fn set_blocking(fd: i32, on: bool) -> Result<()> {
    let mut value = u32::from(!on);
    // SAFETY: the request reads one number of ours.
    of_winsock(unsafe { ioctlsocket(socket_of(fd), FIONBIO, &mut value) })
}

/// Owns a socket that was just made, not inheritable, and makes it non-blocking.
fn prepared(socket: SOCKET) -> Result<OwnedFd> {
    if socket == INVALID_SOCKET {
        return Err(last_errno());
    }
    let owner = OwnedFd::of_socket(socket);
    super::socket::forget_attempt(owner.number());
    set_blocking(owner.number(), false)?;
    Ok(owner)
}

/// A new socket, non-blocking, and not inheritable from birth.
pub(super) fn new_socket(family: i32, kind: i32, proto: i32) -> Result<OwnedFd> {
    start()?;
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    // SAFETY: numbers, and no description of a protocol.
    prepared(unsafe { WSASocketW(family, kind, proto, ptr::null(), 0, flags) })
}

/// socket(), not inheritable and non-blocking. `kind` is the type without flags. Windows adds AF_INET to the
/// unspecified family; POSIX refuses it.
pub fn socket(family: i32, kind: i32, proto: i32) -> Result<OwnedFd> {
    if family == libc::AF_UNSPEC {
        return Err(Errno(libc::EAFNOSUPPORT));
    }
    new_socket(family, kind, proto)
}

/// Two TCP sockets connected over loopback, as Python makes a pair where the system has no socketpair(2).
pub fn socketpair(family: i32, kind: i32, proto: i32) -> Result<(OwnedFd, OwnedFd)> {
    let host: &[u8] = match family {
        libc::AF_INET => &[127, 0, 0, 1],
        libc::AF_INET6 => &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        _ => return Err(Errno(libc::EAFNOSUPPORT)),
    };
    if kind != libc::SOCK_STREAM || ![0, libc::IPPROTO_TCP].contains(&proto) {
        return Err(Errno(libc::EPROTONOSUPPORT));
    }
    let mut native = [0_u8; 28];
    native[..2].copy_from_slice(&(family as u16).to_ne_bytes());
    let (at, len) = if host.len() == 4 { (4, 16) } else { (8, 28) };
    native[at..at + host.len()].copy_from_slice(host);
    let listener = new_socket(family, kind, proto)?;
    bind(listener.number(), &Address::of(&native[..len]))?;
    listen(listener.number(), 1)?;
    let here = getsockname(listener.number())?;
    let first = new_socket(family, kind, proto)?;
    match connect(first.number(), &here) {
        Ok(()) | Err(Errno(libc::EINPROGRESS)) => {}
        Err(error) => return Err(error),
    }
    loop {
        poll(&mut [PollFd::new(listener.number(), libc::POLLIN)], Some(5_000_000_000))?;
        let second = accept(listener.number(), None)?;
        poll(&mut [PollFd::new(first.number(), libc::POLLOUT)], Some(5_000_000_000))?;
        // Somebody else may have connected first.
        if getpeername(second.number())?.bytes() == getsockname(first.number())?.bytes() {
            return Ok((first, second));
        }
    }
}

/// accept(), non-blocking: the connection, and its peer where someone asks for it. The connection has the listener's
/// flags, so it is not inheritable from birth either; that is said once more for listeners made by others.
pub fn accept(fd: i32, mut peer: Option<&mut Address>) -> Result<OwnedFd> {
    let mut len = Address::CAPACITY as i32;
    let (native, len_at) = match &mut peer {
        Some(peer) => (peer.native.as_mut_ptr().cast(), ptr::from_mut(&mut len)),
        None => (ptr::null_mut(), ptr::null_mut()),
    };
    // SAFETY: nothing, or at most 128 bytes of the peer's storage and the length, are written.
    let connection = prepared(unsafe { WinSock::accept(socket_of(fd), native, len_at) })?;
    // SAFETY: numbers only.
    unsafe { SetHandleInformation(socket_of(connection.number()) as HANDLE, HANDLE_FLAG_INHERIT, 0) };
    if let Some(peer) = peer {
        peer.len = (len.max(0) as u32).min(Address::CAPACITY as u32);
    }
    Ok(connection)
}

/// A second SOCKET of the same socket, not inheritable.
pub fn duplicate(fd: i32) -> Result<OwnedFd> {
    // SAFETY: numbers only.
    from_information(&information(fd, unsafe { GetCurrentProcessId() })?)
}

/// What another process needs to have the same socket.
fn information(fd: i32, process: u32) -> Result<WSAPROTOCOL_INFOW> {
    let mut information = MaybeUninit::<WSAPROTOCOL_INFOW>::zeroed();
    // SAFETY: one struct of ours is written; zeros are valid in it.
    unsafe {
        of_winsock(WSADuplicateSocketW(socket_of(fd), process, information.as_mut_ptr()))?;
        Ok(information.assume_init())
    }
}

fn from_information(information: &WSAPROTOCOL_INFOW) -> Result<OwnedFd> {
    start()?;
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    let any = FROM_PROTOCOL_INFO;
    // SAFETY: a description of the size that Winsock expects is read.
    prepared(unsafe { WSASocketW(any, any, any, information, 0, flags) })
}

/// The size of what [`share`] writes.
pub const SHARE_SIZE: usize = size_of::<WSAPROTOCOL_INFOW>();

/// WSADuplicateSocket: writes what another process needs, once, to have the same socket.
pub fn share(fd: i32, process: u32, out: &mut [u8; SHARE_SIZE]) -> Result<()> {
    let information = information(fd, process)?;
    // SAFETY: a struct of plain numbers without padding that matters, of exactly this size.
    out.copy_from_slice(unsafe { std::slice::from_raw_parts((&raw const information).cast(), SHARE_SIZE) });
    Ok(())
}

/// The socket that another process has shared.
pub fn from_share(bytes: &[u8; SHARE_SIZE]) -> Result<OwnedFd> {
    // SAFETY: any bytes are a valid struct of plain numbers.
    from_information(&unsafe { bytes.as_ptr().cast::<WSAPROTOCOL_INFOW>().read_unaligned() })
}

/// Closes a socket or event, once: the number is free again whatever the answer.
pub fn close(fd: i32) -> Result<()> {
    if super::event::end(fd) {
        return Ok(());
    }
    super::socket::forget_attempt(fd);
    // SAFETY: a number that the caller owns.
    of_winsock(unsafe { closesocket(socket_of(fd)) })
}
