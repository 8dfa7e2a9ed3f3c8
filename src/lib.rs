//! libsock: the socket module of the best language runtimes, as one shared library.
//!
//! One way down: [`ffi`] converts, [`net`] decides, [`sys`] calls. Nothing points back.
//! The C API is described in `include/sock.h`, the design in `ARCHITECTURE.md`.
#![deny(clippy::undocumented_unsafe_blocks)]

mod ffi;
mod net;
mod sys;
