//! Linux: the calls of section 2, and what only this platform has.

mod errno;

pub use errno::set_errno;
