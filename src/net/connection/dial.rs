//! Dialling: Happy Eyeballs (RFC 8305) as a state machine.
//!
//! Two lookups run, one for each family. As soon as there is something to try, attempts begin: one at
//! once, the next when the stagger has passed or an attempt has failed. Attempts stay alive until one is
//! connected; that one wins and the others are closed.

use super::attempt::{self, Attempt, Begun, Making, Phase, Record};
use super::candidates::Candidates;
use crate::net::error::{Code, Result};
use crate::net::lookup::{Question, Ticket, addresses, submit};
use crate::net::operation::{Machine, Step, Watch, over};
use crate::net::socket::{self, Label};
use crate::net::time::{self, FOREVER};
use crate::net::{address, handle, mode};
use crate::sys::{self, Address, Found, Lock};
use libc::{AF_INET, AF_INET6, AF_UNSPEC, POLLOUT};
use std::os::fd::OwnedFd;

/// The times of a dial, in nanoseconds.
#[derive(Clone, Copy)]
pub struct Pace {
    /// How long one attempt may take.
    pub attempt: i64,
    /// How long the addresses of one family wait for those of IPv6.
    pub resolution_delay: i64,
    /// How long after an attempt the next begins; negative: when it has failed.
    pub stagger: i64,
}

/// A dial.
pub struct Dial {
    pace: Pace,
    making: Making,
    state: Lock<State>,
}

struct State {
    lookups: Vec<Query>,
    /// When the lookups that are not done are waited for no longer.
    patience: Option<i64>,
    candidates: Candidates,
    attempts: Vec<Attempt>,
    records: Vec<Record>,
    /// When the next attempt begins, if nothing happens before.
    next: i64,
    is_over: bool,
}

struct Query {
    family: i32,
    ticket: Ticket,
    record: Record,
}

impl Dial {
    /// A dial to what is known.
    pub fn known(found: Vec<Found>, pace: Pace, making: Making) -> Dial {
        let dial = Dial::new(pace, making);
        dial.state.lock().candidates.add(found);
        dial
    }

    /// A dial to a name.
    pub fn named(question: &Question, pace: Pace, making: Making, watch: &Watch) -> Result<Dial> {
        let dial = Dial::new(pace, making);
        // One after the other means as Python has it: in the order of one lookup.
        let families: &[i32] = match question.family() {
            AF_UNSPEC if pace.stagger >= 0 => &[AF_INET6, AF_INET],
            family => &[family],
        };
        let lookups = families.iter().map(|&family| {
            let ticket = submit(question.work(family), watch.news())?;
            let record = Record {
                address: family_alone(family)?,
                phase: Phase::Lookup,
                code: 0,
                start: sys::now(),
                end: 0,
            };
            Ok(Query { family, ticket, record })
        });
        dial.state.lock().lookups = lookups.collect::<Result<_>>()?;
        Ok(dial)
    }

    fn new(pace: Pace, making: Making) -> Dial {
        let state = State {
            lookups: Vec::new(),
            patience: None,
            candidates: Candidates::new(pace.stagger < 0),
            attempts: Vec::new(),
            records: Vec::new(),
            next: 0,
            is_over: false,
        };
        Dial { pace, making, state: Lock::new(state) }
    }

    /// Every attempt so far, and every lookup that has failed.
    pub fn records(&self) -> Vec<Record> {
        self.state.lock().records.clone()
    }
}

/// How the record of a lookup names its family.
fn family_alone(family: i32) -> Result<Address> {
    address::from_native(&(family as u16).to_ne_bytes())
}

impl Machine for Dial {
    type Output = i64;

