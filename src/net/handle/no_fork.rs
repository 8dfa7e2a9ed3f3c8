//! Keeping a fork out of the parts of a call where a descriptor and the slot that owns it change
//! together. What happens around a fork, in order, is in `net/fork.rs`.
//!
//! Each thread's record says whether it is in such a part, and [`FORKING`] counts the forks under way. Both
//! sides store first and then look at the other. The fence between the two is the fork's: a barrier on all
//! threads, so that a part costs no locked instruction. No wait here is without a limit: a program's own fork
//! handlers may run before ours with a lock that a thread holds which waits for the fork to end. After the
//! limit each goes on, and only the exactness of the child is lost.

use crate::net::error::Result;
use crate::net::time::{self, Nanos};
use crate::sys::{self, ThreadRecord, Threads};
use std::sync::atomic::{AtomicU32, Ordering, compiler_fence};

/// A part of a call that no fork may divide. The kernel copies the table of descriptors first and the
/// memory later, so a fork in between would leave the child with a slot that names another file, or with a
/// descriptor that no slot names. It begins before any lock of libsock is taken.
pub struct NoForkGuard(&'static ThreadRecord);

/// In a record's section word: the thread waits for forks to end before it goes in. Below: how many parts it
/// is in, one inside the other.
const WAITING: u32 = u32::MAX;

/// How many forks are under way.
static FORKING: AtomicU32 = AtomicU32::new(0);
/// In [`FORKING`]: this process is the child of a fork by a signal handler that had interrupted such a part. It
/// settles when the part ends.
const UNSETTLED: u32 = 1 << 31;
/// Parts of threads that have no record.
static UNRECORDED: AtomicU32 = AtomicU32::new(0);
/// Changes while a fork waits and a thread goes in or out.
static CHANGES: AtomicU32 = AtomicU32::new(0);

/// The thread that forks, once it has waited for the parts of others; 0 before.
static FORKER: AtomicU32 = AtomicU32::new(0);
/// [`FORKER`], once it was seen to sleep in another handler: no one waits for this fork any more, or a thread that
/// holds the lock would wait again in each of its calls.
static BLOCKED: AtomicU32 = AtomicU32::new(0);

/// How long a fork waits for the parts of other threads, and a part for forks. Parts take microseconds, but on
/// a crowded machine a thread may lose its processor for that long.
const WAIT_LIMIT: Nanos = Nanos::from_millis(1000);
/// When a part looks whether the thread that forks sleeps in a handler of the program: it may wait for a lock
/// that we hold.
const LOOK_AFTER: Nanos = Nanos::from_millis(100);
/// How long a fork lets those go first who wait for an earlier one: forks in a row would keep them out.
const TURN_LIMIT: Nanos = Nanos::from_millis(20);

impl NoForkGuard {
    /// Begins such a part, after the forks that are under way.
    #[inline]
    pub fn enter() -> NoForkGuard {
        let record = Threads::current();
        if record.number() == 0 {
            UNRECORDED.fetch_add(1, Ordering::SeqCst);
        } else {
            let depth = record.section().load(Ordering::Relaxed);
            if depth != 0 {
                record.section().store(depth + 1, Ordering::Relaxed);
                return NoForkGuard(record);
            }
            // A thread in such a part may be waiting for the lock.
            sys::no_lock_held();
            set_section(record, 1);
        }
        if FORKING.load(Ordering::SeqCst) != 0 {
            let_forks_pass(record);
        }
        NoForkGuard(record)
    }
}

impl Drop for NoForkGuard {
    #[inline]
    fn drop(&mut self) {
        if self.0.number() == 0 {
            drop_unrecorded();
        } else {
            let depth = self.0.section().load(Ordering::Relaxed);
            if depth > 1 {
                self.0.section().store(depth - 1, Ordering::Relaxed);
                return;
            }
            set_section(self.0, 0);
        }
        if FORKING.load(Ordering::SeqCst) != 0 {
            left();
        }
    }
}

/// Says whether the thread is in such a part. What it looks at next is looked at after this: by the barrier of a
/// fork, or where there is none by a fence of its own.
#[inline]
fn set_section(record: &ThreadRecord, parts: u32) {
    if sys::barrier_ready() {
        record.section().store(parts, Ordering::Release);
        compiler_fence(Ordering::SeqCst);
    } else {
        record.section().swap(parts, Ordering::SeqCst);
    }
}

/// Not below zero: the child of a fork begins with none.
fn drop_unrecorded() {
    let _ = UNRECORDED.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
}

/// Goes out again, waits until no fork is under way, and goes in.
#[cold]
#[inline(never)]
fn let_forks_pass(record: &ThreadRecord) {
    let forker = FORKER.load(Ordering::SeqCst);
    if forker != 0 && forker == BLOCKED.load(Ordering::SeqCst) {
        return;
    }
    let recorded = record.number() != 0;
    let began = time::now();
    loop {
        if recorded {
            record.section().store(WAITING, Ordering::SeqCst);
        } else {
            drop_unrecorded();
        }
        announce();
        let mut over = false;
        loop {
            let forking = FORKING.load(Ordering::SeqCst);
            let waited = time::now() - began;
            over = over || waited >= WAIT_LIMIT || waited >= LOOK_AFTER && is_forker_asleep();
            if forking == 0 || over {
                break;
            }
            sys::futex::wait(&FORKING, forking, Some(LOOK_AFTER.0));
        }
        if recorded {
            record.section().store(1, Ordering::SeqCst);
        } else {
            UNRECORDED.fetch_add(1, Ordering::SeqCst);
        }
        if over || FORKING.load(Ordering::SeqCst) == 0 {
            break;
        }
    }
    announce();
}

/// Whether the thread that forks sleeps, though it waits for no one here.
fn is_forker_asleep() -> bool {
    let forker = FORKER.load(Ordering::SeqCst);
    let asleep = forker != 0 && sys::is_asleep(forker);
    if asleep {
        BLOCKED.store(forker, Ordering::SeqCst);
    }
    asleep
}

/// A part has ended while a fork is under way, or in a child that has waited for that.
#[cold]
#[inline(never)]
fn left() {
    // The boundary may have left these out: settling a child closes what is the parent's.
    let _quiet = (sys::Uncancelable::new(), sys::KeptErrno::new());
    if FORKING.load(Ordering::SeqCst) & UNSETTLED != 0 {
        FORKING.store(0, Ordering::SeqCst);
        sys::settle(false);
    } else {
        announce();
    }
}

fn announce() {
    CHANGES.fetch_add(1, Ordering::SeqCst);
    sys::futex::wake(&CHANGES, i32::MAX);
}

/// Sleeps until something does not hold of other threads any more, with a limit.
fn wait_while(limit: Nanos, holds: impl Fn() -> bool) {
    let limit = time::now().after(limit);
    loop {
        let seen = CHANGES.load(Ordering::SeqCst);
        let left = limit - time::now();
        if !holds() || left <= Nanos::ZERO {
            return;
        }
        sys::futex::wait(&CHANGES, seen, Some(left.0));
    }
}

/// Settles a child that has not yet, before the first handle of a process, and registers the fork handlers
/// where the loader could not.
pub fn watch_forks() -> Result<()> {
    sys::settle_if_forked();
    Ok(sys::watch_forks()?)
}

/// Before a fork: lets no new part begin, and waits for those of other threads. A part of this thread is one
/// that the signal handler which forks has interrupted.
pub fn hold() {
    wait_while(TURN_LIMIT, || Threads::any_other_section(|section| section == WAITING));
    FORKER.store(0, Ordering::SeqCst);
    FORKING.fetch_add(1, Ordering::SeqCst);
    if sys::barrier_ready() {
        // From here on every thread sees the fork that goes in or out, and we see every thread that has gone in.
        sys::barrier();
    }
    wait_while(WAIT_LIMIT, || {
        let inside = |section| section != 0 && section != WAITING;
        UNRECORDED.load(Ordering::SeqCst) > 0 || Threads::any_other_section(inside)
    });
}

/// After all waits of a fork: from here on this thread does not sleep for us.
pub fn held() {
    BLOCKED.store(0, Ordering::SeqCst);
    FORKER.store(sys::thread_number(), Ordering::SeqCst);
}

/// Ends [`hold`].
pub fn release() {
    FORKER.store(0, Ordering::SeqCst);
    // Not below zero: in a child that settles late, none is under way.
    let less = |count: u32| (count & !UNSETTLED > 0).then(|| count - 1);
    let _ = FORKING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
    sys::futex::wake(&FORKING, i32::MAX);
}

/// In the child of a fork: whether it can settle at once. Otherwise it does when the part of a call ends in
/// which a signal handler has forked.
pub fn begin_child() -> bool {
    let section = Threads::current_or_full().section().load(Ordering::Relaxed);
    let inside = section != 0 && section != WAITING;
    FORKING.store(if inside { UNSETTLED } else { 0 }, Ordering::SeqCst);
    !inside
}

/// In a new process: no fork is under way, and no other thread in a part of a call.
pub fn after_fork_child() {
    FORKING.store(0, Ordering::SeqCst);
    UNRECORDED.store(0, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// No step of a part is made while a fork is held. That the fork sees a part whose store is still in a
    /// processor's buffer is the barrier's work: too rare for a test to catch.
    #[test]
    fn no_part_goes_on_while_a_fork_is_held() {
        static STEPS: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];
        static STOP: AtomicBool = AtomicBool::new(false);
        let steps = || STEPS.each_ref().map(|steps| steps.load(Ordering::Relaxed));
        let threads = STEPS.each_ref().map(|steps| {
            std::thread::spawn(move || {
                while !STOP.load(Ordering::Relaxed) {
                    let _part = NoForkGuard::enter();
                    (0..1000).for_each(|_| steps.store(steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed));
                }
            })
        });
        let (mut seen, mut moved) = (0, 0);
        let end = time::now().after(Nanos::from_millis(400));
        while time::now() < end {
            let began = time::now();
            hold();
            let before = steps();
            (0..200).for_each(|_| std::hint::spin_loop());
            let after = steps();
            // Beyond the limit each side goes on: on a crowded machine such a look says nothing.
            if time::now() - began < Nanos::from_millis(500) {
                seen += 1;
                moved += u32::from(after != before);
            }
            release();
            std::thread::yield_now();
        }
        STOP.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("a thread"));
        assert_eq!(moved, 0, "of {seen} forks");
        assert!(steps().iter().all(|steps| *steps > 0));
    }
}
