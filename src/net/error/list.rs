//! All codes, libsock's own and the system's, and what is known of each.
//!
//! Texts are copies of the C library's English ones: static, and the same in every locale.

use super::common;
use super::entry::Entry;
use super::own::OWN;
use super::platform;

/// Every code that libsock knows, own ones first.
pub const LIST: &[&[Entry]] = &[OWN, common::SYSTEM, platform::SYSTEM];

/// The entry of a code, if it is one of the list.
pub fn find(code: i64) -> Option<&'static Entry> {
    LIST.iter().copied().flatten().find(|entry| i64::from(entry.code) == code)
}
