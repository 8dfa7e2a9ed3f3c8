//! connect: one system call, then a wait for the outcome; never a second try of what is under way.

use super::error::{Code, Result};
use super::family::{check, explain};
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
    connect_within(&pin, &mut call, to).map_err(|code| explain(id, to, code))
}

/// connect(2) as the rest of a call whose clock may run.
pub fn connect_within(pin: &Pin, call: &mut Call, to: &Address) -> Result<i32> {
    let slot = pin.slot();
    loop {
        match attempt(slot, to) {
            Ok(()) => return Ok(0),
            // In progress, or begun by an interrupted call: calling again would say EALREADY (R54).
            Err(Errno(EINPROGRESS | EINTR)) if !call.is_nonblocking() => return finish(call, pin.fd()),
            // The kernel's blocking connect waits for the attempt that runs; one with a timeout says so (R57).
            Err(Errno(EALREADY)) if call.is_blocking() => return finish(call, pin.fd()),
            // AF_UNIX: the listener's backlog is full, and no event reports when it no longer is.
            Err(Errno(EAGAIN)) if !call.is_nonblocking() && slot.family() == AF_UNIX => {
                call.set_no_events();
                call.wait()?;
            }
            Err(error) => return Err(error.into()),
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

/// Waits for the outcome of an attempt under way.
fn finish(call: &mut Call, fd: i32) -> Result<i32> {
    loop {
        // The kernel's connect answers EINPROGRESS, not EAGAIN, when SO_SNDTIMEO has passed.
        call.wait()
            .map_err(|code| if code == Code::errno(EAGAIN) { Code::errno(EINPROGRESS) } else { code })?;
        let found = call.found();
        if found & (POLLERR | POLLHUP) == 0 && found & POLLOUT != 0 {
            return Ok(0);
        }
        match sys::getsockopt_int(fd, libc::SOL_SOCKET, libc::SO_ERROR)? {
            0 | EISCONN if found & POLLOUT != 0 => return Ok(0),
            // Neither connected nor failed: the readiness was spurious.
            0 => continue,
            errno => return Err(Code::errno(errno)),
        }
    }
}
