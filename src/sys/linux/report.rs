//! The error queue of a socket.

use crate::sys::unix::message::receive_pieces;
use crate::sys::{ControlBuffer, RawResult};

/// Takes a report out of the error queue, without the data that it is about: its control data.
pub fn take_report(fd: i32, control: &mut ControlBuffer<'_>) -> RawResult {
    receive_pieces(fd, None, &[], control, libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT, &mut 0)
}
