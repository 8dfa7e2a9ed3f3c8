//! Control messages as bytes, without a system call: how they are laid out one after another, and what
//! those that libsock knows say.
//!
//! These modules use only each other, the standard library and the numbers of the `libc` crate, so that
//! property tests, fuzz targets and Miri take them in alone. A reader never trusts what it reads: any
//! bytes are walked without a panic. Nothing here needs the buffer to be aligned.

pub mod alg;
pub mod error;
pub mod fields;
pub mod ip;
pub mod layout;
pub mod peer;
pub mod put;
pub mod refused;
pub mod rights;
pub mod time;
pub mod walk;
pub mod wanted;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

pub use put::put;
pub use refused::Refused;
pub use walk::next;
