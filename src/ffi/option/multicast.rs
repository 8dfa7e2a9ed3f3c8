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

/// Joins a multicast group, AF_INET or AF_INET6 as the group is.
///
/// `group`: its address; the port does not count. `source`: take from this sender alone
/// (source-specific multicast), an address of the same family; NULL for every sender.
/// `device`, `index`: on which interface, by name or by index. NULL or "" and 0 leave it to the zone
/// of the group's address, and without one to the kernel. What is given twice must agree.
/// Returns 0; -EINVAL for what is no multicast address, a source of another family, or two interfaces;
/// -ENODEV for an unknown interface; -EADDRINUSE when it is joined already; -EAFNOSUPPORT for addresses of
/// other families; -EFAULT for NULL; -EBADF; or the error of setsockopt(2). Any thread. Since 0.1.0.
/// See ip(7), RFC 3678.
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

/// Leaves a multicast group; the arguments are those with which it was joined. Closing leaves all.
///
/// Returns 0; -EADDRNOTAVAIL when the group was not joined so; otherwise as `sock_join_group`.
/// Any thread. Since 0.1.0.
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
