//! Convert (byte order, numeric hosts)
//!
//! The system's headers have these for C, mostly as macros; these are functions for every language,
//! with checked ranges. They look up nothing, make no system calls, and are async-signal-safe while
//! they succeed. `host` and `net` are 0 to 2^32-1 for 32 bits, 0 to 65535 for 16, and so are
//! results.

use super::arg;
use super::guard::guard;
use crate::net::convert;
use crate::net::error::{Code, Result};
use std::ffi::{c_char, c_int, c_void};
use std::net::IpAddr;

/// Returns 32 bits, converted from host to network byte order.
#[unsafe(no_mangle)]
pub extern "C" fn sock_htonl(host: i64) -> i64 {
    guard(|| convert::swap32("host", host))
}

/// Returns 16 bits, converted from host to network byte order.
#[unsafe(no_mangle)]
pub extern "C" fn sock_htons(host: i64) -> i64 {
    guard(|| convert::swap16("host", host))
}

/// Returns 32 bits, converted from network to host byte order.
#[unsafe(no_mangle)]
pub extern "C" fn sock_ntohl(net: i64) -> i64 {
    guard(|| convert::swap32("net", net))
}

/// Returns 16 bits, converted from network to host byte order.
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

/// Converts an IPv4 host, in any form that inet_aton(3) has ever accepted, to bytes.
///
/// `text`: "192.0.2.1", "127.1", "0x7f000001" ...: one to four parts with dots between, each
/// decimal, octal with a leading 0, or hexadecimal with 0x; the last part fills the remaining
/// bytes. White space ends the host, and what follows is ignored. The same on every platform.
/// `out`, `cap`: receive the bytes in network order.
/// Returns 4; -EINVAL for any other form; -ENOSPC if `cap` is less than 4. See inet(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_inet_aton(text: *const c_char, out: *mut c_void, cap: usize) -> c_int {
    // SAFETY: `text` is NULL or a string, `out` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { put(&convert::aton(arg::text(text, "text")?)?, out, cap) })
}

/// Converts four bytes to the text of an IPv4 host: "192.0.2.1".
///
/// `bytes`, `len`: the host in network order, 4 bytes.
/// Returns the length, less than 16. See inet(3).
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

/// Converts the text of a numeric host to bytes, strictly.
///
/// `family`: AF_INET or AF_INET6.
/// `text`: IPv4 as four decimal numbers without leading zeros, or IPv6 as in RFC 4291 without a
/// zone.
/// `out`, `cap`: receive 4 or 16 bytes in network order.
/// Returns 4 or 16; -EINVAL for any other text; -EAFNOSUPPORT for another family; -ENOSPC if `cap`
/// is too small. See inet_pton(3).
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

/// Converts the bytes of a host to text.
///
/// `family`: AF_INET or AF_INET6.
/// `bytes`, `len`: the host in network order, exactly 4 or 16 bytes.
/// IPv6 is as in RFC 5952, with the last four bytes dotted in "::ffff:192.0.2.1" and "::192.0.2.1".
/// Returns the length, less than 46; -EAFNOSUPPORT for another family. See inet_ntop(3).
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
