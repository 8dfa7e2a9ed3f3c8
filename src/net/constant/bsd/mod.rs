//! The constants of macOS and the BSDs: one file per family of groups.

use super::Block;
use std::ffi::CStr;

mod errno;
mod family;
mod inet;
mod other_platforms;
mod resolver;
mod socket;
mod transport;

pub use other_platforms::OTHER_PLATFORMS;

/// Constants that are texts: none.
pub const TEXTS: &[(&str, &CStr)] = &[];

/// Every group of these systems.
pub const FILES: &[&[Block]] =
    &[family::BLOCKS, socket::BLOCKS, inet::BLOCKS, transport::BLOCKS, resolver::BLOCKS, errno::BLOCKS];
