//! What macOS and the BSDs have for messages.

/// Makes descriptors close-on-exec as they arrive, where the system can.
pub const CLOSE_ON_EXEC: i32 = crate::sys::CLOSE_ON_EXEC;

/// The families whose stream sockets keep the data with MSG_TRUNC: all.
pub const KEEPS_TRUNCATED: [i32; 3] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6];
