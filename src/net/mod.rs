//! All behaviour of libsock, in safe Rust: nothing here reads a C pointer or makes a raw system call.
#![forbid(unsafe_code)]

pub mod accept;
pub mod activation;
pub mod address;
pub mod batch;
pub mod cancel;
pub mod codec;
pub mod connect;
pub mod connection;
pub mod constant;
pub mod convert;
pub mod deadline;
pub mod error;
pub mod family;
pub mod file;
pub mod fork;
pub mod handle;
pub mod interrupt;
pub mod kernel_limit;
pub mod lookup;
pub mod message;
pub mod mode;
pub mod netdb;
pub mod operation;
pub mod option;
pub mod poller;
pub mod relay;
pub mod sendfile;
pub mod server;
pub mod socket;
pub mod splice;
pub mod stream;
pub mod time;
pub mod transfer;
mod wait;
pub mod zerocopy;
