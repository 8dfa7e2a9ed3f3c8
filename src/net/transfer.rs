//! Sending and receiving bytes.
//!
//! The part that runs when the kernel answers at once is small and in line; everything that may
//! wait is behind one cold call.

use super::error::{Code, Result};
use super::family;
use super::handle::{self, Direction, Glance, Kind, Pin, Slot, pin};
use super::wait::Call;
use crate::sys::{self, Address, Answer, Errno};
use libc::{MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, POLLRDHUP};
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

/// After a receive met EAGAIN, so many receives of the handle wait before they try: a peer that
/// answers slowly costs two system calls a message, not three.
const POLL_FIRST: u32 = 8;

/// What a hot path that had begun leaves over for the cold one. Two plain words, so that they pass in
/// registers.
#[derive(Clone, Copy)]
pub struct Rest {
    /// The kernel's answer that was not the end of the call, or [`Answer::NONE`].
    answer: Answer,
    slot: &'static Slot,
}

/// Ends what the hot path had begun, if it had, and gives its answer.
pub(super) fn settle(rest: Option<Rest>) -> Answer {
    rest.map_or(Answer::NONE, |rest| {
        handle::settle(rest.slot);
        rest.answer
    })
}

/// The count of a call that is complete; or what remains of it, all of it when there is no rest.
pub type Tried = std::result::Result<i64, Option<Rest>>;

/// The end of every hot path: a call that is complete, with nobody waiting for it to leave.
#[inline(always)]
pub(super) fn tried(glance: Glance, answer: Answer, complete: bool) -> Tried {
    let slot = glance.slot();
    let left = glance.end();
    if complete && left { Ok(answer.count()) } else { Err(Some(Rest { answer, slot })) }
}

/// Begins a hot path.
#[inline(always)]
pub(super) fn glance(id: i64) -> std::result::Result<Glance, Option<Rest>> {
    Glance::begin(id).map_err(|left| left.map(|slot| Rest { answer: Answer::NONE, slot }))
}

/// Whether a receive must go the long way: it waits before it tries, or for all of the buffer.
#[inline(always)]
pub(super) fn waits_first(glance: &Glance, flags: i32) -> bool {
    glance.slot().poll_first.load(Ordering::Relaxed) != 0 || flags & MSG_WAITALL != 0
}

/// recv(2), if data is ready and nothing else is to be looked at.
#[inline(always)]
pub fn try_recv(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32) -> Tried {
    let glance = glance(id)?;
    if waits_first(&glance, flags) {
        return tried(glance, Answer::NONE, false);
    }
    let answer = sys::recv(glance.fd(), buffer, flags | MSG_DONTWAIT);
    tried(glance, answer, answer.count() >= 0)
}

/// send(2), if there is room for all of it and nothing else is to be looked at.
#[inline(always)]
pub fn try_send(id: i64, data: &[u8], flags: i32) -> Tried {
    let glance = glance(id)?;
    let added = glance.slot().send_flags.load(Ordering::Relaxed);
    let answer = sys::send(glance.fd(), data, flags | added);
    tried(glance, answer, answer.count() == data.len() as i64)
}

/// As [`try_recv`], with the sender.
#[inline(always)]
pub fn try_recvfrom(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32, from: &mut Address) -> Tried {
    let glance = glance(id)?;
    if waits_first(&glance, flags) {
        return tried(glance, Answer::NONE, false);
    }
    let answer = sys::recvfrom(glance.fd(), buffer, flags | MSG_DONTWAIT, from);
    tried(glance, answer, answer.count() >= 0)
}

/// As [`try_send`], to an address.
#[inline(always)]
pub fn try_sendto(id: i64, data: &[u8], flags: i32, to: &Address) -> Tried {
    let glance = glance(id)?;
    let added = glance.slot().send_flags.load(Ordering::Relaxed);
    let answer = sys::sendto(glance.fd(), data, flags | added, to);
    tried(glance, answer, answer.count() == data.len() as i64)
}

/// Pins a handle for the rest of a call. An answer that ends it stands, whatever has become of the
/// handle since.
pub(super) fn pin_again(id: i64, direction: Direction, first: Answer) -> Result<Pin> {
    match first.outcome() {
        Some(Err(error)) if !matches!(error, Errno(libc::EAGAIN | libc::EINTR)) => Err(error.into()),
        _ => pin(id, Kind::Socket, direction),
    }
}

/// recv(2): what the hot path left over.
pub fn recv(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32, rest: Option<Rest>) -> Result<i64> {
    let first = settle(rest);
    if first.count() >= 0 {
        return Ok(first.count());
    }
    let pin = pin_again(id, Direction::Read, first)?;
    let (fd, len) = (pin.fd(), buffer.len());
    receive_rest(&mut Call::new(&pin, Direction::Read), flags, len, first, &Cell::new(false), &mut |done| {
        sys::recv(fd, &mut buffer[done..], flags | MSG_DONTWAIT)
    })
}

