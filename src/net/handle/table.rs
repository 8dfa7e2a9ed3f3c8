//! The table of all slots, and the queue in which free ones wait for their next generation.

use super::id::Id;
use super::no_fork::{self, NoForkGuard};
use super::slot::Slot;
use super::word::{Kind, LAST_GENERATION};
use crate::net::error::{Code, Result};
use crate::sys::{self, AsFd, GrowOnlyTable, Lock, OwnedFd, Threads};

type Slots = GrowOnlyTable<Slot, 65_536, 256>;
static SLOTS: Slots = Slots::new();

/// The free slots. First in, first out: an index rests as long as possible before it is used again. The queue
/// is threaded through the slots, and changes only where no fork can divide the change.
struct Free {
    /// Indexes never used yet start here; those below are open, free, or retired.
    fresh: usize,
    first: u32,
    last: u32,
}

/// No slot has this index.
const NO_SLOT: u32 = u32::MAX;

static FREE: Lock<Free> = Lock::new(Free { fresh: 0, first: NO_SLOT, last: NO_SLOT });

impl Free {
    fn push(&mut self, slot: &Slot) {
        slot.set_next_free(NO_SLOT);
        match SLOTS.get(self.last as usize) {
            Some(last) if self.first != NO_SLOT => last.set_next_free(slot.index()),
            _ => self.first = slot.index(),
        }
        self.last = slot.index();
    }

    fn pop(&mut self) -> Option<u32> {
        let first = SLOTS.get(self.first as usize).filter(|_| self.first != NO_SLOT)?;
        Some(std::mem::replace(&mut self.first, first.next_free()))
    }
}

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

/// Remembers that a slot has an event descriptor that calls write to, made just now.
pub fn own_event(slot: &Slot) {
    let (fd, mine) = (slot.fd(), SLOT | slot.index());
    // In the child of a fork the slot may get the very number that it had in the parent.
    match sys::take_fd_owner(fd) {
        owner if owner == mine => {}
        owner => tell_owner(owner, fd),
    }
    sys::set_fd_owner(fd, mine);
}

/// A descriptor of this number is new: an event descriptor of ours that had the number is lost, because
/// the program closed it.
pub fn forget_stale(fd: i32) {
    tell_owner(sys::take_fd_owner(fd), fd);
}

fn tell_owner(owner: u32, fd: i32) {
    match owner {
        0 => {}
        owner if owner & (SLOT | sys::STACK) == sys::STACK => {}
        owner if owner & SLOT == 0 => Threads::not_its(owner, fd),
        owner => {
            let slot = SLOTS.get((owner & !SLOT) as usize);
            if let Some(slot) =
                slot.filter(|slot| slot.word().is_kind(Kind::Cancel) || slot.word().is_kind(Kind::Poller))
            {
                slot.lose_event_fd(fd);
            }
        }
    }
}

/// Opens a handle of a descriptor; the caller still sets what is particular to its kind before the
/// number goes anywhere.
pub fn open_number(kind: Kind, fd: i32) -> Result<(Id, &'static Slot)> {
    let _no_fork = NoForkGuard::enter();
    forget_stale(fd);
    let index = {
        let mut free = FREE.lock();
        match free.pop() {
            Some(index) => index as usize,
            None => {
                let index = free.fresh;
                if index >= Slots::CAPACITY {
                    return Err(
                        Code::errno(libc::ENFILE).because(format_args!("no handle left: {index} are in use"))
                    );
                }
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
pub fn open(kind: Kind, fd: impl AsFd + Into<OwnedFd>) -> Result<(Id, &'static Slot)> {
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
    let _no_fork = NoForkGuard::enter();
    let last = slot.word().generation() == LAST_GENERATION;
    slot.free();
    if !last {
        FREE.lock().push(slot);
    }
}

/// Every slot that was ever opened.
pub fn all() -> impl Iterator<Item = &'static Slot> {
    let fresh = FREE.lock().fresh;
    (0..fresh).filter_map(|index| SLOTS.get(index))
}

/// In a new process: takes the locks of the queue and of the slots from threads that do not exist here.
pub fn reset_locks() {
    FREE.reset_after_fork();
    all().for_each(Slot::reset_lock);
}

/// In a new process: makes the queue anew from the slots, as it may have been in the middle of a change.
pub fn after_fork_child() {
    let mut free = FREE.lock();
    (free.first, free.last) = (NO_SLOT, NO_SLOT);
    for index in 0..free.fresh {
        let Some(slot) = SLOTS.get(index) else { continue };
        let word = slot.word();
        if !word.is_open() && !word.is_closing() && word.generation() != LAST_GENERATION {
            slot.set_index(index as u32);
            free.push(slot);
        }
    }
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
