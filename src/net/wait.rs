//! Waiting: one system call is tried, and only when it would block does the thread sleep, on the
//! descriptor, its own wake-up and the cancel token together.

use super::error::{Code, Result};
use super::handle::{self, Direction, NoForkGuard, Pin, Token};
use super::interrupt;
use super::kernel_limit;
use super::time::{self, Nanos};
use crate::sys::{self, Edge, Errno, POLLRDHUP, PollFd};
use libc::{POLLIN, POLLOUT};

/// A wait that no one can wake looks at the state this often.
const UNWAKEABLE_SLICE: Nanos = Nanos::from_millis(10);
/// How long a wait lasts before it reads again a limit of the socket that others can change.
const LIMIT_CHECK: Nanos = Nanos::from_millis(20);
/// A wait that lasts longer looks once whether the descriptors that wake it still are ours: a program may have
/// closed all of its own. Shorter ones pay nothing for that.
const UNPROVED_SLICE: Nanos = Nanos::from_millis(100);
/// Readiness that this many consecutive tries did not confirm is spurious.
const SPURIOUS_AFTER: u32 = 2;
/// More edge events than this within the span, none of them confirmed by a try, are no guide either:
/// AF_ALG reports room for writers whenever a reader has looked for data, and so each try causes the next
/// event.
const EDGE_STORM: u32 = 16;
const EDGE_STORM_SPAN: Nanos = Nanos::from_millis(16);
const FIRST_PAUSE: Nanos = Nanos::from_millis(1);
const LONGEST_PAUSE: Nanos = Nanos::from_millis(20);

/// How a call continues to sleep whose readiness proved spurious.
enum Sleep {
    /// Until poll reports the descriptor as ready.
    Level,
    /// Until something new happens to the descriptor.
    Edge { edge: Edge, process: u32 },
    /// No event can come: for a while, longer each time.
    Pause(Nanos),
}

/// What a wait is for.
#[derive(Clone, Copy)]
enum Until<'t> {
    /// The call's own readiness.
    Ready,
    /// Something to read from another descriptor, which the caller of the function owns.
    Readable(i32),
    /// The same, where another party signals it: a call whose hook has run must look by itself.
    Signalled(i32),
    /// A condition of this process; the thread that makes it true signals the socket's waiters.
    True(&'t dyn Fn() -> bool),
}

/// Why a loop of tries ended early.
pub struct Ended {
    pub code: Code,
    /// The kernel reported it, and would not report it again.
    pub by_kernel: bool,
}

impl From<Code> for Ended {
    fn from(code: Code) -> Ended {
        Ended { code, by_kernel: false }
    }
}

impl From<Ended> for Code {
    fn from(ended: Ended) -> Code {
        ended.code
    }
}

/// One call that may have to wait: its limits, and what it has learned so far.
pub struct Call<'a> {
    pin: &'a Pin,
    direction: Direction,
    /// The mode when the call began: a change does not touch it.
    timeout: Nanos,
    /// SO_RCVTIMEO or SO_SNDTIMEO: obeyed in blocking mode only, as by the kernel.
    limit: Nanos,
    /// When `limit` is read again, because others can have changed it; forever if it is certain, `None` before
    /// the first wait.
    limit_check: Option<Nanos>,
    /// When the first wait began: what retries never restarts the clock.
    began: Option<Nanos>,
    sleep: Sleep,
    /// Waits that ended with readiness, tries of which none has succeeded since.
    unconfirmed: u32,
    /// No event reports when a retry could succeed.
    no_events: bool,
    /// Edge events since a moment, none of them confirmed; and whether they were too many to go by.
    edge_events: u32,
    edge_events_since: Nanos,
    edge_storm: bool,
    /// What the last wait found.
    found: i16,
    /// What wakes this call has been seen to be ours.
    proved: bool,
    /// A stream over the socket, whose close ends the call as well.
    parent: Option<&'a Pin>,
}

impl<'a> Call<'a> {
    /// A call on a pinned socket, at its beginning.
    pub fn new(pin: &'a Pin, direction: Direction) -> Call<'a> {
        let slot = pin.slot();
        let timeout = slot.timeout();
        let blocking = timeout == Nanos::FOREVER;
        let limit = if blocking { slot.kernel_limit(direction) } else { Nanos::FOREVER };
        Call {
            pin,
            direction,
            timeout,
            limit,
            limit_check: None,
            began: None,
            sleep: Sleep::Level,
            unconfirmed: 0,
            no_events: false,
            edge_events: 0,
            edge_events_since: Nanos::ZERO,
            edge_storm: false,
            found: 0,
            proved: false,
            parent: None,
        }
    }

    /// A call on a stream over the socket: the stream's close signals the socket's waiters.
    pub fn with_parent(pin: &'a Pin, direction: Direction, parent: &'a Pin) -> Call<'a> {
        Call { parent: Some(parent), ..Call::new(pin, direction) }
    }

