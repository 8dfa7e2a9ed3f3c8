//! The file behind an AF_UNIX address.

use super::ret::of_bool;
use crate::sys::{Errno, OwnedFd, Result};
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr;
use windows_sys::Win32::Foundation::{CloseHandle, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CreateFileW, DeleteFileW, FILE_ATTRIBUTE_REPARSE_POINT,
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_DELETE, FILE_SHARE_READ,
    FILE_SHARE_WRITE, GetFileInformationByHandle, OPEN_EXISTING,
};

/// Files have no mode: access to a socket file is that of its directory. EOPNOTSUPP.
pub fn set_mode(_fd: &OwnedFd, _mode: u32) -> Result<()> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// As [`set_mode`].
pub fn change_mode(_path: &CStr, _mode: u32) -> Result<()> {
    Err(Errno(libc::EOPNOTSUPP))
}

/// Which file this is, as long as it exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    volume: u32,
    index: u64,
}

fn wide(path: &CStr) -> Vec<u16> {
    String::from_utf8_lossy(path.to_bytes()).encode_utf16().chain([0]).collect()
}

/// The socket file at a path: a reparse point.
pub fn socket_file_at(path: &CStr) -> Option<FileId> {
    let path = wide(path);
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    // SAFETY: a text with a NUL at its end; the handle is closed once; the struct is read only when it was written.
    unsafe {
        let file = CreateFileW(path.as_ptr(), 0, share, ptr::null(), OPEN_EXISTING, flags, ptr::null_mut());
        if file == INVALID_HANDLE_VALUE {
            return None;
        }
        let mut about = MaybeUninit::<BY_HANDLE_FILE_INFORMATION>::uninit();
        let known = GetFileInformationByHandle(file, about.as_mut_ptr()) != 0;
        CloseHandle(file);
        let about = known.then(|| about.assume_init())?;
        let index = u64::from(about.nFileIndexHigh) << 32 | u64::from(about.nFileIndexLow);
        let is_socket = about.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT != 0;
        is_socket.then_some(FileId { volume: about.dwVolumeSerialNumber, index })
    }
}

/// As [`socket_file_at`]. Nothing keeps the file in existence.
pub fn hold_socket_file(path: &CStr) -> Option<((), FileId)> {
    socket_file_at(path).map(|file| ((), file))
}

/// Removes a file.
pub fn unlink(path: &CStr) -> Result<()> {
    // SAFETY: a text with a NUL at its end.
    of_bool(unsafe { DeleteFileW(wide(path).as_ptr()) })
}
