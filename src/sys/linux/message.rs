//! sendmsg(2) and recvmsg(2), bare.

use super::syscall::call4;
use crate::sys::RawResult;
use std::ffi::c_int;
use std::ptr;

/// Makes descriptors close-on-exec as they arrive.
pub const CLOSE_ON_EXEC: c_int = libc::MSG_CMSG_CLOEXEC;

/// sendmsg(2).
///
/// # Safety
/// What the header names is valid for reading during the call.
#[inline(always)]
pub unsafe fn send_message(fd: i32, header: &libc::msghdr, flags: c_int) -> RawResult {
    let (header, flags) = (ptr::from_ref(header) as usize, flags as u32 as usize);
    // SAFETY: the kernel reads the header and what it names, by this function's contract.
    RawResult(unsafe { call4(libc::SYS_sendmsg, fd as u32 as usize, header, flags, 0) })
}

/// recvmsg(2).
///
/// # Safety
/// What the header names is valid for writing during the call.
#[inline(always)]
pub unsafe fn receive_message(fd: i32, header: &mut libc::msghdr, flags: c_int) -> RawResult {
    let (header, flags) = (ptr::from_mut(header) as usize, flags as u32 as usize);
    // SAFETY: the kernel writes the header and what it names, by this function's contract.
    RawResult(unsafe { call4(libc::SYS_recvmsg, fd as u32 as usize, header, flags, 0) })
}
