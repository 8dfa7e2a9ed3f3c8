//! The hot calls: bare, never a cancellation point, `errno` untouched.

use super::super::{Address, RawResult};
use super::syscall::call6;
use std::mem::MaybeUninit;
use std::ptr;

/// send(2): the count of bytes taken.
#[inline(always)]
pub fn send(fd: i32, data: &[u8], flags: i32) -> RawResult {
    // SAFETY: the kernel reads `data` only, which is borrowed for the call.
    RawResult(unsafe {
        call6(
            libc::SYS_sendto,
            fd as u32 as usize,
            data.as_ptr() as usize,
            data.len(),
            flags as u32 as usize,
            0,
            0,
        )
    })
}

/// recv(2): the count of bytes written at the front of `buffer`; with MSG_TRUNC it may be more than
/// the buffer holds.
#[inline(always)]
pub fn recv(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32) -> RawResult {
    // SAFETY: the kernel writes at most the length of `buffer`, which is borrowed mutably.
    RawResult(unsafe {
        call6(
            libc::SYS_recvfrom,
            fd as u32 as usize,
            buffer.as_mut_ptr() as usize,
            buffer.len(),
            flags as u32 as usize,
            0,
            0,
        )
    })
}

/// [`recv`] into memory that holds something already.
#[inline]
pub fn recv_over(fd: i32, buffer: &mut [u8], flags: i32) -> RawResult {
    let len = buffer.len();
    // SAFETY: the kernel writes bytes only, never more than `len`: what was initialised stays so.
    recv(fd, unsafe { std::slice::from_raw_parts_mut(buffer.as_mut_ptr().cast(), len) }, flags)
}

/// sendto(2): the count of bytes taken.
#[inline(always)]
pub fn sendto(fd: i32, data: &[u8], flags: i32, to: &Address) -> RawResult {
    let len = to.call_len() as usize;
    // SAFETY: the kernel reads `data` and at most 128 bytes of `to`, borrowed for the call.
    RawResult(unsafe {
        call6(
            libc::SYS_sendto,
            fd as u32 as usize,
            data.as_ptr() as usize,
            data.len(),
            flags as u32 as usize,
            to.native.as_ptr() as usize,
            len,
        )
    })
}

/// recvfrom(2): as [`recv`], and the sender; its length is 0 where the kernel names none.
#[inline(always)]
pub fn recvfrom(fd: i32, buffer: &mut [MaybeUninit<u8>], flags: i32, from: &mut Address) -> RawResult {
    let mut len = Address::CAPACITY as libc::socklen_t;
    // SAFETY: the kernel writes at most the length of `buffer`, at most 128 bytes of `from`, and
    // the length; all three are borrowed mutably.
    let result = RawResult(unsafe {
        call6(
            libc::SYS_recvfrom,
            fd as u32 as usize,
            buffer.as_mut_ptr() as usize,
            buffer.len(),
            flags as u32 as usize,
            from.native.as_mut_ptr() as usize,
            ptr::from_mut(&mut len) as usize,
        )
    });
    from.len = len.min(Address::CAPACITY as u32);
    result
}
