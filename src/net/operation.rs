//! Operations: lookups and dials as state machines behind a handle.
//!
//! The handle's descriptor is readable when a step is due: a lookup has ended, an
//! attempt has, a moment has come, the token has fired. A step does what is due and never blocks. The
//! blocking calls are loops of steps and waits, so that both ways are one.

use super::error::{Code, Result};
use super::handle::{self, Direction, Id, Kind, NoForkGuard, Object, Pin, Slot, Token, pin};
use super::time::{self, Nanos};
use super::wait::Call;
use crate::sys::{self, EventCopy, Lock, LooseSocket, Threads};
use libc::POLLIN;
use std::any::Any;
use std::sync::Arc;

/// What ends an operation from outside.
#[derive(Clone, Copy)]
pub struct Limits {
    /// A moment.
    pub deadline: Nanos,
    /// A cancel token, or [`Id::NONE`].
    pub token: Id,
}

impl Limits {
    /// Of a span and a moment as a caller gave them, where 0 means not given; the earlier one holds.
    /// Without either the default timeout of the process limits the whole, unless that is 0.
    pub fn of(timeout: Nanos, deadline: Nanos, token: Id) -> Result<Limits> {
        if timeout.is_negative() {
            return Err(negative("timeout_ns", timeout));
        }
        if deadline.is_negative() {
            return Err(negative("deadline_ns", deadline));
        }
        let span = match (timeout, deadline) {
            (Nanos::ZERO, Nanos::ZERO) => match super::mode::default_timeout() {
                Nanos::ZERO => Nanos::FOREVER,
                default => default,
            },
            (Nanos::ZERO, _) => Nanos::FOREVER,
            (given, _) => given.clamped(),
        };
        let end = if span == Nanos::FOREVER { span } else { time::now().after(span) };
        let deadline = if deadline == Nanos::ZERO { end } else { deadline.clamped().min(end) };
        Limits { deadline, token }.checked()
    }

    /// Of a span alone, as for `sock_settimeout`; but 0 here is a lookup that has no time.
    pub fn span(timeout: Nanos) -> Result<Limits> {
        if timeout.is_negative() {
            return Err(negative("timeout_ns", timeout));
        }
        let forever = timeout >= Nanos::FOREVER;
        let deadline = if forever { Nanos::FOREVER } else { time::now().after(timeout) };
        Ok(Limits { deadline, token: Id::NONE })
    }

    fn checked(self) -> Result<Limits> {
        if self.token != Id::NONE {
            drop(pin(self.token, Kind::Cancel, None)?);
        }
        Ok(self)
    }
}

#[cold]
fn negative(field: &str, span: Nanos) -> Code {
    Code::errno(libc::EINVAL).because(format_args!("{field}: {} is negative", span.0))
}

/// The code for an operation of the parent in the child of a fork.
#[cold]
pub fn foreign() -> Code {
    Code::errno(libc::ESTALE).because(format_args!("operation: it was begun by the parent of this process"))
}

/// The code for an operation that has lost its descriptors.
#[cold]
fn lost() -> Code {
    Code::errno(libc::EBADF).because(format_args!("operation: the program has closed its descriptors"))
}

/// The code for an operation whose result was already taken.
#[cold]
pub fn already_taken() -> Code {
    Code::errno(libc::EINVAL).because(format_args!("operation: its result has been taken"))
}

/// The descriptors behind an operation's own.
pub struct Watch {
    /// What makes the operation's descriptor readable; from outside, when a lookup has ended or the limits change.
    set: sys::WatchSet,
    /// The token that is watched, by a descriptor of our own: closing a token fires it first, and a
    /// closed descriptor would leave the set with its event.
    token: Lock<(Id, Option<EventCopy>)>,
    process: u32,
}

impl Watch {
    /// A watch, and the descriptor that goes into the slot.
    pub fn new() -> Result<(Watch, sys::EventFd)> {
        let (set, fd) = sys::WatchSet::new()?;
        let watch = Watch { set, token: Lock::new((Id::NONE, None)), process: sys::process_epoch() };
        Ok((watch, fd))
    }

    /// The descriptor that the pool signals.
    pub fn wake_fd(&self) -> i32 {
        self.set.wake_fd()
    }

    /// Has the operation's descriptor become readable with a socket.
    pub fn add(&self, socket: &LooseSocket, events: i16) -> Result<()> {
        Ok(self.set.add(socket.number(), events)?)
    }

    /// Ends [`Watch::add`] before the socket is closed.
    pub fn remove(&self, socket: &LooseSocket) {
        self.forget(socket.number());
    }

    /// Takes a descriptor out before it is closed: a child of a fork may keep a duplicate open, with which
    /// the kernel would keep the entry. A child leaves the parent's set alone.
    fn forget(&self, fd: i32) {
        if !self.is_foreign() && !self.set.is_lost() {
            self.set.remove(fd);
        }
    }

    /// In the child of a fork: closes the descriptors by number.
    fn close_descriptors(&self) {
        let watched = self.token.try_lock();
        watched.as_ref().and_then(|watched| watched.1.as_ref()).inspect(|token| token.close_copy());
        self.set.close_descriptors();
    }

    /// Whether the operation belongs to the parent of this process.
    pub fn is_foreign(&self) -> bool {
        self.process != sys::process_epoch()
    }

