//! The waits of a call that uses two descriptors: the limits of both sides hold, and a close of either ends it.
//!
//! The rules are those of [`super::super::wait`]: the state is read after the lists of waiters are entered; readiness
//! that tries do not confirm is spurious, and then only new events count.

use crate::net::error::Code;
use crate::net::handle::{Direction, NoForkGuard, Pin, Token, Waiter};
use crate::net::interrupt;
use crate::net::kernel_limit;
use crate::net::time::{self, Nanos};
use crate::sys::{self, Edge, Errno, PollFd};
use libc::{POLLIN, POLLOUT};

/// As in `wait`.
const UNWAKEABLE_SLICE: Nanos = Nanos::from_millis(10);
const UNPROVED_SLICE: Nanos = Nanos::from_millis(100);
const SPURIOUS_AFTER: u32 = 2;
/// Where readiness is spurious and there is no descriptor for new events.
const PAUSE: Nanos = Nanos::from_millis(5);

/// The directions in which a call uses a socket.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Uses {
    Read,
    Write,
    Both,
}

impl Uses {
    fn directions(self) -> &'static [Direction] {
        match self {
            Uses::Read => &[Direction::Read],
            Uses::Write => &[Direction::Write],
            Uses::Both => &[Direction::Read, Direction::Write],
        }
    }
}

/// One of the two descriptors.
pub struct Side<'a> {
    fd: i32,
    /// Of a socket: what keeps it open and whose limits hold. The caller's own descriptors have none.
    socket: Option<(&'a Pin, Uses)>,
    /// Waits that ended with readiness, since a try has last succeeded.
    unconfirmed: u32,
    /// Reports new events, where readiness is spurious; with the process that made it.
    edge: Option<(Edge, u32)>,
}

impl<'a> Side<'a> {
    /// A socket.
    pub fn socket(pin: &'a Pin, uses: Uses) -> Side<'a> {
        Side { fd: pin.fd(), socket: Some((pin, uses)), unconfirmed: 0, edge: None }
    }

    /// A descriptor of the caller.
    pub fn descriptor(fd: i32) -> Side<'a> {
        Side { fd, socket: None, unconfirmed: 0, edge: None }
    }

    fn deadline(&self) -> Nanos {
        let Some((pin, uses)) = self.socket else { return Nanos::FOREVER };
        uses.directions().iter().map(|&direction| pin.deadline(direction)).min().unwrap_or(Nanos::FOREVER)
    }

    fn is_closing(&self) -> bool {
        self.socket.is_some_and(|(pin, _)| pin.is_closing())
    }

    fn waiter(&self) -> Option<Waiter<'a>> {
        let (pin, uses) = self.socket?;
        Waiter::enlist_for(pin, uses.directions().iter().fold(0, |bits, &direction| bits | direction as u32))
    }

    /// SO_RCVTIMEO or SO_SNDTIMEO in blocking mode.
    fn kernel_limit(&self) -> Nanos {
        let Some((pin, uses)) = self.socket else { return Nanos::FOREVER };
        let slot = pin.slot();
        if slot.timeout() != Nanos::FOREVER {
            return Nanos::FOREVER;
        }
        let read = |&direction: &Direction| match slot.limits_are_own() {
            true => slot.kernel_limit(direction),
            false => kernel_limit::refresh(slot, direction),
        };
        uses.directions().iter().map(read).min().unwrap_or(Nanos::FOREVER)
    }

    /// What poll looks at, for these events; an event of `None` is not waited for.
    fn polled(&self, events: Option<i16>) -> PollFd {
        match (events, &self.edge) {
            (None, _) => PollFd::new(-1, 0),
            (Some(_), Some((edge, _))) => PollFd::new(edge.fd(), POLLIN),
            (Some(events), None) => PollFd::new(self.fd, events),
        }
    }

    /// Goes by new events from now on, if readiness has proved spurious. False: for that there is no descriptor.
    fn look_apart(&mut self) -> bool {
        let process = sys::process_epoch();
        if self.unconfirmed < SPURIOUS_AFTER || self.edge.as_ref().is_some_and(|(_, of)| *of == process) {
            return true;
        }
        let _no_fork = NoForkGuard::enter();
        self.edge = Edge::new(self.fd, POLLIN | POLLOUT).ok().map(|edge| (edge, process));
        self.edge.is_some()
    }

    fn found(&mut self, level: i16) -> i16 {
        let found = match &self.edge {
            Some((edge, _)) if level != 0 => edge.take(),
            _ => level,
        };
        self.unconfirmed += u32::from(found != 0);
        found
    }
}

