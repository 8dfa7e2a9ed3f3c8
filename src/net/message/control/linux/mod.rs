//! How Linux lays control messages out, and the messages that only Linux has.

pub mod alg;
pub mod error;
pub mod ip;
pub mod layout;
pub mod peer;
pub mod space;
pub mod time;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
