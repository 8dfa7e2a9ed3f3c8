use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::family::tipc;
use std::ffi::c_int;

/// Makes an AF_TIPC address.
///
/// `addr_type`: which of three kinds, and the meaning of `v1`, `v2` and `v3`, each 0 to 2^32-1:
/// TIPC_ADDR_NAMESEQ (1): type, lower, upper (not below lower);
/// TIPC_ADDR_NAME (2): type, instance, domain (usually 0);
/// TIPC_ADDR_ID (3): node, reference, 0.
/// `scope`: TIPC_ZONE_SCOPE (1), TIPC_CLUSTER_SCOPE (2) or TIPC_NODE_SCOPE (3), negated to unbind;
/// 0 where the kernel ignores it. See tipc(7), struct sockaddr_tipc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_tipc(
    addr_type: i64,
    v1: i64,
    v2: i64,
    v3: i64,
    scope: i64,
    out: *mut Address,
) -> c_int {
    // SAFETY: `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(tipc::address(addr_type, [v1, v2, v3], scope)?, out) })
}

/// Gets the fields of an AF_TIPC address.
///
/// `addr_type`, `v1`, `v2`, `v3`, `scope`: as for `sock_addr_tipc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_tipc(
    addr: *const Address,
    addr_type: *mut i64,
    v1: *mut i64,
    v2: *mut i64,
    v3: *mut i64,
    scope: *mut i64,
) -> c_int {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = tipc::read(unsafe { arg::input(addr, "addr") }?)?;
        let [one, two, three] = fields.values.map(i64::from);
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put_numbers([
                (addr_type, fields.kind as i64),
                (v1, one),
                (v2, two),
                (v3, three),
                (scope, fields.scope.into()),
            ]);
        }
        Ok(0)
    })
}
