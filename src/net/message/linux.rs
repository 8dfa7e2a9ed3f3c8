//! What only Linux has for messages.

/// Makes descriptors close-on-exec as they arrive.
pub const CLOSE_ON_EXEC: i32 = libc::MSG_CMSG_CLOEXEC;

/// The families whose stream sockets keep the data with MSG_TRUNC; the others discard it, as tcp(7) says.
pub const KEEPS_TRUNCATED: [i32; 2] = [libc::AF_UNIX, libc::AF_VSOCK];
