//! Socket addresses as bytes and as text, without a system call.
//!
//! These modules use only each other and the standard library, so that property tests, fuzz targets
//! and Miri take them in alone. Only the system knows the names of interfaces: a look-up is handed in.
//!
//! A new family gets a module of its own (`read`, `native`, `parse`, `write`), a variant of
//! [`family::Known`] and a line in [`text::parse`].

pub mod alg;
pub mod bluetooth;
pub mod can;
pub mod escape;
pub mod family;
pub mod interface;
pub mod ip;
pub mod kernel;
pub mod lenient;
pub mod native;
pub mod netlink;
pub mod numeric;
pub mod packet;
pub mod pieces;
pub mod qipcrtr;
pub mod refused;
pub mod text;
pub mod tipc;
pub mod unix;
pub mod vsock;

#[cfg(test)]
mod family_property_tests;
#[cfg(test)]
mod family_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod test_table;
#[cfg(test)]
mod text_tests;

pub use native::Native;
pub use refused::{Refused, Why};

/// What the system knows of its interfaces.
pub trait Interfaces {
    /// The index of the interface with this name, or the system's error number.
    fn index(&self, name: &[u8]) -> Result<u32, i32>;

    /// The name of the interface with this index, if there is one.
    fn name(&self, index: u32) -> Option<Vec<u8>>;
}
