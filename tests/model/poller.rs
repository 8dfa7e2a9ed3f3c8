//! A third model: the end of what a poller holds. Every interleaving of threads that wait, close, remove, modify,
//! add again and wake, around one handle and one poller. A step is what a lock makes one, or one system call.
//! docs/model.md says what it found.

use super::search::{self, Found};
use std::fmt::Debug;

/// One step left out or swapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Without {
    Generation,
    Live,
    WriteInLock,
    EndFirst,
    LeaveKernel,
    BarrierDone,
    Pins,
    Changes,
    ListUnderChanges,
    Nudge,
    CountBeforeLook,
    NudgeNext,
    ChangeBeforeKernel,
    WakeCount,
    CountBeforeSignal,
    SignalNext,
}

const CASES: &[(Without, &str, Option<Fault>)] = &[
    (Without::Generation, "wait: generation not compared", Some(Fault::Late)),
    (Without::Live, "wait: not looked whether the registration is in force", None),
    (Without::WriteInLock, "wait: event written after the lock was given back", Some(Fault::Late)),
    (Without::EndFirst, "close: last event queued before the registration has ended", Some(Fault::Late)),
    (Without::LeaveKernel, "close: registration left in the kernel", Some(Fault::DeadEntry)),
    (Without::BarrierDone, "add: not looked whether the handle is being closed", Some(Fault::DeadEntry)),
    (Without::Pins, "close: calls in flight not waited for", Some(Fault::Stranger)),
    (Without::Changes, "add: lock of changes not taken", Some(Fault::DeadEntry)),
    (
        Without::ListUnderChanges,
        "close: list not looked at again under the lock of changes",
        Some(Fault::Late),
    ),
    (Without::Nudge, "close: no thread that sleeps is woken", Some(Fault::Stuck)),
    (Without::CountBeforeLook, "wait: counted as asleep after the look at the queue", Some(Fault::Stuck)),
    (Without::NudgeNext, "wait: the next thread not woken for what is left", Some(Fault::Stuck)),
    (Without::ChangeBeforeKernel, "modify: kernel changed before the table", Some(Fault::Stuck)),
    (Without::WakeCount, "wake: not counted", Some(Fault::Stuck)),
    (Without::CountBeforeSignal, "wake: counted after the signal", Some(Fault::Stuck)),
    (Without::SignalNext, "wait: the next wake-up not signaled", Some(Fault::Stuck)),
];

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Fault {
    /// An event of a registration that has ended, or of an earlier one in its place.
    Late,
    /// The kernel keeps a registration of a handle that is gone.
    DeadEntry,
    /// A system call on the descriptor of a handle that is gone.
    Stranger,
    /// More than one last event.
    Twice,
    /// Somebody can go no further, or sleeps although there is something to report.
    Stuck,
}

impl Fault {
    fn text(self) -> &'static str {
        match self {
            Fault::Late => "late event",
            Fault::DeadEntry => "dead entry",
            Fault::Stranger => "stranger's descriptor",
            Fault::Twice => "two last events",
            Fault::Stuck => "stuck",
        }
    }
}

/// What a thread does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Job {
    None,
    /// Waits until it has the last event, a wake-up, or so many events.
    Wait(u8),
    Close,
    Remove,
    /// Changes the data to this; the kernel looks anew.
    Modify(u8),
    Add(u8),
    Wake,
}

struct Scenario {
    name: &'static str,
    jobs: [Job; 3],
    /// How many handles are closed at once; the others have no part in anything else.
    others: u8,
    edge: bool,
}

