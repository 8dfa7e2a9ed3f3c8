//! Sending without a copy (MSG_ZEROCOPY): tickets, and the completions in the error queue that free them.
//!
//! The kernel numbers such sends for each socket. A handle counts along: so a send and its number are one step, under
//! a lock that nobody else needs; a close does not wait for it.

mod ranges;

pub use ranges::Range;

use super::error::{Code, Result};
use super::handle::{Direction, Id, Kind, Label, NoForkGuard, Pin, pin};
use super::message::control::error::Extended;
use super::wait::Call;
use crate::sys::{self, ControlBuffer, Edge, Errno, GrowOnlyTable, Lock, LockGuard};
use libc::{EAGAIN, EINTR, ENOBUFS, IPPROTO_TCP, MSG_DONTWAIT};
use ranges::{Ranges, ticket};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The origin of a completion (linux/errqueue.h), and its mark that the data was copied.
const ORIGIN: u8 = 5;
const COPIED: u8 = 1;

/// What a handle knows of its sends.
#[derive(Default)]
struct State {
    generation: u64,
    /// Whether the kernel can; `None` before the first send.
    on: Option<bool>,
    /// Tickets given out, and those that were completed.
    sent: u64,
    completed: u64,
    ranges: Ranges,
}

/// By the index of the handle's slot.
static STATES: GrowOnlyTable<Lock<State>, 65_536, 256> = GrowOnlyTable::new();
/// No state has this index or a higher one.
static END: AtomicUsize = AtomicUsize::new(0);

/// The state of a handle that is pinned.
fn state(id: Id) -> Result<&'static Lock<State>> {
    let state = STATES.get_or_grow(id.index()).ok_or(Code::errno(libc::ENOMEM))?;
    END.fetch_max(id.index() + 1, Ordering::Relaxed);
    Ok(state)
}

fn locked(state: &'static Lock<State>, id: Id) -> LockGuard<'static, State> {
    let mut locked = state.lock();
    if locked.generation != id.generation() {
        // That of an earlier handle in the same slot.
        *locked = State { generation: id.generation(), ..State::default() };
    }
    locked
}

/// In a new process: takes the locks from threads that do not exist here.
pub fn reset_locks() {
    for index in 0..END.load(Ordering::Relaxed) {
        if let Some(state) = STATES.get(index) {
            state.reset_after_fork();
        }
    }
}

/// TCP and UDP. MPTCP ignores the flag, and would complete nothing.
fn turn_on(pin: &Pin) -> bool {
    let label = Label::of(pin.slot());
    let serves = sys::is_udp(label.family, label.socket_type, label.proto)
        || pin.slot().is_tcp() && matches!(label.proto, 0 | IPPROTO_TCP);
    serves && sys::start_zerocopy(pin.fd())
}

impl State {
    fn outstanding(&self) -> u64 {
        self.sent.saturating_sub(self.completed)
    }

    /// Sends once. A ticket of 0 is that of data which was copied: the buffer is free.
    fn send(&mut self, pin: &Pin, data: &[u8], flags: i32) -> sys::Result<(usize, u64)> {
        let on = !data.is_empty() && *self.on.get_or_insert_with(|| turn_on(pin));
        let added = if on { sys::MSG_ZEROCOPY } else { 0 };
        let sent = sys::send(pin.fd(), data, flags | added | pin.slot().send_flags());
        let count = sent.outcome().unwrap_or(Ok(0))?;
        self.sent += u64::from(on);
        Ok((count, if on { self.sent } else { 0 }))
    }

    /// Takes completions out of the error queue, as many as there is room for. Without a ticket there is none; and
    /// families without an error queue, which have no tickets, would hand over their data instead.
    fn collect(&mut self, fd: i32) -> sys::Result<()> {
        while self.sent > 0 && !self.ranges.is_full() {
            let mut room = [MaybeUninit::uninit(); 256];
            let mut control = ControlBuffer::new(&mut room);
            match sys::take_report(fd, &mut control).outcome().unwrap_or(Err(Errno(EAGAIN))) {
                Ok(_) => {}
                Err(Errno(EAGAIN)) => break,
                Err(Errno(EINTR)) => continue,
                Err(error) => return Err(error),
            }
            // What others have put there is dropped, as the header says.
            let Ok(Some(report)) = Extended::find(control.filled()) else { continue };
            if report.origin == ORIGIN {
                let (first, last) = (ticket(report.info, self.sent), ticket(report.data, self.sent));
                self.completed += last.wrapping_sub(first).wrapping_add(1);
                self.ranges.add(Range { first, last, copied: report.code & COPIED != 0 });
            }
        }
        Ok(())
    }
}

/// Sleeps until something comes to the error queue, or for a moment where no descriptor is left to wait with.
fn wait_for_report(call: &mut Call<'_>, fd: i32) -> Result<()> {
    let edge = {
        let _no_fork = NoForkGuard::enter();
        // The kernel reports the queue unasked; what is there already counts as news.
        Edge::new(fd, 0)
    };
    let Ok(edge) = edge else { return call.pause() };
    call.wait_readable(edge.fd())?;
    edge.take();
    Ok(())
}

/// Sends without a copy, once: how many bytes went, under one ticket.
pub fn send(id: Id, data: &[u8], flags: i32) -> Result<(i64, u64)> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let state = state(id)?;
    let mut call = Call::new(&pin, Direction::Write);
    let once = call.tries_once() || flags & MSG_DONTWAIT != 0;
    loop {
        let (tried, goes_on, waits) = {
            let mut state = locked(state, id);
            let tried = state.send(&pin, data, flags);
            if tried == Err(Errno(ENOBUFS)) {
                let before = state.completed;
                let tried = state.collect(pin.fd()).and(tried);
                (tried, state.completed != before, state.outstanding() > 0 && !state.ranges.is_full())
            } else {
                (tried, false, false)
            }
        };
        match tried {
            Ok((count, ticket)) => return Ok((count as i64, ticket)),
            // The kernel has no room for more completions: those that have come make some.
            Err(Errno(ENOBUFS)) if goes_on => call.progressed()?,
            Err(Errno(ENOBUFS)) if waits && !once => wait_for_report(&mut call, pin.fd())?,
            Err(error) => call.retry(error, once)?,
        }
    }
}

/// Waits for completions: writes ranges by `put`, at most so many.
pub fn done(id: Id, most: usize, mut put: impl FnMut(usize, Range)) -> Result<i64> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let state = state(id)?;
    let mut call = Call::new(&pin, Direction::Write);
    loop {
        {
            let mut state = locked(state, id);
            let mut count = 0;
            while count < most {
                let collected = state.collect(pin.fd());
                let Some(range) = state.ranges.take() else {
                    if count == 0 {
                        collected?;
                    }
                    break;
                };
                put(count, range);
                count += 1;
            }
            if count > 0 || state.outstanding() == 0 {
                return Ok(count as i64);
            }
        }
        if call.tries_once() {
            return Err(Code::errno(EAGAIN));
        }
        wait_for_report(&mut call, pin.fd())?;
    }
}
