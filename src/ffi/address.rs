//! Addresses
//!
//! One value holds an address of any family: `struct sock_addr`, with a native sockaddr inside. Each
//! family has a constructor and a getter with named fields, and every address has one text form that
//! reads back as the same address:
//!
//!   192.0.2.1:80                 AF_INET
//!   [2001:db8::1]:80             AF_INET6; a flow label that is not 0 follows: [::1]:80?flowinfo=5
//!   [fe80::1%eth0]:80            the zone by name, or by index where the name says nothing: %2
//!   unix:/run/x  unix:relative   AF_UNIX, a path
//!   unix:@name                   AF_UNIX, an abstract name: @ stands for its leading NUL
//!   unix:                        AF_UNIX without a name
//!   unspec:                      the empty address, of length 0
//!   af44:00ff                    any other: the number of the family, and the bytes behind it
//!
//! Those of AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG, AF_VSOCK and AF_QIPCRTR are in
//! "Families".
//!
//! In names, %XX stands for a byte: always for NUL, %, control bytes and bytes above 0x7e, for the @
//! with which a path begins, and for the ] in a zone. A number as the zone is always an index.
//!
//! These functions never look a name up, and make no system call but for the name of an interface.
//! An address that a caller fills by hand must have a `len` of 0 or 2 to 128 and a `zero` of 0; every
//! function answers others with -EINVAL. Each function may be called from any thread.

#[allow(unused_imports)] // the name in C
pub use crate::net::address::Address as sock_addr;

use super::arg;
use super::guard::guard_bare;
use crate::net::address::{self, Address, Text, codec};
use crate::net::error::Result;
use std::ffi::{c_char, c_int, c_void};
use std::net::SocketAddr;

/// Writes a finished address. The place is looked at last, so that it may overlap an input.
///
/// # Safety
/// `out` is NULL or valid for writing one address.
#[inline(always)]
pub(super) unsafe fn put(address: Address, out: *mut Address) -> Result<c_int> {
    // SAFETY: this function's contract is that of `output`.
    unsafe { arg::output(out, "out") }?.write(address);
    Ok(0)
}

/// Makes the address of a numeric host and a port.
///
/// `host`: "192.0.2.1" or "2001:db8::1" as inet_pton(3) takes them, an IPv6 one with its zone where it
/// has one ("fe80::1%eth0", "fe80::1%2"; a name only with link-local addresses). NULL or "" is
/// 0.0.0.0, "<broadcast>" is 255.255.255.255.
/// `port`: 0 to 65535, in host order.
/// `out`: receives the address, AF_INET or AF_INET6 as the host is.
/// Returns 0; -EINVAL for a host that is not numeric and a port out of range; -ENODEV for a zone
/// that no interface has; -EFAULT for NULL. Since 0.1.0. See ip(7), ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_ip(host: *const c_char, port: i64, out: *mut Address) -> c_int {
    // SAFETY: `host` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::ip(arg::optional_text(host), port)?, out) })
}

/// Makes an AF_INET6 address of all its fields.
///
/// `host`: as in sock_addr_ip, but IPv6 alone; NULL or "" is "::".
/// `port`: 0 to 65535. `flowinfo`: the flow label, 0 to 0xfffff. Both in host order.
/// `scope_id`: 0 to 2^32-1, the index of an interface, or 0 to leave it to the zone in `host`. Where
/// both are given they must agree.
/// `out`: receives the address.
/// Returns 0; -EINVAL for a host that is not numeric IPv6, a number out of range, or a scope that is not
/// the host's zone; -ENODEV for a zone that no interface has; -EFAULT for NULL. Since 0.1.0. See ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_ip6(
    host: *const c_char,
    port: i64,
    flowinfo: i64,
    scope_id: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: `host` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::ip6(arg::optional_text(host), port, flowinfo, scope_id)?, out) })
}

/// Makes an AF_UNIX address.
///
/// `path`, `len`: the name, without a NUL behind it. Of length 0 it is the unnamed address, for which
/// sock_bind takes a free abstract name. With a leading NUL it is an abstract name of at most 108 bytes
/// of which every one counts. Otherwise a path of at most 107 bytes.
/// `out`: receives the address.
/// Returns 0; -ENAMETOOLONG; -EINVAL for a NUL inside a path; -EFAULT for NULL. Since 0.1.0. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_unix(path: *const c_void, len: usize, out: *mut Address) -> c_int {
    // SAFETY: `path` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::unix(arg::bytes(path, len, "path")?)?, out) })
}

/// Makes an address of its text form. Never a lookup of a host or port by name.
///
/// `text`: a form as at the head of this section. An IP address needs its port, and is as in
/// sock_addr_ip, but without "" and "<broadcast>".
/// `out`: receives the address.
/// Returns 0; -EINVAL for what is no form, with the part at fault in sock_last_error; -ENAMETOOLONG for a
/// path that is too long; -ENODEV for a zone that no interface has; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_parse(text: *const c_char, out: *mut Address) -> c_int {
    // SAFETY: `text` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::parse(arg::text(text, "text")?)?, out) })
}

