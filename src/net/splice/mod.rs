//! splice: bytes from a socket to another descriptor without passing through the program.
//!
//! What a pipe between two descriptors has taken cannot be given back. Calls that wait give it to the target before
//! they take more; those of the non-blocking mode look at the bytes, and take what has gone.

mod joint;
mod lane;

pub(super) use joint::{Joint, Side, Step, Stop, Uses};
pub(super) use lane::{End, Lane, Spare, Target};

use super::error::{Code, Result};
use super::handle::{Direction, Id, Kind, Pin, pin};
use super::time::Nanos;
use crate::sys::{self, Errno, NoPipeSignal, Source};
use libc::{EAGAIN, EINTR, EINVAL, EPIPE, MSG_DONTWAIT, MSG_PEEK, POLLIN, POLLOUT};

/// Until the end.
const ALL: i64 = -1;
/// The position of a file is where it is.
const CURRENT: i64 = -1;
/// Of what non-blocking calls look at.
const LOOK: usize = 64 << 10;
/// A pipe that is writable has room for so much.
const PIPE_ROOM: usize = 4096;

fn refused(field: &str, why: &str) -> Code {
    Code::errno(EINVAL).because(format_args!("{field}: {why}"))
}

/// Pins one of two sockets, and names it where it is at fault.
pub(super) fn pin_stream(id: Id, direction: Direction, field: &str) -> Result<Pin> {
    let pin = pin(id, Kind::Socket, Some(direction)).map_err(|code| match code {
        code if code == Id::stale() => code.because(format_args!("{field}: no live handle")),
        code if code == Id::wrong_kind() => code.because(format_args!("{field}: not a socket")),
        code => code,
    })?;
    match pin.slot().socket_type() {
        libc::SOCK_STREAM => Ok(pin),
        other => Err(Code::errno(EINVAL)
            .because(format_args!("{field}: of type {other}, where only SOCK_STREAM will do"))),
    }
}

fn check_count(count: i64) -> Result<()> {
    if count <= 0 && count != ALL { Err(refused("count", "neither positive nor -1")) } else { Ok(()) }
}

/// What has moved, also of a call that fails: taken from the socket, and accepted by the target.
#[derive(Clone, Copy, Default, Debug)]
pub struct Moved {
    pub taken: i64,
    pub given: i64,
}

/// From one socket to another.
pub fn sockets(from: Id, to: Id, count: i64, moved: &mut Moved) -> Result<i64> {
    check_count(count)?;
    let from_pin = pin_stream(from, Direction::Read, "from")?;
    let to_pin = pin_stream(to, Direction::Write, "to")?;
    if from == to {
        return Err(refused("to", "the same handle as from"));
    }
    let sides = [Side::socket(&from_pin, Uses::Read), Side::socket(&to_pin, Uses::Write)];
    let target = Target::Socket(End::new(to_pin.slot()));
    let mut job = Job::new(Joint::new(sides, true), End::new(from_pin.slot()), target, count, moved);
    if job.joint.is_nonblocking() { job.look_and_send(&to_pin) } else { job.run() }?;
    Ok(moved.given)
}

/// From a socket to a file or pipe, at a position or at that of the file.
pub fn to_fd(from: Id, fd: i32, offset: i64, count: i64, moved: &mut Moved) -> Result<i64> {
    check_count(count)?;
    if offset < CURRENT {
        return Err(refused("offset", "below -1"));
    }
    let from_pin = pin_stream(from, Direction::Read, "from")?;
    if fd < 0 {
        return Err(Code::errno(libc::EBADF).because(format_args!("fd: {fd} is negative")));
    }
    let target = match sys::source(fd)? {
        Source::Regular(_) | Source::Seekable => Target::File(fd, (offset != CURRENT).then_some(offset)),
        Source::Pipe if offset > 0 => {
            return Err(Code::errno(libc::ESPIPE).because(format_args!("offset: {fd} has no positions")));
        }
        Source::Pipe => Target::Pipe(fd),
        Source::Flowing => return Err(refused("fd", "neither a file nor a pipe")),
    };
    // Not only when something has been taken that cannot be written: it would be lost.
    if sys::is_read_only(fd)? {
        return Err(Code::errno(libc::EBADF).because(format_args!("fd: {fd} is not open for writing")));
    }
    let sides = [Side::socket(&from_pin, Uses::Read), Side::descriptor(fd)];
    let mut job = Job::new(Joint::new(sides, true), End::new(from_pin.slot()), target, count, moved);
    job.run()?;
    Ok(moved.given)
}

struct Job<'a, 'm> {
    joint: Joint<'a>,
    from: End<'a>,
    target: Target<'a>,
    count: i64,
    moved: &'m mut Moved,
    lane: Lane,
    spare: Spare,
    quiet: NoPipeSignal,
    /// Poll has reported something to read.
    promised: bool,
}

const FROM: usize = 0;
const TO: usize = 1;

impl<'a, 'm> Job<'a, 'm> {
    fn new(joint: Joint<'a>, from: End<'a>, target: Target<'a>, count: i64, moved: &'m mut Moved) -> Self {
        let (lane, spare, quiet) = (Lane::default(), Spare::default(), NoPipeSignal::new());
        Job { joint, from, target, count, moved, lane, spare, quiet, promised: false }
    }

