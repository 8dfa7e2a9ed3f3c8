//! The device of AF_VSOCK, which alone tells this machine's own identifier.

use super::super::{Errno, Outcome};
use std::fs::File;
use std::os::fd::AsRawFd;

/// linux/vm_sockets.h: `IOCTL_VM_SOCKETS_GET_LOCAL_CID`, `_IO(7, 0xb9)`. "No data" is 1 in bit 29 on these
/// architectures, and 0 elsewhere.
pub(crate) const GET_LOCAL_CID: libc::c_ulong = if cfg!(any(
    target_arch = "mips",
    target_arch = "mips64",
    target_arch = "powerpc",
    target_arch = "powerpc64",
    target_arch = "sparc",
    target_arch = "sparc64"
)) {
    0x2000_07b9
} else {
    0x07b9
};

/// The context identifier of this machine.
pub fn vsock_cid() -> Outcome<u32> {
    let error = |error: std::io::Error| Errno(error.raw_os_error().unwrap_or(libc::EIO));
    let device = File::open("/dev/vsock").map_err(error)?;
    let mut cid = 0_u32;
    // SAFETY: the request writes one unsigned int, which is ours.
    if unsafe { libc::ioctl(device.as_raw_fd(), GET_LOCAL_CID as _, std::ptr::from_mut(&mut cid)) } == -1 {
        return Err(super::super::last_errno());
    }
    Ok(cid)
}
