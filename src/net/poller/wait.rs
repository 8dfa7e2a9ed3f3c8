//! Waiting for events.

use super::enter::enter;
use super::event::Event;
use super::kernel;
use super::registration::{Leg, Target};
use super::state::{Poller, State, TIMER, WAKE};
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Pin};
use crate::net::interrupt;
use crate::net::time::{self, Nanos};
use crate::sys::{self, Errno, Ready, ReadyMemory};
use std::mem::MaybeUninit;

/// The caller's places, filled from the front.
struct Places<'a> {
    all: &'a mut [MaybeUninit<Event>],
    filled: usize,
}

impl Places<'_> {
    fn left(&self) -> usize {
        self.all.len() - self.filled
    }

    fn put(&mut self, event: Event) {
        if let Some(place) = self.all.get_mut(self.filled) {
            place.write(event);
            self.filled += 1;
        }
    }

    fn put_at(&mut self, at: usize, event: Event) {
        if let Some(place) = self.all.get_mut(at) {
            place.write(event);
        }
    }
}

/// Waits for events, within a limit: how many.
pub fn wait(id: Id, all: &mut [MaybeUninit<Event>], limit: Nanos) -> Result<i64> {
    if limit.is_negative() {
        return Err(Code::errno(libc::EINVAL).because(format_args!("timeout_ns: {} is negative", limit.0)));
    }
    let (pin, poller, _) = enter(id)?;
    let room = poller.room_for(all.len());
    let memory = if Ready::is_many(room) { poller.take_memory() } else { ReadyMemory::default() };
    let mut ready = Ready::new(room, memory);
    let mut places = Places { all, filled: 0 };
    let result = wait_for(&pin, poller, &mut places, &mut ready, limit.clamped());
    if Ready::is_many(room) {
        poller.keep_memory(ready.into_memory());
    }
    result.map(|()| places.filled as i64)
}

fn wait_for(pin: &Pin, poller: &Poller, places: &mut Places, ready: &mut Ready, limit: Nanos) -> Result<()> {
    let timed = limit != Nanos::ZERO && limit != Nanos::FOREVER;
    let end = if timed { time::now().after(limit) } else { limit };
    let mut left = limit;
    // One wake-up ends one wait.
    let mut woken = false;
    loop {
        // A hook may have forked.
        let set = kernel::ready(poller, pin.slot())?;
        let round = {
            let (_no_fork, mut state) = poller.state_to_take(false);
            let round = state.begin_round();
            put_own(&mut state, round, places);
            if !woken && places.left() > 0 && pin.slot().has_wake() && pin.slot().take_wake() {
                woken = true;
                places.put(Event::wake());
            }
            if places.filled == 0 {
                state.begin_sleep();
            }
            round
        };
        let sleeps = places.filled == 0;
        // Only now: a close that begins later finds this thread among those that sleep.
        if sleeps && pin.is_closing() {
            poller.state.lock().end_sleep();
            return Err(closed(pin));
        }
        if places.left() == 0 {
            return Ok(());
        }
        let timeout = match left {
            _ if !sleeps => Some(0),
            Nanos::FOREVER => None,
            left => Some(left.0),
        };
        let result = ready.wait(set, places.left(), timeout);
        let nudge = {
            let due = result.is_ok_and(|count| count > 0) && ready.iter().any(|(key, _)| key == TIMER);
            let (_no_fork, mut state) = poller.state_to_take(due);
            if sleeps {
                state.end_sleep();
            }
            let mut signaled = false;
            if result.is_ok() {
                signaled = put_found(&mut state, pin, round, woken, ready, places);
            }
            // What does not fit is for another thread, and so is the next wake-up.
            let left = state.has_closed() || places.left() == 0 && !state.readable.is_empty();
            left && state.begin_nudge() || signaled && pin.slot().has_wake()
        };
        if nudge {
            pin.slot().signal_poller();
        }
        if places.filled > 0 {
            return Ok(());
        }
        match result {
            Ok(_) => {}
            Err(Errno(libc::EINTR)) => interrupt::run()?,
            Err(error) => return Err(error.into()),
        }
        if pin.is_closing() {
            return Err(closed(pin));
        }
        if limit == Nanos::ZERO {
            return Ok(());
        }
        if timed {
            left = end - time::now();
            if left <= Nanos::ZERO {
                return Ok(());
            }
        }
    }
}

/// The end of a wait on a poller that is being closed: the next one is woken too, should a wake-up have come in
/// between.
fn closed(pin: &Pin) -> Code {
    sys::pollset_signal(pin.slot().event_fd(), true);
    Code::CLOSED
}

/// What the poller knows without the kernel: handles that were closed, and streams with bytes in their buffer.
fn put_own(state: &mut State, round: u64, places: &mut Places) {
    while places.left() > 0 {
        let Some(one) = state.take_closed() else { break };
        places.put(Event::closed(one.handle(), one.data));
    }
    for _ in 0..state.readable.len() {
        if places.left() == 0 {
            break;
        }
        if let Some((local, found)) = state.look_at_stream() {
            put_stream(state, round, local, found, places);
        }
    }
}

/// An event of a stream: one for each round, whether it is its buffer or its socket that is ready.
fn put_stream(state: &mut State, round: u64, local: u32, found: i32, places: &mut Places) {
    let Some(one) = state.registrations.get_mut(local) else { return };
    let found = one.report(found);
    let Some(stream) = state.streams.get_mut(&local).filter(|_| found != 0) else { return };
    if stream.round == round {
        stream.found |= found;
        places.put_at(stream.at, Event::ready(one.handle(), one.data, stream.found));
    } else {
        (stream.round, stream.at, stream.found) = (round, places.filled, found);
        places.put(Event::ready(one.handle(), one.data, found));
    }
}

/// What the kernel has found. Under the lock that every end of a registration takes: what has ended is not written.
/// Whether this thread was signaled.
fn put_found(
    state: &mut State,
    pin: &Pin,
    round: u64,
    woken: bool,
    ready: &Ready,
    places: &mut Places,
) -> bool {
    let (mut timer, mut signaled) = (false, false);
    for (key, found) in ready.iter() {
        match key {
            WAKE => {
                signaled = true;
                state.end_nudge();
                if !woken && !pin.is_closing() && pin.slot().take_wake() {
                    places.put(Event::wake());
                }
            }
            TIMER => timer = true,
            key => put_one(state, round, key, found, places),
        }
    }
    if timer {
        let now = time::now();
        while places.left() > 0 {
            let Some(due) = state.timers.take_due(now) else { break };
            places.put(Event::timer(due.id, due.data, due.count));
        }
        state.arm_again(pin.slot().event_fd());
    }
    put_own(state, round, places);
    signaled
}

#[inline]
fn put_one(state: &mut State, round: u64, key: u64, found: i32, places: &mut Places) {
    let Some(one) = state.of_key(key) else { return };
    match one.target() {
        Target::Leg => {
            let stream = Leg::of(one.data).stream;
            put_stream(state, round, stream, found, places);
        }
        target => {
            let found = one.report(found);
            if found != 0 {
                let handle = if target == Target::Number { Id::NONE } else { one.handle() };
                places.put(Event::ready(handle, one.data, found));
            }
        }
    }
}