    /// How many bytes may still be taken; `None` when there are none.
    fn left(&self) -> Option<usize> {
        let left = if self.count == ALL { i64::MAX } else { self.count - self.moved.taken };
        (left > 0).then_some(left as usize)
    }

    fn wait(&mut self, side: usize) -> Step<()> {
        if self.joint.is_nonblocking() {
            return Err(Stop { code: Code::errno(EAGAIN), side: Some(side) });
        }
        let events = if side == FROM { [Some(POLLIN), None] } else { [None, Some(POLLOUT)] };
        let found = self.joint.wait(events, Nanos::FOREVER)?;
        self.promised |= found[FROM] & POLLIN != 0;
        Ok(())
    }

    /// What follows a try on one side that failed.
    fn retry(&mut self, error: Errno, side: usize) -> Step<()> {
        match error {
            Errno(EAGAIN) => self.wait(side),
            Errno(EINTR) => self.joint.interrupted(),
            error => {
                if error == Errno(EPIPE) {
                    self.quiet.raised();
                }
                Err(Stop { code: error.into(), side: Some(side) })
            }
        }
    }

    fn took(&mut self, count: usize) {
        self.moved.taken += count as i64;
        self.promised = false;
        self.joint.confirm(FROM);
    }

    fn gave(&mut self, count: usize) -> Step<()> {
        self.moved.given += count as i64;
        self.joint.confirm(TO);
        if self.left().is_some() { self.joint.check() } else { Ok(()) }
    }

    /// Moves bytes until all have gone. In non-blocking mode, as many as go at once.
    fn run(&mut self) -> Result<()> {
        match self.steps() {
            Err(stop) if self.went_nonblocking(stop.code) => Ok(()),
            other => Ok(other?),
        }
    }

    fn went_nonblocking(&self, code: Code) -> bool {
        self.joint.is_nonblocking() && self.moved.given > 0 && code == Code::errno(EAGAIN)
    }

    fn steps(&mut self) -> Step<()> {
        loop {
            self.lane.forget_foreign();
            if self.lane.is_empty() {
                let Some(most) = self.left() else { return Ok(()) };
                let taken = match self.target {
                    Target::Pipe(fd) => self.take_for_pipe(fd, most),
                    _ => self.fill(most),
                };
                match taken {
                    Ok(0) => return Ok(()),
                    Ok(_) if self.lane.is_empty() => continue,
                    Ok(_) => {}
                    Err(stop) => return Err(stop),
                }
            }
            match self.lane.drain(&mut self.target, &mut self.spare) {
                Ok(count) => self.gave(count)?,
                Err(error) => self.retry(error, TO)?,
            }
        }
    }

    /// Fills the lane, after a wait if need be.
    fn fill(&mut self, most: usize) -> Step<usize> {
        loop {
            let filled = self.lane.fill(&mut self.from, &self.target, most, self.promised, &mut self.spare);
            match filled {
                Ok(count) => {
                    self.took(count);
                    return Ok(count);
                }
                Err(error) => self.retry(error, FROM)?,
            }
        }
    }

    /// Into the caller's pipe directly, where that is possible: nothing is between them that could be lost.
    fn take_for_pipe(&mut self, fd: i32, most: usize) -> Step<usize> {
        while self.from.can_splice() {
            match self.from.splice(|socket| sys::splice_into(fd, socket, most.min(LOOK))) {
                None => break,
                Some(Ok(count)) => {
                    self.took(count);
                    self.gave(count)?;
                    return Ok(count);
                }
                Some(Err(Errno(EAGAIN))) if !sys::is_writable(fd) => self.wait(TO)?,
                // Urgent data, which splice does not pass.
                Some(Err(Errno(EAGAIN))) if self.promised => break,
                Some(Err(error)) => self.retry(error, FROM)?,
            }
        }
        // Without splice nothing is taken that there is no room for.
        if (self.joint.is_nonblocking() || !sys::HAS_SPLICE) && !sys::is_writable(fd) {
            self.wait(TO)?;
        }
        self.fill(most.min(PIPE_ROOM))
    }

    /// In non-blocking mode from socket to socket: nothing is taken that has not gone.
    fn look_and_send(&mut self, to: &Pin) -> Result<()> {
        let mut room = sys::memory::filled(0, self.left().unwrap_or(0).min(LOOK))?;
        let (source, target, flags) = (self.from.slot().fd(), to.fd(), to.slot().send_flags());
        while let Some(left) = self.left() {
            let most = left.min(room.len());
            let step = || {
                let seen = sys::recv_over(source, &mut room[..most], MSG_DONTWAIT | MSG_PEEK);
                let seen = seen.outcome().unwrap_or(Ok(0))?;
                if seen == 0 {
                    return Ok(0);
                }
                let sent = sys::send(target, &room[..seen], flags).outcome().unwrap_or(Ok(0))?;
                let taken = sys::recv_over(source, &mut room[..sent], MSG_DONTWAIT).outcome();
                // Fewer where another thread has received meanwhile.
                self.moved.taken += taken.and_then(sys::Result::ok).unwrap_or(0) as i64;
                self.moved.given += sent as i64;
                Ok(sent)
            };
            let mut step = step;
            match step() {
                Ok(0) => return Ok(()),
                Ok(_) if self.left().is_some() => self.joint.check()?,
                Ok(_) => {}
                Err(Errno(EAGAIN)) if self.moved.given > 0 => return Ok(()),
                Err(Errno(EINTR)) => self.joint.interrupted()?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
