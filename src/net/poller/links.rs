//! The list of a handle's registrations, which may be of several pollers. The slot's lock guards it.

use super::registration::{Registration, Target};
use super::registry;
use super::state::Poller;
use crate::net::handle::{Id, Slot};

/// Goes through the list of a slot whose lock is held, until `at` has found something.
fn walk<T>(
    first: u32,
    mut at: impl FnMut(&'static Poller, u32, &mut Registration) -> Option<T>,
) -> Option<T> {
    let mut link = first;
    while link != 0 {
        let (poller, local) = registry::find(link)?;
        let mut state = poller.state.lock();
        let one = state.registrations.get_mut(local)?;
        let next = one.next;
        if let Some(found) = at(poller, local, one) {
            return Some(found);
        }
        link = next;
    }
    None
}

/// The registration of a handle with a poller, in the list that begins here.
pub fn own_after(first: u32, poller: &Poller) -> Option<u32> {
    let is_own =
        |other: &Poller, one: &Registration| other.number() == poller.number() && one.target() != Target::Leg;
    walk(first, |other, local, one| is_own(other, one).then_some(local))
}

/// The registration of a handle with a poller.
pub fn own(slot: &Slot, poller: &Poller) -> Option<u32> {
    own_after(slot.lock().watched, poller)
}

/// The registrations of a handle, by their place in the list, with their handles.
pub fn at(slot: &Slot, place: usize) -> Option<(&'static Poller, u32, Id)> {
    let guarded = slot.lock();
    let mut left = place;
    walk(guarded.watched, |poller, local, one| {
        if left == 0 {
            return Some((poller, local, one.handle()));
        }
        left -= 1;
        None
    })
}

/// Takes the registration of a handle with a poller out of force and out of the list, if it is the first one there
/// and has nothing beside it.
pub fn take_first(slot: &Slot, poller: &Poller) -> Option<Registration> {
    let mut guarded = slot.lock();
    let (other, local) = registry::find(guarded.watched).filter(|_| guarded.watched != 0)?;
    if other.number() != poller.number() {
        return None;
    }
    let mut state = poller.state.lock();
    let one = *state.registrations.get(local).filter(|one| one.target() == Target::Handle)?;
    guarded.watched = one.next;
    state.registrations.give_back(local);
    Some(one)
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
