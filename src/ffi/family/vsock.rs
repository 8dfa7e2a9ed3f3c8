use super::{Address, arg, guard, guard_bare, put, put_numbers};
use crate::net::family::vsock;
use std::ffi::c_int;

/// Makes an AF_VSOCK address.
///
/// `cid`: the machine: VMADDR_CID_ANY (2^32-1), VMADDR_CID_LOCAL (1), VMADDR_CID_HOST (2) or a
/// guest's.
/// `port`: with VMADDR_PORT_ANY (2^32-1), `sock_bind` chooses a free one. Both 0 to 2^32-1.
/// `flags`: VMADDR_FLAG_TO_HOST (1) or 0, up to 255. See vsock(7), struct sockaddr_vm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_vsock(cid: i64, port: i64, flags: i64, out: *mut Address) -> c_int {
    // SAFETY: `out` is NULL or valid, as the header demands.
    guard_bare(|| unsafe { put(vsock::address(cid, port, flags)?, out) })
}

/// Gets the fields of an AF_VSOCK address.
///
/// `cid`, `port`, `flags`: as for `sock_addr_vsock`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sock_addr_get_vsock(
    addr: *const Address,
    cid: *mut i64,
    port: *mut i64,
    flags: *mut i64,
) -> c_int {
    guard_bare(|| {
        // SAFETY: `addr` is NULL or valid, as the header demands.
        let fields = vsock::read(unsafe { arg::input(addr, "addr") }?)?;
        // SAFETY: each is NULL or valid, as the header demands.
        unsafe {
            put_numbers([(cid, fields.cid.into()), (port, fields.port.into()), (flags, fields.flags.into())]);
        }
        Ok(0)
    })
}

/// Returns the CID of this machine, as /dev/vsock reports it.
///
/// A guest has its own; a host has VMADDR_CID_HOST; without another machine it is VMADDR_CID_LOCAL
/// or VMADDR_CID_ANY.
/// Returns 0 to 2^32-1; -EAFNOSUPPORT if the kernel lacks AF_VSOCK; -EACCES. See vsock(7),
/// IOCTL_VM_SOCKETS_GET_LOCAL_CID.
#[unsafe(no_mangle)]
pub extern "C" fn sock_vsock_cid() -> i64 {
    guard(vsock::local_cid)
}
