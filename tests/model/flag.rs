//! A second, smaller model: O_NONBLOCK of one open file description, the calls that rely on it, and those who share
//! it. Every interleaving of a caller, a thread that gives the number out, one that sets the mode, one that forks, and
//! the child. docs/model.md says what it found.

use super::search::{self, Found};
use std::fmt::Debug;

/// One step left out or swapped: its name in docs/model.md, and what the search must find broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Without {
    Count,
    CountBeforeLook,
    SharedLook,
    EpochLook,
    Wait,
    ShareBeforeWait,
    LimitLook,
    LastSwitch,
    LookAgain,
    AwaitAgain,
    VisibleInLock,
    EpochBeforeFork,
    LeftBehind,
    EpochAfterFork,
}

const CASES: &[(Without, &str, Option<Fault>)] = &[
    (Without::Count, "flag: relying call not counted", Some(Fault::Blocks)),
    (Without::CountBeforeLook, "flag: counted after the word was read", Some(Fault::Blocks)),
    (Without::SharedLook, "flag: shared mark not looked at", Some(Fault::Blocks)),
    (Without::EpochLook, "flag: fork epoch not compared", Some(Fault::Blocks)),
    (Without::Wait, "fileno: relying calls not waited for", Some(Fault::Blocks)),
    (Without::ShareBeforeWait, "fileno: shared mark set after the wait", Some(Fault::Blocks)),
    (Without::LimitLook, "fileno: flag switched though the wait ran out", Some(Fault::Blocks)),
    (Without::LastSwitch, "flag: last relying call does not switch it", Some(Fault::WrongFlag)),
    (Without::LookAgain, "fileno: calls not looked at again after the wait ran out", Some(Fault::WrongFlag)),
    (Without::AwaitAgain, "fileno: calls not awaited again after the wait ran out", Some(Fault::WrongFlag)),
    (Without::VisibleInLock, "fileno: visible mark set without the lock", Some(Fault::WrongFlag)),
    (Without::EpochBeforeFork, "fork: epoch raised only after the fork", Some(Fault::Blocks)),
    (Without::LeftBehind, "fork: relying calls of the parent forgotten", Some(Fault::Blocks)),
    (Without::EpochAfterFork, "fork: epoch raised only before the fork", None),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    /// A call that relies on the flag was in the kernel while the flag was off: it may sleep there.
    Blocks,
    /// All have ended, and the flag is not that of the mode.
    WrongFlag,
    /// Somebody can go no further.
    Stuck,
}

impl Fault {
    fn text(self) -> &'static str {
        match self {
            Fault::Blocks => "call blocks",
            Fault::WrongFlag => "wrong flag",
            Fault::Stuck => "stuck",
        }
    }
}

/// What a process knows of the description.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Process {
    shared: bool,
    visible: bool,
    left_behind: bool,
    /// Somebody waits for the calls, or has waited too long.
    awaited: bool,
    calls: u8,
    epoch: u8,
    /// The slot's lock is held.
    locked: bool,
    /// The mode wants the flag on.
    mode: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Caller {
    Idle(u8),
    Counted(u8, bool),
    /// Only where swapped: has looked, and counts next.
    Looked(u8, bool),
    InKernel(u8),
    Uncount(u8),
    Last(u8),
    Switch(u8),
}

/// Gives the number out, in a process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Exposer {
    Begin,
    Share,
    Wait,
    Lock(bool),
    Switch(bool),
    Look,
    Unlock,
    Mark,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Setter {
    Lock,
    Change,
    Unlock,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Forker {
    Raise,
    Copy,
    RaiseAgain,
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct State {
    parent: Process,
    /// Whether the description has the flag.
    flag: bool,
    caller: Caller,
    exposer: Exposer,
    setter: Setter,
    forker: Forker,
    /// The child, once it exists, and what it does: settles, then gives the number out.
    child: Option<(Process, bool, Exposer)>,
    /// A call that was in flight when the memory was copied is still running. It ends within the child's limit.
    old_call: bool,
    blocked: bool,
}

struct Scenario {
    name: &'static str,
    exposes: bool,
    sets: bool,
    forks: bool,
}

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "fileno during calls", exposes: true, sets: false, forks: false },
    Scenario { name: "fileno and settimeout during calls", exposes: true, sets: true, forks: false },
    Scenario { name: "fork during calls, fileno in the child", exposes: false, sets: false, forks: true },
    Scenario { name: "fork, fileno on both sides", exposes: true, sets: false, forks: true },
];

