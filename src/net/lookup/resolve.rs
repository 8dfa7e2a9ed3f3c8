//! Waiting for a lookup in the calling thread, and the first address of a host and port.

use super::numeric::{self, check_family};
use super::pool::{PendingLookup, submit};
use super::request::{Request, Resolution};
use super::resolver_call::{Resolved, ResolverCall};
use crate::net::error::{Code, Result};
use crate::net::handle::{self, Direction, Id, Kind, NoForkGuard, pin};
use crate::net::operation::Limits;
use crate::net::wait::Call;
use crate::sys::{self, Address, Hints, StackFd};

/// Waits for a lookup in the calling thread.
pub fn wait(limits: Limits, lookup: ResolverCall) -> Result<Resolved> {
    handle::watch_forks()?;
    let no_fork = NoForkGuard::enter();
    let (id, slot) = handle::open(Kind::Operation, sys::event_fd()?)?;
    drop(no_fork);
    slot.set_first_limits(limits.deadline, limits.token);
    let result = wait_pinned(id, lookup);
    let _ = handle::close(id);
    result
}

fn wait_pinned(id: Id, lookup: ResolverCall) -> Result<Resolved> {
    let pin = pin(id, Kind::Operation, Some(Direction::Read))?;
    let mut call = Call::new(&pin, Direction::Read);
    let pending = submit(lookup, pin.fd())?;
    wait_for(&mut call, &pending, pin.fd())
}

fn wait_for(call: &mut Call, pending: &PendingLookup, fd: i32) -> Result<Resolved> {
    loop {
        if let Some(result) = pending.take() {
            return result;
        }
        call.wait_signalled(fd)?;
    }
}

/// The first address of a host and port that are numbers; none if that takes a lookup.
#[inline(always)]
pub fn numeric_address(host: Option<&[u8]>, port: Option<&[u8]>, family: i32) -> Result<Option<Address>> {
    check_family(family)?;
    match numeric::port(port)? {
        Some(number) => numeric::resolve(host, number, family),
        None => Ok(None),
    }
}

/// The first address of a host and port (R154), within limits.
pub fn resolve(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints, limits: Limits) -> Result<Address> {
    match numeric_address(host, port, hints.family)? {
        Some(address) => Ok(address),
        None => first(host, port, hints, |lookup| wait(limits, lookup)),
    }
}

/// As [`resolve`], inside a call on a socket and by its clock.
pub fn resolve_in(
    call: &mut Call,
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
) -> Result<Address> {
    if let Some(address) = numeric_address(host, port, hints.family)? {
        return Ok(address);
    }
    first(host, port, hints, |lookup| {
        let no_fork = NoForkGuard::enter();
        let event = StackFd::new(sys::event_fd()?);
        drop(no_fork);
        let fd = event.fd();
        // Dropped before the descriptor that it signals.
        let pending = submit(lookup, fd)?;
        wait_for(call, &pending, fd)
    })
}

fn first(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
    lookup: impl FnOnce(ResolverCall) -> Result<Resolved>,
) -> Result<Address> {
    // Here a port is the name of a service, or the host is a name.
    let special = match host.unwrap_or_default() {
        b"" => Some((None, libc::AI_PASSIVE, if hints.family == 0 { libc::AF_INET } else { hints.family })),
        b"<broadcast>" => Some((Some(&b"255.255.255.255"[..]), 0, hints.family)),
        _ => None,
    };
    let (host, flags, family) = special.unwrap_or((host, hints.flags, hints.family));
    let found = match Request::ask(host, port, Hints { flags, family, ..hints })? {
        Resolution::Known(found) => found,
        Resolution::Open(request) => lookup(request.call(family))?.addresses()?,
    };
    found.first().map(|found| found.address).ok_or(Code::EAI_NODATA)
}
