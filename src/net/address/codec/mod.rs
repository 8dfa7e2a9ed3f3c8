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

#[cfg(target_os = "linux")]
pub mod linux;
#[cfg(target_os = "linux")]
pub use linux as platform;
#[cfg(windows)]
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