fn initial(scenario: &Scenario) -> State {
    State {
        parent: Process::default(),
        flag: true,
        caller: Caller::Idle(2),
        exposer: if scenario.exposes { Exposer::Begin } else { Exposer::End },
        setter: if scenario.sets { Setter::Lock } else { Setter::End },
        forker: if scenario.forks { Forker::Raise } else { Forker::End },
        child: None,
        old_call: false,
        blocked: false,
    }
}

impl State {
    fn is_trusted(&self, without: Option<Without>) -> bool {
        let shared = self.parent.shared && without != Some(Without::SharedLook);
        let forked = self.parent.epoch != 0 && without != Some(Without::EpochLook);
        !shared && !forked
    }

    /// A thread in the kernel looks at the flag when it enters, and again for every part of a file.
    fn look_in_kernel(mut self) -> State {
        self.blocked |= matches!(self.caller, Caller::InKernel(_)) && !self.flag;
        self
    }

    fn caller_step(&self, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        next.caller = match self.caller {
            Caller::Idle(0) => return None,
            Caller::Idle(left) if without == Some(Without::CountBeforeLook) => {
                Caller::Looked(left - 1, self.is_trusted(without))
            }
            Caller::Idle(left) => {
                next.parent.calls += u8::from(without != Some(Without::Count));
                Caller::Counted(left - 1, self.parent.shared && without != Some(Without::SharedLook))
            }
            Caller::Looked(left, trusted) => {
                next.parent.calls += 1;
                if trusted { Caller::InKernel(left) } else { Caller::Uncount(left) }
            }
            // The word was read by the instruction that counted; the epoch is read now.
            Caller::Counted(left, shared) => {
                let forked = self.parent.epoch != 0 && without != Some(Without::EpochLook);
                if shared || forked { Caller::Uncount(left) } else { Caller::InKernel(left) }
            }
            Caller::InKernel(left) => Caller::Uncount(left),
            Caller::Uncount(left) => {
                let counted = without != Some(Without::Count);
                next.parent.calls -= u8::from(counted);
                next.old_call = false;
                let last = counted && self.parent.awaited && next.parent.calls == 0;
                if last && without != Some(Without::LastSwitch) {
                    Caller::Last(left)
                } else {
                    Caller::Idle(left)
                }
            }
            Caller::Last(left) => {
                next.parent.awaited = false;
                if !self.parent.visible {
                    Caller::Idle(left)
                } else if self.parent.locked {
                    return None;
                } else {
                    next.parent.locked = true;
                    Caller::Switch(left)
                }
            }
            Caller::Switch(left) => {
                next.flag = self.parent.mode;
                next.parent.locked = false;
                Caller::Idle(left)
            }
        };
        Some(next)
    }

    /// `late`: the wait runs out now.
    fn expose_step(
        process: &mut Process,
        flag: &mut bool,
        at: Exposer,
        old_call: bool,
        late: bool,
        without: Option<Without>,
    ) -> Option<Exposer> {
        let swapped = without == Some(Without::ShareBeforeWait);
        Some(match at {
            Exposer::Begin => {
                if swapped {
                    Exposer::Wait
                } else {
                    Exposer::Share
                }
            }
            Exposer::Share => {
                process.shared = true;
                if swapped { Exposer::Lock(true) } else { Exposer::Wait }
            }
            Exposer::Wait => {
                let over = without == Some(Without::Wait);
                // What was left behind ends within the limit, which is waited for in full.
                if process.left_behind && !over {
                    if old_call {
                        return None;
                    }
                    process.left_behind = false;
                }
                let unused = over || process.calls == 0;
                if !unused && !process.awaited {
                    process.awaited = true;
                    return Some(Exposer::Wait);
                }
                if !unused && !late {
                    return None;
                }
                let unused = unused || without == Some(Without::LimitLook);
                if swapped { Exposer::Share } else { Exposer::Lock(unused) }
            }
            Exposer::Lock(unused) => {
                if process.locked {
                    return None;
                }
                process.locked = true;
                Exposer::Switch(unused)
            }
            Exposer::Switch(unused) => {
                if unused {
                    *flag = process.mode;
                }
                if !unused || without != Some(Without::VisibleInLock) {
                    process.visible = true;
                }
                if unused || without == Some(Without::LookAgain) { Exposer::Unlock } else { Exposer::Look }
            }
            Exposer::Look => {
                process.awaited |= without != Some(Without::AwaitAgain);
                if process.calls == 0 {
                    process.awaited = false;
                    *flag = process.mode;
                }
                Exposer::Unlock
            }
            Exposer::Unlock => {
                process.locked = false;
                Exposer::Mark
            }
            Exposer::Mark => {
                process.visible = true;
                Exposer::End
            }
            Exposer::End => return None,
        })
    }

