//! The layout of a control message: a header (length as an `unsigned int`, level, type), the data, and padding up to
//! the next header. On the BSDs the header is padded as well. See CMSG_DATA(3).

use crate::net::codec::bytes::{i32_at, u32_at};
use crate::net::codec::refused::{Refused, within};

/// Headers and data lie at multiples of this: `__DARWIN_ALIGN32`, `_ALIGN`.
const ALIGN: usize = if cfg!(target_vendor = "apple") { 4 } else { size_of::<libc::c_long>() };

/// `struct cmsghdr`.
const STRUCT: usize = 12;

/// The length of a header with its padding.
pub(crate) const HEADER: usize = STRUCT.next_multiple_of(ALIGN);

/// The kernel's limit for all control data of a message.
pub(crate) const LIMIT: i64 = i32::MAX as i64;

/// The bytes of a header in front of `len` bytes of data.
pub fn header(len: usize, level: i32, kind: i32) -> impl Iterator<Item = u8> {
    let fields = [((HEADER + len) as u32).to_ne_bytes(), level.to_ne_bytes(), kind.to_ne_bytes()];
    fields.into_iter().flatten().chain(std::iter::repeat_n(0, HEADER - STRUCT))
}

/// The length, the level and the type in a header; `None` if the bytes are too few for one.
pub fn read(header: &[u8]) -> Option<(usize, i32, i32)> {
    header.get(..HEADER)?;
    Some((u32_at(header, 0)? as usize, i32_at(header, 4)?, i32_at(header, 8)?))
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
