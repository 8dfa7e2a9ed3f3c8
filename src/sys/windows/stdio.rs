//! `FILE` streams over something of ours: the C runtimes of Windows cannot make them.

use crate::sys::{Errno, Result};
use libc::FILE;
use std::ffi::CStr;
use std::mem::MaybeUninit;

/// The object behind a `FILE`.
pub trait Stdio: Send + Sync + 'static {
    /// Fills a buffer: how many bytes, 0 at the end, -1 for a failure.
    #[allow(dead_code)]
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> isize;

    /// Takes bytes: how many; fewer than all is a failure.
    #[allow(dead_code)]
    fn write(&self, data: &[u8]) -> isize;
}

/// ENOSYS.
pub fn open_stdio<T: Stdio>(_behind: T, _mode: &CStr) -> Result<*mut FILE> {
    Err(Errno(libc::ENOSYS))
}
