//! Waiting: one system call is tried, and only when it would block does the thread sleep, on the
//! descriptor, its own wake-up and the cancel token together.

use super::cancel::Token;
use super::error::{Code, Result};
use super::handle::{self, Direction, Pin};
use super::interrupt;
use super::time::{self, FOREVER};
use crate::sys::{self, Edge, Errno, PollFd};
use libc::{POLLIN, POLLOUT, POLLRDHUP};
use std::sync::atomic::Ordering;

/// A wait that nobody can wake looks at the state this often.
const UNWAKEABLE_SLICE: i64 = 10_000_000;
/// Readiness that this many tries running did not confirm is false.
const FALSE_AFTER: u32 = 2;
/// More news than this within the span, none of it confirmed by a try, is no guide either: AF_ALG tells of
/// room for writers whenever somebody has looked for data, and so each try brings the next news about.
const STORM: u32 = 16;
const STORM_SPAN: i64 = 16_000_000;
const FIRST_PAUSE: i64 = 1_000_000;
const LONGEST_PAUSE: i64 = 20_000_000;

/// How a call whose readiness proved false goes on sleeping.
enum Sleep {
    /// Until the descriptor is ready, as poll tells it.
    Level,
    /// Until something new happens to the descriptor.
    Edge { edge: Edge, process: u32 },
    /// No event can come: for a while, longer each time.
    Pause(i64),
}

/// What a wait is for.
#[derive(Clone, Copy)]
enum Until<'t> {
    /// The call's own readiness.
    Ready,
    /// Something to read from another descriptor, which the caller of the function owns.
    Readable(i32),
    /// The same, where somebody else gives the sign: who a hook has left alone must look for himself.
    Sign(i32),
    /// A condition of this process; who makes it true signals the socket's waiters.
    True(&'t dyn Fn() -> bool),
}

/// One call that may have to wait: its limits, and what it has learned so far.
pub struct Call<'a> {
    pin: &'a Pin,
    direction: Direction,
    /// The mode when the call began: a change does not touch it.
    timeout: i64,
    /// SO_RCVTIMEO or SO_SNDTIMEO: obeyed in blocking mode only, as by the kernel.
    limit: i64,
    /// When the first wait began: what retries never restarts the clock.
    began: Option<i64>,
    sleep: Sleep,
    /// Waits that ended with readiness, tries of which none has succeeded since.
    unconfirmed: u32,
    /// No event tells when a retry could succeed.
    eventless: bool,
    /// News since a moment, none of it confirmed; and whether it was too much to go by.
    news: u32,
    news_since: i64,
    storm: bool,
    /// What the last wait found.
    found: i16,
    /// A handle over the socket, whose close ends the call as well.
    over: Option<&'a Pin>,
}

impl<'a> Call<'a> {
    /// A call on a pinned socket, at its beginning.
    pub fn new(pin: &'a Pin, direction: Direction) -> Call<'a> {
        let slot = pin.slot();
        let timeout = slot.timeout.load(Ordering::Relaxed);
        let limit = match direction {
            _ if timeout != FOREVER => FOREVER,
            Direction::Read => slot.receive_limit.load(Ordering::Relaxed),
            _ => slot.send_limit.load(Ordering::Relaxed),
        };
        Call {
            pin,
            direction,
            timeout,
            limit,
            began: None,
            sleep: Sleep::Level,
            unconfirmed: 0,
            eventless: false,
            news: 0,
            news_since: 0,
            storm: false,
            found: 0,
            over: None,
        }
    }

    /// A call on a handle over the socket: that one's close signals the socket's waiters.
    pub fn over(pin: &'a Pin, direction: Direction, over: &'a Pin) -> Call<'a> {
        Call { over: Some(over), ..Call::new(pin, direction) }
    }

    /// Says that poll cannot tell when this call could succeed.
    pub fn eventless(&mut self) {
        self.eventless = true;
    }

    /// Whether the socket is in non-blocking mode: the call never waits.
    pub fn is_nonblocking(&self) -> bool {
        self.timeout == 0
    }

    /// Whether the socket is in blocking mode: the call waits for ever.
    pub fn is_blocking(&self) -> bool {
        self.timeout == FOREVER
    }

    /// The events that the last wait ended with.
    pub fn found(&self) -> i16 {
        self.found
    }

