use super::{Address, arg, guard_bare, put, put_numbers};
use crate::net::family::qipcrtr;
use std::ffi::c_int;

/// Makes an AF_QIPCRTR address.
///
/// `node`, `port`: 0 to 2^32-1; QRTR_NODE_BCAST is every node, QRTR_PORT_CTRL the router itself.
/// See linux/qrtr.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_qipcrtr(node: i64, port: i64, out: *mut Address) -> c_int {
    // SAFETY: `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(qipcrtr::address(node, port)?, out) })
}

/// Gets the fields of an AF_QIPCRTR address.
///
/// `node`, `port`: as for `sock_addr_qipcrtr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_qipcrtr(
    addr: *const Address,
    node: *mut i64,
    port: *mut i64,
) -> c_int {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = qipcrtr::read(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe { put_numbers([(node, fields.node.into()), (port, fields.port.into())]) };
        Ok(0)
    })
}
