//! MSG_ZEROCOPY.

use crate::sys::setsockopt;

/// Has a socket take MSG_ZEROCOPY: whether the kernel can.
pub fn start_zerocopy(fd: i32) -> bool {
    setsockopt(fd, libc::SOL_SOCKET, libc::SO_ZEROCOPY, &1_i32.to_ne_bytes()).is_ok()
}