/// Why a call on two descriptors ended, and at which of them, if at one.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    pub code: Code,
    pub side: Option<usize>,
}

impl From<Code> for Stop {
    fn from(code: Code) -> Stop {
        Stop { code, side: None }
    }
}

/// A call on two descriptors, at its beginning.
pub struct Joint<'a> {
    sides: [Side<'a>; 2],
    /// The shorter timeout of the two, from the modes when the call began; and whose it is.
    timeout: (Nanos, usize),
    /// The same of SO_RCVTIMEO and SO_SNDTIMEO, read before the first wait, in calls that obey them.
    kernel_limit: Option<(Nanos, usize)>,
    obeys_kernel_limits: bool,
    began: Option<Nanos>,
    proved: bool,
}

/// The smaller of two limits, and whose it is.
fn smaller(of: [Nanos; 2]) -> (Nanos, usize) {
    if of[1] < of[0] { (of[1], 1) } else { (of[0], 0) }
}

impl<'a> Joint<'a> {
    pub fn new(sides: [Side<'a>; 2], obeys_kernel_limits: bool) -> Joint<'a> {
        let timeout = |side: &Side| side.socket.map_or(Nanos::FOREVER, |(pin, _)| pin.slot().timeout());
        let timeout = smaller([timeout(&sides[0]), timeout(&sides[1])]);
        Joint { sides, timeout, kernel_limit: None, obeys_kernel_limits, began: None, proved: false }
    }

    /// Whether one of the sockets is in non-blocking mode.
    pub fn is_nonblocking(&self) -> bool {
        self.timeout.0 == Nanos::ZERO
    }

    /// Says that a try on one side has succeeded.
    pub fn confirm(&mut self, side: usize) {
        let side = &mut self.sides[side];
        if side.unconfirmed != 0 {
            (side.unconfirmed, side.edge) = (0, None);
        }
    }

    fn check_closing(&self) -> Step<()> {
        match self.sides.iter().position(Side::is_closing) {
            Some(side) => Err(Stop { code: Code::CLOSED, side: Some(side) }),
            None => Ok(()),
        }
    }

    /// Between two steps: what must end a call ends also one that never has to wait.
    pub fn check(&mut self) -> Step<()> {
        self.check_closing()?;
        let span = match self.timeout.0 {
            Nanos::FOREVER | Nanos::ZERO => Nanos::FOREVER,
            // A call that never has to wait has a timeout as well.
            timeout => self.began.get_or_insert_with(time::now).after(timeout),
        };
        let mut end = (span, self.timeout.1);
        for (at, side) in self.sides.iter().enumerate() {
            let Some((pin, _)) = side.socket else { continue };
            if pin.slot().word().needs_attention() {
                pin.token().map_err(|code| Stop { code, side: Some(at) })?;
                let deadline = side.deadline();
                end = if deadline < end.0 { (deadline, at) } else { end };
            }
        }
        if end.0 != Nanos::FOREVER && end.0 <= time::now() {
            return Err(Stop { code: Code::TIMED_OUT, side: Some(end.1) });
        }
        Ok(())
    }

    /// What follows a system call that a signal interrupted.
    pub fn interrupted(&self) -> Step<()> {
        interrupt::run()?;
        self.check_closing()
    }

    /// When the call ends by the limits of its own, and with what.
    fn own_end(&mut self) -> (Nanos, Stop) {
        let kernel = match (self.kernel_limit, self.obeys_kernel_limits) {
            (Some(limit), _) => limit,
            (None, true) => smaller([self.sides[0].kernel_limit(), self.sides[1].kernel_limit()]),
            (None, false) => (Nanos::FOREVER, 0),
        };
        self.kernel_limit = Some(kernel);
        let (code, (span, side)) = match kernel.0 < self.timeout.0 {
            true => (Code::errno(libc::EAGAIN), kernel),
            false => (Code::TIMED_OUT, self.timeout),
        };
        let stop = Stop { code, side: Some(side) };
        if span == Nanos::FOREVER {
            return (span, stop);
        }
        (self.began.get_or_insert_with(time::now).after(span), stop)
    }

    /// Sleeps until one side is ready for its events (`None` of a side that does not matter), or until a moment:
    /// what was found, nothing at that moment.
    #[cold]
    pub fn wait(&mut self, events: [Option<i16>; 2], until: Nanos) -> Step<[i16; 2]> {
        let _errno = sys::KeptErrno::new();
        sys::settle_if_forked();
        let watched = [self.sides[0].look_apart(), self.sides[1].look_apart()];
        let mut pause_end = Nanos::FOREVER;
        let events = [0, 1].map(|side| events[side].filter(|_| watched[side]));
        if watched != [true; 2] {
            pause_end = time::now().after(PAUSE);
        }
        loop {
            if let Some(found) = self.sleep(events, until, pause_end)? {
                return Ok(found);
            }
        }
    }

    /// One sleep. `None`: the state is to be read again.
    fn sleep(&mut self, events: [Option<i16>; 2], until: Nanos, pause_end: Nanos) -> Step<Option<[i16; 2]>> {
        let (own_end, own) = self.own_end();
        let waiters = [self.sides[0].waiter(), self.sides[1].waiter()];
        self.check_closing()?;
        let mut tokens = [None, None];
        let mut end = (own_end, own);
        for (at, side) in self.sides.iter().enumerate() {
            if let Some((pin, _)) = side.socket {
                tokens[at] = pin.token().map_err(|code| Stop { code, side: Some(at) })?;
            }
            let deadline = side.deadline();
            if deadline <= end.0 && deadline != Nanos::FOREVER {
                end = (deadline, Stop { code: Code::TIMED_OUT, side: Some(at) });
            }
        }
        let mut timeout = None;
        let first = end.0.min(until).min(pause_end);
        if first != Nanos::FOREVER {
            let now = time::now();
            if end.0 <= now {
                return Err(end.1);
            }
            if first <= now {
                // All may be tried after a pause; nothing has come by the moment of the caller.
                return Ok(Some(if pause_end <= now { [POLLIN | POLLOUT; 2] } else { [0; 2] }));
            }
            timeout = Some(first - now);
        }
        let token_fds = [0, 1].map(|at| tokens[at].as_ref().and_then(Token::fd));
        let unwakeable = (0..2).any(|at| {
            self.sides[at].socket.is_some() && waiters[at].is_none()
                || tokens[at].is_some() && token_fds[at].is_none()
        });
        let unproved = !self.proved && timeout.is_none_or(|timeout| timeout > UNPROVED_SLICE);
        if unproved {
            timeout = Some(UNPROVED_SLICE);
        }
        if unwakeable {
            timeout = Some(timeout.unwrap_or(Nanos::FOREVER).min(UNWAKEABLE_SLICE));
        }
        let wake_fd = |at: usize| waiters[at].as_ref().map_or(-1, Waiter::wake_fd);
        let mut fds = [
            self.sides[0].polled(events[0]),
            self.sides[1].polled(events[1]),
            PollFd::new(wake_fd(0), POLLIN),
            PollFd::new(wake_fd(1), POLLIN),
            PollFd::new(token_fds[0].unwrap_or(-1), POLLIN),
            PollFd::new(token_fds[1].unwrap_or(-1), POLLIN),
        ];
        // The kernel refuses more places than the process may have descriptors.
        let used = match (&waiters, &token_fds) {
            (_, [Some(_), _] | [_, Some(_)]) => fds.len(),
            ([None, None], _) => 2,
            _ => 4,
        };
        let result = sys::poll(&mut fds[..used], timeout.map(|timeout| timeout.0));
        if unproved && result == Ok(0) {
            let own = waiters.iter().flatten().fold(true, |own, waiter| waiter.prove() & own);
            let pairs = tokens.iter().zip(token_fds);
            self.proved = pairs.fold(own, |own, pair| match pair {
                (Some(token), Some(fd)) => token.prove(fd) & own,
                _ => own,
            });
        }
        for (at, waiter) in waiters.into_iter().enumerate() {
            if let Some(waiter) = waiter {
                waiter.leave(fds[2 + at].found() != 0);
            }
            if let (Some(token), Some(fd)) = (&tokens[at], token_fds[at]) {
                token.note_ready(fd, fds[4 + at].found() != 0);
            }
        }
        drop(tokens); // before the hook runs, which may close them
        match result {
            Ok(_) => {
                let found = [0, 1].map(|at| self.sides[at].found(fds[at].found()));
                Ok((found != [0; 2]).then_some(found))
            }
            Err(Errno(libc::EINTR)) => self.interrupted().map(|()| None),
            Err(error) => Err(Code::from(error).into()),
        }
    }
}

/// For calls that report no side.
impl From<Stop> for Code {
    fn from(stop: Stop) -> Code {
        stop.code
    }
}

/// The result of a step that may end the call.
pub type Step<T> = std::result::Result<T, Stop>;
