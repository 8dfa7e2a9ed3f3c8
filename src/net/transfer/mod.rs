//! Sending and receiving bytes.
//!
//! The part that runs when the kernel answers at once is small and in line; everything that may
//! wait is behind one cold call.

mod ready;
mod receive;

pub use ready::wait;
pub(super) use receive::receive_rest;
pub use receive::{recv, recv_exact, recvfrom};

use super::connect;
use super::error::{Code, Result};
use super::family::{Use, explain};
use super::handle::{self, Direction, FastPin, Id, Kind, Pin, Slot, pin, pin_socket};
use super::wait::{Call, Ended};
use crate::sys::{self, Address, Errno, MSG_FASTOPEN, RawResult};
use libc::{EINPROGRESS, MSG_DONTWAIT, MSG_WAITALL};
use std::mem::MaybeUninit;

/// State that the fast path hands to the slow path. Two plain words, so that they pass in registers.
#[derive(Clone, Copy)]
pub struct Unfinished {
    /// The kernel's result that was not the end of the call, or [`RawResult::NONE`].
    result: RawResult,
    slot: &'static Slot,
}

/// Completes the leaving of the fast path, if it had begun, and returns the result of its try.
pub fn take_first_result(unfinished: Option<Unfinished>) -> RawResult {
    unfinished.map_or(RawResult::NONE, |unfinished| {
        handle::notify_closer(unfinished.slot);
        unfinished.result
    })
}

/// The count of a call that is complete; or what the slow path must finish, all of it for `None`.
pub type FastResult = std::result::Result<i64, Option<Unfinished>>;

/// The end of every fast path: a call that is complete, with no one waiting for it to leave.
#[inline(always)]
pub(super) fn end_fast(fast: FastPin, result: RawResult, complete: bool) -> FastResult {
    let slot = fast.slot();
    let left = fast.end();
    if complete && left { Ok(result.count()) } else { Err(Some(Unfinished { result, slot })) }
}

/// Begins a fast path.
#[inline(always)]
pub(super) fn begin_fast(id: Id) -> std::result::Result<FastPin, Option<Unfinished>> {
    FastPin::begin(id).map_err(|left| left.map(|slot| Unfinished { result: RawResult::NONE, slot }))
}

/// Whether a receive must take the slow path: it waits before it tries, or for all of the buffer.
#[inline(always)]
pub(super) fn waits_first(fast: &FastPin, flags: i32) -> bool {
    fast.slot().polls_first() || flags & MSG_WAITALL != 0
}

/// recv(2), if data is ready and nothing else is to be looked at.
#[inline(always)]
pub fn try_recv(id: Id, buffer: &mut [MaybeUninit<u8>], flags: i32) -> FastResult {
    let fast = begin_fast(id)?;
    if waits_first(&fast, flags) {
        return end_fast(fast, RawResult::NONE, false);
    }
    let result = sys::recv(fast.fd(), buffer, flags | MSG_DONTWAIT);
    end_fast(fast, result, result.count() >= 0)
}

/// send(2), if there is room for all of it and nothing else is to be looked at.
#[inline(always)]
pub fn try_send(id: Id, data: &[u8], flags: i32) -> FastResult {
    let fast = begin_fast(id)?;
    let added = fast.slot().send_flags();
    let result = sys::send(fast.fd(), data, flags | added);
    end_fast(fast, result, result.count() == data.len() as i64)
}

/// As [`try_recv`], with the sender.
#[inline(always)]
pub fn try_recvfrom(id: Id, buffer: &mut [MaybeUninit<u8>], flags: i32, from: &mut Address) -> FastResult {
    let fast = begin_fast(id)?;
    if waits_first(&fast, flags) {
        return end_fast(fast, RawResult::NONE, false);
    }
    let result = sys::recvfrom(fast.fd(), buffer, flags | MSG_DONTWAIT, from);
    end_fast(fast, result, result.count() >= 0)
}

/// As [`try_send`], to an address.
#[inline(always)]
pub fn try_sendto(id: Id, data: &[u8], flags: i32, to: &Address) -> FastResult {
    let fast = begin_fast(id)?;
    let added = fast.slot().send_flags();
    let result = sys::sendto(fast.fd(), data, flags | added, to);
    end_fast(fast, result, result.count() == data.len() as i64 && flags & MSG_FASTOPEN == 0)
}

/// Pins a handle for the rest of a call. A result that ends it counts, whatever has become of the
/// handle since.
pub(super) fn pin_again(id: Id, direction: Direction, first: RawResult) -> Result<Pin> {
    match first.outcome() {
        // EINPROGRESS: a TCP Fast Open has begun, and is waited for.
        Some(Err(error)) if !matches!(error, Errno(libc::EAGAIN | libc::EINTR | EINPROGRESS)) => {
            Err(error.into())
        }
        _ => pin(id, Kind::Socket, Some(direction)),
    }
}

/// What counts bytes needs a socket that has no borders between them.
pub(super) fn need_stream(pin: &Pin) -> Result<()> {
    match pin.slot().socket_type() {
        libc::SOCK_STREAM => Ok(()),
        other => Err(Code::errno(libc::EINVAL)
            .because(format_args!("s: of type {other}, where only SOCK_STREAM will do"))),
    }
}

/// The result of a call that ended early: what has moved counts; an error of the kernel that came
/// after it is kept for the next call, which is when the kernel would have reported it.
fn partial(pin: &Pin, done: usize, ended: Ended) -> Result<i64> {
    if done == 0 {
        return Err(ended.code);
    }
    if ended.by_kernel {
        pin.leave_error(-ended.code.raw());
    }
    Ok(done as i64)
}

