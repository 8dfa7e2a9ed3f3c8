//! TransmitFile of Windows: no Unix has it.

use crate::sys::Result;

/// Whether this system has it.
pub const HAS_TRANSMIT: bool = false;

/// What a call has done.
pub struct Transmitted<E> {
    pub moved: usize,
    pub waited: std::result::Result<(), E>,
    pub result: Result<()>,
}

/// `None`: nothing was begun.
pub fn transmit<E>(
    _socket: i32,
    _file: i32,
    _from: i64,
    _most: usize,
    _wait: impl FnOnce(i32) -> std::result::Result<(), E>,
) -> Option<Transmitted<E>> {
    None
}