    fn setter_step(&self) -> Option<State> {
        let mut next = *self;
        next.setter = match self.setter {
            Setter::Lock if self.parent.locked => return None,
            Setter::Lock => {
                next.parent.locked = true;
                Setter::Change
            }
            Setter::Change => {
                if self.parent.visible {
                    next.flag = true;
                }
                next.parent.mode = true;
                Setter::Unlock
            }
            Setter::Unlock => {
                next.parent.locked = false;
                Setter::End
            }
            Setter::End => return None,
        };
        Some(next)
    }

    fn forker_step(&self, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        next.forker = match self.forker {
            Forker::Raise => {
                next.parent.epoch += u8::from(without != Some(Without::EpochBeforeFork));
                Forker::Copy
            }
            Forker::Copy => {
                // The only thread of the child holds no lock.
                let copy = Process { locked: false, ..self.parent };
                next.child = Some((copy, false, Exposer::Begin));
                next.old_call = self.parent.calls > 0;
                Forker::RaiseAgain
            }
            Forker::RaiseAgain => {
                next.parent.epoch += u8::from(without != Some(Without::EpochAfterFork));
                Forker::End
            }
            Forker::End => return None,
        };
        Some(next)
    }

    fn child_step(&self, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        let (mut process, settled, exposer) = self.child?;
        if !settled {
            process.left_behind = process.calls > 0 && without != Some(Without::LeftBehind);
            process.calls = 0;
            process.epoch += 1;
            next.child = Some((process, true, exposer));
            return Some(next);
        }
        let at = Self::expose_step(&mut process, &mut next.flag, exposer, self.old_call, false, without)?;
        next.child = Some((process, true, at));
        Some(next)
    }

    fn exposer_step(&self, late: bool, without: Option<Without>) -> Option<State> {
        let mut next = *self;
        next.exposer =
            Self::expose_step(&mut next.parent, &mut next.flag, self.exposer, false, late, without)?;
        Some(next)
    }

    fn is_over(&self) -> bool {
        let child = self.child.is_none_or(|(_, _, exposer)| exposer == Exposer::End);
        let threads = (self.caller, self.exposer, self.setter, self.forker);
        child && threads == (Caller::Idle(0), Exposer::End, Setter::End, Forker::End)
    }
}

/// Looks at every state; the first fault of each kind, with the way there.
fn explore(scenario: &Scenario, without: Option<Without>) -> Found<State, Fault> {
    search::search(initial(scenario), |state| {
        let steps = [
            state.caller_step(without),
            state.exposer_step(false, without),
            // The wait of the number's giver has a limit, which may end at any time.
            state.exposer_step(true, without),
            state.setter_step(),
            state.forker_step(without),
            state.child_step(without),
        ];
        let nexts = Vec::from_iter(steps.into_iter().flatten().map(State::look_in_kernel));
        let fault = if state.blocked {
            Some(Fault::Blocks)
        } else if !nexts.is_empty() {
            None
        } else if !state.is_over() {
            Some(Fault::Stuck)
        } else {
            // With two owners the last one to set it is right.
            let alone = state.child.is_none() && state.parent.visible;
            (alone && state.flag != state.parent.mode).then_some(Fault::WrongFlag)
        };
        (nexts, fault)
    })
}

#[test]
fn model_flag_never_lets_a_call_block() {
    search::nothing_is_wrong(SCENARIOS.iter().map(|scenario| (scenario.name, explore(scenario, None))));
}

#[test]
fn model_flag_needs_every_step() {
    for (without, name, breaks) in CASES {
        let found = SCENARIOS.iter().flat_map(|scenario| explore(scenario, Some(*without)).1);
        search::breaks_as_said(name, *breaks, &Vec::from_iter(found.map(|(fault, _)| fault)));
    }
}

#[test]
fn model_page_says_what_breaks_of_the_flag() {
    let rows = CASES.iter().map(|(_, name, breaks)| {
        let what = breaks.map_or("nothing", Fault::text);
        format!("| {name} | {what} |")
    });
    super::compare("| left out or swapped, of the flag |", &Vec::from_iter(rows));
}