/// send(2), or sendto(2) where there is an address: what the hot path left over.
pub fn send(
    id: Id,
    data: &[u8],
    flags: i32,
    to: Option<&Address>,
    unfinished: Option<Unfinished>,
) -> Result<i64> {
    let result = send_on(id, data, flags, to, take_first_result(unfinished));
    match to {
        Some(to) => result.map_err(|code| explain(id, to, Use::Send, code)),
        None => result,
    }
}

fn send_on(id: Id, data: &[u8], flags: i32, to: Option<&Address>, first: RawResult) -> Result<i64> {
    let pin = match pin_again(id, Direction::Write, first) {
        Ok(pin) => pin,
        // The handle is gone, but these bytes went.
        Err(_) if first.count() >= 0 => return Ok(first.count()),
        Err(code) => return Err(code),
    };
    let (fd, added) = (pin.fd(), pin.slot().send_flags());
    let mut call = Call::new(&pin, Direction::Write);
    let try_on = |done: usize, to: Option<&Address>, flags: i32| match to {
        None => sys::send(fd, &data[done..], flags | added),
        Some(to) => sys::sendto(fd, &data[done..], flags | added, to),
    };
    let first = if first == RawResult::NONE { try_on(0, to, flags) } else { first };
    let Opened { first, to, flags } = fast_open(&mut call, first, to, flags)?;
    let first = first.unwrap_or_else(|| try_on(0, to, flags));
    send_rest(&mut call, flags, data.len(), to.is_some(), first, &|done| try_on(done, to, flags))
}

/// What remains of a send after a TCP Fast Open.
pub(super) struct Opened<'a> {
    /// The result of the first try; `None` where that only began the connection.
    pub first: Option<RawResult>,
    pub to: Option<&'a Address>,
    pub flags: i32,
}

/// Waits for the connection that a first try with MSG_FASTOPEN has begun, as the kernel's blocking send does.
/// What is left goes over it, without the flag and the address.
pub(super) fn fast_open<'a>(
    call: &mut Call,
    first: RawResult,
    to: Option<&'a Address>,
    flags: i32,
) -> Result<Opened<'a>> {
    let begun = matches!(first.outcome(), Some(Ok(_) | Err(Errno(EINPROGRESS))));
    let (Some(at), true) = (to, flags & MSG_FASTOPEN != 0 && call.pin().slot().is_tcp() && begun) else {
        return Ok(Opened { first: Some(first), to, flags });
    };
    if !call.tries_once() && flags & MSG_DONTWAIT == 0 {
        connect::finish_attempt(call, at)?;
    }
    let sent = first.count() >= 0 || call.tries_once() || flags & MSG_DONTWAIT != 0;
    Ok(Opened { first: sent.then_some(first), to: None, flags: flags & !MSG_FASTOPEN })
}

/// The rest of a send: `first` is the result of the try that was made, `attempt` tries again after
/// this many bytes.
pub(super) fn send_rest(
    call: &mut Call,
    flags: i32,
    len: usize,
    addressed: bool,
    first: RawResult,
    attempt: &dyn Fn(usize) -> RawResult,
) -> Result<i64> {
    let pin = call.pin();
    let stream = pin.slot().socket_type() == libc::SOCK_STREAM;
    // The kernel's blocking send of a stream goes on until all is queued.
    let whole = stream && call.is_blocking() && flags & MSG_DONTWAIT == 0;
    if room_is_silent(pin.slot(), addressed) {
        call.set_no_events();
    }
    let mut sent = 0;
    match send_until(call, flags, whole, len, &mut sent, first, attempt) {
        Ok(()) => Ok(sent as i64),
        Err(ended) => partial(pin, sent, ended),
    }
}

/// Whether POLLOUT reports when a send that met a full queue can be tried again: for event loops.
pub fn send_pollable(id: Id, addressed: bool) -> Result<i32> {
    let pin = pin_socket(id)?;
    Ok(i32::from(!room_is_silent(pin.slot(), addressed)))
}

/// Whether no event reports to a sender that there is room again, because poll looks at its own buffer
/// and not at the receiver, whose queue is full: AF_UNIX datagrams to one that the sender is not
/// connected to, and families that the system names.
pub(super) fn room_is_silent(slot: &Slot, addressed: bool) -> bool {
    match slot.family() {
        libc::AF_UNIX => {
            let socket_type = slot.socket_type();
            addressed && socket_type != libc::SOCK_STREAM && socket_type != libc::SOCK_SEQPACKET
        }
        family => sys::room_is_silent(family),
    }
}

/// Sends all of it; `sent` counts what went out, also when it fails.
pub fn sendall(id: Id, data: &[u8], flags: i32, sent: &mut usize) -> Result<i32> {
    *sent = 0;
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let (fd, added) = (pin.fd(), pin.slot().send_flags());
    let attempt = |done: usize| sys::send(fd, &data[done..], flags | added);
    let mut call = Call::new(&pin, Direction::Write);
    if room_is_silent(pin.slot(), false) {
        call.set_no_events();
    }
    send_until(&mut call, flags, true, data.len(), sent, attempt(0), &attempt)?;
    Ok(0)
}

/// Sends on after the result of a first try: once something, or the whole.
pub(super) fn send_until(
    call: &mut Call,
    flags: i32,
    whole: bool,
    len: usize,
    sent: &mut usize,
    first: RawResult,
    attempt: &dyn Fn(usize) -> RawResult,
) -> std::result::Result<(), Ended> {
    let once = call.tries_once() || flags & MSG_DONTWAIT != 0;
    let mut result = first;
    loop {
        match result.outcome().unwrap_or(Ok(0)) {
            Ok(count) => {
                *sent += count;
                if !whole || *sent >= len {
                    return Ok(());
                }
                call.progressed()?;
            }
            Err(error) => call.retry(error, once)?,
        }
        result = attempt(*sent);
    }
}