    /// A wait with a timeout of its own, which neither the mode nor a limit of the socket changes.
    pub fn with_timeout(pin: &'a Pin, direction: Direction, timeout: Nanos) -> Call<'a> {
        let (limit, limit_check) = (Nanos::FOREVER, Some(Nanos::FOREVER));
        Call { timeout, limit, limit_check, ..Call::new(pin, direction) }
    }

    /// Looks once whether poll reports readiness.
    pub fn is_ready(&self) -> Result<bool> {
        let mut fds = [PollFd::new(self.pin.fd(), self.events())];
        loop {
            match sys::poll(&mut fds, Some(0)) {
                Err(Errno(libc::EINTR)) => interrupt::run()?,
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(fds[0].found() != 0),
            }
        }
    }

    /// Says that no event reports when this call could succeed.
    pub fn set_no_events(&mut self) {
        self.no_events = true;
    }

    /// Whether the socket is in non-blocking mode: the call never waits.
    pub fn is_nonblocking(&self) -> bool {
        self.timeout == Nanos::ZERO
    }

    /// Whether the socket is in blocking mode: the call waits forever.
    pub fn is_blocking(&self) -> bool {
        self.timeout == Nanos::FOREVER
    }

    /// Whether nothing is set that ends the call: no timeout, limit, deadline or token.
    pub fn is_unlimited(&self) -> bool {
        let attention = self.pin.slot().word().needs_attention();
        self.is_blocking() && self.limit == Nanos::FOREVER && !attention
    }

    /// Whether the call never waits: in non-blocking mode, and where the kernel's limit is negative.
    pub fn tries_once(&self) -> bool {
        self.is_nonblocking() || self.limit == Nanos::ZERO
    }

    /// The events that the last wait ended with.
    pub fn found(&self) -> i16 {
        self.found
    }

    /// Says that level readiness means nothing: the next wait is for an event.
    pub fn await_event(&mut self) {
        self.unconfirmed = self.unconfirmed.max(SPURIOUS_AFTER);
    }

    /// What the call does.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The pinned socket.
    pub fn pin(&self) -> &'a Pin {
        self.pin
    }

    /// Says that a try has moved something and that another one follows: what was learned of spurious
    /// readiness is void. What must end a call ends also one that never has to wait.
    pub fn progressed(&mut self) -> Result<()> {
        self.reset_spurious();
        if self.is_closing() {
            return Err(Code::CLOSED);
        }
        let mut end = match self.timeout {
            Nanos::FOREVER | Nanos::ZERO => Nanos::FOREVER,
            // A call that never has to wait has a timeout as well.
            timeout => self.began.get_or_insert_with(time::now).after(timeout),
        };
        if self.pin.slot().word().needs_attention() {
            self.pin.token()?;
            end = end.min(self.pin.deadline(self.direction));
        }
        if end != Nanos::FOREVER && end <= time::now() { Err(Code::TIMED_OUT) } else { Ok(()) }
    }

    /// Whether the socket is being closed, or the stream over it.
    fn is_closing(&self) -> bool {
        self.pin.is_closing() || self.parent.is_some_and(Pin::is_closing)
    }

    /// Says that a try has moved something: what was learned of spurious readiness is void.
    pub fn reset_spurious(&mut self) {
        self.unconfirmed = 0;
        self.edge_events = 0;
        self.edge_storm = false;
        self.sleep = Sleep::Level;
    }

    /// Repeats an attempt until it does something other than block.
    pub fn drive<T>(&mut self, mut attempt: impl FnMut(&Self) -> sys::Result<T>) -> Result<T> {
        loop {
            match attempt(self) {
                Ok(value) => return Ok(value),
                Err(error) => self.retry(error, false)?,
            }
        }
    }

