//! Appends control messages to a caller's buffer.

use super::platform::layout::{LIMIT, align, header, space_of};
use crate::net::codec::refused::{Refused, Why};
use std::mem::MaybeUninit;

/// A place for a byte, which may be uninitialised: C's buffers often are.
pub trait Byte {
    /// Writes it.
    fn set(&mut self, byte: u8);
}

impl Byte for MaybeUninit<u8> {
    fn set(&mut self, byte: u8) {
        self.write(byte);
    }
}

impl Byte for u8 {
    fn set(&mut self, byte: u8) {
        *self = byte;
    }
}

/// Appends a message after the `used` bytes of `control`; padding becomes zeros (R98, R99). A refusal
/// changes nothing.
pub fn put(
    control: &mut [impl Byte],
    used: &mut usize,
    level: i32,
    kind: i32,
    data: &[u8],
) -> Result<(), Refused> {
    put_parts(control, used, level, kind, data.len(), data.iter().copied())
}

/// Like [`put`], from an iterator of `len` bytes.
pub fn put_parts(
    control: &mut [impl Byte],
    used: &mut usize,
    level: i32,
    kind: i32,
    len: usize,
    data: impl Iterator<Item = u8>,
) -> Result<(), Refused> {
    let cap = control.len();
    if *used > cap {
        return Err(Refused {
            field: "len",
            why: Why::Range { value: number(*used), low: 0, high: number(cap) },
        });
    }
    // Checked before any addition, so that none can overflow.
    let most = LIMIT - space_of(1) as i64;
    if number(len) > most {
        return Err(Refused {
            field: "data_len",
            why: Why::Range { value: number(len), low: 0, high: most },
        });
    }
    // The kernel's last message may end anywhere.
    let begin = align(*used).unwrap_or(usize::MAX);
    let end = begin.saturating_add(space_of(len));
    if end > cap || number(end) > LIMIT {
        return Err(Refused { field: "cap", why: Why::Room { needed: end, cap } });
    }
    let gap = std::iter::repeat_n(0, begin - *used);
    let bytes = gap.chain(header(len, level, kind)).chain(data.take(len)).chain(std::iter::repeat(0));
    for (place, byte) in control[*used..end].iter_mut().zip(bytes) {
        place.set(byte);
    }
    *used = end;
    Ok(())
}

fn number(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
