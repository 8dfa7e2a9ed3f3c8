//! Registrations begin, change and end; a handle that is closed ends its own.

use super::enter::{enter, pin_target, quiet};
use super::event::{self, EXCLUSIVE, ONESHOT};
use super::kernel;
use super::links;
use super::registration::{Leg, Registration, Target};
use super::registry;
use super::state::{Poller, State, TREE_NODE};
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Id, Kind, NoForkGuard, Object, Pin, Slot, pin_socket};
use crate::sys;
use std::sync::Arc;

const EXISTS: Code = Code::errno(libc::EEXIST);
const UNKNOWN: Code = Code::errno(libc::ENOENT);

/// What [`begin`] brings into force.
#[derive(Clone, Copy)]
struct New {
    target: Target,
    handle: Id,
    events: i32,
    data: u64,
}

/// A registration that has begun.
struct Begun {
    local: u32,
    /// Its number in the list of a handle's.
    link: u32,
    /// What the kernel is to know it by.
    key: u64,
}

/// Brings a free registration into force, before another one of the same handle.
#[inline(always)]
fn begin(state: &mut State, new: &New, next: u32) -> Option<Begun> {
    let taken = state.registrations.take()?;
    taken.one.begin(new.target, new.handle, new.events, new.data);
    taken.one.next = next;
    let key = State::key_of(taken.local, taken.one.generation);
    Some(Begun { local: taken.local, link: taken.link, key })
}

/// Makes room for more registrations.
#[cold]
fn grow(poller: &Poller) -> Result<()> {
    let _quiet = quiet();
    let has = poller.state.lock().registrations.blocks();
    let number = registry::add_block(poller, has)?;
    poller.state.lock().registrations.add_block(number).inspect_err(|_| registry::drop_block(number))
}

/// Brings a registration into force, and into the list of its handle if it has one.
fn begin_linked(poller: &Poller, slot: Option<&Slot>, new: &New) -> Result<Begun> {
    loop {
        let mut begun = None;
        match slot {
            None => begun = begin(&mut poller.state.lock(), new, 0),
            Some(slot) => {
                let linked = slot.watch(|first| {
                    if new.target != Target::Leg && links::own_after(first, poller).is_some() {
                        return Err(Some(EXISTS));
                    }
                    begun = begin(&mut poller.state.lock(), new, first);
                    begun.as_ref().map(|begun| begun.link).ok_or(None)
                });
                match linked {
                    None => return Err(Id::stale()),
                    Some(Err(Some(code))) => return Err(code),
                    Some(_) => {}
                }
            }
        }
        match begun {
            Some(begun) => return Ok(begun),
            None => grow(poller)?,
        }
    }
}

/// Ends [`begin_linked`].
fn give_back(poller: &Poller, slot: Option<&Slot>, local: u32) {
    slot.inspect(|slot| links::unlink(slot, poller, local));
    poller.state.lock().registrations.give_back(local);
}

/// As [`begin_linked`], with the kernel too.
fn register(poller: &Poller, set: i32, slot: Option<&Slot>, fd: i32, new: &New) -> Result<u32> {
    let begun = begin_linked(poller, slot, new)?;
    match sys::pollset_register(set, fd, new.events, begun.key) {
        Ok(()) => Ok(begun.local),
        Err(error) => {
            give_back(poller, slot, begun.local);
            Err(error.into())
        }
    }
}

/// Begins the registration of a handle. Leaves `errno` alone and is no cancellation point.
pub fn add(poller: Id, id: Id, events: i32, data: u64) -> Result<i32> {
    let events = event::checked(events)?;
    let _no_fork = NoForkGuard::enter();
    let (_pin, poller, set) = enter(poller)?;
    let pin = pin_target(id)?;
    let slot = pin.slot();
    let _changes = poller.changes.lock();
    if slot.word().is_kind(Kind::Stream) {
        let _quiet = quiet();
        let object = handle::any_object(&pin).ok_or(Id::stale())?;
        let socket = object.watched_socket().ok_or(Id::wrong_kind())?;
        return add_stream(poller, set, &pin, (id, object, socket), events, data);
    }
    let fd = kernel::of_handle(id, slot).ok_or(Code::errno(libc::EMFILE))?;
    register(poller, set, Some(slot), fd, &New { target: Target::Handle, handle: id, events, data })?;
    Ok(0)
}