    /// What follows a try that failed, for every loop of tries: after EAGAIN the wait for readiness,
    /// unless the call tries only once; after EINTR the interrupt hook. `Ok` means that another try is
    /// due.
    pub fn retry(&mut self, error: Errno, once: bool) -> std::result::Result<(), Ended> {
        let own = match error {
            Errno(libc::EAGAIN) if once || self.is_nonblocking() => Err(Code::errno(libc::EAGAIN)),
            Errno(libc::EAGAIN) => self.wait(),
            Errno(libc::EINTR) => self.interrupted(),
            error => return Err(Ended { code: error.into(), by_kernel: true }),
        };
        own.map_err(Ended::from)
    }

    /// What follows a system call that a signal interrupted.
    fn interrupted(&mut self) -> Result<()> {
        interrupt::run()?;
        if self.is_closing() { Err(Code::CLOSED) } else { Ok(()) }
    }

    /// Sleeps until the call is worth trying again, or must end.
    #[cold]
    #[inline(never)]
    pub fn wait(&mut self) -> Result<()> {
        let _errno = sys::KeptErrno::new();
        sys::settle_if_forked();
        if self.unconfirmed >= SPURIOUS_AFTER || self.no_events {
            self.sleep_apart();
        }
        let pause_end = match self.sleep {
            Sleep::Pause(span) => time::now().after(span),
            _ => Nanos::FOREVER,
        };
        loop {
            if self.sleep_once(Until::Ready, true, pause_end)? {
                self.unconfirmed += 1;
                return Ok(());
            }
        }
    }

    /// Sleeps for a moment, longer each time: no event can be waited for.
    pub fn pause(&mut self) -> Result<()> {
        let no_events = std::mem::replace(&mut self.no_events, true);
        let result = self.wait();
        self.no_events = no_events;
        result
    }

    /// Sleeps until another descriptor has something to read, within the limits of this call.
    pub fn wait_readable(&mut self, fd: i32) -> Result<()> {
        self.wait_until(Until::Readable(fd))
    }

    /// Sleeps until a descriptor is signalled, or a hook has run. In non-blocking mode, which has no
    /// clock, by deadline and token alone.
    pub fn wait_signalled(&mut self, fd: i32) -> Result<()> {
        let _errno = sys::KeptErrno::new();
        sys::settle_if_forked();
        let limited = !self.is_nonblocking();
        while !self.sleep_once(Until::Signalled(fd), limited, Nanos::FOREVER)? {}
        Ok(())
    }

    /// Sleeps until a condition holds, within the limits of this call. The thread that makes it true
    /// must signal the socket's waiters afterwards.
    pub fn wait_true(&mut self, condition: &dyn Fn() -> bool) -> Result<()> {
        self.wait_until(Until::True(condition))
    }

    #[cold]
    fn wait_until(&mut self, until: Until) -> Result<()> {
        let _errno = sys::KeptErrno::new();
        sys::settle_if_forked();
        while !self.sleep_once(until, true, Nanos::FOREVER)? {}
        Ok(())
    }

    /// When this call ends by its own limits: the moment, counted from its first wait, and the code.
    fn own_end(&mut self) -> (Nanos, Code) {
        let span = self.timeout.min(self.limit);
        if span == Nanos::FOREVER {
            return (span, Code::TIMED_OUT);
        }
        let began = *self.began.get_or_insert_with(time::now);
        let code = if self.limit < self.timeout { Code::errno(libc::EAGAIN) } else { Code::TIMED_OUT };
        (began.after(span), code)
    }

    /// When SO_RCVTIMEO or SO_SNDTIMEO is read again: its holder is the socket, which others may have too. A wait
    /// that is short pays nothing for it.
    fn limit_check(&mut self) -> Nanos {
        if let Some(at) = self.limit_check {
            return at;
        }
        let certain = !self.is_blocking() || self.pin.slot().limits_are_own();
        let at = match certain {
            true => Nanos::FOREVER,
            false => self.began.get_or_insert_with(time::now).after(LIMIT_CHECK),
        };
        *self.limit_check.insert(at)
    }

