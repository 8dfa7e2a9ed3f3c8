//! The layout of a control message: a header (length as a `size_t`, level, type), the data, and padding up to
//! the next header.

use crate::net::codec::bytes::{i32_at, usize_at};
use crate::net::codec::refused::{Refused, within};

/// Headers lie at multiples of this.
const ALIGN: usize = size_of::<usize>();

/// The length of a header; a multiple of [`ALIGN`] on 32 and 64 bits.
pub(crate) const HEADER: usize = size_of::<usize>() + 8;

/// The kernel's limit for all control data of a message.
pub(crate) const LIMIT: i64 = i32::MAX as i64;

/// The bytes of a header in front of `len` bytes of data.
pub fn header(len: usize, level: i32, kind: i32) -> impl Iterator<Item = u8> {
    (HEADER + len).to_ne_bytes().into_iter().chain(level.to_ne_bytes()).chain(kind.to_ne_bytes())
}

/// What is the length in front of the level: all of it, but with musl 32 bits, beside padding.
const LENGTH: usize = if cfg!(target_env = "musl") { u32::MAX as usize } else { usize::MAX };

/// The length, the level and the type in a header; `None` if the bytes are too few for one.
pub fn read(header: &[u8]) -> Option<(usize, i32, i32)> {
    const LEVEL: usize = size_of::<usize>();
    Some((usize_at(header, 0)? & LENGTH, i32_at(header, LEVEL)?, i32_at(header, LEVEL + 4)?))
}

/// The next place where a header can lie; `None` beyond the end of memory.
pub fn align(len: usize) -> Option<usize> {
    len.checked_next_multiple_of(ALIGN)
}

/// The space of a message with this much data, including padding.
pub const fn space_of(data: usize) -> usize {
    HEADER + data.next_multiple_of(ALIGN)
}

/// CMSG_LEN of a caller's length (R100).
pub fn len(data: i64) -> Result<i64, Refused> {
    within::<i64>("len", data, LIMIT - HEADER as i64).map(|data| data + HEADER as i64)
}

/// CMSG_SPACE of a caller's length (R100).
pub fn space(data: i64) -> Result<i64, Refused> {
    let data: usize = within("len", data, LIMIT - space_of(1) as i64)?;
    Ok(space_of(data) as i64)
}
