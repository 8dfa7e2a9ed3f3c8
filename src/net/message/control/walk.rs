//! The walk from one control message to the next.

use super::platform::layout::{HEADER, align, read};
use crate::net::codec::refused::Refused;
use std::ops::Range;

/// One control message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its level: SOL_SOCKET, IPPROTO_IP, ...
    pub level: i32,
    /// Its type within the level.
    pub kind: i32,
    /// Where its data is, limited to the buffer.
    pub data: Range<usize>,
    /// The header claims more data than the buffer holds.
    pub cut: bool,
}

/// The message at `pos`, which moves on to the next; `None` if no header fits any more. A malformed message
/// and truncated data end the walk (R105).
pub fn next(control: &[u8], pos: &mut usize) -> Result<Option<Item>, Refused> {
    let end = control.len();
    let header = std::mem::replace(pos, end);
    let rest = control.get(header..).unwrap_or_default();
    let Some((len, level, kind)) = read(rest) else { return Ok(None) };
    if len < HEADER {
        return Err(Refused::message("a header whose length is shorter than a header"));
    }
    let cut = len > rest.len();
    let data = header + HEADER..header + len.min(rest.len());
    if !cut {
        *pos = align(len).map_or(end, |len| header.saturating_add(len).min(end));
    }
    Ok(Some(Item { level, kind, data, cut }))
}

/// The data of the first message of one of these kinds (level, type), and which kind it is of.
pub fn find<'a>(control: &'a [u8], kinds: &[(i32, i32)]) -> Result<Option<(usize, &'a [u8])>, Refused> {
    let mut pos = 0;
    while let Some(item) = next(control, &mut pos)? {
        if let Some(which) = kinds.iter().position(|kind| *kind == (item.level, item.kind)) {
            return Ok(Some((which, &control[item.data])));
        }
    }
    Ok(None)
}

/// Like [`find`], decoded: a message whose data `decode` does not accept is malformed.
pub fn find_as<'a, T>(
    control: &'a [u8],
    kinds: &[(i32, i32)],
    decode: impl FnOnce(usize, &'a [u8]) -> Option<T>,
) -> Result<Option<T>, Refused> {
    let Some((which, data)) = find(control, kinds)? else { return Ok(None) };
    decode(which, data).map(Some).ok_or(Refused::message("a message too short for its type, or out of range"))
}