    /// One sleep, by this call's own limits if it is `limited`. Whether the call is worth another try; if not, the
    /// state is read again.
    fn sleep_once(&mut self, until: Until, limited: bool, pause_end: Nanos) -> Result<bool> {
        let (own_end, limit_check) = match limited {
            true => (self.own_end(), self.limit_check()),
            false => ((Nanos::FOREVER, Code::TIMED_OUT), Nanos::FOREVER),
        };
        // In this order: enter the list, and only then read the state. A change that comes later finds
        // us in the list; a token that fires later, its descriptor in the set.
        let waiter = handle::Waiter::enlist(self.pin, self.direction);
        if self.is_closing() {
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
        let first = end.min(pause_end).min(limit_check);
        if first != Nanos::FOREVER {
            let now = time::now();
            if limit_check <= now || limit_check != Nanos::FOREVER && end <= now {
                self.limit = kernel_limit::refresh(self.pin.slot(), self.direction);
                self.limit_check = Some(Nanos::FOREVER);
                return Ok(false);
            }
            if end <= now {
                return Err(code);
            }
            if pause_end <= now {
                self.look_at_level();
                return Ok(true);
            }
            timeout = Some(first - now);
        }
        let wakeable = waiter.is_some() || token_fd.is_some();
        let unproved = !self.proved && wakeable && timeout.is_none_or(|timeout| timeout > UNPROVED_SLICE);
        if unproved {
            timeout = Some(UNPROVED_SLICE);
        }
        if unwakeable {
            timeout = Some(timeout.unwrap_or(Nanos::FOREVER).min(UNWAKEABLE_SLICE));
        }

        let (fd, events) = match (until, &self.sleep) {
            (Until::Readable(fd) | Until::Signalled(fd), _) => (fd, POLLIN),
            (Until::True(_), _) | (_, Sleep::Pause(_)) => (-1, 0),
            (_, Sleep::Level) => (self.pin.fd(), self.events()),
            (_, Sleep::Edge { edge, .. }) => (edge.fd(), POLLIN),
        };
        let mut fds = [
            PollFd::new(fd, events),
            PollFd::new(waiter.as_ref().map_or(-1, handle::Waiter::wake_fd), POLLIN),
            PollFd::new(token_fd.unwrap_or(-1), POLLIN),
        ];
        let result = sys::poll(&mut fds, timeout.map(|timeout| timeout.0));
        if unproved && result == Ok(0) {
            let own = waiter.as_ref().is_none_or(handle::Waiter::prove);
            let tokens = token.as_ref().zip(token_fd).is_none_or(|(token, fd)| token.prove(fd));
            self.proved = own && tokens;
        }
        if let Some(waiter) = waiter {
            waiter.leave(fds[1].found() != 0);
        }
        if let (Some(token), Some(fd)) = (&token, token_fd) {
            token.note_ready(fd, fds[2].found() != 0);
        }
        drop(token); // before the hook runs, which may close it
        match result {
            Ok(_) if matches!(until, Until::Readable(_) | Until::Signalled(_)) => Ok(fds[0].found() != 0),
            Ok(_) => Ok(self.has_found(fds[0].found())),
            Err(Errno(libc::EINTR)) => self.interrupted().map(|()| matches!(until, Until::Signalled(_))),
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

    /// After a pause that stands in for events: what there is may end the call.
    fn look_at_level(&mut self) {
        if !self.no_events && !self.edge_storm {
            let mut fds = [PollFd::new(self.pin.fd(), self.events())];
            if sys::poll(&mut fds, Some(0)).is_ok() {
                self.found = fds[0].found();
            }
        }
    }

    fn events(&self) -> i16 {
        // Peer-has-shut-down matters to datagram receives alone, and ends no stream wait early.
        match self.direction {
            Direction::Write => POLLOUT,
            _ => POLLIN | POLLRDHUP,
        }
    }

    /// Counts edge events that no try has confirmed: whether they come as fast as they are looked at.
    fn is_edge_storm(&mut self) -> bool {
        let now = time::now();
        if self.edge_events == 0 || now - self.edge_events_since >= EDGE_STORM_SPAN {
            (self.edge_events, self.edge_events_since) = (0, now);
        }
        self.edge_events += 1;
        self.edge_storm |= self.edge_events > EDGE_STORM;
        self.edge_storm
    }

    /// Chooses how to sleep when poll's level is no guide.
    fn sleep_apart(&mut self) {
        let process = sys::process_epoch();
        let edge_storm = matches!(self.sleep, Sleep::Edge { .. }) && self.is_edge_storm();
        let pause = match &self.sleep {
            Sleep::Pause(span) => span.after(*span).min(LONGEST_PAUSE),
            // One from before a fork is the parent's: leave it alone, make our own.
            Sleep::Edge { process: of, .. } if *of == process && !edge_storm => return,
            _ => FIRST_PAUSE,
        };
        let no_events = self.no_events || self.edge_storm;
        let edge = if no_events {
            None
        } else {
            let _no_fork = NoForkGuard::enter();
            Edge::new(self.pin.fd(), self.events()).ok()
        };
        self.sleep = edge.map_or(Sleep::Pause(pause), |edge| Sleep::Edge { edge, process });
    }
}
