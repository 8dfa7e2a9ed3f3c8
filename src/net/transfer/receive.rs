//! The receives that cannot end with their first try: those that wait, and those that wait for all.

use super::{Unfinished, need_stream, partial, pin_again, take_first_result};
use crate::net::error::{Code, Result};
use crate::net::handle::{Direction, Id, Kind, Slot, pin};
use crate::net::wait::{Call, Ended};
use crate::sys::{self, Address, Errno, MSG_ERRQUEUE, POLLRDHUP, RawResult};
use libc::{EAGAIN, MSG_CTRUNC, MSG_DONTWAIT, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL};
use std::cell::Cell;
use std::mem::MaybeUninit;

/// Flags with which a receive may wait before it tries: whatever the socket is, they do not make it fail at once.
const PLAIN: i32 = MSG_PEEK | MSG_TRUNC | MSG_WAITALL | libc::MSG_NOSIGNAL;

/// recv(2): what the hot path left over.
pub fn recv(
    id: Id,
    buffer: &mut [MaybeUninit<u8>],
    flags: i32,
    unfinished: Option<Unfinished>,
) -> Result<i64> {
    receive(id, buffer, flags, unfinished, None)
}

/// recvfrom(2): what the hot path left over. The sender is `Address::NONE` where the kernel names none.
pub fn recvfrom(
    id: Id,
    buffer: &mut [MaybeUninit<u8>],
    flags: i32,
    unfinished: Option<Unfinished>,
    from: &mut Address,
) -> Result<i64> {
    receive(id, buffer, flags, unfinished, Some(from))
}

fn receive(
    id: Id,
    buffer: &mut [MaybeUninit<u8>],
    flags: i32,
    unfinished: Option<Unfinished>,
    mut from: Option<&mut Address>,
) -> Result<i64> {
    let first = take_first_result(unfinished);
    if first.count() >= 0 {
        return Ok(first.count());
    }
    let pin = pin_again(id, Direction::Read, first)?;
    let (fd, len, complete) = (pin.fd(), buffer.len(), Cell::new(false));
    // Bytes that descriptors came with end the kernel's MSG_WAITALL, and only recvmsg(2) shows that they came.
    let tells = flags & MSG_WAITALL != 0 && pin.slot().family() == libc::AF_UNIX;
    receive_rest(&mut Call::new(&pin, Direction::Read), flags, len, first, &complete, &mut |done| {
        let (rest, flags) = (&mut buffer[done..], flags | MSG_DONTWAIT);
        if tells {
            let mut told = 0;
            let result = sys::recv_told(fd, from.as_deref_mut(), rest, flags, &mut told);
            complete.set(told & MSG_CTRUNC != 0 && !sys::wants_credentials(fd));
            return result;
        }
        let Some(from) = from.as_deref_mut() else { return sys::recv(fd, rest, flags) };
        let result = sys::recvfrom(fd, rest, flags, from);
        if result.count() < 0 {
            *from = Address::NONE;
        }
        result
    })
}