/// recvfrom(2): what the hot path left over. The sender is `Address::NONE` where the kernel names none.
pub fn recvfrom(
    id: i64,
    buffer: &mut [MaybeUninit<u8>],
    flags: i32,
    rest: Option<Rest>,
    from: &mut Address,
) -> Result<i64> {
    let first = settle(rest);
    if first.count() >= 0 {
        return Ok(first.count());
    }
    let pin = pin_again(id, Direction::Read, first)?;
    let (fd, len) = (pin.fd(), buffer.len());
    receive_rest(&mut Call::new(&pin, Direction::Read), flags, len, first, &Cell::new(false), &mut |done| {
        *from = Address::NONE;
        sys::recvfrom(fd, &mut buffer[done..], flags | MSG_DONTWAIT, from)
    })
}

/// The rest of a receive: `first` is the answer of the try that was made, `attempt` tries again
/// after so many bytes. `complete`, set by a try, says that MSG_WAITALL gets no more.
pub(super) fn receive_rest(
    call: &mut Call,
    flags: i32,
    len: usize,
    mut first: Answer,
    complete: &Cell<bool>,
    attempt: &mut dyn FnMut(usize) -> Answer,
) -> Result<i64> {
    let pin = call.pin();
    let slot = pin.slot();
    let once = call.is_nonblocking() || flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB) != 0;
    let stream = slot.socket_type.load(Ordering::Relaxed) == libc::SOCK_STREAM;
    let datagram = !stream && slot.socket_type.load(Ordering::Relaxed) != libc::SOCK_SEQPACKET;
    let all = flags & MSG_WAITALL != 0 && stream && !once;
    let turns = slot.poll_first.load(Ordering::Relaxed);
    if first == Answer::NONE && turns > 0 && !once {
        slot.poll_first.store(turns - 1, Ordering::Relaxed);
        call.wait()?;
    }
    let mut done = 0;
    loop {
        let peeking = flags & MSG_PEEK != 0;
        let from = if peeking { 0 } else { done };
        let answer = std::mem::replace(&mut first, Answer::NONE);
        let ended = match answer.outcome().or_else(|| attempt(from).outcome()).unwrap_or(Ok(0)) {
            Ok(count) if !all => return Ok(count as i64),
            Ok(count) => {
                let total = from + count;
                // A peek that finds no more than before, with the peer's half closed, will never.
                let over =
                    count == 0 || complete.get() || peeking && total == done && call.found() & POLLRDHUP != 0;
                done = total;
                if over || total >= len {
                    return Ok(total as i64);
                }
                if peeking {
                    call.await_news();
                    call.wait().err().map(|code| (code, false))
                } else {
                    call.confirmed();
                    None
                }
            }
            Err(Errno(libc::EAGAIN)) if once => Some((Code::errno(libc::EAGAIN), false)),
            // The kernel's blocking receive ends after SHUT_RD; its non-blocking one never says so.
            Err(Errno(libc::EAGAIN)) if datagram && call.found() & POLLRDHUP != 0 => return Ok(0),
            Err(Errno(libc::EAGAIN)) => {
                slot.poll_first.store(POLL_FIRST, Ordering::Relaxed);
                call.wait().err().map(|code| (code, false))
            }
            Err(Errno(libc::EINTR)) => call.interrupted().err().map(|code| (code, false)),
            Err(error) => Some((error.into(), true)),
        };
        if let Some((code, of_kernel)) = ended {
            return partial(pin, done, code, of_kernel);
        }
    }
}

/// Receives all of the buffer from a stream, under one limit; `received` counts what is in it, also
/// when it fails.
pub fn recv_exact(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32, received: &mut usize) -> Result<i32> {
    *received = 0;
    let pin = pin(id, Kind::Socket, Direction::Read)?;
    need_stream(&pin)?;
    let uncounted = flags & (MSG_PEEK | MSG_TRUNC | MSG_ERRQUEUE | MSG_OOB);
    if uncounted != 0 {
        return Err(Code::errno(libc::EINVAL)
            .because(format_args!("flags: {uncounted:#x} does not take the next bytes of the stream")));
    }
    let (fd, flags) = (pin.fd(), flags & !MSG_WAITALL);
    let mut call = Call::new(&pin, Direction::Read);
    while *received < buffer.len() {
        let rest = &mut buffer[*received..];
        let count = receive_rest(&mut call, flags, rest.len(), Answer::NONE, &Cell::new(false), &mut |_| {
            sys::recv(fd, rest, flags | MSG_DONTWAIT)
        })?;
        if count == 0 {
            return Err(Code::EOF);
        }
        *received += count as usize;
        if *received < buffer.len() {
            call.moved()?;
        }
    }
    Ok(0)
}

/// What counts bytes needs a socket that has no borders between them.
pub(super) fn need_stream(pin: &Pin) -> Result<()> {
    match pin.slot().socket_type.load(Ordering::Relaxed) {
        libc::SOCK_STREAM => Ok(()),
        other => Err(Code::errno(libc::EINVAL)
            .because(format_args!("s: of type {other}, where only SOCK_STREAM will do"))),
    }
}

/// The answer of a call that ended early: what has moved counts; an error of the kernel that came
/// after it is kept for the next call, which is when the kernel would have told it.
fn partial(pin: &Pin, done: usize, code: Code, of_kernel: bool) -> Result<i64> {
    if done == 0 {
        return Err(code);
    }
    if of_kernel {
        pin.leave_error(-code.raw());
    }
    Ok(done as i64)
}

