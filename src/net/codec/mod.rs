//! What the pure codecs share: numbers at places, refusals that name a field, and structs that belong to no
//! single codec. No system call, nothing of the rest of `net`.

pub mod bytes;
pub mod control_kind;
pub mod credentials;
pub mod refused;
