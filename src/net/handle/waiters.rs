//! The list of those who wait on a handle, so that a close or a new deadline can wake them.
//!
//! It is threaded through the waiting threads' records: waiting needs no memory.
//!
//! The wake descriptors belong to the records: `make_wake` makes one when an entry first waits, and `ThreadRecord::close_wakes` frees it when the thread ends and in the child of a fork.

use super::direction::{Direction, Wake};
use super::id::Id;
use super::no_fork::NoForkGuard;
use super::pin::Pin;
use super::slot::{Guarded, Slot};
use super::table;
use crate::net::time::Nanos;
use crate::sys::{self, ThreadRecord, Threads};
use std::sync::atomic::Ordering;

/// A place in a handle's list of waiters, from before the state is read until after the sleep.
pub struct Waiter<'a> {
    pin: &'a Pin,
    wake: i32,
}

impl<'a> Waiter<'a> {
    /// Enters the list. `None`: this call has no place to be woken at (no descriptor left, or too
    /// many calls inside each other), so it must look at the state by itself now and then.
    pub fn enlist(pin: &'a Pin, direction: Direction) -> Option<Waiter<'a>> {
        Waiter::enlist_for(pin, direction as u32)
    }

    /// The same, of a call of several directions: the bits of [`Direction`].
    pub fn enlist_for(pin: &'a Pin, directions: u32) -> Option<Waiter<'a>> {
        let (record, at) = pin.place()?;
        let wake = match record.wake_target(at) {
            Some(fd) => fd,
            None => make_wake(record, at)?,
        };
        let node = record.node(at);
        let mut guarded = pin.slot().lock();
        node.direction.store(directions, Ordering::Relaxed);
        node.signaled.store(0, Ordering::Relaxed);
        node.next.store(guarded.waiters, Ordering::Relaxed);
        guarded.waiters = record.node_id(at);
        Some(Waiter { pin, wake })
    }

    /// The descriptor that becomes readable when the handle's state must be read again.
    pub fn wake_fd(&self) -> i32 {
        self.wake
    }

    /// Looks whether the wake descriptor still is one: the program may have closed all of its descriptors and
    /// opened others. Then it is forgotten, and the next waiter makes another.
    pub fn prove(&self) -> bool {
        let proved = sys::is_ours(self.wake);
        if !proved {
            if let Some((record, at)) = self.pin.place() {
                record.lose_wake_fd(at);
            }
        }
        proved
    }

    /// Leaves the list after a sleep; `ready` is whether poll reported the wake descriptor.
    ///
    /// The wake-up is taken only if it was this waiter's. A descriptor that is ready though no one
    /// signaled it is no longer ours: the program has closed it, and the number may be that of another file.
    /// It is forgotten, neither read nor closed; the next waiter makes another.
    pub fn leave(self, ready: bool) {
        if ready && !self.was_signaled() {
            if let Some((record, at)) = self.pin.place() {
                record.lose_wake_fd(at);
            }
        }
    }

    fn was_signaled(&self) -> bool {
        let Some((record, at)) = self.pin.place() else { return false };
        let _guarded = self.pin.slot().lock();
        record.node(at).signaled.load(Ordering::Relaxed) != 0
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some((record, at)) = self.pin.place() else { return };
        let node = record.node(at);
        let mut guarded = self.pin.slot().lock();
        remove(&mut guarded, record.node_id(at));
        if node.signaled.load(Ordering::Relaxed) != 0 {
            node.signaled.store(0, Ordering::Relaxed);
            if record.wake_target(at) == Some(self.wake) {
                sys::drain(self.wake);
            }
        }
    }
}

/// A wake descriptor for the entry at a place; `None` when the process has no descriptor left.
#[cold]
fn make_wake(record: &ThreadRecord, at: u32) -> Option<i32> {
    let _no_fork = NoForkGuard::enter();
    let fd = sys::into_number(sys::event_fd().ok()?);
    table::forget_stale(fd);
    record.set_wake_fd(at, fd);
    sys::set_fd_owner(fd, record.node_id(at));
    Some(fd)
}

/// Takes one waiter out. After a fork it may not be there.
fn remove(guarded: &mut Guarded, id: u32) {
    let after = |id| Threads::node(id).map_or(0, |(record, at)| record.node(at).next.load(Ordering::Relaxed));
    if guarded.waiters == id {
        guarded.waiters = after(id);
        return;
    }
    let mut current = guarded.waiters;
    while current != 0 {
        let next = after(current);
        if next == id {
            if let Some((record, at)) = Threads::node(current) {
                record.node(at).next.store(after(id), Ordering::Relaxed);
            }
            return;
        }
        current = next;
    }
}

/// Wakes waiters of a handle.
pub fn signal(guarded: &Guarded, wake: Wake) {
    let mut current = guarded.waiters;
    while let Some((record, at)) = Threads::node(current) {
        let node = record.node(at);
        let concerned = wake.concerns(node.direction.load(Ordering::Relaxed));
        if concerned && node.signaled.swap(1, Ordering::Relaxed) == 0 {
            // One that is no longer ours is forgotten: its waiter has not slept long, and looks by itself.
            if let Some(fd) = record.wake_target(at).filter(|fd| !sys::signal(*fd)) {
                Threads::not_its(record.node_id(at), fd);
            }
        }
        current = node.next.load(Ordering::Relaxed);
    }
}

impl Slot {
    /// Changes something that running calls must see, and wakes those that wait.
    pub fn announce(&self, wake: Wake, change: impl FnOnce()) {
        let object = {
            let guarded = self.lock();
            change();
            self.update_attention(&guarded);
            signal(&guarded, wake);
            guarded.object().cloned()
        };
        object.inspect(|object| object.limits_changed());
    }

    /// The limits of a new handle, which no other thread has yet.
    pub fn set_first_limits(&self, deadline: Nanos, token: Id) {
        let guarded = self.lock();
        self.set_deadline(Direction::Read, deadline);
        self.set_token(token);
        self.update_attention(&guarded);
    }
}
