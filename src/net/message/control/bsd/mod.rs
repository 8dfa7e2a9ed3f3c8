//! How macOS and the BSDs lay control messages out, and the messages that they have.
//!
//! Taken from their headers (sys/socket.h, netinet/in.h) and manual pages; compiled, never run.

pub mod error;
pub mod ip;
pub mod layout;
pub mod peer;
pub mod space;
pub mod time;
