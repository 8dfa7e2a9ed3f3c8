//! The hot calls.

use super::fd::socket_of;
use super::ret::raw;
use crate::sys::{Address, RawResult};
use std::ffi::c_int;
use std::mem::MaybeUninit;
use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::Networking::WinSock::{self, WSAEMSGSIZE};

/// The flags that a call passes on: libsock completes MSG_WAITALL itself, and the others are its own.
pub(super) fn passed(flags: c_int) -> c_int {
    flags & 0xffff & !(libc::MSG_WAITALL | libc::MSG_TRUNC | libc::MSG_CTRUNC)
}

/// The length of one call.
fn fit(len: usize) -> i32 {
    len.min(i32::MAX as usize) as i32
}

/// A count that Winsock received. Of a datagram that is longer than the buffer, it has filled the buffer and says that
/// as an error; the rest is discarded, as POSIX has it.
fn received(result: i32, room: i32) -> RawResult {
    // SAFETY: reads a word of the calling thread.
    if result < 0 && unsafe { GetLastError() } == WSAEMSGSIZE as u32 {
        return RawResult(room as isize);
    }
    raw(result as isize)
}

/// send(): the count of bytes taken.
#[inline]
pub fn send(fd: i32, data: &[u8], flags: i32) -> RawResult {
    // SAFETY: the system reads `data` only, which is borrowed for the call.
    raw(unsafe { WinSock::send(socket_of(fd), data.as_ptr(), fit(data.len()), passed(flags)) } as isize)
}

/// recv(): the count of bytes written at the front of `buffer`.
#[inline]
pub fn recv(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32) -> RawResult {
    let room = fit(buffer.len());
    // SAFETY: the system writes at most the length of `buffer`, which is borrowed mutably.
    received(unsafe { WinSock::recv(socket_of(fd), buffer.as_mut_ptr().cast(), room, passed(flags)) }, room)
}

/// [`recv`] into memory that holds something already.
#[inline]
pub fn recv_over(fd: i32, buffer: &mut [u8], flags: i32) -> RawResult {
    let len = buffer.len();
    // SAFETY: the system writes bytes only, never more than `len`: what was initialised stays so.
    recv(fd, unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast(), len) }, flags)
}

/// sendto(): the count of bytes taken.
#[inline]
pub fn sendto(fd: i32, data: &[u8], flags: i32, to: &Address) -> RawResult {
    let (len, at) = (to.call_len() as i32, to.native.as_ptr().cast());
    // SAFETY: the system reads `data` and at most 128 bytes of `to`, borrowed for the call.
    raw(unsafe { WinSock::sendto(socket_of(fd), data.as_ptr(), fit(data.len()), passed(flags), at, len) }
        as isize)
}

/// recvfrom(): as [`recv`], and the sender; its length is 0 where the system names none.
#[inline]
pub fn recvfrom(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32, from: &mut Address) -> RawResult {
    let (room, mut len) = (fit(buffer.len()), Address::CAPACITY as i32);
    from.native[0] = 0;
    // SAFETY: the system writes at most the length of `buffer`, at most 128 bytes of `from`, and the length; all three
    // are borrowed mutably.
    let result = unsafe {
        let native = from.native.as_mut_ptr().cast();
        WinSock::recvfrom(socket_of(fd), buffer.as_mut_ptr().cast(), room, passed(flags), native, &mut len)
    };
    let answer = received(result, room);
    if answer.count() >= 0 {
        from.len = sender_len(from.native[0], len);
    }
    answer
}

/// The length of a sender's address. A stream names none: Winsock leaves storage and length as they were.
pub(super) fn sender_len(first: u64, len: i32) -> u32 {
    let named = first as u16 != 0;
    if named { (len.max(0) as u32).min(Address::CAPACITY as u32) } else { 0 }
}
