//! connect: one system call, then waits for the outcome.

use super::error::{Code, Result};
use super::family::{Use, check, explain};
use super::handle::{Direction, Id, Kind, Pin, Slot, pin};
use super::mode::{self, Relying};
use super::wait::Call;
use crate::sys::{self, Address, Errno};
use libc::{AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_RAW};
use libc::{EAGAIN, EALREADY, EINPROGRESS, EINTR, EISCONN, POLLERR, POLLHUP, POLLOUT};

/// connect(2) within the handle's limits.
pub fn connect(id: Id, to: &Address) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    check(&pin, to)?;
    let mut call = Call::new(&pin, Direction::Write);
    connect_within(&pin, &mut call, to).map_err(|code| explain(id, to, Use::Connect, code))
}

/// connect(2) as the rest of a call whose clock may run.
pub fn connect_within(pin: &Pin, call: &mut Call, to: &Address) -> Result<i32> {
    run(pin, call, to, None)
}

/// Waits for the outcome of an attempt that this call has begun by other means.
pub fn finish_attempt(call: &mut Call, to: &Address) -> Result<i32> {
    run(call.pin(), call, to, Some(EINPROGRESS))
}

/// `under_way` is what the kernel's blocking call answers when SO_SNDTIMEO has passed: EINPROGRESS where it has
/// begun the attempt, EALREADY where it found one under way.
fn run(pin: &Pin, call: &mut Call, to: &Address, mut under_way: Option<i32>) -> Result<i32> {
    let slot = pin.slot();
    let asks = slot.is_tcp();
    loop {
        let waits = !call.tries_once();
        let answer = match attempt(slot, to) {
            // Over loopback the outcome is known already: asking for it takes the place of a wait. A bounded call
            // has waited for it.
            Err(Errno(EINPROGRESS | EINTR)) if asks && waits && !slot.is_shared() => {
                under_way = Some(EINPROGRESS);
                attempt(slot, to)
            }
            answer => answer,
        };
        match answer {
            Ok(()) => return Ok(0),
            // Another thread waited for the same attempt, and was the first to ask.
            Err(Errno(EISCONN)) if under_way.is_some() => return Ok(0),
            Err(Errno(EINPROGRESS | EINTR)) if waits => {
                under_way.get_or_insert(EINPROGRESS);
            }
            // The kernel's blocking connect waits for the attempt that runs; one with a timeout says so (R57).
            Err(Errno(EALREADY)) if call.is_blocking() || under_way.is_some() => {
                under_way.get_or_insert(EALREADY);
            }
            // AF_UNIX: the listener's backlog is full, and no event reports when it no longer is.
            Err(Errno(EAGAIN)) if waits && slot.family() == AF_UNIX => {
                call.set_no_events();
                call.wait()?;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        wait_for_attempt(call, under_way.unwrap_or(EINPROGRESS))?;
        // connect(2) itself knows the outcome of TCP, and brings the kernel's state up to date: connected, or free
        // for the next attempt. For others, SCTP among them, it would be a new attempt.
        if !asks {
            return finish(call, pin.fd());
        }
    }
}

/// connect(2) that does not block, or not for long. Where somebody else may switch O_NONBLOCK, the call is
/// bounded by SO_SNDTIMEO instead: nobody else sends on a socket that is not connected yet.
fn attempt(slot: &Slot, to: &Address) -> sys::Result<()> {
    if let Some(_relying) = Relying::begin(slot) {
        return sys::connect(slot.fd(), to);
    }
    match (slot.family(), slot.socket_type()) {
        // Only an address to remember.
        (AF_INET | AF_INET6 | AF_UNIX, SOCK_DGRAM | SOCK_RAW) => sys::connect(slot.fd(), to),
        (family, _) if sys::connect_obeys_send_limit(family) => {
            let _alone = slot.shared_lock();
            sys::connect_bounded(slot.fd(), to)
        }
        // These have limits of their own, of seconds: AF_VSOCK, AF_TIPC.
        _ => mode::without_blocking(slot, |fd| sys::connect(fd, to)),
    }
}

/// Waits for news of an attempt. SO_SNDTIMEO ends it with the kernel's code for connect, not with EAGAIN.
fn wait_for_attempt(call: &mut Call, under_way: i32) -> Result<()> {
    call.wait().map_err(|code| if code == Code::errno(EAGAIN) { Code::errno(under_way) } else { code })
}

/// The outcome of an attempt that only SO_ERROR tells, after the first wait for it.
fn finish(call: &mut Call, fd: i32) -> Result<i32> {
    loop {
        let found = call.found();
        if found & (POLLERR | POLLHUP) == 0 && found & POLLOUT != 0 {
            return Ok(0);
        }
        match sys::getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 | EISCONN if found & POLLOUT != 0 => return Ok(0),
            // Neither connected nor failed: the readiness was spurious.
            0 => wait_for_attempt(call, EINPROGRESS)?,
            errno => return Err(Code::errno(errno)),
        }
    }
}