/// Writes the text form of an address. Printable ASCII, below 400 bytes with its NUL.
///
/// `addr`: any address.
/// `buf`, `cap`: where to put the text with its NUL; at most `cap` bytes are written. NULL with 0 asks.
/// Returns the length needed, without the NUL; -EINVAL for what is no address; -EFAULT for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_format(addr: *const Address, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `addr` is NULL or valid, `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard_bare(|| unsafe { arg::write_text(address::format(arg::input(addr, "addr")?)?.bytes(), buf, cap) })
}

/// Makes an address of a native one, of any family.
///
/// `sockaddr`, `len`: the native address. Any length from 2 to 128 is taken, short forms, AF_UNSPEC and
/// families unknown to libsock too; what is whole is freed of its padding: sin_zero, what lies behind a
/// path's NUL, and what goes beyond a sockaddr_in or sockaddr_in6. Length 0 is the empty address.
/// `out`: receives the address; may overlap `sockaddr`.
/// Returns 0; -EINVAL for a length of 1 or above 128; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_from_native(
    sockaddr: *const c_void,
    len: usize,
    out: *mut Address,
) -> c_int {
    // SAFETY: `sockaddr` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::from_native(arg::bytes(sockaddr, len, "sockaddr")?)?, out) })
}

/// Copies the native address out.
///
/// `addr`: any address.
/// `sockaddr`, `cap`: where to put it; at most `cap` bytes are written, 128 hold any. NULL with 0 asks.
/// Returns its length, which may be above `cap`; -EINVAL for what is no address; -EFAULT for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_native(addr: *const Address, sockaddr: *mut c_void, cap: usize) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = *unsafe { arg::input(addr, "addr") }?;
        // SAFETY: `sockaddr` is NULL or valid for `cap` bytes, as the header demands; `addr` is a copy.
        unsafe { arg::write_bytes(address::check(&addr)?, sockaddr, cap, "sockaddr") }
    })
}

/// The family of an address: AF_INET, AF_UNIX and so on; AF_UNSPEC of the empty address.
///
/// Returns the number, 0 to 65535; -EINVAL for what is no address; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_family(addr: *const Address) -> c_int {
    // SAFETY: `addr` is NULL or valid, as the header demands.
    guard_bare(|| address::family(unsafe { arg::input(addr, "addr") }?))
}

/// The fields of an AF_INET or AF_INET6 address.
///
/// `host`, `cap`: where to put the host as text with its NUL, as inet_ntop(3) writes it and without the
/// zone; at most `cap` bytes are written, INET6_ADDRSTRLEN (46) hold any. NULL with 0 asks.
/// `port`, `flowinfo`, `scope_id`: receive the numbers in host order, the last two 0 for AF_INET; each may
/// be NULL. Natively the flow information has 32 bits, of which the traffic class takes the upper ones.
/// Returns the length of the host, without the NUL; -EAFNOSUPPORT for another family; -EINVAL for what is
/// no address or a short one; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_ip(
    addr: *const Address,
    host: *mut c_char,
    cap: usize,
    port: *mut i64,
    flowinfo: *mut i64,
    scope_id: *mut i64,
) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = address::get_ip(unsafe { arg::input(addr, "addr") }?)?;
        let (flow, scope) = match fields {
            SocketAddr::V4(_) => (0, 0),
            SocketAddr::V6(v6) => (v6.flowinfo(), v6.scope_id()),
        };
        let mut text = Text::new();
        codec::ip::write_host(&fields.ip(), &mut text);
        // SAFETY: `host` is NULL or valid for `cap` bytes, as the header demands.
        let needed = unsafe { arg::write_text(text.bytes(), host, cap) }?;
        for (place, value) in
            [(port, fields.port().into()), (flowinfo, flow.into()), (scope_id, scope.into())]
        {
            // SAFETY: each is NULL or valid, as the header demands.
            if let Some(place) = unsafe { arg::optional_output(place) } {
                place.write(value);
            }
        }
        Ok(needed)
    })
}

/// The name of an AF_UNIX address.
///
/// `path`, `cap`: where to put the bytes of the name: a path, an abstract name with its leading NUL, or
/// nothing for the unnamed address. At most `cap` bytes are written; where there is room a NUL follows
/// that is not counted, so 109 hold any name. NULL with 0 asks.
/// Returns the length of the name; -EAFNOSUPPORT for another family; -EINVAL for what is no address or too
/// long for its family; -EFAULT for NULL. Since 0.1.0. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_unix(addr: *const Address, path: *mut c_void, cap: usize) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = *unsafe { arg::input(addr, "addr") }?;
        let name = address::get_unix(&addr)?;
        let mut with_nul = [0; codec::native::MAX];
        with_nul[..name.len()].copy_from_slice(name);
        // SAFETY: `path` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { arg::write_bytes(&with_nul[..=name.len()], path, cap, "path") }?;
        Ok(name.len() as i64)
    })
}

/// Whether two addresses are the same: family and fields, or every byte where libsock does not know the
/// family. Padding does not count.
///
/// Returns 1 or 0; -EINVAL for what is no address; -EFAULT for NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_equal(one: *const Address, other: *const Address) -> c_int {
    // SAFETY: both are NULL or valid, as the header demands.
    guard_bare(|| unsafe { Ok(address::equal(arg::input(one, "one")?, arg::input(other, "other")?)?.into()) })
}
