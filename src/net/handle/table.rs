//! The table of all slots, and the queue in which free ones wait for their next generation.

use super::id::Id;
use super::no_fork;
use super::slot::Slot;
use super::word::{Kind, LAST_GENERATION};
use crate::net::error::{Code, Result};
use crate::sys::{self, GrowOnlyTable, Lock, Threads};
use std::collections::VecDeque;
use std::os::fd::OwnedFd;

type Slots = GrowOnlyTable<Slot, 65_536, 256>;
static SLOTS: Slots = Slots::new();

/// Indexes never used yet start here; those below are open, free, or retired.
struct Free {
    fresh: usize,
    /// First in, first out: an index rests as long as possible before it is used again.
    queue: VecDeque<u32>,
}

static FREE: Lock<Free> = Lock::new(Free { fresh: 0, queue: VecDeque::new() });

/// The slot of a handle, whatever its generation. Negative and too large numbers have none.
pub fn slot(id: Id) -> Result<&'static Slot> {
    let slot = if id.could_be_handle() { slot_unchecked(id) } else { None };
    slot.ok_or(Id::stale())
}

/// As [`slot`], where a number that no handle can have is found out later.
#[inline(always)]
pub fn slot_unchecked(id: Id) -> Option<&'static Slot> {
    SLOTS.get(id.index())
}

/// Marks a claim as that of a slot, by its index, and not of a thread's record.
const SLOT: u32 = 1 << 31;

/// Remembers that a slot has an event descriptor that calls write to.
pub fn own_event(slot: &Slot) {
    sys::set_fd_owner(slot.fd(), SLOT | slot.index());
}

/// A descriptor of this number is new: an event descriptor of ours that had the number is lost, because
/// the program closed it.
fn forget_stale(fd: i32) {
    match sys::take_fd_owner(fd) {
        0 => {}
        owner if owner & SLOT == 0 => Threads::not_its(owner, fd),
        owner => {
            let slot = SLOTS.get((owner & !SLOT) as usize);
            if let Some(slot) = slot.filter(|slot| slot.word().is_kind(Kind::Cancel)) {
                slot.lose_event_fd(fd);
            }
        }
    }
}

/// Opens a handle of a descriptor; the caller still sets what is particular to its kind before the
/// number goes anywhere.
pub fn open_number(kind: Kind, fd: i32) -> Result<(Id, &'static Slot)> {
    forget_stale(fd);
    let index = {
        let mut free = FREE.lock();
        match free.queue.pop_front() {
            Some(index) => index as usize,
            None => {
                let index = free.fresh;
                if index >= Slots::CAPACITY {
                    return Err(
                        Code::errno(libc::ENFILE).because(format_args!("no handle left: {index} are in use"))
                    );
                }
                // The queue is empty: with this room, freeing a slot never takes memory.
                free.queue.try_reserve(index + 1).map_err(|_| Code::errno(libc::ENOMEM))?;
                SLOTS.get_or_grow(index).ok_or(Code::errno(libc::ENOMEM))?;
                free.fresh += 1;
                index
            }
        }
    };
    let slot = SLOTS.get(index).ok_or(Code::errno(libc::ENFILE))?;
    slot.set_index(index as u32);
    let generation = slot.open(kind, fd);
    Ok((Id::new(generation, index), slot))
}

/// Opens a handle that owns a descriptor, made under a [`NoForkGuard`](super::NoForkGuard) that lives.
/// On failure the descriptor is closed.
pub fn open(kind: Kind, fd: OwnedFd) -> Result<(Id, &'static Slot)> {
    let opened = open_number(kind, sys::number(&fd))?;
    sys::into_number(fd);
    Ok(opened)
}

/// Opens a handle that takes over a descriptor by number. On failure the caller keeps it.
pub fn adopt(kind: Kind, fd: i32) -> Result<(Id, &'static Slot)> {
    no_fork::watch_forks()?;
    open_number(kind, fd)
}

/// Ends a slot's generation and queues it for the next, if there is one.
pub fn free(slot: &Slot) {
    let last = slot.word().generation() == LAST_GENERATION;
    slot.free();
    if !last {
        FREE.lock().queue.push_back(slot.index());
    }
}

/// Every slot that was ever opened.
pub fn all() -> impl Iterator<Item = &'static Slot> {
    let fresh = FREE.lock().fresh;
    (0..fresh).filter_map(|index| SLOTS.get(index))
}

/// Keeps other threads out of the queue around a fork.
pub fn hold() {
    FREE.hold();
}

/// Ends [`hold`].
pub fn release() {
    FREE.release();
}

/// In a new process: takes the queue's lock from a thread that does not exist here.
pub fn after_fork_child() {
    FREE.reset_after_fork();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_outside_the_table_has_a_slot() {
        for id in [-1, i64::MIN, i64::MAX, 1 << 52, (1 << 53) + 1] {
            assert_eq!(slot(Id(id)).err(), Some(Id::stale()), "{id}");
        }
    }

    #[test]
    fn generations_grow_and_end() {
        let slot = Slot::default();
        assert_eq!(slot.open(Kind::Test, -1), 1);
        assert!(slot.begin_close(Id::new(1, 0)).is_ok());
        assert!(slot.begin_close(Id::new(1, 0)).is_err(), "the second closer loses");
        slot.free();
        assert_eq!(slot.open(Kind::Test, -1), 2);
        assert!(slot.begin_close(Id::new(1, 0)).is_err(), "a stale generation");
    }
}