fn add_stream(
    poller: &Poller,
    set: i32,
    pin: &Pin,
    (id, object, socket): (Id, Arc<dyn Object>, Id),
    events: i32,
    data: u64,
) -> Result<i32> {
    // The stream is open: that its socket is not must look different.
    let closed = |code| if code == Id::stale() { Code::CLOSED } else { code };
    let socket_pin = pin_socket(socket).map_err(closed)?;
    let new = New { target: Target::Stream, handle: id, events, data };
    let local = begin_linked(poller, Some(pin.slot()), &new)?.local;
    let leg = add_leg(poller, set, &socket_pin, socket, local, events);
    let readable = object.is_readable();
    let added = leg.map_err(closed).and_then(|leg| {
        let added = poller.state.lock().add_stream(local, object, leg);
        added.inspect_err(|_| end_leg(poller, set, leg))
    });
    match added {
        Ok(()) if readable => {
            poller.state.lock().list_stream(local);
            poller.nudge();
        }
        Ok(()) => {}
        Err(code) => {
            give_back(poller, Some(pin.slot()), local);
            return Err(code);
        }
    }
    Ok(0)
}

/// The registration of the socket below a stream. By a duplicate of its descriptor, which is closed before the
/// socket's own is.
fn add_leg(poller: &Poller, set: i32, pin: &Pin, socket: Id, stream: u32, events: i32) -> Result<u32> {
    let fd = sys::duplicate(pin.fd())?;
    let leg = Leg { stream, fd: sys::number(&fd) };
    let new = New { target: Target::Leg, handle: socket, events, data: leg.data() };
    let local = register(poller, set, Some(pin.slot()), leg.fd, &new)?;
    sys::into_number(fd);
    Ok(local)
}

/// Ends [`add_leg`].
fn end_leg(poller: &Poller, set: i32, local: u32) {
    let one = end(poller, local);
    let fd = Leg::of(one.data).fd;
    leave_kernel(set, fd);
    let slot = handle::slot(one.handle()).ok();
    // The socket is closed later; the program may have closed the number that it never knew.
    let socket = slot.and_then(|slot| sys::socket_id(slot.fd()));
    if socket.is_some() && sys::socket_id(fd) == socket {
        let _ = sys::close(fd);
    }
    give_back(poller, slot, local);
}

/// Takes a registration out of force: nothing of it is written for any caller after this. Its place is still taken.
fn end(poller: &Poller, local: u32) -> Registration {
    let mut state = poller.state.lock();
    state.registrations.get_mut(local).map_or_else(Registration::default, |one| {
        let before = *one;
        one.end();
        before
    })
}

/// Has the kernel forget a descriptor, if the instance is of this process.
fn leave_kernel(set: i32, fd: i32) {
    if set >= 0 {
        // One that the program has closed is gone already.
        let _ = sys::pollset_unregister(set, fd);
    }
}

/// Changes the registration of a handle.
pub fn modify(poller: Id, id: Id, events: i32, data: u64) -> Result<i32> {
    let events = event::checked(events)?;
    let _no_fork = NoForkGuard::enter();
    let (_pin, poller, set) = enter(poller)?;
    let pin = pin_target(id)?;
    let _changes = poller.changes.lock();
    let local = links::own(pin.slot(), poller).ok_or(UNKNOWN)?;
    let stream = {
        let state = poller.state.lock();
        let exclusive = state.registrations.get(local).is_some_and(Registration::is_exclusive);
        if exclusive || events & EXCLUSIVE != 0 {
            return Err(Code::errno(libc::EINVAL)
                .because(format_args!("events: an exclusive registration cannot be changed")));
        }
        state.streams.get(&local).map(|stream| (stream.leg, stream.object.clone()))
    };
    match stream {
        None => change(poller, set, local, events, data)?,
        Some((leg, object)) => {
            if let Some(leg) = leg {
                let kept = poller.state.lock().registrations.get(leg).map_or(0, |one| one.data);
                change(poller, set, leg, events, kept)?;
            }
            let listed = leg.is_none() || object.is_readable();
            let mut state = poller.state.lock();
            if let Some(one) = state.registrations.get_mut(local) {
                one.change(events, data);
            }
            if listed {
                state.list_stream(local);
            }
            drop(state);
            poller.nudge();
        }
    }
    Ok(0)
}

/// Changes a registration in the table and in the kernel. In this order: what the kernel finds when it looks anew has
/// the new generation already, and what it had found before is void.
fn change(poller: &Poller, set: i32, local: u32, events: i32, data: u64) -> Result<()> {
    let (before, key) = {
        let mut state = poller.state.lock();
        let one = state.registrations.get_mut(local).ok_or(UNKNOWN)?;
        let before = *one;
        one.change(events, data);
        (before, state.key(local))
    };
    let Some(fd) = kernel::descriptor(&before) else { return Ok(()) };
    let Err(error) = sys::pollset_change(set, fd, events, key) else { return Ok(()) };
    let key = {
        let mut state = poller.state.lock();
        if let Some(one) = state.registrations.get_mut(local) {
            *one = before;
        }
        state.key(local)
    };
    // What was found meanwhile is found once more.
    let _ = sys::pollset_change(set, fd, if before.is_spent() { ONESHOT } else { before.events() }, key);
    Err(error.into())
}

