//! Dialling: Happy Eyeballs (RFC 8305) as a state machine.
//!
//! Two lookups run, one for each family. As soon as there is something to try, attempts begin: one at
//! once, the next when the stagger has passed or an attempt has failed. Attempts stay alive until one is
//! connected; that one wins and the others are closed.

use super::attempt::{self, Attempt, InFlight, Phase, SocketSetup, Started};
use super::candidates::Candidates;
use crate::net::error::{Code, Result};
use crate::net::handle::{Id, Label};
use crate::net::lookup::{PendingLookup, Request, Resolved, submit};
use crate::net::operation::{Machine, Step, Watch, already_taken};
use crate::net::time::{self, Nanos};
use crate::net::{address, mode, socket};
use crate::sys::{AddrInfo, Address, Lock, OwnedFd, memory};
use libc::{AF_INET, AF_INET6, AF_UNSPEC, POLLOUT};

/// The times of a dial, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Timing {
    /// How long one attempt may take.
    pub attempt: Nanos,
    /// How long the addresses of one family wait for those of IPv6.
    pub resolution_delay: Nanos,
    /// How long after an attempt the next begins; negative: when it has failed.
    pub stagger: Nanos,
}

/// A dial.
pub struct Dial {
    timing: Timing,
    setup: SocketSetup,
    state: Lock<State>,
}

struct State {
    lookups: Vec<Query>,
    /// When the lookups that are not done are waited for no longer.
    patience: Option<Nanos>,
    candidates: Candidates,
    /// Those that lack what an attempt under way may hold: a port, a descriptor.
    held_up: Vec<AddrInfo>,
    in_flight: Vec<InFlight>,
    attempts: Vec<Attempt>,
    /// When the next attempt begins, if nothing happens before.
    next: Nanos,
    is_over: bool,
}

struct Query {
    family: i32,
    pending: PendingLookup,
    attempt: Attempt,
}

impl Dial {
    /// A dial to what is known.
    pub fn known(found: Vec<AddrInfo>, timing: Timing, setup: SocketSetup) -> Result<Dial> {
        let dial = Dial::new(timing, setup);
        dial.state.lock().candidates.add(found)?;
        Ok(dial)
    }

    /// A dial to a name.
    pub fn named(request: &Request, timing: Timing, setup: SocketSetup, watch: &Watch) -> Result<Dial> {
        let dial = Dial::new(timing, setup);
        // One after the other means as Python has it: in the order of one lookup.
        let families: &[i32] = match request.family() {
            AF_UNSPEC if timing.stagger >= Nanos::ZERO => &[AF_INET6, AF_INET],
            family => &[family],
        };
        let lookups = families.iter().map(|&family| {
            let pending = submit(request.call(family), watch.wake_fd())?;
            let attempt = Attempt {
                address: family_alone(family)?,
                phase: Phase::Lookup,
                code: 0,
                start: time::now(),
                end: Nanos::ZERO,
            };
            Ok(Query { family, pending, attempt })
        });
        dial.state.lock().lookups = lookups.collect::<Result<_>>()?;
        Ok(dial)
    }

    fn new(timing: Timing, setup: SocketSetup) -> Dial {
        let state = State {
            lookups: Vec::new(),
            patience: None,
            candidates: Candidates::new(timing.stagger < Nanos::ZERO),
            held_up: Vec::new(),
            in_flight: Vec::new(),
            attempts: Vec::new(),
            next: Nanos::ZERO,
            is_over: false,
        };
        Dial { timing, setup, state: Lock::new(state) }
    }

    /// Every attempt so far, and every lookup that has failed.
    pub fn attempts(&self) -> Result<Vec<Attempt>> {
        Ok(memory::copy(&self.state.lock().attempts)?)
    }
}

/// How the attempt of a lookup names its family.
fn family_alone(family: i32) -> Result<Address> {
    address::from_native(&(family as u16).to_ne_bytes())
}

impl Machine for Dial {
    type Output = Id;

    fn close_descriptors(&self) {
        if let Some(state) = self.state.try_lock() {
            for attempt in &state.in_flight {
                attempt.fd.close_copy();
            }
        }
    }

    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<Id>> {
        let mut state = self.state.lock();
        if state.is_over {
            return Err(already_taken());
        }
        let now = time::now();
        let result = match limit {
            Some(code) => Err(code),
            None => self.advance(&mut state, at.watch, now),
        };
        match result {
            Ok(None) => {
                let due = self.due(&state);
                at.watch.end(at.slot, due).inspect_err(|code| state.end(at.watch, *code, now))?;
                Ok(None)
            }
            Ok(Some((fd, label))) => {
                state.end(at.watch, Code::CANCELED, now);
                let (id, connection) = socket::open(fd, label, mode::default_timeout())?;
                if at.slot.was_forked() {
                    connection.set_unsure(); // it may be older than the fork
                }
                Ok(Some(id))
            }
            Err(code) => {
                state.end(at.watch, code, now);
                Err(code)
            }
        }
    }
}

impl Dial {
    /// Does everything that is due now. The winner, if there is one.
    fn advance(&self, state: &mut State, watch: &Watch, now: Nanos) -> Result<Option<(OwnedFd, Label)>> {
        self.collect_answers(state, now)?;
        // An attempt, a lookup that fails, and the end add entries.
        memory::reserve(&mut state.attempts, state.lookups.len() + 2)?;
        if let Some(winner) = self.reap(state, watch, now) {
            return Ok(Some(winner));
        }
        while self.may_begin(state, now) {
            let Some(to) = state.candidates.next() else { break };
            memory::reserve(&mut state.attempts, state.lookups.len() + 1)?;
            memory::reserve(&mut state.in_flight, 1)?;
            memory::reserve(&mut state.held_up, 1)?;
            if let Some(winner) = self.begin(state, watch, &to, now)? {
                return Ok(Some(winner));
            }
        }
        if state.lookups.is_empty() && state.in_flight.is_empty() && state.candidates.is_empty() {
            return Err(attempt::furthest(&state.attempts).unwrap_or(Code::EAI_NODATA));
        }
        Ok(None)
    }

