//! A run of constants, as the files of data have them.

use std::ffi::CStr;

/// A run of constants of one group.
pub struct Block {
    /// The prefix of the group's names, such as "AF_", or a word for the group: "errno", "libsock".
    pub group: &'static CStr,
    /// (name, value).
    pub entries: &'static [(&'static str, i64)],
}
