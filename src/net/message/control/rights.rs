//! Descriptors: those of SCM_RIGHTS, and that of SCM_PIDFD.

use super::platform::peer::SCM_PIDFD;
use super::put::{Byte, put_parts};
use super::walk::{Item, find_as, next};
use crate::net::codec::bytes::i32_at;
use crate::net::codec::refused::Refused;
use libc::{SCM_RIGHTS, SOL_SOCKET};
use std::borrow::Cow;

/// The most descriptors that the kernel accepts in one message (R114).
pub(crate) const MOST: usize = 253;

/// Replaces a descriptor that was taken.
const TAKEN: [u8; 4] = (-1_i32).to_ne_bytes();

/// A choice of descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Those the peer sent.
    Sent,
    /// The one of the peer's process.
    Process,
    /// Both.
    All,
}

impl Which {
    fn has(self, item: &Item) -> bool {
        item.level == SOL_SOCKET
            && match item.kind {
                SCM_RIGHTS => self != Which::Process,
                SCM_PIDFD => self != Which::Sent,
                _ => false,
            }
    }
}

/// Appends descriptors as one message (R111).
pub fn put_fds(control: &mut [impl Byte], used: &mut usize, fds: &[i32]) -> Result<(), Refused> {
    let bytes = fds.iter().flat_map(|fd| fd.to_ne_bytes());
    put_parts(control, used, SOL_SOCKET, SCM_RIGHTS, size_of_val(fds), bytes)
}

/// Passes every descriptor that is still there to `take`, in order, and marks it as taken; stops when `take`
/// returns false. An incomplete number at the end is ignored (R108).
pub fn take_each(control: &mut [u8], which: Which, mut take: impl FnMut(i32) -> bool) {
    let mut pos = 0;
    // Nothing can be found after a malformed message.
    while let Ok(Some(item)) = next(control, &mut pos) {
        if !which.has(&item) {
            continue;
        }
        for place in control[item.data].chunks_exact_mut(4) {
            // A negative number was taken, or is the kernel's reason why the process has none.
            if let Some(fd) = i32_at(place, 0).filter(|fd| *fd >= 0) {
                if !take(fd) {
                    return;
                }
                place.copy_from_slice(&TAKEN);
            }
        }
    }
}

/// Whether there are such descriptors, or were.
pub fn any(control: &[u8], which: Which) -> bool {
    let mut pos = 0;
    while let Ok(Some(item)) = next(control, &mut pos) {
        if which.has(&item) {
            return true;
        }
    }
    false
}

/// The content of SCM_PIDFD: a descriptor, or the kernel's reason why there is none, as a negative errno.
/// `None` if there is no such message, or its descriptor was taken.
pub fn process(control: &[u8]) -> Result<Option<i32>, Refused> {
    let found = find_as(control, &[(SOL_SOCKET, SCM_PIDFD)], |_, data| i32_at(data, 0))?;
    Ok(found.filter(|fd| fd.to_ne_bytes() != TAKEN))
}

/// The control data for the later parts of a message whose first part has been sent: everything but the
/// descriptors, which are sent once. `None` without memory.
pub fn without_fds(control: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut kept = Vec::new();
    kept.try_reserve_exact(control.len()).ok()?;
    let (mut pos, mut begin, mut found) = (0, 0, false);
    while let Ok(Some(item)) = next(control, &mut pos) {
        if Which::Sent.has(&item) {
            found = true;
        } else {
            kept.extend_from_slice(&control[begin..pos]);
        }
        begin = pos;
    }
    Some(if found { Cow::Owned(kept) } else { Cow::Borrowed(control) })
}
