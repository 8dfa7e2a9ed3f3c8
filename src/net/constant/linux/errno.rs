//! System error numbers, from the list of codes that `error` has.

use super::super::Block;
use crate::net::error::{COMMON_ERRNOS, ERRNOS};
use crate::sys::uapi as libc;

/// The groups of this file.
pub const BLOCKS: &[Block] = &[
    Block { group: c"errno", entries: COMMON_ERRNOS },
    Block { group: c"errno", entries: ERRNOS },
    // errno.h: second names
    from_libc! { c"errno":
        EWOULDBLOCK ENOTSUP EDEADLOCK
    },
];
