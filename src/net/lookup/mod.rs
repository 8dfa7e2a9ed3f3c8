//! Names: hosts and services to addresses and back, with a deadline and a cancel token.
//!
//! What is a number is answered here. Everything else is the C library's business, done by the workers
//! of [`pool`]; the caller leaves when its time is up.

mod host;
mod idna;
mod list;
mod numeric;
mod pool;
mod work;

pub use host::{Names, fqdn, host_by_address, host_by_name, names};
pub use list::List;
pub use numeric::check_family;
pub use pool::{Ticket, foreign, hold, release, settle_fork, stats, submit};
pub use work::{Answer, Work};

use super::error::{Code, Result};
use super::handle::{self, Direction, Kind, Section, pin};
use super::operation::{self, Limits, Machine, Step};
use super::time::FOREVER;
use super::wait::Call;
use crate::sys::{self, Address, Found, Hints, Lock};
use std::ffi::CString;
use std::sync::atomic::Ordering;

/// What is asked of getaddrinfo, checked: each text without NUL, the port a name or within its range.
pub struct Question {
    host: Option<CString>,
    port: Option<CString>,
    hints: Hints,
}

/// A question that is answered already, or one for the C library.
pub enum Asked {
    Known(Vec<Found>),
    Open(Question),
}

/// A text for the C library.
fn c_text(field: &str, text: &[u8]) -> Result<CString> {
    CString::new(text).map_err(|_| Code::errno(libc::EINVAL).because(format_args!("{field}: a NUL inside")))
}

/// The answers to a question about numbers alone; none where it takes a lookup, or a name is asked for.
pub fn numeric_answers(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
) -> Result<impl Iterator<Item = Found>> {
    check_family(hints.family)?;
    let number = numeric::port(port)?;
    let host = host.filter(|host| !host.is_empty() && hints.flags & libc::AI_CANONNAME == 0);
    let found = match (host, number) {
        (Some(host), Some(number)) => numeric::answers(host, number, &hints)?,
        _ => None,
    };
    Ok(found.into_iter().flatten())
}

impl Question {
    /// Looks at a question, and answers it if it is about numbers alone. Both absent, or an empty host:
    /// EAI_NONAME (R164).
    pub fn ask(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints) -> Result<Asked> {
        check_family(hints.family)?;
        let number = numeric::port(port)?;
        match (host, port) {
            (None, None) | (Some(b""), _) => return Err(Code::EAI_NONAME),
            (Some(host), _) => {
                if let Some(number) = number {
                    if let Some(found) = numeric::answers(host, number, &hints)? {
                        return Ok(Asked::Known(found.collect()));
                    }
                }
            }
            _ => {}
        }
        if number.is_none() && hints.flags & libc::AI_NUMERICSERV != 0 {
            return Err(Code::EAI_NONAME);
        }
        let host = host.map(idna::encode).transpose()?;
        let host = host.map(|host| c_text("host", &host)).transpose()?;
        // Without a text as without a port; the C library would refuse "".
        let port = port.filter(|port| !port.is_empty()).map(|port| c_text("port", port)).transpose()?;
        Ok(Asked::Open(Question { host, port, hints }))
    }

    /// As work for the pool, for one of the families.
    pub fn work(&self, family: i32) -> Work {
        let hints = Hints { family, ..self.hints };
        Work::Addresses { host: self.host.clone(), port: self.port.clone(), hints }
    }

    /// The family that was asked for.
    pub fn family(&self) -> i32 {
        self.hints.family
    }
}

/// The addresses in an answer.
pub fn addresses(answer: Answer) -> Result<Vec<Found>> {
    match answer {
        Answer::Addresses(found) => Ok(found),
        _ => Err(Code::PANIC),
    }
}

/// Waits for a lookup in the calling thread.
pub fn wait(limits: Limits, work: Work) -> Result<Answer> {
    handle::start()?;
    let section = Section::enter();
    let (id, slot) = handle::open(Kind::Operation, sys::event_fd()?)?;
    drop(section);
    slot.announce(Direction::None, |_| {
        slot.read_deadline.store(limits.deadline, Ordering::SeqCst);
        slot.token.store(limits.token, Ordering::SeqCst);
    });
    let result = wait_pinned(id, work);
    let _ = handle::close(id);
    result
}

fn wait_pinned(id: i64, work: Work) -> Result<Answer> {
    let pin = pin(id, Kind::Operation, Direction::Read)?;
    let mut call = Call::new(&pin, Direction::Read);
    let ticket = submit(work, pin.fd())?;
    wait_for_ticket(&mut call, &ticket, pin.fd())
}

fn wait_for_ticket(call: &mut Call, ticket: &Ticket, fd: i32) -> Result<Answer> {
    loop {
        if let Some(result) = ticket.take() {
            return result;
        }
        call.wait_sign(fd)?;
    }
}

/// As [`resolve`], where [`resolve_numeric`] has found none.
pub fn resolve_name(host: Option<&[u8]>, port: Option<&[u8]>, family: i32, timeout: i64) -> Result<Address> {
    let hints = Hints { family, ..Hints::default() };
    first(host, port, hints, |work| wait(Limits::span(timeout)?, work))
}

