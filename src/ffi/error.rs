//! Errors
//!
//! Every function that can fail returns a negative number: `-errno` for what the system reported,
//! one of the codes below for what libsock itself decided. The codes are the same on every platform
//! and are no errno. `errno` is set as well, to the nearest system value, but nothing depends on it.

use super::arg;
use super::guard::guard_bare;
use crate::net::error;
use std::ffi::{c_char, c_int};

/// The handle was closed by another thread while the call waited.
pub const SOCK_ECLOSED: i32 = -20001;
/// The cancel token of the handle has fired.
pub const SOCK_ECANCELED: i32 = -20002;
/// A time limit of the caller has passed: timeout or deadline. The kernel's own is -ETIMEDOUT.
pub const SOCK_ETIMEDOUT: i32 = -20003;
/// A defect in libsock; the call did nothing further. `sock_last_error` holds the text to report.
pub const SOCK_EPANIC: i32 = -20004;
/// The peer closed its half of a stream before all of what was asked for had come.
pub const SOCK_EEOF: i32 = -20005;

// Failures of name lookups: the names of getaddrinfo(3) and gethostbyname(3), numbers of our own, which
// are the same on every platform.

/// Bad value for lookup flags.
pub const SOCK_EAI_BADFLAGS: i32 = -21001;
/// Name or service not known.
pub const SOCK_EAI_NONAME: i32 = -21002;
/// Temporary failure in name resolution.
pub const SOCK_EAI_AGAIN: i32 = -21003;
/// Non-recoverable failure in name resolution.
pub const SOCK_EAI_FAIL: i32 = -21004;
/// No address associated with hostname.
pub const SOCK_EAI_NODATA: i32 = -21005;
/// Address family not supported by lookup.
pub const SOCK_EAI_FAMILY: i32 = -21006;
/// Socket type not supported by lookup.
pub const SOCK_EAI_SOCKTYPE: i32 = -21007;
/// Service not supported for socket type.
pub const SOCK_EAI_SERVICE: i32 = -21008;
/// Address family for hostname not supported.
pub const SOCK_EAI_ADDRFAMILY: i32 = -21009;
/// Memory allocation failure in name resolution.
pub const SOCK_EAI_MEMORY: i32 = -21010;
/// System error in name resolution.
pub const SOCK_EAI_SYSTEM: i32 = -21011;
/// Result of the lookup too large.
pub const SOCK_EAI_OVERFLOW: i32 = -21012;
/// Bad hints for lookup.
pub const SOCK_EAI_BADHINTS: i32 = -21013;
/// Unknown protocol in name resolution.
pub const SOCK_EAI_PROTOCOL: i32 = -21014;
/// Unknown host.
pub const SOCK_HOST_NOT_FOUND: i32 = -22001;
/// Host name lookup failure.
pub const SOCK_TRY_AGAIN: i32 = -22002;
/// Unknown server error.
pub const SOCK_NO_RECOVERY: i32 = -22003;
/// No address associated with name.
pub const SOCK_NO_DATA: i32 = -22004;

/// The text of a code, for people: "timed out", "Connection refused".
///
/// `code`: any number. Answers "success" for 0 and "unknown code" for what is no code; never NULL.
/// The text is static, the same in every locale, and is never freed.
/// Any thread; async-signal-safe. Since 0.1.0. See strerror(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_strerror(code: i64) -> *const c_char {
    error::text(code).as_ptr()
}

/// The name of a code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
///
/// `code`: any number. Answers "success" for 0 and "unknown code" for what is no code; never NULL.
/// The text is static and is never freed. Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_err_name(code: i64) -> *const c_char {
    error::name(code).as_ptr()
}

/// The text of a code, copied: `sock_strerror` for callers that cannot hold a C string.
///
/// `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
/// Returns the length needed, without the NUL; -EFAULT when `buf` is NULL and `cap` is not 0.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_strerror_copy(code: i64, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard_bare(|| unsafe { arg::write_text(error::text(code).to_bytes(), buf, cap) })
}

/// The code of the last failure of the calling thread, and its text in full: where an argument was
/// refused, the sentence names the field ("port: 70000 is not within 0 to 65535").
///
/// `code`: receives the code (0 before the first failure); may be NULL.
/// `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
/// Returns the length needed, without the NUL; -EFAULT when `buf` is NULL and `cap` is not 0.
/// A call that succeeds changes nothing here; asking does not either. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_last_error(code: *mut c_int, buf: *mut c_char, cap: usize) -> i64 {
    guard_bare(|| {
        let (last, text) = error::last();
        // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
        let needed = unsafe { arg::write_text(text.as_bytes(), buf, cap) }?;
        // SAFETY: `code` is NULL or valid for one int, as the header demands.
        if let Some(place) = unsafe { arg::optional_output(code) } {
            place.write(last);
        }
        Ok(needed)
    })
}

/// Whether a code says that a time limit has passed: SOCK_ETIMEDOUT or -ETIMEDOUT. 1 or 0.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_timeout(code: i64) -> c_int {
    error::is(code, error::Traits::TIMEOUT).into()
}

/// Whether the same call may succeed later without any change: -EAGAIN, -EINPROGRESS, -EMFILE,
/// SOCK_ETIMEDOUT and the like. 1 or 0. Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_temporary(code: i64) -> c_int {
    error::is(code, error::Traits::TEMPORARY).into()
}

/// Whether a code says that the handle is closed: SOCK_ECLOSED or -EBADF. 1 or 0.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_closed(code: i64) -> c_int {
    error::is(code, error::Traits::CLOSED).into()
}

/// Whether a code comes from a name lookup: SOCK_EAI_NONAME to SOCK_NO_DATA. 1 or 0.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_resolver(code: i64) -> c_int {
    error::is(code, error::Traits::RESOLVER).into()
}

/// Whether a code says that the call was canceled: SOCK_ECANCELED or -ECANCELED. 1 or 0.
/// Any thread; async-signal-safe. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_canceled(code: i64) -> c_int {
    error::is(code, error::Traits::CANCELED).into()
}
