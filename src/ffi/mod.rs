//! The C ABI: convert, call [`crate::net`], convert back. The only `extern "C"` functions of the library.
//!
//! Each module is one section of `include/sock.h`: its opening comment is the section's text.
//! The functions stay plain `extern "C"` items because cbindgen does not see those made by macros.
#![allow(non_camel_case_types)]

mod arg;
mod guard;

pub mod error;
pub mod version;
