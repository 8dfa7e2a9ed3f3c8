//! The hot calls, through the C library.

use super::call::raw;
use crate::sys::{Address, RawResult};
use std::mem::MaybeUninit;

/// send(2): the count of bytes taken.
#[inline]
pub fn send(fd: i32, data: &[u8], flags: i32) -> RawResult {
    // SAFETY: the kernel reads `data` only, which is borrowed for the call.
    raw(|| unsafe { libc::send(fd, data.as_ptr().cast(), data.len(), flags) })
}

/// recv(2): the count of bytes written at the front of `buffer`; with MSG_TRUNC it may be more than
/// the buffer holds.
#[inline]
pub fn recv(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32) -> RawResult {
    // SAFETY: the kernel writes at most the length of `buffer`, which is borrowed mutably.
    raw(|| unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) })
}

/// [`recv`] into memory that holds something already.
#[inline]
pub fn recv_over(fd: i32, buffer: &mut [u8], flags: i32) -> RawResult {
    let len = buffer.len();
    // SAFETY: the kernel writes bytes only, never more than `len`: what was initialised stays so.
    recv(fd, unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast(), len) }, flags)
}

/// sendto(2): the count of bytes taken.
#[inline]
pub fn sendto(fd: i32, data: &[u8], flags: i32, to: &Address) -> RawResult {
    let len = to.call_len();
    // SAFETY: the kernel reads `data` and at most 128 bytes of `to`, borrowed for the call.
    raw(|| unsafe {
        libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, to.native.as_ptr().cast(), len)
    })
}

/// recvfrom(2): as [`recv`], and the sender; its length is 0 where the kernel names none.
#[inline]
pub fn recvfrom(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32, from: &mut Address) -> RawResult {
    let mut len = Address::CAPACITY as libc::socklen_t;
    // SAFETY: the kernel writes at most the length of `buffer`, at most 128 bytes of `from`, and
    // the length; all three are borrowed mutably.
    let result = raw(|| unsafe {
        let native = from.native.as_mut_ptr().cast();
        libc::recvfrom(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags, native, &mut len)
    });
    from.len = len.min(Address::CAPACITY as u32);
    result
}
