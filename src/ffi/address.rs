//! Addresses
//!
//! A `struct sock_addr` holds an address of any family, with a native sockaddr inside. Each family
//! has a constructor and a getter with named fields. Every address has one text form, which reads
//! back as the same address:
//!
//!   192.0.2.1:80                 AF_INET
//!   [2001:db8::1]:80             AF_INET6; a flow label other than 0 follows: [::1]:80?flowinfo=5
//!   [fe80::1%eth0]:80            with a zone, by name, or by index if it has no name: %2
//!   unix:/run/x  unix:relative   AF_UNIX, a path
//!   unix:@name                   AF_UNIX, an abstract name: @ replaces the leading NUL
//!   unix:                        AF_UNIX, unnamed
//!   unspec:                      the empty address, of length 0
//!   af44:00ff                    any other family: its number, then the bytes that follow it
//!
//! "Families" has the forms of AF_NETLINK, AF_PACKET, AF_CAN, AF_TIPC, AF_BLUETOOTH, AF_ALG,
//! AF_VSOCK and AF_QIPCRTR. In names, %XX encodes a byte: always NUL, %, control bytes, bytes above
//! 0x7e, an @ at the start of a path, and a ] in a zone. A numeric zone is always an index.
//!
//! These functions never look up names, and their only system calls find the name or index of an
//! interface. Every function returns -EINVAL for a malformed address: one whose `len` is neither 0
//! nor 2 to 128, or whose `zero` is not 0.

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
/// `host`: "192.0.2.1" or "2001:db8::1", as for inet_pton(3). IPv6 may have a zone, "fe80::1%eth0"
/// or "fe80::1%2", by name only for link-local addresses. NULL or "" is 0.0.0.0; "<broadcast>" is
/// 255.255.255.255.
/// `port`: 0 to 65535, in host order.
/// `out`: receives AF_INET or AF_INET6, depending on the host.
/// Returns 0; -EINVAL if the host is not numeric; -ENODEV if no interface has the zone. See ip(7),
/// ipv6(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_ip(host: *const c_char, port: i64, out: *mut Address) -> c_int {
    // SAFETY: `host` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::ip(arg::optional_text(host), port)?, out) })
}

/// Makes an AF_INET6 address from all its fields.
///
/// `host`: IPv6, as for `sock_addr_ip`; NULL or "" is "::".
/// `port`: 0 to 65535. `flowinfo`: the flow label, 0 to 0xfffff. Both in host order.
/// `scope_id`: 0 to 2^32-1, the index of an interface; 0 takes it from the zone in `host`. If both
/// are given, they must agree.
/// Returns 0; -EINVAL if the host is not numeric IPv6 or its zone is another scope; -ENODEV if no
/// interface has the zone. See ipv6(7).
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
/// `path`, `len`: the name, without a terminating NUL. Length 0 is the unnamed address, for which
/// `sock_bind` chooses a free abstract name. A name with a leading NUL is abstract: at most 108
/// bytes, all of which count. Any other is a path of at most 107 bytes.
/// Returns 0; -ENAMETOOLONG; -EINVAL for a NUL inside a path. See unix(7).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_unix(path: *const c_void, len: usize, out: *mut Address) -> c_int {
    // SAFETY: `path` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::unix(arg::bytes(path, len, "path")?)?, out) })
}

/// Makes an address from its text form, without looking up names.
///
/// `text`: one of the forms above. An IP address needs its port; its host is as for `sock_addr_ip`,
/// but not "" or "<broadcast>".
/// Returns 0; -EINVAL if the text has none of the forms, with the faulty part in `sock_last_error`;
/// -ENAMETOOLONG if a path is too long; -ENODEV if no interface has the zone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_parse(text: *const c_char, out: *mut Address) -> c_int {
    // SAFETY: `text` is NULL or a string, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::parse(arg::text(text, "text")?)?, out) })
}

/// Writes the text form of an address.
///
/// Returns the length, less than 400; the text is printable ASCII.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_format(addr: *const Address, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `addr` is NULL or valid, `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard_bare(|| unsafe { arg::write_text(address::format(arg::input(addr, "addr")?)?.bytes(), buf, cap) })
}

/// Makes an address from a native one, of any family.
///
/// `sockaddr`, `len`: the native address, 2 to 128 bytes, including short forms, AF_UNSPEC and
/// families that libsock does not know; length 0 is the empty address. Padding of complete
/// addresses is removed: sin_zero, bytes after a path's NUL, and bytes beyond a sockaddr_in or
/// sockaddr_in6.
/// `out`: receives the address; may overlap `sockaddr`.
/// Returns 0; -EINVAL if the length is 1 or more than 128.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_from_native(
    sockaddr: *const c_void,
    len: usize,
    out: *mut Address,
) -> c_int {
    // SAFETY: `sockaddr` is NULL or valid for `len` bytes, `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(address::from_native(arg::bytes(sockaddr, len, "sockaddr")?)?, out) })
}

/// Copies the native address.
///
/// `sockaddr`, `cap`: where to write it, at most `cap` bytes; 128 always suffice.
/// Returns its length, which may exceed `cap`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_native(addr: *const Address, sockaddr: *mut c_void, cap: usize) -> i64 {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let addr = *unsafe { arg::input(addr, "addr") }?;
        // SAFETY: `sockaddr` is NULL or valid for `cap` bytes, as the header demands; `addr` is a copy.
        unsafe { arg::write_bytes(address::check(&addr)?, sockaddr, cap, "sockaddr") }
    })
}

/// Returns the family of an address, 0 to 65535: AF_INET, AF_UNIX ...; AF_UNSPEC if it is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_family(addr: *const Address) -> c_int {
    // SAFETY: `addr` is NULL or valid, as the header demands.
    guard_bare(|| address::family(unsafe { arg::input(addr, "addr") }?))
}

/// Gets the fields of an AF_INET or AF_INET6 address.
///
/// `host`, `cap`: receive the host as text, as by inet_ntop(3), without the zone; INET6_ADDRSTRLEN
/// (46) bytes always suffice.
/// `port`, `flowinfo`, `scope_id`: receive the numbers in host order, the last two 0 for AF_INET;
/// each may be NULL. The flow information is the native 32 bits, with the traffic class in the
/// upper ones.
/// Returns the length of the host; -EAFNOSUPPORT for another family; -EINVAL if the address is too
/// short.
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

/// Copies the name of an AF_UNIX address.
///
/// `path`, `cap`: receive the bytes of the name: a path, an abstract name with its leading NUL, or
/// nothing for the unnamed address. A NUL that is not counted follows if there is room; 109 bytes
/// always suffice.
/// Returns the length of the name; -EAFNOSUPPORT for another family; -EINVAL if the address is too
/// long for its family. See unix(7).
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

/// Compares two addresses: family and fields, or every byte if libsock does not know the family.
///
/// `one`, `other`: the addresses; padding does not count.
/// Returns 1 if they are equal, else 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_equal(one: *const Address, other: *const Address) -> c_int {
    // SAFETY: both are NULL or valid, as the header demands.
    guard_bare(|| unsafe {
        address::equal(arg::input(one, "one")?, arg::input(other, "other")?).map(i32::from)
    })
}