    fn collect_answers(&self, state: &mut State, now: Nanos) -> Result<()> {
        let mut i = 0;
        while let Some(query) = state.lookups.get(i) {
            let Some(result) = query.pending.take() else {
                i += 1;
                continue;
            };
            let Query { family, attempt, .. } = state.lookups.remove(i);
            match result.and_then(Resolved::addresses) {
                Ok(found) => {
                    state.candidates.add(found)?;
                    if family == AF_INET6 {
                        state.candidates.prefer(AF_INET6);
                    }
                    // The other family gets a little time after the first.
                    state.patience.get_or_insert(now.after(self.timing.resolution_delay));
                }
                Err(code) => {
                    let failed = Attempt { code: code.raw(), end: now, ..attempt };
                    memory::push(&mut state.attempts, failed)?;
                }
            }
        }
        Ok(())
    }

    /// Looks at the attempts under way: the first that is connected, and none that has failed.
    fn reap(&self, state: &mut State, watch: &Watch, now: Nanos) -> Option<(OwnedFd, Label)> {
        let mut i = 0;
        while let Some(attempt) = state.in_flight.get(i) {
            let code = match attempt.ask(&self.setup) {
                Some(Ok(())) => {
                    let InFlight { fd, label, attempt, .. } = state.in_flight.remove(i);
                    watch.remove(&fd);
                    if let Some(fd) = fd.take() {
                        state.end_attempt(attempt, Phase::Connected, 0, now);
                        return Some((fd, label));
                    }
                    state.end_attempt(attempt, Phase::Connect, -libc::EBADF, now);
                    continue;
                }
                Some(Err(code)) => code,
                None if attempt.end <= now => Code::TIMED_OUT,
                None => {
                    i += 1;
                    continue;
                }
            };
            let InFlight { fd, attempt, .. } = state.in_flight.remove(i);
            watch.remove(&fd);
            drop(fd);
            state.end_attempt(attempt, Phase::Connect, code.raw(), now);
            for candidate in std::mem::take(&mut state.held_up).into_iter().rev() {
                state.candidates.put_back(candidate);
            }
            // A failure has the next begin at once.
            state.next = now;
        }
        None
    }

    /// Whether an attempt may begin now.
    fn may_begin(&self, state: &State, now: Nanos) -> bool {
        let waiting_for_six = state.lookups.iter().any(|query| query.family == AF_INET6)
            && state.attempts.iter().all(|attempt| attempt.phase == Phase::Lookup)
            && state.in_flight.is_empty()
            && state.patience.is_none_or(|until| now < until);
        if waiting_for_six {
            return false;
        }
        state.in_flight.is_empty() || self.timing.stagger >= Nanos::ZERO && now >= state.next
    }

    fn begin(
        &self,
        state: &mut State,
        watch: &Watch,
        to: &AddrInfo,
        now: Nanos,
    ) -> Result<Option<(OwnedFd, Label)>> {
        let mut attempt =
            Attempt { address: to.address, phase: Phase::Connect, code: 0, start: now, end: Nanos::ZERO };
        match attempt::begin(to, &self.setup) {
            Started::Connected(fd, label) => {
                state.attempts.push(Attempt { phase: Phase::Connected, end: time::now(), ..attempt });
                return Ok(Some((fd, label)));
            }
            Started::UnderWay(fd, label) => {
                watch.add(&fd, POLLOUT)?;
                let end = now.after(self.timing.attempt);
                let at = state.attempts.len();
                state.in_flight.push(InFlight { fd, to: to.copy()?, label, attempt: at, end });
                state.attempts.push(attempt);
                state.next = now.after(self.timing.stagger);
            }
            Started::Failed(phase, code) => {
                (attempt.phase, attempt.code, attempt.end) = (phase, code.raw(), time::now());
                state.attempts.push(attempt);
                state.next = now;
                if attempt::is_held_up(code) && !state.in_flight.is_empty() {
                    state.held_up.push(to.copy()?);
                }
            }
        }
        Ok(None)
    }

    /// When the next step is due, if nothing happens before.
    fn due(&self, state: &State) -> Nanos {
        let mut due = state.in_flight.iter().map(|attempt| attempt.end).min().unwrap_or(Nanos::FOREVER);
        if !state.candidates.is_empty() {
            let next = match state.patience {
                Some(until) if state.in_flight.is_empty() => until,
                _ if self.timing.stagger < Nanos::ZERO => Nanos::FOREVER,
                _ => state.next,
            };
            due = due.min(next);
        }
        due
    }
}

impl State {
    fn end_attempt(&mut self, at: usize, phase: Phase, code: i32, now: Nanos) {
        if let Some(attempt) = self.attempts.get_mut(at) {
            (attempt.phase, attempt.code, attempt.end) = (phase, code, now);
        }
    }

    /// Ends everything: what is under way is closed, with this code, and the lookups are left.
    fn end(&mut self, watch: &Watch, code: Code, now: Nanos) {
        self.is_over = true;
        for attempt in std::mem::take(&mut self.in_flight) {
            watch.remove(&attempt.fd);
            self.end_attempt(attempt.attempt, Phase::Connect, code.raw(), now);
        }
        for query in std::mem::take(&mut self.lookups) {
            // Without memory there is no entry; the end is the same.
            let _ = memory::push(&mut self.attempts, Attempt { code: code.raw(), end: now, ..query.attempt });
        }
    }
}
