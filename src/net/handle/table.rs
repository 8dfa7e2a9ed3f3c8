//! The table of all slots, and the queue in which free ones wait for their next generation.

use super::slot::{INDEX_BITS, Kind, LAST_GENERATION, Slot, could_be_handle};
use crate::net::error::{Code, Result};
use crate::sys::{self, Grow, Lock, Registry};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;

static SLOTS: Grow<Slot, 65_536, 256> = Grow::new();

/// Indexes never used yet start here; those below are open, free, or retired.
struct Free {
    fresh: usize,
    /// First in, first out: an index rests as long as possible before it is used again.
    queue: VecDeque<u32>,
}

static FREE: Lock<Free> = Lock::new(Free { fresh: 0, queue: VecDeque::new() });

/// The slot of a handle, whatever its generation. Negative and too large numbers have none.
pub fn slot(id: i64) -> Option<&'static Slot> {
    if could_be_handle(id) { slot_unchecked(id) } else { None }
}

/// As [`slot`], where what no handle can be is found out later.
#[inline(always)]
pub fn slot_unchecked(id: i64) -> Option<&'static Slot> {
    SLOTS.get(id as usize & ((1 << INDEX_BITS) - 1))
}

/// Marks a claim as that of a slot, by its index, and not of a thread's record.
const SLOT: u32 = 1 << 31;

/// Remembers that a slot has an event descriptor that calls write to.
pub fn claim_event(slot: &Slot) {
    sys::claim(slot.fd.load(Ordering::Relaxed), SLOT | slot.index.load(Ordering::Relaxed));
}

/// A descriptor of this number is new: whoever had an event descriptor of the same number has lost it
/// to the program, which closed it.
fn forget_stale(fd: i32) {
    match sys::claimed(fd) {
        0 => {}
        owner if owner & SLOT == 0 => Registry::not_its(owner, fd),
        owner => {
            let slot = SLOTS.get((owner & !SLOT) as usize);
            if let Some(slot) = slot.filter(|slot| slot.word().is_kind(Kind::Cancel)) {
                let _ = slot.fd.compare_exchange(fd, -1, Ordering::SeqCst, Ordering::SeqCst);
            }
        }
    }
}

/// Opens a handle of a descriptor; the caller still sets what is particular to its kind before the
/// number goes anywhere.
pub fn open(kind: Kind, fd: i32) -> Result<(i64, &'static Slot)> {
    forget_stale(fd);
    let index = {
        let mut free = FREE.lock();
        match free.queue.pop_front() {
            Some(index) => index as usize,
            None => {
                let index = free.fresh;
                if SLOTS.get_or_grow(index).is_none() {
                    return Err(
                        Code::errno(libc::ENFILE).because(format_args!("no handle left: {index} are in use"))
                    );
                }
                free.fresh += 1;
                index
            }
        }
    };
    let slot = SLOTS.get(index).ok_or(Code::errno(libc::ENFILE))?;
    slot.index.store(index as u32, Ordering::Relaxed);
    let generation = slot.open(kind, fd);
    Ok(((generation << INDEX_BITS) as i64 | index as i64, slot))
}

/// Ends a slot's generation and queues it for the next, if there is one.
pub fn free(slot: &Slot) {
    let last = slot.word().generation() == LAST_GENERATION;
    slot.free();
    if !last {
        FREE.lock().queue.push_back(slot.index.load(Ordering::Relaxed));
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

/// In a new process: takes the queue's lock from a thread that is not there.
pub fn settle_fork() {
    FREE.reset_after_fork();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_outside_the_table_has_a_slot() {
        for id in [-1, i64::MIN, i64::MAX, 1 << 52, (1 << 53) + 1] {
            assert!(slot(id).is_none(), "{id}");
        }
    }

    #[test]
    fn generations_grow_and_end() {
        let slot = Slot::default();
        assert_eq!(slot.open(Kind::Test, -1), 1);
        assert!(slot.begin_close(1 << INDEX_BITS).is_ok());
        assert!(slot.begin_close(1 << INDEX_BITS).is_err(), "the second closer loses");
        slot.free();
        assert_eq!(slot.open(Kind::Test, -1), 2);
        assert!(slot.begin_close(1 << INDEX_BITS).is_err(), "a stale generation");
    }
}
