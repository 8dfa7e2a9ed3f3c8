//! The system error numbers of Windows: those of its C runtime, and of what that lacks those of Winsock less 9000.

use super::entry::{Entry, Traits, c_text, system};

/// The nearest error number for the end of a stream.
pub const ENODATA: i32 = libc::ENODATA;

system! {
    (ENOSTR, NONE, c"Device not a stream"),
    (ENODATA, NONE, c"No data available"),
    (ETIME, NONE, c"Timer expired"),
    (ENOSR, NONE, c"Out of streams resources"),
    (ENOLINK, NONE, c"Link has been severed"),
    (ENOTSUP, NONE, c"Not supported"),
}
