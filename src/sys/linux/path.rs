//! The file behind an AF_UNIX address.

use super::super::{Errno, Outcome};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};

fn answer(result: i32) -> Outcome<()> {
    if result == -1 {
        Err(Errno(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)))
    } else {
        Ok(())
    }
}

/// fchmod(2) of a socket that is not bound yet: the file that bind(2) makes has at most this mode.
pub fn set_mode(fd: &OwnedFd, mode: u32) -> Outcome<()> {
    // SAFETY: numbers only.
    answer(unsafe { libc::fchmod(fd.as_raw_fd(), mode as libc::mode_t) })
}

/// chmod(2).
pub fn change_mode(path: &CStr, mode: u32) -> Outcome<()> {
    // SAFETY: a string.
    answer(unsafe { libc::chmod(path.as_ptr(), mode as libc::mode_t) })
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
pub fn unlink(path: &CStr) -> Outcome<()> {
    // SAFETY: a string.
    answer(unsafe { libc::unlink(path.as_ptr()) })
}