const SCENARIOS: &[Scenario] = &[
    scenario("close against a wait", [Job::Wait(0), Job::Close, Job::None], 0, false),
    scenario("close against two waits, of two handles", [Job::Wait(0), Job::Wait(0), Job::Close], 1, false),
    scenario("close, remove and a wait", [Job::Wait(0), Job::Close, Job::Remove], 0, false),
    scenario("close, add and a wait", [Job::Wait(0), Job::Close, Job::Add(2)], 0, false),
    scenario("remove, add and a wait", [Job::Wait(1), Job::Remove, Job::Add(2)], 0, false),
    scenario("close, remove and add", [Job::Close, Job::Remove, Job::Add(2)], 0, false),
    scenario("modify, remove and a wait", [Job::Wait(1), Job::Modify(3), Job::Remove], 0, false),
    scenario("modify against a wait, by edges", [Job::Wait(1), Job::Modify(3), Job::None], 0, true),
    scenario("modify and close", [Job::Wait(0), Job::Modify(3), Job::Close], 0, false),
    scenario("two wakes, one wait each", [Job::Wait(0), Job::Wait(0), Job::Wake], 0, true),
];

const fn scenario(name: &'static str, jobs: [Job; 3], others: u8, edge: bool) -> Scenario {
    Scenario { name, jobs, others, edge }
}

/// Where a call is, and what it knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Thread {
    at: u8,
    pinned: bool,
    over: bool,
    asleep: bool,
    /// The generation that the kernel has reported.
    found: Option<u8>,
    woken: bool,
    /// The call has what it waits for.
    done: bool,
    /// Without the lock: the data that is about to be written.
    writes: Option<u8>,
    /// The data that has ended when this call returns.
    ends: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct State {
    threads: [Thread; 3],
    closing: bool,
    barrier_done: bool,
    /// The descriptor is closed; its number may be a stranger's. Duplicates are alive.
    gone: bool,
    /// The lock is held.
    changes: bool,
    linked: bool,
    live: bool,
    generation: u8,
    data: u8,
    kernel: Option<u8>,
    /// By edges: not reported by the kernel since it was registered or changed.
    fresh: bool,
    /// By edges: not reported to the program since.
    owed: bool,
    queued: bool,
    queued_others: u8,
    sleepers: u8,
    nudged: bool,
    armed: bool,
    wakes: u8,
    last: u8,
    /// Data, as bits, of registrations whose end the program knows of: by a return, or by the last event.
    ended: u8,
    fault: Option<Fault>,
}

/// Numbers of steps, for all jobs.
const PIN: u8 = 0;
const LOCK: u8 = 1;
const TABLE: u8 = 2;
const KERNEL: u8 = 3;
const UNLOCK: u8 = 4;
const UNPIN: u8 = 5;
const SIGNAL: u8 = 6;
const LOOK: u8 = 7;
const COUNT: u8 = 8;
const SLEEP: u8 = 9;
const FOUND: u8 = 10;
const WRITE: u8 = 11;
const BARRIER: u8 = 12;
const QUEUE: u8 = 13;
const AWAIT: u8 = 14;
const OTHER: u8 = 15;
const END: u8 = 16;
const RETURN: u8 = 17;

impl State {
    fn first() -> State {
        State {
            threads: [Thread::default(); 3],
            closing: false,
            barrier_done: false,
            gone: false,
            changes: false,
            linked: true,
            live: true,
            generation: 1,
            data: 1,
            kernel: Some(1),
            fresh: true,
            owed: true,
            queued: false,
            queued_others: 0,
            sleepers: 0,
            nudged: false,
            armed: false,
            wakes: 0,
            last: 0,
            ended: 0,
            fault: None,
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
    }

    /// A system call on the handle's descriptor.
    fn on_descriptor(&mut self) {
        if self.gone {
            self.fail(Fault::Stranger);
        }
    }

    /// An event of this data is written to a caller's array.
    fn write(&mut self, data: u8) {
        self.owed = false;
        if self.ended & 1 << data != 0 {
            self.fail(Fault::Late);
        }
    }

    fn is_ready(&self, edge: bool) -> bool {
        self.kernel.is_some() && (self.fresh || !edge)
    }

    /// Takes one last event, for a caller with room for one.
    fn take_closed(&mut self) -> bool {
        if self.queued {
            self.queued = false;
            self.write(self.data);
            self.ended |= 1 << self.data;
            self.last += 1;
            if self.last > 1 {
                self.fail(Fault::Twice);
            }
            return true;
        }
        let other = self.queued_others > 0;
        self.queued_others -= u8::from(other);
        other
    }

    /// Whether a thread that sleeps must be woken.
    fn nudge(&mut self) -> bool {
        let needed = self.sleepers > 0 && !self.nudged;
        self.nudged |= needed;
        needed
    }
}

/// One thread's next step, if it can take it.
struct Step<'a> {
    scenario: &'a Scenario,
    without: Option<Without>,
    me: usize,
    now: State,
}

