//! A socket or event by its number. The handles of Windows have 32 significant bits, so a SOCKET fits an `i32`, and the
//! layers above know it by that number as they know a descriptor on Unix.

use super::create::close;
use std::mem::forget;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Networking::WinSock::SOCKET;

/// A SOCKET that has one owner: dropping it closes it.
#[derive(Debug)]
pub struct OwnedFd(i32);

impl OwnedFd {
    /// Of a new socket.
    pub(super) fn of_socket(socket: SOCKET) -> OwnedFd {
        OwnedFd(socket as i32)
    }

    /// Of a number that nothing else owns.
    pub(super) fn of_number(fd: i32) -> OwnedFd {
        OwnedFd(fd)
    }
}

impl Drop for OwnedFd {
    fn drop(&mut self) {
        let _ = close(self.0);
    }
}

/// Owns the socket of a number.
///
/// # Safety
/// Nothing else owns it.
pub(in crate::sys) unsafe fn owned_number(fd: i32) -> OwnedFd {
    OwnedFd(fd)
}

/// What has a number.
pub trait AsFd {
    /// The number.
    fn number(&self) -> i32;
}

impl AsFd for OwnedFd {
    fn number(&self) -> i32 {
        self.0
    }
}

impl<T: AsFd> AsFd for &T {
    fn number(&self) -> i32 {
        (*self).number()
    }
}

/// Gives up ownership by type: the number now belongs to a slot.
pub fn into_number(fd: impl Into<OwnedFd>) -> i32 {
    let fd: OwnedFd = fd.into();
    let number = fd.0;
    forget(fd);
    number
}

/// The number of an owned descriptor.
pub fn number(fd: &impl AsFd) -> i32 {
    fd.number()
}

/// The SOCKET of a number.
#[inline(always)]
pub(super) fn socket_of(fd: i32) -> SOCKET {
    fd as SOCKET
}

/// The HANDLE of a number.
#[inline(always)]
pub(super) fn handle_of(fd: i32) -> HANDLE {
    socket_of(fd) as HANDLE
}
