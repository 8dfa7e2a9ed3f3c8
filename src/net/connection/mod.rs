//! Connections by name: one deadline over the lookup and every address.

mod attempt;
mod candidates;
mod dial;

#[cfg(test)]
pub use attempt::Phase;
pub use attempt::Record;

use super::error::{Code, Result};
use super::handle::{Direction, Kind, Pin, Slot, pin};
use super::lookup::{self, Asked, Question};
use super::operation::{self, Limits};
use super::time::{self, FOREVER};
use super::wait::Call;
use super::{address, connect, handle, socket};
use crate::sys::{Address, Found, Hints};
use attempt::Making;
use dial::{Dial, Pace};
use std::sync::atomic::Ordering;

/// RFC 8305, section 8.
const RESOLUTION_DELAY: i64 = 50_000_000;
const STAGGER: i64 = 250_000_000;

/// How to connect; 0 is the default of each time.
#[derive(Clone, Copy, Default)]
pub struct Options {
    pub timeout: i64,
    pub deadline: i64,
    pub attempt: i64,
    pub resolution_delay: i64,
    pub stagger: i64,
    pub token: i64,
    pub family: i32,
    pub source: Option<Address>,
    pub fast_open: bool,
}

impl Options {
    fn pace(&self) -> Result<Pace> {
        if self.attempt < 0 {
            let ns = self.attempt;
            return Err(
                Code::errno(libc::EINVAL).because(format_args!("attempt_timeout_ns: {ns} is negative"))
            );
        }
        let or = |given, default| if given == 0 { default } else { time::clamp(given) };
        Ok(Pace {
            attempt: or(self.attempt, FOREVER),
            resolution_delay: or(self.resolution_delay, RESOLUTION_DELAY).max(0),
            stagger: or(self.stagger, STAGGER),
        })
    }
}

/// Starts to connect: an operation.
pub fn start(host: Option<&[u8]>, port: Option<&[u8]>, options: &Options) -> Result<i64> {
    let limits = Limits::of(options.timeout, options.deadline, options.token)?;
    let pace = options.pace()?;
    if let Some(source) = &options.source {
        address::check(source)?;
    }
    let making = Making { source: options.source, fast_open: options.fast_open };
    let hints = Hints { family: options.family, socket_type: libc::SOCK_STREAM, ..Hints::default() };
    let asked = Question::ask(host, port, hints)?;
    operation::start(limits, |watch| match asked {
        Asked::Known(found) => Ok(Dial::known(found, pace, making)),
        Asked::Open(question) => Dial::named(&question, pace, making, watch),
    })
}

/// A step of it: the connected socket, or `None`.
pub fn step(operation: i64) -> Result<Option<i64>> {
    operation::step::<Dial>(operation)
}

/// Every attempt of it so far.
pub fn records(operation: i64) -> Result<Vec<Record>> {
    operation::look::<Dial, _>(operation, Dial::records)
}

/// Connects to a host and port by name, within one limit; every attempt goes to `tell`.
pub fn create(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    options: &Options,
    tell: impl FnOnce(&[Record]),
) -> Result<i64> {
    let id = start(host, port, options)?;
    let result = operation::run::<Dial>(id);
    if let Ok(records) = records(id) {
        tell(&records);
    }
    let _ = handle::close(id);
    result
}

/// What a socket needs of an address.
fn hints_of(slot: &Slot) -> Result<Hints> {
    let family = slot.family.load(Ordering::Relaxed);
    if family != libc::AF_INET && family != libc::AF_INET6 {
        return Err(Code::errno(libc::EAFNOSUPPORT)
            .because(format_args!("s: a socket of family {family} has no host and port")));
    }
    Ok(Hints { family, socket_type: slot.socket_type.load(Ordering::Relaxed), ..Hints::default() })
}

fn resolve(pin: &Pin, call: &mut Call, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<Address> {
    lookup::resolve_in(call, host, port, hints_of(pin.slot())?)
}

/// connect(2) to a host and port by name, by one clock.
pub fn connect_host(id: i64, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Direction::Write)?;
    let mut call = Call::new(&pin, Direction::Write);
    let to = resolve(&pin, &mut call, host, port)?;
    connect::connect_within(&pin, &mut call, &to)
}

/// bind(2) to a host and port by name. The lookup obeys the limits of sending.
pub fn bind_host(id: i64, host: Option<&[u8]>, port: Option<&[u8]>) -> Result<i32> {
    let pin = pin(id, Kind::Socket, Direction::Write)?;
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
) -> Result<Vec<Found>> {
    match Question::ask(host, port, hints)? {
        Asked::Known(found) => Ok(found),
        Asked::Open(question) => lookup::addresses(lookup::wait(limits, question.work(hints.family))?),
    }
}
