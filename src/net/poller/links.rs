//! The list of a handle's registrations, which may be of several pollers. The slot's lock guards it.

use super::registration::{Registration, Target};
use super::registry;
use super::state::Poller;
use crate::net::handle::{Id, Slot};
use std::sync::Arc;

/// Goes through the list of a slot whose lock is held, until `at` has found something.
fn walk<T>(first: u32, mut at: impl FnMut(&Arc<Poller>, u32, &mut Registration) -> Option<T>) -> Option<T> {
    let mut link = first;
    while link != 0 {
        let (poller, local) = registry::find(link)?;
        let mut state = poller.state.lock();
        let one = state.registrations.get_mut(local)?;
        let next = one.next;
        if let Some(found) = at(&poller, local, one) {
            return Some(found);
        }
        link = next;
    }
    None
}

/// The registration of a handle with a poller.
pub fn own(slot: &Slot, poller: &Poller) -> Option<u32> {
    let guarded = slot.lock();
    if guarded.watched == 0 {
        return None;
    }
    walk(guarded.watched, |other, local, one| {
        (other.number == poller.number && one.target() != Target::Leg).then_some(local)
    })
}

/// The registrations of a handle, by their place in the list, with their handles.
pub fn at(slot: &Slot, place: usize) -> Option<(Arc<Poller>, u32, Id)> {
    let guarded = slot.lock();
    let mut left = place;
    walk(guarded.watched, |poller, local, one| {
        if left == 0 {
            return Some((poller.clone(), local, one.handle()));
        }
        left -= 1;
        None
    })
}

/// Puts a registration into the list. `false` when the handle is being closed.
pub fn link(slot: &Slot, poller: &Poller, local: u32) -> bool {
    let link = poller.state.lock().registrations.link(local);
    slot.watch(link, |next| {
        if let Some(one) = poller.state.lock().registrations.get_mut(local) {
            one.next = next;
        }
    })
}

/// Takes a registration out of the list.
pub fn unlink(slot: &Slot, poller: &Poller, local: u32) {
    let mut guarded = slot.lock();
    let (link, next) = {
        let state = poller.state.lock();
        (state.registrations.link(local), state.registrations.get(local).map_or(0, |one| one.next))
    };
    if guarded.watched == link {
        guarded.watched = next;
        return;
    }
    walk(guarded.watched, |_, _, one| (one.next == link).then(|| one.next = next));
}
