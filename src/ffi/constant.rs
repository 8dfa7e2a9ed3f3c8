//! Constants
//!
//! C programs use the system's own constants. Other languages get them here, by name, at run time: the
//! library holds every constant of the socket interface that its platform has, sorted by name, each with
//! its number there, and libsock's own beside them. The number of a name never changes within a platform;
//! the count grows with new versions, so an index is good for one run only.

use super::arg;
use super::guard::{guard, guard_or};
use crate::net::constant::{self, Constant};
use std::ffi::{CStr, c_char, c_int};

/// How many constants there are. Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_constant_count() -> i64 {
    constant::count() as i64
}

/// The constant of an index, to go through all of them.
///
/// `index`: 0 to `sock_constant_count()` - 1; the constants are sorted by name, in the order of bytes.
/// `name`: receives the name, static text that is never freed. `value`: receives the number.
/// Returns 0, or 1 when the constant is a text: then the number is 0 and `sock_constant_text` has it.
/// -EFAULT when `name` or `value` is NULL, -EINVAL when the index is out of range.
/// Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_constant_at(index: i64, name: *mut *const c_char, value: *mut i64) -> c_int {
    guard(|| {
        // SAFETY: `name` is NULL or valid for one pointer, as the header demands.
        let name = unsafe { arg::output(name, "name") }?;
        // SAFETY: `value` is NULL or valid for one number, as the header demands.
        let value = unsafe { arg::output(value, "value") }?;
        let constant = constant::at(index)?;
        name.write(constant.name.as_ptr());
        value.write(constant.value);
        Ok(kind(&constant))
    })
}

/// The number of a constant: `sock_constant_find("AF_INET6", &value)`.
///
/// `name`: the constant's name as in C. `value`: receives the number.
/// Returns 0, or 1 when the constant is a text: then the number is 0 and `sock_constant_text` has it.
/// -EFAULT when `name` or `value` is NULL; -ENOTSUP when the name is known but this platform has no such
/// constant ("AF_SYSTEM" on Linux); -ENOENT when it is not known at all.
/// Names that exist twice: SOCK_ETIMEDOUT is libsock's code and ETIMEDOUT the system's number (positive);
/// EAI_AGAIN and HOST_NOT_FOUND are the system's, though libsock's functions answer such failures with
/// codes of their own, whose `sock_err_name` is this name.
/// Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_constant_find(name: *const c_char, value: *mut i64) -> c_int {
    guard(|| {
        // SAFETY: `name` is NULL or a valid NUL-terminated string, as the header demands.
        let name = unsafe { arg::text(name, "name") }?;
        // SAFETY: `value` is NULL or valid for one number, as the header demands.
        let value = unsafe { arg::output(value, "value") }?;
        let constant = constant::find(name)?;
        value.write(constant.value);
        Ok(kind(&constant))
    })
}

/// The group of a constant: what the names of its group begin with ("AF_", "MSG_", "SO_EE_"), or a word:
/// "errno", "h_errno", "libsock" for libsock's own (SOCK_FOREVER is of "libsock", SOCK_STREAM of "SOCK_").
///
/// `index`: as in `sock_constant_at`.
/// Returns static text that is never freed; NULL when the index is out of range.
/// Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_constant_group(index: i64) -> *const c_char {
    guard_or(std::ptr::null(), || constant::get(index).map_or(std::ptr::null(), |found| found.group.as_ptr()))
}

/// The text of a constant that is a text: BDADDR_ANY "00:00:00:00:00:00", BDADDR_LOCAL "00:00:00:FF:FF:FF".
///
/// `name`: the constant's name; may be NULL.
/// Returns static text that is never freed; NULL when there is no constant of that name or it is a number.
/// Any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_constant_text(name: *const c_char) -> *const c_char {
    guard_or(std::ptr::null(), || {
        // SAFETY: `name` is NULL or a valid NUL-terminated string, as the header demands.
        let Some(name) = (unsafe { arg::optional_text(name) }) else { return std::ptr::null() };
        constant::look_up(name).and_then(|found| found.text).map_or(std::ptr::null(), CStr::as_ptr)
    })
}

/// What a look-up returns: 0 for a number, 1 for a text.
fn kind(constant: &Constant) -> c_int {
    constant.text.is_some().into()
}
