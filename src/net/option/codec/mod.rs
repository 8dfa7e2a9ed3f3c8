//! Option values as bytes, without a system call.
//!
//! These modules use only each other and the standard library, so that property tests, fuzz targets
//! and Miri take them in alone.

pub mod bytes;
pub mod group;
pub mod peer;
pub mod span;
pub mod tcp_info;

#[cfg(test)]
mod property_tests;
