//! The structs that only Linux has.

pub mod credentials;
