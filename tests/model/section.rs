//! A small model of the fence between forks and the parts of calls that no fork may divide: two threads that go in
//! and out, two that fork. A part costs no locked instruction, so what it stores may stay in its thread's buffer; the
//! membarrier of the fork brings it out. docs/model.md says what it found.

use super::search::{self, Found};
use std::fmt::Debug;

/// One step left out or swapped: its name in docs/model.md, and what the search must find broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Without {
    Barrier,
    BarrierAfterCount,
    CountBeforeLook,
    LookIn,
    StoreBeforeLook,
    GoesOut,
    LookAgain,
    NewsOfWaiting,
    NewsOfLeaving,
    StoreBeforeLeave,
    NewsReadFirst,
}

const CASES: &[(Without, &str, Option<Fault>)] = &[
    (Without::Barrier, "fork: no membarrier", Some(Fault::Divided)),
    (Without::BarrierAfterCount, "fork: membarrier before the count is raised", Some(Fault::Divided)),
    (Without::CountBeforeLook, "fork: count raised after the sections were looked at", Some(Fault::Divided)),
    (Without::LookIn, "section: count not looked at", Some(Fault::Divided)),
    (Without::StoreBeforeLook, "section: stored after the count was looked at", Some(Fault::Divided)),
    (Without::GoesOut, "section: does not go out while it waits", Some(Fault::Stuck)),
    (Without::LookAgain, "section: count not looked at again after a wait", Some(Fault::Divided)),
    (Without::NewsOfWaiting, "section: waits without a word to the fork", Some(Fault::Stuck)),
    (Without::NewsOfLeaving, "section: leaves without a word to the fork", Some(Fault::Stuck)),
    (Without::StoreBeforeLeave, "section: count looked at before it is left", Some(Fault::Stuck)),
    (Without::NewsReadFirst, "fork: news read after the sections were looked at", Some(Fault::Stuck)),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// The process was copied while a thread was in a part.
    Divided,
    /// Somebody can go no further.
    Stuck,
}

impl Fault {
    fn text(self) -> &'static str {
        match self {
            Fault::Divided => "divided",
            Fault::Stuck => "stuck",
        }
    }
}

/// What a thread's record says.
const OUT: u8 = 0;
const IN: u8 = 1;
const WAITING: u8 = 2;

/// A thread that goes into parts, so many times more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Section {
    Store,
    Look,
    /// Only where swapped: has looked, and stores next.
    Enter,
    Wait,
    SayWaiting,
    Sleep,
    Return,
    LookAgain,
    SayBack(bool),
    Inside,
    LookOut,
    /// Only where swapped: has looked, and stores next.
    Leave(bool),
    SayLeft,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Thread {
    at: Section,
    left: u8,
    /// Stores that have not come out, the oldest first.
    buffer: [Option<u8>; 2],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fork {
    Raise,
    Barrier,
    ReadNews,
    /// With the news that was read.
    Look(u8),
    Sleep(u8),
    /// Only where swapped.
    RaiseLate,
    Copy,
    Release,
    End,
}

const THREADS: usize = 2;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct State {
    threads: [Thread; THREADS],
    forks: [Fork; 2],
    /// The records as memory has them.
    records: [u8; THREADS],
    /// How many forks are under way.
    forking: u8,
    /// Changes when a thread goes in or out while a fork waits.
    news: u8,
    divided: bool,
}

struct Scenario {
    name: &'static str,
    rounds: [u8; THREADS],
    forks: usize,
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "a fork beside a thread", rounds: [2, 0], forks: 1 },
    Scenario { name: "a fork beside two threads", rounds: [2, 2], forks: 1 },
    Scenario { name: "two forks beside a thread", rounds: [2, 0], forks: 2 },
    Scenario { name: "two forks beside two threads", rounds: [1, 1], forks: 2 },
];

fn initial(scenario: &Scenario) -> State {
    let forks = [0, 1].map(|at| if at < scenario.forks { Fork::Raise } else { Fork::End });
    State {
        threads: scenario.rounds.map(|left| Thread { at: Section::Store, left, buffer: [None; 2] }),
        forks,
        records: [OUT; THREADS],
        forking: 0,
        news: 0,
        divided: false,
    }
}

impl State {
    /// A plain store: it comes out later. `None`: two wait already.
    fn store(&mut self, me: usize, value: u8) -> Option<()> {
        let place = self.threads[me].buffer.iter_mut().find(|place| place.is_none())?;
        *place = Some(value);
        Some(())
    }

    /// The oldest store of a thread comes out.
    fn drain(&mut self, me: usize) -> Option<()> {
        let [first, second] = self.threads[me].buffer;
        self.records[me] = first?;
        self.threads[me].buffer = [second, None];
        Some(())
    }

    fn drain_all(&mut self, me: usize) {
        while self.drain(me).is_some() {}
    }

    /// A store by a locked instruction.
    fn store_now(&mut self, me: usize, value: u8) {
        self.drain_all(me);
        self.records[me] = value;
    }

    /// By a locked instruction: what the thread has stored comes out before.
    fn say(&mut self, me: usize) {
        self.drain_all(me);
        self.news = (self.news + 1) % 8;
    }

