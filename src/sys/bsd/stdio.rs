//! `FILE` streams over something of ours: funopen(3).

use crate::sys::unix::ret::last_errno;
use crate::sys::{Errno, Result, memory};
use libc::FILE;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;

/// The object behind a `FILE`. Both functions set `errno` when they fail, and must not unwind.
pub trait Stdio: Send + Sync + 'static {
    /// Fills a buffer: how many bytes, 0 at the end, -1 for a failure.
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> isize;

    /// Takes bytes: how many; fewer than all is a failure.
    fn write(&self, data: &[u8]) -> isize;
}

/// Lengths are ints, but in NetBSD.
#[cfg(not(target_os = "netbsd"))]
type Len = c_int;
#[cfg(not(target_os = "netbsd"))]
type Count = c_int;
#[cfg(target_os = "netbsd")]
type Len = usize;
#[cfg(target_os = "netbsd")]
type Count = isize;

type Read = unsafe extern "C" fn(*mut c_void, *mut c_char, Len) -> Count;
type Write = unsafe extern "C" fn(*mut c_void, *const c_char, Len) -> Count;
type Close = unsafe extern "C" fn(*mut c_void) -> c_int;

unsafe extern "C" {
    #[cfg(not(target_os = "netbsd"))]
    fn funopen(
        cookie: *mut c_void,
        read: Option<Read>,
        write: Option<Write>,
        seek: *const c_void,
        close: Option<Close>,
    ) -> *mut FILE;

    #[cfg(target_os = "netbsd")]
    fn funopen2(
        cookie: *mut c_void,
        read: Option<Read>,
        write: Option<Write>,
        seek: *const c_void,
        flush: *const c_void,
        close: Option<Close>,
    ) -> *mut FILE;
}

unsafe extern "C" fn read<T: Stdio>(cookie: *mut c_void, buffer: *mut c_char, len: Len) -> Count {
    #[allow(clippy::unnecessary_cast)] // NetBSD's is a size_t
    let len = len as usize;
    // SAFETY: the cookie is the `T` of `open_stdio`, alive until `close`; the C library lends a buffer
    // of `len` bytes.
    unsafe { (*cookie.cast::<T>()).read(std::slice::from_raw_parts_mut(buffer.cast(), len)) as Count }
}

unsafe extern "C" fn write<T: Stdio>(cookie: *mut c_void, data: *const c_char, len: Len) -> Count {
    #[allow(clippy::unnecessary_cast)] // NetBSD's is a size_t
    let len = len as usize;
    // SAFETY: as in `read`.
    unsafe { (*cookie.cast::<T>()).write(std::slice::from_raw_parts(data.cast(), len)) as Count }
}

unsafe extern "C" fn close<T: Stdio>(cookie: *mut c_void) -> c_int {
    // SAFETY: the cookie is the box of `open_stdio`; after this the C library uses it no more.
    drop(unsafe { Box::from_raw(cookie.cast::<T>()) });
    0
}

/// Opens a `FILE`, which owns `behind`. The caller closes it with fclose(3).
pub fn open_stdio<T: Stdio>(behind: T, mode: &CStr) -> Result<*mut FILE> {
    let letters = mode.to_bytes();
    let (reads, writes) = match letters.first() {
        Some(b'r') => (true, letters.contains(&b'+')),
        Some(b'w' | b'a') => (letters.contains(&b'+'), true),
        _ => return Err(Errno(libc::EINVAL)),
    };
    memory::available(size_of::<T>())?;
    let cookie = Box::into_raw(Box::new(behind));
    let reader = reads.then_some(read::<T> as Read);
    let writer = writes.then_some(write::<T> as Write);
    let none = std::ptr::null();
    #[cfg(not(target_os = "netbsd"))]
    // SAFETY: the functions take the cookie for what it is; without a seek function the stream cannot seek.
    let file = unsafe { funopen(cookie.cast(), reader, writer, none, Some(close::<T>)) };
    #[cfg(target_os = "netbsd")]
    // SAFETY: as above.
    let file = unsafe { funopen2(cookie.cast(), reader, writer, none, none, Some(close::<T>)) };
    if file.is_null() {
        let error = last_errno();
        // SAFETY: the C library did not keep it.
        drop(unsafe { Box::from_raw(cookie) });
        return Err(error);
    }
    Ok(file)
}
