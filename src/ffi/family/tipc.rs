use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::family::tipc;
use std::ffi::c_int;

/// Makes an AF_TIPC address.
///
/// `addr_type`: which of three kinds, and so what the numbers are, each 0 to 2^32-1:
/// TIPC_ADDR_NAMESEQ (1): `v1` type, `v2` lower, `v3` upper, which is not below lower;
/// TIPC_ADDR_NAME (2): `v1` type, `v2` instance, `v3` domain, mostly 0;
/// TIPC_ADDR_ID (3): `v1` node, `v2` reference, `v3` 0.
/// `scope`: TIPC_ZONE_SCOPE (1), TIPC_CLUSTER_SCOPE (2) or TIPC_NODE_SCOPE (3), negated to unbind; 0 where
/// the kernel looks at none. `out`: receives the address.
/// Returns as told above. Since 0.1.0. See tipc(7), struct sockaddr_tipc.
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

/// The fields of an AF_TIPC address, as in `sock_addr_tipc`. Returns 0 or as told above. Since 0.1.0.
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
