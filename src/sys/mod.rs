//! The only raw system calls, platform differences and shared-memory primitives of libsock.
//!
//! Everything here offers a safe interface; each `unsafe` block says why it is sound.

mod address;
mod grow;
mod lock;
mod record;

#[cfg(target_os = "linux")]
mod linux;

pub use address::Address;
pub use grow::Grow;
pub use lock::Lock;
#[cfg(target_os = "linux")]
pub use linux::*;
pub use record::{NO_ENTRY, Record, Registry};

/// A system error number, positive, as the kernel gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// What every call of this layer returns.
pub type Outcome<T> = std::result::Result<T, Errno>;