    /// Begins a step: takes the news, obeys the limits, and watches the token.
    pub fn begin(&self, slot: &Slot) -> Result<()> {
        if self.is_foreign() {
            return Err(foreign());
        }
        if self.set.is_lost() {
            return Err(lost());
        }
        self.set.begin();
        let id = slot.token();
        let mut watched = self.token.lock();
        if watched.0 != id {
            if let Some(fd) = watched.1.take() {
                self.forget(fd.number());
            }
            let token = if id == Id::NONE { None } else { Token::pin(id) };
            if let Some(fd) = token.as_ref().and_then(Token::fd) {
                let fd = EventCopy::new(fd)?;
                self.set.add(fd.number(), POLLIN)?;
                watched.1 = Some(fd);
            }
            watched.0 = id;
        }
        drop(watched);
        // It was alive when it was attached; one that is gone has fired first.
        if id != Id::NONE && Token::pin(id).is_none_or(|token| token.has_fired()) {
            return Err(Code::CANCELED);
        }
        if slot.deadline(Direction::Read) <= time::now() {
            return Err(Code::TIMED_OUT);
        }
        Ok(())
    }

    /// Ends a step that leaves the operation in progress: `due` is when the next one is, at the latest.
    pub fn end(&self, slot: &Slot, due: Nanos) -> Result<()> {
        let at = due.min(slot.deadline(Direction::Read));
        Ok(self.set.arm((at != Nanos::FOREVER).then_some(at.0))?)
    }
}

/// A state machine behind a handle.
pub trait Machine: Any + Send + Sync {
    /// Its result.
    type Output;

    /// Does what is due; `None` while in progress. `limit` is what has ended the operation from outside:
    /// the machine cleans up and returns it.
    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<Self::Output>>;

    /// In the child of a fork: closes what it has open, by number.
    fn close_descriptors(&self) {}
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
    /// The record of the thread that runs it in a blocking call, whose handle no one else knows; 0 is none.
    runner: u32,
    close_descriptors: fn(&(dyn Any + Send + Sync)),
}

impl Object for Operation {
    /// Its calls wait on the handle, which wakes them.
    fn closing(&self) {}

    /// What is under way ends with the object itself.
    fn finish(&self) -> Result<()> {
        Ok(())
    }

    /// Makes the operation's descriptor readable: a step obeys the new limits.
    fn limits_changed(&self) {
        if !self.watch.is_foreign() {
            sys::signal(self.watch.wake_fd());
        }
    }

    /// Nothing of the parent's is touched: every call of this process looks whose it is.
    fn forked(&self) {}

    fn is_orphan(&self, record: u32) -> bool {
        self.runner != 0 && self.runner != record
    }

    fn close_descriptors(&self) {
        (self.close_descriptors)(&*self.machine);
        self.watch.close_descriptors();
    }

    fn any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// The operation behind a pin; dropped before it, so that all is over when a close returns.
fn operation_of(pin: &Pin) -> Result<Arc<Operation>> {
    handle::object(pin)
}

impl Operation {
    fn step<M: Machine>(&self, slot: &Slot, limit: Option<Code>) -> Result<Option<M::Output>> {
        let Some(machine) = self.machine.downcast_ref::<M>() else {
            return Err(Id::wrong_kind());
        };
        if self.watch.is_foreign() {
            return Err(foreign());
        }
        // A step makes and closes descriptors, and waits for nothing.
        let _no_fork = NoForkGuard::enter();
        let limit = limit.or(self.watch.begin(slot).err());
        machine.step(&Step { watch: &self.watch, slot }, limit)
    }
}

/// Opens the handle of a machine, which `make` starts. Its descriptor is readable from the beginning:
/// the first step watches the token and sets the timer.
pub fn start<M: Machine>(limits: Limits, make: impl FnOnce(&Watch) -> Result<M>) -> Result<Id> {
    start_as(false, limits, make)
}

/// As [`start`], with `blocking` for a call that runs the operation to its end in this thread and gives its
/// handle to no one.
pub fn start_as<M: Machine>(
    blocking: bool,
    limits: Limits,
    make: impl FnOnce(&Watch) -> Result<M>,
) -> Result<Id> {
    let runner = if blocking { Threads::current().number() } else { 0 };
    handle::watch_forks()?;
    let no_fork = NoForkGuard::enter();
    let (watch, fd) = Watch::new()?;
    let machine = Box::new(make(&watch)?);
    sys::signal(watch.wake_fd());
    let close_descriptors = |machine: &(dyn Any + Send + Sync)| {
        machine.downcast_ref().inspect(|machine| M::close_descriptors(machine));
    };
    let operation = Arc::new(Operation { machine, watch, runner, close_descriptors });
    let (id, slot) = handle::open_object_with(Kind::Operation, fd, operation)?;
    drop(no_fork);
    slot.set_first_limits(limits.deadline, limits.token);
    Ok(id)
}

/// One step of an operation; `None` while it is in progress.
pub fn step<M: Machine>(id: Id) -> Result<Option<M::Output>> {
    let pin = pin(id, Kind::Operation, None)?;
    operation_of(&pin)?.step::<M>(pin.slot(), None)
}

/// Looks at the machine of an operation.
pub fn look<M: Machine, T>(id: Id, at: impl FnOnce(&M) -> T) -> Result<T> {
    let pin = pin(id, Kind::Operation, None)?;
    let operation = operation_of(&pin)?;
    if operation.watch.is_foreign() {
        return Err(foreign());
    }
    operation.machine.downcast_ref::<M>().map(at).ok_or(Id::wrong_kind())
}

/// Runs an operation to its end in the calling thread.
pub fn run<M: Machine>(id: Id) -> Result<M::Output> {
    let pin = pin(id, Kind::Operation, None)?;
    let operation = operation_of(&pin)?;
    let mut call = Call::new(&pin, Direction::Read);
    loop {
        if let Some(output) = operation.step::<M>(pin.slot(), None)? {
            return Ok(output);
        }
        if let Err(code) = call.wait_signalled(pin.fd()) {
            // It may have come to something in the last moment.
            return operation.step::<M>(pin.slot(), Some(code))?.ok_or(code);
        }
    }
}
