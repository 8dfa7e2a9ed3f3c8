//! libsock: the socket module of the best language runtimes, as one shared library.
//!
//! One way down: [`ffi`] converts, [`net`] decides, [`sys`] calls. Nothing points back.
//! The C API is described in `include/sock.h`, the design in `ARCHITECTURE.md`.
#![deny(clippy::undocumented_unsafe_blocks)]
// A flag that a system lacks is 0 there.
#![cfg_attr(not(any(target_os = "linux", target_os = "android")), allow(clippy::bad_bit_mask))]
// The families that only Linux has use more of the shared codecs than Windows does; and there is no fork.
#![cfg_attr(windows, allow(dead_code, unused_imports))]

// On Windows the POSIX names that the layers use are libsock's own, found where they are elsewhere: `libc::NAME`.
#[cfg(windows)]
extern crate self as libc;
#[cfg(windows)]
pub use sys::names::*;

mod ffi;
mod net;
mod sys;
