use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::family::netlink;
use std::ffi::c_int;

/// Makes an AF_NETLINK address.
///
/// `pid`: the port; 0 is the kernel, or in `sock_bind` a port that it chooses.
/// `groups`: a bit for each of the first 32 multicast groups. Both 0 to 2^32-1. See netlink(7),
/// struct sockaddr_nl.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_netlink(pid: i64, groups: i64, out: *mut Address) -> c_int {
    // SAFETY: `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(netlink::address(pid, groups)?, out) })
}

/// Gets the fields of an AF_NETLINK address.
///
/// `pid`, `groups`: as for `sock_addr_netlink`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_netlink(
    addr: *const Address,
    pid: *mut i64,
    groups: *mut i64,
) -> c_int {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = netlink::read(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe { put_numbers([(pid, fields.pid.into()), (groups, fields.groups.into())]) };
        Ok(0)
    })
}