/// The first address of a host and port (R154). A name costs a lookup of at most `timeout` nanoseconds.
pub fn resolve(host: Option<&[u8]>, port: Option<&[u8]>, family: i32, timeout: i64) -> Result<Address> {
    match resolve_numeric(host, port, family)? {
        Some(address) => Ok(address),
        None => resolve_name(host, port, family, timeout),
    }
}

/// As [`resolve`], for a socket of this kind and within limits.
pub fn resolve_within(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
    limits: Limits,
) -> Result<Address> {
    match resolve_numeric(host, port, hints.family)? {
        Some(address) => Ok(address),
        None => first(host, port, hints, |work| wait(limits, work)),
    }
}

/// As [`resolve`], inside a call on a socket and by its clock.
pub fn resolve_in(
    call: &mut Call,
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
) -> Result<Address> {
    if let Some(address) = resolve_numeric(host, port, hints.family)? {
        return Ok(address);
    }
    first(host, port, hints, |work| {
        let event = sys::event_fd()?;
        let fd = sys::number(&event);
        // Dropped before the descriptor that it signals.
        let ticket = submit(work, fd)?;
        wait_for_ticket(call, &ticket, fd)
    })
}

/// The first address of a host and port that are numbers; none where only a lookup can tell.
#[inline(always)]
pub fn resolve_numeric(host: Option<&[u8]>, port: Option<&[u8]>, family: i32) -> Result<Option<Address>> {
    check_family(family)?;
    match numeric::port(port)? {
        Some(number) => numeric::resolve(host, number, family),
        None => Ok(None),
    }
}

fn first(
    host: Option<&[u8]>,
    port: Option<&[u8]>,
    hints: Hints,
    lookup: impl FnOnce(Work) -> Result<Answer>,
) -> Result<Address> {
    // Here a port is the name of a service, or the host is a name.
    let special = match host.unwrap_or_default() {
        b"" => Some((None, libc::AI_PASSIVE, if hints.family == 0 { libc::AF_INET } else { hints.family })),
        b"<broadcast>" => Some((Some(&b"255.255.255.255"[..]), 0, hints.family)),
        _ => None,
    };
    let (host, flags, family) = special.unwrap_or((host, hints.flags, hints.family));
    let found = match Question::ask(host, port, Hints { flags, family, ..hints })? {
        Asked::Known(found) => found,
        Asked::Open(question) => addresses(lookup(question.work(family))?)?,
    };
    found.first().map(|found| found.address).ok_or(Code::EAI_NODATA)
}

/// getaddrinfo(3) within limits: a list.
pub fn getaddrinfo(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints, limits: Limits) -> Result<i64> {
    List::open(match Question::ask(host, port, hints)? {
        Asked::Known(found) => found,
        Asked::Open(question) => addresses(wait(limits, question.work(hints.family))?)?,
    })
}

/// A lookup as a state machine; `T` is what it comes to, which `of` takes out of the answer.
struct Lookup<T> {
    progress: Lock<Progress<T>>,
    of: fn(Answer) -> Result<T>,
}

enum Progress<T> {
    Known(T),
    Running(Ticket),
    Over,
}

impl<T: Send + 'static> Machine for Lookup<T> {
    type Output = T;

    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<T>> {
        let mut progress = self.progress.lock();
        if let Some(code) = limit {
            *progress = Progress::Over;
            return Err(code);
        }
        let result = match std::mem::replace(&mut *progress, Progress::Over) {
            Progress::Known(found) => Ok(found),
            Progress::Running(ticket) => match ticket.take() {
                Some(result) => result.and_then(self.of),
                None => {
                    *progress = Progress::Running(ticket);
                    at.watch.end(at.slot, FOREVER)?;
                    return Ok(None);
                }
            },
            Progress::Over => return Err(operation::over()),
        };
        result.map(Some)
    }
}

/// Starts getaddrinfo(3) as an operation.
pub fn start(host: Option<&[u8]>, port: Option<&[u8]>, hints: Hints, limits: Limits) -> Result<i64> {
    let asked = Question::ask(host, port, hints)?;
    operation::start(limits, |watch| {
        let progress = match asked {
            Asked::Known(found) => Progress::Known(found),
            Asked::Open(question) => Progress::Running(submit(question.work(hints.family), watch.news())?),
        };
        Ok(Lookup { progress: Lock::new(progress), of: addresses })
    })
}

/// A step of it: the list, or `None`.
pub fn step(operation: i64) -> Result<Option<i64>> {
    operation::step::<Lookup<Vec<Found>>>(operation)?.map(List::open).transpose()
}

/// Starts getnameinfo(3) as an operation.
pub fn names_start(address: &Address, flags: i32, limits: Limits) -> Result<i64> {
    let asked = host::ask_names(address, flags)?;
    operation::start(limits, |watch| {
        let progress = match asked {
            (work, true) => Progress::Known(host::names_of(work.run()?)?),
            (work, false) => Progress::Running(submit(work, watch.news())?),
        };
        Ok(Lookup { progress: Lock::new(progress), of: host::names_of })
    })
}

/// A step of it: host and service, or `None`.
pub fn names_step(operation: i64) -> Result<Option<Names>> {
    operation::step::<Lookup<Names>>(operation)
}
