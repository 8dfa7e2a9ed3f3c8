//! What a call returned, as a result: the one place that reads `errno` and negative numbers.

use super::super::{Errno, Result};
use std::ffi::c_int;
use std::io::Error;

/// The thread's `errno`, after a function of the C library has failed.
pub(in crate::sys) fn last_errno() -> Errno {
    of_io(Error::last_os_error())
}

/// The number in an error of the standard library or of socket2.
pub(in crate::sys) fn of_io(error: Error) -> Errno {
    Errno(error.raw_os_error().unwrap_or(libc::EIO))
}

/// The number in an error of nix.
pub(in crate::sys) fn of_nix(error: nix::Error) -> Errno {
    Errno(error as i32)
}

/// The result of a function of the C library that returns -1 and sets `errno` when it fails.
pub(in crate::sys) fn of_libc(result: c_int) -> Result<c_int> {
    if result == -1 { Err(last_errno()) } else { Ok(result) }
}

/// The result of a bare system call, which returns the negative error number when it fails.
#[inline(always)]
pub(in crate::sys) fn of_kernel(raw: isize) -> Result<usize> {
    if raw >= 0 { Ok(raw as usize) } else { Err(Errno(-raw as i32)) }
}

/// The thread's `errno` as it was, put back when this is dropped: for steps whose failure is absorbed, and
/// functions of the C library that change it without failing. Async-signal-safe.
pub struct KeptErrno(c_int);

impl KeptErrno {
    /// Remembers it.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub fn new() -> KeptErrno {
        // SAFETY: as in `set_errno`.
        KeptErrno(unsafe { *place() })
    }
}

impl Drop for KeptErrno {
    #[inline]
    fn drop(&mut self) {
        set_errno(self.0);
    }
}

/// Sets the calling thread's `errno`. Async-signal-safe.
#[inline]
pub fn set_errno(number: i32) {
    // SAFETY: the calling thread's own errno, valid while the thread runs.
    unsafe { *place() = number }
}

#[cfg(any(target_os = "netbsd", target_os = "openbsd", target_os = "android"))]
use libc::__errno as place;
#[cfg(target_os = "linux")]
use libc::__errno_location as place;
#[cfg(any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly"))]
use libc::__error as place;
