//! Conversion of C arguments: every pointer is checked here and nowhere else.
//!
//! "Valid" means: not NULL, aligned, and readable (or writable) for the whole extent named by the
//! function's comment for as long as the call runs. A pointer that is not NULL is trusted to be valid.

use crate::net::error::{Code, Result};
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;

fn null(field: &str) -> Code {
    Code::errno(libc::EFAULT).because(format_args!("{field}: NULL"))
}

fn too_long(field: &str, len: usize) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {len} bytes are more than memory can hold"))
}

/// A readable buffer; of length 0 the pointer is never looked at.
///
/// # Safety
/// `data` is NULL or valid for `len` bytes.
#[inline(always)]
pub unsafe fn bytes<'a>(data: *const c_void, len: usize, field: &str) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(field));
    }
    if len > isize::MAX as usize {
        return Err(too_long(field, len));
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// A writable buffer; of length 0 the pointer is never looked at.
///
/// # Safety
/// `data` is NULL or valid for writing `len` bytes that nothing else uses.
#[inline(always)]
pub unsafe fn buffer<'a>(data: *mut c_void, len: usize, field: &str) -> Result<&'a mut [MaybeUninit<u8>]> {
    if len == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(null(field));
    }
    if len > isize::MAX as usize {
        return Err(too_long(field, len));
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts_mut(data.cast(), len) })
}

/// A readable array; of length 0 the pointer is never looked at.
///
/// # Safety
/// `list` is NULL or valid for `count` elements.
pub unsafe fn list<'a, T>(list: *const T, count: usize, field: &str) -> Result<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if list.is_null() {
        return Err(null(field));
    }
    if count > isize::MAX as usize / size_of::<T>() {
        return Err(too_long(field, count.saturating_mul(size_of::<T>())));
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(list, count) })
}

/// A writable array; of length 0 the pointer is never looked at.
///
/// # Safety
/// `list` is NULL or valid for writing `count` elements that nothing else uses.
pub unsafe fn places<'a, T>(list: *mut T, count: usize, field: &str) -> Result<&'a mut [MaybeUninit<T>]> {
    if count == 0 {
        return Ok(&mut []);
    }
    if list.is_null() {
        return Err(null(field));
    }
    if count > isize::MAX as usize / size_of::<T>() {
        return Err(too_long(field, count.saturating_mul(size_of::<T>())));
    }
    // SAFETY: not NULL, length within isize, valid by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts_mut(list.cast(), count) })
}

/// A NUL-terminated text that must be there.
///
/// # Safety
/// `text` is NULL or a valid NUL-terminated string.
pub unsafe fn text<'a>(text: *const c_char, field: &str) -> Result<&'a [u8]> {
    if text.is_null() {
        return Err(null(field));
    }
    // SAFETY: not NULL, NUL-terminated by this function's contract.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// A NUL-terminated text where NULL means "not given".
///
/// # Safety
/// As [`text`].
pub unsafe fn optional_text<'a>(text: *const c_char) -> Option<&'a [u8]> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, NUL-terminated by this function's contract.
    Some(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// An input struct that must be there.
///
/// # Safety
/// `value` is NULL or valid.
#[inline(always)]
pub unsafe fn input<'a, T>(value: *const T, field: &str) -> Result<&'a T> {
    // SAFETY: valid when not NULL, by this function's contract.
    unsafe { value.as_ref() }.ok_or_else(|| null(field))
}

/// A place for a result that must be there; it is written only on success.
///
/// # Safety
/// `place` is NULL or valid for writing one `T`.
#[inline(always)]
pub unsafe fn output<'a, T>(place: *mut T, field: &str) -> Result<&'a mut MaybeUninit<T>> {
    // SAFETY: valid when not NULL, by this function's contract; MaybeUninit reads nothing.
    unsafe { place.cast::<MaybeUninit<T>>().as_mut() }.ok_or_else(|| null(field))
}

/// A place for a result that may be left out.
///
/// # Safety
/// As [`output`].
#[inline(always)]
pub unsafe fn optional_output<'a, T>(place: *mut T) -> Option<&'a mut MaybeUninit<T>> {
    // SAFETY: valid when not NULL, by this function's contract; MaybeUninit reads nothing.
    unsafe { place.cast::<MaybeUninit<T>>().as_mut() }
}

/// Writes a text under the rule of snprintf: the length needed (without the NUL) is returned, what
/// fits is written with a NUL, capacity 0 with NULL only asks.
///
/// # Safety
/// `buf` is NULL or valid for writing `cap` bytes.
pub unsafe fn write_text(text: &[u8], buf: *mut c_char, cap: usize) -> Result<i64> {
    // SAFETY: this function's contract is that of `buffer`.
    let place = unsafe { buffer(buf.cast(), cap, "buf") }?;
    if let Some(room) = place.len().checked_sub(1) {
        let fits = text.len().min(room);
        for (to, from) in place.iter_mut().zip(&text[..fits]) {
            to.write(*from);
        }
        place[fits].write(0);
    }
    Ok(text.len() as i64)
}

/// Writes bytes that are no text: the length needed is returned, what fits is written, and no NUL.
///
/// # Safety
/// `buf` is NULL or valid for writing `cap` bytes.
pub unsafe fn write_bytes(bytes: &[u8], buf: *mut c_void, cap: usize, field: &str) -> Result<i64> {
    // SAFETY: this function's contract is that of `buffer`.
    let place = unsafe { buffer(buf, cap, field) }?;
    for (to, from) in place.iter_mut().zip(bytes) {
        to.write(*from);
    }
    Ok(bytes.len() as i64)
}

/// A struct of options that begins with its own size. What an older caller's lacks is zero; what a newer
/// one has beyond ours must be zero: this library would not obey it. NULL is all defaults.
///
/// # Safety
/// `options` is NULL or valid for as many bytes as its first field, a `size_t`, says. `T` is a C struct
/// of numbers and pointers, of which all zero is a value, and its first field is that `size_t`.
pub unsafe fn options<T: Copy>(options: *const T) -> Result<T> {
    // SAFETY: all zero is a value of `T`, by this function's contract.
    let mut known = unsafe { std::mem::zeroed::<T>() };
    if options.is_null() {
        return Ok(known);
    }
    // SAFETY: not NULL, so that the size can be read, and then as many bytes.
    let given = unsafe {
        let size = options.cast::<usize>().read();
        if size < size_of::<usize>() || size > 1 << 16 {
            return Err(
                Code::errno(libc::EINVAL).because(format_args!("size: {size} is not that of the options"))
            );
        }
        std::slice::from_raw_parts(options.cast::<u8>(), size)
    };
    let both = given.len().min(size_of::<T>());
    if given[both..].iter().any(|&byte| byte != 0) {
        return Err(
            Code::errno(libc::E2BIG).because(format_args!("options: this libsock is too old for them"))
        );
    }
    // SAFETY: within both; `T` takes any bytes that a caller's struct of the same layout has.
    unsafe { std::ptr::copy_nonoverlapping(given.as_ptr(), std::ptr::from_mut(&mut known).cast(), both) };
    Ok(known)
}
