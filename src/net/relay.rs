//! relay: bytes between two connected sockets in both directions, until both have ended.
//!
//! Each direction is a [`Way`]. It ends when its source has ended, which is handed on (SHUT_WR), or when a socket
//! fails. A socket that cannot be read ends both ways; after one that cannot be written the other way goes on, because
//! the peer may have sent something before.

use super::error::{Code, Result};
use super::handle::{Direction, Id, Pin};
use super::splice::{End, Joint, Lane, Side, Spare, Step, Stop, Target, Uses, pin_stream};
use super::time::{self, Nanos};
use crate::sys::{self, Errno, NoPipeSignal};
use libc::{EAGAIN, EINTR, EINVAL, EPIPE, POLLERR, POLLHUP, POLLIN, POLLOUT, SHUT_WR};

/// After a try that brought less, poll says whether there is more: sooner than a try that finds nothing.
const SHORT: usize = 4096;

/// What became of one direction.
#[derive(Clone, Copy, Default)]
pub struct WayCount {
    /// Bytes that the target accepted.
    pub moved: u64,
    /// Bytes that were taken from the source and that the target did not accept.
    pub lost: u64,
    /// The end of the source was handed on.
    pub ended: bool,
}

/// What became of both, from the first socket and from the second; and at which socket the call failed.
#[derive(Default)]
pub struct Outcome {
    pub ways: [WayCount; 2],
    pub failed: Option<usize>,
}

/// One direction. It reads on when everything has gone that it had read.
struct Way<'a> {
    source: usize,
    from: End<'a>,
    target: Target<'a>,
    lane: Lane,
    is_over: bool,
    count: WayCount,
    /// A try could find something to read.
    is_readable: bool,
    is_writable: bool,
    /// Poll has reported something to read.
    promised: bool,
}

