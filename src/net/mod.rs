//! All behaviour of libsock, in safe Rust: nothing here reads a C pointer or makes a raw system call.
#![forbid(unsafe_code)]

pub mod address;
pub mod error;
