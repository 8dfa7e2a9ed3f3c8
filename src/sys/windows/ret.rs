//! What a call returned, as a result, and the thread's two places of errors: `errno` and the last error of Windows.

use super::code::errno_of;
use crate::sys::{Errno, RawResult, Result};
use std::ffi::c_int;
use windows_sys::Win32::Foundation::{GetLastError, SetLastError};

unsafe extern "C" {
    fn _errno() -> *mut c_int;
}

/// The error of the call that has just failed.
pub(in crate::sys) fn last_errno() -> Errno {
    // SAFETY: reads a word of the calling thread. WSAGetLastError reads the same one.
    errno_of(unsafe { GetLastError() })
}

/// The result of a Winsock function that returns 0, or SOCKET_ERROR.
pub(super) fn of_winsock(result: c_int) -> Result<()> {
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// The result of a function of Windows that returns a BOOL.
pub(super) fn of_bool(result: i32) -> Result<()> {
    if result != 0 { Ok(()) } else { Err(last_errno()) }
}

/// The answer to a hot call: a count, or the negative error number.
#[inline]
pub(super) fn raw(result: isize) -> RawResult {
    RawResult(if result >= 0 { result } else { -(last_errno().0 as isize) })
}

/// The thread's `errno` and its last error as they were, put back when this is dropped.
pub struct KeptErrno(c_int, u32);

impl KeptErrno {
    /// Remembers them.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub fn new() -> KeptErrno {
        // SAFETY: the calling thread's own places, valid while it runs.
        KeptErrno(unsafe { *_errno() }, unsafe { GetLastError() })
    }
}

impl Drop for KeptErrno {
    #[inline]
    fn drop(&mut self) {
        set_errno(self.0);
        // SAFETY: sets a word of the calling thread.
        unsafe { SetLastError(self.1) };
    }
}

/// Sets the calling thread's `errno`.
#[inline]
pub fn set_errno(number: i32) {
    // SAFETY: the calling thread's own errno, valid while the thread runs.
    unsafe { *_errno() = number }
}
