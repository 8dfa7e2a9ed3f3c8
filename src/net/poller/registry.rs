//! All pollers of the process by number, and which of them a block of registrations belongs to. Both are found
//! without a lock. A poller that has ended is used again for another handle, and never freed.

use super::registration::BLOCK;
use super::state::Poller;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Pin};
use crate::sys::{self, Child, GrowOnlyTable, Lock};
use std::mem::{forget, take};
use std::sync::atomic::{AtomicU64, Ordering};

static POLLERS: GrowOnlyTable<Poller, 65_536, 16> = GrowOnlyTable::new();
/// Of each block the poller, and its place among that poller's blocks.
static OWNERS: GrowOnlyTable<AtomicU64, 16_384, 256> = GrowOnlyTable::new();
static NUMBERS: Lock<Numbers> = Lock::new(Numbers { pollers: Free::NONE, blocks: Free::NONE });

struct Numbers {
    pollers: Free,
    blocks: Free,
}

/// Numbers from 1 that are used again: no registration and no poller has the number 0.
struct Free {
    /// Those above were never used.
    last: u32,
    list: Vec<u32>,
}

impl Free {
    const NONE: Free = Free { last: 0, list: Vec::new() };

    fn take(&mut self) -> Result<u32> {
        if let Some(number) = self.list.pop() {
            return Ok(number);
        }
        // Room for all, so that giving back takes no memory.
        let room = self.last as usize + 1 - self.list.len();
        sys::memory::reserve(&mut self.list, room)?;
        self.last += 1;
        Ok(self.last)
    }
}

/// A poller that no handle has.
pub fn add() -> Result<&'static Poller> {
    let mut numbers = NUMBERS.lock();
    let number = numbers.pollers.take()?;
    match POLLERS.get_or_grow(number as usize) {
        Some(poller) => {
            poller.set_number(number);
            Ok(poller)
        }
        None => {
            numbers.pollers.list.push(number);
            Err(Code::errno(libc::ENOMEM))
        }
    }
}

/// Gives back a poller and its blocks.
pub fn remove(poller: &Poller, blocks: impl Iterator<Item = u32>) {
    let mut numbers = NUMBERS.lock();
    numbers.blocks.list.extend(blocks);
    numbers.pollers.list.push(poller.number());
}

/// A block for a poller, which has so many already.
pub fn add_block(poller: &Poller, has: u32) -> Result<u32> {
    let mut numbers = NUMBERS.lock();
    let number = numbers.blocks.take()?;
    match OWNERS.get_or_grow(number as usize) {
        Some(owner) => {
            owner.store(u64::from(poller.number()) << 32 | u64::from(has), Ordering::Release);
            Ok(number)
        }
        None => {
            numbers.blocks.list.push(number);
            Err(Code::errno(libc::ENOMEM))
        }
    }
}

/// Ends [`add_block`].
pub fn drop_block(number: u32) {
    NUMBERS.lock().blocks.list.push(number);
}

/// The poller that a registration belongs to, and its local number there.
pub fn find(link: u32) -> Option<(&'static Poller, u32)> {
    let owner = OWNERS.get((link / BLOCK) as usize)?.load(Ordering::Acquire);
    let poller = POLLERS.get((owner >> 32) as usize)?;
    Some((poller, owner as u32 * BLOCK + link % BLOCK))
}

/// The poller behind a pinned handle.
pub fn of_pin(pin: &Pin, id: Id) -> Result<&'static Poller> {
    let poller = POLLERS.get(pin.slot().poller_number() as usize);
    poller.filter(|poller| poller.id() == id).ok_or(Id::stale())
}

/// The poller of a number, if it is that of this handle.
pub fn of_number(number: u32) -> Option<&'static Poller> {
    POLLERS.get(number as usize)
}

fn all() -> impl Iterator<Item = &'static Poller> {
    let last = NUMBERS.lock().pollers.last;
    (1..=last).filter_map(|number| POLLERS.get(number as usize))
}

/// In a new process: takes the locks from threads that do not exist here.
pub fn reset_locks() {
    if NUMBERS.reset_after_fork() && sys::settles_without_handlers() {
        // Halfway, and nothing that could be put right: what is in the lists is lost.
        let mut numbers = NUMBERS.lock();
        forget(take(&mut numbers.pollers.list));
        forget(take(&mut numbers.blocks.list));
    }
    all().for_each(Poller::reset_locks);
    sys::reset_ready_lock();
}

/// In a new process: lets go of what is the parent's, before any handle ends.
pub fn after_fork_child(child: Child) {
    all().for_each(|poller| poller.forked(child));
    if !child.owns_descriptors {
        sys::forget_ready_fd();
    }
}

/// In a new process: pollers that another thread was ending.
pub fn left_behind() -> impl Iterator<Item = &'static Poller> {
    all().filter(|poller| poller.is_left_behind())
}
