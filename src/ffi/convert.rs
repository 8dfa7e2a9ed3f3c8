//! Convert (byte order, numeric hosts)
//!
//! Byte order, and numeric IP hosts as bytes and text. C programs have these in their system's headers,
//! most as macros; here they are functions for every language, with their ranges checked. No function
//! looks a name up or makes a system call. Any thread; async-signal-safe as long as they succeed.

use super::arg;
use super::guard::guard;
use crate::net::convert;
use crate::net::error::{Code, Result};
use std::ffi::{c_char, c_int, c_void};
use std::net::IpAddr;

/// 32 bits from host to network byte order.
/// `host`: 0 to 2^32-1. Returns the number, 0 to 2^32-1; -EINVAL out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_htonl(host: i64) -> i64 {
    guard(|| convert::swap32("host", host))
}

/// 16 bits from host to network byte order.
/// `host`: 0 to 65535. Returns the number, 0 to 65535; -EINVAL out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_htons(host: i64) -> i64 {
    guard(|| convert::swap16("host", host))
}

/// 32 bits from network to host byte order.
/// `net`: 0 to 2^32-1. Returns the number, 0 to 2^32-1; -EINVAL out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_ntohl(net: i64) -> i64 {
    guard(|| convert::swap32("net", net))
}

/// 16 bits from network to host byte order.
/// `net`: 0 to 65535. Returns the number, 0 to 65535; -EINVAL out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn sock_ntohs(net: i64) -> i64 {
    guard(|| convert::swap16("net", net))
}

/// Writes an address whole or not at all.
///
/// # Safety
/// `out` is NULL or valid for writing `cap` bytes.
unsafe fn put(bytes: &[u8], out: *mut c_void, cap: usize) -> Result<c_int> {
    if cap < bytes.len() {
        let len = bytes.len();
        return Err(Code::errno(libc::ENOSPC).because(format_args!("cap: {cap} bytes, {len} are needed")));
    }
    // SAFETY: this function's contract.
    unsafe { arg::write_bytes(bytes, out, cap, "out") }?;
    Ok(bytes.len() as c_int)
}

/// The four bytes of an IPv4 host in any form that inet_aton(3) has ever taken, on every platform alike:
/// one to four parts with dots between, decimal, octal with a leading 0 or hexadecimal with 0x, of which
/// the last fills all bytes that are left; white space ends it, and what follows does not count.
///
/// `text`: "192.0.2.1", "127.1", "0x7f000001". `out`, `cap`: receive the bytes in network order.
/// Returns 4; -EINVAL for what is no such form; -ENOSPC when `cap` is below 4; -EFAULT for NULL.
/// Since 0.1.0. See inet(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_inet_aton(text: *const c_char, out: *mut c_void, cap: usize) -> c_int {
    // SAFETY: `text` is NULL or a string, `out` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { put(&convert::aton(arg::text(text, "text")?)?, out, cap) })
}

/// The text of an IPv4 host of four bytes: "192.0.2.1".
///
/// `bytes`, `len`: the host in network order; `len` must be 4.
/// `buf`, `cap`: where to put the text with its NUL; 16 hold any. NULL with 0 asks.
/// Returns the length needed, without the NUL; -EINVAL for another length; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_inet_ntoa(
    bytes: *const c_void,
    len: usize,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    // SAFETY: the arguments are passed on under the same demands.
    unsafe { sock_inet_ntop(libc::AF_INET, bytes, len, buf, cap) }
}

/// The bytes of a numeric host, strictly: IPv4 as four decimal numbers without leading zeros, IPv6 as
/// in RFC 4291 without a zone.
///
/// `family`: AF_INET or AF_INET6. `text`: the host. `out`, `cap`: receive 4 or 16 bytes in network order.
/// Returns 4 or 16; -EINVAL for what is no address of the family; -EAFNOSUPPORT for another family;
/// -ENOSPC when `cap` is too small; -EFAULT for NULL. Since 0.1.0. See inet_pton(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_inet_pton(
    family: c_int,
    text: *const c_char,
    out: *mut c_void,
    cap: usize,
) -> c_int {
    guard(|| {
        // SAFETY: `text` is NULL or a string, as the header demands.
        let host = convert::pton(family, unsafe { arg::text(text, "text") }?)?;
        let (v4, v6);
        let octets: &[u8] = match host {
            IpAddr::V4(host) => {
                v4 = host.octets();
                &v4
            }
            IpAddr::V6(host) => {
                v6 = host.octets();
                &v6
            }
        };
        // SAFETY: `out` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { put(octets, out, cap) }
    })
}

/// The text of a host, IPv6 as RFC 5952 has it, with the last four bytes dotted in "::ffff:192.0.2.1" and
/// "::192.0.2.1".
///
/// `family`: AF_INET or AF_INET6. `bytes`, `len`: the host in network order, exactly 4 or 16 bytes.
/// `buf`, `cap`: where to put the text with its NUL; 46 hold any. NULL with 0 asks.
/// Returns the length needed, without the NUL; -EINVAL for another length; -EAFNOSUPPORT for another
/// family; -EFAULT for NULL. Since 0.1.0. See inet_ntop(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_inet_ntop(
    family: c_int,
    bytes: *const c_void,
    len: usize,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `bytes` is NULL or valid for `len` bytes, as the header demands.
        let text = convert::ntop(family, unsafe { arg::bytes(bytes, len, "bytes") }?)?;
        // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { arg::write_text(text.bytes(), buf, cap) }
    })
}
