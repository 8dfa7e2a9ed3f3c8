//! Words that processes share which were forked from each other: locks around what changes an open file
//! description for a moment, and a count.

use super::clock::now;
use crate::sys;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const WORDS: usize = 1024;
/// The page: the first word is a count, the second numbers holders, the others are locks.
static PAGE: OnceLock<Option<&'static [AtomicU32; WORDS]>> = OnceLock::new();

/// How long a lock is waited for while another process has it. That process keeps it for one system call that does
/// not block, unless somebody outside of libsock interferes; or it was stopped or killed.
const LIMIT_NS: i64 = 20_000_000;
/// The same for a thread of this process, which cannot have been killed alone, but may wait for a processor, or be
/// below the signal handler that asks.
const OWN_LIMIT_NS: i64 = 200_000_000;
const PAUSE: Duration = Duration::from_micros(50);

/// Makes the page, before the first fork. Without memory for it, processes do without.
pub fn share_page() {
    PAGE.get_or_init(|| {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: new memory of our own, never unmapped: zeroed words, aligned to a page.
        unsafe {
            let page = libc::mmap(std::ptr::null_mut(), size_of::<[u32; WORDS]>(), protection, flags, -1, 0);
            (page != libc::MAP_FAILED).then(|| &*page.cast())
        }
    });
}

fn words() -> Option<&'static [AtomicU32; WORDS]> {
    PAGE.get().copied().flatten()
}

/// How many children made without fork handlers were found, in all processes of the family.
#[cfg(all(target_os = "linux", not(sock_portable)))]
#[inline]
pub fn bare_children() -> u32 {
    words().map_or(0, |words| words[0].load(Ordering::SeqCst))
}

/// Counts one.
#[cfg(all(target_os = "linux", not(sock_portable)))]
pub fn add_bare_child() {
    words().inspect(|words| {
        words[0].fetch_add(1, Ordering::SeqCst);
    });
}

/// One of some thousand locks, held. A process that has it may be stopped or killed, so nobody waits for one holder
/// for long: then the lock is taken away.
pub struct SharedLock {
    word: Option<&'static AtomicU32>,
    owner: u32,
}

impl SharedLock {
    /// Takes the lock of a number. Different numbers may mean the same lock, except 0.
    pub fn take(number: u32) -> SharedLock {
        Self::take_for(this_process(), number)
    }

    fn take_for(process: u32, number: u32) -> SharedLock {
        let at = if number == 0 { 2 } else { 3 + number as usize % (WORDS - 3) };
        let Some(words) = words() else { return SharedLock { word: None, owner: 0 } };
        // Unlike that of any other holder at this time, and not 0.
        let owner = process | words[1].fetch_add(1, Ordering::Relaxed) & 0xffff;
        acquire(&words[at], owner);
        SharedLock { word: Some(&words[at]), owner }
    }
}

/// The upper half of the owners in this process, never 0. Children of one process may have the same: they wait longer
/// for each other.
fn this_process() -> u32 {
    sys::process_epoch() << 16 | 1 << 31
}

fn acquire(word: &AtomicU32, owner: u32) {
    let (mut holder, mut end) = (0, 0);
    while let Err(seen) = word.compare_exchange(0, owner, Ordering::SeqCst, Ordering::SeqCst) {
        let now = now();
        if seen != holder {
            let limit = if seen >> 16 == owner >> 16 { OWN_LIMIT_NS } else { LIMIT_NS };
            (holder, end) = (seen, now + limit);
        } else if now >= end && word.compare_exchange(seen, owner, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

impl Drop for SharedLock {
    fn drop(&mut self) {
        // Not what somebody else has taken away meanwhile.
        self.word.inspect(|word| {
            let _ = word.compare_exchange(self.owner, 0, Ordering::SeqCst, Ordering::SeqCst);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excludes_and_is_taken_away_from_who_does_not_come_back() {
        share_page();
        let waited = || {
            let start = now();
            drop(SharedLock::take(7));
            now() - start
        };
        for (process, limit) in [(this_process() ^ 1 << 16, LIMIT_NS), (this_process(), OWN_LIMIT_NS)] {
            let held = SharedLock::take_for(process, 7);
            assert!(waited() >= limit);
            drop(held);
            assert!(waited() < LIMIT_NS, "free again");
        }
        drop(SharedLock::take(0));
    }
}
