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

/// Which file this is, as long as it exists: a number that is free again may come back on another file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

/// The socket file that `stat` describes; `None` for any other kind of file.
pub(in crate::sys) fn socket_file(stat: &libc::stat) -> Option<FileId> {
    let socket = stat.st_mode & libc::S_IFMT == libc::S_IFSOCK;
    #[allow(clippy::unnecessary_cast)] // other platforms have other types here
    socket.then_some(FileId { device: stat.st_dev as u64, inode: stat.st_ino as u64 })
}

/// The socket file at a path: the path itself, not the target of a symbolic link.
pub fn socket_file_at(path: &CStr) -> Option<FileId> {
    let mut found = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: a string, and a place of ours, which is read only after it has been written.
    unsafe {
        (libc::lstat(path.as_ptr(), found.as_mut_ptr()) == 0).then(|| socket_file(found.assume_init_ref()))
    }?
}

/// unlink(2).
pub fn unlink(path: &CStr) -> Result<()> {
    // SAFETY: a string.
    of_libc(unsafe { libc::unlink(path.as_ptr()) }).map(drop)
}
