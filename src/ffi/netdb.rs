//! Netdb (network database)
//!
//! What this machine knows without asking the network: its name, services, protocols and interfaces.
//! Services and protocols are looked up through the C library, and so wherever nsswitch.conf(5)
//! points. Arrays may have grown by the next call.

use super::arg;
use super::guard::{guard, guard_or};
use crate::net::address::Address;
use crate::net::error::{Code, Result};
use crate::net::netdb;
use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;

/// A network interface.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_interface {
    /// Its index.
    pub index: u32,
    /// Always 0.
    pub zero: u32,
    /// Its name, with its NUL.
    pub name: [c_char; 64],
}

/// An address of a network interface.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct sock_interface_addr {
    /// The interface's index.
    pub index: u32,
    /// Its flags, as in "Constants": IFF_UP, IFF_LOOPBACK, IFF_MULTICAST ...
    pub flags: u32,
    /// Its name, with its NUL.
    pub name: [c_char; 64],
    /// The address: AF_INET, AF_INET6, or AF_PACKET for the link itself; empty if none.
    pub address: Address,
    /// The netmask, as an address; empty if none.
    pub netmask: Address,
    /// The broadcast address, or the other end if `flags` has IFF_POINTOPOINT; empty if none.
    pub broadcast: Address,
}

const _: () = assert!(size_of::<sock_interface>() == 72 && size_of::<sock_interface_addr>() == 480);

/// Copies the name of this machine.
///
/// Returns the length, or the error of gethostname(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_gethostname(buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&netdb::host_name()?, buf, cap) })
}

/// Sets the name of this machine.
///
/// `name`: the new name.
/// Returns 0; -EPERM without the privilege; -EINVAL if the name is too long. See sethostname(2).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_sethostname(name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| netdb::set_host_name(unsafe { arg::text(name, "name") }?))
}

/// Finds the port of a service: 443 for "https".
///
/// `name`: the service. `proto`: "tcp", "udp" ..., or NULL for any.
/// Returns the port, 0 to 65535, in host order; -ENOENT if the service is unknown; else the error
/// of getservbyname_r(3). See services(5).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getservbyname(name: *const c_char, proto: *const c_char) -> c_int {
    guard(|| {
        // SAFETY: each is NULL or a string, as the header demands.
        let (name, proto) = unsafe { (arg::text(name, "name")?, arg::optional_text(proto)) };
        netdb::service_port(name, proto)
    })
}

/// Finds the name of the service at a port: "https" for 443.
///
/// `port`: 0 to 65535, in host order. `proto`: as for `sock_getservbyname`.
/// Returns the length; -ENOENT if the port is unknown; else the error of getservbyport_r(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getservbyport(
    port: i64,
    proto: *const c_char,
    buf: *mut c_char,
    cap: usize,
) -> i64 {
    guard(|| {
        // SAFETY: `proto` is NULL or a string, as the header demands.
        let name = netdb::service_name(port, unsafe { arg::optional_text(proto) })?;
        // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
        unsafe { arg::write_text(&name, buf, cap) }
    })
}

/// Finds the number of a protocol: 6 for "tcp".
///
/// `name`: the protocol.
/// Returns the number; -ENOENT if the protocol is unknown; else the error of getprotobyname_r(3).
/// See protocols(5).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getprotobyname(name: *const c_char) -> c_int {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| netdb::protocol(unsafe { arg::text(name, "name") }?))
}

/// Finds the index of a network interface.
///
/// `name`: its name.
/// Returns the index, greater than 0; -ENODEV if there is none. See if_nametoindex(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_if_nametoindex(name: *const c_char) -> i64 {
    // SAFETY: `name` is NULL or a string, as the header demands.
    guard(|| netdb::interface_index(unsafe { arg::text(name, "name") }?))
}

/// Finds the name of a network interface.
///
/// `index`: 0 to 2^32-1.
/// Returns the length; -ENXIO if there is none. See if_indextoname(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_if_indextoname(index: i64, buf: *mut c_char, cap: usize) -> i64 {
    // SAFETY: `buf` is NULL or valid for `cap` bytes, as the header demands.
    guard(|| unsafe { arg::write_text(&netdb::interface_name(index)?, buf, cap) })
}

/// The name in a field of a struct. No interface of Linux has one that does not fit.
fn field(name: &[u8]) -> [c_char; 64] {
    let mut field = [0; 64];
    for (to, from) in field[..63].iter_mut().zip(name) {
        *to = *from as c_char;
    }
    field
}

/// Fills an array of the caller; returns how many entries there are.
///
/// # Safety
/// `out` is NULL or valid for writing `cap` entries.
unsafe fn fill<T>(entries: impl ExactSizeIterator<Item = T>, out: *mut T, cap: usize) -> Result<i64> {
    let count = entries.len();
    if cap > 0 {
        if out.is_null() {
            return Err(Code::errno(libc::EFAULT).because(format_args!("out: NULL")));
        }
        // SAFETY: not NULL; of the `cap` entries that are valid, as many as there are.
        let places: &mut [MaybeUninit<T>] =
            unsafe { std::slice::from_raw_parts_mut(out.cast(), cap.min(count)) };
        for (place, entry) in places.iter_mut().zip(entries) {
            place.write(entry);
        }
    }
    Ok(count as i64)
}

/// Lists all network interfaces, with or without addresses.
///
/// Returns their number, or the error of if_nameindex(3), such as -EMFILE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_if_nameindex(out: *mut sock_interface, cap: usize) -> i64 {
    guard(|| {
        let list = netdb::interfaces()?;
        let entries =
            list.iter().map(|(index, name)| sock_interface { index: *index, zero: 0, name: field(name) });
        // SAFETY: `out` is NULL or valid for `cap` entries, as the header demands.
        unsafe { fill(entries, out, cap) }
    })
}

/// Lists all addresses of all network interfaces.
///
/// Returns their number, or the error of getifaddrs(3), such as -EMFILE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_getifaddrs(out: *mut sock_interface_addr, cap: usize) -> i64 {
    guard(|| {
        let list = netdb::interface_addresses()?;
        let entries = list.iter().map(|(index, entry)| sock_interface_addr {
            index: *index,
            flags: entry.flags,
            name: field(&entry.name),
            address: entry.address,
            netmask: entry.netmask,
            broadcast: entry.broadcast,
        });
        // SAFETY: `out` is NULL or valid for `cap` entries, as the header demands.
        unsafe { fill(entries, out, cap) }
    })
}

/// Returns 1 if this library was built with IPv6, which it always is.
///
/// For the IPv6 of the machine, see `sock_has_dualstack_ipv6`.
#[unsafe(no_mangle)]
pub extern "C" fn sock_has_ipv6() -> c_int {
    1
}

/// Returns 1 if an IPv6 stream socket can also serve IPv4 on this machine, else 0, never an error.
///
/// It tries this with a socket. 0 if IPv6 is off.
#[unsafe(no_mangle)]
pub extern "C" fn sock_has_dualstack_ipv6() -> c_int {
    guard_or(0, || netdb::has_dual_stack().into())
}