    /// Says that level readiness is no news: the next wait is for something new.
    pub fn await_news(&mut self) {
        self.unconfirmed = self.unconfirmed.max(FALSE_AFTER);
    }

    /// What the call does.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The pinned socket.
    pub fn pin(&self) -> &'a Pin {
        self.pin
    }

    /// Says that a try has moved something and that another one follows: what was learned of false
    /// readiness is void. What must end a call ends also one that never has to wait.
    pub fn moved(&mut self) -> Result<()> {
        self.confirmed();
        if self.is_over() {
            return Err(Code::CLOSED);
        }
        let mut end = self.began.map_or(FOREVER, |began| time::after(began, self.timeout));
        if self.pin.slot().word().needs_attention() {
            self.pin.token()?;
            end = end.min(self.pin.deadline(self.direction));
        }
        if end != FOREVER && end <= sys::now() { Err(Code::TIMED_OUT) } else { Ok(()) }
    }

    /// Whether the socket is being closed, or what stands over it.
    fn is_over(&self) -> bool {
        self.pin.is_closing() || self.over.is_some_and(Pin::is_closing)
    }

    /// Says that a try has moved something: what was learned of false readiness is void.
    pub fn confirmed(&mut self) {
        self.unconfirmed = 0;
        self.news = 0;
        self.storm = false;
        self.sleep = Sleep::Level;
    }

    /// Repeats an attempt until it does something other than block: waits on EAGAIN, runs the
    /// interrupt hook on EINTR.
    pub fn drive<T>(&mut self, mut attempt: impl FnMut(&Self) -> sys::Outcome<T>) -> Result<T> {
        loop {
            match attempt(self) {
                Ok(value) => return Ok(value),
                Err(Errno(libc::EAGAIN)) if self.is_nonblocking() => return Err(Code::errno(libc::EAGAIN)),
                Err(Errno(libc::EAGAIN)) => self.wait()?,
                Err(Errno(libc::EINTR)) => self.interrupted()?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What follows a system call that a signal interrupted.
    pub fn interrupted(&mut self) -> Result<()> {
        interrupt::run()?;
        if self.is_over() { Err(Code::CLOSED) } else { Ok(()) }
    }

    /// Sleeps until the call is worth trying again, or must end.
    #[cold]
    #[inline(never)]
    pub fn wait(&mut self) -> Result<()> {
        handle::settle_fork();
        let end = self.own_end();
        if self.unconfirmed >= FALSE_AFTER || self.eventless {
            self.sleep_apart();
        }
        let pause_end = match self.sleep {
            Sleep::Pause(span) => time::after(sys::now(), span),
            _ => FOREVER,
        };
        loop {
            if self.sleep_once(Until::Ready, end, pause_end)? {
                self.unconfirmed += 1;
                return Ok(());
            }
        }
    }

    /// Sleeps until another descriptor has something to read, within the limits of this call.
    pub fn wait_readable(&mut self, fd: i32) -> Result<()> {
        self.wait_until(Until::Readable(fd))
    }

    /// Sleeps until a descriptor gives the sign that something has happened, or a hook has run. In
    /// non-blocking mode, which knows no clock, by deadline and token alone.
    pub fn wait_sign(&mut self, fd: i32) -> Result<()> {
        handle::settle_fork();
        let end = if self.is_nonblocking() { (FOREVER, Code::TIMED_OUT) } else { self.own_end() };
        while !self.sleep_once(Until::Sign(fd), end, FOREVER)? {}
        Ok(())
    }

    /// Sleeps until a condition holds, within the limits of this call. Whoever makes it true must
    /// signal the socket's waiters afterwards.
    pub fn wait_true(&mut self, condition: &dyn Fn() -> bool) -> Result<()> {
        self.wait_until(Until::True(condition))
    }

    #[cold]
    fn wait_until(&mut self, until: Until) -> Result<()> {
        handle::settle_fork();
        let end = self.own_end();
        while !self.sleep_once(until, end, FOREVER)? {}
        Ok(())
    }

    /// When this call ends by its own limits: the moment, counted from its first wait, and the code.
    fn own_end(&mut self) -> (i64, Code) {
        let span = self.timeout.min(self.limit);
        if span == FOREVER {
            return (FOREVER, Code::TIMED_OUT);
        }
        let began = *self.began.get_or_insert_with(sys::now);
        let code = if self.limit < self.timeout { Code::errno(libc::EAGAIN) } else { Code::TIMED_OUT };
        (time::after(began, span), code)
    }

    /// One sleep. Whether the call is worth another try; if not, the state is read again.
    fn sleep_once(&mut self, until: Until, own_end: (i64, Code), pause_end: i64) -> Result<bool> {
        // In this order: enter the list, and only then read the state. A change that comes later finds
        // us in the list; a token that fires later, its descriptor in the set.
        let waiter = handle::Waiter::enlist(self.pin, self.direction);
        if self.is_over() {
            return Err(Code::CLOSED);
        }
        let token = self.pin.token()?;
        let token_fd = token.as_ref().and_then(Token::fd);
        if matches!(until, Until::True(condition) if condition()) {
            return Ok(true);
        }
        let deadline = self.pin.deadline(self.direction);
        let (end, code) = if deadline <= own_end.0 { (deadline, Code::TIMED_OUT) } else { own_end };
        let unwakeable = waiter.is_none() || token.is_some() && token_fd.is_none();
        let mut timeout = None;
        if end != FOREVER || pause_end != FOREVER {
            let now = sys::now();
            if end <= now {
                return Err(code);
            }
            if pause_end <= now {
                return Ok(true);
            }
            timeout = Some(end.min(pause_end) - now);
        }
        if unwakeable {
            timeout = Some(timeout.unwrap_or(FOREVER).min(UNWAKEABLE_SLICE));
        }

        let (fd, events) = match (until, &self.sleep) {
            (Until::Readable(fd) | Until::Sign(fd), _) => (fd, POLLIN),
            (Until::True(_), _) | (_, Sleep::Pause(_)) => (-1, 0),
            (_, Sleep::Level) => (self.pin.fd(), self.events()),
            (_, Sleep::Edge { edge, .. }) => (edge.fd(), POLLIN),
        };
        let mut fds = [
            PollFd::new(fd, events),
            PollFd::new(waiter.as_ref().map_or(-1, handle::Waiter::wake_fd), POLLIN),
            PollFd::new(token_fd.unwrap_or(-1), POLLIN),
        ];
        let result = sys::poll(&mut fds, timeout);
        if let Some(waiter) = waiter {
            waiter.leave(fds[1].found() != 0);
        }
        if let (Some(token), Some(fd)) = (&token, token_fd) {
            token.told(fd, fds[2].found() != 0);
        }
        drop(token); // before the hook runs, which may close it
        match result {
            Ok(_) if matches!(until, Until::Readable(_) | Until::Sign(_)) => Ok(fds[0].found() != 0),
            Ok(_) => Ok(self.has_found(fds[0].found())),
            Err(Errno(libc::EINTR)) => self.interrupted().map(|()| matches!(until, Until::Sign(_))),
            Err(error) => Err(error.into()),
        }
    }

    fn has_found(&mut self, level: i16) -> bool {
        if level == 0 {
            return false;
        }
        self.found = match &self.sleep {
            Sleep::Edge { edge, .. } => edge.take(),
            _ => level,
        };
        self.found != 0
    }

    fn events(&self) -> i16 {
        // Peer-has-shut-down matters to datagram receives alone, and ends no stream wait early.
        match self.direction {
            Direction::Write => POLLOUT,
            _ => POLLIN | POLLRDHUP,
        }
    }

    /// Counts news that no try has confirmed: whether it comes as fast as it is looked at.
    fn is_storm(&mut self) -> bool {
        let now = sys::now();
        if self.news == 0 || now - self.news_since >= STORM_SPAN {
            (self.news, self.news_since) = (0, now);
        }
        self.news += 1;
        self.storm |= self.news > STORM;
        self.storm
    }

    /// Chooses how to sleep when poll's level is no guide.
    fn sleep_apart(&mut self) {
        let process = std::process::id();
        let storm = matches!(self.sleep, Sleep::Edge { .. }) && self.is_storm();
        let pause = match &self.sleep {
            Sleep::Pause(span) => (span * 2).min(LONGEST_PAUSE),
            // An epoll instance from before a fork is the parent's: leave it alone, make our own.
            Sleep::Edge { process: of, .. } if *of == process && !storm => return,
            _ => FIRST_PAUSE,
        };
        let eventless = self.eventless || self.storm;
        let edge = if eventless { None } else { Edge::new(self.pin.fd(), self.events()).ok() };
        self.sleep = edge.map_or(Sleep::Pause(pause), |edge| Sleep::Edge { edge, process });
    }
}
