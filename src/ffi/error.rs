//! Errors
//!
//! A function that returns codes can return any of these, or -errno. Below, `code` is any number;
//! all functions except `sock_last_error` are async-signal-safe.

use super::arg;
use super::guard::{fail_silently, guard_bare};
use crate::net::error::{self, Code};
use std::ffi::{c_char, c_int};

/// Another thread closed the handle during the call.
pub const SOCK_ECLOSED: i32 = -20001;
/// The handle's cancel token has fired.
pub const SOCK_ECANCELED: i32 = -20002;
/// Timeout or deadline passed; the kernel's is -ETIMEDOUT.
pub const SOCK_ETIMEDOUT: i32 = -20003;
/// A defect in libsock; please report sock_last_error.
pub const SOCK_EPANIC: i32 = -20004;
/// The stream ended before all requested bytes came.
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

/// Describes a code for people: "timed out", "Connection refused".
///
/// Returns the text, the same in every locale: "success" for 0, "unknown code" for a number that is
/// not a code; never NULL. See strerror(3).
#[unsafe(no_mangle)]
pub extern "C" fn sock_strerror(code: i64) -> *const c_char {
    error::text(code).as_ptr()
}

/// Names a code: "ECONNREFUSED", "SOCK_ETIMEDOUT", "EAI_NONAME".
///
/// Returns the name: "success" for 0, "unknown code" for a number that is not a code; never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn sock_err_name(code: i64) -> *const c_char {
    error::name(code).as_ptr()
}

/// Copies the text of a code, for callers that cannot hold a C string.
///
/// Returns the length. A failure does not change the text of `sock_last_error`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_strerror_copy(code: i64, buf: *mut c_char, cap: usize) -> i64 {
    // No sentence: a signal handler must neither take memory nor change what the interrupted call has said.
    if cap != 0 && buf.is_null() {
        return fail_silently::<i64>(Code::errno(libc::EFAULT));
    }
    if cap > isize::MAX as usize {
        return fail_silently::<i64>(Code::errno(libc::EINVAL));
    }
    // SAFETY: `buf` is valid for `cap` bytes, as the header demands, or `cap` is 0.
    guard_bare(|| unsafe { arg::write_text(error::text(code).to_bytes(), buf, cap) })
}

/// Copies the code and the text of the calling thread's last failure.
///
/// The text names the argument at fault ("port: 70000 is not within 0 to 65535"). Successful calls
/// do not change it, nor does this one. It is at most 320 bytes long, and needs no memory.
/// `code`: receives the code, 0 before the first failure; may be NULL.
/// Returns the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_last_error(code: *mut c_int, buf: *mut c_char, cap: usize) -> i64 {
    guard_bare(|| {
        error::with_last(|last, text| {
            // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
            let needed = unsafe { arg::write_text(text, buf, cap) }?;
            // SAFETY: `code` is NULL or valid for one int, as the header demands.
            if let Some(place) = unsafe { arg::optional_output(code) } {
                place.write(last);
            }
            Ok(needed)
        })
    })
}

/// Returns 1 if a code means that a time limit has passed (SOCK_ETIMEDOUT, -ETIMEDOUT), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_timeout(code: i64) -> c_int {
    error::is(code, error::Traits::TIMEOUT).into()
}

/// Returns 1 if the same call may succeed later (-EAGAIN, -EINPROGRESS, -EMFILE, SOCK_ETIMEDOUT
/// ...), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_temporary(code: i64) -> c_int {
    error::is(code, error::Traits::TEMPORARY).into()
}

/// Returns 1 if a code means that the handle is closed (SOCK_ECLOSED, -EBADF), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_closed(code: i64) -> c_int {
    error::is(code, error::Traits::CLOSED).into()
}

/// Returns 1 if a code comes from a name lookup (SOCK_EAI_BADFLAGS to SOCK_NO_DATA), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_resolver(code: i64) -> c_int {
    error::is(code, error::Traits::RESOLVER).into()
}

/// Returns 1 if a code means that the call was canceled (SOCK_ECANCELED, -ECANCELED), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_is_canceled(code: i64) -> c_int {
    error::is(code, error::Traits::CANCELED).into()
}
