//! The functions of families that this system lacks: each fails with -EAFNOSUPPORT, whatever its arguments are.

use crate::ffi::guard::guard;
use crate::net::error::{Code, Result};
use std::ffi::c_int;

#[cold]
fn lacks<T>(function: &str) -> Result<T> {
    Err(Code::errno(libc::EAFNOSUPPORT).because(format_args!("{function}: this system lacks the family")))
}

/// Arguments are left alone: the caller takes them away again.
macro_rules! absent {
    ($($name:ident: $result:ty,)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name() -> $result {
            guard(|| lacks::<$result>(stringify!($name)))
        })*
    };
}

absent! {
    sock_addr_netlink: c_int,
    sock_addr_get_netlink: c_int,
    sock_addr_packet: c_int,
    sock_addr_get_packet: i64,
    sock_set_promiscuous: c_int,
    sock_addr_can: c_int,
    sock_addr_isotp: c_int,
    sock_addr_j1939: c_int,
    sock_addr_get_can: i64,
    sock_addr_get_isotp: i64,
    sock_addr_get_j1939: i64,
    sock_set_can_filters: c_int,
    sock_get_can_filters: i64,
    sock_set_can_errors: c_int,
    sock_isotp_wait: c_int,
    sock_addr_tipc: c_int,
    sock_addr_get_tipc: c_int,
    sock_addr_alg: c_int,
    sock_addr_get_alg: i64,
    sock_set_alg_key: c_int,
    sock_set_alg_tag_size: c_int,
    sock_sendmsg_alg: i64,
    sock_addr_vsock: c_int,
    sock_addr_get_vsock: c_int,
    sock_vsock_cid: i64,
    sock_addr_qipcrtr: c_int,
    sock_addr_get_qipcrtr: c_int,
}
