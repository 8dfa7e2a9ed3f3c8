//! Whether the next bytes of an AF_UNIX stream with SO_PASSCRED come from the same writer.
//!
//! The kernel's own MSG_WAITALL ends before the bytes of another process, because the credentials would claim
//! bytes that are not the process's own. libsock assembles such a receive from several system calls, so it
//! looks at the next credentials before each one.

use super::control::next;
use super::taken::close_fds;
use crate::sys::{self, ControlBuffer, RawResult};
use std::mem::MaybeUninit;

/// Credentials, and a security label of the length that the kernel allows.
const ROOM: usize = 512;

/// Whether the next bytes are from the writer that the control messages in `received` name. `Err` is the
/// kernel's result if there are no next bytes, or none yet.
pub fn goes_on(fd: i32, received: &[u8]) -> std::result::Result<bool, RawResult> {
    if received.is_empty() {
        return Ok(true);
    }
    let mut scratch = [MaybeUninit::new(0); ROOM];
    // Of the same length, so that there is no room for descriptors after the messages that name the writer.
    let Some(room) = scratch.get_mut(..received.len()) else { return Ok(false) };
    let mut room = ControlBuffer::new(room);
    let answer = sys::peek_control(fd, &mut room);
    if answer.count() <= 0 {
        return Err(answer);
    }
    let same = same_items(received, room.filled());
    close_fds(room.filled_mut());
    Ok(same)
}

/// Whether all messages of `received` are in `found`, in the same order, ignoring padding.
fn same_items(received: &[u8], found: &[u8]) -> bool {
    let (mut at, mut found_at) = (0, 0);
    while let Ok(Some(item)) = next(received, &mut at) {
        let Ok(Some(other)) = next(found, &mut found_at) else { return false };
        if (item.level, item.kind, &received[item.data]) != (other.level, other.kind, &found[other.data]) {
            return false;
        }
    }
    true
}
