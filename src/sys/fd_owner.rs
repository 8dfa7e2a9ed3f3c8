//! Who has the event descriptor of a number.
//!
//! A program may close all its descriptors (closefrom(3)), the library's own too. When one of those
//! numbers comes back as a new descriptor, its owner must know before it writes there: the write would
//! reach the new one, and wake no one.

use super::GrowOnlyTable;
use std::sync::atomic::{AtomicU32, Ordering};

static OWNERS: GrowOnlyTable<AtomicU32, 16_384, 256> = GrowOnlyTable::new();

/// Says whose event descriptor this is, by a number that is not 0.
pub fn set_fd_owner(fd: i32, owner: u32) {
    if let Some(place) = usize::try_from(fd).ok().and_then(|fd| OWNERS.get_or_grow(fd)) {
        place.store(owner, Ordering::Relaxed);
    }
}

/// Who claimed this number last, before it became that of a new descriptor; 0 is no one. Whether it
/// still counts on the number, only the owner knows.
#[inline]
pub fn take_fd_owner(fd: i32) -> u32 {
    match usize::try_from(fd).ok().and_then(|fd| OWNERS.get(fd)) {
        Some(place) if place.load(Ordering::Relaxed) != 0 => place.swap(0, Ordering::Relaxed),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_told_once() {
        let fd = 4_000_000;
        assert_eq!(take_fd_owner(fd), 0);
        set_fd_owner(fd, 7);
        assert_eq!((take_fd_owner(fd), take_fd_owner(fd)), (7, 0));
        set_fd_owner(-1, 7);
        set_fd_owner(i32::MAX, 7);
        assert_eq!((take_fd_owner(-1), take_fd_owner(i32::MAX)), (0, 0));
    }
}
