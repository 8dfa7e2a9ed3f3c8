//! Operations: lookups and dials as state machines behind a handle.
//!
//! The handle's descriptor is an epoll instance, readable when a step is due: a lookup has ended, an
//! attempt has, a moment has come, the token has fired. A step does what is due and never blocks. The
//! blocking calls are loops of steps and waits, so that both ways are one.

use super::cancel::Token;
use super::error::{Code, Result};
use super::handle::{self, Direction, Kind, Object, Pin, Section, Slot, pin};
use super::lookup::foreign;
use super::time::{self, FOREVER};
use super::wait::Call;
use crate::sys::{self, Lock};
use libc::POLLIN;
use std::any::Any;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What ends an operation from outside.
#[derive(Clone, Copy)]
pub struct Limits {
    /// A moment.
    pub deadline: i64,
    /// A cancel token; 0 is none.
    pub token: i64,
}

impl Limits {
    /// Of a span and a moment as a caller gave them, where 0 means not given; the earlier one holds.
    /// Without either the default timeout of the process limits the whole, unless that is 0.
    pub fn of(timeout: i64, deadline: i64, token: i64) -> Result<Limits> {
        if timeout < 0 {
            return Err(negative("timeout_ns", timeout));
        }
        if deadline < 0 {
            return Err(negative("deadline_ns", deadline));
        }
        let span = match (timeout, deadline) {
            (0, 0) => match super::mode::default_timeout() {
                0 => FOREVER,
                default => default,
            },
            (0, _) => FOREVER,
            (given, _) => time::clamp(given),
        };
        let end = if span == FOREVER { FOREVER } else { time::after(sys::now(), span) };
        let deadline = if deadline == 0 { end } else { time::clamp(deadline).min(end) };
        Limits { deadline, token }.checked()
    }

    /// Of a span alone, as `sock_settimeout` takes it, but for 0, which here is a lookup without time.
    pub fn span(timeout: i64) -> Result<Limits> {
        if timeout < 0 {
            return Err(negative("timeout_ns", timeout));
        }
        let deadline = if timeout >= FOREVER { FOREVER } else { time::after(sys::now(), timeout) };
        Ok(Limits { deadline, token: 0 })
    }

    fn checked(self) -> Result<Limits> {
        if self.token != 0 {
            drop(pin(self.token, Kind::Cancel, Direction::None)?);
        }
        Ok(self)
    }
}

#[cold]
fn negative(field: &str, ns: i64) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {ns} is negative"))
}

/// What an operation answers that has come to its end before.
#[cold]
pub fn over() -> Code {
    Code::errno(libc::EINVAL).because(format_args!("operation: its result has been taken"))
}

/// The descriptors behind an operation's own.
pub struct Watch {
    /// The epoll instance; it belongs to the slot.
    epoll: i32,
    /// Readable when a lookup has ended, or the limits have changed.
    news: OwnedFd,
    timer: sys::Timer,
    /// The token that is watched, by a descriptor of our own: closing a token fires it first, and a
    /// closed descriptor would leave the epoll instance with its event.
    token: Lock<(i64, Option<OwnedFd>)>,
    process: u32,
}

impl Watch {
    /// A watch and the epoll instance that goes into the slot.
    pub fn new() -> Result<(Watch, OwnedFd)> {
        let epoll = sys::epoll()?;
        let (news, timer) = (sys::event_fd()?, sys::Timer::new()?);
        let number = sys::number(&epoll);
        sys::epoll_add(number, &news, POLLIN)?;
        sys::epoll_add(number, &timer, POLLIN)?;
        let watch = Watch { epoll: number, news, timer, token: Lock::default(), process: std::process::id() };
        Ok((watch, epoll))
    }

    /// The descriptor that the pool signals.
    pub fn news(&self) -> i32 {
        sys::number(&self.news)
    }

    /// Has the operation's descriptor become readable with another one.
    pub fn add(&self, fd: &OwnedFd, events: i16) -> Result<()> {
        Ok(sys::epoll_add(self.epoll, fd, events)?)
    }

    /// Ends [`Watch::add`] before `fd` is closed: a child of a fork may keep a duplicate open, with which
    /// the kernel would keep the entry. A child leaves the parent's epoll instance alone.
    pub fn remove(&self, fd: &OwnedFd) {
        if !self.is_foreign() {
            sys::epoll_remove(self.epoll, fd);
        }
    }

    /// Whether the operation belongs to the parent of this process.
    pub fn is_foreign(&self) -> bool {
        self.process != std::process::id()
    }

    /// Begins a step: takes the news, obeys the limits, and watches the token.
    pub fn begin(&self, slot: &Slot) -> Result<()> {
        if self.is_foreign() {
            return Err(foreign());
        }
        sys::drain(self.news());
        let id = slot.token.load(Ordering::SeqCst);
        let mut watched = self.token.lock();
        if watched.0 != id {
            if let Some(fd) = watched.1.take() {
                self.remove(&fd);
            }
            let token = if id == 0 { None } else { Token::pin(id) };
            if let Some(fd) = token.as_ref().and_then(Token::fd) {
                let fd = sys::duplicate(fd)?;
                self.add(&fd, POLLIN)?;
                watched.1 = Some(fd);
            }
            watched.0 = id;
        }
        drop(watched);
        // It was alive when it was attached; one that is gone has fired first.
        if id != 0 && Token::pin(id).is_none_or(|token| token.has_fired()) {
            return Err(Code::CANCELED);
        }
        if slot.read_deadline.load(Ordering::SeqCst) <= sys::now() {
            return Err(Code::TIMED_OUT);
        }
        Ok(())
    }

