//! Whose bytes come next on an AF_UNIX stream with SO_PASSCRED.
//!
//! The kernel's own MSG_WAITALL ends where another process has written, because its credentials would
//! stand for bytes that are not its own. The engine puts such a receive together from several, so it looks
//! before it takes more.

use super::control::next;
use super::descriptor::close_fds;
use crate::sys::{self, ControlBuffer, RawResult};
use std::mem::MaybeUninit;

/// Credentials, and a security label of the length that the kernel allows.
const ROOM: usize = 512;

/// Whether the next bytes are from the writer that `told` tells of. `Err` is the kernel's answer where
/// there are no next bytes, or none yet.
pub fn goes_on(fd: i32, told: &[u8]) -> std::result::Result<bool, RawResult> {
    if told.is_empty() {
        return Ok(true);
    }
    let mut scratch = [MaybeUninit::new(0); ROOM];
    // Of the same length, so that no descriptors fit behind what names the writer.
    let Some(room) = scratch.get_mut(..told.len()) else { return Ok(false) };
    let mut room = ControlBuffer::new(room);
    let answer = sys::peek_control(fd, &mut room);
    if answer.count() <= 0 {
        return Err(answer);
    }
    let same = same_items(told, room.filled());
    close_fds(room.filled_mut());
    Ok(same)
}

/// Whether all messages of `told` are in `found`, in the same order. Padding does not count.
fn same_items(told: &[u8], found: &[u8]) -> bool {
    let (mut at, mut found_at) = (0, 0);
    while let Ok(Some(item)) = next(told, &mut at) {
        let Ok(Some(other)) = next(found, &mut found_at) else { return false };
        if (item.level, item.kind, &told[item.data]) != (other.level, other.kind, &found[other.data]) {
            return false;
        }
    }
    true
}
