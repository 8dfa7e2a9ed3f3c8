//! Connections by name: one deadline over the lookup and every address.

mod attempt;
mod candidates;
mod dial;

pub use attempt::Attempt;
#[cfg(test)]
pub use attempt::Phase;

use super::error::{Code, Result};
use super::handle::{self, Direction, Id, Kind, Pin, Slot, pin};
use super::lookup::{self, Request, Resolution};
use super::operation::{self, Limits};
use super::time::Nanos;
use super::wait::Call;
use super::{address, connect, socket};
use crate::sys::{AddrInfo, Address, Hints};
use attempt::SocketSetup;
use dial::{Dial, Timing};

/// RFC 8305, section 8.
const RESOLUTION_DELAY: Nanos = Nanos::from_millis(50);
const STAGGER: Nanos = Nanos::from_millis(250);

/// How to connect; 0 is the default of each time.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub timeout: Nanos,
    pub deadline: Nanos,
    pub attempt: Nanos,
    pub resolution_delay: Nanos,
    pub stagger: Nanos,
    pub token: Id,
    pub family: i32,
    pub source: Option<Address>,
    pub fast_open: bool,
}

impl Options {
    fn timing(&self) -> Result<Timing> {
        if self.attempt.is_negative() {
            let ns = self.attempt.0;
            return Err(
                Code::errno(libc::EINVAL).because(format_args!("attempt_timeout_ns: {ns} is negative"))
            );
        }
        let or = |given: Nanos, default| if given == Nanos::ZERO { default } else { given.clamped() };
        Ok(Timing {
            attempt: or(self.attempt, Nanos::FOREVER),
            resolution_delay: or(self.resolution_delay, RESOLUTION_DELAY).max(Nanos::ZERO),
            stagger: or(self.stagger, STAGGER),
        })
    }
}

/// Starts to connect: an operation.
pub fn start(host: Option<&[u8]>, port: Option<&[u8]>, options: &Options) -> Result<Id> {
    begin(host, port, options, false)
}

fn begin(host: Option<&[u8]>, port: Option<&[u8]>, options: &Options, blocking: bool) -> Result<Id> {
    let limits = Limits::of(options.timeout, options.deadline, options.token)?;
    let timing = options.timing()?;
    if let Some(source) = &options.source {
        address::check(source)?;
    }
    let setup = SocketSetup { source: options.source, fast_open: options.fast_open };
    let hints = Hints { family: options.family, socket_type: libc::SOCK_STREAM, ..Hints::default() };
    let asked = Request::ask(host, port, hints)?;
    operation::start_as(blocking, limits, |watch| match asked {
        Resolution::Known(found) => Dial::known(found, timing, setup),
        Resolution::Open(request) => Dial::named(&request, timing, setup, watch),
    })
}

/// A step of it: the connected socket, or `None`.
pub fn step(operation: Id) -> Result<Option<Id>> {
    operation::step::<Dial>(operation)
}

/// Every attempt of it so far.
pub fn attempts(operation: Id) -> Result<Vec<Attempt>> {
    operation::look::<Dial, _>(operation, Dial::attempts)?
}

/// Connects to a host and port by name, within one limit; every attempt goes to `tell`.
pub fn create(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    options: &Options,
    tell: impl FnOnce(&[Attempt]),
) -> Result<Id> {
    let id = begin(host, port, options, true)?;
    let result = operation::run::<Dial>(id);
    if let Ok(attempts) = attempts(id) {
        tell(&attempts);
    }
    let _ = handle::close(id);
    result
}

/// What a socket needs of an address.
fn hints_of(slot: &Slot) -> Result<Hints> {
    let family = slot.family();
    if family != libc::AF_INET && family != libc::AF_INET6 {
        return Err(Code::errno(libc::EAFNOSUPPORT)
            .because(format_args!("s: a socket of family {family} has no host and port")));
    }
    Ok(Hints { family, socket_type: slot.socket_type(), ..Hints::default() })
}

fn resolve(pin: &Pin, call: &mut Call, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<Address> {
    lookup::resolve_in(call, host, port, hints_of(pin.slot())?)
}

/// connect(2) to a host and port by name, by one clock.
pub fn connect_host(id: Id, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let mut call = Call::new(&pin, Direction::Write);
    let to = resolve(&pin, &mut call, host, port)?;
    connect::connect_within(&pin, &mut call, &to)
}

/// bind(2) to a host and port by name. The lookup obeys the limits of sending.
pub fn bind_host(id: Id, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Some(Direction::Write))?;
    let mut call = Call::new(&pin, Direction::Write);
    let to = resolve(&pin, &mut call, host, port)?;
    socket::bind(id, &to)
}

/// The addresses that a server of this host listens on.
pub fn addresses_for(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
    limits: Limits,
) -> Result<Vec<AddrInfo>> {
    match Request::ask(host, port, hints)? {
        Resolution::Known(found) => Ok(found),
        Resolution::Open(request) => lookup::wait(limits, request.call(hints.family))?.addresses(),
    }
}
