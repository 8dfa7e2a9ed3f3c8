use super::{arg, guard, sock_t};
use crate::net::address::Address;
use crate::net::handle::Id;
use crate::net::option::multicast;
use std::ffi::{c_char, c_int};

/// Converts and hands on: what joining and leaving have in common.
///
/// # Safety
/// The pointers are NULL or valid.
unsafe fn change(
    join: bool,
    s: sock_t,
    group: *const Address,
    source: *const Address,
    device: *const c_char,
    index: i64,
) -> c_int {
    guard(|| {
        // SAFETY: by this function's contract.
        let (group, source, device) =
            unsafe { (arg::input(group, "group")?, source.as_ref(), arg::optional_text(device)) };
        multicast::change(Id(s), join, group, source, device, index)
    })
}

/// Joins a multicast group, AF_INET or AF_INET6.
///
/// `group`: its address; the port is ignored.
/// `source`: receive only from this sender (source-specific multicast), of the same family; NULL
/// for all.
/// `device`, `index`: the interface, by name or by index. NULL or "" and 0 use the zone of the
/// group's address, or else leave the choice to the kernel. If several are given, they must agree.
/// Returns 0; -EINVAL if `group` is not a multicast address, the source is of another family, or
/// the interfaces differ; -ENODEV for an unknown interface; -EADDRINUSE if the group is already
/// joined; -EAFNOSUPPORT for other families. See ip(7), RFC 3678.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_join_group(
    s: sock_t,
    group: *const Address,
    source: *const Address,
    device: *const c_char,
    index: i64,
) -> c_int {
    // SAFETY: all are NULL or valid, as the header demands.
    unsafe { change(true, s, group, source, device, index) }
}

/// Leaves a multicast group; closing leaves all.
///
/// Arguments as for the `sock_join_group` call that joined it.
/// Returns 0; -EADDRNOTAVAIL if the group was not joined with these; else as `sock_join_group`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_leave_group(
    s: sock_t,
    group: *const Address,
    source: *const Address,
    device: *const c_char,
    index: i64,
) -> c_int {
    // SAFETY: all are NULL or valid, as the header demands.
    unsafe { change(false, s, group, source, device, index) }
}
