//! The only raw system calls, platform differences and shared-memory primitives of libsock.
//!
//! Everything here offers a safe interface; each `unsafe` block says why it is sound.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::*;

/// A system error number, positive, as the kernel gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);