/// send(2), or sendto(2) where there is an address: what the hot path left over.
pub fn send(id: i64, data: &[u8], flags: i32, to: Option<&Address>, rest: Option<Rest>) -> Result<i64> {
    let result = send_on(id, data, flags, to, settle(rest));
    match to {
        Some(to) => result.map_err(|code| family::explain(id, to, code)),
        None => result,
    }
}

fn send_on(id: i64, data: &[u8], flags: i32, to: Option<&Address>, first: Answer) -> Result<i64> {
    let pin = match pin_again(id, Direction::Write, first) {
        Ok(pin) => pin,
        // The handle is gone, but these bytes went.
        Err(_) if first.count() >= 0 => return Ok(first.count()),
        Err(code) => return Err(code),
    };
    let (fd, added) = (pin.fd(), pin.slot().send_flags.load(Ordering::Relaxed));
    let attempt = |done: usize| match to {
        None => sys::send(fd, &data[done..], flags | added),
        Some(to) => sys::sendto(fd, &data[done..], flags | added, to),
    };
    let first = if first == Answer::NONE { attempt(0) } else { first };
    send_rest(&pin, flags, data.len(), to.is_some(), first, &attempt)
}

/// The rest of a send: `first` is the answer of the try that was made, `attempt` tries again after
/// so many bytes.
pub(super) fn send_rest(
    pin: &Pin,
    flags: i32,
    len: usize,
    addressed: bool,
    first: Answer,
    attempt: &dyn Fn(usize) -> Answer,
) -> Result<i64> {
    let mut call = Call::new(pin, Direction::Write);
    let stream = pin.slot().socket_type.load(Ordering::Relaxed) == libc::SOCK_STREAM;
    // The kernel's blocking send of a stream goes on until all is queued.
    let whole = stream && call.is_blocking() && flags & MSG_DONTWAIT == 0;
    if room_is_silent(pin.slot(), addressed) {
        call.eventless();
    }
    let mut sent = 0;
    match send_until(&mut call, flags, whole, len, &mut sent, first, attempt) {
        None => Ok(sent as i64),
        Some((code, of_kernel)) => partial(pin, sent, code, of_kernel),
    }
}

/// Whether POLLOUT reports when a send that met a full queue can be tried again: for event loops.
pub fn send_pollable(id: i64, addressed: bool) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Direction::None)?;
    Ok(i32::from(!room_is_silent(pin.slot(), addressed)))
}

/// Whether no event tells a sender that there is room again, because poll looks at its own buffer
/// and not at the receiver, whose queue is full: AF_UNIX datagrams to one that the sender is not
/// connected to, and netlink messages to another process.
fn room_is_silent(slot: &Slot, addressed: bool) -> bool {
    match slot.family.load(Ordering::Relaxed) {
        libc::AF_UNIX => {
            let socket_type = slot.socket_type.load(Ordering::Relaxed);
            addressed && socket_type != libc::SOCK_STREAM && socket_type != libc::SOCK_SEQPACKET
        }
        libc::AF_NETLINK => true,
        _ => false,
    }
}

/// Sends all of it; `sent` counts what went out, also when it fails.
pub fn sendall(id: i64, data: &[u8], flags: i32, sent: &mut usize) -> Result<i32> {
    *sent = 0;
    let pin = pin(id, Kind::Socket, Direction::Write)?;
    let (fd, added) = (pin.fd(), pin.slot().send_flags.load(Ordering::Relaxed));
    let attempt = |done: usize| sys::send(fd, &data[done..], flags | added);
    let mut call = Call::new(&pin, Direction::Write);
    if room_is_silent(pin.slot(), false) {
        call.eventless();
    }
    match send_until(&mut call, flags, true, data.len(), sent, attempt(0), &attempt) {
        None => Ok(0),
        Some((code, _)) => Err(code),
    }
}

/// Sends on after the answer to a first try: once something, or the whole. What ended it early, and
/// whether that was an error of the kernel.
pub(super) fn send_until(
    call: &mut Call,
    flags: i32,
    whole: bool,
    len: usize,
    sent: &mut usize,
    first: Answer,
    attempt: &dyn Fn(usize) -> Answer,
) -> Option<(Code, bool)> {
    let once = call.is_nonblocking() || flags & MSG_DONTWAIT != 0;
    let mut answer = first;
    loop {
        let ended = match answer.outcome().unwrap_or(Ok(0)) {
            Ok(count) => {
                *sent += count;
                if !whole || *sent >= len {
                    return None;
                }
                call.moved()
            }
            Err(Errno(libc::EAGAIN)) if once => return Some((Code::errno(libc::EAGAIN), false)),
            Err(Errno(libc::EAGAIN)) => call.wait(),
            Err(Errno(libc::EINTR)) => call.interrupted(),
            Err(error) => return Some((error.into(), true)),
        };
        if let Err(code) = ended {
            return Some((code, false));
        }
        answer = attempt(*sent);
    }
}
