//! The file behind an AF_UNIX address.

use super::super::Result;
use super::ret::of_libc;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};

/// fchmod(2) of a socket that is not bound yet: the file that bind(2) makes has at most this mode.
pub fn set_mode(fd: &OwnedFd, mode: u32) -> Result<()> {
    // SAFETY: numbers only.
    of_libc(unsafe { libc::fchmod(fd.as_raw_fd(), mode as libc::mode_t) }).map(drop)
}

/// chmod(2).
pub fn change_mode(path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: a string.
    of_libc(unsafe { libc::chmod(path.as_ptr(), mode as libc::mode_t) }).map(drop)
}

/// Whether there is a socket at a path, itself and not by a symbolic link.
pub fn is_socket(path: &CStr) -> bool {
    let mut found = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: a string, and a place of ours, which is read only after it has been written.
    unsafe {
        libc::lstat(path.as_ptr(), found.as_mut_ptr()) == 0
            && found.assume_init().st_mode & libc::S_IFMT == libc::S_IFSOCK
    }
}

/// unlink(2).
pub fn unlink(path: &CStr) -> Result<()> {
    // SAFETY: a string.
    of_libc(unsafe { libc::unlink(path.as_ptr()) }).map(drop)
}
