//! The C ABI: convert, call [`crate::net`], convert back. The only `extern "C"` functions of the library.
//!
//! Each module is one section of `include/sock.h`: its opening comment is the section's text.
//! The functions stay plain `extern "C"` items because cbindgen does not see those made by macros.
#![allow(non_camel_case_types)]
// The constants are for the header; Rust code has its own.
#![allow(dead_code)]

mod arg;
mod guard;
mod hot;

// In the order of the header; the empty lines keep it.

pub mod handle;

pub mod error;

pub mod mode;

pub mod deadline;

pub mod cancel;

pub mod interrupt;

pub mod address;

pub mod socket;

pub mod transfer;

pub mod message;

pub mod batch;

pub mod sendfile;

pub mod splice;

pub mod relay;

pub mod zerocopy;

pub mod file;

pub mod stream;

pub mod poller;

pub mod option;

pub mod lookup;

pub mod connection;

pub mod server;

pub mod netdb;

pub mod convert;

pub mod constant;

pub mod version;

pub mod family;

pub mod control;
