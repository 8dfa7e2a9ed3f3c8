//! The structs that only Linux has.

pub mod peer;
pub mod tcp_info;
