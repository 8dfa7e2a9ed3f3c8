//! Sending and receiving bytes.
//!
//! The part that runs when the kernel answers at once is small and in line; everything that may
//! wait is behind one cold call.

use super::error::{Code, Result};
use super::handle::{Direction, Kind, Pin, pin};
use super::wait::Call;
use crate::sys::{self, Errno, Outcome, Address};
use libc::{MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_WAITALL, POLLRDHUP};
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering;

/// After a receive met EAGAIN, so many receives of the handle wait before they try: a peer that
/// answers slowly costs two system calls a message, not three.
const POLL_FIRST: u32 = 8;

/// recv(2).
#[inline(always)]
pub fn recv(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32) -> Result<i64> {
    let pin = pin(id, Kind::Socket, Direction::Read)?;
    let (fd, len) = (pin.fd(), buffer.len());
    let mut first = None;
    if pin.slot().poll_first.load(Ordering::Relaxed) == 0 {
        let answer = sys::recv(fd, buffer, flags | MSG_DONTWAIT);
        match answer {
            Ok(count) if flags & MSG_WAITALL == 0 => return Ok(count as i64),
            _ => first = Some(answer),
        }
    }
    receive_rest(&pin, flags, len, first, &mut |done| sys::recv(fd, &mut buffer[done..], flags | MSG_DONTWAIT))
}

/// recvfrom(2); the sender is `Address::NONE` where the kernel names none.
#[inline(always)]
pub fn recvfrom(id: i64, buffer: &mut [MaybeUninit<u8>], flags: i32) -> Result<(i64, Address)> {
    let pin = pin(id, Kind::Socket, Direction::Read)?;
    let (fd, len) = (pin.fd(), buffer.len());
    let mut from = Address::NONE;
    let mut first = None;
    if pin.slot().poll_first.load(Ordering::Relaxed) == 0 {
        let answer = sys::recvfrom(fd, buffer, flags | MSG_DONTWAIT, &mut from);
        match answer {
            Ok(count) if flags & MSG_WAITALL == 0 => return Ok((count as i64, from)),
            _ => first = Some(answer),
        }
    }
    let count = receive_rest(&pin, flags, len, first, &mut |done| {
        from = Address::NONE;
        sys::recvfrom(fd, &mut buffer[done..], flags | MSG_DONTWAIT, &mut from)
    })?;
    Ok((count, from))
}

/// The rest of a receive: `first` is the answer of the try that was made, `attempt` tries again
/// after so many bytes.
#[cold]
#[inline(never)]
pub fn receive_rest(
    pin: &Pin, flags: i32, len: usize, mut first: Option<Outcome<usize>>,
    attempt: &mut dyn FnMut(usize) -> Outcome<usize>,
) -> Result<i64> {
    let slot = pin.slot();
    let mut call = Call::new(pin, Direction::Read);
    let once = call.is_nonblocking() || flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB) != 0;
    let stream = slot.socket_type.load(Ordering::Relaxed) == libc::SOCK_STREAM;
    let datagram = !stream && slot.socket_type.load(Ordering::Relaxed) != libc::SOCK_SEQPACKET;
    let all = flags & MSG_WAITALL != 0 && stream && !once;
    if first.is_none() && !once {
        let turns = slot.poll_first.load(Ordering::Relaxed);
        slot.poll_first.store(turns.saturating_sub(1), Ordering::Relaxed);
        call.wait()?;
    }
    let mut done = 0;
    loop {
        let peeking = flags & MSG_PEEK != 0;
        let from = if peeking { 0 } else { done };
        let ended = match first.take().unwrap_or_else(|| attempt(from)) {
            Ok(count) if !all => return Ok(count as i64),
            Ok(count) => {
                let total = from + count;
                // A peek that finds no more than before, with the peer's half closed, will never.
                let over = count == 0 || peeking && total == done && call.found() & POLLRDHUP != 0;
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

/// send(2), or sendto(2) where there is an address.
#[inline(always)]
pub fn send(id: i64, data: &[u8], flags: i32, to: Option<&Address>) -> Result<i64> {
    let pin = pin(id, Kind::Socket, Direction::Write)?;
    let (fd, added) = (pin.fd(), pin.slot().send_flags.load(Ordering::Relaxed));
    let try_from = |done: usize| match to {
        None => sys::send(fd, &data[done..], flags | added),
        Some(to) => sys::sendto(fd, &data[done..], flags | added, to),
    };
    match try_from(0) {
        Ok(count) if count == data.len() => Ok(count as i64),
        first => send_rest(&pin, flags, data.len(), to.is_some(), first, &try_from),
    }
}

/// The rest of a send: `first` is the answer of the try that was made, `attempt` tries again after
/// so many bytes.
#[cold]
#[inline(never)]
pub fn send_rest(
    pin: &Pin, flags: i32, len: usize, addressed: bool, first: Outcome<usize>,
    attempt: &dyn Fn(usize) -> Outcome<usize>,
) -> Result<i64> {
    let mut call = Call::new(pin, Direction::Write);
    let stream = pin.slot().socket_type.load(Ordering::Relaxed) == libc::SOCK_STREAM;
    // The kernel's blocking send of a stream goes on until all is queued.
    let whole = stream && call.is_blocking() && flags & MSG_DONTWAIT == 0;
    if addressed && pin.slot().family.load(Ordering::Relaxed) == libc::AF_UNIX && !stream {
        // A full receiver that we are not connected to: poll looks at our own buffer only.
        call.eventless();
    }
    let mut sent = 0;
    match send_until(&mut call, flags, whole, len, &mut sent, first, attempt) {
        None => Ok(sent as i64),
        Some((code, of_kernel)) => partial(pin, sent, code, of_kernel),
    }
}

/// Sends all of it; `sent` counts what went out, also when it fails.
pub fn sendall(id: i64, data: &[u8], flags: i32, sent: &mut usize) -> Result<i32> {
    *sent = 0;
    let pin = pin(id, Kind::Socket, Direction::Write)?;
    let (fd, added) = (pin.fd(), pin.slot().send_flags.load(Ordering::Relaxed));
    let attempt = |done: usize| sys::send(fd, &data[done..], flags | added);
    match attempt(0) {
        Ok(count) if count == data.len() => {
            *sent = count;
            Ok(0)
        }
        first => {
            let mut call = Call::new(&pin, Direction::Write);
            match send_until(&mut call, flags, true, data.len(), sent, first, &attempt) {
                None => Ok(0),
                Some((code, _)) => Err(code),
            }
        }
    }
}

/// Sends on after the answer to a first try: once something, or the whole. What ended it early, and
/// whether that was an error of the kernel.
fn send_until(
    call: &mut Call, flags: i32, whole: bool, len: usize, sent: &mut usize, first: Outcome<usize>,
    attempt: &dyn Fn(usize) -> Outcome<usize>,
) -> Option<(Code, bool)> {
    let once = call.is_nonblocking() || flags & MSG_DONTWAIT != 0;
    let mut answer = first;
    loop {
        let ended = match answer {
            Ok(count) => {
                *sent += count;
                if !whole || *sent >= len {
                    return None;
                }
                call.confirmed();
                Ok(())
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