/// The rest of a receive: `first` is the result of the try that was made, `attempt` tries again
/// after this many bytes. `complete`, set by a try, says that MSG_WAITALL gets no more.
pub fn receive_rest(
    call: &mut Call,
    flags: i32,
    len: usize,
    mut first: RawResult,
    complete: &Cell<bool>,
    attempt: &mut dyn FnMut(usize) -> RawResult,
) -> Result<i64> {
    let pin = call.pin();
    let slot = pin.slot();
    let waits = !call.tries_once() && flags & MSG_DONTWAIT == 0;
    let once = !waits || flags & (MSG_ERRQUEUE | MSG_OOB) != 0;
    let stream = slot.socket_type() == libc::SOCK_STREAM;
    let datagram = !stream && slot.socket_type() != libc::SOCK_SEQPACKET;
    let peeking = flags & MSG_PEEK != 0;
    let all = flags & MSG_WAITALL != 0 && stream && !once;
    let mark = if stream && !once && !all { low_water(slot, len) } else { 0 };
    // The kernel's receive of 0 bytes from TCP waits all the same, and then has received them.
    let none = len == 0 && !once && slot.is_tcp();
    let early = |done: usize, ended: Ended| match ended.code {
        code if none && code == Code::errno(EAGAIN) => Ok(0),
        _ => partial(pin, done, ended),
    };
    let untried = first == RawResult::NONE && !once && mark == 0 && flags & !PLAIN == 0;
    if untried && slot.take_poll_first() {
        if let Err(code) = call.wait() {
            return early(0, code.into());
        }
    }
    let (mut done, mut peeks_on) = (0, false);
    loop {
        let from = if peeking && !peeks_on { 0 } else { done };
        let kept = std::mem::replace(&mut first, RawResult::NONE);
        // Fewer bytes than the mark are a result only where the wait for more has ended.
        let limit = if mark > 0 { await_low_water(call, mark) } else { Ok(()) };
        let ended = match kept.outcome().or_else(|| attempt(from).outcome()).unwrap_or(Ok(0)) {
            Ok(count) if !all => return Ok(count as i64),
            Ok(count) => {
                let total = from + count;
                // A peek that finds no more than before, with the peer's half closed, will never.
                let over =
                    count == 0 || complete.get() || peeking && total == done && call.found() & POLLRDHUP != 0;
                done = total;
                // The kernel's MSG_WAITALL does not go beyond an urgent mark.
                if over || total >= len || sys::is_at_mark(pin.fd()) {
                    return Ok(total as i64);
                }
                if peeking {
                    // With SO_PEEK_OFF the next peek brings what follows.
                    peeks_on = sys::peeks_on(pin.fd());
                    call.await_event();
                } else {
                    call.reset_spurious();
                }
                // A peer that always has more to send would otherwise outlast deadline, token and close.
                call.wait().map_err(Ended::from)
            }
            Err(_) if limit.is_err() => limit.map_err(Ended::from),
            Err(error) => {
                // The kernel's blocking receive ends after SHUT_RD; its non-blocking one never says so.
                if error == Errno(EAGAIN) && datagram && waits && is_shut(call, flags) {
                    return Ok(0);
                }
                if error == Errno(EAGAIN) && !once {
                    slot.start_poll_first();
                }
                call.retry(error, once)
            }
        };
        if let Err(ended) = ended {
            return early(done, ended);
        }
    }
}

/// Whether a datagram receive ends because the receiving half is shut down. Queued errors have a queue of their
/// own; a flag that the socket's family ignores makes no difference.
fn is_shut(call: &Call, flags: i32) -> bool {
    let pin = call.pin();
    match flags & (MSG_ERRQUEUE | MSG_OOB) {
        0 => call.found() & POLLRDHUP != 0,
        special if special & MSG_ERRQUEUE != 0 && sys::has_error_queue(pin.slot().family()) => false,
        // These do not wait, so that no wait has found it.
        _ => sys::is_shut(pin.fd()),
    }
}

/// How many bytes a receive of `len` waits for because of SO_RCVLOWAT; 0 where that makes no difference.
fn low_water(slot: &Slot, len: usize) -> usize {
    if !slot.has_low_water() {
        return 0;
    }
    let mark = sys::getsockopt_int(slot.fd(), libc::SOL_SOCKET, libc::SO_RCVLOWAT).unwrap_or(1);
    let mark = usize::try_from(mark).unwrap_or(1).min(len);
    if mark > 1 { mark } else { 0 }
}

/// Waits until that many bytes have come, or something that ends a receive before: an error, the end, an urgent
/// mark. (A try would take the bytes that there are, and poll ignores the mark on AF_UNIX, and on TCP that fewer
/// bytes are asked for.)
fn await_low_water(call: &mut Call, mark: usize) -> Result<()> {
    let fd = call.pin().fd();
    while sys::unread(fd).is_some_and(|unread| unread < mark) && !sys::has_condition(fd) {
        call.wait()?;
    }
    Ok(())
}

/// Receives all of the buffer from a stream, under one limit; `received` counts what is in it, also
/// when it fails.
pub fn recv_exact(id: Id, buffer: &mut [MaybeUninit<u8>], flags: i32, received: &mut usize) -> Result<i32> {
    *received = 0;
    let pin = pin(id, Kind::Socket, Some(Direction::Read))?;
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
        let count =
            receive_rest(&mut call, flags, rest.len(), RawResult::NONE, &Cell::new(false), &mut |_| {
                sys::recv(fd, rest, flags | MSG_DONTWAIT)
            })?;
        if count == 0 {
            return Err(Code::EOF);
        }
        *received += count as usize;
        if *received < buffer.len() {
            call.progressed()?;
        }
    }
    Ok(0)
}