impl<'a> Way<'a> {
    fn new(source: usize, pins: [&'a Pin; 2]) -> Way<'a> {
        Way {
            source,
            from: End::new(pins[source].slot()),
            target: Target::Socket(End::new(pins[1 - source].slot())),
            lane: Lane::default(),
            is_over: false,
            count: WayCount::default(),
            is_readable: true,
            is_writable: true,
            promised: false,
        }
    }

    fn abandon(&mut self) {
        self.count.lost += self.lane.discard() as u64;
        self.is_over = true;
    }

    fn wants_to_read(&self) -> bool {
        !self.is_over && self.lane.is_empty()
    }
}

struct Job<'a> {
    pins: [&'a Pin; 2],
    joint: Joint<'a>,
    ways: [Way<'a>; 2],
    spare: Spare,
    quiet: NoPipeSignal,
    /// The first failure of a socket.
    failure: Option<Stop>,
    /// Sides whose failure poll can report while nothing else is waited for.
    shows_errors: [bool; 2],
    idle: Nanos,
    /// Something moved since the last wait.
    active: bool,
    idle_end: Nanos,
}

/// Relays until both directions have ended, or something ends the call.
pub fn relay(a: Id, b: Id, idle: Nanos, outcome: &mut Outcome) -> Result<i32> {
    let refused = |field: &str, why: &str| Code::errno(EINVAL).because(format_args!("{field}: {why}"));
    if idle.is_negative() {
        return Err(refused("idle_ns", "negative"));
    }
    let a_pin = pin_stream(a, Direction::Read, "a")?;
    let b_pin = pin_stream(b, Direction::Read, "b")?;
    if a == b {
        return Err(refused("b", "the same handle as a"));
    }
    let pins = [&a_pin, &b_pin];
    for (pin, field) in pins.into_iter().zip(["a", "b"]) {
        if pin.slot().timeout() == Nanos::ZERO {
            return Err(refused(field, "in non-blocking mode"));
        }
    }
    let joint = Joint::new(pins.map(|pin| Side::socket(pin, Uses::Both)), false);
    let mut job = Job {
        pins,
        joint,
        ways: [Way::new(0, pins), Way::new(1, pins)],
        spare: Spare::default(),
        quiet: NoPipeSignal::new(),
        failure: None,
        shows_errors: [true; 2],
        idle: idle.clamped(),
        active: true,
        idle_end: Nanos::FOREVER,
    };
    let ended = job.run();
    job.ways.iter_mut().for_each(Way::abandon);
    outcome.ways = job.ways.each_ref().map(|way| way.count);
    match ended {
        Ok(()) => Ok(0),
        Err(stop) => {
            outcome.failed = stop.side;
            Err(match stop.side {
                Some(side) if stop.code.raw() > -4096 => {
                    stop.code.because(format_args!("{}: the relay ended here", ["a", "b"][side]))
                }
                _ => stop.code,
            })
        }
    }
}

impl Job<'_> {
    fn run(&mut self) -> Step<()> {
        self.joint.check()?;
        loop {
            let moved = [self.step(0)?, self.step(1)?];
            if self.ways.iter().all(|way| way.is_over) {
                return self.failure.map_or(Ok(()), Err);
            }
            match moved {
                [false, false] => self.wait()?,
                _ => {
                    self.active = true;
                    self.joint.check()?;
                }
            }
        }
    }

    /// Moves what can be moved one way: whether anything happened.
    fn step(&mut self, at: usize) -> Step<bool> {
        let Job { joint, ways, spare, .. } = self;
        let way = &mut ways[at];
        way.count.lost += way.lane.forget_foreign() as u64;
        let (source, target) = (way.source, 1 - way.source);
        let mut happened = false;
        if way.wants_to_read() && way.is_readable {
            happened = true;
            match way.lane.fill(&mut way.from, &way.target, usize::MAX, way.promised, spare) {
                Ok(count) => {
                    (way.promised, way.is_readable) = (false, count >= SHORT);
                    joint.confirm(source);
                    if count == 0 {
                        self.source_ended(at);
                        return Ok(true);
                    }
                }
                Err(Errno(EAGAIN)) => (way.is_readable, happened) = (false, false),
                Err(Errno(EINTR)) => joint.interrupted()?,
                Err(error) => {
                    self.source_failed(at, error);
                    return Ok(true);
                }
            }
        }
        let way = &mut self.ways[at];
        if !way.lane.is_empty() && way.is_writable {
            happened = true;
            match way.lane.drain(&mut way.target, &mut self.spare) {
                Ok(count) => {
                    way.count.moved += count as u64;
                    way.is_writable = way.lane.is_empty();
                    self.joint.confirm(target);
                }
                Err(Errno(EAGAIN)) => (way.is_writable, happened) = (false, false),
                Err(Errno(EINTR)) => self.joint.interrupted()?,
                Err(error) => {
                    self.target_failed(at, error);
                    return Ok(true);
                }
            }
        }
        Ok(happened)
    }

    /// Hands on the end of a source.
    fn source_ended(&mut self, at: usize) {
        let way = &mut self.ways[at];
        way.is_over = true;
        // After a failure of the same socket it may be the end of a broken connection, not of its data.
        if self.failure.is_none_or(|stop| stop.side != Some(way.source)) {
            // Where the target's connection is gone, the other way meets that.
            way.count.ended = sys::shutdown(self.pins[1 - way.source].fd(), SHUT_WR).is_ok();
        }
    }

    fn note_failure(&mut self, code: Code, side: usize) {
        self.failure.get_or_insert(Stop { code, side: Some(side) });
    }

    /// A socket that cannot be read any more is of no use to the other way either.
    fn source_failed(&mut self, at: usize, error: Errno) {
        self.note_failure(error.into(), self.ways[at].source);
        self.ways.iter_mut().for_each(Way::abandon);
    }

    fn target_failed(&mut self, at: usize, error: Errno) {
        if error == Errno(EPIPE) {
            self.quiet.raised();
        }
        let side = 1 - self.ways[at].source;
        self.note_failure(error.into(), side);
        self.ways[at].abandon();
    }

    /// The events that a side is waited for with: those that its two ways need. Where they need none, but one still
    /// goes to the side, only failures.
    fn events(&self, side: usize) -> Option<i16> {
        let (out, into) = (&self.ways[side], &self.ways[1 - side]);
        let reads = if out.wants_to_read() { POLLIN } else { 0 };
        let writes = if into.lane.is_empty() { 0 } else { POLLOUT };
        match reads | writes {
            0 => (!into.is_over && self.shows_errors[side]).then_some(0),
            events => Some(events),
        }
    }

    fn wait(&mut self) -> Step<()> {
        if std::mem::take(&mut self.active) && self.idle != Nanos::FOREVER {
            self.idle_end = time::now().after(self.idle);
        }
        let events = [self.events(0), self.events(1)];
        let found = self.joint.wait(events, self.idle_end)?;
        if found == [0; 2] {
            let idle = self.idle.0;
            let code = Code::TIMED_OUT.because(format_args!("idle_ns: nothing moved for {idle} ns"));
            return Err(code.into());
        }
        for (side, found) in found.into_iter().enumerate() {
            if events[side] == Some(0) && found != 0 {
                self.look_at_error(side);
                continue;
            }
            if found & !POLLOUT != 0 {
                let way = &mut self.ways[side];
                way.is_readable = true;
                way.promised = found & POLLIN != 0;
            }
            if found & (POLLOUT | POLLERR | POLLHUP) != 0 {
                self.ways[1 - side].is_writable = true;
            }
        }
        Ok(())
    }

    /// Something happened to a socket that is only written to: it may have failed. Messages in its error queue, and
    /// a peer that has closed, are no failures.
    fn look_at_error(&mut self, side: usize) {
        match sys::getsockopt_int(self.pins[side].fd(), libc::SOL_SOCKET, libc::SO_ERROR) {
            Ok(error) if error > 0 => self.target_failed(1 - side, Errno(error)),
            _ => self.shows_errors[side] = false,
        }
    }
}
