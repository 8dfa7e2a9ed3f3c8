//! Where control messages lie: a header (its length as a `size_t`, level, type), the data, and padding
//! up to the next header.

use super::refused::{Refused, within};

/// Headers lie at multiples of this.
const ALIGN: usize = size_of::<usize>();

/// The length of a header; a multiple of [`ALIGN`] on 32 and 64 bits.
pub(crate) const HEADER: usize = size_of::<usize>() + 8;

/// The kernel's limit for all control data of a message.
pub(crate) const LIMIT: i64 = i32::MAX as i64;

/// The next place where a header can lie; `None` beyond the end of memory.
pub fn align(len: usize) -> Option<usize> {
    len.checked_next_multiple_of(ALIGN)
}

/// What a message with so much data takes, padding included.
pub const fn space_of(data: usize) -> usize {
    HEADER + data.next_multiple_of(ALIGN)
}

/// CMSG_LEN of a length that a caller gave (R100).
pub fn len(data: i64) -> Result<i64, Refused> {
    within::<i64>("len", data, 0, LIMIT - HEADER as i64).map(|data| data + HEADER as i64)
}

/// CMSG_SPACE of a length that a caller gave (R100).
pub fn space(data: i64) -> Result<i64, Refused> {
    let data: usize = within("len", data, 0, LIMIT - space_of(1) as i64)?;
    Ok(space_of(data) as i64)
}