    fn step(&self, at: &Step, limit: Option<Code>) -> Result<Option<i64>> {
        let mut state = self.state.lock();
        if state.is_over {
            return Err(over());
        }
        let now = sys::now();
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
                let _section = handle::Section::enter();
                let (id, _) = socket::open(fd, label, mode::default_timeout())?;
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
    fn advance(&self, state: &mut State, watch: &Watch, now: i64) -> Result<Option<(OwnedFd, Label)>> {
        self.collect_answers(state, now);
        if let Some(winner) = self.reap(state, watch, now) {
            return Ok(Some(winner));
        }
        while self.may_begin(state, now) {
            let Some(to) = state.candidates.next() else { break };
            if let Some(winner) = self.begin(state, watch, &to, now)? {
                return Ok(Some(winner));
            }
        }
        if state.lookups.is_empty() && state.attempts.is_empty() && state.candidates.is_empty() {
            return Err(attempt::furthest(&state.records).unwrap_or(Code::EAI_NODATA));
        }
        Ok(None)
    }

    fn collect_answers(&self, state: &mut State, now: i64) {
        let mut i = 0;
        while let Some(query) = state.lookups.get(i) {
            let Some(result) = query.ticket.take() else {
                i += 1;
                continue;
            };
            let Query { family, record, .. } = state.lookups.remove(i);
            match result.and_then(addresses) {
                Ok(found) => {
                    state.candidates.add(found);
                    if family == AF_INET6 {
                        state.candidates.prefer(AF_INET6);
                    }
                    // What comes first gives the other a little time.
                    state.patience.get_or_insert(time::after(now, self.pace.resolution_delay));
                }
                Err(code) => state.records.push(Record { code: code.raw(), end: now, ..record }),
            }
        }
    }

    /// Looks at the attempts under way: the first that is connected, and none that has failed.
    fn reap(&self, state: &mut State, watch: &Watch, now: i64) -> Option<(OwnedFd, Label)> {
        let mut i = 0;
        while let Some(attempt) = state.attempts.get(i) {
            let code = match attempt::outcome(attempt) {
                Some(Ok(())) => {
                    let Attempt { fd, label, record, .. } = state.attempts.remove(i);
                    watch.remove(&fd);
                    state.close_record(record, Phase::Connected, 0, now);
                    return Some((fd, label));
                }
                Some(Err(code)) => code,
                None if attempt.end <= now => Code::TIMED_OUT,
                None => {
                    i += 1;
                    continue;
                }
            };
            let Attempt { fd, record, .. } = state.attempts.remove(i);
            watch.remove(&fd);
            state.close_record(record, Phase::Connect, code.raw(), now);
            // A failure has the next begin at once.
            state.next = now;
        }
        None
    }

    /// Whether an attempt may begin now.
    fn may_begin(&self, state: &State, now: i64) -> bool {
        let waiting_for_six = state.lookups.iter().any(|query| query.family == AF_INET6)
            && state.records.iter().all(|record| record.phase == Phase::Lookup)
            && state.attempts.is_empty()
            && state.patience.is_none_or(|until| now < until);
        if waiting_for_six {
            return false;
        }
        state.attempts.is_empty() || self.pace.stagger >= 0 && now >= state.next
    }

    fn begin(
        &self,
        state: &mut State,
        watch: &Watch,
        to: &Found,
        now: i64,
    ) -> Result<Option<(OwnedFd, Label)>> {
        let mut record = Record { address: to.address, phase: Phase::Connect, code: 0, start: now, end: 0 };
        match attempt::begin(to, &self.making) {
            Begun::Connected(fd, label) => {
                state.records.push(Record { phase: Phase::Connected, end: sys::now(), ..record });
                return Ok(Some((fd, label)));
            }
            Begun::UnderWay(fd, label) => {
                watch.add(&fd, POLLOUT)?;
                let end = time::after(now, self.pace.attempt);
                state.attempts.push(Attempt { fd, label, record: state.records.len(), end });
                state.records.push(record);
                state.next = time::after(now, self.pace.stagger);
            }
            Begun::Failed(phase, code) => {
                (record.phase, record.code, record.end) = (phase, code.raw(), sys::now());
                state.records.push(record);
                state.next = now;
            }
        }
        Ok(None)
    }

    /// When the next step is due, if nothing happens before.
    fn due(&self, state: &State) -> i64 {
        let mut due = state.attempts.iter().map(|attempt| attempt.end).min().unwrap_or(FOREVER);
        if !state.candidates.is_empty() {
            let next = match state.patience {
                Some(until) if state.attempts.is_empty() => until,
                _ if self.pace.stagger < 0 => FOREVER,
                _ => state.next,
            };
            due = due.min(next);
        }
        due
    }
}

impl State {
    fn close_record(&mut self, at: usize, phase: Phase, code: i32, now: i64) {
        if let Some(record) = self.records.get_mut(at) {
            (record.phase, record.code, record.end) = (phase, code, now);
        }
    }

    /// Ends everything: what is under way is closed, with this code, and the lookups are left.
    fn end(&mut self, watch: &Watch, code: Code, now: i64) {
        self.is_over = true;
        for attempt in std::mem::take(&mut self.attempts) {
            watch.remove(&attempt.fd);
            self.close_record(attempt.record, Phase::Connect, code.raw(), now);
        }
        for query in std::mem::take(&mut self.lookups) {
            self.records.push(Record { code: code.raw(), end: now, ..query.record });
        }
    }
}