    fn section_step(&self, me: usize, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        let is = |step| without == Some(step);
        let forks = self.forking != 0;
        next.threads[me].at = match self.threads[me].at {
            Section::Store if self.threads[me].left == 0 => return None,
            Section::Store => {
                if is(Without::StoreBeforeLook) {
                    Section::Look
                } else {
                    next.store(me, IN)?;
                    Section::Look
                }
            }
            Section::Look if forks && !is(Without::LookIn) => Section::Wait,
            Section::Look if is(Without::StoreBeforeLook) => Section::Enter,
            Section::Look => Section::Inside,
            Section::Enter => {
                next.store(me, IN)?;
                Section::Inside
            }
            Section::Wait => {
                next.store_now(me, if is(Without::GoesOut) { IN } else { WAITING });
                if is(Without::NewsOfWaiting) { Section::Sleep } else { Section::SayWaiting }
            }
            Section::SayWaiting => {
                next.say(me);
                Section::Sleep
            }
            // The word of the count: no wake-up is lost.
            Section::Sleep if forks => return None,
            Section::Sleep => Section::Return,
            Section::Return => {
                next.store_now(me, IN);
                if is(Without::LookAgain) { Section::SayBack(true) } else { Section::LookAgain }
            }
            Section::LookAgain => Section::SayBack(!forks),
            Section::SayBack(true) => {
                next.say(me);
                Section::Inside
            }
            Section::SayBack(false) => Section::Wait,
            Section::Inside if is(Without::StoreBeforeLeave) => Section::Leave(forks),
            Section::Inside => {
                next.store(me, OUT)?;
                Section::LookOut
            }
            Section::Leave(says) => {
                next.store(me, OUT)?;
                if says { Section::SayLeft } else { Section::Store }
            }
            Section::LookOut if forks && !is(Without::NewsOfLeaving) => Section::SayLeft,
            Section::LookOut => Section::Store,
            Section::SayLeft => {
                next.say(me);
                Section::Store
            }
        };
        let over = next.threads[me].at == Section::Store && self.threads[me].at != Section::Store;
        next.threads[me].left -= u8::from(over);
        Some(next)
    }

    fn fork_step(&self, me: usize, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        let is = |step| without == Some(step);
        next.forks[me] = match self.forks[me] {
            Fork::Raise if is(Without::BarrierAfterCount) => {
                (0..THREADS).for_each(|thread| next.drain_all(thread));
                Fork::Barrier
            }
            Fork::Raise => {
                next.forking += u8::from(!is(Without::CountBeforeLook));
                Fork::Barrier
            }
            Fork::Barrier => {
                if is(Without::BarrierAfterCount) {
                    next.forking += 1;
                } else if !is(Without::Barrier) {
                    (0..THREADS).for_each(|thread| next.drain_all(thread));
                }
                Fork::ReadNews
            }
            Fork::ReadNews => Fork::Look(self.news),
            Fork::Look(news) => {
                if self.records.contains(&IN) {
                    Fork::Sleep(if is(Without::NewsReadFirst) { u8::MAX } else { news })
                } else if is(Without::CountBeforeLook) {
                    Fork::RaiseLate
                } else {
                    Fork::Copy
                }
            }
            // Only where swapped: the news are read here.
            Fork::Sleep(u8::MAX) => Fork::Sleep(self.news),
            Fork::Sleep(news) if news == self.news => return None,
            Fork::Sleep(_) => Fork::ReadNews,
            Fork::RaiseLate => {
                next.forking += 1;
                Fork::Copy
            }
            Fork::Copy => {
                let inside = |thread: &Thread| matches!(thread.at, Section::Inside | Section::Leave(_));
                next.divided |= self.threads.iter().any(inside);
                Fork::Release
            }
            Fork::Release => {
                next.forking -= 1;
                Fork::End
            }
            Fork::End => return None,
        };
        Some(next)
    }

    fn drain_step(&self, me: usize) -> Option<State> {
        let mut next = *self;
        next.drain(me)?;
        Some(next)
    }

    fn is_over(&self) -> bool {
        self.threads.iter().all(|thread| thread.left == 0) && self.forks == [Fork::End; 2]
    }
}

fn explore(scenario: &Scenario, without: Option<Without>) -> Found<State, Fault> {
    search::search(initial(scenario), |state| {
        let threads = (0..THREADS).flat_map(|me| [state.section_step(me, without), state.drain_step(me)]);
        let forks = (0..2).map(|me| state.fork_step(me, without));
        let nexts = Vec::from_iter(threads.chain(forks).flatten());
        let fault = match (state.divided, nexts.is_empty() && !state.is_over()) {
            (true, _) => Some(Fault::Divided),
            (_, true) => Some(Fault::Stuck),
            _ => None,
        };
        (nexts, fault)
    })
}

#[test]
fn model_section_is_never_divided() {
    search::nothing_is_wrong(SCENARIOS.iter().map(|scenario| (scenario.name, explore(scenario, None))));
}

#[test]
fn model_section_needs_every_step() {
    for (without, name, breaks) in CASES {
        let found = SCENARIOS.iter().flat_map(|scenario| explore(scenario, Some(*without)).1);
        search::breaks_as_said(name, *breaks, &Vec::from_iter(found.map(|(fault, _)| fault)));
    }
}

#[test]
fn model_page_says_what_breaks_of_sections() {
    let rows = CASES.iter().map(|(_, name, breaks)| {
        let what = breaks.map_or("nothing", Fault::text);
        format!("| {name} | {what} |")
    });
    super::compare("| left out or swapped, of sections |", &Vec::from_iter(rows));
}