/// Ends the registration of a handle. Leaves `errno` alone and is no cancellation point.
pub fn remove(poller: Id, id: Id) -> Result<i32> {
    let _no_fork = NoForkGuard::enter();
    let (_pin, poller, set) = enter(poller)?;
    let pin = pin_target(id)?;
    let slot = pin.slot();
    let _changes = poller.changes.lock();
    if links::take_first(slot, poller).is_some() {
        // No other registration takes its place before the kernel has forgotten it.
        leave_kernel(set, slot.fd());
        return Ok(0);
    }
    let local = links::own(slot, poller).ok_or(UNKNOWN)?;
    let _quiet = quiet();
    take_out(poller, set, slot, local);
    poller.state.lock().registrations.give_back(local);
    Ok(0)
}

/// Takes the registration of a handle out of force, out of the kernel and out of the handle's list.
fn take_out(poller: &Poller, set: i32, slot: &Slot, local: u32) -> Registration {
    let one = end(poller, local);
    match one.target() {
        Target::Stream => {
            let leg = poller.state.lock().remove_stream(local);
            if let Some(leg) = leg {
                end_leg(poller, set, leg);
            }
        }
        _ => leave_kernel(set, slot.fd()),
    }
    links::unlink(slot, poller, local);
    one
}

/// A handle ends: its registrations do, and each poller gets its last event.
pub fn ended(_: Id, slot: &'static Slot) {
    let _no_fork = NoForkGuard::enter();
    while let Some((poller, local, _)) = links::at(slot, 0) {
        let _changes = poller.changes.lock();
        // Removed meanwhile, or its poller is gone.
        let first = slot.lock().watched;
        let mut state = poller.state.lock();
        if first == 0 || state.registrations.link(local) != first {
            continue;
        }
        let one = state.registrations.get(local).copied().unwrap_or_default();
        if one.target() == Target::Leg {
            let stream = Leg::of(one.data).stream;
            if let Some(stream) = state.streams.get_mut(&stream) {
                stream.leg = None;
            }
            state.list_stream(stream);
            drop(state);
            end_leg(poller, poller.pollset(), local);
        } else {
            drop(state);
            take_out(poller, poller.pollset(), slot, local);
            poller.state.lock().queue_closed(local);
        }
        poller.nudge();
    }
}

/// A stream has bytes in its buffer.
pub fn readable(slot: &'static Slot) {
    let _no_fork = NoForkGuard::enter();
    let mut place = 0;
    while let Some((poller, local, handle)) = links::at(slot, place) {
        let _changes = poller.changes.lock();
        let mut state = poller.state.lock();
        if state.registrations.get(local).is_some_and(|one| one.is_live() && one.handle() == handle) {
            state.list_stream(local);
        }
        drop(state);
        poller.nudge();
        place += 1;
    }
}

/// Begins the registration of a descriptor of the program.
pub fn add_number(poller: Id, fd: i32, events: i32, data: u64) -> Result<i32> {
    let events = event::checked(events)?;
    let _no_fork = NoForkGuard::enter();
    let (_pin, poller, set) = enter(poller)?;
    if fd < 0 {
        return Err(Id::stale());
    }
    let _changes = poller.changes.lock();
    let new = New { target: Target::Number, handle: Id(fd.into()), events, data };
    // The kernel knows whether it is registered: one that was closed and opened anew is not.
    sys::memory::available(TREE_NODE)?;
    let local = register(poller, set, None, fd, &new)?;
    let mut state = poller.state.lock();
    if let Some(old) = state.numbers.insert(fd, local) {
        state.registrations.give_back(old);
    }
    Ok(0)
}

/// Ends [`add_number`].
pub fn remove_number(poller: Id, fd: i32) -> Result<i32> {
    let _no_fork = NoForkGuard::enter();
    let (_pin, poller, set) = enter(poller)?;
    let _changes = poller.changes.lock();
    {
        let mut state = poller.state.lock();
        let local = state.numbers.remove(&fd).ok_or(UNKNOWN)?;
        state.registrations.give_back(local);
    }
    leave_kernel(set, fd);
    Ok(0)
}

/// Ends all registrations of a poller that is no more. The handles stay as they are.
pub fn end_all(poller: &Poller) {
    let all = poller.state.lock().registrations.all();
    for local in all {
        let one = poller.state.lock().registrations.get(local).copied().unwrap_or_default();
        if !one.is_live() || one.target() == Target::Number {
            continue;
        }
        if one.target() == Target::Leg {
            end_leg(poller, -1, local);
        } else if let Ok(slot) = handle::slot(one.handle()) {
            end(poller, local);
            links::unlink(slot, poller, local);
        }
    }
}
