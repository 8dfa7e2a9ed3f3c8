//! Option values as bytes, without a system call.
//!
//! These modules use only each other, `net::codec` and the standard library, so that property tests, fuzz
//! targets and Miri can compile them alone. The structs of one system are in a module named after it.

pub mod group;
pub mod span;

// Elsewhere only the types are used: the functions that return them exist on every system.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
pub mod linux;
pub use linux::{peer, tcp_info};

#[cfg(test)]
mod property_tests;
