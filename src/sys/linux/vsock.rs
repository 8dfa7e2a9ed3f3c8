//! The device of AF_VSOCK, the only source of this machine's own identifier.

use super::super::Result;
use super::number::GET_LOCAL_CID;
use super::ret::{of_io, of_libc};
use std::fs::File;
use std::os::fd::AsRawFd;

/// The context identifier of this machine.
pub fn vsock_cid() -> Result<u32> {
    let device = File::open("/dev/vsock").map_err(of_io)?;
    let mut cid = 0_u32;
    // SAFETY: the request writes one unsigned int, which is ours.
    of_libc(unsafe { libc::ioctl(device.as_raw_fd(), GET_LOCAL_CID as _, std::ptr::from_mut(&mut cid)) })?;
    Ok(cid)
}