    /// Ends a step that leaves the operation in progress: `due` is when the next one is, at the latest.
    pub fn end(&self, slot: &Slot, due: i64) -> Result<()> {
        let at = due.min(slot.read_deadline.load(Ordering::SeqCst));
        Ok(self.timer.set((at != FOREVER).then_some(at))?)
    }
}

/// A state machine behind a handle.
pub trait Machine: Any + Send + Sync {
    /// What it comes to.
    type Output;

    /// Does what is due; `None` while in progress. `limit` is what has ended the operation from outside:
    /// the machine settles its accounts and answers with it.
    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<Self::Output>>;
}

/// What a step works with.
pub struct Step<'a> {
    pub watch: &'a Watch,
    pub slot: &'a Slot,
}

/// The object of a handle of this kind.
pub struct Operation {
    // Before the watch: what it has added goes first.
    machine: Box<dyn Any + Send + Sync>,
    watch: Watch,
}

impl Object for Operation {
    /// Its calls wait on the handle, which wakes them.
    fn closing(&self) {}

    /// What is under way ends with the object itself.
    fn finish(&self) -> Result<()> {
        Ok(())
    }

    /// Nothing of the parent's is touched: every call of this process looks whose it is.
    fn forked(&self) {}

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// The operation behind a pin; dropped before it, so that all is over when a close returns.
fn operation_of(pin: &Pin) -> Result<Arc<Operation>> {
    handle::object(pin).ok_or(Code::errno(libc::ENOTSOCK))
}

impl Operation {
    fn step<M: Machine>(&self, slot: &Slot, limit: Option<Code>) -> Result<Option<M::Output>> {
        let Some(machine) = self.machine.downcast_ref::<M>() else {
            return Err(Code::errno(libc::ENOTSOCK));
        };
        if self.watch.is_foreign() {
            return Err(foreign());
        }
        let limit = limit.or(self.watch.begin(slot).err());
        machine.step(&Step { watch: &self.watch, slot }, limit)
    }
}

/// Opens the handle of a machine, which `make` starts. Its descriptor is readable from the beginning:
/// the first step watches the token and sets the timer.
pub fn start<M: Machine>(limits: Limits, make: impl FnOnce(&Watch) -> Result<M>) -> Result<i64> {
    handle::start()?;
    let section = Section::enter();
    let (watch, epoll) = Watch::new()?;
    let machine = Box::new(make(&watch)?);
    sys::signal(watch.news());
    let operation = Arc::new(Operation { machine, watch });
    let (id, slot) = handle::open_object_with(Kind::Operation, epoll, operation)?;
    drop(section);
    slot.announce(Direction::None, |_| {
        slot.read_deadline.store(limits.deadline, Ordering::SeqCst);
        slot.token.store(limits.token, Ordering::SeqCst);
    });
    Ok(id)
}

/// One step of an operation; `None` while it is in progress.
pub fn step<M: Machine>(id: i64) -> Result<Option<M::Output>> {
    let pin = pin(id, Kind::Operation, Direction::None)?;
    operation_of(&pin)?.step::<M>(pin.slot(), None)
}

/// Looks at the machine of an operation.
pub fn look<M: Machine, T>(id: i64, at: impl FnOnce(&M) -> T) -> Result<T> {
    let pin = pin(id, Kind::Operation, Direction::None)?;
    let operation = operation_of(&pin)?;
    if operation.watch.is_foreign() {
        return Err(foreign());
    }
    operation.machine.downcast_ref::<M>().map(at).ok_or(Code::errno(libc::ENOTSOCK))
}

/// Runs an operation to its end in the calling thread.
pub fn run<M: Machine>(id: i64) -> Result<M::Output> {
    let pin = pin(id, Kind::Operation, Direction::None)?;
    let operation = operation_of(&pin)?;
    let mut call = Call::new(&pin, Direction::Read);
    loop {
        if let Some(output) = operation.step::<M>(pin.slot(), None)? {
            return Ok(output);
        }
        if let Err(code) = call.wait_sign(pin.fd()) {
            // It may have come to something in the last moment.
            return operation.step::<M>(pin.slot(), Some(code))?.ok_or(code);
        }
    }
}

/// Has an operation's descriptor become readable, because its limits are others now.
fn nudge(pin: &Pin) {
    if let Ok(operation) = operation_of(pin) {
        if !operation.watch.is_foreign() {
            sys::signal(operation.watch.news());
        }
    }
}

/// Pins a socket or an operation, for what both have: limits and a descriptor.
pub fn pin_limited(id: i64) -> Result<Pin> {
    match pin(id, Kind::Socket, Direction::None) {
        Err(code) if code == Code::errno(libc::ENOTSOCK) => pin(id, Kind::Operation, Direction::None),
        result => result,
    }
}

/// Tells an operation of its new limits; a socket's waits hear of them by themselves.
pub fn limits_changed(pin: &Pin) {
    if pin.slot().word().is_kind(Kind::Operation) {
        nudge(pin);
    }
}