impl Step<'_> {
    fn is_without(&self, step: Without) -> bool {
        self.without == Some(step)
    }

    fn mine(&mut self) -> &mut Thread {
        &mut self.now.threads[self.me]
    }

    fn go(&mut self, at: u8) -> bool {
        self.mine().at = at;
        true
    }

    fn over(&mut self) -> bool {
        let ends = self.mine().ends.take();
        if let Some(data) = ends {
            self.now.ended |= 1 << data;
        }
        *self.mine() = Thread { over: true, ..Thread::default() };
        true
    }

    fn take(&mut self) -> bool {
        let thread = self.now.threads[self.me];
        if thread.over {
            return false;
        }
        match self.scenario.jobs[self.me] {
            Job::None => self.over(),
            Job::Wait(events) => self.wait(thread, events > 0),
            Job::Close => self.close(thread),
            Job::Wake => self.wake(thread),
            job => self.change(thread, job),
        }
    }

    fn wait(&mut self, thread: Thread, any: bool) -> bool {
        match thread.at {
            PIN | LOOK => {
                if self.now.take_closed() {
                    return self.over();
                }
                if self.is_without(Without::CountBeforeLook) {
                    return self.go(COUNT);
                }
                self.now.sleepers += 1;
                self.go(SLEEP)
            }
            COUNT => {
                self.now.sleepers += 1;
                self.go(SLEEP)
            }
            SLEEP => {
                let ready = self.now.is_ready(self.scenario.edge);
                if !ready && !self.now.armed {
                    return false;
                }
                let (kernel, armed) = (self.now.kernel, std::mem::take(&mut self.now.armed));
                self.now.fresh &= !ready;
                (self.mine().found, self.mine().woken) = (kernel.filter(|_| ready), armed);
                self.go(FOUND)
            }
            FOUND => self.found(thread, any),
            WRITE => {
                let writes = self.mine().writes.take();
                writes.inspect(|data| self.now.write(*data));
                if any { self.over() } else { self.go(LOOK) }
            }
            SIGNAL => {
                self.now.armed = true;
                if thread.done { self.over() } else { self.go(LOOK) }
            }
            _ => unreachable!("{thread:?}"),
        }
    }

    /// What the kernel has found is written, under the lock.
    fn found(&mut self, thread: Thread, any: bool) -> bool {
        self.now.sleepers -= 1;
        let mut done = false;
        if thread.woken {
            self.now.nudged = false;
            done = self.now.wakes > 0;
            self.now.wakes -= u8::from(done);
        }
        let (live, generation) = (self.now.live, self.now.generation);
        let reported = thread.found.filter(|found| {
            (live || self.is_without(Without::Live))
                && (*found == generation || self.is_without(Without::Generation))
        });
        if let Some(found) = reported.filter(|_| !done) {
            if found != generation {
                self.now.fail(Fault::Late);
            }
            if self.is_without(Without::WriteInLock) {
                self.mine().writes = Some(self.now.data);
                (self.mine().found, self.mine().woken) = (None, false);
                return self.go(WRITE);
            }
            self.now.write(self.now.data);
            done = any;
        } else if !done {
            done = self.now.take_closed();
        }
        let left = (self.now.queued || self.now.queued_others > 0) && !self.is_without(Without::NudgeNext);
        let next = thread.woken && self.now.wakes > 0 && !self.is_without(Without::SignalNext);
        let signal = left && self.now.nudge() || next;
        (self.mine().found, self.mine().woken, self.mine().done) = (None, false, done);
        match (signal, done) {
            (true, _) => self.go(SIGNAL),
            (false, true) => self.over(),
            (false, false) => self.go(LOOK),
        }
    }

    fn close(&mut self, thread: Thread) -> bool {
        match thread.at {
            PIN => {
                self.now.closing = true;
                self.go(BARRIER)
            }
            BARRIER => {
                self.now.barrier_done = true;
                self.go(LOOK)
            }
            LOOK => {
                let linked = self.now.linked;
                self.go(if linked { LOCK } else { AWAIT })
            }
            LOCK => !std::mem::replace(&mut self.now.changes, true) && self.go(TABLE),
            TABLE => {
                if !self.now.linked && !self.is_without(Without::ListUnderChanges) {
                    return self.go(UNLOCK);
                }
                if self.is_without(Without::EndFirst) {
                    self.now.queued = true;
                    return self.go(END);
                }
                self.end();
                self.go(KERNEL)
            }
            END => {
                self.end();
                self.go(KERNEL)
            }
            KERNEL => {
                if !self.is_without(Without::LeaveKernel) {
                    self.now.on_descriptor();
                    self.now.kernel = None;
                }
                self.go(QUEUE)
            }
            QUEUE => {
                self.now.linked = false;
                self.now.queued |= !self.is_without(Without::EndFirst);
                let signal = !self.is_without(Without::Nudge) && self.now.nudge();
                self.go(if signal { SIGNAL } else { UNLOCK })
            }
            SIGNAL => {
                self.now.armed = true;
                if self.now.gone { self.over() } else { self.go(UNLOCK) }
            }
            UNLOCK => {
                self.now.changes = false;
                self.go(LOOK)
            }
            AWAIT => {
                let pinned = self.now.threads.iter().any(|thread| thread.pinned);
                if pinned && !self.is_without(Without::Pins) {
                    return false;
                }
                self.now.gone = true;
                let others = self.scenario.others;
                if others == 0 { self.over() } else { self.go(OTHER) }
            }
            OTHER => {
                self.now.queued_others += self.scenario.others;
                let signal = self.now.nudge();
                if signal { self.go(SIGNAL) } else { self.over() }
            }
            _ => unreachable!("{thread:?}"),
        }
    }

    fn end(&mut self) {
        self.now.live = false;
        self.now.generation += 1;
    }

    /// Remove, modify and add.
    fn change(&mut self, thread: Thread, job: Job) -> bool {
        let kernel_first = self.is_without(Without::ChangeBeforeKernel) && matches!(job, Job::Modify(_));
        let no_lock = self.is_without(Without::Changes) && matches!(job, Job::Add(_));
        match thread.at {
            PIN => {
                if self.now.closing {
                    return self.over();
                }
                self.mine().pinned = true;
                self.go(LOCK)
            }
            LOCK => {
                if !no_lock && std::mem::replace(&mut self.now.changes, true) {
                    return false;
                }
                self.go(if kernel_first { KERNEL } else { TABLE })
            }
            TABLE => {
                if !self.table(job) {
                    return self.go(UNLOCK);
                }
                self.go(if kernel_first { UNLOCK } else { KERNEL })
            }
            KERNEL => {
                self.kernel(job, u8::from(kernel_first));
                self.go(if kernel_first { TABLE } else { UNLOCK })
            }
            UNLOCK => {
                self.now.changes &= no_lock;
                self.go(UNPIN)
            }
            UNPIN => {
                self.mine().pinned = false;
                self.go(RETURN)
            }
            RETURN => self.over(),
            _ => unreachable!("{thread:?}"),
        }
    }

    /// The table's part, under the locks of the slot and of the poller: whether there is something to do.
    fn table(&mut self, job: Job) -> bool {
        let before = self.now.data;
        match job {
            Job::Add(data) => {
                let closing = self.now.barrier_done && !self.is_without(Without::BarrierDone);
                if closing || self.now.linked {
                    return false;
                }
                (self.now.linked, self.now.live, self.now.data) = (true, true, data);
                self.now.generation += 1;
            }
            Job::Modify(data) if self.now.linked => {
                self.mine().ends = Some(before);
                self.now.data = data;
                self.now.generation += 1;
                self.now.owed = true;
            }
            Job::Remove if self.now.linked => {
                self.mine().ends = Some(before);
                self.now.linked = false;
                self.end();
            }
            _ => return false,
        }
        true
    }

    fn kernel(&mut self, job: Job, ahead: u8) {
        self.now.on_descriptor();
        let generation = self.now.generation + ahead;
        match job {
            // It fails where the kernel has the registration still: what the table has is given back.
            Job::Add(_) if self.now.kernel.is_some() => (self.now.live, self.now.linked) = (false, false),
            Job::Add(_) => (self.now.kernel, self.now.fresh, self.now.owed) = (Some(generation), true, true),
            Job::Modify(_) if self.now.kernel.is_some() => {
                (self.now.kernel, self.now.fresh) = (Some(generation), true);
            }
            Job::Remove => self.now.kernel = None,
            _ => {}
        }
    }

    /// Two wake-ups.
    fn wake(&mut self, thread: Thread) -> bool {
        let late = self.is_without(Without::CountBeforeSignal);
        let count = (thread.at % 2 == 0) != late;
        if !count {
            self.now.armed = true;
        } else if !self.is_without(Without::WakeCount) {
            self.now.wakes += 1;
        }
        if thread.at == 3 { self.over() } else { self.go(thread.at + 1) }
    }
}

