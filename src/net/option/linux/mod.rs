//! The options that only Linux has, or has under this name.

pub mod device;
pub mod peer;
pub mod tcp;

/// The three figures of keepalive. macOS calls the first one TCP_KEEPALIVE; OpenBSD has none of them.
pub use libc::{TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL};
