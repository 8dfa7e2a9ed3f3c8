//! `FILE` streams over something of ours: fopencookie(3).

use super::super::Result;
use super::ret::last_errno;
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

#[repr(C)]
struct Functions {
    read: unsafe extern "C" fn(*mut c_void, *mut c_char, usize) -> isize,
    write: unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> isize,
    seek: Option<unsafe extern "C" fn(*mut c_void, *mut i64, c_int) -> c_int>,
    close: unsafe extern "C" fn(*mut c_void) -> c_int,
}

unsafe extern "C" {
    fn fopencookie(cookie: *mut c_void, mode: *const c_char, functions: Functions) -> *mut FILE;
}

unsafe extern "C" fn read<T: Stdio>(cookie: *mut c_void, buffer: *mut c_char, len: usize) -> isize {
    if len == 0 {
        return 0;
    }
    // SAFETY: the cookie is the `T` of `open_stdio`, alive until `close`; the C library lends a buffer
    // of `len` bytes.
    unsafe { (*cookie.cast::<T>()).read(std::slice::from_raw_parts_mut(buffer.cast(), len)) }
}

unsafe extern "C" fn write<T: Stdio>(cookie: *mut c_void, data: *const c_char, len: usize) -> isize {
    // musl's fflush ends with a write of nothing, from NULL.
    if len == 0 {
        return 0;
    }
    // SAFETY: as in `read`.
    let count = unsafe { (*cookie.cast::<T>()).write(std::slice::from_raw_parts(data.cast(), len)) };
    // The GNU C library takes a short count as a failure and forbids a negative one. musl takes any other count as a
    // success.
    if cfg!(target_env = "musl") && count.unsigned_abs() < len { -1 } else { count }
}

unsafe extern "C" fn close<T: Stdio>(cookie: *mut c_void) -> c_int {
    // SAFETY: the cookie is the box of `open_stdio`; after this the C library uses it no more.
    drop(unsafe { Box::from_raw(cookie.cast::<T>()) });
    0
}

/// Opens a `FILE`, which owns `behind`. The caller closes it with fclose(3).
pub fn open_stdio<T: Stdio>(behind: T, mode: &CStr) -> Result<*mut FILE> {
    super::super::memory::available(size_of::<T>())?;
    let cookie = Box::into_raw(Box::new(behind));
    let functions = Functions { read: read::<T>, write: write::<T>, seek: None, close: close::<T> };
    // SAFETY: the functions take the cookie for what it is; the mode is a string.
    let file = unsafe { fopencookie(cookie.cast(), mode.as_ptr(), functions) };
    if file.is_null() {
        let error = last_errno();
        // SAFETY: the C library did not keep it.
        drop(unsafe { Box::from_raw(cookie) });
        return Err(error);
    }
    Ok(file)
}
