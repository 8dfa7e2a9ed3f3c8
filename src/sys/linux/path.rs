//! O_PATH: a descriptor of a file that cannot be opened.

use crate::sys::unix::path::{FileId, socket_file};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};

/// As [`socket_file_at`], with a descriptor that keeps the file, and so its number, in existence.
pub fn hold_socket_file(path: &CStr) -> Option<(OwnedFd, FileId)> {
    let mut found = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: a string; a new descriptor has no other owner; `found` is read only after it has been written.
    unsafe {
        let fd = libc::open(path.as_ptr(), libc::O_PATH | libc::O_NOFOLLOW | libc::O_CLOEXEC);
        let held = (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))?;
        let file =
            (libc::fstat(fd, found.as_mut_ptr()) == 0).then(|| socket_file(found.assume_init_ref()))??;
        Some((held, file))
    }
}
