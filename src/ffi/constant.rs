//! Constants
//!
//! C programs use the system's own constants. Other languages get them here, by name, at run time:
//! every constant of the socket interface that the platform has, with its number there, and
//! libsock's own, sorted by name. Within a platform a name's number never changes. New versions add
//! names, so an index is valid only within one run.

use super::arg;
use super::guard::{guard, guard_or};
use crate::net::constant::{self, Constant};
use std::ffi::{CStr, c_char, c_int};

/// Returns the number of constants.
///
/// Async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn sock_constant_count() -> i64 {
    constant::count() as i64
}

/// Gets a constant by index, to enumerate all.
///
/// `index`: 0 to `sock_constant_count()` - 1; the constants are sorted by the bytes of their names.
/// `name`: receives the name, static text. `value`: receives the number.
/// Returns 0, or 1 if the constant is a text: its number is then 0, and `sock_constant_text`
/// returns it.
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

/// Finds a constant by name: `sock_constant_find("AF_INET6", &value)`.
///
/// `name`: the name as in C. `value`: receives the number.
/// Returns as `sock_constant_at`; -ENOTSUP if the name is known but this platform lacks it
/// ("AF_SYSTEM" on Linux); -ENOENT if it is unknown.
/// SOCK_ETIMEDOUT is libsock's code, and ETIMEDOUT the system's number (positive). EAI_AGAIN and
/// HOST_NOT_FOUND are the system's too, although libsock returns codes of its own for such
/// failures, for which `sock_err_name` returns these names.
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

/// Returns the group of a constant, or NULL if the index is out of range.
///
/// `index`: as for `sock_constant_at`.
/// The group is the common prefix of its names ("AF_", "MSG_", "SO_EE_") or a word: "errno",
/// "h_errno", or "libsock" for libsock's own (SOCK_FOREVER is in "libsock", SOCK_STREAM in
/// "SOCK_").
#[unsafe(no_mangle)]
pub extern "C" fn sock_constant_group(index: i64) -> *const c_char {
    guard_or(std::ptr::null(), || constant::get(index).map_or(std::ptr::null(), |found| found.group.as_ptr()))
}

/// Returns the text of a constant, or NULL if the constant is a number or unknown.
///
/// `name`: the constant's name; may be NULL. BDADDR_ANY is "00:00:00:00:00:00", BDADDR_LOCAL
/// "00:00:00:FF:FF:FF".
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
