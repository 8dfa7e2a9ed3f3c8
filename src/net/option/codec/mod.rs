//! Option values as bytes, without a system call.
//!
//! These modules use only each other, `net::codec` and the standard library, so that property tests, fuzz
//! targets and Miri can compile them alone. The structs of one system are in a module named after it.

pub mod group;
pub mod span;

#[cfg(any(target_os = "linux", windows))]
pub mod linux;
#[cfg(any(target_os = "linux", windows))]
pub use linux::{peer, tcp_info};

#[cfg(test)]
mod property_tests;
