//! Who has the event descriptor of a number.
//!
//! A program may close all its descriptors (closefrom(3)), the library's own too. When one of those
//! numbers comes back as a new descriptor, its owner must know before it writes there: the write would
//! reach the new one, and wake no one.

use super::{
    GrowOnlyTable, OwnedFd, Threads, close, into_number, is_ours, number, owned_number, socket_id, undivided,
};
use std::mem::forget;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

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

/// Marks a claim as that of a call in a thread, by the number of the thread's record.
pub const STACK: u32 = 1 << 30;
/// No descriptor with such a claim has this number or a higher one.
static STACK_END: AtomicUsize = AtomicUsize::new(0);

/// A marked descriptor that a call owns while it runs. The child of a fork closes those of other threads.
pub struct StackFd {
    fd: i32,
    claim: u32,
}

impl StackFd {
    /// Of a descriptor that bears the mark of libsock, by which the child proves it.
    pub fn new(fd: impl Into<OwnedFd>) -> StackFd {
        let (fd, claim) = (into_number(fd), STACK | Threads::current().number());
        set_fd_owner(fd, claim);
        STACK_END.fetch_max(fd as usize + 1, Ordering::Relaxed);
        StackFd { fd, claim }
    }

    /// The number.
    pub fn fd(&self) -> i32 {
        self.fd
    }
}

impl Drop for StackFd {
    fn drop(&mut self) {
        // The descriptor and its claim end together: the child of a fork in between would have the one without the
        // other.
        undivided(&mut || {
            close_if_ours(self.fd);
            // Another thread may have the number by now.
            if let Some(place) = OWNERS.get(self.fd as usize) {
                let _ = place.compare_exchange(self.claim, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        });
    }
}

/// Closes a number that is still that of an event descriptor of libsock.
pub(super) fn close_if_ours(fd: i32) {
    if fd >= 0 && is_ours(fd) {
        let _ = close(fd);
    }
}

/// A socket that no handle has yet, which outlives a call. It cannot bear the mark, which would stay; the kernel's
/// number of the socket proves it.
pub struct LooseSocket {
    fd: i32,
    id: Option<u64>,
}

impl LooseSocket {
    /// Of a new socket.
    pub fn new(fd: OwnedFd) -> LooseSocket {
        let id = socket_id(number(&fd));
        LooseSocket { fd: into_number(fd), id }
    }

    /// The number.
    pub fn number(&self) -> i32 {
        self.fd
    }

    /// Whether the number still is that of the socket.
    pub fn is_same(&self) -> bool {
        socket_id(self.fd) == self.id
    }

    /// The socket, if it still is there.
    pub fn take(self) -> Option<OwnedFd> {
        // SAFETY: the number is that of the socket that this owns, and gives away.
        let fd = self.is_same().then(|| unsafe { owned_number(self.fd) });
        forget(self);
        fd
    }

    /// Closes it by number, in the child of a fork that has a copy of this in the middle of something.
    pub fn close_copy(&self) {
        if self.is_same() {
            let _ = close(self.fd);
        }
    }
}

impl Drop for LooseSocket {
    fn drop(&mut self) {
        self.close_copy();
    }
}

/// In a new process: closes the descriptors of calls in threads that do not exist here.
pub fn close_stack_fds() {
    let mine = STACK | Threads::current_or_full().number();
    for fd in 0..STACK_END.load(Ordering::Relaxed) {
        let Some(place) = OWNERS.get(fd) else { continue };
        let claim = place.load(Ordering::Relaxed);
        if claim & STACK != 0 && claim >> 31 == 0 && claim != mine {
            place.store(0, Ordering::Relaxed);
            close_if_ours(fd as i32);
        }
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
