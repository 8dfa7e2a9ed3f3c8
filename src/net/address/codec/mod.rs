//! Socket addresses as bytes and as text, without a system call.
//!
//! These modules use only each other, `net::codec`, the standard library and the numbers of the `libc` crate,
//! so that property tests, fuzz targets and Miri can compile them alone. Only the system knows the names of
//! its interfaces: the caller passes the lookup.
//!
//! The families that only one system has are in a module named after it, which the others know as
//! `platform`. A new family gets a module there (`read`, `native`, `parse`, `write`), a variant of
//! `platform::Known` and a line in `platform::parse`.

pub mod escape;
pub mod family;
pub mod inet_aton;
pub mod interface;
pub mod ip;
pub mod native;
pub mod number;
pub mod numeric;
pub mod text;
pub mod text_fields;
pub mod unix;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub mod bsd;
// Elsewhere only the types are used: the functions that take and return them exist on every system.
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(dead_code))]
pub mod linux;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd as platform;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux as platform;
#[cfg(any(windows, test))]
#[cfg_attr(not(windows), allow(dead_code))]
pub mod windows;
#[cfg(windows)]
pub use windows as platform;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod test_table;
#[cfg(test)]
mod text_tests;

pub use crate::net::codec::refused::{Refused, Why};
pub use interface::Interfaces;
pub use native::Native;