fn next(state: &State, me: usize, scenario: &Scenario, without: Option<Without>) -> Option<State> {
    let mut step = Step { scenario, without, me, now: *state };
    step.take().then_some(step.now)
}

/// What is wrong with a state from which no thread can go on.
fn fault_at_rest(state: &State, scenario: &Scenario) -> Option<Fault> {
    let waits = |me: usize| matches!(scenario.jobs[me], Job::Wait(_)) && !state.threads[me].over;
    let others = (0..3).any(|me| !waits(me) && !state.threads[me].over);
    let due = state.queued || state.queued_others > 0 || state.wakes > 0 || state.live && state.owed;
    let woken_for_nothing = scenario.jobs.contains(&Job::Wake) && (0..3).any(waits);
    if state.gone && (state.kernel.is_some() || state.live) {
        Some(Fault::DeadEntry)
    } else if others || (0..3).any(waits) && (due || woken_for_nothing) {
        Some(Fault::Stuck)
    } else {
        None
    }
}

/// How many states there are, and what is wrong in them, each with the shortest way there.
fn explore(scenario: &Scenario, without: Option<Without>) -> Found<State, Fault> {
    search::search(State::first(), |state| {
        let nexts = match state.fault {
            Some(_) => Vec::new(),
            None => Vec::from_iter((0..3).filter_map(|me| next(state, me, scenario, without))),
        };
        let at_rest = nexts.is_empty().then(|| fault_at_rest(state, scenario)).flatten();
        let fault = state.fault.or(at_rest);
        (nexts, fault)
    })
}

#[test]
fn model_poller_writes_nothing_after_the_end() {
    search::nothing_is_wrong(SCENARIOS.iter().map(|scenario| (scenario.name, explore(scenario, None))));
}

#[test]
fn model_poller_needs_every_step() {
    for (without, name, breaks) in CASES {
        let found = SCENARIOS.iter().flat_map(|scenario| explore(scenario, Some(*without)).1);
        search::breaks_as_said(name, *breaks, &Vec::from_iter(found.map(|(fault, _)| fault)));
    }
}

#[test]
fn model_page_says_what_breaks_of_the_poller() {
    let rows = CASES.iter().map(|(_, name, breaks)| {
        let what = breaks.map_or("nothing", Fault::text);
        format!("| {name} | {what} |")
    });
    super::compare("| left out or swapped, of the poller |", &Vec::from_iter(rows));
}
