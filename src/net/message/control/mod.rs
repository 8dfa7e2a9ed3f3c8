//! Control messages as bytes, without a system call: how they follow each other in a buffer, and the content
//! of those that libsock knows.
//!
//! These modules use only each other, `net::codec`, the standard library and the numbers of the `libc` crate,
//! so that property tests, fuzz targets and Miri can compile them alone. A reader never trusts what it reads:
//! it walks any bytes without a panic. Nothing here needs the buffer to be aligned.
//!
//! The layout of a system, and the messages that only it has, are in a module named after it, which the
//! others know as `platform`.

pub mod put;
pub mod rights;
pub mod walk;

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub mod bsd;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
pub mod linux;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd as platform;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd::{error, ip, layout, peer, space, time};
#[cfg(any(target_os = "linux", target_os = "android", windows))]
pub use linux as platform;
#[cfg(any(target_os = "linux", target_os = "android", windows))]
pub use linux::{alg, error, ip, layout, peer, space, time};

#[cfg(test)]
mod tests;

pub use put::put;
pub use walk::next;
